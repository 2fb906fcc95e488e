//! Tunnels that other routers have for accounts of a router's User Manager. No box holds them and nobody is asked about
//! them, so they are not let be: unless the other router is worked here as well, and decides for itself, they are ended.

use super::{OpResult, Who, audit};
use crate::{
    app::App,
    bus::Change,
    store::records::{AlertKind, NewAlert, RouterMode, RouterRecord, WishRecord},
};
use sallyport_shared::{
    ids::RouterId,
    reason::Reason,
    session::{Elsewhere, Tunnel, Wish},
};
use std::{collections::HashSet, net::IpAddr};

/// A session of another router, as the User Manager shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Found {
    /// The tunnel.
    pub(crate) tunnel: Elsewhere,
    /// Nothing was heard of it for so long that its end must have got lost.
    pub(crate) left_over: bool,
    /// It came by a port (Ethernet, wireless): PPPoE, or a hotspot, which is no VPN at all.
    pub(crate) by_port: bool,
}

/// The other routers that are worked here, by which tunnels can be told to be theirs.
pub(crate) struct Others {
    routers: Vec<RouterId>,
    addresses: HashSet<IpAddr>,
}

impl Others {
    /// The routers besides this one, with their addresses; names are looked up.
    pub(crate) async fn of(app: &App, router: RouterId) -> OpResult<Self> {
        let all = app.store.read().await?.routers().await?;
        let (mut routers, mut addresses) = (Vec::new(), HashSet::new());
        for other in all.into_iter().filter(|other| other.enabled && other.id != router) {
            routers.push(other.id);
            match other.host.parse::<IpAddr>() {
                Ok(address) => drop(addresses.insert(address)),
                Err(_) => {
                    if let Ok(found) = tokio::net::lookup_host((other.host.as_str(), other.port)).await {
                        addresses.extend(found.map(|address| address.ip()));
                    }
                }
            }
        }
        Ok(Self { routers, addresses })
    }

    /// Is there no other router at all?
    pub(crate) fn is_empty(&self) -> bool {
        self.routers.is_empty()
    }

    /// Does one of them have this tunnel, and decide about it?
    fn have(&self, app: &App, tunnel: &Elsewhere) -> bool {
        let by_address = tunnel.nas.parse().is_ok_and(|nas| self.addresses.contains(&nas));
        let is_it = |other: &Tunnel| {
            other.username == tunnel.username
                && other.caller_id == tunnel.caller_id
                && other.address == tunnel.address
        };
        by_address
            || self.routers.iter().any(|id| app.fleet.tunnels(*id).iter().any(|seen| is_it(&seen.tunnel)))
    }
}

/// Decides about a session of another router. True: something was wished.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn seen(app: &App, router: &RouterRecord, found: &Found, others: &Others) -> OpResult<bool> {
    let tunnel = &found.tunnel;
    if found.left_over || others.have(app, tunnel) {
        return Ok(false);
    }
    let observed = router.mode == RouterMode::Observe;
    let (now, wish) = (app.clock.now(), Wish::CutElsewhere { tunnel: tunnel.clone() });
    let mut tx = app.store.begin().await?;
    let owned = tx.account_by_username(router.id, &tunnel.username).await?.is_some();
    // A hotspot's guests are none of our business; an account of somebody's is, however it came in.
    let ours = owned || !found.by_port;
    if !ours || tx.has_wish(router.id, &wish.key(), observed).await? {
        return Ok(false);
    }
    tx.wish(router.id, None, &wish, now, observed).await?;
    let what = ends(tunnel, observed);
    tx.insert_drift(router.id, now, &what, !observed).await?;
    let subject = format!("router:{}", router.id);
    let id = audit(&mut tx, now, &Who::System, "router.tunnel-elsewhere", &subject, Some(&what.to_string()))
        .await?;
    tx.commit().await?;
    app.bus.router(router.id).notify_one();
    app.bus.tell(Change::Router { id: router.id });
    app.bus.tell(Change::Audit { id });
    Ok(true)
}

/// That a tunnel elsewhere is ended, or would be if the router were not only watched.
pub(super) fn ends(tunnel: &Elsewhere, watched: bool) -> Reason {
    let (account, nas, caller) = (tunnel.username.clone(), tunnel.nas.clone(), tunnel.caller_id.clone());
    Reason::EndsElsewhere { account, nas, caller, watched }
}

/// The other router did not end its tunnel; the account was disabled in the User Manager. An account of somebody's stays so
/// until an administrator acts, and operators are told what to do.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn out_of_reach(app: &App, wish: &WishRecord, tunnel: &Elsewhere) -> OpResult<()> {
    let (now, mut tx) = (app.clock.now(), app.store.begin().await?);
    let account = tx.account_by_username(wish.router, &tunnel.username).await?;
    if let Some(account) = &account {
        tx.suspend_account(account.account.id, true).await?;
    }
    let alert = NewAlert {
        kind: AlertKind::Drift,
        user: account.as_ref().map(|account| account.account.user),
        session: None,
        router: Some(wish.router),
        detail: out_of_reach_reason(tunnel),
    };
    tx.raise_alert(&alert, now).await?;
    let subject = format!("router:{}", wish.router);
    let detail = format!("{} in the User Manager: {}", tunnel.username, alert.detail);
    let id = audit(&mut tx, now, &Who::System, "account.disable", &subject, Some(&detail)).await?;
    tx.commit().await?;
    app.bus.alerts.notify_one();
    app.bus.tell(Change::Router { id: wish.router });
    app.bus.tell(Change::Audit { id });
    Ok(())
}

fn out_of_reach_reason(tunnel: &Elsewhere) -> Reason {
    Reason::TunnelElsewhere {
        account: tunnel.username.clone(),
        nas: tunnel.nas.clone(),
        caller: tunnel.caller_id.clone(),
    }
}

/// The tunnels that could not be ended and are gone by now are no alert any more.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn settle(app: &App, router: RouterId, up: &[Found]) -> OpResult<()> {
    let of_router = |alert: &NewAlert| {
        alert.router == Some(router) && matches!(alert.detail, Reason::TunnelElsewhere { .. })
    };
    let open = app.store.read().await?.open_alerts().await?;
    let still: HashSet<Reason> = up.iter().map(|found| out_of_reach_reason(&found.tunnel)).collect();
    let over: Vec<_> =
        open.iter().filter(|open| of_router(&open.alert) && !still.contains(&open.alert.detail)).collect();
    if over.is_empty() {
        return Ok(());
    }
    let (now, mut tx) = (app.clock.now(), app.store.begin().await?);
    for alert in over {
        tx.resolve_alert(alert.id, now).await?;
    }
    tx.commit().await?;
    app.bus.alerts.notify_one();
    app.bus.tell(Change::Router { id: router });
    Ok(())
}

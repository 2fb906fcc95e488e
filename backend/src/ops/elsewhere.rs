//! Tunnels that other routers have for accounts of a router's User Manager. No box holds them and nobody is asked about
//! them, so they are not let be: unless the other router is worked here as well, and decides for itself, they are ended.

use super::{OpResult, Who, accounts::align, drifts, sessions::Target, unit::Unit};
use crate::{
    app::App,
    bus::{Change, ChangeKind},
    store::records::{AlertKind, NewAlert, RouterMode, RouterRecord, WishRecord},
};
use sallyport_shared::{
    ids::RouterId,
    reason::Reason,
    session::{Elsewhere, Event, Tunnel, Wish},
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

/// The other routers that decide for themselves, by which tunnels can be told to be theirs. One that is only watched
/// decides nothing: nobody is asked there. Nor does a second entry of a device, which is worked as the first alone.
pub(crate) struct Others {
    routers: Vec<RouterRecord>,
    addresses: HashSet<IpAddr>,
    /// The hosts whose addresses are not known.
    unplaced: Vec<(String, u16)>,
}

impl Others {
    /// The routers besides this one, with the addresses that are known without asking: those in their settings, and
    /// those at which they were reached.
    ///
    /// # Errors
    /// Only when the database fails.
    pub(crate) async fn of(app: &App, router: RouterId) -> OpResult<Self> {
        let mut tx = app.store.read().await?;
        let (mut routers, second) = (tx.routers().await?, tx.second_entries().await?);
        drop(tx);
        let decides = |other: &RouterRecord| {
            other.enabled && other.mode == RouterMode::Enforce && !second.contains(&other.id)
        };
        routers.retain(|other| decides(other) && other.id != router);
        let (mut addresses, mut unplaced) = (HashSet::new(), Vec::new());
        for other in &routers {
            match other.host.parse().ok().or_else(|| app.fleet.peer(other.id)) {
                Some(address) => drop(addresses.insert(address)),
                None => unplaced.push((other.host.clone(), other.port)),
            }
        }
        Ok(Self { routers, addresses, unplaced })
    }

    /// The routers themselves.
    pub(crate) fn routers(&self) -> &[RouterRecord] {
        &self.routers
    }

    /// The hosts whose addresses are not known, with their ports.
    pub(crate) fn unplaced(&self) -> Vec<(String, u16)> {
        self.unplaced.clone()
    }

    /// These are addresses of theirs as well.
    pub(crate) fn learn(&mut self, addresses: HashSet<IpAddr>) {
        self.addresses.extend(addresses);
    }

    /// Does one of them have this tunnel, and decide about it?
    pub(crate) fn have(&self, app: &App, tunnel: &Elsewhere) -> bool {
        let by_address = tunnel.nas.parse().is_ok_and(|nas| self.addresses.contains(&nas));
        let is_it = |other: &Tunnel| {
            other.username == tunnel.username
                && other.caller_id == tunnel.caller_id
                && other.address == tunnel.address
        };
        let shows = |other: &RouterRecord| app.fleet.tunnels(other.id).iter().any(|seen| is_it(&seen.tunnel));
        by_address || self.routers.iter().any(shows)
    }
}

/// What was decided about a session of another router.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Judged {
    /// Its router decides, for as long as it is worked here.
    Theirs,
    /// It is no VPN, and its account is nobody's so far.
    Guest,
    /// It is to be ended; `anew`: that was wished now.
    Ended { anew: bool },
}

impl Judged {
    /// Need it not be asked about at the next look?
    pub(crate) fn stays(self) -> bool {
        self != Self::Theirs
    }
}

/// Decides about a session of another router, whose end was not lost.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn seen(
    app: &App,
    router: &RouterRecord,
    found: &Found,
    others: &Others,
) -> OpResult<Judged> {
    let tunnel = &found.tunnel;
    if others.have(app, tunnel) {
        return Ok(Judged::Theirs);
    }
    let observed = router.mode == RouterMode::Observe;
    let (now, wish) = (app.clock.now(), Wish::CutElsewhere { tunnel: tunnel.clone() });
    let mut tx = app.store.read().await?;
    // A hotspot's guests are none of our business; an account of somebody's is, however it came in.
    if found.by_port && tx.account_by_username(router.id, &tunnel.username).await?.is_none() {
        return Ok(Judged::Guest);
    }
    if tx.has_wish(router.id, &wish.key(), observed).await? {
        return Ok(Judged::Ended { anew: false });
    }
    drop(tx);
    let mut tx = app.store.begin().await?;
    tx.wish(router.id, None, &wish, now, observed).await?;
    let (what, action) = (ends(tunnel, observed), "router.tunnel-elsewhere");
    let written = drifts::write(&mut tx, router.id, now, &what, !observed, action).await?;
    tx.commit().await?;
    app.bus.router(router.id).notify_one();
    written.tell(app);
    Ok(Judged::Ended { anew: true })
}

/// That a tunnel elsewhere is ended, or would be if the router were not only watched.
pub(super) fn ends(tunnel: &Elsewhere, watched: bool) -> Reason {
    let (account, nas, caller) = (tunnel.username.clone(), tunnel.nas.clone(), tunnel.caller_id.clone());
    Reason::EndsElsewhere { account, nas, caller, watched }
}

/// The other router did not end its tunnel; the account was disabled in the User Manager. An account of somebody's goes out
/// of use until an administrator acts, whoever is inside by it here as well: somebody has come in by it whom nobody was
/// asked about. Operators are told what to do.
///
/// # Errors
/// Only when the database fails.
pub(crate) async fn out_of_reach(app: &App, wish: &WishRecord, tunnel: &Elsewhere) -> OpResult<()> {
    let mut unit = Unit::begin(app, &Who::System).await?;
    let account = unit.tx.account_by_username(wish.router, &tunnel.username).await?;
    if let Some(record) = &account {
        let id = record.account.id;
        unit.session(&Target::Account(id), &Event::AccountRemoved).await?;
        unit.tx.suspend_account(id, true).await?;
        align(&mut unit, id).await?;
        unit.tell(Change::User { id: record.account.user, kind: ChangeKind::Updated });
    }
    let alert = NewAlert {
        kind: AlertKind::Drift,
        user: account.as_ref().map(|account| account.account.user),
        session: None,
        router: Some(wish.router),
        detail: out_of_reach_reason(tunnel),
    };
    unit.tx.raise_alert(&alert, unit.now).await?;
    unit.alerts_changed();
    let subject = format!("router:{}", wish.router);
    let detail = format!("{} in the User Manager: {}", tunnel.username, alert.detail);
    unit.audit("account.disable", &subject, Some(&detail)).await?;
    unit.tell(Change::Router { id: wish.router });
    unit.commit().await
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

//! What begins or ends by itself is watched: routers that go away and come back, bans that lapse (`banned`), and refusals
//! that nothing waits for any more.

use super::{banned, settle};
use crate::{
    app::App,
    ops::OpResult,
    store::{
        Tx,
        records::{AlertKind, AlertMatch, NewAlert, RouterRecord, RouterState, RouterStatus, WishRecord},
    },
};
use sallyport_shared::{
    ids::RouterId,
    reason::Reason,
    session::Wish,
    time::{Seconds, Timestamp},
};
use std::collections::HashSet;

/// A router that is away for less is not worth a word.
const AWAY: Seconds = Seconds(20);

/// Raises and settles what begins and ends by itself; gives when to look again without a hint.
pub(super) async fn look(app: &App) -> OpResult<Option<Timestamp>> {
    watch_refusals(app).await?;
    Ok([watch_routers(app).await?, banned::watch(app).await?].into_iter().flatten().min())
}

/// Alerts about what a router refuses end also where the wish was not carried out: a newer one took its place, or nothing
/// is wished of that router any more.
async fn watch_refusals(app: &App) -> OpResult<()> {
    let mut tx = app.store.read().await?;
    let open = tx.open_alerts().await?;
    if !open.iter().any(|open| refused(&open.alert).is_some()) {
        return Ok(());
    }
    let waiting = tx.refused_wishes().await?;
    drop(tx);
    if open.iter().any(|open| is_over(&open.alert, &waiting)) {
        let mut tx = app.store.begin().await?;
        settle_refusals(&mut tx, app.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Settles the alerts about refusals that nothing waits for any more; tells whether there were any.
///
/// # Errors
/// When the database fails.
pub(in crate::ops) async fn settle_refusals(tx: &mut Tx, now: Timestamp) -> OpResult<bool> {
    let waiting = tx.refused_wishes().await?;
    settle(tx, now, |alert| is_over(alert, &waiting)).await
}

/// What a router refuses to do for a session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// To switch its account on.
    Grant,
    /// Any of what takes its access away.
    End,
}

fn refused(alert: &NewAlert) -> Option<Refused> {
    match alert.detail {
        Reason::WouldNotSwitchOn { .. } => Some(Refused::Grant),
        Reason::WouldNotClose { .. } => Some(Refused::End),
        _ => None,
    }
}

/// Is it about a refusal, and does none of the session's wishes wait because of one?
fn is_over(alert: &NewAlert, waiting: &[WishRecord]) -> bool {
    let of = |wish: &Wish| match wish {
        Wish::Account { enabled: true, .. } => Refused::Grant,
        _ => Refused::End,
    };
    refused(alert).is_some_and(|what| {
        !waiting.iter().any(|wish| wish.session == alert.session && of(&wish.wish) == what)
    })
}

/// Raises an alert about each router that is away for some time, and settles it when it is back; gives when the next
/// one will have been away for so long.
async fn watch_routers(app: &App) -> OpResult<Option<Timestamp>> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let routers = tx.routers().await?;
    let ids: Vec<RouterId> = routers.iter().map(|router| router.id).collect();
    let statuses = tx.router_statuses(&ids).await?;
    let open = tx.open_alerts().await?;
    drop(tx);
    let warned: HashSet<RouterId> = open
        .iter()
        .filter(|alert| alert.alert.kind == AlertKind::RouterTrouble)
        .filter_map(|alert| alert.alert.router)
        .collect();
    let mut again = None;
    let mut raised = Vec::new();
    let mut settled: Vec<RouterId> = warned.iter().filter(|id| !ids.contains(id)).copied().collect();
    for router in &routers {
        let status = statuses.get(&router.id);
        let is_warned = warned.contains(&router.id);
        match status.map(|status| status.state) {
            Some(RouterState::Online | RouterState::Degraded) if is_warned => settled.push(router.id),
            _ if !router.enabled && is_warned => settled.push(router.id),
            Some(RouterState::Offline) if router.enabled && !is_warned => {
                let due = away_since(router, status).plus(AWAY);
                if due <= now {
                    raised.push(trouble(router, status));
                } else {
                    again = Some(again.map_or(due, |other: Timestamp| other.min(due)));
                }
            }
            _ => {}
        }
    }
    if raised.is_empty() && settled.is_empty() {
        return Ok(again);
    }
    let mut tx = app.store.begin().await?;
    for alert in &raised {
        tx.raise_alert(alert, now).await?;
    }
    for router in settled {
        let which = AlertMatch {
            kind: Some(AlertKind::RouterTrouble),
            router: Some(router),
            ..AlertMatch::default()
        };
        tx.resolve_alerts(which, now).await?;
    }
    tx.commit().await?;
    Ok(again)
}

fn away_since(router: &RouterRecord, status: Option<&RouterStatus>) -> Timestamp {
    status.and_then(|status| status.last_seen_at).unwrap_or(router.created_at)
}

fn trouble(router: &RouterRecord, status: Option<&RouterStatus>) -> NewAlert {
    let detail = status.and_then(|status| status.last_error.clone());
    NewAlert {
        kind: AlertKind::RouterTrouble,
        user: None,
        session: None,
        router: Some(router.id),
        detail: detail.map_or_else(
            || Reason::DoesNotAnswer { router: router.name.clone() },
            |text| Reason::Words { text },
        ),
    }
}

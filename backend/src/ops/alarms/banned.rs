//! Alerts about people who were worn down end with the bans that they speak of. An alert is raised once within the
//! policy's window, so it speaks of the ban that it was raised with and of those that the router got without a word
//! since, until the next alert.

use crate::{
    app::App,
    ops::OpResult,
    store::{
        Tx,
        records::{AlertKind, AlertRecord, NewAlert},
    },
};
use sallyport_shared::{ids::RouterId, reason::Reason, router::ban_target, time::Timestamp};
use std::collections::HashSet;

/// How it stands with what an alert speaks of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Standing {
    /// No ban was made: it waits until somebody has seen to it.
    NeverBanned,
    /// An address is kept out, until then; none: without an end.
    KeptOut(Option<Timestamp>),
    /// None is kept out any more.
    Over,
}

/// Settles the alerts about bans that have lapsed; gives when the next one does.
pub(super) async fn watch(app: &App) -> OpResult<Option<Timestamp>> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let (mut over, mut again) = (false, None::<Timestamp>);
    for alert in about_bans(&mut tx).await? {
        match standing(&mut tx, &alert, now).await? {
            Standing::KeptOut(until) => again = [again, until].into_iter().flatten().min(),
            Standing::Over => over = true,
            Standing::NeverBanned => {}
        }
    }
    drop(tx);
    if over {
        let mut tx = app.store.begin().await?;
        settle_bans(&mut tx, now).await?;
        tx.commit().await?;
    }
    Ok(again)
}

/// Settles the alerts that speak of no ban in force any more; tells whether there were any.
///
/// # Errors
/// When the database fails.
pub(in crate::ops) async fn settle_bans(tx: &mut Tx, now: Timestamp) -> OpResult<bool> {
    let mut settled = false;
    for alert in about_bans(tx).await? {
        if standing(tx, &alert, now).await? == Standing::Over {
            settled |= tx.resolve_alert(alert.id, now).await?;
        }
    }
    Ok(settled)
}

async fn about_bans(tx: &mut Tx) -> OpResult<Vec<AlertRecord>> {
    let mut open = tx.open_alerts().await?;
    open.retain(|open| open.alert.kind == AlertKind::Ban);
    Ok(open)
}

/// Somebody else's ban may have taken one over, and it may have been renewed: what counts is whether an address is kept
/// out that the alert speaks of.
async fn standing(tx: &mut Tx, alert: &AlertRecord, now: Timestamp) -> OpResult<Standing> {
    let Some(router) = alert.alert.router.filter(|_| has_address(&alert.alert)) else {
        return Ok(Standing::NeverBanned);
    };
    let spoken_of = spoken_of(tx, alert, router).await?;
    if spoken_of.is_empty() {
        return Ok(Standing::NeverBanned);
    }
    let in_force = tx.bans(Some(router), now).await?;
    let untils = in_force.into_iter().filter(|ban| spoken_of.contains(&ban.address)).map(|ban| ban.until);
    // One without an end outlasts all others.
    let last = untils.reduce(|one, other| Some(one?.max(other?)));
    Ok(last.map_or(Standing::Over, Standing::KeptOut))
}

/// The addresses whose bans it speaks of. What was made because of a *Not me* has an alert of its own.
async fn spoken_of(tx: &mut Tx, alert: &AlertRecord, router: RouterId) -> OpResult<HashSet<String>> {
    let Some(user) = alert.alert.user else { return Ok(HashSet::new()) };
    let next = tx.next_alert(AlertKind::Ban, user, router, alert.at).await?;
    let made = tx.bans_made_for(user, router, alert.at, next).await?;
    let worn_down = made.into_iter().filter(|ban| !matches!(ban.reason, Reason::BannedNotMe { .. }));
    Ok(worn_down.map(|ban| ban.address).collect())
}

/// Is it about a caller who can be kept out at all? Rows of before reasons had codes do not tell.
fn has_address(alert: &NewAlert) -> bool {
    match &alert.detail {
        Reason::WornDown { caller, .. } => caller.as_deref().and_then(ban_target).is_some(),
        _ => true,
    }
}

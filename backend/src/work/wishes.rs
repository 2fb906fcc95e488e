//! Carries out what is wished of a router, in order for each account, several accounts at a time.

use crate::{
    app::App,
    driver::carry::{Circumstances, Make, carry},
    ops::{
        OpResult, doctor,
        wishes::{Hindrance, done, hindered},
    },
    store::records::{AccountScene, RouterMode, RouterRecord, WishRecord},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use routeros_api::Connection;
use sallyport_shared::{
    ids::{ConnectionId, SessionId},
    session::{CloseReason, ConnectionState, Tunnel, Wish},
    time::Timestamp,
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::time::Instant;

/// How many wishes are taken at once.
const BATCH: i64 = 256;
/// How many accounts are worked at a time: routers have small processors.
const ACCOUNTS: usize = 4;

/// What a turn at the wishes came to.
#[derive(Clone, Copy, Default)]
pub(super) struct Turn {
    /// There were wishes that were due.
    pub(super) any: bool,
    /// The time was over before all were tried.
    pub(super) more: bool,
}

/// When a turn is over.
struct Limit {
    until: Instant,
    /// Something was tried in it.
    begun: AtomicBool,
}

impl Limit {
    /// Is it over? Whoever hears that it is not tries one more.
    fn is_over(&self) -> bool {
        self.begun.swap(true, Ordering::Relaxed) && Instant::now() >= self.until
    }
}

/// Carries out the wishes that are due, for so long at most: a thousand ends of working hours must not keep the worker
/// from renewing the entries of those who stay. However slow everything is, one at least is tried in each turn. A router
/// that is only watched gets none, whatever the outbox holds.
pub(super) async fn carry_due(
    app: &App,
    router: &RouterRecord,
    wire: &Connection,
    make: Make,
    time: Duration,
) -> OpResult<Turn> {
    let mut turn = Turn::default();
    if router.mode != RouterMode::Enforce {
        return Ok(turn);
    }
    let mut limit = None;
    loop {
        let due = next(app, router).await?;
        if due.is_empty() || wire.close_reason().is_some() {
            return Ok(turn);
        }
        // From the first reading on, which a slow database may take long for.
        let limit = limit
            .get_or_insert_with(|| Limit { until: Instant::now() + time, begun: AtomicBool::new(false) });
        if turn.any && limit.is_over() {
            return Ok(Turn { more: true, ..turn });
        }
        turn.any = true;
        let mut accounts: BTreeMap<String, Vec<WishRecord>> = BTreeMap::new();
        let of_session = usernames(&due);
        for wish in due {
            let whose = account_of(&wish, &of_session);
            accounts.entry(whose).or_default().push(wish);
        }
        stream::iter(accounts.into_values().map(Ok))
            .try_for_each_concurrent(ACCOUNTS, |wishes| in_order(app, router, wire, make, limit, wishes))
            .await?;
    }
}

/// The next wishes that are due. Somebody who said yes in time is let in before a thousand ends of others are worked off:
/// their question lapses, the ends do not.
async fn next(app: &App, router: &RouterRecord) -> OpResult<Vec<WishRecord>> {
    let (now, mut tx) = (app.clock.now(), app.store.read().await?);
    let openings = tx.due_openings(router.id, now, BATCH).await?;
    if openings.is_empty() { Ok(tx.due_wishes(router.id, now, BATCH).await?) } else { Ok(openings) }
}

/// Permission goes before the tunnel: the wishes of one account are carried out in the order they were made, as far as
/// the time goes.
async fn in_order(
    app: &App,
    router: &RouterRecord,
    wire: &Connection,
    make: Make,
    limit: &Limit,
    wishes: Vec<WishRecord>,
) -> OpResult<()> {
    for wish in wishes {
        if limit.is_over() {
            return Ok(());
        }
        // A newer wish may have replaced it since it was read, or the router is only watched by now.
        if !app.store.read().await?.is_pending(wish.id).await? {
            continue;
        }
        let circumstances = circumstances(app, make, &wish).await?;
        match carry(wire, router, &wish.wish, &circumstances).await {
            Ok(carried) => {
                done(app, &wish, &carried).await?;
                // A rule of the firewall was switched.
                if circumstances.rule.is_some() || matches!(wish.wish, Wish::RuleOff { .. }) {
                    doctor::ring(app, router.id);
                }
            }
            Err(hindrance) => {
                tracing::warn!(router = %router.name, wish = %wish.wish.key(), ?hindrance, "a wish has to wait");
                hindered(app, &wish, &hindrance).await?;
            }
        }
    }
    Ok(())
}

/// The username of each session that has wishes here.
fn usernames(wishes: &[WishRecord]) -> HashMap<SessionId, String> {
    wishes.iter().filter_map(|wish| Some((wish.session?, username_of(&wish.wish)?.to_owned()))).collect()
}

fn username_of(wish: &Wish) -> Option<&str> {
    match wish {
        Wish::Account { username, .. } => Some(username),
        Wish::Open { tunnel, .. } | Wish::Close { tunnel, .. } | Wish::Cut { tunnel, .. } => {
            Some(&tunnel.username)
        }
        Wish::CutElsewhere { tunnel } => Some(&tunnel.username),
        Wish::Ban { .. } | Wish::Unban { .. } | Wish::RuleOff { .. } => None,
    }
}

/// Wishes with the same answer are carried out one after the other: a ban has its place among those of the session
/// that led to it, before the tunnel is cut.
fn account_of(record: &WishRecord, of_session: &HashMap<SessionId, String>) -> String {
    let own = username_of(&record.wish).map(str::to_owned);
    let of_session = || record.session.and_then(|session| of_session.get(&session).cloned());
    own.or_else(of_session).unwrap_or_else(|| record.wish.key())
}

async fn circumstances(app: &App, make: Make, record: &WishRecord) -> OpResult<Circumstances> {
    let mut known = Circumstances {
        rule: None,
        rule_needed: false,
        ban_left: ban_left(record, app.clock.now()),
        was_open: false,
        cut_follows: false,
        stays: false,
        make,
    };
    match &record.wish {
        Wish::Open { account, connection, .. } => {
            let scene = app.store.read().await?.scene(*account).await?;
            look_at_rule(&mut known, scene, *connection);
        }
        Wish::Close { account, connection, tunnel } => {
            let mut tx = app.store.read().await?;
            let cut = Wish::Cut { tunnel: tunnel.clone(), why: CloseReason::Policy };
            known.cut_follows = tx.has_pending_wish(record.router, &cut.key()).await?;
            look_at_rule(&mut known, tx.scene(*account).await?, *connection);
            known.was_open = was_open(app, record, tunnel).await?;
            // An account that a bound rule lets in is kept out by the rule.
            let held_by_box = !known.cut_follows && known.rule.is_none();
            known.stays = held_by_box && stays(app, record, *connection).await?;
        }
        Wish::Cut { tunnel, .. } => known.was_open = was_open(app, record, tunnel).await?,
        Wish::RuleOff { rule_id, .. } => {
            let bound = app.store.read().await?.desired(record.router).await?.rules;
            known.rule_needed = bound.iter().any(|rule| rule.rule_id == *rule_id);
        }
        Wish::Account { .. } | Wish::CutElsewhere { .. } | Wish::Ban { .. } | Wish::Unban { .. } => {}
    }
    Ok(known)
}

/// The rule that is bound to the account, and whether another tunnel than this one needs it.
fn look_at_rule(known: &mut Circumstances, scene: Option<AccountScene>, this: ConnectionId) {
    let Some(scene) = scene else { return };
    known.rule_needed = scene.live.as_ref().is_some_and(|loaded| {
        let connections = &loaded.session.connections;
        connections.iter().any(|other| other.id != this && other.state == ConnectionState::Confirmed)
    });
    known.rule = scene.rule;
}

/// May the tunnel have been let through at some time? A confirmation is enough: that it was opened may have been lost.
async fn was_open(app: &App, record: &WishRecord, tunnel: &Tunnel) -> OpResult<bool> {
    let Some(session) = record.session else { return Ok(false) };
    Ok(app.store.read().await?.was_confirmed(session, tunnel).await?)
}

/// Does the tunnel stay, closed, after the end of its session?
async fn stays(app: &App, record: &WishRecord, connection: ConnectionId) -> OpResult<bool> {
    let Some(session) = record.session else { return Ok(false) };
    let Some(loaded) = app.store.read().await?.session(session).await? else { return Ok(false) };
    let closed = loaded.session.connection(connection).and_then(|connection| connection.close_reason);
    Ok(!loaded.session.state.is_live() && closed.is_some_and(CloseReason::may_stay))
}

/// A ban runs from its decision on, however late the router hears of it.
fn ban_left(record: &WishRecord, now: Timestamp) -> Option<Duration> {
    let Wish::Ban { seconds, .. } = &record.wish else { return None };
    let left = record.created_at.plus(*seconds).micros() - now.micros();
    u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_micros)
}

/// The router does not answer: those who wait for a wish that was not tried before are told.
pub(super) async fn hinder_new(app: &App, router: &RouterRecord, hindrance: &Hindrance) -> OpResult<()> {
    if router.mode != RouterMode::Enforce {
        return Ok(());
    }
    let due = app.store.read().await?.due_wishes(router.id, app.clock.now(), BATCH).await?;
    stream::iter(due.iter().filter(|wish| wish.attempts == 0))
        .map(Ok)
        .try_for_each(|wish| hindered(app, wish, hindrance))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, driver::wire, work::testing::entered};
    use sallyport_shared::session::Boot;
    use sim::routeros::RouterSim;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_turn_that_has_no_time_left_still_gets_on() {
        let sim = RouterSim::builder().user("sallyport", "secret", "read,write,api").start().await.unwrap();
        let (app, _folder) = App::of_a_test(Clock::system()).await;
        let router = entered(&app, "hq-gw", sim.addr()).await;
        let mut tx = app.store.begin().await.unwrap();
        for last in 1..=3 {
            let wish = Wish::Unban { address: format!("203.0.113.{last}") };
            tx.wish(router.id, None, &wish, app.clock.now(), false).await.unwrap();
        }
        tx.commit().await.unwrap();
        let wire = wire::connect(&router, "secret").await.unwrap();
        let make = Make::of("7.22.3", None, Boot::default());
        let mut left = Vec::new();
        for _ in 0..3 {
            let turn = carry_due(&app, &router, &wire, make, Duration::ZERO).await.unwrap();
            let pending = app.store.read().await.unwrap().pending_wishes(router.id).await.unwrap().len();
            assert!(turn.any && turn.more == (pending > 0));
            left.push(pending);
        }
        assert_eq!(left, [2, 1, 0], "one at a time");
    }
}

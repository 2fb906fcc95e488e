//! Everything that happens to a session goes through [`apply`]: it loads the scene, asks the rules, and writes
//! the next state, the wishes, the messages, the history and the audit in one transaction.

mod carry;

use super::{OpError, OpResult, Who, alarms, audit, surroundings::Surroundings, unit::again};
use crate::{
    app::App,
    bus::{Change, ChangeKind},
    store::{
        StoreError, Tx,
        records::{AccountScene, AlertKind, AlertMatch, NewAlert, RouterMode},
    },
};
use carry::carry;
use sallyport_shared::{
    ids::{AccountId, ConnectionId, RouterId, SessionId, UserId},
    message::Message,
    reason::Reason,
    session::{Actor, Decision, Event, Outcome, Refusal, Session, SessionState, Step, step},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use uuid::Uuid;

/// How often a step is tried again when somebody else changed the session in between.
const TRIES: usize = 8;

/// What an event is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// The account's live session, or a new one.
    Account(AccountId),
    /// This session.
    Session(SessionId),
    /// The session, live or ended, to which a tunnel of the account belongs or would belong.
    Tunnel {
        /// Whose.
        account: AccountId,
        /// The router's session id.
        router_session_id: String,
    },
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// The session that the event touched.
    pub session: Option<SessionId>,
    /// Did anything change?
    pub changed: bool,
    /// It was about a tunnel that nobody owns.
    pub nobodys: bool,
}

/// What the Telegram outbox holds. Ask and close-ask find out at the time of delivery what there is to be said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "delivery", rename_all = "snake_case")]
pub enum Delivery {
    /// Say it, with the buttons that go with the message.
    Tell {
        /// What.
        message: Message,
    },
    /// Put the question of this connection.
    Ask {
        /// Which connection.
        connection: ConnectionId,
    },
    /// Take the buttons off the question and write below what came of it.
    CloseAsk {
        /// Which connection.
        connection: ConnectionId,
        /// What came of it.
        outcome: Outcome,
    },
    /// Write something else in place of what a letter has put into the chat, if it did.
    Rewrite {
        /// Which letter.
        letter: Uuid,
        /// What it says from now on.
        text: Message,
    },
    /// Change a message that stands in the chat: other words, other buttons.
    Revise {
        /// Its number there.
        message: i64,
        /// What it says from now on.
        text: Message,
    },
    /// Show the seed that a person is setting up; it is not kept in here.
    Seed {
        /// Whose.
        user: UserId,
    },
    /// Take away what a letter has put into the chat.
    Erase {
        /// Which letter.
        letter: Uuid,
    },
    /// Tell, in the message that told of an alert, what came of it.
    Follow {
        /// Which alert.
        alert: Uuid,
    },
}

/// Makes an event of a session happen.
///
/// # Errors
/// [`OpError::Refused`] when the rules say no; nothing was changed then.
pub async fn apply(app: &App, target: &Target, event: &Event, who: &Who) -> OpResult<Applied> {
    let done = again(TRIES, || apply_once(app, target, event, who)).await;
    done.map_err(|error| match error {
        OpError::Store(StoreError::Conflict { .. }) => {
            OpError::Conflict("Somebody else changes this session at the same moment; try again".to_owned())
        }
        error => error,
    })
}

async fn apply_once(app: &App, target: &Target, event: &Event, who: &Who) -> OpResult<Applied> {
    let mut tx = app.store.begin().await?;
    let (applied, hints) = apply_in(app, &mut tx, target, event, who).await?;
    tx.commit().await?;
    hints.tell(app);
    Ok(applied)
}

/// Makes an event of a session happen within the caller's transaction, who tells the hints after the commit.
///
/// # Errors
/// As [`apply`], and [`StoreError::Conflict`] when somebody else was faster.
pub(super) async fn apply_in(
    app: &App,
    tx: &mut Tx,
    target: &Target,
    event: &Event,
    who: &Who,
) -> OpResult<(Applied, Hints)> {
    let now = app.clock.now();
    let (scene, loaded) = load(tx, target).await?;
    if !scene.linked && matches!(event, Event::Ask { .. } | Event::TunnelSeen { .. }) {
        return Err(OpError::NotFound("account"));
    }
    let event = &as_on(&scene, event)?;
    let version = loaded.as_ref().map(|(_, version)| *version);
    let session = loaded.map(|(session, _)| session);
    let mut hints = Hints::of(scene.account.router);
    if let (Event::Settled | Event::OnlyWatched, Some(session)) = (event, &session)
        && tx.outstanding(session.id).await? > 0
    {
        // It ended between the question whether anything is left to do and now: the end's own wishes are.
        return Ok((Applied { session: Some(session.id), ..Applied::default() }, hints));
    }
    let around = Surroundings::of(app, tx, &scene, session.as_ref(), event, now).await?;
    let step = step(&around.view(&scene, session.as_ref(), app.clock.fresh()), event, now)?;
    write(tx, &scene, session.as_ref(), version, &step, now, who, &mut hints).await?;
    if let (Event::Tick, Some(next), Some(version)) = (event, &step.session, version)
        && session.as_ref() == Some(next)
    {
        tx.save_due(next, version).await?;
    }
    if let Some(next) = &step.session {
        settle(app, tx, &scene, next, now, &mut hints).await?;
    }
    let session = step.session.map(|next| next.id);
    let applied = Applied { session, changed: hints.changed, ..Applied::default() };
    Ok((applied, hints))
}

/// The event as it is on this router. On one that is only watched nobody gets what they ask for, and nobody is told that
/// something was closed there.
fn as_on(scene: &AccountScene, event: &Event) -> OpResult<Event> {
    if scene.mode == RouterMode::Enforce {
        return Ok(event.clone());
    }
    match event {
        Event::Ask { by: Actor::Person(_), .. }
        | Event::Answered { by: Actor::Person(_), .. }
        | Event::Extend { by: Actor::Person(_), .. }
        | Event::End { by: Actor::Person(_) }
        | Event::CodeEntered { .. } => Err(Refusal::Observed.into()),
        Event::Settled => Ok(Event::OnlyWatched),
        event => Ok(event.clone()),
    }
}

/// The scene of the target, with the session that it means.
async fn load(tx: &mut Tx, target: &Target) -> OpResult<(AccountScene, Option<(Session, i64)>)> {
    let account = match target {
        Target::Account(account) | Target::Tunnel { account, .. } => *account,
        Target::Session(id) => tx.session(*id).await?.ok_or(OpError::NotFound("session"))?.session.account,
    };
    // Before anything is read of it: nobody blocks the person, denies on another way or changes the policy between
    // what is read now and what is written because of it.
    tx.hold_scene(account).await?;
    let scene = tx.scene(account).await?.ok_or(OpError::NotFound("account"))?;
    let live = scene.live.as_ref().map(|loaded| (loaded.session.clone(), loaded.version));
    let loaded = match target {
        Target::Account(_) => live,
        Target::Session(id) => tx.session(*id).await?.map(|loaded| (loaded.session, loaded.version)),
        Target::Tunnel { account, router_session_id } => match live {
            Some(live) => Some(live),
            None => tx
                .latest_session_of_tunnel(*account, router_session_id)
                .await?
                .map(|loaded| (loaded.session, loaded.version)),
        },
    };
    Ok((scene, loaded))
}

/// What has to be told when the transaction is through.
pub(super) struct Hints {
    router: RouterId,
    changed: bool,
    wishes: bool,
    deliveries: bool,
    alerts: bool,
    session: Option<(SessionId, ChangeKind)>,
    user: Option<UserId>,
    audits: Vec<String>,
}

impl Hints {
    fn of(router: RouterId) -> Self {
        Self {
            router,
            changed: false,
            wishes: false,
            deliveries: false,
            alerts: false,
            session: None,
            user: None,
            audits: Vec::new(),
        }
    }

    /// Tells whoever has to know.
    pub(super) fn tell(&self, app: &App) {
        let router = self.router;
        if let Some((id, kind)) = self.session {
            app.bus.tell(Change::Session { id, router, kind });
            app.bus.timers.notify_one();
        }
        if let Some(id) = self.user {
            app.bus.tell(Change::User { id, kind: ChangeKind::Updated });
        }
        if self.wishes {
            app.bus.router(router).notify_one();
        }
        if self.deliveries {
            app.bus.deliveries.notify_one();
        }
        if self.alerts {
            app.bus.alerts.notify_one();
        }
        for id in &self.audits {
            app.bus.tell(Change::Audit { id: id.clone() });
        }
    }
}

/// Writes a step down.
#[expect(clippy::too_many_arguments, reason = "the parts of one write; a struct would only rename them")]
async fn write(
    tx: &mut Tx,
    scene: &AccountScene,
    before: Option<&Session>,
    version: Option<i64>,
    step: &Step,
    now: Timestamp,
    who: &Who,
    hints: &mut Hints,
) -> OpResult<()> {
    let session = step.session.as_ref().map(|next| next.id);
    if let Some(next) = &step.session {
        let is_new = before.is_none_or(|before| before.id != next.id);
        if is_new || before != Some(next) {
            tx.save_session(next, if is_new { None } else { version }).await?;
            let kind = if is_new { ChangeKind::Created } else { ChangeKind::Updated };
            hints.session = Some((next.id, kind));
            hints.changed = true;
        }
        tx.add_decisions(next.id, now, &step.decisions).await?;
        let waited = before.is_some_and(|before| before.state == SessionState::Requested);
        if waited && next.state != SessionState::Requested {
            let which = AlertMatch {
                kind: Some(AlertKind::SessionApproval),
                session: Some(next.id),
                ..AlertMatch::default()
            };
            hints.alerts |= tx.resolve_alerts(which, now).await? > 0;
        }
        let opened = step.decisions.iter().any(|decision| decision.what == "opened");
        if opened || is_end(before, next) {
            let would_not_open = |alert: &NewAlert| {
                alert.session == Some(next.id) && matches!(alert.detail, Reason::WouldNotOpen { .. })
            };
            hints.alerts |= alarms::settle(tx, now, would_not_open).await?;
        }
    }
    if let Some(suspended) = step.suspend_account {
        tx.suspend_account(scene.account.id, suspended).await?;
        hints.user = Some(scene.person.id);
        if !suspended {
            hints.alerts |= tx.resolve_alerts(denials_of(scene.account.id), now).await? > 0;
        }
    }
    for effect in &step.effects {
        carry(tx, scene, session, effect, now, hints).await?;
    }
    if step.session.as_ref().is_some_and(|next| is_end(before, next)) {
        // What was refused of the session's beginning is not wished any more.
        hints.alerts |= alarms::settle_refusals(tx, now).await?;
    }
    for Decision { what, why } in &step.decisions {
        let subject =
            session.map_or_else(|| format!("account:{}", scene.account.id), |id| format!("session:{id}"));
        let detail = format!("{} on {}: {why}", scene.account.username, scene.account.router_name);
        hints.audits.push(audit(tx, now, who, &format!("session.{what}"), &subject, Some(&detail)).await?);
    }
    Ok(())
}

/// Did this step end the session?
fn is_end(before: Option<&Session>, next: &Session) -> bool {
    !next.state.is_live() && before.is_some_and(|before| before.state.is_live())
}

/// What was raised because a person said *Not me* to a tunnel of this account: whoever lets it be used again has seen to
/// it.
pub(super) fn denials_of(account: AccountId) -> AlertMatch {
    AlertMatch { kind: Some(AlertKind::Denial), account: Some(account), ..AlertMatch::default() }
}

/// When a session has ended and nothing is left to be done on the router, the person is told so.
async fn settle(
    app: &App,
    tx: &mut Tx,
    scene: &AccountScene,
    session: &Session,
    now: Timestamp,
    hints: &mut Hints,
) -> OpResult<()> {
    if session.state.is_live() || session.end_told || tx.outstanding(session.id).await? > 0 {
        return Ok(());
    }
    let Some(loaded) = tx.session(session.id).await? else { return Ok(()) };
    let fresh = app.clock.fresh();
    let event = as_on(scene, &Event::Settled)?;
    let around = Surroundings::of(app, tx, scene, Some(&loaded.session), &event, now).await?;
    let last = step(&around.view(scene, Some(&loaded.session), fresh), &event, now)?;
    write(tx, scene, Some(&loaded.session), Some(loaded.version), &last, now, &Who::System, hints).await
}

/// An administrator as the rules see them.
pub fn admin(who: &Who, reason: Option<String>) -> OpResult<Actor> {
    match who {
        Who::Admin { id, name, .. } => Ok(Actor::Admin { id: *id, name: name.clone(), reason }),
        _ => Err(OpError::Internal("only an administrator does this".to_owned())),
    }
}

/// Looks after every session whose time has come, but for those in `stuck`. Gives how many there were, and which could
/// not be looked after: one that cannot must not keep the time of the others from coming.
///
/// # Errors
/// When the database does not answer at all.
pub async fn tick(app: &App, limit: usize, stuck: &HashSet<SessionId>) -> OpResult<(usize, Vec<SessionId>)> {
    let most = i64::try_from(limit.saturating_add(stuck.len())).unwrap_or(i64::MAX);
    let due = app.store.read().await?.due_sessions(app.clock.now(), most).await?;
    let mut failed = Vec::new();
    let due: Vec<_> = due.into_iter().map(|(session, _)| session).filter(|id| !stuck.contains(id)).collect();
    for session in &due {
        match apply(app, &Target::Session(*session), &Event::Tick, &Who::System).await {
            Ok(_) | Err(OpError::Refused(_) | OpError::NotFound(_)) => {}
            Err(OpError::Store(error @ StoreError::Unavailable(_))) => return Err(error.into()),
            Err(error) => {
                tracing::error!(%session, %error, "what is due of a session could not be done; trying again");
                failed.push(*session);
            }
        }
    }
    Ok((due.len(), failed))
}

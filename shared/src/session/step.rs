//! The state machine: [`step`] hands each kind of event to the verb that knows it. What several verbs do
//! is in [`draft`].

mod answer;
mod door;
mod draft;
mod due;
mod end;
mod fatigue;
mod hours;
mod request;
mod review;
mod tunnel;

use super::{Actor, EndReason, Event, Refusal, Scene, Session, SessionState, Step};
use crate::{
    reason::Reason,
    time::{Seconds, Timestamp},
};
use draft::Draft;

/// The longest span that anybody may grant or add: a year.
const LONGEST: Seconds = Seconds(366 * 86_400);

/// How long the router has at least to carry out a confirmation.
const GRACE: Seconds = Seconds(10);

/// What `event` leads to, at `now`.
///
/// # Errors
/// [`Refusal`]: the event does not apply (late, foreign, double …) and nothing is to be changed.
pub fn step(scene: &Scene<'_>, event: &Event, now: Timestamp) -> Result<Step, Refusal> {
    match event {
        Event::Ask { by, seconds } => request::ask(scene, by, *seconds, now),
        Event::TunnelSeen { tunnel } => tunnel::seen(scene, tunnel, now),
        _ => {
            let mut draft = Draft::of_live(scene, event, now)?;
            match event {
                Event::Approve { by } => draft.approve(by)?,
                Event::Refuse { by } => draft.refuse(by)?,
                Event::AccountEnabled => draft.account_enabled(),
                Event::TunnelGone { connection, restarted } => draft.tunnel_gone(*connection, *restarted),
                Event::Exposed { connection, how } => draft.exposed(*connection, *how),
                Event::Answered { connection, nonce, by, answer } => {
                    draft.answered(*connection, nonce.as_ref(), by, *answer)?;
                }
                Event::CodeEntered { connection } => draft.code_entered(*connection)?,
                Event::Opened { connection } => draft.opened(*connection),
                Event::OpenFailed { connection, failure } => draft.open_failed(*connection, *failure),
                Event::Tick => draft.tick(),
                Event::Extend { by, seconds } => draft.extend(by, *seconds)?,
                Event::End { by } => draft.end_by(by),
                Event::Disconnect { connection, by } => draft.disconnect(*connection, by)?,
                Event::UserBlocked => draft.end(EndReason::UserBlocked, Reason::PersonBlocked),
                Event::AccountRemoved => draft.end(EndReason::AccountRemoved, Reason::AccountTakenAway),
                Event::Settled => draft.settled(),
                Event::OnlyWatched => draft.only_watched(),
                Event::Enforced => draft.enforced(),
                Event::Ask { .. } | Event::TunnelSeen { .. } => {}
            }
            Ok(draft.finish())
        }
    }
}

/// When the session must be looked at again, though nothing may have happened. Hours that begin again matter to a session
/// without a tunnel alone: from then on its access ends with them.
pub fn due_at(session: &Session) -> Option<Timestamp> {
    let waits = session.live_connections().flat_map(|connection| {
        let ask_at = connection.ask_at.filter(|_| connection.is_unasked());
        [connection.waits_until, ask_at, session.review_at].into_iter().flatten()
    });
    let own = match session.state {
        SessionState::Ended => return None,
        SessionState::Requested => [session.connect_by, session.expires_at, None, None],
        // Nobody can connect before the account was read back as enabled.
        SessionState::Granted => {
            let connect_by = session.connect_by.filter(|_| session.account_ready);
            [connect_by, session.expires_at, session.review_at, session.opens_at]
        }
        SessionState::Confirming => [session.expires_at, None, None, None],
        SessionState::Active => [session.expires_at, session.remind_at, None, None],
    };
    waits.chain(own.into_iter().flatten()).min()
}

/// A span that somebody may ask for.
fn checked(span: Seconds) -> Result<Seconds, Refusal> {
    if span.0 == 0 || span > LONGEST { Err(Refusal::BadSpan) } else { Ok(span) }
}

/// Who did it, in the words of the history.
fn by_whom(by: &Actor) -> Reason {
    match by {
        Actor::Person(_) => Reason::InTelegram,
        Actor::Admin { name, reason, .. } => Reason::ByAdmin { name: name.clone(), reason: reason.clone() },
    }
}

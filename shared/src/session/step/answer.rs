//! Somebody says whether a tunnel is theirs.

use super::{GRACE, by_whom, draft::Draft};
use crate::{
    ids::ConnectionId,
    message::Message,
    policy::{AccessMode, OutageMode},
    reason::Reason,
    session::{
        Actor, Alert, Answer, CHOICES, CloseReason, ConnectionState, Effect, EndReason, Grounds, Nonce,
        Outcome, Refusal, Wish,
    },
};

impl Draft<'_> {
    pub(super) fn answered(
        &mut self,
        id: ConnectionId,
        nonce: Option<&Nonce>,
        by: &Actor,
        answer: Answer,
    ) -> Result<(), Refusal> {
        let connection = self.session.connection(id).ok_or(Refusal::UnknownPrompt)?;
        if let Actor::Person(who) = by {
            let prompt = connection.prompt.as_ref().ok_or(Refusal::UnknownPrompt)?;
            if Some(&prompt.nonce) != nonce {
                return Err(Refusal::UnknownPrompt);
            }
            if prompt.asked != *who || self.scene.person.telegram != Some(*who) {
                return Err(Refusal::NotYours);
            }
            // Closing withdraws the question, so tell first why it was closed.
            match connection.close_reason {
                // Answered, but wrongly, or in vain.
                Some(CloseReason::ConfirmTimeout)
                    if prompt.answered_at.is_some_and(|at| at < prompt.expires_at) =>
                {
                    return Err(Refusal::AlreadyAnswered);
                }
                Some(CloseReason::ConfirmTimeout) => return Err(Refusal::TooLate),
                Some(CloseReason::Denied) => return Err(Refusal::AlreadyAnswered),
                Some(CloseReason::Disconnected | CloseReason::RouterRestarted)
                    if connection.confirmed_at.is_none() =>
                {
                    return Err(Refusal::ConnectionGone);
                }
                _ => {}
            }
            if prompt.answered_at.is_some() {
                return Err(Refusal::AlreadyAnswered);
            }
            if self.now >= prompt.expires_at {
                return Err(Refusal::TooLate);
            }
            // A question for a number takes no bare yes, and one without numbers none of them.
            match (answer, prompt.numbers) {
                (Answer::Confirm, Some(_)) | (Answer::Pick(_), None) => return Err(Refusal::UnknownPrompt),
                (Answer::Pick(place), Some(_)) if usize::from(place) >= CHOICES => {
                    return Err(Refusal::UnknownPrompt);
                }
                _ => {}
            }
        }
        self.still_waits(id)?;
        match answer {
            Answer::Confirm => self.confirm(id, by),
            Answer::NotMe => self.not_me(id, by),
            Answer::Pick(place) => self.picked(id, by, place),
        }
        Ok(())
    }

    /// Refuses if there is nothing left to be confirmed.
    fn still_waits(&self, id: ConnectionId) -> Result<(), Refusal> {
        let over = self.session.expires_at.is_some_and(|end| end <= self.now);
        if over || !self.session.state.is_live() {
            return Err(Refusal::SessionOver);
        }
        match self.session.connection(id).map(|connection| connection.state) {
            Some(ConnectionState::Pending) => {}
            Some(ConnectionState::Confirmed) => return Err(Refusal::AlreadyAnswered),
            Some(ConnectionState::Closed) | None => return Err(Refusal::ConnectionGone),
        }
        Ok(())
    }

    /// A number was picked. A wrong one is no *Not me*, which would lock out whoever slips: the tunnel is cut and
    /// counts as unconfirmed, like one that nobody answered for, and enough of those lead to a ban.
    fn picked(&mut self, id: ConnectionId, by: &Actor, place: u8) {
        let Some(connection) = self.session.connection(id) else { return };
        let numbers = connection.prompt.as_ref().and_then(|prompt| prompt.numbers);
        if numbers.is_some_and(|numbers| numbers.is_right(place)) {
            return self.confirm(id, by);
        }
        let tunnel = connection.tunnel.clone();
        let why = CloseReason::ConfirmTimeout;
        self.note("wrong-number", Reason::WrongNumberPicked);
        self.close(id, why, Outcome::WrongNumber);
        self.wish(Wish::Cut { tunnel, why });
        self.tell(Message::WrongNumber { account: self.account_name() });
        let is_last = self.session.live_connections().next().is_none();
        if self.scene.policy.access_mode == AccessMode::Always && is_last {
            self.session.end_told = true;
            self.end(EndReason::ConfirmTimeout, Reason::WrongNumber);
        }
    }

    /// A one-time code was typed on the tunnel's own page. It counts only while Telegram is out of reach, and only
    /// if the policy says so.
    pub(super) fn code_entered(&mut self, id: ConnectionId) -> Result<(), Refusal> {
        if !self.scene.telegram_out || self.scene.policy.outage != OutageMode::OfflineCode {
            return Err(Refusal::UnknownPrompt);
        }
        self.still_waits(id)?;
        self.confirmed(id, "confirmed-by-code", Reason::OnCaptivePage, Outcome::Confirmed, Grounds::Code);
        Ok(())
    }

    pub(super) fn confirm(&mut self, id: ConnectionId, by: &Actor) {
        let (what, outcome, grounds) = match by {
            Actor::Person(_) => ("confirmed", Outcome::Confirmed, Grounds::Person),
            Actor::Admin { .. } => ("confirmed-by-admin", Outcome::ConfirmedByAdmin, Grounds::Admin),
        };
        self.confirmed(id, what, by_whom(by), outcome, grounds);
    }

    fn confirmed(&mut self, id: ConnectionId, what: &str, why: Reason, outcome: Outcome, grounds: Grounds) {
        let now = self.now;
        let mut asked = false;
        if let Some(connection) = self.session.connections.iter_mut().find(|c| c.id == id) {
            connection.state = ConnectionState::Confirmed;
            connection.confirmed_at = Some(now);
            connection.grounds = Some(grounds);
            // A yes in the last second must still reach the router.
            connection.waits_until = connection.waits_until.map(|until| until.max(now.plus(GRACE)));
            if let Some(prompt) = connection.prompt.as_mut() {
                asked = true;
                prompt.answered_at = Some(now);
            }
        }
        self.note(what, why);
        if asked {
            self.effects.push(Effect::CloseAsk { connection: id, outcome });
        }
        self.open(id);
        self.derive_state();
    }

    /// Somebody else has the password: cut, ban the caller, and take the account out of use.
    pub(super) fn not_me(&mut self, id: ConnectionId, by: &Actor) {
        let Some(connection) = self.session.connection(id) else { return };
        let tunnel = connection.tunnel.clone();
        let caller = tunnel.caller_id.clone();
        let outcome = match by {
            Actor::Person(_) => Outcome::NotMe,
            Actor::Admin { .. } => Outcome::DeniedByAdmin,
        };
        self.close(id, CloseReason::Denied, outcome);
        if self.scene.policy.disable_account_on_deny {
            self.suspend_account = Some(true);
        }
        if matches!(by, Actor::Admin { .. }) {
            // They did not say *Not me*, and have not heard of it yet. That it is closed is said when it is.
            self.tell(Message::DeniedByAdmin { account: self.account_name(), caller: caller.clone() });
        }
        self.expel(EndReason::Denied, by_whom(by), tunnel);
        let session = self.session.id;
        self.effects.push(Effect::Alert(Alert::Denied { session, caller_id: caller }));
    }
}

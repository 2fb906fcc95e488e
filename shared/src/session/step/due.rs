//! Time passes: what is due is done, and more time is asked for.

use super::{LONGEST, by_whom, checked, draft::Draft};
use crate::{
    ids::ConnectionId,
    message::Message,
    policy::AccessMode,
    reason::Reason,
    session::{Actor, CloseReason, EndReason, Outcome, Refusal, SessionState, Wish},
    time::Seconds,
};

impl Draft<'_> {
    /// Whatever is due is done, earliest first where it matters.
    pub(super) fn tick(&mut self) {
        let now = self.now;
        if self.session.state == SessionState::Requested {
            if self.session.connect_by.is_some_and(|by| by <= now) {
                self.tell(Message::RequestLapsed { account: self.account_name() });
                self.session.end_told = true;
                self.end(EndReason::Expired, Reason::NobodyDecided);
            }
            return;
        }
        if self.session.expires_at.is_some_and(|end| end <= now) {
            self.end(EndReason::Expired, Reason::TimeIsOver);
            return;
        }
        self.review();
        let overdue: Vec<_> = self
            .session
            .live_connections()
            .filter(|connection| connection.waits_until.is_some_and(|until| until <= now))
            .map(|connection| connection.id)
            .collect();
        for id in overdue {
            self.waited_in_vain(id);
        }
        self.ask_waiting();
        let never = self.session.state == SessionState::Granted
            && self.session.account_ready
            && self.session.connect_by.is_some_and(|by| by <= now);
        if never {
            // Where the account stays on nothing is taken away that they would have to hear of.
            self.session.end_told |= self.scene.policy.access_mode == AccessMode::Always;
            self.end(EndReason::NeverConnected, Reason::NeverCame);
            return;
        }
        if self.session.state == SessionState::Active && self.session.remind_at.is_some_and(|at| at <= now) {
            self.remind();
        }
    }

    /// Nobody confirmed in time, or the router could not be made to open while the prompt lived.
    pub(super) fn waited_in_vain(&mut self, id: ConnectionId) {
        let Some(tunnel) = self.session.connection(id).map(|connection| connection.tunnel.clone()) else {
            return;
        };
        let why = CloseReason::ConfirmTimeout;
        self.note("confirm-timeout", Reason::NotConfirmedInTime);
        self.close(id, why, Outcome::Expired);
        self.wish(Wish::Cut { tunnel, why });
        if self.scene.policy.access_mode == AccessMode::Always
            && self.session.live_connections().next().is_none()
        {
            self.end(EndReason::ConfirmTimeout, Reason::NoAnswer);
        } else {
            self.tell(Message::ConfirmTimedOut { account: self.account_name() });
        }
    }

    pub(super) fn remind(&mut self) {
        self.session.remind_at = None;
        self.session.reminded_at = Some(self.now);
        let may_extend = self.session.extensions < self.scene.policy.max_extensions;
        self.note("reminded", Reason::EndIsNear);
        self.tell(Message::Reminder {
            session: self.session.id,
            account: self.account_name(),
            until: self.session.expires_at,
            may_extend,
        });
    }

    /// The reminder comes before the end by the policy's span, or half-way when the time left is shorter.
    pub(super) fn arm_reminder(&mut self) {
        let before = self.scene.policy.remind_before_seconds;
        self.session.remind_at = match self.session.expires_at {
            Some(end) if before.0 > 0 => Some(end.minus(before).max(self.now.halfway_to(end))),
            _ => None,
        };
    }

    pub(super) fn extend(&mut self, by: &Actor, seconds: Option<Seconds>) -> Result<(), Refusal> {
        let Some(end) = self.session.expires_at else { return Err(Refusal::SessionOver) };
        if end <= self.now {
            return Err(Refusal::SessionOver);
        }
        let by_person = matches!(by, Actor::Person(_));
        if by_person && self.session.extensions >= self.scene.policy.max_extensions {
            return Err(Refusal::NoMoreExtensions);
        }
        let own = self.scene.policy.extension_seconds;
        let span = checked(if by_person { own } else { seconds.unwrap_or(own) })?;
        let new_end = end.plus(span);
        if new_end.since(self.now) > LONGEST {
            return Err(Refusal::BadSpan);
        }
        self.session.expires_at = Some(new_end);
        self.session.own_span |= !by_person && seconds.is_some();
        self.session.extensions += 1;
        self.session.reminded_at = None;
        self.arm_reminder();
        self.note("extended", by_whom(by));
        self.tell(Message::Extended { account: self.account_name(), until: Some(new_end) });
        Ok(())
    }
}

//! Time passes: what is due is done, and more time is asked for.

use super::{LONGEST, by_whom, checked, draft::Draft};
use crate::{
    ids::ConnectionId,
    message::Message,
    policy::AccessMode,
    reason::Reason,
    session::{Actor, CloseReason, Effect, EndReason, Outcome, Refusal, SessionState, Wish},
    time::{Seconds, Timestamp},
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
        let until = self.until();
        self.note("reminded", Reason::EndIsNear);
        self.tell(Message::Reminder {
            session: self.session.id,
            account: self.account_name(),
            until: until.map(|until| until.at),
            may_extend: self.session.may_extend(self.scene.policy, self.scene.local),
            by_hours: until.is_some_and(|until| until.by_hours),
        });
    }

    /// What the last reminder said holds no more: the end was put off to `until`, or has come.
    pub(super) fn reminder_is_over(&mut self, until: Option<Timestamp>) {
        self.rewrite_reminder(Message::ReminderOver { account: self.account_name(), until });
        // An end that has come keeps its reminder in the history.
        if until.is_some() {
            self.session.reminded_at = None;
        }
    }

    /// The reminder that stands, if any does, is changed to this text and loses its buttons.
    pub(super) fn rewrite_reminder(&mut self, text: Message) {
        if self.session.reminded_at.is_some() {
            self.effects.push(Effect::CloseReminder(text));
        }
    }

    /// The reminder comes before the end of access by the policy's span, or half-way when the time left is shorter; once
    /// for each end.
    pub(super) fn arm_reminder(&mut self) {
        let before = self.scene.policy.remind_before_seconds;
        self.session.remind_at = match self.until() {
            Some(until) if before.0 > 0 => {
                let at = until.at.minus(before);
                let told = self.session.reminded_at.is_some_and(|told| told >= at);
                (!told).then(|| at.max(self.now.halfway_to(until.at)))
            }
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
        if by_person && self.until().is_some_and(|until| until.by_hours) {
            return Err(Refusal::HoursEndFirst);
        }
        let own = self.scene.policy.extension_seconds;
        let span = checked(if by_person { own } else { seconds.unwrap_or(own) })?;
        let new_end = end.plus(span);
        if new_end.since(self.now) > LONGEST {
            return Err(Refusal::BadSpan);
        }
        let before = self.until();
        self.session.expires_at = Some(new_end);
        self.session.own_span |= !by_person && seconds.is_some();
        self.session.extensions += 1;
        let until = self.until();
        // Where the hours end first, what was reminded of holds as before.
        if until != before {
            self.reminder_is_over(until.map(|until| until.at));
        }
        self.arm_reminder();
        self.note("extended", by_whom(by));
        self.tell(Message::Extended {
            account: self.account_name(),
            until: until.map(|until| until.at),
            by_hours: until.is_some_and(|until| until.by_hours),
        });
        Ok(())
    }
}

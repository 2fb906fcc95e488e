//! The policy's hours as a live session sees them: they end before it does, begin again while it lasts, and may be
//! changed under it.

use super::draft::Draft;
use crate::{message::Message, session::Until, time::Timestamp};

impl Draft<'_> {
    /// When the person's access ends, as things are now.
    pub(super) fn until(&self) -> Option<Until> {
        self.session.until(self.scene.local.hours_end)
    }

    /// Notes until when the policy's hours run, or when they begin again; what was said and decided for other hours
    /// follows. True: access ends earlier than the person was told, and they have to hear of it.
    pub(super) fn note_hours(&mut self) -> bool {
        let (local, session) = (self.scene.local, &mut self.session);
        let (ran_until, to_open) = (session.review_at, session.opens_at);
        if (ran_until, to_open) == (local.hours_end, local.hours_begin) {
            return false;
        }
        let said = session.until(ran_until);
        (session.review_at, session.opens_at) = (local.hours_end, local.hours_begin);
        self.move_time_to_connect(ran_until, to_open);
        self.see_to_reminder(said);
        self.arm_reminder();
        let sooner = said.zip(self.until()).is_some_and(|(said, now)| now.by_hours && now.at < said.at);
        // Whoever waited for the hours was told that they would begin, and that they end is no news. Before the account
        // is ready nothing was said at all.
        sooner && to_open.is_none() && self.session.account_ready
    }

    /// The time within which a tunnel has to come begins, unless one was let through already: now, or with the hours if
    /// they do not run. An end of the session before that is not touched by it.
    pub(super) fn allow_time_to_connect(&mut self) {
        let by = self.connect_by();
        if let Some(known) = &mut self.session.connect_by {
            *known = by;
        }
    }

    /// When a time to connect is over that is allowed now.
    pub(super) fn connect_by(&self) -> Timestamp {
        let begins = self.scene.local.hours_begin.unwrap_or(self.now);
        begins.plus(self.scene.policy.connect_window_seconds)
    }

    /// While the hours do not run nobody can come, so that the time to connect waits for them; where they begin earlier
    /// than was thought it begins earlier. One that had passed before they ended stays passed.
    fn move_time_to_connect(&mut self, ran_until: Option<Timestamp>, to_open: Option<Timestamp>) {
        let closed_since = ran_until.map_or(self.now, |end| end.min(self.now));
        let still_runs = self.session.connect_by.is_some_and(|by| by > closed_since);
        let is_closed = self.session.opens_at.is_some();
        let opened_early = to_open.is_some_and(|at| at > self.now);
        if still_runs && (is_closed || opened_early) {
            self.allow_time_to_connect();
        }
    }

    /// A reminder that stands speaks of an end that has come or was put off.
    fn see_to_reminder(&mut self, said: Option<Until>) {
        let Some((said, now)) = said.zip(self.until()) else { return };
        let has_come = self.session.opens_at.is_some() || (said.by_hours && said.at <= self.now);
        if has_come {
            let again =
                self.session.opens_at.filter(|at| self.session.expires_at.is_some_and(|end| *at < end));
            let at = said.at.min(self.now);
            self.rewrite_reminder(Message::HoursOver { account: self.account_name(), at, again });
            // The hours of another day have a reminder of their own.
            self.session.reminded_at = None;
        } else if now.at > said.at {
            self.reminder_is_over(Some(now.at));
        }
    }
}

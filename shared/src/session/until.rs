//! Until when a person has access: what is told, reminded of and offered to be put off follows from here.

use super::Session;
use crate::{
    policy::{Moment, Policy},
    time::Timestamp,
};

/// The end of a person's access, for all that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Until {
    /// When it is.
    pub at: Timestamp,
    /// The policy's hours end then. The session may go on, but nobody is let in before the hours run again, and more
    /// time for the session changes nothing.
    pub by_hours: bool,
}

impl Session {
    /// When the person's access ends: with the session, or with the policy's hours that run now (`hours_end`), whichever
    /// is first. None before the session was allowed.
    pub fn until(&self, hours_end: Option<Timestamp>) -> Option<Until> {
        let end = self.expires_at?;
        Some(match hours_end {
            Some(hours) if hours <= end => Until { at: hours, by_hours: true },
            _ => Until { at: end, by_hours: false },
        })
    }

    /// May the person ask for more time, and would it be of use?
    pub fn may_extend(&self, policy: &Policy, local: Moment) -> bool {
        self.extensions < policy.max_extensions
            && self.until(local.hours_end).is_some_and(|until| !until.by_hours)
    }
}

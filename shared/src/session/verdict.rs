//! What becomes of a tunnel that has just come up: the one place where it is decided, for what happens now as for
//! the question what another policy would have made of the past.

use super::{
    Grounds,
    recent::{Caller, Recent},
};
use crate::{
    policy::{Confirmation, LocalTime, NotAdmitted, OutageMode, Policy},
    time::Timestamp,
};

/// What becomes of a tunnel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is cut: from there, or at that hour, nobody may come.
    Refuse(NotAdmitted),
    /// It is cut: the account has enough of them.
    TooMany,
    /// It is cut without a word: its caller is banned, and came in all the same (the router has no rule for the ban
    /// list, or somebody took the address off it).
    KeptOut,
    /// It is cut and its caller kept out: too many came that nobody confirmed.
    Ban,
    /// It is let through, and nobody is asked.
    Open(Grounds),
    /// Its owner is asked.
    Ask,
    /// Its owner was asked too often; they are asked at that time, if the tunnel still waits then.
    AskAt(Timestamp),
}

/// What a verdict is about.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Who came.
    pub caller: Caller<'a>,
    /// What time it is where the policy's hours are meant.
    pub local: LocalTime,
    /// When the day began there.
    pub day_began: Timestamp,
    /// How many other tunnels of the account are up.
    pub others: u32,
    /// The caller's address is banned on the router.
    pub banned: bool,
    /// Telegram has been out of reach for so long that the policy's rule for that holds.
    pub telegram_out: bool,
}

impl Policy {
    /// What becomes of a tunnel that comes up, after what happened lately. In this order: who is banned, what
    /// is not allowed at all, what needs no confirmation, what has tired the person out, what is known, what cannot be asked.
    pub fn verdict(&self, arrival: &Arrival<'_>, recent: &Recent) -> Verdict {
        let caller = &arrival.caller;
        if arrival.banned {
            return Verdict::KeptOut;
        }
        if let Err(against) = self.admits(caller.address, caller.country, arrival.local) {
            return Verdict::Refuse(against);
        }
        if arrival.others >= self.max_tunnels {
            return Verdict::TooMany;
        }
        if self.confirmation == Confirmation::None {
            return Verdict::Open(Grounds::Policy);
        }
        if recent.is_tired(self, caller.now) {
            return Verdict::Ban;
        }
        if recent.vouched(self, caller, arrival.day_began).is_some() {
            return Verdict::Open(Grounds::Trusted);
        }
        if arrival.telegram_out && self.outage == OutageMode::Open {
            return Verdict::Open(Grounds::Outage);
        }
        recent.next_prompt(self, caller.now).map_or(Verdict::Ask, Verdict::AskAt)
    }
}

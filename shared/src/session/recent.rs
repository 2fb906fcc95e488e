//! What happened lately to a person, as far as the rules count it: prompts, tunnels that nobody confirmed,
//! and callers that somebody vouched for.
//!
//! The counts are taken from the tunnels themselves, not from counters beside them. So nothing resets them (not a
//! ban, not a restart), and a new policy counts the same past by its own windows.

use super::{CloseReason, Connection, Grounds};
use crate::{
    ids::AccountId,
    policy::{NotAdmitted, Policy},
    time::{Seconds, Timestamp},
};

/// One tunnel of the person, on any of their accounts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contact {
    /// Whose account it used.
    pub account: AccountId,
    /// The caller's public address.
    pub caller: Option<String>,
    /// The caller's country at that time, where it was known.
    pub country: Option<String>,
    /// When the tunnel was first seen.
    pub at: Timestamp,
    /// When its owner was asked about it.
    pub asked_at: Option<Timestamp>,
    /// The question had to wait, as there had been too many.
    pub put_off: bool,
    /// Nothing got through to Telegram when it came.
    pub unanswerable: bool,
    /// When it was confirmed, and on what grounds.
    pub confirmed: Option<(Timestamp, Grounds)>,
    /// When and why it was closed.
    pub closed: Option<(Timestamp, CloseReason)>,
}

impl Contact {
    /// What the counts need to know of a connection of `account`.
    pub fn of(account: AccountId, connection: &Connection) -> Self {
        Self {
            account,
            caller: connection.tunnel.caller_id.clone(),
            country: connection.country.clone(),
            at: connection.connected_at,
            asked_at: connection.prompt.as_ref().map(|prompt| prompt.asked_at),
            put_off: connection.ask_at.is_some(),
            unanswerable: connection.unanswerable,
            confirmed: connection.confirmed_at.zip(connection.grounds),
            closed: connection.closed_at.zip(connection.close_reason),
        }
    }

    /// Came up and was confirmed by nobody. What was cut before anybody could be asked, or went down with its
    /// router, is no attempt of the caller's to get in unseen; and while nobody can be asked nobody can confirm.
    fn is_unconfirmed(&self) -> bool {
        use CloseReason::{Policy, RouterRestarted, TooMany};
        self.confirmed.is_none()
            && !self.unanswerable
            && !matches!(self.closed, Some((_, TooMany | Policy | RouterRestarted)))
    }
}

/// The person's recent tunnels.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Recent {
    /// The tunnels, in any order; at least those within the longest window of the policy, see
    /// [`Recent::reach`], and at most [`Recent::MOST`] of them, the newest.
    pub contacts: Vec<Contact>,
    /// An administrator lifted a ban of the person's then: tunnels of before are forgiven.
    pub forgiven_at: Option<Timestamp>,
    /// When a session of the person was ended last by a denial, a ban, a block or an administrator, on any account and
    /// whether a tunnel was up or not: nobody is trusted for what was confirmed before.
    pub distrusted_at: Option<Timestamp>,
    /// When a tunnel was cut last for being one too many. Such tunnels are not among the contacts, where any number of
    /// them would hide what counts.
    pub surplus_at: Option<Timestamp>,
    /// When a tunnel was turned away last by hour or place, for each rule that was against one.
    pub turned_away: Vec<(NotAdmitted, Timestamp)>,
}

impl Recent {
    /// More tunnels than this need not be loaded: no policy may count further.
    pub const MOST: u32 = 2_000;

    /// How far back the rules of a policy look, from when a tunnel came up: questions and answers come as much later
    /// as a tunnel may wait.
    pub fn reach(policy: &Policy) -> Seconds {
        let window = policy
            .unconfirmed_window_seconds
            .max(policy.prompt_window_seconds)
            .max(policy.trusted_reconnect_seconds);
        Seconds(window.0.saturating_add(policy.confirm_seconds.0))
    }

    /// How many tunnels came up within the policy's window, the one that comes now left out, and were confirmed
    /// by nobody.
    pub fn unconfirmed(&self, policy: &Policy, now: Timestamp) -> u32 {
        let from = now.minus(policy.unconfirmed_window_seconds);
        let from = self.forgiven_at.map_or(from, |forgiven| forgiven.max(from));
        count(self.contacts.iter().filter(|contact| contact.at > from && contact.is_unconfirmed()))
    }

    /// Is one more unconfirmed tunnel one too many?
    pub fn is_tired(&self, policy: &Policy, now: Timestamp) -> bool {
        self.unconfirmed(policy, now) >= policy.max_unconfirmed
    }

    /// Has there been one too many already?
    pub fn is_banned(&self, policy: &Policy, now: Timestamp) -> bool {
        self.unconfirmed(policy, now) > policy.max_unconfirmed
    }

    /// Was a caller of the person's banned within the policy's window?
    pub fn was_banned(&self, policy: &Policy, now: Timestamp) -> bool {
        let from = now.minus(policy.unconfirmed_window_seconds);
        self.contacts
            .iter()
            .any(|contact| matches!(contact.closed, Some((at, CloseReason::Banned)) if at > from))
    }

    /// When the person may be asked again: none means now.
    pub fn next_prompt(&self, policy: &Policy, now: Timestamp) -> Option<Timestamp> {
        let from = now.minus(policy.prompt_window_seconds);
        let mut asked: Vec<_> =
            self.contacts.iter().filter_map(|contact| contact.asked_at).filter(|at| *at > from).collect();
        asked.sort_unstable();
        let limit = usize::try_from(policy.prompt_limit).unwrap_or(usize::MAX);
        let frees = asked.len().checked_sub(limit)?;
        asked.get(frees).map(|at| at.plus(policy.prompt_window_seconds))
    }

    /// Was a question put off within the policy's window, and the person told so?
    pub fn was_put_off(&self, policy: &Policy, now: Timestamp) -> bool {
        let from = now.minus(policy.prompt_window_seconds);
        self.contacts.iter().any(|contact| contact.put_off && contact.at > from)
    }

    /// Was a tunnel cut for being one too many within the window of questions, and the person told so?
    pub fn had_surplus(&self, policy: &Policy, now: Timestamp) -> bool {
        self.surplus_at.is_some_and(|at| at > now.minus(policy.prompt_window_seconds))
    }

    /// Was a tunnel turned away for this within the window of questions, and the person told so?
    pub fn was_turned_away(&self, against: NotAdmitted, policy: &Policy, now: Timestamp) -> bool {
        let from = now.minus(policy.prompt_window_seconds);
        self.turned_away.iter().any(|(rule, at)| *rule == against && *at > from)
    }

    /// When somebody confirmed a tunnel of the account from this very address and country, if that still counts:
    /// it was today, within the policy's window, and no tunnel of the person was denied, banned or ended by an
    /// administrator since.
    pub fn vouched(&self, policy: &Policy, caller: &Caller<'_>, today: Timestamp) -> Option<Timestamp> {
        if policy.trusted_reconnect_seconds.0 == 0 {
            return None;
        }
        let from = caller.now.minus(policy.trusted_reconnect_seconds);
        let address = caller.address?;
        let (vouched_at, _) = self
            .contacts
            .iter()
            .filter(|contact| contact.account == caller.account)
            .filter(|contact| contact.caller.as_deref() == Some(address))
            .filter(|contact| contact.country.as_deref() == caller.country)
            .filter_map(|contact| contact.confirmed)
            .filter(|(_, grounds)| grounds.is_vouching())
            .max_by_key(|(at, _)| *at)?;
        let distrusted = self.contacts.iter().filter_map(Contact::distrust).chain(self.distrusted_at);
        let lost = distrusted.max().is_some_and(|at| at >= vouched_at);
        (vouched_at > from && vouched_at >= today && !lost).then_some(vouched_at)
    }
}

impl Contact {
    /// When it showed that the person's callers cannot be trusted, if it did.
    fn distrust(&self) -> Option<Timestamp> {
        use CloseReason::{Banned, Denied, EndedByAdmin};
        self.closed.and_then(|(at, why)| matches!(why, Banned | Denied | EndedByAdmin).then_some(at))
    }
}

/// Somebody who has just connected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Caller<'a> {
    /// With whose account.
    pub account: AccountId,
    /// From which public address.
    pub address: Option<&'a str>,
    /// From which country, where it is known.
    pub country: Option<&'a str>,
    /// When.
    pub now: Timestamp,
}

fn count<T>(all: impl Iterator<Item = T>) -> u32 {
    u32::try_from(all.count()).unwrap_or(u32::MAX)
}

//! The comparison of what should be with what is.

use super::{Actual, Allowed, Desired, Entry, MARK, Rule, allow_comment};
use crate::{firewall::Range, reason::Reason, session::Tunnel, text::readable, time::Seconds};
use std::collections::{HashMap, HashSet};

/// Something to be changed on the router.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Let the tunnel through.
    Allow(Allowed),
    /// Give these entries (by `.id`) their full time again.
    Renew(Vec<String>),
    /// Take the entry away: nobody who was confirmed has its address.
    Remove(Entry),
    /// Switch the bound rule.
    SwitchRule {
        /// The rule's `.id`.
        rule_id: String,
        /// Its exact comment.
        comment: Vec<u8>,
        /// On?
        enabled: bool,
    },
    /// Switch the account.
    SwitchAccount {
        /// Its name.
        username: String,
        /// On?
        enabled: bool,
    },
    /// Keep the address out.
    Ban {
        /// Which.
        address: String,
        /// For how long.
        seconds: Seconds,
    },
}

/// A difference that nobody asked for: the router lost something, or somebody changed it by hand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drift {
    /// What was found.
    pub what: Reason,
    /// What mends it; none: only a person can.
    pub change: Option<Change>,
}

impl Drift {
    fn new(what: Reason, change: Change) -> Self {
        Self { what, change: Some(change) }
    }
}

/// What has to change so that the router is as it should be. Entries whose time is below `renew_below`
/// seconds are renewed, which is no drift and comes apart.
pub fn plan(desired: &Desired, actual: &Actual, renew_below: u32) -> (Vec<Drift>, Option<Change>) {
    let tunnels: HashMap<&str, &Tunnel> =
        actual.tunnels.iter().map(|tunnel| (tunnel.router_session_id.as_str(), &**tunnel)).collect();
    let shared = held_twice(actual.tunnels.iter().map(AsRef::as_ref));
    let is_shared =
        |tunnel: &Tunnel| tunnel.address.as_deref().is_some_and(|address| shared.contains(address));
    let inside: Vec<&Allowed> = desired
        .allowed
        .iter()
        .filter(|allowed| {
            tunnels
                .get(allowed.tunnel.router_session_id.as_str())
                .is_some_and(|now| now.is_same(&allowed.tunnel))
        })
        .filter(|allowed| !is_shared(&allowed.tunnel))
        .collect();
    let (mut drifts, renewals) = entries(&inside, &shared, actual, renew_below);
    drifts.extend(actual.rules.iter().flat_map(|there| rules(desired, there, &inside)));
    drifts.extend(actual.accounts.iter().flat_map(|there| accounts(desired, there)));
    drifts.extend(bans(desired, actual));
    (drifts, (!renewals.is_empty()).then_some(Change::Renew(renewals)))
}

/// The addresses that several tunnels have at once, as a fixed address gives them out. What lets one of them through
/// lets all of them, whoever confirmed which: nobody is let through by such an address.
pub fn held_twice<'a>(tunnels: impl ExactSizeIterator<Item = &'a Tunnel>) -> HashSet<&'a str> {
    let mut held = HashSet::with_capacity(tunnels.len());
    let addresses = tunnels.filter_map(|tunnel| tunnel.address.as_deref());
    addresses.filter(|address| !held.insert(*address)).collect()
}

/// Allow entries: each confirmed tunnel has exactly its own, and there is no other.
fn entries(
    inside: &[&Allowed],
    shared: &HashSet<&str>,
    actual: &Actual,
    renew_below: u32,
) -> (Vec<Drift>, Vec<String>) {
    let mut wanted: HashMap<&str, &Allowed> =
        inside.iter().filter_map(|allowed| Some((allowed.tunnel.address.as_deref()?, *allowed))).collect();
    let mut drifts = Vec::new();
    let mut renewals = Vec::new();
    for entry in &actual.allow {
        let Some(allowed) = wanted.get(entry.address.as_str()).copied() else {
            let address = entry.address.clone();
            let what = if shared.contains(address.as_str()) {
                Reason::AllowEntryShared { address }
            } else if entry.comment.starts_with(MARK.as_bytes()) {
                Reason::AllowEntryLeftOver { address }
            } else if !lets_tunnels_through(actual, entry) {
                // Somebody's own, for something else: it opens no box.
                drifts.push(Drift { what: Reason::AllowEntryElsewhere { address }, change: None });
                continue;
            } else {
                Reason::AllowEntryForeign { address }
            };
            drifts.push(Drift::new(what, Change::Remove(entry.clone())));
            continue;
        };
        let sound = !entry.disabled
            && entry.timeout.is_some()
            && entry.comment == allow_comment(&allowed.tunnel).into_bytes();
        if sound {
            wanted.remove(entry.address.as_str());
            if entry.timeout.is_some_and(|left| left < renew_below) {
                renewals.push(entry.id.clone());
            }
        } else {
            let what = Reason::AllowEntryChanged { address: entry.address.clone() };
            drifts.push(Drift::new(what, Change::Remove(entry.clone())));
        }
    }
    for allowed in inside.iter().filter(|allowed| allowed.opened) {
        let missing = allowed.tunnel.address.as_deref().is_some_and(|address| wanted.contains_key(address));
        if missing {
            let what = Reason::AllowEntryMissing { account: allowed.tunnel.username.clone() };
            drifts.push(Drift::new(what, Change::Allow((**allowed).clone())));
        }
    }
    (drifts, renewals)
}

/// May a tunnel have an address of the entry, now or later? What cannot be read, such as a name, may stand for any.
fn lets_tunnels_through(actual: &Actual, entry: &Entry) -> bool {
    let Some((range, given)) = Range::parse(&entry.address).zip(actual.given.as_ref()) else { return true };
    let has = |tunnel: &Tunnel| {
        let address = tunnel.address.as_deref().and_then(Range::parse);
        address.is_some_and(|address| range.meets(&address))
    };
    given.iter().any(|given| range.meets(given)) || actual.tunnels.iter().any(|tunnel| has(tunnel))
}

/// Bound rules: on exactly while a tunnel of their account is inside. One that is not what it was when it
/// was bound is never touched.
fn rules(desired: &Desired, there: &[Rule], inside: &[&Allowed]) -> Vec<Drift> {
    let busy: HashSet<_> = inside.iter().filter(|allowed| allowed.opened).map(|a| a.account).collect();
    let opening: HashSet<_> = inside.iter().filter(|allowed| !allowed.opened).map(|a| a.account).collect();
    desired
        .rules
        .iter()
        .filter_map(|bound| {
            let name = || readable(&bound.comment).into_owned();
            let same_comment = there.iter().filter(|rule| rule.comment == bound.comment).count();
            let Some(rule) = there.iter().find(|rule| rule.id == bound.rule_id) else {
                return Some(Drift { what: Reason::RuleGone { rule: name() }, change: None });
            };
            if rule.comment != bound.comment || same_comment != 1 {
                return Some(Drift { what: Reason::RuleChanged { rule: name() }, change: None });
            }
            let enabled = busy.contains(&bound.account);
            let settled = enabled || !opening.contains(&bound.account);
            (settled && rule.enabled != enabled).then(|| {
                Drift::new(
                    Reason::RuleFound { rule: name(), on: rule.enabled },
                    Change::SwitchRule {
                        rule_id: bound.rule_id.clone(),
                        comment: bound.comment.clone(),
                        enabled,
                    },
                )
            })
        })
        .collect()
}

/// Accounts: as the sessions say. One that the router does not know cannot be switched.
fn accounts(desired: &Desired, there: &HashMap<String, bool>) -> Vec<Drift> {
    desired
        .accounts
        .iter()
        .filter_map(|(username, enabled)| match there.get(username) {
            Some(now) if now == enabled => None,
            Some(now) => Some(Drift::new(
                Reason::AccountFound { account: username.clone(), on: *now },
                Change::SwitchAccount { username: username.clone(), enabled: *enabled },
            )),
            None => Some(Drift { what: Reason::AccountNotThere { account: username.clone() }, change: None }),
        })
        .collect()
}

/// Bans: each address that is kept out is on the list. What else is there is the administrators' own.
fn bans(desired: &Desired, actual: &Actual) -> Vec<Drift> {
    let there: HashSet<&str> = actual.banned.iter().map(String::as_str).collect();
    let missing = desired.bans.iter().filter(|(address, _)| !there.contains(address.as_str()));
    missing
        .map(|(address, seconds)| {
            let change = Change::Ban { address: address.clone(), seconds: *seconds };
            Drift::new(Reason::BanMissing { address: address.clone() }, change)
        })
        .collect()
}

//! Who is put into the box: the profiles and lists that tunnels get, and the tunnels that are up.

use super::{
    Account, Facts, Finding, Profile, Stray,
    remedy::{box_profile, end_tunnels, unbridge},
};
use crate::firewall::{Likely, Origin, Range};
use std::collections::{BTreeMap, BTreeSet};

/// The key of the finding about tunnels that were up before their profile named the list of interfaces.
pub(super) const OF_BEFORE: &str = "tunnels-before";

/// So many names are listed.
const MOST_NAMES: usize = 10;

impl Facts {
    pub(super) fn boxes(&self, profile: &Profile) -> bool {
        profile.address_lists.contains(&self.sandbox_list)
    }

    /// The profiles that an account's tunnels can have.
    pub(super) fn profiles_of<'a>(&'a self, account: &'a Account) -> impl Iterator<Item = &'a str> {
        let own = account.profile.as_deref().into_iter();
        own.chain(self.profiles_of_servers().filter(move |_| account.profile.is_none()))
    }

    fn profiles_of_servers(&self) -> impl Iterator<Item = &str> {
        self.servers.iter().map(|server| server.profile.as_str())
    }

    fn users_of<'a>(&'a self, profile: &'a Profile) -> impl Iterator<Item = &'a Account> {
        let has = |account: &&Account| self.profiles_of(account).any(|name| name == profile.name);
        self.accounts.iter().filter(has)
    }

    /// Can tunnels of accounts that nobody can list have this profile?
    fn is_for_strangers(&self, profile: &Profile) -> bool {
        self.radius_elsewhere && self.profiles_of_servers().any(|name| name == profile.name)
    }

    fn is_used(&self, profile: &Profile) -> bool {
        self.is_for_strangers(profile) || self.users_of(profile).next().is_some()
    }

    /// The profiles by which tunnels are boxed: those in use, or all if none is.
    pub(super) fn boxing(&self) -> Vec<&Profile> {
        let all: Vec<&Profile> = self.profiles.iter().filter(|profile| self.boxes(profile)).collect();
        let used: Vec<&Profile> = all.iter().filter(|profile| self.is_used(profile)).copied().collect();
        if used.is_empty() { all } else { used }
    }

    /// Where boxed tunnels come from.
    pub(super) fn boxed(&self) -> Origin {
        let profiles = self.boxing();
        let share = |has: &dyn Fn(&Profile) -> bool| match profiles.iter().filter(|p| has(p)).count() {
            0 => Likely::No,
            some if some == profiles.len() => Likely::Yes,
            _ => Likely::Some,
        };
        let mut lists = BTreeMap::new();
        for list in profiles.iter().flat_map(|profile| &profile.address_lists) {
            lists.insert(list.clone(), share(&|profile| profile.address_lists.contains(list)));
        }
        // RADIUS gives some other lists than their profile does.
        let others: Vec<&String> =
            self.accounts.iter().filter_map(|one| one.lists.as_ref()).flatten().collect();
        if !others.is_empty() {
            lists.values_mut().for_each(|likely| *likely = Likely::Some);
            lists.extend(others.into_iter().map(|list| (list.clone(), Likely::Some)));
        }
        lists.insert(self.sandbox_list.clone(), Likely::Yes);
        let mut interface_lists = BTreeMap::new();
        for list in profiles.iter().filter_map(|profile| profile.interface_list.as_ref()) {
            interface_lists
                .insert(list.clone(), share(&|profile| profile.interface_list.as_ref() == Some(list)));
        }
        Origin { addresses: self.addresses(&profiles), lists, interface_lists, ..Origin::default() }
    }

    /// The same apart by the interface lists of their profiles: each tunnel is on one of them.
    pub(super) fn boxed_by_interface(&self) -> Vec<Origin> {
        let all = self.boxed();
        let lists: BTreeSet<Option<&String>> =
            self.boxing().iter().map(|profile| profile.interface_list.as_ref()).collect();
        let of_list = |list: Option<&String>| {
            let interface_lists = list.map(|list| (list.clone(), Likely::Yes)).into_iter().collect();
            Origin { interface_lists, ..all.clone() }
        };
        if lists.is_empty() { vec![all] } else { lists.into_iter().map(of_list).collect() }
    }

    /// The addresses that boxed tunnels can have; none: any.
    fn addresses(&self, profiles: &[&Profile]) -> Option<Vec<Range>> {
        if self.user_manager.is_some() {
            // RADIUS may give an account any address.
            return None;
        }
        let own = self.accounts.iter().filter_map(|account| account.remote_address.as_deref());
        let common = profiles.iter().filter_map(|profile| profile.remote_address.as_deref());
        let mut ranges = Vec::new();
        for place in own.chain(common) {
            match (self.pools.get(place), Range::parse(place)) {
                (Some(pool), _) => ranges.extend(pool),
                (None, Some(range)) => ranges.push(range),
                (None, None) => return None,
            }
        }
        (!ranges.is_empty()).then_some(ranges)
    }
}

/// Whose tunnels are not boxed at all.
pub(super) fn look(facts: &Facts, findings: &mut Vec<Finding>) {
    let key = "profile";
    let by_radius =
        |account: &Account| account.lists.iter().flatten().any(|list| *list == facts.sandbox_list);
    if !facts.profiles.iter().any(|profile| facts.boxes(profile)) && !facts.accounts.iter().any(by_radius) {
        findings.push(
            Finding::danger(key, "profile-none")
                .opening()
                .with("list", facts.sandbox_list.as_str())
                .script(facts.profiles.first().map_or_else(String::new, |one| box_profile(one, facts))),
        );
        return;
    }
    let before = findings.len();
    for profile in facts.profiles.iter().filter(|profile| !facts.boxes(profile)) {
        unboxed(facts, profile, findings);
    }
    listed_elsewhere(facts, findings);
    bridged(facts, findings);
    if findings.len() == before {
        findings.push(Finding::ok(key, "profile-ok").with("list", facts.sandbox_list.as_str()));
    }
    for profile in facts.boxing() {
        without_addresses(facts, profile, findings);
    }
}

/// In words for accounts of people, or for those of nobody: these are cut as soon as they are seen, and free until then.
fn graded(users: &[&Account], key: &'static str, owned: &'static str, unowned: &'static str) -> Finding {
    let linked = users.iter().any(|account| account.linked);
    Finding::danger(key, if linked { owned } else { unowned }).opening()
}

fn unboxed(facts: &Facts, profile: &Profile, findings: &mut Vec<Finding>) {
    let said = |finding: Finding| {
        finding
            .with("profile", profile.name.as_str())
            .with("list", facts.sandbox_list.as_str())
            .script(box_profile(profile, facts))
    };
    if facts.is_for_strangers(profile) {
        findings.push(said(Finding::danger("profile", "profile-radius").opening()));
    }
    let users: Vec<&Account> = facts.users_of(profile).filter(|account| account.lists.is_none()).collect();
    if !users.is_empty() {
        let finding = graded(&users, "profile", "profile-unboxed", "profile-unowned");
        findings
            .push(said(finding.with("accounts", names(users.iter().map(|account| account.name.as_str())))));
    }
}

/// Accounts that RADIUS puts on other lists than their profile does.
fn listed_elsewhere(facts: &Facts, findings: &mut Vec<Finding>) {
    let elsewhere =
        |account: &&Account| account.lists.as_ref().is_some_and(|lists| !lists.contains(&facts.sandbox_list));
    let users: Vec<&Account> = facts.accounts.iter().filter(elsewhere).collect();
    if !users.is_empty() {
        findings.push(
            graded(&users, "profile", "account-lists", "account-lists-unowned")
                .with("list", facts.sandbox_list.as_str())
                .with("accounts", names(users.iter().map(|account| account.name.as_str()))),
        );
    }
}

/// Frames go into a bridge past every rule that looks at addresses.
fn bridged(facts: &Facts, findings: &mut Vec<Finding>) {
    for profile in &facts.profiles {
        let users: Vec<&Account> = facts.users_of(profile).collect();
        let (Some(bridge), true) = (&profile.bridge, facts.is_used(profile)) else { continue };
        let finding = if facts.is_for_strangers(profile) {
            Finding::danger("bridge", "profile-bridged").opening()
        } else {
            graded(&users, "bridge", "profile-bridged", "profile-bridged")
        };
        findings.push(
            finding
                .with("profile", profile.name.as_str())
                .with("bridge", bridge.as_str())
                .script(unbridge(&profile.name)),
        );
    }
    if facts.servers.iter().any(|server| server.ethernet) {
        findings.push(
            Finding::danger("bridge", "server-ethernet")
                .opening()
                .script("/interface ovpn-server server set [find] mode=ip"),
        );
    }
}

fn without_addresses(facts: &Facts, profile: &Profile, findings: &mut Vec<Finding>) {
    let own = |account: &Account| account.remote_address.is_some();
    let users = facts.accounts.iter().filter(|account| account.profile.as_deref() == Some(&profile.name));
    if profile.remote_address.is_none() && !users.clone().all(own) && users.count() > 0 {
        findings
            .push(Finding::warning("addresses", "addresses-missing").with("profile", profile.name.as_str()));
    }
}

/// The tunnels that are up and not in the box; `free` tells whether what comes from such addresses gets through.
pub(super) fn strays(facts: &Facts, free: impl Fn(Origin) -> bool, findings: &mut Vec<Finding>) {
    let key = "tunnels";
    let say = |finding: Finding, those: &[&Stray]| {
        finding
            .with("accounts", names(those.iter().map(|stray| stray.name.as_str())))
            .with("list", facts.sandbox_list.as_str())
            .script(end_tunnels(those.iter().take(MOST_NAMES).map(|stray| stray.name.as_str())))
    };
    let nowhere: Vec<&Stray> = facts.strays.iter().filter(|stray| stray.address.is_none()).collect();
    if !nowhere.is_empty() {
        findings.push(say(Finding::danger(key, "tunnel-nowhere").opening(), &nowhere));
    }
    for allowed in [false, true] {
        let those = facts.strays.iter().filter(|stray| stray.address.is_some() && stray.allowed == allowed);
        let those: Vec<&Stray> = those.collect();
        let addresses: Vec<Range> = those.iter().filter_map(|stray| stray.address).map(Range::of).collect();
        let lists = BTreeMap::from([(facts.sandbox_list.clone(), Likely::No)]);
        let origin = Origin { addresses: Some(addresses), lists, ..Origin::default() };
        // Where another rule holds them they are in a box all the same.
        if those.is_empty() || !free(origin) {
            continue;
        }
        let finding = if allowed {
            Finding::warning(key, "tunnel-unboxed")
        } else {
            Finding::danger(key, "tunnel-free").opening()
        };
        findings.push(say(finding, &those));
    }
}

/// The tunnels that came up before their profile named the list of interfaces: RouterOS takes what a profile says when a
/// tunnel comes up, and never again. Their addresses hold them; what bears another one is held by nothing.
pub(super) fn of_before(facts: &Facts, findings: &mut Vec<Finding>) {
    if facts.unlisted.is_empty() {
        return;
    }
    let all = || facts.unlisted.iter().map(String::as_str);
    findings.push(
        Finding::warning(OF_BEFORE, "tunnel-before")
            .with("count", i64::try_from(facts.unlisted.len()).unwrap_or(i64::MAX))
            .with("accounts", names(all()))
            .script(end_tunnels(all().take(MOST_NAMES))),
    );
}

/// A few names of many.
pub(super) fn names<'a>(all: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = all.collect();
    let shown = all.iter().take(MOST_NAMES).copied().collect::<Vec<_>>().join(", ");
    if all.len() > MOST_NAMES { format!("{shown}, … ({})", all.len()) } else { shown }
}

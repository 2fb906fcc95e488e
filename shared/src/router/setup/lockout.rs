//! Who would be locked out: the set-up begins to drop whole lists and to box profiles, and whoever manages the router may be
//! on one of these or come by such a tunnel.

use super::{Seen, Wanted, item::Item, words::Words};
use crate::firewall::Range;

/// Somebody who is logged in to manage the router.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Login {
    /// The account.
    pub name: String,
    /// From where, as the router sees it.
    pub address: String,
}

/// An entry of an address list that is on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Listed {
    /// The list.
    pub list: String,
    /// An address, a network or a range.
    pub address: String,
}

/// A tunnel that is up.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Inside {
    /// Its profile's name; none: not to be told, as RADIUS names it.
    pub profile: Option<super::Raw>,
    /// Its address and the networks behind it.
    pub networks: Vec<String>,
}

/// Those who get at the router, with the address by which they do: who is logged in, and the single addresses to which the
/// API is bound.
fn managers(seen: &Seen) -> impl Iterator<Item = (String, Range)> + '_ {
    let logins = seen.logins.iter().map(|login| (login.name.clone(), login.address.clone()));
    let api = seen.services.iter().filter(|item| matches!(&*item.text("name"), "api" | "api-ssl"));
    let bound = api.flat_map(|service| {
        let name = service.text("name").into_owned();
        let addresses = bound(service);
        addresses.into_iter().map(move |address| (name.clone(), address))
    });
    let whole = logins.chain(bound);
    whole
        .filter_map(|(who, address)| Some((who, Range::parse(&address)?)))
        .filter(|(_, range)| range.is_single())
}

/// The addresses to which a service is bound.
pub(super) fn bound(service: &Item) -> Vec<String> {
    // Newer versions call the property otherwise.
    ["available-from", "address"].iter().flat_map(|property| service.list(property)).collect()
}

/// Words for the first manager who is on a list whose packets to the router are dropped; whoever is on `spared` passes.
pub(super) fn by_list(seen: &Seen, list: &str, spared: Option<&str>) -> Option<Words> {
    let on = |wanted: &str, who: &Range| {
        let entries = seen.listed.iter().filter(|entry| entry.list == wanted);
        entries.filter_map(|entry| Range::parse(&entry.address)).any(|range| range.covers(who))
    };
    let locked =
        managers(seen).find(|(_, range)| on(list, range) && !spared.is_some_and(|spared| on(spared, range)));
    if let Some((who, _)) = locked {
        return Some(Words::new("setup-locks-out").with("who", who).with("list", list));
    }
    // Whoever it is may be on it.
    let may_be = seen.logins_unknown && seen.listed.iter().any(|entry| entry.list == list);
    may_be.then(|| Words::new("setup-unknown-logins-list").with("list", list))
}

/// The same for both lists.
pub(super) fn by_lists(seen: &Seen, wanted: &Wanted) -> Option<Words> {
    by_list(seen, &wanted.ban, None).or_else(|| by_list(seen, &wanted.sandbox, Some(&wanted.allow)))
}

/// Words for somebody who manages the router by a tunnel of this profile, or of one that cannot be told.
pub(super) fn by_profile(seen: &Seen, profile: &Item) -> Option<Words> {
    let may_have =
        |inside: &&Inside| inside.profile.as_ref().is_none_or(|name| Some(name) == profile.get("name"));
    let networks: Vec<Range> = seen
        .inside
        .iter()
        .filter(may_have)
        .flat_map(|inside| &inside.networks)
        .filter_map(|network| Range::parse(network.split_whitespace().next()?))
        .collect();
    let name = profile.text("name").into_owned();
    let inside = managers(seen).find(|(_, range)| networks.iter().any(|network| network.covers(range)));
    if let Some((who, _)) = inside {
        return Some(Words::new("setup-profile-manager").with("who", who).with("profile", name));
    }
    let may_be = seen.logins_unknown && !networks.is_empty();
    may_be.then(|| Words::new("setup-unknown-logins-profile").with("profile", name))
}

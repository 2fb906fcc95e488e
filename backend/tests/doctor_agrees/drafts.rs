//! Random rules, in words that both understand: of either family, in the raw table and the filter.

use proptest::{prelude::*, sample::select};
use sallyport_shared::firewall::{Family, State};
use std::collections::BTreeMap;

pub(crate) const TUNNEL: &str = "<l2tp-ivan>";
pub(crate) const STATES: [State; 4] = State::TRACKED;
pub(crate) const PORTS: [u16; 3] = [443, 53, 8_291];
pub(crate) const OUT: [&str; 3] = ["ether1", "bridge", "<l2tp-olga>"];

pub(crate) type Conditions = &'static [(&'static str, &'static [&'static str])];

/// What differs between the families.
pub(crate) struct Side {
    pub(crate) family: Family,
    pub(crate) filter: &'static str,
    pub(crate) raw: &'static str,
    pub(crate) lists: &'static str,
    pub(crate) source: &'static str,
    /// Addresses that a client may pretend to have, or that are behind it.
    pub(crate) foreign: [&'static str; 2],
    pub(crate) destinations: [&'static str; 4],
    pub(crate) protocols: [&'static str; 3],
    /// The lists that the rules speak of, besides `sandbox` and `allow`.
    pub(crate) entries: [(&'static str, &'static str); 3],
    /// Conditions that both can judge, in either table, by their names with the values that they may have.
    pub(crate) known: Conditions,
}

pub(crate) const V4: Side = Side {
    family: Family::V4,
    filter: "ip/firewall/filter",
    raw: "ip/firewall/raw",
    lists: "ip/firewall/address-list",
    source: "10.8.0.7",
    foreign: ["192.168.7.9", "172.16.0.5"],
    destinations: ["192.0.2.1", "10.20.3.4", "10.99.0.1", "198.51.100.77"],
    protocols: ["tcp", "udp", "icmp"],
    entries: [("others", "10.8.0.0/29"), ("strangers", "192.168.7.0/24"), ("servers", "10.20.0.0/16")],
    known: &[
        LISTED,
        LISTED_FOR,
        ("src-address", &["10.8.0.0/24", "!10.8.0.0/24", "192.168.0.0/16", "10.8.0.0-10.8.0.3", "0.0.0.0/0"]),
        ("dst-address", &["10.0.0.0/8", "!10.0.0.0/8", "192.0.2.1", "!192.0.2.1"]),
        ("protocol", &["tcp", "!tcp", "udp", "icmp"]),
        DST_PORT,
        IN_INTERFACE,
        IN_LIST,
    ],
};

pub(crate) const V6: Side = Side {
    family: Family::V6,
    filter: "ipv6/firewall/filter",
    raw: "ipv6/firewall/raw",
    lists: "ipv6/firewall/address-list",
    source: "fd00:8::7",
    foreign: ["fd00:7::9", "fd00:55::5"],
    destinations: ["2001:db8::1", "fd00:20::3:4", "fd00:99::1", "2001:67c:4e8::a"],
    protocols: ["tcp", "udp", "icmpv6"],
    entries: [("others", "fd00:8::/125"), ("strangers", "fd00:7::/64"), ("servers", "fd00:20::/32")],
    known: &[
        LISTED,
        LISTED_FOR,
        ("src-address", &["fd00:8::/64", "!fd00:8::/64", "fd00:7::/64", "::/0"]),
        ("dst-address", &["fd00::/16", "!fd00::/16", "2001:db8::1/128", "!2001:db8::1/128"]),
        ("protocol", &["tcp", "!tcp", "udp", "icmpv6"]),
        DST_PORT,
        IN_INTERFACE,
        IN_LIST,
    ],
};

pub(crate) const LISTED: (&str, &[&str]) =
    ("src-address-list", &["sandbox", "!sandbox", "allow", "!allow", "others", "strangers", "!strangers"]);
pub(crate) const LISTED_FOR: (&str, &[&str]) =
    ("dst-address-list", &["servers", "!servers", "empty", "sandbox", "!sandbox"]);
pub(crate) const DST_PORT: (&str, &[&str]) = ("dst-port", &["443", "1-1024", "!53", "80,443,8291"]);
pub(crate) const IN_INTERFACE: (&str, &[&str]) =
    ("in-interface", &["ether1", "!ether1", "all-ppp", "!all-ppp"]);
pub(crate) const IN_LIST: (&str, &[&str]) = ("in-interface-list", &["all", "vpn", "!vpn", "LAN", "!LAN"]);

/// Conditions that only the filter has: to the raw table a packet has no state, and no way out yet.
pub(crate) const OF_FILTER: Conditions = &[
    (
        "connection-state",
        &["new", "established,related", "!established,related", "invalid", "established,related,untracked"],
    ),
    ("out-interface", &["ether1", "!ether1", "bridge"]),
    ("out-interface-list", &["LAN", "!LAN", "vpn"]),
];

/// Conditions that nobody can judge from outside, in every table.
pub(crate) const UNKNOWN: &[(&str, &str)] =
    &[("content", "secret"), ("time", "8h-17h,mon"), ("random", "50"), ("packet-mark", "mine")];
pub(crate) const FILTER_ACTIONS: [&str; 12] = [
    "accept",
    "drop",
    "reject",
    "tarpit",
    "jump",
    "return",
    "fasttrack-connection",
    "passthrough",
    "log",
    "drop",
    "add-src-to-address-list",
    "add-dst-to-address-list",
];
pub(crate) const RAW_ACTIONS: [&str; 8] =
    ["accept", "drop", "jump", "return", "passthrough", "log", "accept", "add-src-to-address-list"];

/// A rule in the making.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) raw: bool,
    pub(crate) chain: &'static str,
    pub(crate) action: &'static str,
    pub(crate) conditions: BTreeMap<&'static str, &'static str>,
    pub(crate) unknown: Option<(&'static str, &'static str)>,
    pub(crate) disabled: bool,
    /// Something that it names is missing, so the router does not use it.
    pub(crate) invalid: bool,
}

impl Draft {
    /// As somebody adds it; chains lead from the first one to `one` to `two`, and never back.
    pub(crate) fn values(&self, with_unknown: bool) -> Vec<(&'static str, String)> {
        let mut values = vec![("chain", self.chain.to_owned()), ("action", self.action.to_owned())];
        if self.action == "jump" {
            let target = if self.chain == "one" { "two" } else { "one" };
            values.push(("jump-target", target.to_owned()));
        }
        if self.action.starts_with("add-") {
            // Some go onto the list of those who are let through, some onto one that lets nobody through.
            let list = if self.disabled || self.conditions.len() == 1 { "visitors" } else { "allow" };
            values.push(("address-list", list.to_owned()));
        }
        values.extend(self.conditions.iter().map(|(name, value)| (*name, (*value).to_owned())));
        if let Some((name, value)) = self.unknown.filter(|_| with_unknown) {
            values.push((name, value.to_owned()));
        }
        if self.disabled {
            values.push(("disabled", "yes".to_owned()));
        }
        values
    }
}

/// What rules are made of.
#[derive(Clone, Copy)]
pub(crate) struct Kinds {
    pub(crate) side: &'static Side,
    /// Some have a condition that nobody can judge.
    pub(crate) unknown: bool,
    /// Some take packets from connection tracking.
    pub(crate) notrack: bool,
    /// The guard is one of the way into the box.
    pub(crate) inwards: bool,
    /// Of the way to the router itself, which nothing leaves by an interface.
    pub(crate) to_router: bool,
}

impl Kinds {
    /// The chain of the filter in which packets begin.
    fn first(self) -> &'static str {
        if self.to_router { "input" } else { "forward" }
    }
}

pub(crate) fn condition(kinds: Kinds, raw: bool) -> impl Strategy<Value = (&'static str, &'static str)> {
    let mut known = kinds.side.known.to_vec();
    if !raw {
        known.extend(OF_FILTER);
    }
    known.retain(|(name, _)| !(kinds.to_router && name.starts_with("out-")));
    select(known).prop_flat_map(|(name, values)| (Just(name), select(values)))
}

pub(crate) fn draft(kinds: Kinds, raw: bool) -> impl Strategy<Value = Draft> {
    let first = if raw { "prerouting" } else { kinds.first() };
    let chain = prop_oneof![3 => Just(first), 2 => Just("one"), 1 => Just("two")];
    let mut actions = if raw { RAW_ACTIONS.to_vec() } else { FILTER_ACTIONS.to_vec() };
    if raw && kinds.notrack {
        actions.extend(["notrack", "notrack"]);
    }
    let conditions = prop::collection::vec(condition(kinds, raw), 0..3);
    let unknown =
        if kinds.unknown { prop::option::weighted(0.3, select(UNKNOWN)).boxed() } else { Just(None).boxed() };
    let off = (prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    (chain, select(actions), conditions, unknown, off).prop_filter_map(
        "the last chain leads nowhere",
        move |(chain, action, conditions, unknown, (disabled, invalid))| {
            let fits = !(chain == "two" && action == "jump");
            let conditions = conditions.into_iter().collect();
            fits.then_some(Draft { raw, chain, action, conditions, unknown, disabled, invalid })
        },
    )
}

/// Rules of both tables, mostly with a guard somewhere among the rest, so that not every box is open.
pub(crate) fn drafts(kinds: Kinds) -> impl Strategy<Value = Vec<Draft>> {
    let guard = move |raw: bool| Draft {
        raw,
        chain: if raw { "prerouting" } else { kinds.first() },
        action: "drop",
        conditions: BTreeMap::from([(
            if kinds.inwards { "dst-address-list" } else { "src-address-list" },
            "sandbox",
        )]),
        unknown: None,
        disabled: false,
        invalid: false,
    };
    let filter = prop::collection::vec(draft(kinds, false), 0..8);
    let raw = prop::collection::vec(draft(kinds, true), 0..5);
    let guarded = prop_oneof![2 => Just(None), 6 => Just(Some(false)), 2 => Just(Some(true))];
    (filter, raw, any::<prop::sample::Index>(), guarded).prop_map(
        move |(mut filter, mut raw, at, guarded)| {
            match guarded {
                Some(true) => raw.insert(at.index(raw.len() + 1), guard(true)),
                Some(false) => filter.insert(at.index(filter.len() + 1), guard(false)),
                None => {}
            }
            raw.extend(filter);
            raw
        },
    )
}

/// The same with an opening on top: as it is meant, or wider.
pub(crate) fn with_opening(drafts: impl Strategy<Value = Vec<Draft>>) -> impl Strategy<Value = Vec<Draft>> {
    let whole = [("dst-address-list", "servers"), ("protocol", "tcp"), ("dst-port", "443")];
    let opening = prop::sample::subsequence(whole.to_vec(), 2..=3).prop_map(|conditions| Draft {
        raw: false,
        chain: "forward",
        action: "accept",
        conditions: conditions.into_iter().collect(),
        unknown: None,
        disabled: false,
        invalid: false,
    });
    (opening, drafts).prop_map(|(opening, mut drafts)| {
        let first = drafts.iter().position(|draft| !draft.raw).unwrap_or(drafts.len());
        drafts.insert(first, opening);
        drafts
    })
}

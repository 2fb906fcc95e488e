//! Firewall rules and address lists, as a router prints them.

use super::address::Range;
use std::fmt;

/// A table of rules.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Table {
    /// `/ip/firewall/raw`, which packets pass before their connections are looked up.
    Raw,
    /// `/ip/firewall/mangle`.
    Mangle,
    /// `/ip/firewall/nat`.
    Nat,
    /// `/ip/firewall/filter`.
    Filter,
    /// `/ipv6/firewall/raw`.
    Raw6,
    /// `/ipv6/firewall/mangle`.
    Mangle6,
    /// `/ipv6/firewall/nat`.
    Nat6,
    /// `/ipv6/firewall/filter`.
    Filter6,
}

impl Table {
    /// Its path on the command line.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Raw => "/ip firewall raw",
            Self::Mangle => "/ip firewall mangle",
            Self::Nat => "/ip firewall nat",
            Self::Filter => "/ip firewall filter",
            Self::Raw6 => "/ipv6 firewall raw",
            Self::Mangle6 => "/ipv6 firewall mangle",
            Self::Nat6 => "/ipv6 firewall nat",
            Self::Filter6 => "/ipv6 firewall filter",
        }
    }
}

/// What says what a rule does, or how it is doing, and not which packets it takes.
const NO_CONDITIONS: [&str; 23] = [
    ".id",
    ".nextid",
    ".about",
    "chain",
    "action",
    "comment",
    "disabled",
    "dynamic",
    "invalid",
    "bytes",
    "packets",
    "log",
    "log-prefix",
    "jump-target",
    "reject-with",
    "address-list",
    "address-list-timeout",
    "hw-offload",
    "creation-time",
    "inactive",
    "passthrough",
    "to-addresses",
    "to-ports",
];

/// That a rule is switched with an account: on while a tunnel of it is let through.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Bound {
    /// The address that the account's tunnels have, and no others; none: it differs.
    pub address: Option<Range>,
}

/// A rule.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rule {
    /// The router's `.id`.
    pub id: String,
    /// Its place in the table, from 0.
    pub position: usize,
    /// In which chain.
    pub chain: String,
    /// What is done with the packets that it takes.
    pub action: String,
    /// The chain of a `jump`.
    pub jump_target: String,
    /// What the sender is told by a `reject`.
    pub reject_with: String,
    /// The list of an action that adds to one.
    pub address_list: String,
    /// The administrator's note.
    pub comment: String,
    /// It is switched off.
    pub disabled: bool,
    /// RouterOS made it, and may take it away.
    pub dynamic: bool,
    /// It cannot work, for lack of an interface for instance.
    pub invalid: bool,
    /// It is switched with an account, so it may be on whenever others are in the box.
    pub bound: Option<Bound>,
    /// Its conditions by their names, all of which a packet must meet; a value may begin with `!`.
    pub conditions: Vec<(String, String)>,
}

impl Rule {
    /// A rule by its attributes. Everything that is not known to be something else is a condition: one that is not
    /// understood makes a rule uncertain, one that is overlooked would make it wrong.
    pub fn new<'a>(position: usize, attributes: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let mut rule = Self { position, action: "accept".to_owned(), ..Self::default() };
        let yes = |value: &str| matches!(value, "true" | "yes");
        for (name, value) in attributes {
            match name {
                ".id" => rule.id = value,
                "chain" => rule.chain = value,
                "action" => rule.action = value,
                "comment" => rule.comment = value,
                "jump-target" => rule.jump_target = value,
                "reject-with" => rule.reject_with = value,
                "address-list" => rule.address_list = value,
                "disabled" => rule.disabled = yes(&value),
                "dynamic" => rule.dynamic = yes(&value),
                "invalid" => rule.invalid = yes(&value),
                _ if NO_CONDITIONS.contains(&name) || value.is_empty() => {}
                _ => rule.conditions.push((name.to_owned(), value)),
            }
        }
        rule
    }

    /// Is it at work, now or from time to time?
    pub fn works(&self) -> bool {
        (!self.disabled || self.bound.is_some()) && !self.invalid
    }

    /// Is it at work at some times and not at others? RouterOS takes away again what it made itself.
    pub(super) fn comes_and_goes(&self) -> bool {
        self.bound.is_some() || (self.dynamic && self.stops())
    }

    /// Does it put addresses on this list?
    pub(super) fn fills(&self, list: &str) -> bool {
        let adds = matches!(self.action.as_str(), "add-src-to-address-list" | "add-dst-to-address-list");
        adds && self.address_list == list
    }

    /// Does it do nothing with a packet but let it go on, through this chain or through all of them?
    pub(super) fn lets_go(&self) -> bool {
        lets_go(&self.action)
    }

    /// Does it end the way of a packet that must not pass?
    pub fn stops(&self) -> bool {
        matches!(self.action.as_str(), "drop" | "reject" | "tarpit")
    }
}

/// Does an action do nothing with a packet but let it go on?
pub(super) fn lets_go(action: &str) -> bool {
    matches!(action, "accept" | "return" | "fasttrack-connection")
}

impl fmt::Display for Rule {
    /// In the words of the router's own command line, short.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chain={} action={}", self.chain, self.action)?;
        if !self.jump_target.is_empty() {
            write!(f, " jump-target={}", self.jump_target)?;
        }
        for (name, value) in &self.conditions {
            write!(f, " {name}={value}")?;
        }
        Ok(())
    }
}

/// An entry of an address list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The list.
    pub list: String,
    /// Its addresses; none: a name or something else whose addresses are not known.
    pub addresses: Option<Range>,
}

/// The rules and lists of one family of addresses.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rules {
    /// The raw table, in its order.
    pub raw: Vec<Rule>,
    /// The mangle table, in its order. It stops nothing, but may put addresses on lists.
    pub mangle: Vec<Rule>,
    /// The NAT table, in its order; the same is true of it.
    pub nat: Vec<Rule>,
    /// The filter, in its order.
    pub filter: Vec<Rule>,
    /// The enabled entries of the address lists, without those that belong to single tunnels: what a tunnel's address
    /// is put into is said by [`super::Origin::lists`].
    pub entries: Vec<Entry>,
}

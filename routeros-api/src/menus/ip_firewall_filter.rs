//! `/ip/firewall/filter`: the rules, in their order. Ids stay when rules are moved, positions don't.

use super::{Fields, FromRow, commands};
use crate::{
    conn::Connection,
    error::Error,
    proto::Row,
    value::{Id, Text},
};

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterRule {
    /// Row. Compare [`Self::comment`] before acting on it.
    pub id: Id,
    /// `input`, `forward`, `output`, or one of the administrator's.
    pub chain: Text,
    /// `accept`, `drop`, `jump`, `fasttrack-connection`, …
    pub action: Text,
    /// Note of the administrator, by which rules are told apart.
    pub comment: Text,
    /// Whether it is passed over.
    pub disabled: bool,
    /// Whether RouterOS made it; such rules can't be changed.
    pub dynamic: bool,
    /// Whether it can't work, for lack of an interface for instance.
    pub invalid: bool,
    /// All attributes that were asked for, the matchers among them.
    pub row: Row,
}

impl FromRow for FilterRule {
    const MENU: &'static str = "/ip/firewall/filter";
    /// All matchers there are: a rule looks as if it matched everything by a matcher that isn't asked for.
    const PROPLIST: &'static [&'static str] = &[
        ".id",
        "chain",
        "action",
        "comment",
        "disabled",
        "dynamic",
        "invalid",
        "bytes",
        "packets",
        "jump-target",
        "reject-with",
        "log",
        "log-prefix",
        "address-list",
        "address-list-timeout",
        "src-address",
        "dst-address",
        "src-address-list",
        "dst-address-list",
        "src-address-type",
        "dst-address-type",
        "src-mac-address",
        "protocol",
        "src-port",
        "dst-port",
        "port",
        "in-interface",
        "out-interface",
        "in-interface-list",
        "out-interface-list",
        "in-bridge-port",
        "out-bridge-port",
        "in-bridge-port-list",
        "out-bridge-port-list",
        "connection-state",
        "connection-nat-state",
        "connection-mark",
        "connection-type",
        "connection-bytes",
        "connection-limit",
        "connection-rate",
        "packet-mark",
        "packet-size",
        "routing-mark",
        "routing-table",
        "realm",
        "per-connection-classifier",
        "limit",
        "dst-limit",
        "nth",
        "random",
        "psd",
        "p2p",
        "priority",
        "dscp",
        "tos",
        "ttl",
        "fragment",
        "icmp-options",
        "igmp",
        "ingress-priority",
        "ipsec-policy",
        "ipv4-options",
        "tcp-flags",
        "tcp-mss",
        "hotspot",
        "layer7-protocol",
        "content",
        "time",
        "tls-host",
    ];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            chain: row.text("chain")?,
            action: row.text_or_empty("action"),
            comment: row.text_or_empty("comment"),
            disabled: row.flag("disabled")?,
            dynamic: row.flag("dynamic")?,
            invalid: row.flag("invalid")?,
            row: row.row().clone(),
        })
    }
}

/// All rules, first to last.
///
/// # Errors
/// As [`super::print`].
pub async fn print(connection: &Connection) -> Result<Vec<FilterRule>, Error> {
    super::print(connection).await
}

/// A rule as far as it is known by its comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRule {
    /// Row. Compare [`Self::comment`] before acting on it.
    pub id: Id,
    /// Note of the administrator, by which rules are told apart.
    pub comment: Text,
    /// Whether it is passed over.
    pub disabled: bool,
}

impl FromRow for NamedRule {
    const MENU: &'static str = FilterRule::MENU;
    const PROPLIST: &'static [&'static str] = &[".id", "comment", "disabled"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self { id: row.id()?, comment: row.text_or_empty("comment"), disabled: row.flag("disabled")? })
    }
}

/// All rules, as far as they are known by their comments: little enough to be read often.
///
/// # Errors
/// As [`super::print`].
pub async fn named(connection: &Connection) -> Result<Vec<NamedRule>, Error> {
    super::print(connection).await
}

/// Enables or disables rules. Written to flash by the router.
///
/// # Errors
/// As [`Connection::call`].
pub async fn set_disabled(connection: &Connection, ids: &[Id], disabled: bool) -> Result<(), Error> {
    commands::set_disabled(connection, FilterRule::MENU, ids, disabled).await
}

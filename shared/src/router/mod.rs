//! What a router should look like, what it looks like, and what has to change.
//!
//! [`Desired`] follows from the sessions, [`Actual`] is what the router's tables say, and [`plan`] compares
//! the two. Nothing here talks to a router.

pub mod account;
mod ban;
mod plan;
pub mod setup;
mod telegram;

pub use ban::{ban_entry, ban_target, is_ipv6};
pub use plan::{Change, Drift, held_twice, plan};
pub use telegram::{NetworkError, TelegramNetworks};

use crate::{
    firewall::Range,
    ids::{AccountId, ConnectionId},
    session::Tunnel,
    time::Seconds,
};
use std::{collections::HashMap, sync::Arc};

/// What begins the comment of every entry that Sallyport makes; entries with it belong to Sallyport.
pub const MARK: &str = "sallyport:";

/// The comment of a tunnel's allow entry: mark, account and the router's session id. Plain ASCII, because
/// RouterOS keeps bytes without a character set and older WinBox shows others wrongly.
pub fn allow_comment(tunnel: &Tunnel) -> String {
    let mut comment =
        String::with_capacity(MARK.len() + tunnel.username.len() + 1 + tunnel.router_session_id.len());
    comment.push_str(MARK);
    for byte in tunnel.username.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            comment.push(char::from(byte));
        } else {
            comment.push_str(&format!("%{byte:02X}"));
        }
    }
    comment.push(':');
    comment.push_str(&tunnel.router_session_id);
    comment
}

/// A tunnel that may be let through.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Allowed {
    /// The confirmed connection.
    pub connection: ConnectionId,
    /// Whose account.
    pub account: AccountId,
    /// The one tunnel that was confirmed.
    pub tunnel: Tunnel,
    /// The router was read back as letting it through: from then on a missing entry is a drift. Before, the
    /// entry may be there already (the opening is under way), but is not missed.
    pub opened: bool,
}

/// A firewall rule that is bound to an account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BoundRule {
    /// Whose.
    pub account: AccountId,
    /// The rule's `.id`.
    pub rule_id: String,
    /// The rule's exact comment, byte for byte.
    pub comment: Vec<u8>,
}

/// What should be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Desired {
    /// The tunnels of live sessions that were confirmed.
    pub allowed: Vec<Allowed>,
    /// The bound rules: on exactly while a tunnel of their account is let through.
    pub rules: Vec<BoundRule>,
    /// Usernames and whether they are enabled; those that are not named are not Sallyport's business.
    pub accounts: Vec<(String, bool)>,
    /// What is kept out (as [`ban_target`] writes it), and for how long still.
    pub bans: Vec<(String, Seconds)>,
}

/// An entry of an address list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The router's `.id`.
    pub id: String,
    /// The address, as written on the router.
    pub address: String,
    /// The comment's bytes.
    pub comment: Vec<u8>,
    /// Seconds until it lapses; none for a static entry.
    pub timeout: Option<u32>,
    /// Switched off by hand.
    pub disabled: bool,
}

/// A firewall rule on the router.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// The router's `.id`.
    pub id: String,
    /// The comment's bytes.
    pub comment: Vec<u8>,
    /// Is it on?
    pub enabled: bool,
}

/// What is. Of a table that was not read nothing is said.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Actual {
    /// The tunnels, shared with whoever remembers them.
    pub tunnels: Vec<Arc<Tunnel>>,
    /// The allow list.
    pub allow: Vec<Entry>,
    /// The rules, if they were read.
    pub rules: Option<Vec<Rule>>,
    /// The accounts and whether they are enabled, if they were read.
    pub accounts: Option<HashMap<String, bool>>,
    /// The addresses on the ban list.
    pub banned: Vec<String>,
    /// The addresses that the router gives to tunnels, as far as its tables say; none: any may be one.
    pub given: Option<Vec<Range>>,
}

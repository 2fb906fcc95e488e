//! What the pages about routers make of the rows and of what is typed: pure.

use std::collections::BTreeSet;

use crate::api::types::{Router, RouterAccount, Tunnel};
use crate::i18n::Key;
use crate::key;

/// How an account of a router stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// Somebody's.
    Linked,
    /// Nobody's, though it is used.
    NoOwner,
    /// Nobody's, and never used.
    NeverUsed,
}

impl Ownership {
    /// Of an account.
    #[must_use]
    pub fn of(account: &RouterAccount) -> Self {
        match (&account.linked_to, account.last_seen_at) {
            (Some(_), _) => Self::Linked,
            (None, Some(_)) => Self::NoOwner,
            (None, None) => Self::NeverUsed,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn label(self) -> Key {
        match self {
            Self::Linked => key!("ownership-linked"),
            Self::NoOwner => key!("ownership-none"),
            Self::NeverUsed => key!("ownership-never-used"),
        }
    }

    /// The colour and the mark of its badge.
    #[must_use]
    pub fn look(self) -> (&'static str, &'static str) {
        match self {
            Self::Linked => ("ok", "s-ok"),
            Self::NoOwner => ("warn", "s-degraded"),
            Self::NeverUsed => ("", "s-off"),
        }
    }
}

/// What is seen on a router that is only observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Tunnels that are up.
    pub tunnels: usize,
    /// Of these, tunnels of accounts that nobody is linked to: enforcing cuts them.
    pub nobodys: usize,
    /// Accounts, as many as are listed.
    pub accounts: usize,
    /// Of these, accounts that nobody is linked to.
    pub unlinked: usize,
}

impl Sight {
    /// Of a router with these.
    #[must_use]
    pub fn of(tunnels: &[Tunnel], accounts: &[RouterAccount]) -> Self {
        let linked: BTreeSet<&str> = accounts
            .iter()
            .filter(|account| account.linked_to.is_some())
            .map(|account| account.username.as_str())
            .collect();
        let is_nobodys =
            |tunnel: &&Tunnel| tunnel.connection.is_none() && !linked.contains(tunnel.username.as_str());
        Self {
            tunnels: tunnels.len(),
            nobodys: tunnels.iter().filter(is_nobodys).count(),
            accounts: accounts.len(),
            unlinked: accounts.iter().filter(|account| account.linked_to.is_none()).count(),
        }
    }
}

/// Tunnels that Sallyport does not know come first: somebody should look.
#[must_use]
pub fn unknown_first(mut tunnels: Vec<Tunnel>) -> Vec<Tunnel> {
    tunnels.sort_by_key(|tunnel| (tunnel.connection.is_some(), tunnel.username.clone()));
    tunnels
}

/// Groups a fingerprint in pairs: `3f9a…` is `3F:9A:…`.
#[must_use]
pub fn fingerprint(sha256: &str) -> String {
    let hex: Vec<char> =
        sha256.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_uppercase()).collect();
    hex.chunks(2).map(|pair| pair.iter().collect::<String>()).collect::<Vec<_>>().join(":")
}

/// Why a form of a router cannot be sent yet, by field.
#[must_use]
pub fn complaints(name: &str, host: &str, port: &str, username: &str) -> Vec<(&'static str, Key)> {
    let mut complaints = Vec::new();
    if name.trim().is_empty() {
        complaints.push(("name", key!("router-name-missing")));
    }
    if host.trim().is_empty() {
        complaints.push(("host", key!("router-host-missing")));
    }
    if !port.trim().parse::<u16>().is_ok_and(|port| port != 0) {
        complaints.push(("port", key!("router-port-wrong")));
    }
    if username.trim().is_empty() {
        complaints.push(("username", key!("router-username-missing")));
    }
    complaints
}

/// Where and how a router is spoken to, in one line.
#[must_use]
pub fn address(router: &Router) -> String {
    format!("{}:{}", router.host, router.port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::{AccountSource, ConnectionState, Person, TunnelConnection};

    fn tunnel(name: &str, known: bool) -> Tunnel {
        Tunnel {
            router_session_id: name.into(),
            username: name.into(),
            service: "l2tp".into(),
            caller_id: None,
            address: None,
            uptime_seconds: 1,
            connection: known.then(|| TunnelConnection {
                id: "c".into(),
                state: ConnectionState::Confirmed,
                open: true,
            }),
        }
    }

    #[test]
    fn a_tunnel_that_nobody_knows_is_on_top() {
        let rows = unknown_first(vec![tunnel("a", true), tunnel("z", false)]);
        assert_eq!(rows[0].username, "z");
    }

    #[test]
    fn what_enforcing_would_cut_is_counted() {
        let account = |name: &str, owner: Option<&str>| RouterAccount {
            username: name.into(),
            source: AccountSource::PppSecret,
            enabled: true,
            wished: None,
            profile: None,
            comment: None,
            last_seen_at: None,
            linked_to: owner.map(|owner| Person { id: owner.into(), display_name: owner.into() }),
            suggested_telegram_id: None,
        };
        let accounts = [account("a", Some("Anna")), account("b", None), account("c", None)];
        let tunnels = [tunnel("a", false), tunnel("b", false), tunnel("x", true)];
        let sight = Sight::of(&tunnels, &accounts);
        assert_eq!(sight, Sight { tunnels: 3, nobodys: 1, accounts: 3, unlinked: 2 });
    }

    #[test]
    fn a_fingerprint_reads_in_pairs_whatever_it_came_as() {
        assert_eq!(fingerprint("3f9ac1"), "3F:9A:C1");
        assert_eq!(fingerprint("3F:9a:c1"), "3F:9A:C1");
    }

    #[test]
    fn a_port_is_between_1_and_65535() {
        let ports = |port: &str| complaints("a", "b", port, "c").len();
        assert_eq!([ports("8729"), ports("0"), ports("87290"), ports("")], [0, 1, 1, 1]);
    }
}

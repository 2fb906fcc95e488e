//! What the pages about routers make of the rows and of what is typed: pure.

use std::collections::BTreeMap;
use std::fmt;

use crate::api::types::{FirewallRule, Router, RouterAccount, RouterState, Tunnel};
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

/// So many accounts of a router the server lists at most.
pub const ACCOUNTS_LISTED: usize = 500;

/// So many tunnels of a router the server lists at most, unless it is asked for more.
pub const TUNNELS_LISTED: usize = 1_000;

/// How many there are, as far as a list tells that may be cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    counted: usize,
    or_more: bool,
}

impl Figure {
    fn new(counted: usize, or_more: bool) -> Self {
        Self { counted, or_more }
    }

    /// Whether there is none, as far as is known.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.counted == 0
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.counted, if self.or_more { "+" } else { "" })
    }
}

/// The accounts of a router that is only observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountsSeen {
    /// All.
    pub all: Figure,
    /// Of these, accounts that nobody is linked to.
    pub unlinked: Figure,
}

impl AccountsSeen {
    /// In a list.
    #[must_use]
    pub fn of(accounts: &[RouterAccount]) -> Self {
        let or_more = accounts.len() >= ACCOUNTS_LISTED;
        let unlinked = accounts.iter().filter(|account| account.linked_to.is_none()).count();
        Self { all: Figure::new(accounts.len(), or_more), unlinked: Figure::new(unlinked, or_more) }
    }
}

/// The tunnels of a router that is only observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TunnelsSeen {
    /// Tunnels that are up.
    pub all: Figure,
    /// Of these, tunnels of accounts that nobody is linked to. What enforcing cuts are not these alone: it cuts whatever
    /// was not let through before.
    pub nobodys: Figure,
}

impl TunnelsSeen {
    /// In a list, of a router with these accounts. A tunnel whose account is not among them may be somebody's only if
    /// the accounts are not all of them.
    #[must_use]
    pub fn of(tunnels: &[Tunnel], accounts: &[RouterAccount]) -> Self {
        let owned: BTreeMap<&str, bool> =
            accounts.iter().map(|account| (account.username.as_str(), account.linked_to.is_some())).collect();
        let all_known = accounts.len() < ACCOUNTS_LISTED;
        let or_more = tunnels.len() >= TUNNELS_LISTED;
        let strangers = tunnels.iter().filter(|tunnel| tunnel.connection.is_none());
        let (mut nobodys, mut uncertain) = (0, false);
        for tunnel in strangers {
            match owned.get(tunnel.username.as_str()) {
                Some(false) => nobodys += 1,
                None if all_known => nobodys += 1,
                None => uncertain = true,
                Some(true) => {}
            }
        }
        Self { all: Figure::new(tunnels.len(), or_more), nobodys: Figure::new(nobodys, or_more || uncertain) }
    }
}

/// Tunnels that Sallyport does not know come first: somebody should look.
#[must_use]
pub fn unknown_first(mut tunnels: Vec<Tunnel>) -> Vec<Tunnel> {
    tunnels.sort_by_key(|tunnel| (tunnel.connection.is_some(), tunnel.username.clone()));
    tunnels
}

/// What a rule is called: by its comment, else by what it does, else, while the router cannot be asked, by its id.
#[must_use]
pub fn rule_words(rule: &FirewallRule) -> String {
    let does = [rule.chain.as_str(), rule.action.as_str()];
    let does = does.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let names = [rule.comment.trim().to_owned(), does, rule.rule_id.clone()];
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
}

/// What the trouble with a router means, and what to do about it; the reason that the server gives comes after that.
#[must_use]
pub fn trouble_words(state: RouterState) -> Option<(Key, Key)> {
    match state {
        RouterState::Offline => Some((key!("router-offline-title"), key!("router-offline-about"))),
        RouterState::Degraded => Some((key!("router-degraded-title"), key!("router-degraded-about"))),
        RouterState::Connecting | RouterState::Online | RouterState::Disabled => None,
    }
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
    use crate::api::types::{ConnectionState, Person, TunnelConnection};

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

    fn account(name: &str, owner: Option<&str>) -> RouterAccount {
        let linked_to = owner.map(|owner| Person { id: owner.into(), display_name: owner.into() });
        RouterAccount { linked_to, ..RouterAccount::sample(name) }
    }

    #[test]
    fn accounts_and_tunnels_of_nobody_are_counted() {
        let accounts = [account("a", Some("Anna")), account("b", None), account("c", None)];
        let tunnels = [tunnel("a", false), tunnel("b", false), tunnel("x", true), tunnel("y", false)];
        let (seen, up) = (AccountsSeen::of(&accounts), TunnelsSeen::of(&tunnels, &accounts));
        assert_eq!([seen.all, seen.unlinked].map(|figure| figure.to_string()), ["3", "2"]);
        assert_eq!([up.all, up.nobodys].map(|figure| figure.to_string()), ["4", "2"]);
    }

    #[test]
    fn a_list_that_may_be_cut_short_says_so() {
        let accounts: Vec<_> =
            (0..ACCOUNTS_LISTED).map(|at| account(&at.to_string(), Some("Anna"))).collect();
        let seen = AccountsSeen::of(&accounts);
        assert_eq!([seen.all, seen.unlinked].map(|figure| figure.to_string()), ["500+", "0+"]);
        let up = |tunnels: &[Tunnel]| {
            let seen = TunnelsSeen::of(tunnels, &accounts);
            [seen.all, seen.nobodys].map(|figure| figure.to_string())
        };
        assert_eq!(up(&[tunnel("7", false)]), ["1", "0"]);
        assert_eq!(up(&[tunnel("not listed", false)]), ["1", "0+"], "it may be somebody's");
        let many: Vec<_> = (0..TUNNELS_LISTED).map(|_| tunnel("7", false)).collect();
        assert_eq!(up(&many), ["1000+", "0+"]);
    }

    #[test]
    fn a_rule_without_a_comment_is_called_by_what_it_does() {
        let rule = |comment: &str, chain: &str, action: &str| {
            rule_words(&FirewallRule {
                comment: comment.into(),
                chain: chain.into(),
                action: action.into(),
                ..FirewallRule::sample("*5")
            })
        };
        assert_eq!(rule("2FA anna", "forward", "accept"), "2FA anna");
        assert_eq!(rule(" ", "forward", "accept"), "forward accept");
        assert_eq!(rule("", "", ""), "*5");
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

//! The rules of the box and of the bans for those who type them: the same as the set-up makes, as far as they are not there.

use super::{
    Seen, Wanted,
    change::Change,
    interfaces::{self, VPN_INTERFACES},
    item::{Item, Menu},
    page_entry,
    rules::{self, PAGE, Rule, Wrong},
    script::script,
    server::{self, SERVER},
    telegram::{self, TELEGRAM},
};
use crate::firewall::Family;

/// Which of the rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// What goes through the router, from boxed tunnels and to them.
    Forward,
    /// What goes to the router itself.
    Router,
    /// The rule that drops banned callers, and above it the server's own way, which a ban must not close.
    Ban(Family),
}

/// What is there already, of the family that the part is of.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct There {
    /// The filter, in its order.
    pub filter: Vec<Item>,
    /// Somebody chose to open Telegram to the box.
    pub telegram: bool,
    /// The address lists that are not empty.
    pub lists: Vec<String>,
    /// There is the list of the tunnels' interfaces; without it no rule can name it.
    pub interfaces: bool,
    /// The addresses of the server that are not on its list yet.
    pub servers: Vec<String>,
    /// The ports of the API: see [`super::api_ports`].
    pub api_ports: Vec<u16>,
}

/// The rules that are missing or not as they should be, as a script. What is open to the box on purpose stays open.
pub fn by_hand(part: Part, there: &There, wanted: &Wanted) -> String {
    let changes = match part {
        Part::Forward => of_box("forward", &["sallyport-out", "sallyport-in"], there, wanted),
        Part::Router => of_box("input", &["sallyport-router"], there, wanted),
        Part::Ban(family) => of_bans(family, there, wanted),
    };
    changes.iter().map(script).collect::<Vec<_>>().join("\n")
}

/// The rules of IPv4 that hold the box in a chain, with the chains of ours that it leads to.
fn of_box(outer: &str, inner: &[&str], there: &There, wanted: &Wanted) -> Vec<Change> {
    let of_part =
        |rule: &Rule| !rule.is_ban() && (rule.is_of(outer) || inner.iter().any(|chain| rule.is_of(chain)));
    let can_be = |rule: &Rule| there.interfaces || !rule.has(VPN_INTERFACES);
    let is_wanted = |rule: &Rule| there.telegram || rule.step != TELEGRAM;
    let mut rules = rules::ipv4(&there.api_ports, wanted, wanted.page.as_ref());
    rules.retain(|rule| of_part(rule) && can_be(rule) && is_wanted(rule));
    let mut wrong = rules::compare(Menu::Filter, &there.filter, &rules);
    // The server's own way is no rule of the box; it is only known, so that it is in nobody's way.
    wrong.retain(|one| one.step != SERVER);
    let mut changes: Vec<Change> = Vec::new();
    let is_empty = |list: &str| !there.lists.iter().any(|other| other == list);
    if wrong.iter().any(|one| one.step == PAGE) && outer == "forward" && is_empty(rules::PAGE_LIST) {
        changes.extend(page_entry(&Seen::default(), wanted));
    }
    if wrong.iter().any(|one| one.step == TELEGRAM) && is_empty(telegram::TELEGRAM_LIST) {
        changes.extend(changes_of(telegram::entries(Menu::AddressList, &[], wanted)));
    }
    changes.extend(changes_of(wrong));
    changes
}

/// The rule of the bans below the server's own way, with what that one names.
fn of_bans(family: Family, there: &There, wanted: &Wanted) -> Vec<Change> {
    let (filter, list, mut rules) = match family {
        Family::V4 => (Menu::Filter, Menu::AddressList, rules::ipv4(&there.api_ports, wanted, None)),
        Family::V6 => (Menu::Filter6, Menu::AddressList6, rules::ipv6(&there.api_ports, wanted)),
    };
    rules.retain(|rule| rule.step == SERVER || rule.is_ban());
    let wrong = rules::compare(filter, &there.filter, &rules);
    if wrong.is_empty() {
        return Vec::new();
    }
    let mut changes: Vec<Change> = (!there.interfaces).then(interfaces::made).into_iter().collect();
    changes.extend(changes_of(server::entries(list, &[], &there.servers)));
    changes.extend(changes_of(wrong));
    changes
}

fn changes_of(wrong: Vec<Wrong>) -> impl Iterator<Item = Change> {
    wrong.into_iter().flat_map(|one| one.changes)
}

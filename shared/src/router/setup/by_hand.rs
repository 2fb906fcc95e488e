//! The rules of the box for those who type them: the same as the set-up makes, as far as they are not there.

use super::{
    Seen, Wanted,
    change::Change,
    interfaces::VPN_INTERFACES,
    item::{Item, Menu},
    page_entry,
    rules::{self, BAN, PAGE, Rule},
    script::script,
    server::SERVER,
    telegram::{self, TELEGRAM},
};

/// Which of the rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// What goes through the router, from boxed tunnels and to them.
    Forward,
    /// What goes to the router itself.
    Router,
}

/// What is there already.
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
}

/// The rules of IPv4 that are missing or not as they should be, as a script. What is open to the box on purpose stays open.
pub fn by_hand(part: Part, there: &There, wanted: &Wanted) -> String {
    let (outer, inner): (&str, &[&str]) = match part {
        Part::Forward => ("forward", &["sallyport-out", "sallyport-in"]),
        Part::Router => ("input", &["sallyport-router"]),
    };
    let of_part =
        |rule: &Rule| rule.step != BAN && (rule.is_of(outer) || inner.iter().any(|chain| rule.is_of(chain)));
    let can_be = |rule: &Rule| there.interfaces || !rule.has(VPN_INTERFACES);
    let is_wanted = |rule: &Rule| there.telegram || rule.step != TELEGRAM;
    let mut rules = rules::ipv4(&Seen::default(), wanted, wanted.page.as_ref());
    rules.retain(|rule| of_part(rule) && can_be(rule) && is_wanted(rule));
    let mut wrong = rules::compare(Menu::Filter, &there.filter, &rules);
    // The server's own way is no rule of the box; it is only known, so that it is in nobody's way.
    wrong.retain(|one| one.step != SERVER);
    let mut changes: Vec<Change> = Vec::new();
    let is_empty = |list: &str| !there.lists.iter().any(|other| other == list);
    if part == Part::Forward && wrong.iter().any(|one| one.step == PAGE) && is_empty(rules::PAGE_LIST) {
        changes.extend(page_entry(&Seen::default(), wanted));
    }
    if wrong.iter().any(|one| one.step == TELEGRAM) && is_empty(telegram::TELEGRAM_LIST) {
        let entries = telegram::entries(Menu::AddressList, &[], wanted);
        changes.extend(entries.into_iter().flat_map(|one| one.changes));
    }
    changes.extend(wrong.into_iter().flat_map(|one| one.changes));
    changes.iter().map(script).collect::<Vec<_>>().join("\n")
}

//! Telegram from inside the box: whoever's device sends everything through the tunnel can read the prompt only there.
//!
//! What is opened is as narrow as it can be: TCP to Telegram's networks, at the two ports that its apps use, and what
//! is answered from there. No UDP (calls), and no names: the apps know their servers' addresses, and data can be carried
//! out in DNS questions. The networks stand in an address list of their own, which holds them and nothing else.

use super::{
    Seen, Step, Wanted,
    change::Change,
    item::{Item, Menu},
    of_rules,
    rules::{self, Rule, Wrong, rule},
    words::Words,
};
use crate::firewall::{Family, Range};

/// The key of the step.
pub(super) const TELEGRAM: &str = "telegram";

/// The address list with Telegram's networks.
pub const TELEGRAM_LIST: &str = "sallyport-telegram";
/// The comment of the rule that lets boxed tunnels reach Telegram.
pub const TELEGRAM_RULE: &str = "sallyport:out: Telegram";
/// The ports (TCP) that Telegram's apps use; both are needed, because networks differ in which of them they leave alone.
pub const TELEGRAM_PORTS: [u16; 2] = [80, 443];

const PORTS: &str = "80,443";

/// The rule for what boxed tunnels send.
pub(super) fn outwards(chain: &'static str, family: Family, wanted: &Wanted) -> Option<Rule> {
    let values =
        [("dst-address-list", TELEGRAM_LIST), ("protocol", "tcp"), ("dst-port", PORTS), ("action", "accept")];
    let what = TELEGRAM_RULE.trim_start_matches(crate::router::MARK);
    has(family, wanted).then(|| rule(TELEGRAM, chain, what, &values))
}

/// The rule for what Telegram answers them; it begins no connection.
pub(super) fn inwards(chain: &'static str, family: Family, wanted: &Wanted) -> Option<Rule> {
    let values = [
        ("src-address-list", TELEGRAM_LIST),
        ("protocol", "tcp"),
        ("src-port", PORTS),
        ("connection-state", "established"),
        ("action", "accept"),
    ];
    has(family, wanted).then(|| rule(TELEGRAM, chain, "in: Telegram", &values))
}

fn has(family: Family, wanted: &Wanted) -> bool {
    wanted.telegram.of(family).next().is_some()
}

/// Of which protocol a list of addresses is.
pub(super) const fn family(menu: Menu) -> Family {
    if matches!(menu, Menu::AddressList6) { Family::V6 } else { Family::V4 }
}

/// Compares the list with Telegram's networks: what is missing is added, whatever else is on it is switched off.
pub(super) fn entries(menu: Menu, items: &[Item], wanted: &Wanted) -> Vec<Wrong> {
    let list: Vec<&Item> = items.iter().filter(|item| item.text("list") == TELEGRAM_LIST).collect();
    let networks: Vec<(&str, Range)> = wanted.telegram.of(family(menu)).collect();
    let entry_of = |range: Range| {
        let mut alike = list.iter().filter(|item| Range::parse(&item.text("address")) == Some(range));
        alike.clone().find(|item| !item.is("disabled")).or_else(|| alike.next()).copied()
    };
    let mut wrong = Vec::new();
    for (network, range) in &networks {
        let words = Words::new("setup-found-no-network").with("network", *network);
        match entry_of(*range) {
            None => wrong.push(Wrong::new(TELEGRAM, true, words, add(menu, network))),
            Some(item) if item.is("disabled") => {
                wrong.push(Wrong::new(TELEGRAM, false, words, Change::enable(menu, item, true)));
            }
            Some(_) => {}
        }
    }
    let known = |item: &Item| {
        let range = Range::parse(&item.text("address"));
        networks.iter().any(|(_, network)| Some(*network) == range)
    };
    let foreign = list.iter().filter(|item| !item.is("disabled") && !known(item));
    wrong.extend(foreign.map(|item| {
        let words = Words::new("setup-found-network").with("network", item.text("address").into_owned());
        Wrong::new(TELEGRAM, false, words, Change::enable(menu, item, false))
    }));
    wrong
}

fn add(menu: Menu, network: &str) -> Change {
    Change::entry(menu, TELEGRAM_LIST, network, &format!("sallyport:Telegram {network}"))
}

/// The step, of what is wrong with the lists and rules of both families.
pub(super) fn step(
    seen: &Seen,
    wanted: &Wanted,
    wrong: &mut Vec<Wrong>,
    rules4: &[Rule],
    rules6: &[Rule],
) -> Step {
    let about = Words::new("setup-telegram-about").with("list", TELEGRAM_LIST).with("ports", PORTS);
    let step = Step::new(TELEGRAM.to_owned(), Words::new("setup-telegram"), about).optional();
    let mut ideal = Vec::new();
    for (menu, filter, rules, there) in [
        (Menu::AddressList, Menu::Filter, rules4, true),
        (Menu::AddressList6, Menu::Filter6, rules6, seen.ipv6.is_on()),
    ] {
        if there {
            ideal.extend(wanted.telegram.of(family(menu)).map(|(network, _)| add(menu, network)));
            ideal.extend(rules::ideal(filter, rules, TELEGRAM));
        }
    }
    of_rules(step, wrong, &ideal)
}

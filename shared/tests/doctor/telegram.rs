//! The opening for Telegram: exactly what was set up, and nothing wider.

use crate::facts::{ESTABLISHED, GUARD, holds, of, opens, rules, sound, with};
use sallyport_shared::{
    doctor::{Facts, Severity},
    firewall::{Entry, Range},
    router::TelegramNetworks,
};

/// Telegram is opened to the box by the rule of the set-up, with this in its list.
fn with_telegram(rule: &str, entries: &[&str]) -> Facts {
    let filter = [GUARD[0], GUARD[1], rule, GUARD[2]];
    let mut facts = with(&filter);
    facts.rules.filter[2].comment = "sallyport:out: Telegram".to_owned();
    facts.telegram = TelegramNetworks::parse(["149.154.160.0/20", "91.108.4.0/22"]).unwrap();
    let entry = |address: &&str| Entry { list: "tg".to_owned(), addresses: Range::parse(address) };
    facts.rules.entries = entries.iter().map(entry).collect();
    facts
}

const TELEGRAM: &str = "chain=guard dst-address-list=tg protocol=tcp dst-port=80,443 action=accept";

#[test]
fn telegram_may_be_reached_if_it_was_set_up_and_nothing_wider() {
    let inside = ["149.154.160.0/20", "91.108.5.0/24"];
    let report = holds(&with_telegram(TELEGRAM, &inside));
    let said = of(&report, Severity::Ok);
    assert!(said.contains(&"box: The box holds, except for Telegram (as set up)".to_owned()), "{said:?}");
    assert!(of(&holds(&sound()), Severity::Ok).contains(&"box: The box holds".to_owned()));

    // The same hole, dug by somebody else: nobody set that up.
    let mut facts = with_telegram(TELEGRAM, &inside);
    facts.rules.filter[2].comment = "mine".to_owned();
    opens(&facts, "Rule 2");

    for wider in [
        "chain=guard dst-address-list=tg protocol=tcp action=accept",
        "chain=guard dst-address-list=tg protocol=tcp dst-port=80,443,5222 action=accept",
        "chain=guard dst-address-list=tg protocol=tcp dst-port=80-443 action=accept",
        "chain=guard dst-address-list=tg protocol=tcp dst-port=!443 action=accept",
        "chain=guard dst-address-list=tg protocol=udp dst-port=443 action=accept",
        "chain=guard dst-address-list=tg protocol=!tcp dst-port=443 action=accept",
        "chain=guard dst-address-list=!tg protocol=tcp dst-port=443 action=accept",
        "chain=guard protocol=tcp dst-port=443 action=accept",
        "chain=guard dst-address=0.0.0.0/0 protocol=tcp dst-port=443 action=accept",
    ] {
        opens(&with_telegram(wider, &inside), "Rule 2");
    }
    for entries in [&["149.154.160.0/19"][..], &["149.154.160.0/20", "10.20.0.5"]] {
        opens(&with_telegram(TELEGRAM, entries), "Rule 2");
    }
    let mut facts = with_telegram(TELEGRAM, &inside);
    facts.rules.entries[0].addresses = None;
    opens(&facts, "2");
    // Whoever knocks gets an address of their choice onto the list.
    let mut facts = with_telegram(TELEGRAM, &inside);
    let knock = rules(&["chain=forward protocol=icmp action=add-dst-to-address-list address-list=tg"]);
    facts.rules.filter.extend(knock);
    opens(&facts, "2");
    // And whoever's way to Telegram is a knock is let out of the box altogether.
    let action = "action=add-src-to-address-list address-list=allow";
    let mut facts = with_telegram(TELEGRAM, &inside);
    facts.rules.filter.insert(2, rules(&[&TELEGRAM.replace("action=accept", action)]).remove(0));
    opens(&facts, "write itself into the allow list");
    let mut facts = with_telegram(TELEGRAM, &inside);
    let jump = TELEGRAM.replace("action=accept", "action=jump jump-target=mine");
    facts.rules.filter.insert(2, rules(&[&jump]).remove(0));
    facts.rules.filter.extend(rules(&[&format!("chain=mine {action}")]));
    opens(&facts, "write itself into the allow list");
    // Above the guard, and beside it, for everybody.
    let mut facts = with_telegram(TELEGRAM, &inside);
    facts.rules.filter.insert(0, rules(&[ESTABLISHED]).remove(0));
    opens(&facts, "Rule 0");
}

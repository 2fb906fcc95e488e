//! The server's own way to the API, above the rule that drops banned callers: people behind the server's address may be banned,
//! or somebody bans it by hand, and then nothing could be opened or closed on the router any more.
//!
//! As narrow as it can be: from the server's addresses, to the port of the API, and not by a tunnel. Who else comes from
//! there is banned as before.

use super::{
    Seen, Step, Wanted,
    change::{Change, Setting},
    interfaces::VPN_INTERFACES,
    item::{Item, Menu},
    of_rules,
    rules::{self, Rule, Wrong, rule},
    telegram::family,
    words::Words,
};
use crate::firewall::Range;

/// The key of the step.
pub(super) const SERVER: &str = "server";

/// The address list with the server's addresses.
pub const SERVER_LIST: &str = "sallyport-server";

/// The ports of the API where the router does not say which they are.
pub(crate) const USUAL_PORTS: [u16; 2] = [8_728, 8_729];

/// The rule, of either family: which addresses it is about says the list. Both services of the API are meant, so that the
/// server can go over from one to the other.
pub(super) fn way(seen: &Seen) -> Rule {
    let api = seen.services.iter().filter(|item| matches!(&*item.text("name"), "api" | "api-ssl"));
    let mut ports: Vec<u16> = api.filter_map(|item| item.text("port").parse().ok()).collect();
    if ports.is_empty() {
        ports.extend(USUAL_PORTS);
    }
    ports.sort_unstable();
    let port = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
    let not_by_tunnel = format!("!{VPN_INTERFACES}");
    let values = [
        ("src-address-list", SERVER_LIST),
        ("protocol", "tcp"),
        ("dst-port", port.as_str()),
        ("in-interface-list", not_by_tunnel.as_str()),
        ("action", "accept"),
    ];
    rule(SERVER, "input", "the server to the API", &values)
}

/// The server's addresses of a family, as the router sees them.
fn addresses(menu: Menu, seen: &Seen) -> Vec<(String, Range)> {
    let known = seen.servers.iter().filter_map(|text| Some((text.clone(), Range::parse(text)?)));
    known.filter(|(_, range)| range.family() == family(menu)).collect()
}

/// Compares the list with the server's addresses: what is missing is added. What else is on it may be a server that stands
/// by, and stays.
pub(super) fn entries(menu: Menu, items: &[Item], seen: &Seen) -> Vec<Wrong> {
    let list: Vec<&Item> = items.iter().filter(|item| item.text("list") == SERVER_LIST).collect();
    let mut wrong = Vec::new();
    for (address, range) in addresses(menu, seen) {
        let words = Words::new("setup-found-no-server").with("address", address.as_str());
        let mut alike = list.iter().filter(|item| Range::parse(&item.text("address")) == Some(range));
        let entry = alike.clone().find(|item| !item.is("disabled")).or_else(|| alike.next());
        match entry {
            None => wrong.push(Wrong::new(SERVER, true, words, add(menu, &address))),
            Some(item) if item.is("disabled") => {
                let was = item.get("disabled").cloned();
                let settings = vec![Setting { name: "disabled".to_owned(), was, now: Some("no".into()) }];
                let known_by = item.get("comment").cloned().unwrap_or_default();
                let change = Change::Set { menu, id: item.id.clone(), known_by, settings };
                wrong.push(Wrong::new(SERVER, false, words, change));
            }
            Some(_) => {}
        }
    }
    wrong
}

fn add(menu: Menu, address: &str) -> Change {
    let comment = format!("sallyport:the server at {address}");
    let values = [("list", SERVER_LIST), ("address", address), ("comment", &comment)];
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    Change::Add { menu, values, before: None }
}

/// The step, of what is wrong with the lists and rules of both families.
pub(super) fn step(
    seen: &Seen,
    wanted: &Wanted,
    wrong: &mut Vec<Wrong>,
    rules4: &[Rule],
    rules6: &[Rule],
) -> Step {
    let about = Words::new("setup-server-about").with("list", SERVER_LIST).with("ban", wanted.ban.as_str());
    let step = Step::new(SERVER.to_owned(), Words::new("setup-server"), about);
    let mut ideal = Vec::new();
    for (menu, filter, rules, there) in [
        (Menu::AddressList, Menu::Filter, rules4, true),
        (Menu::AddressList6, Menu::Filter6, rules6, seen.ipv6.is_on()),
    ] {
        if there {
            ideal.extend(addresses(menu, seen).iter().map(|(address, _)| add(menu, address)));
            ideal.extend(rules::ideal(filter, rules, SERVER));
        }
    }
    let step = of_rules(step, wrong, &ideal);
    // Without an address the rule is there and takes nothing, until somebody says which.
    if seen.servers.is_empty() {
        step.noted(Words::new("setup-server-unknown").with("list", SERVER_LIST))
    } else {
        step
    }
}

//! The server's own way to the API, above the rule that drops banned callers: people behind the server's address may be banned,
//! or somebody bans it by hand, and then nothing could be opened or closed on the router any more.
//!
//! As narrow as it can be: from the server's addresses, to the port of the API, and not by a tunnel. Who else comes from
//! there is banned as before.

use super::{
    Seen, Step, Wanted,
    change::Change,
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
const USUAL_PORTS: [u16; 2] = [8_728, 8_729];

/// The ports of the API among a router's services (their names and ports), in order. Both services are meant, on or off, so
/// that the server can go over from one to the other. None: the router does not say.
pub fn api_ports<N: AsRef<str>>(services: impl Iterator<Item = (N, Option<u16>)>) -> Vec<u16> {
    let api = services.filter(|(name, _)| matches!(name.as_ref(), "api" | "api-ssl"));
    let mut ports: Vec<u16> = api.filter_map(|(_, port)| port).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// The same for a rule: those that are known, or the usual ones.
pub(crate) fn usual_unless_known(ports: &[u16]) -> &[u16] {
    if ports.is_empty() { &USUAL_PORTS } else { ports }
}

/// The ports as a rule names them.
pub(crate) fn named_ports(ports: &[u16]) -> String {
    usual_unless_known(ports).iter().map(u16::to_string).collect::<Vec<_>>().join(",")
}

/// The rule, of either family: which addresses it is about says the list.
pub(super) fn way(api_ports: &[u16]) -> Rule {
    let port = named_ports(api_ports);
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
fn addresses(menu: Menu, servers: &[String]) -> Vec<(String, Range)> {
    let known = servers.iter().filter_map(|text| Some((text.clone(), Range::parse(text)?)));
    known.filter(|(_, range)| range.family() == family(menu)).collect()
}

/// Compares the list with the server's addresses: what is missing is added. What else is on it may be a server that stands
/// by, and stays.
pub(super) fn entries(menu: Menu, items: &[Item], servers: &[String]) -> Vec<Wrong> {
    let list: Vec<&Item> = items.iter().filter(|item| item.text("list") == SERVER_LIST).collect();
    let mut wrong = Vec::new();
    for (address, range) in addresses(menu, servers) {
        let words = Words::new("setup-found-no-server").with("address", address.as_str());
        let mut alike = list.iter().filter(|item| Range::parse(&item.text("address")) == Some(range));
        let entry = alike.clone().find(|item| !item.is("disabled")).or_else(|| alike.next());
        match entry {
            None => wrong.push(Wrong::new(SERVER, true, words, add(menu, &address))),
            Some(item) if item.is("disabled") => {
                wrong.push(Wrong::new(SERVER, false, words, Change::enable(menu, item, true)));
            }
            Some(_) => {}
        }
    }
    wrong
}

fn add(menu: Menu, address: &str) -> Change {
    Change::entry(menu, SERVER_LIST, address, &format!("sallyport:the server at {address}"))
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
            ideal.extend(addresses(menu, &seen.servers).iter().map(|(address, _)| add(menu, address)));
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

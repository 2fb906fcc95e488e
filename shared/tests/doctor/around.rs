//! Ways around the box: other addresses than a tunnel's own, rules that come and go, knocks, and what is sent into it.

use crate::facts::{GUARD, holds, of, opens, rules, sound, with};
use sallyport_shared::{
    doctor::{Account, Facts, Helper, HelperKind, Profile, Severity, examine},
    firewall::{Bound, Opening, Range, Rules},
};

/// A guard by the interface as well as by the address.
const BY_INTERFACE: &str = "chain=forward in-interface-list=vpn action=jump jump-target=guard";

fn listed(mut facts: Facts) -> Facts {
    facts.profiles[0].interface_list = Some("vpn".to_owned());
    facts
}

#[test]
fn what_bears_another_address_is_held_by_the_interface_or_by_a_check() {
    holds(&sound());
    let unchecked = |facts: Facts| Facts { checks_sources: false, ..facts };
    let remedy = opens(&unchecked(sound()), "under another address is not in the box");
    assert!(remedy.contains("sallyport router apply") && remedy.contains("rp-filter=strict"), "{remedy}");
    let facts = unchecked(listed(with(&[GUARD[0], BY_INTERFACE, GUARD[1], GUARD[2]])));
    assert_eq!(
        of(&holds(&facts), Severity::Warning),
        ["sources: A tunnel can pretend to be one that is let through"]
    );
    // The list that the rule goes by must be the one that the tunnels are on.
    let mut other = facts.clone();
    other.profiles[0].interface_list = Some("elsewhere".to_owned());
    opens(&other, "under another address is not in the box");
    // A profile of the box that has no list leaves its tunnels out.
    let mut two = facts;
    two.profiles.push(Profile { name: "second".to_owned(), interface_list: None, ..two.profiles[0].clone() });
    two.accounts.push(Account { profile: Some("second".to_owned()), ..two.accounts[0].clone() });
    opens(&two, "under another address is not in the box");
}

#[test]
fn networks_behind_tunnels_are_named() {
    let behind = |facts: Facts, route: &str| {
        let mut facts = facts;
        facts.accounts[0].routes = vec![route.to_owned()];
        facts
    };
    let said = opens(&behind(sound(), "192.168.77.0/24 10.8.0.7 1"), "Networks behind tunnels are not");
    assert!(said.contains("take the routes out"), "{said}");
    opens(&behind(sound(), "nonsense"), "Networks behind tunnels are not");
    let closed = listed(with(&[GUARD[0], BY_INTERFACE, GUARD[1], GUARD[2]]));
    let said = of(&holds(&behind(closed, "192.168.77.0/24")), Severity::Ok);
    assert!(said.contains(&"sources: Networks behind tunnels are in the box".to_owned()), "{said:?}");
    let by_address =
        with(&[GUARD[0], GUARD[1], GUARD[2], "chain=forward src-address=192.168.0.0/16 action=drop"]);
    holds(&behind(by_address, "192.168.77.0/24"));
    // And a service of the router answers them.
    let mut facts = behind(sound(), "192.168.77.0/24");
    facts.rules.filter = rules(&[
        GUARD[0],
        "chain=forward src-address=192.168.77.0/24 action=drop",
        GUARD[1],
        GUARD[2],
        "chain=input src-address-list=sandbox action=drop",
    ]);
    facts.helpers = vec![Helper { menu: "/ip socks", protocol: "tcp", port: 1_080, kind: HelperKind::Proxy }];
    opens(&facts, "by a service of the router");
}

#[test]
fn a_bound_rule_that_is_off_counts_as_on() {
    let rule = "chain=forward action=accept comment=2FA-ivan disabled=true";
    let bound = |lines: &[&str], address: Option<&str>| {
        let mut facts = with(lines);
        let rule = facts.rules.filter.iter_mut().find(|rule| rule.comment == "2FA-ivan").unwrap();
        rule.bound = Some(Bound { address: address.and_then(Range::parse) });
        facts
    };
    holds(&with(&[rule, GUARD[0], GUARD[1], GUARD[2]]));
    let remedy = opens(&bound(&[rule, GUARD[0], GUARD[1], GUARD[2]], None), "The bound rule 0 lets out");
    assert!(remedy.contains("move *1 destination=*0"), "{remedy}");
    holds(&bound(&[GUARD[0], GUARD[1], GUARD[2], rule], None));
    // For the account's own address alone it may stand anywhere.
    let own = "chain=forward action=accept src-address=10.8.0.7 comment=2FA-ivan disabled=true";
    holds(&bound(&[own, GUARD[0], GUARD[1], GUARD[2]], Some("10.8.0.7")));
    opens(&bound(&[own, GUARD[0], GUARD[1], GUARD[2]], Some("10.8.0.8")), "The bound rule 0");
    opens(&bound(&[own, GUARD[0], GUARD[1], GUARD[2]], None), "The bound rule 0");
    // One that stops is no guard: it is off again when the account is out.
    let stops = "chain=forward action=drop src-address-list=sandbox comment=2FA-ivan";
    opens(&bound(&[stops], None), "no guard");
}

#[test]
fn what_goes_into_the_box_is_judged_too() {
    let open = |lines: &[&str]| {
        let mut facts = with(lines);
        facts.rules.raw.clear();
        facts
    };
    let remedy = opens(&open(&GUARD), "Nothing keeps packets from going into the box");
    assert!(remedy.contains("chain=forward dst-address-list=sandbox action=jump"), "{remedy}");
    let inwards = [
        "chain=forward dst-address-list=sandbox action=jump jump-target=in",
        "chain=in dst-address-list=allow action=return",
        "chain=in action=drop",
    ];
    let both = |above: &[&str]| open(&[above, &GUARD, &inwards].concat());
    holds(&both(&[]));
    opens(&both(&["chain=forward action=accept in-interface-list=LAN"]), "Rule 0 lets packets into");
    opens(&both(&["chain=forward action=accept src-address=192.168.1.0/24"]), "Rule 0 lets packets into");
    opens(&both(&["chain=forward action=accept dst-address=10.8.0.9 src-address-list=!sandbox"]), "Rule 0");
    holds(&both(&["chain=forward action=accept dst-address=192.0.2.0/24 src-address-list=!sandbox"]));
    // What the page answers is let in, and nothing else of its server.
    let page = "chain=in src-address=192.0.2.10 protocol=tcp src-port=443 action=accept";
    let mut facts = open(&[GUARD[0], GUARD[1], GUARD[2], inwards[0], inwards[1], page, inwards[2]]);
    opens(&facts, "Rule 5 lets packets into");
    facts.page = Some(Opening { to: vec![Range::parse("192.0.2.10").unwrap()], tcp_ports: vec![443] });
    holds(&facts);
    facts.rules.filter[5] = rules(&["chain=in src-address=192.0.2.10 protocol=tcp action=accept"]).remove(0);
    opens(&facts, "lets packets into");
}

#[test]
fn a_knock_is_heard_in_every_table() {
    let knock = |chain: &str, action: &str, list: &str| {
        rules(&[&format!("chain={chain} action={action} address-list={list} dst-port=7000 protocol=tcp")])
    };
    let src = "add-src-to-address-list";
    for (chain, in_nat) in [("prerouting", false), ("forward", false), ("dstnat", true)] {
        for action in [src, "add-dst-to-address-list"] {
            let mut facts = sound();
            let table = if in_nat { &mut facts.rules.nat } else { &mut facts.rules.mangle };
            *table = knock(chain, action, "allow");
            opens(&facts, "write itself into the allow list");
            let table = if in_nat { &mut facts.rules.nat } else { &mut facts.rules.mangle };
            *table = knock(chain, action, "visitors");
            holds(&facts);
            facts
                .rules
                .filter
                .insert(0, rules(&["chain=forward action=accept src-address-list=visitors"]).remove(0));
            opens(&facts, "not certain");
        }
    }
    let mut facts = sound();
    facts.rules.mangle = knock("prerouting", &format!("{src} src-address-list=!sandbox"), "allow");
    holds(&facts);
    // At a port of the router itself.
    let mut facts = sound();
    facts.rules.filter.extend(knock("input", src, "allow"));
    opens(&facts, "write itself into the allow list");
    facts.rules.filter.insert(3, rules(&["chain=input src-address-list=sandbox action=drop"]).remove(0));
    holds(&facts);
}

#[test]
fn the_chains_that_profiles_name_are_gone_into() {
    let lines = ["chain=forward action=jump jump-target=ppp", GUARD[0], GUARD[1], GUARD[2]];
    let mut facts = with(&[&lines[..], &["chain=people action=accept dst-port=443 protocol=tcp"]].concat());
    holds(&facts);
    facts.profiles[0].filters = vec!["people".to_owned()];
    opens(&facts, "not certain that the box holds: rule 4");
    facts.rules.filter[4].action = "drop".to_owned();
    holds(&facts);
}

#[test]
fn ipv6_that_radius_gives_is_a_way_out() {
    let mut facts = sound();
    facts.rules6 = Some(Rules::default());
    let report = holds(&facts);
    assert_eq!(of(&report, Severity::Warning), ["ipv6: IPv6 is not closed"]);
    facts.accounts[0].has_prefix = true;
    opens(&facts, "open in IPv6");
    facts.accounts[0].has_prefix = false;
    facts.radius_elsewhere = true;
    let titles = of(&examine(&facts), Severity::Danger);
    assert!(titles.contains(&"ipv6: The box is open in IPv6".to_owned()), "{titles:?}");
    facts.profiles[0].use_ipv6 = "no".to_owned();
    let titles = of(&examine(&facts), Severity::Danger);
    assert!(!titles.iter().any(|title| title.starts_with("ipv6")), "{titles:?}");
}

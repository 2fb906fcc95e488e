//! The box that the README tells people to make by hand, held against what the doctor says of it.

use crate::{
    facts::{ESTABLISHED, FASTTRACK, of, typed, with},
    rest::reaches,
};
use sallyport_shared::{
    doctor::{Facts, Service, Severity, examine},
    firewall::{Aim, Family, Firewall, Likely, Origin, Packets, Range, Rules, State, Way},
    router::setup::{Item, Raw, Seen, Wanted, plan},
};

const README: &str = include_str!("../../../README.md");

/// The commands of the README, for the profile `vpn`.
fn commands() -> String {
    let about = README.split_once("for those who prefer to do it by hand").expect("the README tells it").1;
    let block = about.split("```").nth(1).expect("with the commands");
    block.replace("<profile>", "vpn")
}

/// A router as it comes, with accounts that nothing boxes, a network behind one of them, and IPv6.
fn bare() -> Facts {
    let open = "chain=input action=accept connection-state=established,related";
    let mut facts = with(&[FASTTRACK, ESTABLISHED, open]);
    facts.rules.raw.clear();
    facts.rules6 = Some(Rules::default());
    facts.checks_sources = false;
    facts.profiles[0].address_lists.clear();
    facts.accounts[0].routes = vec!["192.168.77.0/24".to_owned()];
    facts.services = vec![Service { name: "ssh".to_owned(), port: 22, ..Service::default() }];
    facts
}

/// Does something that comes by a tunnel of the profile reach the router's SSH?
fn reaches_router(facts: &Facts, address: &str, boxed: bool, let_through: bool) -> bool {
    let lists = [("sandbox", boxed), ("allow", let_through)];
    let origin = Origin {
        addresses: Range::parse(address).map(|one| vec![one]),
        lists: lists.map(|(list, is_on)| (list.to_owned(), Likely::certain(is_on))).into(),
        interface_lists: [("vpn".to_owned(), Likely::Yes)].into(),
        ..Origin::default()
    };
    let aim = Aim { protocol: Some("tcp".to_owned()), port: Some(22), ..Aim::default() };
    let packets = Packets { family: Family::V4, way: Way::Input, state: State::Established, origin, aim };
    let firewall = Firewall { rules: &facts.rules, interfaces: &facts.interfaces, allow_list: "allow" };
    !firewall.send(&packets).is_closed()
}

#[test]
fn the_box_that_the_readme_makes_holds_and_lets_through_whom_it_should() {
    assert!(!examine(&bare()).box_holds);
    let facts = typed(&bare(), &commands());
    let report = examine(&facts);
    assert!(report.box_holds, "{:#?}", report.findings);
    let fasttrack = "fasttrack: FastTrack keeps connections of people open while the server is away";
    assert_eq!(of(&report, Severity::Warning), [fasttrack]);
    assert!(reaches(&facts, "192.0.2.1", 443, true) && !reaches(&facts, "192.0.2.1", 443, false));
    assert!(reaches_router(&facts, "10.8.0.7", true, true), "who is let through reaches the router");
    assert!(!reaches_router(&facts, "10.8.0.7", true, false), "who waits does not");
    assert!(!reaches_router(&facts, "192.168.77.20", false, false), "nor what bears another address");
}

/// None of its rules is one that keeps everybody out, as those of an older set-up did.
#[test]
fn the_set_up_finds_nothing_in_the_readmes_box_that_keeps_everybody_out() {
    let rules = commands();
    let rules = rules.lines().filter_map(|line| line.strip_prefix("add chain="));
    let item = |(number, line): (usize, &str)| {
        let line = format!("chain={line}");
        let values = line.split_whitespace().filter_map(|word| word.split_once('='));
        let values = values.map(|(name, value)| (name.to_owned(), Raw::from(value)));
        Item {
            id: format!("*{number:X}"),
            values: values.filter(|(name, _)| name != "place-before").collect(),
        }
    };
    let filter: Vec<Item> = rules.enumerate().map(item).collect();
    assert_eq!(filter.len(), 12);
    let wanted = Wanted::of_lists("sandbox".to_owned(), "allow".to_owned(), "banned".to_owned());
    let older = |filter: Vec<Item>| {
        let steps = plan(&Seen { filter, ..Seen::default() }, &wanted).steps;
        steps.iter().any(|step| step.key == "older")
    };
    assert!(!older(filter));
    let whole = [("chain", "input"), ("action", "drop"), ("src-address-list", "sandbox")];
    let values = whole.map(|(name, value)| (name.to_owned(), Raw::from(value))).into();
    assert!(older(vec![Item { id: "*1".to_owned(), values }]), "such as this one");
}

//! The guard: which rule lets the box out, and what closes it.

use crate::facts::{ESTABLISHED, FASTTRACK, GUARD, INWARDS, holds, members, of, opens, rules, sound, with};
use sallyport_shared::{
    doctor::{Facts, Severity, examine},
    firewall::{Entry, InterfaceList, Opening, Range, Rules},
};

#[test]
fn nothing_is_found_on_a_sound_router() {
    let report = holds(&sound());
    assert!(report.findings.iter().all(|finding| finding.severity == Severity::Ok), "{:#?}", report.findings);
}

#[test]
fn without_a_guard_the_box_is_open() {
    let remedy = opens(&with(&[]), "no guard");
    assert!(remedy.contains("sallyport router apply") && !remedy.contains("place-before"), "{remedy}");
    // FastTrack's own row is the first, and nothing can be put in front of it.
    let counters = "chain=forward action=passthrough dynamic=true";
    let remedy = opens(&with(&[counters, ESTABLISHED]), "no guard");
    assert!(
        remedy
            .contains("jump-target=sallyport-out comment=\"sallyport:from boxed tunnels\" place-before=*1\n"),
        "{remedy}"
    );
    let half = with(&[ESTABLISHED, "chain=forward action=drop in-interface=ether1"]);
    opens(&half, "no guard");
    let said = of(&examine(&half), Severity::Danger);
    assert_eq!(said, ["guard: There is no guard", "rule-order: Rule 0 lets packets out of the box"]);
}

#[test]
fn what_stands_above_the_guard_is_named_with_the_move_that_mends_it() {
    let mut lines = vec![ESTABLISHED];
    lines.extend(GUARD);
    let remedy = opens(&with(&lines), "Rule 0 lets the box out before the guard");
    assert!(remedy.contains("/ip firewall filter move *1 destination=*0"), "{remedy}");
    lines[0] = FASTTRACK;
    opens(&with(&lines), "FastTrack");
    lines[0] = "chain=forward action=accept src-address=10.8.0.0/24";
    opens(&with(&lines), "Rule 0");
    lines[0] = "chain=forward action=accept src-address=192.168.88.0/24";
    holds(&with(&lines));
    lines[0] = "chain=forward action=accept in-interface-list=LAN";
    holds(&with(&lines));
    lines[0] = "chain=forward action=accept in-interface-list=!LAN";
    opens(&with(&lines), "Rule 0");
    lines[0] = "chain=forward action=accept dst-port=443 protocol=tcp";
    opens(&with(&lines), "Rule 0");
    lines[0] = "chain=forward action=accept src-address-list=!sandbox";
    holds(&with(&lines));
    lines[0] = "chain=forward action=accept layer7-protocol=x";
    opens(&with(&lines), "not certain");
    lines[0] = "chain=forward action=accept layer7-protocol=x src-address-list=!sandbox";
    holds(&with(&lines));
    lines[0] = "chain=forward action=add-src-to-address-list address-list=allow dst-port=7000 protocol=tcp";
    opens(&with(&lines), "write itself into the allow list");
    lines[0] = "chain=forward action=jump jump-target=mine";
    lines.push("chain=mine action=accept protocol=icmp");
    opens(&with(&lines), "Rule 4");
}

#[test]
fn a_guard_that_does_not_work_is_no_guard() {
    let off =
        "chain=forward src-address-list=sandbox action=jump jump-target=guard comment=guard disabled=true";
    assert!(opens(&with(&[off, GUARD[1], GUARD[2]]), "switched off").contains("enable *0"));
    let box_off = "chain=guard action=drop comment=box disabled=true";
    assert!(opens(&with(&[GUARD[0], GUARD[1], box_off]), "switched off").contains("enable *2"));
    let broken = "chain=forward src-address-list=sandbox action=jump jump-target=guard invalid=true";
    opens(&with(&[broken, GUARD[1], GUARD[2]]), "does not work");
    opens(&with(&["chain=forward src-address-list=sandbox action=drop limit=10,5"]), "no guard");
    opens(&with(&["chain=forward src-address-list=sandbox action=drop dynamic=true"]), "no guard");
    opens(
        &with(&["chain=forward action=jump jump-target=a", "chain=a action=jump jump-target=a"]),
        "back to itself",
    );
}

#[test]
fn a_raw_rule_may_close_the_box_and_may_hide_it_from_connection_tracking() {
    let raw = |lines: &[&str], filter: &[&str]| Facts {
        rules: Rules { raw: rules(&[&[INWARDS], lines].concat()), filter: rules(filter), ..Rules::default() },
        ..sound()
    };
    holds(&raw(&["chain=prerouting src-address-list=sandbox action=drop"], &[]));
    let untracked = "chain=forward action=accept connection-state=untracked";
    let filter = [untracked, GUARD[0], GUARD[1], GUARD[2]];
    holds(&raw(&[], &filter));
    opens(&raw(&["chain=prerouting action=notrack protocol=udp"], &filter), "Rule 0");
}

#[test]
fn the_page_of_those_who_wait_may_be_reached() {
    let page = "chain=forward action=accept dst-address=192.0.2.10 protocol=tcp dst-port=443";
    let mut facts = with(&[page, GUARD[0], GUARD[1], GUARD[2]]);
    opens(&facts, "Rule 0");
    facts.page = Some(Opening { to: vec![Range::parse("192.0.2.10").unwrap()], tcp_ports: vec![443] });
    holds(&facts);
    // Exactly that: no other address, port or protocol, and nothing that takes more than it.
    for wider in [
        "chain=forward action=accept dst-address=192.0.2.0/24 protocol=tcp dst-port=443",
        "chain=forward action=accept dst-address=192.0.2.10 protocol=tcp dst-port=443,22",
        "chain=forward action=accept dst-address=192.0.2.10 protocol=tcp",
        "chain=forward action=accept dst-address=192.0.2.10 protocol=udp dst-port=443",
        "chain=forward action=accept dst-address=192.0.2.10",
        "chain=forward action=accept dst-address=!192.0.2.10 protocol=tcp dst-port=443",
        "chain=forward action=accept dst-address-list=!page protocol=tcp dst-port=443",
    ] {
        facts.rules.filter = rules(&[wider, GUARD[0], GUARD[1], GUARD[2]]);
        opens(&facts, "Rule 0");
    }
    // A knock is a way out wherever it leads, also behind a jump that takes nothing else.
    let knock =
        "dst-address=192.0.2.10 protocol=tcp dst-port=443 action=add-src-to-address-list address-list=allow";
    facts.rules.filter = rules(&[&format!("chain=forward {knock}"), GUARD[0], GUARD[1], GUARD[2]]);
    opens(&facts, "write itself into the allow list");
    let jump = page.replace("action=accept", "action=jump jump-target=mine");
    let plain = "chain=mine action=add-src-to-address-list address-list=allow";
    facts.rules.filter = rules(&[&jump, GUARD[0], GUARD[1], GUARD[2], plain]);
    opens(&facts, "write itself into the allow list");
    facts.rules.filter[4] = rules(&["chain=mine action=accept"]).remove(0);
    holds(&facts);
    // By a list, as set-up does it, as long as nothing else is or comes on it.
    let listed = "chain=forward action=accept dst-address-list=page protocol=tcp dst-port=443";
    facts.rules.filter = rules(&[listed, GUARD[0], GUARD[1], GUARD[2]]);
    let entry = |address| Entry { list: "page".to_owned(), addresses: Range::parse(address) };
    facts.rules.entries = vec![entry("192.0.2.10")];
    holds(&facts);
    facts.rules.entries.push(entry("vpn.example.org"));
    opens(&facts, "Rule 0");
    facts.rules.entries[1] = entry("198.51.100.0/24");
    opens(&facts, "Rule 0");
    facts.rules.entries.truncate(1);
    let fills = "chain=input action=add-src-to-address-list address-list=page";
    facts.rules.filter = rules(&[listed, GUARD[0], GUARD[1], GUARD[2], fills]);
    opens(&facts, "Rule 0");
}

#[test]
fn lists_of_interfaces_have_what_they_include() {
    let mut facts =
        with(&["chain=forward action=accept in-interface-list=inside", GUARD[0], GUARD[1], GUARD[2]]);
    facts.profiles[0].interface_list = Some("vpn".to_owned());
    let include = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let lists = facts.interfaces.lists.as_mut().unwrap();
    lists.insert("inside".to_owned(), InterfaceList { include: include(&["LAN", "middle"]), ..members(&[]) });
    lists.insert("middle".to_owned(), InterfaceList { include: include(&["vpn"]), ..members(&[]) });
    lists.insert("vpn".to_owned(), members(&[]));
    opens(&facts, "Rule 0");
    let inside = |facts: &mut Facts, list: InterfaceList| {
        facts.interfaces.lists.as_mut().unwrap().insert("inside".to_owned(), list);
    };
    inside(
        &mut facts,
        InterfaceList { include: include(&["middle"]), exclude: include(&["vpn"]), ..members(&[]) },
    );
    holds(&facts);
    inside(&mut facts, InterfaceList { include: include(&["LAN"]), ..members(&[]) });
    holds(&facts);
    inside(
        &mut facts,
        InterfaceList { include: include(&["all"]), exclude: include(&["LAN"]), ..members(&[]) },
    );
    opens(&facts, "Rule 0");
    inside(&mut facts, InterfaceList { include: include(&["inside"]), ..members(&[]) });
    opens(&facts, "not certain");
    // And the other way round: a guard by such a list holds.
    let guard = "chain=forward action=drop in-interface-list=inside";
    let mut facts = Facts { rules: with(&[guard]).rules, ..facts };
    inside(&mut facts, InterfaceList { include: include(&["middle"]), ..members(&[]) });
    holds(&facts);
}

#[test]
fn an_entry_that_stays_on_the_allow_list_is_a_hole() {
    let mut facts = with(&["chain=forward action=accept src-address-list=allow", GUARD[0], GUARD[2]]);
    holds(&facts);
    facts.rules.entries = vec![Entry { list: "allow".to_owned(), addresses: Range::parse("10.8.0.0/28") }];
    opens(&facts, "Rule 0");
    facts.rules.entries[0].addresses = Range::parse("192.168.1.1");
    holds(&facts);
    facts.rules.entries[0].addresses = None;
    opens(&facts, "not certain");
}

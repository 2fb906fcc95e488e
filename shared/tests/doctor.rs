//! The doctor on routers as they are found in the field: which rule lets the box out, and what to do about it.

use sallyport_shared::{
    doctor::{
        Account, Api, DeviceMode, Facts, Helper, HelperKind, Profile, Report, Server, Service, Severity,
        Stray, UserManager, examine,
    },
    firewall::{Entry, InterfaceList, Interfaces, Opening, Range, Rule, Rules},
    language::Language,
    message::Texts,
};
use std::collections::{BTreeMap, BTreeSet};

/// Rules as somebody would type them: `chain=forward action=drop comment=…` (values without blanks).
fn rules(lines: &[&str]) -> Vec<Rule> {
    let rule = |(position, line): (usize, &&str)| {
        let id = format!("*{position:X}");
        let attributes = line.split_whitespace().filter_map(|word| word.split_once('='));
        Rule::new(
            position,
            attributes.chain([(".id", id.as_str())]).map(|(name, value)| (name, value.to_owned())),
        )
    };
    lines.iter().enumerate().map(rule).collect()
}

const GUARD: [&str; 3] = [
    "chain=forward src-address-list=sandbox action=jump jump-target=guard comment=guard",
    "chain=guard src-address-list=allow action=return",
    "chain=guard action=drop comment=box",
];
const FASTTRACK: &str = "chain=forward action=fasttrack-connection connection-state=established,related";
const ESTABLISHED: &str = "chain=forward action=accept connection-state=established,related,untracked";

fn members(names: &[&str]) -> InterfaceList {
    InterfaceList {
        members: names.iter().map(|name| (*name).to_owned()).collect(),
        ..InterfaceList::default()
    }
}

/// A router on which everything is as it should be.
fn sound() -> Facts {
    Facts {
        sandbox_list: "sandbox".to_owned(),
        allow_list: "allow".to_owned(),
        rules: Rules { filter: rules(&GUARD), ..Rules::default() },
        rules6: None,
        interfaces: Interfaces {
            plain: vec!["ether1".to_owned(), "bridge".to_owned()],
            lists: Some(BTreeMap::from([("LAN".to_owned(), members(&["bridge"]))])),
        },
        profiles: vec![Profile {
            name: "vpn".to_owned(),
            address_lists: vec!["sandbox".to_owned()],
            local_address: Some("10.8.0.1".to_owned()),
            remote_address: Some("pool".to_owned()),
            ..Profile::default()
        }],
        accounts: vec![Account {
            name: "ivan".to_owned(),
            profile: Some("vpn".to_owned()),
            linked: true,
            ..Account::default()
        }],
        pools: BTreeMap::from([("pool".to_owned(), vec![Range::parse("10.8.0.2-10.8.0.254").unwrap()])]),
        version: "7.24.5 (stable)".to_owned(),
        clock_skew_seconds: Some(1),
        api: Api {
            username: "sallyport".to_owned(),
            rights: Some(["read", "write", "api"].map(str::to_owned).to_vec()),
            tls: true,
            service: Some(Service {
                name: "api-ssl".to_owned(),
                port: 8_729,
                addresses: vec!["192.0.2.10/32".to_owned()],
                certificate: true,
            }),
            max_sessions: Some(20),
            ..Api::default()
        },
        ..Facts::default()
    }
}

fn with(lines: &[&str]) -> Facts {
    Facts { rules: Rules { filter: rules(lines), ..Rules::default() }, ..sound() }
}

/// The findings of a severity, as `key: title`, and whether the box holds.
fn of(report: &Report, severity: Severity) -> Vec<String> {
    let those = report.findings.iter().filter(|finding| finding.severity == severity);
    those.map(|finding| format!("{}: {}", finding.key, finding.words(Language::En).title)).collect()
}

#[track_caller]
fn opens(facts: &Facts, expected: &str) -> String {
    let report = examine(facts);
    assert!(!report.box_holds, "{:#?}", of(&report, Severity::Ok));
    let worst = report.findings.first().unwrap();
    let words = worst.words(Language::En);
    assert!(words.title.contains(expected), "{words:#?}");
    words.remedy.unwrap_or_default()
}

#[track_caller]
fn holds(facts: &Facts) -> Report {
    let report = examine(facts);
    assert!(report.box_holds, "{:#?}", report.findings);
    report
}

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
    assert!(remedy.contains("jump-target=sallyport place-before=*1 "), "{remedy}");
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
        rules: Rules { raw: rules(lines), filter: rules(filter), ..Rules::default() },
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
fn accounts_of_radius_name_profiles_and_lists_of_their_own() {
    let mut facts = sound();
    facts.user_manager = Some(UserManager { accounting: true, interim_update: true, incoming: Some(true) });
    facts.profiles.push(Profile { name: "vip".to_owned(), ..Profile::default() });
    facts.servers = vec![Server { service: "l2tp".to_owned(), profile: "vpn".to_owned(), ethernet: false }];
    let olga = Account { name: "olga".to_owned(), linked: true, ..Account::default() };
    facts.accounts = vec![Account { profile: Some("vip".to_owned()), ..olga.clone() }];
    let remedy = opens(&facts, "profile vip does not put");
    assert!(remedy.contains("[find name=vip] address-list=sandbox"), "{remedy}");
    // A list of the account's own wins over the profile's, either way.
    facts.accounts[0].lists = Some(vec!["sandbox".to_owned(), "vips".to_owned()]);
    holds(&facts);
    facts.accounts = vec![Account { lists: Some(vec!["vips".to_owned()]), ..olga }];
    opens(&facts, "RADIUS takes accounts out of the box");
    facts.accounts[0].linked = false;
    let warned = of(&holds(&facts), Severity::Warning);
    assert_eq!(warned, ["profile: RADIUS takes accounts of nobody out of the box"]);
    // Whose accounts nobody can list get the servers' profiles.
    facts.accounts.clear();
    facts.servers[0].profile = "vip".to_owned();
    holds(&facts);
    facts.radius_elsewhere = true;
    opens(&facts, "Accounts of RADIUS get the profile vip");
    facts.servers[0].profile = "vpn".to_owned();
    holds(&facts);
}

#[test]
fn what_goes_into_a_bridge_is_in_no_box() {
    let mut facts = sound();
    facts.profiles.push(Profile {
        name: "spare".to_owned(),
        bridge: Some("bridge".to_owned()),
        ..facts.profiles[0].clone()
    });
    holds(&facts);
    facts.accounts[0].profile = Some("spare".to_owned());
    assert!(
        opens(&facts, "spare may put tunnels into the bridge").contains("unset [find name=spare] bridge")
    );
    let mut facts = sound();
    facts.servers = vec![Server { service: "ovpn".to_owned(), profile: "vpn".to_owned(), ethernet: true }];
    opens(&facts, "takes frames");
}

#[test]
fn tunnels_that_are_up_and_not_on_the_list_are_free() {
    let mut facts = sound();
    let stray = |address: Option<&str>, allowed| Stray {
        name: "ivan".to_owned(),
        address: address.map(|address| address.parse().unwrap()),
        allowed,
    };
    facts.strays = vec![stray(Some("10.8.0.9"), false)];
    assert!(opens(&facts, "not in the box").contains("/ppp active remove [find name=ivan]"));
    facts.strays = vec![stray(Some("10.8.0.9"), true)];
    assert_eq!(
        of(&holds(&facts), Severity::Warning),
        ["tunnels: Tunnels that are let through are not on sandbox"]
    );
    facts.strays = vec![stray(None, false)];
    opens(&facts, "without an address");
    // Another rule holds them: a box of another kind.
    facts.strays = vec![stray(Some("10.8.0.9"), false)];
    facts.rules.filter.extend(rules(&["chain=forward src-address=10.8.0.0/24 action=drop"]));
    holds(&facts);
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
fn the_router_itself_is_looked_at_whole() {
    let helper = |menu, protocol, port, kind| Helper { menu, protocol, port, kind };
    let mut facts = sound();
    facts.helpers = vec![helper("/ip dns", "udp", 53, HelperKind::Names)];
    let warned = |facts: &Facts| of(&holds(facts), Severity::Warning);
    assert_eq!(warned(&facts), ["input: The box can ask the router for names"]);
    facts.page_has_name = true;
    assert_eq!(warned(&facts), [""; 0]);
    facts.helpers = vec![helper("/tool bandwidth-server", "tcp", 2_000, HelperKind::Other)];
    assert_eq!(warned(&facts), ["input: The router's services can be reached from the box"]);
    facts.helpers = vec![helper("/ip socks", "tcp", 1_080, HelperKind::Proxy)];
    let remedy = opens(&facts, "by a service of the router");
    assert!(remedy.contains("/ip socks set enabled=no"), "{remedy}");
    let mut closed: Vec<&str> = GUARD.to_vec();
    closed.extend([
        "chain=input action=accept connection-state=established",
        "chain=input src-address-list=sandbox action=drop",
    ]);
    holds(&Facts { rules: with(&closed).rules, ..facts });
    // A service that is bound answers those whom it is bound to, and these may be tunnels.
    let mut facts = sound();
    let winbox = |address: &str| Service {
        name: "winbox".to_owned(),
        port: 8_291,
        addresses: vec![address.to_owned()],
        certificate: false,
    };
    for (address, reached) in [("192.0.2.0/24", false), ("10.8.0.0/16", true), ("0.0.0.0/0", true)] {
        facts.services = vec![winbox(address)];
        assert_eq!(!warned(&facts).is_empty(), reached, "{address}");
    }
}

#[test]
fn no_remedy_keeps_out_who_is_let_through() {
    let established = "chain=input action=accept connection-state=established";
    let mut facts = with(&[GUARD[0], GUARD[1], GUARD[2], established]);
    facts.services = vec![Service { name: "ssh".to_owned(), port: 22, ..Service::default() }];
    facts.profiles.push(Profile {
        name: "staff".to_owned(),
        address_lists: vec!["staff".to_owned()],
        ..Profile::default()
    });
    facts.accounts[0].profile = Some("staff".to_owned());
    let report = examine(&facts);
    let remedy = |key: &str| {
        let finding =
            report.findings.iter().find(|one| one.key == key && one.severity != Severity::Ok).unwrap();
        finding.words(Language::En).remedy.unwrap()
    };
    assert!(remedy("profile").contains("address-list=staff,sandbox"), "{}", remedy("profile"));
    // As it is typed, so it is: who is let through gets through, the others do not.
    let input = remedy("input");
    assert!(input.contains("sallyport router apply") && input.contains("place-before=*3 "), "{input}");
    let typed = input.lines().filter_map(|line| line.strip_prefix("/ip firewall filter add "));
    let typed: Vec<&str> = typed.map(|line| line.split(" place-before=").next().unwrap()).collect();
    let typed: Vec<&str> = typed.iter().map(|line| line.split(" comment=").next().unwrap()).collect();
    let (jump, chain) = typed.split_last().unwrap();
    let mut lines = vec![*jump, established];
    lines.extend(chain);
    let ssh = |allowed: &str| {
        let mut facts = with(&GUARD);
        facts.services = vec![Service { name: "ssh".to_owned(), port: 22, ..Service::default() }];
        facts.rules.filter.extend(rules(&lines));
        facts.rules.entries = vec![Entry { list: "allow".to_owned(), addresses: Range::parse(allowed) }];
        examine(&facts).findings.iter().any(|one| one.key == "input" && one.severity == Severity::Warning)
    };
    assert!(!ssh("192.168.1.1"), "who waits does not reach the router");
    assert!(ssh("10.8.0.0/24"), "who is let through does");
}

/// Telegram is opened to the box by the rule of the set-up, with this in its list.
fn with_telegram(rule: &str, entries: &[&str]) -> Facts {
    let filter = [GUARD[0], GUARD[1], rule, GUARD[2]];
    let mut facts = with(&filter);
    facts.rules.filter[2].comment = "sallyport:out: Telegram".to_owned();
    facts.telegram =
        ["149.154.160.0/20", "91.108.4.0/22"].iter().filter_map(|net| Range::parse(net)).collect();
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
    // Above the guard, and beside it, for everybody.
    let mut facts = with_telegram(TELEGRAM, &inside);
    facts.rules.filter.insert(0, rules(&[ESTABLISHED]).remove(0));
    opens(&facts, "Rule 0");
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

#[test]
fn profiles_that_do_not_box_are_named_with_their_accounts() {
    let mut facts = sound();
    facts.profiles.push(Profile { name: "default".to_owned(), ..Profile::default() });
    holds(&facts);
    let stray = |linked| Account {
        name: "пётр".to_owned(),
        profile: Some("default".to_owned()),
        linked,
        ..Account::default()
    };
    facts.accounts.push(stray(false));
    let report = holds(&facts);
    assert_eq!(
        of(&report, Severity::Warning),
        ["profile: Accounts of nobody have a profile without the box"]
    );
    facts.accounts[1] = stray(true);
    let remedy = opens(&facts, "profile default does not put");
    assert!(remedy.contains("/ppp profile set [find name=default] address-list=sandbox"), "{remedy}");
    facts.profiles.remove(0);
    opens(&facts, "Nothing puts tunnels into the box");
}

#[test]
fn accounts_of_radius_have_the_profile_of_the_server() {
    let mut facts = sound();
    facts.user_manager = Some(UserManager { accounting: true, interim_update: true, incoming: Some(true) });
    facts.profiles.push(Profile { name: "default".to_owned(), ..Profile::default() });
    facts.accounts = vec![Account { name: "olga".to_owned(), linked: true, ..Account::default() }];
    facts.servers = vec![Server { service: "l2tp".to_owned(), profile: "vpn".to_owned(), ethernet: false }];
    holds(&facts);
    facts.servers[0].profile = "default".to_owned();
    opens(&facts, "profile default does not put");
}

#[test]
fn ipv6_is_a_way_round_only_for_those_who_have_it() {
    let mut facts = sound();
    facts.rules6 = Some(Rules::default());
    let report = holds(&facts);
    assert_eq!(of(&report, Severity::Warning), ["ipv6: IPv6 is not closed"]);
    facts.profiles[0].gives_prefixes = true;
    opens(&facts, "open in IPv6");
    facts.rules6.as_mut().unwrap().filter = rules(&["chain=forward in-interface=all-ppp action=drop"]);
    holds(&facts);
    facts.rules6.as_mut().unwrap().filter = rules(&["chain=forward src-address-list=sandbox action=drop"]);
    opens(&facts, "open in IPv6");
    facts.profiles[0].use_ipv6 = "no".to_owned();
    holds(&facts);
}

#[test]
fn those_who_are_let_through_get_through() {
    let report = holds(&with(&["chain=forward src-address-list=sandbox action=drop"]));
    assert_eq!(of(&report, Severity::Warning), ["allowed: Rule 0 stops even those who are let through"]);
    let report = holds(&with(&[GUARD[0], GUARD[1], GUARD[2], FASTTRACK, ESTABLISHED]));
    assert_eq!(
        of(&report, Severity::Warning),
        ["fasttrack: FastTrack keeps connections of people open while the server is away"]
    );
}

#[test]
fn the_rest_is_looked_at_too() {
    let mut facts = sound();
    facts.api = Api {
        username: "admin".to_owned(),
        rights: Some(["read", "api", "policy"].map(str::to_owned).to_vec()),
        service: Some(Service { name: "api".to_owned(), port: 8_728, ..Service::default() }),
        max_sessions: Some(2),
        ..Api::default()
    };
    facts.services = vec![Service { name: "winbox".to_owned(), port: 8_291, ..Service::default() }];
    facts.clock_skew_seconds = Some(-3_600);
    facts.version = "7.15".to_owned();
    facts.user_manager = Some(UserManager::default());
    facts.device_mode =
        Some(DeviceMode { mode: "home".to_owned(), flagged: false, forbidden: vec!["l2tp".to_owned()] });
    facts.servers = vec![Server { service: "l2tp".to_owned(), profile: "vpn".to_owned(), ethernet: false }];
    let report = holds(&facts);
    assert_eq!(of(&report, Severity::Danger), ["rights: The API user lacks rights"]);
    let keys: BTreeSet<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Warning)
        .map(|finding| finding.key)
        .collect();
    let expected =
        ["accounting", "api-address", "clock", "device-mode", "input", "sessions", "tls", "version"];
    assert_eq!(keys, BTreeSet::from(expected));
    facts.version = "6.42.7 (long-term)".to_owned();
    assert!(of(&examine(&facts), Severity::Danger).iter().any(|title| title.contains("too old")));
}

const RU: &str = include_str!("../locales/doctor.ru.ftl");
const EN: &str = include_str!("../locales/doctor.en.ftl");

/// Every key with the blanks in its text.
fn blanks(source: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let lines = source.lines().filter_map(|line| line.split_once(" = "));
    lines
        .map(|(key, text)| {
            (key, text.split("{ $").skip(1).filter_map(|rest| rest.split(' ').next()).collect())
        })
        .collect()
}

#[test]
fn both_languages_say_the_same() {
    assert_eq!(blanks(RU), blanks(EN));
}

#[test]
fn every_finding_has_its_words_and_every_word_a_finding() {
    let sources = [
        include_str!("../src/doctor/boxing.rs"),
        include_str!("../src/doctor/enclosure.rs"),
        include_str!("../src/doctor/itself.rs"),
        include_str!("../src/doctor/upkeep.rs"),
    ];
    let named: BTreeSet<&str> = sources.iter().flat_map(|source| source.split('"')).collect();
    let known = blanks(EN);
    for key in known.keys() {
        let finding = key.rsplit_once('-').unwrap().0;
        assert!(named.contains(finding), "{key} is never said");
        for part in ["title", "detail"] {
            assert!(known.contains_key(format!("{finding}-{part}").as_str()), "{finding} has no {part}");
        }
    }
    for facts in [sound(), with(&[]), with(&[ESTABLISHED, FASTTRACK, GUARD[0], GUARD[2]]), Facts::default()] {
        for finding in examine(&facts).findings {
            for language in [Language::Ru, Language::En] {
                let words = finding.words(language);
                let all = format!("{words:?}");
                assert!(!all.contains("{$") && !words.title.ends_with("-title"), "{all}");
                assert!(finding.severity == Severity::Ok || words.remedy.is_some(), "{all}");
                assert!(Texts::of_doctor(language).has("box-holds-title"));
            }
        }
    }
}

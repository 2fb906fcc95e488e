//! IPv6, who is let through, the router itself, and what it takes to work with it.

use crate::facts::{ESTABLISHED, FASTTRACK, GUARD, holds, of, opens, rules, sound, typed, with};
use sallyport_shared::{
    doctor::{
        Api, DeviceMode, Facts, Helper, HelperKind, Profile, Server, Service, Severity, UserManager, examine,
    },
    firewall::{Aim, Entry, Family, Firewall, Likely, Opening, Origin, Packets, Range, Rules, State, Way},
    language::Language,
    router::setup::Page,
};
use std::collections::BTreeSet;

#[test]
fn the_router_itself_is_looked_at_whole() {
    let helper = |menu, protocol, port, kind| Helper { menu, protocol, port, kind };
    let mut facts = sound();
    facts.helpers = vec![helper("/ip dns", "udp", 53, HelperKind::Names)];
    let warned = |facts: &Facts| of(&holds(facts), Severity::Warning);
    assert_eq!(warned(&facts), ["input: The box can ask the router for names"]);
    facts.page_at = Some(Page { host: "vpn.example.org".to_owned(), port: 443 });
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
    // Networks behind tunnels are answered as well, and each is shut off by itself.
    facts.accounts[0].routes = vec!["192.168.77.0/24".to_owned()];
    facts.rules.filter.extend(rules(&["chain=forward src-address=192.168.77.0/24 action=drop"]));
    let drop = |from: &str| rules(&[&format!("chain=input src-address={from} action=drop")]);
    for (address, shut, reached) in [
        ("192.168.77.0/24", "10.8.0.0/24", true),
        ("192.168.77.0/24", "192.168.77.0/24", false),
        ("10.8.0.0/24", "10.8.0.0/24", false),
        ("192.0.2.0/24", "10.8.0.0/24", false),
    ] {
        let mut facts = facts.clone();
        facts.services = vec![winbox(address)];
        facts.rules.filter.extend(drop(shut));
        assert_eq!(!warned(&facts).is_empty(), reached, "{address}, shut off from {shut}");
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
    assert!(input.contains("sallyport router apply") && input.contains("place-before=*3"), "{input}");
    let ssh = |allowed: &str| {
        let mut facts = with(&[GUARD[0], GUARD[1], GUARD[2], established]);
        facts.services = vec![Service { name: "ssh".to_owned(), port: 22, ..Service::default() }];
        let mut facts = typed(&facts, &input);
        facts.rules.entries = vec![Entry { list: "allow".to_owned(), addresses: Range::parse(allowed) }];
        examine(&facts).findings.iter().any(|one| one.key == "input" && one.severity == Severity::Warning)
    };
    assert!(!ssh("192.168.1.1"), "who waits does not reach the router");
    assert!(ssh("10.8.0.0/24"), "who is let through does");
}

/// Does something from the box reach this port of an address, and is it answered?
pub(crate) fn reaches(facts: &Facts, address: &str, port: u16, let_through: bool) -> bool {
    let lists = [("sandbox", true), ("allow", let_through)];
    let tunnels = Origin {
        addresses: Some(vec![Range::parse("10.8.0.7").unwrap()]),
        lists: lists.map(|(list, is_on)| (list.to_owned(), Likely::certain(is_on))).into(),
        ..Origin::default()
    };
    let firewall = Firewall { rules: &facts.rules, interfaces: &facts.interfaces, allow_list: "allow" };
    let out = Packets {
        family: Family::V4,
        way: Way::Forward,
        state: State::New,
        origin: tunnels.clone(),
        aim: Aim {
            destination: Some(address.parse().unwrap()),
            protocol: Some("tcp".to_owned()),
            port: Some(port),
            ..Aim::default()
        },
    };
    let anywhere = Origin { addresses: Range::parse(address).map(|one| vec![one]), ..Origin::default() };
    let answer = Packets {
        state: State::Established,
        origin: anywhere,
        aim: Aim { protocol: Some("tcp".to_owned()), tunnels: Some(tunnels), ..Aim::default() },
        ..out
    };
    !firewall.send(&out).is_closed() && !firewall.send(&answer).is_closed()
}

#[test]
fn what_is_advised_for_the_box_leaves_the_page_telegram_and_the_permitted_alone() {
    const PAGE: &str = "192.0.2.10";
    const TELEGRAM: &str = "149.154.160.5";
    let jump = "chain=forward src-address-list=sandbox action=jump jump-target=sallyport-out";
    let allowed = "chain=sallyport-out src-address-list=allow action=return";
    let telegram =
        "chain=sallyport-out dst-address-list=sallyport-telegram protocol=tcp dst-port=80,443 action=accept";
    for (number, lines) in [
        &[][..],
        &[ESTABLISHED],
        &["chain=forward action=passthrough dynamic=true", FASTTRACK, ESTABLISHED],
        // A guard that holds, with nothing that closes the way in.
        &GUARD,
        // Some of the set-up's rules are there, the last one is not.
        &[jump, allowed],
    ]
    .into_iter()
    .enumerate()
    {
        for with_telegram in [false, true] {
            let mut facts = with(lines);
            facts.rules.raw.clear();
            facts.page_at = Some(Page { host: PAGE.to_owned(), port: 443 });
            facts.page = Some(Opening { to: vec![Range::parse(PAGE).unwrap()], tcp_ports: vec![443] });
            if with_telegram {
                let at = facts.rules.filter.len();
                facts.rules.filter.extend(rules(&[telegram]));
                facts.rules.filter[at].comment = "sallyport:out: Telegram".to_owned();
                facts.rules.filter[at].id = "*TG".to_owned();
            }
            let report = examine(&facts);
            assert!(!report.box_holds, "{number}");
            let remedies = report.findings.iter().filter(|one| matches!(one.key, "guard" | "inwards"));
            let remedy = remedies.filter_map(|one| one.words(Language::En).remedy).next().unwrap();
            let facts = typed(&facts, &remedy);
            let said = examine(&facts);
            assert!(said.box_holds, "{number}: {remedy}\n{:?}", of(&said, Severity::Danger));
            assert!(reaches(&facts, PAGE, 443, false), "{number}, the page: {remedy}");
            assert!(!reaches(&facts, PAGE, 22, false), "{number}, and no more of it: {remedy}");
            assert_eq!(reaches(&facts, TELEGRAM, 443, false), with_telegram, "{number}, Telegram: {remedy}");
            assert!(reaches(&facts, "198.51.100.1", 22, true), "{number}, who is let through: {remedy}");
        }
    }
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
fn clock_version_rights_and_sessions_are_judged() {
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

#[test]
fn the_old_login_is_named_with_and_without_need() {
    let of_login = |version: &str| {
        let mut facts = sound();
        facts.api.md5_login = true;
        facts.version = version.to_owned();
        let report = holds(&facts);
        let finding = report.findings.iter().find(|one| one.key == "login").unwrap().clone();
        assert_eq!(finding.severity, Severity::Warning);
        finding.words(Language::En)
    };
    let needed = of_login("6.42.1 (bugfix)");
    assert!(needed.detail.contains("6.42.1") && needed.remedy.unwrap().contains("Update RouterOS"));
    let needless = of_login("7.24.5 (stable)");
    assert!(
        needless.title.contains("without need")
            && needless.remedy.unwrap().contains("Switch the MD5 login off")
    );
    assert!(holds(&sound()).findings.iter().all(|one| one.key != "login"));
}

#[test]
fn what_the_router_answers_by_ipv6_is_judged_as_by_ipv4() {
    let mut facts = sound();
    facts.rules6 = Some(Rules { filter: rules(&["chain=forward action=drop"]), ..Rules::default() });
    let service = |address: &str| Service {
        name: "winbox".to_owned(),
        port: 8_291,
        addresses: Some(address)
            .filter(|address| !address.is_empty())
            .map(str::to_owned)
            .into_iter()
            .collect(),
        certificate: false,
    };
    let warned = |facts: &Facts| of(&holds(facts), Severity::Warning);
    for (address, reached) in [
        ("", true),
        ("fd00::/8", true),
        ("::/0", true),
        ("192.0.2.0/24", false),
        // Of the other protocol.
        ("0.0.0.0/0", false),
    ] {
        facts.services = vec![service(address)];
        let six = warned(&facts).into_iter().filter(|said| said.starts_with("input6")).count();
        assert_eq!(six, usize::from(reached), "{address}");
    }
    facts.services = vec![service("")];
    let close = |line: &str| {
        let mut facts = facts.clone();
        facts.rules6.as_mut().unwrap().filter.extend(rules(&[line]));
        warned(&facts).iter().all(|said| !said.starts_with("input6"))
    };
    assert!(close("chain=input in-interface=all-ppp action=drop"));
    assert!(close("chain=input protocol=tcp dst-port=8291 action=drop"));
    assert!(!close("chain=input src-address-list=sandbox action=drop"), "the list may hold no IPv6");
    assert!(!close("chain=input in-interface=ether1 action=drop"));
    let helper = |kind, menu, protocol, port| Helper { menu, protocol, port, kind };
    facts.services.clear();
    facts.helpers = vec![helper(HelperKind::Names, "/ip dns", "udp", 53)];
    let six: Vec<String> = warned(&facts).into_iter().filter(|said| said.starts_with("input6")).collect();
    assert_eq!(six, ["input6: The box can ask the router for names by IPv6"]);
    facts.helpers = vec![helper(HelperKind::Proxy, "/ip socks", "tcp", 1_080)];
    // By IPv4 it is closed, by IPv6 it is not.
    facts.rules.filter.extend(rules(&["chain=input src-address-list=sandbox action=drop"]));
    let remedy = opens(&facts, "by a service of the router, by IPv6");
    assert!(remedy.contains("use-ipv6=no") && remedy.contains("/ip socks set enabled=no"), "{remedy}");
    facts.profiles[0].use_ipv6 = "no".to_owned();
    holds(&facts);
}

#[test]
fn tunnels_that_came_before_their_profile_had_the_list_are_counted_and_named() {
    let mut facts = sound();
    facts.unlisted = vec!["ivan".to_owned(), "olga".to_owned()];
    let report = holds(&facts);
    let finding = report.tunnels_of_before().expect("the finding");
    assert_eq!(finding.severity, Severity::Warning);
    let words = finding.words(Language::En);
    assert!(words.title.starts_with("2 tunnels were up before"), "{words:?}");
    assert!(words.detail.contains("ivan, olga") && words.detail.contains("only their addresses hold them"));
    let remedy = words.remedy.unwrap();
    assert!(
        remedy.contains("/ppp active remove [find name=ivan]\n/ppp active remove [find name=olga]"),
        "{remedy}"
    );
    assert!(holds(&sound()).tunnels_of_before().is_none());
}

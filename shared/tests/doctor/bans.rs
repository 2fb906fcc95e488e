//! Bans: whom they keep out, and that no advice about them keeps the server out.

use crate::facts::{GUARD, INWARDS, holds, rules, sound, typed, with};
use sallyport_shared::{
    doctor::{Facts, Finding, Severity, examine},
    firewall::{Entry, Range, Rules},
    language::Language,
};

const SERVER: &str = "198.51.100.9";
const VPN: &str = "chain=input action=accept protocol=udp dst-port=500,1701,4500";
const BAN: &str = "chain=input action=drop src-address-list=banned";
const WAY: &str =
    "chain=input action=accept src-address-list=sallyport-server protocol=tcp dst-port=8728,8729";

/// A router with these rules besides the guard, to which the server comes from its address.
fn with_server(lines: &[&str]) -> Facts {
    let lines: Vec<&str> = GUARD.iter().copied().chain(lines.iter().copied()).collect();
    let mut facts = Facts { ban_list: "banned".to_owned(), ..with(&lines) };
    facts.server = Some(vec![Range::parse(SERVER).unwrap()]);
    facts
}

fn of_key(facts: &Facts, key: &str) -> Vec<Finding> {
    examine(facts).findings.into_iter().filter(|one| one.key == key).collect()
}

/// What is found wrong by these keys, in English.
fn wrong(facts: &Facts) -> Vec<String> {
    let found = ["bans", "server", "set-up"].iter().flat_map(|key| of_key(facts, key));
    found.filter(|one| one.severity != Severity::Ok).map(|one| one.words(Language::En).title).collect()
}

/// Types what is advised about a finding, in each language, until nothing is advised any more.
#[track_caller]
fn heeded(facts: &Facts, key: &str) -> Facts {
    let mut facts = facts.clone();
    for _ in 0..4 {
        let Some(finding) = of_key(&facts, key).into_iter().find(|one| one.severity != Severity::Ok) else {
            return facts;
        };
        let [ru, en] = [Language::Ru, Language::En]
            .map(|language| typed(&facts, &finding.words(language).remedy.unwrap()));
        assert_eq!(ru, en, "the same is to be typed");
        assert_ne!(en, facts, "it changes something: {finding:?}");
        facts = en;
    }
    panic!("there is always something to be advised: {:?}", of_key(&facts, key));
}

#[test]
fn what_is_advised_about_bans_keeps_the_callers_out_and_lets_the_server_in() {
    let old = "chain=input action=accept connection-state=established";
    let way = format!("{WAY} in-interface-list=!sallyport-vpn comment=way");
    let way = way.as_str();
    let entry = Entry { list: "sallyport-server".to_owned(), addresses: Range::parse(SERVER) };
    for (number, lines) in [
        &[][..],
        &[VPN],
        &[old, VPN],
        // The way of the server is there, above and below what lets callers in.
        &[way, VPN],
        &[old, way, VPN],
        &[VPN, way],
        // The rule of the set-up is there and off, or too low.
        &["chain=input action=drop src-address-list=banned comment=ban disabled=true", VPN],
        &[VPN, "chain=input action=drop src-address-list=banned comment=ban"],
        &[VPN, way, "chain=input action=drop src-address-list=banned comment=ban"],
    ]
    .into_iter()
    .enumerate()
    {
        let mut facts = with_server(lines);
        for rule in &mut facts.rules.filter {
            rule.comment = match rule.comment.as_str() {
                "way" => "sallyport:the server to the API".to_owned(),
                "ban" => "sallyport:banned callers".to_owned(),
                other => other.to_owned(),
            };
        }
        if lines.contains(&way) {
            facts.rules.entries.push(entry.clone());
        }
        assert!(!wrong(&facts).is_empty(), "{number}");
        let heeded = heeded(&facts, "bans");
        let said = wrong(&heeded);
        // Of a rule that only has to be moved the way of the server is spoken of apart.
        let moved = number == 7;
        assert_eq!(said.len(), usize::from(moved), "{number}: {said:?}\n{:#?}", heeded.rules.filter);
    }
}

#[test]
fn what_is_advised_about_bans_by_ipv6_does_the_same() {
    let mut facts = with_server(&[VPN, BAN]);
    facts.rules.filter.rotate_right(1);
    facts.rules6 = Some(Rules { filter: rules(&[VPN]), ..Rules::default() });
    facts.server = Some(vec![Range::parse("2001:db8::9").unwrap()]);
    let titles = wrong(&facts);
    assert_eq!(titles, ["Nothing keeps banned callers out (IPv6)"]);
    let heeded = heeded(&facts, "bans");
    assert_eq!(wrong(&heeded), [""; 0]);
    let rules = &heeded.rules6.as_ref().unwrap().filter;
    let comments: Vec<&str> = rules.iter().map(|rule| rule.comment.as_str()).collect();
    assert_eq!(comments, ["sallyport:the server to the API", "sallyport:banned callers", ""]);
}

#[test]
fn where_the_raw_table_drops_the_server_is_let_by_there() {
    let raw_ban = "chain=prerouting action=drop src-address-list=banned";
    let noise = "chain=prerouting action=drop protocol=icmp src-address-list=others";
    let jump = "chain=prerouting action=jump jump-target=bans";
    for raw in [&[raw_ban][..], &[noise, raw_ban], &[jump, "chain=bans action=drop src-address-list=banned"]]
    {
        let mut facts = with_server(&[VPN]);
        facts.rules.raw = rules(raw);
        let [finding] = &of_key(&facts, "server")[..] else { panic!("one finding") };
        for (language, title, table) in [
            (Language::En, "before the filter is asked", "/ip firewall raw"),
            (Language::Ru, "раньше файрвола", "/ip firewall raw"),
        ] {
            let words = finding.words(language);
            assert!(words.title.contains(title) && words.detail.contains(table), "{words:?}");
            assert!(words.detail.contains(SERVER), "{words:?}");
        }
        let heeded = heeded(&facts, "server");
        assert_eq!(wrong(&heeded), [""; 0], "{:#?}", heeded.rules.raw);
        // It is the server that gets by, at the API, and nobody else.
        let mut other = heeded.clone();
        other.server = Some(vec![Range::parse("198.51.100.10").unwrap()]);
        assert!(!wrong(&other).is_empty());
    }
}

/// The ports of the API are the router's, whether a service is on or off.
#[test]
fn what_is_advised_about_the_servers_way_names_the_routers_own_ports() {
    let mut facts = with_server(&[VPN]);
    facts.api_ports = vec![18_728, 18_729];
    facts.api.service.as_mut().unwrap().port = 18_729;
    let remedy = of_key(&facts, "bans")[0].words(Language::En).remedy.unwrap();
    assert!(remedy.contains("dst-port=18728,18729") && !remedy.contains("8728,8729 "), "{remedy}");
    assert_eq!(wrong(&heeded(&facts, "bans")), [""; 0]);
    // A way to a port that is nobody's is none.
    let usual = with_server(&[WAY, BAN, VPN]);
    let entry = Entry { list: "sallyport-server".to_owned(), addresses: Range::parse(SERVER) };
    let entries = vec![entry];
    let listed = Facts { rules: Rules { entries, ..usual.rules.clone() }, ..usual };
    assert_eq!(wrong(&listed), [""; 0]);
    let elsewhere = Facts { api_ports: vec![18_728, 18_729], ..listed };
    assert!(!wrong(&elsewhere).is_empty());
    // What the set-up made and somebody removed is advised with them as well.
    let mut gone = facts;
    let made = ["sallyport:the server to the API".to_owned()].into();
    gone.made.insert(sallyport_shared::firewall::Family::V4, made);
    let remedy = of_key(&gone, "set-up")[0].words(Language::En).remedy.unwrap();
    assert!(remedy.contains("dst-port=18728,18729"), "{remedy}");
}

#[test]
fn banned_callers_are_kept_out_by_a_rule_that_comes_first() {
    const OLD: &str = "chain=input action=accept connection-state=established,related";
    let said = |lines: &[&str]| {
        let lines: Vec<&str> = GUARD.iter().copied().chain(lines.iter().copied()).collect();
        let facts = Facts { ban_list: "banned".to_owned(), ..with(&lines) };
        let finding = examine(&facts).findings.into_iter().find(|one| one.key == "bans").unwrap();
        (finding.severity, finding.words(Language::En))
    };
    assert_eq!(said(&[BAN]).0, Severity::Ok);
    assert_eq!(said(&[OLD, BAN, VPN]).0, Severity::Ok, "established connections are no dialling in");
    let (severity, none) = said(&[VPN]);
    assert!(severity == Severity::Warning && none.title.contains("Nothing keeps"), "{none:?}");
    let remedy = none.remedy.unwrap();
    assert!(
        remedy.contains("src-address-list=banned action=drop comment=\"sallyport:banned callers\""),
        "{remedy}"
    );
    assert!(!remedy.contains("/ip firewall raw"), "{remedy}");
    let (severity, late) = said(&[VPN, BAN]);
    assert!(severity == Severity::Warning && late.remedy.unwrap().contains("move"), "{severity:?}");
    // The raw table comes first, and what it accepts goes on to the filter.
    let in_raw = |raw: &[&str], input: &[&str]| {
        let lines: Vec<&str> = GUARD.iter().copied().chain(input.iter().copied()).collect();
        let mut facts = Facts { ban_list: "banned".to_owned(), ..with(&lines) };
        facts.rules.raw = rules(raw);
        let finding = examine(&facts).findings.into_iter().find(|one| one.key == "bans").unwrap();
        (finding.severity, finding.words(Language::En))
    };
    let raw_ban = "chain=prerouting src-address-list=banned action=drop";
    let vpn = "chain=prerouting protocol=udp dst-port=500 action=accept";
    assert_eq!(in_raw(&[raw_ban, vpn], &[VPN]).0, Severity::Ok);
    assert_eq!(
        in_raw(&[vpn, raw_ban], &[BAN]).0,
        Severity::Ok,
        "the filter stops what the raw table lets by"
    );
    let (severity, late) = in_raw(&["chain=other action=accept", INWARDS, vpn, raw_ban], &[VPN]);
    assert_eq!(severity, Severity::Warning);
    assert!(late.remedy.unwrap().contains("/ip firewall raw move *3 destination=*2"));
    // By a chain of its own, too.
    let jump = "chain=prerouting action=jump jump-target=vpn";
    let (severity, late) = in_raw(&[jump, raw_ban, &vpn.replace("prerouting", "vpn")], &[VPN]);
    assert_eq!(severity, Severity::Warning);
    assert!(late.remedy.unwrap().contains("raw move *1 destination=*0"));
    let harmless = "chain=vpn action=add-src-to-address-list address-list=seen";
    assert_eq!(in_raw(&[jump, raw_ban, harmless], &[VPN]).0, Severity::Ok);
    let (_, none) = in_raw(&[vpn], &[VPN]);
    assert!(none.remedy.unwrap().ends_with("comment=\"sallyport:banned callers\" place-before=*3"));
    let jump = "chain=input action=jump jump-target=vpn";
    let (severity, late) = said(&[jump, BAN, &VPN.replace("chain=input", "chain=vpn")]);
    assert!(severity == Severity::Warning && late.remedy.unwrap().contains("filter move *4 destination=*3"));
    for other in [
        "chain=input action=drop src-address-list=others",
        "chain=input action=drop src-address-list=banned protocol=tcp",
    ] {
        assert!(said(&[other]).1.title.contains("Nothing keeps"), "{other}");
    }
    assert!(holds(&sound()).findings.iter().all(|one| one.key != "bans"), "no list, nothing to be said");
}

#[test]
fn a_ban_of_the_servers_own_address_must_not_keep_the_server_out() {
    let facts = |lines: &[&str]| {
        let mut facts = with_server(lines);
        facts.rules.entries = vec![
            Entry { list: "sallyport-server".to_owned(), addresses: Range::parse("198.51.100.9") },
            Entry { list: "others".to_owned(), addresses: Range::parse("198.51.100.10") },
        ];
        facts
    };
    let of_key = |facts: &Facts, key: &str| {
        let finding = holds(facts).findings.into_iter().find(|one| one.key == key);
        finding.map(|one| (one.severity, one.words(Language::En)))
    };
    let said = |lines: &[&str]| of_key(&facts(lines), "server").unwrap();
    let (severity, words) = said(&[BAN]);
    assert!(severity == Severity::Warning && words.title.contains("could keep the server out"), "{words:?}");
    assert!(words.detail.contains("198.51.100.9") && words.remedy.unwrap().contains("--only server"));
    assert_eq!(said(&[WAY, BAN]).0, Severity::Ok);
    assert_eq!(said(&[]).0, Severity::Ok, "nothing drops by the list");
    assert_eq!(said(&[BAN, WAY]).0, Severity::Warning, "below it the rule is too late");
    for other in [
        "chain=input action=accept src-address-list=others protocol=tcp dst-port=8728,8729",
        "chain=input action=accept src-address-list=sallyport-server protocol=tcp dst-port=22",
    ] {
        assert_eq!(said(&[other, BAN]).0, Severity::Warning, "{other}");
    }
    // In the raw table it comes before everything.
    let mut raw = facts(&[WAY]);
    raw.rules.raw.extend(rules(&["chain=prerouting action=drop src-address-list=banned"]));
    assert_eq!(of_key(&raw, "server").unwrap().0, Severity::Warning);
    // The way of the server lets nobody dial in; one that is wider might.
    let bans = |lines: &[&str]| of_key(&facts(lines), "bans").unwrap().0;
    assert_eq!(bans(&[WAY, BAN]), Severity::Ok);
    for wide in [
        "chain=input action=accept src-address-list=sallyport-server",
        "chain=input action=accept protocol=tcp dst-port=8728",
        "chain=input action=accept src-address-list=others protocol=tcp dst-port=8728",
        "chain=input action=accept src-address=198.51.100.0/24 protocol=tcp dst-port=8728",
    ] {
        assert_eq!(bans(&[wide, BAN]), Severity::Warning, "{wide}");
    }
    assert_eq!(
        bans(&["chain=input action=accept src-address=198.51.100.9 protocol=tcp dst-port=8728", BAN]),
        Severity::Ok
    );
    let unknown = Facts { server: None, ..facts(&[BAN]) };
    assert!(of_key(&unknown, "server").unwrap().1.title.contains("cannot be told"));
}

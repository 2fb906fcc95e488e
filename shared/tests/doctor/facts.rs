//! A router as it should be, what is changed about it, and what is expected of the doctor then.

use sallyport_shared::{
    doctor::{Account, Api, Facts, Profile, Report, Service, Severity, examine},
    firewall::{Entry, InterfaceList, Interfaces, Range, Rule, Rules},
    language::Language,
};
use std::collections::BTreeMap;

/// The router after somebody typed what the doctor advised, or a whole script: a path alone is where the next lines are about.
/// What does not begin with a path, and follows none, is prose.
pub(crate) fn typed(facts: &Facts, script: &str) -> Facts {
    const COMMANDS: [&str; 6] = ["add", "set", "unset", "move", "enable", "remove"];
    let mut facts = facts.clone();
    let mut menu = String::new();
    for line in script.lines() {
        let words = words(line);
        let at = words.iter().position(|word| COMMANDS.contains(&word.as_str()));
        if line.starts_with('/') {
            menu = words[..at.unwrap_or(words.len())].join(" ");
        } else if at != Some(0) {
            menu.clear();
        }
        if let Some(at) = at.filter(|_| !menu.is_empty()) {
            type_line(&mut facts, &menu, &words[at..]);
        }
    }
    facts
}

fn type_line(facts: &mut Facts, menu: &str, words: &[String]) {
    let value = |name: &str| {
        let found = words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        found.map(|value| value.trim_end_matches(']').to_owned())
    };
    let rules = if menu.starts_with("/ipv6") { facts.rules6.as_mut() } else { Some(&mut facts.rules) };
    match (menu, words[0].as_str()) {
        ("/ip firewall address-list" | "/ipv6 firewall address-list", "add") => {
            let addresses = Range::parse(&value("address").unwrap());
            rules.unwrap().entries.push(Entry { list: value("list").unwrap(), addresses });
        }
        ("/ip firewall filter" | "/ipv6 firewall filter", _) => type_rule(&mut rules.unwrap().filter, words),
        ("/ip firewall raw" | "/ipv6 firewall raw", _) => type_rule(&mut rules.unwrap().raw, words),
        ("/interface list", "add") => {
            let lists = facts.interfaces.lists.get_or_insert_default();
            lists.insert(value("name").unwrap(), members(&[]));
        }
        ("/ip settings", "set") => facts.checks_sources = value("rp-filter").as_deref() == Some("strict"),
        ("/ppp profile", "set") => {
            let name = value("name").unwrap();
            let profile = facts.profiles.iter_mut().find(|profile| profile.name == name).unwrap();
            if let Some(lists) = value("address-list") {
                profile.address_lists = lists.split(',').map(str::to_owned).collect();
            }
            profile.interface_list = value("interface-list").or(profile.interface_list.take());
            profile.use_ipv6 = value("use-ipv6").unwrap_or_else(|| profile.use_ipv6.clone());
        }
        // It changes nothing of the rules.
        _ => {}
    }
}

/// A command for a table of rules: one is added, changed, moved or switched on.
fn type_rule(order: &mut Vec<Rule>, words: &[String]) {
    let places = ["place-before", "destination"];
    let said = words.iter().filter_map(|word| word.split_once('='));
    let said: Vec<(&str, String)> =
        said.map(|(name, value)| (name, value.trim_end_matches(']').to_owned())).collect();
    let value = |name: &str| said.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
    let place = places.iter().find_map(|name| value(name));
    let own = said.iter().filter(|(name, _)| !places.contains(name)).cloned();
    let (was, mut rule) = if words[0] == "add" {
        (None, Rule { id: format!("*T{}", order.len()), ..Rule::new(0, own) })
    } else {
        let comment = value("comment");
        let is_it = |rule: &Rule| words.contains(&rule.id) || comment.as_ref() == Some(&rule.comment);
        let at = order.iter().position(is_it).unwrap();
        let rule = order.remove(at);
        let kept = rule.conditions.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let kept = kept.filter(|(name, _)| said.iter().all(|(other, _)| other != name));
        let attributes = [
            (".id", rule.id.clone()),
            ("chain", rule.chain.clone()),
            ("action", rule.action.clone()),
            ("comment", rule.comment.clone()),
            ("jump-target", rule.jump_target.clone()),
            ("disabled", rule.disabled.to_string()),
        ];
        let attributes = attributes.into_iter().chain(kept).chain(own);
        (Some(at), Rule { bound: rule.bound, ..Rule::new(0, attributes) })
    };
    if words[0] == "enable" {
        rule.disabled = false;
    }
    // By its id, or by its number.
    let number = |place: &str| place.parse().ok().or(order.iter().position(|rule| rule.id == place)).unwrap();
    let at = place.map(|place| number(&place)).or(was);
    order.insert(at.unwrap_or(order.len()), rule);
    for (position, rule) in order.iter_mut().enumerate() {
        rule.position = position;
    }
}

/// The words of a line of the terminal, without their quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// Rules as somebody would type them: `chain=forward action=drop comment=…` (values without blanks).
pub(crate) fn rules(lines: &[&str]) -> Vec<Rule> {
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

pub(crate) const GUARD: [&str; 3] = [
    "chain=forward src-address-list=sandbox action=jump jump-target=guard comment=guard",
    "chain=guard src-address-list=allow action=return",
    "chain=guard action=drop comment=box",
];
/// What goes to the box is stopped before anything else.
pub(crate) const INWARDS: &str = "chain=prerouting dst-address-list=sandbox action=drop";
pub(crate) const FASTTRACK: &str =
    "chain=forward action=fasttrack-connection connection-state=established,related";
pub(crate) const ESTABLISHED: &str =
    "chain=forward action=accept connection-state=established,related,untracked";

pub(crate) fn members(names: &[&str]) -> InterfaceList {
    InterfaceList {
        members: names.iter().map(|name| (*name).to_owned()).collect(),
        ..InterfaceList::default()
    }
}

/// A router on which everything is as it should be.
pub(crate) fn sound() -> Facts {
    Facts {
        sandbox_list: "sandbox".to_owned(),
        allow_list: "allow".to_owned(),
        rules: Rules { filter: rules(&GUARD), raw: rules(&[INWARDS]), ..Rules::default() },
        rules6: None,
        checks_sources: true,
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

pub(crate) fn with(lines: &[&str]) -> Facts {
    let sound = sound();
    Facts { rules: Rules { filter: rules(lines), ..sound.rules }, ..sound }
}

/// The findings of a severity, as `key: title`, and whether the box holds.
pub(crate) fn of(report: &Report, severity: Severity) -> Vec<String> {
    let those = report.findings.iter().filter(|finding| finding.severity == severity);
    those.map(|finding| format!("{}: {}", finding.key, finding.words(Language::En).title)).collect()
}

#[track_caller]
pub(crate) fn opens(facts: &Facts, expected: &str) -> String {
    let report = examine(facts);
    well_said(&report);
    assert!(!report.box_holds, "{:#?}", of(&report, Severity::Ok));
    let worst = report.findings.first().unwrap();
    let words = worst.words(Language::En);
    assert!(words.title.contains(expected), "{words:#?}");
    words.remedy.unwrap_or_default()
}

#[track_caller]
pub(crate) fn holds(facts: &Facts) -> Report {
    let report = examine(facts);
    well_said(&report);
    assert!(report.box_holds, "{:#?}", report.findings);
    report
}

/// Every finding has its words in both languages, with nothing left blank, and what is not well says what to do.
#[track_caller]
pub(crate) fn well_said(report: &Report) {
    for finding in &report.findings {
        for language in Language::ALL {
            let words = finding.words(language);
            let all = format!("{words:?}");
            assert!(!all.contains("{$") && !all.contains("{ $") && !words.title.ends_with("-title"), "{all}");
            assert!(finding.severity == Severity::Ok || words.remedy.is_some(), "{all}");
        }
    }
}

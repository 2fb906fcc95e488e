//! A router as it should be, what is changed about it, and what is expected of the doctor then.

use sallyport_shared::{
    doctor::{Account, Api, Facts, Profile, Report, Service, Severity, examine},
    firewall::{InterfaceList, Interfaces, Range, Rule, Rules},
    language::Language,
};
use std::collections::BTreeMap;

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

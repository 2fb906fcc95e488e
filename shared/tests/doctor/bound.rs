//! Bound rules that let nobody through any more, and those that let somebody through for too long; and the set-up's own rules
//! after somebody had a hand in them.

use crate::facts::{GUARD, holds, of, typed, with};
use sallyport_shared::{
    doctor::{Facts, Finding, Profile, Severity, examine},
    firewall::{Bound, Family, Range, Rules},
    language::Language,
};

/// A router where Ivan's rule is bound, at this address if he has one of his own.
fn bound(lines: &[&str], address: Option<&str>) -> Facts {
    let mut facts = with(lines);
    facts.accounts[0].remote_address = address.map(str::to_owned);
    let rule = facts.rules.filter.iter_mut().find(|rule| rule.comment == "2FA-ivan").unwrap();
    rule.bound = Some(Bound { address: address.and_then(Range::parse) });
    facts.bound.insert(rule.id.clone(), "ivan".to_owned());
    facts
}

fn said(facts: &Facts) -> Vec<Finding> {
    let findings = examine(facts).findings.into_iter();
    findings.filter(|one| matches!(one.key, "bound-rule" | "set-up")).collect()
}

#[track_caller]
fn one(facts: &Facts, title: &str) -> (Finding, String) {
    let [finding] = &said(facts)[..] else { panic!("{:#?}", said(facts)) };
    let words = finding.words(Language::En);
    assert!(words.title.contains(title), "{words:#?}");
    (finding.clone(), words.remedy.unwrap())
}

const RULE: &str = "chain=forward action=accept dst-address=10.1.2.3 comment=2FA-ivan";
const REST: &str = "chain=forward action=drop";

#[test]
fn a_bound_rule_below_what_stops_everything_is_named() {
    let lines = |last: [&'static str; 2]| [&GUARD[..], &last].concat();
    assert_eq!(said(&bound(&lines([RULE, REST]), None)), []);
    let facts = bound(&lines([REST, RULE]), None);
    let (finding, remedy) = one(&facts, "bound rule 4 lets ivan through no more");
    assert!(finding.by_hand && !finding.opens);
    assert!(remedy.ends_with("/ip firewall filter move *4 destination=*3"), "{remedy}");
    assert_eq!(said(&typed(&facts, &remedy)), []);
    // Only what it is for counts: a rule that stops something else does not stop that.
    for (above, stops) in [
        ("chain=forward action=drop dst-address=10.1.0.0/16", true),
        ("chain=forward action=drop dst-address=10.9.0.0/16", false),
        ("chain=forward action=drop dst-address=10.1.2.3 protocol=tcp dst-port=22", false),
        ("chain=forward action=drop src-address-list=allow", true),
        ("chain=forward action=drop src-address-list=!allow", false),
        ("chain=forward action=accept dst-address=10.1.2.3", false),
        ("chain=forward action=drop layer7-protocol=x", false),
    ] {
        assert_eq!(!said(&bound(&lines([above, RULE]), None)).is_empty(), stops, "{above}");
    }
    // One that is off is below nothing.
    let off = bound(&[GUARD[0], GUARD[1], GUARD[2], REST, &format!("{RULE} disabled=true")], None);
    assert_eq!(said(&off), []);
}

#[test]
fn a_bound_rule_that_lets_through_by_itself_stays_on_when_the_server_dies() {
    let own = "chain=forward action=accept src-address=10.8.0.7 comment=2FA-ivan disabled=true";
    let facts = bound(&[own, GUARD[0], GUARD[1], GUARD[2]], Some("10.8.0.7"));
    holds(&facts);
    let (finding, remedy) = one(&facts, "bound rule 0 stays on if the server dies");
    assert!(!finding.by_hand && finding.severity == Severity::Warning);
    assert!(remedy.ends_with("/ip firewall filter set *0 src-address-list=allow"), "{remedy}");
    let mended = format!("{own} src-address-list=allow");
    assert_eq!(said(&bound(&[&mended, GUARD[0], GUARD[1], GUARD[2]], Some("10.8.0.7"))), []);
    // Below the guard the box holds without it.
    assert_eq!(said(&bound(&[GUARD[0], GUARD[1], GUARD[2], own], Some("10.8.0.7"))), []);
    // Where the account is in no box the rule is all that keeps it out.
    let mut facts = bound(&[GUARD[0], GUARD[1], GUARD[2], RULE, REST], None);
    facts.profiles.push(Profile { name: "plain".to_owned(), ..Profile::default() });
    facts.accounts[0].profile = Some("plain".to_owned());
    one(&facts, "bound rule 3 stays on if the server dies");
}

#[test]
fn what_was_done_to_the_rules_of_the_set_up_is_named_with_what_mends_it() {
    const JUMP: &str =
        "chain=forward src-address-list=sandbox action=jump jump-target=sallyport-out comment=A";
    const ALLOWED: &str = "chain=sallyport-out src-address-list=allow action=return comment=B";
    const BOXED: &str = "chain=sallyport-out action=reject reject-with=icmp-admin-prohibited comment=C";
    let facts = |lines: &[&str]| {
        let mut facts = with(lines);
        for rule in &mut facts.rules.filter {
            let comment = match rule.comment.as_str() {
                "A" => "sallyport:from boxed tunnels",
                "B" => "sallyport:out: let through",
                "C" => "sallyport:out: boxed",
                other => other,
            };
            rule.comment = comment.to_owned();
        }
        let made = ["sallyport:from boxed tunnels", "sallyport:out: let through", "sallyport:out: boxed"];
        facts.made.insert(Family::V4, made.map(str::to_owned).into());
        facts
    };
    let accept = "chain=forward action=accept";
    assert_eq!(said(&facts(&[JUMP, accept, ALLOWED, BOXED])), []);
    for (lines, title) in [
        (&[JUMP, accept, ALLOWED][..], "are gone (IPv4)"),
        (&[accept, ALLOWED, BOXED], "are gone (IPv4)"),
        (&[accept, JUMP, ALLOWED, BOXED], "not in their places"),
        (&[JUMP, accept, BOXED, ALLOWED], "not in their places"),
        (
            &[
                "chain=forward src-address-list=sandbox action=jump jump-target=sallyport-out comment=A disabled=true",
                accept,
                ALLOWED,
                BOXED,
            ],
            "off or changed",
        ),
        (
            &[
                "chain=forward src-address-list=sandbox dst-port=25 action=jump jump-target=sallyport-out comment=A",
                accept,
                ALLOWED,
                BOXED,
            ],
            "off or changed",
        ),
    ] {
        let (finding, remedy) = one(&facts(lines), title);
        assert!(finding.by_hand && !finding.opens && remedy.contains("/ip firewall filter "), "{remedy}");
    }
    // What it did not make, or took back, is nobody's business; and the other family is looked at as well.
    let mut untouched = facts(&[accept]);
    untouched.made.clear();
    assert_eq!(said(&untouched), []);
    untouched.made.insert(Family::V6, ["sallyport:out: boxed".to_owned()].into());
    untouched.rules6 = Some(Rules::default());
    one(&untouched, "are gone (IPv6)");
    let titles = of(&examine(&untouched), Severity::Warning);
    assert!(titles.iter().any(|title| title.starts_with("set-up: ")), "{titles:?}");
}

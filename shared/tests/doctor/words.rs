//! The words of findings: each finding has some, and none are left over.

use crate::{
    facts::{ESTABLISHED, FASTTRACK, GUARD, well_said, with},
    locales::blanks,
};
use sallyport_shared::{
    doctor::{Facts, examine},
    language::Language,
    message::{Text, Texts},
};
use std::collections::BTreeSet;

const RU: &str = include_str!("../../locales/doctor.ru.ftl");
const EN: &str = include_str!("../../locales/doctor.en.ftl");

#[test]
fn both_languages_say_the_same() {
    assert_eq!(blanks(RU), blanks(EN));
}

#[test]
fn every_finding_has_its_words_and_every_word_a_finding() {
    let sources = [
        include_str!("../../src/doctor/bans.rs"),
        include_str!("../../src/doctor/bound.rs"),
        include_str!("../../src/doctor/boxing.rs"),
        include_str!("../../src/doctor/edited.rs"),
        include_str!("../../src/doctor/enclosure.rs"),
        include_str!("../../src/doctor/inwards.rs"),
        include_str!("../../src/doctor/itself.rs"),
        include_str!("../../src/doctor/page.rs"),
        include_str!("../../src/doctor/sources.rs"),
        include_str!("../../src/doctor/upkeep.rs"),
    ];
    let named: BTreeSet<&str> = sources.iter().flat_map(|source| source.split('"')).collect();
    let known = blanks(EN);
    for key in known.keys() {
        let finding = key.rsplit_once('-').unwrap().0;
        assert!(named.contains(finding), "{key} is never said");
        for part in ["title", "detail"] {
            assert!(known.contains_key(&format!("{finding}-{part}")), "{finding} has no {part}");
        }
    }
    for language in Language::ALL {
        assert!(Texts::of_doctor(language).has("box-holds-title"));
    }
    for facts in [with(&[]), with(&[ESTABLISHED, FASTTRACK, GUARD[0], GUARD[2]]), Facts::default()] {
        well_said(&examine(&facts));
    }
}

/// Where nothing stops a packet there is no rule to be named.
#[test]
fn what_no_rule_stops_is_said_without_a_rule() {
    let blanks = |position| {
        let text = |name: &'static str| (name, Text::from("–"));
        [
            ("position", Text::Number(position)),
            text("rule"),
            text("comment"),
            text("table"),
            text("states"),
            text("unclear"),
        ]
    };
    for (language, none, some) in [
        (Language::En, "gets through: no rule of the chain stops it.", "rule 3,"),
        (Language::Ru, "проходит: ни одно правило цепочки его не останавливает.", "правило 3,"),
    ] {
        let said = |position| Texts::of_doctor(language).line("source-chosen-detail", &blanks(position));
        assert!(said(-1).ends_with(none), "{}", said(-1));
        assert!(said(3).contains(some), "{}", said(3));
    }
}

/// What is to be filled in is called the same wherever it stands, each in its own language.
#[test]
fn what_is_to_be_filled_in_has_one_name_in_each_language() {
    let named = |resource: &str| -> BTreeSet<String> {
        let commands = resource.split("sallyport router apply ").skip(1);
        commands.filter_map(|rest| rest.split([' ', ')']).next()).map(str::to_owned).collect()
    };
    assert_eq!(named(EN), ["ROUTER".to_owned()].into());
    assert_eq!(named(RU), ["РОУТЕР".to_owned()].into());
}

//! The words of findings: each finding has some, and none are left over.

use crate::{
    facts::{ESTABLISHED, FASTTRACK, GUARD, well_said, with},
    locales::blanks,
};
use sallyport_shared::{
    doctor::{Facts, examine},
    language::Language,
    message::Texts,
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
        include_str!("../../src/doctor/boxing.rs"),
        include_str!("../../src/doctor/enclosure.rs"),
        include_str!("../../src/doctor/inwards.rs"),
        include_str!("../../src/doctor/itself.rs"),
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

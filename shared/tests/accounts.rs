//! The words about the management of accounts stand in both languages.

use sallyport_shared::{language::Language, message::Texts};
use std::collections::BTreeSet;

#[test]
fn both_languages_have_the_same_texts() {
    let keys = |source: &str| -> BTreeSet<String> {
        let lines = source.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
        lines.filter_map(|line| Some(line.split_once(" =")?.0.to_owned())).collect()
    };
    let english = keys(include_str!("../locales/accounts.en.ftl"));
    assert_eq!(english, keys(include_str!("../locales/accounts.ru.ftl")));
    for language in Language::ALL {
        let texts = Texts::of_accounts(language);
        assert!(english.iter().all(|key| texts.has(key)), "a text cannot be read");
    }
}

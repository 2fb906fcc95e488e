//! The words about the management of accounts stand in both languages.

mod locales;

use locales::blanks;
use sallyport_shared::{language::Language, message::Texts};

#[test]
fn both_languages_have_the_same_texts() {
    let english = blanks(include_str!("../locales/accounts.en.ftl"));
    assert_eq!(english, blanks(include_str!("../locales/accounts.ru.ftl")));
    assert!(!english.is_empty());
    for language in Language::ALL {
        let texts = Texts::of_accounts(language);
        assert!(english.keys().all(|key| texts.has(key)), "a text cannot be read");
    }
}

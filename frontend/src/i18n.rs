//! The console's texts, in Russian and English, in Fluent's language.
//!
//! Views never hold a word of their own: they say `t!("key")` or `t!("key", name = value)`. What has a text but is
//! not a view (an enum of the API, an error) hands out a [`Key`]. A native test reads the sources and both `.ftl`
//! files: same keys, same placeholders, every used key present, every present key used.
//!
//! The language is a property of the whole page: the root draws anew when it changes, so a text needs no signal. The page
//! brings the texts of one language (`public/load.js`), so that nobody waits for the other's; those are fetched when somebody
//! chooses it.

use std::cell::RefCell;

use gloo_net::http::Request;

use crate::api::types::Language;
use crate::fluent::{Texts, Value};

/// The name of a message in both `.ftl` files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key(pub &'static str);

impl Key {
    /// The message in the language of the page.
    #[must_use]
    pub fn text(self) -> String {
        translate(self, &[])
    }
}

/// Names a message without saying it yet.
#[macro_export]
macro_rules! key {
    ($key:literal) => {
        $crate::i18n::Key($key)
    };
}

/// Says a message: `t!("key")`, `t!("key", name = value, …)`. A value is a number or a text.
#[macro_export]
macro_rules! t {
    ($key:literal) => {
        $crate::i18n::translate($crate::i18n::Key($key), &[])
    };
    ($key:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::i18n::translate($crate::i18n::Key($key), &[$((stringify!($name), $crate::i18n::Arg::from($value))),+])
    };
}

/// A value inside a message.
pub enum Arg {
    /// Chooses a plural form and is written in figures.
    Number(f64),
    /// Written as it is.
    Text(String),
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
impl From<&String> for Arg {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}
impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Number(value as f64)
    }
}
impl From<usize> for Arg {
    fn from(value: usize) -> Self {
        Self::Number(value as f64)
    }
}

#[cfg(not(target_arch = "wasm32"))]
const RU: &str = include_str!("../locales/ru.ftl");
#[cfg(not(target_arch = "wasm32"))]
const EN: &str = include_str!("../locales/en.ftl");

/// The `.ftl` sources that are here, by language.
#[derive(Default)]
struct Sources {
    en: Option<&'static str>,
    ru: Option<&'static str>,
}

impl Sources {
    /// Of what is compiled in: both for native tests, none for the browser.
    fn compiled() -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        return Self { en: Some(EN), ru: Some(RU) };
        #[cfg(target_arch = "wasm32")]
        Self::default()
    }

    fn of(&mut self, language: Language) -> &mut Option<&'static str> {
        match language {
            Language::En => &mut self.en,
            Language::Ru => &mut self.ru,
        }
    }
}

thread_local! {
    static SOURCES: RefCell<Sources> = RefCell::new(Sources::compiled());
    static TEXTS: RefCell<Texts> =
        RefCell::new(Texts::read(Language::En, source(Language::En).unwrap_or_default()));
}

fn source(language: Language) -> Option<&'static str> {
    SOURCES.with_borrow_mut(|sources| *sources.of(language))
}

/// The code that `lang` attributes and `Intl` take.
#[must_use]
pub fn code(language: Language) -> &'static str {
    match language {
        Language::Ru => "ru",
        Language::En => "en",
    }
}

/// Are the texts of this language here?
#[must_use]
pub fn knows(language: Language) -> bool {
    source(language).is_some()
}

/// Takes the texts of a language, an `.ftl` source. They stay for as long as the page does.
pub fn learn(language: Language, source: String) {
    SOURCES.with_borrow_mut(|sources| *sources.of(language) = Some(Box::leak(source.into_boxed_str())));
}

/// Fetches the texts of a language from where the page came from.
///
/// # Errors
/// When the server does not answer, or has none.
pub async fn fetch(language: Language) -> Result<(), gloo_net::Error> {
    let answer = Request::get(&format!("/{}.ftl", code(language))).send().await?;
    if !answer.ok() {
        return Err(gloo_net::Error::GlooError(answer.status_text()));
    }
    learn(language, answer.text().await?);
    Ok(())
}

/// Changes the language of every text said from now on, if its texts are here.
pub fn speak(language: Language) {
    if let Some(source) = source(language) {
        TEXTS.set(Texts::read(language, source));
    }
}

/// Says `key` with `args`; a missing message shows its key, which no test lets happen.
#[must_use]
pub fn translate(key: Key, args: &[(&'static str, Arg)]) -> String {
    let value = |wanted: &str| {
        args.iter().find(|(name, _)| *name == wanted).map(|(_, arg)| match arg {
            Arg::Number(number) => Value::Number(*number),
            Arg::Text(text) => Value::Text(text),
        })
    };
    TEXTS.with(|slot| slot.borrow().say(key.0, &value)).unwrap_or_else(|| key.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    fn compiled(language: Language) -> &'static str {
        Sources::compiled().of(language).expect("both languages are compiled in")
    }

    /// Every message of a language with the placeholders in it, read line by line.
    fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current = String::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" =").filter(|(name, _)| !name.starts_with(' ')) {
                current = name.to_owned();
                assert!(found.insert(current.clone(), BTreeSet::new()).is_none(), "{name} is there twice");
            }
            for piece in line.split('$').skip(1) {
                let end = piece.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(piece.len());
                found.entry(current.clone()).or_default().insert(piece[..end].to_owned());
            }
        }
        found
    }

    /// Every key that the sources say or name.
    fn used(folder: &Path, keys: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("the sources are there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                used(&path, keys);
            } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("i18n.rs") {
                let text = std::fs::read_to_string(&path).expect("a source is readable");
                for opening in ["t!(", "key!("] {
                    for (at, _) in text.match_indices(opening) {
                        // `format!(` and `insert!(` end in the same letters.
                        let within = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
                        let piece = text[at + opening.len()..].trim_start();
                        if let Some(rest) = piece.strip_prefix('"').filter(|_| !within) {
                            keys.extend(rest.split('"').next().map(str::to_owned));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn both_languages_parse_without_an_error() {
        for language in [Language::Ru, Language::En] {
            if let Err((_, errors)) = FluentResource::try_new(compiled(language).to_owned()) {
                panic!("{language:?}: {errors:?}");
            }
        }
    }

    #[test]
    fn both_languages_have_the_same_messages_with_the_same_placeholders() {
        let (ru, en) = (messages(RU), messages(EN));
        let names = |m: &BTreeMap<String, BTreeSet<String>>| m.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&ru).symmetric_difference(&names(&en)).collect::<Vec<_>>(), Vec::<&String>::new());
        for (name, placeholders) in &en {
            assert_eq!(&ru[name], placeholders, "placeholders of {name}");
        }
    }

    #[test]
    fn every_key_that_is_said_exists_and_every_message_is_said_somewhere() {
        let mut keys = BTreeSet::new();
        used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut keys);
        let there: BTreeSet<String> = messages(EN).into_keys().collect();
        assert_eq!(
            keys.difference(&there).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "said, but not written"
        );
        assert_eq!(
            there.difference(&keys).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "written, but never said"
        );
    }

    /// Says a message as the whole of Fluent does.
    fn by_the_book(
        bundle: &FluentBundle<FluentResource>,
        key: &str,
        names: &BTreeSet<String>,
        number: Option<f64>,
    ) -> String {
        let mut values = FluentArgs::new();
        for name in names {
            match number {
                Some(number) => values.set(name.clone(), number),
                None => values.set(name.clone(), FluentValue::from("Анна { $x }")),
            }
        }
        let pattern = bundle.get_message(key).and_then(|message| message.value()).expect("a pattern");
        bundle.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned()
    }

    #[test]
    fn every_text_is_said_as_fluent_would_say_it() {
        for language in [Language::Ru, Language::En] {
            let id = code(language).parse().expect("a language");
            let mut bundle = FluentBundle::new(vec![id]);
            bundle.set_use_isolating(false);
            let resource = FluentResource::try_new(compiled(language).to_owned()).expect("a resource");
            bundle.add_resource(resource).expect("no message twice");
            let own = Texts::read(language, compiled(language));
            let numbers = (0..=25).chain([100, 101, 111, 112, 121, 1004]).map(f64::from);
            let numbers: Vec<Option<f64>> = numbers.chain([0.5, 1.5, -1.0]).map(Some).chain([None]).collect();
            for (key, names) in messages(compiled(language)) {
                for number in &numbers {
                    let value = |name: &str| {
                        names.contains(name).then_some(match number {
                            Some(number) => Value::Number(*number),
                            None => Value::Text("Анна { $x }"),
                        })
                    };
                    let expected = by_the_book(&bundle, &key, &names, *number);
                    assert_eq!(own.say(&key, &value), Some(expected), "{language:?} {key} {number:?}");
                }
            }
        }
    }

    #[test]
    fn russian_plurals_follow_cldr() {
        speak(Language::Ru);
        let said: Vec<String> =
            [1, 2, 5, 21].iter().map(|n| crate::t!("count-people", n = *n as i64)).collect();
        speak(Language::En);
        assert_eq!(said, ["1 человек", "2 человека", "5 человек", "21 человек"]);
    }
}

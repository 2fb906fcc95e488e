//! The words: Fluent resources that are part of the program.

use super::custom::Template;
use crate::language::Language;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, sync::LazyLock};

const RU_SOURCE: &str = include_str!("../../locales/ru.ftl");
const EN_SOURCE: &str = include_str!("../../locales/en.ftl");

type Bundle = FluentBundle<FluentResource>;

/// The same words in both languages, read when they are first needed.
struct Both {
    ru: LazyLock<Bundle>,
    en: LazyLock<Bundle>,
}

/// Both languages of a resource: its file's name without the language.
macro_rules! both {
    ($name:literal) => {
        both!(
            include_str!(concat!("../../locales/", $name, ".ru.ftl")),
            include_str!(concat!("../../locales/", $name, ".en.ftl"))
        )
    };
    ($ru:expr, $en:expr) => {
        Both {
            ru: LazyLock::new(|| bundle(Language::Ru, $ru)),
            en: LazyLock::new(|| bundle(Language::En, $en)),
        }
    };
}

static PEOPLE: Both = both!(RU_SOURCE, EN_SOURCE);
static DOCTOR: Both = both!("doctor");
static SETUP: Both = both!("setup");
static REASONS: Both = both!("reasons");
static ACCOUNTS: Both = both!("accounts");
static PLURAL: Both = both!(FORMS, FORMS);

/// Tells which form a number takes.
const FORMS: &str = "form = { $number ->\n    [zero] zero\n    [one] one\n    [two] two\n    [few] few\n    [many] many\n   *[other] other\n    }\n";

/// The form that a number takes, by the name that it has in the resources, such as `few`.
pub(super) fn plural_form(language: Language, number: i64) -> String {
    Texts::in_language(&PLURAL, language).line("form", &[("number", number.into())])
}

/// The resource as it is written.
fn resource(language: Language) -> &'static str {
    match language {
        Language::Ru => RU_SOURCE,
        Language::En => EN_SOURCE,
    }
}

/// The key that a line of the resource begins, and the words behind it.
fn beginning(line: &'static str) -> Option<(&'static str, &'static str)> {
    let (key, words) = line.split_once(" =")?;
    let is_key = key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_key.then_some((key, words))
}

/// The keys of all texts, in the order of the resource.
pub(super) fn keys(language: Language) -> Vec<&'static str> {
    resource(language).lines().filter_map(beginning).map(|(key, _)| key).collect()
}

/// The words for `key` as they are written, without the indentation.
pub(super) fn source(language: Language, key: &str) -> Option<String> {
    let mut lines = resource(language).lines();
    let (_, first) = lines.by_ref().filter_map(beginning).find(|(known, _)| *known == key)?;
    let is_rest = |line: &&str| line.is_empty() || line.starts_with(' ');
    let rest = lines.take_while(is_rest).map(|line| line.strip_prefix("    ").unwrap_or(line));
    let text: Vec<&str> = [first.trim()].into_iter().chain(rest).collect();
    Some(text.join("\n").trim().to_owned())
}

/// A value that goes into a text.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Text {
    /// Words or a name; a name's markup characters are escaped in HTML.
    Words(String),
    /// A number, which may choose a plural form.
    Number(i64),
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::Words(text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::Words(text.to_owned())
    }
}

impl From<i64> for Text {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// The words of one language.
pub struct Texts {
    language: Language,
    bundle: &'static Bundle,
    /// Texts in place of the built-in ones.
    own: HashMap<String, String>,
}

impl Texts {
    fn in_language(words: &'static Both, language: Language) -> Self {
        let bundle = match language {
            Language::Ru => &*words.ru,
            Language::En => &*words.en,
        };
        Self { language, bundle, own: HashMap::new() }
    }

    /// The words in which people are spoken to.
    pub fn of(language: Language) -> Self {
        Self::in_language(&PEOPLE, language)
    }

    /// The words of the doctor.
    pub fn of_doctor(language: Language) -> Self {
        Self::in_language(&DOCTOR, language)
    }

    /// The words in which a router's set-up is spoken of to administrators.
    pub fn of_setup(language: Language) -> Self {
        Self::in_language(&SETUP, language)
    }

    /// The words that say why.
    pub fn of_reasons(language: Language) -> Self {
        Self::in_language(&REASONS, language)
    }

    /// The words in which the management of a router's accounts is spoken of to administrators.
    pub fn of_accounts(language: Language) -> Self {
        Self::in_language(&ACCOUNTS, language)
    }

    /// The same, with these texts in place of the built-in ones of their keys. One that cannot be used counts for nothing.
    #[must_use]
    pub fn with(self, own: HashMap<String, String>) -> Self {
        Self { own, ..self }
    }

    /// The text in place of the built-in one.
    fn own(&self, key: &str) -> Option<Template> {
        Template::parse(key, self.own.get(key)?).ok()
    }

    /// The words for `key` as plain text; the key itself if there are none, so that a slip is seen, not hidden.
    pub fn line(&self, key: &str, arguments: &[(&str, Text)]) -> String {
        match self.own(key) {
            Some(own) => own.line(self.language, arguments),
            None => self.format(key, arguments, str::to_owned),
        }
    }

    /// The words for `key` as HTML for Telegram: markup of the resource stays, that of arguments is escaped.
    pub fn html(&self, key: &str, arguments: &[(&str, Text)]) -> String {
        match self.own(key) {
            Some(own) => own.html(self.language, arguments),
            None => self.format(key, arguments, escape),
        }
    }

    /// Is there a text of this name?
    pub fn has(&self, key: &str) -> bool {
        self.bundle.has_message(key)
    }

    /// A span in words, in its one or two largest units: "12 h", "1 h 30 min", "45 s".
    pub fn span(&self, seconds: u32) -> String {
        let units = [("span-days", 86_400), ("span-hours", 3_600), ("span-minutes", 60), ("span-seconds", 1)];
        let mut rest = seconds;
        let mut parts = Vec::new();
        for (key, size) in units {
            let count = rest / size;
            if count > 0 && parts.len() < 2 {
                parts.push(self.line(key, &[("count", i64::from(count).into())]));
                rest %= size;
            }
        }
        if parts.is_empty() {
            parts.push(self.line("span-seconds", &[("count", 0.into())]));
        }
        parts.join("\u{a0}")
    }

    fn format(&self, key: &str, arguments: &[(&str, Text)], clean: impl Fn(&str) -> String) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut args = FluentArgs::new();
        for (name, value) in arguments {
            match value {
                Text::Words(words) => args.set(*name, FluentValue::from(clean(words))),
                Text::Number(number) => args.set(*name, FluentValue::from(*number)),
            }
        }
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        let is_empty = |(_, value): &(&str, Text)| matches!(value, Text::Words(words) if words.is_empty());
        if arguments.iter().any(is_empty) { without_empty_quotes(&text) } else { text }
    }
}

/// A name that there is not, such as the comment of a rule without one, leaves no quotation marks behind.
fn without_empty_quotes(text: &str) -> String {
    [" “”", " «»", " \"\""].iter().fold(text.to_owned(), |text, empty| text.replace(empty, ""))
}

/// Escapes what Telegram's HTML mode would take for markup.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn bundle(language: Language, source: &str) -> Bundle {
    let resource = match FluentResource::try_new(source.to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    let language = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Names are set off by the texts themselves; invisible direction marks would get into copied names.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_without_a_comment_leaves_no_empty_quotes() {
        let line = |language, comment: &str| {
            let blanks = [
                ("rule", "chain=forward action=accept"),
                ("comment", comment),
                ("table", "/ip firewall filter"),
            ];
            let blanks = blanks.map(|(name, value)| (name, Text::from(value)));
            Texts::of_doctor(language).line("box-rule-detail", &blanks)
        };
        let bare = "chain=forward action=accept (/ip firewall filter)";
        for language in [Language::En, Language::Ru] {
            assert!(line(language, "").contains(bare), "{}", line(language, ""));
        }
        let older = |language| {
            let blanks = [("id", Text::from("*2 (forward drop)")), ("comment", Text::from(""))];
            Texts::of_setup(language).line("setup-found-older", &blanks)
        };
        assert!(
            older(Language::En).starts_with("*2 (forward drop) stops everything"),
            "{}",
            older(Language::En)
        );
        assert!(
            older(Language::Ru).starts_with("*2 (forward drop) останавливает"),
            "{}",
            older(Language::Ru)
        );
        assert!(line(Language::En, "guests").contains("action=accept “guests” (/ip"));
        assert!(line(Language::Ru, "гости").contains("action=accept «гости» (/ip"));
    }
}

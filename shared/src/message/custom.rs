//! Texts that administrators write in place of the built-in ones: plain words with Telegram's simple tags and the
//! built-in text's blanks, `{ $name }`. A text that cannot be used never stops a message: the built-in one is told.

use super::{Text, texts};
use crate::language::Language;
use std::collections::BTreeSet;
use thiserror::Error;

/// The most characters of a text; Telegram takes 4,096 with everything filled in.
const LONGEST: usize = 2_000;

/// The tags that may be used, which must be closed in turn.
const TAGS: [&str; 6] = ["b", "i", "u", "s", "code", "pre"];

/// What may stand after an `&`.
const ENTITIES: [&str; 4] = ["amp;", "lt;", "gt;", "quot;"];

/// Texts that are no messages of their own: buttons are recognised by their words, the others are parts of texts.
const PARTS: [&str; 10] = [
    "button-",
    "command-",
    "toast-",
    "policy-",
    "span-",
    "state-",
    "outcome-",
    "reason-",
    "rejected-in-telegram",
    "box-",
];

/// Blanks without which a text would hide what it is about.
const NEEDED: [(&str, &[&str]); 2] =
    [("prompt", &["account", "router", "caller"]), ("prompt-number", &["account", "router", "caller"])];

/// Why a text was not accepted.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum TemplateError {
    /// There is no such text, or it is not told on its own.
    #[error("there is no text {0} that can be changed")]
    UnknownKey(String),
    /// Nothing but blanks.
    #[error("the text must not be empty; leave it out to get the built-in one back")]
    Empty,
    /// Longer than is allowed.
    #[error("the text must have at most {LONGEST} characters")]
    TooLong,
    /// Something else than `{ $name }` between braces.
    #[error("between braces only the name of a blank may stand, such as {{ $name }}")]
    Braces,
    /// A blank that the built-in text has not.
    #[error("this text has no blank called {0}; it has: {1}")]
    UnknownBlank(String, String),
    /// A blank that must be there is missing.
    #[error("the text must hold {{ ${0} }}")]
    MissingBlank(&'static str),
    /// A tag that Telegram does not know, or that is not closed in turn.
    #[error("<{0}> is not allowed here; use <b>, <i>, <u>, <s>, <code> or <pre>, each closed in turn")]
    Tag(String),
    /// `<`, `>` or `&` as a character.
    #[error("write &lt; for <, &gt; for > and &amp; for &")]
    Markup,
}

/// A text that was checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Words(String),
    Blank(String),
}

impl Template {
    /// Checks `text`, which is to be told in place of the built-in one for `key`.
    ///
    /// # Errors
    /// [`TemplateError`] says what is wrong with it.
    pub fn parse(key: &str, text: &str) -> Result<Self, TemplateError> {
        let blanks = blanks(key).ok_or_else(|| TemplateError::UnknownKey(key.to_owned()))?;
        let text = text.trim();
        if text.is_empty() {
            return Err(TemplateError::Empty);
        }
        if text.chars().count() > LONGEST {
            return Err(TemplateError::TooLong);
        }
        let parts = parts(text)?;
        let used: BTreeSet<&str> = parts
            .iter()
            .filter_map(|part| match part {
                Part::Blank(name) => Some(name.as_str()),
                Part::Words(_) => None,
            })
            .collect();
        if let Some(unknown) = used.iter().find(|name| !blanks.iter().any(|blank| blank == *name)) {
            let known = if blanks.is_empty() { "–".to_owned() } else { blanks.join(", ") };
            return Err(TemplateError::UnknownBlank((*unknown).to_owned(), known));
        }
        let needed = NEEDED.iter().find(|(named, _)| *named == key).map_or(&[][..], |(_, names)| names);
        if let Some(missing) = needed.iter().find(|name| !used.contains(**name)) {
            return Err(TemplateError::MissingBlank(missing));
        }
        check_markup(text)?;
        Ok(Self { parts })
    }

    /// The words with the blanks filled in, as HTML for Telegram; what is filled in is escaped.
    pub fn html(&self, arguments: &[(&str, Text)]) -> String {
        let value = |name: &str| {
            let found = arguments.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
            match found {
                Some(Text::Words(words)) => texts::escape(words),
                Some(Text::Number(number)) => number.to_string(),
                None => "–".to_owned(),
            }
        };
        self.parts
            .iter()
            .map(|part| match part {
                Part::Words(words) => words.clone(),
                Part::Blank(name) => value(name),
            })
            .collect()
    }
}

/// The keys of the texts that can be changed, in the order of the resource.
pub fn keys() -> Vec<&'static str> {
    texts::keys(Language::En).into_iter().filter(|key| is_changeable(key)).collect()
}

/// The built-in text for `key` as it is written, its blanks unfilled; none: it cannot be changed.
pub fn built_in(language: Language, key: &str) -> Option<String> {
    is_changeable(key).then(|| texts::source(language, key)).flatten()
}

/// The names of the blanks of the text for `key`, sorted; none: there is no such text that can be changed.
pub fn blanks(key: &str) -> Option<Vec<String>> {
    let source = built_in(Language::En, key)?;
    let names: BTreeSet<String> = source
        .split('$')
        .skip(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_alphanumeric).collect())
        .collect();
    Some(names.into_iter().collect())
}

/// What stands for a blank in a preview.
pub fn samples(key: &str, language: Language) -> Vec<(String, Text)> {
    blanks(key)
        .unwrap_or_default()
        .into_iter()
        .map(|name| {
            let text = Text::from(sample(&name, language));
            (name, text)
        })
        .collect()
}

fn sample(blank: &str, language: Language) -> &'static str {
    let ru = language == Language::Ru;
    match blank {
        "name" | "names" if ru => "Анна Лебедева",
        "name" | "names" => "Anna Lebedeva",
        "username" | "by" => "marina",
        "handle" => " (@anna_l)",
        "account" | "accounts" => "anna",
        "router" => "hq-gw",
        "caller" => "203.0.113.7",
        "address" => "10.8.0.5",
        "country" => " (NL)",
        "at" => "09:05",
        "connectBy" => "09:20",
        "until" => "21:05",
        "span" if ru => "1 мин",
        "span" => "1 min",
        "reason" if ru => "не в это время",
        "reason" => "not at this time",
        "outcome" if ru => "Подтверждено",
        "outcome" => "Confirmed",
        "state" if ru => "подключено",
        "state" => "connected",
        "detail" if ru => "нет ответа 5 с",
        "detail" => "no answer within 5 s",
        "url" => "https://vpn.example/box",
        _ => "3",
    }
}

fn is_changeable(key: &str) -> bool {
    !PARTS.iter().any(|part| key.starts_with(part))
}

/// Words and blanks in turn.
fn parts(text: &str) -> Result<Vec<Part>, TemplateError> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(['{', '}']) {
        let (words, tail) = rest.split_at(open);
        let inner = tail.strip_prefix('{').ok_or(TemplateError::Braces)?;
        let (name, tail) = inner.split_once('}').ok_or(TemplateError::Braces)?;
        let name = name.trim();
        let name = name.strip_prefix('$').unwrap_or(name);
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(TemplateError::Braces);
        }
        parts.push(Part::Words(words.to_owned()));
        parts.push(Part::Blank(name.to_owned()));
        rest = tail;
    }
    parts.push(Part::Words(rest.to_owned()));
    Ok(parts)
}

/// Tags that Telegram takes, closed in turn, and nothing that it would take for one.
fn check_markup(text: &str) -> Result<(), TemplateError> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '&']) {
        let (_, tail) = rest.split_at(at);
        if let Some(after) = tail.strip_prefix('&') {
            let entity = ENTITIES.iter().find(|entity| after.starts_with(**entity));
            rest = entity.and_then(|entity| after.strip_prefix(entity)).ok_or(TemplateError::Markup)?;
            continue;
        }
        let inner = tail.strip_prefix('<').ok_or(TemplateError::Markup)?;
        let (tag, after) = inner.split_once('>').ok_or(TemplateError::Markup)?;
        let (name, closes) = tag.strip_prefix('/').map_or((tag, false), |name| (name, true));
        let known = TAGS.iter().find(|known| **known == name);
        let known = known.ok_or_else(|| TemplateError::Tag(tag.chars().take(20).collect()))?;
        if closes {
            if open.pop() != Some(known) {
                return Err(TemplateError::Tag(format!("/{known}")));
            }
        } else {
            open.push(known);
        }
        rest = after;
    }
    open.pop().map_or(Ok(()), |left| Err(TemplateError::Tag(left.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blanks_are_filled_in_and_escaped() {
        let template = Template::parse("menu", "Привет, <b>{ $name }</b> &amp; {name}!").unwrap();
        let html = template.html(&[("name", Text::from("<i>Анна</i>"))]);
        assert_eq!(html, "Привет, <b>&lt;i&gt;Анна&lt;/i&gt;</b> &amp; &lt;i&gt;Анна&lt;/i&gt;!");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |key: &str, text: &str| Template::parse(key, text).unwrap_err();
        assert!(matches!(wrong("nothing", "x"), TemplateError::UnknownKey(_)));
        assert!(matches!(wrong("button-help", "x"), TemplateError::UnknownKey(_)));
        assert_eq!(wrong("menu", " \n "), TemplateError::Empty);
        assert_eq!(wrong("menu", &"я".repeat(2_001)), TemplateError::TooLong);
        for text in ["{", "}", "{ }", "{ $name", "{ $na me }", "{ $count -> [one] x *[other] y }", "{{name}}"]
        {
            assert_eq!(wrong("menu", text), TemplateError::Braces, "{text}");
        }
        let unknown = wrong("menu", "{ $nmae }");
        assert_eq!(unknown, TemplateError::UnknownBlank("nmae".to_owned(), "name".to_owned()));
        assert!(unknown.to_string().contains("nmae"), "{unknown}");
        assert_eq!(wrong("prompt", "Is it you?"), TemplateError::MissingBlank("account"));
        for text in ["<b>x", "x</b>", "<b><i>x</b></i>", "<a href='x'>x</a>", "<script>"] {
            assert!(matches!(wrong("menu", text), TemplateError::Tag(_)), "{text}");
        }
        for text in ["a < b", "a > b", "a & b", "&nbsp;"] {
            assert_eq!(wrong("menu", text), TemplateError::Markup, "{text}");
        }
    }

    #[test]
    fn every_changeable_text_has_a_source_in_both_languages_and_samples_for_its_blanks() {
        let keys = keys();
        assert!(keys.len() > 60 && keys.contains(&"prompt") && !keys.contains(&"button-help"));
        for key in keys {
            for language in Language::ALL {
                let source = built_in(language, key).unwrap();
                assert!(!source.trim().is_empty(), "{key}");
                // What has no plurals in it can be taken over as it is.
                if !source.contains("->") {
                    let template = Template::parse(key, &source).unwrap_or_else(|e| panic!("{key}: {e}"));
                    let samples = samples(key, language);
                    let samples: Vec<_> =
                        samples.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
                    let html = template.html(&samples);
                    assert!(!html.contains('{') && !html.contains('$'), "{key}: {html}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_well_formed(text in "[a-z{}$<>/&; bi]{0,40}", name in ".{0,20}") {
            if let Ok(template) = Template::parse("menu", &text) {
                let html = template.html(&[("name", Text::from(name))]);
                prop_assert!(check_markup(&html).is_ok(), "{html}");
            }
        }
    }
}

//! Texts that administrators write in place of the built-in ones: plain words with Telegram's simple tags and the
//! built-in text's blanks, `{ $name }`, and choices by a number as the built-in texts have them. A text that cannot be used never stops a message: the built-in one is told.

mod markup;
mod read;

use super::{Text, texts};
use crate::language::Language;
use markup::check;
use read::parts;
use std::collections::BTreeSet;
use thiserror::Error;

/// The most characters of a text; Telegram takes 4,096 with everything filled in.
const LONGEST: usize = 2_000;

/// Texts that stay as they are: buttons and commands are recognised by their words, the others are built into those.
const FIXED: [&str; 7] =
    ["button-", "command-", "policy-", "span-", "state-", "reason-", "rejected-in-telegram"];

/// Texts that are shown in a small window, of which Telegram takes so many characters.
const SHOWN: [&str; 4] = ["toast-", "refusal-", "too-fast", "trouble"];
const LONGEST_SHOWN: usize = 200;

/// Blanks without which a text would hide what it is about.
const NEEDED: [(&str, &[&str]); 4] = [
    ("prompt", &["account", "router", "caller"]),
    ("prompt-number", &["account", "router", "caller"]),
    ("codes-enabled", &["url"]),
    ("codes-on", &["url"]),
];

/// Why a text was not accepted.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum TemplateError {
    /// There is no such text, or it stays as it is.
    #[error("there is no text {0} that can be changed")]
    UnknownKey(String),
    /// Nothing but blanks.
    #[error("the text must not be empty; leave it out to get the built-in one back")]
    Empty,
    /// Longer than is allowed.
    #[error("the text must have at most {LONGEST} characters")]
    TooLong,
    /// Longer than fits into the window in which it is shown.
    #[error("this is shown in a small window and must have at most {LONGEST_SHOWN} characters")]
    TooLongToShow,
    /// A choice by a number that is not written like those of the built-in texts.
    #[error(
        "a choice by a number is written with each form on a line of its own, such as [one] or [few], and *[other] last"
    )]
    Choice,
    /// Something else than `{ $name }` between braces.
    #[error("between braces only the name of a blank may stand, such as {{ $name }}")]
    Braces,
    /// A blank that the built-in text has not.
    #[error("this text has no blank called {0}; it has: {1}")]
    UnknownBlank(String, String),
    /// A blank that must be there is missing, at least in one of the forms of a choice.
    #[error("the text must hold {{ ${0} }}, in each form of a choice or outside of it")]
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
    /// By a number: the forms with their names, and which of them is for all others.
    Choice {
        blank: String,
        forms: Vec<(String, Vec<Self>)>,
        other: usize,
    },
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
        if SHOWN.iter().any(|shown| key.starts_with(shown)) && text.chars().count() > LONGEST_SHOWN {
            return Err(TemplateError::TooLongToShow);
        }
        let parts = parts(text)?;
        let mut used = BTreeSet::new();
        collect(&parts, &mut used);
        if let Some(unknown) = used.iter().find(|name| !blanks.iter().any(|blank| blank == *name)) {
            let known = if blanks.is_empty() { "–".to_owned() } else { blanks.join(", ") };
            return Err(TemplateError::UnknownBlank((*unknown).to_owned(), known));
        }
        let needed = NEEDED.iter().find(|(named, _)| *named == key).map_or(&[][..], |(_, names)| names);
        let shown = shown(&parts);
        if let Some(missing) = needed.iter().find(|name| !shown.contains(**name)) {
            return Err(TemplateError::MissingBlank(missing));
        }
        check(&parts)?;
        Ok(Self { parts })
    }

    /// The words with the blanks filled in, as HTML for Telegram; what is filled in is escaped.
    pub fn html(&self, language: Language, arguments: &[(&str, Text)]) -> String {
        let filling = Filling { language, arguments, plain: false };
        filling.fill(&self.parts)
    }

    /// The words with the blanks filled in, without any markup.
    pub fn line(&self, language: Language, arguments: &[(&str, Text)]) -> String {
        let filling = Filling { language, arguments, plain: true };
        filling.fill(&self.parts)
    }
}

/// What goes into the blanks, and how.
struct Filling<'a> {
    language: Language,
    arguments: &'a [(&'a str, Text)],
    plain: bool,
}

impl Filling<'_> {
    fn fill(&self, parts: &[Part]) -> String {
        parts
            .iter()
            .map(|part| match part {
                Part::Words(words) if self.plain => plain(words),
                Part::Words(words) => words.clone(),
                Part::Blank(name) => match self.value(name) {
                    Some(Text::Words(words)) if self.plain => words.clone(),
                    Some(Text::Words(words)) => texts::escape(words),
                    Some(Text::Number(number)) => number.to_string(),
                    None => "–".to_owned(),
                },
                Part::Choice { blank, forms, other } => self.fill(self.form(blank, forms, *other)),
            })
            .collect()
    }

    fn value(&self, name: &str) -> Option<&Text> {
        self.arguments.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The form for this very value, else the one of its kind, else the one for all others.
    fn form<'p>(&self, blank: &str, forms: &'p [(String, Vec<Part>)], other: usize) -> &'p [Part] {
        let named = |wanted: &str| forms.iter().find(|(name, _)| name == wanted);
        let chosen = match self.value(blank) {
            Some(Text::Number(number)) => {
                named(&number.to_string()).or_else(|| named(&texts::plural_form(self.language, *number)))
            }
            Some(Text::Words(words)) => named(words),
            None => None,
        };
        chosen.or_else(|| forms.get(other)).map_or(&[], |(_, parts)| parts)
    }
}

/// Words without their markup.
fn plain(words: &str) -> String {
    let mut text = String::new();
    let mut rest = words;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
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
            let sample = sample(&name, language);
            let text = sample.parse().map_or_else(|_| Text::from(sample), Text::Number);
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
        "connectBy" | "decideBy" | "answerBy" => "09:20",
        "opensAt" => "09:00",
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
    !FIXED.iter().any(|part| key.starts_with(part))
}

/// The names of the blanks.
fn collect<'p>(parts: &'p [Part], used: &mut BTreeSet<&'p str>) {
    for part in parts {
        match part {
            Part::Words(_) => {}
            Part::Blank(name) => {
                used.insert(name);
            }
            Part::Choice { blank, forms, .. } => {
                used.insert(blank);
                forms.iter().for_each(|(_, parts)| collect(parts, used));
            }
        }
    }
}

/// The names of the blanks that are filled in whichever forms are chosen. What a choice goes by is not filled in by it.
fn shown(parts: &[Part]) -> BTreeSet<&str> {
    let mut all = BTreeSet::new();
    for part in parts {
        match part {
            Part::Words(_) => {}
            Part::Blank(name) => {
                all.insert(name.as_str());
            }
            Part::Choice { forms, .. } => {
                let each = forms.iter().map(|(_, parts)| shown(parts));
                all.extend(each.reduce(|some, other| &some & &other).unwrap_or_default());
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{markup::check_markup, *};
    use proptest::prelude::*;

    #[test]
    fn blanks_are_filled_in_and_escaped() {
        let template = Template::parse("menu", "Привет, <b>{ $name }</b> &amp; {name}!").unwrap();
        let html = template.html(Language::Ru, &[("name", Text::from("<i>Анна</i>"))]);
        assert_eq!(html, "Привет, <b>&lt;i&gt;Анна&lt;/i&gt;</b> &amp; &lt;i&gt;Анна&lt;/i&gt;!");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |key: &str, text: &str| Template::parse(key, text).unwrap_err();
        assert!(matches!(wrong("nothing", "x"), TemplateError::UnknownKey(_)));
        assert!(matches!(wrong("button-help", "x"), TemplateError::UnknownKey(_)));
        assert_eq!(wrong("menu", " \n "), TemplateError::Empty);
        assert_eq!(wrong("menu", &"я".repeat(2_001)), TemplateError::TooLong);
        for text in ["{", "}", "{ }", "{ $name", "{ $na me }", "{{name}}", "{ $name - }", "a\n[one] }"] {
            assert_eq!(wrong("menu", text), TemplateError::Braces, "{text}");
        }
        for text in [
            "{ $name -> [one] x *[other] y }",
            "{ $name ->\n [one] x\n [other] y\n}",
            "{ $name ->\n *[one] x\n *[other] y\n}",
            "{ $name ->\n *[] x\n}",
            "{ $name ->\n}",
            "{ $name ->",
            "{ $name ->\n *[other] x",
        ] {
            assert_eq!(wrong("menu", text), TemplateError::Choice, "{text}");
        }
        assert_eq!(wrong("toast-asked", &"я".repeat(201)), TemplateError::TooLongToShow);
        assert!(matches!(wrong("menu", "<{ $name }b>x</b>"), TemplateError::Tag(_)));
        let unclosed = "{ $name ->\n [one] <b>x\n *[other] y\n}</b>";
        assert!(matches!(wrong("menu", unclosed), TemplateError::Tag(_)), "each form by itself");
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
    fn what_must_be_shown_is_shown_whichever_form_is_chosen() {
        let rest = "{ $account } { $router }";
        for (caller, is_enough) in [
            ("{ $caller }", true),
            ("{ $caller ->\n *[other] hi\n}", false),
            ("{ $country ->\n [NL] { $caller }\n *[other] hi\n}", false),
            ("{ $country ->\n [NL] { $caller }\n *[other] from { $caller }\n}", true),
            ("{ $country ->\n [NL] { $caller }\n *[other] hi\n} { $caller }", true),
            ("{ $country ->\n [NL] { $caller }\n *[other] { $at ->\n  *[other] hi\n }\n}", false),
            ("{ $country ->\n [NL] { $caller }\n *[other] { $at ->\n  *[other] { $caller }\n }\n}", true),
        ] {
            let parsed = Template::parse("prompt", &format!("{caller} {rest}")).map(|_| ());
            let expected = if is_enough { Ok(()) } else { Err(TemplateError::MissingBlank("caller")) };
            assert_eq!(parsed, expected, "{caller}");
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
                // What is shown can be taken over as it is, and says the same.
                let template = Template::parse(key, &source).unwrap_or_else(|e| panic!("{key}: {e}"));
                let samples = samples(key, language);
                let samples: Vec<_> =
                    samples.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
                let html = template.html(language, &samples);
                assert!(!html.contains('{') && !html.contains('$'), "{key}: {html}");
                assert_eq!(html, texts::Texts::of(language).html(key, &samples), "{key}");
            }
        }
    }

    #[test]
    fn forms_are_chosen_by_the_number_as_in_the_built_in_texts() {
        let source = built_in(Language::Ru, "status").unwrap();
        let template = Template::parse("status", &source).unwrap();
        for sessions in [0, 1, 2, 5, 11, 21, 22, 111] {
            let arguments = [
                ("name", "Анна".into()),
                ("accounts", "anna".into()),
                ("locked", "".into()),
                ("sessions", sessions.into()),
            ];
            let built_in = texts::Texts::of(Language::Ru).html("status", &arguments);
            assert_eq!(template.html(Language::Ru, &arguments), built_in, "{sessions}");
        }
        let own = "{ $sessions ->\n  [0] ничего\n  [one] { $sessions } <b>сессия</b>\n *[other] много\n} у { $name }";
        let template = Template::parse("status", own).unwrap();
        let say = |sessions: i64| {
            let arguments = [("name", Text::from("A<b>")), ("sessions", sessions.into())];
            (template.html(Language::Ru, &arguments), template.line(Language::Ru, &arguments))
        };
        assert_eq!(say(0).0, "ничего у A&lt;b&gt;");
        assert_eq!(say(21), ("21 <b>сессия</b> у A&lt;b&gt;".to_owned(), "21 сессия у A<b>".to_owned()));
        assert_eq!(say(3).1, "много у A<b>");
    }

    #[test]
    fn every_text_that_can_be_changed_is_told_as_changed_however_it_is_looked_up() {
        for language in Language::ALL {
            let changed = |key: &str| {
                let blanks: Vec<String> =
                    blanks(key).unwrap().iter().map(|b| format!("{{ ${b} }}")).collect();
                format!("<b>Changed</b> {key} &amp; {}", blanks.join(" "))
            };
            let own = keys().into_iter().map(|key| (key.to_owned(), changed(key))).collect();
            let own = texts::Texts::of(language).with(own);
            for key in keys() {
                let none: [(&str, Text); 0] = [];
                assert!(own.html(key, &none).starts_with(&format!("<b>Changed</b> {key} &amp;")), "{key}");
                assert!(own.line(key, &none).starts_with(&format!("Changed {key} &")), "{key}");
            }
            let outcome = super::super::Message::PromptOver {
                account: "anna".to_owned(),
                caller: None,
                at: crate::time::Timestamp::from_micros(0),
                outcome: crate::session::Outcome::Confirmed,
            };
            let html = outcome.html_in(&own, &|_| "noon".to_owned());
            assert_eq!(html, "<b>Changed</b> prompt-over &amp; anna noon – Changed outcome-confirmed &amp;");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_well_formed(text in "[a-z{}$<>/&; bi]{0,40}", name in ".{0,20}") {
            if let Ok(template) = Template::parse("menu", &text) {
                let html = template.html(Language::En, &[("name", Text::from(name))]);
                prop_assert!(check_markup(&html).is_ok(), "{html}");
            }
        }
    }
}

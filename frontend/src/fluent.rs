//! As much of Fluent as the console's texts use: `{ $name }` and a choice by a number's plural form, spread over lines
//! or not. The whole of Fluent, with its tables of all the world's languages, would be a tenth of what the browser has
//! to fetch. A native test says every text with many values through this and through `fluent-bundle`: they must agree.

use std::collections::BTreeMap;

use crate::api::types::Language;

/// A value inside a text.
pub(crate) enum Value<'a> {
    /// Chooses a plural form and is written in figures.
    Number(f64),
    /// Written as it is.
    Text(&'a str),
}

/// The texts of one language.
pub(crate) struct Texts {
    language: Language,
    /// What stands after the `=` of each message, lines and all.
    patterns: BTreeMap<&'static str, &'static str>,
}

impl Texts {
    /// Reads a `.ftl` file. Comments and empty lines are passed over.
    #[must_use]
    pub(crate) fn read(language: Language, source: &'static str) -> Self {
        let mut patterns = BTreeMap::new();
        let mut rest = source;
        while let Some((message, after)) = next_message(rest) {
            if let Some((key, pattern)) = message.split_once('=') {
                patterns.insert(key.trim_end(), pattern.trim());
            }
            rest = after;
        }
        Self { language, patterns }
    }

    /// A text with its values; none if there is no such message.
    #[must_use]
    pub(crate) fn say<'a>(&self, key: &str, value: &impl Fn(&str) -> Option<Value<'a>>) -> Option<String> {
        let mut said = String::new();
        self.write(self.patterns.get(key)?, value, &mut said);
        Some(said)
    }

    fn write<'a>(&self, pattern: &str, value: &impl Fn(&str) -> Option<Value<'a>>, said: &mut String) {
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            said.push_str(before);
            let (inside, after) = to_closing_brace(after);
            self.place(inside.trim(), value, said);
            rest = after;
        }
        said.push_str(rest);
    }

    /// What stands in braces: a name, or a choice by it.
    fn place<'a>(&self, inside: &str, value: &impl Fn(&str) -> Option<Value<'a>>, said: &mut String) {
        let (name, variants) = match inside.split_once("->") {
            Some((name, variants)) => (name, Some(variants)),
            None => (inside, None),
        };
        match (value(name.trim().trim_start_matches('$')), variants) {
            (Some(Value::Number(number)), Some(variants)) => {
                self.write(chosen(variants, plural(self.language, number)), value, said);
            }
            (_, Some(variants)) => self.write(chosen(variants, ""), value, said),
            (Some(Value::Number(number)), None) => said.push_str(&number.to_string()),
            (Some(Value::Text(text)), None) => said.push_str(text),
            // As Fluent shows a value that nobody gave.
            (None, None) => said.push_str(&format!("{{{}}}", name.trim())),
        }
    }
}

/// The first message with its indented lines, and what follows it.
fn next_message(source: &'static str) -> Option<(&'static str, &'static str)> {
    let starts = |line: &str| line.starts_with(|first: char| first.is_ascii_alphabetic());
    let mut begin = None;
    let mut at = 0;
    for line in source.split_inclusive('\n') {
        match begin {
            None if starts(line) => begin = Some(at),
            Some(begin) if starts(line) || line.starts_with('#') => {
                return Some((&source[begin..at], &source[at..]));
            }
            _ => {}
        }
        at += line.len();
    }
    begin.map(|begin| (&source[begin..], ""))
}

/// What stands before the brace that closes this one, and what after it.
fn to_closing_brace(text: &str) -> (&str, &str) {
    let mut depth = 1_u32;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&text[..at], &text[at + 1..]);
        }
    }
    (text, "")
}

/// The variant called `form`, else the one with the star.
fn chosen<'a>(variants: &'a str, form: &str) -> &'a str {
    let mut other = "";
    for variant in variants.lines().map(str::trim) {
        let (is_other, variant) = variant.strip_prefix('*').map_or((false, variant), |rest| (true, rest));
        let Some((name, text)) = variant.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
            continue;
        };
        if name.trim() == form {
            return text.trim();
        }
        if is_other {
            other = text.trim();
        }
    }
    other
}

/// The plural form of a number by CLDR's rules for cardinals.
fn plural(language: Language, number: f64) -> &'static str {
    if number.fract() != 0.0 {
        return "other";
    }
    let whole = number.abs() as u64;
    match (language, whole % 10, whole % 100) {
        (Language::En, ..) => {
            if whole == 1 {
                "one"
            } else {
                "other"
            }
        }
        (Language::Ru, 1, tens) if tens != 11 => "one",
        (Language::Ru, 2..=4, tens) if !(12..=14).contains(&tens) => "few",
        (Language::Ru, ..) => "many",
    }
}

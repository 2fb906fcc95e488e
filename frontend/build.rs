//! Packs the texts of both languages into one, each key once and without comments: the browser fetches both languages, and
//! the keys, which are the same in both, were an eighth of them.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::{env, fs};

/// Between keys and between texts; the reader (`fluent.rs`) knows both.
const UNIT: &str = "\u{1f}";
/// Between the keys, the English texts and the Russian ones.
const RECORD: &str = "\u{1e}";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=locales");
    let (english, russian) = (fs::read_to_string("locales/en.ftl")?, fs::read_to_string("locales/ru.ftl")?);
    let (english, mut russian) = (messages(&english), messages(&russian));
    let mut russian_texts = Vec::new();
    for key in english.keys() {
        russian_texts.push(russian.remove(key).ok_or_else(|| format!("ru.ftl has no {key}"))?);
    }
    if let Some(key) = russian.into_keys().next() {
        return Err(format!("en.ftl has no {key}").into());
    }
    let keys: Vec<&str> = english.keys().copied().collect();
    let english_texts: Vec<&str> = english.into_values().collect();
    let packed = [keys, english_texts, russian_texts].map(|part| part.join(UNIT)).join(RECORD);
    let folder = env::var_os("OUT_DIR").ok_or("cargo names no OUT_DIR")?;
    Ok(fs::write(Path::new(&folder).join("texts.txt"), packed)?)
}

/// The messages of a file: what stands after the `=`, with the indented lines that follow. Comments and empty lines are
/// passed over.
fn messages(source: &str) -> BTreeMap<&str, &str> {
    let mut messages = BTreeMap::new();
    let mut rest = source;
    while let Some((message, after)) = next_message(rest) {
        if let Some((key, pattern)) = message.split_once('=') {
            messages.insert(key.trim_end(), pattern.trim());
        }
        rest = after;
    }
    messages
}

/// The first message with its indented lines, and what follows it.
fn next_message(source: &str) -> Option<(&str, &str)> {
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

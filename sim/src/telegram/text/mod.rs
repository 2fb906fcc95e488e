//! What Telegram makes of a message's text: the three markup languages, the entities that clients and the
//! server find by themselves, and the length limits. Offsets count UTF-16 code units, lengths are limited in
//! Unicode code points, both as documented by Telegram.

mod detect;
mod html;
mod markdown;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::api::ApiError;

/// The longest text of a message, in Unicode code points (core.telegram.org/api/config, `message_length_max`).
pub const MAX_TEXT: usize = 4096;
/// The longest caption of a photo, in Unicode code points.
pub const MAX_CAPTION: usize = 1024;
/// More bytes than this are refused before anything is parsed (the Bot API server's own limit).
const MAX_RAW_BYTES: usize = 1 << 15;

/// A part of a text with a meaning: bold, a link, a bot command and so on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Telegram's name of the kind, such as `bold`, `text_link` or `bot_command`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it begins, in UTF-16 code units.
    pub offset: usize,
    /// How long it is, in UTF-16 code units.
    pub length: usize,
    /// The target of a `text_link`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The programming language of a `pre`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The sticker behind a `custom_emoji`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_emoji_id: Option<String>,
}

impl Entity {
    pub(super) fn new(kind: &str, offset: usize, length: usize) -> Self {
        Self { kind: kind.to_owned(), offset, length, url: None, language: None, custom_emoji_id: None }
    }

    fn end(&self) -> usize {
        self.offset + self.length
    }
}

/// A text without markup, and what the markup said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Formatted {
    pub(super) text: String,
    pub(super) entities: Vec<Entity>,
}

impl Formatted {
    /// What a person typed: no markup, entities are found by themselves.
    pub(super) fn typed(text: &str) -> Self {
        Self { text: text.to_owned(), entities: detect::detect(text) }
    }

    /// Telegram drops white space at both ends; the entities shrink and move with the text.
    fn trim(&mut self) {
        let trimmed = self.text.trim_end();
        let kept_units = utf16_len(trimmed);
        let start = trimmed.len() - trimmed.trim_start().len();
        let dropped_units = utf16_len(&trimmed[..start]);
        self.text = trimmed[start..].to_owned();
        self.entities.retain_mut(|entity| {
            let end = entity.end().min(kept_units);
            let begin = entity.offset.max(dropped_units);
            entity.offset = begin.saturating_sub(dropped_units);
            entity.length = end.saturating_sub(begin);
            entity.length > 0
        });
    }
}

/// Reads the text of a message as `sendMessage` gets it.
///
/// # Errors
/// Telegram's: empty text, an unknown `parse_mode`, bad markup.
pub(super) fn parse(raw: &str, parse_mode: &str, entities: Option<&Value>) -> Result<Formatted, ApiError> {
    if raw.len() > MAX_RAW_BYTES {
        return Err(ApiError::bad_request("text is too long"));
    }
    let clean: String = raw.chars().filter_map(cleaned).collect();
    let mut formatted = match parse_mode.to_ascii_lowercase().as_str() {
        "" => Formatted { entities: given(entities)?, text: clean },
        "html" => html::parse(&clean).map_err(cannot_parse)?,
        "markdownv2" => markdown::parse_v2(&clean).map_err(cannot_parse)?,
        "markdown" => markdown::parse_legacy(&clean).map_err(cannot_parse)?,
        _ => return Err(ApiError::bad_request("unsupported parse_mode")),
    };
    formatted.trim();
    let found = detect::detect(&formatted.text);
    let taken = std::mem::take(&mut formatted.entities);
    formatted.entities = merge(taken, found);
    Ok(formatted)
}

/// Length as Telegram limits it: Unicode code points.
pub(super) fn char_len(text: &str) -> usize {
    text.chars().count()
}

pub(super) fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Line ends become `\n`; other control characters become spaces, as TDLib's input cleaning does.
fn cleaned(c: char) -> Option<char> {
    match c {
        '\r' => None,
        '\n' => Some('\n'),
        c if (c as u32) < 32 => Some(' '),
        c => Some(c),
    }
}

fn given(entities: Option<&Value>) -> Result<Vec<Entity>, ApiError> {
    let Some(value) = entities else { return Ok(Vec::new()) };
    serde_json::from_value(value.clone())
        .map_err(|error| ApiError::bad_request(format!("can't parse MessageEntity: {error}")))
}

fn cannot_parse(reason: String) -> ApiError {
    ApiError::bad_request(format!("can't parse entities: {reason}"))
}

/// Found entities count only where no written one lies, except around plain styles.
fn merge(mut written: Vec<Entity>, found: Vec<Entity>) -> Vec<Entity> {
    let blocks =
        |entity: &Entity| matches!(entity.kind.as_str(), "code" | "pre" | "text_link" | "custom_emoji");
    let free: Vec<Entity> = found
        .into_iter()
        .filter(|f| !written.iter().any(|w| blocks(w) && w.offset < f.end() && f.offset < w.end()))
        .collect();
    written.extend(free);
    written.sort_by(|a, b| a.offset.cmp(&b.offset).then(b.length.cmp(&a.length)));
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_at_the_ends_goes_and_entities_move() {
        let formatted = parse("  <b> hi </b> ", "HTML", None).unwrap();
        assert_eq!(formatted.text, "hi");
        assert_eq!(formatted.entities, vec![Entity::new("bold", 0, 2)]);
    }

    #[test]
    fn entities_count_utf16_units() {
        let formatted = parse("🏟 <b>да</b> /start", "html", None).unwrap();
        assert_eq!(formatted.text, "🏟 да /start");
        assert_eq!(formatted.entities, vec![Entity::new("bold", 3, 2), Entity::new("bot_command", 6, 6)]);
    }

    #[test]
    fn nothing_is_found_inside_code() {
        let formatted = parse("<code>/start</code> /help", "HTML", None).unwrap();
        assert_eq!(formatted.entities, vec![Entity::new("code", 0, 6), Entity::new("bot_command", 7, 5)]);
    }
}

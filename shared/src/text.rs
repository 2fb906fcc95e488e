//! Text that was checked once and can be trusted afterwards.

use serde::{Deserialize, Serialize};
use std::{borrow::Cow, fmt};
use thiserror::Error;

/// Why a text was not accepted; the console and the bot have words for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum TextError {
    /// Nothing but blanks.
    #[error("must not be empty")]
    Empty,
    /// Longer than `max` characters.
    #[error("must have at most {max} characters")]
    TooLong {
        /// The most that is allowed.
        max: usize,
    },
    /// Holds a line break, a control character or one that changes the direction of writing.
    #[error("must not contain control characters")]
    Control,
}

/// What windows-1251 has from 0x80 to 0xBF; from 0xC0 on it has the letters from А to я in their order.
const WINDOWS_1251: [char; 64] = [
    'Ђ', 'Ѓ', '‚', 'ѓ', '„', '…', '†', '‡', '€', '‰', 'Љ', '‹', 'Њ', 'Ќ', 'Ћ', 'Џ', 'ђ', '‘', '’', '“', '”',
    '•', '–', '—', '\u{98}', '™', 'љ', '›', 'њ', 'ќ', 'ћ', 'џ', '\u{a0}', 'Ў', 'ў', 'Ј', '¤', 'Ґ', '¦', '§',
    'Ё', '©', 'Є', '«', '¬', '\u{ad}', '®', 'Ї', '°', '±', 'І', 'і', 'ґ', 'µ', '¶', '·', 'ё', '№', 'є', '»',
    'ј', 'Ѕ', 'ѕ', 'ї',
];

/// Bytes of a router for eyes. It keeps them without a character set: what is no UTF-8 was typed into an older WinBox on
/// a computer whose code page is windows-1251. Never written back.
pub fn readable(bytes: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => bytes.iter().map(|byte| letter(*byte)).collect(),
    }
}

fn letter(byte: u8) -> char {
    match byte {
        0..0x80 => char::from(byte),
        0x80..0xC0 => {
            WINDOWS_1251.get(usize::from(byte) - 0x80).copied().unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        0xC0.. => {
            char::from_u32(u32::from('А') + u32::from(byte) - 0xC0).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
    }
}

/// Cleans a single line: trims it and folds runs of white space to one blank.
fn line(text: &str, max: usize) -> Result<String, TextError> {
    let clean = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if clean.is_empty() {
        return Err(TextError::Empty);
    }
    if clean.chars().count() > max {
        return Err(TextError::TooLong { max });
    }
    if clean.chars().any(is_deceptive) {
        return Err(TextError::Control);
    }
    Ok(clean)
}

/// Control characters, and the invisible ones by which one name can be made to look like another.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

macro_rules! lines {
    ($($(#[$doc:meta])* $name:ident($max:literal);)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks and cleans `text`.
            ///
            /// # Errors
            /// [`TextError`] says what is wrong with it.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                line(text, $max).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

lines! {
    /// The name by which a person is known to administrators; at most 100 characters.
    DisplayName(100);
    /// The name of a router or policy in the console; at most 60 characters.
    Title(60);
    /// Why somebody did something, kept in the audit; at most 500 characters.
    Reason(500);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cleaned_and_checked() {
        assert_eq!(DisplayName::parse("  Иван \t Соколов ").unwrap().as_str(), "Иван Соколов");
        assert_eq!(DisplayName::parse(" \n "), Err(TextError::Empty));
        assert_eq!(DisplayName::parse(&"я".repeat(101)), Err(TextError::TooLong { max: 100 }));
        assert_eq!(DisplayName::parse("nimda\u{202e}"), Err(TextError::Control));
    }
}

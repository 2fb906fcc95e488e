//! The languages that people read.

use serde::{Deserialize, Serialize};

/// A language of the bot and of the console.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Language {
    /// Russian.
    Ru,
    /// English.
    #[default]
    En,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::Ru, Self::En];

    /// The language for an IETF tag such as Telegram's `language_code`; the languages of countries where
    /// Russian is commonly read fall to Russian, all others to English.
    pub fn from_tag(tag: &str) -> Self {
        match tag.split(['-', '_']).next().unwrap_or_default() {
            "ru" | "be" | "uk" | "kk" | "ky" | "uz" | "tg" => Self::Ru,
            _ => Self::En,
        }
    }

    /// The IETF tag: `ru` or `en`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }
}

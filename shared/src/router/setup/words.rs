//! Words of the set-up: a key of the locales and what goes into its blanks.

use crate::{
    language::Language,
    message::{Text, Texts},
};

/// Something that can be said in every language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    key: &'static str,
    blanks: Vec<(&'static str, Blank)>,
}

/// What goes into a blank.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Blank {
    Text(String),
    Words(Box<Words>),
}

impl Words {
    /// The words of a key of `locales/setup.*.ftl`.
    pub fn new(key: &'static str) -> Self {
        Self { key, blanks: Vec::new() }
    }

    /// With something in a blank.
    #[must_use]
    pub fn with(mut self, blank: &'static str, value: impl Into<String>) -> Self {
        self.blanks.push((blank, Blank::Text(value.into())));
        self
    }

    /// With other words in a blank.
    #[must_use]
    pub fn with_words(mut self, blank: &'static str, words: Self) -> Self {
        self.blanks.push((blank, Blank::Words(Box::new(words))));
        self
    }

    /// The words.
    pub fn say(&self, language: Language) -> String {
        let fill = |blank: &Blank| match blank {
            Blank::Text(text) => Text::from(text.as_str()),
            Blank::Words(words) => Text::from(words.say(language)),
        };
        let blanks: Vec<(&str, Text)> =
            self.blanks.iter().map(|(name, blank)| (*name, fill(blank))).collect();
        Texts::of_setup(language).line(self.key, &blanks)
    }
}

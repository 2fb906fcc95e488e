//! What the doctor says: a key, how bad it is, and the words in both languages.

use crate::{
    language::Language,
    message::{Text, Texts},
    reason::Reason,
};

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// It is as it should be.
    Ok,
    /// Somebody should look at it.
    Warning,
    /// It lets people in who should not be, or keeps the product from working.
    Danger,
}

impl Severity {
    /// As the API has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Danger => "DANGER",
        }
    }
}

/// Something that the doctor looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What was looked at.
    pub key: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Because of this the box does not hold.
    pub opens: bool,
    /// Somebody changed it by hand, and only a person can mend it: it is kept among what was found of the router.
    pub by_hand: bool,
    /// Which words.
    words: &'static str,
    blanks: Vec<(&'static str, Text)>,
    /// What to type on the router.
    script: Option<String>,
}

/// A finding in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    /// What it is, in a line.
    pub title: String,
    /// What was found, and what it means.
    pub detail: String,
    /// What to do; none if there is nothing to be done.
    pub remedy: Option<String>,
}

impl Finding {
    /// `words` is what the locales call it; `key` what was looked at.
    pub(super) fn new(severity: Severity, key: &'static str, words: &'static str) -> Self {
        Self { key, severity, opens: false, by_hand: false, words, blanks: Vec::new(), script: None }
    }

    pub(super) fn ok(key: &'static str, words: &'static str) -> Self {
        Self::new(Severity::Ok, key, words)
    }

    pub(super) fn warning(key: &'static str, words: &'static str) -> Self {
        Self::new(Severity::Warning, key, words)
    }

    pub(super) fn danger(key: &'static str, words: &'static str) -> Self {
        Self::new(Severity::Danger, key, words)
    }

    /// The box does not hold because of it.
    pub(super) fn opening(mut self) -> Self {
        self.opens = true;
        self
    }

    /// Somebody did it by hand.
    pub(super) fn by_hand(mut self) -> Self {
        self.by_hand = true;
        self
    }

    pub(super) fn with(mut self, blank: &'static str, value: impl Into<Text>) -> Self {
        self.blanks.push((blank, value.into()));
        self
    }

    /// What to type on the router.
    pub(super) fn script(mut self, script: impl Into<String>) -> Self {
        self.script = Some(script.into());
        self
    }

    /// The same as the reason of something: its words and what goes into them.
    pub fn reason(&self) -> Reason {
        let blanks = self.blanks.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Reason::BoxOpen { words: self.words.to_owned(), blanks }
    }

    /// In words.
    pub fn words(&self, language: Language) -> Words {
        let texts = Texts::of_doctor(language);
        let say = |part: &str| texts.line(&format!("{}-{part}", self.words), &self.blanks);
        let remedy = format!("{}-remedy", self.words);
        let advice = texts.has(&remedy).then(|| texts.line(&remedy, &self.blanks));
        let remedy = match (advice, &self.script) {
            (Some(advice), Some(script)) => Some(format!("{advice}\n{script}")),
            (advice, script) => advice.or_else(|| script.clone()),
        };
        Words { title: say("title"), detail: say("detail"), remedy }
    }
}

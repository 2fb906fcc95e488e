//! Messages as Telegram shows them: words as HTML, and the buttons that go with them.

use super::{data::Press, times::Times, words::line};
use sallyport_shared::{
    ids::{AccountId, SessionId, UserId},
    language::Language,
    message::Message,
    session::{Answer, Nonce},
};
use teloxide::types::{
    InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, KeyboardMarkup, ReplyMarkup,
};

/// Longest text of a button that is still read at a glance.
const LONGEST_LABEL: usize = 40;

/// The buttons of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Buttons {
    /// None; those that are there stay.
    None,
    /// *Confirm* and *Not me*.
    Prompt(Nonce),
    /// *Extend*, if that is possible, and *Finish*.
    Session {
        /// Which session.
        id: SessionId,
        /// How often it was extended so far; none: it cannot be extended.
        extend_after: Option<u32>,
    },
    /// One an account.
    Accounts(Vec<(AccountId, String)>),
    /// One a language.
    Languages,
    /// *Approve* and *Reject*.
    Registration(UserId),
    /// The keyboard of those who may ask for access.
    Menu,
    /// The keyboard of those who are not registered.
    Entrance,
}

impl Buttons {
    /// The buttons in a reader's language.
    pub(crate) fn markup(&self, language: Language) -> Option<ReplyMarkup> {
        let rows = match self {
            Self::None => return None,
            Self::Menu => {
                let rows = [
                    vec!["button-get-vpn", "button-sessions"],
                    vec!["button-status", "button-language", "button-help"],
                ];
                return Some(keyboard(&rows, language));
            }
            Self::Entrance => {
                let rows = [vec!["button-register"], vec!["button-language", "button-help"]];
                return Some(keyboard(&rows, language));
            }
            Self::Prompt(nonce) => vec![vec![
                press(language, "button-confirm", &Press::Answer(Answer::Confirm, nonce.clone())),
                press(language, "button-not-me", &Press::Answer(Answer::NotMe, nonce.clone())),
            ]],
            Self::Session { id, extend_after } => {
                let extend =
                    extend_after.map(|before| press(language, "button-extend", &Press::Extend(*id, before)));
                let finish = press(language, "button-finish", &Press::Finish(*id));
                vec![extend.into_iter().chain([finish]).collect()]
            }
            Self::Accounts(accounts) => accounts
                .iter()
                .map(|(id, name)| {
                    vec![InlineKeyboardButton::callback(label(name), Press::Ask(*id).to_string())]
                })
                .collect(),
            Self::Languages => vec![
                [("Русский", Language::Ru), ("English", Language::En)]
                    .map(|(name, language)| {
                        InlineKeyboardButton::callback(name, Press::Language(language).to_string())
                    })
                    .to_vec(),
            ],
            Self::Registration(user) => vec![vec![
                press(language, "button-approve", &Press::Approve(*user)),
                press(language, "button-reject", &Press::Reject(*user)),
            ]],
        };
        Some(ReplyMarkup::InlineKeyboard(InlineKeyboardMarkup::new(rows)))
    }
}

/// The words of a message for its reader.
pub(crate) fn html(message: &Message, language: Language, times: &Times) -> String {
    message.html(language, &|at| times.write(at))
}

fn press(language: Language, key: &str, press: &Press) -> InlineKeyboardButton {
    InlineKeyboardButton::callback(line(language, key), press.to_string())
}

fn label(text: &str) -> String {
    if text.chars().count() <= LONGEST_LABEL {
        return text.to_owned();
    }
    text.chars().take(LONGEST_LABEL - 1).chain(['…']).collect()
}

fn keyboard(rows: &[Vec<&str>], language: Language) -> ReplyMarkup {
    let rows = rows.iter().map(|row| row.iter().map(|key| KeyboardButton::new(line(language, key))));
    ReplyMarkup::Keyboard(KeyboardMarkup::new(rows).resize_keyboard().persistent())
}

//! Messages as Telegram shows them: words as HTML, and the buttons that go with them.

use super::{
    data::{Press, View, Why},
    times::Times,
    words::line,
};
use sallyport_shared::{
    ids::{AccountId, SessionId},
    language::Language,
    message::{About, AdminMessage, Many, Message, SessionEntry, Texts, state_key},
    session::{Answer, Nonce, Numbers},
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
    /// *Confirm*, or numbers of which the captive page shows one, and *Not me*.
    Prompt(Nonce, Option<Numbers>),
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
    /// The way to one-time codes.
    OfferCodes,
    /// What can be done with one-time codes.
    Codes {
        /// They are set up.
        enabled: bool,
    },
    /// One-time codes that are of no use any more can be taken away.
    UnusedCodes,
    /// Those of a message for administrators.
    Admin(AdminMessage),
    /// The keyboard below the input field.
    Keyboard {
        /// For somebody who may ask for access; else for somebody who is not registered.
        approved: bool,
        /// For an administrator as well.
        admin: bool,
        /// For somebody who need not ask for access.
        unasked: bool,
    },
}

impl Buttons {
    /// The buttons in a reader's language.
    pub(crate) fn markup(&self, language: Language) -> Option<ReplyMarkup> {
        let rows = match self {
            Self::None => return None,
            Self::Keyboard { approved, admin, unasked } => {
                let mut rows = if *approved && *unasked {
                    vec![vec!["button-sessions", "button-status"], vec!["button-language", "button-help"]]
                } else if *approved {
                    vec![
                        vec!["button-get-vpn", "button-sessions"],
                        vec!["button-status", "button-language", "button-help"],
                    ]
                } else {
                    vec![vec!["button-register"], vec!["button-language", "button-help"]]
                };
                rows.extend(admin.then(|| vec!["button-admin"]));
                return Some(keyboard(&rows, language));
            }
            Self::Prompt(nonce, numbers) => prompt(language, nonce, *numbers),
            Self::OfferCodes => vec![vec![press(language, "button-codes", &Press::Codes)]],
            Self::Codes { enabled: false } => {
                vec![vec![press(language, "button-codes-begin", &Press::CodesBegin)]]
            }
            Self::Codes { enabled: true } => vec![vec![
                press(language, "button-codes-anew", &Press::CodesBegin),
                press(language, "button-codes-remove", &Press::CodesRemove),
            ]],
            Self::UnusedCodes => {
                vec![vec![press(language, "button-codes-remove", &Press::CodesRemove)]]
            }
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
            Self::Admin(message) => administration(message, language),
        };
        if rows.is_empty() {
            return None;
        }
        Some(ReplyMarkup::InlineKeyboard(InlineKeyboardMarkup::new(rows)))
    }
}

/// What a button carries tells its place and not whether its number is right.
fn prompt(language: Language, nonce: &Nonce, numbers: Option<Numbers>) -> Rows {
    let answer = |answer: Answer| Press::Answer(answer, nonce.clone());
    let not_me = press(language, "button-not-me", &answer(Answer::NotMe));
    let Some(numbers) = numbers else {
        return vec![vec![press(language, "button-confirm", &answer(Answer::Confirm)), not_me]];
    };
    let numbers = (0_u8..).zip(numbers.offered()).map(|(place, number)| {
        InlineKeyboardButton::callback(number.to_string(), answer(Answer::Pick(place)).to_string())
    });
    vec![numbers.collect(), vec![not_me]]
}

type Rows = Vec<Vec<InlineKeyboardButton>>;

/// The buttons below a message for administrators.
fn administration(message: &AdminMessage, language: Language) -> Rows {
    let go = |key: &str, view: View| press(language, key, &Press::View(view));
    let decision = |about: About| {
        vec![
            press(language, "button-approve", &Press::Approve(about)),
            press(language, "button-reject", &Press::Reject(about)),
        ]
    };
    match message {
        AdminMessage::Menu { registrations, requests, sessions } => {
            let entry = |key: &str, count: u32, view: View| {
                let text = format!("{}: {count}", line(language, key));
                vec![InlineKeyboardButton::callback(text, Press::View(view).to_string())]
            };
            vec![
                entry("button-registrations", *registrations, View::Registrations(0)),
                entry("button-requests", *requests, View::Requests(0)),
                entry("button-live-sessions", *sessions, View::Sessions(0)),
            ]
        }
        AdminMessage::Registrations { page, pages, people } => {
            let people = people.iter().map(|(user, name)| (label(name), View::Person(*user)));
            list(people, *page, *pages, View::Registrations, language)
        }
        AdminMessage::Requests { page, pages, entries } => {
            let entries =
                entries.iter().map(|entry| (session_label(entry, None), View::Session(entry.session, 0)));
            list(entries, *page, *pages, View::Requests, language)
        }
        AdminMessage::Sessions { page, pages, entries, .. } => {
            let entries = entries
                .iter()
                .map(|entry| (session_label(entry, Some(language)), View::Session(entry.session, *page)));
            list(entries, *page, *pages, View::Sessions, language)
        }
        AdminMessage::Registration { user, menu, .. } => {
            let back = menu.then(|| vec![go("button-back", View::Registrations(0))]);
            [decision(About::Person { user: *user })].into_iter().chain(back).collect()
        }
        AdminMessage::Request { session, menu, .. } => {
            let back = menu.then(|| vec![go("button-back", View::Requests(0))]);
            [decision(About::Session { session: *session })].into_iter().chain(back).collect()
        }
        AdminMessage::AskReason { about, .. } => reasons(*about, language),
        AdminMessage::Session { session, state, page, .. } => {
            let end = state.is_live().then(|| vec![go("button-end", View::ConfirmEnd(*session, *page))]);
            end.into_iter().chain([vec![go("button-back", View::Sessions(*page))]]).collect()
        }
        AdminMessage::ConfirmEnd { session, page, .. } => vec![
            vec![press(language, "button-really-end", &Press::End(*session))],
            vec![go("button-back", View::Session(*session, *page))],
        ],
        AdminMessage::Many { many, .. } => {
            let view = match many {
                Many::Registrations => View::Registrations(0),
                Many::Requests => View::Requests(0),
                Many::Alarms(_) => return Vec::new(),
            };
            vec![vec![go("button-show", view)]]
        }
        AdminMessage::Gone => vec![vec![go("button-back", View::Menu)]],
        _ => Vec::new(),
    }
}

/// A button an item, and the ways to the pages before and after and to the menu.
fn list(
    items: impl Iterator<Item = (String, View)>,
    page: u16,
    pages: u16,
    view: impl Fn(u16) -> View,
    language: Language,
) -> Rows {
    let button =
        |text: String, view: View| InlineKeyboardButton::callback(text, Press::View(view).to_string());
    let mut rows: Rows = items.map(|(text, view)| vec![button(text, view)]).collect();
    let before = page.checked_sub(1).map(|page| button(line(language, "button-older"), view(page)));
    let after = Some(page + 1).filter(|page| *page < pages);
    let after = after.map(|page| button(line(language, "button-newer"), view(page)));
    rows.push(before.into_iter().chain(after).collect());
    rows.retain(|row| !row.is_empty());
    rows.push(vec![button(line(language, "button-back"), View::Menu)]);
    rows
}

/// The ready-made reasons, and the way back.
fn reasons(about: About, language: Language) -> Rows {
    let because = |why: Why| {
        let key = why.key().unwrap_or("button-no-reason");
        vec![InlineKeyboardButton::callback(
            label(&line(language, key)),
            Press::Because(why, about).to_string(),
        )]
    };
    let (whys, back) = match about {
        About::Person { user } => ([Why::Talk, Why::Unknown], View::Person(user)),
        About::Session { session } => ([Why::NotNow, Why::Unsaid], View::Session(session, 0)),
    };
    whys.map(because).into_iter().chain([vec![press(language, "button-back", &Press::View(back))]]).collect()
}

fn session_label(entry: &SessionEntry, language: Option<Language>) -> String {
    let state = language.map(|language| line(language, state_key(entry.state)));
    let parts = [Some(entry.name.clone()), Some(entry.account.clone()), state];
    label(&parts.into_iter().flatten().collect::<Vec<_>>().join(" · "))
}

/// The words of a message for its reader.
pub(crate) fn html(message: &Message, texts: &Texts, times: &Times) -> String {
    message.html_in(texts, &|at| times.write(at))
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

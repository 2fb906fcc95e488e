//! What administrators are told in Telegram: what waits for them, what happened, and the pages of `/admin`.

use super::{Text, Texts, words::or_dash};
use crate::{
    ids::{SessionId, UserId},
    person::UserStatus,
    session::{EndReason, SessionState},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// So many names are listed when many things are told of at once.
const NAMED: usize = 5;

/// What an administrator is to decide on, with a reason if they say no.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum About {
    /// A registration.
    Person {
        /// Whose.
        user: UserId,
    },
    /// A session that was asked for.
    Session {
        /// Which.
        session: SessionId,
    },
}

/// Something that administrators are warned of or have to know.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    /// *Not me*: somebody else has the password.
    Denial,
    /// An address was banned.
    Ban,
    /// A router does not answer any more.
    RouterDown,
    /// It answers again.
    RouterUp,
    /// A router shows another key than the pinned one.
    CertificateChanged,
    /// A boxed tunnel can get out.
    BoxOpen,
    /// The box holds again.
    BoxHolds,
    /// The router does not do what it is told.
    CommandFailing,
    /// The bot may not write to a person.
    Unreachable,
    /// Telegram did not take a message to a person.
    Unsaid,
    /// The bot does not get what people write and tap.
    Deaf,
    /// It gets it again.
    Hears,
    /// Something on a router was changed by hand.
    Drift,
    /// A router is another device than was thought, or one that was entered before.
    Device,
}

impl Alarm {
    /// Every alarm, for tests that walk them.
    pub const ALL: [Self; 14] = [
        Self::Denial,
        Self::Ban,
        Self::RouterDown,
        Self::RouterUp,
        Self::CertificateChanged,
        Self::BoxOpen,
        Self::BoxHolds,
        Self::CommandFailing,
        Self::Unreachable,
        Self::Unsaid,
        Self::Deaf,
        Self::Hears,
        Self::Drift,
        Self::Device,
    ];

    fn key(self) -> &'static str {
        match self {
            Self::Denial => "alarm-denial",
            Self::Ban => "alarm-ban",
            Self::RouterDown => "alarm-router-down",
            Self::RouterUp => "alarm-router-up",
            Self::CertificateChanged => "alarm-certificate",
            Self::BoxOpen => "alarm-box-open",
            Self::BoxHolds => "alarm-box-holds",
            Self::CommandFailing => "alarm-command",
            Self::Unreachable => "alarm-unreachable",
            Self::Unsaid => "alarm-unsaid",
            Self::Deaf => "alarm-deaf",
            Self::Hears => "alarm-hears",
            Self::Drift => "alarm-drift",
            Self::Device => "alarm-device",
        }
    }
}

/// Something about an administrator's account that only an attacker or a mistake does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Another chat is theirs from now on; this one is not.
    LinkedElsewhere,
    /// A Telegram account was linked to it.
    Linked,
    /// Somebody who knows the password tries one-time codes.
    CodesGuessed,
}

impl Warning {
    /// Every warning, for tests that walk them.
    pub const ALL: [Self; 3] = [Self::LinkedElsewhere, Self::Linked, Self::CodesGuessed];

    fn key(self) -> &'static str {
        match self {
            Self::LinkedElsewhere => "admin-linked-elsewhere",
            Self::Linked => "admin-somebody-linked",
            Self::CodesGuessed => "admin-codes-guessed",
        }
    }
}

/// What an [`Alarm`] is about, as far as it is known.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are what the words speak of; the words are in the locales")]
pub struct Facts {
    pub name: Option<String>,
    pub account: Option<String>,
    pub router: Option<String>,
    pub caller: Option<String>,
    pub detail: Option<String>,
}

/// Of what many were told of in one message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Many {
    /// People who want to be registered.
    Registrations,
    /// Sessions that wait for approval.
    Requests,
    /// Alarms of one kind.
    Alarms(Alarm),
}

/// A line of a list with a button of its own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are what the words speak of; the words are in the locales")]
pub struct SessionEntry {
    pub session: SessionId,
    pub name: String,
    pub account: String,
    pub router: String,
    pub state: SessionState,
}

/// Something that an administrator is told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "admin", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the words speak of; the words are in the locales")]
pub enum AdminMessage {
    /// This chat is theirs from now on.
    Linked { username: String },
    /// This chat is not theirs any more.
    Unlinked { username: String },
    /// Something is wrong with an administrator's account.
    Warning { warning: Warning, username: String },
    /// What waits and what is going on; the first page of `/admin`.
    Menu { registrations: u32, requests: u32, sessions: u32 },
    /// Those who want to be registered.
    Registrations { page: u16, pages: u16, people: Vec<(UserId, String)> },
    /// Somebody wants to be registered. `handle`: their name in Telegram, to be looked at, not to be trusted.
    Registration { user: UserId, name: String, handle: Option<String>, menu: bool },
    /// What became of a registration.
    RegistrationOver { name: String, status: UserStatus, by: Option<String>, reason: Option<String> },
    /// Sessions that wait for approval.
    Requests { page: u16, pages: u16, entries: Vec<SessionEntry> },
    /// A session waits for approval.
    Request { session: SessionId, name: String, account: String, router: String, menu: bool },
    /// What became of it.
    RequestOver { name: String, account: String, approved: bool, reason: Option<EndReason> },
    /// Why not?
    AskReason { about: About, name: String },
    /// That is no reason.
    BadReason { max: u32 },
    /// The live sessions.
    Sessions { page: u16, pages: u16, total: u32, entries: Vec<SessionEntry> },
    /// One session.
    Session {
        session: SessionId,
        name: String,
        account: String,
        router: String,
        state: SessionState,
        caller: Option<String>,
        until: Option<Timestamp>,
        page: u16,
    },
    /// Is it really to be ended?
    ConfirmEnd { session: SessionId, name: String, account: String, router: String, page: u16 },
    /// Something happened.
    Alarm { alarm: Alarm, facts: Facts },
    /// Much happened at once.
    Many { many: Many, count: u32, names: Vec<String> },
    /// There is no such thing any more.
    Gone,
}

impl AdminMessage {
    /// The key of the words and their arguments.
    pub(super) fn words(
        &self,
        texts: &Texts,
        clock: &dyn Fn(Timestamp) -> String,
    ) -> (&'static str, Vec<(&'static str, Text)>) {
        let text = |text: &String| Text::from(text.clone());
        let count = |number: &u32| Text::from(i64::from(*number));
        let page = |page: &u16, pages: &u16| {
            [("page", (i64::from(*page) + 1).into()), ("pages", i64::from(*pages).into())]
        };
        match self {
            Self::Linked { username } => ("admin-linked", vec![("username", text(username))]),
            Self::Unlinked { username } => ("admin-unlinked", vec![("username", text(username))]),
            Self::Warning { warning, username } => (warning.key(), vec![("username", text(username))]),
            Self::Menu { registrations, requests, sessions } => (
                "admin-menu",
                vec![
                    ("registrations", count(registrations)),
                    ("requests", count(requests)),
                    ("sessions", count(sessions)),
                ],
            ),
            Self::Registrations { people, .. } if people.is_empty() => ("admin-no-registrations", vec![]),
            Self::Registrations { page: at, pages, .. } => ("admin-registrations", page(at, pages).into()),
            Self::Registration { name, handle, .. } => {
                let handle = handle.as_ref().map_or_else(String::new, |handle| format!(" (@{handle})"));
                ("admin-registration", vec![("name", text(name)), ("handle", handle.into())])
            }
            Self::RegistrationOver { name, status, by, reason } => (
                registration_over(*status),
                vec![("name", text(name)), ("by", or_dash(by)), ("reason", or_dash(reason))],
            ),
            Self::Requests { entries, .. } if entries.is_empty() => ("admin-no-requests", vec![]),
            Self::Requests { page: at, pages, .. } => ("admin-requests", page(at, pages).into()),
            Self::Request { name, account, router, .. } => (
                "admin-request",
                vec![("name", text(name)), ("account", text(account)), ("router", text(router))],
            ),
            Self::RequestOver { name, account, approved, reason } => {
                (request_over(*approved, *reason), vec![("name", text(name)), ("account", text(account))])
            }
            Self::AskReason { about, name } => (
                match about {
                    About::Person { .. } => "admin-ask-reason",
                    About::Session { .. } => "admin-ask-reason-session",
                },
                vec![("name", text(name))],
            ),
            Self::BadReason { max } => ("admin-bad-reason", vec![("max", count(max))]),
            Self::Sessions { entries, .. } if entries.is_empty() => ("admin-no-sessions", vec![]),
            Self::Sessions { page: at, pages, total, .. } => {
                let mut arguments = vec![("total", count(total))];
                arguments.extend(page(at, pages));
                ("admin-sessions", arguments)
            }
            Self::Session { name, account, router, state, caller, until, .. } => (
                "admin-session",
                vec![
                    ("name", text(name)),
                    ("account", text(account)),
                    ("router", text(router)),
                    ("state", texts.line(state_key(*state), &[]).into()),
                    ("caller", or_dash(caller)),
                    ("until", until.map_or_else(|| "–".to_owned(), clock).into()),
                ],
            ),
            Self::ConfirmEnd { name, account, router, .. } => (
                "admin-confirm-end",
                vec![("name", text(name)), ("account", text(account)), ("router", text(router))],
            ),
            Self::Alarm { alarm, facts } => (alarm.key(), facts.arguments()),
            Self::Many { many, count: number, names } => many_words(*many, *number, names),
            Self::Gone => ("admin-gone", vec![]),
        }
    }
}

impl Facts {
    fn arguments(&self) -> Vec<(&'static str, Text)> {
        vec![
            ("name", or_dash(&self.name)),
            ("account", or_dash(&self.account)),
            ("router", or_dash(&self.router)),
            ("caller", or_dash(&self.caller)),
            ("detail", or_dash(&self.detail)),
        ]
    }
}

fn many_words(many: Many, count: u32, names: &[String]) -> (&'static str, Vec<(&'static str, Text)>) {
    let key = match many {
        Many::Registrations => "many-registrations",
        Many::Requests => "many-requests",
        Many::Alarms(Alarm::Denial) => "many-denials",
        Many::Alarms(Alarm::Ban) => "many-bans",
        Many::Alarms(Alarm::RouterDown) => "many-routers-down",
        Many::Alarms(_) => "many-alarms",
    };
    let mut list = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > NAMED {
        list.push_str(", …");
    }
    (key, vec![("count", i64::from(count).into()), ("names", list.into())])
}

fn registration_over(status: UserStatus) -> &'static str {
    match status {
        UserStatus::Approved => "admin-registration-approved",
        UserStatus::Rejected => "admin-registration-rejected",
        UserStatus::Blocked => "admin-registration-blocked",
        UserStatus::Pending => "admin-registration-over",
    }
}

fn request_over(approved: bool, reason: Option<EndReason>) -> &'static str {
    match reason {
        _ if approved => "admin-request-approved",
        Some(EndReason::Refused) => "admin-request-refused",
        Some(EndReason::Expired) => "admin-request-lapsed",
        _ => "admin-request-over",
    }
}

/// The words for where a session stands, in a list or on a button.
pub fn state_key(state: SessionState) -> &'static str {
    match state {
        SessionState::Requested => "state-requested",
        SessionState::Granted => "state-granted",
        SessionState::Confirming => "state-confirming",
        SessionState::Active => "state-active",
        SessionState::Ended => "state-ended",
    }
}

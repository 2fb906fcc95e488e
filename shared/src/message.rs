//! Everything that a person can be told in Telegram, and the words for it.
//!
//! A [`Message`] says *what* is told; [`Texts`] has the words, from `locales/ru.ftl` and `locales/en.ftl`
//! (Fluent, so that plurals come out right in both).

use crate::{
    ids::SessionId,
    language::Language,
    session::{EndReason, Outcome, Refusal, SessionState},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

mod admin;
pub mod custom;
mod texts;
pub use admin::{About, AdminMessage, Alarm, Facts, Many, SessionEntry, Warning, state_key};
pub use texts::{Text, Texts};

/// Something that a person is told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the words speak of; the words are in the locales")]
pub enum Message {
    /// To somebody who is not registered.
    Welcome,
    /// What is your name?
    AskName,
    /// That is no name.
    BadName { max: u32 },
    /// The registration is filed.
    RegistrationFiled { name: String },
    /// The registration is still being looked at.
    RegistrationPending { name: String },
    /// Welcome in.
    RegistrationApproved { name: String },
    /// Welcome in, to somebody whose accounts stay switched on.
    RegistrationApprovedAlways { name: String },
    /// Welcome in, to somebody whose requests an operator has to approve.
    RegistrationApprovedOnApproval { name: String },
    /// Turned down.
    RegistrationRejected { reason: String },
    /// Blocked.
    Blocked,
    /// To somebody who is registered: what the bot can do.
    Menu { name: String },
    /// Help; with the way to one-time codes, where those are of use.
    Help {
        #[serde(default)]
        codes: bool,
    },
    /// Help for those whose accounts stay switched on.
    HelpAlways {
        #[serde(default)]
        codes: bool,
    },
    /// Help for those who are not registered.
    HelpStranger,
    /// Which language?
    ChooseLanguage,
    /// The language is set.
    LanguageSet,
    /// Nothing is linked yet.
    NoAccounts,
    /// Which account?
    ChooseAccount,
    /// Access need not be asked for.
    JustConnect { accounts: String },
    /// Access was asked for; an operator must approve.
    SessionRequested {
        account: String,
        #[serde(default)]
        decide_by: Option<Timestamp>,
    },
    /// Access is being prepared, and the router is slow or does not answer.
    GrantDelayed { account: String, router: String },
    /// The router refuses to switch the account on.
    GrantRefused { account: String, router: String },
    /// You may connect.
    SessionGranted {
        account: String,
        router: String,
        until: Option<Timestamp>,
        connect_by: Option<Timestamp>,
        /// The working hours do not run now.
        #[serde(default)]
        outside_hours: bool,
        /// When they begin then.
        #[serde(default)]
        opens_at: Option<Timestamp>,
    },
    /// An operator refused.
    SessionRefused { account: String, reason: Option<String> },
    /// Nobody decided in time.
    RequestLapsed { account: String },
    /// Is it you who connected?
    Prompt {
        account: String,
        router: String,
        caller: Option<String>,
        country: Option<String>,
        address: Option<String>,
        at: Timestamp,
        seconds: u32,
        /// Where the number is shown, if one has to be picked.
        #[serde(default)]
        number_at: Option<String>,
    },
    /// What came of a prompt; replaces it.
    PromptOver { account: String, caller: Option<String>, at: Timestamp, outcome: Outcome },
    /// You are in.
    Opened { account: String, address: Option<String>, until: Option<Timestamp> },
    /// The router does not answer just now.
    OpenDelayed { account: String },
    /// The router would not.
    OpenRefused { account: String },
    /// The tunnel went away before it was opened.
    TunnelGone { account: String },
    /// No answer came in time.
    ConfirmTimedOut { account: String },
    /// Another number was picked than the captive page shows.
    WrongNumber { account: String },
    /// One-time codes for the captive page: what they are for, with or without ones set up; the page's address is filled
    /// in when it is sent.
    Codes {
        enabled: bool,
        #[serde(default)]
        page: Option<String>,
    },
    /// One-time codes open nothing by the person's policy.
    CodesUnused { enabled: bool },
    /// The picture of a new seed, as its caption.
    CodesSeed { secret: String },
    /// That was not the code.
    CodesWrong,
    /// Codes count from now on; the page's address is filled in when it is sent.
    CodesOn {
        #[serde(default)]
        page: Option<String>,
    },
    /// Codes count no more.
    CodesOff,
    /// Too many questions lately: further tunnels wait without one.
    PromptsPaused { account: String, caller: Option<String> },
    /// The policy was changed: the session ends earlier than was said.
    EndsEarlier { account: String, until: Option<Timestamp> },
    /// One tunnel too many is being cut.
    TooManyTunnels { account: String, caller: Option<String> },
    /// A tunnel from where the policy allows none is being cut.
    ForeignPlace { account: String, caller: Option<String> },
    /// A tunnel outside the working hours is being cut.
    OutsideHours { account: String },
    /// The end is near.
    Reminder {
        session: SessionId,
        account: String,
        until: Option<Timestamp>,
        may_extend: bool,
        #[serde(default)]
        by_hours: bool,
    },
    /// What came of the end that was near; replaces the reminder. Without a time the session is over.
    ReminderOver { account: String, until: Option<Timestamp> },
    /// The working hours have ended whose end was near; replaces the reminder. `again`: when they begin, if the session
    /// lasts until then.
    HoursOver { account: String, at: Timestamp, again: Option<Timestamp> },
    /// More time.
    Extended {
        account: String,
        until: Option<Timestamp>,
        #[serde(default)]
        by_hours: bool,
    },
    /// The session is over and everything was read back as closed.
    SessionEnded {
        account: String,
        reason: EndReason,
        #[serde(default)]
        account_stays: bool,
    },
    /// An administrator said that a tunnel is not the person's.
    DeniedByAdmin { account: String, caller: Option<String> },
    /// One more account is theirs.
    AccountLinked { account: String, router: String },
    /// The session is over, but the router does not answer; it is closed as soon as it does.
    EndDelayed { account: String, router: String },
    /// The session is over, but the router refuses to close it.
    EndRefused { account: String, router: String },
    /// Nothing is going on.
    NoSessions,
    /// Nothing is going on, and nothing has to be asked for.
    NoSessionsAlways,
    /// One live session.
    SessionLine {
        session: SessionId,
        account: String,
        router: String,
        state: SessionState,
        until: Option<Timestamp>,
        may_extend: bool,
        #[serde(default)]
        answer_by: Option<Timestamp>,
        #[serde(default)]
        outside_hours: bool,
        /// When the working hours begin, as they do not run now.
        #[serde(default)]
        opens_at: Option<Timestamp>,
    },
    /// Where the person stands.
    Status {
        name: String,
        accounts: String,
        sessions: u32,
        /// Those that are locked.
        #[serde(default)]
        locked: Vec<String>,
    },
    /// The event was refused.
    Refused { refusal: String },
    /// Something went wrong on our side.
    Trouble,
    /// This bot talks to people in private only.
    PrivateOnly,
    /// Too much at once.
    TooFast,
    /// The link of an invitation is used up, too old, or was never one.
    BadInvitation,
    /// An invitation was followed by a Telegram account that belongs to somebody already.
    InvitationTaken { name: String },
    /// Nothing is waited for any more.
    Stopped,
    /// To an administrator.
    Admin(AdminMessage),
}

impl Message {
    /// A refusal, as a message.
    pub fn refused(refusal: Refusal) -> Self {
        Self::Refused { refusal: refusal.key().to_owned() }
    }

    /// The built-in words, as HTML for Telegram. `clock` writes a time in the reader's zone.
    pub fn html(&self, language: Language, clock: &dyn Fn(Timestamp) -> String) -> String {
        self.html_in(&Texts::of(language), clock)
    }

    /// The words of `texts`, as HTML for Telegram.
    pub fn html_in(&self, texts: &Texts, clock: &dyn Fn(Timestamp) -> String) -> String {
        let (key, arguments) = self.words(texts, clock);
        texts.html(&key, &arguments)
    }

    /// The key of the words and their arguments.
    fn words(
        &self,
        texts: &Texts,
        clock: &dyn Fn(Timestamp) -> String,
    ) -> (String, Vec<(&'static str, Text)>) {
        let time = |at: &Option<Timestamp>| Text::from(at.map_or_else(|| "–".to_owned(), clock));
        let text = |text: &String| Text::from(text.clone());
        let (key, arguments) = match self {
            Self::Welcome => ("welcome", vec![]),
            Self::AskName => ("ask-name", vec![]),
            Self::BadName { max } => ("bad-name", vec![("max", i64::from(*max).into())]),
            Self::RegistrationFiled { name } => ("registration-filed", vec![("name", text(name))]),
            Self::RegistrationPending { name } => ("registration-pending", vec![("name", text(name))]),
            Self::RegistrationApproved { name } => ("registration-approved", vec![("name", text(name))]),
            Self::RegistrationApprovedAlways { name } => {
                ("registration-approved-always", vec![("name", text(name))])
            }
            Self::RegistrationApprovedOnApproval { name } => {
                ("registration-approved-on-approval", vec![("name", text(name))])
            }
            Self::RegistrationRejected { reason } => {
                ("registration-rejected", vec![("reason", text(reason))])
            }
            Self::Blocked => ("blocked", vec![]),
            Self::Menu { name } => ("menu", vec![("name", text(name))]),
            Self::Help { codes } => ("help", vec![("code", line_below(texts, "help-code", *codes))]),
            Self::HelpAlways { codes } => {
                ("help-always", vec![("code", line_below(texts, "help-code", *codes))])
            }
            Self::HelpStranger => ("help-stranger", vec![]),
            Self::ChooseLanguage => ("choose-language", vec![]),
            Self::LanguageSet => ("language-set", vec![]),
            Self::NoAccounts => ("no-accounts", vec![]),
            Self::ChooseAccount => ("choose-account", vec![]),
            Self::JustConnect { accounts } => ("just-connect", vec![("accounts", text(accounts))]),
            Self::SessionRequested { account, decide_by } => {
                ("session-requested", vec![("account", text(account)), ("decideBy", time(decide_by))])
            }
            Self::GrantDelayed { account, router } => {
                ("grant-delayed", vec![("account", text(account)), ("router", text(router))])
            }
            Self::GrantRefused { account, router } => {
                ("grant-refused", vec![("account", text(account)), ("router", text(router))])
            }
            Self::SessionGranted { account, router, until, connect_by, outside_hours, opens_at } => (
                match (outside_hours, connect_by) {
                    (true, _) if never_opens(*opens_at, *until) => "session-granted-in-vain",
                    (true, Some(_)) => "session-granted-closed",
                    (true, None) => "session-granted-closed-always",
                    (false, Some(_)) => "session-granted",
                    (false, None) => "session-granted-always",
                },
                vec![
                    ("account", text(account)),
                    ("router", text(router)),
                    ("until", time(until)),
                    ("connectBy", time(connect_by)),
                    ("opensAt", time(opens_at)),
                ],
            ),
            Self::SessionRefused { account, reason } => {
                ("session-refused", vec![("account", text(account)), ("reason", or_dash(reason))])
            }
            Self::RequestLapsed { account } => ("request-lapsed", vec![("account", text(account))]),
            Self::Prompt { account, router, caller, country, address, at, seconds, number_at } => (
                if number_at.is_some() { "prompt-number" } else { "prompt" },
                vec![
                    ("account", text(account)),
                    ("router", text(router)),
                    ("caller", or_dash(caller)),
                    (
                        "country",
                        country.as_ref().map_or_else(String::new, |code| format!(" ({code})")).into(),
                    ),
                    ("address", or_dash(address)),
                    ("at", clock(*at).into()),
                    ("span", texts.span(*seconds).into()),
                    ("url", or_dash(number_at)),
                ],
            ),
            Self::PromptOver { account, caller, at, outcome } => {
                let outcome = match outcome {
                    Outcome::Confirmed => "outcome-confirmed",
                    Outcome::ConfirmedByAdmin => "outcome-confirmed-by-admin",
                    Outcome::NotMe => "outcome-not-me",
                    Outcome::WrongNumber => "outcome-wrong-number",
                    Outcome::DeniedByAdmin => "outcome-denied-by-admin",
                    Outcome::Expired => "outcome-expired",
                    Outcome::Gone => "outcome-gone",
                    Outcome::Ended => "outcome-ended",
                };
                let arguments = vec![
                    ("account", text(account)),
                    ("caller", or_dash(caller)),
                    ("at", clock(*at).into()),
                    ("outcome", texts.line(outcome, &[]).into()),
                ];
                ("prompt-over", arguments)
            }
            Self::Opened { account, address, until } => (
                "opened",
                vec![("account", text(account)), ("address", or_dash(address)), ("until", time(until))],
            ),
            Self::OpenDelayed { account } => ("open-delayed", vec![("account", text(account))]),
            Self::OpenRefused { account } => ("open-refused", vec![("account", text(account))]),
            Self::TunnelGone { account } => ("tunnel-gone", vec![("account", text(account))]),
            Self::ConfirmTimedOut { account } => ("confirm-timed-out", vec![("account", text(account))]),
            Self::WrongNumber { account } => ("wrong-number", vec![("account", text(account))]),
            Self::Codes { enabled: false, .. } => ("codes", vec![]),
            Self::Codes { enabled: true, page } => ("codes-enabled", vec![("url", or_dash(page))]),
            Self::CodesUnused { .. } => ("codes-unused", vec![]),
            Self::CodesSeed { secret } => ("codes-seed", vec![("secret", text(secret))]),
            Self::CodesWrong => ("codes-wrong", vec![]),
            Self::CodesOn { page } => ("codes-on", vec![("url", or_dash(page))]),
            Self::CodesOff => ("codes-off", vec![]),
            Self::PromptsPaused { account, caller } => {
                ("prompts-paused", vec![("account", text(account)), ("caller", or_dash(caller))])
            }
            Self::EndsEarlier { account, until } => {
                ("ends-earlier", vec![("account", text(account)), ("until", time(until))])
            }
            Self::TooManyTunnels { account, caller } => {
                ("too-many-tunnels", vec![("account", text(account)), ("caller", or_dash(caller))])
            }
            Self::ForeignPlace { account, caller } => {
                ("foreign-place", vec![("account", text(account)), ("caller", or_dash(caller))])
            }
            Self::OutsideHours { account } => ("outside-hours", vec![("account", text(account))]),
            Self::Reminder { account, until, may_extend, by_hours, .. } => (
                match (by_hours, may_extend) {
                    (true, _) => "reminder-hours",
                    (false, true) => "reminder",
                    (false, false) => "reminder-last",
                },
                vec![("account", text(account)), ("until", time(until))],
            ),
            Self::ReminderOver { account, until: None } => {
                ("reminder-ended", vec![("account", text(account))])
            }
            Self::ReminderOver { account, until } => {
                ("reminder-extended", vec![("account", text(account)), ("until", time(until))])
            }
            Self::HoursOver { account, at, again } => (
                if again.is_some() { "reminder-hours-over" } else { "reminder-hours-over-last" },
                vec![("account", text(account)), ("at", clock(*at).into()), ("opensAt", time(again))],
            ),
            Self::Extended { account, until, by_hours } => (
                if *by_hours { "extended-hours" } else { "extended" },
                vec![("account", text(account)), ("until", time(until))],
            ),
            Self::SessionEnded { account, reason: EndReason::NeverConnected, account_stays: true } => {
                ("ended-never-connected-on", vec![("account", text(account))])
            }
            Self::SessionEnded { account, reason, .. } => {
                (end_key(*reason), vec![("account", text(account))])
            }
            Self::DeniedByAdmin { account, caller } => {
                ("denied-by-admin", vec![("account", text(account)), ("caller", or_dash(caller))])
            }
            Self::AccountLinked { account, router } => {
                ("account-linked", vec![("account", text(account)), ("router", text(router))])
            }
            Self::EndDelayed { account, router } => {
                ("end-delayed", vec![("account", text(account)), ("router", text(router))])
            }
            Self::EndRefused { account, router } => {
                ("end-refused", vec![("account", text(account)), ("router", text(router))])
            }
            Self::NoSessions => ("no-sessions", vec![]),
            Self::NoSessionsAlways => ("no-sessions-always", vec![]),
            Self::SessionLine {
                account, router, state, until, answer_by, outside_hours, opens_at, ..
            } => (
                line_key(*state, *outside_hours, never_opens(*opens_at, *until)),
                vec![
                    ("account", text(account)),
                    ("router", text(router)),
                    ("until", time(until)),
                    ("answerBy", time(answer_by)),
                    ("opensAt", time(opens_at)),
                ],
            ),
            Self::Status { name, accounts, sessions, locked } => {
                let locked = match locked.as_slice() {
                    [] => String::new(),
                    names => {
                        format!("\n{}", texts.line("status-locked", &[("accounts", names.join(", ").into())]))
                    }
                };
                let arguments = vec![
                    ("name", text(name)),
                    ("accounts", text(accounts)),
                    ("locked", locked.into()),
                    ("sessions", i64::from(*sessions).into()),
                ];
                ("status", arguments)
            }
            Self::Refused { refusal } => return (refusal.clone(), vec![]),
            Self::Trouble => ("trouble", vec![]),
            Self::PrivateOnly => ("private-only", vec![]),
            Self::TooFast => ("too-fast", vec![]),
            Self::BadInvitation => ("bad-invitation", vec![]),
            Self::InvitationTaken { name } => ("invitation-taken", vec![("name", text(name))]),
            Self::Stopped => ("stopped", vec![]),
            Self::Admin(message) => message.words(texts, clock),
        };
        (key.to_owned(), arguments)
    }
}

/// A text without blanks on a line of its own, where it is wanted.
fn line_below(texts: &Texts, key: &str, wanted: bool) -> Text {
    Text::from(if wanted { format!("\n{}", texts.line(key, &[])) } else { String::new() })
}

/// A text, or a dash if there is none.
fn or_dash(text: &Option<String>) -> Text {
    Text::from(text.clone().unwrap_or_else(|| "–".to_owned()))
}

/// Is access over before the working hours begin?
fn never_opens(opens_at: Option<Timestamp>, until: Option<Timestamp>) -> bool {
    opens_at.zip(until).is_some_and(|(opens_at, until)| until <= opens_at)
}

/// The words for where a session stands.
fn line_key(state: SessionState, outside_hours: bool, in_vain: bool) -> &'static str {
    match state {
        SessionState::Granted if outside_hours && in_vain => "session-line-in-vain",
        SessionState::Granted if outside_hours => "session-line-closed",
        SessionState::Requested => "session-line-requested",
        SessionState::Granted => "session-line-allowed",
        SessionState::Confirming => "session-line-confirming",
        SessionState::Active => "session-line-inside",
        SessionState::Ended => "session-line-ended",
    }
}

/// The words for the end of a session.
fn end_key(reason: EndReason) -> &'static str {
    match reason {
        EndReason::FinishedByUser => "ended-finished-by-user",
        EndReason::EndedByAdmin => "ended-by-admin",
        EndReason::Expired => "ended-expired",
        EndReason::Denied => "ended-denied",
        EndReason::ConfirmTimeout => "ended-confirm-timeout",
        EndReason::Banned => "ended-banned",
        EndReason::UserBlocked => "ended-user-blocked",
        EndReason::AccountRemoved => "ended-account-removed",
        EndReason::NeverConnected => "ended-never-connected",
        EndReason::Refused => "ended-refused",
    }
}

//! Everything that a person can be told in Telegram, and the words for it.
//!
//! A [`Message`] says *what* is told: to a person here, to administrators in `admin`. Which words that takes stands in
//! `words`; [`Texts`] has them, from `locales/ru.ftl` and `locales/en.ftl` (Fluent, so that plurals come out right in
//! both), and managers may write their own ([`custom`]).

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
mod words;
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
}

//! Why something is as it is: a code with what goes into its words, kept as such and said in whatever language whoever
//! reads it has. The words are in `locales/reasons.*.ftl`.

use crate::{
    language::Language,
    message::{Text, Texts},
    time::Seconds,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// Why something is as it is. Its code is the variant's name in snake case.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the words speak of; the words are in the locales")]
pub enum Reason {
    /// Words of somebody else's: an administrator's, a router's, Telegram's, or those of rows of before.
    Words {
        text: String,
    },

    // In a session's history.
    /// The person did it, in Telegram.
    InTelegram,
    /// An administrator did it, with the reason that they gave.
    ByAdmin {
        name: String,
        reason: Option<String>,
    },
    OnCaptivePage,
    /// The tunnel waited, and the router did not hold it in the box.
    OutOfBox,
    /// Another tunnel of the router has the tunnel's address.
    AddressTaken,
    PolicyNeedsApproval {
        policy: String,
    },
    Granted {
        seconds: Seconds,
        policy: String,
    },
    ReadBack {
        router: String,
    },
    AlwaysOn,
    CameFrom {
        service: String,
        caller: Option<String>,
        address: Option<String>,
    },
    KnownCaller,
    TelegramOut,
    NoConfirmationWanted,
    TunnelsAllowed {
        count: u32,
    },
    QuestionsPut {
        count: u32,
    },
    PlaceFree,
    Unconfirmed {
        count: u32,
        seconds: Seconds,
    },
    TooManyUnconfirmed,
    WrongNumberPicked,
    WrongNumber,
    NotConfirmedInTime,
    NoAnswer,
    NobodyDecided,
    NeverCame,
    TimeIsOver,
    EndIsNear,
    LessTime {
        policy: String,
    },
    RuledOut {
        policy: String,
    },
    GoneBeforeOpening,
    RouterSilent,
    RouterRefused,
    NotShown,
    Restarted,
    OnlyWatched {
        router: String,
    },
    WatchedUntilNow,
    PersonBlocked,
    AccountTakenAway,

    // What waits for a human.
    AsksToRegister {
        name: String,
    },
    AsksForAccess {
        account: String,
        router: String,
    },
    WaitsForApproval,
    WaitsForAnswer {
        account: String,
        caller: Option<String>,
    },
    SaidNotMe {
        account: String,
        caller: Option<String>,
    },
    WornDown {
        count: u32,
        account: String,
        caller: Option<String>,
    },
    WouldNotOpen {
        router: String,
        account: String,
    },
    /// The router refuses to switch an account on; its words.
    WouldNotSwitchOn {
        router: String,
        account: String,
        said: String,
    },
    /// A session is over, but the router refuses to close it; its words.
    WouldNotClose {
        router: String,
        account: String,
        said: String,
    },
    /// A removal of an account that was decided could not be carried out; why, and whether it is on.
    NotRemoved {
        router: String,
        account: String,
        said: String,
        on: bool,
    },
    DoesNotAnswer {
        router: String,
    },
    OtherCertificate {
        found: String,
    },
    /// The router is the same device as another one that was entered, which works it.
    EnteredTwice {
        router: String,
        other: String,
    },
    /// Behind the router's address is another device than before; their serial numbers.
    OtherDevice {
        router: String,
        before: String,
        found: String,
    },
    /// Another router (`nas`) does not end a tunnel that this one's User Manager let in.
    TunnelElsewhere {
        account: String,
        nas: String,
        caller: Option<String>,
    },
    CommandFails,
    ClockSet {
        seconds: i64,
    },
    /// Telegram is out of reach; the names of the policies that wait, take codes, and open without asking.
    Outage {
        wait: Vec<String>,
        codes: Vec<String>,
        open: Vec<String>,
    },
    NoCountries {
        policies: Vec<String>,
    },
    NoPageAddress {
        policies: Vec<String>,
    },
    IsBanned {
        address: String,
        why: Box<Self>,
    },
    /// The bot may not write to the person; Telegram's words.
    BotForbidden {
        said: String,
    },
    /// The bot does not get what people write and tap, for this reason.
    BotIsDeaf {
        said: String,
    },
    /// Telegram refused a message; its words.
    MessageRefused {
        said: String,
    },
    /// What the doctor found: the name of its words and what goes into them.
    BoxOpen {
        words: String,
        blanks: Vec<(String, Text)>,
    },

    // Bans.
    /// An address was left alone, because the router is managed from there, by `who`.
    BanSpared {
        address: String,
        who: String,
    },
    BannedNotMe {
        account: String,
    },
    BannedUnconfirmed {
        count: u32,
        account: String,
    },

    // What was found on a router that nobody asked for.
    AllowEntryLeftOver {
        address: String,
    },
    AllowEntryForeign {
        address: String,
    },
    /// One that lets no tunnel through.
    AllowEntryElsewhere {
        address: String,
    },
    AllowEntryChanged {
        address: String,
    },
    AllowEntryMissing {
        account: String,
    },
    /// An entry for an address that two tunnels have at once.
    AllowEntryShared {
        address: String,
    },
    RuleGone {
        rule: String,
    },
    RuleChanged {
        rule: String,
    },
    RuleFound {
        rule: String,
        on: bool,
    },
    AccountFound {
        account: String,
        on: bool,
    },
    AccountNotThere {
        account: String,
    },
    BanMissing {
        address: String,
    },
    /// A tunnel that waits is not on the list of the box.
    NotInBox {
        account: String,
        address: Option<String>,
        list: String,
    },
    /// A tunnel that nobody owns is left alone: the router is managed through it.
    TunnelSpared {
        account: String,
        address: String,
        who: String,
    },
    /// A tunnel that nobody owns is left alone: whether the router is managed through it cannot be told.
    ManagersUnknown {
        account: String,
        address: String,
    },
    /// A tunnel has to go, or would have to if its router were not only watched.
    Unwelcome {
        account: String,
        caller: Option<String>,
        why: Unwelcome,
        watched: bool,
    },

    /// A tunnel that another router has for an account of this one's User Manager is ended, or would be.
    EndsElsewhere {
        account: String,
        nas: String,
        caller: Option<String>,
        watched: bool,
    },

    // What would have been done on a router that is only watched.
    WouldSwitchAccount {
        account: String,
        on: bool,
    },
    WouldOpen {
        account: String,
        caller: Option<String>,
    },
    WouldClose {
        account: String,
        caller: Option<String>,
    },
    WouldCut {
        account: String,
        caller: Option<String>,
    },
    WouldBan {
        address: String,
        seconds: Seconds,
    },
    WouldLiftBan {
        address: String,
    },
    WouldSwitchRuleOff {
        rule: String,
    },

    // What another policy would have made of the past.
    /// A tunnel, and what was decided then: a key as in a session's history.
    Then {
        account: String,
        caller: Option<String>,
        then: String,
    },
    /// A session, and how it began.
    BeganThen {
        account: String,
        then: String,
    },
}

/// Why a tunnel may not be there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it all; the words are in the locales")]
pub enum Unwelcome {
    /// Its account is linked to nobody.
    NobodysAccount,
    /// There is nothing by which it could be held in the box.
    NoAddress,
    TooMany,
    Banned,
    NoSession,
    /// Its address is not on the list of the box.
    NotInBox,
    /// Another tunnel has its address.
    AddressTaken,
}

impl Reason {
    /// As it is kept.
    pub fn stored(&self) -> String {
        // Maps with text keys, text and numbers: there is nothing in it that could not be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What was kept. Rows of before reasons had codes are words.
    pub fn read(stored: &str) -> Self {
        serde_json::from_str(stored).unwrap_or_else(|_| Self::Words { text: stored.to_owned() })
    }

    /// Its code, as it is kept and as the API names it.
    pub fn code(&self) -> String {
        let kept = serde_json::to_value(self).ok();
        let code = kept.as_ref().and_then(|kept| kept.get("code")).and_then(|code| code.as_str());
        code.unwrap_or("words").to_owned()
    }

    /// In words.
    pub fn say(&self, language: Language) -> String {
        let texts = Texts::of_reasons(language);
        match self {
            Self::Words { text } => text.clone(),
            Self::BoxOpen { words, blanks } => {
                let blanks: Vec<(&str, Text)> =
                    blanks.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
                let doctor = Texts::of_doctor(language);
                let say = |part: &str| doctor.line(&format!("{words}-{part}"), &blanks);
                format!("{}. {}", say("title"), say("detail"))
            }
            Self::Outage { wait, codes, open } => {
                let part = |key: &str, names: &Vec<String>| {
                    let names = [("policies", names.join(", ").into())];
                    texts.line(key, &names)
                };
                let parts = [("outage-wait", wait), ("outage-codes", codes), ("outage-open", open)];
                let parts: Vec<String> = parts
                    .into_iter()
                    .filter(|(_, names)| !names.is_empty())
                    .map(|(key, names)| part(key, names))
                    .collect();
                let rest = parts.join("; ");
                texts.line("outage", &[("rest", rest.into())])
            }
            _ => {
                let blanks = self.blanks(&texts, language);
                let blanks: Vec<(&str, Text)> =
                    blanks.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
                texts.line(&self.key(), &blanks)
            }
        }
    }

    /// The name of its words.
    fn key(&self) -> String {
        match self {
            Self::ByAdmin { reason: Some(_), .. } => "by-admin-because".to_owned(),
            _ => self.code().replace('_', "-"),
        }
    }

    /// What goes into the blanks of its words, in this language: its fields by their names, but a span as `span`.
    fn blanks(&self, texts: &Texts, language: Language) -> Vec<(String, Text)> {
        let Ok(Value::Object(fields)) = serde_json::to_value(self) else { return Vec::new() };
        let blank = |(name, value): (String, Value)| match (name.as_str(), value) {
            ("caller", Value::Null) => (name, texts.line("unknown-address", &[]).into()),
            ("address", Value::Null) => (name, texts.line("no-address", &[]).into()),
            ("seconds", Value::Number(seconds)) if !matches!(self, Self::ClockSet { .. }) => {
                let seconds = seconds.as_u64().and_then(|seconds| u32::try_from(seconds).ok());
                ("span".to_owned(), Texts::of(language).span(seconds.unwrap_or(u32::MAX)).into())
            }
            // Which of several sentences it is stands in the words themselves.
            ("why", Value::String(which)) => (name, which.replace('_', "-").into()),
            ("why", Value::Object(_)) => {
                (name, self.cause().map(|why| why.say(language)).unwrap_or_default().into())
            }
            (_, Value::Bool(yes)) => (name, if yes { "yes" } else { "no" }.into()),
            (_, Value::Number(number)) => (name, number.as_i64().unwrap_or(i64::MAX).into()),
            (_, Value::Array(all)) => {
                let all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
                (name, all.join(", ").into())
            }
            (_, Value::String(text)) => (name, text.into()),
            (_, Value::Null | Value::Object(_)) => (name, "".into()),
        };
        fields.into_iter().filter(|(name, _)| name != "code").map(blank).collect()
    }

    /// The reason behind it.
    fn cause(&self) -> Option<&Self> {
        match self {
            Self::IsBanned { why, .. } => Some(why),
            _ => None,
        }
    }
}

/// In English, for the audit and the log.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Language::En))
    }
}

//! Which words a message to a person takes, and what is filled into them.

use super::{Message, Text, Texts};
use crate::{
    session::{EndReason, Outcome, SessionState},
    time::Timestamp,
};

impl Message {
    /// The key of the words and their arguments.
    pub(super) fn words(
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
                granted_key(*outside_hours, connect_by.is_some(), never_opens(*opens_at, *until)),
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
                let arguments = vec![
                    ("account", text(account)),
                    ("caller", or_dash(caller)),
                    ("at", clock(*at).into()),
                    ("outcome", texts.line(outcome_key(*outcome), &[]).into()),
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
                let arguments = vec![
                    ("name", text(name)),
                    ("accounts", text(accounts)),
                    ("locked", locked_line(texts, locked)),
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
pub(super) fn or_dash(text: &Option<String>) -> Text {
    Text::from(text.clone().unwrap_or_else(|| "–".to_owned()))
}

/// The accounts that are locked, on a line of their own.
fn locked_line(texts: &Texts, locked: &[String]) -> Text {
    let line = |names: String| format!("\n{}", texts.line("status-locked", &[("accounts", names.into())]));
    Text::from(if locked.is_empty() { String::new() } else { line(locked.join(", ")) })
}

/// Is access over before the working hours begin?
fn never_opens(opens_at: Option<Timestamp>, until: Option<Timestamp>) -> bool {
    opens_at.zip(until).is_some_and(|(opens_at, until)| until <= opens_at)
}

/// The words for access that was given; `in_vain`: it is over before the working hours begin, which do not run now.
fn granted_key(outside_hours: bool, has_time_to_connect: bool, in_vain: bool) -> &'static str {
    match (outside_hours, has_time_to_connect) {
        (true, _) if in_vain => "session-granted-in-vain",
        (true, true) => "session-granted-closed",
        (true, false) => "session-granted-closed-always",
        (false, true) => "session-granted",
        (false, false) => "session-granted-always",
    }
}

/// The words for what came of a prompt.
fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Confirmed => "outcome-confirmed",
        Outcome::ConfirmedByAdmin => "outcome-confirmed-by-admin",
        Outcome::NotMe => "outcome-not-me",
        Outcome::WrongNumber => "outcome-wrong-number",
        Outcome::DeniedByAdmin => "outcome-denied-by-admin",
        Outcome::Expired => "outcome-expired",
        Outcome::Gone => "outcome-gone",
        Outcome::Ended => "outcome-ended",
    }
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

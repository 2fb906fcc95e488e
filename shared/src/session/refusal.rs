//! Why an event was not accepted. A refusal changes nothing.

use thiserror::Error;

/// Why an event was not accepted. The variants are keys of the locales (`refusal-…`): bot and console have
/// words for each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Error)]
pub enum Refusal {
    /// The person is not approved.
    #[error("the person is not approved")]
    NotApproved,
    /// The account is out of use until an administrator acts.
    #[error("the account is suspended until an administrator enables it")]
    Suspended,
    /// There is a live session already.
    #[error("the account has a live session already")]
    AlreadyLive,
    /// A request for it waits for an operator.
    #[error("access was asked for already, and waits for an operator")]
    AlreadyRequested,
    /// There is no live session.
    #[error("the session is over")]
    SessionOver,
    /// The session is not waiting for approval.
    #[error("the session is not waiting for approval")]
    NotRequested,
    /// The answer is not from the person who was asked.
    #[error("only the person who was asked can answer")]
    NotYours,
    /// The answer does not carry the prompt's nonce, or no prompt is known.
    #[error("the answer belongs to no open question")]
    UnknownPrompt,
    /// The prompt was answered before.
    #[error("the question was answered before")]
    AlreadyAnswered,
    /// The prompt expired.
    #[error("the question has expired")]
    TooLate,
    /// The tunnel is gone.
    #[error("the connection is gone")]
    ConnectionGone,
    /// Too many of the person's tunnels were confirmed by nobody.
    #[error("too many connections were not confirmed; access is closed for some time")]
    Banned,
    /// The policy's working hours do not run now.
    #[error("access is not allowed at this hour")]
    OutsideHours,
    /// The policy allows no further extension.
    #[error("no further extension is allowed")]
    NoMoreExtensions,
    /// The working hours end before the session, so that more time is of no use.
    #[error("access ends with the working hours; more time would not change that")]
    HoursEndFirst,
    /// The span is zero, or leads beyond a year.
    #[error("the time must be from one second to a year")]
    BadSpan,
    /// The router is only watched: nothing that a person asks for would be done on it.
    #[error("the router is only watched, so that nothing would be done on it")]
    Observed,
}

impl Refusal {
    /// Every refusal, for tests that walk them.
    pub const ALL: [Self; 17] = [
        Self::NotApproved,
        Self::Suspended,
        Self::AlreadyLive,
        Self::AlreadyRequested,
        Self::SessionOver,
        Self::NotRequested,
        Self::NotYours,
        Self::UnknownPrompt,
        Self::AlreadyAnswered,
        Self::TooLate,
        Self::ConnectionGone,
        Self::Banned,
        Self::OutsideHours,
        Self::NoMoreExtensions,
        Self::HoursEndFirst,
        Self::BadSpan,
        Self::Observed,
    ];

    /// The key of its words in the locales.
    pub fn key(self) -> &'static str {
        match self {
            Self::NotApproved => "refusal-not-approved",
            Self::Suspended => "refusal-suspended",
            Self::AlreadyLive => "refusal-already-live",
            Self::AlreadyRequested => "refusal-already-requested",
            Self::SessionOver => "refusal-session-over",
            Self::NotRequested => "refusal-not-requested",
            Self::NotYours => "refusal-not-yours",
            Self::UnknownPrompt => "refusal-unknown-prompt",
            Self::AlreadyAnswered => "refusal-already-answered",
            Self::TooLate => "refusal-too-late",
            Self::ConnectionGone => "refusal-connection-gone",
            Self::Banned => "refusal-banned",
            Self::OutsideHours => "refusal-outside-hours",
            Self::NoMoreExtensions => "refusal-no-more-extensions",
            Self::HoursEndFirst => "refusal-hours-end-first",
            Self::BadSpan => "refusal-bad-span",
            Self::Observed => "refusal-observed",
        }
    }
}

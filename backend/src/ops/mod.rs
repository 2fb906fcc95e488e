//! The use cases, a file a noun. They alone write state: load, ask the rules, save, all in one transaction.
//!
//! An op takes who does it ([`Who`]) for the audit. It never talks to a router or to Telegram: it writes down
//! what is wished, and wakes the worker that will see to it.

pub mod accounts;
pub mod admins;
pub mod alarms;
pub mod attention;
pub mod authority;
pub mod bans;
pub mod boxed;
pub mod chats;
pub mod devices;
pub mod doctor;
pub mod drifts;
pub(crate) mod elsewhere;
mod guesses;
pub mod hooks;
mod hours;
pub mod import;
pub mod invitations;
pub mod letters;
pub mod links;
pub mod offline;
pub mod operate;
pub mod outage;
mod passwords;
pub mod policies;
pub mod preferences;
pub mod reach;
pub mod reception;
pub mod registration;
pub mod router_accounts;
pub mod routers;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod sign_in;
mod surroundings;
pub mod templates;
pub mod throttle;
pub mod totp;
pub mod tunnels;
mod unit;
pub mod users;
pub mod webhook;
pub mod what_if;
pub mod wishes;

pub(crate) use hours::moment;

use crate::store::{StoreError, Tx, records::NewAudit};
use sallyport_shared::{ids::AdminId, person::TelegramId, session::Refusal, time::Timestamp};
use thiserror::Error;

/// Who does something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Who {
    /// Sallyport itself: a timer, a reconciliation.
    System,
    /// An administrator.
    Admin {
        /// Their id.
        id: AdminId,
        /// Their username.
        name: String,
        /// From which network address.
        address: Option<String>,
    },
    /// A person, in Telegram.
    Person {
        /// Their number.
        telegram: TelegramId,
        /// Their name, as far as it is known.
        name: String,
    },
    /// A router, by what it shows.
    Router {
        /// Its name.
        name: String,
    },
}

impl Who {
    /// The actor as the audit names it.
    pub fn actor(&self) -> String {
        match self {
            Self::System => "system".to_owned(),
            Self::Admin { name, .. } => format!("admin:{name}"),
            Self::Person { telegram, name } => format!("person:{name} ({})", telegram.0),
            Self::Router { name } => format!("router:{name}"),
        }
    }

    /// The network address that it came from.
    pub fn address(&self) -> Option<&str> {
        match self {
            Self::Admin { address, .. } => address.as_deref(),
            _ => None,
        }
    }
}

/// Why an op was not done. Nothing was changed.
#[derive(Debug, Error)]
pub enum OpError {
    /// The rules say no.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// There is no such thing (any more).
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// An argument is not acceptable.
    #[error("{message}")]
    Invalid {
        /// Which one, in the API's spelling.
        field: &'static str,
        /// What is wrong and what to do, in plain words.
        message: String,
    },
    /// It does not go together with what is there.
    #[error("{0}")]
    Conflict(String),
    /// Nobody is signed in, or no longer.
    #[error("{0}")]
    Unauthenticated(String),
    /// The one who asks may not.
    #[error("{0}")]
    Forbidden(String),
    /// Too many attempts.
    #[error("{0}")]
    RateLimited(String),
    /// The router cannot be reached.
    #[error("{message}")]
    RouterUnreachable {
        /// What happened and what to do.
        message: String,
    },
    /// The router said no.
    #[error("{message}")]
    RouterRefused {
        /// What happened and what to do.
        message: String,
        /// The router's own words.
        router_message: String,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What many asked for at once failed for all of them.
    #[error("{0}")]
    Shared(std::sync::Arc<Self>),
    /// Something else failed; the text is for the log.
    #[error("{0}")]
    Internal(String),
}

impl OpError {
    /// An argument that is not acceptable.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { field, message: message.into() }
    }

    /// The database does not answer: whatever was asked is to be tried again, for as long as that takes.
    pub fn is_outage(&self) -> bool {
        matches!(self, Self::Store(StoreError::Unavailable(_)))
    }
}

/// The result of an op.
pub type OpResult<T> = Result<T, OpError>;

/// Writes an audit event into the transaction; gives its id, to be told on the bus after the commit.
pub async fn audit(
    tx: &mut Tx,
    now: Timestamp,
    who: &Who,
    action: &str,
    subject: &str,
    detail: Option<&str>,
) -> OpResult<String> {
    let event = NewAudit {
        actor: who.actor(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        detail: detail.map(str::to_owned),
        address: who.address().map(str::to_owned),
    };
    Ok(tx.audit(&event, now).await?.id.to_string())
}

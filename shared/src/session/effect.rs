//! What a step asks the rest of the system to do.

use super::{CloseReason, Elsewhere, Tunnel};
use crate::{
    ids::{AccountId, ConnectionId, SessionId, UserId},
    message::Message,
    policy::NotAdmitted,
    time::Seconds,
};
use serde::{Deserialize, Serialize};

/// Something to be done. Effects are written down in the transaction that decided them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Make the router so.
    Wish(Wish),
    /// Tell the session's person something.
    Tell(Message),
    /// Ask the connection's owner, by its prompt.
    Ask {
        /// Which connection.
        connection: ConnectionId,
    },
    /// Take the buttons off the connection's prompt and write the outcome below.
    CloseAsk {
        /// Which connection.
        connection: ConnectionId,
        /// What came of it.
        outcome: Outcome,
    },
    /// Write this in place of the session's reminder that stands in the chat, and take its buttons away.
    CloseReminder(Message),
    /// Tell those who watch over the system.
    Alert(Alert),
    /// Write down that a tunnel was turned away: it belongs to no session, so nothing else would remember it.
    TurnedAway {
        /// The tunnel.
        tunnel: Tunnel,
        /// From which country, where it is known.
        country: Option<String>,
        /// Which rule was against it.
        against: NotAdmitted,
    },
}

/// What came of a prompt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it all; words are in the locales")]
pub enum Outcome {
    Confirmed,
    ConfirmedByAdmin,
    NotMe,
    WrongNumber,
    DeniedByAdmin,
    Expired,
    Gone,
    Ended,
}

/// How a router should be. Wishes are carried out at least once and read back; a newer wish about the same
/// thing replaces an older one.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "wish", rename_all = "snake_case")]
pub enum Wish {
    /// The account is enabled, or disabled.
    Account {
        /// Which account.
        account: AccountId,
        /// Its name on the router, so that it can be carried out when the link is gone.
        username: String,
        /// Enabled?
        enabled: bool,
    },
    /// The tunnel is let through: read again first, then the allow entry and the bound rule.
    Open {
        /// Which connection.
        connection: ConnectionId,
        /// Whose account.
        account: AccountId,
        /// The tunnel that was confirmed; any other one stays closed.
        tunnel: Tunnel,
    },
    /// The tunnel is not let through: no allow entry, and the rule is off unless another tunnel needs it.
    Close {
        /// Which connection.
        connection: ConnectionId,
        /// Whose account.
        account: AccountId,
        /// The tunnel.
        tunnel: Tunnel,
    },
    /// The tunnel is gone.
    Cut {
        /// The tunnel.
        tunnel: Tunnel,
        /// Why, for the record.
        why: CloseReason,
    },
    /// The tunnel that another router has is gone.
    CutElsewhere {
        /// The tunnel.
        tunnel: Elsewhere,
    },
    /// The caller's address is on the ban list.
    Ban {
        /// The address.
        address: String,
        /// For how long, from the decision on.
        seconds: Seconds,
        /// Why, for the record.
        #[serde(default = "denied")]
        why: CloseReason,
    },
    /// The caller's address is not on the ban list any more.
    Unban {
        /// The address.
        address: String,
    },
    /// A rule that is bound to nobody any more is off: it was on as long as somebody was inside.
    RuleOff {
        /// The rule's `.id`.
        rule_id: String,
        /// Its exact comment, byte for byte.
        comment: Vec<u8>,
    },
}

/// Bans were for *Not me* alone before they said why.
fn denied() -> CloseReason {
    CloseReason::Denied
}

impl Wish {
    /// What the wish is about: of several wishes with one key only the newest counts.
    pub fn key(&self) -> String {
        match self {
            Self::Account { username, .. } => format!("account:{username}"),
            Self::Open { connection, .. } | Self::Close { connection, .. } => format!("door:{connection}"),
            Self::Cut { tunnel: Tunnel { boot, router_session_id, username, .. }, .. } => {
                format!("tunnel:{}:{router_session_id}:{username}", boot.0)
            }
            Self::CutElsewhere { tunnel } => tunnel.key(),
            Self::Ban { address, .. } | Self::Unban { address } => format!("ban:{address}"),
            Self::RuleOff { rule_id, .. } => format!("rule:{rule_id}"),
        }
    }

    /// Does it take something away from a person, as opposed to letting them in?
    pub fn is_closing(&self) -> bool {
        match self {
            Self::Account { enabled, .. } => !enabled,
            Self::Open { .. } | Self::Unban { .. } => false,
            Self::Close { .. }
            | Self::Cut { .. }
            | Self::CutElsewhere { .. }
            | Self::Ban { .. }
            | Self::RuleOff { .. } => true,
        }
    }
}

/// What those who watch over the system are told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "alert", rename_all = "snake_case")]
pub enum Alert {
    /// Somebody has asked to be registered.
    Registration {
        /// Who.
        user: UserId,
    },
    /// A session waits for approval.
    SessionApproval {
        /// Which.
        session: SessionId,
    },
    /// A person said *Not me*: somebody else has their password.
    Denied {
        /// Which session.
        session: SessionId,
        /// From where the tunnel came.
        caller_id: Option<String>,
    },
    /// Too many tunnels that nobody confirmed: a caller was banned.
    Banned {
        /// Which session.
        session: SessionId,
        /// From where the last tunnel came.
        caller_id: Option<String>,
    },
    /// A tunnel was cut because its account may not be connected now.
    ForeignTunnel {
        /// The tunnel.
        tunnel: Tunnel,
        /// Why.
        why: CloseReason,
    },
    /// The router would not open for a person who confirmed.
    OpenRefused {
        /// Which session.
        session: SessionId,
    },
}

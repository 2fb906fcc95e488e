//! Sessions and their tunnels.

use serde::Deserialize;

use super::{CloseReason, ConnectionState, EndReason, Named, SessionState};
use crate::api::json::{Read, Unreadable, shapes, text};
use crate::time::Moment;

shapes! {
    /// The time-limited right of one account to be connected.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Session {
        /// Its id.
        pub id: String,
        /// Where it stands.
        pub state: SessionState,
        /// When access was asked for.
        pub requested_at: Moment,
        /// When it was allowed.
        pub granted_at: Option<Moment>,
        /// When it ends, unless extended.
        pub expires_at: Option<Moment>,
        /// When the person's access ends: with the session, or with the policy's hours, whichever is first.
        pub access_until: Option<Moment>,
        /// Until when a tunnel has to have come, or a request has to be decided; `None`: that time does not run.
        pub connect_by: Option<Moment>,
        /// When it ended.
        pub ended_at: Option<Moment>,
        /// Why it ended.
        pub end_reason: Option<EndReason>,
        /// How often it was extended.
        pub extensions: i64,
        /// The account that may connect.
        pub account: SessionAccount,
        /// Whose it is.
        pub user: SessionUser,
        /// Its tunnels, the closed ones too.
        pub connections: Vec<Connection>,
        /// Why it is as it is; only the inspector asks for it.
        pub decisions: Vec<Decision> = Vec::new(),
    }

    /// The account of a session.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SessionAccount {
        /// Its id.
        pub id: String,
        /// The name on the router.
        pub username: String,
        /// The router.
        pub router: Named,
    }

    /// The person of a session.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SessionUser {
        /// Its id.
        pub id: String,
        /// The name that admins see.
        pub display_name: String,
        /// The policy in force.
        pub policy: SessionPolicy,
    }

    /// What of a policy a session shows. Lengths are in seconds.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SessionPolicy {
        /// Its id.
        pub id: String,
        /// Its name.
        pub name: String,
        /// How long a session lasts.
        pub session_seconds: i64,
        /// How long before the end the reminder comes.
        pub remind_before_seconds: i64,
        /// What one extension adds.
        pub extension_seconds: i64,
        /// How many extensions the person may take.
        pub max_extensions: i64,
        /// How long a prompt waits.
        pub confirm_seconds: i64,
        /// How long an allowed person may take to connect.
        pub connect_window_seconds: i64,
    }

    /// One tunnel of a session, as the router shows it.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Connection {
        /// Its id.
        pub id: String,
        /// Where it stands.
        pub state: ConnectionState,
        /// The router's own id for it.
        pub router_session_id: String,
        /// L2TP, SSTP, …
        pub service: String,
        /// The public address that called.
        pub caller_id: Option<String>,
        /// The address inside the VPN.
        pub address: Option<String>,
        /// Where the caller is, if a country database is configured.
        pub country: Option<String>,
        /// When it came up.
        pub connected_at: Moment,
        /// When its owner confirmed it.
        pub confirmed_at: Option<Moment>,
        /// Until when its owner may answer.
        pub prompt_expires_at: Option<Moment>,
        /// When it went down.
        pub closed_at: Option<Moment>,
        /// Why.
        pub close_reason: Option<CloseReason>,
        /// Bytes from the caller.
        pub bytes_in: Option<f64>,
        /// Bytes to the caller.
        pub bytes_out: Option<f64>,
        /// Whether the router lets it through, as last read.
        pub open: bool,
    }

    /// One link of the chain that explains a session.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Decision {
        /// When.
        pub at: Moment,
        /// What was decided.
        pub what: String,
        /// And why.
        pub why: String,
    }

    /// What the live feed says about a session.
    #[derive(Clone, Debug, PartialEq)]
    pub struct SessionChange {
        /// Whether it is there still.
        pub kind: ChangeKind,
        /// The session after the change.
        pub session: Session,
    }
}

/// Whether a row came, changed or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChangeKind {
    /// It is new.
    Created,
    /// It changed.
    Updated,
    /// It is gone.
    Removed,
}

impl Read for ChangeKind {
    fn read(value: &serde_json::Value) -> Result<Self, Unreadable> {
        match text(value)? {
            "CREATED" => Ok(Self::Created),
            "UPDATED" => Ok(Self::Updated),
            "REMOVED" => Ok(Self::Removed),
            other => Err(Unreadable(format!("no kind of change is called {other}"))),
        }
    }
}

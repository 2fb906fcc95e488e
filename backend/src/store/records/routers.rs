//! Routers, what was last seen of them, bans and drift.

use sallyport_shared::{
    ids::{AccountId, RouterId, UserId},
    person::AccountSource,
    policy::NotAdmitted,
    reason::Reason,
    session::Tunnel,
    time::{Seconds, Timestamp},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// May a router be written to?
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RouterMode {
    /// Yes: what is decided is carried out.
    Enforce,
    /// No: only what would have been done is shown.
    Observe,
}

/// How the API connection is protected.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TlsMode {
    /// Not at all (port 8728).
    Plain,
    /// TLS with the one certificate whose SHA-256 is known.
    Pinned,
    /// TLS with a certificate of a known authority.
    Ca,
}

/// How the connection to a router is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RouterState {
    /// Not yet known.
    Connecting,
    /// Answers, and everything asked for was done.
    Online,
    /// Answers, but not everything could be done.
    Degraded,
    /// Does not answer.
    Offline,
    /// Switched off in Sallyport.
    Disabled,
}

/// A router's settings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RouterRecord {
    /// Which router.
    pub id: RouterId,
    /// Its name in the console.
    pub name: String,
    /// Name or address.
    pub host: String,
    /// The API's port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: TlsMode,
    /// SHA-256 of the pinned certificate, in hex.
    pub pinned_sha256: Option<String>,
    /// The authority's certificate, PEM.
    pub ca_pem: Option<String>,
    /// The API user.
    pub username: String,
    /// Their password, encrypted by the caller.
    pub password_enc: Vec<u8>,
    /// Log in by an MD5 challenge, as RouterOS before 6.43 wants it; never done unless somebody asked for it.
    pub md5_login: bool,
    /// May it be written to?
    pub mode: RouterMode,
    /// Is it worked with at all?
    pub enabled: bool,
    /// How often its tables are read.
    pub poll_seconds: Seconds,
    /// The address list of the box.
    pub sandbox_list: String,
    /// The address list of those who are let through.
    pub allow_list: String,
    /// The address list of banned callers.
    pub ban_list: String,
    /// The time of an allow entry, which is renewed before it lapses.
    pub allow_seconds: Seconds,
    /// Where accounts are, as set by an administrator; none: found out.
    pub account_source: Option<AccountSource>,
    /// Hash of the hooks' token, by which the router is found.
    pub hook_token_hash: String,
    /// The token, encrypted by the caller, to show the hook's URL again.
    pub hook_token_enc: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Deleted, and kept only so that history can be read.
    pub deleted_at: Option<Timestamp>,
    /// Counts the changes; what is saved must have been loaded last.
    pub version: i64,
}

/// What was last seen of a router.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RouterStatus {
    /// Which router.
    pub router: RouterId,
    /// How the connection is.
    pub state: RouterState,
    /// What went wrong last, in the router's or the network's words.
    pub last_error: Option<String>,
    /// When it answered last.
    pub last_seen_at: Option<Timestamp>,
    /// It pushes its tunnels.
    pub push: bool,
    /// `/system/identity`.
    pub identity: Option<String>,
    /// RouterOS version.
    pub version: Option<String>,
    /// Board name.
    pub board: Option<String>,
    /// Seconds since it started, when it was seen last.
    pub uptime_seconds: Option<i64>,
    /// Its clock minus ours, in seconds.
    pub clock_skew_seconds: Option<i64>,
    /// Where accounts are, as found out.
    pub account_source: Option<AccountSource>,
}

impl RouterStatus {
    /// Of a router that was never seen.
    pub fn unknown(router: RouterId) -> Self {
        Self {
            router,
            state: RouterState::Connecting,
            last_error: None,
            last_seen_at: None,
            push: false,
            identity: None,
            version: None,
            board: None,
            uptime_seconds: None,
            clock_skew_seconds: None,
            account_source: None,
        }
    }
}

/// A tunnel that was turned away by hour or place. It belongs to no session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TurnedAway {
    /// Whose account it used.
    pub user: UserId,
    /// The account.
    pub account: AccountId,
    /// On which router.
    pub router: RouterId,
    /// The tunnel.
    pub tunnel: Tunnel,
    /// ISO 3166 code of the caller's country, where it was known.
    pub country: Option<String>,
    /// When it was seen.
    pub at: Timestamp,
    /// Which rule was against it.
    pub against: NotAdmitted,
}

/// A banned address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BanRecord {
    /// Its id.
    pub id: Uuid,
    /// On which router.
    pub router: RouterId,
    /// The caller's public address.
    pub address: String,
    /// Why.
    pub reason: Reason,
    /// Until when; none: until it is removed.
    pub until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was lifted, or replaced by a later one.
    pub removed_at: Option<Timestamp>,
    /// With whose account it was earned.
    pub user: Option<UserId>,
}

/// Something on a router that was not as it should be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DriftRecord {
    /// Its id.
    pub id: Uuid,
    /// On which router.
    pub router: RouterId,
    /// When it was found.
    pub at: Timestamp,
    /// What was found.
    pub what: Reason,
    /// It was put right.
    pub repaired: bool,
}

/// What has become of a change of a router's set-up.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SetupState {
    /// It is about to be made; whether it was, only the router knows.
    Announced,
    /// It was made and read back.
    Done,
    /// It was not made.
    Never,
    /// It was taken back.
    Undone,
    /// It was not taken back, because somebody changed the same since.
    Left,
}

/// A change of a router's set-up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetupChange {
    /// Its id; later changes have larger ones.
    pub id: Uuid,
    /// On which router.
    pub router: RouterId,
    /// The step that it belongs to.
    pub step: String,
    /// What it is and what was there before, encrypted by the caller.
    pub body_enc: Vec<u8>,
    /// What has become of it.
    pub state: SetupState,
    /// When it was announced.
    pub created_at: Timestamp,
}

/// What is done to an account on a router.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountVerb {
    /// It is made.
    Create,
    /// It is given another password.
    Password,
    /// It is removed.
    Delete,
}

/// What has become of a change of an account.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChangeState {
    /// It is about to be made; whether it was, only the router knows.
    Announced,
    /// It was made and read back.
    Done,
    /// The router said no.
    Refused,
    /// Nobody was told of it, but what was to be made is on the router.
    Found,
    /// It was not made.
    Never,
    /// What became of it cannot be read back.
    Unknown,
}

/// A change of an account on a router.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountChange {
    /// Its id; later changes have larger ones.
    pub id: Uuid,
    /// On which router.
    pub router: RouterId,
    /// The name of the account.
    pub username: String,
    /// Where the router keeps it.
    pub source: AccountSource,
    /// What is done to it.
    pub verb: AccountVerb,
    /// Who decided it, as the audit names them.
    pub actor: String,
    /// What has become of it.
    pub state: ChangeState,
    /// Until then whoever announced it is at work.
    pub alive_until: Timestamp,
}

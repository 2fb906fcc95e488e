//! Those who run the system: administrators, their sign-ins, the audit and what they are alerted to.

use sallyport_shared::{
    ids::{AccountId, AdminId, RouterId, SessionId, UserId},
    language::Language,
    person::TelegramId,
    reason::Reason,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an administrator may do; each may do what the ones below may.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Looks on.
    Viewer,
    /// Approves, cuts, extends.
    Operator,
    /// Manages people, routers and policies.
    Admin,
    /// Manages administrators as well.
    Owner,
}

/// Somebody who signs in to the console.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdminRecord {
    /// Who.
    pub id: AdminId,
    /// The name to sign in with; unique without regard to case.
    pub username: String,
    /// Argon2id, PHC string.
    pub password_hash: String,
    /// What they may do.
    pub role: Role,
    /// What they read.
    pub language: Language,
    /// Their Telegram account, for alerts and buttons.
    pub telegram: Option<TelegramId>,
    /// May they sign in?
    pub enabled: bool,
    /// The seed of their one-time codes, encrypted by the caller; present while being set up as well.
    pub totp_secret_enc: Option<Vec<u8>>,
    /// One-time codes are wanted at sign-in.
    pub totp_enabled: bool,
    /// The last time step whose code was used, so that no code works twice.
    pub totp_last_step: Option<i64>,
    /// Hashes of the recovery codes that are left.
    pub recovery_hashes: Vec<String>,
    /// Hash of the code that ties their Telegram account to them.
    pub link_code_hash: Option<String>,
    /// Until when that code is worth something.
    pub link_code_expires_at: Option<Timestamp>,
    /// Settings of the console; only the console understands them.
    pub preferences: serde_json::Value,
    /// When they last signed in.
    pub last_login_at: Option<Timestamp>,
    /// When they were made.
    pub created_at: Timestamp,
    /// Counts the changes; what is saved must have been loaded last.
    pub version: i64,
}

/// A family of refresh tokens: one browser that is signed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignInRecord {
    /// Its id.
    pub id: Uuid,
    /// Who.
    pub admin: AdminId,
    /// Hash of the token that is good now.
    pub token_hash: String,
    /// Hash of the token before it; seeing it again means that one of the two was stolen.
    pub previous_hash: Option<String>,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When the token was last exchanged.
    pub last_used_at: Timestamp,
    /// From then on it is worth nothing.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub revoked_at: Option<Timestamp>,
    /// From where.
    pub address: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
}

/// A refresh token as it is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Presented<'a> {
    /// The sign-in that it says it belongs to; none: one of before tokens said so.
    pub sign_in: Option<Uuid>,
    /// Its hash.
    pub hash: &'a str,
}

/// What came of exchanging a refresh token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rotation {
    /// The new token is good from now on.
    Rotated(SignInRecord),
    /// The token was exchanged a moment ago: two tabs of one browser, or an answer that was lost. Nothing
    /// has changed; the newer token, which the browser may have, stays good.
    Recent(SignInRecord),
    /// The token was exchanged before, or is none of its sign-in's: one of two copies was stolen. The whole family
    /// was revoked.
    Reused(SignInRecord),
    /// Unknown, revoked or too old.
    Invalid,
}

/// What is written to the audit.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NewAudit {
    /// Who did it: `admin:NAME`, `user:ID`, `system`…
    pub actor: String,
    /// What was done: `user.approve`…
    pub action: String,
    /// To what: `user:ID`…
    pub subject: String,
    /// Before and after, reason; for people or as JSON.
    pub detail: Option<String>,
    /// From where.
    pub address: Option<String>,
}

/// A row of the audit, which nobody can change unnoticed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditRecord {
    /// Its id.
    pub id: Uuid,
    /// Its place in the chain, from 1 without gaps.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What was written.
    pub event: NewAudit,
    /// SHA-256, in hex, over the hash of the row before and everything in this one: see
    /// [`crate::store::audit_hash`].
    pub hash: String,
}

/// Which audit rows are wanted; everything that is set must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditFilter {
    /// Exactly this actor.
    pub actor: Option<String>,
    /// Exactly this action, or, ending in `.`, every one that begins so.
    pub action: Option<String>,
    /// Exactly this subject.
    pub subject: Option<String>,
    /// At or after.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// Part of any of the texts; case does not matter.
    pub search: Option<String>,
}

/// What those who watch over the system are alerted to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the contract's AttentionKind and say it all")]
pub enum AlertKind {
    Registration,
    SessionApproval,
    Confirmation,
    Denial,
    RouterTrouble,
    BoxOpen,
    CommandFailing,
    Drift,
    Ban,
}

/// An alert to be raised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewAlert {
    /// Of which kind.
    pub kind: AlertKind,
    /// About whom.
    pub user: Option<UserId>,
    /// About which session.
    pub session: Option<SessionId>,
    /// About which router.
    pub router: Option<RouterId>,
    /// What it is.
    pub detail: Reason,
}

/// An alert.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertRecord {
    /// Its id.
    pub id: Uuid,
    /// When it was raised.
    pub at: Timestamp,
    /// What was raised.
    pub alert: NewAlert,
    /// When it was settled.
    pub resolved_at: Option<Timestamp>,
}

/// Which open alerts are meant; everything that is set must hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AlertMatch {
    /// Of this kind.
    pub kind: Option<AlertKind>,
    /// About them.
    pub user: Option<UserId>,
    /// About this session.
    pub session: Option<SessionId>,
    /// About this router.
    pub router: Option<RouterId>,
    /// About a session of this account.
    pub account: Option<AccountId>,
}

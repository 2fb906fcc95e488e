//! People, their accounts, invitations and policies.

use super::Direction;
use sallyport_shared::{
    ids::{AdminId, PolicyId, UserId},
    language::Language,
    person::{Account, AccountSource, Person, TelegramId, UserStatus},
    policy::Policy,
    router::BoundRule,
    time::Timestamp,
};
use uuid::Uuid;

/// A person with everything that is kept about them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserRecord {
    /// Which person.
    pub id: UserId,
    /// Where they stand.
    pub status: UserStatus,
    /// Their name for administrators.
    pub display_name: String,
    /// Their Telegram account; belongs to one person.
    pub telegram: Option<TelegramId>,
    /// Telegram's `username`, without the `@`, as last seen.
    pub telegram_username: Option<String>,
    /// Since when the bot may not write to them: they blocked it, never began a chat with it, or left Telegram.
    pub telegram_blocked_at: Option<Timestamp>,
    /// What they read.
    pub language: Language,
    /// For administrators.
    pub email: Option<String>,
    /// For administrators.
    pub phone: Option<String>,
    /// For administrators.
    pub note: Option<String>,
    /// Why they were turned down or blocked.
    pub rejection_reason: Option<String>,
    /// Who decided on their status.
    pub decided_by: Option<AdminId>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Their own policy; none: the default one.
    pub policy: Option<PolicyId>,
    /// When they registered or were made.
    pub created_at: Timestamp,
    /// When a tunnel of theirs was last seen to come up. Kept by the store.
    pub last_seen_at: Option<Timestamp>,
    /// Deleted, and kept only so that history can be read.
    pub deleted_at: Option<Timestamp>,
    /// Counts the changes; what is saved must have been loaded last.
    pub version: i64,
}

impl UserRecord {
    /// What the session rules need to know of them.
    pub fn person(&self) -> Person {
        Person { id: self.id, status: self.status, telegram: self.telegram, language: self.language }
    }
}

/// The seeds of a person's one-time codes, encrypted by the caller.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OfflineCode {
    /// Codes of `secret_enc` count.
    pub enabled: bool,
    /// The seed that counts.
    pub secret_enc: Option<Vec<u8>>,
    /// The seed that is being set up.
    pub new_secret_enc: Option<Vec<u8>>,
    /// The last time step whose code was used, so that no code works twice.
    pub last_step: Option<i64>,
}

/// Which people are wanted; everything that is set must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserFilter {
    /// Part of the name, Telegram name or number, e-mail, phone or of a linked username; case does not matter.
    pub search: Option<String>,
    /// One of these; empty: any.
    pub status: Vec<UserStatus>,
    /// With this policy of their own.
    pub policy: Option<PolicyId>,
    /// With, or without, linked accounts.
    pub has_accounts: Option<bool>,
}

/// By what people are sorted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum UserSort {
    /// Display name, case folded.
    #[default]
    Name,
    /// PENDING, APPROVED, REJECTED, BLOCKED; within it by name.
    Status,
    /// When they were made.
    CreatedAt,
    /// When they were last connected; never comes first.
    LastSeen,
}

/// An order of people.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct UserOrder {
    /// By what.
    pub by: UserSort,
    /// Which way.
    pub direction: Direction,
}

/// An invitation by which a Telegram account is tied to a person, once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvitationRecord {
    /// Its id.
    pub id: Uuid,
    /// For whom.
    pub user: UserId,
    /// Hash of the code, by which it is found.
    pub code_hash: String,
    /// The code, encrypted, to show the link again.
    pub code_enc: Vec<u8>,
    /// Who made it.
    pub created_by: Option<AdminId>,
    /// When.
    pub created_at: Timestamp,
    /// From then on it is worth nothing.
    pub expires_at: Timestamp,
    /// When it was used or taken back.
    pub used_at: Option<Timestamp>,
}

/// A linked account with what is known of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountRecord {
    /// The link.
    pub account: Account,
    /// Where the router keeps it, as last read.
    pub source: Option<AccountSource>,
    /// Enabled on the router, as last read; none: not known.
    pub enabled: Option<bool>,
    /// The firewall rule that is bound to it.
    pub rule: Option<BoundRule>,
    /// When it was linked.
    pub created_at: Timestamp,
    /// Unlinked, and kept only so that history can be read.
    pub removed_at: Option<Timestamp>,
}

/// A policy as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyRecord {
    /// The policy.
    pub policy: Policy,
    /// Counts the changes.
    pub version: i64,
}

/// For how many a policy is in force.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PolicyUse {
    /// People.
    pub users: i64,
    /// Sessions that are not over.
    pub live_sessions: i64,
}

//! People and the accounts that they own on routers.

use crate::{
    ids::{AccountId, RouterId, UserId},
    language::Language,
};
use serde::{Deserialize, Serialize};

/// A Telegram user's number; for a private chat it is the chat's number as well.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TelegramId(pub i64);

/// Where a person stands with the administrators.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UserStatus {
    /// Has asked to be registered; may do nothing yet.
    Pending,
    /// May ask for access and connect.
    Approved,
    /// Was turned down; may ask again.
    Rejected,
    /// May do nothing, and may not ask again.
    Blocked,
}

/// What the session rules need to know of a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// Who it is.
    pub id: UserId,
    /// May they connect?
    pub status: UserStatus,
    /// Where they are asked; none: they cannot be asked.
    pub telegram: Option<TelegramId>,
    /// What they read.
    pub language: Language,
}

/// Where a router keeps an account.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountSource {
    /// `/ppp/secret`.
    PppSecret,
    /// `/user-manager/user` of RouterOS 7.
    #[serde(rename = "USER_MANAGER_7")]
    UserManager7,
    /// `/tool/user-manager/user` of RouterOS 6.
    #[serde(rename = "USER_MANAGER_6")]
    UserManager6,
}

/// A username on a router that belongs to a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    /// The link's id.
    pub id: AccountId,
    /// Its owner.
    pub user: UserId,
    /// The router that knows the username.
    pub router: RouterId,
    /// The router's name in the console.
    pub router_name: String,
    /// The name as the router shows it; upper and lower case differ.
    pub username: String,
    /// Taken out of use after *Not me* until an administrator acts.
    pub suspended: bool,
}

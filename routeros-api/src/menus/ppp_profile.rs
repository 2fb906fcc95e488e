//! `/ppp/profile`: what accounts have in common. The source of its hook scripts isn't read.

use std::time::Duration;

use super::{Fields, FromRow};
use crate::{
    conn::Connection,
    error::Error,
    value::{Id, Text},
};

/// A profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PppProfile {
    /// Row.
    pub id: Id,
    /// Name.
    pub name: Text,
    /// Whether it is one of the two that can't be removed.
    pub default: bool,
    /// Address or pool for the router's end.
    pub local_address: Option<Text>,
    /// Address or pool for the peer's end; `*2` and the like if that pool was deleted.
    pub remote_address: Option<Text>,
    /// Address lists into which the peer's address is put while its tunnel is up.
    pub address_list: Vec<Text>,
    /// `yes`, `no` or `default`: whether a user may have one tunnel only.
    pub only_one: Text,
    /// Longest tunnel.
    pub session_timeout: Option<Duration>,
    /// Longest silence.
    pub idle_timeout: Option<Duration>,
    /// Note of the administrator.
    pub comment: Text,
}

impl FromRow for PppProfile {
    const MENU: &'static str = "/ppp/profile";
    const PROPLIST: &'static [&'static str] = &[
        ".id",
        "name",
        "default",
        "local-address",
        "remote-address",
        "address-list",
        "only-one",
        "session-timeout",
        "idle-timeout",
        "comment",
    ];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            name: row.text("name")?,
            default: row.flag("default")?,
            local_address: row.optional_text("local-address"),
            remote_address: row.optional_text("remote-address"),
            address_list: row.list("address-list"),
            only_one: row.text_or_empty("only-one"),
            session_timeout: row.duration("session-timeout"),
            idle_timeout: row.duration("idle-timeout"),
            comment: row.text_or_empty("comment"),
        })
    }
}

/// All profiles.
///
/// # Errors
/// As [`super::print`].
pub async fn print(connection: &Connection) -> Result<Vec<PppProfile>, Error> {
    super::print(connection).await
}

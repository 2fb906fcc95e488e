//! `/user`: accounts that manage the router. Passwords are never read.

use super::{Fields, FromRow};
use crate::{
    command::Query,
    conn::Connection,
    error::Error,
    value::{Id, Text},
};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Row.
    pub id: Id,
    /// Name.
    pub name: Text,
    /// Its group, which has the rights: [`super::user_group`].
    pub group: Text,
    /// Networks it may come from; empty is anywhere.
    pub address: Vec<Text>,
    /// Whether it may not log in.
    pub disabled: bool,
    /// Note.
    pub comment: Text,
}

impl FromRow for User {
    const MENU: &'static str = "/user";
    const PROPLIST: &'static [&'static str] = &[".id", "name", "group", "address", "disabled", "comment"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            name: row.text("name")?,
            group: row.text_or_empty("group"),
            address: row.list("address"),
            disabled: row.flag("disabled")?,
            comment: row.text_or_empty("comment"),
        })
    }
}

/// All accounts.
///
/// # Errors
/// As [`super::print`].
pub async fn print(connection: &Connection) -> Result<Vec<User>, Error> {
    super::print(connection).await
}

/// The account with this name, our own for instance.
///
/// # Errors
/// As [`super::print`].
pub async fn find(connection: &Connection, name: &[u8]) -> Result<Option<User>, Error> {
    Ok(super::print_where(connection, Query::eq("name", name)).await?.into_iter().next())
}

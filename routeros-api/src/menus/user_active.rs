//! `/user/active`: who is logged in to manage the router, and from where it sees them come.

use super::{Fields, FromRow};
use crate::{
    command::Query,
    conn::Connection,
    error::Error,
    value::{Id, Text},
};

/// A login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveUser {
    /// Row.
    pub id: Id,
    /// The account.
    pub name: Text,
    /// From where.
    pub address: Text,
    /// `api`, `api-ssl`, `winbox`, `ssh`, …
    pub via: Text,
}

impl FromRow for ActiveUser {
    const MENU: &'static str = "/user/active";
    const PROPLIST: &'static [&'static str] = &[".id", "name", "address", "via"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            name: row.text_or_empty("name"),
            address: row.text_or_empty("address"),
            via: row.text_or_empty("via"),
        })
    }
}

/// All logins.
///
/// # Errors
/// As [`super::print`].
pub async fn all(connection: &Connection) -> Result<Vec<ActiveUser>, Error> {
    super::print(connection).await
}

/// The logins of an account.
///
/// # Errors
/// As [`super::print`].
pub async fn of(connection: &Connection, name: &[u8]) -> Result<Vec<ActiveUser>, Error> {
    super::print_where(connection, Query::eq("name", name)).await
}

//! `/certificate`: certificates and their keys. Keys are made on the router and never leave it.

use std::time::Duration;

use super::{Fields, FromRow, commands::command};
use crate::{
    command::Query,
    conn::Connection,
    error::Error,
    value::{Id, Text},
};

/// Small routers take long to make a key.
const SIGNING: Duration = Duration::from_secs(120);

/// A certificate, or the template of one that isn't signed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Row.
    pub id: Id,
    /// Name.
    pub name: Text,
    /// The certificate that signed it.
    pub ca: Option<Text>,
    /// Whether its key is here, which it is once it is signed.
    pub private_key: bool,
}

impl FromRow for Certificate {
    const MENU: &'static str = "/certificate";
    const PROPLIST: &'static [&'static str] = &[".id", "name", "ca", "private-key"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            name: row.text("name")?,
            ca: row.optional_text("ca"),
            private_key: row.flag("private-key")?,
        })
    }
}

/// The certificate with this name.
///
/// # Errors
/// As [`super::print`].
pub async fn find(connection: &Connection, name: &[u8]) -> Result<Option<Certificate>, Error> {
    Ok(super::print_where(connection, Query::eq("name", name)).await?.into_iter().next())
}

/// Makes the key of a certificate and signs it: by an authority, or by itself. On small routers the command may be
/// over before the key is there: [`find`] tells.
///
/// # Errors
/// As [`Connection::call`].
pub async fn sign(connection: &Connection, id: &Id, ca: Option<&[u8]>) -> Result<(), Error> {
    // This command calls the row `number`.
    let mut signing = command(Certificate::MENU, "sign").attr("number", id.raw()).timeout(SIGNING);
    if let Some(ca) = ca {
        signing = signing.attr("ca", ca);
    }
    connection.call(signing).await.map(drop)
}

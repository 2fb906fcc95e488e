//! `/ppp/secret`: local VPN accounts. Passwords are never read.

use super::{Fields, FromRow, commands};
use crate::{
    command::Query,
    conn::Connection,
    error::Error,
    value::{Id, Text},
};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PppSecret {
    /// Row.
    pub id: Id,
    /// User name. Case-sensitive.
    pub name: Text,
    /// Services it may use: `any` or one.
    pub service: Text,
    /// Profile it uses.
    pub profile: Text,
    /// From where it may come; empty is from anywhere.
    pub caller_id: Text,
    /// Fixed address or pool, if it has its own.
    pub remote_address: Option<Text>,
    /// Whether it may not log in. Disabling doesn't cut a tunnel that is up.
    pub disabled: bool,
    /// Note of the administrator.
    pub comment: Text,
    /// Local time of the router, in the form of its version; 1970 if it never was.
    pub last_logged_out: Option<Text>,
    /// Whence it came last.
    pub last_caller_id: Option<Text>,
}

impl FromRow for PppSecret {
    const MENU: &'static str = "/ppp/secret";
    const PROPLIST: &'static [&'static str] = &[
        ".id",
        "name",
        "service",
        "profile",
        "caller-id",
        "remote-address",
        "disabled",
        "comment",
        "last-logged-out",
        "last-caller-id",
    ];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            name: row.text("name")?,
            service: row.text_or_empty("service"),
            profile: row.text_or_empty("profile"),
            caller_id: row.text_or_empty("caller-id"),
            remote_address: row.optional_text("remote-address"),
            disabled: row.flag("disabled")?,
            comment: row.text_or_empty("comment"),
            last_logged_out: row.optional_text("last-logged-out"),
            last_caller_id: row.optional_text("last-caller-id"),
        })
    }
}

/// All accounts.
///
/// # Errors
/// As [`super::print`].
pub async fn print(connection: &Connection) -> Result<Vec<PppSecret>, Error> {
    super::print(connection).await
}

/// Name and whether it may not log in, of all accounts: little enough to be read often.
struct Flags(Text, bool);

impl FromRow for Flags {
    const MENU: &'static str = PppSecret::MENU;
    const PROPLIST: &'static [&'static str] = &["name", "disabled"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self(row.text("name")?, row.flag("disabled")?))
    }
}

/// Of all accounts the name, and whether it is disabled.
///
/// # Errors
/// As [`super::print`].
pub async fn flags(connection: &Connection) -> Result<Vec<(Text, bool)>, Error> {
    let rows = super::print::<Flags>(connection).await?;
    Ok(rows.into_iter().map(|Flags(name, disabled)| (name, disabled)).collect())
}

/// The accounts whose name reads like this, of which there may be one in each encoding.
///
/// # Errors
/// As [`super::print`].
pub async fn find(connection: &Connection, name: &str) -> Result<Vec<PppSecret>, Error> {
    super::print_where(connection, Query::reads("name", name)).await
}

/// Enables or disables accounts.
///
/// # Errors
/// As [`Connection::call`].
pub async fn set_disabled(connection: &Connection, ids: &[Id], disabled: bool) -> Result<(), Error> {
    super::set_disabled(connection, PppSecret::MENU, ids, disabled).await
}

/// Adds an account that may not log in yet; without a profile it has the router's default one. Gives its id.
///
/// # Errors
/// As [`super::add`]. If the outcome is unknown, look for the name before adding it again.
pub async fn add_disabled(
    connection: &Connection,
    name: &[u8],
    password: &[u8],
    profile: Option<&[u8]>,
) -> Result<Id, Error> {
    let adding = commands::command(PppSecret::MENU, "add")
        .attr("name", name)
        .attr("password", password)
        .attr("disabled", "yes");
    let adding = profile.into_iter().fold(adding, |adding, profile| adding.attr("profile", profile));
    super::add(connection, adding).await
}

/// Gives an account another password.
///
/// # Errors
/// As [`Connection::call`].
pub async fn set_password(connection: &Connection, id: &Id, password: &[u8]) -> Result<(), Error> {
    super::items::set(connection, PppSecret::MENU, Some(id), [("password", password)]).await
}

/// Removes an account; one that is gone already is passed over. A tunnel that is up stays.
///
/// # Errors
/// As [`Connection::call`].
pub async fn remove(connection: &Connection, id: &Id) -> Result<(), Error> {
    super::items::remove(connection, PppSecret::MENU, id).await
}

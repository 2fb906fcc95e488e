//! `/user-manager/user` and `/tool/user-manager/user`: the User Manager's accounts. Passwords and one-time-code secrets are
//! never read.

use super::{Fields, FromRow, commands, user_manager::Edition};
use crate::{
    command::Query,
    conn::Connection,
    error::Error,
    value::{Id, Text},
};

/// An account of either edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserManagerUser {
    /// Row.
    pub id: Id,
    /// User name. Case-sensitive.
    pub name: Text,
    /// Group (7) or owning customer (6).
    pub group: Text,
    /// How many sessions it may have at a time; `None` is any number.
    pub shared_users: Option<u64>,
    /// From where it may come; empty is from anywhere.
    pub caller_id: Text,
    /// Whether it may not log in. Disabling doesn't cut a tunnel that is up.
    pub disabled: bool,
    /// Note of the administrator.
    pub comment: Text,
}

/// The account as each edition writes it.
struct V7(UserManagerUser);
struct V6(UserManagerUser);

impl FromRow for V7 {
    const MENU: &'static str = "/user-manager/user";
    const PROPLIST: &'static [&'static str] =
        &[".id", "name", "group", "shared-users", "caller-id", "disabled", "comment"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        user(row, "name", "group").map(Self)
    }
}

impl FromRow for V6 {
    const MENU: &'static str = "/tool/user-manager/user";
    const PROPLIST: &'static [&'static str] =
        &[".id", "username", "customer", "shared-users", "caller-id", "disabled", "comment"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        user(row, "username", "customer").map(Self)
    }
}

fn user(row: &Fields<'_>, name: &'static str, group: &'static str) -> Result<UserManagerUser, Error> {
    Ok(UserManagerUser {
        id: row.id()?,
        name: row.text(name)?,
        group: row.text_or_empty(group),
        shared_users: row.number("shared-users"),
        caller_id: row.text_or_empty("caller-id"),
        disabled: row.flag("disabled")?,
        comment: row.text_or_empty("comment"),
    })
}

/// All accounts.
///
/// # Errors
/// As [`super::print`].
pub async fn print(connection: &Connection, edition: Edition) -> Result<Vec<UserManagerUser>, Error> {
    Ok(match edition {
        Edition::V7 => super::print::<V7>(connection).await?.into_iter().map(|V7(user)| user).collect(),
        Edition::V6 => super::print::<V6>(connection).await?.into_iter().map(|V6(user)| user).collect(),
    })
}

/// The accounts whose name reads like this, of which there may be one in each encoding.
///
/// # Errors
/// As [`super::print`].
pub async fn find(
    connection: &Connection,
    edition: Edition,
    name: &str,
) -> Result<Vec<UserManagerUser>, Error> {
    Ok(match edition {
        Edition::V7 => {
            let users = super::print_where::<V7>(connection, Query::reads("name", name)).await?;
            users.into_iter().map(|V7(user)| user).collect()
        }
        Edition::V6 => {
            let users = super::print_where::<V6>(connection, Query::reads("username", name)).await?;
            users.into_iter().map(|V6(user)| user).collect()
        }
    })
}

/// Enables or disables accounts.
///
/// # Errors
/// As [`Connection::call`].
pub async fn set_disabled(
    connection: &Connection,
    edition: Edition,
    ids: &[Id],
    disabled: bool,
) -> Result<(), Error> {
    commands::set_disabled(connection, menu(edition), ids, disabled).await
}

/// The menu of an edition.
fn menu(edition: Edition) -> &'static str {
    match edition {
        Edition::V7 => V7::MENU,
        Edition::V6 => V6::MENU,
    }
}

/// Adds an account that may not log in yet. In edition 6 it belongs to `customer`; edition 7 has none. Gives its id.
///
/// # Errors
/// As [`super::add`]. If the outcome is unknown, look for the name before adding it again.
pub async fn add_disabled(
    connection: &Connection,
    edition: Edition,
    customer: &[u8],
    name: &[u8],
    password: &[u8],
) -> Result<Id, Error> {
    let adding = commands::command(menu(edition), "add");
    let adding = match edition {
        Edition::V7 => adding.attr("name", name),
        Edition::V6 => adding.attr("customer", customer).attr("username", name),
    };
    super::add(connection, adding.attr("password", password).attr("disabled", "yes")).await
}

/// Gives an account another password.
///
/// # Errors
/// As [`Connection::call`].
pub async fn set_password(
    connection: &Connection,
    edition: Edition,
    id: &Id,
    password: &[u8],
) -> Result<(), Error> {
    super::items::set(connection, menu(edition), Some(id), [("password", password)]).await
}

/// Removes an account, with its profiles; one that is gone already is passed over. A tunnel that is up stays.
///
/// # Errors
/// As [`Connection::call`].
pub async fn remove(connection: &Connection, edition: Edition, id: &Id) -> Result<(), Error> {
    super::items::remove(connection, menu(edition), id).await
}

//! Rows of any menu with every attribute that the router prints. For those who must not overlook one: a firewall rule
//! looks as if it took everything by a condition that isn't asked for.

use super::commands::command;
use crate::{
    command::{Command, Query},
    conn::Connection,
    error::Error,
    proto::Row,
};

/// All rows of a menu with all their attributes; `None` if this router has no such menu. Not for menus with secrets.
///
/// # Errors
/// As [`Connection::call`].
pub async fn whole(connection: &Connection, menu: &str) -> Result<Option<Vec<Row>>, Error> {
    if_there(connection, command(menu, "print")).await
}

/// Some attributes of the rows for which `query` holds, or of all; `None` if this router has no such menu.
///
/// # Errors
/// As [`Connection::call`].
pub async fn some(
    connection: &Connection,
    menu: &str,
    attributes: &[&str],
    query: Option<Query>,
) -> Result<Option<Vec<Row>>, Error> {
    let printing = command(menu, "print").proplist(attributes);
    if_there(connection, query.into_iter().fold(printing, Command::query)).await
}

/// How many rows there are for which `query` holds.
///
/// # Errors
/// As [`Connection::call`], and [`Error::Row`] if the router tells no number.
pub async fn count(connection: &Connection, menu: &'static str, query: Query) -> Result<u64, Error> {
    let response = connection.call(command(menu, "print").flag("count-only").query(query)).await?;
    response.ret.as_deref().and_then(crate::value::to_u64).ok_or(Error::Row { menu, attribute: "ret" })
}

async fn if_there(connection: &Connection, command: Command) -> Result<Option<Vec<Row>>, Error> {
    match connection.call(command).await {
        Ok(response) => Ok(Some(response.rows)),
        Err(Error::Trap(trap)) if trap.is_no_such_command() => Ok(None),
        Err(error) => Err(error),
    }
}

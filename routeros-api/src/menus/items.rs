//! Rows of any menu as they are, for those who keep and put back whole rows or must not overlook an attribute, and the edits
//! that menus have in common.

use super::commands::{self, command};
use crate::{
    command::{Command, Query},
    conn::Connection,
    error::Error,
    proto::Row,
    value::{Generation, Id},
};

/// A row with its id, which menus of a single row don't have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawItem {
    /// Row.
    pub id: Option<Id>,
    /// Its attributes.
    pub row: Row,
}

impl RawItem {
    fn new(row: Row, generation: Generation) -> Self {
        let id = row.bytes(".id").filter(|raw| !raw.is_empty()).map(|raw| Id::new(generation, raw));
        Self { id, row }
    }
}

/// Some attributes of the rows for which `query` holds, or of all; `None` if this router has no such menu.
///
/// # Errors
/// As [`Connection::call`].
pub async fn print(
    connection: &Connection,
    menu: &str,
    attributes: &[&str],
    query: Option<Query>,
) -> Result<Option<Vec<RawItem>>, Error> {
    let rows = rows(connection, menu, attributes, query).await?;
    let generation = connection.generation();
    Ok(rows.map(|rows| rows.into_iter().map(|row| RawItem::new(row, generation)).collect()))
}

/// Some attributes of the rows for which `query` holds, or of all, for those who only read; `None` if this router has no
/// such menu.
///
/// # Errors
/// As [`Connection::call`].
pub async fn rows(
    connection: &Connection,
    menu: &str,
    attributes: &[&str],
    query: Option<Query>,
) -> Result<Option<Vec<Row>>, Error> {
    let printing = command(menu, "print").proplist(attributes);
    if_there(connection, query.into_iter().fold(printing, Command::query)).await
}

/// All rows of a menu with every attribute that the router prints; `None` if this router has no such menu. A firewall rule,
/// for one, looks as if it took everything by a condition that isn't asked for. Not for menus with secrets.
///
/// # Errors
/// As [`Connection::call`].
pub async fn whole(connection: &Connection, menu: &str) -> Result<Option<Vec<Row>>, Error> {
    if_there(connection, command(menu, "print")).await
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

/// Adds a row, in menus with an order in front of another one; gives its id.
///
/// # Errors
/// As [`super::add`].
pub async fn add<'a>(
    connection: &Connection,
    menu: &str,
    values: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    before: Option<&Id>,
) -> Result<Id, Error> {
    let mut adding =
        values.into_iter().fold(command(menu, "add"), |adding, (name, value)| adding.attr(name, value));
    if let Some(before) = before {
        adding = adding.attr("place-before", before.raw());
    }
    commands::add(connection, adding).await
}

/// Sets attributes of a row; without an id, of a menu of a single row.
///
/// # Errors
/// As [`Connection::call`].
pub async fn set<'a>(
    connection: &Connection,
    menu: &str,
    id: Option<&Id>,
    values: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<(), Error> {
    let mut setting = command(menu, "set");
    if let Some(id) = id {
        setting = setting.id(id);
    }
    let setting = values.into_iter().fold(setting, |setting, (name, value)| setting.attr(name, value));
    connection.call(setting).await.map(drop)
}

/// Takes an attribute of a row away, such as a matcher of a rule.
///
/// # Errors
/// As [`Connection::call`].
pub async fn unset(connection: &Connection, menu: &str, id: &Id, name: &str) -> Result<(), Error> {
    connection.call(command(menu, "unset").id(id).attr("value-name", name)).await.map(drop)
}

/// Moves a row of a menu with an order in front of another one, or to the end. Its id stays.
///
/// # Errors
/// As [`Connection::call`].
pub async fn move_before(
    connection: &Connection,
    menu: &str,
    id: &Id,
    before: Option<&Id>,
) -> Result<(), Error> {
    let mut moving = command(menu, "move").attr("numbers", id.raw());
    if let Some(before) = before {
        moving = moving.attr("destination", before.raw());
    }
    connection.call(moving).await.map(drop)
}

/// Removes a row; one that is gone already is passed over.
///
/// # Errors
/// As [`Connection::call`].
pub async fn remove(connection: &Connection, menu: &str, id: &Id) -> Result<(), Error> {
    commands::remove_all(connection, menu, std::slice::from_ref(id), 1).await
}

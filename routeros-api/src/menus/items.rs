//! Rows of any menu as they are, for those who keep and put back whole rows, and the edits that menus have in common.

use super::commands::{self, command};
use crate::{
    command::Query,
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

/// The rows of a menu for which `query` holds, or all, with these attributes.
///
/// # Errors
/// As [`Connection::call`].
pub async fn print(
    connection: &Connection,
    menu: &str,
    attributes: &[&str],
    query: Option<Query>,
) -> Result<Vec<RawItem>, Error> {
    let printing = command(menu, "print").proplist(attributes);
    let printing = query.into_iter().fold(printing, |printing, query| printing.query(query));
    let response = connection.call(printing).await?;
    let generation = connection.generation();
    Ok(response.rows.into_iter().map(|row| RawItem::new(row, generation)).collect())
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

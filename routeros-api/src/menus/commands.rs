//! What all menus do alike: print, count, add, enable and disable, remove.

use super::{Fields, FromRow};
use crate::{
    command::{Command, Query},
    conn::{Connection, Response},
    error::Error,
    value::{Id, to_u64},
};

/// Ids in one command. An id has at most nine bytes and a comma, so that this stays below the longest word by far.
const IDS: usize = 2_000;

/// The command `name` of `menu`.
pub(super) fn command(menu: &str, name: &str) -> Command {
    Command::new(&format!("{menu}/{name}"))
}

/// All rows of a menu.
///
/// # Errors
/// As [`Connection::call`], and [`Error::Row`] for a row that can't be read.
pub async fn print<T: FromRow>(connection: &Connection) -> Result<Vec<T>, Error> {
    read(connection, command(T::MENU, "print").proplist(T::PROPLIST)).await
}

/// The rows of a menu for which `query` holds.
///
/// # Errors
/// As [`print()`].
pub async fn print_where<T: FromRow>(connection: &Connection, query: Query) -> Result<Vec<T>, Error> {
    read(connection, command(T::MENU, "print").proplist(T::PROPLIST).query(query)).await
}

/// The single row of a settings menu.
pub(super) async fn settings<T: FromRow>(connection: &Connection) -> Result<T, Error> {
    let rows = print::<T>(connection).await?;
    rows.into_iter().next().ok_or(Error::Row { menu: T::MENU, attribute: "!re" })
}

/// Calls a print and reads its rows.
pub(super) async fn read<T: FromRow>(connection: &Connection, command: Command) -> Result<Vec<T>, Error> {
    let Response { rows, .. } = connection.call(command).await?;
    let generation = connection.generation();
    rows.iter().map(|row| T::from_row(&Fields::new(row, T::MENU, generation))).collect()
}

/// Number of rows of a menu, without reading them.
///
/// # Errors
/// As [`Connection::call`], and [`Error::Row`] if the router tells no number.
pub async fn count(connection: &Connection, menu: &'static str) -> Result<u64, Error> {
    let response = connection.call(command(menu, "print").flag("count-only")).await?;
    response.ret.as_deref().and_then(to_u64).ok_or(Error::Row { menu, attribute: "ret" })
}

/// Calls an `add` and gives the id of what was added.
///
/// # Errors
/// As [`Connection::call`]; [`Error::Row`] if the router tells no id, in which case the item *was* added.
pub async fn add(connection: &Connection, command: Command) -> Result<Id, Error> {
    let response = connection.call(command).await?;
    let raw =
        response.ret.filter(|raw| !raw.is_empty()).ok_or(Error::Row { menu: "add", attribute: "ret" })?;
    Ok(Id::new(connection.generation(), raw))
}

/// Enables or disables items of a menu.
///
/// # Errors
/// As [`Connection::call`].
pub async fn set_disabled(
    connection: &Connection,
    menu: &str,
    ids: &[Id],
    disabled: bool,
) -> Result<(), Error> {
    let name = if disabled { "disable" } else { "enable" };
    for ids in ids.chunks(IDS) {
        connection.call(command(menu, name).ids(ids)).await?;
    }
    Ok(())
}

/// Sets one attribute of many items, two thousand in a command.
pub(super) async fn set_many(
    connection: &Connection,
    menu: &str,
    ids: &[Id],
    name: &str,
    value: &str,
) -> Result<(), Error> {
    for ids in ids.chunks(IDS) {
        connection.call(command(menu, "set").ids(ids).attr(name, value)).await?;
    }
    Ok(())
}

/// Removes items, `chunk` in a command; those that are gone already are passed over.
///
/// RouterOS stops at the first item that is missing, so the items of such a chunk are then tried one by one.
///
/// # Errors
/// As [`Connection::call`], except that a missing item is none.
pub async fn remove_all(connection: &Connection, menu: &str, ids: &[Id], chunk: usize) -> Result<(), Error> {
    for ids in ids.chunks(chunk.clamp(1, IDS)) {
        if remove(connection, menu, ids).await? || ids.len() == 1 {
            continue;
        }
        for id in ids {
            remove(connection, menu, std::slice::from_ref(id)).await?;
        }
    }
    Ok(())
}

/// Removes items with one command; `false` if at least one was missing, with which RouterOS stopped.
pub(super) async fn remove(connection: &Connection, menu: &str, ids: &[Id]) -> Result<bool, Error> {
    match connection.call(command(menu, "remove").ids(ids)).await {
        Ok(_) => Ok(true),
        Err(Error::Trap(trap)) if trap.is_no_such_item() => Ok(false),
        Err(error) => Err(error),
    }
}

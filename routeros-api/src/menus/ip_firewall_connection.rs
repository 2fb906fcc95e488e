//! `/ip/firewall/connection`: the table of tracked connections, up to a hundred thousand rows: never print it whole.

use super::{Fields, FromRow};
use crate::{command::Query, conn::Connection, error::Error, value::Id};

/// Rows removed with one command. Few, because rows vanish by themselves and the router stops at one that has.
const CHUNK: usize = 50;

/// A tracked connection. Nothing but its id is wanted.
struct Tracked(Id);

impl FromRow for Tracked {
    const MENU: &'static str = "/ip/firewall/connection";
    const PROPLIST: &'static [&'static str] = &[".id"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        row.id().map(Self)
    }
}

/// Connections from and to an address.
///
/// RouterOS 6 writes `address:port` into the attributes, which an exact query doesn't find: there the tunnel has to be
/// cut instead.
///
/// # Errors
/// As [`super::print`].
pub async fn find(connection: &Connection, address: &[u8]) -> Result<Vec<Id>, Error> {
    let from = Query::eq("src-address", address);
    let to = Query::eq("dst-address", address).or(Query::eq("reply-dst-address", address));
    let mut ids = Vec::new();
    // Two commands, because the router walks the table for each condition.
    for query in [from, to] {
        let rows = super::print_where::<Tracked>(connection, query).await?;
        ids.extend(rows.into_iter().map(|Tracked(id)| id));
    }
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// Removes connections; those that are gone already are passed over.
///
/// # Errors
/// As [`Connection::call`].
pub async fn remove(connection: &Connection, ids: &[Id]) -> Result<(), Error> {
    super::remove_all(connection, Tracked::MENU, ids, CHUNK).await
}

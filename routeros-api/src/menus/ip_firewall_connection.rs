//! `/ip/firewall/connection`: the table of tracked connections, up to a hundred thousand rows.

use super::{Fields, FromRow};
use crate::{
    command::Query,
    conn::Connection,
    error::Error,
    value::{Id, Text},
};

/// Rows removed with one command. Few, because rows vanish by themselves and the router stops at one that has.
const CHUNK: usize = 50;

/// How a router writes the ends of a tracked connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ends {
    /// Address and port in attributes of their own: RouterOS 7.
    #[default]
    Apart,
    /// `address:port` in one: RouterOS 6. No query finds an address in that, so that the whole table has to be read.
    Joined,
}

/// A tracked connection. Nothing but its id is wanted.
struct Tracked(Id);

impl FromRow for Tracked {
    const MENU: &'static str = "/ip/firewall/connection";
    const PROPLIST: &'static [&'static str] = &[".id"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        row.id().map(Self)
    }
}

/// A tracked connection with its ends, of which the port is still to be taken off.
struct Joined {
    id: Id,
    ends: [Option<Text>; 3],
}

impl Joined {
    /// Comes from the address, or goes to it. Protocols without ports have the bare address there.
    fn touches(&self, address: &[u8]) -> bool {
        let is_it = |end: &Text| end.as_bytes().split(|byte| *byte == b':').next() == Some(address);
        self.ends.iter().flatten().any(is_it)
    }
}

impl FromRow for Joined {
    const MENU: &'static str = Tracked::MENU;
    const PROPLIST: &'static [&'static str] = &[".id", "src-address", "dst-address", "reply-dst-address"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        let ends = ["src-address", "dst-address", "reply-dst-address"].map(|name| row.optional_text(name));
        Ok(Self { id: row.id()?, ends })
    }
}

/// Connections from and to an address. The router walks its whole table for that: ask only when there may be some.
///
/// # Errors
/// As [`super::print`].
pub async fn find(connection: &Connection, ends: Ends, address: &[u8]) -> Result<Vec<Id>, Error> {
    if ends == Ends::Joined {
        let all = super::print::<Joined>(connection).await?;
        return Ok(all.into_iter().filter(|row| row.touches(address)).map(|row| row.id).collect());
    }
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

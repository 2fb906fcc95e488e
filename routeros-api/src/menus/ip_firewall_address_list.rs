//! `/ip/firewall/address-list`: named sets of addresses.
//!
//! An entry with a time-out is kept in memory only and is gone after a reboot, so such lists may allow but never deny.

use std::time::Duration;

use super::{Fields, FromRow, commands};
use crate::{
    command::Query,
    conn::Connection,
    error::Error,
    value::{Id, Text, format_duration},
};

/// Longest time-out that RouterOS takes: 35w3d13h13m56s.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(((35 * 7 + 3) * 24 + 13) * 3600 + 13 * 60 + 56);

/// Entries removed with one command. Few, because they time out by themselves and the router stops at one that has.
const CHUNK: usize = 100;

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressListEntry {
    /// Row.
    pub id: Id,
    /// Name of the list.
    pub list: Text,
    /// Address, network, range or DNS name.
    pub address: Text,
    /// Note.
    pub comment: Text,
    /// Time left; `None` for an entry that stays.
    pub timeout: Option<Duration>,
    /// Whether it is in memory only: it has a time-out, or RouterOS made it.
    pub dynamic: bool,
    /// Whether it doesn't count.
    pub disabled: bool,
}

impl FromRow for AddressListEntry {
    const MENU: &'static str = "/ip/firewall/address-list";
    const PROPLIST: &'static [&'static str] =
        &[".id", "list", "address", "comment", "timeout", "dynamic", "disabled"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            list: row.text("list")?,
            address: row.text_or_empty("address"),
            comment: row.text_or_empty("comment"),
            timeout: row.duration("timeout"),
            dynamic: row.flag("dynamic")?,
            disabled: row.flag("disabled")?,
        })
    }
}

/// The entries of a list.
///
/// # Errors
/// As [`super::print`].
pub async fn print(connection: &Connection, list: &[u8]) -> Result<Vec<AddressListEntry>, Error> {
    super::print_where(connection, Query::eq("list", list)).await
}

/// Adds an entry, with a time-out of whole seconds (at least one, at most [`MAX_TIMEOUT`]) or for good.
///
/// # Errors
/// As [`super::add`]; [`crate::Trap::is_duplicate`] if the list has the address already: find it and
/// [`set_timeout`].
pub async fn add(
    connection: &Connection,
    list: &[u8],
    address: &[u8],
    timeout: Option<Duration>,
    comment: &[u8],
) -> Result<Id, Error> {
    let mut command = commands::command(AddressListEntry::MENU, "add")
        .attr("list", list)
        .attr("address", address)
        .attr("comment", comment);
    if let Some(timeout) = timeout {
        command = command.attr("timeout", self::timeout(timeout));
    }
    super::add(connection, command).await
}

/// Sets the time left of many entries at once (two thousand in a command).
///
/// # Errors
/// As [`Connection::call`]; a trap that tells of a missing item if one is gone, with which the router stops.
pub async fn set_timeout(connection: &Connection, ids: &[Id], timeout: Duration) -> Result<(), Error> {
    commands::set_many(connection, AddressListEntry::MENU, ids, "timeout", &self::timeout(timeout)).await
}

/// Removes entries; those that are gone already are passed over.
///
/// # Errors
/// As [`Connection::call`].
pub async fn remove(connection: &Connection, ids: &[Id]) -> Result<(), Error> {
    super::remove_all(connection, AddressListEntry::MENU, ids, CHUNK).await
}

/// A time-out as an entry is given it: whole seconds, rounded up, for an entry without one (`0s`) would stay for ever; at
/// most [`MAX_TIMEOUT`].
#[must_use]
pub fn timeout(span: Duration) -> String {
    let whole = span.as_secs() + u64::from(span.subsec_nanos() > 0);
    format_duration(Duration::from_secs(whole.clamp(1, MAX_TIMEOUT.as_secs())))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{MAX_TIMEOUT, timeout};

    #[test]
    fn a_timeout_is_never_zero_nor_too_long() {
        assert_eq!(timeout(Duration::ZERO), "1s");
        assert_eq!(timeout(Duration::from_millis(61_001)), "1m2s");
        assert_eq!(timeout(MAX_TIMEOUT), "35w3d13h13m56s");
        assert_eq!(timeout(Duration::MAX - Duration::from_secs(1)), "35w3d13h13m56s");
    }
}

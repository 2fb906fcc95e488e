//! `/ppp/active`: the tunnels that are up (L2TP, SSTP, OpenVPN, PPTP, PPPoE). Not WireGuard, not IKEv2.

use std::time::Duration;

use super::{Changes, Fields, FromRow, commands};
use crate::{
    command::Query,
    conn::Connection,
    error::Error,
    value::{Id, Text},
};

/// A tunnel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PppActive {
    /// Reused by RouterOS: compare [`Self::session_id`] right before acting on it.
    pub id: Id,
    /// User name, as the peer sent it. Case-sensitive.
    pub name: Text,
    /// `l2tp`, `sstp`, `ovpn`, `pptp`, `pppoe`, `async`.
    pub service: Text,
    /// The peer's IP address, or MAC address with PPPoE.
    pub caller_id: Text,
    /// The address given to the peer; empty as long as it has none.
    pub address: Text,
    /// Since when the tunnel is up, told as a length, which needs no agreement of clocks.
    pub uptime: Option<Duration>,
    /// Opaque, such as `0x81300077`. Starts over at a reboot.
    pub session_id: Text,
    /// Whether the user comes from RADIUS or the User Manager and not from `/ppp/secret`.
    pub radius: bool,
}

impl FromRow for PppActive {
    const MENU: &'static str = "/ppp/active";
    const PROPLIST: &'static [&'static str] =
        &[".id", "name", "service", "caller-id", "address", "uptime", "session-id", "radius"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            name: row.text("name")?,
            service: row.text_or_empty("service"),
            caller_id: row.text_or_empty("caller-id"),
            address: row.text_or_empty("address"),
            uptime: row.duration("uptime"),
            session_id: row.text_or_empty("session-id"),
            radius: row.flag("radius")?,
        })
    }
}

/// What became of a tunnel that was to be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It was there and was removed.
    Removed,
    /// It wasn't there any more.
    Gone,
}

/// All tunnels.
///
/// # Errors
/// As [`super::print`].
pub async fn print(connection: &Connection) -> Result<Vec<PppActive>, Error> {
    super::print(connection).await
}

/// The tunnels of those whose name reads like this. There may be several.
///
/// # Errors
/// As [`super::print`].
pub async fn print_by_name(connection: &Connection, name: &str) -> Result<Vec<PppActive>, Error> {
    super::print_where(connection, Query::reads("name", name)).await
}

/// Tunnels as they come and go. A hint to print, no more: nothing is replayed after a reconnect.
///
/// # Errors
/// As [`Connection::listen`].
pub async fn listen(connection: &Connection) -> Result<Changes<PppActive>, Error> {
    Changes::start(connection).await
}

/// Cuts the tunnel with this id, whoever's it is by now: RouterOS cannot be asked for more. So the row is to be read anew, and
/// nothing else asked in between; some milliseconds are left.
///
/// # Errors
/// As [`Connection::call`].
pub async fn remove(connection: &Connection, id: &Id) -> Result<Cut, Error> {
    let removed = commands::remove(connection, PppActive::MENU, std::slice::from_ref(id)).await?;
    Ok(if removed { Cut::Removed } else { Cut::Gone })
}

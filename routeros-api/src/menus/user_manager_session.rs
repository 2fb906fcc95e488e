//! `/user-manager/session` and `/tool/user-manager/session`: sessions as RADIUS accounting reported them.
//!
//! A session whose end was never reported stays active for ever: compare with `/ppp/active`, or look at
//! [`UserManagerSession::last_accounting_packet`].

use std::time::Duration;

use super::{Fields, FromRow, commands, user_manager::Edition};
use crate::{
    command::Query,
    conn::Connection,
    error::Error,
    value::{Id, Text},
};

/// A session of either edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserManagerSession {
    /// Row.
    pub id: Id,
    /// User name.
    pub user: Text,
    /// Given by the router that has the tunnel, eight hexadecimal digits, reused.
    pub acct_session_id: Text,
    /// Address of the router that has the tunnel.
    pub nas_address: Option<Text>,
    /// `Virtual` for tunnels over IP, `Ethernet` or `Wireless-802.11` for PPPoE, hotspots and the like.
    pub nas_port_type: Text,
    /// Whence the peer came.
    pub calling_station_id: Text,
    /// Address given to the peer.
    pub address: Option<Text>,
    /// Steps reported: `start`, `interim`, `stop`, `expired`, `close-acked`.
    pub status: Vec<Text>,
    /// Whether no end was reported.
    pub active: bool,
    /// Local time of the router, in the form of its version.
    pub started: Text,
    /// Length so far.
    pub uptime: Option<Duration>,
    /// Last report, local time of the router; not in RouterOS 6.
    pub last_accounting_packet: Option<Text>,
}

struct V7(UserManagerSession);
struct V6(UserManagerSession);

impl FromRow for V7 {
    const MENU: &'static str = "/user-manager/session";
    const PROPLIST: &'static [&'static str] = &[
        ".id",
        "user",
        "acct-session-id",
        "nas-ip-address",
        "nas-port-type",
        "calling-station-id",
        "user-address",
        "status",
        "active",
        "started",
        "uptime",
        "last-accounting-packet",
    ];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        session(row, ["nas-ip-address", "user-address", "started"]).map(Self)
    }
}

impl FromRow for V6 {
    const MENU: &'static str = "/tool/user-manager/session";
    const PROPLIST: &'static [&'static str] = &[
        ".id",
        "user",
        "acct-session-id",
        "host-ip",
        "nas-port-type",
        "calling-station-id",
        "user-ip",
        "status",
        "active",
        "from-time",
        "uptime",
    ];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        session(row, ["host-ip", "user-ip", "from-time"]).map(Self)
    }
}

fn session(row: &Fields<'_>, [nas, address, started]: [&str; 3]) -> Result<UserManagerSession, Error> {
    Ok(UserManagerSession {
        id: row.id()?,
        user: row.text("user")?,
        acct_session_id: row.text_or_empty("acct-session-id"),
        nas_address: row.optional_text(nas),
        nas_port_type: row.text_or_empty("nas-port-type"),
        calling_station_id: row.text_or_empty("calling-station-id"),
        address: row.optional_text(address),
        status: row.list("status"),
        active: row.flag("active")?,
        started: row.text_or_empty(started),
        uptime: row.duration("uptime"),
        last_accounting_packet: row.optional_text("last-accounting-packet"),
    })
}

/// The sessions whose end wasn't reported.
///
/// # Errors
/// As [`super::print`].
pub async fn print_active(
    connection: &Connection,
    edition: Edition,
) -> Result<Vec<UserManagerSession>, Error> {
    let active = Query::eq("active", "true");
    Ok(match edition {
        Edition::V7 => {
            super::print_where::<V7>(connection, active).await?.into_iter().map(|V7(row)| row).collect()
        }
        Edition::V6 => {
            super::print_where::<V6>(connection, active).await?.into_iter().map(|V6(row)| row).collect()
        }
    })
}

/// Asks the router that has a session to end it (a RADIUS Disconnect-Request). That this is answered says nothing about
/// whether the other router listens: see whether the session is still active afterwards.
///
/// # Errors
/// As [`Connection::call`].
pub async fn close(connection: &Connection, edition: Edition, id: &Id) -> Result<(), Error> {
    let menu = match edition {
        Edition::V7 => V7::MENU,
        Edition::V6 => V6::MENU,
    };
    connection.call(commands::command(menu, "close-session").id(id)).await.map(drop)
}

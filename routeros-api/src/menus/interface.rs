//! `/interface`: what went through. Of an interface that comes with a tunnel it is counted since then, of one that stays
//! (a binding of a server to a user, such as `/interface/l2tp-server`) since it was made or its counters were reset.

use super::{Fields, FromRow};
use crate::{command::Query, conn::Connection, error::Error, value::Text};

/// The counters of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// Name, such as `<l2tp-ivan>` for a tunnel.
    pub name: Text,
    /// Whether it comes and goes with its tunnel.
    pub dynamic: bool,
    /// Bytes that came in.
    pub rx_byte: u64,
    /// Bytes that went out.
    pub tx_byte: u64,
}

impl FromRow for Traffic {
    const MENU: &'static str = "/interface";
    const PROPLIST: &'static [&'static str] = &["name", "dynamic", "rx-byte", "tx-byte"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            name: row.text("name")?,
            dynamic: row.flag("dynamic")?,
            rx_byte: row.number("rx-byte").unwrap_or(0),
            tx_byte: row.number("tx-byte").unwrap_or(0),
        })
    }
}

/// What the interfaces of incoming tunnels are.
const INCOMING: [&str; 5] = ["l2tp-in", "sstp-in", "pptp-in", "ovpn-in", "pppoe-in"];

/// The counters of the interfaces of tunnels: those that come and go, and those that are bound to users.
///
/// # Errors
/// As [`super::print`].
pub async fn of_tunnels(connection: &Connection) -> Result<Vec<Traffic>, Error> {
    let bound = INCOMING.iter().map(|kind| Query::eq("type", kind));
    super::print_where(connection, bound.fold(Query::eq("dynamic", "true"), Query::or)).await
}

/// The counters of the interface with this name; `None` if it is gone.
///
/// # Errors
/// As [`super::print`].
pub async fn named(connection: &Connection, name: &Text) -> Result<Option<Traffic>, Error> {
    let rows = super::print_where(connection, Query::eq("name", name.as_bytes())).await?;
    Ok(rows.into_iter().next())
}

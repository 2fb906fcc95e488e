//! `/interface`: what went through, counted since the interface came up.

use super::{Fields, FromRow};
use crate::{command::Query, conn::Connection, error::Error, value::Text};

/// The counters of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// Name, such as `<l2tp-ivan>` for a tunnel.
    pub name: Text,
    /// Bytes that came in.
    pub rx_byte: u64,
    /// Bytes that went out.
    pub tx_byte: u64,
}

impl FromRow for Traffic {
    const MENU: &'static str = "/interface";
    const PROPLIST: &'static [&'static str] = &["name", "rx-byte", "tx-byte"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            name: row.text("name")?,
            rx_byte: row.number("rx-byte").unwrap_or(0),
            tx_byte: row.number("tx-byte").unwrap_or(0),
        })
    }
}

/// The counters of the interfaces that come and go, which those of tunnels are.
///
/// # Errors
/// As [`super::print`].
pub async fn dynamic(connection: &Connection) -> Result<Vec<Traffic>, Error> {
    super::print_where(connection, Query::eq("dynamic", "true")).await
}

/// The counters of the interface with this name; `None` if it is gone.
///
/// # Errors
/// As [`super::print`].
pub async fn named(connection: &Connection, name: &Text) -> Result<Option<Traffic>, Error> {
    let rows = super::print_where(connection, Query::eq("name", name.as_bytes())).await?;
    Ok(rows.into_iter().next())
}

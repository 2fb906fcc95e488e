//! `/ip/address`: which interface leads to which address.

use super::{Fields, FromRow};
use crate::{command::Query, conn::Connection, error::Error, value::Text};
use std::collections::HashMap;

/// An address of the router. That of a tunnel names the address of the peer as its network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpAddress {
    /// The router's own address, such as `10.8.0.1/32`.
    pub address: Text,
    /// The network; of a tunnel, the peer's address.
    pub network: Text,
    /// The interface.
    pub interface: Text,
}

impl FromRow for IpAddress {
    const MENU: &'static str = "/ip/address";
    const PROPLIST: &'static [&'static str] = &["address", "network", "interface"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            address: row.text_or_empty("address"),
            network: row.text_or_empty("network"),
            interface: row.text_or_empty("interface"),
        })
    }
}

/// The interfaces that lead to the peers of tunnels, by the peers' addresses: of the addresses that come and go, which those
/// of tunnels do. Of several the one that is listed last comes last.
///
/// # Errors
/// As [`super::print`].
pub async fn leads(connection: &Connection) -> Result<HashMap<String, Vec<Text>>, Error> {
    let rows: Vec<IpAddress> = super::print_where(connection, Query::eq("dynamic", "true")).await?;
    let mut leads: HashMap<String, Vec<Text>> = HashMap::with_capacity(rows.len());
    for row in rows {
        leads.entry(row.network.to_string()).or_default().push(row.interface);
    }
    Ok(leads)
}

/// The addresses that come and go and lead to this one, which is that of a tunnel's peer.
///
/// # Errors
/// As [`super::print`].
pub async fn leading_to(connection: &Connection, peer: &str) -> Result<Vec<IpAddress>, Error> {
    super::print_where(connection, Query::eq("dynamic", "true").and(Query::eq("network", peer))).await
}

/// All addresses.
///
/// # Errors
/// As [`super::print`].
pub async fn all(connection: &Connection) -> Result<Vec<IpAddress>, Error> {
    super::print(connection).await
}

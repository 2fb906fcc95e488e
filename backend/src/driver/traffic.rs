//! What went through the tunnels, by the counters of their interfaces.

use routeros_api::{
    Connection, Error,
    menus::{interface, ip_address},
};
use std::collections::HashMap;

/// Bytes of one tunnel since it came up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Traffic {
    /// From the peer.
    pub(crate) bytes_in: i64,
    /// To the peer.
    pub(crate) bytes_out: i64,
}

/// The traffic of every tunnel, by the address that the tunnel was given. `/ppp/active` has no counters; the
/// interface has, and the address of the tunnel says which interface is its.
pub(crate) async fn by_address(wire: &Connection) -> Result<HashMap<String, Traffic>, Error> {
    let counted: HashMap<Vec<u8>, Traffic> = interface::dynamic(wire)
        .await?
        .into_iter()
        .map(|row| {
            let traffic = Traffic { bytes_in: signed(row.rx_byte), bytes_out: signed(row.tx_byte) };
            (row.name.as_bytes().to_vec(), traffic)
        })
        .collect();
    let addresses = ip_address::dynamic(wire).await?;
    Ok(addresses
        .iter()
        .filter_map(|row| Some((row.network.to_string(), *counted.get(row.interface.as_bytes())?)))
        .collect())
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

//! What went through the tunnels, by the counters of their interfaces.

use routeros_api::{
    Connection, Error,
    menus::{interface, ip_address},
};
use sallyport_shared::session::Tunnel;
use std::{collections::HashMap, time::Duration};

/// So long at most a tunnel that is to be cut stays for its counters' sake.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Bytes of one tunnel.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Traffic {
    /// From the peer.
    pub(crate) bytes_in: i64,
    /// To the peer.
    pub(crate) bytes_out: i64,
}

/// What the interface of a tunnel shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Counted {
    /// The bytes that it has counted.
    pub(crate) traffic: Traffic,
    /// It was there before the tunnel, and may have counted others.
    pub(crate) lasting: bool,
}

/// The counters of every tunnel, by the address that the tunnel was given. `/ppp/active` has none; the interface has,
/// and the address of the tunnel says which interface is its.
pub(crate) async fn by_address(wire: &Connection) -> Result<HashMap<String, Counted>, Error> {
    let counted: HashMap<Vec<u8>, Counted> = interface::of_tunnels(wire)
        .await?
        .into_iter()
        .map(|row| {
            let traffic = Traffic { bytes_in: signed(row.rx_byte), bytes_out: signed(row.tx_byte) };
            (row.name.as_bytes().to_vec(), Counted { traffic, lasting: !row.dynamic })
        })
        .collect();
    let leads = ip_address::leads(wire).await?.into_iter();
    Ok(leads
        .filter_map(|(address, interfaces)| {
            let last = interfaces.iter().rev().find_map(|name| counted.get(name.as_bytes()))?;
            Some((address, *last))
        })
        .collect())
}

/// The traffic of one tunnel, read for the last time before it is cut. None: it could not be told in a moment, or not whose
/// counters they are. What is to be taken away does not wait for it.
pub(crate) async fn last(wire: &Connection, tunnel: &Tunnel) -> Option<Traffic> {
    let address = tunnel.address.as_deref()?;
    let counted = async {
        let [leads] = <[_; 1]>::try_from(ip_address::leading_to(wire, address).await.ok()?).ok()?;
        interface::named(wire, &leads.interface).await.ok()?
    };
    // What an interface shows that was there before the tunnel is not the tunnel's own: its last count stays.
    let row = tokio::time::timeout(LAST_WORDS, counted).await.ok().flatten().filter(|row| row.dynamic)?;
    Some(Traffic { bytes_in: signed(row.rx_byte), bytes_out: signed(row.tx_byte) })
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

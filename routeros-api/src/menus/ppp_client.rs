//! The VPN connections that a router makes itself (`/interface/pppoe-client` and its like), as far as they have a profile
//! in common with accounts.

use super::items;
use crate::{conn::Connection, error::Error, proto::Row, value::Text};

const MENUS: [&str; 6] = [
    "/interface/pppoe-client",
    "/interface/l2tp-client",
    "/interface/sstp-client",
    "/interface/pptp-client",
    "/interface/ovpn-client",
    "/interface/ppp-client",
];

/// Each connection's profile and its name, those that are switched off among them.
///
/// # Errors
/// As [`Connection::call`]; a kind that this version hasn't is none.
pub async fn profiles(connection: &Connection) -> Result<Vec<(Text, Text)>, Error> {
    let mut profiles = Vec::new();
    for menu in MENUS {
        let rows = items::rows(connection, menu, &["name", "profile"], None).await?;
        let pair = |row: &Row| Some((row.text("profile")?, row.text("name")?));
        profiles.extend(rows.iter().flatten().filter_map(pair));
    }
    profiles.retain(|(profile, _)| !profile.is_empty());
    Ok(profiles)
}

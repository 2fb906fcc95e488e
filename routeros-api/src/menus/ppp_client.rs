//! The VPN connections that a router makes itself (`/interface/pppoe-client` and its like), as far as they have a profile
//! in common with accounts.

use super::items;
use crate::{conn::Connection, error::Error, value::Text};

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
        match items::print(connection, menu, &[".id", "name", "profile"], None).await {
            Ok(rows) => {
                let pair = |item: &items::RawItem| Some((item.row.text("profile")?, item.row.text("name")?));
                profiles.extend(rows.iter().filter_map(pair));
            }
            Err(Error::Trap(trap)) if trap.is_no_such_command() => {}
            Err(error) => return Err(error),
        }
    }
    profiles.retain(|(profile, _)| !profile.is_empty());
    Ok(profiles)
}

//! The VPN servers (`/interface/l2tp-server/server` and its like), as far as they choose a profile.

use super::items;
use crate::{conn::Connection, error::Error, value::Text};

/// The servers' menus: some have a single row, some (in newer versions) several.
const MENUS: [&str; 5] = [
    "/interface/l2tp-server/server",
    "/interface/sstp-server/server",
    "/interface/pptp-server/server",
    "/interface/ovpn-server/server",
    "/interface/pppoe-server/server",
];

/// The profiles of those accounts that name none: RADIUS and User Manager users.
///
/// # Errors
/// As [`Connection::call`]; a server that this version hasn't is none.
pub async fn default_profiles(connection: &Connection) -> Result<Vec<Text>, Error> {
    let mut profiles = Vec::new();
    for menu in MENUS {
        match items::print(connection, menu, &[".id", "default-profile"], None).await {
            Ok(rows) => profiles.extend(rows.iter().filter_map(|item| item.row.text("default-profile"))),
            Err(Error::Trap(trap)) if trap.is_no_such_command() => {}
            Err(error) => return Err(error),
        }
    }
    profiles.retain(|profile| !profile.is_empty());
    Ok(profiles)
}

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

/// The profiles of those accounts that name none: RADIUS and User Manager users. A server that is off lets nobody in, and
/// its profile (which it has all the same) is nobody's.
///
/// # Errors
/// As [`Connection::call`]; a server that this version hasn't is none.
pub async fn default_profiles(connection: &Connection) -> Result<Vec<Text>, Error> {
    let mut profiles = Vec::new();
    for menu in MENUS {
        let attributes = [".id", "default-profile", "enabled", "disabled"];
        let rows = items::print(connection, menu, &attributes, None).await?;
        let on = rows.iter().flatten().filter(|item| is_on(item));
        profiles.extend(on.filter_map(|item| item.row.text("default-profile")));
    }
    profiles.retain(|profile| !profile.is_empty());
    Ok(profiles)
}

/// Menus of one server say whether it is on, those of several whether each is off.
fn is_on(item: &items::RawItem) -> bool {
    let says = |name: &str| {
        let text = item.row.text(name).filter(|text| !text.is_empty());
        text.map(|text| matches!(text.as_bytes(), b"true" | b"yes"))
    };
    says("enabled").unwrap_or_else(|| says("disabled") != Some(true))
}

//! What RADIUS says about accounts: the attributes that the User Manager gives them, and whether others are asked.

use routeros_api::{
    Connection, Error, Row, Text,
    menus::{items, user_manager::Edition, user_manager_user},
};
use std::{collections::HashMap, net::IpAddr};

/// An account of the User Manager.
pub(crate) struct RadiusUser {
    pub(crate) name: Text,
    pub(crate) disabled: bool,
    /// The profile that it names instead of the server's.
    pub(crate) profile: Option<Text>,
    /// The lists that its address is put on instead of the profile's.
    pub(crate) lists: Option<Vec<String>>,
    /// The address that it is given.
    pub(crate) address: Option<String>,
}

/// A value in `Framed-IP-Address:10.0.0.5,Mikrotik-Group:vip`; the first one of its name.
pub(crate) fn attribute(attributes: &Text, name: &str) -> Option<Text> {
    let mut pairs = attributes.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let value = pairs.find_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b":"))?;
    Some(Text::copy_from(value))
}

/// The attribute that names a profile.
pub(crate) const GROUP: &str = "Mikrotik-Group";
const LIST: &str = "Mikrotik-Address-List";
const ADDRESS: &str = "Framed-IP-Address";

/// The accounts of the User Manager, with what they and their groups say.
pub(crate) async fn users(wire: &Connection, edition: Edition) -> Result<Vec<RadiusUser>, Error> {
    if edition == Edition::V6 {
        let users = user_manager_user::print(wire, edition).await?;
        let plain = |user: &user_manager_user::UserManagerUser| RadiusUser {
            name: user.name.clone(),
            disabled: user.disabled,
            profile: None,
            lists: None,
            address: None,
        };
        return Ok(users.iter().map(plain).collect());
    }
    let groups = print(wire, "/user-manager/user/group", &["name", "attributes"]).await?;
    let groups: HashMap<Vec<u8>, Text> = groups
        .iter()
        .filter_map(|row| Some((row.text("name")?.as_bytes().to_vec(), row.text("attributes")?)))
        .collect();
    let rows = print(wire, "/user-manager/user", &["name", "disabled", "group", "attributes"]).await?;
    let user = |row: &Row| {
        let group = row.text("group").and_then(|group| groups.get(group.as_bytes()));
        let own = row.text("attributes");
        let said = |name: &str| {
            let by_user = own.as_ref().and_then(|own| attribute(own, name));
            by_user.or_else(|| attribute(group?, name)).filter(|value| !value.is_empty())
        };
        RadiusUser {
            name: row.text("name").unwrap_or_else(|| Text::from("")),
            disabled: row.text("disabled").is_some_and(|text| matches!(text.as_bytes(), b"true" | b"yes")),
            profile: said(GROUP),
            lists: said(LIST).map(|list| vec![list.to_string()]),
            address: said(ADDRESS).map(|address| address.to_string()),
        }
    };
    Ok(rows.iter().map(user).collect())
}

/// Is somebody else asked about PPP accounts than this router's own User Manager?
pub(crate) async fn asks_elsewhere(wire: &Connection) -> Result<bool, Error> {
    let own = print(wire, "/ip/address", &["address"]).await?;
    let own: Vec<IpAddr> = own.iter().filter_map(|row| bare(&row.text("address")?.to_string())).collect();
    let servers = print(wire, "/radius", &["service", "address", "disabled"]).await?;
    Ok(servers.iter().any(|row| {
        let text = |name: &str| row.text(name).map(|text| text.to_string()).unwrap_or_default();
        let for_ppp = text("service").split(',').any(|service| service.trim() == "ppp");
        let here = bare(&text("address")).is_some_and(|at| at.is_loopback() || own.contains(&at));
        for_ppp && !here && !matches!(text("disabled").as_str(), "true" | "yes")
    }))
}

/// The address in `192.0.2.1/24`.
fn bare(text: &str) -> Option<IpAddr> {
    text.split('/').next()?.parse().ok()
}

async fn print(wire: &Connection, menu: &str, attributes: &[&str]) -> Result<Vec<Row>, Error> {
    Ok(items::rows(wire, menu, attributes, None).await?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_by_their_whole_name() {
        let found = |text: &str, name| attribute(&text.into(), name).map(|value| value.to_string());
        let both = "Framed-IP-Address:10.0.0.5, Mikrotik-Group:vip";
        assert_eq!(found(both, GROUP).as_deref(), Some("vip"));
        assert_eq!(found(both, ADDRESS).as_deref(), Some("10.0.0.5"));
        assert_eq!(found("Mikrotik-Grouping:vip", GROUP), None);
        assert_eq!(found("", GROUP), None);
    }
}

//! What RADIUS says about accounts: the attributes that the User Manager gives them, and whether others are asked.

use routeros_api::{
    Connection, Error, Row, Text,
    menus::{items, user_manager::Edition},
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
    /// The networks behind its tunnels.
    pub(crate) routes: Vec<String>,
    /// It is given IPv6 of its own.
    pub(crate) has_prefix: bool,
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

/// What leads networks behind tunnels, and what gives tunnels IPv6 of their own.
const ROUTE: &str = "Framed-Route";
const PREFIXES: [&str; 5] = [
    "Framed-IPv6-Prefix",
    "Framed-IPv6-Pool",
    "Delegated-IPv6-Prefix",
    "Delegated-IPv6-Prefix-Pool",
    "Mikrotik-Delegated-IPv6-Pool",
];

/// What limits the accounts of version 6, their profiles and lists among it.
pub(crate) const LIMITATIONS: &str = "/tool/user-manager/profile/limitation";

/// The accounts of the User Manager, with what they and their groups say. In version 6 an account stands there once for each
/// limitation of its profile, any of which may be the one that counts.
pub(crate) async fn users(wire: &Connection, edition: Edition) -> Result<Vec<RadiusUser>, Error> {
    match edition {
        Edition::V7 => users_of_seven(wire).await,
        Edition::V6 => users_of_six(wire).await,
    }
}

async fn users_of_seven(wire: &Connection) -> Result<Vec<RadiusUser>, Error> {
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
        let both = own.iter().chain(group);
        RadiusUser {
            name: row.text("name").unwrap_or_else(|| Text::from("")),
            disabled: is_disabled(row),
            profile: said(GROUP),
            lists: said(LIST).map(|list| vec![list.to_string()]),
            address: said(ADDRESS).map(|address| address.to_string()),
            routes: both.flat_map(|attributes| values(attributes, ROUTE)).collect(),
            has_prefix: PREFIXES.iter().any(|name| said(name).is_some()),
        }
    };
    Ok(rows.iter().map(user).collect())
}

async fn users_of_six(wire: &Connection) -> Result<Vec<RadiusUser>, Error> {
    let limitations = print(wire, LIMITATIONS, &["name", "group-name", "address-list"]).await?;
    let links = "/tool/user-manager/profile/profile-limitation";
    let links = print(wire, links, &["profile", "limitation"]).await?;
    let named = |row: &Row, name: &str| row.text(name).filter(|value| !value.is_empty());
    // The profile and the lists that each limitation of a profile names.
    let of_profile = |profile: &Text| -> Vec<(Option<Text>, Option<Text>)> {
        let its = links.iter().filter(|link| link.text("profile").as_ref() == Some(profile));
        let its = its.filter_map(|link| link.text("limitation"));
        its.flat_map(|name| limitations.iter().filter(move |row| row.text("name").as_ref() == Some(&name)))
            .map(|row| (named(row, "group-name"), named(row, "address-list")))
            .collect()
    };
    let attributes = ["username", "disabled", "actual-profile", "ip-address"];
    let rows = print(wire, "/tool/user-manager/user", &attributes).await?;
    let mut users = Vec::new();
    for row in &rows {
        let mut said = named(row, "actual-profile").map(|profile| of_profile(&profile)).unwrap_or_default();
        if said.is_empty() {
            said.push((None, None));
        }
        users.extend(said.into_iter().map(|(profile, lists)| RadiusUser {
            name: row.text("username").unwrap_or_else(|| Text::from("")),
            disabled: is_disabled(row),
            profile,
            lists:
                lists.map(|lists| lists.to_string().split(',').map(|list| list.trim().to_owned()).collect()),
            address: named(row, "ip-address").map(|address| address.to_string()),
            routes: Vec::new(),
            has_prefix: false,
        }));
    }
    Ok(users)
}

fn is_disabled(row: &Row) -> bool {
    row.text("disabled").is_some_and(|text| matches!(text.as_bytes(), b"true" | b"yes"))
}

/// All values of an attribute, which may be there several times.
fn values(attributes: &Text, name: &str) -> Vec<String> {
    let all = attributes.to_string();
    let pairs = all.split(',').filter_map(|pair| pair.trim().split_once(':'));
    pairs.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).collect()
}

/// The networks behind a tunnel, as a secret has them: `192.168.77.0/24 10.8.0.7 1, 10.9.0.0/16`.
pub(crate) fn routes(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|route| !route.is_empty()).map(str::to_owned).collect()
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
        let two = "Framed-Route:192.168.77.0/24 10.8.0.7 1,Framed-Route:10.9.0.0/16".into();
        assert_eq!(values(&two, ROUTE), ["192.168.77.0/24 10.8.0.7 1", "10.9.0.0/16"]);
        assert_eq!(routes("192.168.77.0/24 10.8.0.7 1, 10.9.0.0/16").len(), 2);
        assert!(routes("").is_empty());
    }
}

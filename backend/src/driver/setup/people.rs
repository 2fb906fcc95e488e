//! Whom a set-up concerns: the VPN accounts and their profiles, the tunnels that are up, and those who manage the router.

use crate::{
    driver::{bans, radius},
    store::records::RouterRecord,
};
use routeros_api::{
    Connection, Error, Query, Row, Text,
    menus::{items, ppp_client, ppp_server, user_active, user_manager::Edition},
};
use sallyport_shared::router::setup::{Inside, Listed, Login, Raw};
use std::collections::{BTreeMap, BTreeSet};

/// A PPP secret, without its password.
pub(super) struct Secret {
    name: Raw,
    profile: Raw,
    /// The networks behind its tunnel.
    routes: Vec<String>,
}

async fn rows(wire: &Connection, menu: &str, attributes: &[&str]) -> Result<Vec<Row>, Error> {
    Ok(items::rows(wire, menu, attributes, None).await?.unwrap_or_default())
}

fn raw(row: &Row, name: &str) -> Raw {
    row.text(name).map(|text| Raw::from(text.as_bytes())).unwrap_or_default()
}

pub(super) async fn secrets(wire: &Connection) -> Result<Vec<Secret>, Error> {
    let rows = rows(wire, "/ppp/secret", &["name", "profile", "routes"]).await?;
    let secret = |row: &Row| Secret {
        name: raw(row, "name"),
        profile: raw(row, "profile"),
        routes: radius::routes(&raw(row, "routes").text()),
    };
    Ok(rows.iter().map(secret).collect())
}

/// The names of the accounts with networks behind their tunnels, by their profiles.
pub(super) fn routed(secrets: &[Secret]) -> BTreeMap<Raw, Vec<String>> {
    let mut routed: BTreeMap<Raw, Vec<String>> = BTreeMap::new();
    for secret in secrets.iter().filter(|secret| !secret.routes.is_empty()) {
        routed.entry(secret.profile.clone()).or_default().push(secret.name.text().into_owned());
    }
    routed
}

/// The tunnels that are up, with the profiles of those whose account is a secret.
pub(super) async fn inside(wire: &Connection, secrets: &[Secret]) -> Result<Vec<Inside>, Error> {
    let up = rows(wire, "/ppp/active", &["name", "address"]).await?;
    let tunnel = |row: &Row| {
        let name = raw(row, "name");
        let secret = secrets.iter().find(|secret| secret.name == name);
        let mut networks: Vec<String> =
            secret.map(|secret| secret.routes.clone()).into_iter().flatten().collect();
        networks.push(raw(row, "address").text().into_owned());
        Inside { profile: secret.map(|secret| secret.profile.clone()), networks }
    };
    Ok(up.iter().map(tunnel).collect())
}

/// Who is logged in, and by what; none: the router does not show it.
pub(super) async fn logins(wire: &Connection) -> Result<Option<Vec<(Login, String)>>, Error> {
    let logins = bans::logins(wire).await?;
    let login = |login: &user_active::ActiveUser| {
        let (name, address) = (login.name.to_string(), login.address.to_string());
        (Login { name, address }, login.via.to_string())
    };
    Ok(logins.map(|logins| logins.iter().map(login).collect()))
}

/// What is on the router's lists of the product, of both families.
pub(super) async fn listed(wire: &Connection, router: &RouterRecord) -> Result<Vec<Listed>, Error> {
    let mut listed = Vec::new();
    for menu in ["/ip/firewall/address-list", "/ipv6/firewall/address-list"] {
        for list in [&router.ban_list, &router.sandbox_list, &router.allow_list] {
            let which = Query::eq("list", list.as_bytes()).and(Query::eq("disabled", "false"));
            let rows = items::rows(wire, menu, &["address"], Some(which)).await?.unwrap_or_default();
            let entry =
                |row: &Row| Listed { list: list.clone(), address: raw(row, "address").text().into_owned() };
            listed.extend(rows.iter().map(entry));
        }
    }
    Ok(listed)
}

/// The profiles of the VPN accounts, of the servers (which the User Manager's accounts get), and those that the User
/// Manager names.
pub(super) async fn used_profiles(
    wire: &Connection,
    secrets: &[Secret],
    edition: Option<Edition>,
) -> Result<BTreeSet<Raw>, Error> {
    let of_servers = ppp_server::default_profiles(wire).await?;
    let mut used: BTreeSet<Raw> = of_servers.iter().map(|name| Raw::from(name.as_bytes())).collect();
    used.extend(secrets.iter().map(|secret| secret.profile.clone()));
    match edition {
        Some(Edition::V7) => {
            for menu in ["/user-manager/user", "/user-manager/user/group"] {
                let rows = rows(wire, menu, &["attributes"]).await?;
                used.extend(rows.iter().filter_map(|row| row.text("attributes")).filter_map(named_profile));
            }
        }
        Some(Edition::V6) => {
            let limitations = rows(wire, radius::LIMITATIONS, &["group-name"]).await?;
            used.extend(limitations.iter().map(|row| raw(row, "group-name")));
        }
        None => {}
    }
    used.retain(|name| !name.is_empty());
    Ok(used)
}

/// The profiles of the connections that the router makes itself, and the names of these.
pub(super) async fn client_profiles(wire: &Connection) -> Result<BTreeMap<Raw, Vec<String>>, Error> {
    let mut clients: BTreeMap<Raw, Vec<String>> = BTreeMap::new();
    for (profile, name) in ppp_client::profiles(wire).await? {
        clients.entry(Raw::from(profile.as_bytes())).or_default().push(name.to_string());
    }
    Ok(clients)
}

/// The profile that RADIUS names.
fn named_profile(attributes: Text) -> Option<Raw> {
    radius::attribute(&attributes, radius::GROUP).map(|name| Raw::from(name.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_manager_names_profiles() {
        let named = |text: &str| named_profile(text.into()).map(|raw| raw.text().into_owned());
        assert_eq!(named("Framed-IP-Address:10.0.0.5,Mikrotik-Group:vip").as_deref(), Some("vip"));
        assert_eq!(named("Framed-IP-Address:10.0.0.5"), None);
    }
}

//! The accounts, what they have in common, and the servers that they dial in to.

use super::{is, list, optional, print, text};
use crate::driver::radius;
use routeros_api::{Connection, Error, Row, menus::user_manager};
use sallyport_shared::{
    doctor::{Account, Profile, Server},
    firewall::Range,
};
use std::collections::{BTreeMap, HashSet};

/// What is read of a PPP profile.
pub(crate) const PROFILE: &[&str] = &[
    "name",
    "address-list",
    "interface-list",
    "incoming-filter",
    "outgoing-filter",
    "bridge",
    "local-address",
    "remote-address",
    "use-ipv6",
    "remote-ipv6-prefix-pool",
    "dhcpv6-pd-pool",
];

/// The PPP profiles.
pub(super) async fn profiles(wire: &Connection) -> Result<Vec<Profile>, Error> {
    let rows = print(wire, "/ppp/profile", PROFILE).await?;
    let profile = |row: &Row| Profile {
        name: text(row, "name"),
        address_lists: list(row, "address-list"),
        interface_list: optional(row, "interface-list"),
        filters: ["incoming-filter", "outgoing-filter"]
            .iter()
            .filter_map(|name| optional(row, name))
            .collect(),
        bridge: optional(row, "bridge"),
        local_address: optional(row, "local-address"),
        remote_address: optional(row, "remote-address"),
        use_ipv6: text(row, "use-ipv6"),
        gives_prefixes: optional(row, "remote-ipv6-prefix-pool").is_some()
            || optional(row, "dhcpv6-pd-pool").is_some(),
    };
    Ok(rows.iter().map(profile).collect())
}

/// The accounts that may log in.
pub(super) async fn accounts(
    wire: &Connection,
    linked: &HashSet<String>,
    by_radius: bool,
) -> Result<Vec<Account>, Error> {
    let attributes =
        ["name", "profile", "remote-address", "remote-ipv6-prefix", "routes", "ipv6-routes", "disabled"];
    let secrets = print(wire, "/ppp/secret", &attributes).await?;
    let account = |row: &Row| {
        let name = text(row, "name");
        Account {
            linked: linked.contains(&name),
            lists: None,
            profile: Some(optional(row, "profile").unwrap_or_else(|| "default".to_owned())),
            remote_address: optional(row, "remote-address"),
            has_prefix: optional(row, "remote-ipv6-prefix").is_some_and(|prefix| prefix != "::/0")
                || optional(row, "ipv6-routes").is_some(),
            routes: radius::routes(&text(row, "routes")),
            name,
        }
    };
    // A linked account that is disabled now is enabled when its owner asks.
    let wanted = |row: &&Row| !is(row, "disabled") || linked.contains(&text(row, "name"));
    let mut accounts: Vec<Account> = secrets.iter().filter(wanted).map(account).collect();
    if by_radius && let Some(edition) = user_manager::detect(wire).await? {
        let users = radius::users(wire, edition).await?;
        let wanted = users.iter().filter(|user| !user.disabled || linked.contains(&user.name.to_string()));
        accounts.extend(wanted.map(|user| Account {
            name: user.name.to_string(),
            linked: linked.contains(&user.name.to_string()),
            profile: user.profile.as_ref().map(ToString::to_string),
            lists: user.lists.clone(),
            remote_address: user.address.clone(),
            has_prefix: user.has_prefix,
            routes: user.routes.clone(),
        }));
    }
    Ok(accounts)
}

/// The VPN servers that are on.
pub(super) async fn servers(wire: &Connection) -> Result<Vec<Server>, Error> {
    let mut servers = Vec::new();
    for service in ["l2tp", "sstp", "pptp", "ovpn", "pppoe"] {
        let menu = format!("/interface/{service}-server/server");
        for row in print(wire, &menu, &["enabled", "disabled", "default-profile", "mode"]).await? {
            // Newer versions write of several servers which are off, older ones of one whether it is on.
            let on = if row.get("enabled").is_some() { is(&row, "enabled") } else { !is(&row, "disabled") };
            if on && let Some(profile) = optional(&row, "default-profile") {
                let ethernet = text(&row, "mode") == "ethernet";
                servers.push(Server { service: service.to_owned(), profile, ethernet });
            }
        }
    }
    Ok(servers)
}

/// The pools of addresses; one that has something unreadable in it is left out.
pub(super) async fn pools(wire: &Connection) -> Result<BTreeMap<String, Vec<Range>>, Error> {
    let rows = print(wire, "/ip/pool", &["name", "ranges", "next-pool"]).await?;
    let ranges =
        |row: &Row| list(row, "ranges").iter().map(|range| Range::parse(range)).collect::<Option<Vec<_>>>();
    let own: BTreeMap<String, (Option<Vec<Range>>, Option<String>)> =
        rows.iter().map(|row| (text(row, "name"), (ranges(row), optional(row, "next-pool")))).collect();
    let whole = |first: &String| {
        let (mut all, mut next, mut seen) = (Vec::new(), Some(first.clone()), HashSet::new());
        // When one is used up, the next one is asked.
        while let Some(name) = next.filter(|name| seen.insert(name.clone())) {
            let (ranges, following) = own.get(&name)?;
            all.extend(ranges.clone()?);
            next = following.clone();
        }
        Some(all)
    };
    Ok(own.keys().filter_map(|name| Some((name.clone(), whole(name)?))).collect())
}

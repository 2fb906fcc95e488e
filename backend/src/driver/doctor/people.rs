//! The accounts, what they have in common, and the tunnels that are up.

use super::{is, list, optional, print, text};
use crate::{
    driver::{radius, repair},
    store::records::RouterRecord,
};
use routeros_api::{
    Connection, Error, Query, Row,
    menus::{ip_address, items, user_manager},
    value::duration,
};
use sallyport_shared::{
    doctor::{Account, Profile, Server, Stray},
    firewall::Range,
    session::{Boot, Tunnel},
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// So many tunnels are looked for one by one; for more the whole list is read.
const FEW: usize = 4;

/// The tunnels that are up and not on the list of the box, and those without an address.
pub(super) async fn strays(wire: &Connection, router: &RouterRecord) -> Result<Vec<Stray>, Error> {
    let free = free(wire, router, up(wire, Boot::default()).await?).await?;
    let mut strays = Vec::new();
    let outside = outside(wire, &router.allow_list, free.clone()).await?;
    for tunnel in free {
        let address = tunnel.address.as_deref().and_then(|address| address.parse().ok());
        strays.push(Stray { allowed: !outside.contains(&tunnel), name: tunnel.username, address });
    }
    Ok(strays)
}

/// The tunnels that are up, without ids: nothing is done to them here.
async fn up(wire: &Connection, boot: Boot) -> Result<Vec<Tunnel>, Error> {
    let attributes = ["session-id", "name", "service", "caller-id", "address", "uptime"];
    let rows = print(wire, "/ppp/active", &attributes).await?;
    let uptime = |row: &Row| duration(text(row, "uptime").as_bytes()).ok().flatten();
    let is_set_up = |row: &&Row| {
        optional(row, "address").is_some() || uptime(row).is_some_and(|uptime| uptime >= repair::SETTING_UP)
    };
    let tunnel = |row: &Row| Tunnel {
        boot,
        router_session_id: text(row, "session-id"),
        username: text(row, "name"),
        service: text(row, "service"),
        caller_id: optional(row, "caller-id"),
        address: optional(row, "address"),
    };
    Ok(rows.iter().filter(is_set_up).map(tunnel).collect())
}

/// Those of the tunnels that are not on the list of the box. Tunnels come and go while tables are read: they are
/// looked for twice, and must be up in between.
pub(crate) async fn free(
    wire: &Connection,
    router: &RouterRecord,
    tunnels: Vec<Tunnel>,
) -> Result<Vec<Tunnel>, Error> {
    let found = outside(wire, &router.sandbox_list, tunnels).await?;
    let Some(boot) = found.first().map(|tunnel| tunnel.boot) else { return Ok(found) };
    let up = up(wire, boot).await?;
    let still = found.into_iter().filter(|tunnel| up.iter().any(|other| other.is_same(tunnel))).collect();
    outside(wire, &router.sandbox_list, still).await
}

/// The accounts of the tunnels that are up and in the box, and whose interfaces are on none of the lists that the boxing
/// profiles name: they came up before. A tunnel whose profile names no list is spoken of apart.
pub(super) async fn unlisted(
    wire: &Connection,
    router: &RouterRecord,
    profiles: &[Profile],
) -> Result<Vec<String>, Error> {
    let boxing = profiles.iter().filter(|profile| profile.address_lists.contains(&router.sandbox_list));
    let named: HashMap<&str, Option<&str>> =
        boxing.map(|profile| (profile.name.as_str(), profile.interface_list.as_deref())).collect();
    if named.values().all(Option::is_none) {
        return Ok(Vec::new());
    }
    let up = up(wire, Boot::default()).await?;
    let profiles = profiles_of_secrets(wire).await?;
    // RADIUS may have named any of them.
    let should = |tunnel: &Tunnel| match profiles.get(&tunnel.username) {
        Some(profile) => named.get(profile.as_str()).is_some_and(Option::is_some),
        None => named.values().all(Option::is_some),
    };
    let expected: Vec<Tunnel> = up.into_iter().filter(should).collect();
    let strays: HashSet<String> = outside(wire, &router.sandbox_list, expected.clone())
        .await?
        .into_iter()
        .map(|tunnel| tunnel.router_session_id)
        .collect();
    let interfaces = interfaces(wire).await?;
    let lists: HashSet<&str> = named.values().copied().flatten().collect();
    let members = print(wire, "/interface/list/member", &["list", "interface", "disabled"]).await?;
    let listed: HashSet<String> = members
        .iter()
        .filter(|row| lists.contains(text(row, "list").as_str()) && !is(row, "disabled"))
        .map(|row| text(row, "interface"))
        .collect();
    let is_outside = |tunnel: &Tunnel| {
        let leads = tunnel.address.as_deref().and_then(|address| interfaces.get(address));
        !strays.contains(&tunnel.router_session_id)
            && leads.is_some_and(|leads| leads.iter().any(|name| !listed.contains(name)))
    };
    Ok(expected.into_iter().filter(is_outside).map(|tunnel| tunnel.username).collect())
}

/// The profiles of the secrets by their names.
async fn profiles_of_secrets(wire: &Connection) -> Result<HashMap<String, String>, Error> {
    let rows = print(wire, "/ppp/secret", &["name", "profile"]).await?;
    let profile = |row: &Row| optional(row, "profile").unwrap_or_else(|| "default".to_owned());
    Ok(rows.iter().map(|row| (text(row, "name"), profile(row))).collect())
}

/// The interfaces of tunnels, by the addresses to which they lead.
async fn interfaces(wire: &Connection) -> Result<HashMap<String, Vec<String>>, Error> {
    let mut leads: HashMap<String, Vec<String>> = HashMap::new();
    for row in ip_address::dynamic(wire).await? {
        leads.entry(row.network.to_string()).or_default().push(row.interface.to_string());
    }
    Ok(leads)
}

/// Those of the tunnels whose addresses are not on a list.
async fn outside(wire: &Connection, list: &str, tunnels: Vec<Tunnel>) -> Result<Vec<Tunnel>, Error> {
    if tunnels.is_empty() {
        return Ok(tunnels);
    }
    let on_list = Query::eq("list", list).and(Query::eq("disabled", "false"));
    let few = tunnels.iter().filter(|_| tunnels.len() <= FEW).filter_map(|tunnel| tunnel.address.as_deref());
    let which = few.map(|address| Query::eq("address", address)).reduce(Query::or);
    let listed = addresses(wire, which.map_or(on_list.clone(), |which| on_list.and(which))).await?;
    let inside = |tunnel: &Tunnel| tunnel.address.as_ref().is_some_and(|address| listed.contains(address));
    Ok(tunnels.into_iter().filter(|tunnel| !inside(tunnel)).collect())
}

async fn addresses(wire: &Connection, which: Query) -> Result<HashSet<String>, Error> {
    let rows = items::rows(wire, "/ip/firewall/address-list", &["address"], Some(which)).await?;
    Ok(rows.unwrap_or_default().iter().map(|row| text(row, "address")).collect())
}

/// The PPP profiles.
pub(super) async fn profiles(wire: &Connection) -> Result<Vec<Profile>, Error> {
    let attributes = [
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
    let rows = print(wire, "/ppp/profile", &attributes).await?;
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

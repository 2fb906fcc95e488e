//! Reads what the doctor has to know of a router. Nothing is written, and no secret is read.

use super::wire;
use crate::{
    app::App,
    store::records::{RouterRecord, TlsMode},
};
use routeros_api::{
    Connection, Error, Query, Row,
    menus::{
        ip_service, ppp_aaa, rows, system_clock, system_resource, user, user_group, user_manager,
        user_manager_user,
    },
};
use sallyport_shared::{
    doctor::{Account, Api, DeviceMode, Facts, Profile, Server, Service, UserManager},
    firewall::{Entry, Interfaces, Range, Rule, Rules},
    router::{MARK, TelegramNetworks},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    net::IpAddr,
};

/// The entries of a longer list are not read: whether a tunnel is on it counts as unknown.
const LONGEST_LIST: u64 = 2_000;

/// Reads everything; `linked` are the usernames that belong to somebody, `telegram` the networks that the set-up may open.
pub(crate) async fn facts(
    app: &App,
    router: &RouterRecord,
    wire: &Connection,
    linked: &HashSet<String>,
    telegram: &TelegramNetworks,
) -> Result<Facts, Error> {
    let clock = system_clock::print(wire).await?;
    let now = app.clock.now().seconds();
    let user_manager = radius(wire).await?;
    let services = services(wire).await?;
    let own = if router.tls == TlsMode::Plain { "api" } else { "api-ssl" };
    let service = services.iter().find(|(service, _)| service.name == own).cloned();
    Ok(Facts {
        sandbox_list: router.sandbox_list.clone(),
        allow_list: router.allow_list.clone(),
        reachable: ourselves(wire, router).await?,
        telegram: telegram.ranges().collect(),
        rules: rules(wire, router, &["/ip/firewall/raw", "/ip/firewall/filter", "/ip/firewall/address-list"])
            .await?
            .unwrap_or_default(),
        rules6: ipv6(wire, router).await?,
        interfaces: interfaces(wire).await?,
        profiles: profiles(wire).await?,
        accounts: accounts(wire, linked, user_manager.is_some()).await?,
        servers: servers(wire).await?,
        pools: pools(wire).await?,
        version: system_resource::print(wire).await?.version.to_string(),
        clock_skew_seconds: clock.unix_seconds().map(|theirs| theirs - now),
        api: api(wire, router, service).await?,
        services: services.into_iter().map(|(service, _)| service).collect(),
        user_manager,
        device_mode: device_mode(wire).await?,
    })
}

fn text(row: &Row, name: &str) -> String {
    row.text(name).map(|text| text.to_string()).unwrap_or_default()
}

fn optional(row: &Row, name: &str) -> Option<String> {
    Some(text(row, name)).filter(|text| !text.is_empty() && text != "none")
}

fn is(row: &Row, name: &str) -> bool {
    matches!(text(row, name).as_str(), "true" | "yes")
}

fn list(row: &Row, name: &str) -> Vec<String> {
    let text = text(row, name);
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// Some attributes of all rows; none if there is no such menu.
async fn print(wire: &Connection, menu: &str, attributes: &[&str]) -> Result<Vec<Row>, Error> {
    Ok(rows::some(wire, menu, attributes, None).await?.unwrap_or_default())
}

/// From where the router sees us come: the page of those who wait is there.
async fn ourselves(wire: &Connection, router: &RouterRecord) -> Result<Vec<IpAddr>, Error> {
    let ours = Query::eq("name", router.username.as_bytes());
    let logins = rows::some(wire, "/user/active", &["address", "via"], Some(ours)).await?.unwrap_or_default();
    let by_api = logins.iter().filter(|row| text(row, "via").starts_with("api"));
    let addresses: BTreeSet<IpAddr> = by_api.filter_map(|row| text(row, "address").parse().ok()).collect();
    Ok(addresses.into_iter().collect())
}

async fn ipv6(wire: &Connection, router: &RouterRecord) -> Result<Option<Rules>, Error> {
    let settings = print(wire, "/ipv6/settings", &["disable-ipv6"]).await?;
    if settings.iter().any(|row| is(row, "disable-ipv6")) {
        return Ok(None);
    }
    rules(wire, router, &["/ipv6/firewall/raw", "/ipv6/firewall/filter", "/ipv6/firewall/address-list"]).await
}

/// The rules of a family, and the lists that they speak of; none if the router does not have the family.
async fn rules(
    wire: &Connection,
    router: &RouterRecord,
    [raw, filter, lists]: &[&'static str; 3],
) -> Result<Option<Rules>, Error> {
    let Some(filter) = table(wire, filter).await? else { return Ok(None) };
    let raw = table(wire, raw).await?.unwrap_or_default();
    let mut named: BTreeSet<String> = [router.allow_list.clone()].into();
    for (name, value) in raw.iter().chain(&filter).flat_map(|rule| &rule.conditions) {
        if name.ends_with("-address-list") {
            named.insert(value.trim_start_matches('!').to_owned());
        }
    }
    // Who is in the box is said by the profiles.
    named.remove(&router.sandbox_list);
    let mut entries = Vec::new();
    for name in named {
        entries.extend(entries_of(wire, router, lists, &name).await?);
    }
    Ok(Some(Rules { raw, filter, entries }))
}

async fn table(wire: &Connection, menu: &str) -> Result<Option<Vec<Rule>>, Error> {
    let Some(rows) = rows::whole(wire, menu).await? else { return Ok(None) };
    let rule = |(position, row): (usize, &Row)| {
        let attributes: Vec<(String, String)> = row
            .shared_attrs()
            .map(|(name, value)| {
                (String::from_utf8_lossy(&name).into_owned(), routeros_api::Text::from(value).to_string())
            })
            .collect();
        Rule::new(position, attributes.iter().map(|(name, value)| (name.as_str(), value.clone())))
    };
    Ok(Some(rows.iter().enumerate().map(rule).collect()))
}

async fn entries_of(
    wire: &Connection,
    router: &RouterRecord,
    menu: &'static str,
    name: &str,
) -> Result<Vec<Entry>, Error> {
    let entry = |addresses| Entry { list: name.to_owned(), addresses };
    if rows::count(wire, menu, Query::eq("list", name)).await? > LONGEST_LIST {
        return Ok(vec![entry(None)]);
    }
    let attributes = ["address", "comment", "disabled"];
    let rows = rows::some(wire, menu, &attributes, Some(Query::eq("list", name))).await?.unwrap_or_default();
    // The entries of tunnels come and go with them; what is theirs is no one else's.
    let ours = |row: &Row| name == router.allow_list && text(row, "comment").starts_with(MARK);
    let standing = rows.iter().filter(|row| !is(row, "disabled") && !ours(row));
    Ok(standing.map(|row| entry(Range::parse(&text(row, "address")))).collect())
}

async fn interfaces(wire: &Connection) -> Result<Interfaces, Error> {
    let lasting = Query::eq("dynamic", "false");
    let rows = rows::some(wire, "/interface", &["name", "type"], Some(lasting)).await?.unwrap_or_default();
    // People come in by servers' interfaces, whose types are `l2tp-in` and the like.
    let plain = rows.iter().filter(|row| {
        let kind = text(row, "type");
        !kind.is_empty() && !kind.ends_with("-in")
    });
    Ok(Interfaces {
        plain: plain.map(|row| text(row, "name")).collect(),
        lists: interface_lists(wire).await?,
    })
}

/// The members of each list of interfaces, those of included lists among them.
async fn interface_lists(wire: &Connection) -> Result<Option<BTreeMap<String, Vec<String>>>, Error> {
    let Some(lists) = rows::some(wire, "/interface/list", &["name", "include"], None).await? else {
        return Ok(None);
    };
    let mut members: BTreeMap<String, Vec<String>> =
        lists.iter().map(|row| (text(row, "name"), Vec::new())).collect();
    for row in print(wire, "/interface/list/member", &["list", "interface", "disabled"]).await? {
        if !is(&row, "disabled") {
            members.entry(text(&row, "list")).or_default().push(text(&row, "interface"));
        }
    }
    let includes: Vec<(String, Vec<String>)> =
        lists.iter().map(|row| (text(row, "name"), list(row, "include"))).collect();
    // Included lists may include others: as often as there are lists is often enough.
    for _ in 0..includes.len() {
        for (name, included) in &includes {
            for other in included {
                let more = match other.as_str() {
                    // Members that nobody can list; a name that no interface has stands for them.
                    "all" | "dynamic" | "static" => vec![format!("({other})")],
                    _ => members.get(other).cloned().unwrap_or_default(),
                };
                let own = members.entry(name.clone()).or_default();
                let new: Vec<String> = more.into_iter().filter(|one| !own.contains(one)).collect();
                own.extend(new);
            }
        }
    }
    Ok(Some(members))
}

async fn profiles(wire: &Connection) -> Result<Vec<Profile>, Error> {
    let attributes = [
        "name",
        "address-list",
        "interface-list",
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
        local_address: optional(row, "local-address"),
        remote_address: optional(row, "remote-address"),
        use_ipv6: text(row, "use-ipv6"),
        gives_prefixes: optional(row, "remote-ipv6-prefix-pool").is_some()
            || optional(row, "dhcpv6-pd-pool").is_some(),
    };
    Ok(rows.iter().map(profile).collect())
}

/// The accounts that may log in.
async fn accounts(wire: &Connection, linked: &HashSet<String>, radius: bool) -> Result<Vec<Account>, Error> {
    let attributes = ["name", "profile", "remote-address", "remote-ipv6-prefix", "disabled"];
    let secrets = print(wire, "/ppp/secret", &attributes).await?;
    let account = |row: &Row| {
        let name = text(row, "name");
        Account {
            linked: linked.contains(&name),
            profile: Some(optional(row, "profile").unwrap_or_else(|| "default".to_owned())),
            remote_address: optional(row, "remote-address"),
            has_prefix: optional(row, "remote-ipv6-prefix").is_some_and(|prefix| prefix != "::/0"),
            name,
        }
    };
    // A linked account that is disabled now is enabled when its owner asks.
    let wanted = |row: &&Row| !is(row, "disabled") || linked.contains(&text(row, "name"));
    let mut accounts: Vec<Account> = secrets.iter().filter(wanted).map(account).collect();
    if radius && let Some(edition) = user_manager::detect(wire).await? {
        let users = user_manager_user::print(wire, edition).await?;
        let users = users.iter().map(|user| (user.name.to_string(), user.disabled));
        let users = users.filter(|(name, disabled)| !disabled || linked.contains(name));
        accounts.extend(users.map(|(name, _)| Account {
            linked: linked.contains(&name),
            name,
            ..Account::default()
        }));
    }
    Ok(accounts)
}

/// The VPN servers that are on.
async fn servers(wire: &Connection) -> Result<Vec<Server>, Error> {
    let mut servers = Vec::new();
    for service in ["l2tp", "sstp", "pptp", "ovpn", "pppoe"] {
        let menu = format!("/interface/{service}-server/server");
        for row in print(wire, &menu, &["enabled", "disabled", "default-profile"]).await? {
            // Newer versions write of several servers which are off, older ones of one whether it is on.
            let on = if row.get("enabled").is_some() { is(&row, "enabled") } else { !is(&row, "disabled") };
            if on && let Some(profile) = optional(&row, "default-profile") {
                servers.push(Server { service: service.to_owned(), profile });
            }
        }
    }
    Ok(servers)
}

/// The pools of addresses; one that has something unreadable in it is left out.
async fn pools(wire: &Connection) -> Result<BTreeMap<String, Vec<Range>>, Error> {
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

/// The services that are on, and how many sessions each takes.
async fn services(wire: &Connection) -> Result<Vec<(Service, Option<u64>)>, Error> {
    let services = ip_service::print(wire).await?;
    let service = |row: &ip_service::IpService| {
        let service = Service {
            name: row.name.to_string(),
            port: row.port.and_then(|port| u16::try_from(port).ok())?,
            addresses: row.address.iter().map(ToString::to_string).collect(),
            certificate: row.certificate.is_some(),
        };
        Some((service, row.max_sessions))
    };
    Ok(services.iter().filter(|row| !row.disabled).filter_map(service).collect())
}

async fn api(
    wire: &Connection,
    router: &RouterRecord,
    service: Option<(Service, Option<u64>)>,
) -> Result<Api, Error> {
    let account = user::find(wire, router.username.as_bytes()).await?;
    let mut rights = None;
    if let Some(account) = &account
        && let Some(group) = user_group::find(wire, account.group.as_bytes()).await?
    {
        rights = Some(group.rights.iter().map(ToString::to_string).collect());
    }
    let (service, max_sessions) = service.unzip();
    Ok(Api {
        username: router.username.clone(),
        user_addresses: account
            .map(|account| account.address.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
        rights,
        tls: router.tls != TlsMode::Plain,
        service,
        max_sessions: max_sessions.flatten(),
    })
}

/// Whether accounts come from RADIUS, and whether it hears of their sessions.
async fn radius(wire: &Connection) -> Result<Option<UserManager>, Error> {
    let aaa = ppp_aaa::print(wire).await?;
    if !aaa.use_radius {
        return Ok(None);
    }
    let incoming = print(wire, "/radius/incoming", &["accept"]).await?;
    Ok(Some(UserManager {
        accounting: aaa.accounting,
        interim_update: aaa.interim_update.is_some_and(|update| !update.is_zero()),
        incoming: incoming.first().map(|row| is(row, "accept")),
    }))
}

async fn device_mode(wire: &Connection) -> Result<Option<DeviceMode>, Error> {
    let attributes = ["mode", "flagged", "l2tp", "pptp", "ipsec"];
    let rows = print(wire, "/system/device-mode", &attributes).await?;
    let forbids = |row: &Row, feature: &str| matches!(text(row, feature).as_str(), "false" | "no");
    Ok(rows.first().map(|row| DeviceMode {
        mode: text(row, "mode"),
        flagged: is(row, "flagged"),
        forbidden: attributes[2..]
            .iter()
            .filter(|one| forbids(row, one))
            .map(|one| (*one).to_owned())
            .collect(),
    }))
}

/// A connection for the doctor: the worker's, or a new one.
pub(crate) async fn connection(app: &App, router: &RouterRecord) -> crate::ops::OpResult<Connection> {
    match app.fleet.wire(router.id) {
        Some(wire) => Ok(wire),
        None => wire::connect(router, &crate::ops::secrets::router_password(app, router)?).await,
    }
}

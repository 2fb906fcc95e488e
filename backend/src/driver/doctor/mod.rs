//! Reads what the doctor has to know of a router. Nothing is written, and no secret is read.

mod answers;
mod firewall;
mod given;
mod people;
mod tunnels;

pub(crate) use given::given;
pub(crate) use people::PROFILE;
pub(crate) use tunnels::free;

use super::wire;
use crate::{
    app::App,
    store::records::{RouterRecord, TlsMode},
};
use routeros_api::{
    Connection, Error, Row,
    menus::{
        ip_service::{self, IpService},
        items, ppp_aaa, system_clock, system_resource, user, user_group,
    },
};
use sallyport_shared::{
    doctor::{Api, DeviceMode, Facts, Service, UserManager},
    firewall::{Family, Range},
    router::{
        BoundRule, TelegramNetworks,
        setup::{Page, api_ports},
    },
    session::Boot,
};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What of the server's own belongs to a router.
pub(crate) struct Ours {
    /// The usernames that belong to somebody.
    pub(crate) linked: HashSet<String>,
    /// The rules that are bound to accounts, with their usernames.
    pub(crate) bound: Vec<(BoundRule, String)>,
    /// The comments of the rules that the set-up made, by their families.
    pub(crate) made: BTreeMap<Family, BTreeSet<String>>,
    /// The policies, by name, under which its people need the page of those who wait.
    pub(crate) page_for: Vec<String>,
}

/// Reads everything; `page` is where those who wait look, `telegram` the networks that the set-up may open.
pub(crate) async fn facts(
    app: &App,
    router: &RouterRecord,
    wire: &Connection,
    ours: &Ours,
    page: Option<&Page>,
    telegram: &TelegramNetworks,
) -> Result<Facts, Error> {
    let clock = system_clock::print(wire).await?;
    let now = app.clock.now().seconds();
    let user_manager = radius(wire).await?;
    let by_radius = user_manager.is_some();
    let all_services = ip_service::print(wire).await?;
    let services = services(&all_services);
    let own = if router.tls == TlsMode::Plain { "api" } else { "api-ssl" };
    let service = services.iter().find(|(service, _)| service.name == own).cloned();
    let accounts = people::accounts(wire, &ours.linked, by_radius).await?;
    let profiles = people::profiles(wire).await?;
    // Before the lists of interfaces: what comes up later is on none yet.
    let up = tunnels::up(wire, Boot::default()).await?;
    let interfaces = firewall::interfaces(wire).await?;
    let tunnels = tunnels::look(wire, router, up, &profiles, &accounts, &interfaces).await?;
    let mut rules = firewall::ipv4(wire, router, page).await?;
    firewall::mark_bound(&mut rules, &ours.bound, &accounts);
    Ok(Facts {
        sandbox_list: router.sandbox_list.clone(),
        allow_list: router.allow_list.clone(),
        ban_list: router.ban_list.clone(),
        page: match page {
            Some(page) => Some(firewall::page(wire, router, page).await?),
            None => None,
        },
        page_at: page.cloned(),
        telegram: telegram.clone(),
        made: ours.made.clone(),
        bound: ours.bound.iter().map(|(rule, name)| (rule.rule_id.clone(), name.clone())).collect(),
        page_for: ours.page_for.clone(),
        rules,
        rules6: firewall::ipv6(wire, router).await?,
        interfaces,
        profiles,
        accounts,
        servers: people::servers(wire).await?,
        radius_elsewhere: by_radius && super::radius::asks_elsewhere(wire).await?,
        checks_sources: print(wire, "/ip/settings", &["rp-filter"])
            .await?
            .first()
            .is_some_and(|row| text(row, "rp-filter") == "strict"),
        strays: tunnels.strays,
        unlisted: tunnels.unlisted,
        api_ports: api_ports(all_services.iter().map(|row| (row.name.to_string(), port(row)))),
        server: firewall::ourselves(wire, router)
            .await?
            .map(|addresses| addresses.into_iter().map(Range::of).collect()),
        pools: people::pools(wire).await?,
        version: system_resource::print(wire).await?.version.to_string(),
        clock_skew_seconds: clock.unix_seconds().map(|theirs| theirs - now),
        api: api(wire, router, service).await?,
        services: services.into_iter().map(|(service, _)| service).collect(),
        helpers: answers::helpers(wire).await?,
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
    Ok(items::rows(wire, menu, attributes, None).await?.unwrap_or_default())
}

fn port(row: &IpService) -> Option<u16> {
    row.port.and_then(|port| u16::try_from(port).ok())
}

/// The services that are on, and how many sessions each takes.
fn services(all: &[IpService]) -> Vec<(Service, Option<u64>)> {
    let service = |row: &IpService| {
        let service = Service {
            name: row.name.to_string(),
            port: port(row)?,
            addresses: row.address.iter().map(ToString::to_string).collect(),
            certificate: row.certificate.is_some(),
        };
        Some((service, row.max_sessions))
    };
    all.iter().filter(|row| !row.disabled).filter_map(service).collect()
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
        md5_login: router.md5_login,
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

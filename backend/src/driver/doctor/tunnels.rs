//! The tunnels that are up: which of them are not in the box, and which are in it by their addresses alone.

use super::{optional, print, text};
use crate::{driver::repair, store::records::RouterRecord};
use routeros_api::{
    Connection, Error, Query, Row,
    menus::{ip_address, items},
    value::duration,
};
use sallyport_shared::{
    doctor::{Account, Profile, Stray},
    firewall::Interfaces,
    session::{Boot, Tunnel},
};
use std::collections::{HashMap, HashSet};

/// So many tunnels are looked for one by one; for more the whole list is read.
const FEW: usize = 4;

/// What is found of the tunnels that are up.
pub(super) struct Found {
    /// Those that are not on the list of the box, and those without an address.
    pub(super) strays: Vec<Stray>,
    /// The accounts of those that are in the box by their addresses alone.
    pub(super) unlisted: Vec<String>,
}

/// Looks at tunnels that were [`up`] before the interfaces were read.
pub(super) async fn look(
    wire: &Connection,
    router: &RouterRecord,
    tunnels: Vec<Tunnel>,
    profiles: &[Profile],
    accounts: &[Account],
    interfaces: &Interfaces,
) -> Result<Found, Error> {
    let free = free(wire, router, tunnels.clone()).await?;
    let boxed: Vec<Tunnel> = tunnels.into_iter().filter(|tunnel| !free.contains(tunnel)).collect();
    let named = Named::of(router, profiles, accounts);
    let unlisted = unlisted(wire, boxed, &named, interfaces).await?;
    let outside = outside(wire, &router.allow_list, free.clone()).await?;
    let stray = |tunnel: Tunnel| {
        let address = tunnel.address.as_deref().and_then(|address| address.parse().ok());
        Stray { allowed: !outside.contains(&tunnel), name: tunnel.username, address }
    };
    Ok(Found { strays: free.into_iter().map(stray).collect(), unlisted })
}

/// The tunnels that are up, without ids: nothing is done to them here.
pub(super) async fn up(wire: &Connection, boot: Boot) -> Result<Vec<Tunnel>, Error> {
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

/// The lists of interfaces that the boxing profiles name.
struct Named<'a> {
    /// By the names of the profiles.
    lists: HashMap<&'a str, Option<&'a str>>,
    /// The profiles by the names of their accounts; none: the account's server says which.
    profiles: HashMap<&'a str, Option<&'a str>>,
}

impl<'a> Named<'a> {
    fn of(router: &RouterRecord, profiles: &'a [Profile], accounts: &'a [Account]) -> Self {
        let boxing = profiles.iter().filter(|profile| profile.address_lists.contains(&router.sandbox_list));
        // Of accounts of one name the router asks the secret first, which stands first.
        let known = accounts.iter().rev();
        Self {
            lists: boxing.map(|one| (one.name.as_str(), one.interface_list.as_deref())).collect(),
            profiles: known.map(|one| (one.name.as_str(), one.profile.as_deref())).collect(),
        }
    }

    /// Should the tunnel's interface be on one of the lists? Where its profile is not known it may be any of them.
    fn should_be_listed(&self, tunnel: &Tunnel) -> bool {
        match self.profiles.get(tunnel.username.as_str()).copied().flatten() {
            Some(profile) => self.lists.get(profile).is_some_and(Option::is_some),
            None => !self.lists.is_empty() && self.lists.values().all(Option::is_some),
        }
    }
}

/// The accounts of those boxed tunnels whose interfaces are on none of the lists that the boxing profiles name: they came up
/// before. A tunnel whose profile names no list is spoken of apart.
async fn unlisted(
    wire: &Connection,
    boxed: Vec<Tunnel>,
    named: &Named<'_>,
    interfaces: &Interfaces,
) -> Result<Vec<String>, Error> {
    let expected: Vec<Tunnel> = boxed.into_iter().filter(|tunnel| named.should_be_listed(tunnel)).collect();
    if expected.is_empty() {
        return Ok(Vec::new());
    }
    let lists = interfaces.lists.iter().flatten();
    let ours = lists.filter(|(name, _)| named.lists.values().any(|list| *list == Some(name.as_str())));
    let listed: HashSet<&str> = ours.flat_map(|(_, list)| &list.members).map(String::as_str).collect();
    let leads = ip_address::leads(wire).await?;
    let is_outside = |tunnel: &Tunnel| {
        let mut leads =
            tunnel.address.as_deref().and_then(|address| leads.get(address)).into_iter().flatten();
        leads.any(|interface| !listed.contains(interface.to_string().as_str()))
    };
    Ok(expected.into_iter().filter(is_outside).map(|tunnel| tunnel.username).collect())
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

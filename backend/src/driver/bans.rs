//! The ban list of a router. It has two of its name, one for each protocol, and what is kept out stands on one of them.

use super::wire;
use crate::{
    ops::wishes::{Carried, Hindrance},
    store::records::RouterRecord,
};
use routeros_api::{
    Connection, Error, Id, Query, Text,
    menus::{
        ip_firewall_address_list as address_list, ip_service, items, user_active, user_active::ActiveUser,
    },
    value,
};
use sallyport_shared::{
    firewall::Range,
    router::{ban_entry, is_ipv6},
};
use std::{collections::HashMap, net::IpAddr, time::Duration};

/// The comment of a ban.
const BAN: &[u8] = b"sallyport:ban";

/// A ban on the router that ends this much earlier than it should is good enough: routers count whole seconds.
const SLACK: Duration = Duration::from_secs(2);

const LIST: &str = "/ip/firewall/address-list";
const LIST6: &str = "/ipv6/firewall/address-list";

/// An entry that keeps somebody out.
struct Entry {
    id: Id,
    is_ours: bool,
    disabled: bool,
    /// None: for good.
    left: Option<Duration>,
}

impl Entry {
    fn new(item: items::RawItem) -> Option<Self> {
        let text = |name: &str| item.row.text(name).unwrap_or_else(|| Text::from(""));
        Some(Self {
            is_ours: text("comment").as_bytes() == BAN,
            disabled: matches!(text("disabled").as_bytes(), b"true" | b"yes"),
            // What cannot be read lasts for no time, and is made anew.
            left: value::duration(text("timeout").as_bytes()).unwrap_or(Some(Duration::ZERO)),
            id: item.id?,
        })
    }

    /// Does it keep them out for so long?
    fn lasts(&self, left: Duration) -> bool {
        !self.disabled && self.left.is_none_or(|its| its + SLACK >= left)
    }
}

/// The menu of the list that holds such an address.
fn menu(target: &str) -> &'static str {
    if is_ipv6(target) { LIST6 } else { LIST }
}

/// The entries that keep this out, no more and no less of it; none if the router does not speak the protocol (any more).
async fn entries(
    wire: &Connection,
    router: &RouterRecord,
    target: &str,
) -> Result<Option<Vec<Entry>>, Error> {
    let of_list = Query::eq("list", router.ban_list.as_bytes());
    // Routers write networks of IPv6 in more than one way.
    let query = if is_ipv6(target) { of_list } else { of_list.and(Query::eq("address", target)) };
    let attributes = [".id", "address", "comment", "timeout", "disabled"];
    let Some(found) = items::print(wire, menu(target), &attributes, Some(query)).await? else {
        return Ok(None);
    };
    let is_it = |item: &items::RawItem| {
        item.row.text("address").and_then(|address| ban_entry(&address.to_string())).as_deref()
            == Some(target)
    };
    Ok(Some(found.into_iter().filter(is_it).filter_map(Entry::new).collect()))
}

/// What is kept out of IPv6, written as ours is; nothing where the router does not speak it.
pub(super) async fn listed6(wire: &Connection, router: &RouterRecord) -> Result<Vec<String>, Error> {
    let query = Query::eq("list", router.ban_list.as_bytes()).and(Query::eq("disabled", "false"));
    let rows = items::rows(wire, LIST6, &["address"], Some(query)).await?.unwrap_or_default();
    Ok(rows.iter().filter_map(|row| ban_entry(&row.text("address")?.to_string())).collect())
}

/// Keeps an address out for the time that is left.
pub(super) async fn ban(
    wire: &Connection,
    router: &RouterRecord,
    target: &str,
    left: Option<Duration>,
) -> Result<Carried, Hindrance> {
    let Some(left) = left.map(|left| left.min(address_list::MAX_TIMEOUT)) else { return Ok(Carried::Done) };
    match manager_at(wire, target).await.map_err(lost)? {
        Manager::Nobody => {}
        Manager::Is(who) => {
            unban(wire, router, target).await?;
            return Ok(Carried::Spared { who });
        }
        Manager::Unknown => {
            return Err(Hindrance::Refused(format!(
                "{target} is not banned: the router does not show who is logged in (/user/active is refused), so the ban \
                 might lock out whoever manages it, or this server. Give the API user's group the right to read."
            )));
        }
    }
    // A router that does not speak the protocol lets nobody in by it.
    let Some(there) = entries(wire, router, target).await.map_err(lost)? else { return Ok(Carried::Done) };
    if there.iter().any(|entry| entry.lasts(left)) {
        return Ok(Carried::Done);
    }
    remove_ours(wire, target, &there).await.map_err(lost)?;
    let timeout = address_list::timeout(left);
    let values = [
        ("list", router.ban_list.as_bytes()),
        ("address", target.as_bytes()),
        ("timeout", timeout.as_bytes()),
        ("comment", BAN),
    ];
    items::add(wire, menu(target), values, None).await.map_err(lost)?;
    let now = entries(wire, router, target).await.map_err(lost)?;
    if now.unwrap_or_default().iter().any(|entry| entry.lasts(left)) {
        return Ok(Carried::Done);
    }
    Err(Hindrance::Refused(format!("The ban of {target} is not there when read back.")))
}

/// Takes our ban off the list. One that somebody made by hand is theirs to remove.
pub(super) async fn unban(
    wire: &Connection,
    router: &RouterRecord,
    target: &str,
) -> Result<Carried, Hindrance> {
    let there = entries(wire, router, target).await.map_err(lost)?.unwrap_or_default();
    if !there.iter().any(|entry| entry.is_ours) {
        return Ok(Carried::Done);
    }
    remove_ours(wire, target, &there).await.map_err(lost)?;
    let left = entries(wire, router, target).await.map_err(lost)?.unwrap_or_default();
    if left.iter().any(|entry| entry.is_ours) {
        return Err(Hindrance::Refused(format!("The ban of {target} is still there.")));
    }
    Ok(Carried::Done)
}

async fn remove_ours(wire: &Connection, target: &str, entries: &[Entry]) -> Result<(), Error> {
    for entry in entries.iter().filter(|entry| entry.is_ours) {
        items::remove(wire, menu(target), &entry.id).await?;
    }
    Ok(())
}

/// Who is logged in to the router, by the address that they come from; we among them. None: the router does not show it,
/// and it may be anybody.
pub(crate) async fn managers(wire: &Connection) -> Result<Option<HashMap<String, String>>, Error> {
    let logins = logins(wire).await?;
    let by_address = |login: &ActiveUser| (login.address.to_string(), login.name.to_string());
    Ok(logins.map(|logins| logins.iter().map(by_address).collect()))
}

/// Who is logged in; none: the router refuses to show it.
pub(crate) async fn logins(wire: &Connection) -> Result<Option<Vec<ActiveUser>>, Error> {
    wire::unless_refused(user_active::all(wire).await, |_| true)
}

/// Whom a ban would keep from managing the router.
enum Manager {
    Nobody,
    /// Somebody who is logged in, or a service that is bound to the address.
    Is(String),
    /// That cannot be told.
    Unknown,
}

/// Who manages the router from there: a ban would keep them out too, and us, if it is where we come from.
async fn manager_at(wire: &Connection, target: &str) -> Result<Manager, Error> {
    let Some(banned) = Range::parse(target) else { return Ok(Manager::Nobody) };
    let is_there = |text: &Text| {
        text.to_string().parse::<IpAddr>().is_ok_and(|at| banned.covers(&Range::of(at.to_canonical())))
    };
    let Some(logins) = logins(wire).await? else { return Ok(Manager::Unknown) };
    if let Some(login) = logins.iter().find(|login| is_there(&login.address)) {
        return Ok(Manager::Is(login.name.to_string()));
    }
    // The API is bound to servers' addresses; another of them may come from there next.
    let is_bound = |text: &Text| Range::parse(&text.to_string()).is_some_and(|bound| banned.covers(&bound));
    let services = ip_service::print(wire).await?;
    let own =
        services.iter().filter(|service| !service.disabled && service.name.as_bytes().starts_with(b"api"));
    let mut own = own.filter(|service| service.address.iter().any(is_bound));
    Ok(own.next().map_or(Manager::Nobody, |service| Manager::Is(service.name.to_string())))
}

fn lost(error: Error) -> Hindrance {
    wire::hindrance(&error)
}

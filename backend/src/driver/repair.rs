//! Reads a router's tables for the comparison, and does what the comparison asked for.

use super::{
    bans,
    carry::{self, Make},
    wire::{self, tunnel},
};
use crate::{
    ops::wishes::{Carried, Hindrance},
    store::records::RouterRecord,
};
use routeros_api::{
    Connection, Error, Id, Query,
    menus::{
        self, ip_firewall_address_list as address_list, ip_firewall_address_list::AddressListEntry,
        ppp_active, ppp_secret, user_manager::Edition, user_manager_user,
    },
};
use sallyport_shared::{
    router::{Change, Entry, Rule, setup::Item},
    session::{Boot, Tunnel},
};
use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

/// A tunnel and how long it has been up.
pub(crate) struct Row {
    pub(crate) id: Id,
    pub(crate) tunnel: Tunnel,
    pub(crate) uptime: Duration,
}

/// A tunnel that is being set up has no address at first; one that has none after this time gets none.
pub(super) const SETTING_UP: Duration = Duration::from_secs(30);

/// The whole table of tunnels. Those that are still being set up come in a moment. Those that have no address for
/// good send frames into a bridge, where no list holds them.
pub(crate) async fn tunnels(wire: &Connection, boot: Boot) -> Result<Vec<Row>, Error> {
    let rows = ppp_active::print(wire).await?;
    Ok(rows
        .iter()
        .filter(|row| !row.address.is_empty() || row.uptime.is_some_and(|uptime| uptime >= SETTING_UP))
        .map(|row| Row {
            id: row.id.clone(),
            tunnel: tunnel(row, boot),
            uptime: row.uptime.unwrap_or_default(),
        })
        .collect())
}

/// The lists of those who are let through and of those who are kept out, with the ids to change the former by.
#[derive(Default)]
pub(crate) struct Lists {
    pub(crate) allow: Vec<Entry>,
    pub(crate) ids: HashMap<String, Id>,
    pub(crate) banned: Vec<String>,
}

/// Reads both lists with one command; `with_ipv6`: those of IPv6 who are kept out, too, who are on another.
pub(crate) async fn lists(wire: &Connection, router: &RouterRecord, with_ipv6: bool) -> Result<Lists, Error> {
    let query =
        Query::eq("list", router.allow_list.as_bytes()).or(Query::eq("list", router.ban_list.as_bytes()));
    let rows: Vec<AddressListEntry> = menus::print_where(wire, query).await?;
    let mut lists = Lists { ids: HashMap::with_capacity(rows.len()), ..Lists::default() };
    for row in rows {
        if row.list.as_bytes() == router.ban_list.as_bytes() {
            if !row.disabled {
                lists.banned.push(row.address.to_string());
            }
            continue;
        }
        let id = String::from_utf8_lossy(row.id.raw()).into_owned();
        let timeout = row.timeout.map(|left| u32::try_from(left.as_secs()).unwrap_or(u32::MAX));
        lists.ids.insert(id.clone(), row.id.compact());
        lists.allow.push(Entry {
            id,
            address: row.address.to_string(),
            comment: row.comment.as_bytes().to_vec(),
            timeout,
            disabled: row.disabled,
        });
    }
    if with_ipv6 {
        lists.banned.extend(bans::listed6(wire, router).await?);
    }
    Ok(lists)
}

/// The firewall's rules, as those are looked for that are bound.
pub(crate) fn rules(filter: &[Item]) -> Vec<Rule> {
    filter
        .iter()
        .map(|item| Rule {
            id: item.id.clone(),
            comment: item.get("comment").map(|comment| comment.as_bytes().to_vec()).unwrap_or_default(),
            enabled: !item.is("disabled"),
        })
        .collect()
}

/// A table of rules by what it does, in its order: another one after a rule was made, removed, moved, switched or changed.
/// What counts packets is left out, what the router adds and takes away itself as tunnels come and go, and whether one of
/// `bound` is on, as those are switched from here.
pub(crate) fn print_of(rules: &[Item], bound: &HashSet<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for item in rules.iter().filter(|item| !item.is("dynamic")) {
        item.id.hash(&mut hasher);
        let counts = |name: &str| matches!(name, "bytes" | "packets" | "invalid");
        let switched = |name: &str| name == "disabled" && bound.contains(item.id.as_str());
        for (name, value) in item.values.iter().filter(|(name, _)| !counts(name) && !switched(name)) {
            (name, value).hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// Every account and whether it may log in: one that is kept twice, in two places or in two encodings, may if either may.
pub(crate) async fn accounts(
    wire: &Connection,
    edition: Option<Edition>,
) -> Result<Vec<(String, bool)>, Error> {
    let mut accounts: HashMap<String, bool> = HashMap::new();
    for (name, disabled) in ppp_secret::flags(wire).await? {
        *accounts.entry(name.to_string()).or_default() |= !disabled;
    }
    if let Some(edition) = edition {
        for user in user_manager_user::print(wire, edition).await? {
            *accounts.entry(user.name.to_string()).or_default() |= !user.disabled;
        }
    }
    Ok(accounts.into_iter().collect())
}

/// Does one change of a comparison, and proves it where it opens or closes. `keeps`: the address is let through for
/// somebody, so that what it has open stays.
pub(crate) async fn repair(
    wire: &Connection,
    router: &RouterRecord,
    make: Make,
    change: &Change,
    ids: &HashMap<String, Id>,
    keeps: impl Fn(&str) -> bool,
) -> Result<(), Hindrance> {
    let lost = |error: Error| wire::hindrance(&error);
    match change {
        Change::Allow(allowed) => {
            let Some(address) = allowed.tunnel.address.as_deref() else { return Ok(()) };
            if wire::find_tunnel(wire, make.boot, &allowed.tunnel).await.map_err(lost)?.is_none() {
                return Ok(());
            }
            carry::allow(wire, router, make.boot, &allowed.tunnel, address).await
        }
        Change::Renew(entries) => {
            let ids: Vec<Id> = entries.iter().filter_map(|id| ids.get(id).cloned()).collect();
            address_list::set_timeout(wire, &ids, carry::lease(router)).await.map_err(lost)
        }
        Change::Remove(entry) => {
            let Some(id) = ids.get(&entry.id) else { return Ok(()) };
            address_list::remove(wire, std::slice::from_ref(id)).await.map_err(lost)?;
            if keeps(&entry.address) {
                return Ok(());
            }
            carry::end_flows_of(wire, &entry.address, make).await
        }
        Change::SwitchRule { rule_id, comment, enabled } => {
            carry::switch_rule(wire, carry::Bound { id: rule_id, comment }, *enabled).await
        }
        Change::SwitchAccount { username, enabled } => {
            carry::account(wire, make.edition, username, *enabled).await.map(drop)
        }
        Change::Ban { address, seconds } => {
            let left = Duration::from_secs(seconds.0.into());
            match bans::ban(wire, router, address, Some(left)).await? {
                Carried::Spared { who } => Err(Hindrance::Refused(format!(
                    "{address} is not banned: the router is managed from there ({who})."
                ))),
                Carried::Done
                | Carried::Counted { .. }
                | Carried::TunnelGone
                | Carried::CutOutside
                | Carried::OutOfReach => Ok(()),
            }
        }
    }
}

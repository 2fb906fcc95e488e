//! Reads a router's tables for the comparison, and does what the comparison asked for.

use super::{
    bans,
    carry::{self, Make},
    wire::{self, shows, tunnel},
};
use crate::{
    ops::wishes::{Carried, Hindrance},
    store::records::RouterRecord,
};
use routeros_api::{
    Connection, Error, Id, Query,
    menus::{
        self, ip_firewall_address_list as address_list, ip_firewall_address_list::AddressListEntry,
        ppp_active, ppp_active::PppActive, ppp_secret, user_manager::Edition, user_manager_user,
    },
};
use sallyport_shared::{
    router::{Change, Entry, Rule, setup::Item},
    session::{Boot, Tunnel},
};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// A tunnel and how long it has been up.
pub(crate) struct Row {
    pub(crate) id: Id,
    pub(crate) tunnel: Arc<Tunnel>,
    pub(crate) uptime: Duration,
}

/// A tunnel that is being set up has no address at first; one that has none after this time gets none.
pub(super) const SETTING_UP: Duration = Duration::from_secs(30);

/// The whole table of tunnels. Those that are still being set up come in a moment. Those that have no address for
/// good send frames into a bridge, where no list holds them. One that is as it is `remembered` is not copied anew.
pub(crate) async fn tunnels(
    wire: &Connection,
    boot: Boot,
    remembered: &HashMap<Id, Arc<Tunnel>>,
) -> Result<Vec<Row>, Error> {
    let is_up =
        |row: &PppActive| !row.address.is_empty() || row.uptime.is_some_and(|uptime| uptime >= SETTING_UP);
    let rows = ppp_active::print(wire).await?.into_iter().filter(is_up);
    let rows = rows.map(|row| {
        let known = remembered.get(&row.id).filter(|known| shows(&row, boot, known));
        let tunnel = known.cloned().unwrap_or_else(|| Arc::new(tunnel(&row, boot)));
        Row { id: row.id, tunnel, uptime: row.uptime.unwrap_or_default() }
    });
    Ok(rows.collect())
}

/// The lists of those who are let through and of those who are kept out.
#[derive(Default)]
pub(crate) struct Lists {
    pub(crate) allow: Vec<Entry>,
    pub(crate) banned: Vec<String>,
}

/// Reads both lists with one command; `with_ipv6`: those of IPv6 who are kept out, too, who are on another.
pub(crate) async fn lists(wire: &Connection, router: &RouterRecord, with_ipv6: bool) -> Result<Lists, Error> {
    let query =
        Query::eq("list", router.allow_list.as_bytes()).or(Query::eq("list", router.ban_list.as_bytes()));
    let rows: Vec<AddressListEntry> = menus::print_where(wire, query).await?;
    let mut lists = Lists { allow: Vec::with_capacity(rows.len()), ..Lists::default() };
    for row in rows {
        if row.list.as_bytes() == router.ban_list.as_bytes() {
            if !row.disabled {
                lists.banned.push(String::from(&row.address));
            }
            continue;
        }
        let timeout = row.timeout.map(|left| u32::try_from(left.as_secs()).unwrap_or(u32::MAX));
        lists.allow.push(Entry {
            id: String::from_utf8_lossy(row.id.raw()).into_owned(),
            address: String::from(&row.address),
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

/// Every account and whether it may log in: one that is kept twice, in two places or in two encodings, may if either may.
pub(crate) async fn accounts(
    wire: &Connection,
    edition: Option<Edition>,
) -> Result<HashMap<String, bool>, Error> {
    let secrets = ppp_secret::flags(wire).await?;
    let mut accounts: HashMap<String, bool> = HashMap::with_capacity(secrets.len());
    for (name, disabled) in secrets {
        *accounts.entry(String::from(&name)).or_default() |= !disabled;
    }
    if let Some(edition) = edition {
        for user in user_manager_user::print(wire, edition).await? {
            *accounts.entry(String::from(&user.name)).or_default() |= !user.disabled;
        }
    }
    Ok(accounts)
}

/// Does one change of a comparison of tables that were read by this connection, and proves it where it opens or closes.
/// `keeps`: the address is let through for somebody, so that what it has open stays.
pub(crate) async fn repair(
    wire: &Connection,
    router: &RouterRecord,
    make: Make,
    change: &Change,
    keeps: impl Fn(&str) -> bool,
) -> Result<(), Hindrance> {
    let lost = |error: Error| wire::hindrance(&error);
    let row = |id: &String| Id::new(wire.generation(), id.clone());
    match change {
        Change::Allow(allowed) => {
            let Some(address) = allowed.tunnel.address.as_deref() else { return Ok(()) };
            if wire::find_tunnel(wire, make.boot, &allowed.tunnel).await.map_err(lost)?.is_none() {
                return Ok(());
            }
            carry::allow(wire, router, make.boot, &allowed.tunnel, address).await
        }
        Change::Renew(entries) => {
            let ids: Vec<Id> = entries.iter().map(row).collect();
            address_list::set_timeout(wire, &ids, carry::lease(router)).await.map_err(lost)
        }
        Change::Remove(entry) => {
            address_list::remove(wire, &[row(&entry.id)]).await.map_err(lost)?;
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

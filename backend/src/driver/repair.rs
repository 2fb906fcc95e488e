//! Reads a router's tables for the comparison, and does what the comparison asked for.

use super::{
    carry,
    wire::{self, find_account, tunnel},
};
use crate::{ops::wishes::Hindrance, store::records::RouterRecord};
use routeros_api::{
    Connection, Error, Id,
    menus::{
        ip_firewall_address_list as address_list, ip_firewall_filter as filter, ppp_active, ppp_secret,
        user_manager::Edition, user_manager_user,
    },
};
use sallyport_shared::{
    router::{Change, Entry, Rule},
    session::Tunnel,
};
use std::{collections::HashMap, time::Duration};

/// A tunnel and how long it has been up.
pub(crate) struct Row {
    pub(crate) id: Id,
    pub(crate) tunnel: Tunnel,
    pub(crate) uptime: Duration,
}

/// The whole table of tunnels. Those that have no address yet are still being set up, and come in a moment.
pub(crate) async fn tunnels(wire: &Connection) -> Result<Vec<Row>, Error> {
    let rows = ppp_active::print(wire).await?;
    Ok(rows
        .iter()
        .filter(|row| !row.address.is_empty())
        .map(|row| Row { id: row.id.clone(), tunnel: tunnel(row), uptime: row.uptime.unwrap_or_default() })
        .collect())
}

/// The allow list, with the ids to change it by.
pub(crate) async fn allow_list(
    wire: &Connection,
    router: &RouterRecord,
) -> Result<(Vec<Entry>, HashMap<String, Id>), Error> {
    let rows = address_list::print(wire, router.allow_list.as_bytes()).await?;
    let mut ids = HashMap::with_capacity(rows.len());
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let id = String::from_utf8_lossy(row.id.raw()).into_owned();
        let timeout = row.timeout.map(|left| u32::try_from(left.as_secs()).unwrap_or(u32::MAX));
        ids.insert(id.clone(), row.id.compact());
        entries.push(Entry {
            id,
            address: row.address.to_string(),
            comment: row.comment.as_bytes().to_vec(),
            timeout,
            disabled: row.disabled,
        });
    }
    Ok((entries, ids))
}

/// The firewall rules.
pub(crate) async fn rules(wire: &Connection) -> Result<Vec<Rule>, Error> {
    let rows = filter::print(wire).await?;
    Ok(rows
        .iter()
        .map(|row| Rule {
            id: String::from_utf8_lossy(row.id.raw()).into_owned(),
            comment: row.comment.as_bytes().to_vec(),
            enabled: !row.disabled,
        })
        .collect())
}

/// Every account and whether it may log in.
pub(crate) async fn accounts(
    wire: &Connection,
    edition: Option<Edition>,
) -> Result<Vec<(String, bool)>, Error> {
    let secrets = ppp_secret::print(wire).await?;
    let mut accounts: Vec<_> =
        secrets.iter().map(|secret| (secret.name.to_string(), !secret.disabled)).collect();
    if let Some(edition) = edition {
        let users = user_manager_user::print(wire, edition).await?;
        accounts.extend(users.iter().map(|user| (user.name.to_string(), !user.disabled)));
    }
    Ok(accounts)
}

/// Does one change of a comparison, and proves it where it opens or closes.
pub(crate) async fn repair(
    wire: &Connection,
    router: &RouterRecord,
    edition: Option<Edition>,
    change: &Change,
    ids: &HashMap<String, Id>,
) -> Result<(), Hindrance> {
    let lost = |error: Error| wire::hindrance(&error);
    match change {
        Change::Allow(allowed) => {
            let Some(address) = allowed.tunnel.address.as_deref() else { return Ok(()) };
            if wire::find_tunnel(wire, &allowed.tunnel).await.map_err(lost)?.is_none() {
                return Ok(());
            }
            carry::allow(wire, router, &allowed.tunnel, address).await
        }
        Change::Renew(entries) => {
            let ids: Vec<Id> = entries.iter().filter_map(|id| ids.get(id).cloned()).collect();
            address_list::set_timeout(wire, &ids, carry::lease(router)).await.map_err(lost)
        }
        Change::Remove(entry) => {
            let Some(id) = ids.get(&entry.id) else { return Ok(()) };
            address_list::remove(wire, std::slice::from_ref(id)).await.map_err(lost)
        }
        Change::SwitchRule { rule_id, comment, enabled } => {
            carry::switch_rule(wire, carry::Bound { id: rule_id, comment }, *enabled).await
        }
        Change::SwitchAccount { username, enabled } => {
            match find_account(wire, edition, username).await.map_err(lost)? {
                Some(found) if found.enabled != *enabled => {
                    wire::switch_account(wire, &found, *enabled).await.map_err(lost)
                }
                _ => Ok(()),
            }
        }
    }
}

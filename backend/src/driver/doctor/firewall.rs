//! The rules of the firewall, the lists that they speak of, and what may be reached from the box.

use super::{is, list, print, text};
use crate::{driver::bans, store::records::RouterRecord};
use routeros_api::{
    Connection, Error, Query, Row, Text,
    menus::{items, user_active::ActiveUser},
};
use sallyport_shared::{
    doctor::Account,
    firewall::{Bound, Entry, InterfaceList, Interfaces, Opening, Range, Rule, Rules},
    router::{
        BoundRule, MARK,
        setup::{PAGE_LIST, Page},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// The entries of a longer list are not read: whether a tunnel is on it counts as unknown.
const LONGEST_LIST: u64 = 2_000;

/// The rules of IPv4.
pub(super) async fn ipv4(
    wire: &Connection,
    router: &RouterRecord,
    page: Option<&Page>,
) -> Result<Rules, Error> {
    let menus = [
        "/ip/firewall/raw",
        "/ip/firewall/mangle",
        "/ip/firewall/nat",
        "/ip/firewall/filter",
        "/ip/firewall/address-list",
    ];
    Ok(rules(wire, router, &menus, page).await?.unwrap_or_default())
}

/// What may be reached from the box: the page's port, where the router sees us come from and at the addresses that the
/// page has for the router, which looks its name up itself. Behind a proxy these are not the same.
pub(super) async fn page(wire: &Connection, router: &RouterRecord, page: &Page) -> Result<Opening, Error> {
    let mut addresses: BTreeSet<IpAddr> = ourselves(wire, router).await?.unwrap_or_default();
    addresses.extend(page.host.parse::<IpAddr>().ok());
    let listed = Query::eq("list", PAGE_LIST).and(Query::eq("dynamic", "true"));
    let attributes = ["address", "comment", "timeout"];
    let rows = items::rows(wire, "/ip/firewall/address-list", &attributes, Some(listed)).await?;
    for row in rows.unwrap_or_default() {
        // Entries that came of a name bear it as their comment, and no time.
        let of_page = [page.host.as_str(), ""].contains(&text(&row, "comment").as_str());
        if page.has_name() && of_page && text(&row, "timeout").is_empty() {
            addresses.extend(text(&row, "address").parse::<IpAddr>().ok());
        }
    }
    Ok(Opening { to: addresses.into_iter().map(Range::of).collect(), tcp_ports: vec![page.port] })
}

/// From where the router sees us come; none: it does not show who is logged in.
pub(super) async fn ourselves(
    wire: &Connection,
    router: &RouterRecord,
) -> Result<Option<BTreeSet<IpAddr>>, Error> {
    let Some(logins) = bans::logins(wire).await? else { return Ok(None) };
    let ours = logins.iter().filter(|login| login.name.as_bytes() == router.username.as_bytes());
    let by_api = ours.filter(|login| login.via.as_bytes().starts_with(b"api"));
    let address = |login: &ActiveUser| login.address.to_string().parse::<IpAddr>().ok();
    Ok(Some(by_api.filter_map(address).map(|address| address.to_canonical()).collect()))
}

/// The rules of IPv6; none: the router does not speak it.
pub(super) async fn ipv6(wire: &Connection, router: &RouterRecord) -> Result<Option<Rules>, Error> {
    let settings = print(wire, "/ipv6/settings", &["disable-ipv6"]).await?;
    if settings.iter().any(|row| is(row, "disable-ipv6")) {
        return Ok(None);
    }
    let menus = [
        "/ipv6/firewall/raw",
        "/ipv6/firewall/mangle",
        "/ipv6/firewall/nat",
        "/ipv6/firewall/filter",
        "/ipv6/firewall/address-list",
    ];
    rules(wire, router, &menus, None).await
}

/// The rules of a family, and the lists that they speak of; none if the router does not have the family.
async fn rules(
    wire: &Connection,
    router: &RouterRecord,
    [raw, mangle, nat, filter, lists]: &[&'static str; 5],
    page: Option<&Page>,
) -> Result<Option<Rules>, Error> {
    let Some(filter) = table(wire, filter).await? else { return Ok(None) };
    let raw = table(wire, raw).await?.unwrap_or_default();
    let mangle = table(wire, mangle).await?.unwrap_or_default();
    let nat = table(wire, nat).await?.unwrap_or_default();
    let mut named: BTreeSet<String> = [router.allow_list.clone()].into();
    let fillers = mangle.iter().chain(&nat).filter(|rule| rule.action.starts_with("add-"));
    for (name, value) in raw.iter().chain(&filter).chain(fillers).flat_map(|rule| &rule.conditions) {
        if name.ends_with("-address-list") {
            named.insert(value.trim_start_matches('!').to_owned());
        }
    }
    // Who is in the box is said by the profiles.
    named.remove(&router.sandbox_list);
    let mut entries = Vec::new();
    for name in named {
        entries.extend(entries_of(wire, router, lists, &name, page).await?);
    }
    Ok(Some(Rules { raw, mangle, nat, filter, entries }))
}

/// Marks the rules that are switched with accounts: whatever they are now, they are on when somebody confirms. One that is
/// not exactly what was bound is not switched.
pub(super) fn mark_bound(rules: &mut Rules, bound: &[(BoundRule, String)], accounts: &[Account]) {
    for (known, username) in bound {
        let comment = Text::copy_from(&known.comment).to_string();
        let address = accounts.iter().find(|account| account.name == *username);
        let address = address.and_then(|account| Range::parse(account.remote_address.as_deref()?));
        let alike = |rule: &&mut Rule| rule.id == known.rule_id && rule.comment == comment;
        if let Some(rule) = rules.filter.iter_mut().find(alike) {
            rule.bound = Some(Bound { address: address.filter(Range::is_single) });
        }
    }
}

async fn table(wire: &Connection, menu: &str) -> Result<Option<Vec<Rule>>, Error> {
    let Some(rows) = items::whole(wire, menu).await? else { return Ok(None) };
    let rule = |(position, row): (usize, &Row)| {
        let attributes: Vec<(String, String)> = row
            .shared_attrs()
            .map(|(name, value)| (String::from_utf8_lossy(&name).into_owned(), Text::from(value).to_string()))
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
    page: Option<&Page>,
) -> Result<Vec<Entry>, Error> {
    let entry = |addresses| Entry { list: name.to_owned(), addresses };
    if items::count(wire, menu, Query::eq("list", name)).await? > LONGEST_LIST {
        return Ok(vec![entry(None)]);
    }
    let attributes = ["address", "comment", "disabled"];
    let rows = items::rows(wire, menu, &attributes, Some(Query::eq("list", name))).await?.unwrap_or_default();
    // The entries of tunnels come and go with them; what is theirs is no one else's.
    let ours = |row: &Row| name == router.allow_list && text(row, "comment").starts_with(MARK);
    // The name of the page takes no packet itself: the router adds an entry for each address that it has.
    let looked_up = |row: &Row| page.is_some_and(|page| page.has_name() && text(row, "address") == page.host);
    let standing = rows.iter().filter(|row| !is(row, "disabled") && !ours(row) && !looked_up(row));
    Ok(standing.map(|row| entry(Range::parse(&text(row, "address")))).collect())
}

/// The interfaces that stay, and their lists.
pub(super) async fn interfaces(wire: &Connection) -> Result<Interfaces, Error> {
    let lasting = Query::eq("dynamic", "false");
    let rows = items::rows(wire, "/interface", &["name", "type"], Some(lasting)).await?.unwrap_or_default();
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

async fn interface_lists(wire: &Connection) -> Result<Option<BTreeMap<String, InterfaceList>>, Error> {
    let attributes = ["name", "include", "exclude"];
    let Some(rows) = items::rows(wire, "/interface/list", &attributes, None).await? else { return Ok(None) };
    let entry = |row: &Row| InterfaceList {
        members: Vec::new(),
        include: list(row, "include"),
        exclude: list(row, "exclude"),
    };
    let mut lists: BTreeMap<String, InterfaceList> =
        rows.iter().map(|row| (text(row, "name"), entry(row))).collect();
    for row in print(wire, "/interface/list/member", &["list", "interface", "disabled"]).await? {
        if !is(&row, "disabled") {
            lists.entry(text(&row, "list")).or_default().members.push(text(&row, "interface"));
        }
    }
    Ok(Some(lists))
}

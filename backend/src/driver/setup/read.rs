//! What the set-up has to know of a router. Passwords and keys are not asked for.

use super::people;
use crate::store::records::RouterRecord;
use routeros_api::{
    Connection, Error, Query,
    menus::{
        FromRow, ip_firewall_filter::FilterRule, ipv6_settings, items, system_device_mode, system_resource,
        user, user_group, user_manager,
    },
};
use sallyport_shared::router::setup::{
    Ipv6, Item, Login, Menu, PAGE_LIST, Raw, SERVER_LIST, Seen, TELEGRAM_LIST,
};
use std::collections::BTreeSet;

/// The attributes that are read of a menu's rows. Of rules all matchers, because one that is not asked for would be
/// overlooked.
fn attributes(menu: Menu) -> &'static [&'static str] {
    match menu {
        Menu::Filter => FilterRule::PROPLIST,
        Menu::Filter6 => FILTER6,
        Menu::AddressList | Menu::AddressList6 => {
            &[".id", "list", "address", "comment", "disabled", "dynamic"]
        }
        Menu::Profile => &[
            ".id",
            "name",
            "address-list",
            "interface-list",
            "use-ipv6",
            "remote-ipv6-prefix-pool",
            "on-up",
            "on-down",
        ],
        Menu::InterfaceList => &[".id", "name", "include", "exclude", "builtin", "dynamic", "comment"],
        Menu::Aaa => &["use-radius", "accounting", "interim-update"],
        Menu::Script => &[".id", "name", "policy", "dont-require-permissions", "source", "comment"],
        Menu::Certificate => &[".id", "name", "common-name", "subject-alt-name", "private-key"],
        Menu::Service => &[
            ".id",
            "name",
            "port",
            "address",
            "available-from",
            "certificate",
            "tls-version",
            "disabled",
            "dynamic",
        ],
        Menu::Group => &[".id", "name", "policy", "comment"],
        Menu::User => &[".id", "name", "group", "address", "disabled", "comment"],
    }
}

/// Rules for IPv6 have two matchers of their own.
const FILTER6: &[&str] = &{
    let mut names = [""; FilterRule::PROPLIST.len() + 2];
    let mut at = 0;
    while at < FilterRule::PROPLIST.len() {
        names[at] = FilterRule::PROPLIST[at];
        at += 1;
    }
    names[at] = "headers";
    names[at + 1] = "hop-limit";
    names
};

/// The rows of a menu: of services without the connections that newer versions list among them, of address lists
/// only those of our own. None if the router has no such menu.
pub(crate) async fn menu(wire: &Connection, menu: Menu) -> Result<Option<Vec<Item>>, Error> {
    let of_list = |list: &'static str| Query::eq("list", list);
    let ours = || of_list(PAGE_LIST).or(of_list(TELEGRAM_LIST)).or(of_list(SERVER_LIST));
    let query = matches!(menu, Menu::AddressList | Menu::AddressList6).then(ours);
    let Some(rows) = items::print(wire, menu.path(), attributes(menu), query).await? else {
        return Ok(None);
    };
    let mut items: Vec<Item> = rows.iter().map(item).collect();
    if matches!(menu, Menu::Service | Menu::AddressList | Menu::AddressList6) {
        items.retain(|item| !item.is("dynamic"));
    }
    Ok(Some(items))
}

fn item(read: &items::RawItem) -> Item {
    let id = read.id.as_ref().map(|id| String::from_utf8_lossy(id.raw()).into_owned()).unwrap_or_default();
    let values = read.row.attrs().filter(|(name, _)| *name != b".id");
    let values = values.map(|(name, value)| (String::from_utf8_lossy(name).into_owned(), Raw::from(value)));
    Item { id, values: values.collect() }
}

/// Reads a router, for the account by which we are logged in.
pub(crate) async fn read(wire: &Connection, router: &RouterRecord) -> Result<Seen, Error> {
    let username = router.username.as_str();
    let version = system_resource::print(wire).await?.parsed_version();
    let edition = user_manager::detect(wire).await?;
    let rows = async |which| menu(wire, which).await.map(Option::unwrap_or_default);
    let secrets = people::secrets(wire).await?;
    let logins = people::logins(wire).await?;
    let logins_unknown = logins.is_none();
    let logins = logins.unwrap_or_default();
    Ok(Seen {
        version: version.map(|version| (version.major, version.minor, version.patch)),
        rights: rights(wire, username).await?,
        servers: servers(&logins, username),
        listed: people::listed(wire, router).await?,
        inside: people::inside(wire, &secrets).await?,
        interface_lists: rows(Menu::InterfaceList).await?,
        routed: people::routed(&secrets),
        filter: rows(Menu::Filter).await?,
        ipv6: ipv6(wire).await?,
        address_list: rows(Menu::AddressList).await?,
        address_list6: rows(Menu::AddressList6).await?,
        profiles: rows(Menu::Profile).await?,
        used_profiles: people::used_profiles(wire, &secrets, edition).await?,
        client_profiles: people::client_profiles(wire).await?,
        aaa: menu(wire, Menu::Aaa).await?.and_then(|rows| rows.into_iter().next()),
        user_manager: edition.is_some(),
        scripts: rows(Menu::Script).await?,
        certificates: rows(Menu::Certificate).await?,
        services: rows(Menu::Service).await?,
        groups: rows(Menu::Group).await?,
        users: rows(Menu::User).await?,
        fetch_allowed: system_device_mode::print(wire).await?.and_then(|mode| mode.fetch),
        logins: logins.into_iter().map(|(login, _)| login).collect(),
        logins_unknown,
    })
}

async fn rights(wire: &Connection, username: &str) -> Result<Option<BTreeSet<String>>, Error> {
    let Some(account) = user::find(wire, username.as_bytes()).await? else { return Ok(None) };
    let group = user_group::find(wire, account.group.as_bytes()).await?;
    Ok(group.map(|group| group.rights.iter().map(ToString::to_string).collect()))
}

/// The addresses from which our account is logged in to the API, as the router sees them.
fn servers(logins: &[(Login, String)], username: &str) -> Vec<String> {
    let by_api = logins.iter().filter(|(login, via)| login.name == username && via.starts_with("api"));
    let addresses: BTreeSet<&String> =
        by_api.map(|(login, _)| &login.address).filter(|address| !address.is_empty()).collect();
    addresses.into_iter().cloned().collect()
}

async fn ipv6(wire: &Connection) -> Result<Ipv6, Error> {
    if ipv6_settings::print(wire).await?.is_some_and(|settings| settings.disabled) {
        return Ok(Ipv6::Off);
    }
    Ok(menu(wire, Menu::Filter6).await?.map_or(Ipv6::Absent, Ipv6::On))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_matcher_of_ipv6_is_read() {
        assert!(FILTER6.contains(&"headers") && FILTER6.iter().all(|name| !name.is_empty()));
    }
}

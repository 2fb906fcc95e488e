//! Which menus have which commands with which arguments.
//!
//! `data/routeros-commands.json` is the part of a real router's command tree (RouterOS 7.22.3) that is simulated. Menus
//! which are not in that export, or which only version 6 has, are written out below from the manual. That the other menus
//! take the same arguments in every version is an assumption.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

type Commands = BTreeMap<String, BTreeSet<String>>;

static TREE: LazyLock<BTreeMap<String, Commands>> = LazyLock::new(|| {
    let mut tree: BTreeMap<String, Commands> =
        serde_json::from_str(include_str!("../../data/routeros-commands.json"))
            .expect("the embedded command tree is valid, which a test proves");
    for (menu, commands) in ADDED {
        let menu = tree.entry((*menu).to_owned()).or_default();
        for (command, arguments) in *commands {
            menu.insert((*command).to_owned(), arguments.split_whitespace().map(str::to_owned).collect());
        }
    }
    // The export has no such menu; that it takes what its like for IPv4 takes is an assumption.
    if let Some(raw) = tree.get("ip/firewall/raw").cloned() {
        tree.insert("ipv6/firewall/raw".to_owned(), raw);
    }
    // Of mangle only that is simulated which it has in common with NAT.
    if let Some(nat) = tree.get("ip/firewall/nat").cloned() {
        for menu in ["ip/firewall/mangle", "ipv6/firewall/mangle", "ipv6/firewall/nat"] {
            tree.insert(menu.to_owned(), nat.clone());
        }
    }
    tree
});

const PRINT: &str = "append as-value brief count-only detail file follow follow-only from interval proplist show-ids stats \
                     terse value-list where without-paging";
const UM6_USER: &str = "caller-id caller-id-bind-on-first-use comment customer disabled email first-name ip-address \
                        last-name location numbers password phone registration-key shared-users username \
                        wireless-enc-algo wireless-enc-key wireless-psk";

const CLIENT: &[(&str, &str)] = &[
    ("print", PRINT),
    ("add", "add-default-route comment connect-to disabled interface name password profile user"),
    ("set", "numbers add-default-route comment connect-to disabled interface name password profile user"),
    ("remove", "numbers"),
    ("enable", "numbers"),
    ("disable", "numbers"),
];

const BINDING: &[(&str, &str)] = &[
    ("print", PRINT),
    ("add", "comment disabled name user"),
    ("set", "numbers comment disabled name user"),
    ("remove", "numbers"),
    ("enable", "numbers"),
    ("disable", "numbers"),
];

/// From the manual, not from the exported tree.
const ADDED: &[(&str, &[(&str, &str)])] = &[
    (
        "interface",
        &[
            ("print", PRINT),
            ("set", "numbers comment disabled mtu name"),
            ("enable", "numbers"),
            ("disable", "numbers"),
            ("comment", "numbers comment"),
        ],
    ),
    (
        "ip/address",
        &[
            ("print", PRINT),
            ("add", "address broadcast comment disabled interface network"),
            ("set", "numbers address broadcast comment disabled interface network"),
            ("remove", "numbers"),
            ("enable", "numbers"),
            ("disable", "numbers"),
            ("comment", "numbers comment"),
        ],
    ),
    (
        "ipv6/settings",
        &[("print", PRINT), ("set", "accept-redirects disable-ipv6 forward max-neighbor-entries")],
    ),
    ("system", &[("reboot", ""), ("shutdown", "")]),
    ("system/routerboard", &[("print", PRINT)]),
    ("system/license", &[("print", PRINT)]),
    ("interface/ethernet", &[("print", PRINT), ("set", "numbers mac-address name")]),
    ("interface/l2tp-server", BINDING),
    ("interface/sstp-server", BINDING),
    ("interface/pptp-server", BINDING),
    ("interface/ovpn-server", BINDING),
    ("interface/pppoe-server", BINDING),
    ("interface/pppoe-client", CLIENT),
    ("interface/l2tp-client", CLIENT),
    ("interface/sstp-client", CLIENT),
    ("interface/pptp-client", CLIENT),
    ("interface/ovpn-client", CLIENT),
    ("interface/ppp-client", CLIENT),
    (
        "interface/pppoe-server/server",
        &[
            ("print", PRINT),
            ("add", "comment default-profile disabled interface service-name"),
            ("set", "numbers comment default-profile disabled interface service-name"),
            ("remove", "numbers"),
        ],
    ),
    (
        "interface/list",
        &[
            ("print", PRINT),
            ("add", "comment exclude include name"),
            ("set", "numbers comment exclude include name"),
            ("remove", "numbers"),
        ],
    ),
    (
        "interface/list/member",
        &[
            ("print", PRINT),
            ("add", "comment disabled interface list"),
            ("set", "numbers comment disabled interface list"),
            ("remove", "numbers"),
        ],
    ),
    ("ip/dns", &[("print", PRINT), ("set", "allow-remote-requests servers")]),
    ("ip/socks", &[("print", PRINT), ("set", "enabled port")]),
    ("ip/proxy", &[("print", PRINT), ("set", "enabled port")]),
    ("snmp", &[("print", PRINT), ("set", "enabled")]),
    ("tool/bandwidth-server", &[("print", PRINT), ("set", "authenticate enabled")]),
    (
        "tool/user-manager/user",
        &[
            ("print", PRINT),
            ("add", UM6_USER),
            ("set", UM6_USER),
            ("remove", "numbers"),
            ("enable", "numbers"),
            ("disable", "numbers"),
            ("comment", "numbers comment"),
            ("create-and-activate-profile", "customer numbers profile"),
        ],
    ),
    ("tool/user-manager/session", &[("print", PRINT), ("remove", "numbers"), ("close-session", "numbers")]),
    (
        "tool/user-manager/profile",
        &[
            ("print", PRINT),
            ("add", "name name-for-users override-shared-users owner price starts-at validity"),
            ("set", "name name-for-users numbers override-shared-users owner price starts-at validity"),
            ("remove", "numbers"),
        ],
    ),
    (
        "tool/user-manager/profile/limitation",
        &[
            ("print", PRINT),
            ("add", "address-list group-name ip-pool name owner"),
            ("set", "address-list group-name ip-pool name numbers owner"),
            ("remove", "numbers"),
        ],
    ),
    (
        "tool/user-manager/profile/profile-limitation",
        &[
            ("print", PRINT),
            ("add", "from-time limitation profile till-time weekdays"),
            ("set", "from-time limitation numbers profile till-time weekdays"),
            ("remove", "numbers"),
        ],
    ),
    (
        "tool/user-manager/router",
        &[
            ("print", PRINT),
            ("add", "coa-port comment customer disabled ip-address log name shared-secret use-coa"),
            ("set", "coa-port comment customer disabled ip-address log name numbers shared-secret use-coa"),
            ("remove", "numbers"),
        ],
    ),
];

/// The arguments of a command of a menu (`ppp/secret`, `add`), or `None` if there is no such command.
pub(crate) fn arguments(menu: &str, command: &str) -> Option<&'static BTreeSet<String>> {
    TREE.get(menu)?.get(command)
}

/// Everything that can be given when a row is added or changed.
pub(crate) fn settable(menu: &str) -> impl Iterator<Item = &'static str> {
    ["add", "set"]
        .into_iter()
        .filter_map(move |command| arguments(menu, command))
        .flatten()
        .map(String::as_str)
        .filter(|name| !matches!(*name, "numbers" | "copy-from" | "place-before" | "destination"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_tree_holds_what_the_simulator_serves() {
        assert!(arguments("ppp/secret", "add").unwrap().contains("remote-address"));
        assert!(arguments("ip/firewall/connection", "print").is_some_and(|print| !print.contains("follow")));
        assert!(arguments("ppp/active", "print").is_some_and(|print| print.contains("follow-only")));
        assert!(arguments("ppp/active", "add").is_none());
        assert!(settable("ip/firewall/filter").any(|name| name == "src-address-list"));
    }
}

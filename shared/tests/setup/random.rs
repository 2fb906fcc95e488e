//! Random routers, as people have them.

use crate::model::item;
use proptest::prelude::*;
use sallyport_shared::router::setup::{Ipv6, Item, Raw, SERVER_LIST, Seen, TELEGRAM_LIST};

/// Rules as people have them, some of ours among them, whole or spoilt.
fn rule() -> impl Strategy<Value = Vec<(String, Raw)>> {
    let chain = prop::sample::select(vec!["forward", "input", "sallyport-out", "sallyport-in", "own"]);
    let action = prop::sample::select(vec![
        "accept",
        "drop",
        "fasttrack-connection",
        "jump",
        "return",
        "log",
        "passthrough",
    ]);
    let comment = prop::sample::select(vec![
        "",
        "",
        "2FA ivan",
        "sallyport:out: let through",
        "sallyport:out: boxed",
        "sallyport:from boxed tunnels",
        "sallyport:to boxed tunnels",
        "sallyport:banned callers",
        "sallyport:the server to the API",
        "sallyport:out: the page of the box",
        "sallyport:out: Telegram",
    ]);
    let matcher = prop::option::of(prop::sample::select(vec![
        ("src-address", "10.0.0.0/8"),
        ("connection-state", "established,related"),
        ("src-address-list", "2fa-allowed"),
        ("src-address-list", "2fa-banned"),
    ]));
    (chain, action, comment, matcher, any::<bool>(), prop::bool::weighted(0.1)).prop_map(
        |(chain, action, comment, matcher, disabled, dynamic)| {
            let mut values = vec![("chain", chain), ("action", action)];
            values.extend(matcher);
            if !comment.is_empty() {
                values.push(("comment", comment));
            }
            values.push(("disabled", if disabled { "true" } else { "false" }));
            if dynamic {
                values.push(("dynamic", "true"));
            }
            values.into_iter().map(|(name, value)| (name.to_owned(), Raw::from(value))).collect()
        },
    )
}

fn rules() -> impl Strategy<Value = Vec<Item>> {
    prop::collection::vec(rule(), 0..12).prop_map(|rules| {
        let rules = rules.into_iter().enumerate();
        rules
            .map(|(id, values)| Item { id: format!("*{:X}", id + 1), values: values.into_iter().collect() })
            .collect()
    })
}

/// The server's own list as somebody may have left it: with another server's address, or the right one switched off.
fn servers() -> impl Strategy<Value = Vec<Item>> {
    let entry =
        prop::sample::select(vec![("10.0.0.9", "false"), ("10.0.0.2", "true"), ("10.0.0.2", "false")]);
    prop::option::of(entry).prop_map(|entry| {
        let values = |(address, disabled)| {
            item(0x40, &[("list", SERVER_LIST), ("address", address), ("disabled", disabled)])
        };
        entry.map(values).into_iter().collect()
    })
}

/// The list of Telegram's networks as somebody may have left it: some of them, some switched off, and others.
fn networks() -> impl Strategy<Value = Vec<Item>> {
    let address = prop::sample::subsequence(
        vec!["91.108.4.0/22", "149.154.160.0/20", "10.0.0.0/8", "2a0a:f280::/32"],
        0..4,
    );
    (address, any::<bool>(), any::<bool>()).prop_map(|(addresses, named, disabled)| {
        let entries = addresses.into_iter().enumerate();
        entries
            .map(|(id, address)| {
                let mut values = vec![("list", TELEGRAM_LIST), ("address", address)];
                values.extend(named.then_some(("comment", "by hand")));
                values.push(("disabled", if disabled && id == 0 { "true" } else { "false" }));
                item(id + 1, &values)
            })
            .collect()
    })
}

fn profiles() -> impl Strategy<Value = Vec<Item>> {
    let lists = prop::sample::select(vec!["", "staff", "2fa-sandboxed", "a,2fa-sandboxed", "2fa-allowed"]);
    let up = prop::sample::select(vec!["", ":log info up", "a-script"]);
    let interfaces = prop::sample::select(vec!["", "LAN", "dynamic", "gone", "sallyport-vpn"]);
    let down = prop::sample::select(vec![
        "",
        ":log info down",
        "a-script",
        "# sallyport: shut\n:do { old } on-error={}\n# sallyport: shut end\n:log info down",
        ":log info down\n# sallyport: begin\n:do { old } on-error={}\n# sallyport: end",
    ]);
    prop::collection::vec((lists, (up, down), any::<bool>(), interfaces), 1..4).prop_map(|profiles| {
        let profiles = profiles.into_iter().enumerate();
        profiles
            .map(|(id, (lists, (up, down), six, interfaces))| {
                let name = format!("профиль{id}");
                let six = if six { "yes" } else { "no" };
                let values = [
                    ("name", name.as_str()),
                    ("address-list", lists),
                    ("interface-list", interfaces),
                    ("on-up", up),
                    ("on-down", down),
                    ("use-ipv6", six),
                ];
                item(id + 1, &values)
            })
            .collect()
    })
}

/// Lists of interfaces: the router's own, the administrator's, and perhaps ours, whole or spoilt.
fn interface_lists() -> impl Strategy<Value = Vec<Item>> {
    let ours = prop::option::of(prop::sample::select(vec![("", ""), ("LAN", ""), ("", "LAN")]));
    (prop::sample::select(vec!["", "static"]), ours).prop_map(|(include, ours)| {
        let mut lists = vec![
            item(1, &[("name", "dynamic"), ("builtin", "true")]),
            item(2, &[("name", "LAN"), ("include", include)]),
        ];
        lists.extend(ours.map(|(include, exclude)| {
            item(3, &[("name", "sallyport-vpn"), ("include", include), ("exclude", exclude)])
        }));
        lists
    })
}

pub(crate) fn seen() -> impl Strategy<Value = Seen> {
    let rights =
        prop::sample::select(vec!["read,write,api", "read,write,api,policy,ftp", "read,write,api,ssh"]);
    let ipv6 = prop_oneof![Just(Ipv6::Absent), Just(Ipv6::Off), rules().prop_map(Ipv6::On)];
    let bound = prop::sample::select(vec!["", "10.0.0.2/32"]);
    let version = prop::sample::select(vec![(6, 49, 18), (7, 12, 1), (7, 13, 0), (7, 24, 5)]);
    let lists = (networks(), interface_lists(), servers());
    (rules(), ipv6, profiles(), rights, bound, any::<bool>(), version, lists).prop_map(
        |(
            filter,
            ipv6,
            profiles,
            rights,
            bound,
            user_manager,
            version,
            (mut address_list, interface_lists, servers),
        )| {
            let address_list6 = if ipv6 == Ipv6::Absent { Vec::new() } else { address_list.clone() };
            address_list.extend(servers);
            Seen {
                interface_lists,
                version: Some(version),
                rights: Some(rights.split(',').map(str::to_owned).collect()),
                servers: vec!["10.0.0.2".to_owned()],
                filter,
                address_list6,
                address_list,
                ipv6,
                used_profiles: profiles.iter().filter_map(|item| item.get("name").cloned()).collect(),
                profiles,
                aaa: Some(item(
                    0,
                    &[("use-radius", "true"), ("accounting", "false"), ("interim-update", "0s")],
                )),
                user_manager,
                scripts: vec![item(1, &[("name", "a-script"), ("source", ":log info x")])],
                services: vec![
                    item(1, &[("name", "api"), ("address", bound)]),
                    item(2, &[("name", "api-ssl"), ("certificate", "none"), ("disabled", "true")]),
                ],
                ..Seen::default()
            }
        },
    )
}

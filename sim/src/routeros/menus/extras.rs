//! What a router does besides: VPN connections of its own, lists of interfaces, and services that talk on somebody's
//! behalf. From the manual, as far as it matters who can reach what.

use crate::routeros::{
    table::{Field, Menu, Shape},
    value::Kind,
};

/// A VPN connection that the router itself makes, to a provider for instance. It has a profile as accounts have.
const CLIENT: &[Field] = &[
    Field::new("name", Kind::Text).required(),
    Field::text("connect-to", ""),
    Field::text("interface", ""),
    Field::text("user", ""),
    Field::text("password", "").sensitive(),
    Field::new("profile", Kind::Reference("ppp/profile")).or("default"),
    Field::flag("add-default-route", "false"),
    Field::flag("running", "false"),
    Field::flag("disabled", "true"),
    Field::new("comment", Kind::Text),
];

const fn client(path: &'static str) -> Menu {
    Menu { path, shape: Shape::List, fields: CLIENT, key: &["name"] }
}

const fn settings(path: &'static str, fields: &'static [Field]) -> Menu {
    Menu { path, shape: Shape::Settings, fields, key: &[] }
}

pub(super) const MENUS: &[Menu] = &[
    client("interface/pppoe-client"),
    client("interface/l2tp-client"),
    client("interface/sstp-client"),
    client("interface/pptp-client"),
    client("interface/ovpn-client"),
    client("interface/ppp-client"),
    Menu {
        path: "interface/pppoe-server/server",
        shape: Shape::List,
        fields: &[
            Field::new("service-name", Kind::Text).required(),
            Field::text("interface", "ether1"),
            Field::new("default-profile", Kind::Reference("ppp/profile")).or("default"),
            Field::flag("disabled", "true"),
            Field::new("comment", Kind::Text),
        ],
        key: &["service-name"],
    },
    Menu {
        path: "interface/list",
        shape: Shape::List,
        fields: &[
            Field::new("name", Kind::Text).required(),
            Field::text("include", ""),
            Field::text("exclude", ""),
            Field::flag("builtin", "false"),
            Field::flag("dynamic", "false"),
            Field::new("comment", Kind::Text),
        ],
        key: &["name"],
    },
    Menu {
        path: "interface/list/member",
        shape: Shape::List,
        fields: &[
            Field::new("list", Kind::Reference("interface/list")).required(),
            Field::new("interface", Kind::Text).required(),
            Field::flag("dynamic", "false"),
            Field::flag("disabled", "false"),
            Field::new("comment", Kind::Text),
        ],
        key: &["list", "interface"],
    },
    settings(
        "ip/dns",
        &[
            Field::text("servers", ""),
            Field::text("dynamic-servers", ""),
            Field::flag("allow-remote-requests", "false"),
        ],
    ),
    settings("ip/socks", &[Field::flag("enabled", "false"), Field::number("port", "1080")]),
    settings("ip/proxy", &[Field::flag("enabled", "false"), Field::text("port", "8080")]),
    settings("snmp", &[Field::flag("enabled", "false")]),
    settings(
        "tool/bandwidth-server",
        &[Field::flag("enabled", "false"), Field::flag("authenticate", "true")],
    ),
];

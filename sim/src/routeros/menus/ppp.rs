//! `/ppp`, the servers' default profiles and bindings, `/ip/pool` and `/radius`.

use super::age;
use crate::routeros::{
    table::{Field, Menu, Shape},
    value::Kind,
};

const SERVICES: &[&str] = &["any", "async", "pptp", "pppoe", "l2tp", "ovpn", "sstp"];
const DEFAULT_YES_NO: &[&str] = &["default", "yes", "no"];

pub(super) const MENUS: &[Menu] = &[
    Menu {
        path: "ppp/active",
        shape: Shape::List,
        fields: &[
            Field::text("name", ""),
            Field::text("service", ""),
            Field::text("caller-id", ""),
            Field::new("address", Kind::Address),
            Field::computed("uptime", age),
            Field::text("encoding", ""),
            Field::text("session-id", ""),
            Field::number("limit-bytes-in", "0"),
            Field::number("limit-bytes-out", "0"),
            Field::flag("radius", "false"),
            Field::new("comment", Kind::Text),
        ],
        key: &[],
    },
    Menu {
        path: "ppp/secret",
        shape: Shape::List,
        fields: &[
            Field::new("name", Kind::Text).required(),
            Field::new("service", Kind::Choice(SERVICES)).or("any"),
            Field::text("caller-id", ""),
            Field::text("password", "").sensitive(),
            Field::new("profile", Kind::Reference("ppp/profile")).or("default"),
            Field::new("local-address", Kind::AddressOrPool),
            Field::new("remote-address", Kind::AddressOrPool),
            Field::text("routes", ""),
            Field::text("ipv6-routes", ""),
            Field::number("limit-bytes-in", "0"),
            Field::number("limit-bytes-out", "0"),
            // The date of a secret that never logged in is written when the row is made, in the version's form.
            Field::text("last-logged-out", ""),
            Field::text("last-caller-id", ""),
            Field::text("last-disconnect-reason", ""),
            Field::flag("disabled", "false"),
            Field::new("comment", Kind::Text),
        ],
        key: &["name"],
    },
    Menu {
        path: "ppp/profile",
        shape: Shape::List,
        fields: &[
            Field::new("name", Kind::Text).required(),
            Field::new("local-address", Kind::AddressOrPool),
            Field::new("remote-address", Kind::AddressOrPool),
            Field::text("bridge-learning", "default"),
            Field::new("use-mpls", Kind::Choice(DEFAULT_YES_NO)).or("default"),
            Field::new("use-compression", Kind::Choice(DEFAULT_YES_NO)).or("default"),
            Field::new("use-encryption", Kind::Choice(&["default", "yes", "no", "required"])).or("default"),
            Field::new("only-one", Kind::Choice(DEFAULT_YES_NO)).or("default"),
            Field::new("change-tcp-mss", Kind::Choice(DEFAULT_YES_NO)).or("default"),
            Field::new("use-upnp", Kind::Choice(DEFAULT_YES_NO)).or("default"),
            Field::new("use-ipv6", Kind::Choice(&["default", "yes", "no", "required"])).or("default"),
            Field::text("address-list", ""),
            Field::text("on-up", ""),
            Field::text("on-down", ""),
            Field::flag("default", "false"),
            Field::new("comment", Kind::Text),
        ],
        key: &["name"],
    },
    Menu {
        path: "ppp/aaa",
        shape: Shape::Settings,
        fields: &[
            Field::flag("use-radius", "false"),
            Field::flag("accounting", "true"),
            Field::new("interim-update", Kind::Span).or("0s"),
            Field::flag("use-circuit-id-in-nas-port-id", "false"),
        ],
        key: &[],
    },
    Menu {
        path: "ip/pool",
        shape: Shape::List,
        fields: &[
            Field::new("name", Kind::Text).required(),
            Field::new("ranges", Kind::Text).required(),
            Field::new("next-pool", Kind::Text),
            Field::new("comment", Kind::Text),
        ],
        key: &["name"],
    },
    Menu {
        path: "radius",
        shape: Shape::Ordered,
        fields: &[
            Field::text("service", ""),
            Field::text("called-id", ""),
            Field::text("domain", ""),
            Field::new("address", Kind::Text),
            Field::text("secret", "").sensitive(),
            Field::number("authentication-port", "1812"),
            Field::number("accounting-port", "1813"),
            Field::text("timeout", "300ms"),
            Field::flag("accounting-backup", "false"),
            Field::text("protocol", "udp"),
            Field::flag("disabled", "false"),
            Field::new("comment", Kind::Text),
        ],
        key: &[],
    },
    Menu {
        path: "radius/incoming",
        shape: Shape::Settings,
        fields: &[Field::flag("accept", "false"), Field::number("port", "3799"), Field::text("vrf", "main")],
        key: &[],
    },
    server("interface/l2tp-server/server"),
    server("interface/sstp-server/server"),
    server("interface/pptp-server/server"),
    binding("interface/l2tp-server"),
    binding("interface/sstp-server"),
    binding("interface/pptp-server"),
    binding("interface/ovpn-server"),
    binding("interface/pppoe-server"),
    Menu {
        path: "interface/ovpn-server/server",
        shape: Shape::List,
        fields: &[
            Field::new("name", Kind::Text).required(),
            Field::new("default-profile", Kind::Reference("ppp/profile")).or("default"),
            Field::new("mode", Kind::Choice(&["ip", "ethernet"])).or("ip"),
            Field::flag("disabled", "true"),
            Field::new("comment", Kind::Text),
        ],
        key: &["name"],
    },
];

/// An interface that is bound to a user of a server.
const BINDING: &[Field] = &[
    Field::new("name", Kind::Text).required(),
    Field::text("user", ""),
    Field::flag("disabled", "false"),
    Field::new("comment", Kind::Text),
];

const fn binding(path: &'static str) -> Menu {
    Menu { path, shape: Shape::List, fields: BINDING, key: &["name"] }
}

const SERVER: &[Field] = &[
    Field::flag("enabled", "false"),
    Field::new("default-profile", Kind::Reference("ppp/profile")).or("default-encryption"),
    Field::text("authentication", "mschap2"),
];

const fn server(path: &'static str) -> Menu {
    Menu { path, shape: Shape::Settings, fields: SERVER, key: &[] }
}

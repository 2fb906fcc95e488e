//! `/ip/firewall` and `/ipv6/firewall`.

use super::{made, remaining};
use crate::routeros::{
    table::{Field, Menu, Shape},
    value::Kind,
};

const RULE: &[Field] = &[
    Field::new("chain", Kind::Text).required(),
    Field::text("action", "accept"),
    Field::new("src-address", Kind::Matcher),
    Field::new("dst-address", Kind::Matcher),
    Field::flag("log", "false"),
    Field::text("log-prefix", ""),
    Field::number("bytes", "0"),
    Field::number("packets", "0"),
    Field::flag("invalid", "false"),
    Field::flag("dynamic", "false"),
    Field::flag("disabled", "false"),
    Field::new("comment", Kind::Text),
];

const ENTRY: &[Field] = &[
    Field::new("list", Kind::Text).required(),
    Field::new("address", Kind::ListEntry).required(),
    Field::computed("creation-time", made),
    Field::computed("timeout", remaining),
    Field::flag("dynamic", "false"),
    Field::flag("disabled", "false"),
    Field::new("comment", Kind::Text),
];

pub(super) const MENUS: &[Menu] = &[
    Menu { path: "ip/firewall/filter", shape: Shape::Ordered, fields: RULE, key: &[] },
    Menu { path: "ip/firewall/nat", shape: Shape::Ordered, fields: RULE, key: &[] },
    Menu { path: "ip/firewall/mangle", shape: Shape::Ordered, fields: RULE, key: &[] },
    Menu { path: "ipv6/firewall/mangle", shape: Shape::Ordered, fields: RULE, key: &[] },
    Menu { path: "ipv6/firewall/nat", shape: Shape::Ordered, fields: RULE, key: &[] },
    Menu { path: "ip/firewall/raw", shape: Shape::Ordered, fields: RULE, key: &[] },
    Menu { path: "ipv6/firewall/raw", shape: Shape::Ordered, fields: RULE, key: &[] },
    Menu { path: "ipv6/firewall/filter", shape: Shape::Ordered, fields: RULE, key: &[] },
    Menu { path: "ip/firewall/address-list", shape: Shape::List, fields: ENTRY, key: &["list", "address"] },
    Menu { path: "ipv6/firewall/address-list", shape: Shape::List, fields: ENTRY, key: &["list", "address"] },
    Menu {
        path: "ip/firewall/connection",
        shape: Shape::List,
        // Version 6 writes address and port together and has no `src-port` and `dst-port`.
        fields: &[
            Field::text("protocol", "tcp"),
            Field::new("src-address", Kind::Text),
            Field::new("src-port", Kind::Text),
            Field::new("dst-address", Kind::Text),
            Field::new("dst-port", Kind::Text),
            Field::new("reply-src-address", Kind::Text),
            Field::new("reply-src-port", Kind::Text),
            Field::new("reply-dst-address", Kind::Text),
            Field::new("reply-dst-port", Kind::Text),
            Field::text("tcp-state", "established"),
            Field::text("timeout", "1d"),
            Field::flag("expected", "false"),
            Field::flag("seen-reply", "true"),
            Field::flag("assured", "true"),
            Field::flag("confirmed", "true"),
            Field::flag("dying", "false"),
            Field::flag("fasttrack", "false"),
            Field::flag("hw-offload", "false"),
            Field::flag("srcnat", "false"),
            Field::flag("dstnat", "false"),
            Field::number("orig-packets", "0"),
            Field::number("orig-bytes", "0"),
            Field::number("repl-packets", "0"),
            Field::number("repl-bytes", "0"),
        ],
        key: &[],
    },
];

//! `/system`, `/user`, `/ip/service`, `/log`, `/certificate`, `/interface`.

use bytes::Bytes;

use super::made;
use crate::routeros::{
    table::{Field, Menu, Moment, Row, Shape},
    value::{Kind, LocalTime, format_offset, format_span, word},
};

fn uptime(moment: &Moment, _: &Row) -> Option<Bytes> {
    Some(Bytes::from(format_span(moment.now.saturating_sub(moment.booted))))
}

fn version(moment: &Moment, _: &Row) -> Option<Bytes> {
    Some(Bytes::from(format!("{} (stable)", moment.version)))
}

fn plain_version(moment: &Moment, _: &Row) -> Option<Bytes> {
    Some(Bytes::from(moment.version.to_string()))
}

fn time(moment: &Moment, _: &Row) -> Option<Bytes> {
    Some(Bytes::from(LocalTime::at(moment.now, moment.offset).time()))
}

fn date(moment: &Moment, _: &Row) -> Option<Bytes> {
    Some(Bytes::from(LocalTime::at(moment.now, moment.offset).date(moment.version)))
}

fn offset(moment: &Moment, _: &Row) -> Option<Bytes> {
    Some(Bytes::from(format_offset(moment.offset)))
}

/// Before 7.10 the entries of today carry the time alone.
fn log_time(moment: &Moment, row: &Row) -> Option<Bytes> {
    let (then, today) = (LocalTime::at(row.since, moment.offset), LocalTime::at(moment.now, moment.offset));
    let short = !moment.version.iso_dates() && then.date(moment.version) == today.date(moment.version);
    Some(Bytes::from(if short { then.time() } else { then.stamp(moment.version) }))
}

/// The key of a certificate is there once it has been made, which the row's end of time says (it has no other use here).
fn keyed(moment: &Moment, row: &Row) -> Option<Bytes> {
    Some(word(row.until.is_some_and(|made| made <= moment.now)))
}

pub(super) const MENUS: &[Menu] = &[
    Menu {
        path: "system/identity",
        shape: Shape::Settings,
        fields: &[Field::text("name", "MikroTik")],
        key: &[],
    },
    Menu {
        path: "system/resource",
        shape: Shape::Settings,
        fields: &[
            Field::computed("uptime", uptime),
            Field::computed("version", version),
            Field::text("build-time", "2026-04-02 10:11:12"),
            Field::text("factory-software", "7.1"),
            Field::number("free-memory", "805306368"),
            Field::number("total-memory", "1073741824"),
            Field::text("cpu", "ARM64"),
            Field::number("cpu-count", "4"),
            Field::number("cpu-frequency", "1400"),
            Field::number("cpu-load", "3"),
            Field::number("free-hdd-space", "1006632960"),
            Field::number("total-hdd-space", "1073741824"),
            Field::text("architecture-name", "arm64"),
            Field::text("board-name", "RB5009UG+S+"),
            Field::text("platform", "MikroTik"),
        ],
        key: &[],
    },
    Menu {
        path: "system/routerboard",
        shape: Shape::Settings,
        fields: &[
            Field::flag("routerboard", "true"),
            Field::text("model", "RB5009UG+S+"),
            // None on virtual and other foreign machines.
            Field::new("serial-number", Kind::Text),
            Field::text("current-firmware", "7.22.3"),
            Field::text("upgrade-firmware", "7.22.3"),
        ],
        key: &[],
    },
    Menu {
        path: "system/license",
        shape: Shape::Settings,
        fields: &[
            Field::new("software-id", Kind::Text),
            // In place of the former on a CHR. Copies of one machine have the same.
            Field::new("system-id", Kind::Text),
            Field::text("nlevel", "5"),
        ],
        key: &[],
    },
    Menu {
        path: "system/clock",
        shape: Shape::Settings,
        fields: &[
            Field::computed("time", time),
            Field::computed("date", date),
            Field::flag("time-zone-autodetect", "true"),
            Field::text("time-zone-name", "manual"),
            Field::computed("gmt-offset", offset),
            Field::flag("dst-active", "false"),
        ],
        key: &[],
    },
    Menu {
        path: "system/device-mode",
        shape: Shape::Settings,
        fields: &[
            Field::text("mode", "advanced"),
            Field::flag("flagged", "false"),
            Field::flag("flagging-enabled", "true"),
            Field::flag("scheduler", "true"),
            Field::flag("fetch", "true"),
            Field::flag("pptp", "true"),
            Field::flag("l2tp", "true"),
            Field::flag("ipsec", "true"),
            Field::flag("email", "true"),
            Field::flag("container", "false"),
        ],
        key: &[],
    },
    Menu {
        path: "system/script",
        shape: Shape::List,
        fields: &[
            Field::new("name", Kind::Text).required(),
            Field::text("owner", ""),
            Field::text("policy", "read,write,policy,test"),
            Field::flag("dont-require-permissions", "false"),
            Field::number("run-count", "0"),
            Field::text("source", ""),
            Field::flag("invalid", "false"),
            Field::new("comment", Kind::Text),
        ],
        key: &["name"],
    },
    Menu {
        path: "system/package",
        shape: Shape::List,
        fields: &[
            Field::new("name", Kind::Text).required(),
            Field::computed("version", plain_version),
            Field::text("scheduled", ""),
            Field::flag("disabled", "false"),
        ],
        key: &["name"],
    },
    Menu {
        path: "user",
        shape: Shape::List,
        fields: &[
            Field::new("name", Kind::Text).required(),
            Field::text("password", "").hidden(),
            Field::new("group", Kind::Reference("user/group")).required(),
            Field::text("address", ""),
            Field::text("inactivity-timeout", "10m"),
            Field::text("inactivity-policy", "none"),
            Field::new("last-logged-in", Kind::Text),
            Field::flag("expired", "false"),
            Field::flag("disabled", "false"),
            Field::new("comment", Kind::Text),
        ],
        key: &["name"],
    },
    Menu {
        path: "user/group",
        shape: Shape::List,
        fields: &[
            Field::new("name", Kind::Text).required(),
            Field::new("policy", Kind::Policies).required(),
            Field::text("skin", "default"),
            Field::new("comment", Kind::Text),
        ],
        key: &["name"],
    },
    Menu {
        path: "user/active",
        shape: Shape::List,
        fields: &[
            Field::computed("when", made),
            Field::text("name", ""),
            Field::text("address", ""),
            Field::text("via", "api"),
            Field::text("group", ""),
            Field::flag("radius", "false"),
        ],
        key: &[],
    },
    Menu {
        path: "ip/service",
        shape: Shape::List,
        fields: &[
            Field::new("name", Kind::Text).required(),
            Field::number("port", "0"),
            Field::text("proto", "tcp"),
            Field::text("address", ""),
            Field::new("certificate", Kind::Text),
            Field::new("tls-version", Kind::Choice(&["any", "only-1.2"])),
            Field::text("vrf", "main"),
            Field::number("max-sessions", "20"),
            Field::new("local", Kind::Text),
            Field::new("remote", Kind::Text),
            Field::flag("invalid", "false"),
            Field::flag("dynamic", "false"),
            Field::flag("disabled", "false"),
        ],
        key: &["name"],
    },
    Menu {
        path: "ip/settings",
        shape: Shape::Settings,
        fields: &[
            Field::flag("ip-forward", "true"),
            Field::text("rp-filter", "no"),
            Field::flag("allow-fast-path", "true"),
            Field::flag("ipv4-fasttrack-active", "false"),
        ],
        key: &[],
    },
    Menu {
        path: "ipv6/settings",
        shape: Shape::Settings,
        fields: &[Field::flag("disable-ipv6", "false"), Field::flag("forward", "true")],
        key: &[],
    },
    Menu {
        path: "log",
        shape: Shape::List,
        fields: &[
            Field::computed("time", log_time),
            Field::text("topics", "script,info"),
            Field::text("message", ""),
            Field::text("buffer", "memory"),
            Field::text("extra-info", ""),
        ],
        key: &[],
    },
    Menu {
        path: "certificate",
        shape: Shape::List,
        fields: &[
            Field::new("name", Kind::Text).required(),
            Field::text("common-name", ""),
            Field::text("key-size", "2048"),
            Field::number("days-valid", "365"),
            Field::flag("trusted", "false"),
            Field::text("key-usage", ""),
            Field::text("subject-alt-name", ""),
            Field::new("ca", Kind::Text),
            Field::new("fingerprint", Kind::Text),
            Field::new("invalid-before", Kind::Text),
            Field::new("invalid-after", Kind::Text),
            Field::computed("private-key", keyed),
            Field::flag("issued", "false"),
        ],
        key: &["name"],
    },
    Menu {
        path: "ip/address",
        shape: Shape::List,
        fields: &[
            Field::new("address", Kind::Text).required(),
            Field::new("network", Kind::Text),
            Field::new("interface", Kind::Text).required(),
            Field::flag("dynamic", "false"),
            Field::flag("disabled", "false"),
            Field::new("comment", Kind::Text),
        ],
        key: &[],
    },
    Menu {
        path: "interface/ethernet",
        shape: Shape::List,
        fields: &[
            Field::new("name", Kind::Text).required(),
            Field::text("default-name", ""),
            Field::text("mac-address", ""),
            Field::text("orig-mac-address", ""),
        ],
        key: &["name"],
    },
    Menu {
        path: "interface",
        shape: Shape::List,
        fields: &[
            Field::new("name", Kind::Text).required(),
            Field::text("type", "ether"),
            Field::text("mtu", "1500"),
            Field::text("actual-mtu", "1500"),
            Field::number("rx-byte", "0"),
            Field::number("tx-byte", "0"),
            Field::number("rx-packet", "0"),
            Field::number("tx-packet", "0"),
            Field::flag("running", "true"),
            Field::flag("dynamic", "false"),
            Field::flag("disabled", "false"),
            Field::new("comment", Kind::Text),
        ],
        key: &["name"],
    },
];

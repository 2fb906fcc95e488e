//! The way of a packet through `/ip/firewall/raw` and `/ip/firewall/filter`, or their like for IPv6, so that tests can
//! ask whether the box holds for an address.
//!
//! Judged are: chains and `jump`/`return`, addresses, address lists, connection state, protocol, ports,
//! interfaces and `FastTrack`. A rule with any other matcher (`content`, `layer7-protocol`, `time`, …) is passed over
//! and named in the verdict, because what it does cannot be told from the address alone.

use std::net::IpAddr;

use serde::Serialize;

use super::{
    table::{Row, Table, format_id},
    value::AddressRange,
    world::World,
};

/// The tables of one address family.
struct Family {
    /// Rules that are asked before connections are tracked.
    raw: &'static str,
    mangle: &'static str,
    nat: &'static str,
    filter: &'static str,
    lists: &'static str,
}

const IPV4: Family = Family {
    raw: "ip/firewall/raw",
    mangle: "ip/firewall/mangle",
    nat: "ip/firewall/nat",
    filter: "ip/firewall/filter",
    lists: "ip/firewall/address-list",
};
const IPV6: Family = Family {
    raw: "ipv6/firewall/raw",
    mangle: "ipv6/firewall/mangle",
    nat: "ipv6/firewall/nat",
    filter: "ipv6/firewall/filter",
    lists: "ipv6/firewall/address-list",
};

impl Family {
    fn of(address: IpAddr) -> &'static Self {
        if address.is_ipv4() { &IPV4 } else { &IPV6 }
    }
}

/// Jumps deeper than this are taken for a loop.
const MAX_DEPTH: usize = 16;

/// Matchers that are judged, and properties that match nothing.
const JUDGED: &[&str] = &[
    "chain",
    "action",
    "src-address",
    "dst-address",
    "src-address-list",
    "dst-address-list",
    "connection-state",
    "protocol",
    "src-port",
    "dst-port",
    "in-interface",
    "out-interface",
    "in-interface-list",
    "out-interface-list",
    "jump-target",
    "reject-with",
    "address-list",
    "address-list-timeout",
    "log",
    "log-prefix",
    "bytes",
    "packets",
    "invalid",
    "dynamic",
    "disabled",
    "comment",
];

/// A packet that the router forwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// The chain it enters: `forward`, `input` or `output`.
    pub chain: String,
    /// Where it comes from.
    pub source: IpAddr,
    /// Where it goes.
    pub destination: IpAddr,
    /// `new`, `established`, `related`, `invalid` or `untracked`.
    pub state: String,
    /// Whether its connection is FastTracked: such packets see no filter at all.
    pub fasttracked: bool,
    /// `tcp`, `udp`, `icmp`, …
    pub protocol: String,
    /// The destination port of TCP and UDP.
    pub port: Option<u16>,
    /// The source port of TCP and UDP.
    pub source_port: Option<u16>,
    /// The interface it comes in by. Rules that want a certain one do not match without it.
    pub in_interface: Option<String>,
    /// The interface it leaves by.
    pub out_interface: Option<String>,
}

impl Packet {
    /// The first packet of a TCP connection to port 443 through the router.
    #[must_use]
    pub fn new(source: impl Into<IpAddr>, destination: impl Into<IpAddr>) -> Self {
        Self {
            chain: "forward".to_owned(),
            source: source.into(),
            destination: destination.into(),
            state: "new".to_owned(),
            fasttracked: false,
            protocol: "tcp".to_owned(),
            port: Some(443),
            source_port: Some(50_000),
            in_interface: None,
            out_interface: None,
        }
    }

    /// A packet of a connection that was let through before.
    #[must_use]
    pub fn established(mut self) -> Self {
        self.state = "established".to_owned();
        self
    }

    /// A packet of a FastTracked connection.
    #[must_use]
    pub fn fasttracked(mut self) -> Self {
        self.state = "established".to_owned();
        self.fasttracked = true;
        self
    }

    /// A packet to the router itself.
    #[must_use]
    pub fn to_router(mut self) -> Self {
        self.chain = "input".to_owned();
        self
    }

    /// A packet that comes in by an interface.
    #[must_use]
    pub fn arriving_by(mut self, interface: &str) -> Self {
        self.in_interface = Some(interface.to_owned());
        self
    }
}

/// What becomes of a packet, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Whether it is let through.
    pub passes: bool,
    /// The id of the rule that decided; `None` if no rule matched or none was asked.
    pub rule: Option<String>,
    /// The comment of that rule.
    pub comment: Option<String>,
    /// Whether the rule hands the connection to FastTrack: its further packets see no filter.
    pub fasttrack: bool,
    /// Rules that could not be judged and were passed over.
    pub unjudged: Vec<String>,
    /// The address lists onto which rules on the way put an end of the packet.
    pub listed: Vec<String>,
}

impl World {
    /// Sends a packet through the firewall. Nothing is counted.
    pub(crate) fn judge(&self, packet: &Packet) -> Verdict {
        let family = Family::of(packet.source);
        // A packet that the router sends itself passes `output` there, the others `prerouting`.
        let way = if packet.chain == "output" { "output" } else { "prerouting" };
        if packet.fasttracked {
            return Verdict {
                passes: true,
                rule: None,
                comment: None,
                fasttrack: false,
                unjudged: Vec::new(),
                listed: Vec::new(),
            };
        }
        let (mut before, untracked) = self.walk(family, family.raw, way, packet);
        if !before.passes {
            return before;
        }
        // The check comes with routing, after what mangle and NAT do first.
        let mut tables = vec![(family.mangle, way)];
        if packet.state == "new" && !untracked {
            tables.push((family.nat, "dstnat"));
        }
        for (table, chain) in tables {
            let (noted, _) = self.walk(family, table, chain, packet);
            before.listed.extend(noted.listed);
        }
        if self.is_out_of_place(packet) {
            return Verdict { passes: false, ..before };
        }
        let (noted, _) = self.walk(family, family.mangle, &packet.chain, packet);
        before.listed.extend(noted.listed);
        // What is not tracked has no other state.
        let state = if untracked { "untracked".to_owned() } else { packet.state.clone() };
        let packet = &Packet { state, ..packet.clone() };
        let (mut verdict, _) = self.walk(family, family.filter, &packet.chain, packet);
        let mut unjudged = before.unjudged;
        unjudged.append(&mut verdict.unjudged);
        let mut listed = before.listed;
        listed.append(&mut verdict.listed);
        Verdict { unjudged, listed, ..verdict }
    }

    /// With `rp-filter=strict` a packet must come by the way that its answer would go: by a tunnel only what has the
    /// tunnel's address, or one of the networks that its account's routes lead to.
    fn is_out_of_place(&self, packet: &Packet) -> bool {
        let settings = self.table("ip/settings");
        let strict = settings.rows().next().is_some_and(|row| settings.text(row, "rp-filter") == "strict");
        let IpAddr::V4(source) = packet.source else { return false };
        let by = self.tunnels().find(|tunnel| Some(&tunnel.interface) == packet.in_interface.as_ref());
        let Some(tunnel) = by.filter(|tunnel| strict && tunnel.address != source) else { return false };
        let secrets = self.table("ppp/secret");
        let secret = secrets.by_key(&[tunnel.name.as_bytes()]);
        let routes = secret.map(|row| secrets.text(row, "routes")).unwrap_or_default();
        let networks = routes.split(',').filter_map(|route| route.split_whitespace().next());
        !networks.filter_map(AddressRange::parse).any(|network| network.contains(packet.source))
    }

    /// What a table makes of a packet, and whether it takes it from connection tracking.
    fn walk(&self, family: &'static Family, table: &str, chain: &str, packet: &Packet) -> (Verdict, bool) {
        let table = self.table(table);
        let mut walk = Walk {
            world: self,
            lists: family.lists,
            table,
            packet,
            unjudged: Vec::new(),
            listed: Vec::new(),
            untracked: false,
        };
        let decided = walk.chain(chain, 0);
        let action = decided.map_or("accept", |row| walk.table.text(row, "action"));
        let verdict = Verdict {
            passes: matches!(action, "accept" | "fasttrack-connection"),
            fasttrack: action == "fasttrack-connection",
            rule: decided.map(|row| format_id(row.id)),
            comment: decided
                .map(|row| walk.table.text(row, "comment").to_owned())
                .filter(|text| !text.is_empty()),
            unjudged: walk.unjudged,
            listed: walk.listed,
        };
        (verdict, walk.untracked)
    }
}

/// A packet on its way.
struct Walk<'a> {
    world: &'a World,
    lists: &'static str,
    table: &'a Table,
    packet: &'a Packet,
    unjudged: Vec<String>,
    listed: Vec<String>,
    untracked: bool,
}

impl<'a> Walk<'a> {
    /// The rule of a chain that ends the way, if one does.
    fn chain(&mut self, chain: &str, depth: usize) -> Option<&'a Row> {
        if depth > MAX_DEPTH {
            return None;
        }
        for row in self.table.rows() {
            let off = ["disabled", "dynamic", "invalid"].iter().any(|flag| self.table.is(row, flag));
            if off || self.table.text(row, "chain") != chain {
                continue;
            }
            if !self.can_judge(row) {
                self.unjudged.push(format_id(row.id));
                continue;
            }
            if !self.matches(row) {
                continue;
            }
            match self.table.text(row, "action") {
                "jump" => {
                    if let Some(decided) = self.chain(self.table.text(row, "jump-target"), depth + 1) {
                        return Some(decided);
                    }
                }
                "return" => return None,
                "accept" | "drop" | "reject" | "tarpit" | "fasttrack-connection" => return Some(row),
                // Like the target of Linux of that name it lets the packet go on; that RouterOS's does is an assumption.
                "notrack" => self.untracked = true,
                "add-src-to-address-list" | "add-dst-to-address-list" => {
                    self.listed.push(self.table.text(row, "address-list").to_owned());
                }
                // `passthrough`, `log` and the like let the packet go on.
                _ => {}
            }
        }
        None
    }

    fn can_judge(&self, row: &Row) -> bool {
        self.table
            .fields()
            .iter()
            .zip(&row.values)
            .all(|(field, value)| value.is_none() || JUDGED.contains(&field.name))
    }

    fn matches(&self, row: &Row) -> bool {
        let packet = self.packet;
        let text = |name| self.table.text(row, name);
        let address = |name, address: IpAddr| {
            holds(text(name), |range| AddressRange::parse(range).is_some_and(|range| range.contains(address)))
        };
        let listed =
            |name, address: IpAddr| holds(text(name), |list| self.world.lists(self.lists, list, address));
        let interface = |name, of_packet: &Option<String>| {
            holds(text(name), |wanted| {
                of_packet.as_deref().is_some_and(|interface| is_interface(wanted, interface))
            })
        };
        let among = |name, of_packet: &Option<String>| {
            holds(text(name), |list| {
                of_packet.as_deref().is_some_and(|interface| self.world.has_member(list, interface, 0))
            })
        };
        address("src-address", packet.source)
            && address("dst-address", packet.destination)
            && listed("src-address-list", packet.source)
            && listed("dst-address-list", packet.destination)
            && holds(text("connection-state"), |states| states.split(',').any(|state| state == packet.state))
            && holds(text("protocol"), |protocol| protocol == packet.protocol)
            && holds(text("dst-port"), |ports| packet.port.is_some_and(|port| has_port(ports, port)))
            && holds(text("src-port"), |ports| packet.source_port.is_some_and(|port| has_port(ports, port)))
            && interface("in-interface", &packet.in_interface)
            && interface("out-interface", &packet.out_interface)
            && among("in-interface-list", &packet.in_interface)
            && among("out-interface-list", &packet.out_interface)
    }
}

/// Applies a matcher that may be absent (matches all) or negated.
fn holds(matcher: &str, test: impl Fn(&str) -> bool) -> bool {
    match matcher.strip_prefix('!') {
        Some(negated) => !test(negated),
        None => matcher.is_empty() || test(matcher),
    }
}

/// An interface by its name, any tunnel by `all-ppp`, and any interface by `all`.
fn is_interface(wanted: &str, interface: &str) -> bool {
    wanted == interface || wanted == "all" || (wanted == "all-ppp" && interface.starts_with('<'))
}

fn has_port(ports: &str, port: u16) -> bool {
    ports.split(',').any(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        matches!((first.parse::<u16>(), last.parse::<u16>()), (Ok(first), Ok(last)) if (first..=last).contains(&port))
    })
}

impl World {
    /// Whether an interface is on a list: those of included lists are, those of excluded ones are not, and the list's own
    /// members are in any case.
    fn has_member(&self, list: &str, interface: &str, depth: usize) -> bool {
        if list == "all" {
            return true;
        }
        let members = self.table("interface/list/member");
        let own = members.by_key(&[list.as_bytes(), interface.as_bytes()]);
        if own.is_some_and(|row| !members.is(row, "disabled")) {
            return true;
        }
        let lists = self.table("interface/list");
        let Some(row) = lists.by_key(&[list.as_bytes()]).filter(|_| depth < MAX_DEPTH) else { return false };
        let any = |name| {
            let named = lists.text(row, name).split(',').map(str::trim).filter(|other| !other.is_empty());
            named.into_iter().any(|other| self.has_member(other, interface, depth + 1))
        };
        any("include") && !any("exclude")
    }

    /// Whether an address is on a list by an enabled entry.
    pub(crate) fn lists(&self, lists: &str, list: &str, address: IpAddr) -> bool {
        let table = self.table(lists);
        // The usual entry is the bare address; prefixes and ranges have to be searched for.
        let bare = table.by_key(&[list.as_bytes(), address.to_string().as_bytes()]);
        if bare.is_some_and(|row| !table.is(row, "disabled")) {
            return true;
        }
        table.rows().any(|row| {
            table.text(row, "list") == list
                && !table.is(row, "disabled")
                && AddressRange::parse(table.text(row, "address"))
                    .is_some_and(|range| range.contains(address))
        })
    }
}

//! The way of a packet through `/ip/firewall/filter`, so that tests can ask whether the box holds for an address.
//!
//! Judged are: chains and `jump`/`return`, addresses, address lists, connection state, protocol, destination port,
//! interfaces and `FastTrack`. A rule with any other matcher (`content`, `layer7-protocol`, `time`, …) is passed over
//! and named in the verdict, because what it does cannot be told from the address alone.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::{
    table::{Row, Table, format_id},
    value::AddressRange,
    world::World,
};

const FILTER: &str = "ip/firewall/filter";
const LISTS: &str = "ip/firewall/address-list";
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
    pub source: Ipv4Addr,
    /// Where it goes.
    pub destination: Ipv4Addr,
    /// `new`, `established`, `related`, `invalid` or `untracked`.
    pub state: String,
    /// Whether its connection is FastTracked: such packets see no filter at all.
    pub fasttracked: bool,
    /// `tcp`, `udp`, `icmp`, …
    pub protocol: String,
    /// The destination port of TCP and UDP.
    pub port: Option<u16>,
    /// The interface it comes in by. Rules that want a certain one do not match without it.
    pub in_interface: Option<String>,
    /// The interface it leaves by.
    pub out_interface: Option<String>,
}

impl Packet {
    /// The first packet of a TCP connection to port 443 through the router.
    #[must_use]
    pub fn new(source: Ipv4Addr, destination: Ipv4Addr) -> Self {
        Self {
            chain: "forward".to_owned(),
            source,
            destination,
            state: "new".to_owned(),
            fasttracked: false,
            protocol: "tcp".to_owned(),
            port: Some(443),
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
}

impl World {
    /// Sends a packet through the filter. Nothing is counted.
    pub(crate) fn judge(&self, packet: &Packet) -> Verdict {
        let mut walk = Walk { world: self, table: self.table(FILTER), packet, unjudged: Vec::new() };
        let decided = if packet.fasttracked { None } else { walk.chain(&packet.chain, 0) };
        let action = decided.map_or("accept", |row| walk.table.text(row, "action"));
        Verdict {
            passes: matches!(action, "accept" | "fasttrack-connection"),
            fasttrack: action == "fasttrack-connection",
            rule: decided.map(|row| format_id(row.id)),
            comment: decided
                .map(|row| walk.table.text(row, "comment").to_owned())
                .filter(|text| !text.is_empty()),
            unjudged: walk.unjudged,
        }
    }
}

/// A packet on its way.
struct Walk<'a> {
    world: &'a World,
    table: &'a Table,
    packet: &'a Packet,
    unjudged: Vec<String>,
}

impl<'a> Walk<'a> {
    /// The rule of a chain that ends the way, if one does.
    fn chain(&mut self, chain: &str, depth: usize) -> Option<&'a Row> {
        if depth > MAX_DEPTH {
            return None;
        }
        for row in self.table.rows() {
            let enabled = !self.table.is(row, "disabled") && !self.table.is(row, "dynamic");
            if !enabled || self.table.text(row, "chain") != chain {
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
                // `passthrough`, `log` and `add-…-to-address-list` let the packet go on.
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
        let address = |name, address: Ipv4Addr| {
            holds(text(name), |range| {
                AddressRange::parse(range).is_some_and(|range| range.contains(address.into()))
            })
        };
        let listed = |name, address: Ipv4Addr| holds(text(name), |list| self.world.lists(list, address));
        let interface = |name, of_packet: &Option<String>| {
            holds(text(name), |wanted| {
                of_packet.as_deref().is_some_and(|interface| is_interface(wanted, interface))
            })
        };
        address("src-address", packet.source)
            && address("dst-address", packet.destination)
            && listed("src-address-list", packet.source)
            && listed("dst-address-list", packet.destination)
            && holds(text("connection-state"), |states| states.split(',').any(|state| state == packet.state))
            && holds(text("protocol"), |protocol| protocol == packet.protocol)
            && holds(text("dst-port"), |ports| packet.port.is_some_and(|port| has_port(ports, port)))
            && interface("in-interface", &packet.in_interface)
            && interface("out-interface", &packet.out_interface)
            && interface("in-interface-list", &packet.in_interface)
            && interface("out-interface-list", &packet.out_interface)
    }
}

/// Applies a matcher that may be absent (matches all) or negated.
fn holds(matcher: &str, test: impl Fn(&str) -> bool) -> bool {
    match matcher.strip_prefix('!') {
        Some(negated) => !test(negated),
        None => matcher.is_empty() || test(matcher),
    }
}

/// An interface by its name, any tunnel by `all-ppp`, and any interface by the list `all`. The members of other
/// interface lists are not simulated: such a matcher does not match.
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
    /// Whether an address is on a list by an enabled entry.
    pub(crate) fn lists(&self, list: &str, address: Ipv4Addr) -> bool {
        let table = self.table(LISTS);
        // The usual entry is the bare address; prefixes and ranges have to be searched for.
        let bare = table.by_key(&[list.as_bytes(), address.to_string().as_bytes()]);
        if bare.is_some_and(|row| !table.is(row, "disabled")) {
            return true;
        }
        table.rows().any(|row| {
            table.text(row, "list") == list
                && !table.is(row, "disabled")
                && AddressRange::parse(table.text(row, "address"))
                    .is_some_and(|range| range.contains(address.into()))
        })
    }
}

//! The packets that are sent through the rules in thought: not one packet, but all that a tunnel could send.

use super::address::{Family, Range};
use std::{collections::BTreeMap, net::IpAddr};

/// How sure it is that a rule takes a packet. In this order: of several conditions the least sure counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Likely {
    /// It takes none of them.
    No,
    /// Not to be told from what is known.
    Unknown,
    /// It takes some of them: those to a certain port, for instance.
    Some,
    /// It takes all of them.
    Yes,
}

impl Likely {
    /// Of something that is known for certain.
    pub fn certain(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }

    /// Of the opposite.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Yes => Self::No,
            unsure => unsure,
        }
    }

    /// Of one of two being so.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }
}

/// Where a packet goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Way {
    /// Through the router.
    Forward,
    /// To the router itself.
    Input,
}

impl Way {
    /// The chain of the filter that it begins with.
    pub const fn chain(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Input => "input",
        }
    }
}

/// What the router's connection tracking makes of a packet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// The first of its connection.
    New,
    /// Of a connection that was let through before.
    Established,
    /// Belongs to another connection.
    Related,
    /// Fits nowhere.
    Invalid,
    /// Is not tracked at all.
    Untracked,
}

impl State {
    /// All that a tunnel can send whatever the rules say.
    pub const TRACKED: [Self; 4] = [Self::New, Self::Established, Self::Related, Self::Invalid];

    /// As rules write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Established => "established",
            Self::Related => "related",
            Self::Invalid => "invalid",
            Self::Untracked => "untracked",
        }
    }
}

/// The tunnels that packets come from, or go to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origin {
    /// The addresses that they can have; none: any.
    pub addresses: Option<Vec<Range>>,
    /// Lists of which is known whether these addresses are on them; for the others the entries are looked at.
    pub lists: BTreeMap<String, Likely>,
    /// The interfaces' names; by default not known, as those of tunnels that come and go.
    pub interface: Option<String>,
    /// Lists of interfaces of which is known whether these tunnels are on them.
    pub interface_lists: BTreeMap<String, Likely>,
    /// Whoever sends chooses the source address: nothing ties it to the tunnel.
    pub chosen: bool,
    /// No tunnels in particular: the packets come in by any interface.
    pub anywhere: bool,
}

/// Packets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packets {
    /// Of which family.
    pub family: Family,
    /// Through the router or to it.
    pub way: Way,
    /// What connection tracking makes of them.
    pub state: State,
    /// Where they come from.
    pub origin: Origin,
    /// Where they go, what they carry. By default: all of it.
    pub aim: Aim,
}

/// What packets are after; what is not said may be anything.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Aim {
    /// The destination.
    pub destination: Option<IpAddr>,
    /// The protocol, as rules name it.
    pub protocol: Option<String>,
    /// The destination port.
    pub port: Option<u16>,
    /// The interface they leave by.
    pub out_interface: Option<String>,
    /// The tunnels that they go to; none: anywhere.
    pub tunnels: Option<Origin>,
    /// What is left out of account: what may be reached from the box.
    pub except: Vec<Opening>,
}

/// A way out that is there on purpose: some ports at known addresses, and nothing else there.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Opening {
    /// The destinations.
    pub to: Vec<Range>,
    /// Only TCP, and only to these ports.
    pub tcp_ports: Vec<u16>,
}

impl Opening {
    /// Lies this range of destinations in it as a whole?
    pub(super) fn reaches(&self, range: &Range) -> bool {
        self.to.iter().any(|network| network.covers(range))
    }
}

/// The interfaces that a router has besides its tunnels.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Interfaces {
    /// Those by which no tunnel of a person can come: cables, bridges and the like.
    pub plain: Vec<String>,
    /// The lists; none: they could not be read.
    pub lists: Option<BTreeMap<String, InterfaceList>>,
}

/// A list of interfaces: its own members, and those of included lists without those of excluded ones.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct InterfaceList {
    /// Its own members.
    pub members: Vec<String>,
    /// The lists whose members are on it too.
    pub include: Vec<String>,
    /// The lists whose members are taken off again.
    pub exclude: Vec<String>,
}

//! What a router's own rules do with the packets of a tunnel: the proof that the box holds, or the rule by which it
//! does not.
//!
//! [`Firewall::send`] sends all that a tunnel could send through the raw table and the filter, in thought, and tells by which
//! rules some of it gets through. It knows addresses, address lists, interfaces and their lists, connection states,
//! jumps and returns. A condition that it does not know may hold or not: where that decides, the way counts as open, and
//! the answer says which condition it was. So "closed" is a proof, and "open" names a rule to look at.
//!
//! Of NAT and mangle only that is looked at by which somebody gets onto the list of those who are let through: NAT changes
//! destinations, and the box closes all of them; mangle drops nothing.

mod address;
mod condition;
mod packet;
mod rule;
mod walk;

pub use address::{Family, Range};
pub use packet::{Aim, InterfaceList, Interfaces, Likely, Opening, Origin, Packets, State, Way};
pub use rule::{Bound, Entry, Rule, Rules, Table};
pub use walk::{Leak, RuleRef};

use condition::Judge;
use walk::{Passage, Walk};

/// What becomes of packets on their way through the rules.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fate {
    /// The ways by which some get through. None: all are stopped.
    pub leaks: Vec<Leak>,
    /// The rules that stop whatever comes to them.
    pub stops: Vec<RuleRef>,
}

impl Fate {
    /// Nothing gets through.
    pub fn is_closed(&self) -> bool {
        self.leaks.is_empty()
    }
}

/// A router's rules, with what is needed to judge them.
#[derive(Clone, Copy, Debug)]
pub struct Firewall<'a> {
    /// The rules and lists of the packets' family.
    pub rules: &'a Rules,
    /// The router's interfaces.
    pub interfaces: &'a Interfaces,
    /// The list whose members are let through.
    pub allow_list: &'a str,
}

impl Firewall<'_> {
    /// Sends packets through the raw table and the filter.
    ///
    /// Those that are FastTracked see neither, which is why a FastTrack rule that takes them counts as a way through.
    pub fn send(&self, packets: &Packets) -> Fate {
        let (raw, filter) = match packets.family {
            Family::V4 => (Table::Raw, Table::Filter),
            Family::V6 => (Table::Raw6, Table::Filter6),
        };
        let (mangle, nat) = match packets.family {
            Family::V4 => (Table::Mangle, Table::Nat),
            Family::V6 => (Table::Mangle6, Table::Nat6),
        };
        let judge =
            Judge { rules: self.rules, interfaces: self.interfaces, allow_list: self.allow_list, packets };
        // To the raw table a packet has no state yet, and an accept there only means that the filter is next.
        let before = Walk::new(judge, raw, &self.rules.raw, self.allow_list).chain("prerouting");
        let knocks = before.leaks.iter().filter(|leak| is_knock(leak)).cloned();
        let knocks: Vec<Leak> = knocks.collect();
        if !before.falls && before.leaks.len() == knocks.len() {
            return Fate { leaks: knocks, stops: before.stops };
        }
        if packets.state == State::Untracked && !before.untracked {
            return Fate { leaks: knocks, stops: Vec::new() };
        }
        let mut knocks = knocks;
        for (table, rules, chain) in [
            (mangle, &self.rules.mangle, "prerouting"),
            (nat, &self.rules.nat, "dstnat"),
            (mangle, &self.rules.mangle, packets.way.chain()),
        ] {
            let passage = Walk::new(judge, table, rules, self.allow_list).chain(chain);
            knocks.extend(passage.leaks.into_iter().filter(is_knock));
        }
        let Passage { mut leaks, falls, stops, .. } =
            Walk::new(judge, filter, &self.rules.filter, self.allow_list).chain(packets.way.chain());
        leaks.splice(0..0, knocks);
        if falls {
            leaks.push(Leak { rule: None, entry: None, unclear: Vec::new() });
        }
        Fate { leaks, stops }
    }
}

impl Firewall<'_> {
    /// The first rule of the filter that would stop all of these packets if no other let them through before.
    pub fn guard(&self, packets: &Packets) -> Option<RuleRef> {
        let table = if packets.family == Family::V4 { Table::Filter } else { Table::Filter6 };
        let judge =
            Judge { rules: self.rules, interfaces: self.interfaces, allow_list: self.allow_list, packets };
        let walk = Walk::new(judge, table, &self.rules.filter, self.allow_list).blindly();
        walk.into_stops(packets.way.chain()).into_iter().next()
    }
}

/// A rule that puts an address onto the allow list.
fn is_knock(leak: &Leak) -> bool {
    leak.rule.as_ref().is_some_and(RuleRef::is_knock)
}

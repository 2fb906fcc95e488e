//! Does a rule take the packets? Each condition is judged by itself; what is not understood is [`Likely::Unknown`].

use super::{
    address::Range,
    packet::{Interfaces, Likely, Opening, Origin, Packets, Way},
    rule::{Rule, Rules},
};

/// What conditions are judged by.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) rules: &'a Rules,
    pub(super) interfaces: &'a Interfaces,
    pub(super) allow_list: &'a str,
    pub(super) packets: &'a Packets,
}

impl Judge<'_> {
    /// How sure it is that the rule takes the packets.
    pub(super) fn takes(&self, rule: &Rule) -> Likely {
        if rule.lets_go() && self.is_excepted(rule) {
            return Likely::No;
        }
        if self.is_of_its_account_alone(rule) {
            return Likely::No;
        }
        let conditions = rule.conditions.iter().map(|(name, value)| self.condition(name, value));
        conditions.min().unwrap_or(Likely::Yes)
    }

    /// Does a rule take nothing but what is left out of account?
    pub(super) fn is_excepted(&self, rule: &Rule) -> bool {
        self.packets.aim.except.iter().any(|opening| self.keeps_within(rule, opening))
    }

    /// Does a rule that is on with its account let nothing through but what comes from that account's tunnel, or goes to
    /// it? While it is on, that tunnel is not in the box.
    fn is_of_its_account_alone(&self, rule: &Rule) -> bool {
        let Some(own) = rule.bound.and_then(|bound| bound.address) else { return false };
        let end = if self.packets.aim.tunnels.is_some() { "dst-address" } else { "src-address" };
        let range = rule.conditions.iter().find(|(name, _)| name == end);
        range.and_then(|(_, value)| Range::parse(value)).is_some_and(|range| own.covers(&range))
    }

    /// Does a rule take nothing but what an opening lets through? Its own conditions must say so, each of them plainly.
    /// What comes to tunnels from there is left out as well.
    fn keeps_within(&self, rule: &Rule, opening: &Opening) -> bool {
        let (address, list, port) = match self.packets.aim.tunnels {
            None => ("dst-address", "dst-address-list", "dst-port"),
            Some(_) => ("src-address", "src-address-list", "src-port"),
        };
        let has = |fits: &dyn Fn(&str, &str) -> bool| {
            rule.conditions.iter().any(|(name, value)| !value.starts_with('!') && fits(name, value))
        };
        let aimed = has(&|name, value| {
            let within = || Range::parse(value).is_some_and(|range| opening.reaches(&range));
            (name == address && within()) || (name == list && self.list_keeps_within(value, opening))
        });
        aimed
            && has(&|name, value| name == "protocol" && protocol("tcp", value) == Likely::Yes)
            && has(&|name, value| name == port && has_only_ports(value, &opening.tcp_ports))
    }

    /// Are all addresses on a list among the destinations of an opening, and can no others come to be there?
    fn list_keeps_within(&self, list: &str, opening: &Opening) -> bool {
        let mut entries = self.rules.entries.iter().filter(|entry| entry.list == list).peekable();
        !self.fills(list)
            && !self.is_of_tunnels(list)
            && entries.peek().is_some()
            && entries.all(|entry| entry.addresses.is_some_and(|range| opening.reaches(&range)))
    }

    /// The conditions of a rule that cannot be judged, as `name=value`.
    pub(super) fn unclear(&self, rule: &Rule) -> Vec<String> {
        rule.conditions
            .iter()
            .filter(|(name, value)| self.condition(name, value) == Likely::Unknown)
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    }

    fn condition(&self, name: &str, value: &str) -> Likely {
        match value.strip_prefix('!') {
            Some(value) => self.plain(name, value).opposite(),
            None => self.plain(name, value),
        }
    }

    /// A condition without its negation.
    fn plain(&self, name: &str, value: &str) -> Likely {
        let (origin, aim) = (&self.packets.origin, &self.packets.aim);
        let tunnels = aim.tunnels.as_ref();
        match name {
            "src-address" => Range::parse(value).map_or(Likely::Unknown, |range| self.source_within(&range)),
            "dst-address" => {
                Range::parse(value).map_or(Likely::Unknown, |range| self.destination_within(&range))
            }
            "src-address-list" => self.source_listed(value),
            "dst-address-list" => self.destination_listed(value),
            "connection-state" => {
                let mut states = value.split(',').map(str::trim);
                Likely::certain(states.any(|state| state == self.packets.state.name()))
            }
            "in-interface" => self.by_interface(origin, value),
            "in-interface-list" => self.by_interface_list(origin, value),
            "out-interface" if tunnels.is_some() => {
                tunnels.map_or(Likely::Unknown, |tunnels| self.by_interface(tunnels, value))
            }
            "out-interface-list" if tunnels.is_some() => {
                tunnels.map_or(Likely::Unknown, |tunnels| self.by_interface_list(tunnels, value))
            }
            "out-interface" => self.leaves(|name| Likely::certain(name == value), value == "all"),
            "out-interface-list" => self.leaves(|name| self.is_member(name, value), value == "all"),
            "protocol" => aim.protocol.as_deref().map_or(Likely::Some, |own| protocol(own, value)),
            "dst-port" => match (&aim.protocol, aim.port) {
                (_, Some(port)) => has_port(value, port),
                _ => Likely::Some,
            },
            // Whoever is at the other end chooses it.
            "src-port" | "port" | "packet-size" | "dscp" | "ttl" | "icmp-options" | "tcp-flags" => {
                Likely::Some
            }
            _ => Likely::Unknown,
        }
    }

    fn source_within(&self, range: &Range) -> Likely {
        self.within(&self.packets.origin, range)
    }

    /// Are the addresses of tunnels in a range?
    fn within(&self, tunnels: &Origin, range: &Range) -> Likely {
        if range.family() != self.packets.family {
            return Likely::No;
        }
        if range.is_everything() {
            return Likely::Yes;
        }
        match &tunnels.addresses {
            None if tunnels.chosen => Likely::Some,
            None => Likely::Unknown,
            Some(own) if own.is_empty() => Likely::Unknown,
            Some(own) if own.iter().all(|one| range.covers(one)) => Likely::Yes,
            Some(own) if own.iter().any(|one| range.meets(one)) => Likely::Some,
            Some(_) => Likely::No,
        }
    }

    fn destination_within(&self, range: &Range) -> Likely {
        let aim = &self.packets.aim;
        if let Some(destination) = aim.destination {
            return Likely::certain(range.covers(&Range::of(destination)));
        }
        if let Some(tunnels) = &aim.tunnels {
            return self.within(tunnels, range);
        }
        if range.is_everything() {
            return Likely::certain(range.family() == self.packets.family);
        }
        // A destination can be chosen freely, but which addresses the router itself has is not known here.
        if self.packets.way == Way::Input { Likely::Unknown } else { Likely::Some }
    }

    /// Is what the packets come from on a list?
    fn source_listed(&self, list: &str) -> Likely {
        if let Some(known) = self.packets.origin.lists.get(list) {
            return *known;
        }
        let by_entries = self.listed(list, |range| self.source_within(range));
        // A tunnel gets onto a list by what it does, if a rule says so.
        by_entries.or(if self.fills(list) { Likely::Unknown } else { Likely::No })
    }

    fn destination_listed(&self, list: &str) -> Likely {
        let aim = &self.packets.aim;
        if let Some(known) = aim.tunnels.as_ref().and_then(|tunnels| tunnels.lists.get(list)) {
            return *known;
        }
        let by_entries = self.listed(list, |range| self.destination_within(range));
        // The lists of tunnels: some of them are up, as the case may be.
        let anywhere = aim.destination.is_none() && aim.tunnels.is_none();
        let tunnels = anywhere && self.is_of_tunnels(list);
        by_entries.or(if self.fills(list) || tunnels { Likely::Unknown } else { Likely::No })
    }

    /// Are tunnels put on this list?
    fn is_of_tunnels(&self, list: &str) -> bool {
        let there = self.packets.aim.tunnels.as_ref().is_some_and(|tunnels| tunnels.lists.contains_key(list));
        there || self.packets.origin.lists.contains_key(list)
    }

    fn listed(&self, list: &str, within: impl Fn(&Range) -> Likely) -> Likely {
        let entries = self.rules.entries.iter().filter(|entry| entry.list == list);
        entries
            .map(|entry| entry.addresses.as_ref().map_or(Likely::Unknown, &within))
            .max()
            .unwrap_or(Likely::No)
    }

    /// Does a rule of any table put addresses on this list? One that does so with the list of those who are let through is
    /// a way out by itself.
    fn fills(&self, list: &str) -> bool {
        if list == self.allow_list {
            return false;
        }
        let Rules { raw, mangle, nat, filter, .. } = self.rules;
        let mut rules = [raw, mangle, nat, filter].into_iter().flatten();
        rules.any(|rule| rule.works() && rule.fills(list))
    }

    fn by_interface(&self, tunnels: &Origin, wanted: &str) -> Likely {
        let own = tunnels.interface.as_deref();
        match (own, wanted) {
            (_, "all") => Likely::Yes,
            _ if tunnels.anywhere => Likely::Some,
            (_, "all-ppp") => own.map_or(Likely::Yes, |own| Likely::certain(!self.is_plain(own))),
            (_, "all-ethernet" | "all-vlan" | "all-wireless") => Likely::No,
            (Some(own), wanted) => Likely::certain(own == wanted),
            (None, wanted) if self.is_plain(wanted) => Likely::No,
            (None, _) => Likely::Unknown,
        }
    }

    fn is_plain(&self, interface: &str) -> bool {
        self.interfaces.plain.iter().any(|plain| plain == interface)
    }

    fn by_interface_list(&self, tunnels: &Origin, list: &str) -> Likely {
        let own = tunnels.interface.as_deref();
        if tunnels.anywhere && !matches!(list, "all" | "none") {
            return Likely::Some;
        }
        let direct = |list: &str| {
            let by_profile = tunnels.interface_lists.get(list).copied();
            by_profile.unwrap_or(Likely::No).or(match own {
                Some(own) => self.names(list, own),
                None if self.members(list).iter().all(|member| self.is_plain(member)) => Likely::No,
                None => Likely::Unknown,
            })
        };
        self.on_list(list, &direct, 0)
    }

    /// Is an interface of this name on a list?
    fn is_member(&self, interface: &str, list: &str) -> Likely {
        self.on_list(list, &|list| self.names(list, interface), 0)
    }

    /// Is something on a list that is on others by itself, as `direct` says?
    fn on_list(&self, list: &str, direct: &dyn Fn(&str) -> Likely, depth: usize) -> Likely {
        match list {
            "all" => return Likely::Yes,
            "none" => return Likely::No,
            // A tunnel may have an interface that stays.
            "dynamic" | "static" => return Likely::Unknown,
            _ => {}
        }
        let own = direct(list);
        let Some(lists) = &self.interfaces.lists else { return own.or(Likely::Unknown) };
        let Some(entry) = lists.get(list) else { return own };
        // Lists that include each other in a circle are anybody's guess.
        if depth > lists.len() {
            return Likely::Unknown;
        }
        let among = |others: &[String]| {
            let each = others.iter().map(|other| self.on_list(other, direct, depth + 1));
            each.max().unwrap_or(Likely::No)
        };
        own.or(among(&entry.include).min(among(&entry.exclude).opposite()))
    }

    fn names(&self, list: &str, interface: &str) -> Likely {
        Likely::certain(self.members(list).iter().any(|member| member == interface))
    }

    fn members(&self, list: &str) -> &[String] {
        let lists = self.interfaces.lists.as_ref();
        lists.and_then(|lists| lists.get(list)).map(|list| list.members.as_slice()).unwrap_or_default()
    }

    /// A condition of the interface by which packets leave; those to the router leave by none.
    fn leaves(&self, fits: impl Fn(&str) -> Likely, all: bool) -> Likely {
        match (self.packets.way, &self.packets.aim.out_interface) {
            (Way::Input, _) => Likely::No,
            (Way::Forward, _) if all => Likely::Yes,
            (Way::Forward, Some(own)) => fits(own),
            (Way::Forward, None) => Likely::Some,
        }
    }
}

/// Protocols have numbers too.
fn protocol(own: &str, wanted: &str) -> Likely {
    let number = |name: &str| match name {
        "icmp" => Some(1),
        "tcp" => Some(6),
        "udp" => Some(17),
        "icmpv6" => Some(58),
        other => other.parse().ok(),
    };
    match (number(own), number(wanted)) {
        (Some(own), Some(wanted)) => Likely::certain(own == wanted),
        _ if own == wanted => Likely::Yes,
        _ => Likely::Unknown,
    }
}

/// Are all ports of a condition among these?
fn has_only_ports(condition: &str, ports: &[u16]) -> bool {
    condition.split(',').all(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
            (Ok(first), Ok(last)) => first <= last && (first..=last).all(|port| ports.contains(&port)),
            _ => false,
        }
    })
}

fn has_port(ports: &str, port: u16) -> Likely {
    let mut has = Likely::No;
    for part in ports.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        has = has.or(match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
            (Ok(first), Ok(last)) => Likely::certain((first..=last).contains(&port)),
            _ => Likely::Unknown,
        });
    }
    has
}

//! The doctor's eyes and the simulated router, which know nothing of each other, say the same of random rules of both
//! families, in the raw table and the filter: what the doctor calls closed lets no packet through, whatever it cannot judge
//! turns out to be; and of single packets, with rules that it can judge, both say exactly the same.

use proptest::{prelude::*, sample::select, strategy::ValueTree};
use sallyport_shared::firewall::{
    Aim, Entry, Family, Firewall, InterfaceList, Interfaces, Likely, Opening, Origin, Packets, Range, Rule,
    Rules, State, Way,
};
use sim::routeros::{Packet, RouterSim, Verdict};
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{LazyLock, Mutex, PoisonError},
};

const TUNNEL: &str = "<l2tp-ivan>";
const STATES: [State; 4] = State::TRACKED;
const PORTS: [u16; 3] = [443, 53, 8_291];
const OUT: [&str; 3] = ["ether1", "bridge", "<l2tp-olga>"];

type Conditions = &'static [(&'static str, &'static [&'static str])];

/// What differs between the families.
struct Side {
    family: Family,
    filter: &'static str,
    raw: &'static str,
    lists: &'static str,
    source: &'static str,
    /// Addresses that a client may pretend to have, or that are behind it.
    foreign: [&'static str; 2],
    destinations: [&'static str; 4],
    protocols: [&'static str; 3],
    /// The lists that the rules speak of, besides `sandbox` and `allow`.
    entries: [(&'static str, &'static str); 3],
    /// Conditions that both can judge, in either table, by their names with the values that they may have.
    known: Conditions,
}

const V4: Side = Side {
    family: Family::V4,
    filter: "ip/firewall/filter",
    raw: "ip/firewall/raw",
    lists: "ip/firewall/address-list",
    source: "10.8.0.7",
    foreign: ["192.168.7.9", "172.16.0.5"],
    destinations: ["192.0.2.1", "10.20.3.4", "10.99.0.1", "198.51.100.77"],
    protocols: ["tcp", "udp", "icmp"],
    entries: [("others", "10.8.0.0/29"), ("strangers", "192.168.7.0/24"), ("servers", "10.20.0.0/16")],
    known: &[
        LISTED,
        LISTED_FOR,
        ("src-address", &["10.8.0.0/24", "!10.8.0.0/24", "192.168.0.0/16", "10.8.0.0-10.8.0.3", "0.0.0.0/0"]),
        ("dst-address", &["10.0.0.0/8", "!10.0.0.0/8", "192.0.2.1", "!192.0.2.1"]),
        ("protocol", &["tcp", "!tcp", "udp", "icmp"]),
        DST_PORT,
        IN_INTERFACE,
        IN_LIST,
    ],
};

const V6: Side = Side {
    family: Family::V6,
    filter: "ipv6/firewall/filter",
    raw: "ipv6/firewall/raw",
    lists: "ipv6/firewall/address-list",
    source: "fd00:8::7",
    foreign: ["fd00:7::9", "fd00:55::5"],
    destinations: ["2001:db8::1", "fd00:20::3:4", "fd00:99::1", "2001:67c:4e8::a"],
    protocols: ["tcp", "udp", "icmpv6"],
    entries: [("others", "fd00:8::/125"), ("strangers", "fd00:7::/64"), ("servers", "fd00:20::/32")],
    known: &[
        LISTED,
        LISTED_FOR,
        ("src-address", &["fd00:8::/64", "!fd00:8::/64", "fd00:7::/64", "::/0"]),
        ("dst-address", &["fd00::/16", "!fd00::/16", "2001:db8::1/128", "!2001:db8::1/128"]),
        ("protocol", &["tcp", "!tcp", "udp", "icmpv6"]),
        DST_PORT,
        IN_INTERFACE,
        IN_LIST,
    ],
};

const LISTED: (&str, &[&str]) =
    ("src-address-list", &["sandbox", "!sandbox", "allow", "!allow", "others", "strangers", "!strangers"]);
const LISTED_FOR: (&str, &[&str]) =
    ("dst-address-list", &["servers", "!servers", "empty", "sandbox", "!sandbox"]);
const DST_PORT: (&str, &[&str]) = ("dst-port", &["443", "1-1024", "!53", "80,443,8291"]);
const IN_INTERFACE: (&str, &[&str]) = ("in-interface", &["ether1", "!ether1", "all-ppp", "!all-ppp"]);
const IN_LIST: (&str, &[&str]) = ("in-interface-list", &["all", "vpn", "!vpn", "LAN", "!LAN"]);

/// Conditions that only the filter has: to the raw table a packet has no state, and no way out yet.
const OF_FILTER: Conditions = &[
    (
        "connection-state",
        &["new", "established,related", "!established,related", "invalid", "established,related,untracked"],
    ),
    ("out-interface", &["ether1", "!ether1", "bridge"]),
    ("out-interface-list", &["LAN", "!LAN", "vpn"]),
];

/// Conditions that nobody can judge from outside, in every table.
const UNKNOWN: &[(&str, &str)] =
    &[("content", "secret"), ("time", "8h-17h,mon"), ("random", "50"), ("packet-mark", "mine")];
const FILTER_ACTIONS: [&str; 12] = [
    "accept",
    "drop",
    "reject",
    "tarpit",
    "jump",
    "return",
    "fasttrack-connection",
    "passthrough",
    "log",
    "drop",
    "add-src-to-address-list",
    "add-dst-to-address-list",
];
const RAW_ACTIONS: [&str; 8] =
    ["accept", "drop", "jump", "return", "passthrough", "log", "accept", "add-src-to-address-list"];

/// A rule in the making.
#[derive(Clone, Debug)]
struct Draft {
    raw: bool,
    chain: &'static str,
    action: &'static str,
    conditions: BTreeMap<&'static str, &'static str>,
    unknown: Option<(&'static str, &'static str)>,
    disabled: bool,
    /// Something that it names is missing, so the router does not use it.
    invalid: bool,
}

impl Draft {
    /// As somebody adds it; chains lead from the first one to `one` to `two`, and never back.
    fn values(&self, with_unknown: bool) -> Vec<(&'static str, String)> {
        let mut values = vec![("chain", self.chain.to_owned()), ("action", self.action.to_owned())];
        if self.action == "jump" {
            let target = if self.chain == "one" { "two" } else { "one" };
            values.push(("jump-target", target.to_owned()));
        }
        if self.action.starts_with("add-") {
            // Some go onto the list of those who are let through, some onto one that lets nobody through.
            let list = if self.disabled || self.conditions.len() == 1 { "visitors" } else { "allow" };
            values.push(("address-list", list.to_owned()));
        }
        values.extend(self.conditions.iter().map(|(name, value)| (*name, (*value).to_owned())));
        if let Some((name, value)) = self.unknown.filter(|_| with_unknown) {
            values.push((name, value.to_owned()));
        }
        if self.disabled {
            values.push(("disabled", "yes".to_owned()));
        }
        values
    }
}

/// What rules are made of.
#[derive(Clone, Copy)]
struct Kinds {
    side: &'static Side,
    /// Some have a condition that nobody can judge.
    unknown: bool,
    /// Some take packets from connection tracking.
    notrack: bool,
    /// The guard is one of the way into the box.
    inwards: bool,
}

fn condition(side: &'static Side, raw: bool) -> impl Strategy<Value = (&'static str, &'static str)> {
    let mut known = side.known.to_vec();
    if !raw {
        known.extend(OF_FILTER);
    }
    select(known).prop_flat_map(|(name, values)| (Just(name), select(values)))
}

fn draft(kinds: Kinds, raw: bool) -> impl Strategy<Value = Draft> {
    let first = if raw { "prerouting" } else { "forward" };
    let chain = prop_oneof![3 => Just(first), 2 => Just("one"), 1 => Just("two")];
    let mut actions = if raw { RAW_ACTIONS.to_vec() } else { FILTER_ACTIONS.to_vec() };
    if raw && kinds.notrack {
        actions.extend(["notrack", "notrack"]);
    }
    let conditions = prop::collection::vec(condition(kinds.side, raw), 0..3);
    let unknown =
        if kinds.unknown { prop::option::weighted(0.3, select(UNKNOWN)).boxed() } else { Just(None).boxed() };
    let off = (prop::bool::weighted(0.1), prop::bool::weighted(0.1));
    (chain, select(actions), conditions, unknown, off).prop_filter_map(
        "the last chain leads nowhere",
        move |(chain, action, conditions, unknown, (disabled, invalid))| {
            let fits = !(chain == "two" && action == "jump");
            let conditions = conditions.into_iter().collect();
            fits.then_some(Draft { raw, chain, action, conditions, unknown, disabled, invalid })
        },
    )
}

/// Rules of both tables, mostly with a guard somewhere among the rest, so that not every box is open.
fn drafts(kinds: Kinds) -> impl Strategy<Value = Vec<Draft>> {
    let guard = move |raw: bool| Draft {
        raw,
        chain: if raw { "prerouting" } else { "forward" },
        action: "drop",
        conditions: BTreeMap::from([(
            if kinds.inwards { "dst-address-list" } else { "src-address-list" },
            "sandbox",
        )]),
        unknown: None,
        disabled: false,
        invalid: false,
    };
    let filter = prop::collection::vec(draft(kinds, false), 0..8);
    let raw = prop::collection::vec(draft(kinds, true), 0..5);
    let guarded = prop_oneof![2 => Just(None), 6 => Just(Some(false)), 2 => Just(Some(true))];
    (filter, raw, any::<prop::sample::Index>(), guarded).prop_map(
        move |(mut filter, mut raw, at, guarded)| {
            match guarded {
                Some(true) => raw.insert(at.index(raw.len() + 1), guard(true)),
                Some(false) => filter.insert(at.index(filter.len() + 1), guard(false)),
                None => {}
            }
            raw.extend(filter);
            raw
        },
    )
}

/// The same with an opening on top: as it is meant, or wider.
fn with_opening(drafts: impl Strategy<Value = Vec<Draft>>) -> impl Strategy<Value = Vec<Draft>> {
    let whole = [("dst-address-list", "servers"), ("protocol", "tcp"), ("dst-port", "443")];
    let opening = prop::sample::subsequence(whole.to_vec(), 2..=3).prop_map(|conditions| Draft {
        raw: false,
        chain: "forward",
        action: "accept",
        conditions: conditions.into_iter().collect(),
        unknown: None,
        disabled: false,
        invalid: false,
    });
    (opening, drafts).prop_map(|(opening, mut drafts)| {
        let first = drafts.iter().position(|draft| !draft.raw).unwrap_or(drafts.len());
        drafts.insert(first, opening);
        drafts
    })
}

/// What the packets are.
#[derive(Clone, Debug)]
struct Probe {
    source: IpAddr,
    destination: IpAddr,
    protocol: &'static str,
    port: u16,
    out: &'static str,
    state: State,
}

fn probe(side: &'static Side) -> impl Strategy<Value = Probe> {
    (
        select(&side.destinations[..]),
        select(&side.protocols[..]),
        select(&PORTS[..]),
        select(&OUT[..]),
        select(&STATES[..]),
    )
        .prop_map(|(destination, protocol, port, out, state)| Probe {
            source: address(side.source),
            destination: address(destination),
            protocol,
            port,
            out,
            state,
        })
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

impl Probe {
    fn has_ports(&self) -> bool {
        !self.protocol.starts_with("icmp")
    }

    fn packet(&self) -> Packet {
        let mut packet = Packet::new(self.source, self.destination).arriving_by(TUNNEL);
        packet.protocol = self.protocol.to_owned();
        packet.port = self.has_ports().then_some(self.port);
        packet.out_interface = Some(self.out.to_owned());
        packet.state = self.state.name().to_owned();
        packet
    }

    fn aim(&self) -> Aim {
        Aim {
            destination: Some(self.destination),
            protocol: Some(self.protocol.to_owned()),
            // A packet without ports meets no condition of one.
            port: Some(if self.has_ports() { self.port } else { 0 }),
            out_interface: Some(self.out.to_owned()),
            ..Aim::default()
        }
    }
}

/// One router for all cases; it is furnished anew for each.
static ROUTER: LazyLock<(tokio::runtime::Runtime, Mutex<RouterSim>)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let router = runtime.block_on(RouterSim::builder().user("sallyport", "secret", "read,write,api").start());
    let router = router.expect("the router starts");
    for side in [&V4, &V6] {
        for (list, address) in side.entries.iter().chain(&[("sandbox", side.source)]) {
            router.add(side.lists, &[("list", list), ("address", address)]).expect("an entry");
        }
    }
    for (list, interface) in [("vpn", TUNNEL), ("LAN", "bridge")] {
        router.add("interface/list", &[("name", list)]).expect("a list");
        let member = [("list", list), ("interface", interface)];
        router.add("interface/list/member", &member).expect("a member");
    }
    (runtime, Mutex::new(router))
});

/// Puts these rules, and no others, on the router; `allowed`: the tunnel is let through.
fn furnish(router: &RouterSim, side: &Side, drafts: &[Draft], with_unknown: bool, allowed: bool) {
    for menu in [side.filter, side.raw] {
        for row in router.rows(menu).iter().filter(|row| !row.is("dynamic")) {
            router.remove(menu, &row.id).expect("the rule is there");
        }
    }
    let entries = router.rows(side.lists);
    let entry = entries.into_iter().find(|row| row.text("list").as_deref() == Some("allow"));
    match (entry, allowed) {
        (None, true) => {
            let values = [("list", "allow"), ("address", side.source)];
            router.add(side.lists, &values).expect("an entry");
        }
        (Some(row), false) => router.remove(side.lists, &row.id).expect("the entry is there"),
        _ => {}
    }
    for draft in drafts {
        let menu = if draft.raw { side.raw } else { side.filter };
        let values = draft.values(with_unknown);
        let id = router.add(menu, &values).unwrap_or_else(|trap| panic!("{draft:?}: {trap:?}"));
        if draft.invalid {
            router.set(menu, &id, &[("invalid", "true")]).expect("the rule is there");
        }
    }
}

/// The rules as the router shows them.
fn shown(router: &RouterSim, side: &Side) -> Rules {
    let rules = |menu: &str| {
        let rows = router.rows(menu);
        let rule = |(position, row): (usize, &sim::routeros::Row)| {
            let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
            Rule::new(position, row.values().map(|(name, value)| (name, text(value))))
        };
        rows.iter().enumerate().map(rule).collect()
    };
    let entry =
        |(list, address): &(&str, &str)| Entry { list: (*list).to_owned(), addresses: Range::parse(address) };
    Rules {
        raw: rules(side.raw),
        filter: rules(side.filter),
        entries: side.entries.iter().map(entry).collect(),
        ..Rules::default()
    }
}

fn origin(side: &Side, allowed: bool, interface: Option<&str>) -> Origin {
    Origin {
        addresses: Some(vec![Range::of(address(side.source))]),
        lists: BTreeMap::from([
            ("sandbox".to_owned(), Likely::Yes),
            ("allow".to_owned(), Likely::certain(allowed)),
        ]),
        interface: interface.map(str::to_owned),
        interface_lists: BTreeMap::from([("vpn".to_owned(), Likely::Yes)]),
        ..Origin::default()
    }
}

/// The same tunnel, with what bears another address: a certain one, or any.
fn foreign(side: &Side, address: Option<IpAddr>, interface: Option<&str>) -> Origin {
    let mut origin = origin(side, false, interface);
    origin.lists.insert("sandbox".to_owned(), Likely::No);
    Origin { addresses: address.map(|address| vec![Range::of(address)]), chosen: address.is_none(), ..origin }
}

/// What is sent to the tunnel from anywhere.
fn to_tunnel(side: &Side, state: State, allowed: bool) -> Packets {
    let lists = ["sandbox", "allow"].map(|list| (list.to_owned(), Likely::Some));
    let anywhere = Origin { lists: lists.into(), chosen: true, anywhere: true, ..Origin::default() };
    let aim = Aim { tunnels: Some(origin(side, allowed, None)), ..Aim::default() };
    packets(side, state, anywhere, aim)
}

fn is_closed(rules: &Rules, packets: &Packets) -> bool {
    let plain = vec!["ether1".to_owned(), "bridge".to_owned()];
    let members = |names: &[&str]| InterfaceList {
        members: names.iter().map(|name| (*name).to_owned()).collect(),
        ..InterfaceList::default()
    };
    let lists = [("vpn", members(&[])), ("LAN", members(&["bridge"]))];
    let lists = lists.map(|(name, list)| (name.to_owned(), list));
    let interfaces = Interfaces { plain, lists: Some(lists.into()) };
    Firewall { rules, interfaces: &interfaces, allow_list: "allow" }.send(packets).is_closed()
}

fn packets(side: &Side, state: State, origin: Origin, aim: Aim) -> Packets {
    Packets { family: side.family, way: Way::Forward, state, origin, aim }
}

/// With rules that can be judged, of single packets.
fn agrees_on_packets(
    side: &Side,
    drafts: &[Draft],
    probes: &[Probe],
    allowed: bool,
) -> Result<(), TestCaseError> {
    let router = ROUTER.1.lock().unwrap_or_else(PoisonError::into_inner);
    furnish(&router, side, drafts, true, allowed);
    let rules = shown(&router, side);
    for probe in probes {
        let others = side.foreign.map(address);
        for source in std::iter::once(probe.source).chain(others) {
            let probe = Probe { source, ..probe.clone() };
            let verdict = router.would_pass(&probe.packet());
            prop_assert!(verdict.unjudged.is_empty());
            let own = source == address(side.source);
            let origin = if own {
                origin(side, allowed, Some(TUNNEL))
            } else {
                foreign(side, Some(source), Some(TUNNEL))
            };
            let closed = is_closed(&rules, &packets(side, probe.state, origin, probe.aim()));
            prop_assert_eq!(!closed, gets_out(&verdict), "{:?} {:?} {:?}", probe, verdict, rules);
        }
    }
    Ok(())
}

/// A packet gets through, or opens the door for the next ones.
fn gets_out(verdict: &Verdict) -> bool {
    verdict.passes || verdict.listed.iter().any(|list| list == "allow")
}

/// What is called closed for all is closed, whatever cannot be judged turns out to be.
fn stays_closed(
    side: &Side,
    drafts: &[Draft],
    probes: &[(Packet, State)],
    closed: impl Fn(&Rules, State) -> bool,
    allowed: bool,
) -> Result<(), TestCaseError> {
    let router = ROUTER.1.lock().unwrap_or_else(PoisonError::into_inner);
    furnish(&router, side, drafts, true, allowed);
    let rules = shown(&router, side);
    // What a rule takes from connection tracking has no state any more, whatever it would have had.
    if !closed(&rules, State::Untracked) {
        return Ok(());
    }
    let shut: Vec<State> = STATES.into_iter().filter(|state| closed(&rules, *state)).collect();
    let probes: Vec<&(Packet, State)> = probes.iter().filter(|(_, state)| shut.contains(state)).collect();
    if probes.is_empty() {
        return Ok(());
    }
    // Each condition that cannot be judged may turn out either way.
    let unknown: Vec<usize> = (0..drafts.len()).filter(|at| drafts[*at].unknown.is_some()).collect();
    for world in 0..1_u32 << unknown.len().min(4) {
        let holds = |at: usize| {
            let bit = unknown.iter().position(|one| *one == at);
            bit.is_none_or(|bit| world >> bit.min(3) & 1 == 1)
        };
        let there: Vec<Draft> =
            drafts.iter().enumerate().filter(|(at, _)| holds(*at)).map(|(_, draft)| draft.clone()).collect();
        furnish(&router, side, &there, false, allowed);
        for (packet, _) in &probes {
            let verdict = router.would_pass(packet);
            prop_assert!(!gets_out(&verdict), "{:?} {:?} {:?}", packet, verdict, rules);
        }
    }
    Ok(())
}

/// With any rules: what is called closed is.
fn closed_is_closed(
    side: &Side,
    drafts: &[Draft],
    probes: &[Probe],
    allowed: bool,
) -> Result<(), TestCaseError> {
    let all = |rules: &Rules, state, origin| is_closed(rules, &packets(side, state, origin, Aim::default()));
    let own: Vec<_> = probes.iter().map(|probe| (probe.packet(), probe.state)).collect();
    stays_closed(side, drafts, &own, |rules, state| all(rules, state, origin(side, allowed, None)), allowed)?;
    // Under other addresses: any of them.
    let others = probes
        .iter()
        .flat_map(|probe| side.foreign.map(|source| Probe { source: address(source), ..probe.clone() }));
    let others: Vec<_> = others.map(|probe| (probe.packet(), probe.state)).collect();
    stays_closed(side, drafts, &others, |rules, state| all(rules, state, foreign(side, None, None)), allowed)
}

/// An opening is left out of account, and nothing beside it.
fn closed_but_for_an_opening(side: &Side, drafts: &[Draft], probes: &[Probe]) -> Result<(), TestCaseError> {
    let servers = side.entries.iter().filter(|(list, _)| *list == "servers");
    let to: Vec<Range> = servers.filter_map(|(_, address)| Range::parse(address)).collect();
    let opening = Opening { to: to.clone(), tcp_ports: vec![443] };
    let beside = |probe: &&Probe| {
        let there = to.iter().any(|range| range.covers(&Range::of(probe.destination)));
        !(there && probe.protocol == "tcp" && probe.port == 443)
    };
    let probes: Vec<_> = probes.iter().filter(beside).map(|probe| (probe.packet(), probe.state)).collect();
    let aim = Aim { except: vec![opening], ..Aim::default() };
    let closed = |rules: &Rules, state| {
        is_closed(rules, &packets(side, state, origin(side, false, None), aim.clone()))
    };
    stays_closed(side, drafts, &probes, closed, false)
}

/// The way into the box.
fn closed_inwards(side: &Side, drafts: &[Draft], probes: &[Probe]) -> Result<(), TestCaseError> {
    let inwards = |probe: &Probe| {
        let from = side.foreign.map(address);
        let source = if probe.port == 443 { from[0] } else { from[1] };
        let mut packet = Probe { source, destination: address(side.source), ..probe.clone() }.packet();
        packet.in_interface = Some(probe.out.to_owned());
        packet.out_interface = Some(TUNNEL.to_owned());
        (packet, probe.state)
    };
    let probes: Vec<_> = probes.iter().map(inwards).collect();
    let closed = |rules: &Rules, state| is_closed(rules, &to_tunnel(side, state, false));
    stays_closed(side, drafts, &probes, closed, false)
}

const fn certain(side: &'static Side) -> Kinds {
    Kinds { side, unknown: false, notrack: false, inwards: false }
}

const fn any_kind(side: &'static Side) -> Kinds {
    Kinds { side, unknown: true, notrack: true, inwards: false }
}

const fn inwards(side: &'static Side) -> Kinds {
    Kinds { inwards: true, ..any_kind(side) }
}

/// The same of each family.
macro_rules! agree {
    ($($side:ident: $of_packets:ident, $of_all:ident;)*) => {
        proptest! {
            #![proptest_config(ProptestConfig {
                cases: 1_500,
                failure_persistence: None,
                ..ProptestConfig::default()
            })]

            $(
                #[test]
                fn $of_packets(
                    drafts in drafts(certain(&$side)),
                    probes in prop::collection::vec(probe(&$side), 8),
                    allowed in any::<bool>(),
                ) {
                    agrees_on_packets(&$side, &drafts, &probes, allowed)?;
                }

                #[test]
                fn $of_all(
                    drafts in drafts(any_kind(&$side)),
                    probes in prop::collection::vec(probe(&$side), 12),
                    allowed in prop::bool::weighted(0.2),
                ) {
                    closed_is_closed(&$side, &drafts, &probes, allowed)?;
                }
            )*
        }
    };
}

agree! {
    V4: doctor_and_router_agree_on_single_packets, what_is_called_closed_lets_nothing_through;
    V6: doctor_and_router_agree_on_single_ipv6_packets, what_is_called_closed_in_ipv6_does_not_either;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_gets_out_beside_an_opening(
        drafts in with_opening(drafts(any_kind(&V4))),
        probes in prop::collection::vec(probe(&V4), 12),
    ) {
        closed_but_for_an_opening(&V4, &drafts, &probes)?;
    }

    #[test]
    fn nothing_gets_into_what_is_called_closed(
        drafts in drafts(inwards(&V4)),
        probes in prop::collection::vec(probe(&V4), 12),
    ) {
        closed_inwards(&V4, &drafts, &probes)?;
    }
}

/// The states of packets for which the doctor calls the box closed.
fn closed_states(side: &Side, rules: &Rules) -> Vec<State> {
    let closed = |state| is_closed(rules, &packets(side, state, origin(side, false, None), Aim::default()));
    STATES.into_iter().filter(|state| closed(State::Untracked) && closed(*state)).collect()
}

/// The proof would be worth nothing if nothing were ever called closed, or everything.
#[test]
fn both_answers_are_given() {
    let router = ROUTER.1.lock().unwrap_or_else(PoisonError::into_inner);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for kinds in [certain(&V4), any_kind(&V4), certain(&V6), any_kind(&V6)] {
        let strategy = drafts(kinds);
        let mut closed = 0;
        for _ in 0..300 {
            let drafts = strategy.new_tree(&mut runner).expect("rules").current();
            furnish(&router, kinds.side, &drafts, true, false);
            let rules = shown(&router, kinds.side);
            closed += usize::from(!closed_states(kinds.side, &rules).is_empty());
        }
        assert!((40..260).contains(&closed), "{closed} of 300 were closed");
    }
    let strategy = drafts(inwards(&V4));
    let mut closed = 0;
    for _ in 0..300 {
        furnish(&router, &V4, &strategy.new_tree(&mut runner).expect("rules").current(), true, false);
        closed += usize::from(is_closed(&shown(&router, &V4), &to_tunnel(&V4, State::New, false)));
    }
    assert!((30..260).contains(&closed), "{closed} of 300 were closed inwards");
}

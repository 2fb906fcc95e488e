//! The doctor's eyes and the simulated router, which know nothing of each other, say the same of random rules of both
//! families, in the raw table and the filter: what the doctor calls closed lets no packet through, whatever it cannot judge
//! turns out to be; and of single packets, with rules that it can judge, both say exactly the same.

mod drafts;

use drafts::{Draft, Kinds, OUT, PORTS, STATES, Side, TUNNEL, V4, V6, drafts, with_opening};
use proptest::{prelude::*, sample::select, strategy::ValueTree};
use sallyport_shared::firewall::{
    Aim, Entry, Firewall, InterfaceList, Interfaces, Likely, Opening, Origin, Packets, Range, Rule, Rules,
    State, Way,
};
use sim::routeros::{Packet, RouterSim, Verdict};
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{LazyLock, Mutex, PoisonError},
};

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

    /// The same to the router itself.
    fn to_router(&self) -> Packet {
        Packet { out_interface: None, ..self.packet().to_router() }
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

fn to_router(side: &Side, state: State, origin: Origin, aim: Aim) -> Packets {
    let aim = Aim { out_interface: None, ..aim };
    Packets { way: Way::Input, ..packets(side, state, origin, aim) }
}

/// What reaches the router itself, of single packets and of all.
fn agrees_on_what_reaches_the_router(
    side: &Side,
    drafts: &[Draft],
    probes: &[Probe],
    exactly: bool,
) -> Result<(), TestCaseError> {
    if exactly {
        let router = ROUTER.1.lock().unwrap_or_else(PoisonError::into_inner);
        furnish(&router, side, drafts, true, false);
        let rules = shown(&router, side);
        for probe in probes {
            let verdict = router.would_pass(&probe.to_router());
            prop_assert!(verdict.unjudged.is_empty());
            let own = origin(side, false, Some(TUNNEL));
            let closed = is_closed(&rules, &to_router(side, probe.state, own, probe.aim()));
            prop_assert_eq!(!closed, gets_out(&verdict), "{:?} {:?} {:?}", probe, verdict, rules);
        }
        return Ok(());
    }
    let probes: Vec<_> = probes.iter().map(|probe| (probe.to_router(), probe.state)).collect();
    let closed = |rules: &Rules, state| {
        is_closed(rules, &to_router(side, state, origin(side, false, None), Aim::default()))
    };
    stays_closed(side, drafts, &probes, closed, false)
}

const fn certain(side: &'static Side) -> Kinds {
    Kinds { side, unknown: false, notrack: false, inwards: false, to_router: false }
}

const fn any_kind(side: &'static Side) -> Kinds {
    Kinds { side, unknown: true, notrack: true, inwards: false, to_router: false }
}

const fn inwards(side: &'static Side) -> Kinds {
    Kinds { inwards: true, ..any_kind(side) }
}

const fn of_router(kinds: Kinds) -> Kinds {
    Kinds { to_router: true, ..kinds }
}

/// The same of each family.
macro_rules! agree {
    ($($side:ident: $of_packets:ident, $of_all:ident, $of_router:ident, $of_all_to_router:ident;)*) => {
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

                #[test]
                fn $of_router(
                    drafts in drafts(of_router(certain(&$side))),
                    probes in prop::collection::vec(probe(&$side), 8),
                ) {
                    agrees_on_what_reaches_the_router(&$side, &drafts, &probes, true)?;
                }

                #[test]
                fn $of_all_to_router(
                    drafts in drafts(of_router(any_kind(&$side))),
                    probes in prop::collection::vec(probe(&$side), 12),
                ) {
                    agrees_on_what_reaches_the_router(&$side, &drafts, &probes, false)?;
                }
            )*
        }
    };
}

agree! {
    V4: doctor_and_router_agree_on_single_packets, what_is_called_closed_lets_nothing_through,
        both_agree_on_what_reaches_the_router, what_is_called_closed_to_the_router_is;
    V6: doctor_and_router_agree_on_single_ipv6_packets, what_is_called_closed_in_ipv6_does_not_either,
        both_agree_on_what_reaches_the_router_by_ipv6, what_is_called_closed_to_the_router_by_ipv6_is;
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
    for side in [&V4, &V6] {
        let strategy = drafts(of_router(any_kind(side)));
        let mut closed = 0;
        for _ in 0..300 {
            furnish(&router, side, &strategy.new_tree(&mut runner).expect("rules").current(), true, false);
            let own = origin(side, false, None);
            let packets = to_router(side, State::New, own, Aim::default());
            closed += usize::from(is_closed(&shown(&router, side), &packets));
        }
        assert!((30..260).contains(&closed), "{closed} of 300 were closed to the router");
    }
    let strategy = drafts(inwards(&V4));
    let mut closed = 0;
    for _ in 0..300 {
        furnish(&router, &V4, &strategy.new_tree(&mut runner).expect("rules").current(), true, false);
        closed += usize::from(is_closed(&shown(&router, &V4), &to_tunnel(&V4, State::New, false)));
    }
    assert!((30..260).contains(&closed), "{closed} of 300 were closed inwards");
}

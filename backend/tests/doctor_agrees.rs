//! The doctor's eyes and the simulated router, which know nothing of each other, say the same of random rules: what the
//! doctor calls closed lets no packet through, whatever it cannot judge turns out to be; and of single packets, with
//! rules that it can judge, both say exactly the same.

use proptest::{prelude::*, sample::select, strategy::ValueTree};
use sallyport_shared::firewall::{
    Aim, Entry, Family, Firewall, Interfaces, Likely, Origin, Packets, Range, Rule, Rules, State, Way,
};
use sim::routeros::{Packet, RouterSim};
use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{LazyLock, Mutex, PoisonError},
};

const FILTER: &str = "ip/firewall/filter";
const RAW: &str = "ip/firewall/raw";
const SOURCE: Ipv4Addr = Ipv4Addr::new(10, 8, 0, 7);
const TUNNEL: &str = "<l2tp-ivan>";
const STATES: [State; 4] = State::TRACKED;
const PROTOCOLS: [&str; 3] = ["tcp", "udp", "icmp"];
const PORTS: [u16; 3] = [443, 53, 8_291];
const DESTINATIONS: [Ipv4Addr; 4] = [
    Ipv4Addr::new(192, 0, 2, 1),
    Ipv4Addr::new(10, 20, 3, 4),
    Ipv4Addr::new(10, 99, 0, 1),
    Ipv4Addr::new(198, 51, 100, 77),
];
const OUT: [&str; 3] = ["ether1", "bridge", "<l2tp-olga>"];

/// Conditions that both can judge, by their names with the values that they may have.
const KNOWN: &[(&str, &[&str])] = &[
    ("src-address-list", &["sandbox", "!sandbox", "allow", "!allow", "others", "strangers", "!strangers"]),
    ("dst-address-list", &["servers", "!servers", "empty"]),
    ("src-address", &["10.8.0.0/24", "!10.8.0.0/24", "192.168.0.0/16", "10.8.0.0-10.8.0.3", "0.0.0.0/0"]),
    ("dst-address", &["10.0.0.0/8", "!10.0.0.0/8", "192.0.2.1", "!192.0.2.1"]),
    (
        "connection-state",
        &["new", "established,related", "!established,related", "invalid", "established,related,untracked"],
    ),
    ("protocol", &["tcp", "!tcp", "udp", "icmp"]),
    ("dst-port", &["443", "1-1024", "!53", "80,443,8291"]),
    ("in-interface", &["ether1", "!ether1", "all-ppp", "!all-ppp"]),
    ("in-interface-list", &["all"]),
    ("out-interface", &["ether1", "!ether1", "bridge"]),
];
/// Conditions that nobody can judge from outside.
const UNKNOWN: &[(&str, &str)] = &[
    ("layer7-protocol", "voip"),
    ("content", "secret"),
    ("time", "8h-17h,mon"),
    ("random", "50"),
    ("ttl", "equal:64"),
];
const ACTIONS: [&str; 9] =
    ["accept", "drop", "reject", "jump", "return", "fasttrack-connection", "passthrough", "log", "drop"];

/// A rule in the making.
#[derive(Clone, Debug)]
struct Draft {
    chain: &'static str,
    action: &'static str,
    conditions: BTreeMap<&'static str, &'static str>,
    unknown: Option<(&'static str, &'static str)>,
    disabled: bool,
}

impl Draft {
    /// As somebody adds it; chains lead from `forward` to `one` to `two`, and never back.
    fn values(&self, with_unknown: bool) -> Vec<(&'static str, String)> {
        let mut values = vec![("chain", self.chain.to_owned()), ("action", self.action.to_owned())];
        if self.action == "jump" {
            let target = if self.chain == "forward" { "one" } else { "two" };
            values.push(("jump-target", target.to_owned()));
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

fn condition() -> impl Strategy<Value = (&'static str, &'static str)> {
    select(KNOWN).prop_flat_map(|(name, values)| (Just(name), select(values)))
}

fn draft(with_unknown: bool) -> impl Strategy<Value = Draft> {
    let chain = prop_oneof![3 => Just("forward"), 2 => Just("one"), 1 => Just("two")];
    let conditions = prop::collection::vec(condition(), 0..3);
    let unknown =
        if with_unknown { prop::option::weighted(0.3, select(UNKNOWN)).boxed() } else { Just(None).boxed() };
    let disabled = prop::bool::weighted(0.1);
    (chain, select(&ACTIONS[..]), conditions, unknown, disabled).prop_filter_map(
        "the last chain leads nowhere",
        |(chain, action, conditions, unknown, disabled)| {
            let fits = !(chain == "two" && action == "jump");
            let conditions = conditions.into_iter().collect();
            fits.then_some(Draft { chain, action, conditions, unknown, disabled })
        },
    )
}

/// A guard somewhere among the rest, so that not every box is open.
fn drafts(with_unknown: bool) -> impl Strategy<Value = Vec<Draft>> {
    let guard = Draft {
        chain: "forward",
        action: "drop",
        conditions: BTreeMap::from([("src-address-list", "sandbox")]),
        unknown: None,
        disabled: false,
    };
    let rest = prop::collection::vec(draft(with_unknown), 0..8);
    (rest, any::<prop::sample::Index>(), prop::bool::weighted(0.7)).prop_map(
        move |(mut rest, at, guarded)| {
            if guarded {
                rest.insert(at.index(rest.len() + 1), guard.clone());
            }
            rest
        },
    )
}

/// What the packets are.
#[derive(Clone, Debug)]
struct Probe {
    destination: Ipv4Addr,
    protocol: &'static str,
    port: u16,
    out: &'static str,
    state: State,
}

fn probe() -> impl Strategy<Value = Probe> {
    (
        select(&DESTINATIONS[..]),
        select(&PROTOCOLS[..]),
        select(&PORTS[..]),
        select(&OUT[..]),
        select(&STATES[..]),
    )
        .prop_map(|(destination, protocol, port, out, state)| Probe {
            destination,
            protocol,
            port,
            out,
            state,
        })
}

impl Probe {
    fn packet(&self) -> Packet {
        let mut packet = Packet::new(SOURCE, self.destination).arriving_by(TUNNEL);
        packet.protocol = self.protocol.to_owned();
        packet.port = (self.protocol != "icmp").then_some(self.port);
        packet.out_interface = Some(self.out.to_owned());
        packet.state = self.state.name().to_owned();
        packet
    }

    fn aim(&self) -> Aim {
        Aim {
            destination: Some(self.destination.into()),
            protocol: Some(self.protocol.to_owned()),
            // A packet without ports meets no condition of one.
            port: Some(if self.protocol == "icmp" { 0 } else { self.port }),
            out_interface: Some(self.out.to_owned()),
            except: Vec::new(),
        }
    }
}

/// One router for all cases; it is furnished anew for each.
static ROUTER: LazyLock<(tokio::runtime::Runtime, Mutex<RouterSim>)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let router = runtime.block_on(RouterSim::builder().user("sallyport", "secret", "read,write,api").start());
    let router = router.expect("the router starts");
    for (list, address) in
        [("others", "10.8.0.0/29"), ("strangers", "192.168.7.0/24"), ("servers", "10.20.0.0/16")]
    {
        router.add("ip/firewall/address-list", &[("list", list), ("address", address)]).expect("an entry");
    }
    router.add("ip/firewall/address-list", &[("list", "sandbox"), ("address", "10.8.0.7")]).expect("the box");
    (runtime, Mutex::new(router))
});

/// Puts these rules, and no others, on the router; `allowed`: the tunnel is let through.
fn furnish(router: &RouterSim, rules: &[Vec<(&'static str, String)>], allowed: bool) {
    for menu in [FILTER, RAW] {
        for row in router.rows(menu).iter().filter(|row| !row.is("dynamic")) {
            router.remove(menu, &row.id).expect("the rule is there");
        }
    }
    let entry = router
        .rows("ip/firewall/address-list")
        .into_iter()
        .find(|row| row.text("list").as_deref() == Some("allow"));
    match (entry, allowed) {
        (None, true) => {
            router
                .add("ip/firewall/address-list", &[("list", "allow"), ("address", "10.8.0.7")])
                .expect("an entry");
        }
        (Some(row), false) => router.remove("ip/firewall/address-list", &row.id).expect("the entry is there"),
        _ => {}
    }
    for rule in rules {
        router.add(FILTER, rule).unwrap_or_else(|trap| panic!("{rule:?}: {trap:?}"));
    }
}

/// The rules as the router shows them.
fn shown(router: &RouterSim) -> Rules {
    let rules = |menu: &str| {
        let rows = router.rows(menu);
        let rule = |(position, row): (usize, &sim::routeros::Row)| {
            let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
            Rule::new(position, row.values().map(|(name, value)| (name, text(value))))
        };
        rows.iter().enumerate().map(rule).collect()
    };
    let entry = |list: &str, address: &str| Entry { list: list.to_owned(), addresses: Range::parse(address) };
    let entries = vec![
        entry("others", "10.8.0.0/29"),
        entry("strangers", "192.168.7.0/24"),
        entry("servers", "10.20.0.0/16"),
    ];
    Rules { raw: rules(RAW), filter: rules(FILTER), entries }
}

fn origin(allowed: bool, interface: Option<&str>) -> Origin {
    Origin {
        addresses: Some(vec![Range::of(SOURCE.into())]),
        lists: BTreeMap::from([
            ("sandbox".to_owned(), Likely::Yes),
            ("allow".to_owned(), Likely::certain(allowed)),
        ]),
        interface: interface.map(str::to_owned),
        ..Origin::default()
    }
}

fn is_closed(rules: &Rules, packets: &Packets) -> bool {
    let plain = vec!["ether1".to_owned(), "bridge".to_owned()];
    let interfaces = Interfaces { plain, lists: Some(BTreeMap::new()) };
    Firewall { rules, interfaces: &interfaces, allow_list: "allow" }.send(packets).is_closed()
}

fn packets(state: State, origin: Origin, aim: Aim) -> Packets {
    Packets { family: Family::V4, way: Way::Forward, state, origin, aim }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_single_packets_both_say_the_same(
        drafts in drafts(false),
        probes in prop::collection::vec(probe(), 8),
        allowed in any::<bool>(),
    ) {
        let router = ROUTER.1.lock().unwrap_or_else(PoisonError::into_inner);
        let values: Vec<_> = drafts.iter().map(|draft| draft.values(true)).collect();
        furnish(&router, &values, allowed);
        let rules = shown(&router);
        for probe in &probes {
            let verdict = router.would_pass(&probe.packet());
            prop_assert!(verdict.unjudged.is_empty());
            let closed = is_closed(&rules, &packets(probe.state, origin(allowed, Some(TUNNEL)), probe.aim()));
            prop_assert_eq!(!closed, verdict.passes, "{:?} {:?} {:?}", probe, verdict, rules.filter);
        }
    }

    #[test]
    fn what_is_called_closed_lets_nothing_through(
        drafts in drafts(true),
        probes in prop::collection::vec(probe(), 12),
        allowed in prop::bool::weighted(0.2),
    ) {
        let router = ROUTER.1.lock().unwrap_or_else(PoisonError::into_inner);
        let whole: Vec<_> = drafts.iter().map(|draft| draft.values(true)).collect();
        furnish(&router, &whole, allowed);
        let rules = shown(&router);
        let closed = |state| is_closed(&rules, &packets(state, origin(allowed, None), Aim::default()));
        let closed: Vec<State> = STATES.into_iter().filter(|state| closed(*state)).collect();
        let probes: Vec<&Probe> = probes.iter().filter(|probe| closed.contains(&probe.state)).collect();
        if probes.is_empty() {
            return Ok(());
        }
        // Each condition that cannot be judged may turn out either way.
        let unknown: Vec<usize> = (0..drafts.len()).filter(|at| drafts[*at].unknown.is_some()).collect();
        for world in 0..1_u32 << unknown.len().min(4) {
            let holds = |at: usize| unknown.iter().position(|one| *one == at).is_none_or(|bit| world >> bit.min(3) & 1 == 1);
            let values: Vec<_> = drafts
                .iter()
                .enumerate()
                .filter(|(at, _)| holds(*at))
                .map(|(_, draft)| draft.values(false))
                .collect();
            furnish(&router, &values, allowed);
            for probe in &probes {
                let verdict = router.would_pass(&probe.packet());
                prop_assert!(!verdict.passes, "{:?} {:?} {:?}", probe, verdict, rules.filter);
            }
        }
    }
}

/// The proof would be worth nothing if nothing were ever called closed, or everything.
#[test]
fn both_answers_are_given() {
    let router = ROUTER.1.lock().unwrap_or_else(PoisonError::into_inner);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = drafts(true);
    let mut closed = 0;
    for _ in 0..300 {
        let drafts = strategy.new_tree(&mut runner).expect("rules").current();
        furnish(&router, &drafts.iter().map(|draft| draft.values(true)).collect::<Vec<_>>(), false);
        let rules = shown(&router);
        closed += usize::from(is_closed(&rules, &packets(State::New, origin(false, None), Aim::default())));
    }
    assert!((40..260).contains(&closed), "{closed} of 300 were closed");
}

//! The box itself: whether anything gets out.

use super::{Facts, Finding, boxing, inwards, itself, remedy, sources};
use crate::firewall::{
    Aim, Family, Fate, Firewall, Interfaces, Leak, Likely, Opening, Origin, Packets, Rule, RuleRef, Rules,
    State, Table, Way,
};
use crate::router::setup::{TELEGRAM_PORTS, TELEGRAM_RULE};

/// The key of the finding that the box holds.
pub(super) const BOX: &str = "box";

/// So many ways out are named; whoever closes them runs the doctor again.
const MOST_LEAKS: usize = 8;

/// Looks at the box.
pub(super) fn look(facts: &Facts) -> Vec<Finding> {
    let mut findings = Vec::new();
    boxing::look(facts, &mut findings);
    ipv4(facts, &mut findings);
    ipv6(facts, &mut findings);
    findings
}

impl Facts {
    pub(super) fn firewall<'a>(&'a self, rules: &'a Rules) -> Firewall<'a> {
        Firewall { rules, interfaces: &self.interfaces, allow_list: &self.allow_list }
    }

    pub(super) fn packets(&self, family: Family, way: Way, state: State, origin: Origin) -> Packets {
        let mut except: Vec<Opening> = self.page.iter().cloned().collect();
        if self.opens_telegram() {
            except.push(Opening { to: self.telegram.ranges().collect(), tcp_ports: TELEGRAM_PORTS.to_vec() });
        }
        Packets { family, way, state, origin, aim: Aim { except, ..Aim::default() } }
    }

    /// Was Telegram opened to the box by the set-up? Its rule says that somebody chose it; how far it goes is judged by
    /// what the rules do, not by what they are called.
    pub(super) fn opens_telegram(&self) -> bool {
        let of_ipv6 = self.rules6.iter().flat_map(|rules| &rules.filter);
        let mut rules = self.rules.filter.iter().chain(of_ipv6);
        rules.any(|rule| rule.works() && rule.comment == TELEGRAM_RULE)
    }
}

/// A way out, and for packets of which states it is one.
pub(super) struct Escape {
    pub(super) leak: Leak,
    pub(super) states: Vec<&'static str>,
}

impl Escape {
    /// What is not to be judged, if that is what decides.
    pub(super) fn unclear(&self) -> Option<String> {
        (!self.leak.unclear.is_empty()).then(|| self.leak.unclear.join(", "))
    }
}

/// The ways out of the box, each named once.
fn escapes(facts: &Facts, rules: &Rules, family: Family, origin: &Origin) -> Vec<Escape> {
    passages(facts, rules, &facts.packets(family, Way::Forward, State::New, origin.clone()))
}

/// The ways by which packets get through, whatever connection tracking makes of them, each named once.
pub(super) fn passages(facts: &Facts, rules: &Rules, packets: &Packets) -> Vec<Escape> {
    let mut escapes: Vec<Escape> = Vec::new();
    for state in State::TRACKED.into_iter().chain([State::Untracked]) {
        let packets = Packets { state, ..packets.clone() };
        for leak in facts.firewall(rules).send(&packets).leaks {
            match escapes.iter_mut().find(|escape| escape.leak.rule == leak.rule) {
                Some(escape) => escape.states.push(state.name()),
                None => escapes.push(Escape { leak, states: vec![state.name()] }),
            }
        }
    }
    for escape in &mut escapes {
        escape.states.dedup();
    }
    escapes
}

fn ipv4(facts: &Facts, findings: &mut Vec<Finding>) {
    let origin = facts.boxed();
    let mut escapes = escapes(facts, &facts.rules, Family::V4, &origin);
    let known: Vec<Option<RuleRef>> = escapes.iter().map(|escape| escape.leak.rule.clone()).collect();
    escapes.extend(knocks(facts, &origin).into_iter().filter(|knock| !known.contains(&knock.leak.rule)));
    let before = findings.len();
    // One thing after the other: what lets the tunnels' own addresses out lets others out, and answers in.
    if escapes.is_empty() {
        sources::look(facts, findings);
        inwards::look(facts, &origin, findings);
    }
    if escapes.is_empty() && !findings.iter().skip(before).any(|finding| finding.opens) {
        let words = if facts.opens_telegram() { "box-holds-telegram" } else { "box-holds" };
        findings.push(Finding::ok(BOX, words).with("list", facts.sandbox_list.as_str()));
    }
    let packets = facts.packets(Family::V4, Way::Forward, State::New, origin.clone());
    let guard = facts.firewall(&facts.rules).guard(&packets);
    for escape in escapes.iter().take(MOST_LEAKS) {
        findings.push(escaped(facts, escape, guard.as_ref(), &origin));
    }
    allowed(facts, &origin, findings);
    let free = |origin: Origin| !self::escapes(facts, &facts.rules, Family::V4, &origin).is_empty();
    boxing::strays(facts, free, findings);
    boxing::of_before(facts, findings);
    input(facts, &origin, findings);
}

/// The rules for what goes to the router itself by which a tunnel gets onto the allow list: a knock at a port of it.
fn knocks(facts: &Facts, origin: &Origin) -> Vec<Escape> {
    let mut packets = facts.packets(Family::V4, Way::Input, State::New, origin.clone());
    packets.aim.except.clear();
    let mut all = passages(facts, &facts.rules, &packets);
    all.retain(|escape| escape.leak.rule.as_ref().is_some_and(RuleRef::is_knock));
    all
}

/// What to say of a way out.
fn escaped(facts: &Facts, escape: &Escape, guard: Option<&RuleRef>, origin: &Origin) -> Finding {
    let states = escape.states.join(", ");
    let Some(rule) = &escape.leak.rule else {
        return unguarded(facts, escape, origin).with("states", states).opening();
    };
    // The rule that would stop them, if it only stands too far down; in the guard's own chain it is past that already.
    let below = match (guard, &escape.leak.entry) {
        (Some(guard), Some(entry)) if guard.table == entry.table && guard.position > entry.position => {
            Some((guard, entry))
        }
        _ => None,
    };
    let finding = match rule.action.as_str() {
        _ if rule.bound => Finding::danger("bound-rule", "rule-bound"),
        _ if !escape.leak.unclear.is_empty() => {
            Finding::danger("box", "box-unsure").with("unclear", escape.leak.unclear.join(", "))
        }
        "fasttrack-connection" => Finding::danger("fasttrack", "box-fasttrack"),
        _ if rule.is_knock() => Finding::danger("box", "box-knock"),
        _ => Finding::danger("rule-order", if below.is_some() { "box-order" } else { "box-rule" }),
    };
    let finding = naming(finding, rule).with("states", states).opening();
    let Some((guard, entry)) = below else { return finding };
    let script = format!("{} move {} destination={}", guard.table.path(), guard.id, entry.id);
    finding.with("guard", i64::try_from(guard.position).unwrap_or(i64::MAX)).script(script)
}

/// Packets come to the end of the chain: a guard is switched off, or there is none.
fn unguarded(facts: &Facts, escape: &Escape, origin: &Origin) -> Finding {
    if !escape.leak.unclear.is_empty() {
        return Finding::danger("box", "box-loop").with("unclear", escape.leak.unclear.join(", "));
    }
    match sleeping_guard(facts, origin) {
        Some((rule, disabled)) => {
            let words = if disabled { "guard-disabled" } else { "guard-invalid" };
            let finding = naming(Finding::danger("guard", words), &rule);
            let script = format!("{} enable {}", rule.table.path(), rule.id);
            if disabled { finding.script(script) } else { finding }
        }
        None => Finding::danger("guard", "guard-missing")
            .with("list", facts.sandbox_list.as_str())
            .script(remedy::guard(facts)),
    }
}

/// A rule that would be the guard if it were at work, and whether it is merely switched off.
fn sleeping_guard(facts: &Facts, origin: &Origin) -> Option<(RuleRef, bool)> {
    let packets = facts.packets(Family::V4, Way::Forward, State::New, origin.clone());
    let asleep = |rule: &&Rule| !rule.works() && (rule.stops() || rule.action == "jump");
    facts.rules.filter.iter().filter(asleep).find_map(|sleeper| {
        let mut rules = facts.rules.clone();
        let rule = rules.filter.iter_mut().find(|rule| rule.position == sleeper.position)?;
        (rule.disabled, rule.invalid) = (false, false);
        facts.firewall(&rules).guard(&packets)?;
        Some((RuleRef::new(Table::Filter, sleeper), sleeper.disabled))
    })
}

pub(super) fn naming(finding: Finding, rule: &RuleRef) -> Finding {
    finding
        .with("position", i64::try_from(rule.position).unwrap_or(i64::MAX))
        .with("comment", rule.comment.as_str())
        .with("rule", rule.text.as_str())
        .with("table", rule.table.path())
}

/// Those who are let through get through, and their flows end with the permission.
fn allowed(facts: &Facts, origin: &Origin, findings: &mut Vec<Finding>) {
    let mut origin = origin.clone();
    origin.lists.insert(facts.allow_list.clone(), Likely::Yes);
    let send = |state| {
        let packets = facts.packets(Family::V4, Way::Forward, state, origin.clone());
        facts.firewall(&facts.rules).send(&packets)
    };
    let new: Fate = send(State::New);
    match (new.is_closed(), new.stops.first()) {
        (true, Some(rule)) => findings.push(naming(Finding::warning("allowed", "allowed-stopped"), rule)),
        (true, None) => {}
        (false, _) => {
            findings.push(Finding::ok("allowed", "allowed-ok").with("list", facts.allow_list.as_str()));
        }
    }
    let fasttracks = |fate: &Fate| {
        let rules = fate.leaks.iter().filter_map(|leak| leak.rule.clone());
        rules.into_iter().find(|rule| rule.action == "fasttrack-connection")
    };
    let there = fasttracks(&send(State::Established));
    if let Some(rule) = there.or_else(|| fasttracks(&replies(facts))) {
        findings.push(naming(Finding::warning("fasttrack", "fasttrack-allowed"), &rule));
    }
}

/// What comes back to those who are let through: a flow is FastTracked by the packets of either direction.
fn replies(facts: &Facts) -> Fate {
    let anywhere = Interfaces::default();
    let firewall = Firewall { interfaces: &anywhere, ..facts.firewall(&facts.rules) };
    firewall.send(&facts.packets(Family::V4, Way::Forward, State::Established, Origin::default()))
}

/// What of the router itself can be reached from the box.
fn input(facts: &Facts, origin: &Origin, findings: &mut Vec<Finding>) {
    // From networks behind tunnels services can be talked to as well; from addresses that are merely pretended to be
    // one's own nothing comes back.
    let origins: Vec<Origin> = std::iter::once(origin.clone()).chain(sources::behind(facts)).collect();
    itself::look(facts, Family::V4, &origins, reaches(facts, &facts.rules, Family::V4), findings);
}

/// Tells whether a port of the router itself is open to what comes from there.
fn reaches<'a>(
    facts: &'a Facts,
    rules: &'a Rules,
    family: Family,
) -> impl Fn(&Origin, &str, u16) -> bool + 'a {
    move |origin, protocol, port| {
        let mut packets = facts.packets(family, Way::Input, State::New, origin.clone());
        (packets.aim.protocol, packets.aim.port) = (Some(protocol.to_owned()), Some(port));
        // Nothing of the router itself is excepted: the page is behind it.
        packets.aim.except.clear();
        !facts.firewall(rules).send(&packets).is_closed()
    }
}

/// The tunnels apart by the interface lists of their profiles, as they come by IPv6.
fn boxed6(facts: &Facts, origin: &Origin) -> Vec<Origin> {
    let by_interface = facts.boxed_by_interface();
    by_interface
        .into_iter()
        .map(|one| Origin { interface_lists: one.interface_lists, ..origin.clone() })
        .collect()
}

fn ipv6(facts: &Facts, findings: &mut Vec<Finding>) {
    let key = "ipv6";
    let Some(rules) = &facts.rules6 else {
        findings.push(Finding::ok(key, "ipv6-none"));
        return;
    };
    let profiles = facts.boxing();
    if !profiles.is_empty() && profiles.iter().all(|profile| profile.use_ipv6 == "no") {
        findings.push(Finding::ok(key, "ipv6-off"));
        return;
    }
    // That the address list of a profile takes IPv6 addresses as well is nowhere said.
    let mut origin = facts.boxed();
    origin.addresses = None;
    origin.lists.values_mut().for_each(|likely| *likely = Likely::Unknown);
    // Even without a prefix a tunnel has an address of the link, under which it reaches the router itself.
    let origins = boxed6(facts, &origin);
    itself::look(facts, Family::V6, &origins, reaches(facts, rules, Family::V6), findings);
    let escapes = escapes(facts, rules, Family::V6, &origin);
    let Some(escape) = escapes.first() else {
        findings.push(Finding::ok(key, "ipv6-closed"));
        return;
    };
    // What a RADIUS server gives that nobody can look into may be a prefix.
    let gives = facts.radius_elsewhere
        || profiles.iter().any(|profile| profile.gives_prefixes)
        || facts.accounts.iter().any(|account| account.has_prefix);
    let finding =
        if gives { Finding::danger(key, "ipv6-open").opening() } else { Finding::warning(key, "ipv6-ajar") };
    let finding = match &escape.leak.rule {
        Some(rule) => naming(finding, rule),
        None => finding.with("rule", "–").with("position", -1).with("comment", ""),
    };
    let profile = profiles.first().map_or("default", |profile| profile.name.as_str());
    findings.push(finding.script(remedy::profile(profile, "use-ipv6", "no")));
}

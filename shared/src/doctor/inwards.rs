//! What goes to boxed tunnels: a box that answers are let into holds only half.

use super::{
    Facts, Finding,
    enclosure::{Escape, naming, passages},
    remedy,
};
use crate::firewall::{Family, Likely, Origin, State, Way};

/// So many rules are named.
const MOST: usize = 4;

/// Judges what is sent to the tunnels in the box from anywhere.
pub(super) fn look(facts: &Facts, tunnels: &Origin, findings: &mut Vec<Finding>) {
    // From anywhere: other tunnels, too, so some of it may come from addresses on the same lists.
    let mut lists = tunnels.lists.clone();
    lists.insert(facts.allow_list.clone(), Likely::Some);
    lists.values_mut().for_each(|likely| *likely = Likely::Some);
    let anywhere = Origin { lists, chosen: true, anywhere: true, ..Origin::default() };
    let mut packets = facts.packets(Family::V4, Way::Forward, State::New, anywhere);
    packets.aim.tunnels = Some(tunnels.clone());
    let mut ways = passages(facts, &facts.rules, &packets);
    // Who sends there gets nobody out of the box by being put on a list.
    let of_sender = |way: &Escape| {
        let rule = way.leak.rule.as_ref();
        rule.is_some_and(|rule| rule.action == "add-src-to-address-list")
    };
    ways.retain(|way| !of_sender(way));
    findings.extend(ways.iter().take(MOST).map(|way| said(facts, way)));
}

fn said(facts: &Facts, way: &Escape) -> Finding {
    let states = way.states.join(", ");
    let Some(rule) = &way.leak.rule else {
        return Finding::danger("inwards", "inwards-missing")
            .opening()
            .with("list", facts.sandbox_list.as_str())
            .with("states", states)
            .script(remedy::rules_of_box(facts));
    };
    let words = match way.unclear() {
        _ if rule.bound => return naming(Finding::danger("bound-rule", "rule-bound"), rule).opening(),
        Some(_) => "inwards-unsure",
        None => "inwards-open",
    };
    naming(Finding::danger("inwards", words), rule)
        .opening()
        .with("states", states)
        .with("unclear", way.unclear().unwrap_or_default())
        .script(remedy::rules_of_box(facts))
}

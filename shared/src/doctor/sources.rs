//! What arrives by boxed tunnels under other addresses than their own: from networks behind them, or pretended. The list of the
//! box knows nothing of it; a rule by interface does, and so does a router that checks sources.

use super::{
    Account, Facts, Finding,
    boxing::names,
    enclosure::{Escape, naming, passages},
};
use crate::firewall::{Family, Likely, Origin, Range, State, Way};

impl Facts {
    fn with_networks(&self) -> impl Iterator<Item = &Account> {
        self.accounts.iter().filter(|account| !account.routes.is_empty())
    }

    /// The networks behind tunnels; none: some of them cannot be told.
    fn networks(&self) -> Option<Vec<Range>> {
        if self.radius_elsewhere {
            return None;
        }
        let routes = self.with_networks().flat_map(|account| &account.routes);
        routes.map(|route| Range::parse(route.split_whitespace().next()?)).collect()
    }
}

/// Tunnels like these, with what is not on the list of the box: some addresses, or any that whoever sends chooses.
fn others(facts: &Facts, tunnels: &Origin, addresses: Option<Vec<Range>>) -> Origin {
    let mut origin = tunnels.clone();
    origin.lists.values_mut().for_each(|likely| *likely = Likely::Some);
    // Whoever pretends to be one who is let through is spoken of apart.
    for list in [&facts.sandbox_list, &facts.allow_list] {
        origin.lists.insert(list.clone(), Likely::No);
    }
    Origin { chosen: addresses.is_none(), addresses, ..origin }
}

/// Those networks behind tunnels from which one can talk to others: what is sent to them goes into the tunnel.
pub(super) fn behind(facts: &Facts) -> Vec<Origin> {
    let networks = facts.networks();
    if networks.as_ref().is_some_and(Vec::is_empty) {
        return Vec::new();
    }
    let tunnels = facts.boxed_by_interface();
    tunnels.iter().map(|tunnels| others(facts, tunnels, networks.clone())).collect()
}

/// Judges what comes by boxed tunnels under other addresses, where their own ones are held.
pub(super) fn look(facts: &Facts, findings: &mut Vec<Finding>) {
    let way_out = |origins: Vec<Origin>| {
        origins.into_iter().find_map(|origin| {
            let packets = facts.packets(Family::V4, Way::Forward, State::New, origin);
            passages(facts, &facts.rules, &packets).into_iter().next()
        })
    };
    let routed = way_out(behind(facts));
    let who = names(facts.with_networks().map(|account| account.name.as_str()));
    match &routed {
        Some(escape) if facts.radius_elsewhere => {
            findings.push(said(Finding::danger("sources", "source-radius").opening(), escape));
        }
        Some(escape) => {
            let finding = Finding::danger("sources", "source-routes").opening();
            findings.push(said(finding.with("accounts", who), escape));
        }
        None if !who.is_empty() => {
            findings.push(Finding::ok("sources", "source-routes-shut").with("accounts", who));
        }
        None => {}
    }
    if facts.checks_sources {
        return;
    }
    let strict = "/ip settings set rp-filter=strict";
    let tunnels = facts.boxed_by_interface();
    let pretended = tunnels.iter().map(|tunnels| others(facts, tunnels, None)).collect();
    match way_out(pretended).filter(|_| routed.is_none()) {
        Some(escape) => {
            let finding = Finding::danger("sources", "source-chosen").opening();
            findings.push(said(finding, &escape).script(strict));
        }
        None => findings.push(Finding::warning("sources", "source-neighbour").script(strict)),
    }
}

/// By which rule it gets through.
fn said(finding: Finding, escape: &Escape) -> Finding {
    let finding = finding
        .with("states", escape.states.join(", "))
        .with("unclear", escape.unclear().unwrap_or_else(|| "–".to_owned()));
    match &escape.leak.rule {
        Some(rule) => naming(finding, rule),
        None => finding.with("rule", "–").with("position", -1).with("comment", "").with("table", "–"),
    }
}

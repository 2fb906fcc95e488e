//! The page of those who wait: where a policy needs it, it must be reached from the box.

use super::{Facts, Finding};
use crate::firewall::{Aim, Family, Opening, Packets, RuleRef, State, Way};
use std::net::IpAddr;

/// Looks whether people get to the page that their policies send them to.
pub(super) fn look(facts: &Facts) -> Option<Finding> {
    if facts.page_for.is_empty() {
        return None;
    }
    let policies = facts.page_for.join(", ");
    let finding = match &facts.page {
        None => Finding::warning("page", "page-nowhere"),
        Some(page) if !reached(facts, page) => Finding::warning("page", "page-shut"),
        Some(_) => Finding::ok("page", "page-open"),
    };
    Some(finding.with("policies", policies))
}

/// May the first packet to the page get through? What cannot be judged is taken for open: that somebody is kept from the
/// page is only said where it is certain.
fn reached(facts: &Facts, page: &Opening) -> bool {
    let aims = page.to.iter().flat_map(|range| page.tcp_ports.iter().map(move |port| (range.first(), *port)));
    let gets_through = |(to, port): (IpAddr, u16)| {
        let aim = Aim {
            destination: Some(to),
            protocol: Some("tcp".to_owned()),
            port: Some(port),
            ..Aim::default()
        };
        let origin = facts.boxed();
        let packets = Packets { family: Family::V4, way: Way::Forward, state: State::New, origin, aim };
        let leaks = facts.firewall(&facts.rules).send(&packets).leaks;
        // A knock lets nothing through by itself.
        leaks.iter().any(|leak| !leak.rule.as_ref().is_some_and(RuleRef::is_knock))
    };
    // Without an address (its name is not known yet) nothing is certain.
    page.to.is_empty() || aims.into_iter().any(gets_through)
}

//! The rules that the set-up made, and what somebody did to them by hand since. Whether the box holds all the same is judged
//! elsewhere, by what all the rules do; here it is only said that they are not what they were.

use super::{Facts, Finding, boxing::names};
use crate::{
    firewall::Family,
    router::setup::{Edit, Menu, edited, script},
};
use std::collections::BTreeSet;

/// Looks at the rules of both families.
pub(super) fn look(facts: &Facts) -> Vec<Finding> {
    let of_ipv6 = facts.rules6.as_ref().map(|rules| (Family::V6, Menu::Filter6, "IPv6", rules));
    let families = [(Family::V4, Menu::Filter, "IPv4", &facts.rules)].into_iter().chain(of_ipv6);
    families
        .flat_map(|(family, menu, said, rules)| {
            let made = facts.made.get(&family).cloned().unwrap_or_default();
            let items = facts.items(&rules.filter);
            let all = edited(menu, &items, &facts.wanted(), &facts.api_ports, &made);
            let of = |edit: Edit, words: &'static str| {
                let those: Vec<_> = all.iter().filter(|(_, found, _)| *found == edit).collect();
                let named: BTreeSet<&str> = those.iter().map(|(name, _, _)| name.as_str()).collect();
                let lines: Vec<String> = those.iter().map(|(_, _, change)| script(change)).collect();
                let finding = Finding::warning("set-up", words)
                    .by_hand()
                    .with("rules", names(named.into_iter()))
                    .with("family", said);
                (!those.is_empty()).then(|| finding.script(lines.join("\n")))
            };
            let kinds = [
                (Edit::Gone, "edited-gone"),
                (Edit::Changed, "edited-changed"),
                (Edit::Moved, "edited-moved"),
            ];
            kinds.into_iter().filter_map(|(edit, words)| of(edit, words)).collect::<Vec<_>>()
        })
        .collect()
}

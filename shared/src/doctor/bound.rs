//! The rules that are switched with accounts: does each let its account through, and only for as long as the server says so?

use super::{Account, Facts, Finding, enclosure::naming};
use crate::{
    firewall::{Aim, Family, Fate, Likely, Origin, Packets, Range, Rule, Rules, State, Table, Way},
    router::setup::in_quotes,
};

/// Looks at each bound rule that lets packets through.
pub(super) fn look(facts: &Facts) -> Vec<Finding> {
    let bound = facts.rules.filter.iter().filter(|rule| rule.bound.is_some() && rule.action == "accept");
    bound
        .filter(|rule| rule.chain == Way::Forward.chain())
        .filter_map(|rule| {
            let username = facts.bound.get(&rule.id)?;
            let account = facts.accounts.iter().find(|account| account.name == *username)?;
            Some(Bound { facts, rule, account })
        })
        .flat_map(|bound| bound.unreached().into_iter().chain(bound.outlives()))
        .collect()
}

struct Bound<'a> {
    facts: &'a Facts,
    rule: &'a Rule,
    account: &'a Account,
}

impl Bound<'_> {
    /// It is on, and whatever it would take is stopped before it: somebody moved it, or put something above it.
    fn unreached(&self) -> Option<Finding> {
        if self.rule.disabled {
            return None;
        }
        let fate = self.send(Likely::Yes);
        let stop = fate.stops.iter().find(|stop| stop.position < self.rule.position)?;
        if self.is_way_of(&fate) {
            return None;
        }
        let script = format!("{} move {} destination={}", Table::Filter.path(), self.rule.id, stop.id);
        let finding = self.said(Finding::warning("bound-rule", "rule-unreached").by_hand());
        let guard = i64::try_from(stop.position).unwrap_or(i64::MAX);
        Some(finding.with("guard", guard).with("stop", stop.text.as_str()).script(script))
    }

    /// It lets the account through by itself, so that it goes on doing so when the server dies: rules do not lapse.
    fn outlives(&self) -> Option<Finding> {
        let own = self.rule.bound.is_some_and(|bound| bound.address.is_some());
        // One that takes others as well has been found to open the box, if it does.
        let told = !own && self.facts.is_boxed(self.account);
        if told || !self.is_way_of(&self.send(Likely::No)) {
            return None;
        }
        let finding = self.said(Finding::warning("bound-rule", "rule-outlives"));
        let finding = finding.with("list", self.facts.allow_list.as_str());
        let has_list = self.rule.conditions.iter().any(|(name, _)| name == "src-address-list");
        let list = in_quotes(&self.facts.allow_list);
        let script = format!("{} set {} src-address-list={list}", Table::Filter.path(), self.rule.id);
        Some(if has_list { finding } else { finding.script(script) })
    }

    fn said(&self, finding: Finding) -> Finding {
        let rule = crate::firewall::RuleRef::new(Table::Filter, self.rule);
        naming(finding, &rule).with("account", self.account.name.as_str())
    }

    fn is_way_of(&self, fate: &Fate) -> bool {
        fate.leaks.iter().any(|leak| leak.rule.as_ref().is_some_and(|rule| rule.id == self.rule.id))
    }

    /// What becomes of the account's packets that the rule is for, while it is on; `allowed`: the tunnel is let through.
    fn send(&self, allowed: Likely) -> Fate {
        let mut rules: Rules = self.facts.rules.clone();
        for rule in rules.filter.iter_mut().filter(|rule| rule.id == self.rule.id) {
            (rule.bound, rule.disabled) = (None, false);
        }
        let mut origin = self.facts.boxed();
        origin
            .lists
            .insert(self.facts.sandbox_list.clone(), Likely::certain(self.facts.is_boxed(self.account)));
        origin.lists.insert(self.facts.allow_list.clone(), allowed);
        let own = self.account.remote_address.as_deref().and_then(Range::parse);
        let addresses = own.map(|own| vec![own]).or(origin.addresses);
        let origin = Origin { addresses, ..origin };
        let value = |name: &str| {
            let found = self.rule.conditions.iter().find(|(condition, _)| condition == name);
            found.map(|(_, value)| value.as_str()).filter(|value| !value.starts_with('!'))
        };
        let aim = Aim {
            destination: value("dst-address")
                .and_then(|address| address.trim_end_matches("/32").parse().ok()),
            protocol: value("protocol").map(str::to_owned),
            port: value("dst-port").and_then(|port| port.parse().ok()),
            ..Aim::default()
        };
        let packets = Packets { family: Family::V4, way: Way::Forward, state: State::New, origin, aim };
        self.facts.firewall(&rules).send(&packets)
    }
}

impl Facts {
    /// Are the tunnels of an account put on the list of the box?
    fn is_boxed(&self, account: &Account) -> bool {
        if let Some(lists) = &account.lists {
            return lists.contains(&self.sandbox_list);
        }
        let mut names = self.profiles_of(account).peekable();
        let boxes =
            |name: &str| self.profiles.iter().any(|profile| profile.name == name && self.boxes(profile));
        names.peek().is_some() && names.all(boxes)
    }
}

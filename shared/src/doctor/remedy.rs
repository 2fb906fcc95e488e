//! What to type on a router. Nothing that is advised here takes anything away from those who are let through, nor from
//! what the administrator has set: the rules are the set-up's own, with what is open to the box on purpose.

use super::{Facts, Profile};
use crate::{
    firewall::{Family, Range, Rule, RuleRef, Rules},
    router::setup::{
        Change, Item, Menu, Page, Part, Raw, SERVER_LIST, Setting, There, VPN_INTERFACES, Wanted, by_hand,
        in_quotes, named_ports, script,
    },
};
use std::collections::BTreeSet;

/// Puts tunnels of a profile into the box, and leaves them on the lists that they are on.
pub(super) fn box_profile(of: &Profile, facts: &Facts) -> String {
    let mut lists: Vec<&str> = of.address_lists.iter().map(String::as_str).collect();
    lists.push(&facts.sandbox_list);
    profile(&of.name, "address-list", &lists.join(","))
}

/// Sets a value of a profile.
pub(super) fn profile(name: &str, property: &str, value: &str) -> String {
    script(&Change::Set {
        menu: Menu::Profile,
        id: String::new(),
        known_by: name.into(),
        settings: vec![Setting { name: property.to_owned(), was: None, now: Some(value.into()) }],
    })
}

/// Takes the bridge out of a profile.
pub(super) fn unbridge(name: &str) -> String {
    format!("/ppp profile unset [find name={}] bridge", in_quotes(name))
}

/// Ends tunnels, so that they come again.
pub(super) fn end_tunnels<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let line = |name| format!("/ppp active remove [find name={}]", in_quotes(name));
    names.map(line).collect::<Vec<_>>().join("\n")
}

/// The guard: who is in the box and not let through goes nowhere.
pub(super) fn guard(facts: &Facts) -> String {
    let checks = if facts.checks_sources { "" } else { "\n/ip settings set rp-filter=strict" };
    format!("{}{checks}", rules_of_box(facts))
}

/// The rules for what comes from the box and for what goes into it.
pub(super) fn rules_of_box(facts: &Facts) -> String {
    by_hand(Part::Forward, &facts.there(&facts.rules), &facts.wanted())
}

/// The same for what goes to the router itself. Whoever is let through is on the list of the box, too, so a rule that
/// drops whatever is on it would keep everybody out.
pub(super) fn close_router(facts: &Facts) -> String {
    by_hand(Part::Router, &facts.there(&facts.rules), &facts.wanted())
}

/// The rule that drops banned callers, below the server's own way: in the raw table, which comes before every rule of the
/// filter, a ban of the server's address would keep the server out.
pub(super) fn ban(facts: &Facts, family: Family, rules: &Rules) -> String {
    by_hand(Part::Ban(family), &facts.there(rules), &facts.wanted())
}

/// Lets servers to the API past the rule of the raw table that stops them, and leaves the rest to the filter.
pub(super) fn raw_way<'a>(facts: &Facts, servers: impl Iterator<Item = &'a Range>, stop: &RuleRef) -> String {
    let not_by_tunnel = if facts.knows_tunnels() {
        format!(" in-interface-list={}", in_quotes(&format!("!{VPN_INTERFACES}")))
    } else {
        String::new()
    };
    let ports = named_ports(&facts.api_ports);
    let (table, place) = (stop.table.path(), &stop.id);
    let line = |server: &Range| {
        format!(
            "{table} add chain=prerouting src-address={server} protocol=tcp dst-port={ports}{not_by_tunnel} \
             action=accept place-before={place}"
        )
    };
    servers.map(line).collect::<Vec<_>>().join("\n")
}

impl Facts {
    /// What the rules of the set-up are made of.
    pub(super) fn wanted(&self) -> Wanted {
        let (sandbox, allow, ban) =
            (self.sandbox_list.clone(), self.allow_list.clone(), self.ban_list.clone());
        let page: Option<Page> = self.page_at.clone();
        Wanted { page, telegram: self.telegram.clone(), ..Wanted::of_lists(sandbox, allow, ban) }
    }

    /// Rules as the set-up reads them.
    pub(super) fn items(&self, rules: &[Rule]) -> Vec<Item> {
        rules.iter().map(item).collect()
    }

    /// Is there the list of the tunnels' interfaces?
    fn knows_tunnels(&self) -> bool {
        self.interfaces.lists.as_ref().is_some_and(|lists| lists.contains_key(VPN_INTERFACES))
    }

    /// What is there of these rules, which are of one family.
    fn there(&self, rules: &Rules) -> There {
        let lists: BTreeSet<&String> = rules.entries.iter().map(|entry| &entry.list).collect();
        let listed: Vec<Range> = rules
            .entries
            .iter()
            .filter(|entry| entry.list == SERVER_LIST)
            .filter_map(|entry| entry.addresses)
            .collect();
        let servers = self.server.iter().flatten();
        let servers = servers.filter(|server| !listed.iter().any(|range| range.covers(server)));
        There {
            filter: self.items(&rules.filter),
            telegram: self.opens_telegram(),
            servers: servers.map(Range::to_string).collect(),
            lists: lists.into_iter().cloned().collect(),
            interfaces: self.knows_tunnels(),
            api_ports: self.api_ports.clone(),
        }
    }
}

/// A rule as the set-up reads it.
fn item(rule: &Rule) -> Item {
    let flag = |is_so: bool| if is_so { "true" } else { "false" };
    let values = [
        ("chain", rule.chain.as_str()),
        ("action", &rule.action),
        ("jump-target", &rule.jump_target),
        ("reject-with", &rule.reject_with),
        ("address-list", &rule.address_list),
        ("comment", &rule.comment),
        ("disabled", flag(rule.disabled)),
        ("dynamic", flag(rule.dynamic)),
    ];
    let conditions = rule.conditions.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let values = values.into_iter().chain(conditions);
    Item {
        id: rule.id.clone(),
        values: values.map(|(name, value)| (name.to_owned(), Raw::from(value))).collect(),
    }
}

/// The tunnels of the box get no IPv6 any more: the list of the box holds addresses of IPv4 alone, so by IPv6 nobody is let
/// through anyway.
pub(super) fn without_ipv6(facts: &Facts) -> String {
    let with = facts.boxing().into_iter().filter(|profile| profile.use_ipv6 != "no");
    with.map(|of| profile(&of.name, "use-ipv6", "no")).collect::<Vec<_>>().join("\n")
}

//! Bans: are banned callers kept out, and does the server get in although its own address may be banned?

use super::{
    Facts, Finding,
    enclosure::naming,
    remedy::{self, raw_way},
};
use crate::{
    firewall::{
        Family, Fate, Firewall, Interfaces, Leak, Likely, Origin, Range, Rule, RuleRef, Rules, State, Table,
        Way,
    },
    router::setup::{SERVER_LIST, usual_unless_known},
};
use std::collections::BTreeMap;

/// Looks at both.
pub(super) fn look(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = bans(facts, Family::V4, &facts.rules).into_iter().collect();
    findings.extend(facts.rules6.iter().filter_map(|rules| bans(facts, Family::V6, rules)));
    findings.extend(own_way(facts));
    findings
}

/// Are banned callers kept from dialling in? What the rules do with their packets tells; which rule it is that should
/// stop them is looked for only to name it.
fn bans(facts: &Facts, family: Family, rules: &Rules) -> Option<Finding> {
    let (key, list) = ("bans", facts.ban_list.as_str());
    if list.is_empty() {
        return None;
    }
    let (raw, filter, said) = match family {
        Family::V4 => (Table::Raw, Table::Filter, "IPv4"),
        Family::V6 => (Table::Raw6, Table::Filter6, "IPv6"),
    };
    let finding = |finding: Finding| Some(finding.with("family", said).with("list", list));
    if gets_in(facts, family, rules) {
        let late = [(raw, "prerouting"), (filter, "input")].into_iter();
        let late = late.filter_map(|(table, chain)| late_ban(facts, family, rules, table, chain)).next();
        return finding(late.unwrap_or_else(|| {
            let none = Finding::warning(key, "bans-none");
            let script = remedy::ban(facts, family, rules);
            if script.is_empty() { none } else { none.script(script) }
        }));
    }
    finding(Finding::ok(key, "bans-ok"))
}

/// The rule of the bans that would do if it stood further up, and the rule above which it has to be.
fn late_ban(facts: &Facts, family: Family, rules: &Rules, table: Table, chain: &str) -> Option<Finding> {
    let of_table = |rules: &mut Rules| {
        std::mem::take(if matches!(table, Table::Raw | Table::Raw6) {
            &mut rules.raw
        } else {
            &mut rules.filter
        })
    };
    let all = of_table(&mut rules.clone());
    let at = all.iter().position(|rule| rule.chain == chain && is_ban(rule, &facts.ban_list))?;
    let above: Vec<usize> = all
        .iter()
        .enumerate()
        .take(at)
        .filter(|(_, rule)| rule.chain == chain && !rule.dynamic)
        .map(|(at, _)| at)
        .collect();
    let holds_above = |to: &usize| {
        let mut moved = rules.clone();
        let mut order = of_table(&mut moved);
        let ban = order.remove(at);
        order.insert(*to, ban);
        match table {
            Table::Raw | Table::Raw6 => moved.raw = order,
            _ => moved.filter = order,
        }
        !gets_in(facts, family, &moved)
    };
    // What stands higher holds as well.
    let last = above.partition_point(holds_above).checked_sub(1)?;
    let to = *above.get(last)?;
    let before = all.get(to)?;
    // The server's own way stays above it.
    let ways = all.get(to..at)?.iter().filter(|rule| rule.chain == chain && is_way(facts, rules, rule));
    let moved = ways.chain(all.get(at));
    let line = |rule: &Rule| format!("{} move {} destination={}", table.path(), rule.id, before.id);
    let finding = Finding::warning("bans", "bans-late")
        .with("position", i64::try_from(before.position).unwrap_or(i64::MAX))
        .script(moved.map(line).collect::<Vec<_>>().join("\n"));
    Some(finding)
}

/// Do those who are banned reach the router itself, whatever it makes of their connections?
fn gets_in(facts: &Facts, family: Family, rules: &Rules) -> bool {
    let lists = BTreeMap::from([(facts.ban_list.clone(), Likely::Yes)]);
    let origin = Origin { lists, chosen: true, anywhere: true, ..Origin::default() };
    // What lets in the server, and at the API alone, lets nobody dial in.
    let mut others = rules.clone();
    for table in [&mut others.raw, &mut others.filter] {
        table.retain(|rule| !is_way(facts, rules, rule));
    }
    // Who gets onto the list of those who are let through has not dialled in by that.
    let lets_in = |leak: &Leak| !leak.rule.as_ref().is_some_and(RuleRef::is_knock);
    [State::New, State::Untracked].into_iter().any(|state| {
        let mut packets = facts.packets(family, Way::Input, state, origin.clone());
        packets.aim.except.clear();
        facts.firewall(&others).send(&packets).leaks.iter().any(lets_in)
    })
}

/// Does a rule stop whoever is banned, and ask for nothing else?
fn is_ban(rule: &Rule, list: &str) -> bool {
    let is_it = |(name, value): &(String, String)| name == "src-address-list" && value == list;
    let plain = rule.conditions.len() == 1 && rule.conditions.iter().all(is_it);
    plain && rule.works() && rule.stops() && !rule.dynamic
}

/// Does a rule let in nothing but what comes from the server to the port of the API?
fn is_way(facts: &Facts, rules: &Rules, rule: &Rule) -> bool {
    let value = |wanted: &str| {
        let found = rule.conditions.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.starts_with('!'))
    };
    let ports = usual_unless_known(&facts.api_ports);
    let at_port = |port: &str| port.trim().parse().is_ok_and(|port| ports.contains(&port));
    let at_api = value("protocol") == Some("tcp")
        && value("dst-port").is_some_and(|named| named.split(',').all(at_port));
    let servers: Vec<Range> = facts.server.iter().flatten().copied().collect();
    let ours = |range: &Range| servers.iter().any(|server| server.covers(range));
    let by_address = value("src-address").and_then(Range::parse).is_some_and(|range| ours(&range));
    let by_list = value("src-address-list").is_some_and(|list| {
        let mut listed = rules.entries.iter().filter(|entry| entry.list == list).peekable();
        // The list of the set-up may hold a server that stands by.
        listed.peek().is_some()
            && (list == SERVER_LIST || listed.all(|entry| entry.addresses.as_ref().is_some_and(ours)))
    });
    rule.action == "accept" && at_api && (by_address || by_list)
}

/// Would a ban of the server's own address (of people behind the same address, or by hand) keep the server itself out?
/// None: nothing is dropped by the list, or it is not known from where the server comes.
fn own_way(facts: &Facts) -> Option<Finding> {
    let key = "server";
    if facts.ban_list.is_empty() {
        return None;
    }
    let Some(servers) = &facts.server else { return Some(Finding::warning(key, "server-unknown")) };
    let port = facts.api.service.as_ref()?.port;
    let rules = |family| match family {
        Family::V4 => Some(&facts.rules),
        Family::V6 => facts.rules6.as_ref(),
    };
    let fate = |server: &Range, banned| -> Option<Fate> {
        let rules = rules(server.family())?;
        let lists = BTreeMap::from([(facts.ban_list.clone(), Likely::certain(banned))]);
        let origin = Origin { addresses: Some(vec![*server]), lists, anywhere: true, ..Origin::default() };
        let mut packets = facts.packets(server.family(), Way::Input, State::New, origin);
        (packets.aim.protocol, packets.aim.port) = (Some("tcp".to_owned()), Some(port));
        packets.aim.except.clear();
        // It may come in by any interface.
        let anywhere = Interfaces::default();
        Some(Firewall { interfaces: &anywhere, ..facts.firewall(rules) }.send(&packets))
    };
    let mut is_guarded = false;
    let mut kept_out: Vec<(&Range, Option<RuleRef>)> = Vec::new();
    for server in servers {
        let Some(banned) = fate(server, true) else { continue };
        is_guarded = true;
        if banned.is_closed() && fate(server, false).is_some_and(|fate| !fate.is_closed()) {
            kept_out.push((server, banned.stops.into_iter().next()));
        }
    }
    let Some((server, stop)) = kept_out.first() else {
        return is_guarded.then(|| Finding::ok(key, "server-ok"));
    };
    let said = |words| {
        let finding = Finding::warning(key, words).with("address", server.to_string());
        finding.with("list", facts.ban_list.as_str())
    };
    Some(match stop {
        // It comes before the filter, so that no rule for the server there is come to any more.
        Some(stop) if matches!(stop.table, Table::Raw | Table::Raw6) => {
            let alike = kept_out.iter().filter(|(_, other)| other.as_ref() == Some(stop));
            let script = raw_way(facts, alike.map(|(server, _)| *server), stop);
            naming(said("server-bannable-raw"), stop).script(script)
        }
        _ => said("server-bannable"),
    })
}

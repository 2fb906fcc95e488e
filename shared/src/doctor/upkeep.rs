//! What besides the box has to be right: the way in, its rights, the clock, the version, accounting.

use super::{Facts, Finding};
use crate::{
    firewall::{
        Family, Firewall, Interfaces, Leak, Likely, Origin, Range, Rule, RuleRef, Rules, State, Table, Way,
    },
    router::setup::{SERVER_LIST, USUAL_PORTS, in_quotes},
};
use std::collections::BTreeMap;

/// A clock that is wrong by less does no harm.
const SKEW_TOLERATED: i64 = 60;
/// What the API user needs.
const NEEDED: [&str; 3] = ["read", "write", "api"];
/// What it may have besides, without harm.
const HARMLESS: [&str; 1] = ["test"];
/// One session for commands and one for pushed changes, and two that come while two old ones have not gone.
const LEAST_SESSIONS: u64 = 4;
/// The first version with the login that does not send a hash of the password.
const OLDEST: (u32, u32) = (6, 43);
/// Before this, sessions of the API keep rights that were taken away.
const REVOKES: (u32, u32) = (7, 24);

/// Looks at everything but the box.
pub(super) fn look(facts: &Facts) -> Vec<Finding> {
    let mut findings = vec![transport(facts), service(facts), rights(facts), clock(facts), version(facts)];
    findings.extend(login(facts));
    findings.extend(bans(facts, Family::V4, &facts.rules));
    findings.extend(facts.rules6.iter().filter_map(|rules| bans(facts, Family::V6, rules)));
    findings.extend(own_way(facts));
    findings.extend(sessions(facts));
    findings.extend(device_mode(facts));
    findings.extend(accounting(facts));
    findings
}

/// Is the connection encrypted?
fn transport(facts: &Facts) -> Finding {
    if facts.api.tls { Finding::ok("tls", "tls-ok") } else { Finding::warning("tls", "tls-plain") }
}

/// Whoever listens to a login by challenge can try passwords at leisure until one fits.
fn login(facts: &Facts) -> Option<Finding> {
    let is_old = number(&facts.version).is_some_and(|version| version < OLDEST);
    let words = if is_old { "login-md5" } else { "login-md5-needless" };
    facts.api.md5_login.then(|| Finding::warning("login", words).with("version", facts.version.as_str()))
}

/// From where can the API be reached?
fn service(facts: &Facts) -> Finding {
    let key = "api-address";
    let open = |addresses: &[String]| {
        addresses.is_empty()
            || addresses.iter().any(|address| matches!(address.as_str(), "0.0.0.0/0" | "::/0"))
    };
    let Some(service) = &facts.api.service else { return Finding::warning(key, "service-unknown") };
    if open(&service.addresses) && open(&facts.api.user_addresses) {
        let script = format!(
            "/ip service set {} address=ADDRESS/32\n/user set [find name={}] address=ADDRESS/32",
            service.name,
            in_quotes(&facts.api.username)
        );
        return Finding::warning(key, "service-open").with("service", service.name.as_str()).script(script);
    }
    let from = if open(&service.addresses) { &facts.api.user_addresses } else { &service.addresses };
    Finding::ok(key, "service-ok").with("addresses", from.join(", "))
}

fn rights(facts: &Facts) -> Finding {
    let key = "rights";
    let user = facts.api.username.as_str();
    let Some(rights) = &facts.api.rights else {
        return Finding::warning(key, "rights-unknown").with("user", user);
    };
    let missing: Vec<&str> =
        NEEDED.into_iter().filter(|needed| !rights.iter().any(|right| right == needed)).collect();
    let script = format!(
        "/user group set [find name=[/user get [find name={}] group]] policy={}",
        in_quotes(user),
        NEEDED.join(",")
    );
    if !missing.is_empty() {
        return Finding::danger(key, "rights-missing")
            .with("user", user)
            .with("rights", missing.join(", "))
            .script(script);
    }
    let excess: Vec<&str> = rights
        .iter()
        .map(String::as_str)
        .filter(|right| !NEEDED.contains(right) && !HARMLESS.contains(right))
        .collect();
    if excess.is_empty() {
        return Finding::ok(key, "rights-ok").with("user", user).with("rights", rights.join(", "));
    }
    Finding::warning(key, "rights-excess").with("user", user).with("rights", excess.join(", ")).script(
        format!(
            "/user group add name=sallyport policy={}\n/user set [find name={}] group=sallyport",
            NEEDED.join(","),
            in_quotes(user)
        ),
    )
}

fn clock(facts: &Facts) -> Finding {
    let key = "clock";
    match facts.clock_skew_seconds {
        None => Finding::warning(key, "clock-unknown"),
        Some(skew) if skew.abs() <= SKEW_TOLERATED => Finding::ok(key, "clock-ok").with("seconds", skew),
        Some(skew) => Finding::warning(key, "clock-wrong")
            .with("seconds", skew)
            .script("/system ntp client set enabled=yes servers=pool.ntp.org"),
    }
}

/// The first two numbers of a version as printed: `7.22.3 (stable)`.
fn number(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn version(facts: &Facts) -> Finding {
    let key = "version";
    let script = "/system package update set channel=stable\n/system package update check-for-updates\n/system package update install";
    let finding = match number(&facts.version) {
        None => Finding::warning(key, "version-unknown"),
        Some(version) if version < OLDEST => Finding::danger(key, "version-ancient").script(script),
        Some((6, _)) => Finding::warning(key, "version-six").script(script),
        Some(version) if version < REVOKES => Finding::warning(key, "version-revokes").script(script),
        Some(_) => Finding::ok(key, "version-ok"),
    };
    finding.with("version", facts.version.as_str())
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
            // RouterOS's own rules can't be put anything in front of.
            let first = rules.raw.iter().find(|rule| rule.chain == "prerouting" && !rule.dynamic);
            let place = first.map(|rule| format!(" place-before={}", rule.id)).unwrap_or_default();
            let add = format!("{} add chain=prerouting src-address-list=", raw.path());
            Finding::warning(key, "bans-none").script(format!("{add}{} action=drop{place}", in_quotes(list)))
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
    let (before, ban) = (all.get(*above.get(last)?)?, all.get(at)?);
    let finding = Finding::warning("bans", "bans-late")
        .with("position", i64::try_from(before.position).unwrap_or(i64::MAX))
        .script(format!("{} move {} destination={}", table.path(), ban.id, before.id));
    Some(finding)
}

/// Do those who are banned reach the router itself, whatever it makes of their connections?
fn gets_in(facts: &Facts, family: Family, rules: &Rules) -> bool {
    let lists = BTreeMap::from([(facts.ban_list.clone(), Likely::Yes)]);
    let origin = Origin { lists, chosen: true, anywhere: true, ..Origin::default() };
    // Who gets onto the list of those who are let through has not dialled in by that.
    // What lets in the server, and at the API alone, lets nobody dial in.
    let of_server = |known: &RuleRef| {
        let mut alike =
            rules.filter.iter().filter(|rule| rule.id == known.id && rule.position == known.position);
        alike.any(|rule| is_for_server(facts, rules, rule))
    };
    let lets_in = |leak: &Leak| !leak.rule.as_ref().is_some_and(|rule| rule.is_knock() || of_server(rule));
    [State::New, State::Untracked].into_iter().any(|state| {
        let mut packets = facts.packets(family, Way::Input, state, origin.clone());
        packets.aim.except.clear();
        facts.firewall(rules).send(&packets).leaks.iter().any(lets_in)
    })
}

/// Does a rule stop whoever is banned, and ask for nothing else?
fn is_ban(rule: &Rule, list: &str) -> bool {
    let is_it = |(name, value): &(String, String)| name == "src-address-list" && value == list;
    let plain = rule.conditions.len() == 1 && rule.conditions.iter().all(is_it);
    plain && rule.works() && rule.stops() && !rule.dynamic
}

/// Does a rule let in nothing but what comes from the server to the port of the API?
fn is_for_server(facts: &Facts, rules: &Rules, rule: &Rule) -> bool {
    let value = |wanted: &str| {
        let found = rule.conditions.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.starts_with('!'))
    };
    let of_api = facts.services.iter().filter(|service| service.name.starts_with("api"));
    let ports: Vec<u16> = of_api.map(|service| service.port).chain(USUAL_PORTS).collect();
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
    at_api && (by_address || by_list)
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
    let passes = |server: &Range, banned| {
        let rules = rules(server.family())?;
        let lists = BTreeMap::from([(facts.ban_list.clone(), Likely::certain(banned))]);
        let origin = Origin { addresses: Some(vec![*server]), lists, anywhere: true, ..Origin::default() };
        let mut packets = facts.packets(server.family(), Way::Input, State::New, origin);
        (packets.aim.protocol, packets.aim.port) = (Some("tcp".to_owned()), Some(port));
        packets.aim.except.clear();
        // It may come in by any interface.
        let anywhere = Interfaces::default();
        let firewall = Firewall { interfaces: &anywhere, ..facts.firewall(rules) };
        Some(!firewall.send(&packets).is_closed())
    };
    let is_at_risk =
        |server: &&Range| passes(server, false) == Some(true) && passes(server, true) == Some(false);
    let is_guarded = |server: &Range| passes(server, true).is_some();
    match servers.iter().find(is_at_risk) {
        Some(server) => Some(
            Finding::warning(key, "server-bannable")
                .with("address", server.to_string())
                .with("list", facts.ban_list.as_str()),
        ),
        None if servers.iter().any(is_guarded) => Some(Finding::ok(key, "server-ok")),
        None => None,
    }
}

fn sessions(facts: &Facts) -> Option<Finding> {
    let most = facts.api.max_sessions?;
    let service = facts.api.service.as_ref()?.name.as_str();
    let count = i64::try_from(most).unwrap_or(i64::MAX);
    Some(if most < LEAST_SESSIONS {
        Finding::warning("sessions", "sessions-few")
            .with("count", count)
            .script(format!("/ip service set {service} max-sessions=20"))
    } else {
        Finding::ok("sessions", "sessions-ok").with("count", count)
    })
}

fn device_mode(facts: &Facts) -> Option<Finding> {
    let key = "device-mode";
    let device = facts.device_mode.as_ref()?;
    let forbidden: Vec<&str> = device
        .forbidden
        .iter()
        .map(String::as_str)
        .filter(|feature| match *feature {
            "l2tp" | "pptp" => facts.servers.iter().any(|server| server.service == *feature),
            "ipsec" => facts.servers.iter().any(|server| server.service == "l2tp"),
            _ => false,
        })
        .collect();
    Some(if device.flagged {
        Finding::danger(key, "device-flagged").script("/system device-mode update flagged=no")
    } else if forbidden.is_empty() {
        Finding::ok(key, "device-ok").with("mode", device.mode.as_str())
    } else {
        let allow: Vec<String> = forbidden.iter().map(|feature| format!("{feature}=yes")).collect();
        Finding::warning(key, "device-forbids")
            .with("mode", device.mode.as_str())
            .with("features", forbidden.join(", "))
            .script(format!("/system device-mode update {}", allow.join(" ")))
    })
}

fn accounting(facts: &Facts) -> Vec<Finding> {
    let Some(settings) = facts.user_manager else { return Vec::new() };
    let key = "accounting";
    let mut findings = vec![match (settings.accounting, settings.interim_update) {
        (false, _) => {
            Finding::warning(key, "accounting-off").script("/ppp aaa set accounting=yes interim-update=1m")
        }
        (true, false) => Finding::warning(key, "accounting-final").script("/ppp aaa set interim-update=1m"),
        (true, true) => Finding::ok(key, "accounting-ok"),
    }];
    findings.extend(settings.incoming.map(|incoming| {
        if incoming {
            Finding::ok("incoming", "incoming-ok")
        } else {
            Finding::warning("incoming", "incoming-off").script("/radius incoming set accept=yes")
        }
    }));
    findings
}

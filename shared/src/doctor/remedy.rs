//! What to type on a router. Nothing that is advised here takes anything away from those who are let through, nor from
//! what the administrator has set.

use super::{Facts, Profile};
use crate::firewall::Rule;

/// A value for the router's command line.
pub(super) fn quoted(text: &str) -> String {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:/".contains(&b));
    if plain {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$"))
}

/// Puts tunnels of a profile into the box, and leaves them on the lists that they are on.
pub(super) fn box_profile(profile: &Profile, facts: &Facts) -> String {
    let mut lists: Vec<&str> = profile.address_lists.iter().map(String::as_str).collect();
    lists.push(&facts.sandbox_list);
    let lists: Vec<String> = lists.into_iter().map(quoted).collect();
    format!("/ppp profile set [find name={}] address-list={}", quoted(&profile.name), lists.join(","))
}

/// Ends tunnels, so that they come again.
pub(super) fn end_tunnels<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let line = |name| format!("/ppp active remove [find name={}]", quoted(name));
    names.map(line).collect::<Vec<_>>().join("\n")
}

/// The shortest guard there is: who is in the box and not let through goes nowhere.
pub(super) fn guard(facts: &Facts) -> String {
    let lines = [
        format!(
            "action=return src-address-list={} comment=\"sallyport: let through\"",
            quoted(&facts.allow_list)
        ),
        "action=drop comment=\"sallyport: the box\"".to_owned(),
    ];
    let outwards = chain(facts, "sallyport", "forward", "src-address-list", &lines, "sallyport: guard");
    let checks = if facts.checks_sources { "" } else { "\n/ip settings set rp-filter=strict" };
    format!("{outwards}\n{}{checks}", close_inwards(facts))
}

/// The same for what goes to those in the box.
pub(super) fn close_inwards(facts: &Facts) -> String {
    let lines = [
        format!(
            "action=return dst-address-list={} comment=\"sallyport: let through\"",
            quoted(&facts.allow_list)
        ),
        "action=drop comment=\"sallyport: the box\"".to_owned(),
    ];
    chain(facts, "sallyport-inwards", "forward", "dst-address-list", &lines, "sallyport: to the box")
}

/// The same for what goes to the router itself. Whoever is let through is on the list of the box, too, so a rule that
/// drops whatever is on it would keep everybody out.
pub(super) fn close_router(facts: &Facts) -> String {
    let mut lines = vec![format!(
        "action=return src-address-list={} comment=\"sallyport: let through\"",
        quoted(&facts.allow_list)
    )];
    if facts.page_has_name {
        let names =
            |protocol| format!("action=accept protocol={protocol} dst-port=53 comment=\"sallyport: names\"");
        lines.extend(["udp", "tcp"].map(names));
    }
    lines.push("action=drop comment=\"sallyport: the box\"".to_owned());
    chain(facts, "sallyport-itself", "input", "src-address-list", &lines, "sallyport: the router itself")
}

/// Rules in a chain of their own, and the jump to them on top of another.
fn chain(facts: &Facts, own: &str, from: &str, end: &str, lines: &[String], comment: &str) -> String {
    // RouterOS's own rules (the first one is, where FastTrack is used) can't be put anything in front of.
    let stays = |rule: &&Rule| rule.chain == from && !rule.dynamic;
    let first = facts.rules.filter.iter().find(stays).map(|rule| format!(" place-before={}", rule.id));
    let sandbox = quoted(&facts.sandbox_list);
    let jump = format!(
        "/ip firewall filter add chain={from} {end}={sandbox} action=jump jump-target={own}{} comment=\"{comment}\"",
        first.unwrap_or_default()
    );
    let lines = lines.iter().map(|line| format!("/ip firewall filter add chain={own} {line}"));
    lines.chain([jump]).collect::<Vec<_>>().join("\n")
}

//! What of the router itself can be reached from the box.

use super::{Facts, Finding, Helper, HelperKind, Service, remedy::close_router};
use crate::firewall::{Origin, Range};

/// Looks at everything that the router answers to what comes from `origins`; `reached` tells whether a port of it is open
/// to one of them.
pub(super) fn look(
    facts: &Facts,
    origins: &[Origin],
    reached: impl Fn(&Origin, &str, u16) -> bool,
    findings: &mut Vec<Finding>,
) {
    let key = "input";
    let by_any =
        |helper: &&Helper| origins.iter().any(|origin| reached(origin, helper.protocol, helper.port));
    let helpers: Vec<&Helper> = facts.helpers.iter().filter(by_any).collect();
    let of = |kind| helpers.iter().filter(move |helper| helper.kind == kind).map(|helper| helper.menu);
    let mut said = false;
    let proxies: Vec<&str> = of(HelperKind::Proxy).collect();
    if !proxies.is_empty() {
        let off = proxies.iter().map(|menu| format!("{menu} set enabled=no"));
        let script = off.chain([close_router(facts)]).collect::<Vec<_>>().join("\n");
        let finding = Finding::danger(key, "input-proxy").opening();
        findings.push(finding.with("services", proxies.join(", ")).script(script));
        said = true;
    }
    // From the same place: a service that answers one and is shut off from it is not open to another.
    let answers = |service: &&Service| {
        let open = |origin: &Origin| answers(facts, origin, service) && reached(origin, "tcp", service.port);
        origins.iter().any(open)
    };
    let services = facts.services.iter().filter(answers).map(|service| service.name.as_str());
    let open: Vec<&str> = services.chain(of(HelperKind::Other)).collect();
    if !open.is_empty() {
        let finding = Finding::warning(key, "input-open").with("services", open.join(", "));
        findings.push(finding.script(close_router(facts)));
        said = true;
    }
    if of(HelperKind::Names).next().is_some() {
        // The page of those who wait is looked for by its name; that is wanted.
        findings.push(if facts.page_has_name() {
            Finding::ok(key, "input-names-page")
        } else {
            Finding::warning(key, "input-names").script(close_router(facts))
        });
        said = true;
    }
    if !said {
        findings.push(Finding::ok(key, "input-ok"));
    }
}

/// Does a service answer what comes from there? Where the addresses of tunnels can't be told, the pools stand for them.
fn answers(facts: &Facts, origin: &Origin, service: &Service) -> bool {
    if service.addresses.is_empty() || origin.chosen {
        return true;
    }
    let pools = || facts.pools.values().flatten().copied().collect();
    let tunnels: Vec<Range> = origin.addresses.clone().unwrap_or_else(pools);
    let meets = |bound: &Range| bound.is_everything() || tunnels.iter().any(|tunnel| tunnel.meets(bound));
    // What can't be read may be anything.
    service.addresses.iter().any(|address| Range::parse(address).is_none_or(|bound| meets(&bound)))
}

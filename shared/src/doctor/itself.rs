//! What of the router itself can be reached from the box.

use super::{
    Facts, Finding, Helper, HelperKind, Service,
    remedy::{close_router, without_ipv6},
};
use crate::firewall::{Family, Origin, Range};

/// The words for a family.
struct Said {
    key: &'static str,
    ok: &'static str,
    open: &'static str,
    proxy: &'static str,
    names: &'static str,
    script: fn(&Facts) -> String,
}

const V4: Said = Said {
    key: "input",
    ok: "input-ok",
    open: "input-open",
    proxy: "input-proxy",
    names: "input-names",
    script: close_router,
};
const V6: Said = Said {
    key: "input6",
    ok: "input6-ok",
    open: "input6-open",
    proxy: "input6-proxy",
    names: "input6-names",
    script: without_ipv6,
};

/// Looks at everything that the router answers by a protocol to what comes from `origins`; `reached` tells whether a port of
/// it is open to one of them.
pub(super) fn look(
    facts: &Facts,
    family: Family,
    origins: &[Origin],
    reached: impl Fn(&Origin, &str, u16) -> bool,
    findings: &mut Vec<Finding>,
) {
    let said_of = if family == Family::V4 { V4 } else { V6 };
    let Said { key, script: close, .. } = said_of;
    let by_any =
        |helper: &&Helper| origins.iter().any(|origin| reached(origin, helper.protocol, helper.port));
    let helpers: Vec<&Helper> = facts.helpers.iter().filter(by_any).collect();
    let of = |kind| helpers.iter().filter(move |helper| helper.kind == kind).map(|helper| helper.menu);
    let mut said = false;
    let proxies: Vec<&str> = of(HelperKind::Proxy).collect();
    if !proxies.is_empty() {
        let off = proxies.iter().map(|menu| format!("{menu} set enabled=no"));
        let script = off.chain([close(facts)]).collect::<Vec<_>>().join("\n");
        let finding = Finding::danger(key, said_of.proxy).opening();
        findings.push(finding.with("services", proxies.join(", ")).script(script));
        said = true;
    }
    // From the same place: a service that answers one and is shut off from it is not open to another.
    let answers = |service: &&Service| {
        let open =
            |origin: &Origin| answers(facts, family, origin, service) && reached(origin, "tcp", service.port);
        origins.iter().any(open)
    };
    let services = facts.services.iter().filter(answers).map(|service| service.name.as_str());
    let open: Vec<&str> = services.chain(of(HelperKind::Other)).collect();
    if !open.is_empty() {
        let finding = Finding::warning(key, said_of.open).with("services", open.join(", "));
        findings.push(finding.script(close(facts)));
        said = true;
    }
    if of(HelperKind::Names).next().is_some() {
        // The page of those who wait is looked for by its name, by IPv4; that is wanted.
        findings.push(if facts.page_has_name() && family == Family::V4 {
            Finding::ok(key, "input-names-page")
        } else {
            Finding::warning(key, said_of.names).script(close(facts))
        });
        said = true;
    }
    if !said {
        findings.push(Finding::ok(key, said_of.ok));
    }
}

/// Does a service answer addresses of this family that tunnels have? Where those can't be told, the pools stand for them;
/// of IPv6 tunnels may have any.
fn answers(facts: &Facts, family: Family, origin: &Origin, service: &Service) -> bool {
    if service.addresses.is_empty() || origin.chosen {
        return true;
    }
    let pools = || facts.pools.values().flatten().copied().collect();
    let tunnels: Vec<Range> = origin.addresses.clone().unwrap_or_else(pools);
    let meets = |bound: &Range| {
        let any = bound.is_everything() || family == Family::V6;
        bound.family() == family && (any || tunnels.iter().any(|tunnel| tunnel.meets(bound)))
    };
    // What can't be read may be anything.
    service.addresses.iter().any(|address| Range::parse(address).is_none_or(|bound| meets(&bound)))
}

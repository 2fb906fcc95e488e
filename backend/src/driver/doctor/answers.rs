//! What a router answers besides being managed.

use super::{is, print, text};
use routeros_api::{Connection, Error};
use sallyport_shared::doctor::{Helper, HelperKind};

/// The ports of `/ip/dns`, `/snmp` and `/tool/bandwidth-server`, which cannot be chosen.
const NAMES: u16 = 53;
const SNMP: u16 = 161;
const BANDWIDTH: u16 = 2_000;

/// The services that are on. Menus that this version does not have are none.
pub(super) async fn helpers(wire: &Connection) -> Result<Vec<Helper>, Error> {
    let mut helpers = Vec::new();
    if flag(wire, "/ip/dns", "allow-remote-requests").await? {
        let names = |protocol| Helper { menu: "/ip dns", protocol, port: NAMES, kind: HelperKind::Names };
        helpers.extend(["udp", "tcp"].map(names));
    }
    for (path, menu) in [("/ip/socks", "/ip socks"), ("/ip/proxy", "/ip proxy")] {
        for row in print(wire, path, &["enabled", "port"]).await?.iter().filter(|row| is(row, "enabled")) {
            let ports = text(row, "port");
            let ports = ports.split(',').filter_map(|port| port.trim().parse().ok());
            helpers.extend(ports.map(|port| Helper { menu, protocol: "tcp", port, kind: HelperKind::Proxy }));
        }
    }
    if flag(wire, "/snmp", "enabled").await? {
        let (menu, protocol, kind) = ("/snmp", "udp", HelperKind::Other);
        helpers.push(Helper { menu, protocol, port: SNMP, kind });
    }
    if flag(wire, "/tool/bandwidth-server", "enabled").await? {
        let (menu, protocol, kind) = ("/tool bandwidth-server", "tcp", HelperKind::Other);
        helpers.push(Helper { menu, protocol, port: BANDWIDTH, kind });
    }
    Ok(helpers)
}

async fn flag(wire: &Connection, menu: &str, name: &str) -> Result<bool, Error> {
    Ok(print(wire, menu, &[name]).await?.iter().any(|row| is(row, name)))
}

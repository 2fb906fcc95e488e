//! Whom a ban keeps out, as the routers' lists write it.

use std::net::{IpAddr, Ipv6Addr};

/// How much of an address of IPv6 names the caller's network; the rest they choose themselves, as often as they like.
const NETWORK: u8 = 64;
const BITS: u8 = 128;

/// What goes onto a router's ban list because of a caller: an IPv4 address as it is, of IPv6 the caller's network. None:
/// there is no such address (PPPoE shows a MAC address), so that nothing can be kept out.
pub fn ban_target(caller: &str) -> Option<String> {
    match caller.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => Some(address.to_string()),
        // All that is on the same wire begins alike.
        IpAddr::V6(address) if address.is_unicast_link_local() => Some(network(address, BITS)),
        IpAddr::V6(address) => Some(network(address, NETWORK)),
    }
}

/// An entry of a ban list as [`ban_target`] writes it; none for anything else, a name or a range for instance.
pub fn ban_entry(text: &str) -> Option<String> {
    if let Ok(IpAddr::V4(address)) = text.parse() {
        return Some(address.to_string());
    }
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, length.parse().ok().filter(|length| *length <= BITS)?),
        None => (text, BITS),
    };
    Some(network(address.parse().ok()?, length))
}

/// Is it on the list of IPv6? The router has one for each.
pub fn is_ipv6(target: &str) -> bool {
    target.contains(':')
}

fn network(address: Ipv6Addr, length: u8) -> String {
    let mask = u128::MAX.checked_shl(u32::from(BITS - length)).unwrap_or(0);
    format!("{}/{length}", Ipv6Addr::from(u128::from(address) & mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_kept_out_with_the_network_that_is_theirs_alone() {
        for (caller, target) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:DB8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
            ("fe80::1", "fe80::1/128"),
        ] {
            assert_eq!(ban_target(caller).as_deref(), Some(target));
        }
        for none in ["48:8F:5A:7C:13:3A", "", "ivan", "203.0.113.0/24"] {
            assert_eq!(ban_target(none), None, "{none}");
        }
    }

    #[test]
    fn entries_are_known_again_however_they_are_written() {
        for (entry, target) in [
            ("203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2::/64", "2001:db8:1:2::/64"),
            ("2001:DB8:1:2:0:0:0:9/64", "2001:db8:1:2::/64"),
            ("fe80::1", "fe80::1/128"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(ban_entry(entry).as_deref(), Some(target));
        }
        for none in ["48:8F:5A:7C:13:3A", "203.0.113.0/24", "2001:db8::/129", "vpn.example"] {
            assert_eq!(ban_entry(none), None, "{none}");
        }
        assert!(is_ipv6("2001:db8:1:2::/64") && !is_ipv6("203.0.113.7"));
    }
}

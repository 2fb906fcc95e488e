//! Addresses as firewall rules and address lists write them: single ones, prefixes and ranges.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Which of the two protocols.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// Addresses that lie side by side, the ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    family: Family,
    first: u128,
    last: u128,
}

impl Range {
    /// One address.
    pub fn of(address: IpAddr) -> Self {
        let (family, number) = number(address);
        Self { family, first: number, last: number }
    }

    /// Reads `10.0.0.1`, `10.0.0.0/8` or `10.0.0.1-10.0.0.9`, or the same in IPv6. None: something else, a name for
    /// instance.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some((address, length)) = text.split_once('/') {
            return Self::prefix(address.parse().ok()?, length.parse().ok()?);
        }
        if let Some((first, last)) = text.split_once('-') {
            let (family, first) = number(first.trim().parse().ok()?);
            let (other, last) = number(last.trim().parse().ok()?);
            return (family == other && first <= last).then_some(Self { family, first, last });
        }
        text.parse().ok().map(Self::of)
    }

    fn prefix(address: IpAddr, length: u32) -> Option<Self> {
        let (family, number) = number(address);
        let bits: u32 = if family == Family::V4 { 32 } else { 128 };
        let host = bits.checked_sub(length)?;
        // A shift by all 128 bits does not exist.
        let mask = u128::MAX.checked_shr(128 - host).unwrap_or(0);
        Some(Self { family, first: number & !mask, last: number | mask })
    }

    /// Is all of `other` in it?
    pub fn covers(&self, other: &Self) -> bool {
        self.family == other.family && self.first <= other.first && other.last <= self.last
    }

    /// Have they an address in common?
    pub fn meets(&self, other: &Self) -> bool {
        self.family == other.family && self.first <= other.last && other.first <= self.last
    }

    /// Is it every address of its family?
    pub fn is_everything(&self) -> bool {
        let last = if self.family == Family::V4 { u128::from(u32::MAX) } else { u128::MAX };
        self.first == 0 && self.last == last
    }

    /// Is it one address?
    pub fn is_single(&self) -> bool {
        self.first == self.last
    }

    /// The first address.
    pub fn first(&self) -> IpAddr {
        match self.family {
            Family::V4 => IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(self.first).unwrap_or(u32::MAX))),
            Family::V6 => IpAddr::V6(Ipv6Addr::from_bits(self.first)),
        }
    }

    /// Of which family it is.
    pub fn family(&self) -> Family {
        self.family
    }
}

/// As a rule would name it: one address, or the first and the last.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = |number: u128| match (self.family, u32::try_from(number)) {
            (Family::V4, Ok(number)) => IpAddr::V4(Ipv4Addr::from(number)),
            (Family::V4 | Family::V6, _) => IpAddr::V6(Ipv6Addr::from(number)),
        };
        if self.is_single() {
            return write!(f, "{}", address(self.first));
        }
        write!(f, "{}-{}", address(self.first), address(self.last))
    }
}

fn number(address: IpAddr) -> (Family, u128) {
    match address {
        IpAddr::V4(v4) => (Family::V4, u128::from(u32::from(v4))),
        IpAddr::V6(v6) => (Family::V6, u128::from(v6)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Range {
        Range::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn all_forms_are_read() {
        assert!(range("10.8.0.0/16").covers(&range("10.8.0.2-10.8.255.254")));
        assert!(!range("10.8.0.0/24").covers(&range("10.8.0.200-10.8.1.1")));
        assert!(range("10.8.0.0/24").meets(&range("10.8.0.200-10.8.1.1")));
        assert!(range("0.0.0.0/0").is_everything() && range("::/0").is_everything());
        assert!(!range("0.0.0.0/1").is_everything());
        assert!(range("10.8.0.9/24").covers(&range("10.8.0.1")), "host bits do not matter");
        assert!(range("fd00::/8").covers(&range("fd12::1")));
        assert!(!range("::/0").meets(&range("10.8.0.1")), "families do not mix");
        assert!(range("10.8.0.7/32") == range("10.8.0.7"));
        for text in ["10.8.0.7", "10.8.0.2-10.8.0.9", "fd00::1"] {
            assert_eq!(range(text).to_string(), text);
        }
        for wrong in ["", "vpn.example", "10.8.0.9-10.8.0.1", "10.8.0.1-fd00::1", "10.0.0.0/33", "::/129"] {
            assert_eq!(Range::parse(wrong), None, "{wrong}");
        }
    }
}

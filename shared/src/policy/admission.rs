//! From where and when a policy lets a tunnel come in at all.

use super::{Policy, WorkingHours};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A moment in the policy's time zone; this crate knows no zones, so the caller works it out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct LocalTime {
    /// 1 = Monday … 7 = Sunday.
    pub weekday: u8,
    /// Minutes after midnight.
    pub minute: u16,
}

/// The same with what surrounds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    /// Weekday and time of day.
    pub time: LocalTime,
    /// When the day began there.
    pub day_began: Timestamp,
    /// When the policy's hours that run now end; none: they do not, or none run.
    pub hours_end: Option<Timestamp>,
    /// When the policy's hours begin, as they do not run now; none: they run, or there are none.
    pub hours_begin: Option<Timestamp>,
}

/// Why a policy does not let a tunnel come in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NotAdmitted {
    /// The caller is in none of the allowed networks.
    Network,
    /// The caller is in none of the allowed countries, or nobody knows in which.
    Country,
    /// It is outside the working hours.
    Hours,
}

impl Policy {
    /// May a tunnel from `caller` come in at `local`? What is not known is not allowed.
    ///
    /// # Errors
    /// [`NotAdmitted`] says which rule is against it.
    pub fn admits(
        &self,
        caller: Option<&str>,
        country: Option<&str>,
        local: LocalTime,
    ) -> Result<(), NotAdmitted> {
        if !self.allowed_networks.is_empty() {
            let address: Option<IpAddr> = caller.and_then(|caller| caller.parse().ok());
            let inside = |network: &String| address.is_some_and(|address| contains(network, address));
            if !self.allowed_networks.iter().any(inside) {
                return Err(NotAdmitted::Network);
            }
        }
        if !self.allowed_countries.is_empty()
            && !self.allowed_countries.iter().any(|known| Some(known.as_str()) == country)
        {
            return Err(NotAdmitted::Country);
        }
        if self.is_open_at(local) { Ok(()) } else { Err(NotAdmitted::Hours) }
    }

    /// Do the working hours run at `local`?
    pub fn is_open_at(&self, local: LocalTime) -> bool {
        let at_work = |hours: &WorkingHours| {
            hours.weekday == local.weekday && (hours.from..hours.to).contains(&local.minute)
        };
        self.working_hours.is_empty() || self.working_hours.iter().any(at_work)
    }
}

/// Is the address within the network (CIDR)? A network that cannot be read contains nothing.
fn contains(network: &str, address: IpAddr) -> bool {
    let Some((base, length)) = network.split_once('/') else { return network.parse() == Ok(address) };
    let (Ok(base), Ok(length)) = (base.parse::<IpAddr>(), length.parse::<u32>()) else { return false };
    match (base, address.to_canonical()) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            length <= 32 && same_prefix(u128::from(base.to_bits()), u128::from(address.to_bits()), length, 32)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => {
            length <= 128 && same_prefix(base.to_bits(), address.to_bits(), length, 128)
        }
        _ => false,
    }
}

fn same_prefix(one: u128, other: u128, length: u32, width: u32) -> bool {
    length == 0 || (one ^ other) >> (width - length) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PolicyId;

    const NOON: LocalTime = LocalTime { weekday: 1, minute: 720 };

    fn policy() -> Policy {
        Policy::initial(PolicyId(uuid::Uuid::nil()))
    }

    #[test]
    fn networks_are_matched_by_prefix() {
        let networks = ["198.51.100.0/24", "2001:db8::/32", "10.1.1.1"].map(str::to_owned).to_vec();
        let policy = Policy { allowed_networks: networks, ..policy() };
        for caller in ["198.51.100.7", "2001:db8::1", "10.1.1.1", "::ffff:198.51.100.7"] {
            assert_eq!(policy.admits(Some(caller), None, NOON), Ok(()), "{caller}");
        }
        for caller in [Some("198.51.101.7"), Some("2001:db9::1"), Some("AA:BB:CC:DD:EE:FF"), Some(""), None] {
            assert_eq!(policy.admits(caller, None, NOON), Err(NotAdmitted::Network), "{caller:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_allowed() {
        let policy = Policy { allowed_countries: vec!["DE".to_owned()], ..policy() };
        assert_eq!(policy.admits(None, None, NOON), Err(NotAdmitted::Country));
        assert_eq!(policy.admits(None, Some("FR"), NOON), Err(NotAdmitted::Country));
        assert_eq!(policy.admits(None, Some("DE"), NOON), Ok(()));
    }

    #[test]
    fn hours_begin_with_their_first_minute_and_end_before_their_last() {
        let hours = vec![WorkingHours { weekday: 1, from: 540, to: 1_080 }];
        let policy = Policy { working_hours: hours, ..policy() };
        let at = |weekday, minute| policy.admits(None, None, LocalTime { weekday, minute });
        assert!(at(1, 540).is_ok() && at(1, 1_079).is_ok());
        assert!(at(1, 539).is_err() && at(1, 1_080).is_err() && at(2, 720).is_err());
    }
}

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

/// So many minutes has a day, and a week.
const DAY: u16 = 24 * 60;
const WEEK: u16 = 7 * DAY;

impl LocalTime {
    /// Minutes after the beginning of Monday. The end of Sunday is the beginning of Monday.
    fn minute_of_week(self) -> u16 {
        (u16::from(self.weekday.clamp(1, 7) - 1) * DAY + self.minute) % WEEK
    }

    fn of_week(minute: u16) -> Self {
        let weekday = u8::try_from(minute / DAY).map_or(7, |day| day + 1);
        Self { weekday, minute: minute % DAY }
    }
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

    /// In how many minutes, as long as no clock is changed, the working hours end that run at `local`, or begin as they do
    /// not; counted from the beginning of its minute, from 1 to a week. None: the whole week is alike.
    pub fn turns_in(&self, local: LocalTime) -> Option<u16> {
        let (here, runs) = (local.minute_of_week(), self.is_open_at(local));
        let edges = self.working_hours.iter().flat_map(|hours| {
            [hours.from, hours.to].map(|minute| LocalTime { weekday: hours.weekday, minute }.minute_of_week())
        });
        edges
            .filter(|edge| self.is_open_at(LocalTime::of_week(*edge)) != runs)
            .map(|edge| if edge > here { edge - here } else { edge + WEEK - here })
            .min()
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

    #[test]
    fn hours_turn_where_they_begin_or_end_and_not_where_one_goes_over_into_the_next() {
        let hours = |hours: &[(u8, u16, u16)]| {
            let hours = hours.iter().map(|(weekday, from, to)| WorkingHours {
                weekday: *weekday,
                from: *from,
                to: *to,
            });
            Policy { working_hours: hours.collect(), ..policy() }
        };
        let turns = |policy: &Policy, weekday, minute| policy.turns_in(LocalTime { weekday, minute });
        let office = hours(&[(1, 540, 1_080)]);
        assert_eq!(turns(&office, 1, 539), Some(1));
        assert_eq!(turns(&office, 1, 540), Some(540));
        assert_eq!(turns(&office, 1, 1_080), Some(WEEK - 540));
        assert_eq!(turns(&office, 7, 1_439), Some(541), "over the end of the week");
        let night = hours(&[(7, 1_320, 1_440), (1, 0, 360), (1, 300, 420)]);
        assert_eq!(turns(&night, 7, 1_320), Some(120 + 420));
        assert_eq!(turns(&night, 1, 420), Some(6 * DAY + 1_320 - 420));
        let whole: Vec<_> = (1..=7).map(|weekday| (weekday, 0, DAY)).collect();
        assert_eq!((turns(&hours(&whole), 3, 7), turns(&policy(), 3, 7)), (None, None));
    }
}

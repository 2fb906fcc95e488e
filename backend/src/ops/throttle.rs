//! How often somebody may try to sign in: counted by account and by network address, in memory.
//!
//! An attempt is counted before the password is looked at, so that many at once gain nothing; one that succeeds
//! is taken off again.

use super::{OpError, OpResult};
use sallyport_shared::time::{Seconds, Timestamp};
use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// The span in which attempts are counted.
const WINDOW: Seconds = Seconds(15 * 60);

/// Failed attempts for one username within the window.
const PER_ACCOUNT: usize = 10;

/// Failed attempts from one address within the window; several people may share it.
const PER_ADDRESS: usize = 30;

/// So many keys are remembered at most; above it the ones that were quiet longest are forgotten.
const REMEMBERED: usize = 20_000;

/// Counts attempts. Cheap to clone; all clones count together.
#[derive(Clone, Debug, Default)]
pub struct Throttle {
    attempts: Arc<Mutex<HashMap<Key, VecDeque<Timestamp>>>>,
}

/// By what attempts are counted.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Key {
    Account(String),
    Address(IpAddr),
}

impl Throttle {
    /// Counts an attempt for `account` from `address`.
    ///
    /// # Errors
    /// [`OpError::RateLimited`] if there were too many; that one is not counted.
    pub fn attempt(&self, account: &str, address: Option<IpAddr>, now: Timestamp) -> OpResult<()> {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = keys(account, address);
        forget(&mut attempts, &keys, now);
        for (key, most) in &keys {
            if let Some(times) = attempts.get(key)
                && times.len() >= *most
                && let Some(first) = times.front()
            {
                let wait = first.plus(WINDOW).since(now).0.div_ceil(60);
                return Err(OpError::RateLimited(format!(
                    "Too many failed attempts; try again in {wait} min"
                )));
            }
        }
        for (key, _) in keys {
            attempts.entry(key).or_default().push_back(now);
        }
        Ok(())
    }

    /// The attempt succeeded: what was counted for the account is forgotten, and one for the address.
    pub fn succeeded(&self, account: &str, address: Option<IpAddr>) {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in keys(account, address) {
            match &key {
                Key::Account(_) => {
                    attempts.remove(&key);
                }
                Key::Address(_) => {
                    if let Some(times) = attempts.get_mut(&key) {
                        times.pop_back();
                    }
                }
            }
        }
    }
}

fn keys(account: &str, address: Option<IpAddr>) -> Vec<(Key, usize)> {
    let account = account.trim().to_lowercase().chars().take(64).collect();
    let mut keys = vec![(Key::Account(account), PER_ACCOUNT)];
    keys.extend(address.map(|address| (Key::Address(network(address)), PER_ADDRESS)));
    keys
}

/// The address by which is counted: of IPv6 the /64, because whoever has one address there has them all.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

/// Forgets what is out of the window for `keys`, and makes room when too many are remembered.
fn forget(attempts: &mut HashMap<Key, VecDeque<Timestamp>>, keys: &[(Key, usize)], now: Timestamp) {
    let since = now.minus(WINDOW);
    for (key, _) in keys {
        if let Some(times) = attempts.get_mut(key) {
            times.retain(|time| *time > since);
        }
    }
    if attempts.len() < REMEMBERED {
        return;
    }
    attempts.retain(|_, times| times.back().is_some_and(|last| *last > since));
    if attempts.len() >= REMEMBERED {
        let mut lasts: Vec<_> = attempts.values().filter_map(|times| times.back().copied()).collect();
        lasts.sort_unstable();
        let quiet_until = lasts.get(REMEMBERED / 4).copied().unwrap_or(now);
        let mut spare = REMEMBERED / 4;
        attempts.retain(|_, times| {
            let goes = spare > 0 && times.back().is_none_or(|last| *last <= quiet_until);
            spare -= usize::from(goes);
            !goes
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_micros(1_795_329_600_000_000);

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn an_account_is_closed_for_a_while_after_ten_failures_from_anywhere() {
        let throttle = Throttle::default();
        for n in 0..10 {
            throttle.attempt("root", ip(&format!("192.0.2.{n}")), NOON).unwrap();
        }
        let refused = throttle.attempt(" ROOT", ip("198.51.100.1"), NOON).unwrap_err();
        assert!(refused.to_string().contains("15 min"), "{refused}");
        throttle.attempt("other", ip("198.51.100.1"), NOON).unwrap();
        throttle.attempt("root", None, NOON.plus(Seconds(901))).unwrap();
    }

    #[test]
    fn an_address_is_closed_after_thirty_failures_for_any_account() {
        let throttle = Throttle::default();
        for n in 0..30 {
            throttle.attempt(&format!("name{n}"), ip(&format!("2001:db8::{n:x}")), NOON).unwrap();
        }
        assert!(throttle.attempt("one more", ip("2001:db8::ffff"), NOON).is_err(), "the same /64");
        throttle.attempt("one more", ip("2001:db8:0:1::1"), NOON).unwrap();
    }

    #[test]
    fn success_wipes_the_slate_of_the_account() {
        let throttle = Throttle::default();
        for _ in 0..9 {
            throttle.attempt("root", ip("192.0.2.1"), NOON).unwrap();
        }
        throttle.attempt("root", ip("192.0.2.1"), NOON).unwrap();
        throttle.succeeded("root", ip("192.0.2.1"));
        throttle.attempt("root", ip("192.0.2.1"), NOON).unwrap();
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..REMEMBERED + 50 {
            throttle.attempt(&format!("name{n}"), None, NOON).unwrap();
        }
        assert!(throttle.attempts.lock().unwrap().len() <= REMEMBERED + 1);
    }
}

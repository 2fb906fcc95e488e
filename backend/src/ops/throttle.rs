//! How often somebody may try to sign in: counted by account and network together, by network, and by account, in
//! memory.
//!
//! An attempt is counted before the password is looked at, so that many at once gain nothing; one that succeeds
//! is taken off again. The hard limit is that of an account from one network: whoever guesses somebody's password
//! locks out themselves. Guesses from many networks are slowed down by pauses that grow, and those who come from
//! where they signed in before do not even notice.

use super::{OpError, OpResult};
use sallyport_shared::time::{Seconds, Timestamp};
use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The span in which attempts are counted.
pub(super) const WINDOW: Seconds = Seconds(15 * 60);

/// Failed attempts for one account from one network within the window.
pub(super) const PER_PAIR: usize = 10;

/// Failed attempts from one network within the window; several people may share it.
pub(super) const PER_NETWORK: usize = 30;

/// Failed attempts for one account from everywhere within the window; after that each has to wait.
const PER_ACCOUNT: usize = 30;

/// The longest of these waits.
const LONGEST_WAIT: u32 = 60;

/// The span in which wrong second factors are counted.
const FACTOR_WINDOW: Seconds = Seconds(60 * 60);

/// Wrong second factors for one account within their window. Whoever tries one knows the password.
const PER_FACTOR: usize = 10;

/// Things shown from one network within the window that nobody knows, such as refresh tokens.
const PER_UNKNOWN: usize = 60;

/// So many keys are remembered at most; above it the ones that were quiet longest are forgotten.
const REMEMBERED: usize = 40_000;

/// Counts attempts. Cheap to clone; all clones count together.
#[derive(Clone, Debug, Default)]
pub struct Throttle {
    attempts: Arc<Mutex<Attempts>>,
}

type Attempts = HashMap<Key, VecDeque<Timestamp>>;

/// How attempts for an account count that come from other networks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Elsewhere {
    /// After some of them there are pauses.
    Slows,
    /// Not at all: whoever asks comes from where the account's owner was before, or the secret cannot be guessed.
    Ignored,
}

/// By what attempts are counted.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Key {
    Pair(String, Option<IpAddr>),
    Network(IpAddr),
    Account(String),
    Factor(String),
    Unknown(Option<IpAddr>),
}

impl Key {
    fn window(&self) -> Seconds {
        match self {
            Self::Factor(_) => FACTOR_WINDOW,
            _ => WINDOW,
        }
    }
}

impl Throttle {
    /// Counts an attempt for `account` from `address`.
    ///
    /// # Errors
    /// [`OpError::RateLimited`] if there were too many; that one is not counted.
    pub fn attempt(
        &self,
        account: &str,
        address: Option<IpAddr>,
        elsewhere: Elsewhere,
        now: Timestamp,
    ) -> OpResult<()> {
        let mut attempts = self.lock();
        let (pair, network, whole) = keys(account, address);
        forget(&mut attempts, now);
        refuse_at(&mut attempts, &pair, PER_PAIR, now)?;
        if let Some(network) = &network {
            refuse_at(&mut attempts, network, PER_NETWORK, now)?;
        }
        match elsewhere {
            Elsewhere::Slows => refuse_soon(&mut attempts, &whole, now)?,
            Elsewhere::Ignored => {}
        }
        for key in [Some(pair), network, Some(whole)].into_iter().flatten() {
            attempts.entry(key).or_default().push_back(now);
        }
        Ok(())
    }

    /// The attempt was none: it is taken off again, and nothing that was counted before.
    pub fn take_back(&self, account: &str, address: Option<IpAddr>) {
        let mut attempts = self.lock();
        let (pair, network, whole) = keys(account, address);
        for key in [Some(pair), network, Some(whole)].into_iter().flatten() {
            if let Some(times) = attempts.get_mut(&key) {
                times.pop_back();
            }
        }
    }

    /// The attempt succeeded: what was counted for the account from here is forgotten, and its wrong second factors;
    /// elsewhere somebody else may be guessing, so that of what was counted there only this attempt is taken off.
    pub fn succeeded(&self, account: &str, address: Option<IpAddr>) {
        self.take_back(account, address);
        let mut attempts = self.lock();
        let (pair, _, _) = keys(account, address);
        attempts.remove(&pair);
        attempts.remove(&Key::Factor(folded(account)));
    }

    /// Counts a second factor that is tried for `account`; gives how many were tried since the last time that
    /// somebody signed in completely.
    ///
    /// # Errors
    /// [`OpError::RateLimited`] if there were too many; that one is not counted.
    pub fn second_factor(&self, account: &str, now: Timestamp) -> OpResult<usize> {
        let mut attempts = self.lock();
        let key = Key::Factor(folded(account));
        refuse_at(&mut attempts, &key, PER_FACTOR, now)?;
        let times = attempts.entry(key).or_default();
        times.push_back(now);
        Ok(times.len())
    }

    /// Counts a secret from `address` that was looked up and that nobody knows. (Whoever shows one that is known is
    /// heard, whoever else is behind the same address.)
    ///
    /// # Errors
    /// [`OpError::RateLimited`] if there were too many; that one is not counted.
    pub fn unknown(&self, address: Option<IpAddr>, now: Timestamp) -> OpResult<()> {
        let mut attempts = self.lock();
        forget(&mut attempts, now);
        let key = Key::Unknown(address.map(network));
        refuse_at(&mut attempts, &key, PER_UNKNOWN, now)?;
        attempts.entry(key).or_default().push_back(now);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Attempts> {
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How an account is written here, however it was typed.
fn folded(account: &str) -> String {
    account.trim().to_lowercase().chars().take(64).collect()
}

fn keys(account: &str, address: Option<IpAddr>) -> (Key, Option<Key>, Key) {
    let (account, network) = (folded(account), address.map(network));
    (Key::Pair(account.clone(), network), network.map(Key::Network), Key::Account(account))
}

/// The address by which is counted: of IPv6 the /64, because whoever has one address there has them all.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

/// There were too many attempts; the next one may come at `until`.
pub(super) fn too_many(until: Timestamp, now: Timestamp) -> OpError {
    let wait = until.since(now).0.div_ceil(60);
    OpError::RateLimited(format!("Too many failed attempts; try again in {wait} min"))
}

/// Refuses if `most` attempts are counted under `key`.
fn refuse_at(attempts: &mut Attempts, key: &Key, most: usize, now: Timestamp) -> OpResult<()> {
    let Some(times) = attempts.get_mut(key) else { return Ok(()) };
    let since = now.minus(key.window());
    times.retain(|time| *time > since);
    match times.front().filter(|_| times.len() >= most) {
        None => Ok(()),
        Some(first) => Err(too_many(first.plus(key.window()), now)),
    }
}

/// Refuses if the last attempt under `key` was too short a time ago, after many.
fn refuse_soon(attempts: &mut Attempts, key: &Key, now: Timestamp) -> OpResult<()> {
    let Some(times) = attempts.get_mut(key) else { return Ok(()) };
    let since = now.minus(key.window());
    times.retain(|time| *time > since);
    let (Some(over), Some(last)) = (times.len().checked_sub(PER_ACCOUNT), times.back()) else {
        return Ok(());
    };
    let pause = 1_u32.checked_shl(u32::try_from(over).unwrap_or(u32::MAX)).unwrap_or(LONGEST_WAIT);
    let until = last.plus(Seconds(pause.min(LONGEST_WAIT)));
    if until <= now {
        return Ok(());
    }
    let wait = until.since(now).0.max(1);
    Err(OpError::RateLimited(format!("Too many failed attempts for this account; try again in {wait} s")))
}

/// Makes room when too many keys are remembered.
fn forget(attempts: &mut Attempts, now: Timestamp) {
    if attempts.len() < REMEMBERED {
        return;
    }
    attempts.retain(|key, times| times.back().is_some_and(|last| *last > now.minus(key.window())));
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

    /// An attempt at noon by somebody whom nobody has seen before.
    fn tries(throttle: &Throttle, account: &str, from: &str) -> OpResult<()> {
        throttle.attempt(account, ip(from), Elsewhere::Slows, NOON)
    }

    #[test]
    fn an_account_is_closed_for_a_while_to_the_network_that_failed_ten_times() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            tries(&throttle, "root", "192.0.2.1").unwrap();
        }
        let refused = tries(&throttle, " ROOT", "192.0.2.1").unwrap_err();
        assert!(refused.to_string().contains("15 min"), "{refused}");
        tries(&throttle, "root", "198.51.100.1").unwrap();
        tries(&throttle, "other", "192.0.2.1").unwrap();
        throttle.attempt("root", ip("192.0.2.1"), Elsewhere::Slows, NOON.plus(Seconds(901))).unwrap();
    }

    #[test]
    fn guesses_from_everywhere_are_slowed_down_more_and_more() {
        let throttle = Throttle::default();
        let attempt = |n: u32, at| {
            throttle.attempt("root", ip(&format!("10.0.{}.{}", n / 200, n % 200)), Elsewhere::Slows, at)
        };
        for n in 0..30 {
            attempt(n, NOON).unwrap();
        }
        let mut at = NOON;
        for (n, pause) in [1, 2, 4, 8, 16, 32, 60, 60].into_iter().enumerate() {
            let n = 30 + u32::try_from(n).unwrap();
            assert!(attempt(n, at.plus(Seconds(pause - 1))).is_err(), "{pause}");
            at = at.plus(Seconds(pause));
            attempt(n, at).unwrap();
        }
        throttle.attempt("root", ip("192.0.2.1"), Elsewhere::Ignored, at).unwrap();
    }

    #[test]
    fn a_network_is_closed_after_thirty_failures_for_any_account() {
        let throttle = Throttle::default();
        for n in 0..30 {
            tries(&throttle, &format!("name{n}"), &format!("2001:db8::{n:x}")).unwrap();
        }
        assert!(tries(&throttle, "one more", "2001:db8::ffff").is_err(), "the same /64");
        tries(&throttle, "one more", "2001:db8:0:1::1").unwrap();
    }

    #[test]
    fn success_wipes_the_slate_of_the_account_and_what_was_no_attempt_does_not() {
        let throttle = Throttle::default();
        for _ in 0..9 {
            tries(&throttle, "root", "192.0.2.1").unwrap();
        }
        tries(&throttle, "root", "192.0.2.1").unwrap();
        throttle.take_back("root", ip("192.0.2.1"));
        tries(&throttle, "root", "192.0.2.1").unwrap();
        assert!(tries(&throttle, "root", "192.0.2.1").is_err());
        throttle.succeeded("root", ip("192.0.2.1"));
        tries(&throttle, "root", "192.0.2.1").unwrap();
    }

    #[test]
    fn second_factors_are_counted_apart_until_somebody_signs_in_completely() {
        let throttle = Throttle::default();
        for n in 1..=10 {
            assert_eq!(throttle.second_factor("root", NOON).unwrap(), n);
            throttle.take_back("root", ip("192.0.2.1"));
        }
        assert!(throttle.second_factor("Root", NOON.plus(Seconds(3_599))).is_err());
        throttle.succeeded("root", ip("192.0.2.1"));
        assert_eq!(throttle.second_factor("root", NOON).unwrap(), 1);
    }

    #[test]
    fn whoever_shows_what_nobody_knows_is_told_to_wait() {
        let throttle = Throttle::default();
        for _ in 0..PER_UNKNOWN {
            throttle.unknown(ip("192.0.2.1"), NOON).unwrap();
        }
        assert!(throttle.unknown(ip("192.0.2.1"), NOON).is_err());
        throttle.unknown(ip("192.0.2.2"), NOON).unwrap();
        throttle.unknown(ip("192.0.2.1"), NOON.plus(WINDOW)).unwrap();
    }

    #[test]
    fn memory_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..REMEMBERED + 50 {
            throttle.attempt(&format!("name{n}"), None, Elsewhere::Slows, NOON).unwrap();
        }
        assert!(throttle.attempts.lock().unwrap().len() <= REMEMBERED + 2);
    }
}

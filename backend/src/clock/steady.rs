//! A time that cannot be set: the system's time as long as it runs evenly, and what it would be without the jump
//! when somebody sets it. A span that was promised neither ends early nor gets longer by such a jump; a new
//! start takes the system's time over.

use std::sync::{Mutex, PoisonError};

/// Differences up to this many microseconds are corrections as time servers make them, and are followed.
const CORRECTION: i64 = 2_000_000;

/// Keeps time even.
#[derive(Debug)]
pub(super) struct Steady {
    held: Mutex<Held>,
}

#[derive(Clone, Copy, Debug)]
struct Held {
    /// What has to be added to the count that cannot be set.
    offset: i64,
    /// What was told last; time never goes back.
    told: i64,
    /// How far the system's time is from what is told, if it jumped.
    jump: i64,
}

impl Steady {
    /// Begins with the system's time `wall` while the count is `count`, in microseconds.
    pub(super) fn new(wall: i64, count: i64) -> Self {
        let offset = wall.saturating_sub(count);
        Self { held: Mutex::new(Held { offset, told: wall, jump: 0 }) }
    }

    /// What time it is, now that the system says `wall` and the count is `count`.
    pub(super) fn now(&self, wall: i64, count: i64) -> i64 {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let offset = wall.saturating_sub(count);
        let jump = offset.saturating_sub(held.offset);
        if jump.abs() <= CORRECTION {
            (held.offset, held.jump) = (offset, 0);
        } else {
            if held.jump == 0 {
                tracing::error!(
                    seconds = jump / 1_000_000,
                    "the system's clock was set; times go on as before until the next start"
                );
            }
            held.jump = jump;
        }
        held.told = held.told.max(count.saturating_add(held.offset));
        held.told
    }

    /// By how many microseconds the system's time is off, if it jumped.
    pub(super) fn jump(&self) -> Option<i64> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        (held.jump != 0).then_some(held.jump)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn corrections_are_followed_but_time_never_goes_back() {
        let steady = Steady::new(1_000 * SECOND, 0);
        assert_eq!(steady.now(1_011 * SECOND, 10 * SECOND), 1_011 * SECOND);
        assert_eq!(steady.now(1_010 * SECOND, 10 * SECOND), 1_011 * SECOND, "waits until it is caught up");
        assert_eq!(steady.now(1_020 * SECOND, 20 * SECOND), 1_020 * SECOND);
        assert_eq!(steady.jump(), None);
    }

    #[test]
    fn a_jump_is_not_followed_whichever_way_it_goes() {
        for jump in [3_600 * SECOND, -3_600 * SECOND, 40 * 365 * 86_400 * SECOND] {
            let steady = Steady::new(1_000 * SECOND, 0);
            assert_eq!(steady.now(1_010 * SECOND + jump, 10 * SECOND), 1_010 * SECOND);
            assert_eq!(steady.jump(), Some(jump));
            assert_eq!(steady.now(1_500 * SECOND + jump, 500 * SECOND), 1_500 * SECOND);
            assert_eq!(steady.now(1_600 * SECOND, 600 * SECOND), 1_600 * SECOND, "set back: all is well");
            assert_eq!(steady.jump(), None);
        }
    }
}

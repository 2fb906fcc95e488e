//! How fast the bot may write: Telegram takes about thirty messages a second from one bot, whoever they go to. Part
//! of it is kept for those who wait, so that no crowd can use it all up.

use crate::store::records::Urgency;
use sallyport_shared::time::Timestamp;

/// What Telegram advises.
const PER_SECOND: u32 = 30;

/// A bucket that holds one second's worth of messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Microseconds a message.
    cost: i64,
    /// When the bucket is full again.
    full_at: i64,
}

impl Pace {
    /// So many messages a second; [`PER_SECOND`] if nothing is set.
    pub(super) fn new(per_second: Option<u32>, now: Timestamp) -> Self {
        let per_second = per_second.filter(|rate| *rate > 0).unwrap_or(PER_SECOND);
        Self { cost: 1_000_000 / i64::from(per_second), full_at: now.micros() }
    }

    /// Takes one message out, or says when there will be one. Whatever is less urgent leaves something in the bucket.
    pub(super) fn take(&mut self, urgency: Urgency, now: Timestamp) -> Result<(), Timestamp> {
        let full_at = self.full_at.max(now.micros()) + self.cost;
        let over = full_at - now.micros() - share(urgency).max(self.cost);
        if over > 0 {
            return Err(Timestamp::from_micros(now.micros() + over));
        }
        self.full_at = full_at;
        Ok(())
    }
}

/// How much of the bucket may be taken, in microseconds' worth.
fn share(urgency: Urgency) -> i64 {
    match urgency {
        Urgency::Question => 1_000_000,
        Urgency::Known => 800_000,
        Urgency::Stranger => 500_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seconds_worth_at_once_then_evenly() {
        let now = Timestamp::from_micros(0);
        let mut pace = Pace::new(Some(10), now);
        assert!((0..10).all(|_| pace.take(Urgency::Question, now).is_ok()));
        let next = pace.take(Urgency::Question, now).unwrap_err();
        assert_eq!(next, Timestamp::from_micros(100_000));
        assert!(pace.take(Urgency::Question, next).is_ok());
        assert!(pace.take(Urgency::Question, next).is_err());
    }

    #[test]
    fn a_crowd_leaves_room_for_those_who_wait() {
        let now = Timestamp::from_micros(0);
        let mut pace = Pace::new(Some(10), now);
        let mut taken = |urgency| (0..100).take_while(|_| pace.take(urgency, now).is_ok()).count();
        let crowd = [Urgency::Stranger, Urgency::Known, Urgency::Question].map(&mut taken);
        assert_eq!(crowd, [5, 3, 2]);
    }

    #[test]
    fn a_slow_pace_lets_everybody_through() {
        let now = Timestamp::from_micros(0);
        let mut pace = Pace::new(Some(1), now);
        assert!(pace.take(Urgency::Stranger, now).is_ok());
        let next = pace.take(Urgency::Stranger, now).unwrap_err();
        assert!(pace.take(Urgency::Stranger, next).is_ok());
    }
}

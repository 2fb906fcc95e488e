//! How fast the bot may write: Telegram takes about thirty messages a second from one bot, whoever they go to.

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

    /// Takes one message out, or says when there will be one.
    pub(super) fn take(&mut self, now: Timestamp) -> Result<(), Timestamp> {
        const HOLDS: i64 = 1_000_000;
        let full_at = self.full_at.max(now.micros()) + self.cost;
        let over = full_at - now.micros() - HOLDS;
        if over > 0 {
            return Err(Timestamp::from_micros(now.micros() + over));
        }
        self.full_at = full_at;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seconds_worth_at_once_then_evenly() {
        let now = Timestamp::from_micros(0);
        let mut pace = Pace::new(Some(10), now);
        assert!((0..10).all(|_| pace.take(now).is_ok()));
        let next = pace.take(now).unwrap_err();
        assert_eq!(next, Timestamp::from_micros(100_000));
        assert!(pace.take(next).is_ok());
        assert!(pace.take(next).is_err());
    }
}

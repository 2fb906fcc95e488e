//! Limits on what one chat may make the bot do, so that nobody can fill the database or the outbox from a phone.

use sallyport_shared::time::Timestamp;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What a chat may do at once, and how fast that comes back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// So many at once.
    burst: u32,
    /// Microseconds until one more is allowed.
    refill: i64,
}

/// Messages and commands: ten at once, then one every two seconds.
pub(super) const MESSAGES: Allowance = Allowance { burst: 10, refill: 2_000_000 };

/// Buttons: twenty at once, then one a second.
pub(super) const BUTTONS: Allowance = Allowance { burst: 20, refill: 1_000_000 };

/// Registrations that are filed: three at once, then one every ten minutes.
pub(super) const REGISTRATIONS: Allowance = Allowance { burst: 3, refill: 600_000_000 };

/// Blocks: three at once, then one every ten minutes.
pub(super) const BLOCKS: Allowance = Allowance { burst: 3, refill: 600_000_000 };

/// So many chats are kept in mind before those that are full again are forgotten.
const KEPT: usize = 10_000;

/// What a chat is counted for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Kind {
    /// A message or command.
    Message,
    /// A button.
    Button,
    /// A registration.
    Registration,
    /// The bot was blocked.
    Block,
}

impl Kind {
    fn allowance(self) -> Allowance {
        match self {
            Self::Message => MESSAGES,
            Self::Button => BUTTONS,
            Self::Registration => REGISTRATIONS,
            Self::Block => BLOCKS,
        }
    }
}

/// What came of asking for one more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    /// Go on.
    Pass,
    /// The first one too many: worth an answer.
    JustFull,
    /// Another one too many: say nothing.
    Full,
}

/// Token buckets by chat, kept in memory: a restart forgives. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Flood {
    buckets: Arc<Mutex<HashMap<(i64, Kind), Bucket>>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// When the bucket is full again.
    full_at: i64,
    told: bool,
}

impl Flood {
    /// Takes one out of the chat's allowance.
    pub(super) fn take(&self, chat: i64, kind: Kind, now: Timestamp) -> Verdict {
        let now = now.micros();
        let Allowance { burst, refill } = kind.allowance();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= KEPT {
            buckets.retain(|_, bucket| bucket.full_at > now);
        }
        let bucket = buckets.entry((chat, kind)).or_insert(Bucket { full_at: now, told: false });
        let full_at = bucket.full_at.max(now) + refill;
        if full_at - now <= refill * i64::from(burst) {
            // Told once a burst: whoever goes on at the pace at which the bucket fills hears it once.
            let told = bucket.told && bucket.full_at > now;
            *bucket = Bucket { full_at, told };
            Verdict::Pass
        } else if std::mem::replace(&mut bucket.told, true) {
            Verdict::Full
        } else {
            Verdict::JustFull
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport_shared::time::Seconds;

    #[test]
    fn a_burst_passes_then_it_trickles() {
        let flood = Flood::default();
        let now = Timestamp::from_micros(1_000_000_000);
        let take = |at| flood.take(1, Kind::Message, at);
        assert!((0..10).all(|_| take(now) == Verdict::Pass));
        assert_eq!(take(now), Verdict::JustFull);
        assert_eq!(take(now), Verdict::Full);
        assert_eq!(take(now.plus(Seconds(2))), Verdict::Pass);
        assert_eq!(take(now.plus(Seconds(2))), Verdict::Full, "told before, in the same burst");
        assert_eq!(flood.take(2, Kind::Message, now), Verdict::Pass, "another chat has its own");
        assert_eq!(flood.take(1, Kind::Button, now), Verdict::Pass, "buttons are counted apart");
        let later = now.plus(Seconds(3_600));
        assert!((0..10).all(|_| take(later) == Verdict::Pass), "all is forgiven");
        assert_eq!(take(later), Verdict::JustFull, "another burst");
    }
}

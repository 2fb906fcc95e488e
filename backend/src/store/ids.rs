//! New ids: UUIDs of version 7 that never run backwards within one store.
//!
//! Wishes and messages are carried out in the order of their ids, and several are often made in the same
//! millisecond of the same transaction: so the 12 bits after the milliseconds are a counter.

use sallyport_shared::time::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::{Builder, Uuid};

/// Makes ids.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    /// Milliseconds since the epoch, shifted by the 12 bits of the counter: the last that was given out.
    last: AtomicU64,
}

impl Ids {
    /// A new id, larger than all before it. If `now` runs backwards the ids go on from the latest time seen.
    pub(crate) fn next(&self, now: Timestamp) -> Uuid {
        let floor = u64::try_from(now.micros().max(0) / 1_000).unwrap_or(0) << 12;
        let after = |last: u64| floor.max(last + 1);
        let last = self
            .last
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(after(last)))
            .unwrap_or_else(|last| last);
        let ticket = after(last);
        let mut rest = [0_u8; 10];
        // Only ids of the same millisecond of different replicas need it: without randomness the rest is 0.
        let _ = getrandom::fill(&mut rest);
        let [high, low] = u16::try_from(ticket & 0xfff).unwrap_or(0).to_be_bytes();
        rest[0] = high;
        rest[1] = low;
        Builder::from_unix_timestamp_millis(ticket >> 12, &rest).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_age_even_when_the_clock_stands_still_or_runs_backwards() {
        let ids = Ids::default();
        let noon = Timestamp::from_micros(1_795_329_600_123_456);
        let mut made: Vec<_> = (0..5_000).map(|_| ids.next(noon)).collect();
        made.push(ids.next(Timestamp::from_micros(1)));
        assert!(made.is_sorted());
        assert!(made.iter().all(|id| id.get_version_num() == 7));
        made.dedup();
        assert_eq!(made.len(), 5_001);
    }
}

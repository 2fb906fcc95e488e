//! How far the updates were handled. Updates of several chats are handled at the same time, so some may be done
//! before older ones: only what has no open update before it is forgotten at Telegram.

use std::collections::{BTreeMap, BTreeSet};

/// After so many failures an update is passed over, so that one cannot hold up all the others for ever.
const TRIES: u32 = 3;

/// The updates that were taken in and not yet forgotten at Telegram.
#[derive(Debug)]
pub(super) struct Progress {
    /// The first update that Telegram has to keep.
    offset: i64,
    open: BTreeSet<i64>,
    done: BTreeSet<i64>,
    /// Those that come again, with how often they failed.
    failures: BTreeMap<i64, u32>,
}

/// What is to be done with an update that failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Failed {
    /// Handle it again.
    Again,
    /// It failed too often: pass over it.
    PassOver,
}

impl Progress {
    /// Everything before `offset` is done.
    pub(super) fn new(offset: i64) -> Self {
        Self { offset, open: BTreeSet::new(), done: BTreeSet::new(), failures: BTreeMap::new() }
    }

    /// What to ask Telegram for: the first update that is not done.
    pub(super) fn offset(&self) -> i64 {
        self.offset
    }

    /// Telegram numbers updates anew, from `first` on.
    pub(super) fn begin_anew(&mut self, first: i64) {
        *self = Self::new(first);
    }

    /// Takes in an update; false: it was handled before.
    pub(super) fn take(&mut self, id: i64) -> bool {
        if id < self.offset || self.done.contains(&id) {
            return false;
        }
        self.open.insert(id)
    }

    /// An update is done; gives the new offset if that moves it.
    pub(super) fn finish(&mut self, id: i64) -> Option<i64> {
        self.open.remove(&id);
        self.failures.remove(&id);
        self.done.insert(id);
        let first_open = self.open.first().copied().unwrap_or(i64::MAX);
        let first_failed = self.failures.keys().next().copied().unwrap_or(i64::MAX);
        let last = self.done.range(..first_open.min(first_failed)).next_back().copied()?;
        self.done.retain(|done| *done > last);
        self.offset = last + 1;
        Some(self.offset)
    }

    /// An update could not be handled.
    pub(super) fn fail(&mut self, id: i64) -> Failed {
        self.open.remove(&id);
        let failures = self.failures.entry(id).or_default();
        *failures += 1;
        if *failures < TRIES { Failed::Again } else { Failed::PassOver }
    }

    /// An update was not looked at yet and comes again.
    pub(super) fn put_back(&mut self, id: i64) {
        self.open.remove(&id);
        self.failures.entry(id).or_default();
    }

    /// Whatever was taken in and is not done failed in a way that nobody could report.
    pub(super) fn fail_open(&mut self) -> Vec<i64> {
        std::mem::take(&mut self.open).into_iter().filter(|id| self.fail(*id) == Failed::PassOver).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_update_holds_the_offset() {
        let mut progress = Progress::new(10);
        assert!([10, 11, 12].into_iter().all(|id| progress.take(id)));
        assert_eq!(progress.finish(11), None);
        assert_eq!(progress.finish(10), Some(12));
        assert_eq!(progress.finish(12), Some(13));
        assert_eq!(progress.offset(), 13);
        assert!(!progress.take(12), "what is done is not done again");
    }

    #[test]
    fn numbers_may_jump() {
        let mut progress = Progress::new(0);
        assert!(progress.take(700_000_001));
        assert_eq!(progress.finish(700_000_001), Some(700_000_002));
    }

    #[test]
    fn what_failed_holds_the_offset_too() {
        let mut progress = Progress::new(1);
        assert!(progress.take(1) && progress.take(2));
        assert_eq!(progress.fail(1), Failed::Again);
        assert_eq!(progress.finish(2), None);
        assert_eq!(progress.offset(), 1);
        assert!(progress.take(1));
        assert_eq!(progress.finish(1), Some(3));
    }

    #[test]
    fn what_fails_comes_again_and_not_for_ever() {
        let mut progress = Progress::new(1);
        for round in 1..=3 {
            assert!(progress.take(1));
            if round == 1 {
                assert!(progress.take(2));
                assert_eq!(progress.finish(2), None);
            } else {
                assert!(!progress.take(2), "handled while the first failed");
            }
            let wanted = if round < 3 { Failed::Again } else { Failed::PassOver };
            assert_eq!(progress.fail(1), wanted);
        }
        assert_eq!(progress.finish(1), Some(3));
    }
}

//! How far the updates were handled. Updates of several chats are handled at the same time, so some may be done
//! before older ones: only what has no open update before it is forgotten at Telegram.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// After so many failures an update is passed over, so that one cannot hold up all the others for ever.
const TRIES: u32 = 3;

/// So many numbers of handled updates are kept in mind, to tell those that come twice from those of a new count.
const RECENT: usize = 1_000;

/// The updates that were taken in and not yet forgotten at Telegram.
#[derive(Debug)]
pub(super) struct Progress {
    /// The first update that Telegram has to keep.
    offset: i64,
    open: BTreeSet<i64>,
    done: BTreeSet<i64>,
    /// Those that come again, with how often they failed.
    failures: BTreeMap<i64, u32>,
    /// The last that were handled.
    recent: VecDeque<i64>,
    /// A number before the offset that was not handled, and that came with the last batch.
    odd: Option<i64>,
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
        Self {
            offset,
            open: BTreeSet::new(),
            done: BTreeSet::new(),
            failures: BTreeMap::new(),
            recent: VecDeque::new(),
            odd: None,
        }
    }

    /// Looks at the smallest number of a batch. After a week without updates Telegram goes on counting anywhere,
    /// also below the offset, and then gives what is there whatever it is asked for. What was confirmed never comes
    /// again; so an unknown number below the offset that still comes when it was asked for later ones begins a new
    /// count. True: it does, and whatever was noted of the old one is forgotten.
    pub(super) fn begins_anew(&mut self, smallest: i64) -> bool {
        if smallest >= self.offset || self.recent.contains(&smallest) {
            self.odd = None;
            return false;
        }
        if self.odd.replace(smallest) != Some(smallest) {
            return false;
        }
        *self = Self::new(smallest);
        true
    }

    /// What to ask Telegram for: the first update that is not done.
    pub(super) fn offset(&self) -> i64 {
        self.offset
    }

    /// Takes in an update; false: it was handled before.
    pub(super) fn take(&mut self, id: i64) -> bool {
        !self.is_done(id) && self.open.insert(id)
    }

    /// Was it handled before?
    pub(super) fn is_done(&self, id: i64) -> bool {
        id < self.offset || self.done.contains(&id)
    }

    /// An update is done; gives the new offset if that moves it.
    pub(super) fn finish(&mut self, id: i64) -> Option<i64> {
        self.open.remove(&id);
        self.failures.remove(&id);
        self.done.insert(id);
        self.recent.push_back(id);
        if self.recent.len() > RECENT {
            self.recent.pop_front();
        }
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
    fn a_new_count_below_the_offset_is_taken_up() {
        let mut progress = Progress::new(900);
        assert!(progress.take(901) && progress.take(903));
        assert_eq!(progress.finish(903), None);
        assert_eq!(progress.finish(901), Some(904));
        assert!(!progress.begins_anew(901) && !progress.begins_anew(901), "handled, and come again");
        assert!(!progress.begins_anew(50), "once may be a repetition from before a restart");
        assert!(!progress.take(50));
        assert!(progress.begins_anew(50));
        assert_eq!(progress.offset(), 50);
        assert!(progress.take(50) && progress.take(51));
        assert_eq!(progress.finish(50), Some(51));
        assert!(!progress.begins_anew(51));
        assert_eq!(progress.finish(51), Some(52));
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

//! A clock that stands still until a test moves it, and knows who waits for it.

use sallyport_shared::time::Timestamp;
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};
use tokio::sync::{Notify, watch};

/// Until when each of those who wait does, and a number of each.
type Sleepers = BTreeSet<(Timestamp, u64)>;

/// What a test moves: what the system says, and what cannot be set.
#[derive(Debug)]
pub(super) struct Manual {
    wall: AtomicI64,
    count: AtomicI64,
    moved: Notify,
    next: AtomicU64,
    /// Only that somebody begins to wait is news.
    sleepers: watch::Sender<Sleepers>,
}

impl Manual {
    pub(super) fn at(start: Timestamp) -> Self {
        Self {
            wall: AtomicI64::new(start.micros()),
            count: AtomicI64::new(0),
            moved: Notify::new(),
            next: AtomicU64::new(0),
            sleepers: watch::Sender::default(),
        }
    }

    /// What the system says, and the count that nobody can set, both in microseconds.
    pub(super) fn read(&self) -> (i64, i64) {
        (self.wall.load(Ordering::SeqCst), self.count.load(Ordering::SeqCst))
    }

    pub(super) fn advance(&self, micros: i64) {
        self.wall.fetch_add(micros, Ordering::SeqCst);
        self.count.fetch_add(micros, Ordering::SeqCst);
        self.moved.notify_waiters();
    }

    pub(super) fn set_by(&self, micros: i64) {
        self.wall.fetch_add(micros, Ordering::SeqCst);
        self.moved.notify_waiters();
    }

    /// Waits until it is `at` by the clock that tells `now` from this one.
    pub(super) async fn sleep_until(&self, at: Timestamp, now: impl Fn() -> Timestamp) {
        let _asleep = Asleep::until(self, at);
        loop {
            let moved = self.moved.notified();
            if now() >= at {
                return;
            }
            moved.await;
        }
    }
}

/// Somebody waits, for as long as this is kept.
struct Asleep<'a>(&'a Manual, (Timestamp, u64));

impl<'a> Asleep<'a> {
    fn until(clock: &'a Manual, at: Timestamp) -> Self {
        let sleeper = (at, clock.next.fetch_add(1, Ordering::Relaxed));
        clock.sleepers.send_modify(|sleepers| {
            sleepers.insert(sleeper);
        });
        Self(clock, sleeper)
    }
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.0.sleepers.send_if_modified(|sleepers| {
            sleepers.remove(&self.1);
            false
        });
    }
}

/// A manual clock that passes.
#[derive(Debug)]
pub struct Passing {
    clock: Option<(Arc<Manual>, watch::Receiver<Sleepers>)>,
}

impl Passing {
    pub(super) fn of(clock: Option<Arc<Manual>>) -> Self {
        Self {
            clock: clock.map(|manual| {
                let mut sleepers = manual.sleepers.subscribe();
                // Those who wait already count as well.
                sleepers.mark_changed();
                (manual, sleepers)
            }),
        }
    }

    /// Waits until somebody has begun to wait for the clock since the last step, and moves it on to the earliest moment
    /// that is waited for. The system's clock is not moved: there it waits for ever.
    pub async fn step(&mut self) {
        let Some((manual, sleepers)) = &mut self.clock else { return std::future::pending().await };
        if sleepers.changed().await.is_err() {
            return std::future::pending().await;
        }
        let first = sleepers.borrow_and_update().first().map(|(at, _)| *at);
        if let Some(at) = first {
            manual.advance((at.micros() - manual.read().0).max(0));
        }
    }
}

//! The router's clock: real time that tests can push forward, or time that only moves when told to.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Microseconds since 1970, UTC.
pub(crate) type Micros = u64;

pub(crate) const SECOND: Micros = 1_000_000;

/// Tells the router's time.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Micros,
    running: Option<Instant>,
    pushed: Duration,
}

impl Clock {
    /// A clock that runs by itself from the machine's time on.
    pub(crate) fn running() -> Self {
        let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { start: micros(start), running: Some(Instant::now()), pushed: Duration::ZERO }
    }

    /// A clock that stands at `seconds` since 1970 until it is advanced.
    pub(crate) fn standing(seconds: u64) -> Self {
        Self { start: seconds * SECOND, running: None, pushed: Duration::ZERO }
    }

    pub(crate) fn now(&self) -> Micros {
        let run = self.running.map(|since| since.elapsed()).unwrap_or_default();
        self.start + micros(run + self.pushed)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.pushed += by;
    }

    /// Whether time passes without being told to.
    pub(crate) fn is_running(&self) -> bool {
        self.running.is_some()
    }
}

pub(crate) fn micros(duration: Duration) -> Micros {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

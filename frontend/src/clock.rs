//! One timer for every clock on the page, set by the server.
//!
//! What runs out runs out on the server, so its clock counts: each answer's `Date` header corrects the browser's.

use std::time::Duration;

use leptos::prelude::*;

use crate::time::Moment;

/// A `Date` header has whole seconds, and the answer took its time: smaller differences are noise.
const NOISE_MS: i64 = 2_000;

/// The server's time, ticking once a second. Cheap to copy; there is one a page, in the context.
#[derive(Clone, Copy)]
pub struct Clock {
    now: RwSignal<Moment>,
    offset_ms: RwSignal<i64>,
}

impl Clock {
    /// Starts ticking; the timer lives as long as the page.
    #[must_use]
    pub fn start() -> Self {
        let clock = Self { now: RwSignal::new(browser_now()), offset_ms: RwSignal::new(0) };
        set_interval(move || clock.now.set(clock.read()), Duration::from_secs(1));
        clock
    }

    /// The server's time; whoever reads it is told once a second.
    #[must_use]
    pub fn now(self) -> Moment {
        self.now.get()
    }

    /// The server's time, read once.
    #[must_use]
    pub fn read(self) -> Moment {
        Moment(browser_now().0 + self.offset_ms.get_untracked())
    }

    /// Takes over the server's time from an answer that has just come.
    pub fn correct(self, server: Moment) {
        self.offset_ms.set(corrected(self.offset_ms.get_untracked(), server.0 - browser_now().0));
    }
}

/// The clock of this page.
#[must_use]
pub fn use_clock() -> Clock {
    expect_context()
}

fn browser_now() -> Moment {
    Moment(js_sys::Date::now() as i64)
}

/// The offset to use after one of `seen` was measured: the old one while they agree within the noise.
fn corrected(known: i64, seen: i64) -> i64 {
    if (seen - known).abs() <= NOISE_MS { known } else { seen }
}

#[cfg(test)]
mod tests {
    use super::corrected;

    #[test]
    fn noise_moves_no_clock_but_a_wrong_clock_is_put_right() {
        assert_eq!(corrected(0, 900), 0);
        assert_eq!(corrected(0, -90_000), -90_000);
        assert_eq!(corrected(-90_000, -89_100), -90_000);
    }
}

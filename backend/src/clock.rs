//! The one place that asks what time it is, and the one that makes ids and other unguessable words.

mod manual;
mod steady;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use manual::Manual;
pub use manual::Passing;
use sallyport_shared::{
    session::{Fresh, Nonce, Numbers},
    time::Timestamp,
};
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use steady::Steady;
use uuid::{Builder, Uuid};

/// Tells the time: the system's, kept even when somebody sets it, or one that a test moves by hand.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
    steady: Arc<Steady>,
}

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<Manual>),
}

impl Default for Clock {
    fn default() -> Self {
        Self::of(Source::System)
    }
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still at `start` until it is moved by [`Clock::advance`].
    pub fn manual(start: Timestamp) -> Self {
        Self::of(Source::Manual(Arc::new(Manual::at(start))))
    }

    fn of(source: Source) -> Self {
        let (wall, count) = source.read();
        Self { source, steady: Arc::new(Steady::new(wall, count)) }
    }

    /// What time is it?
    pub fn now(&self) -> Timestamp {
        let (wall, count) = self.source.read();
        Timestamp::from_micros(self.steady.now(wall, count))
    }

    /// By how many seconds the system's clock is ahead of the time told here (behind, if negative), if somebody has
    /// set it since the start.
    pub fn jumped_by(&self) -> Option<i64> {
        self.steady.jump().map(|micros| micros / 1_000_000)
    }

    /// Moves a manual clock forward and wakes everybody who waits for it; the system's clock is not moved.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(manual) = &self.source {
            manual.advance(i64::try_from(by.as_micros()).unwrap_or(i64::MAX));
        }
    }

    /// Lets a manual clock pass, step by step, to what is waited for.
    pub fn passing(&self) -> Passing {
        Passing::of(match &self.source {
            Source::Manual(manual) => Some(manual.clone()),
            Source::System => None,
        })
    }

    /// Sets a manual clock, as somebody may set the system's: no time passes by that.
    pub fn set_by(&self, seconds: i64) {
        if let Source::Manual(manual) = &self.source {
            manual.set_by(seconds.saturating_mul(1_000_000));
        }
    }

    /// Waits until it is `at`.
    pub async fn sleep_until(&self, at: Timestamp) {
        if let Source::Manual(manual) = &self.source {
            return manual.sleep_until(at, || self.now()).await;
        }
        loop {
            let left = at.micros() - self.now().micros();
            let Ok(left @ 1..) = u64::try_from(left) else { return };
            tokio::time::sleep(Duration::from_micros(left)).await;
        }
    }

    /// Waits for `span` of this clock's time.
    pub async fn sleep(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX / 2);
        self.sleep_until(Timestamp::from_micros(self.now().micros().saturating_add(micros))).await;
    }

    /// A new id that sorts by age (UUID version 7).
    pub fn new_id(&self) -> Uuid {
        let millis = u64::try_from(self.now().micros() / 1_000).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &random::<10>()).into_uuid()
    }

    /// New ids and a nonce for one step of the session rules.
    pub fn fresh(&self) -> Fresh {
        use sallyport_shared::ids::{ConnectionId, SessionId};
        Fresh {
            session: SessionId(self.new_id()),
            connection: ConnectionId(self.new_id()),
            nonce: Nonce(secret_word()),
            numbers: Numbers::of(random()),
        }
    }
}

impl Source {
    /// What the system says, and the count that nobody can set, both in microseconds.
    fn read(&self) -> (i64, i64) {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                (i64::try_from(since.as_micros()).unwrap_or(i64::MAX), count())
            }
            Self::Manual(manual) => manual.read(),
        }
    }
}

/// Microseconds that have passed since the machine was started, those in which it slept included.
#[cfg(target_os = "linux")]
fn count() -> i64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    time.tv_sec.saturating_mul(1_000_000).saturating_add(time.tv_nsec / 1_000)
}

/// Microseconds that have passed since the first call.
#[cfg(not(target_os = "linux"))]
fn count() -> i64 {
    static BEGAN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    i64::try_from(BEGAN.get_or_init(std::time::Instant::now).elapsed().as_micros()).unwrap_or(i64::MAX)
}

/// `N` bytes that nobody can guess.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "without randomness nothing here is safe: stop")]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A word of 22 characters with 128 random bits, fit for URLs and Telegram's callback data.
pub fn secret_word() -> String {
    URL_SAFE_NO_PAD.encode(random::<16>())
}

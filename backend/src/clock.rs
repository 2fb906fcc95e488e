//! The one place that asks what time it is, and the one that makes ids and other unguessable words.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sallyport_shared::{
    session::{Fresh, Nonce},
    time::Timestamp,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::Notify;
use uuid::{Builder, Uuid};

/// Tells the time. The system's, or one that a test moves by hand.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    manual: Option<Arc<Manual>>,
}

#[derive(Debug)]
struct Manual {
    micros: AtomicI64,
    moved: Notify,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still at `start` until it is moved by [`Clock::advance`].
    pub fn manual(start: Timestamp) -> Self {
        let manual = Manual { micros: AtomicI64::new(start.micros()), moved: Notify::new() };
        Self { manual: Some(Arc::new(manual)) }
    }

    /// What time is it?
    pub fn now(&self) -> Timestamp {
        let micros = self.manual.as_ref().map_or_else(
            || {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
            },
            |manual| manual.micros.load(Ordering::SeqCst),
        );
        Timestamp::from_micros(micros)
    }

    /// Moves a manual clock forward and wakes everybody who waits for it; the system's clock is not moved.
    pub fn advance(&self, by: Duration) {
        if let Some(manual) = &self.manual {
            manual.micros.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
            manual.moved.notify_waiters();
        }
    }

    /// Waits until it is `at`.
    pub async fn sleep_until(&self, at: Timestamp) {
        loop {
            let moved = self.manual.as_ref().map(|manual| manual.moved.notified());
            let left = at.micros() - self.now().micros();
            let Ok(left) = u64::try_from(left) else { return };
            if left == 0 {
                return;
            }
            match moved {
                Some(moved) => moved.await,
                None => tokio::time::sleep(Duration::from_micros(left)).await,
            }
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
        }
    }
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

//! Keeping a connection: back-off between attempts, pings while it stands.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    conn::{CloseReason, ConnectOptions, Connection, Credentials, Endpoint},
    error::Error,
};

/// Waiting times between attempts: doubling from one second to a minute, each shortened at random by up to a half, so
/// that many clients don't come back at the same moment.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    attempt: u32,
    random: u64,
}

impl Backoff {
    /// From one second to a minute. The same seed gives the same times.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { first: Duration::from_secs(1), longest: Duration::from_secs(60), attempt: 0, random: seed }
    }

    /// Other bounds.
    #[must_use]
    pub fn between(mut self, first: Duration, longest: Duration) -> Self {
        (self.first, self.longest) = (first, longest.max(first));
        self
    }

    /// How long to wait before the next attempt.
    pub fn next_delay(&mut self) -> Duration {
        let full =
            self.first.saturating_mul(1_u32.checked_shl(self.attempt).unwrap_or(u32::MAX)).min(self.longest);
        self.attempt = self.attempt.saturating_add(1);
        // 32 random bits as a fraction of one.
        let fraction = (self.random() >> 32) as f64 / f64::from(u32::MAX);
        full - full.mul_f64(fraction / 2.0)
    }

    /// The connection proved good: start over.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }

    /// SplitMix64: enough to spread clients, and nothing secret depends on it.
    fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// Makes connections to one router, one after the other.
///
/// Each has its own [`crate::Generation`], whatever the options say, so that ids don't outlive their connection.
#[derive(Debug)]
pub struct Supervisor {
    endpoint: Endpoint,
    credentials: Credentials,
    options: ConnectOptions,
    backoff: Backoff,
    ping_interval: Duration,
    ping_timeout: Duration,
}

impl Supervisor {
    /// Pings each 30 s and gives a connection up after 10 s without an answer.
    #[must_use]
    pub fn new(
        endpoint: Endpoint,
        credentials: Credentials,
        options: ConnectOptions,
        backoff: Backoff,
    ) -> Self {
        let (ping_interval, ping_timeout) = (Duration::from_secs(30), Duration::from_secs(10));
        Self { endpoint, credentials, options, backoff, ping_interval, ping_timeout }
    }

    /// Other times for pings.
    #[must_use]
    pub fn ping(mut self, interval: Duration, timeout: Duration) -> Self {
        (self.ping_interval, self.ping_timeout) = (interval, timeout);
        self
    }

    /// Tries until there is a connection. `failed` is told of each failure and of the time until the next attempt.
    ///
    /// Wrong passwords are retried as well, at the same pace: an administrator may be about to set things right.
    pub async fn connect(&mut self, mut failed: impl FnMut(&Error, Duration)) -> Connection {
        loop {
            match self.attempt().await {
                Ok(connection) => return connection,
                Err(error) => {
                    let delay = self.backoff.next_delay();
                    failed(&error, delay);
                    sleep(delay).await;
                }
            }
        }
    }

    /// Tries once.
    ///
    /// # Errors
    /// As [`Connection::connect`].
    pub async fn attempt(&self) -> Result<Connection, Error> {
        Connection::connect(&self.endpoint, &self.credentials, self.options.clone()).await
    }

    /// Pings until the connection is closed, closing it if a ping stays without an answer, and tells why it ended.
    ///
    /// The waiting times start over only after the first answered ping: a router that lets in and throws out at once
    /// is not to be stormed.
    pub async fn watch(&mut self, connection: &Connection) -> CloseReason {
        loop {
            tokio::select! {
                reason = connection.closed() => return reason,
                () = sleep(self.ping_interval) => {}
            }
            match connection.ping(self.ping_timeout).await {
                // A refusal is an answer.
                Ok(()) | Err(Error::Trap(_)) => self.backoff.reset(),
                Err(error) => {
                    tracing::debug!(%error, "ping failed");
                    connection.close();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::Backoff;

    proptest! {
        #[test]
        fn delays_double_up_to_a_minute_and_vary_by_half(seed in any::<u64>()) {
            let mut backoff = Backoff::new(seed);
            for full in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
                let delay = backoff.next_delay();
                prop_assert!(delay <= Duration::from_secs(full), "{delay:?} of {full}");
                prop_assert!(delay * 2 >= Duration::from_secs(full), "{delay:?} of {full}");
            }
            backoff.reset();
            prop_assert!(backoff.next_delay() <= Duration::from_secs(1));
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_delays_and_another_others() {
        let delays = |seed| {
            let mut backoff = Backoff::new(seed);
            [(); 8].map(|()| backoff.next_delay())
        };
        assert_eq!(delays(1), delays(1));
        assert_ne!(delays(1), delays(2));
    }

    #[test]
    fn it_never_overflows() {
        let mut backoff = Backoff::new(7);
        for _ in 0..100 {
            assert!(backoff.next_delay() <= Duration::from_secs(60));
        }
    }
}

//! Telegram's flood limit, off by default.
//!
//! Documented only as advice (core.telegram.org/bots/faq): about one message a second in a chat, short bursts are
//! let through. *Assumption*: a token bucket.

use tokio::time::Instant;

use super::api::ApiError;

/// How many messages the bot may send to one chat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FloodLimit {
    /// Messages at once.
    pub burst: f64,
    /// Messages a second in the long run.
    pub per_second: f64,
}

impl Default for FloodLimit {
    fn default() -> Self {
        Self { burst: 3.0, per_second: 1.0 }
    }
}

impl FloodLimit {
    /// Takes one message out of a chat's allowance, or says when there will be one.
    pub(super) fn spend(self, allowance: &mut Option<(f64, Instant)>, now: Instant) -> Result<(), ApiError> {
        let (left, since) = allowance.unwrap_or((self.burst, now));
        let left = (left + now.duration_since(since).as_secs_f64() * self.per_second).min(self.burst);
        if left >= 1.0 {
            *allowance = Some((left - 1.0, now));
            return Ok(());
        }
        *allowance = Some((left, now));
        let wait = ((1.0 - left) / self.per_second).ceil().max(1.0);
        // A float to int cast saturates.
        Err(ApiError::too_many_requests(wait as u32))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_passes_then_one_a_second() {
        let limit = FloodLimit::default();
        let start = Instant::now();
        let mut chat = None;
        for _ in 0..3 {
            limit.spend(&mut chat, start).unwrap();
        }
        assert_eq!(limit.spend(&mut chat, start).unwrap_err().retry_after, Some(1));
        let later = start + Duration::from_secs(1);
        limit.spend(&mut chat, later).unwrap();
        assert!(limit.spend(&mut chat, later).is_err());
    }
}

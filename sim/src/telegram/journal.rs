//! What the bot asked for: every call with its parameters and outcome, the token left out.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How many calls are kept.
const KEPT: usize = 100_000;

/// A call of the bot.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// Number of the call, from 0.
    pub seq: u64,
    /// The method, as the bot spelled it.
    pub method: String,
    /// The parameters. The token and webhook secrets are replaced; uploads are named by size.
    pub params: Value,
    /// When it arrived, in microseconds since the simulator started.
    pub at_us: u64,
    /// How it ended; `None` while it waits, or if the bot hung up first.
    pub outcome: Option<Outcome>,
}

impl Call {
    /// Whether it is a call of this method (not case-sensitive).
    #[must_use]
    pub fn is(&self, method: &str) -> bool {
        self.method.eq_ignore_ascii_case(method)
    }

    /// A parameter as text; empty if it is missing.
    #[must_use]
    pub fn param(&self, name: &str) -> String {
        match self.params.get(name) {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// The chat that it is about, if it names one by number.
    #[must_use]
    pub fn chat_id(&self) -> Option<i64> {
        self.param("chat_id").parse().ok()
    }

    /// Whether Telegram answered with success.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| outcome.status == 200)
    }
}

/// How a call ended.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// HTTP status; 0 if the connection was cut without an answer.
    pub status: u16,
    /// Telegram's error text.
    pub description: Option<String>,
    /// How long it took, in microseconds.
    pub took_us: u64,
}

/// Calls of one method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Calls that arrived.
    pub calls: u64,
    /// Calls answered with success.
    pub succeeded: u64,
    /// Calls answered with an error or not at all.
    pub failed: u64,
}

/// The journal.
#[derive(Debug)]
pub(super) struct Journal {
    pages: Mutex<Pages>,
    bell: Notify,
    started: Instant,
}

#[derive(Debug, Default)]
struct Pages {
    first: u64,
    calls: VecDeque<Call>,
    /// Numbers of the calls in the order in which they ended.
    ended: VecDeque<u64>,
    first_ended: u64,
    counts: HashMap<String, Count>,
}

impl Default for Journal {
    fn default() -> Self {
        Self { pages: Mutex::default(), bell: Notify::new(), started: Instant::now() }
    }
}

impl Journal {
    /// Notes an arrival and gives its number.
    pub(super) fn arrived(&self, method: &str, params: Value) -> u64 {
        let at_us = micros(self.started);
        let mut pages = self.lock();
        let seq = pages.first + pages.calls.len() as u64;
        if pages.calls.len() == KEPT {
            pages.calls.pop_front();
            pages.first += 1;
        }
        pages.calls.push_back(Call { seq, method: method.to_owned(), params, at_us, outcome: None });
        pages.count(method).calls += 1;
        drop(pages);
        self.bell.notify_waiters();
        seq
    }

    /// Notes how a call ended.
    pub(super) fn ended(&self, seq: u64, method: &str, status: u16, description: Option<String>) {
        let now = micros(self.started);
        let mut pages = self.lock();
        let count = pages.count(method);
        if status == 200 {
            count.succeeded += 1;
        } else {
            count.failed += 1;
        }
        if let Some(call) = pages.get_mut(seq) {
            call.outcome = Some(Outcome { status, description, took_us: now.saturating_sub(call.at_us) });
            if pages.ended.len() == KEPT {
                pages.ended.pop_front();
                pages.first_ended += 1;
            }
            pages.ended.push_back(seq);
        }
        drop(pages);
        self.bell.notify_waiters();
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.lock().calls.iter().cloned().collect()
    }

    /// Up to `limit` calls from number `from` on.
    pub(super) fn calls_from(&self, from: u64, limit: usize) -> Vec<Call> {
        let pages = self.lock();
        let skip = usize::try_from(from.saturating_sub(pages.first)).unwrap_or(usize::MAX);
        pages.calls.iter().skip(skip).take(limit).cloned().collect()
    }

    pub(super) fn next(&self) -> u64 {
        let pages = self.lock();
        pages.first + pages.calls.len() as u64
    }

    pub(super) fn counts(&self) -> HashMap<String, Count> {
        self.lock().counts.clone()
    }

    /// The first call from number `from` on that fits, whether it has ended or not.
    pub(super) async fn wait_arrived(&self, from: u64, fits: impl Fn(&Call) -> bool) -> Call {
        let mut seen = from;
        self.wait(|pages| {
            let at = usize::try_from(seen.saturating_sub(pages.first)).unwrap_or(usize::MAX);
            let found = pages.calls.iter().skip(at).find(|call| fits(call)).cloned();
            seen = pages.first + pages.calls.len() as u64;
            found
        })
        .await
    }

    /// The first ended call from number `from` on that fits.
    pub(super) async fn wait_ended(&self, from: u64, fits: impl Fn(&Call) -> bool) -> Call {
        let mut seen = 0;
        self.wait(|pages| {
            let at = usize::try_from(u64::saturating_sub(seen, pages.first_ended)).unwrap_or(usize::MAX);
            let ended = pages.ended.iter().skip(at).filter(|seq| **seq >= from);
            let found = ended.filter_map(|seq| pages.get(*seq)).find(|call| fits(call)).cloned();
            seen = pages.first_ended + pages.ended.len() as u64;
            found
        })
        .await
    }

    async fn wait(&self, mut look: impl FnMut(&Pages) -> Option<Call>) -> Call {
        loop {
            let mut rung = std::pin::pin!(self.bell.notified());
            rung.as_mut().enable();
            let found = look(&self.lock());
            if let Some(call) = found {
                return call;
            }
            rung.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn at(&self, seq: u64) -> Option<usize> {
        seq.checked_sub(self.first).and_then(|at| usize::try_from(at).ok())
    }

    fn get(&self, seq: u64) -> Option<&Call> {
        self.calls.get(self.at(seq)?)
    }

    fn get_mut(&mut self, seq: u64) -> Option<&mut Call> {
        let at = self.at(seq)?;
        self.calls.get_mut(at)
    }

    fn count(&mut self, method: &str) -> &mut Count {
        self.counts.entry(method.to_ascii_lowercase()).or_default()
    }
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

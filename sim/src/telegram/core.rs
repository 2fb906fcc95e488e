//! What the HTTP side, the test handles and the control API share.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::api::webhook::Webhook;
use super::changes::ChangeLog;
use super::faults::Faults;
use super::flood::FloodLimit;
use super::journal::Journal;
use super::world::{BotUser, State};

/// How long a test waits for something before it is told that it did not happen.
const PATIENCE: Duration = Duration::from_secs(10);

/// The simulated Telegram.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) token: String,
    state: Mutex<State>,
    /// Rung when an update was queued or the pollers have to look up.
    pub(super) updates_ready: Notify,
    pub(super) changes: ChangeLog,
    pub(super) journal: Journal,
    pub(super) faults: Faults,
    pub(super) webhook: Webhook,
    options: Mutex<Options>,
}

#[derive(Clone, Copy, Debug)]
struct Options {
    flood: Option<FloodLimit>,
    patience: Duration,
}

impl Core {
    pub(super) fn new(token: &str, bot: BotUser) -> Self {
        Self {
            token: token.to_owned(),
            state: Mutex::new(State::new(bot)),
            updates_ready: Notify::new(),
            changes: ChangeLog::default(),
            journal: Journal::default(),
            faults: Faults::default(),
            webhook: Webhook::default(),
            options: Mutex::new(Options { flood: None, patience: PATIENCE }),
        }
    }

    /// The state. Held for look-ups only, never across an await.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state in a way that may queue updates, and wakes who waits for them.
    pub(super) fn happen<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.updates_ready.notify_waiters();
        result
    }

    pub(super) fn flood_limit(&self) -> Option<FloodLimit> {
        self.options().flood
    }

    pub(super) fn set_flood_limit(&self, limit: Option<FloodLimit>) {
        self.options().flood = limit;
    }

    pub(super) fn patience(&self) -> Duration {
        self.options().patience
    }

    pub(super) fn set_patience(&self, patience: Duration) {
        self.options().patience = patience;
    }

    fn options(&self) -> MutexGuard<'_, Options> {
        self.options.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

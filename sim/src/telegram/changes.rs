//! A log of what changed on people's screens, for the chat page and other live views.
//!
//! Entries name what changed and not how it looks now: a reader looks that up, so writing one is cheap.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::Notify;

use super::world::Answer;

/// How many changes are kept; a reader that is further behind starts afresh.
const KEPT: usize = 10_000;

/// What happened.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub(super) enum Change {
    /// A new message.
    Message { chat_id: i64, message_id: i32 },
    /// A message has a new text or keyboard.
    Edit { chat_id: i64, message_id: i32 },
    /// A message is gone.
    Delete { chat_id: i64, message_id: i32 },
    /// The bot shows that it is typing or the like.
    Action { chat_id: i64, action: String },
    /// A press was answered.
    Answer { chat_id: i64, person: i64, answer: Answer },
    /// Somebody is new, renamed, or blocked the bot.
    People,
    /// The bot's commands, name or description changed.
    Settings,
}

impl Change {
    pub(super) fn message(chat_id: i64, message_id: i32) -> Self {
        Self::Message { chat_id, message_id }
    }

    pub(super) fn edit(chat_id: i64, message_id: i32) -> Self {
        Self::Edit { chat_id, message_id }
    }

    pub(super) fn delete(chat_id: i64, message_id: i32) -> Self {
        Self::Delete { chat_id, message_id }
    }

    pub(super) fn action(chat_id: i64, action: &str) -> Self {
        Self::Action { chat_id, action: action.to_owned() }
    }

    pub(super) fn answer(chat_id: i64, person: i64, answer: &Answer) -> Self {
        Self::Answer { chat_id, person, answer: answer.clone() }
    }

    pub(super) fn settings() -> Self {
        Self::Settings
    }
}

/// Changes after a number, and the number to ask from next time.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) next: u64,
    /// Whether some were forgotten meanwhile: the reader has to look at everything again.
    pub(super) missed: bool,
    pub(super) changes: Vec<Change>,
}

#[derive(Debug, Default)]
pub(super) struct ChangeLog {
    log: Mutex<Log>,
    bell: Notify,
}

#[derive(Debug, Default)]
struct Log {
    /// Number of the first entry that is kept.
    first: u64,
    entries: VecDeque<Change>,
}

impl ChangeLog {
    pub(super) fn push(&self, change: Change) {
        let mut log = self.lock();
        if log.entries.len() == KEPT {
            log.entries.pop_front();
            log.first += 1;
        }
        log.entries.push_back(change);
        drop(log);
        self.bell.notify_waiters();
    }

    /// The number that the next change will have.
    pub(super) fn next(&self) -> u64 {
        let log = self.lock();
        log.first + log.entries.len() as u64
    }

    /// The changes from number `from` on, as soon as there is one.
    pub(super) async fn since(&self, from: u64) -> Batch {
        loop {
            let mut rung = std::pin::pin!(self.bell.notified());
            rung.as_mut().enable();
            if let Some(batch) = self.look(from) {
                return batch;
            }
            rung.await;
        }
    }

    fn look(&self, from: u64) -> Option<Batch> {
        let log = self.lock();
        let next = log.first + log.entries.len() as u64;
        // A number from the future belongs to an earlier life of the simulator.
        let missed = from < log.first || from > next;
        let skip = usize::try_from(from.saturating_sub(log.first)).unwrap_or(usize::MAX);
        let changes: Vec<Change> =
            if missed { Vec::new() } else { log.entries.iter().skip(skip).cloned().collect() };
        (missed || !changes.is_empty()).then_some(Batch { next, missed, changes })
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

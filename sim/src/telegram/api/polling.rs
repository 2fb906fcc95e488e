//! `getUpdates`: long polling, confirmation by offset, and one poller at a time.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::{ApiError, Params};
use crate::telegram::core::Core;
use crate::telegram::world::State;

/// Longest wait of a long poll, in seconds (the Bot API server's own cap).
const MAX_TIMEOUT: i64 = 50;

/// Answers with the waiting updates, or waits for one. A newer call ends an older one with a conflict.
pub(super) async fn get_updates(core: &Arc<Core>, params: &Params) -> Result<Vec<Arc<str>>, ApiError> {
    let limit = usize::try_from(params.integer("limit").unwrap_or(100).clamp(1, 100)).unwrap_or(100);
    let timeout = params.integer("timeout").unwrap_or(0).clamp(0, MAX_TIMEOUT).unsigned_abs();
    let deadline = Instant::now() + Duration::from_secs(timeout);
    let mine = begin(core, params)?;
    loop {
        let mut ready = pin!(core.updates_ready.notified());
        ready.as_mut().enable();
        if let Some(updates) = look(core, mine, limit, deadline)? {
            return Ok(updates);
        }
        // Either way the queue is looked at again, which also notices that the time is over.
        drop(tokio::time::timeout_at(deadline, ready).await);
    }
}

/// Confirms, takes `allowed_updates`, and ends the poll that waits.
fn begin(core: &Core, params: &Params) -> Result<u64, ApiError> {
    let mut state = core.lock();
    if core.webhook.is_set() {
        return Err(ApiError::conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
        ));
    }
    allow(&mut state, params);
    state.updates.confirm(params.integer("offset").unwrap_or(0));
    state.updates.poll += 1;
    core.updates_ready.notify_waiters();
    Ok(state.updates.poll)
}

fn look(core: &Core, mine: u64, limit: usize, deadline: Instant) -> Result<Option<Vec<Arc<str>>>, ApiError> {
    let state = core.lock();
    if core.webhook.is_set() {
        return Err(ApiError::conflict("terminated by setWebhook request"));
    }
    if state.updates.poll != mine {
        return Err(ApiError::other_get_updates());
    }
    let updates = state.updates.first(limit);
    Ok((!updates.is_empty() || Instant::now() >= deadline).then_some(updates))
}

/// Takes `allowed_updates` if it was given; what is no list of strings is ignored, as Telegram does.
pub(super) fn allow(state: &mut State, params: &Params) {
    if let Some(Ok(Value::Array(kinds))) = params.json("allowed_updates") {
        let kinds: HashSet<String> = kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        state.updates.allow(kinds);
    }
}

//! Live views: what changed since a number, as a long poll or as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::{Stream, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::telegram::changes::{Batch, Change};
use crate::telegram::core::Core;

/// Longest long poll, in seconds.
const LONGEST_POLL: u64 = 60;

#[derive(Deserialize)]
pub(super) struct Since {
    since: Option<u64>,
    #[serde(default)]
    timeout: u64,
}

pub(super) async fn changes(State(core): State<Arc<Core>>, Query(query): Query<Since>) -> Json<Value> {
    let since = query.since.unwrap_or_else(|| core.changes.next());
    let wait = Duration::from_secs(query.timeout.min(LONGEST_POLL));
    match tokio::time::timeout(wait, core.changes.since(since)).await {
        Ok(batch) => Json(shown(&core, &batch)),
        Err(_) => Json(json!({ "next": since, "missed": false, "changes": [] })),
    }
}

pub(super) async fn events(
    State(core): State<Arc<Core>>,
    Query(query): Query<Since>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    // A browser that reconnects by itself says where it stopped.
    let stopped = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let since = stopped.or(query.since).unwrap_or_else(|| core.changes.next());
    let events = stream::unfold((core, since), |(core, since)| async move {
        let batch = core.changes.since(since).await;
        let event = Event::default().id(batch.next.to_string()).data(shown(&core, &batch).to_string());
        let next = batch.next;
        Some((Ok(event), (core, next)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// A batch with the messages as they are now.
fn shown(core: &Core, batch: &Batch) -> Value {
    let changes: Vec<Value> = batch.changes.iter().map(|change| with_message(core, change)).collect();
    json!({ "next": batch.next, "missed": batch.missed, "changes": changes })
}

fn with_message(core: &Core, change: &Change) -> Value {
    let mut value = json!(change);
    if let Change::Message { chat_id, message_id } | Change::Edit { chat_id, message_id } = change {
        let state = core.lock();
        value["message"] = json!(state.message(*chat_id, *message_id));
        value["keyboard"] = json!(state.chats.get(chat_id).and_then(|chat| chat.keyboard.as_ref()));
    }
    value
}

//! The control API under `/control`, for the chat page, scripts and tests in other languages. JSON both ways;
//! a refusal is `{"error": "…"}` with status 400 or 404.
//!
//! | call | body or query | answer |
//! |---|---|---|
//! | `GET /state` | | bot, people, chats with their last message |
//! | `POST /people` | `{first_name, id?, last_name?, username?, language_code?}` | the person |
//! | `POST /people/{id}/block`, `/unblock`, `/deactivate` | | `{}` |
//! | `POST /groups` | `{title, members: [id…]}` | `{chat_id}` |
//! | `GET /chats/{chat}/messages` | `?after=<message id>` | messages, oldest first |
//! | `GET /chats/{chat}/view` | `?person=<id>` | messages, reply keyboard, commands, description |
//! | `POST /chats/{chat}/send` | `{person, text, reply_to?}` | `{message_id}` |
//! | `POST /chats/{chat}/press` | `{person, message_id, button}` (its text or callback data) | the answer |
//! | `POST /chats/{chat}/forge` | `{person, message_id, data}`: a callback as a modified app could send it | the answer |
//! | `POST /chats/{chat}/forward` | `{person, message_id, to}` | `{message_id}` |
//! | `POST /chats/{chat}/clear` | `{person}` | `{}` |
//! | `GET /faults`, `DELETE /faults` | | the rules in force; lifts them all |
//! | `POST /faults` | `{fault, method?, chat_id?, times?, …}`: `flood_wait` (`retry_after`), `status` (`status`, `description?`), `conflict`, `hang`, `reset`, `lose_answer`, `delay` (`millis`) | `{}` |
//! | `POST /updates/twice` | `{count}`: the next updates come twice | `{}` |
//! | `POST /updates/repeat` | the last update once more | `{}` |
//! | `POST /updates/renumber` | `{next}`: counts on from there, as after a week without updates | `{}` |
//! | `GET /journal` | `?from=0&limit=100` | calls of the bot |
//! | `GET /counts` | | counts by method |
//! | `GET /changes` | `?since=<n>&timeout=<seconds>`: long poll | `{next, missed, changes}` |
//! | `GET /events` | `?since=<n>` | the same as server-sent events |
//! | `GET /files/{file_id}` | | the bytes of a photo |

mod chats;
mod live;
mod trouble;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;

use super::core::Core;
use super::person::SimError;

pub(super) fn router() -> Router<Arc<Core>> {
    Router::new()
        .route("/state", get(chats::state))
        .route("/people", post(chats::add_person))
        .route("/people/{id}/{action}", post(chats::person_action))
        .route("/groups", post(chats::add_group))
        .route("/chats/{chat}/messages", get(chats::messages))
        .route("/chats/{chat}/view", get(chats::view))
        .route("/chats/{chat}/send", post(chats::send))
        .route("/chats/{chat}/press", post(chats::press))
        .route("/chats/{chat}/forge", post(chats::forge))
        .route("/chats/{chat}/forward", post(chats::forward))
        .route("/chats/{chat}/clear", post(chats::clear))
        .route("/files/{file_id}", get(chats::file))
        .route("/faults", get(trouble::list).post(trouble::arm).delete(trouble::heal))
        .route("/updates/twice", post(trouble::twice))
        .route("/updates/repeat", post(trouble::repeat))
        .route("/updates/renumber", post(trouble::renumber))
        .route("/journal", get(trouble::journal))
        .route("/counts", get(trouble::counts))
        .route("/changes", get(live::changes))
        .route("/events", get(live::events))
}

/// A refusal of the control API.
#[derive(Debug)]
struct Refused(StatusCode, String);

impl Refused {
    fn not_found(what: &str) -> Self {
        Self(StatusCode::NOT_FOUND, format!("{what} not found"))
    }

    fn bad(reason: &str) -> Self {
        Self(StatusCode::BAD_REQUEST, reason.to_owned())
    }
}

impl From<SimError> for Refused {
    fn from(error: SimError) -> Self {
        let status = match error {
            SimError::TimedOut { .. } | SimError::NoCall { .. } => StatusCode::GATEWAY_TIMEOUT,
            SimError::NoMessage { .. } => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        };
        Self(status, error.to_string())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, axum::Json(json!({ "error": self.1 }))).into_response()
    }
}

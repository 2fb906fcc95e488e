//! `POST /telegram/webhook/{bot}`: Telegram delivers an update. The answer is 200 only once what the update decided is
//! in the database; anything else brings it again. A server that stands by takes none.

use super::Shared;
use crate::bot::Received;
use axum::{
    body::to_bytes,
    extract::{Path, Request, State},
    http::{HeaderName, StatusCode},
    response::{IntoResponse, Response},
};

/// Where Telegram shows the secret that the webhook was set with.
const SECRET: HeaderName = HeaderName::from_static("x-telegram-bot-api-secret-token");

/// An update is a few kilobytes: the longest text has 4,096 characters, and it may quote another.
const LARGEST_UPDATE: usize = 256 * 1_024;

/// An update is delivered.
pub(super) async fn receive(
    State(shared): State<Shared>,
    Path(bot): Path<String>,
    request: Request,
) -> Response {
    let shown = request.headers().get(SECRET).map(|value| value.as_bytes().to_owned());
    // Whoever does not show the secret learns nothing, not even whether there is such a bot.
    if !shared.deliveries.admits(&bot, shown.as_deref()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    // Another server works: it gets the repetition, so that the updates of a chat are handled in one place.
    if !shared.app.duty.is_on() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let Ok(body) = to_bytes(request.into_body(), LARGEST_UPDATE).await else {
        tracing::error!("an update of Telegram is too long, or broke off");
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let status = match shared.deliveries.receive(&bot, &body).await {
        Ok(Received::Done) => StatusCode::OK,
        Ok(Received::OtherBot) => StatusCode::GONE,
        Ok(Received::Unreadable) => {
            tracing::error!("what Telegram delivered is no update");
            StatusCode::BAD_REQUEST
        }
        Err(error) => {
            tracing::error!(%error, "an update could not be handled; Telegram delivers it again");
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    status.into_response()
}

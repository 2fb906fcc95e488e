//! `POST /client/connect/` and `/client/disconnect/`: a router's scripts tell that a tunnel came up or went down.
//!
//! The answer is always 202 to a report that can be read, whether the router knows such a tunnel or not: it only
//! makes the router's worker look sooner.

use super::{Shared, client::Client};
use crate::ops::{
    OpError,
    hooks::{self, Hook, Report},
};
use axum::{
    body::to_bytes,
    extract::{Query, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

/// A report is a few hundred bytes.
const LARGEST_REPORT: usize = 8 * 1_024;

/// Where the token may be if it is not a bearer's.
#[derive(Deserialize)]
pub(super) struct Ticket {
    token: Option<String>,
}

/// A tunnel came up.
pub(super) async fn connect(
    state: State<Shared>,
    client: Client,
    ticket: Query<Ticket>,
    request: Request,
) -> Response {
    receive(state, client, ticket, request, Hook::Connect).await
}

/// A tunnel went down.
pub(super) async fn disconnect(
    state: State<Shared>,
    client: Client,
    ticket: Query<Ticket>,
    request: Request,
) -> Response {
    receive(state, client, ticket, request, Hook::Disconnect).await
}

async fn receive(
    State(shared): State<Shared>,
    client: Client,
    Query(ticket): Query<Ticket>,
    request: Request,
    hook: Hook,
) -> Response {
    // Who it is comes first: nobody's request is not read at all.
    let token = client.bearer.or(ticket.token);
    let admitted = hooks::admit(&shared.app, &shared.rates, token.as_deref(), client.origin.address).await;
    let router = match admitted {
        Ok(router) => router,
        Err(error) => return refused(&error),
    };
    let Ok(body) = to_bytes(request.into_body(), LARGEST_REPORT).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "The report is too long, or broke off\n").into_response();
    };
    match Report::parse(&body) {
        Ok(report) => {
            if let Err(error) = hooks::ring(&shared.app, router, hook, &report).await {
                tracing::warn!(%error, "a hook was not passed on to the server that works");
            }
            (StatusCode::ACCEPTED, "The router is looked at\n").into_response()
        }
        Err(why) => (StatusCode::BAD_REQUEST, format!("The report cannot be read: {why}\n")).into_response(),
    }
}

fn refused(error: &OpError) -> Response {
    let status = match error {
        OpError::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        OpError::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
        _ => {
            tracing::error!(%error, "a hook could not be received");
            let text = "Something failed on the server; its log says what\n";
            return (StatusCode::INTERNAL_SERVER_ERROR, text).into_response();
        }
    };
    let mut response = (status, format!("{error}\n")).into_response();
    let (name, value) = match status {
        StatusCode::UNAUTHORIZED => (header::WWW_AUTHENTICATE, "Bearer"),
        _ => (header::RETRY_AFTER, "1"),
    };
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}

//! `POST /graphql`.

use super::{Shared, client::Client};
use crate::{graphql::Visit, ops::sign_in};
use async_graphql::{Executor, Request};
use async_graphql_axum::GraphQLResponse;
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::json;
use std::sync::Arc;

/// Executes one request.
pub(super) async fn execute(
    State(shared): State<Shared>,
    client: Client,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A form of a foreign page cannot send JSON without being asked for permission first.
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    if !is_json {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send application/json").into_response();
    }
    let request = match serde_json::from_slice::<Request>(&body) {
        Ok(request) => request,
        Err(error) => return not_understood(&error),
    };
    let visit = Arc::new(visit(&shared, &client).await);
    let response = shared.api.execute(request.data(visit)).await;
    GraphQLResponse::from(response).into_response()
}

/// The body is no request: no JSON, or several requests in one.
fn not_understood(error: &serde_json::Error) -> Response {
    let message = format!("Send one GraphQL request as a JSON object: {error}");
    let error = json!({ "message": message, "extensions": { "code": "VALIDATION" } });
    (StatusCode::BAD_REQUEST, Json(json!({ "data": null, "errors": [error] }))).into_response()
}

/// Who calls; somebody whose token is no good calls as nobody.
async fn visit(shared: &Shared, client: &Client) -> Visit {
    let visit = Visit::new(client.origin.clone(), client.refresh_token.clone(), client.secure);
    if let Some(bearer) = &client.bearer
        && let Ok(caller) = sign_in::authenticate(&shared.app, bearer, client.origin.address).await
    {
        visit.enter(caller);
    }
    visit
}

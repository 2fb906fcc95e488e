//! `POST /graphql`, and subscriptions at `/graphql/ws` (graphql-transport-ws).

use super::{Shared, client::Client};
use crate::{graphql::Visit, ops::sign_in};
use async_graphql::{Data, Executor, http::{ALL_WEBSOCKET_PROTOCOLS, WebSocketProtocols}};
use async_graphql_axum::{GraphQLProtocol, GraphQLRequest, GraphQLResponse, GraphQLWebSocket};
use axum::{
    extract::{State, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use sallyport_shared::time::Timestamp;
use std::sync::{Arc, OnceLock};

/// A message on a WebSocket is small: the largest is a query.
const LARGEST_MESSAGE: usize = 64 * 1_024;

/// Executes one request.
pub(super) async fn execute(
    State(shared): State<Shared>,
    client: Client,
    headers: HeaderMap,
    request: GraphQLRequest,
) -> Response {
    // A form of a foreign page cannot send JSON without being asked for permission first.
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    if !is_json {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send application/json").into_response();
    }
    let visit = Arc::new(visit(&shared, &client).await);
    let response = shared.api.execute(request.into_inner().data(visit)).await;
    GraphQLResponse::from(response).into_response()
}

/// Who calls; somebody whose token is no good calls as nobody.
async fn visit(shared: &Shared, client: &Client) -> Visit {
    let visit = Visit::new(client.origin.clone(), client.refresh_token.clone(), shared.app.config.is_https());
    if let Some(bearer) = &client.bearer
        && let Ok(caller) = sign_in::authenticate(&shared.app, bearer, client.origin.address).await
    {
        visit.enter(caller);
    }
    visit
}

/// Opens a WebSocket for subscriptions. Who calls is said in `connection_init`; when that access is over, or the
/// sign-in behind it is revoked, the socket is closed, and the console opens another one.
pub(super) async fn subscribe(
    State(shared): State<Shared>,
    client: Client,
    protocol: GraphQLProtocol,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade
        .protocols(ALL_WEBSOCKET_PROTOCOLS)
        .max_message_size(LARGEST_MESSAGE)
        .on_upgrade(move |socket| async move {
            let until = Arc::new(OnceLock::new());
            let token = Arc::new(OnceLock::new());
            let init = {
                let (shared, until, token) = (shared.clone(), until.clone(), token.clone());
                let client = client.clone();
                move |payload: serde_json::Value| enter(shared, client, payload, until, token)
            };
            let serving = GraphQLWebSocket::new(socket, shared.api.clone(), protocol)
                .on_connection_init(init)
                .serve();
            tokio::select! {
                () = serving => {}
                () = shared.stop.cancelled() => {}
                () = access_over(&shared, &client, &until, &token) => {}
            }
        })
}

/// `connection_init`: `{"authorization": "Bearer …"}`.
async fn enter(
    shared: Shared,
    client: Client,
    payload: serde_json::Value,
    until: Arc<OnceLock<Timestamp>>,
    token: Arc<OnceLock<String>>,
) -> async_graphql::Result<Data> {
    let bearer = payload.get("authorization").and_then(serde_json::Value::as_str);
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer ")).ok_or("Sign in")?;
    let caller = sign_in::authenticate(&shared.app, bearer, client.origin.address)
        .await
        .map_err(|error| async_graphql::Error::new(error.to_string()))?;
    let _ = until.set(caller.expires_at);
    let _ = token.set(bearer.to_owned());
    let visit = Visit::new(client.origin.clone(), None, shared.app.config.is_https());
    visit.enter(caller);
    let mut data = Data::default();
    data.insert(Arc::new(visit));
    Ok(data)
}

/// Returns when the access of the socket's user is over: the token has expired or the sign-in was revoked.
async fn access_over(
    shared: &Shared,
    client: &Client,
    until: &OnceLock<Timestamp>,
    token: &OnceLock<String>,
) {
    /// How often it is looked whether the sign-in still stands.
    const LOOK: std::time::Duration = std::time::Duration::from_secs(15);
    let began = shared.app.clock.now();
    loop {
        tokio::time::sleep(LOOK).await;
        let now = shared.app.clock.now();
        let Some(until) = until.get() else {
            // Nobody said who they are.
            if now.since(began).0 >= 30 {
                return;
            }
            continue;
        };
        let Some(token) = token.get() else { return };
        if now >= *until
            || sign_in::authenticate(&shared.app, token, client.origin.address).await.is_err()
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_protocol_of_the_contract_is_spoken() {
        assert!(ALL_WEBSOCKET_PROTOCOLS.contains(&"graphql-transport-ws"));
        assert_eq!("graphql-transport-ws".parse(), Ok(WebSocketProtocols::GraphQLWS));
    }
}

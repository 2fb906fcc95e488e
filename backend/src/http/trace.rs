//! Every request has an id: log lines that it causes carry it, and the answer names it, so that what somebody saw
//! can be found in the log.

use crate::clock::random;
use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use std::time::Instant;
use tracing::Instrument;

/// The header with the id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Follows a request to its answer.
pub(super) async fn follow(request: Request, next: Next) -> Response {
    let id = hex::encode(random::<8>());
    let began = Instant::now();
    let span = tracing::info_span!("request", id, method = %request.method(), path = request.uri().path());
    let mut response = async {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        tracing::debug!(status, milliseconds = began.elapsed().as_millis(), "answered");
        response
    }
    .instrument(span)
    .await;
    metrics::histogram!("sallyport_http_seconds").record(began.elapsed().as_secs_f64());
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

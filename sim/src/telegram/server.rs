//! The HTTP side: connections that can be cut, and the way from a request to a method and back.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::api::{self, ApiError, Params, Reply};
use super::core::Core;
use super::faults::{Fault, Struck};
use super::{control, page};

/// Largest request, in bytes (Telegram's own limit for uploads by bots).
const LARGEST_REQUEST: usize = 50 << 20;

/// Cuts the connection of a request.
#[derive(Clone, Debug, Default)]
struct Wire(Arc<Notify>);

/// The whole HTTP service.
pub(super) fn router(core: Arc<Core>) -> Router {
    Router::new().nest("/control", control::router()).merge(page::router()).fallback(bot_api).with_state(core)
}

/// Takes connections until it is dropped; then they are closed as well.
pub(super) async fn serve(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, router.clone()));
                }
                Err(error) => tracing::warn!(%error, "accepting a connection failed"),
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
}

async fn connection(stream: TcpStream, router: Router) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was refused");
    }
    let wire = Wire::default();
    let service = {
        let wire = wire.clone();
        service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(wire.clone());
            router.clone().oneshot(request.map(Body::new))
        })
    };
    let mut served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        result = &mut served => if let Err(error) = result {
            tracing::debug!(%error, "connection ended");
        },
        () = wire.0.notified() => {
            let stream = served.into_parts().io.into_inner();
            // No lingering: the peer gets a reset, not an orderly end.
            if let Err(error) = stream.set_zero_linger() {
                tracing::debug!(%error, "SO_LINGER was refused");
            }
        }
    }
}

/// `/bot<token>/<method>` and `/file/bot<token>/<path>`.
async fn bot_api(State(core): State<Arc<Core>>, request: Request) -> Response {
    let path = request.uri().path();
    if let Some(rest) = path.strip_prefix("/file/bot") {
        return file(&core, rest);
    }
    let Some((token, method)) = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/')) else {
        return refuse(&ApiError::new(404, "Not Found"));
    };
    if !is_token(&core, token) {
        return refuse(&ApiError::unauthorized());
    }
    let method = method.to_owned();
    let wire = request.extensions().get::<Wire>().cloned().unwrap_or_default();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_REQUEST).await else {
        return refuse(&ApiError::new(413, "Request Entity Too Large"));
    };
    match Params::read(&parts, body).await {
        Ok(params) => carry_out(&core, &wire, &method, &params).await,
        Err(error) => refuse(&error),
    }
}

/// A call, with the trouble that was ordered for it.
async fn carry_out(core: &Arc<Core>, wire: &Wire, method: &str, params: &Params) -> Response {
    let seq = core.journal.arrived(method, params.for_journal(&core.token));
    let struck = core.faults.strike(method, params.integer("chat_id"));
    let outcome = match meet(struck.as_ref()).await {
        Met::GoOn => api::call(core, method, params).await,
        Met::Refuse(error) => Err(error),
        Met::Cut => return cut(core, wire, seq, method).await,
    };
    if struck.is_some_and(|struck| struck.fault == Fault::LoseAnswer) {
        return cut(core, wire, seq, method).await;
    }
    match outcome {
        Ok(reply) => {
            core.journal.ended(seq, method, 200, None);
            success(reply)
        }
        Err(error) => {
            core.journal.ended(seq, method, error.code, Some(error.description.clone()));
            refuse(&error)
        }
    }
}

enum Met {
    GoOn,
    Refuse(ApiError),
    Cut,
}

async fn meet(struck: Option<&Struck>) -> Met {
    let Some(struck) = struck else { return Met::GoOn };
    match &struck.fault {
        Fault::FloodWait { retry_after } => Met::Refuse(ApiError::too_many_requests(*retry_after)),
        Fault::Status { status, description } => {
            Met::Refuse(ApiError::new(*status, description.clone().unwrap_or_else(|| usual(*status))))
        }
        Fault::Conflict => Met::Refuse(ApiError::other_get_updates()),
        Fault::Reset => Met::Cut,
        Fault::Hang => {
            struck.lifted().await;
            Met::GoOn
        }
        Fault::Delay { .. } => {
            if let Some(delay) = struck.fault.delay() {
                tokio::time::sleep(delay).await;
            }
            Met::GoOn
        }
        Fault::LoseAnswer => Met::GoOn,
    }
}

/// The usual text of a status.
fn usual(status: u16) -> String {
    match status {
        403 => "Forbidden: bot was blocked by the user".to_owned(),
        code => StatusCode::from_u16(code)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Unknown")
            .to_owned(),
    }
}

async fn cut(core: &Core, wire: &Wire, seq: u64, method: &str) -> Response {
    core.journal.ended(seq, method, 0, Some("connection reset".into()));
    wire.0.notify_one();
    // The connection's task drops this future; there is nothing to answer.
    std::future::pending().await
}

fn success(reply: Reply) -> Response {
    json_response(StatusCode::OK, reply.into_body())
}

fn refuse(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json_response(status, error.to_json().to_string());
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

fn json_response(status: StatusCode, body: String) -> Response {
    let json = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, json)], body).into_response()
}

fn file(core: &Core, rest: &str) -> Response {
    let Some((token, path)) = rest.split_once('/') else { return refuse(&ApiError::new(404, "Not Found")) };
    if !is_token(core, token) {
        return refuse(&ApiError::unauthorized());
    }
    let file = path.strip_prefix("photos/").and_then(|id| core.lock().files.get(id).cloned());
    match file {
        Some(file) => ([(header::CONTENT_TYPE, file.content_type)], file.bytes).into_response(),
        None => refuse(&ApiError::new(404, "Not Found: file not found")),
    }
}

/// Clients may percent-encode the colon of the token.
fn is_token(core: &Core, token: &str) -> bool {
    token == core.token || token.replace("%3A", ":").replace("%3a", ":") == core.token
}

//! HTTP: the API, health and metrics, and the files of the console, behind strict headers and limits.

mod api;
mod boxed;
mod client;
mod console;
mod headers;
mod health;
mod hooks;
mod live;
mod metrics;
mod tls;
mod trace;
mod webhook;

pub use metrics::Metrics;

use crate::{app::App, bot::Receiver, graphql::Api, ops::hooks::Rates};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use client::Peer;
use std::{net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// No request is larger: the largest that the console sends is a certificate authority in PEM.
const LARGEST_BODY: usize = 256 * 1_024;

/// What the handlers share. Cheap to clone.
#[derive(Clone)]
struct Shared {
    app: App,
    api: Api,
    console: Arc<console::Console>,
    metrics: Metrics,
    /// How many hooks came from where.
    rates: Rates,
    /// How many WebSockets each sign-in has.
    sockets: live::Sockets,
    /// Takes in what Telegram delivers.
    deliveries: Receiver,
    /// Ends the WebSockets when the server stops.
    stop: CancellationToken,
}

/// Everything that is served.
pub fn router(app: App, metrics: Metrics, stop: CancellationToken) -> Router {
    let own_metrics = app.config.metrics_listen.is_some();
    let console = Arc::new(console::Console::embedded());
    if !cfg!(debug_assertions) {
        console.warm_up();
    }
    let shared = Shared {
        api: Api::new(app.clone()),
        console,
        metrics,
        rates: Rates::default(),
        sockets: live::Sockets::default(),
        deliveries: Receiver::new(app.clone()),
        stop,
        app,
    };
    let mut router = Router::new()
        .route("/graphql", post(api::execute))
        .route("/graphql/ws", get(live::subscribe))
        .route("/client/connect", post(hooks::connect))
        .route("/client/connect/", post(hooks::connect))
        .route("/client/disconnect", post(hooks::disconnect))
        .route("/client/disconnect/", post(hooks::disconnect))
        .route("/telegram/webhook/{bot}", post(webhook::receive))
        .route("/box", get(boxed::page).post(boxed::code))
        .route("/box/{mark}", get(boxed::page).post(boxed::code))
        .route("/box/style.css", get(boxed::style))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready));
    if !own_metrics {
        router = router.route("/metrics", get(metrics::scrape));
    }
    let https = shared.app.config.is_https();
    router
        .fallback(console::file)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(axum::middleware::from_fn(move |request, next| headers::set(https, request, next)))
        .layer(axum::middleware::from_fn(trace::follow))
        .with_state(shared)
}

/// Serves on `listener` until `stop`, then lets running requests finish.
///
/// # Errors
/// When the certificate cannot be used, or the socket fails.
pub async fn serve(
    app: App,
    metrics: Metrics,
    listener: TcpListener,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let files = app.config.tls.clone();
    let service = router(app, metrics, stop.clone()).into_make_service_with_connect_info::<Peer>();
    let stopped = async move { stop.cancelled().await };
    match files {
        None => axum::serve(listener, service).with_graceful_shutdown(stopped).await,
        Some(files) => {
            let listener = tls::TlsListener::new(listener, &files)?;
            axum::serve(listener, service).with_graceful_shutdown(stopped).await
        }
    }
}

/// Serves `/metrics` alone, on an address of its own.
///
/// # Errors
/// When the address cannot be used.
pub async fn serve_metrics(
    app: App,
    metrics: Metrics,
    address: SocketAddr,
    stop: CancellationToken,
) -> std::io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    let router = Router::new().route("/metrics", get(metrics::scrape_alone)).with_state((app, metrics));
    axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await }).await
}

//! `sallyport serve`.

use super::Failure;
use crate::{
    app::App,
    clock::Clock,
    config::Config,
    http::{self, Metrics},
    ops::sign_in,
    work,
};
use std::net::SocketAddr;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

/// How long what is under way may take after the signal to stop. What is not done by then is in the database.
const GRACE: std::time::Duration = std::time::Duration::from_secs(10);

/// Runs the server until it is told to stop.
pub(super) async fn serve(config: Config) -> Result<(), Failure> {
    let metrics = Metrics::collect().map_err(|error| Failure::Other(error.to_string()))?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(Failure::io(format!("SALLYPORT_LISTEN: {} cannot be used", config.listen)))?;
    let address = listener.local_addr().map_err(Failure::io("the socket"))?;
    let app = App::open(config, Clock::system()).await?;
    if let Some(code) = sign_in::prepare_first_owner(&app).await? {
        let url = base_url(&app, address);
        tracing::warn!("there is no owner yet; make the first one at {url}/setup?code={code}");
    }
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(stop.clone())?);
    let mut workers = tokio::spawn(work::run(app.clone(), stop.clone()));
    if let Some(address) = app.config.metrics_listen {
        let serving = http::serve_metrics(app.clone(), metrics.clone(), address, stop.clone());
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, %address, "metrics cannot be served");
            }
        });
    }
    let scheme = if app.config.tls.is_some() { "https" } else { "http" };
    tracing::info!("listening on {scheme}://{address}");
    let mut serving = tokio::spawn(http::serve(app, metrics, listener, stop.clone()));
    let served = tokio::select! {
        served = &mut serving => Some(served),
        _ = &mut workers => None,
        () = stop.cancelled() => None,
    };
    stop.cancel();
    let _ = tokio::time::timeout(GRACE, async {
        if served.is_none() {
            let _ = serving.await;
        }
        if !workers.is_finished() {
            let _ = workers.await;
        }
    })
    .await;
    match served {
        Some(Ok(Err(error))) => Err(Failure::io("the server")(error)),
        Some(Err(error)) => Err(Failure::Other(error.to_string())),
        Some(Ok(Ok(()))) | None => {
            tracing::info!("stopped");
            Ok(())
        }
    }
}

/// The URL at which the console is reached.
fn base_url(app: &App, address: SocketAddr) -> String {
    let scheme = if app.config.tls.is_some() { "https" } else { "http" };
    app.config.public_url.clone().unwrap_or_else(|| format!("{scheme}://{address}"))
}

/// Stops at SIGTERM (service managers) and SIGINT (Ctrl-C).
fn stop_on_signal(stop: CancellationToken) -> Result<impl Future<Output = ()>, Failure> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::io("signals"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::io("signals"))?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: what is under way is finished, the rest is kept");
        stop.cancel();
    })
}

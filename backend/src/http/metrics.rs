//! `/metrics` for Prometheus.

use super::Shared;
use crate::{
    app::App,
    store::{StoreError, records::RouterState},
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use sallyport_shared::time::{Seconds, Timestamp};
use std::sync::Arc;
use tokio::sync::Mutex;

/// What was looked up counts for so long, however often it is asked for.
const FRESH: Seconds = Seconds(5);

/// Bounds of the histograms, in seconds: from a millisecond to a minute.
const BOUNDS: [f64; 12] = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0];

/// Collects what is counted while the program runs. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
    /// When the figures were looked up last.
    looked: Arc<Mutex<Option<Timestamp>>>,
}

impl Metrics {
    /// Begins to collect. Of several in one process (tests) only the first collects.
    ///
    /// # Errors
    /// When the bounds of the histograms are empty, which they are not.
    pub fn collect() -> Result<Self, metrics_exporter_prometheus::BuildError> {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BOUNDS)?
            .build_recorder();
        let handle = recorder.handle();
        // Another one collects already.
        let _ = metrics::set_global_recorder(recorder);
        Ok(Self { handle, looked: Arc::default() })
    }
}

/// What is counted, with what is looked up now.
pub(super) async fn scrape(State(shared): State<Shared>) -> Response {
    answer(&shared.app, &shared.metrics).await
}

/// The same, on an address of its own.
pub(super) async fn scrape_alone(State((app, metrics)): State<(App, Metrics)>) -> Response {
    answer(&app, &metrics).await
}

async fn answer(app: &App, metrics: &Metrics) -> Response {
    match look_at_times(app, metrics).await {
        Ok(()) => {
            metrics.handle.run_upkeep();
            metrics.handle.render().into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the figures could not be looked up");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// Looks up how things stand, unless that was done a moment ago; of many at the same moment one does.
async fn look_at_times(app: &App, metrics: &Metrics) -> Result<(), StoreError> {
    let mut looked = metrics.looked.lock().await;
    let now = app.clock.now();
    if looked.is_none_or(|last| last.plus(FRESH) <= now || last > now) {
        look(app).await?;
        *looked = Some(now);
    }
    Ok(())
}

/// Looks up how things stand.
async fn look(app: &App) -> Result<(), StoreError> {
    let mut tx = app.store.read().await?;
    let numbers = tx.statistics(app.clock.now(), 1).await?;
    metrics::gauge!("sallyport_sessions_live").set(numbers.live_sessions() as f64);
    metrics::gauge!("sallyport_connections_live").set(numbers.live_connections as f64);
    metrics::gauge!("sallyport_confirmations_pending").set(numbers.pending_confirmations as f64);
    metrics::gauge!("sallyport_registrations_pending").set(numbers.pending_registrations() as f64);
    metrics::gauge!("sallyport_deliveries_pending").set(tx.pending_deliveries_count().await? as f64);
    metrics::gauge!("sallyport_bot_up").set(f64::from(u8::from(app.bot.health().is_ok())));
    let routers = tx.routers().await?;
    let ids: Vec<_> = routers.iter().map(|router| router.id).collect();
    let statuses = tx.router_statuses(&ids).await?;
    for router in routers {
        let name = router.name.clone();
        let state = statuses.get(&router.id).map(|status| status.state);
        let up = matches!(state, Some(RouterState::Online | RouterState::Degraded));
        metrics::gauge!("sallyport_router_up", "router" => name.clone()).set(f64::from(u8::from(up)));
        let waiting = tx.pending_wishes_count(router.id).await?;
        metrics::gauge!("sallyport_wishes_pending", "router" => name.clone()).set(waiting as f64);
        let tunnels = app.fleet.tunnels(router.id).len();
        metrics::gauge!("sallyport_router_tunnels", "router" => name).set(tunnels as f64);
    }
    Ok(())
}

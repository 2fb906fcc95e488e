//! The doctor's rounds: each router that is being worked is looked at from time to time, and soon after it was reached
//! anew or somebody changed something on it. Beside the routers' workers, so that no prompt waits for it.

use crate::{app::App, ops::doctor};
use futures_util::{StreamExt, stream};
use sallyport_shared::ids::RouterId;
use std::{collections::HashMap, time::Duration};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Between two visits if nothing happens.
const ROUND: Duration = Duration::from_secs(10 * 60);
/// After something happened, so that several changes made by hand are one.
const SETTLE: Duration = Duration::from_secs(2);
/// How many routers are looked at at a time.
const AT_ONCE: usize = 8;
/// How long a visit may take: routers are slow, never this slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// Makes the rounds until `stop`.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let mut due: HashMap<RouterId, Instant> = HashMap::new();
    loop {
        let bell = app.bus.doctor.clone();
        let rung = bell.notified();
        let now = Instant::now();
        for router in app.fleet.patients() {
            let soon = now + SETTLE;
            due.entry(router).and_modify(|at| *at = soon.min(*at)).or_insert(soon);
        }
        let next = due.values().min().copied().unwrap_or(now + ROUND);
        tokio::select! {
            () = stop.cancelled() => return,
            () = rung => {}
            () = tokio::time::sleep_until(next) => tokio::select! {
                () = stop.cancelled() => return,
                () = round(&app, &mut due) => {}
            },
        }
    }
}

/// Visits every router that is due, a few at a time: one that does not answer must not keep the others waiting.
async fn round(app: &App, due: &mut HashMap<RouterId, Instant>) {
    let now = Instant::now();
    // A router that is out of reach asks for the doctor when it is back.
    due.retain(|id, at| *at > now || app.fleet.wire(*id).is_some());
    let waiting: Vec<RouterId> = due.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
    due.extend(waiting.iter().map(|id| (*id, now + ROUND)));
    stream::iter(waiting).for_each_concurrent(AT_ONCE, |id| call(app, id)).await;
}

async fn call(app: &App, id: RouterId) {
    match tokio::time::timeout(PATIENCE, visit(app, id)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(router = %id, %error, "the doctor could not look at a router"),
        Err(_) => tracing::warn!(router = %id, "the doctor's visit took too long"),
    }
}

async fn visit(app: &App, id: RouterId) -> crate::ops::OpResult<()> {
    let router = app.store.read().await?.router(id).await?;
    if let Some(router) = router.filter(|router| router.enabled) {
        doctor::visit(app, &router).await?;
    }
    Ok(())
}

//! The doctor's rounds: each router that is being worked is looked at from time to time, and soon after it was reached
//! anew or somebody changed something on it. Beside the routers' workers, so that no prompt waits for it.

use crate::{app::App, ops::doctor};
use futures_util::{StreamExt, stream::FuturesUnordered};
use sallyport_shared::ids::RouterId;
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};
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

/// Makes the rounds until `stop`: whoever is due is visited, while others that do not answer are waited for.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let mut due: HashMap<RouterId, Instant> = HashMap::new();
    let mut visits = FuturesUnordered::new();
    let mut visited: HashSet<RouterId> = HashSet::new();
    loop {
        let bell = app.bus.doctor.clone();
        let rung = bell.notified();
        let now = Instant::now();
        for router in app.fleet.patients() {
            let soon = now + SETTLE;
            due.entry(router).and_modify(|at| *at = soon.min(*at)).or_insert(soon);
        }
        // A router that is out of reach asks for the doctor when it is back.
        due.retain(|id, at| *at > now || app.fleet.wire(*id).is_some());
        while let Some(id) = ready(&due, &visited, now) {
            due.insert(id, now + ROUND);
            visited.insert(id);
            visits.push(call(&app, id));
        }
        let waiting = due.iter().filter(|(id, at)| !visited.contains(id) && **at > now);
        let next = waiting.map(|(_, at)| *at).min().unwrap_or(now + ROUND);
        tokio::select! {
            () = stop.cancelled() => return,
            () = rung => {}
            () = tokio::time::sleep_until(next) => {}
            Some(done) = visits.next() => {
                visited.remove(&done);
            }
        }
    }
}

/// Who is to be visited now, if a hand is free: whoever is due for longest, and is not being visited.
fn ready(due: &HashMap<RouterId, Instant>, visited: &HashSet<RouterId>, now: Instant) -> Option<RouterId> {
    if visited.len() >= AT_ONCE {
        return None;
    }
    let late = due.iter().filter(|(id, at)| **at <= now && !visited.contains(id));
    late.min_by_key(|(_, at)| **at).map(|(id, _)| *id)
}

/// Visits a router; gives it back.
async fn call(app: &App, id: RouterId) -> RouterId {
    match tokio::time::timeout(PATIENCE, visit(app, id)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(router = %id, %error, "the doctor could not look at a router"),
        Err(_) => tracing::warn!(router = %id, "the doctor's visit took too long"),
    }
    id
}

async fn visit(app: &App, id: RouterId) -> crate::ops::OpResult<()> {
    let router = app.store.read().await?.router(id).await?;
    if let Some(router) = router.filter(|router| router.enabled) {
        doctor::visit(app, &router).await?;
    }
    Ok(())
}

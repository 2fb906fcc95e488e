//! One worker for each enabled router: started when it is added, stopped when it is switched off, started anew
//! when its settings change. One router's trouble touches no other's worker.

use super::router;
use crate::{app::App, bus::Change, ops::OpResult, store::records::RouterRecord};
use sallyport_shared::ids::RouterId;
use std::{collections::HashMap, time::Duration};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// How often the list of routers is read, in case a hint was lost.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

struct Worker {
    settings: RouterRecord,
    stop: CancellationToken,
    /// Goes with whoever keeps it: nobody else may work the router meanwhile.
    task: AbortOnDropHandle<()>,
}

/// Keeps the workers in step with the routers in the database until `stop`.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let mut workers: HashMap<RouterId, Worker> = HashMap::new();
    loop {
        let bell = app.bus.fleet.clone();
        let rung = bell.notified();
        if let Err(error) = keep_in_step(&app, &mut workers).await {
            tracing::error!(%error, "the list of routers could not be read");
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = rung => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
    for worker in workers.values() {
        worker.stop.cancel();
    }
    for worker in workers.into_values() {
        let _ = worker.task.await;
    }
}

async fn keep_in_step(app: &App, workers: &mut HashMap<RouterId, Worker>) -> OpResult<()> {
    let routers = app.store.read().await?.routers().await?;
    let wanted: HashMap<RouterId, RouterRecord> =
        routers.into_iter().filter(|router| router.enabled).map(|router| (router.id, router)).collect();
    let outdated: Vec<RouterId> = workers
        .iter()
        .filter(|(id, worker)| {
            worker.task.is_finished() || !wanted.get(id).is_some_and(|now| works_alike(now, &worker.settings))
        })
        .map(|(id, _)| *id)
        .collect();
    for id in outdated {
        if let Some(worker) = workers.remove(&id) {
            worker.stop.cancel();
            if let Err(error) = worker.task.await {
                tracing::error!(router = %worker.settings.name, %error, "a router's worker broke down");
            }
            app.fleet.forget(id);
            app.bus.tell(Change::Router { id });
        }
    }
    for (id, settings) in wanted {
        workers.entry(id).or_insert_with(|| {
            let stop = CancellationToken::new();
            let task = tokio::spawn(router::run(app.clone(), settings.clone(), stop.clone()));
            let task = AbortOnDropHandle::new(task);
            Worker { settings, stop, task }
        });
    }
    Ok(())
}

/// Is the worker of one as good for the other? The token of the hooks is none of its business, and is no reason to let the
/// connection go.
fn works_alike(one: &RouterRecord, other: &RouterRecord) -> bool {
    let without_hooks = |router: &RouterRecord| RouterRecord {
        hook_token_hash: String::new(),
        hook_token_enc: Vec::new(),
        version: 0,
        ..router.clone()
    };
    without_hooks(one) == without_hooks(other)
}

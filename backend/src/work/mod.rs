//! The workers: one a router, one for Telegram's outbox, the bot, one for what is due, the doctor. Each looks at what there is to do,
//! does it, and waits for its bell or its time; none has a memory that a restart would miss.

pub mod deliver;
mod doctor;
pub mod duty;
mod elsewhere;
mod fleet;
pub mod herald;
mod hints;
mod known;
mod router;
#[cfg(test)]
mod testing;
mod timers;
mod traffic;
mod wishes;

use crate::app::App;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Runs every worker until `stop`; of several servers on one database, one does.
pub async fn run(app: App, stop: CancellationToken) {
    duty::run(app, stop, duty::Terms::default()).await;
}

/// Runs every worker until `stop`. Without one of them the product only looks alive: if one breaks down, `program` is
/// cancelled, so that whoever runs it starts it anew.
async fn workers(app: App, stop: CancellationToken, program: CancellationToken) {
    let mut workers = JoinSet::new();
    workers.spawn(timers::run(app.clone(), stop.clone()));
    workers.spawn(fleet::run(app.clone(), stop.clone()));
    workers.spawn(doctor::run(app.clone(), stop.clone()));
    workers.spawn(deliver::run(app.clone(), stop.clone()));
    workers.spawn(herald::run(app.clone(), stop.clone()));
    workers.spawn(crate::bot::run(app, stop.clone()));
    while let Some(ended) = workers.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a worker broke down");
            program.cancel();
        }
    }
}

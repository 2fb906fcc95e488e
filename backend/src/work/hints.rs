//! What servers on one PostgreSQL tell one another: hooks that came to one that stands by, and what changed, so that every
//! console is live, whichever server it asks. On SQLite there is one server alone.

use crate::{
    app::App,
    bus::Change,
    ops::hooks,
    store::{Listener, StoreError},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::broadcast::{
    Receiver,
    error::{RecvError, TryRecvError},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long to wait before listening anew, when the database went away.
const AGAIN: Duration = Duration::from_secs(2);

/// So long changes are collected before they are passed on together.
const COLLECTED: Duration = Duration::from_millis(20);

/// So many changes are passed on at once: PostgreSQL takes less than 8000 bytes, and one has at most 150.
const AT_ONCE: usize = 40;

/// How a hint begins that says what changed.
const CHANGED: &str = "changed:";

/// What a server passes on.
#[derive(Serialize, Deserialize)]
struct Told {
    /// Which server, since its start: it hears itself, too.
    by: Uuid,
    changes: Vec<Change>,
}

/// Tells and listens until `stop`. What is missed meanwhile costs time and nothing else: routers are looked at all the same,
/// and consoles are told that they may have missed something.
pub(super) async fn run(app: App, stop: CancellationToken) {
    if app.store.postgres_url().is_none() {
        return;
    }
    let this = app.clock.new_id();
    let own = app.bus.own();
    let both = async { tokio::join!(pass_on(&app, this, own), listen(&app, this)) };
    let _ = stop.run_until_cancelled(both).await;
}

/// Tells the others what changes here.
async fn pass_on(app: &App, this: Uuid, mut own: Receiver<Change>) {
    loop {
        let first = match own.recv().await {
            Ok(change) => change,
            Err(RecvError::Lagged(_)) => Change::Missed,
            Err(RecvError::Closed) => return,
        };
        tokio::time::sleep(COLLECTED).await;
        let mut changes = vec![first];
        while changes.len() < AT_ONCE {
            let next = match own.try_recv() {
                Ok(change) => change,
                Err(TryRecvError::Lagged(_)) => Change::Missed,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            };
            if !changes.contains(&next) {
                changes.push(next);
            }
        }
        while let Err(error) = tell(app, &Told { by: this, changes }).await {
            tracing::warn!(%error, "other servers do not hear what changed; they will read everything anew");
            tokio::time::sleep(AGAIN).await;
            changes = vec![Change::Missed];
        }
    }
}

async fn tell(app: &App, told: &Told) -> Result<(), StoreError> {
    let told = serde_json::to_string(told).unwrap_or_default();
    let mut tx = app.store.begin().await?;
    tx.notify(&format!("{CHANGED}{told}")).await?;
    tx.commit().await
}

/// Hears what the others tell, and listens anew whenever the connection is lost.
async fn listen(app: &App, this: Uuid) {
    let mut heard_before = false;
    loop {
        match app.store.listen().await {
            Ok(None) => return,
            Ok(Some(listener)) => {
                if heard_before {
                    app.bus.hear(Change::Missed);
                }
                heard_before = true;
                let error = hear(app, this, listener).await;
                tracing::warn!(%error, "hints of other servers are not heard for a moment");
            }
            Err(error) => tracing::warn!(%error, "hints of other servers are not heard"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Passes on what is heard, until the connection is lost.
async fn hear(app: &App, this: Uuid, mut listener: Listener) -> StoreError {
    loop {
        match listener.next().await {
            Ok(hint) => match hint.strip_prefix(CHANGED) {
                Some(told) => changed(app, this, told),
                None => hooks::heard(app, &hint),
            },
            Err(error) => return error,
        }
    }
}

/// Another server did something; one of another version may say what means nothing here.
fn changed(app: &App, this: Uuid, told: &str) {
    match serde_json::from_str::<Told>(told) {
        Ok(told) if told.by == this => {}
        Ok(told) => told.changes.into_iter().for_each(|change| app.bus.hear(change)),
        Err(_) => app.bus.hear(Change::Missed),
    }
}

//! Hints from servers that stand by: what came to them is heard by the one that works. PostgreSQL carries them; on SQLite
//! there is one server alone.

use crate::{
    app::App,
    ops::hooks,
    store::{Listener, StoreError},
};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long to wait before listening anew, when the database went away.
const AGAIN: Duration = Duration::from_secs(2);

/// Listens until `stop`. What is missed meanwhile costs time and nothing else: the routers are looked at all the same.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let _ = stop
        .run_until_cancelled(async {
            loop {
                match app.store.listen().await {
                    Ok(None) => std::future::pending().await,
                    Ok(Some(listener)) => {
                        let error = hear(&app, listener).await;
                        tracing::warn!(%error, "hints of other servers are not heard for a moment");
                    }
                    Err(error) => tracing::warn!(%error, "hints of other servers are not heard"),
                }
                tokio::time::sleep(AGAIN).await;
            }
        })
        .await;
}

/// Passes on what is heard, until the connection is lost.
async fn hear(app: &App, mut listener: Listener) -> StoreError {
    loop {
        match listener.next().await {
            Ok(hint) => hooks::heard(app, &hint),
            Err(error) => return error,
        }
    }
}

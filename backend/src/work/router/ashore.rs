//! Between two voyages: the router is away, or another one works its device.

use super::super::wishes;
use crate::{
    app::App,
    bus::Change as Hint,
    ops::{devices, devices::Taken, wishes::Hindrance},
    store::records::RouterRecord,
};
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;

/// Why a voyage is over.
pub(super) struct Ending {
    /// In words.
    pub(super) words: String,
    /// The router is a device that another one works.
    pub(super) taken: Option<Taken>,
}

/// Waits before the next attempt; whoever wishes something meanwhile is told that the router does not answer.
/// True: stop.
pub(super) async fn wait(
    app: &App,
    router: &RouterRecord,
    stop: &CancellationToken,
    ending: &Ending,
    delay: Duration,
) -> bool {
    let bell = app.bus.router(router.id);
    let mut hints = app.bus.listen();
    let mut delay = std::pin::pin!(tokio::time::sleep(delay));
    loop {
        let hindrance = Hindrance::Unreachable(ending.words.clone());
        if let Err(error) = wishes::hinder_new(app, router, &hindrance).await {
            tracing::error!(router = %router.name, %error, "waiting wishes could not be looked at");
        }
        tokio::select! {
            () = stop.cancelled() => return true,
            () = &mut delay => return false,
            () = bell.notified() => {}
            () = is_free(app, router, ending.taken.as_ref(), &mut hints) => return false,
        }
    }
}

/// Returns when the router that works the device has changed so that it does not any more: it was deleted, switched off,
/// or is another device by now.
async fn is_free(app: &App, router: &RouterRecord, taken: Option<&Taken>, hints: &mut Receiver<Hint>) {
    let Some(taken) = taken else { return std::future::pending().await };
    loop {
        match hints.recv().await {
            Ok(Hint::Router { id }) if id != taken.by => continue,
            Ok(Hint::Router { .. }) | Err(RecvError::Lagged(_)) => {}
            Ok(_) => continue,
            Err(RecvError::Closed) => std::future::pending().await,
        }
        // If it cannot be asked now, it is when the time is over.
        if devices::is_taken(app, router.id, &taken.device).await.is_ok_and(|taken| !taken) {
            return;
        }
    }
}

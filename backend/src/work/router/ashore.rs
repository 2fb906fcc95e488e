//! Between two voyages: the router is away, or another one works its device.

use super::super::wishes;
use crate::{
    app::App,
    bus::Change as Hint,
    ops::{devices, devices::Taken, wishes::Hindrance},
    store::records::RouterRecord,
};
use sallyport_shared::ids::RouterId;
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

/// Returns when the router that works the device does not any more: it was deleted, switched off, or is another device by now.
/// Asked first, and then whenever it may have changed: the device may have been released before anybody listened here, or while
/// an answer was waited for that a bell made nobody hear.
async fn is_free(app: &App, router: &RouterRecord, taken: Option<&Taken>, hints: &mut Receiver<Hint>) {
    let Some(taken) = taken else { return std::future::pending().await };
    let mut by = taken.by;
    loop {
        match devices::worker(app, &taken.device, router.id).await {
            Ok(None) => return,
            // Of three entries another one may have been quicker.
            Ok(Some(worker)) => by = worker,
            Err(error) => tracing::debug!(router = %router.name, %error, "asked again when the time is over"),
        }
        changed(by, hints).await;
    }
}

/// Returns when something of this router has changed, or may have.
async fn changed(router: RouterId, hints: &mut Receiver<Hint>) {
    loop {
        match hints.recv().await {
            Ok(Hint::Router { id }) if id == router => return,
            Ok(Hint::Missed) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, store::FoundDevice, work::testing::entered};
    use sallyport_shared::reason::Reason;

    /// A test waits no longer than this for what must happen.
    const BACKSTOP: Duration = Duration::from_secs(20);
    /// Nobody comes back because the time is over.
    const LONG: Duration = Duration::from_secs(3_600);

    /// Two entries of one device: the one that works it, the one that waits, and why.
    async fn two(app: &App) -> (RouterRecord, RouterRecord, Ending) {
        let nowhere = ([192, 0, 2, 1], 8728).into();
        let (works, waits) = (entered(app, "hq-gw", nowhere).await, entered(app, "office", nowhere).await);
        let mut tx = app.store.begin().await.unwrap();
        let found = FoundDevice { device: "serial:A".to_owned(), place: "192.0.2.1:8728".to_owned() };
        tx.set_device(works.id, &found, true).await.unwrap();
        tx.set_device(waits.id, &found, false).await.unwrap();
        tx.commit().await.unwrap();
        let what = Reason::EnteredTwice { router: waits.name.clone(), other: works.name.clone() };
        let taken = Taken { device: "serial:A".to_owned(), by: works.id, what: what.clone() };
        let ending = Ending { words: what.to_string(), taken: Some(taken) };
        (works, waits, ending)
    }

    /// Releases the device, and tells nobody.
    async fn release(app: &App, works: &RouterRecord) {
        let mut tx = app.store.begin().await.unwrap();
        assert!(tx.delete_router(works.id, app.clock.now()).await.unwrap());
        tx.commit().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_device_that_was_released_before_anybody_listened_is_not_slept_over() {
        let (app, _folder) = App::of_a_test(Clock::system()).await;
        let (works, waits, ending) = two(&app).await;
        release(&app, &works).await;
        let stop = CancellationToken::new();
        let waiting = wait(&app, &waits, &stop, &ending, LONG);
        let stopped = tokio::time::timeout(BACKSTOP, waiting).await.expect("it goes on");
        assert!(!stopped);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_may_have_missed_a_release_or_was_called_away_asks() {
        for bell in [false, true] {
            let (app, _folder) = App::of_a_test(Clock::system()).await;
            let (works, waits, ending) = two(&app).await;
            let mut listened = app.bus.listened();
            let before = *listened.borrow();
            let (there, id) = (app.clone(), waits.id);
            let waiting =
                tokio::spawn(
                    async move { wait(&there, &waits, &CancellationToken::new(), &ending, LONG).await },
                );
            listened.wait_for(|count| *count > before).await.unwrap();
            release(&app, &works).await;
            if bell {
                app.bus.router(id).notify_one();
            } else {
                app.bus.hear(Hint::Missed);
            }
            let stopped = tokio::time::timeout(BACKSTOP, waiting).await.expect("it goes on");
            assert!(!stopped.unwrap(), "by the bell: {bell}");
        }
    }
}

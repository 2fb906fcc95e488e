//! What is due: prompts that expire, reminders, ends. The due-times are in the database.

use crate::{
    app::App,
    ops::{sessions, wishes},
};
use sallyport_shared::time::{Seconds, Timestamp};
use tokio_util::sync::CancellationToken;

/// How many sessions are looked after in one go.
const BATCH: i64 = 200;
/// The longest that is slept without looking, in case a hint was lost.
const LONGEST_NAP: Seconds = Seconds(5);

/// Does what is due until `stop`.
pub(super) async fn run(app: App, stop: CancellationToken) {
    loop {
        let bell = app.bus.timers.clone();
        let rung = bell.notified();
        let until = match tick(&app).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "what is due could not be done; trying again");
                app.clock.now().plus(Seconds(1))
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = rung => {}
            () = app.clock.sleep_until(until) => {}
        }
    }
}

/// Does everything that is due and tells when to look again.
async fn tick(app: &App) -> crate::ops::OpResult<Timestamp> {
    // Wishes of an ended session may have been replaced by a newer session's, which tells nobody.
    wishes::settle_left_over(app).await?;
    while sessions::tick(app, BATCH).await? == usize::try_from(BATCH).unwrap_or(usize::MAX) {}
    let next = app.store.read().await?.next_due().await?;
    let latest = app.clock.now().plus(LONGEST_NAP);
    Ok(next.map_or(latest, |next| next.min(latest)))
}

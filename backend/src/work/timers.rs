//! What is due: prompts that expire, reminders, ends. The due-times are in the database.

use crate::{
    app::App,
    ops::{sessions, wishes},
};
use sallyport_shared::{
    ids::SessionId,
    time::{Seconds, Timestamp},
};
use std::collections::{HashMap, HashSet};
use tokio_util::sync::CancellationToken;

/// How many sessions are looked after in one go.
const BATCH: usize = 200;
/// How long a session that could not be looked after is left alone.
const STUCK: Seconds = Seconds(10);
/// The longest that is slept without looking, in case a hint was lost.
const LONGEST_NAP: Seconds = Seconds(5);

/// Does what is due until `stop`.
pub(super) async fn run(app: App, stop: CancellationToken) {
    let mut stuck = Stuck::default();
    loop {
        let bell = app.bus.timers.clone();
        let rung = bell.notified();
        let until = match tick(&app, &mut stuck).await {
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

/// Sessions that could not be looked after, with when that is tried again.
#[derive(Default)]
struct Stuck(HashMap<SessionId, Timestamp>);

impl Stuck {
    /// Those that are left alone now.
    fn at(&mut self, now: Timestamp) -> HashSet<SessionId> {
        self.0.retain(|_, until| *until > now);
        self.0.keys().copied().collect()
    }

    fn add(&mut self, failed: Vec<SessionId>, now: Timestamp) {
        self.0.extend(failed.into_iter().map(|session| (session, now.plus(STUCK))));
    }
}

/// Does everything that is due and tells when to look again.
async fn tick(app: &App, stuck: &mut Stuck) -> crate::ops::OpResult<Timestamp> {
    // Wishes of an ended session may have been replaced by a newer session's, which tells nobody.
    if let Err(error) = wishes::settle_left_over(app).await {
        tracing::error!(%error, "people could not be told that their session is over; trying again");
    }
    loop {
        let now = app.clock.now();
        let (count, failed) = sessions::tick(app, BATCH, &stuck.at(now)).await?;
        stuck.add(failed, now);
        if count < BATCH {
            break;
        }
    }
    let now = app.clock.now();
    let next = app.store.read().await?.next_due().await?;
    // What is due of a stuck session stays due; that must not make the worker spin.
    let next = next.map(|next| if stuck.0.is_empty() { next } else { next.max(now.plus(Seconds(1))) });
    let latest = now.plus(LONGEST_NAP);
    Ok(next.map_or(latest, |next| next.min(latest)))
}

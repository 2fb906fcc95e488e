//! Which of its boots a router is in. With each of them it gives its session ids out anew, so that the first tunnels
//! after a restart may look exactly like those of before, about which somebody said yes.

use crate::{app::App, store::StoreError};
use sallyport_shared::{
    ids::RouterId,
    session::Boot,
    time::{Seconds, Timestamp},
};

/// So far apart may two readings of when a boot began lie: routers count whole seconds and may take ten to answer. No
/// router that boots twice within this time has had a tunnel in between.
const TOLERANCE: Seconds = Seconds(15);

/// So often the reading is taken anew while a connection lasts, for clocks drift apart.
pub(super) const EVERY: Seconds = Seconds(3_600);

/// Finds out which of its boots the router is in by its uptime, and writes it down before anything is made of it.
/// `asked`: our time just before the router was asked. A server whose own clock was set forward in the meantime takes
/// that for a restart: then people are asked once more, and nobody is inside unasked.
pub(super) async fn recognise(
    app: &App,
    router: RouterId,
    uptime: Option<i64>,
    asked: Timestamp,
) -> Result<Boot, StoreError> {
    let mut tx = app.store.begin().await?;
    let (last, began) = tx.boot(router).await?;
    let Some(uptime) = uptime.and_then(|uptime| u32::try_from(uptime).ok()) else { return Ok(last) };
    let now = asked.minus(Seconds(uptime));
    let has_restarted = began.is_some_and(|began| now > began.plus(TOLERANCE));
    let boot = if has_restarted { Boot(last.0.saturating_add(1)) } else { last };
    tx.set_boot(router, boot, now).await?;
    if has_restarted {
        // What would have been done to tunnels of before says nothing of those of now.
        tx.forget_observed(router).await?;
    }
    tx.commit().await?;
    Ok(boot)
}

//! Bans: lifted by an operator, and put back on a router that has lost them.

use super::{OpError, OpResult, Who, audit, authority::Operator, unit::Unit};
use crate::{
    app::App,
    bus::Change,
    store::records::{AlertKind, BanRecord, NewAlert, RouterMode, RouterRecord, WishRecord},
};
use sallyport_shared::{
    reason::Reason,
    session::{CloseReason, Wish},
    time::Seconds,
};
use uuid::Uuid;

/// Lifts a ban, here and on the router. What the person's tunnels have added up to is forgiven with it: the next one
/// is asked about again. Alerts end that spoke of this ban and of none that is still in force.
///
/// # Errors
/// [`OpError::NotFound`] if it is over already, or never was.
pub async fn lift(app: &App, by: &Operator, id: Uuid) -> OpResult<()> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let ban =
        unit.tx.ban(id).await?.filter(|ban| ban.removed_at.is_none()).ok_or(OpError::NotFound("ban"))?;
    if !unit.tx.remove_ban(id, unit.now).await? {
        return Err(OpError::NotFound("ban"));
    }
    if let Some(router) = unit.tx.router(ban.router).await?.filter(|router| router.deleted_at.is_none()) {
        unit.wish(&router, &Wish::Unban { address: ban.address.clone() }).await?;
    }
    // Also of others: it may have taken over a ban that was made for somebody else.
    unit.settle_bans().await?;
    unit.audit("ban.lift", &format!("router:{}", ban.router), Some(&describe(&ban))).await?;
    unit.tell(Change::Router { id: ban.router });
    unit.commit().await
}

fn describe(ban: &BanRecord) -> String {
    format!("{}: {}", ban.address, ban.reason)
}

/// A router was connected to, which may have restarted and forgotten its bans in the meantime: those in force are
/// wished for again, each for the time that is left.
///
/// # Errors
/// When the database fails.
pub async fn renew(app: &App, router: &RouterRecord) -> OpResult<()> {
    if router.mode == RouterMode::Observe {
        return Ok(());
    }
    let now = app.clock.now();
    let in_force = app.store.read().await?.bans(Some(router.id), now).await?;
    if in_force.is_empty() {
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    for ban in in_force {
        let seconds = ban.until.map_or(Seconds(u32::MAX), |until| until.since(now));
        let wish = Wish::Ban { address: ban.address, seconds, why: CloseReason::Banned };
        if !tx.has_pending_wish(router.id, &wish.key()).await? {
            tx.wish(router.id, None, &wish, now, false).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// A ban that was decided could not be made, because somebody manages the router from that address: it is over, and
/// administrators hear of it. What else was decided (the tunnel is cut, the account disabled) stands. Nothing is forgiven.
///
/// # Errors
/// When the database fails.
pub(super) async fn spared(app: &App, wish: &WishRecord, address: &str, who: &str) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    tx.end_ban(wish.router, address, now).await?;
    let detail = Reason::BanSpared { address: address.to_owned(), who: who.to_owned() };
    let alert = NewAlert {
        kind: AlertKind::CommandFailing,
        user: None,
        session: wish.session,
        router: Some(wish.router),
        detail: detail.clone(),
    };
    tx.raise_alert(&alert, now).await?;
    let subject = format!("router:{}", wish.router);
    let id = audit(&mut tx, now, &Who::System, "ban.spared", &subject, Some(&detail.to_string())).await?;
    tx.commit().await?;
    app.bus.tell(Change::Audit { id });
    app.bus.tell(Change::Router { id: wish.router });
    app.bus.alerts.notify_one();
    Ok(())
}

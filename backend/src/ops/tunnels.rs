//! What a router's table of tunnels says, turned into events of sessions.

use super::{
    OpError, OpResult, Who, drifts,
    sessions::{Applied, Target, apply},
};
use crate::{
    app::App,
    store::records::{LiveConnection, RouterMode, RouterRecord},
};
use sallyport_shared::{
    ids::{ConnectionId, RouterId, SessionId},
    reason::{Reason, Unwelcome},
    session::{CloseReason, Event, Exposure, Tunnel, Wish},
};

/// The router shows a tunnel that is not known as one of a live session.
///
/// # Errors
/// Only when the database fails; that rules refuse is no error here.
pub async fn seen(app: &App, router: &RouterRecord, tunnel: &Tunnel) -> OpResult<Applied> {
    let scene = app.store.read().await?.scene_of_username(router.id, &tunnel.username).await?;
    let Some(scene) = scene else { return cut(app, router, tunnel, Unwelcome::NobodysAccount).await };
    if tunnel.address.is_none() {
        // There is nothing by which it could be held in the box, or let out of it.
        return cut(app, router, tunnel, Unwelcome::NoAddress).await;
    }
    let going = Wish::Cut { tunnel: tunnel.clone(), why: CloseReason::Policy };
    let observed = router.mode == RouterMode::Observe;
    if app.store.read().await?.has_wish(router.id, &going.key(), observed).await? {
        // It was decided already that it has to go. On a router that is only watched it stays all the same.
        return Ok(Applied { changed: !observed, ..Applied::default() });
    }
    let target =
        Target::Tunnel { account: scene.account.id, router_session_id: tunnel.router_session_id.clone() };
    let event = Event::TunnelSeen { tunnel: tunnel.clone() };
    match apply(app, &target, &event, &Who::Router { name: router.name.clone() }).await {
        Err(OpError::Refused(_)) => Ok(Applied::default()),
        // Unlinked in this moment.
        Err(OpError::NotFound(_)) => cut(app, router, tunnel, Unwelcome::NobodysAccount).await,
        done => done,
    }
}

/// A tunnel that may not be there, whoever would be asked about it: cut and reported, once.
///
/// # Errors
/// When the database fails.
pub async fn cut(app: &App, router: &RouterRecord, tunnel: &Tunnel, why: Unwelcome) -> OpResult<Applied> {
    let wish = Wish::Cut { tunnel: tunnel.clone(), why: CloseReason::Policy };
    let observed = router.mode == RouterMode::Observe;
    let nobodys = why == Unwelcome::NobodysAccount;
    // Read first: on a router that is only watched there may be thousands of them, at each look.
    if app.store.read().await?.has_wish(router.id, &wish.key(), observed).await? {
        return Ok(Applied { nobodys, ..Applied::default() });
    }
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    if tx.has_wish(router.id, &wish.key(), observed).await? {
        return Ok(Applied { nobodys, ..Applied::default() });
    }
    let changed = tx.wish(router.id, None, &wish, now, observed).await?;
    let what = unwelcome(tunnel, why, observed);
    let written = drifts::write(&mut tx, router.id, now, &what, !observed, cut_action(observed)).await?;
    tx.commit().await?;
    app.bus.router(router.id).notify_one();
    written.tell(app);
    Ok(Applied { changed: changed && !observed, nobodys, ..Applied::default() })
}

/// Does nobody own the account of this name?
///
/// # Errors
/// When the database fails.
pub async fn is_nobodys(app: &App, router: &RouterRecord, username: &str) -> OpResult<bool> {
    Ok(app.store.read().await?.scene_of_username(router.id, username).await?.is_none())
}

/// The router does not hold the tunnel of a live session as it should: it is cut, and that is reported.
///
/// # Errors
/// Only when the database fails.
pub async fn exposed(app: &App, router: &RouterRecord, live: &LiveConnection, how: Exposure) -> OpResult<()> {
    let event = Event::Exposed { connection: live.connection, how };
    let who = Who::Router { name: router.name.clone() };
    let applied = match apply(app, &Target::Session(live.session), &event, &who).await {
        Ok(applied) => applied,
        Err(OpError::Refused(_) | OpError::NotFound(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    if !applied.changed {
        return Ok(());
    }
    let why = match how {
        Exposure::NotInBox => Unwelcome::NotInBox,
        Exposure::AddressTaken => Unwelcome::AddressTaken,
    };
    report(app, router.id, &live.tunnel, why, router.mode == RouterMode::Observe).await
}

/// A tunnel that was to stay, closed, is in no box: it is cut, unless a bound rule alone keeps its account out.
///
/// # Errors
/// Only when the database fails.
pub async fn kept_outside(app: &App, router: &RouterRecord, tunnel: &Tunnel) -> OpResult<()> {
    let scene = app.store.read().await?.scene_of_username(router.id, &tunnel.username).await?;
    if scene.is_none_or(|scene| scene.rule.is_none()) {
        cut(app, router, tunnel, Unwelcome::NotInBox).await?;
    }
    Ok(())
}

/// Shows and audits that a tunnel was cut, or would be.
///
/// # Errors
/// When the database fails.
pub(super) async fn report(
    app: &App,
    router: RouterId,
    tunnel: &Tunnel,
    why: Unwelcome,
    observed: bool,
) -> OpResult<()> {
    let (now, what) = (app.clock.now(), unwelcome(tunnel, why, observed));
    let mut tx = app.store.begin().await?;
    let written = drifts::write(&mut tx, router, now, &what, !observed, cut_action(observed)).await?;
    tx.commit().await?;
    written.tell(app);
    Ok(())
}

/// That a tunnel has to go, and why.
pub(super) fn unwelcome(tunnel: &Tunnel, why: Unwelcome, watched: bool) -> Reason {
    let (account, caller) = (tunnel.username.clone(), tunnel.caller_id.clone());
    Reason::Unwelcome { account, caller, why, watched }
}

/// How the audit names that a tunnel has to go which no session allows.
pub(super) fn cut_action(observed: bool) -> &'static str {
    if observed { "tunnel.would-cut" } else { "tunnel.cut" }
}

/// The router no longer shows a tunnel.
///
/// # Errors
/// Only when the database fails.
pub async fn gone(
    app: &App,
    router: &RouterRecord,
    session: SessionId,
    connection: ConnectionId,
    restarted: bool,
) -> OpResult<()> {
    let event = Event::TunnelGone { connection, restarted };
    let who = Who::Router { name: router.name.clone() };
    match apply(app, &Target::Session(session), &event, &who).await {
        Ok(_) | Err(OpError::Refused(_) | OpError::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

//! What operators do to sessions, connections and tunnels from the console. The rules decide in
//! [`super::sessions`]; here a call becomes an event.

use super::{
    OpError, OpResult,
    authority::Operator,
    sessions::{Target, admin, apply},
    unit::Unit,
    users::parse_reason,
};
use crate::{app::App, bus::Change};
use sallyport_shared::{
    ids::{AccountId, ConnectionId, RouterId, SessionId},
    session::{Answer, CloseReason, Event, Tunnel, Wish},
    time::Seconds,
};

/// Grants a session without being asked.
///
/// # Errors
/// [`OpError::Refused`] if the rules say no, [`OpError::Invalid`] for the span or reason.
pub async fn grant(
    app: &App,
    by: &Operator,
    account: AccountId,
    seconds: Option<i64>,
    reason: Option<&str>,
) -> OpResult<SessionId> {
    let event = Event::Ask { by: actor(by, reason)?, seconds: seconds.map(span).transpose()? };
    let applied = apply(app, &Target::Account(account), &event, by.who()).await?;
    applied.session.ok_or(OpError::NotFound("session"))
}

/// Approves a session that was asked for.
///
/// # Errors
/// [`OpError::Refused`] if it does not wait for that.
pub async fn approve(app: &App, by: &Operator, id: SessionId) -> OpResult<()> {
    on_session(app, by, id, &Event::Approve { by: actor(by, None)? }).await
}

/// Refuses a session that was asked for.
///
/// # Errors
/// [`OpError::Refused`] if it does not wait for that.
pub async fn refuse(app: &App, by: &Operator, id: SessionId, reason: Option<&str>) -> OpResult<()> {
    on_session(app, by, id, &Event::Refuse { by: actor(by, reason)? }).await
}

/// Adds time to a session.
///
/// # Errors
/// [`OpError::Refused`] if the rules say no, [`OpError::Invalid`] for the span or reason.
pub async fn extend(
    app: &App,
    by: &Operator,
    id: SessionId,
    seconds: i64,
    reason: Option<&str>,
) -> OpResult<()> {
    let event = Event::Extend { by: actor(by, reason)?, seconds: Some(span(seconds)?) };
    on_session(app, by, id, &event).await
}

/// Ends a session.
///
/// # Errors
/// [`OpError::Refused`] if it is over.
pub async fn end(app: &App, by: &Operator, id: SessionId, reason: Option<&str>) -> OpResult<()> {
    on_session(app, by, id, &Event::End { by: actor(by, reason)? }).await
}

/// Answers for the owner of a tunnel that waits.
///
/// # Errors
/// [`OpError::Refused`] if it does not wait (any more).
pub async fn answer(
    app: &App,
    by: &Operator,
    connection: ConnectionId,
    answer: Answer,
    reason: Option<&str>,
) -> OpResult<()> {
    let owner = app.store.read().await?.connection_owner(connection).await?;
    let (session, _) = owner.ok_or(OpError::NotFound("connection"))?;
    let event = Event::Answered { connection, nonce: None, by: actor(by, reason)?, answer };
    on_session(app, by, session, &event).await
}

/// Confirms a tunnel for its owner, which takes a reason.
///
/// # Errors
/// [`OpError::Refused`] if it does not wait (any more), [`OpError::Invalid`] for the reason.
pub async fn confirm(app: &App, by: &Operator, connection: ConnectionId, reason: &str) -> OpResult<()> {
    parse_reason(reason)?;
    answer(app, by, connection, Answer::Confirm, Some(reason)).await
}

/// Cuts a tunnel, whoever's it is. One of a live session is closed first; the session goes on.
///
/// # Errors
/// [`OpError::NotFound`] if the router shows no such tunnel.
pub async fn disconnect(app: &App, by: &Operator, router: RouterId, router_session_id: &str) -> OpResult<()> {
    let tunnels = app.fleet.tunnels(router);
    let seen = tunnels.iter().find(|seen| seen.tunnel.router_session_id == router_session_id);
    let tunnel = Tunnel::clone(&seen.ok_or(OpError::NotFound("tunnel"))?.tunnel);
    let mut unit = Unit::begin(app, by.who()).await?;
    let record = unit.tx.router(router).await?.filter(|router| router.deleted_at.is_none());
    let record = record.ok_or(OpError::NotFound("router"))?;
    let from = tunnel.caller_id.as_deref().unwrap_or("an unknown address");
    let detail = format!("{} from {from} on {}", tunnel.username, record.name);
    match of_session(&mut unit, router, &tunnel).await? {
        Some((session, connection)) => {
            let event = Event::Disconnect { connection, by: actor(by, None)? };
            unit.session(&Target::Session(session), &event).await?;
        }
        None => unit.wish(&record, &Wish::Cut { tunnel, why: CloseReason::EndedByAdmin }).await?,
    }
    unit.audit("tunnel.disconnect", &format!("router:{router}"), Some(&detail)).await?;
    unit.tell(Change::Router { id: router });
    unit.commit().await
}

/// The live session and connection that this very tunnel belongs to.
async fn of_session(
    unit: &mut Unit<'_>,
    router: RouterId,
    tunnel: &Tunnel,
) -> OpResult<Option<(SessionId, ConnectionId)>> {
    let scene = unit.tx.scene_of_username(router, &tunnel.username).await?;
    let live = scene.and_then(|scene| scene.live).map(|loaded| loaded.session);
    Ok(live.and_then(|session| {
        let connection = session.live_connections().find(|known| known.tunnel.is_same(tunnel))?;
        Some((session.id, connection.id))
    }))
}

async fn on_session(app: &App, by: &Operator, id: SessionId, event: &Event) -> OpResult<()> {
    apply(app, &Target::Session(id), event, by.who()).await.map(|_| ())
}

fn actor(by: &Operator, reason: Option<&str>) -> OpResult<sallyport_shared::session::Actor> {
    let reason = reason.filter(|reason| !reason.trim().is_empty()).map(parse_reason).transpose()?;
    admin(by.who(), reason)
}

fn span(seconds: i64) -> OpResult<Seconds> {
    u32::try_from(seconds)
        .map(Seconds)
        .map_err(|_| OpError::invalid("seconds", "The time must be from one second to a year"))
}

//! Is what waits to be told still true? Messages wait while Telegram is away. What happened stays true; what was still
//! to come may be over by then, and reading it would mislead.

use crate::{ops::OpResult, store::Tx};
use sallyport_shared::{
    ids::UserId,
    message::Message,
    session::{ConnectionState, Session, SessionState},
    time::Timestamp,
};

/// Is the message about something that is over? Then what came of it has a message of its own.
pub(super) async fn is_over(tx: &mut Tx, user: UserId, message: &Message, now: Timestamp) -> OpResult<bool> {
    let passed = |at: &Option<Timestamp>| at.is_some_and(|at| at <= now);
    Ok(match message {
        Message::SessionGranted { account, router, until, connect_by, .. } => {
            passed(until) || passed(connect_by) || !lives(tx, user, account, Some(router), |_| true).await?
        }
        Message::Opened { account, until, .. }
        | Message::Extended { account, until, .. }
        | Message::EndsEarlier { account, until } => {
            passed(until) || !lives(tx, user, account, None, |_| true).await?
        }
        Message::Reminder { session, until, .. } => {
            let loaded = tx.session(*session).await?.map(|loaded| loaded.session);
            let stands = loaded.is_some_and(|known| {
                known.state.is_live() && known.until(known.review_at).map(|end| end.at) == *until
            });
            passed(until) || !stands
        }
        Message::SessionRequested { account, .. } => {
            !lives(tx, user, account, None, |session| session.state == SessionState::Requested).await?
        }
        Message::GrantDelayed { account, router } | Message::GrantRefused { account, router } => {
            !lives(tx, user, account, Some(router), |session| !session.account_ready).await?
        }
        Message::OpenDelayed { account } => !lives(tx, user, account, None, waits_for_the_router).await?,
        Message::EndDelayed { account, router } | Message::EndRefused { account, router } => {
            is_closed(tx, user, account, router).await?
        }
        _ => false,
    })
}

/// A tunnel was confirmed, and the router has not let it through yet.
fn waits_for_the_router(session: &Session) -> bool {
    let mut connections = session.connections.iter();
    connections.any(|known| known.state == ConnectionState::Confirmed && known.opened_at.is_none())
}

/// Has one of the person's accounts of that name a live session of which this holds?
async fn lives(
    tx: &mut Tx,
    user: UserId,
    account: &str,
    router: Option<&str>,
    holds: impl Fn(&Session) -> bool,
) -> OpResult<bool> {
    for known in tx.accounts_of_user(user).await? {
        if known.account.username != account
            || router.is_some_and(|router| router != known.account.router_name)
        {
            continue;
        }
        let live = tx.scene(known.account.id).await?.and_then(|scene| scene.live);
        if live.is_some_and(|loaded| holds(&loaded.session)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Was the end of the account's last session told? An account that is linked no more is not looked for.
async fn is_closed(tx: &mut Tx, user: UserId, account: &str, router: &str) -> OpResult<bool> {
    for known in tx.accounts_of_user(user).await? {
        if known.account.username == account && known.account.router_name == router {
            return Ok(!tx.has_untold_end(known.account.id).await?);
        }
    }
    Ok(false)
}

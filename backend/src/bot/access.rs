//! Access: asking for it, looking at it, and where a person stands.

use super::desk::{Desk, Visitor};
use crate::{
    ops::{
        OpError, OpResult, moment, policies,
        sessions::{Target, apply},
    },
    store::records::{AccountRecord, UserRecord},
};
use sallyport_shared::{
    ids::{AccountId, UserId},
    message::Message,
    session::{Actor, ConnectionState, Event, Refusal},
};

/// *Get VPN*: asks at once when there is one account, lets choose when there are more.
pub(super) async fn vpn(desk: &Desk, visitor: &Visitor, user: &UserRecord) -> OpResult<()> {
    let accounts = accounts(desk, user.id).await?;
    let policy = policies::of_person(&mut desk.app.store.read().await?, user.policy).await?;
    let unasked = policy.is_some_and(|policy| policy.lets_come_unasked());
    match accounts.as_slice() {
        [] => desk.tell(visitor, Message::NoAccounts).await,
        // Nothing is asked for, so there is nothing to choose.
        [_, _, ..] if unasked => just_connect(desk, visitor, &accounts).await,
        [only] => match ask(desk, visitor, only.account.id).await {
            Ok(()) => Ok(()),
            Err(OpError::Refused(refusal)) => desk.tell(visitor, Message::refused(refusal)).await,
            Err(error) => Err(error),
        },
        _ => desk.tell(visitor, Message::ChooseAccount).await,
    }
}

/// Asks for access with an account, which must be the visitor's own: the caller has checked that.
pub(super) async fn ask(desk: &Desk, visitor: &Visitor, account: AccountId) -> OpResult<()> {
    let event = Event::Ask { by: Actor::Person(visitor.telegram()), seconds: None };
    apply(&desk.app, &Target::Account(account), &event, &visitor.who()).await.map(|_| ())
}

/// Which accounts can be connected with as they are; those that are locked cannot.
async fn just_connect(desk: &Desk, visitor: &Visitor, accounts: &[AccountRecord]) -> OpResult<()> {
    let names: Vec<_> = accounts.iter().filter(|record| !record.account.suspended).map(name).collect();
    let message = match names.as_slice() {
        [] => Message::refused(Refusal::Suspended),
        names => Message::JustConnect { accounts: names.join(", ") },
    };
    desk.tell(visitor, message).await
}

/// A line each with its buttons.
pub(super) async fn sessions(desk: &Desk, visitor: &Visitor, user: &UserRecord) -> OpResult<()> {
    let mut tx = desk.app.store.read().await?;
    let mut lines = Vec::new();
    for loaded in tx.live_sessions_of_user(user.id).await? {
        // Lists leave the connections out.
        let Some(loaded) = tx.session(loaded.session.id).await? else { continue };
        let session = loaded.session;
        let Some(scene) = tx.scene(session.account).await? else { continue };
        let local = moment(&scene.policy, desk.app.clock.now());
        let pending = session.live_connections().filter(|c| c.state == ConnectionState::Pending);
        lines.push(Message::SessionLine {
            session: session.id,
            account: scene.account.username,
            router: scene.account.router_name,
            state: session.state,
            until: session.until(local.hours_end).map(|until| until.at),
            may_extend: session.may_extend(&scene.policy, local),
            answer_by: pending.filter_map(|connection| connection.waits_until).min(),
            outside_hours: !scene.policy.is_open_at(local.time),
            opens_at: local.hours_begin,
        });
    }
    drop(tx);
    if lines.is_empty() {
        lines.push(Message::NoSessions);
    }
    desk.tell_all(visitor, lines).await
}

/// Name, accounts and how many sessions are live.
pub(super) async fn status(desk: &Desk, visitor: &Visitor, user: &UserRecord) -> OpResult<()> {
    let accounts = accounts(desk, user.id).await?;
    let sessions = desk.app.store.read().await?.live_sessions_of_user(user.id).await?.len();
    let names: Vec<_> = accounts.iter().map(name).collect();
    let locked = accounts.iter().filter(|record| record.account.suspended).map(name).collect();
    let message = Message::Status {
        name: user.display_name.clone(),
        accounts: if names.is_empty() { "–".to_owned() } else { names.join(", ") },
        sessions: u32::try_from(sessions).unwrap_or(u32::MAX),
        locked,
    };
    desk.tell(visitor, message).await
}

/// An account as people tell it from others: with its router.
pub(crate) fn name(record: &AccountRecord) -> String {
    format!("{} ({})", record.account.username, record.account.router_name)
}

async fn accounts(desk: &Desk, user: UserId) -> OpResult<Vec<AccountRecord>> {
    let mut of_users = desk.app.store.read().await?.accounts_of_users(&[user]).await?;
    Ok(of_users.remove(&user).unwrap_or_default())
}

//! Access: asking for it, looking at it, and where a person stands.

use super::desk::{Desk, Visitor};
use crate::{
    ops::{
        OpError, OpResult,
        sessions::{Target, apply},
    },
    store::records::{AccountRecord, UserRecord},
};
use sallyport_shared::{
    ids::{AccountId, UserId},
    message::Message,
    session::{Actor, Event},
};

/// *Get VPN*: asks at once when there is one account, lets choose when there are more.
pub(super) async fn vpn(desk: &Desk, visitor: &Visitor, user: &UserRecord) -> OpResult<()> {
    let accounts = accounts(desk, user.id).await?;
    match accounts.as_slice() {
        [] => desk.tell(visitor, Message::NoAccounts).await,
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

/// A line each with its buttons.
pub(super) async fn sessions(desk: &Desk, visitor: &Visitor, user: &UserRecord) -> OpResult<()> {
    let mut tx = desk.app.store.read().await?;
    let mut lines = Vec::new();
    for loaded in tx.live_sessions_of_user(user.id).await? {
        let session = loaded.session;
        let Some(scene) = tx.scene(session.account).await? else { continue };
        lines.push(Message::SessionLine {
            session: session.id,
            account: scene.account.username,
            router: scene.account.router_name,
            state: session.state,
            until: session.expires_at,
            may_extend: session.expires_at.is_some() && session.extensions < scene.policy.max_extensions,
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
    let message = Message::Status {
        name: user.display_name.clone(),
        accounts: if names.is_empty() { "–".to_owned() } else { names.join(", ") },
        sessions: u32::try_from(sessions).unwrap_or(u32::MAX),
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

//! Codes that tie a Telegram account to somebody, and what an administrator sees and decides in Telegram.

use super::{
    desk::{Desk, Toast, Visitor},
    talk::greet,
    words::line,
};
use crate::{
    ops::{
        OpError, OpResult,
        authority::{Operator, Viewer},
        links::{Followed, follow_admin_code, follow_invitation},
        users,
    },
    store::records::{AlertKind, AlertMatch, Direction, Slice, UserFilter, UserOrder, UserSort},
};
use sallyport_shared::{ids::UserId, message::Message, person::UserStatus};

/// How many registrations `/admin` shows.
const SHOWN: usize = 10;

/// `/start` with a code: of an invitation, or of an administrator.
pub(super) async fn start(desk: &Desk, visitor: &Visitor, code: &str) -> OpResult<()> {
    let followed = match follow_invitation(&desk.app, &visitor.newcomer, code).await? {
        Followed::Unknown => follow_admin_code(&desk.app, &visitor.newcomer, code).await?,
        followed => followed,
    };
    match followed {
        Followed::Tied => Ok(()),
        // A second tap on the own link, or one's own invitation after all.
        Followed::Unknown if visitor.user.is_some() => greet_anew(desk, visitor).await,
        Followed::Unknown => desk.tell(visitor, Message::BadInvitation).await,
        Followed::Taken(name) => desk.tell(visitor, Message::InvitationTaken { name }).await,
    }
}

/// `/start` alone. Whoever writes has not blocked the bot, or not any more: the alert about that is settled.
pub(super) async fn greet_anew(desk: &Desk, visitor: &Visitor) -> OpResult<()> {
    if let Some(user) = &visitor.user {
        let which = AlertMatch {
            kind: Some(AlertKind::CommandFailing),
            user: Some(user.id),
            ..AlertMatch::default()
        };
        let mut tx = desk.app.store.begin().await?;
        tx.resolve_alerts(which, desk.app.clock.now()).await?;
        tx.commit().await?;
    }
    greet(desk, visitor).await
}

/// A text that is no command and was not asked for: perhaps the code of an administrator.
pub(super) async fn text(desk: &Desk, visitor: &Visitor, text: &str) -> OpResult<()> {
    let code = text.trim();
    let is_code =
        code.len() == 22 && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if is_code {
        match follow_admin_code(&desk.app, &visitor.newcomer, code).await? {
            Followed::Tied => return Ok(()),
            Followed::Taken(name) => return desk.tell(visitor, Message::InvitationTaken { name }).await,
            Followed::Unknown => {}
        }
    }
    greet(desk, visitor).await
}

/// What waits for an administrator; nobody else learns that there is such a command.
pub(super) async fn admin(desk: &Desk, visitor: &Visitor) -> OpResult<()> {
    if operator(desk, visitor).await?.is_none() {
        return greet(desk, visitor).await;
    }
    let filter = UserFilter { status: vec![UserStatus::Pending], ..UserFilter::default() };
    let order = UserOrder { by: UserSort::CreatedAt, direction: Direction::Asc };
    let page = desk.app.store.read().await?.users_page(&filter, order, &Slice::first(SHOWN)).await?;
    let mut messages: Vec<_> = page
        .items
        .into_iter()
        .map(|(_, user)| Message::AdminRegistration { user: user.id, name: user.display_name })
        .collect();
    if messages.is_empty() {
        messages.push(Message::AdminNothing);
    }
    desk.tell_all(visitor, messages).await
}

/// An administrator decides on a registration.
pub(super) async fn decide(desk: &Desk, visitor: &Visitor, user: UserId, approve: bool) -> OpResult<Toast> {
    let Some(by) = operator(desk, visitor).await? else {
        return Ok(Toast::refused(visitor.language(), "toast-no-right"));
    };
    let person = desk.app.store.read().await?.user(user).await?;
    let Some(person) = person.filter(|person| person.status == UserStatus::Pending) else {
        return Ok(Toast::refused(visitor.language(), "toast-decided").stripping());
    };
    let decided = if approve {
        users::approve(&desk.app, &by, user).await
    } else {
        users::reject(&desk.app, &by, user, &line(person.language, "rejected-in-telegram")).await
    };
    let key = if approve { "toast-approved" } else { "toast-rejected" };
    Ok(match decided {
        Ok(_) => Toast::done(visitor.language(), key).stripping(),
        Err(error @ OpError::Store(_)) => return Err(error),
        // Another administrator was faster.
        Err(_) => Toast::refused(visitor.language(), "toast-decided").stripping(),
    })
}

/// The visitor's authority as an administrator, if they are one.
async fn operator(desk: &Desk, visitor: &Visitor) -> OpResult<Option<Operator>> {
    let admin = desk.app.store.read().await?.admin_by_telegram(visitor.telegram()).await?;
    Ok(admin.and_then(|admin| Viewer::of(&admin, None, None).ok()?.operator().ok()))
}

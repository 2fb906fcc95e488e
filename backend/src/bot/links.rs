//! Codes that tie a Telegram account to somebody.

use super::{
    desk::{Desk, Visitor},
    talk::greet,
};
use crate::ops::{
    OpResult,
    links::{Followed, follow_admin_code, follow_invitation},
};
use sallyport_shared::{message::Message, person::TelegramId};

/// `/start` with a code: of an invitation, or of an administrator.
pub(super) async fn start(desk: &Desk, visitor: &Visitor, code: &str) -> OpResult<()> {
    let followed = match follow_invitation(&desk.app, &visitor.newcomer, code).await? {
        Followed::Unknown => follow_admin_code(&desk.app, &visitor.newcomer, code).await?,
        followed => followed,
    };
    match followed {
        Followed::Tied => greet_admin(desk, visitor, None).await,
        Followed::Moved(before) => greet_admin(desk, visitor, Some(before)).await,
        // A second tap on the own link, or one's own invitation after all.
        Followed::Unknown if visitor.user.is_some() => greet(desk, visitor).await,
        Followed::Unknown => desk.tell(visitor, Message::BadInvitation).await,
        Followed::Taken(name) => desk.tell(visitor, Message::InvitationTaken { name }).await,
    }
}

/// A text that is no command and was not asked for: perhaps the code of an administrator.
pub(super) async fn text(desk: &Desk, visitor: &Visitor, text: &str) -> OpResult<()> {
    let code = text.trim();
    let is_code =
        code.len() == 22 && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if is_code {
        match follow_admin_code(&desk.app, &visitor.newcomer, code).await? {
            Followed::Tied => return greet_admin(desk, visitor, None).await,
            Followed::Moved(before) => return greet_admin(desk, visitor, Some(before)).await,
            Followed::Taken(name) => return desk.tell(visitor, Message::InvitationTaken { name }).await,
            Followed::Unknown => {}
        }
    }
    greet(desk, visitor).await
}

/// Whoever is an administrator from now on finds `/admin` in Telegram's menu; the chat that was theirs before does
/// not.
async fn greet_admin(desk: &Desk, visitor: &Visitor, before: Option<TelegramId>) -> OpResult<()> {
    if let Some(before) = before {
        desk.set_admin_commands(before, None);
    }
    let admin = desk.app.store.read().await?.admin_by_telegram(visitor.telegram()).await?;
    if let Some(admin) = admin {
        desk.set_admin_commands(visitor.telegram(), Some(admin.language));
    }
    Ok(())
}

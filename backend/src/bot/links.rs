//! Codes that tie a Telegram account to somebody, and what an administrator sees and decides in Telegram.

use super::{
    desk::{Desk, Toast, Visitor},
    talk::greet,
};
use crate::ops::OpResult;
use sallyport_shared::{ids::UserId, message::Message};

/// `/start` with the code of an invitation.
pub(super) async fn start(desk: &Desk, visitor: &Visitor, _code: &str) -> OpResult<()> {
    desk.tell(visitor, Message::BadInvitation).await
}

/// `/start` alone.
pub(super) async fn greet_anew(desk: &Desk, visitor: &Visitor) -> OpResult<()> {
    greet(desk, visitor).await
}

/// A text that is no command and was not asked for.
pub(super) async fn text(desk: &Desk, visitor: &Visitor, _text: &str) -> OpResult<()> {
    greet(desk, visitor).await
}

/// What waits for an administrator.
pub(super) async fn admin(desk: &Desk, visitor: &Visitor) -> OpResult<()> {
    greet(desk, visitor).await
}

/// An administrator decides on a registration.
pub(super) async fn decide(
    _desk: &Desk,
    visitor: &Visitor,
    _user: UserId,
    _approve: bool,
) -> OpResult<Toast> {
    Ok(Toast::refused(visitor.language(), "toast-no-right"))
}

//! What is still to be done: wishes for routers, messages for Telegram.

use sallyport_shared::{
    ids::{ConnectionId, RouterId, SessionId, UserId},
    person::TelegramId,
    session::Wish,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What keeps a wish from being carried out; what says more comes later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Obstacle {
    /// The router cannot be reached, or does not answer.
    Unreachable,
    /// The router, or what was found on it, says no.
    Refused,
}

/// A wish that waits to be carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WishRecord {
    /// Its id; later wishes have larger ones.
    pub id: Uuid,
    /// For which router.
    pub router: RouterId,
    /// The session that wants it.
    pub session: Option<SessionId>,
    /// What is wanted.
    pub wish: Wish,
    /// Since when.
    pub created_at: Timestamp,
    /// How often it was tried in vain.
    pub attempts: i32,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// What those who wait for it were told of.
    pub obstacle: Option<Obstacle>,
}

/// A message that tells of an alert.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlertDelivery {
    /// In which chat.
    pub chat: TelegramId,
    /// Its number there; none while it was not sent.
    pub message: Option<i64>,
}

/// How much somebody waits for a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Urgency {
    /// It is a question about a tunnel, or stands before one in its chat.
    Question,
    /// It goes to a person or an administrator.
    Known,
    /// It goes to somebody whom nobody knows: there may be any number of them.
    Stranger,
}

/// A message that waits to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeliveryRecord {
    /// Its id; later messages have larger ones.
    pub id: Uuid,
    /// To which chat.
    pub chat: TelegramId,
    /// What to send; only the bot understands it.
    pub body: serde_json::Value,
    /// To whom.
    pub user: Option<UserId>,
    /// About which connection's prompt.
    pub connection: Option<ConnectionId>,
    /// Which alert it tells of; a message that tells what came of one has none.
    pub alert: Option<Uuid>,
    /// How much somebody waits for it.
    pub urgency: Urgency,
    /// Since when.
    pub created_at: Timestamp,
    /// How often it was tried in vain.
    pub attempts: i32,
    /// What went wrong last.
    pub last_error: Option<String>,
}

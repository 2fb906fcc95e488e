//! What is put into Telegram's outbox: a [`Delivery`], and the language for those whom the database does not know.

use super::{OpError, OpResult, sessions::Delivery};
use crate::store::Tx;
use sallyport_shared::{
    ids::{ConnectionId, UserId},
    language::Language,
    message::Message,
    person::TelegramId,
    session::Outcome,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A body of the outbox.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Letter {
    /// The reader's language; none: as kept with the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// What is delivered.
    #[serde(flatten)]
    pub delivery: Delivery,
}

/// To whom a letter goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Addressee {
    /// The chat.
    pub chat: TelegramId,
    /// The person, if they are known.
    pub user: Option<UserId>,
    /// What they read; none: as kept with the person.
    pub language: Option<Language>,
}

/// So many messages wait for a stranger at most.
const FOR_A_STRANGER: i64 = 3;

/// Puts a message into the outbox. A stranger for whom enough waits there already is told nothing more: whoever
/// writes to the bot all the time must not fill it. Whoever commits rings `bus.deliveries` afterwards.
///
/// # Errors
/// When the database fails.
pub async fn tell(tx: &mut Tx, to: Addressee, message: Message, now: Timestamp) -> OpResult<()> {
    // That they write too fast they hear in any case: it is said once a burst.
    if to.user.is_none()
        && message != Message::TooFast
        && tx.pending_deliveries_to(to.chat).await? >= FOR_A_STRANGER
        && tx.admin_by_telegram(to.chat).await?.is_none()
    {
        tracing::debug!(chat = to.chat.0, "a stranger is told nothing more for now");
        return Ok(());
    }
    letter_to(tx, to, Delivery::Tell { message }, now).await.map(|_| ())
}

/// Puts a letter into the outbox; gives its id. Whoever commits rings `bus.deliveries` afterwards.
///
/// # Errors
/// When the database fails.
pub async fn letter_to(tx: &mut Tx, to: Addressee, delivery: Delivery, now: Timestamp) -> OpResult<Uuid> {
    put(tx, to, delivery, None, now).await
}

/// Puts the question of a connection into the outbox once more: it did not reach the person.
///
/// # Errors
/// When the database fails.
pub(super) async fn ask_again(
    tx: &mut Tx,
    to: Addressee,
    connection: ConnectionId,
    now: Timestamp,
) -> OpResult<()> {
    put(tx, to, Delivery::Ask { connection }, Some(connection), now).await.map(|_| ())
}

/// What came of the question about a connection, as its person was told or will be; none: it is open, or was never put.
///
/// # Errors
/// When the database fails.
pub async fn outcome_of(tx: &mut Tx, connection: ConnectionId) -> OpResult<Option<Outcome>> {
    let about = tx.deliveries_about(connection).await?;
    Ok(about.into_iter().rev().find_map(|body| match serde_json::from_value::<Letter>(body).ok()?.delivery {
        Delivery::CloseAsk { outcome, .. } => Some(outcome),
        _ => None,
    }))
}

async fn put(
    tx: &mut Tx,
    to: Addressee,
    delivery: Delivery,
    connection: Option<ConnectionId>,
    now: Timestamp,
) -> OpResult<Uuid> {
    let letter = Letter { language: to.language, delivery };
    let body = serde_json::to_value(&letter).map_err(|error| OpError::Internal(error.to_string()))?;
    Ok(tx.deliver(to.chat, &body, to.user, connection, now).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_without_a_language_are_read_too() {
        let delivery = Delivery::Tell { message: Message::Menu { name: "Анна".to_owned() } };
        let plain = serde_json::to_value(&delivery).unwrap();
        let letter: Letter = serde_json::from_value(plain).unwrap();
        assert_eq!(letter, Letter { language: None, delivery: delivery.clone() });
        let letter = Letter { language: Some(Language::Ru), delivery };
        let body = serde_json::to_value(&letter).unwrap();
        assert_eq!(serde_json::from_value::<Letter>(body).unwrap(), letter);
    }
}

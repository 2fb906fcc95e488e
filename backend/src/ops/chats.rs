//! What is remembered of a chat between two messages: a language, and a question that waits for its answer.

use super::{OpError, OpResult};
use crate::{app::App, store::Tx};
use sallyport_shared::{
    language::Language,
    message::About,
    person::TelegramId,
    time::{Seconds, Timestamp},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a reason is waited for.
const PATIENCE: Seconds = Seconds(10 * 60);

/// How long anything is remembered of a chat. Anybody may write to the bot, so nothing of it is kept for ever.
const REMEMBERED: Seconds = Seconds(30 * 86_400);

/// What is remembered of a chat.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Conversation {
    /// The language that somebody chose who is not registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// They were asked for their name; so many of their answers were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bad_names: Option<u32>,
    /// An administrator was asked why they turn somebody down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonWanted>,
    /// A person was asked for a code of their new seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeWanted>,
}

/// A code that is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CodeWanted {
    /// The letter with the picture of the seed, which goes when the code was sent.
    pub letter: Uuid,
    /// From then on a text is taken for something else.
    pub until: Timestamp,
}

/// A reason that is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReasonWanted {
    /// For what.
    pub about: About,
    /// The message with the question, which is changed when it is answered.
    pub message: i64,
    /// From then on a text is taken for something else.
    pub until: Timestamp,
}

impl Conversation {
    /// Is a name expected?
    pub fn awaits_name(&self) -> bool {
        self.bad_names.is_some()
    }

    /// Is a reason expected?
    pub fn awaits_reason(&self, now: Timestamp) -> Option<ReasonWanted> {
        self.reason.filter(|reason| reason.until > now)
    }

    /// Is a code of a new seed expected?
    pub fn awaits_code(&self, now: Timestamp) -> bool {
        self.code.is_some_and(|code| code.until > now)
    }

    /// Is any answer expected?
    pub fn awaits_anything(&self, now: Timestamp) -> bool {
        self.awaits_name() || self.awaits_reason(now).is_some() || self.awaits_code(now)
    }
}

/// What is remembered of the chat.
pub(super) async fn load(tx: &mut Tx, chat: TelegramId, now: Timestamp) -> OpResult<Conversation> {
    let kept = tx.chat(chat, now).await?;
    Ok(kept.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
}

/// Remembers it.
pub(super) async fn remember(
    tx: &mut Tx,
    chat: TelegramId,
    conversation: &Conversation,
    now: Timestamp,
) -> OpResult<()> {
    let json = if *conversation == Conversation::default() {
        None
    } else {
        Some(serde_json::to_string(conversation).map_err(|error| OpError::Internal(error.to_string()))?)
    };
    Ok(tx.set_chat(chat, json.as_deref(), now, now.plus(REMEMBERED)).await?)
}

/// From now on the next text that is no command is the reason for a rejection; none: no longer.
///
/// # Errors
/// When the database fails.
pub async fn want_reason(app: &App, chat: TelegramId, wanted: Option<(About, i64)>) -> OpResult<()> {
    let now = app.clock.now();
    let until = now.plus(PATIENCE);
    let mut tx = app.store.begin().await?;
    let mut conversation = load(&mut tx, chat, now).await?;
    conversation.reason = wanted.map(|(about, message)| ReasonWanted { about, message, until });
    remember(&mut tx, chat, &conversation, now).await?;
    Ok(tx.commit().await?)
}

/// From now on the next six digits are a code of the new seed that `letter` shows.
pub(super) async fn want_code(tx: &mut Tx, chat: TelegramId, letter: Uuid, now: Timestamp) -> OpResult<()> {
    let mut conversation = load(tx, chat, now).await?;
    conversation.code = Some(CodeWanted { letter, until: now.plus(PATIENCE) });
    remember(tx, chat, &conversation, now).await
}

/// The letter that shows the new seed.
pub(super) async fn code_letter(tx: &mut Tx, chat: TelegramId, now: Timestamp) -> OpResult<Option<Uuid>> {
    Ok(load(tx, chat, now).await?.code.map(|code| code.letter))
}

/// No code is waited for any more.
pub(super) async fn want_no_code(tx: &mut Tx, chat: TelegramId, now: Timestamp) -> OpResult<()> {
    let mut conversation = load(tx, chat, now).await?;
    conversation.code = None;
    remember(tx, chat, &conversation, now).await
}

/// Waits for no answer any more; the language stays.
///
/// # Errors
/// When the database fails.
pub async fn stop_waiting(app: &App, chat: TelegramId) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let language = load(&mut tx, chat, now).await?.language;
    remember(&mut tx, chat, &Conversation { language, ..Conversation::default() }, now).await?;
    Ok(tx.commit().await?)
}

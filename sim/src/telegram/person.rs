//! People and groups as tests hold them: what somebody with a phone can do, and waits for what the bot does.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::api::keyboard::Markup;
use super::api::settings::BotCommand;
use super::changes::Change;
use super::core::Core;
use super::text::Formatted;
use super::world::{Answer, Author, Draft, Message, Origin, Standing};

/// Why something could not be done or did not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SimError {
    /// The chat holds no such message (any more).
    #[error("no message {message_id} in chat {chat_id}")]
    NoMessage {
        /// The chat.
        chat_id: i64,
        /// The message.
        message_id: i32,
    },
    /// The message has no such button.
    #[error("message {message_id} has no button {wanted:?}, it has {buttons:?}")]
    NoButton {
        /// The message.
        message_id: i32,
        /// What was to be pressed.
        wanted: String,
        /// The texts of the buttons that there are.
        buttons: Vec<String>,
    },
    /// The button is a link or the like: pressing it tells the bot nothing.
    #[error("button {0:?} sends no callback")]
    NoCallback(String),
    /// It did not happen in time.
    #[error("waited {waited:?} in vain for {wanted}; chat {chat_id} shows: {seen}")]
    TimedOut {
        /// What was waited for.
        wanted: String,
        /// How long.
        waited: std::time::Duration,
        /// Where.
        chat_id: i64,
        /// What the chat shows instead.
        seen: String,
    },
    /// No call of the bot fitted in time.
    #[error("waited {waited:?} in vain for a call of the bot; the last calls were: {seen}")]
    NoCall {
        /// How long.
        waited: std::time::Duration,
        /// The last calls.
        seen: String,
    },
}

/// Somebody with Telegram on their phone, looking at one chat: their own with the bot, or a group.
#[derive(Clone, Debug)]
pub struct Person {
    core: Arc<Core>,
    id: i64,
    chat_id: i64,
}

/// A basic group with the bot in it.
#[derive(Clone, Debug)]
pub struct Group {
    core: Arc<Core>,
    id: i64,
}

/// A press of a button that the bot has not answered yet.
#[derive(Debug)]
pub struct Press {
    core: Arc<Core>,
    chat_id: i64,
    query_id: String,
    answer: oneshot::Receiver<Answer>,
}

impl Person {
    pub(super) fn new(core: Arc<Core>, id: i64, chat_id: i64) -> Self {
        Self { core, id, chat_id }
    }

    /// The person's Telegram id.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.id
    }

    /// The chat that this handle looks at.
    #[must_use]
    pub fn chat_id(&self) -> i64 {
        self.chat_id
    }

    /// The same person, looking at a group.
    #[must_use]
    pub fn in_group(&self, group: &Group) -> Self {
        Self { core: Arc::clone(&self.core), id: self.id, chat_id: group.id }
    }

    /// Sends a text; the id of the message. A person who blocked the bot lifts the block by it, as the app's
    /// *Restart* button does.
    pub async fn send(&self, text: &str) -> i32 {
        self.post(Draft { formatted: Formatted::typed(text), ..Draft::default() })
    }

    /// Sends a text as an answer to a message.
    pub async fn reply(&self, to: i32, text: &str) -> i32 {
        self.post(Draft { formatted: Formatted::typed(text), reply_to: Some(to), ..Draft::default() })
    }

    /// Forwards a message of this chat to another one (a group, or the person's own chat with the bot).
    ///
    /// # Errors
    /// [`SimError::NoMessage`].
    pub fn forward(&self, message_id: i32, to_chat: i64) -> Result<i32, SimError> {
        let message = self.message(message_id).ok_or(self.no_message(message_id))?;
        let origin = message.forward_of.unwrap_or(Origin { author: message.from, date: message.date });
        // Buttons with callbacks stay behind when a message is forwarded.
        let draft = Draft {
            formatted: Formatted { text: message.text, entities: message.entities },
            photo: message.photo,
            forward_of: Some(origin),
            ..Draft::default()
        };
        Ok(Self { core: Arc::clone(&self.core), id: self.id, chat_id: to_chat }.post(draft))
    }

    fn post(&self, draft: Draft) -> i32 {
        let posted = self.core.happen(|state| state.post_from_person(self.chat_id, self.id, draft));
        let message_id = posted.map_or(0, |message| message.message_id);
        self.core.changes.push(Change::message(self.chat_id, message_id));
        message_id
    }

    /// Presses the inline button with this text (or else this callback data) and waits for the bot's answer.
    ///
    /// # Errors
    /// No such message or button, a button without callback, or no answer in time.
    pub async fn press(&self, message_id: i32, button: &str) -> Result<Answer, SimError> {
        self.tap(message_id, button)?.answer().await
    }

    /// Presses a button without waiting for the answer.
    ///
    /// # Errors
    /// No such message or button, or a button without callback.
    pub fn tap(&self, message_id: i32, button: &str) -> Result<Press, SimError> {
        let message = self.message(message_id).ok_or(self.no_message(message_id))?;
        let found = message.button(button).ok_or_else(|| SimError::NoButton {
            message_id,
            wanted: button.to_owned(),
            buttons: message.button_texts(),
        })?;
        let data = found.callback_data.clone().ok_or_else(|| SimError::NoCallback(button.to_owned()))?;
        Ok(self.forge_callback(self.chat_id, message_id, &data))
    }

    /// Sends a callback query as a modified app could: any data, any chat, a message that may not even exist.
    pub fn forge_callback(&self, chat_id: i64, message_id: i32, data: &str) -> Press {
        let (query_id, answer) =
            self.core.happen(|state| state.push_callback(self.id, chat_id, message_id, data));
        Press { core: Arc::clone(&self.core), chat_id, query_id, answer }
    }

    /// Blocks the bot: it is told so, and its messages are refused with 403.
    pub fn block(&self) {
        self.core.happen(|state| {
            let Some(profile) = state.people.get_mut(&self.id) else { return };
            let before = std::mem::replace(&mut profile.standing, Standing::Blocked);
            if before == Standing::Started {
                state.push_my_chat_member(self.id, self.id, "member", "kicked");
            }
        });
        self.core.changes.push(Change::People);
    }

    /// Lifts the block.
    pub fn unblock(&self) {
        self.core.happen(|state| state.open_private_chat(self.id));
        self.core.changes.push(Change::People);
    }

    /// Deletes the Telegram account: messages to it are refused with 403.
    pub fn deactivate(&self) {
        if let Some(profile) = self.core.lock().people.get_mut(&self.id) {
            profile.standing = Standing::Deactivated;
        }
        self.core.changes.push(Change::People);
    }

    /// Changes the language of the app.
    pub fn set_language(&self, language_code: Option<&str>) {
        if let Some(profile) = self.core.lock().people.get_mut(&self.id) {
            profile.language_code = language_code.map(str::to_owned);
        }
        self.core.changes.push(Change::People);
    }

    /// Deletes the whole history of the chat for everybody.
    pub fn clear_history(&self) {
        let ids: Vec<i32> = self.messages().iter().map(|message| message.message_id).collect();
        let mut state = self.core.lock();
        for id in ids {
            state.remove_message(self.chat_id, id);
            self.core.changes.push(Change::delete(self.chat_id, id));
        }
    }

    /// All messages of the chat, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        let state = self.core.lock();
        state
            .chats
            .get(&self.chat_id)
            .map(|chat| chat.messages.values().cloned().collect())
            .unwrap_or_default()
    }

    /// A message as it is now.
    #[must_use]
    pub fn message(&self, message_id: i32) -> Option<Message> {
        self.core.lock().message(self.chat_id, message_id).cloned()
    }

    /// The bot's last message.
    #[must_use]
    pub fn last_message(&self) -> Option<Message> {
        let state = self.core.lock();
        state.chats.get(&self.chat_id)?.messages.values().rev().find(|message| message.from_bot()).cloned()
    }

    /// The texts of the reply keyboard under the input field, row by row.
    #[must_use]
    pub fn keyboard(&self) -> Option<Vec<Vec<String>>> {
        match &self.core.lock().chats.get(&self.chat_id)?.keyboard {
            Some(Markup::Keyboard { rows, .. }) => {
                Some(rows.iter().map(|row| row.iter().map(|button| button.text.clone()).collect()).collect())
            }
            _ => None,
        }
    }

    /// The commands that the menu shows to this person.
    #[must_use]
    pub fn commands(&self) -> Vec<BotCommand> {
        let state = self.core.lock();
        let language = state.people.get(&self.id).and_then(|profile| profile.language_code.clone());
        state.settings.commands_for(self.chat_id, &language.unwrap_or_default()).to_vec()
    }

    /// The oldest message of the bot that fits and that no earlier wait has handed out, as soon as there is one.
    ///
    /// # Errors
    /// [`SimError::TimedOut`], with what the chat shows.
    pub async fn wait_message(&self, fits: impl Fn(&Message) -> bool) -> Result<Message, SimError> {
        self.wait("a message of the bot", |messages| {
            let found = messages.values_mut().find(|m| !m.taken && m.from == Author::Bot && fits(m))?;
            found.taken = true;
            Some(found.clone())
        })
        .await
    }

    /// The message once it has been edited and fits.
    ///
    /// # Errors
    /// [`SimError::TimedOut`], with what the chat shows.
    pub async fn wait_edit(
        &self,
        message_id: i32,
        fits: impl Fn(&Message) -> bool,
    ) -> Result<Message, SimError> {
        self.wait("an edit", |messages| {
            messages.get(&message_id).filter(|message| message.edits > 0 && fits(message)).cloned()
        })
        .await
    }

    /// Returns once the message is gone.
    ///
    /// # Errors
    /// [`SimError::TimedOut`], with what the chat shows.
    pub async fn wait_deleted(&self, message_id: i32) -> Result<(), SimError> {
        self.wait("a deletion", |messages| (!messages.contains_key(&message_id)).then_some(())).await
    }

    async fn wait<T>(
        &self,
        wanted: &str,
        mut look: impl FnMut(&mut std::collections::BTreeMap<i32, Message>) -> Option<T>,
    ) -> Result<T, SimError> {
        let patience = self.core.patience();
        let Some(bell) = self.bell() else { return Err(self.timed_out(wanted, std::time::Duration::ZERO)) };
        let happens = async {
            loop {
                let mut rung = std::pin::pin!(bell.notified());
                rung.as_mut().enable();
                let found =
                    self.core.lock().chats.get_mut(&self.chat_id).and_then(|chat| look(&mut chat.messages));
                if let Some(found) = found {
                    return found;
                }
                rung.await;
            }
        };
        timeout(patience, happens).await.map_err(|_| self.timed_out(wanted, patience))
    }

    fn bell(&self) -> Option<Arc<tokio::sync::Notify>> {
        let mut state = self.core.lock();
        if self.chat_id == self.id {
            state.prepare_private_chat(self.id);
        }
        state.chats.get(&self.chat_id).map(|chat| Arc::clone(&chat.bell))
    }

    fn timed_out(&self, wanted: &str, waited: std::time::Duration) -> SimError {
        let seen = describe(&self.messages());
        SimError::TimedOut { wanted: wanted.to_owned(), waited, chat_id: self.chat_id, seen }
    }

    fn no_message(&self, message_id: i32) -> SimError {
        SimError::NoMessage { chat_id: self.chat_id, message_id }
    }
}

impl Group {
    pub(super) fn new(core: Arc<Core>, id: i64) -> Self {
        Self { core, id }
    }

    /// The group's (negative) chat id.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.id
    }

    /// Adds a person.
    pub fn add(&self, person: &Person) {
        if let Some(chat) = self.core.lock().chats.get_mut(&self.id) {
            chat.members.insert(person.id);
        }
        self.core.changes.push(Change::People);
    }

    /// Throws the bot out: its messages are refused with 403.
    pub fn kick_bot(&self, by: &Person) {
        self.core.happen(|state| {
            if let Some(chat) = state.chats.get_mut(&self.id) {
                chat.bot_is_member = false;
            }
            state.push_my_chat_member(self.id, by.id, "member", "kicked");
        });
    }
}

impl Press {
    /// The id of the callback query.
    #[must_use]
    pub fn query_id(&self) -> &str {
        &self.query_id
    }

    /// The bot's answer to the press.
    ///
    /// # Errors
    /// [`SimError::TimedOut`] if the bot does not answer in time.
    pub async fn answer(self) -> Result<Answer, SimError> {
        let patience = self.core.patience();
        if let Ok(Ok(answer)) = timeout(patience, self.answer).await {
            return Ok(answer);
        }
        let state = self.core.lock();
        let messages: Vec<Message> = state
            .chats
            .get(&self.chat_id)
            .map(|chat| chat.messages.values().cloned().collect())
            .unwrap_or_default();
        Err(SimError::TimedOut {
            wanted: "the answer to a press".into(),
            waited: patience,
            chat_id: self.chat_id,
            seen: describe(&messages),
        })
    }
}

/// The last messages in short, for errors.
fn describe(messages: &[Message]) -> String {
    if messages.is_empty() {
        return "nothing".to_owned();
    }
    let lines: Vec<String> = messages
        .iter()
        .skip(messages.len().saturating_sub(5))
        .map(|m| format!("#{} {:?} {:?} {:?}", m.message_id, m.from, m.text, m.button_texts()))
        .collect();
    lines.join("; ")
}

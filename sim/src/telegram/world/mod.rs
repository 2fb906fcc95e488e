//! What exists in the simulated Telegram: the bot, people, chats, messages, and what waits for the bot.
//!
//! [`State`] is plain data behind one lock that is held for a few map look-ups only; nothing in it waits. All
//! look-ups are by id, so that a call costs the same with one person and with thousands.

mod chats;
mod message;
mod queries;
mod updates;

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};

pub use chats::ChatKind;
pub(super) use chats::{Chat, Draft, Edit};
pub use message::{Author, Message, Origin, Photo};
pub use queries::Answer;
pub(super) use queries::Queries;
pub(super) use updates::{Lane, Queued, Updates};

use super::api::settings::Settings;

/// The bot whose API this is.
#[derive(Clone, Debug, Serialize)]
pub struct BotUser {
    /// Telegram id: the number before the colon of the token.
    pub id: i64,
    /// Shown name.
    pub first_name: String,
    /// Without the `@`.
    pub username: String,
}

impl BotUser {
    pub(super) fn wire(&self) -> Value {
        json!({ "id": self.id, "is_bot": true, "first_name": self.first_name, "username": self.username })
    }
}

/// Whether the bot may write to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Never wrote to the bot: the bot can't begin the conversation.
    Stranger,
    /// Wrote to the bot.
    Started,
    /// Blocked the bot.
    Blocked,
    /// Deleted the Telegram account.
    Deactivated,
}

/// A Telegram account of a person.
#[derive(Clone, Debug, Serialize)]
pub struct Profile {
    /// Telegram id; the private chat with the bot has the same id.
    pub id: i64,
    /// First name.
    pub first_name: String,
    /// Last name, if any.
    pub last_name: Option<String>,
    /// Without the `@`, if any.
    pub username: Option<String>,
    /// IETF language tag of the person's app, if known.
    pub language_code: Option<String>,
    /// Whether the bot may write to them.
    pub standing: Standing,
}

/// A stored upload.
#[derive(Clone, Debug)]
pub(super) struct StoredFile {
    pub(super) content_type: String,
    pub(super) bytes: bytes::Bytes,
}

/// All that the simulated Telegram knows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) bot: BotUser,
    pub(super) people: HashMap<i64, Profile>,
    pub(super) chats: HashMap<i64, Chat>,
    pub(super) updates: Updates,
    pub(super) queries: Queries,
    pub(super) settings: Settings,
    pub(super) files: HashMap<String, StoredFile>,
    next_message_id: i32,
    next_file: u64,
}

impl State {
    pub(super) fn new(bot: BotUser) -> Self {
        Self {
            settings: Settings::new(&bot.first_name),
            bot,
            people: HashMap::new(),
            chats: HashMap::new(),
            updates: Updates::default(),
            queries: Queries::default(),
            files: HashMap::new(),
            next_message_id: 1,
            next_file: 1,
        }
    }

    pub(super) fn message(&self, chat_id: i64, message_id: i32) -> Option<&Message> {
        self.chats.get(&chat_id)?.messages.get(&message_id)
    }

    pub(super) fn next_message_id(&mut self) -> i32 {
        let id = self.next_message_id;
        self.next_message_id += 1;
        id
    }

    /// Keeps an upload and names it.
    pub(super) fn store_file(&mut self, content_type: String, bytes: bytes::Bytes) -> String {
        let file_id = format!("AgACAgIAAxkBAAIB{:012}", self.next_file);
        self.next_file += 1;
        self.files.insert(file_id.clone(), StoredFile { content_type, bytes });
        file_id
    }

    /// The Bot API's `User` object of a person. `language_code` is set, as in updates.
    pub(super) fn wire_user(&self, id: i64) -> Value {
        let Some(profile) = self.people.get(&id) else {
            return json!({ "id": id, "is_bot": false, "first_name": "" });
        };
        let mut user = json!({ "id": id, "is_bot": false, "first_name": profile.first_name });
        for (key, value) in [
            ("last_name", &profile.last_name),
            ("username", &profile.username),
            ("language_code", &profile.language_code),
        ] {
            if let Some(value) = value {
                user[key] = value.as_str().into();
            }
        }
        user
    }
}

/// Now, in Unix seconds.
pub(super) fn unix_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

//! Messages as the simulator keeps them and as the Bot API shows them.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::State;
use crate::telegram::api::keyboard::{Button, Markup};
use crate::telegram::text::Entity;

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type", content = "id")]
pub enum Author {
    /// The bot.
    Bot,
    /// A person, by Telegram id.
    Person(i64),
}

/// Where a forwarded message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// Who wrote it first.
    pub author: Author,
    /// When, in Unix seconds.
    pub date: i64,
}

/// A picture of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Photo {
    /// The Bot API's `file_id`.
    pub file_id: String,
    /// Size in bytes.
    pub file_size: usize,
    /// Width in pixels; 0 if the picture's format is not known to the simulator.
    pub width: u32,
    /// Height in pixels; 0 if the picture's format is not known to the simulator.
    pub height: u32,
}

/// A message in a chat, as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Telegram's number of the message; one sequence for all private chats and basic groups of the bot.
    pub message_id: i32,
    /// The chat that it stands in.
    pub chat_id: i64,
    /// Who wrote it.
    pub from: Author,
    /// When it was sent, in Unix seconds.
    pub date: i64,
    /// When it was last edited, in Unix seconds.
    pub edit_date: Option<i64>,
    /// How often it was edited.
    pub edits: u32,
    /// The text without markup; for a photo the caption.
    pub text: String,
    /// What is bold, a link, a command and so on in the text.
    pub entities: Vec<Entity>,
    /// The picture, if it is a photo.
    pub photo: Option<Photo>,
    /// The message that it answers.
    pub reply_to: Option<i32>,
    /// Set on forwarded messages.
    pub forward_of: Option<Origin>,
    /// The keyboard that came with it.
    pub markup: Option<Markup>,
    /// Whether a wait has handed this message to a test already.
    #[serde(skip)]
    pub(in crate::telegram) taken: bool,
}

impl Message {
    /// The rows of inline buttons, empty if there are none.
    #[must_use]
    pub fn buttons(&self) -> &[Vec<Button>] {
        match &self.markup {
            Some(Markup::Inline(rows)) => rows,
            _ => &[],
        }
    }

    /// The inline button with this text, or else with this callback data.
    #[must_use]
    pub fn button(&self, text_or_data: &str) -> Option<&Button> {
        let all = || self.buttons().iter().flatten();
        all()
            .find(|button| button.text == text_or_data)
            .or_else(|| all().find(|button| button.callback_data.as_deref() == Some(text_or_data)))
    }

    /// The texts of all inline buttons, row by row.
    #[must_use]
    pub fn button_texts(&self) -> Vec<String> {
        self.buttons().iter().flatten().map(|button| button.text.clone()).collect()
    }

    /// Whether the bot wrote it.
    #[must_use]
    pub fn from_bot(&self) -> bool {
        self.from == Author::Bot
    }
}

impl State {
    /// The Bot API's `Message` object. `reply_to_message` is filled one level deep, as Telegram does.
    pub(in crate::telegram) fn wire_message(&self, message: &Message) -> Value {
        let mut object = self.wire_flat_message(message);
        let replied = message.reply_to.and_then(|id| self.message(message.chat_id, id));
        if let Some(replied) = replied {
            object.insert("reply_to_message".into(), Value::Object(self.wire_flat_message(replied)));
        }
        Value::Object(object)
    }

    fn wire_flat_message(&self, message: &Message) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("message_id".into(), message.message_id.into());
        object.insert("from".into(), self.wire_author(message.from));
        object.insert("chat".into(), self.wire_chat(message.chat_id));
        object.insert("date".into(), message.date.into());
        if let Some(date) = message.edit_date {
            object.insert("edit_date".into(), date.into());
        }
        if let Some(origin) = message.forward_of {
            object.insert("forward_origin".into(), self.wire_origin(origin));
        }
        let (text, entities) =
            if message.photo.is_some() { ("caption", "caption_entities") } else { ("text", "entities") };
        if !message.text.is_empty() {
            object.insert(text.into(), message.text.as_str().into());
        }
        if !message.entities.is_empty() {
            object.insert(entities.into(), json!(message.entities));
        }
        if let Some(photo) = &message.photo {
            object.insert("photo".into(), json!([wire_photo(photo)]));
        }
        if let Some(Markup::Inline(rows)) = &message.markup {
            object.insert("reply_markup".into(), json!({ "inline_keyboard": rows }));
        }
        object
    }

    fn wire_origin(&self, origin: Origin) -> Value {
        json!({ "type": "user", "sender_user": self.wire_author(origin.author), "date": origin.date })
    }

    fn wire_author(&self, author: Author) -> Value {
        match author {
            Author::Bot => self.bot.wire(),
            Author::Person(id) => self.wire_user(id),
        }
    }
}

fn wire_photo(photo: &Photo) -> Value {
    json!({
        "file_id": photo.file_id,
        "file_unique_id": photo.file_id.chars().rev().take(16).collect::<String>(),
        "file_size": photo.file_size,
        "width": photo.width,
        "height": photo.height,
    })
}

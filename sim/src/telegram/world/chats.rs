//! Chats and what happens in them: posting, editing, deleting, forwarding, and which of it the bot gets to see.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::updates::kinds;
use super::{Author, Message, Origin, Photo, Standing, State, unix_now};
use crate::telegram::api::keyboard::Markup;
use crate::telegram::text::{Entity, Formatted};

/// What sort of chat it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum ChatKind {
    /// One person and the bot.
    Private,
    /// A basic group.
    Group {
        /// Its name.
        title: String,
    },
}

/// A conversation.
#[derive(Debug)]
pub(in crate::telegram) struct Chat {
    pub(in crate::telegram) id: i64,
    pub(in crate::telegram) kind: ChatKind,
    pub(in crate::telegram) messages: BTreeMap<i32, Message>,
    /// People in a group.
    pub(in crate::telegram) members: BTreeSet<i64>,
    /// Whether the bot is in it (a group can throw it out).
    pub(in crate::telegram) bot_is_member: bool,
    /// The reply keyboard under the input field.
    pub(in crate::telegram) keyboard: Option<Markup>,
    /// Rung at each change of this chat, so that a wait costs nothing to other chats.
    pub(in crate::telegram) bell: Arc<Notify>,
    /// Messages that the bot may send before the flood limit answers 429, and when that was last computed.
    pub(in crate::telegram) allowance: Option<(f64, tokio::time::Instant)>,
    /// Telegram's `chat_instance` of callback queries.
    pub(in crate::telegram) instance: i64,
}

impl Chat {
    pub(in crate::telegram) fn new(id: i64, kind: ChatKind) -> Self {
        Self {
            id,
            kind,
            messages: BTreeMap::new(),
            members: BTreeSet::new(),
            bot_is_member: true,
            keyboard: None,
            bell: Arc::new(Notify::new()),
            allowance: None,
            instance: id.wrapping_mul(0x1_0000_01b3).wrapping_add(0x51_7cc1_b727),
        }
    }
}

/// A message about to be posted.
#[derive(Debug, Default)]
pub(in crate::telegram) struct Draft {
    pub(in crate::telegram) formatted: Formatted,
    pub(in crate::telegram) photo: Option<Photo>,
    pub(in crate::telegram) reply_to: Option<i32>,
    pub(in crate::telegram) forward_of: Option<Origin>,
    pub(in crate::telegram) markup: Option<Markup>,
}

/// The new content of an edited message; `None` leaves the text alone.
#[derive(Debug)]
pub(in crate::telegram) struct Edit {
    pub(in crate::telegram) formatted: Option<Formatted>,
    pub(in crate::telegram) markup: Option<Markup>,
}

impl State {
    /// Puts a message into a chat and rings its bell.
    pub(in crate::telegram) fn post(&mut self, chat_id: i64, from: Author, draft: Draft) -> Option<Message> {
        let message_id = self.next_message_id();
        let chat = self.chats.get_mut(&chat_id)?;
        let message = Message {
            message_id,
            chat_id,
            from,
            date: unix_now(),
            edit_date: None,
            edits: 0,
            text: draft.formatted.text,
            entities: draft.formatted.entities,
            photo: draft.photo,
            reply_to: draft.reply_to,
            forward_of: draft.forward_of,
            markup: draft.markup,
            taken: false,
        };
        match &message.markup {
            Some(keyboard @ Markup::Keyboard { .. }) => chat.keyboard = Some(keyboard.clone()),
            Some(Markup::Remove) => chat.keyboard = None,
            _ => {}
        }
        chat.messages.insert(message_id, message.clone());
        chat.bell.notify_waiters();
        Some(message)
    }

    /// A person's message: the private chat opens if need be, and the bot gets an update unless it may not see it.
    pub(in crate::telegram) fn post_from_person(
        &mut self,
        chat_id: i64,
        person: i64,
        draft: Draft,
    ) -> Option<Message> {
        if chat_id == person {
            self.open_private_chat(person);
        }
        self.hide_one_time_keyboard(chat_id, &draft.formatted.text);
        let message = self.post(chat_id, Author::Person(person), draft)?;
        if self.bot_sees(&message) {
            let wire = self.wire_message(&message);
            self.updates.push(kinds::MESSAGE, chat_id, wire);
        }
        Some(message)
    }

    /// Starts (or restarts after a block) the conversation of a person with the bot.
    pub(in crate::telegram) fn open_private_chat(&mut self, person: i64) {
        let Some(profile) = self.people.get_mut(&person) else { return };
        let before = std::mem::replace(&mut profile.standing, Standing::Started);
        self.prepare_private_chat(person);
        if before == Standing::Blocked {
            self.push_my_chat_member(person, person, "kicked", "member");
        }
    }

    /// Makes room for a conversation that may not have begun.
    pub(in crate::telegram) fn prepare_private_chat(&mut self, person: i64) {
        self.chats.entry(person).or_insert_with(|| Chat::new(person, ChatKind::Private));
    }

    /// Tells the bot that its own membership of a chat changed.
    pub(in crate::telegram) fn push_my_chat_member(&mut self, chat_id: i64, by: i64, old: &str, new: &str) {
        let bot = self.bot.wire();
        let member = |status: &str| match status {
            "kicked" => json!({ "status": status, "user": bot, "until_date": 0 }),
            _ => json!({ "status": status, "user": bot }),
        };
        let update = json!({
            "chat": self.wire_chat(chat_id),
            "from": self.wire_user(by),
            "date": unix_now(),
            "old_chat_member": member(old),
            "new_chat_member": member(new),
        });
        self.updates.push(kinds::MY_CHAT_MEMBER, chat_id, update);
    }

    /// Changes a message; the caller has checked that it may.
    pub(in crate::telegram) fn apply_edit(
        &mut self,
        chat_id: i64,
        message_id: i32,
        edit: Edit,
    ) -> Option<Message> {
        let chat = self.chats.get_mut(&chat_id)?;
        let message = chat.messages.get_mut(&message_id)?;
        if let Some(Formatted { text, entities }) = edit.formatted {
            message.text = text;
            message.entities = entities;
        }
        message.markup = edit.markup;
        message.edits += 1;
        message.edit_date = Some(unix_now());
        let message = message.clone();
        chat.bell.notify_waiters();
        Some(message)
    }

    /// Takes a message out of its chat.
    pub(in crate::telegram) fn remove_message(&mut self, chat_id: i64, message_id: i32) -> Option<Message> {
        let chat = self.chats.get_mut(&chat_id)?;
        let message = chat.messages.remove(&message_id)?;
        chat.bell.notify_waiters();
        Some(message)
    }

    /// The Bot API's `Chat` object.
    pub(in crate::telegram) fn wire_chat(&self, chat_id: i64) -> Value {
        if let Some(Chat { kind: ChatKind::Group { title }, .. }) = self.chats.get(&chat_id) {
            return json!({ "id": chat_id, "title": title, "type": "group", "all_members_are_administrators": true });
        }
        let mut chat = self.wire_user(chat_id);
        if let Some(object) = chat.as_object_mut() {
            object.remove("is_bot");
            object.remove("language_code");
            object.insert("type".into(), "private".into());
        }
        chat
    }

    fn hide_one_time_keyboard(&mut self, chat_id: i64, text: &str) {
        let Some(chat) = self.chats.get_mut(&chat_id) else { return };
        if let Some(Markup::Keyboard { rows, one_time: true, .. }) = &chat.keyboard
            && rows.iter().flatten().any(|button| button.text == text)
        {
            chat.keyboard = None;
        }
    }

    /// In a group a bot in privacy mode sees commands, answers to its own messages and mentions of its name.
    fn bot_sees(&self, message: &Message) -> bool {
        let Some(chat) = self.chats.get(&message.chat_id) else { return false };
        if chat.kind == ChatKind::Private {
            return true;
        }
        let answers_bot =
            message.reply_to.and_then(|id| chat.messages.get(&id)).is_some_and(Message::from_bot);
        chat.bot_is_member && (answers_bot || message.entities.iter().any(|e| self.addresses_bot(message, e)))
    }

    fn addresses_bot(&self, message: &Message, entity: &Entity) -> bool {
        let units: Vec<u16> = message.text.encode_utf16().skip(entity.offset).take(entity.length).collect();
        let word = String::from_utf16_lossy(&units);
        match (entity.kind.as_str(), word.split_once('@')) {
            ("bot_command", None) => true,
            ("bot_command" | "mention", Some((_, name))) => name.eq_ignore_ascii_case(&self.bot.username),
            _ => false,
        }
    }
}

//! Sending, editing and deleting of text.

use std::sync::Arc;

use serde_json::Value;

use super::keyboard::Markup;
use super::{ApiError, Params, chats};
use crate::telegram::changes::Change;
use crate::telegram::core::Core;
use crate::telegram::text::{self, Formatted, MAX_CAPTION, MAX_TEXT, char_len};
use crate::telegram::world::{Author, Draft, Edit, Message, State};

const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply markup are exactly \
                            the same as a current content and reply markup of the message";

pub(super) fn send(core: &Arc<Core>, params: &Params) -> Result<Value, ApiError> {
    let formatted = read_text(params)?;
    let markup = Markup::read(params)?;
    let mut state = core.lock();
    let chat_id = chats::writable(core, &mut state, params)?;
    if char_len(&formatted.text) > MAX_TEXT {
        return Err(ApiError::bad_request("message is too long"));
    }
    let draft = Draft {
        formatted,
        markup: markup.map_or(Ok(None), Markup::checked)?,
        reply_to: reply_to(&state, chat_id, params)?,
        ..Draft::default()
    };
    post(core, &mut state, chat_id, draft)
}

/// Posts what the bot sends and gives the Bot API's `Message`.
pub(super) fn post(core: &Core, state: &mut State, chat_id: i64, draft: Draft) -> Result<Value, ApiError> {
    let message = state.post(chat_id, Author::Bot, draft).ok_or_else(chats::not_found)?;
    core.changes.push(Change::message(chat_id, message.message_id));
    Ok(state.wire_message(&message))
}

pub(super) fn edit_text(core: &Arc<Core>, params: &Params) -> Result<Value, ApiError> {
    let formatted = read_text(params)?;
    if char_len(&formatted.text) > MAX_TEXT {
        return Err(ApiError::bad_request("MESSAGE_TOO_LONG"));
    }
    edit(core, params, Some(formatted), |message| {
        if message.photo.is_some() {
            return Err(ApiError::bad_request("there is no text in the message to edit"));
        }
        Ok(())
    })
}

pub(super) fn edit_caption(core: &Arc<Core>, params: &Params) -> Result<Value, ApiError> {
    edit(core, params, Some(read_caption(params)?), |message| {
        if message.photo.is_none() {
            return Err(ApiError::bad_request("there is no caption in the message to edit"));
        }
        Ok(())
    })
}

pub(super) fn edit_markup(core: &Arc<Core>, params: &Params) -> Result<Value, ApiError> {
    edit(core, params, None, |_| Ok(()))
}

fn edit(
    core: &Arc<Core>,
    params: &Params,
    formatted: Option<Formatted>,
    fits: impl FnOnce(&Message) -> Result<(), ApiError>,
) -> Result<Value, ApiError> {
    let markup = Markup::read(params)?;
    let mut state = core.lock();
    let chat_id = chats::reachable(&state, params)?;
    let message_id = message_id(params)?;
    let message = state
        .message(chat_id, message_id)
        .ok_or_else(|| ApiError::bad_request("message to edit not found"))?;
    // Documented: only messages of the bot without reply_markup or with an inline keyboard can be edited.
    if !message.from_bot()
        || message.forward_of.is_some()
        || !matches!(message.markup, None | Some(Markup::Inline(_)))
    {
        return Err(ApiError::bad_request("message can't be edited"));
    }
    fits(message)?;
    let markup = markup.map_or(Ok(None), Markup::checked)?;
    if !matches!(markup, None | Some(Markup::Inline(_))) {
        return Err(ApiError::bad_request("inline keyboard expected"));
    }
    let same_text =
        formatted.as_ref().is_none_or(|new| new.text == message.text && new.entities == message.entities);
    if same_text && markup == message.markup {
        return Err(ApiError::bad_request(NOT_MODIFIED));
    }
    let message =
        state.apply_edit(chat_id, message_id, Edit { formatted, markup }).ok_or_else(chats::not_found)?;
    core.changes.push(Change::edit(chat_id, message_id));
    Ok(state.wire_message(&message))
}

pub(super) fn delete(core: &Arc<Core>, params: &Params) -> Result<Value, ApiError> {
    let mut state = core.lock();
    let chat_id = chats::reachable(&state, params)?;
    let message_id = message_id(params)?;
    let message = state
        .message(chat_id, message_id)
        .ok_or_else(|| ApiError::bad_request("message to delete not found"))?;
    // A bot deletes its own messages anywhere and, without being an administrator, others' in private chats only.
    if !message.from_bot() && chat_id < 0 {
        return Err(ApiError::bad_request("message can't be deleted"));
    }
    state.remove_message(chat_id, message_id);
    core.changes.push(Change::delete(chat_id, message_id));
    Ok(true.into())
}

fn read_text(params: &Params) -> Result<Formatted, ApiError> {
    let raw = params.text("text");
    if raw.is_empty() {
        return Err(ApiError::bad_request("message text is empty"));
    }
    let formatted = formatted(params, &raw, "entities")?;
    if formatted.text.is_empty() {
        return Err(ApiError::bad_request("text must be non-empty"));
    }
    Ok(formatted)
}

pub(super) fn read_caption(params: &Params) -> Result<Formatted, ApiError> {
    let formatted = formatted(params, &params.text("caption"), "caption_entities")?;
    if char_len(&formatted.text) > MAX_CAPTION {
        return Err(ApiError::bad_request("message caption is too long"));
    }
    Ok(formatted)
}

fn formatted(params: &Params, raw: &str, entities: &str) -> Result<Formatted, ApiError> {
    let entities = params
        .json(entities)
        .transpose()
        .map_err(|_| ApiError::bad_request("can't parse entities JSON object"))?;
    text::parse(raw, &params.text("parse_mode"), entities.as_ref())
}

fn message_id(params: &Params) -> Result<i32, ApiError> {
    params
        .integer("message_id")
        .and_then(|id| i32::try_from(id).ok())
        .filter(|id| *id > 0)
        .ok_or_else(|| ApiError::bad_request("message identifier is not specified"))
}

/// `reply_parameters` or the older `reply_to_message_id`.
pub(super) fn reply_to(state: &State, chat_id: i64, params: &Params) -> Result<Option<i32>, ApiError> {
    let reply = params
        .json("reply_parameters")
        .transpose()
        .map_err(|_| ApiError::bad_request("can't parse reply parameters JSON object"))?;
    let field = |name: &str| reply.as_ref().and_then(|reply| reply.get(name));
    let wanted =
        field("message_id").and_then(Value::as_i64).or_else(|| params.integer("reply_to_message_id"));
    let Some(wanted) = wanted.filter(|id| *id != 0) else { return Ok(None) };
    let lenient = field("allow_sending_without_reply").and_then(Value::as_bool).unwrap_or(false)
        || params.flag("allow_sending_without_reply");
    let found = i32::try_from(wanted).ok().filter(|id| state.message(chat_id, *id).is_some());
    match found {
        None if lenient => Ok(None),
        None => Err(ApiError::bad_request("message to be replied not found")),
        found => Ok(found),
    }
}

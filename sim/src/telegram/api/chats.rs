//! Finding the chat of a call, whether the bot may write there, and the methods about chats and the bot itself.

use std::sync::{Arc, MutexGuard};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{ApiError, Params};
use crate::telegram::changes::Change;
use crate::telegram::core::Core;
use crate::telegram::world::{ChatKind, Standing, State};

const ACTIONS: [&str; 11] = [
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
];

pub(super) fn not_found() -> ApiError {
    ApiError::bad_request("chat not found")
}

/// The chat that `chat_id` names.
fn find(state: &State, params: &Params) -> Result<i64, ApiError> {
    let text = params.text("chat_id");
    if text.is_empty() {
        return Err(ApiError::bad_request("chat_id is empty"));
    }
    // A username names a public group or channel, never a person; the simulator has neither.
    let id: i64 = text.trim().parse().map_err(|_| not_found())?;
    if state.chats.contains_key(&id) || state.people.contains_key(&id) { Ok(id) } else { Err(not_found()) }
}

/// The chat, if it lets the bot edit and delete there.
pub(super) fn reachable(state: &State, params: &Params) -> Result<i64, ApiError> {
    let id = find(state, params)?;
    match state.people.get(&id).map(|profile| profile.standing) {
        Some(Standing::Stranger) => Err(not_found()),
        Some(Standing::Blocked) => Err(ApiError::forbidden("bot was blocked by the user")),
        Some(Standing::Deactivated) => Err(ApiError::forbidden("user is deactivated")),
        Some(Standing::Started) => Ok(id),
        None if state.chats.get(&id).is_some_and(|chat| chat.bot_is_member) => Ok(id),
        None => Err(ApiError::forbidden("bot was kicked from the group chat")),
    }
}

/// The chat, if the bot may write a new message there now.
pub(super) fn writable(
    core: &Core,
    state: &mut MutexGuard<'_, State>,
    params: &Params,
) -> Result<i64, ApiError> {
    let id = find(state, params)?;
    if state.people.get(&id).is_some_and(|profile| profile.standing == Standing::Stranger) {
        return Err(ApiError::forbidden("bot can't initiate conversation with a user"));
    }
    let id = reachable(state, params)?;
    if let (Some(limit), Some(chat)) = (core.flood_limit(), state.chats.get_mut(&id)) {
        limit.spend(&mut chat.allowance, Instant::now())?;
    }
    Ok(id)
}

pub(super) fn get_me(core: &Core) -> Value {
    let mut me = core.lock().bot.wire();
    for (key, value) in [
        ("can_join_groups", true),
        ("can_read_all_group_messages", false),
        ("supports_inline_queries", false),
        ("can_connect_to_business", false),
        ("has_main_web_app", false),
    ] {
        me[key] = value.into();
    }
    me
}

pub(super) fn get_chat(core: &Arc<Core>, params: &Params) -> Result<Value, ApiError> {
    let state = core.lock();
    let id = find(&state, params)?;
    // A person who never wrote is not a chat to the bot.
    if state.people.get(&id).is_some_and(|profile| profile.standing == Standing::Stranger) {
        return Err(not_found());
    }
    let chat_info = state.chats.get(&id).ok_or_else(not_found)?;
    let mut chat = state.wire_chat(id);
    chat["accent_color_id"] = id.rem_euclid(7).into();
    chat["max_reaction_count"] = 11.into();
    chat["accepted_gift_types"] = json!({
        "unlimited_gifts": true, "limited_gifts": true, "unique_gifts": true, "premium_subscription": true,
        "gifts_from_channels": true,
    });
    if let (ChatKind::Private, Some(username)) = (&chat_info.kind, chat.get("username").cloned()) {
        chat["active_usernames"] = json!([username]);
    }
    Ok(chat)
}

pub(super) fn send_action(core: &Arc<Core>, params: &Params) -> Result<Value, ApiError> {
    let action = params.text("action");
    if !ACTIONS.contains(&action.as_ref()) {
        return Err(ApiError::bad_request("wrong parameter action in request"));
    }
    let state = core.lock();
    let chat_id = reachable(&state, params)?;
    core.changes.push(Change::action(chat_id, &action));
    Ok(true.into())
}

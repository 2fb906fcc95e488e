//! People, groups and conversations.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refused;
use crate::telegram::core::Core;
use crate::telegram::person::Person;
use crate::telegram::world::{self, Answer, Message, Profile, Standing};

/// Ids that are given to people who are made without one start here.
const FIRST_ID: i64 = 700_000_001;

#[derive(Deserialize)]
pub(super) struct NewPerson {
    #[serde(default)]
    id: Option<i64>,
    first_name: String,
    #[serde(default)]
    last_name: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    language_code: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct NewGroup {
    title: String,
    #[serde(default)]
    members: Vec<i64>,
}

#[derive(Deserialize)]
pub(super) struct Send {
    person: i64,
    text: String,
    #[serde(default)]
    reply_to: Option<i32>,
}

#[derive(Deserialize)]
pub(super) struct PressButton {
    person: i64,
    message_id: i32,
    button: String,
}

#[derive(Deserialize)]
pub(super) struct Forge {
    person: i64,
    message_id: i32,
    data: String,
}

#[derive(Deserialize)]
pub(super) struct Forward {
    person: i64,
    message_id: i32,
    to: i64,
}

#[derive(Deserialize)]
pub(super) struct By {
    person: i64,
}

#[derive(Deserialize)]
pub(super) struct After {
    #[serde(default)]
    after: i32,
}

pub(super) async fn state(State(core): State<Arc<Core>>) -> Json<Value> {
    let next = core.changes.next();
    let state = core.lock();
    let mut people: Vec<&Profile> = state.people.values().collect();
    people.sort_by_key(|profile| profile.id);
    let mut chats: Vec<Value> = state
        .chats
        .values()
        .map(|chat| {
            json!({
                "id": chat.id, "chat": chat.kind, "members": chat.members,
                "last": chat.messages.values().next_back(),
            })
        })
        .collect();
    chats.sort_by_key(|chat| std::cmp::Reverse(chat["last"]["message_id"].as_i64()));
    Json(json!({ "bot": state.bot, "people": people, "chats": chats, "next": next }))
}

pub(super) async fn add_person(
    State(core): State<Arc<Core>>,
    Json(new): Json<NewPerson>,
) -> Result<Json<Profile>, Refused> {
    if new.first_name.trim().is_empty() {
        return Err(Refused::bad("first_name is empty"));
    }
    let filled = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let id = new
        .id
        .unwrap_or_else(|| core.lock().people.keys().max().map_or(FIRST_ID, |id| (id + 1).max(FIRST_ID)));
    if id <= 0 {
        return Err(Refused::bad("id must be positive"));
    }
    core.add_person(Profile {
        id,
        first_name: new.first_name.trim().to_owned(),
        last_name: filled(new.last_name),
        username: filled(new.username).map(|name| name.trim_start_matches('@').to_owned()),
        language_code: filled(new.language_code),
        standing: Standing::Stranger,
    });
    let profile = core.lock().people.get(&id).cloned();
    profile.map(Json).ok_or_else(|| Refused::not_found("person"))
}

pub(super) async fn person_action(
    State(core): State<Arc<Core>>,
    Path((id, action)): Path<(i64, String)>,
) -> Result<Json<Value>, Refused> {
    let person = person(&core, id, id)?;
    match action.as_str() {
        "block" => person.block(),
        "unblock" => person.unblock(),
        "deactivate" => person.deactivate(),
        _ => return Err(Refused::not_found("action")),
    }
    Ok(Json(json!({})))
}

pub(super) async fn add_group(
    State(core): State<Arc<Core>>,
    Json(new): Json<NewGroup>,
) -> Result<Json<Value>, Refused> {
    if new.title.trim().is_empty() {
        return Err(Refused::bad("title is empty"));
    }
    for id in &new.members {
        person(&core, *id, *id)?;
    }
    Ok(Json(json!({ "chat_id": core.add_group(new.title.trim(), &new.members) })))
}

pub(super) async fn messages(
    State(core): State<Arc<Core>>,
    Path(chat): Path<i64>,
    Query(query): Query<After>,
) -> Json<Vec<Message>> {
    Json(messages_after(&core, chat, query.after))
}

fn messages_after(core: &Core, chat: i64, after: i32) -> Vec<Message> {
    let state = core.lock();
    let Some(chat) = state.chats.get(&chat) else { return Vec::new() };
    chat.messages.range(after.saturating_add(1)..).map(|(_, message)| message.clone()).collect()
}

pub(super) async fn view(
    State(core): State<Arc<Core>>,
    Path(chat): Path<i64>,
    Query(by): Query<By>,
) -> Result<Json<Value>, Refused> {
    let next = core.changes.next();
    let person = person(&core, by.person, chat)?;
    let state = core.lock();
    let language = state.people.get(&by.person).and_then(|p| p.language_code.clone()).unwrap_or_default();
    let keyboard = state.chats.get(&chat).and_then(|chat| chat.keyboard.clone());
    let description = state.settings.description_for(&language).to_owned();
    drop(state);
    Ok(Json(json!({
        "messages": messages_after(&core, chat, 0), "keyboard": keyboard, "commands": person.commands(),
        "description": description, "next": next,
    })))
}

pub(super) async fn send(
    State(core): State<Arc<Core>>,
    Path(chat): Path<i64>,
    Json(body): Json<Send>,
) -> Result<Json<Value>, Refused> {
    if body.text.trim().is_empty() {
        return Err(Refused::bad("text is empty"));
    }
    let person = person(&core, body.person, chat)?;
    let message_id = match body.reply_to {
        Some(to) => person.reply(to, body.text.trim()).await,
        None => person.send(body.text.trim()).await,
    };
    Ok(Json(json!({ "message_id": message_id })))
}

pub(super) async fn press(
    State(core): State<Arc<Core>>,
    Path(chat): Path<i64>,
    Json(body): Json<PressButton>,
) -> Result<Json<Answer>, Refused> {
    let person = person(&core, body.person, chat)?;
    Ok(Json(person.press(body.message_id, &body.button).await?))
}

pub(super) async fn forge(
    State(core): State<Arc<Core>>,
    Path(chat): Path<i64>,
    Json(body): Json<Forge>,
) -> Result<Json<Answer>, Refused> {
    let person = person(&core, body.person, body.person)?;
    Ok(Json(person.forge_callback(chat, body.message_id, &body.data).answer().await?))
}

pub(super) async fn forward(
    State(core): State<Arc<Core>>,
    Path(chat): Path<i64>,
    Json(body): Json<Forward>,
) -> Result<Json<Value>, Refused> {
    let message_id = person(&core, body.person, chat)?.forward(body.message_id, body.to)?;
    Ok(Json(json!({ "message_id": message_id })))
}

pub(super) async fn clear(
    State(core): State<Arc<Core>>,
    Path(chat): Path<i64>,
    Json(body): Json<By>,
) -> Result<Json<Value>, Refused> {
    person(&core, body.person, chat)?.clear_history();
    Ok(Json(json!({})))
}

pub(super) async fn file(
    State(core): State<Arc<Core>>,
    Path(file_id): Path<String>,
) -> Result<impl IntoResponse, Refused> {
    let file: Option<world::StoredFile> = core.lock().files.get(&file_id).cloned();
    let file = file.ok_or_else(|| Refused::not_found("file"))?;
    Ok(([(header::CONTENT_TYPE, file.content_type)], file.bytes))
}

/// A person looking at a chat: their own or a group.
fn person(core: &Arc<Core>, id: i64, chat: i64) -> Result<Person, Refused> {
    let state = core.lock();
    if !state.people.contains_key(&id) {
        return Err(Refused::not_found("person"));
    }
    if chat != id && !state.chats.get(&chat).is_some_and(|chat| chat.members.contains(&id)) {
        return Err(Refused::not_found("chat of this person"));
    }
    drop(state);
    Ok(Person::new(Arc::clone(core), id, chat))
}

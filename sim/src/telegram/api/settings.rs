//! What a bot says about itself: commands, names and descriptions by language, and the menu button.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ApiError, Params, chats};
use crate::telegram::changes::Change;
use crate::telegram::core::Core;
use crate::telegram::text::char_len;

/// Most commands in a list.
const MAX_COMMANDS: usize = 100;

/// A command of the menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotCommand {
    /// Without the slash.
    pub command: String,
    /// What stands next to it.
    pub description: String,
}

/// Texts by language; the empty language is the default.
type ByLanguage = HashMap<String, String>;

/// All settings of the bot.
#[derive(Debug)]
pub(in crate::telegram) struct Settings {
    /// By scope and language.
    commands: HashMap<(String, String), Vec<BotCommand>>,
    name: ByLanguage,
    description: ByLanguage,
    short_description: ByLanguage,
    menu_button: Value,
    chat_menu_buttons: HashMap<i64, Value>,
    admin_rights: Value,
}

impl Settings {
    pub(in crate::telegram) fn new(name: &str) -> Self {
        Self {
            commands: HashMap::new(),
            name: HashMap::from([(String::new(), name.to_owned())]),
            description: HashMap::new(),
            short_description: HashMap::new(),
            menu_button: json!({ "type": "commands" }),
            chat_menu_buttons: HashMap::new(),
            admin_rights: json!({}),
        }
    }

    /// The commands that a person sees, by Telegram's order: the chat before all private chats before the
    /// default, and in each the person's language before no language.
    pub(in crate::telegram) fn commands_for(&self, chat_id: i64, language: &str) -> &[BotCommand] {
        let general = if chat_id > 0 { "all_private_chats" } else { "all_group_chats" };
        for scope in [format!("chat:{chat_id}"), general.to_owned(), "default".to_owned()] {
            for language in [language, ""] {
                if let Some(commands) = self.commands.get(&(scope.clone(), language.to_owned())) {
                    return commands;
                }
            }
        }
        &[]
    }

    /// The description in an empty chat, in the person's language if there is one.
    pub(in crate::telegram) fn description_for(&self, language: &str) -> &str {
        text_in(&self.description, language)
    }
}

/// The methods of this module; everything else is unknown.
pub(super) fn call(core: &Arc<Core>, method: &str, params: &Params) -> Result<Value, ApiError> {
    match method {
        "setmycommands" => set_commands(core, params),
        "getmycommands" => {
            let key = commands_key(params)?;
            Ok(json!(core.lock().settings.commands.get(&key).map_or(&[][..], Vec::as_slice)))
        }
        "deletemycommands" => {
            let key = commands_key(params)?;
            core.lock().settings.commands.remove(&key);
            core.changes.push(Change::settings());
            Ok(true.into())
        }
        "setmyname" => set_text(core, params, "name", 64, |s| &mut s.name),
        "getmyname" => get_text(core, params, "name", |s| &s.name),
        "setmydescription" => set_text(core, params, "description", 512, |s| &mut s.description),
        "getmydescription" => get_text(core, params, "description", |s| &s.description),
        "setmyshortdescription" => {
            set_text(core, params, "short_description", 120, |s| &mut s.short_description)
        }
        "getmyshortdescription" => get_text(core, params, "short_description", |s| &s.short_description),
        "setchatmenubutton" => set_menu_button(core, params),
        "getchatmenubutton" => get_menu_button(core, params),
        "setmydefaultadministratorrights" => {
            core.lock().settings.admin_rights =
                params.json("rights").and_then(Result::ok).unwrap_or_else(|| json!({}));
            Ok(true.into())
        }
        "getmydefaultadministratorrights" => Ok(core.lock().settings.admin_rights.clone()),
        _ => Err(ApiError::new(404, "Not Found: method not found")),
    }
}

fn set_commands(core: &Arc<Core>, params: &Params) -> Result<Value, ApiError> {
    let key = commands_key(params)?;
    let list = match params.json("commands") {
        None => Vec::new(),
        Some(Ok(Value::Array(list))) => list,
        Some(Ok(_)) => return Err(ApiError::bad_request("expected an Array of BotCommand")),
        Some(Err(_)) => return Err(ApiError::bad_request("can't parse commands JSON object")),
    };
    if list.len() > MAX_COMMANDS {
        return Err(ApiError::bad_request("BOT_COMMANDS_TOO_MUCH"));
    }
    let commands = list.into_iter().map(command).collect::<Result<Vec<_>, _>>()?;
    core.lock().settings.commands.insert(key, commands);
    core.changes.push(Change::settings());
    Ok(true.into())
}

fn command(value: Value) -> Result<BotCommand, ApiError> {
    let mut command: BotCommand = serde_json::from_value(value)
        .map_err(|error| ApiError::bad_request(format!("can't parse BotCommand: {error}")))?;
    if let Some(name) = command.command.strip_prefix('/') {
        command.command = name.to_owned();
    }
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !(1..=32).contains(&command.command.len()) || !command.command.chars().all(letters) {
        return Err(ApiError::bad_request("BOT_COMMAND_INVALID"));
    }
    if !(1..=256).contains(&char_len(&command.description)) {
        return Err(ApiError::bad_request("BOT_COMMAND_DESCRIPTION_INVALID"));
    }
    Ok(command)
}

fn commands_key(params: &Params) -> Result<(String, String), ApiError> {
    Ok((scope(params)?, language(params)?))
}

fn scope(params: &Params) -> Result<String, ApiError> {
    let Some(value) = params.json("scope") else { return Ok("default".into()) };
    let value = value.map_err(|_| ApiError::bad_request("can't parse BotCommandScope JSON object"))?;
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "default" | "all_private_chats" | "all_group_chats" | "all_chat_administrators" => Ok(kind.into()),
        "chat" | "chat_administrators" | "chat_member" => {
            let id = value.get("chat_id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
            let id = id.ok_or_else(|| {
                ApiError::bad_request("can't parse BotCommandScope: Empty chat_id specified")
            })?;
            let member = value.get("user_id").map(|user| format!(":{user}")).unwrap_or_default();
            Ok(format!("{kind}:{id}{member}"))
        }
        _ => Err(ApiError::bad_request("can't parse BotCommandScope: unsupported type specified")),
    }
}

fn language(params: &Params) -> Result<String, ApiError> {
    let code = params.text("language_code");
    if !code.is_empty() && (code.len() != 2 || !code.chars().all(|c| c.is_ascii_lowercase())) {
        return Err(ApiError::bad_request("invalid language code specified"));
    }
    Ok(code.into_owned())
}

fn set_text(
    core: &Core,
    params: &Params,
    name: &str,
    max: usize,
    of: fn(&mut Settings) -> &mut ByLanguage,
) -> Result<Value, ApiError> {
    let text = params.text(name);
    if char_len(&text) > max {
        return Err(ApiError::bad_request(format!("bot {} is too long", name.replace('_', " "))));
    }
    let language = language(params)?;
    let mut state = core.lock();
    let texts = of(&mut state.settings);
    if text.is_empty() {
        texts.remove(&language);
    } else {
        texts.insert(language, text.into_owned());
    }
    core.changes.push(Change::settings());
    Ok(true.into())
}

fn get_text(
    core: &Core,
    params: &Params,
    name: &str,
    of: fn(&Settings) -> &ByLanguage,
) -> Result<Value, ApiError> {
    let language = language(params)?;
    Ok(json!({ name: text_in(of(&core.lock().settings), &language) }))
}

fn text_in<'a>(texts: &'a ByLanguage, language: &str) -> &'a str {
    texts.get(language).or_else(|| texts.get("")).map_or("", String::as_str)
}

fn set_menu_button(core: &Core, params: &Params) -> Result<Value, ApiError> {
    let button = match params.json("menu_button") {
        None => json!({ "type": "default" }),
        Some(Err(_)) => return Err(ApiError::bad_request("can't parse menu button JSON object")),
        Some(Ok(button)) => button,
    };
    if !matches!(button.get("type").and_then(Value::as_str), Some("commands" | "web_app" | "default")) {
        return Err(ApiError::bad_request("can't parse menu button: MenuButton has unsupported type"));
    }
    let mut state = core.lock();
    match menu_chat(&state, params)? {
        None => state.settings.menu_button = button,
        Some(id) => {
            state.settings.chat_menu_buttons.insert(id, button);
        }
    }
    core.changes.push(Change::settings());
    Ok(true.into())
}

fn get_menu_button(core: &Core, params: &Params) -> Result<Value, ApiError> {
    let state = core.lock();
    let own = menu_chat(&state, params)?.and_then(|id| state.settings.chat_menu_buttons.get(&id));
    Ok(own.unwrap_or(&state.settings.menu_button).clone())
}

fn menu_chat(state: &crate::telegram::world::State, params: &Params) -> Result<Option<i64>, ApiError> {
    if params.text("chat_id").is_empty() { Ok(None) } else { chats::reachable(state, params).map(Some) }
}

//! The Bot API itself: reading of requests, the methods, and Telegram's answers and error texts.
//!
//! Wording follows the published Bot API server (github.com/tdlib/telegram-bot-api) and core.telegram.org/bots/api.
//! What neither of them says is marked *Assumption* where it is decided.

mod callbacks;
mod chats;
mod error;
pub(super) mod keyboard;
mod messages;
mod params;
mod photos;
mod polling;
pub(super) mod settings;
pub(super) mod webhook;

use std::sync::Arc;

use serde_json::Value;

pub(super) use error::ApiError;
pub(super) use params::Params;

use super::core::Core;

/// The `result` of a successful call.
#[derive(Debug)]
pub(super) enum Reply {
    /// A value.
    Json(Value),
    /// The updates of `getUpdates`, each ready-made JSON.
    Updates(Vec<Arc<str>>),
}

impl Reply {
    /// The whole response body.
    pub(super) fn into_body(self) -> String {
        match self {
            Self::Json(result) => format!("{{\"ok\":true,\"result\":{result}}}"),
            Self::Updates(updates) => format!("{{\"ok\":true,\"result\":[{}]}}", updates.join(",")),
        }
    }
}

/// Carries out a method. Names are not case-sensitive.
pub(super) async fn call(core: &Arc<Core>, method: &str, params: &Params) -> Result<Reply, ApiError> {
    let result = match method.to_ascii_lowercase().as_str() {
        "getupdates" => return polling::get_updates(core, params).await.map(Reply::Updates),
        "setwebhook" => webhook::set(core, params),
        "deletewebhook" => webhook::delete(core, params),
        "getwebhookinfo" => webhook::info(core),
        "getme" => Ok(chats::get_me(core)),
        "getchat" => chats::get_chat(core, params),
        "sendchataction" => chats::send_action(core, params),
        "logout" | "close" => Ok(true.into()),
        "sendmessage" => messages::send(core, params),
        "editmessagetext" => messages::edit_text(core, params),
        "editmessagecaption" => messages::edit_caption(core, params),
        "editmessagereplymarkup" => messages::edit_markup(core, params),
        "deletemessage" => messages::delete(core, params),
        "sendphoto" => photos::send(core, params),
        "getfile" => photos::get_file(core, params),
        "answercallbackquery" => callbacks::answer(core, params),
        other => settings::call(core, other, params),
    };
    result.map(Reply::Json)
}

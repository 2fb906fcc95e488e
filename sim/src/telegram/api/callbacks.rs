//! `answerCallbackQuery`.

use std::sync::Arc;

use serde_json::Value;

use super::{ApiError, Params};
use crate::telegram::changes::Change;
use crate::telegram::core::Core;
use crate::telegram::text::char_len;
use crate::telegram::world::Answer;

/// Longest notification, in characters.
const MAX_ANSWER: usize = 200;

pub(super) fn answer(core: &Arc<Core>, params: &Params) -> Result<Value, ApiError> {
    let text = params.text("text");
    if char_len(&text) > MAX_ANSWER {
        return Err(ApiError::bad_request("MESSAGE_TOO_LONG"));
    }
    let mut state = core.lock();
    let query = state.queries.take(&params.text("callback_query_id")).ok_or_else(|| {
        ApiError::bad_request("query is too old and response timeout expired or query ID is invalid")
    })?;
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let answer = Answer {
        text: filled(&text),
        show_alert: params.flag("show_alert"),
        url: filled(&params.text("url")),
    };
    core.changes.push(Change::answer(query.chat_id, query.person, &answer));
    query.answer(answer);
    Ok(true.into())
}

//! `sendPhoto` and the way back to its bytes.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};

use super::keyboard::Markup;
use super::{ApiError, Params, chats, messages};
use crate::telegram::core::Core;
use crate::telegram::world::{Draft, Photo, State};

/// Largest photo, in bytes.
const MAX_PHOTO: usize = 10 << 20;

pub(super) fn send(core: &Arc<Core>, params: &Params) -> Result<Value, ApiError> {
    let formatted = messages::read_caption(params)?;
    let markup = Markup::read(params)?;
    let mut state = core.lock();
    let chat_id = chats::writable(core, &mut state, params)?;
    let photo = photo(&mut state, params)?;
    let markup = markup.map_or(Ok(None), Markup::checked)?;
    let reply_to = messages::reply_to(&state, chat_id, params)?;
    let draft = Draft { formatted, photo: Some(photo), reply_to, forward_of: None, markup };
    messages::post(core, &mut state, chat_id, draft)
}

pub(super) fn get_file(core: &Arc<Core>, params: &Params) -> Result<Value, ApiError> {
    let file_id = params.text("file_id");
    if file_id.is_empty() {
        return Err(ApiError::bad_request("file_id not specified"));
    }
    let state = core.lock();
    let file = state
        .files
        .get(file_id.as_ref())
        .ok_or_else(|| ApiError::bad_request("wrong file_id or the file is temporarily unavailable"))?;
    Ok(json!({
        "file_id": file_id,
        "file_unique_id": file_id.chars().rev().take(16).collect::<String>(),
        "file_size": file.bytes.len(),
        "file_path": format!("photos/{file_id}"),
    }))
}

/// An upload, or a picture sent before by its `file_id`. Pictures are not fetched from the web.
fn photo(state: &mut State, params: &Params) -> Result<Photo, ApiError> {
    let (file_id, bytes) = match params.upload("photo") {
        Some(upload) if upload.bytes.is_empty() => {
            return Err(ApiError::bad_request("file must be non-empty"));
        }
        Some(upload) if upload.bytes.len() > MAX_PHOTO => {
            return Err(ApiError::new(413, "Request Entity Too Large"));
        }
        Some(upload) => {
            (state.store_file(upload.content_type.clone(), upload.bytes.clone()), upload.bytes.clone())
        }
        None => known(state, &params.text("photo"))?,
    };
    let (width, height) = size(&bytes);
    Ok(Photo { file_id, file_size: bytes.len(), width, height })
}

fn known(state: &State, file_id: &str) -> Result<(String, Bytes), ApiError> {
    if file_id.is_empty() {
        return Err(ApiError::bad_request("there is no photo in the request"));
    }
    match state.files.get(file_id) {
        Some(file) => Ok((file_id.to_owned(), file.bytes.clone())),
        None if file_id.starts_with("http") => Err(ApiError::bad_request("failed to get HTTP URL content")),
        None => Err(ApiError::bad_request(
            "wrong remote file identifier specified: Wrong character in the string",
        )),
    }
}

/// Width and height of a PNG.
fn size(bytes: &[u8]) -> (u32, u32) {
    let number =
        |at: usize| bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes);
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") { (number(16), number(20)) } else { (0, 0) }
}

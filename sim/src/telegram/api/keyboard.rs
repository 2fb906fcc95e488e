//! `reply_markup`: inline keyboards, reply keyboards, their removal, forced replies; and Telegram's limits on them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ApiError, Params};

/// Assumption: the documented figure for inline keyboards is 100 buttons; more are "too long".
const MAX_INLINE_BUTTONS: usize = 100;
/// A reply keyboard may be larger. Assumption: 300 buttons, as the server takes them today.
const MAX_REPLY_BUTTONS: usize = 300;
/// Longest `callback_data`, in bytes.
const MAX_CALLBACK_DATA: usize = 64;

/// A button.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What stands on it.
    pub text: String,
    /// What the bot gets when it is pressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_data: Option<String>,
    /// The link that it opens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Everything else, such as `copy_text`, `style`, `web_app` or `request_contact`.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// What came as `reply_markup`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Markup {
    /// Buttons under the message.
    #[serde(rename = "inline", serialize_with = "rows")]
    Inline(Vec<Vec<Button>>),
    /// A keyboard that replaces the letters.
    Keyboard {
        /// The rows of buttons.
        rows: Vec<Vec<Button>>,
        /// Whether it goes away once used.
        one_time: bool,
        /// Whether it is always shown.
        persistent: bool,
        /// The hint in the input field.
        placeholder: Option<String>,
    },
    /// The reply keyboard goes away.
    Remove,
    /// The app shows the message as being answered.
    ForceReply {
        /// The hint in the input field.
        placeholder: Option<String>,
    },
}

impl Markup {
    /// Reads the parameter; the form of the JSON is checked, as the Bot API server does before anything else.
    pub(in crate::telegram) fn read(params: &Params) -> Result<Option<Self>, ApiError> {
        let Some(value) = params.json("reply_markup") else { return Ok(None) };
        let value =
            value.map_err(|_| ApiError::bad_request("can't parse reply keyboard markup JSON object"))?;
        let Value::Object(object) = value else {
            return Err(ApiError::bad_request("object expected as reply markup"));
        };
        Self::from_object(&object)
    }

    fn from_object(object: &Map<String, Value>) -> Result<Option<Self>, ApiError> {
        let keyboard = button_rows(object, "keyboard", "keyboard button", reply_button)?;
        let inline = button_rows(object, "inline_keyboard", "inline keyboard button", inline_button)?;
        let flag = |name: &str| object.get(name).and_then(Value::as_bool).unwrap_or(false);
        let placeholder = || object.get("input_field_placeholder").and_then(Value::as_str).map(str::to_owned);
        Ok(if !keyboard.is_empty() {
            Some(Self::Keyboard {
                rows: keyboard,
                one_time: flag("one_time_keyboard"),
                persistent: flag("is_persistent"),
                placeholder: placeholder(),
            })
        } else if !inline.is_empty() {
            Some(Self::Inline(inline))
        } else if flag("remove_keyboard") {
            Some(Self::Remove)
        } else if flag("force_reply") {
            Some(Self::ForceReply { placeholder: placeholder() })
        } else {
            None
        })
    }

    /// What Telegram's servers check, after the chat was found. Empty rows vanish.
    pub(in crate::telegram) fn checked(self) -> Result<Option<Self>, ApiError> {
        match self {
            Self::Inline(rows) => {
                let rows = without_empty(rows);
                check_inline(&rows)?;
                Ok((!rows.is_empty()).then_some(Self::Inline(rows)))
            }
            Self::Keyboard { rows, one_time, persistent, placeholder } => {
                let rows = without_empty(rows);
                if rows.iter().map(Vec::len).sum::<usize>() > MAX_REPLY_BUTTONS {
                    return Err(ApiError::bad_request("reply markup is too long"));
                }
                if rows.iter().flatten().any(|button| button.text.trim().is_empty()) {
                    return Err(ApiError::bad_request("keyboard button text must be non-empty"));
                }
                Ok((!rows.is_empty()).then_some(Self::Keyboard { rows, one_time, persistent, placeholder }))
            }
            other => Ok(Some(other)),
        }
    }
}

fn check_inline(rows: &[Vec<Button>]) -> Result<(), ApiError> {
    if rows.iter().map(Vec::len).sum::<usize>() > MAX_INLINE_BUTTONS {
        return Err(ApiError::bad_request("reply markup is too long"));
    }
    for button in rows.iter().flatten() {
        if button.text.trim().is_empty() {
            return Err(ApiError::bad_request("inline keyboard button text must be non-empty"));
        }
        if button.callback_data.as_ref().is_some_and(|data| data.len() > MAX_CALLBACK_DATA) {
            return Err(ApiError::bad_request("BUTTON_DATA_INVALID"));
        }
        if let Some(url) = &button.url
            && !is_button_url(url)
        {
            return Err(ApiError::bad_request(format!(
                "inline keyboard button URL '{url}' is invalid: Wrong HTTP URL"
            )));
        }
    }
    Ok(())
}

fn is_button_url(url: &str) -> bool {
    let rest = ["http://", "https://", "tg://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    let host = rest.unwrap_or(url).split(['/', '?', '#']).next().unwrap_or_default();
    let bare_host = host.split(':').next().unwrap_or_default();
    url.starts_with("tg://") || bare_host.contains('.') && !bare_host.contains(char::is_whitespace)
}

fn without_empty(rows: Vec<Vec<Button>>) -> Vec<Vec<Button>> {
    rows.into_iter().filter(|row| !row.is_empty()).collect()
}

fn button_rows(
    object: &Map<String, Value>,
    field: &str,
    noun: &str,
    read: fn(&Value) -> Result<Button, String>,
) -> Result<Vec<Vec<Button>>, ApiError> {
    let of = if field == "inline_keyboard" { " of the InlineKeyboardMarkup" } else { "" };
    let not_rows = || ApiError::bad_request(format!("field \"{field}\"{of} must be an Array of Arrays"));
    let rows = match object.get(field) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(rows)) => rows,
        Some(_) => return Err(ApiError::bad_request(format!("field \"{field}\" must be of type Array"))),
    };
    rows.iter()
        .map(|row| {
            let buttons = row.as_array().ok_or_else(not_rows)?;
            buttons
                .iter()
                .map(|button| {
                    read(button).map_err(|e| ApiError::bad_request(format!("can't parse {noun}: {e}")))
                })
                .collect()
        })
        .collect()
}

fn reply_button(value: &Value) -> Result<Button, String> {
    match value {
        Value::String(text) => {
            Ok(Button { text: text.clone(), callback_data: None, url: None, more: Map::new() })
        }
        Value::Object(_) => read_button(value),
        _ => Err("KeyboardButton must be a String or an Object".into()),
    }
}

fn inline_button(value: &Value) -> Result<Button, String> {
    const OTHER_ACTIONS: [&str; 8] = [
        "callback_game",
        "pay",
        "switch_inline_query",
        "switch_inline_query_chosen_chat",
        "switch_inline_query_current_chat",
        "login_url",
        "web_app",
        "copy_text",
    ];
    if !value.is_object() {
        return Err("InlineKeyboardButton must be an Object".into());
    }
    let mut button = read_button(value)?;
    button.url = button.url.filter(|url| !url.is_empty());
    button.callback_data = button.callback_data.filter(|data| !data.is_empty() && button.url.is_none());
    let acts = button.url.is_some()
        || button.callback_data.is_some()
        || OTHER_ACTIONS.iter().any(|action| button.more.contains_key(*action));
    if acts { Ok(button) } else { Err("Text buttons are unallowed in the inline keyboard".into()) }
}

fn read_button(value: &Value) -> Result<Button, String> {
    if value.get("text").is_none() {
        return Err("Can't find field \"text\"".into());
    }
    let mut button: Button = serde_json::from_value(value.clone())
        .map_err(|_| "Field \"text\" must be of type String".to_owned())?;
    button.more.retain(|_, value| !value.is_null());
    Ok(button)
}

fn rows<S: serde::Serializer>(rows: &[Vec<Button>], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Rows<'a> {
        rows: &'a [Vec<Button>],
    }
    Rows { rows }.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(markup: &Value) -> Result<Option<Markup>, String> {
        let fields = Map::from_iter([("reply_markup".to_owned(), markup.clone())]);
        let parsed = Markup::read(&Params::from_object(fields)).map_err(|e| e.description)?;
        parsed.map_or(Ok(None), |markup| markup.checked().map_err(|e| e.description))
    }

    fn inline(count: usize, data: &str) -> Value {
        json!({ "inline_keyboard": vec![vec![json!({ "text": "x", "callback_data": data })]; count] })
    }

    #[test]
    fn callback_data_has_1_to_64_bytes() {
        assert!(read(&inline(1, &"я".repeat(32))).unwrap().is_some());
        assert_eq!(read(&inline(1, &"x".repeat(65))).unwrap_err(), "Bad Request: BUTTON_DATA_INVALID");
        assert_eq!(
            read(&inline(1, "")).unwrap_err(),
            "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        );
    }

    #[test]
    fn an_inline_keyboard_has_up_to_100_buttons() {
        assert!(read(&inline(100, "x")).unwrap().is_some());
        assert_eq!(read(&inline(101, "x")).unwrap_err(), "Bad Request: reply markup is too long");
    }

    #[test]
    fn links_need_a_host() {
        let link = |url: &str| json!({ "inline_keyboard": [[{ "text": "x", "url": url }]] });
        assert!(read(&link("https://t.me/bot?start=1")).is_ok());
        assert_eq!(
            read(&link("http://localhost:1/")).unwrap_err(),
            "Bad Request: inline keyboard button URL 'http://localhost:1/' is invalid: Wrong HTTP URL"
        );
    }

    #[test]
    fn reply_keyboards_and_their_end() {
        let shown =
            read(&json!({ "keyboard": [["a", { "text": "b" }]], "one_time_keyboard": true })).unwrap();
        assert!(matches!(shown, Some(Markup::Keyboard { one_time: true, .. })));
        assert_eq!(read(&json!({ "remove_keyboard": true })).unwrap(), Some(Markup::Remove));
        assert_eq!(read(&json!([])).unwrap_err(), "Bad Request: object expected as reply markup");
        assert_eq!(read(&json!({ "inline_keyboard": [] })).unwrap(), None);
    }
}

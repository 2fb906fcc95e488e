//! Answers, read out of JSON.
//!
//! A derived `Deserialize` writes a parser for every shape, which for some sixty shapes is a fifth of the program that
//! the browser has to fetch. Here one parser makes a [`Value`], and each shape says only which fields it takes out of
//! it. The names are those of the API in Rust's spelling: `expires_at` reads `expiresAt`.

use serde_json::Value;

use crate::time::Moment;

/// An answer is not of the shape that the contract promises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unreadable answer: {0}")]
pub struct Unreadable(pub String);

/// What can be read out of an answer.
pub trait Read: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// [`Unreadable`] if the value is of another shape.
    fn read(value: &Value) -> Result<Self, Unreadable>;

    /// What a field that is not there counts as, if it may be missing.
    fn absent() -> Option<Self> {
        None
    }
}

/// Shapes with their fields. A field is taken from that of the same name; what stands after `=` is what it is if the
/// operation does not ask for it.
macro_rules! shapes {
    ($(
        $(#[$about:meta])*
        $vis:vis struct $Name:ident { $($(#[$what:meta])* pub $field:ident: $Type:ty $(= $default:expr)?),+ $(,)? }
    )+) => {$(
        $(#[$about])*
        $vis struct $Name { $($(#[$what])* pub $field: $Type),+ }

        impl $crate::api::json::Read for $Name {
            fn read(value: &serde_json::Value) -> Result<Self, $crate::api::json::Unreadable> {
                Ok(Self {
                    $($field: $crate::api::json::field(value, stringify!($field), shapes!(@ $($default)?))?),+
                })
            }
        }
    )+};
    (@) => { None };
    (@ $default:expr) => { Some($default) };
}
pub(crate) use shapes;

/// The field called `name` of an object; `default` if it is not there.
///
/// # Errors
/// [`Unreadable`], with the name, if it is missing or of another shape.
pub fn field<T: Read>(of: &Value, name: &str, default: Option<T>) -> Result<T, Unreadable> {
    match find(of, name)? {
        Some(value) => T::read(value).map_err(|error| within(name, error)),
        None => default.or_else(T::absent).ok_or_else(|| missing(name)),
    }
}

fn find<'a>(of: &'a Value, name: &str) -> Result<Option<&'a Value>, Unreadable> {
    of.as_object().map(|fields| fields.get(&camel(name))).ok_or_else(|| wrong("an object", of))
}

/// `expires_at` in the API's spelling; `__typename` is spelled so everywhere.
fn camel(name: &str) -> String {
    if name.starts_with('_') {
        return name.to_owned();
    }
    let mut words = name.split('_');
    let mut spelled = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        spelled.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        spelled.push_str(letters.as_str());
    }
    spelled
}

#[cold]
fn within(name: &str, error: Unreadable) -> Unreadable {
    Unreadable(format!("{name}: {}", error.0))
}

#[cold]
fn missing(name: &str) -> Unreadable {
    Unreadable(format!("{name} is missing"))
}

/// It should have been something else.
#[cold]
pub fn wrong(wanted: &str, value: &Value) -> Unreadable {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Unreadable(format!("{wanted} is wanted, not {found}"))
}

/// A text.
///
/// # Errors
/// [`Unreadable`] if it is something else.
pub fn text(value: &Value) -> Result<&str, Unreadable> {
    value.as_str().ok_or_else(|| wrong("a text", value))
}

impl Read for String {
    fn read(value: &Value) -> Result<Self, Unreadable> {
        text(value).map(str::to_owned)
    }
}

impl Read for bool {
    fn read(value: &Value) -> Result<Self, Unreadable> {
        value.as_bool().ok_or_else(|| wrong("a truth value", value))
    }
}

impl Read for i64 {
    fn read(value: &Value) -> Result<Self, Unreadable> {
        value.as_i64().ok_or_else(|| wrong("a whole number", value))
    }
}

impl Read for f64 {
    fn read(value: &Value) -> Result<Self, Unreadable> {
        value.as_f64().ok_or_else(|| wrong("a number", value))
    }
}

impl Read for Moment {
    fn read(value: &Value) -> Result<Self, Unreadable> {
        let text = text(value)?;
        Self::parse(text).ok_or_else(|| Unreadable(format!("not an RFC 3339 time: {text}")))
    }
}

impl<T: Read> Read for Option<T> {
    fn read(value: &Value) -> Result<Self, Unreadable> {
        if value.is_null() { Ok(None) } else { T::read(value).map(Some) }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &Value) -> Result<Self, Unreadable> {
        value.as_array().ok_or_else(|| wrong("a list", value))?.iter().map(T::read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    shapes! {
        #[derive(Debug, PartialEq)]
        struct Row {
            pub pinned_sha256: String,
            pub last_seen_at: Option<Moment>,
            pub decisions: Vec<i64> = Vec::new(),
        }
    }

    #[test]
    fn fields_are_found_by_their_names_in_the_api() {
        let row = Row::read(&json!({"pinnedSha256": "ab", "lastSeenAt": "1970-01-01T00:00:01Z", "more": 1}));
        let expected =
            Row { pinned_sha256: "ab".into(), last_seen_at: Some(Moment(1000)), decisions: vec![] };
        assert_eq!(row, Ok(expected));
    }

    #[test]
    fn what_is_missing_or_wrong_is_told_with_its_name() {
        let told = |value: Value| Row::read(&value).map_err(|error| error.0);
        assert_eq!(told(json!({})), Err("pinned_sha256 is missing".into()));
        let wrong = told(json!({"pinnedSha256": "ab", "decisions": [1, "x"]}));
        assert_eq!(wrong, Err("decisions: a whole number is wanted, not a text".into()));
        assert_eq!(told(json!(null)), Err("an object is wanted, not null".into()));
    }
}

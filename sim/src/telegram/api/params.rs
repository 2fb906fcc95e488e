//! Parameters of a call. Telegram takes them from the query string, from a JSON, urlencoded or multipart body, and
//! cares little about their types: numbers may be strings and objects may be JSON in a string.

use std::borrow::Cow;
use std::collections::HashMap;

use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Map, Value};

use super::ApiError;

/// An uploaded file.
#[derive(Clone, Debug)]
pub(in crate::telegram) struct Upload {
    pub(in crate::telegram) content_type: String,
    pub(in crate::telegram) bytes: Bytes,
}

/// The parameters.
#[derive(Clone, Debug, Default)]
pub(in crate::telegram) struct Params {
    fields: Map<String, Value>,
    uploads: HashMap<String, Upload>,
}

impl Params {
    pub(in crate::telegram) async fn read(parts: &Parts, body: Bytes) -> Result<Self, ApiError> {
        let mut params = Self::default();
        if let Some(query) = parts.uri.query() {
            params.take_form(query.as_bytes());
        }
        let content_type =
            parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            _ if body.is_empty() => {}
            "application/json" => params.take_json(&body)?,
            "multipart/form-data" => params.take_multipart(content_type, body).await?,
            _ => params.take_form(&body),
        }
        Ok(params)
    }

    /// The parameters of a method that a webhook gave as its answer.
    pub(in crate::telegram) fn from_object(fields: Map<String, Value>) -> Self {
        Self { fields, uploads: HashMap::new() }
    }

    fn take_form(&mut self, form: &[u8]) {
        for (name, value) in form_urlencoded::parse(form) {
            self.fields.insert(name.into_owned(), Value::String(value.into_owned()));
        }
    }

    fn take_json(&mut self, body: &[u8]) -> Result<(), ApiError> {
        let fields: Map<String, Value> = serde_json::from_slice(body)
            .map_err(|_| ApiError::bad_request("can't parse request JSON object"))?;
        self.fields.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
        Ok(())
    }

    async fn take_multipart(&mut self, content_type: &str, body: Bytes) -> Result<(), ApiError> {
        let bad = |_| ApiError::bad_request("can't parse multipart request");
        let boundary = multer::parse_boundary(content_type).map_err(bad)?;
        let whole = stream::once(async move { Ok::<_, std::convert::Infallible>(body) });
        let mut multipart = multer::Multipart::new(whole, boundary);
        while let Some(field) = multipart.next_field().await.map_err(bad)? {
            let Some(name) = field.name().map(str::to_owned) else { continue };
            if field.file_name().is_some() {
                let content_type = field.content_type().map_or_else(
                    || "application/octet-stream".to_owned(),
                    |mime| mime.essence_str().to_owned(),
                );
                let bytes = field.bytes().await.map_err(bad)?;
                self.uploads.insert(name, Upload { content_type, bytes });
            } else {
                let text = field.text().await.map_err(bad)?;
                self.fields.insert(name, Value::String(text));
            }
        }
        Ok(())
    }

    /// A parameter as text; empty if it is missing.
    pub(in crate::telegram) fn text(&self, name: &str) -> Cow<'_, str> {
        match self.fields.get(name) {
            None => Cow::Borrowed(""),
            Some(Value::String(text)) => Cow::Borrowed(text),
            Some(other) => Cow::Owned(other.to_string()),
        }
    }

    /// A whole number; missing or unreadable is `None`.
    pub(in crate::telegram) fn integer(&self, name: &str) -> Option<i64> {
        self.text(name).trim().parse().ok()
    }

    pub(in crate::telegram) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name).trim().to_ascii_lowercase().as_str(), "true" | "yes" | "1")
    }

    /// A parameter that is an object or array, or JSON in a string. `None` if missing, `Some(Err)` if unreadable.
    pub(in crate::telegram) fn json(&self, name: &str) -> Option<Result<Value, serde_json::Error>> {
        match self.fields.get(name)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(serde_json::from_str(text)),
            other => Some(Ok(other.clone())),
        }
    }

    /// The file of a parameter: uploaded under its name, or under another one by `attach://name`.
    pub(in crate::telegram) fn upload(&self, name: &str) -> Option<&Upload> {
        let text = self.text(name);
        let attached = text.strip_prefix("attach://").unwrap_or(name);
        self.uploads.get(attached)
    }

    /// The parameters for the journal: uploads by size, secrets left out.
    pub(in crate::telegram) fn for_journal(&self, secret: &str) -> Value {
        let mut fields = self.fields.clone();
        for (name, value) in &mut fields {
            match value {
                value if name == "secret_token" => *value = "<redacted>".into(),
                Value::String(text) if text.contains(secret) => *text = text.replace(secret, "<token>"),
                _ => {}
            }
        }
        for (name, upload) in &self.uploads {
            fields.insert(name.clone(), format!("<{} bytes>", upload.bytes.len()).into());
        }
        Value::Object(fields)
    }
}

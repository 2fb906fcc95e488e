//! Errors as the Bot API words them.

use serde_json::{Value, json};

/// A refusal: what stands in `error_code`, `description` and `parameters`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} {description}")]
pub(in crate::telegram) struct ApiError {
    /// The HTTP status and `error_code`.
    pub(in crate::telegram) code: u16,
    /// With the prefix, such as `Bad Request: `.
    pub(in crate::telegram) description: String,
    /// Seconds to wait, for 429.
    pub(in crate::telegram) retry_after: Option<u32>,
}

impl ApiError {
    pub(in crate::telegram) fn new(code: u16, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), retry_after: None }
    }

    pub(in crate::telegram) fn bad_request(reason: impl AsRef<str>) -> Self {
        Self::new(400, format!("Bad Request: {}", reason.as_ref()))
    }

    pub(in crate::telegram) fn forbidden(reason: &str) -> Self {
        Self::new(403, format!("Forbidden: {reason}"))
    }

    pub(in crate::telegram) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized")
    }

    pub(in crate::telegram) fn conflict(reason: &str) -> Self {
        Self::new(409, format!("Conflict: {reason}"))
    }

    pub(in crate::telegram) fn other_get_updates() -> Self {
        Self::conflict(
            "terminated by other getUpdates request; make sure that only one bot instance is running",
        )
    }

    pub(in crate::telegram) fn too_many_requests(retry_after: u32) -> Self {
        Self {
            code: 429,
            description: format!("Too Many Requests: retry after {retry_after}"),
            retry_after: Some(retry_after),
        }
    }

    pub(in crate::telegram) fn to_json(&self) -> Value {
        let mut body = json!({ "ok": false, "error_code": self.code, "description": self.description });
        if let Some(seconds) = self.retry_after {
            body["parameters"] = json!({ "retry_after": seconds });
        }
        body
    }
}

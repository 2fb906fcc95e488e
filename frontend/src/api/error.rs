//! What can go wrong between the console and the server, as a type.

use super::json::{Unreadable, shapes};
use crate::i18n::Key;
use crate::{key, t};

/// A failed operation. `extensions.code` of the answer decides; the words come from the console's texts, but what a
/// router or the server itself said is shown exactly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// Nobody is signed in, or no longer.
    #[error("not signed in: {0}")]
    Unauthenticated(String),
    /// The role does not allow it.
    #[error("not allowed")]
    Forbidden,
    /// Somebody removed it.
    #[error("not found")]
    NotFound,
    /// Somebody else changed it in the meantime, or it is not in a state for this.
    #[error("conflict: {0}")]
    Conflict(String),
    /// A value is wrong; `field` names it as the API does.
    #[error("{field:?}: {message}")]
    Validation {
        /// The input field in the API's spelling (`sessionSeconds`).
        field: Option<String>,
        /// What is wrong and what would be right.
        message: String,
    },
    /// Too many tries.
    #[error("rate limited: {0}")]
    RateLimited(String),
    /// The router did not answer.
    #[error("router unreachable: {0}")]
    RouterUnreachable(String),
    /// The router answered no; its own words.
    #[error("router refused: {0}")]
    RouterRefused(String),
    /// The server could not be reached.
    #[error("network: {0}")]
    Network(String),
    /// The server failed, or answered what cannot be read.
    #[error("internal: {0}")]
    Internal(String),
}

impl ApiError {
    /// One sentence for the viewer.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Unauthenticated(_) => t!("error-unauthenticated"),
            Self::Forbidden => t!("error-forbidden"),
            Self::NotFound => t!("error-not-found"),
            Self::Conflict(message) | Self::RateLimited(message) | Self::Validation { message, .. } => {
                message.clone()
            }
            Self::RouterUnreachable(message) => t!("error-router-unreachable", message = message),
            Self::RouterRefused(message) => t!("error-router-refused", message = message),
            Self::Network(_) => t!("error-network"),
            Self::Internal(_) => t!("error-internal"),
        }
    }

    /// A few words as a heading.
    #[must_use]
    pub fn heading(&self) -> Key {
        match self {
            Self::Network(_) => key!("error-heading-offline"),
            Self::Forbidden => key!("error-heading-forbidden"),
            Self::NotFound => key!("error-heading-gone"),
            Self::RouterUnreachable(_) | Self::RouterRefused(_) => key!("error-heading-router"),
            _ => key!("error-heading"),
        }
    }

    /// What of a form is wrong, if it is one field.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Validation { field, .. } => field.as_deref(),
            _ => None,
        }
    }
}

shapes! {
    /// An error as GraphQL answers it.
    #[derive(Clone, Debug)]
    pub struct WireError {
        /// For people.
        pub message: String,
        /// For programs.
        pub extensions: Option<WireExtensions>,
    }

    /// What more an error says.
    #[derive(Clone, Debug, Default)]
    pub struct WireExtensions {
        /// What kind it is.
        pub code: Option<String>,
        /// Which input is wrong.
        pub field: Option<String>,
        /// The router's own words.
        pub router_message: Option<String>,
    }
}

impl From<Unreadable> for ApiError {
    fn from(error: Unreadable) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<WireError> for ApiError {
    fn from(error: WireError) -> Self {
        let message = error.message;
        let WireExtensions { code, field, router_message } = error.extensions.unwrap_or_default();
        match code.as_deref() {
            Some("UNAUTHENTICATED") => Self::Unauthenticated(message),
            Some("FORBIDDEN") => Self::Forbidden,
            Some("NOT_FOUND") => Self::NotFound,
            Some("CONFLICT") => Self::Conflict(message),
            Some("VALIDATION") => Self::Validation { field, message },
            Some("RATE_LIMITED") => Self::RateLimited(message),
            Some("ROUTER_UNREACHABLE") => Self::RouterUnreachable(message),
            Some("ROUTER_REFUSED") => Self::RouterRefused(router_message.unwrap_or(message)),
            _ => Self::Internal(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::Read;

    fn read(json: &str) -> ApiError {
        let value = serde_json::from_str(json).expect("JSON");
        WireError::read(&value).expect("an error of GraphQL").into()
    }

    #[test]
    fn the_code_decides() {
        assert_eq!(
            read(r#"{"message":"at least 1","extensions":{"code":"VALIDATION","field":"port"}}"#),
            ApiError::Validation { field: Some("port".into()), message: "at least 1".into() }
        );
        assert_eq!(
            read(
                r#"{"message":"x","path":["a"],"extensions":{"code":"ROUTER_REFUSED","routerMessage":"no such item"}}"#
            ),
            ApiError::RouterRefused("no such item".into())
        );
        assert_eq!(read(r#"{"message":"x","extensions":{"code":"FORBIDDEN"}}"#), ApiError::Forbidden);
    }

    #[test]
    fn an_unknown_or_missing_code_is_the_servers_failure() {
        assert_eq!(read(r#"{"message":"x"}"#), ApiError::Internal("x".into()));
        assert_eq!(read(r#"{"message":"x","extensions":{"code":"NEW"}}"#), ApiError::Internal("x".into()));
    }
}

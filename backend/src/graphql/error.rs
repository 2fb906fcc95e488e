//! Errors as the contract has them: `extensions.code`, and `field` or `routerMessage` where there is one.

use crate::{ops::OpError, store::StoreError};
use async_graphql::{ErrorExtensionValues, ServerError};
use sallyport_shared::session::Refusal;

/// Gives an error its code. What resolvers did not make themselves is the library's word that the request makes
/// no sense.
pub(super) fn finish(mut error: ServerError) -> ServerError {
    let mut extensions = error.extensions.clone().unwrap_or_default();
    match error.source::<OpError>() {
        Some(cause) => error.message = describe(cause, &mut extensions),
        None if extensions.get("code").is_none() => extensions.set("code", "VALIDATION"),
        None => {}
    }
    error.extensions = Some(extensions);
    // It may hold what is for the log alone.
    error.source = None;
    error
}

/// The error of somebody who is not signed in.
pub(super) fn unauthenticated() -> ServerError {
    let mut error = ServerError::new("Sign in", None);
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", "UNAUTHENTICATED");
    error.extensions = Some(extensions);
    error
}

/// The error of an op, outside of any resolver.
pub(super) fn of(cause: &OpError) -> ServerError {
    let mut extensions = ErrorExtensionValues::default();
    let mut error = ServerError::new(describe(cause, &mut extensions), None);
    error.extensions = Some(extensions);
    error
}

/// Sets the extensions; gives the words.
fn describe(error: &OpError, extensions: &mut ErrorExtensionValues) -> String {
    if let OpError::Shared(shared) = error {
        return describe(shared, extensions);
    }
    let code = match error {
        OpError::Unauthenticated(_) => "UNAUTHENTICATED",
        OpError::Forbidden(_) => "FORBIDDEN",
        OpError::NotFound(_) => "NOT_FOUND",
        OpError::Refused(Refusal::BadSpan) => {
            extensions.set("field", "seconds");
            "VALIDATION"
        }
        OpError::Store(StoreError::BadCursor) => {
            extensions.set("field", "after");
            "VALIDATION"
        }
        OpError::Refused(_) | OpError::Conflict(_) | OpError::Store(StoreError::Conflict { .. }) => {
            "CONFLICT"
        }
        OpError::Invalid { field, .. } => {
            extensions.set("field", *field);
            "VALIDATION"
        }
        OpError::RateLimited(_) => "RATE_LIMITED",
        OpError::RouterUnreachable { .. } => "ROUTER_UNREACHABLE",
        OpError::RouterRefused { router_message, .. } => {
            extensions.set("routerMessage", router_message.as_str());
            "ROUTER_REFUSED"
        }
        OpError::Store(_) | OpError::Shared(_) | OpError::Internal(_) => "INTERNAL",
    };
    extensions.set("code", code);
    match error {
        OpError::Store(StoreError::Conflict { .. }) => {
            "Somebody else has just changed this; load it again".to_owned()
        }
        OpError::Store(StoreError::BadCursor) => error.to_string(),
        OpError::Store(_) | OpError::Internal(_) => {
            tracing::error!(%error, "a request failed");
            "Something failed on the server; its log says what".to_owned()
        }
        OpError::Refused(refusal) => sentence(&refusal.to_string()),
        OpError::NotFound(_) => sentence(&error.to_string()),
        _ => error.to_string(),
    }
}

/// With a capital letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

//! Secrets that several parts need: what each is sealed for is said here, once.

use super::{OpError, OpResult};
use crate::{app::App, store::records::RouterRecord};
use sallyport_shared::ids::RouterId;

/// What a router's API password is sealed for.
fn router_password_context(router: RouterId) -> String {
    format!("router:{router}:password")
}

/// Seals a router's API password.
///
/// # Errors
/// [`OpError::Internal`] if the vault fails.
pub fn seal_router_password(app: &App, router: RouterId, password: &str) -> OpResult<Vec<u8>> {
    app.vault
        .seal(password.as_bytes(), &router_password_context(router))
        .map_err(|error| OpError::Internal(error.to_string()))
}

/// The API password of a router, for talking to it and nothing else.
///
/// # Errors
/// [`OpError::Internal`] if it was sealed with another key.
pub fn router_password(app: &App, router: &RouterRecord) -> OpResult<String> {
    let opened = app
        .vault
        .open(&router.password_enc, &router_password_context(router.id))
        .map_err(|error| OpError::Internal(format!("the password of {}: {error}", router.name)))?;
    String::from_utf8(opened).map_err(|_| OpError::Internal("a router's password is not text".to_owned()))
}

//! The first start: there is no owner, and somebody becomes it.

use super::{Origin, SignedIn, new_admin, open, subject};
use crate::{
    app::App,
    clock::secret_word,
    ops::{
        OpError, OpResult, Who, admins, passwords,
        throttle::{Elsewhere, Throttle},
        unit::Unit,
    },
    store::records::{AdminRecord, Role},
};
use subtle::ConstantTimeEq;

/// Where the fingerprint of the set-up code is kept.
const SETUP_CODE: &str = "setup_code_hash";

/// As what attempts to set the system up are counted; no username is like it.
const SETUP: &str = "\u{0}setup";

/// Is there no owner yet, so that somebody has to set the system up?
///
/// # Errors
/// When the database fails.
pub async fn setup_needed(app: &App) -> OpResult<bool> {
    Ok(!app.store.read().await?.has_owner().await?)
}

/// At the start: makes the first owner, if the configuration names one and there is none; else gives a one-time
/// code by which somebody can become it.
///
/// # Errors
/// When the database fails.
pub async fn prepare_first_owner(app: &App) -> OpResult<Option<String>> {
    if !setup_needed(app).await? {
        return Ok(None);
    }
    if let Some(owner) = &app.config.first_owner {
        let name = admins::username(&owner.username)?;
        make_first_owner(app, &name, owner.password.expose(), None, &Who::System).await?;
        return Ok(None);
    }
    let code = secret_word();
    let mut unit = Unit::begin(app, &Who::System).await?;
    unit.tx.set_setting(SETUP_CODE, Some(&app.vault.fingerprint(&code))).await?;
    unit.commit().await?;
    Ok(Some(code))
}

/// Becomes the first owner by the one-time code, and signs in.
///
/// # Errors
/// [`OpError::Conflict`] if there is an owner, [`OpError::Invalid`] for a wrong code, name or password.
pub async fn complete_setup(
    app: &App,
    throttle: &Throttle,
    code: &str,
    username: &str,
    password: &str,
    origin: &Origin,
) -> OpResult<SignedIn> {
    // Nobody can guess the code, so that nobody has to be kept from it by the guesses of others.
    throttle.attempt(SETUP, origin.address, Elsewhere::Ignored, app.clock.now())?;
    let name = admins::username(username)?;
    passwords::check(password, "password")?;
    let who = Who::System;
    let admin = make_first_owner(app, &name, password, Some(code), &who).await?;
    throttle.succeeded(SETUP, origin.address);
    open(app, admin, origin, "sign-in.opened").await
}

/// Makes the first owner, unless there is one; a `code` must be the one that was given out.
async fn make_first_owner(
    app: &App,
    username: &str,
    password: &str,
    code: Option<&str>,
    who: &Who,
) -> OpResult<AdminRecord> {
    let hash = passwords::hash(password).await?;
    let mut unit = Unit::begin(app, who).await?;
    if unit.tx.has_owner().await? {
        return Err(OpError::Conflict("Sallyport is set up already; sign in".to_owned()));
    }
    if let Some(code) = code {
        let expected = unit.tx.setting(SETUP_CODE).await?.unwrap_or_default();
        let presented = app.vault.fingerprint(code.trim());
        if !bool::from(expected.as_bytes().ct_eq(presented.as_bytes())) {
            let text = "This is not the code of the latest start; it is in the server's log";
            return Err(OpError::invalid("code", text));
        }
    }
    let admin = new_admin(app, username, hash, Role::Owner, unit.now);
    unit.tx.insert_admin(&admin).await?;
    unit.tx.set_setting(SETUP_CODE, None).await?;
    unit.audit("admin.create", &subject(admin.id), Some(&format!("{username}, the first owner"))).await?;
    unit.commit().await?;
    Ok(admin)
}

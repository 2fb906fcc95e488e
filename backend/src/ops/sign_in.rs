//! Signing in to the console: a password (and a one-time code, if set up) gives a short access token and a long
//! refresh token, which is exchanged for a new one each time it is used.
//!
//! Of two copies of a refresh token one is stolen; the second use of an old one ends the whole sign-in.

mod token;

pub use token::Access;

use super::{OpError, OpResult, Who, authority::Viewer, passwords, throttle::Throttle, totp, unit::Unit};
use crate::{
    app::App,
    clock::secret_word,
    store::{
        StoreError,
        records::{AdminRecord, Role, Rotation, SignInRecord},
    },
};
use sallyport_shared::{
    ids::AdminId,
    language::Language,
    time::{Seconds, Timestamp},
};
use std::net::IpAddr;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// How long a sign-in lives without being used.
pub const REFRESH_LIFE: Seconds = Seconds(30 * 86_400);

/// For so long an exchanged refresh token may come again: two tabs at once, or an answer that was lost.
const LEEWAY: Seconds = Seconds(10);

/// Where the fingerprint of the set-up code is kept.
const SETUP_CODE: &str = "setup_code_hash";

/// From where somebody comes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origin {
    /// The network address, trusted proxies looked through.
    pub address: Option<IpAddr>,
    /// The browser, in its own words.
    pub user_agent: Option<String>,
}

/// A sign-in that succeeded.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// For the `Authorization` header.
    pub access: Access,
    /// For the cookie; none: the one that the browser has stays good.
    pub refresh_token: Option<String>,
    /// Which sign-in it is.
    pub sign_in: Uuid,
    /// Who.
    pub admin: AdminRecord,
}

/// Who calls, found by their access token.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What they may do.
    pub viewer: Viewer,
    /// Their record.
    pub admin: AdminRecord,
    /// From then on the token is worth nothing.
    pub expires_at: Timestamp,
}

/// Signs in with a password and, if it is set up, a one-time code.
///
/// # Errors
/// [`OpError::Unauthenticated`] without saying which part was wrong, except that a code is wanted;
/// [`OpError::RateLimited`] after too many failures.
pub async fn login(
    app: &App,
    throttle: &Throttle,
    username: &str,
    password: &str,
    code: Option<&str>,
    origin: &Origin,
) -> OpResult<SignedIn> {
    let now = app.clock.now();
    throttle.attempt(username, origin.address, now)?;
    let found = app.store.read().await?.admin_by_username(username.trim()).await?;
    let hash = found.as_ref().map(|admin| admin.password_hash.as_str());
    let fits = passwords::verify(password, hash).await?;
    let Some(admin) = found.filter(|admin| fits && admin.enabled) else {
        return Err(refused(app, username, origin).await?);
    };
    let admin = match second_factor(app, admin, code, now).await {
        Ok(admin) => admin,
        Err(error) => {
            if code.is_some() {
                refused(app, username, origin).await?;
            } else {
                // The password was right and no code was tried: a browser that asks what is wanted.
                throttle.succeeded(username, origin.address);
            }
            return Err(error);
        }
    };
    throttle.succeeded(username, origin.address);
    open(app, admin, origin, "sign-in.opened").await
}

/// Writes a failed attempt to the audit; gives what the one who tried is told.
async fn refused(app: &App, username: &str, origin: &Origin) -> OpResult<OpError> {
    let name: String = username.trim().chars().filter(|c| !c.is_control()).take(64).collect();
    let mut unit = Unit::begin(app, &Who::System).await?;
    let from = origin.address.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string());
    unit.audit("sign-in.refused", &format!("admin:{name}"), Some(&format!("From {from}"))).await?;
    unit.commit().await?;
    Ok(OpError::Unauthenticated("The username, the password or the code is not right".to_owned()))
}

/// Checks the one-time code, if one is wanted; a code works once.
async fn second_factor(
    app: &App,
    mut admin: AdminRecord,
    code: Option<&str>,
    now: Timestamp,
) -> OpResult<AdminRecord> {
    if !admin.totp_enabled {
        return Ok(admin);
    }
    let Some(code) = code.map(str::trim).filter(|code| !code.is_empty()) else {
        return Err(OpError::invalid("totp", "The code from the authenticator app is needed as well"));
    };
    if totp::accept(app, &mut admin, code, now)? {
        let mut unit = Unit::begin(app, &Who::System).await?;
        admin.version = unit.tx.save_admin(&admin).await?;
        unit.commit().await?;
        Ok(admin)
    } else {
        Err(OpError::Unauthenticated("The username, the password or the code is not right".to_owned()))
    }
}

/// Opens a sign-in for `admin`.
async fn open(app: &App, mut admin: AdminRecord, origin: &Origin, action: &str) -> OpResult<SignedIn> {
    let now = app.clock.now();
    let refresh_token = new_refresh_token();
    let sign_in = SignInRecord {
        id: app.clock.new_id(),
        admin: admin.id,
        token_hash: app.vault.fingerprint(&refresh_token),
        previous_hash: None,
        created_at: now,
        last_used_at: now,
        expires_at: now.plus(REFRESH_LIFE),
        revoked_at: None,
        address: origin.address.map(|address| address.to_string()),
        user_agent: origin.user_agent.as_deref().map(|text| text.chars().take(300).collect()),
    };
    let who = named(&admin, origin);
    let mut unit = Unit::begin(app, &who).await?;
    admin.last_login_at = Some(now);
    admin.version = unit.tx.save_admin(&admin).await?;
    unit.tx.insert_sign_in(&sign_in).await?;
    unit.audit(action, &subject(admin.id), sign_in.user_agent.as_deref()).await?;
    unit.commit().await?;
    let access = token::issue(&app.vault, admin.id, sign_in.id, now)?;
    Ok(SignedIn { access, refresh_token: Some(refresh_token), sign_in: sign_in.id, admin })
}

/// Exchanges a refresh token for a new one and an access token.
///
/// # Errors
/// [`OpError::Unauthenticated`] if it is not good (any more).
pub async fn refresh(app: &App, presented: &str, origin: &Origin) -> OpResult<SignedIn> {
    match refresh_once(app, presented, origin).await {
        // Another tab exchanged the same token at the same moment: look again.
        Err(OpError::Store(StoreError::Conflict { .. })) => refresh_once(app, presented, origin).await,
        done => done,
    }
}

async fn refresh_once(app: &App, presented: &str, origin: &Origin) -> OpResult<SignedIn> {
    let now = app.clock.now();
    let new = new_refresh_token();
    let (old_hash, new_hash) = (app.vault.fingerprint(presented), app.vault.fingerprint(&new));
    let mut unit = Unit::begin(app, &Who::System).await?;
    let rotation = unit.tx.rotate_sign_in(&old_hash, &new_hash, now, now.plus(REFRESH_LIFE), LEEWAY).await?;
    let (sign_in, refresh_token) = match rotation {
        Rotation::Rotated(sign_in) => (sign_in, Some(new)),
        Rotation::Recent(sign_in) => (sign_in, None),
        Rotation::Reused(sign_in) => {
            let from = origin.address.map_or_else(|| "an unknown address".to_owned(), |a| a.to_string());
            let detail = format!("An old refresh token was used again from {from}: the sign-in was ended");
            unit.audit("sign-in.reused", &subject(sign_in.admin), Some(&detail)).await?;
            unit.commit().await?;
            app.bus.sign_ins.notify_waiters();
            return Err(signed_out());
        }
        Rotation::Invalid => return Err(signed_out()),
    };
    let admin = unit.tx.admin(sign_in.admin).await?.filter(|admin| admin.enabled).ok_or_else(signed_out)?;
    unit.commit().await?;
    let access = token::issue(&app.vault, admin.id, sign_in.id, now)?;
    Ok(SignedIn { access, refresh_token, sign_in: sign_in.id, admin })
}

/// Ends the sign-in of a refresh token; one that is not good is ended already.
///
/// # Errors
/// When the database fails.
pub async fn logout(app: &App, presented: &str, origin: &Origin) -> OpResult<()> {
    let hash = app.vault.fingerprint(presented);
    let mut tx = app.store.read().await?;
    let Some(sign_in) = tx.sign_in_by_token(&hash).await? else { return Ok(()) };
    let Some(admin) = tx.admin(sign_in.admin).await? else { return Ok(()) };
    drop(tx);
    let who = named(&admin, origin);
    let mut unit = Unit::begin(app, &who).await?;
    if unit.tx.revoke_sign_in(sign_in.id, unit.now).await? {
        unit.audit("sign-in.closed", &subject(admin.id), None).await?;
    }
    unit.commit().await?;
    app.bus.sign_ins.notify_waiters();
    Ok(())
}

/// Finds out who calls.
///
/// # Errors
/// [`OpError::Unauthenticated`] if the token is not good, or what it stands for was ended.
pub async fn authenticate(app: &App, bearer: &str, address: Option<IpAddr>) -> OpResult<Caller> {
    let now = app.clock.now();
    let claims = token::read(&app.vault, bearer, now).ok_or_else(signed_out)?;
    let found = app.store.read().await?.sign_in_with_admin(claims.sign_in).await?;
    let (sign_in, admin) = found.ok_or_else(signed_out)?;
    if sign_in.revoked_at.is_some() || sign_in.expires_at <= now || sign_in.admin != claims.admin {
        return Err(signed_out());
    }
    let address = address.map(|address| address.to_string());
    let viewer = Viewer::of(&admin, Some(sign_in.id), address).map_err(|_| signed_out())?;
    Ok(Caller { viewer, admin, expires_at: claims.expires_at })
}

/// Does the sign-in of somebody who came in earlier still stand, with the same role?
///
/// # Errors
/// When the database fails.
pub async fn stands(app: &App, viewer: &Viewer) -> OpResult<bool> {
    let Some(id) = viewer.sign_in else { return Ok(false) };
    let found = app.store.read().await?.sign_in_with_admin(id).await?;
    Ok(found.is_some_and(|(sign_in, admin)| {
        sign_in.revoked_at.is_none()
            && sign_in.expires_at > app.clock.now()
            && admin.enabled
            && admin.role == viewer.role
    }))
}

/// The sign-ins of the caller that are still good.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App, viewer: &Viewer) -> OpResult<Vec<SignInRecord>> {
    Ok(app.store.read().await?.sign_ins_of(viewer.id, app.clock.now()).await?)
}

/// Ends one of the caller's own sign-ins.
///
/// # Errors
/// [`OpError::NotFound`] if it is not theirs.
pub async fn revoke(app: &App, viewer: &Viewer, id: Uuid) -> OpResult<()> {
    let mut unit = Unit::begin(app, viewer.who()).await?;
    let own = unit.tx.sign_in(id).await?.is_some_and(|sign_in| sign_in.admin == viewer.id);
    if !own {
        return Err(OpError::NotFound("sign-in"));
    }
    if unit.tx.revoke_sign_in(id, unit.now).await? {
        unit.audit("sign-in.revoked", &subject(viewer.id), None).await?;
    }
    unit.commit().await?;
    app.bus.sign_ins.notify_waiters();
    Ok(())
}

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
        let name = super::admins::username(&owner.username)?;
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
    throttle.attempt("\u{0}setup", origin.address, app.clock.now())?;
    let name = super::admins::username(username)?;
    passwords::check(password, "password")?;
    let who = Who::System;
    let admin = make_first_owner(app, &name, password, Some(code), &who).await?;
    throttle.succeeded("\u{0}setup", origin.address);
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

/// A new administrator.
pub(super) fn new_admin(
    app: &App,
    username: &str,
    password_hash: String,
    role: Role,
    now: Timestamp,
) -> AdminRecord {
    AdminRecord {
        id: AdminId(app.clock.new_id()),
        username: username.to_owned(),
        password_hash,
        role,
        language: Language::default(),
        telegram: None,
        enabled: true,
        totp_secret_enc: None,
        totp_enabled: false,
        totp_last_step: None,
        recovery_hashes: Vec::new(),
        link_code_hash: None,
        link_code_expires_at: None,
        preferences: serde_json::json!({}),
        last_login_at: None,
        created_at: now,
        version: 1,
    }
}

/// How the audit names an administrator as a subject.
pub(super) fn subject(id: AdminId) -> String {
    format!("admin:{id}")
}

fn named(admin: &AdminRecord, origin: &Origin) -> Who {
    Who::Admin {
        id: admin.id,
        name: admin.username.clone(),
        address: origin.address.map(|address| address.to_string()),
    }
}

/// 256 random bits.
fn new_refresh_token() -> String {
    secret_word() + &secret_word()
}

fn signed_out() -> OpError {
    OpError::Unauthenticated("Sign in".to_owned())
}

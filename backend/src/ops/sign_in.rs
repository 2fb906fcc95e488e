//! Signing in to the console: a password (and a one-time code, if set up) gives a short access token and a long
//! refresh token, which is exchanged for a new one each time it is used.
//!
//! Of two copies of a refresh token one is stolen; the second use of an old one ends the whole sign-in.

mod first_owner;
mod refresh;
mod token;

pub use first_owner::{complete_setup, prepare_first_owner, setup_needed};
pub use refresh::{logout, refresh};
pub use token::Access;

use super::{
    OpError, OpResult, Who,
    authority::Viewer,
    links, passwords,
    throttle::{Elsewhere, Throttle, network},
    totp,
    unit::Unit,
};
use crate::{
    app::App,
    store::records::{AdminRecord, Role, SignInRecord},
};
use refresh::RefreshToken;
use sallyport_shared::{
    ids::AdminId,
    language::Language,
    message::Warning,
    time::{Seconds, Timestamp},
};
use std::net::IpAddr;
use uuid::Uuid;

/// How long a sign-in lives without being used.
pub const REFRESH_LIFE: Seconds = Seconds(30 * 86_400);

/// How long a sign-in lives at most, however much it is used.
const LONGEST_LIFE: Seconds = Seconds(90 * 86_400);

/// An address from which somebody signed in so long ago says nothing any more.
const REMEMBERED: Seconds = Seconds(180 * 86_400);

/// After so many wrong codes in a row somebody is told: whoever tries them knows the password.
const WRONG_CODES: usize = 5;

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

/// What somebody signs in with.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    /// Their name.
    pub username: &'a str,
    /// Their password.
    pub password: &'a str,
    /// The code from the authenticator app, or a recovery code.
    pub code: Option<&'a str>,
    /// The refresh token that the browser still has: it was here before.
    pub refresh_token: Option<&'a str>,
}

/// Signs in with a password and, if it is set up, a one-time code.
///
/// # Errors
/// [`OpError::Unauthenticated`] without saying which part was wrong, except that a code is wanted;
/// [`OpError::RateLimited`] after too many failures.
pub async fn login(
    app: &App,
    throttle: &Throttle,
    credentials: Credentials<'_>,
    origin: &Origin,
) -> OpResult<SignedIn> {
    let now = app.clock.now();
    let Credentials { username, password, code, refresh_token } = credentials;
    let found = app.store.read().await?.admin_by_username(username.trim()).await?;
    let elsewhere = match &found {
        Some(admin) if was_here(app, admin, origin, refresh_token, now).await? => Elsewhere::Ignored,
        _ => Elsewhere::Slows,
    };
    throttle.attempt(username, origin.address, elsewhere, now)?;
    let hash = found.as_ref().map(|admin| admin.password_hash.as_str());
    let fits = passwords::verify(password, hash).await?;
    let Some(admin) = found.filter(|admin| fits && admin.enabled) else {
        return Err(refused(app, username, origin).await?);
    };
    let code = code.map(str::trim).filter(|code| !code.is_empty());
    let admin = match code {
        _ if !admin.totp_enabled => admin,
        Some(code) => second_factor(app, throttle, admin, code, origin).await?,
        None => {
            // The password was right and no code was tried: a browser that asks what is wanted.
            throttle.take_back(username, origin.address);
            return Err(OpError::invalid("totp", "The code from the authenticator app is needed as well"));
        }
    };
    throttle.succeeded(username, origin.address);
    open(app, admin, origin, "sign-in.opened").await
}

/// Has the administrator signed in from this network, or with this browser, before?
async fn was_here(
    app: &App,
    admin: &AdminRecord,
    origin: &Origin,
    refresh_token: Option<&str>,
    now: Timestamp,
) -> OpResult<bool> {
    let mut tx = app.store.read().await?;
    if let Some(token) = refresh_token.map(|text| RefreshToken::read(app, text))
        && let Some(family) = tx.sign_in_presented(token.presented()).await?
        && family.admin == admin.id
        && family.revoked_at.is_none()
        && token.belongs_to(&family)
    {
        return Ok(true);
    }
    let Some(here) = origin.address.map(network) else { return Ok(false) };
    let known = tx.sign_in_addresses(admin.id, now.minus(REMEMBERED)).await?;
    Ok(known.iter().filter_map(|address| address.parse().ok()).any(|address| network(address) == here))
}

/// Writes a failed attempt to the audit; gives what the one who tried is told.
async fn refused(app: &App, username: &str, origin: &Origin) -> OpResult<OpError> {
    let name: String = username.trim().chars().filter(|c| !c.is_control()).take(64).collect();
    let mut unit = Unit::begin(app, &Who::System).await?;
    unit.audit("sign-in.refused", &format!("admin:{name}"), Some(&format!("From {}", from(origin)))).await?;
    unit.commit().await?;
    Ok(OpError::Unauthenticated("The username, the password or the code is not right".to_owned()))
}

/// Checks the one-time code; a code works once. Wrong ones are counted apart from wrong passwords.
async fn second_factor(
    app: &App,
    throttle: &Throttle,
    mut admin: AdminRecord,
    code: &str,
    origin: &Origin,
) -> OpResult<AdminRecord> {
    let now = app.clock.now();
    let tried = throttle.second_factor(&admin.username, now)?;
    if totp::accept(app, &mut admin, code, now)? {
        let mut unit = Unit::begin(app, &Who::System).await?;
        admin.version = unit.tx.save_admin(&admin).await?;
        unit.commit().await?;
        return Ok(admin);
    }
    if tried == WRONG_CODES {
        let who = Who::System;
        let mut unit = Unit::begin(app, &who).await?;
        let detail = format!("{tried} wrong codes after the right password, the last from {}", from(origin));
        unit.audit("sign-in.codes-guessed", &subject(admin.id), Some(&detail)).await?;
        links::warn(&mut unit, &admin, Warning::CodesGuessed).await?;
        unit.commit().await?;
    }
    Err(refused(app, &admin.username, origin).await?)
}

/// Opens a sign-in for `admin`.
async fn open(app: &App, mut admin: AdminRecord, origin: &Origin, action: &str) -> OpResult<SignedIn> {
    let now = app.clock.now();
    let id = app.clock.new_id();
    let refresh_token = RefreshToken::new(app, id);
    let sign_in = SignInRecord {
        id,
        admin: admin.id,
        token_hash: refresh_token.hash.clone(),
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
    Ok(SignedIn { access, refresh_token: Some(refresh_token.text), sign_in: sign_in.id, admin })
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

/// From where, in words.
fn from(origin: &Origin) -> String {
    origin.address.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string())
}

fn signed_out() -> OpError {
    OpError::Unauthenticated("Sign in".to_owned())
}

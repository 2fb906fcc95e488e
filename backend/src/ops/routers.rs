//! Routers: made and changed by managers. Passwords are sealed and never leave again, and a stored one is never
//! tried on another host than the one it was given for.

use super::{
    OpError, OpResult, authority::Manager, devices, drifts, router_accounts, secrets, sessions::Target,
    unit::Unit, wishes::would,
};
use crate::{
    app::App,
    bus::Change,
    clock::secret_word,
    config::Secret,
    driver::TestReport,
    store::records::{AlertKind, AlertMatch, NewAlert, RouterMode, RouterRecord, TlsMode},
};
use sallyport_shared::{
    ids::RouterId,
    person::AccountSource,
    session::{ConnectionState, Event},
    text::Title,
    time::Seconds,
};

/// What is set or changed of a router; an outer none leaves it as it is, an inner one takes it away.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are those of RouterRecord")]
pub struct RouterChange {
    pub name: Option<String>,
    pub host: Option<String>,
    pub port: Option<i64>,
    pub tls: Option<TlsMode>,
    pub pinned_sha256: Option<Option<String>>,
    pub ca_pem: Option<Option<String>>,
    pub username: Option<String>,
    pub password: Option<Secret>,
    pub md5_login: Option<bool>,
    pub mode: Option<RouterMode>,
    pub enabled: Option<bool>,
    pub poll_seconds: Option<i64>,
    pub sandbox_list: Option<String>,
    pub allow_list: Option<String>,
    pub ban_list: Option<String>,
    pub allow_seconds: Option<i64>,
    pub account_source: Option<Option<AccountSource>>,
}

/// Makes a router and begins to work it.
///
/// # Errors
/// [`OpError::Invalid`] names the field.
pub async fn create(app: &App, by: &Manager, change: RouterChange) -> OpResult<RouterRecord> {
    for (field, given) in [
        ("name", change.name.is_some()),
        ("host", change.host.is_some()),
        ("username", change.username.is_some()),
        ("password", change.password.is_some()),
    ] {
        if !given {
            return Err(OpError::invalid(field, "This is needed for a new router"));
        }
    }
    let mut router = blank(app)?;
    write_into(app, &mut router, change)?;
    let mut unit = Unit::begin(app, by.who()).await?;
    unique_name(&mut unit, &router).await?;
    unit.tx.insert_router(&router).await?;
    unit.audit("router.create", &subject(router.id), Some(&describe(&router))).await?;
    unit.tell(Change::Router { id: router.id });
    unit.commit().await?;
    app.bus.fleet.notify_one();
    reread(app, router.id).await
}

/// Changes a router.
///
/// # Errors
/// [`OpError::Invalid`] names the field; `password` if the host was changed without giving it again.
pub async fn update(app: &App, by: &Manager, id: RouterId, change: RouterChange) -> OpResult<RouterRecord> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let before = find(&mut unit, id).await?;
    let mut router = before.clone();
    let gives_password = change.password.is_some();
    write_into(app, &mut router, change)?;
    if !gives_password && goes_elsewhere(&before, &router) {
        return Err(password_again());
    }
    if router == before {
        return Ok(router);
    }
    unique_name(&mut unit, &router).await?;
    if before.enabled && !router.enabled {
        nobody_inside(&mut unit, &router).await?;
    }
    unit.tx.save_router(&router).await?;
    if before.enabled && !router.enabled {
        // As said by the alert: after the router is saved, so that none is raised in between.
        unit.settle(|alert| devices::is_twice(alert, id)).await?;
    }
    let mut detail = format!("{} → {}", describe(&before), describe(&router));
    if gives_password {
        detail.push_str("; a new password");
    }
    unit.audit("router.update", &subject(id), Some(&detail)).await?;
    match (before.mode, router.mode) {
        (RouterMode::Enforce, RouterMode::Observe) => only_watch(&mut unit, id).await?,
        (RouterMode::Observe, RouterMode::Enforce) => enforce(&mut unit, id).await?,
        _ => {}
    }
    unit.tell(Change::Router { id });
    unit.commit().await?;
    app.bus.fleet.notify_one();
    reread(app, id).await
}

/// A router that is switched off is not closed any more. While it can be reached, whoever is inside has to be put out
/// first; on one that cannot, the entries lapse by themselves.
async fn nobody_inside(unit: &mut Unit<'_>, router: &RouterRecord) -> OpResult<()> {
    if unit.app.fleet.wire(router.id).is_none() {
        return Ok(());
    }
    let live = unit.tx.live_connections(router.id).await?;
    let inside = live.iter().filter(|connection| connection.state == ConnectionState::Confirmed).count();
    if inside == 0 {
        return Ok(());
    }
    Err(OpError::Conflict(format!(
        "{inside} tunnels are let through by {}, and nobody would close them once it is switched off; end those sessions \
         first",
        router.name
    )))
}

/// From now on nothing is written to the router: what was still to be done is only shown.
async fn only_watch(unit: &mut Unit<'_>, id: RouterId) -> OpResult<()> {
    for wish in unit.tx.observe_wishes(id).await? {
        unit.tx.insert_drift(id, unit.now, &would(&wish), false).await?;
    }
    unit.settle(|alert| drifts::is_drift_of(alert, id)).await
}

/// From now on the router is written to. What was decided while it was only watched is forgotten: nobody was asked, and
/// nothing was done. What should be follows from the sessions anew.
async fn enforce(unit: &mut Unit<'_>, id: RouterId) -> OpResult<()> {
    unit.tx.forget_observed(id).await?;
    unit.tx.set_enforced(id, unit.now).await?;
    let accounts = unit.tx.accounts_of_router(id).await?;
    let ids: Vec<_> = accounts.iter().map(|account| account.account.id).collect();
    for account in unit.tx.live_session_of_accounts(&ids).await?.into_keys() {
        unit.session(&Target::Account(account), &Event::Enforced).await?;
    }
    Ok(())
}

/// Deletes a router: its sessions end, its accounts are unlinked; the history stays.
///
/// # Errors
/// [`OpError::Conflict`] while sessions of it are live: nobody would put those out who are inside.
pub async fn delete(app: &App, by: &Manager, id: RouterId) -> OpResult<()> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let router = find(&mut unit, id).await?;
    let accounts = unit.tx.accounts_of_router(id).await?;
    let ids: Vec<_> = accounts.iter().map(|account| account.account.id).collect();
    let live = unit.tx.live_session_of_accounts(&ids).await?.len();
    if live > 0 && router.enabled {
        let text =
            format!("{live} sessions on {} are live; end them first, or switch the router off", router.name);
        return Err(OpError::Conflict(text));
    }
    for account in ids {
        unit.session(&Target::Account(account), &Event::AccountRemoved).await?;
        unit.tx.unlink_account(account, unit.now).await?;
    }
    unit.tx.delete_router(id, unit.now).await?;
    // What stood about it alone is nobody's concern any more.
    for kind in [AlertKind::RouterTrouble, AlertKind::BoxOpen, AlertKind::Drift] {
        let of_router = AlertMatch { kind: Some(kind), router: Some(id), ..AlertMatch::default() };
        unit.tx.resolve_alerts(of_router, unit.now).await?;
    }
    let alone =
        |alert: &NewAlert| devices::is_replaced(alert, id) || router_accounts::is_not_removed(alert, id);
    unit.settle(alone).await?;
    unit.alerts_changed();
    unit.audit("router.delete", &subject(id), Some(&describe(&router))).await?;
    unit.tell(Change::Router { id });
    unit.commit().await?;
    app.bus.fleet.notify_one();
    Ok(())
}

/// Tries a router's settings without keeping anything. Without a password the stored one of the router with this
/// name is tried, but only on the host, port and user that it was given for.
///
/// # Errors
/// [`OpError::Invalid`] names the field.
pub async fn test(app: &App, _by: &Manager, change: RouterChange) -> OpResult<TestReport> {
    let known = match &change.name {
        Some(name) => named(app, name).await?,
        None => None,
    };
    let given = change.password.clone();
    let mut router = match &known {
        Some(router) => router.clone(),
        None => blank(app)?,
    };
    if router.host.is_empty() && change.host.is_none() {
        return Err(OpError::invalid("host", "This is needed for a test"));
    }
    write_into(app, &mut router, RouterChange { password: None, ..change })?;
    let password = match (given, &known) {
        (Some(password), _) => password.expose().to_owned(),
        (None, Some(known)) if !goes_elsewhere(known, &router) => secrets::router_password(app, known)?,
        (None, _) => return Err(password_again()),
    };
    let report = app.fleet.test(app, &router, &password).await;
    match &report.device {
        Some(device) => match devices::known_as(app, device, &router.name).await? {
            Some(other) => Ok(entered_already(report, &other)),
            None => Ok(report),
        },
        None => Ok(report),
    }
}

/// Says of a router that answers well that it is one which is there already.
fn entered_already(report: TestReport, other: &str) -> TestReport {
    if !report.ok {
        return report;
    }
    let error = format!("This is the same device as {other}, which is entered already.");
    let remedy = format!(
        "Change the address of {other} if it is to be reached by this one. A second entry of the same device would not be \
         worked."
    );
    TestReport { ok: false, error: Some(error), remedy: Some(remedy), ..report }
}

/// The token by which the router's hooks show who they are.
///
/// # Errors
/// [`OpError::Internal`] if it was sealed with another key.
pub fn hook_token(app: &App, router: &RouterRecord) -> OpResult<String> {
    let broken = || OpError::Internal(format!("the hook token of {} cannot be opened", router.name));
    let token = app.vault.open(&router.hook_token_enc, &hook_context(router.id)).map_err(|_| broken())?;
    String::from_utf8(token).map_err(|_| broken())
}

/// Gives a router's hooks another token. The old one is refused from now on: hooks only hasten, so nothing is lost until
/// the router's scripts are set up again, and whoever got hold of it has nothing more from it.
///
/// # Errors
/// [`OpError::NotFound`]; [`OpError::Conflict`] if the router was changed at the same moment.
pub async fn rotate_hook_token(app: &App, by: &Manager, id: RouterId) -> OpResult<RouterRecord> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let mut router = find(&mut unit, id).await?;
    (router.hook_token_hash, router.hook_token_enc) = new_hook_token(app, id)?;
    unit.tx.save_router(&router).await?;
    let detail = format!("{}: the old one is refused from now on", router.name);
    unit.audit("router.hook-token", &subject(id), Some(&detail)).await?;
    unit.tell(Change::Router { id });
    unit.commit().await?;
    reread(app, id).await
}

/// A token by its fingerprint, and sealed.
fn new_hook_token(app: &App, id: RouterId) -> OpResult<(String, Vec<u8>)> {
    let token = secret_word();
    let sealed = app.vault.seal(token.as_bytes(), &hook_context(id));
    Ok((app.vault.fingerprint(&token), sealed.map_err(|error| OpError::Internal(error.to_string()))?))
}

/// A router that is not deleted.
async fn find(unit: &mut Unit<'_>, id: RouterId) -> OpResult<RouterRecord> {
    let router = unit.tx.router(id).await?;
    router.filter(|router| router.deleted_at.is_none()).ok_or(OpError::NotFound("router"))
}

async fn reread(app: &App, id: RouterId) -> OpResult<RouterRecord> {
    app.store.read().await?.router(id).await?.ok_or(OpError::NotFound("router"))
}

async fn named(app: &App, name: &str) -> OpResult<Option<RouterRecord>> {
    let routers = app.store.read().await?.routers().await?;
    Ok(routers.into_iter().find(|router| router.name == name.trim()))
}

fn subject(id: RouterId) -> String {
    format!("router:{id}")
}

fn hook_context(id: RouterId) -> String {
    format!("router:{id}:hook")
}

fn password_again() -> OpError {
    let text = "Give the password again: the stored one belongs to another address or user";
    OpError::invalid("password", text)
}

/// Would the stored password go to another place, or over a less protected way, than it was given for?
fn goes_elsewhere(before: &RouterRecord, after: &RouterRecord) -> bool {
    // A challenge keeps the password itself off a wire that anybody can read.
    let in_clear = |router: &RouterRecord| router.tls == TlsMode::Plain && !router.md5_login;
    let weaker =
        before.tls != after.tls && after.tls == TlsMode::Plain || !in_clear(before) && in_clear(after);
    (&before.host, before.port, &before.username) != (&after.host, after.port, &after.username) || weaker
}

/// A router as it is before anything was said of it.
fn blank(app: &App) -> OpResult<RouterRecord> {
    let id = RouterId(app.clock.new_id());
    let (hook_token_hash, hook_token_enc) = new_hook_token(app, id)?;
    Ok(RouterRecord {
        id,
        name: String::new(),
        host: String::new(),
        port: 8_729,
        tls: TlsMode::Pinned,
        pinned_sha256: None,
        ca_pem: None,
        username: String::new(),
        password_enc: Vec::new(),
        md5_login: false,
        mode: RouterMode::Enforce,
        enabled: true,
        poll_seconds: Seconds(5),
        sandbox_list: "2fa-sandboxed".to_owned(),
        allow_list: "2fa-allowed".to_owned(),
        ban_list: "2fa-banned".to_owned(),
        allow_seconds: Seconds(120),
        account_source: None,
        hook_token_hash,
        hook_token_enc,
        created_at: app.clock.now(),
        deleted_at: None,
        version: 0,
    })
}

async fn unique_name(unit: &mut Unit<'_>, router: &RouterRecord) -> OpResult<()> {
    let taken =
        unit.tx.routers().await?.iter().any(|other| other.id != router.id && other.name == router.name);
    if taken { Err(OpError::invalid("name", "There is a router of this name")) } else { Ok(()) }
}

/// Puts what is given into the record, checked.
fn write_into(app: &App, router: &mut RouterRecord, change: RouterChange) -> OpResult<()> {
    if let Some(name) = &change.name {
        router.name = Title::parse(name)
            .map_err(|error| OpError::invalid("name", format!("The name {error}")))?
            .to_string();
    }
    if let Some(host) = &change.host {
        router.host = parse_host(host)?;
    }
    if let Some(port) = change.port {
        let port = u16::try_from(port).ok().filter(|port| *port > 0);
        router.port =
            port.ok_or_else(|| OpError::invalid("port", "From 1 to 65535; the API has 8728 or 8729"))?;
    } else if let Some(tls) = change.tls {
        // The usual port of the other way, unless somebody chose one.
        router.port = match (tls, router.port) {
            (TlsMode::Plain, 8_729) => 8_728,
            (TlsMode::Pinned | TlsMode::Ca, 8_728) => 8_729,
            (_, port) => port,
        };
    }
    router.tls = change.tls.unwrap_or(router.tls);
    if let Some(pin) = change.pinned_sha256 {
        router.pinned_sha256 =
            pin.filter(|pin| !pin.trim().is_empty()).map(|pin| parse_pin(&pin)).transpose()?;
    }
    if let Some(pem) = change.ca_pem {
        router.ca_pem = pem.filter(|pem| !pem.trim().is_empty()).map(|pem| parse_pem(&pem)).transpose()?;
    }
    if let Some(username) = &change.username {
        router.username = line("username", username)?;
    }
    if let Some(password) = &change.password {
        router.password_enc = secrets::seal_router_password(app, router.id, password.expose())?;
    }
    router.md5_login = change.md5_login.unwrap_or(router.md5_login);
    router.mode = change.mode.unwrap_or(router.mode);
    router.enabled = change.enabled.unwrap_or(router.enabled);
    if let Some(source) = change.account_source {
        router.account_source = source;
    }
    seconds(&mut router.poll_seconds, "pollSeconds", change.poll_seconds, 1, 3_600)?;
    seconds(&mut router.allow_seconds, "allowSeconds", change.allow_seconds, 1, 86_400)?;
    write_lists(router, change.sandbox_list, change.allow_list, change.ban_list)
}

fn write_lists(
    router: &mut RouterRecord,
    sandbox: Option<String>,
    allow: Option<String>,
    ban: Option<String>,
) -> OpResult<()> {
    if let Some(name) = sandbox {
        router.sandbox_list = line("sandboxList", &name)?;
    }
    if let Some(name) = allow {
        router.allow_list = line("allowList", &name)?;
    }
    if let Some(name) = ban {
        router.ban_list = line("banList", &name)?;
    }
    let lists = [&router.sandbox_list, &router.allow_list, &router.ban_list];
    if lists[0] == lists[1] || lists[1] == lists[2] || lists[0] == lists[2] {
        return Err(OpError::invalid("allowList", "The three lists need three names"));
    }
    Ok(())
}

fn seconds(
    place: &mut Seconds,
    field: &'static str,
    value: Option<i64>,
    least: u32,
    most: u32,
) -> OpResult<()> {
    let Some(value) = value else { return Ok(()) };
    let value = u32::try_from(value).ok().filter(|value| (least..=most).contains(value));
    *place =
        Seconds(value.ok_or_else(|| OpError::invalid(field, format!("From {least} to {most} seconds")))?);
    Ok(())
}

fn parse_host(text: &str) -> OpResult<String> {
    let host = text.trim().trim_start_matches('[').trim_end_matches(']');
    let fits = !host.is_empty()
        && host.len() <= 253
        && (host.parse::<std::net::IpAddr>().is_ok()
            || host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_')));
    if fits {
        Ok(host.to_owned())
    } else {
        Err(OpError::invalid("host", "This is a name or an address, without a port"))
    }
}

/// A SHA-256 in hexadecimal, with or without colons between the bytes.
fn parse_pin(text: &str) -> OpResult<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    if digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        Ok(digits.to_lowercase())
    } else {
        Err(OpError::invalid("pinnedSha256", "A SHA-256 has 64 hexadecimal digits"))
    }
}

fn parse_pem(text: &str) -> OpResult<String> {
    if text.len() <= 65_536 && text.contains("-----BEGIN CERTIFICATE-----") {
        Ok(text.trim().to_owned())
    } else {
        Err(OpError::invalid(
            "caPem",
            "This is a certificate in PEM, which begins with -----BEGIN CERTIFICATE-----",
        ))
    }
}

fn line(field: &'static str, text: &str) -> OpResult<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > 64 || text.chars().any(char::is_control) {
        return Err(OpError::invalid(field, "From 1 to 64 bytes in one line"));
    }
    Ok(text.to_owned())
}

/// A router for the audit; no secrets.
fn describe(router: &RouterRecord) -> String {
    let off = if router.enabled { "" } else { ", switched off" };
    let md5 = if router.md5_login { ", MD5 login" } else { "" };
    format!(
        "{} ({}@{}:{}, {:?}, {:?}{md5}{off})",
        router.name, router.username, router.host, router.port, router.tls, router.mode
    )
}

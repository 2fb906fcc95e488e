//! The doctor's visits: a router is looked at, and an alert stands as long as its box does not hold.

use super::{OpError, OpResult, Who, audit, authority::Operator, settings, setup};
use crate::{
    app::App,
    bus::Change,
    driver::doctor,
    store::records::{AlertKind, AlertMatch, NewAlert, RouterRecord},
};
use sallyport_shared::{
    doctor::{Finding, Report, examine},
    ids::RouterId,
    reason::Reason,
    time::Timestamp,
};
use std::collections::HashSet;

/// A visit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Visit {
    /// Which router.
    pub router: RouterId,
    /// When.
    pub at: Timestamp,
    /// What was found.
    pub report: Report,
}

/// Looks at a router for somebody.
///
/// # Errors
/// [`OpError::NotFound`], `RouterUnreachable` or `RouterRefused`, in plain words.
pub async fn run(app: &App, _by: &Operator, id: RouterId) -> OpResult<Visit> {
    let router = app.store.read().await?.router(id).await?.ok_or(OpError::NotFound("router"))?;
    visit(app, &router).await
}

/// Looks at a router and raises or settles the alert about its box. Nothing is written to the router.
///
/// # Errors
/// As [`run`].
pub async fn visit(app: &App, router: &RouterRecord) -> OpResult<Visit> {
    let accounts = app.store.read().await?.accounts_of_router(router.id).await?;
    let linked: HashSet<String> = accounts.into_iter().map(|account| account.account.username).collect();
    let settings = settings::load(app).await?;
    let page = settings.public_url.as_deref().and_then(setup::page);
    let wire = doctor::connection(app, router).await?;
    let facts = doctor::facts(app, router, &wire, &linked, page.as_ref(), &settings.telegram_networks).await;
    let facts = facts.map_err(|error| crate::driver::wire::op_error(&error))?;
    let report = examine(&facts);
    let now = app.clock.now();
    note(app, router, &report, now).await?;
    Ok(Visit { router: router.id, at: now, report })
}

/// Raises, renews or settles the alert: one stands as long as the box does not hold, and says why.
async fn note(app: &App, router: &RouterRecord, report: &Report, now: Timestamp) -> OpResult<()> {
    let mut tx = app.store.begin().await?;
    let standing: Vec<Reason> = tx
        .open_alerts()
        .await?
        .into_iter()
        .filter(|alert| alert.alert.kind == AlertKind::BoxOpen && alert.alert.router == Some(router.id))
        .map(|alert| alert.alert.detail)
        .collect();
    let why = (!report.box_holds).then(|| worst(report));
    if standing.iter().eq(&why) {
        return Ok(());
    }
    let which =
        AlertMatch { kind: Some(AlertKind::BoxOpen), router: Some(router.id), ..AlertMatch::default() };
    tx.resolve_alerts(which, now).await?;
    if let Some(detail) = why.clone() {
        let alert =
            NewAlert { kind: AlertKind::BoxOpen, user: None, session: None, router: Some(router.id), detail };
        tx.raise_alert(&alert, now).await?;
    }
    let action = if report.box_holds { "router.box-holds" } else { "router.box-open" };
    let subject = format!("router:{}", router.id);
    let id = audit(&mut tx, now, &Who::System, action, &subject, why.map(|why| why.to_string()).as_deref())
        .await?;
    tx.commit().await?;
    app.bus.tell(Change::Audit { id });
    app.bus.tell(Change::Router { id: router.id });
    app.bus.alerts.notify_one();
    Ok(())
}

/// Why the box does not hold.
fn worst(report: &Report) -> Reason {
    let why = report.findings.iter().find(|finding| finding.opens);
    why.map_or_else(|| Reason::Words { text: String::new() }, Finding::reason)
}

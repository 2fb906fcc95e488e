//! The doctor's visits: a router is looked at, and an alert stands as long as its box does not hold.

use super::{OpError, OpResult, Who, audit, authority::Operator, drifts, settings, setup};
use crate::{
    app::App,
    bus::Change,
    driver::doctor,
    store::{
        Tx,
        records::{AccountRecord, AlertKind, AlertMatch, NewAlert, RouterRecord},
    },
};
use routeros_api::Connection;
use sallyport_shared::{
    doctor::{Facts, Finding, Report, examine},
    ids::{RouterId, UserId},
    policy::Policy,
    reason::Reason,
    router::BoundRule,
    time::Timestamp,
};

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
    let wire = doctor::connection(app, router).await?;
    visit_by(app, router, &wire).await
}

/// The same by a connection that is there.
pub(super) async fn visit_by(app: &App, router: &RouterRecord, wire: &Connection) -> OpResult<Visit> {
    let report = examine(&facts(app, router, wire, None).await?);
    let now = app.clock.now();
    note(app, router, &report, now).await?;
    let by_hand = report.findings.iter().filter(|finding| finding.by_hand).map(Finding::reason);
    drifts::of_doctor(app, router, by_hand.collect()).await?;
    Ok(Visit { router: router.id, at: now, report })
}

/// Everything that is to be judged, as if one more rule were bound.
async fn facts(
    app: &App,
    router: &RouterRecord,
    wire: &Connection,
    more: Option<(BoundRule, String)>,
) -> OpResult<Facts> {
    let mut tx = app.store.read().await?;
    let accounts = tx.accounts_of_router(router.id).await?;
    let page_for = page_for(&mut tx, &accounts).await?;
    drop(tx);
    let linked = accounts.iter().map(|account| account.account.username.clone()).collect();
    let bound = accounts.into_iter().filter_map(|account| Some((account.rule?, account.account.username)));
    let made = setup::made(app, router).await?;
    let ours = doctor::Ours { linked, bound: bound.chain(more).collect(), made, page_for };
    let settings = settings::load(app).await?;
    let page = settings.public_url.as_deref().and_then(setup::page);
    let facts = doctor::facts(app, router, wire, &ours, page.as_ref(), &settings.telegram_networks).await;
    facts.map_err(|error| crate::driver::wire::op_error(&error))
}

/// The policies of the accounts' owners under which people need the page of those who wait, by name.
async fn page_for(tx: &mut Tx, accounts: &[AccountRecord]) -> OpResult<Vec<String>> {
    let owners: Vec<UserId> = accounts.iter().map(|record| record.account.user).collect();
    let owners = tx.users_by_ids(&owners).await?;
    let policies = tx.policies().await?;
    let is_used = |policy: &Policy| {
        owners.values().any(|user| user.policy.map_or(policy.is_default, |own| own == policy.id))
    };
    let needing = policies.into_iter().map(|record| record.policy);
    Ok(needing.filter(|policy| policy.needs_page() && is_used(policy)).map(|policy| policy.name).collect())
}

/// What would come of it if a rule were bound to an account.
pub(super) struct Binding {
    /// Why a box that holds would hold no more; none: it would, or does not hold now.
    pub(super) opens: Option<Finding>,
    /// What the doctor would warn of besides.
    pub(super) warns: Vec<Finding>,
}

/// Examines a router as if one more rule were bound.
pub(super) async fn examine_binding(
    app: &App,
    router: &RouterRecord,
    rule: BoundRule,
    username: &str,
) -> OpResult<Binding> {
    let wire = doctor::connection(app, router).await?;
    let id = rule.rule_id.clone();
    let mut facts = facts(app, router, &wire, Some((rule, username.to_owned()))).await?;
    let bound = examine(&facts);
    for rule in facts.rules.filter.iter_mut().filter(|rule| rule.id == id) {
        rule.bound = None;
    }
    let unbound = examine(&facts);
    let opens = !bound.box_holds && unbound.box_holds;
    let is_new = |finding: &&Finding| finding.key == "bound-rule" && !unbound.findings.contains(finding);
    let warns = bound.findings.iter().filter(is_new).filter(|finding| !finding.opens).cloned().collect();
    Ok(Binding { opens: bound.findings.into_iter().find(|finding| opens && finding.opens), warns })
}

/// Has the doctor come soon: something of the router was changed from here.
pub(crate) fn ring(app: &App, router: RouterId) {
    app.fleet.wants_doctor(router);
    app.bus.doctor.notify_one();
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

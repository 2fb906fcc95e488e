//! What was found on a router that nobody asked for: written down where administrators see it, once, and an alert for as
//! long as it could not be mended.

use super::{OpResult, Who, alarms, audit};
use crate::{
    app::App,
    bus::Change,
    store::{
        Tx,
        records::{AlertKind, NewAlert, RouterMode, RouterRecord},
    },
};
use sallyport_shared::{ids::RouterId, reason::Reason, time::Timestamp};
use std::collections::HashSet;

/// So many of the last findings are remembered when a connection is new.
const REMEMBERED: i64 = 100;

/// Something was not as it should be, and was mended.
///
/// # Errors
/// When the database fails.
pub async fn mended(app: &App, router: &RouterRecord, what: &Reason) -> OpResult<()> {
    note(app, router, what, true, None).await
}

/// The drifts of one router that stand, as far as they were reported.
#[derive(Debug, Default)]
pub struct Unmended {
    reported: HashSet<Reason>,
    /// What was found since all tables were looked through last.
    found: HashSet<Reason>,
}

impl Unmended {
    /// Those that were reported last, so that a new connection does not report them again. What was found while the router
    /// was only watched is news again once it is not: nobody was alerted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(app: &App, router: &RouterRecord) -> OpResult<Self> {
        let since = match router.mode {
            RouterMode::Enforce => app.store.read().await?.enforced_since(router.id).await?,
            RouterMode::Observe => {
                settle(app, router.id).await?;
                None
            }
        };
        let (id, mut tx) = (router.id, app.store.read().await?);
        let recent = tx.recent_drifts(&[id], REMEMBERED).await?.remove(&id).unwrap_or_default();
        let unmended = recent.into_iter().filter(|drift| !drift.repaired && Some(drift.at) >= since);
        let alerts = tx.open_alerts().await?.into_iter().map(|open| open.alert);
        let ours = alerts.filter(|alert| is_drift_of(alert, id));
        let all = unmended.map(|drift| drift.what).chain(ours.map(|alert| alert.detail));
        Ok(Self { reported: all.filter(|what| !is_of_doctor(what)).collect(), found: HashSet::new() })
    }

    /// Something is not as it should be, and could not be mended. Reported once for as long as it stands; a router that
    /// is only watched raises no alert.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn found(&mut self, app: &App, router: &RouterRecord, what: &Reason) -> OpResult<()> {
        self.found.insert(what.clone());
        if !self.reported.insert(what.clone()) {
            return Ok(());
        }
        let alert = (router.mode != RouterMode::Observe).then(|| alert(router.id, what));
        note(app, router, what, false, alert).await
    }

    /// Every table was looked at since the last time: what was not found again is as it should be.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn looked_through(&mut self, app: &App, router: &RouterRecord) -> OpResult<()> {
        let found = std::mem::take(&mut self.found);
        let over: Vec<Reason> = self.reported.extract_if(|what| !found.contains(what)).collect();
        if over.is_empty() {
            return Ok(());
        }
        let mut tx = app.store.begin().await?;
        for what in &over {
            tx.resolve_drift(router.id, what, app.clock.now()).await?;
        }
        tx.commit().await?;
        app.bus.alerts.notify_one();
        app.bus.tell(Change::Router { id: router.id });
        Ok(())
    }
}

/// Is it an alert about something on this router that nobody asked for? What is found elsewhere, and that a device was entered
/// twice, is settled where it is looked at.
pub(super) fn is_drift_of(alert: &NewAlert, router: RouterId) -> bool {
    let elsewhere = matches!(alert.detail, Reason::TunnelElsewhere { .. } | Reason::EnteredTwice { .. });
    alert.kind == AlertKind::Drift && alert.router == Some(router) && !elsewhere
}

/// The router is only watched: what its worker, or the doctor, raised in the moment in which that was decided is no alert.
async fn settle(app: &App, router: RouterId) -> OpResult<()> {
    let mut tx = app.store.begin().await?;
    let settled = alarms::settle(&mut tx, app.clock.now(), |alert| is_drift_of(alert, router)).await?;
    tx.commit().await?;
    if settled {
        app.bus.alerts.notify_one();
        app.bus.tell(Change::Router { id: router });
    }
    Ok(())
}

/// Was it found by the doctor, who settles it as well?
fn is_of_doctor(what: &Reason) -> bool {
    matches!(what, Reason::BoxOpen { .. })
}

/// What the doctor found that somebody did by hand: reported once for as long as it stands. On a router that is only watched
/// nothing stands: its rules are nobody's business here.
///
/// # Errors
/// When the database fails.
pub(super) async fn of_doctor(app: &App, router: &RouterRecord, found: Vec<Reason>) -> OpResult<()> {
    let found = if router.mode == RouterMode::Observe { Vec::new() } else { found };
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let open = tx.open_alerts().await?.into_iter().map(|open| open.alert);
    let of_router = open.filter(|alert| is_drift_of(alert, router.id));
    let standing: Vec<Reason> = of_router.map(|alert| alert.detail).filter(is_of_doctor).collect();
    let new: Vec<&Reason> = found.iter().filter(|what| !standing.contains(what)).collect();
    let over: Vec<&Reason> = standing.iter().filter(|what| !found.contains(what)).collect();
    if new.is_empty() && over.is_empty() {
        return Ok(());
    }
    let mut told = Vec::new();
    for what in over {
        tx.resolve_drift(router.id, what, now).await?;
    }
    for what in new {
        // Two visits at once find the same: one of them tells of it.
        if tx.raise_alert(&alert(router.id, what), now).await? {
            told.push(write(&mut tx, router.id, now, what, false, "router.drift").await?);
        }
    }
    tx.commit().await?;
    app.bus.alerts.notify_one();
    app.bus.tell(Change::Router { id: router.id });
    told.into_iter().for_each(|written| written.tell(app));
    Ok(())
}

fn alert(router: RouterId, what: &Reason) -> NewAlert {
    NewAlert { kind: AlertKind::Drift, user: None, session: None, router: Some(router), detail: what.clone() }
}

/// Writes it down and raises its alert at once: whoever is told that the router changed finds both.
async fn note(
    app: &App,
    router: &RouterRecord,
    what: &Reason,
    mended: bool,
    alert: Option<NewAlert>,
) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let action = if mended { "router.drift-repaired" } else { "router.drift" };
    let written = write(&mut tx, router.id, now, what, mended, action).await?;
    let raised = match &alert {
        Some(alert) => tx.raise_alert(alert, now).await?,
        None => false,
    };
    tx.commit().await?;
    if raised {
        app.bus.alerts.notify_one();
    }
    written.tell(app);
    app.fleet.wants_doctor(router.id);
    app.bus.doctor.notify_one();
    Ok(())
}

/// A finding that was written down, to be told of after the commit.
#[must_use]
pub(super) struct Written {
    router: RouterId,
    /// Its row in the audit.
    pub(super) audit: String,
}

impl Written {
    pub(super) fn tell(self, app: &App) {
        app.bus.tell(Change::Router { id: self.router });
        app.bus.tell(Change::Audit { id: self.audit });
    }
}

/// Writes down what was found on a router, where administrators see it and, as `action`, in the audit. `mended`: it was,
/// or is about to be, set right.
pub(super) async fn write(
    tx: &mut Tx,
    router: RouterId,
    now: Timestamp,
    what: &Reason,
    mended: bool,
    action: &str,
) -> OpResult<Written> {
    tx.insert_drift(router, now, what, mended).await?;
    let subject = format!("router:{router}");
    let audit = audit(tx, now, &Who::System, action, &subject, Some(&what.to_string())).await?;
    Ok(Written { router, audit })
}

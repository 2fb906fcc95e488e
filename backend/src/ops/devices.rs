//! Which router works a device. One that was entered twice, by two addresses or names, would be worked by two workers with
//! settings of their own, and each would take what the other does for drift: the lists would flap, and a door with them. So
//! a device is worked for one router, the one that reached it first, for as long as that one is there and switched on.

use super::{OpError, OpResult, Who, alarms, audit};
use crate::{
    app::App,
    bus::Change,
    driver::{device, wire},
    store::{
        Tx,
        records::{AlertKind, NewAlert, RouterRecord},
    },
};
use routeros_api::Connection;
use sallyport_shared::{ids::RouterId, reason::Reason, time::Timestamp};

/// A device that another router works already.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taken {
    /// By what it is known.
    pub device: String,
    /// The router that works it.
    pub by: RouterId,
    /// That it is, in words that name both.
    pub what: Reason,
}

/// So often two that ask at the same moment are told apart.
const ATTEMPTS: usize = 3;

/// Finds out which device a router is, and makes it this router's if no other works it: then it may be written to. A device
/// that does not tell is taken for one of its own.
///
/// # Errors
/// When the connection is lost or the database fails.
pub async fn claim(app: &App, router: &RouterRecord, connection: &Connection) -> OpResult<Option<Taken>> {
    let found = device::known_by(connection).await.map_err(|error| wire::op_error(&error))?;
    let Some(found) = found else { return Ok(None) };
    let mut attempt = 1;
    loop {
        match note(app, router, &found).await {
            // Another one was quicker: it is seen the next time.
            Err(OpError::Store(error)) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
            outcome => return outcome,
        }
    }
}

/// The same for somebody who is about to write to the router.
///
/// # Errors
/// [`OpError::Conflict`] if another router works the device; as [`claim`].
pub async fn claim_to_write(app: &App, router: &RouterRecord, connection: &Connection) -> OpResult<()> {
    match claim(app, router, connection).await? {
        Some(taken) => Err(OpError::Conflict(taken.what.to_string())),
        None => Ok(()),
    }
}

/// The router that works the device behind this connection, if it is another one than that with this name.
///
/// # Errors
/// When the database fails.
pub(super) async fn known_as(app: &App, device: &str, name: &str) -> OpResult<Option<String>> {
    let nobody = RouterId(uuid::Uuid::nil());
    let known = app.store.read().await?.worker_of_device(device, nobody).await?;
    Ok(known.map(|(_, known)| known).filter(|known| known != name.trim()))
}

/// Is the device still worked by another router?
///
/// # Errors
/// When the database fails.
pub async fn is_taken(app: &App, router: RouterId, device: &str) -> OpResult<bool> {
    Ok(app.store.read().await?.worker_of_device(device, router).await?.is_some())
}

async fn note(app: &App, router: &RouterRecord, device: &str) -> OpResult<Option<Taken>> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let before = tx.found_device(router.id).await?;
    let other = tx.worker_of_device(device, router.id).await?;
    tx.set_device(router.id, device, other.is_none()).await?;
    let mut told = Vec::new();
    if let Some(before) = before.filter(|before| before != device) {
        told.extend(replaced(&mut tx, router, &before, device, now).await?);
    }
    let taken = other.map(|(by, other)| Taken {
        device: device.to_owned(),
        by,
        what: Reason::EnteredTwice { router: router.name.clone(), other },
    });
    told.extend(twice(&mut tx, router, taken.as_ref(), now).await?);
    tx.commit().await?;
    if !told.is_empty() {
        app.bus.alerts.notify_one();
        app.bus.tell(Change::Router { id: router.id });
    }
    for id in told {
        app.bus.tell(Change::Audit { id });
    }
    Ok(taken)
}

/// Another device is behind the router's address: that may be wanted, and somebody has to say so.
async fn replaced(
    tx: &mut Tx,
    router: &RouterRecord,
    before: &str,
    now_found: &str,
    now: Timestamp,
) -> OpResult<Option<String>> {
    let detail = Reason::OtherDevice {
        router: router.name.clone(),
        before: readable(before),
        found: readable(now_found),
    };
    tx.raise_alert(&alert(router, AlertKind::CommandFailing, detail.clone()), now).await?;
    let words = detail.to_string();
    Ok(Some(audit(tx, now, &Who::System, "router.device-changed", &subject(router), Some(&words)).await?))
}

/// Raises the alert about a router whose device another one works, or settles it.
async fn twice(
    tx: &mut Tx,
    router: &RouterRecord,
    taken: Option<&Taken>,
    now: Timestamp,
) -> OpResult<Option<String>> {
    let is_it = |alert: &NewAlert, but: Option<&Reason>| {
        let about = matches!(alert.detail, Reason::EnteredTwice { .. });
        alert.router == Some(router.id) && about && but != Some(&alert.detail)
    };
    let what = taken.map(|taken| &taken.what);
    let settled = alarms::settle(tx, now, |alert| is_it(alert, what)).await?;
    let raised = match what {
        Some(what) => tx.raise_alert(&alert(router, AlertKind::Drift, what.clone()), now).await?,
        None => false,
    };
    let (action, detail) = match what {
        Some(what) if raised => ("router.entered-twice", Some(what.to_string())),
        None if settled => ("router.entered-once", None),
        _ => return Ok(None),
    };
    Ok(Some(audit(tx, now, &Who::System, action, &subject(router), detail.as_deref()).await?))
}

fn alert(router: &RouterRecord, kind: AlertKind, detail: Reason) -> NewAlert {
    NewAlert { kind, user: None, session: None, router: Some(router.id), detail }
}

fn subject(router: &RouterRecord) -> String {
    format!("router:{}", router.id)
}

/// What stands on its label, without what it is called here.
fn readable(device: &str) -> String {
    device.split_once(':').map_or(device, |(_, number)| number).trim_end_matches('/').to_owned()
}

//! Which router works a device. One that was entered twice, by two addresses or names, would be worked by two workers with
//! settings of their own, and each would take what the other does for drift: the lists would flap, and a door with them. So
//! a device is worked for one router, the one that reached it first, for as long as that one is there and switched on.

use super::{OpError, OpResult, Who, alarms, audit, unit::again};
use crate::{
    app::App,
    bus::Change,
    driver::{
        device::{self, Told},
        wire,
    },
    store::{
        FoundDevice, Tx,
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

/// Whether a router may be worked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Claim {
    /// It may: its device is nobody else's.
    Ours {
        /// Its API user may not read any more which device it is. It counts as the one that it was, for it is reached as
        /// before, and nothing says that it is another one.
        unproven: bool,
    },
    /// It may not.
    Taken(Taken),
}

/// So often two that ask at the same moment are told apart.
const ATTEMPTS: usize = 3;

/// Finds out which device a router is, and makes it this router's if no other works it: then it may be written to. A device
/// that does not tell is taken for one of its own, unless it did tell at the same address: then it is the one that it was.
///
/// # Errors
/// When the connection is lost, the router will not say now which device it is, or the database fails.
pub async fn claim(app: &App, router: &RouterRecord, connection: &Connection) -> OpResult<Claim> {
    let told = device::told_by(connection).await.map_err(|error| wire::op_error(&error))?;
    // Another one may be quicker: it is seen the next time.
    again(ATTEMPTS, || note(app, router, &told)).await
}

/// The same for somebody who is about to write to the router.
///
/// # Errors
/// [`OpError::Conflict`] if another router works the device; as [`claim`].
pub async fn claim_to_write(app: &App, router: &RouterRecord, connection: &Connection) -> OpResult<()> {
    match claim(app, router, connection).await? {
        Claim::Taken(taken) => Err(OpError::Conflict(taken.what.to_string())),
        Claim::Ours { .. } => Ok(()),
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

/// The router that works a device, besides this one.
///
/// # Errors
/// When the database fails.
pub async fn worker(app: &App, device: &str, besides: RouterId) -> OpResult<Option<RouterId>> {
    let worker = app.store.read().await?.worker_of_device(device, besides).await?;
    Ok(worker.map(|(id, _)| id))
}

/// Which device it is, by what it tells and what was known of it before; and whether it is merely taken to be the one of
/// before. Another address may lead to another device, of which nothing is known then.
fn found(told: &Told, before: Option<&FoundDevice>, place: &str) -> (Option<FoundDevice>, bool) {
    let here = |device: &String| FoundDevice { device: device.clone(), place: place.to_owned() };
    match told {
        Told::Known(device) => (Some(here(device)), false),
        Told::Nothing => (None, false),
        Told::Withheld(rest) => {
            let fits = |before: &&FoundDevice| {
                before.place == place
                    && rest.as_ref().is_none_or(|rest| !device::are_apart(rest, &before.device))
            };
            match before.filter(fits) {
                // What may be read is all that ever could: then it is as good as known.
                Some(before) => (Some(before.clone()), rest.as_ref() != Some(&before.device)),
                None => (rest.as_ref().map(here), false),
            }
        }
    }
}

/// Writes down what was found. A device that has nothing to tell what it is (any more), or is reached at another address and
/// may not be asked, is nobody else's: whoever waits for the one that was found before may have it.
async fn note(app: &App, router: &RouterRecord, told: &Told) -> OpResult<Claim> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let before = tx.found_device(router.id).await?;
    let place = format!("{}:{}", router.host, router.port);
    let (found, unproven) = found(told, before.as_ref(), &place);
    let taken = match &found {
        Some(found) => take(&mut tx, router, found).await?,
        None => {
            tx.forget_device(router.id).await?;
            None
        }
    };
    let before = before.map(|before| before.device);
    let found = found.map(|found| found.device);
    let mut news = Vec::new();
    if let (Some(before), Some(device)) = (&before, &found)
        && before != device
    {
        news.push(replaced(&mut tx, router, before, device, now).await?);
    }
    // Read after the router's row was written: one that was switched off in this moment is in nobody's way.
    let is_on = tx.router(router.id).await?.is_some_and(|router| router.enabled);
    news.extend(twice(&mut tx, router, taken.as_ref().filter(|_| is_on), now).await?);
    tx.commit().await?;
    if !news.is_empty() {
        app.bus.alerts.notify_one();
    }
    if !news.is_empty() || before != found {
        app.bus.tell(Change::Router { id: router.id });
    }
    for id in news {
        app.bus.tell(Change::Audit { id });
    }
    Ok(taken.map_or(Claim::Ours { unproven }, Claim::Taken))
}

/// Makes the device this router's, unless another one works it.
async fn take(tx: &mut Tx, router: &RouterRecord, found: &FoundDevice) -> OpResult<Option<Taken>> {
    let other = tx.worker_of_device(&found.device, router.id).await?;
    tx.set_device(router.id, found, other.is_none()).await?;
    Ok(other.map(|(by, other)| Taken {
        device: found.device.clone(),
        by,
        what: Reason::EnteredTwice { router: router.name.clone(), other },
    }))
}

/// Another device is behind the router's address: that may be wanted, and somebody has to say so.
async fn replaced(
    tx: &mut Tx,
    router: &RouterRecord,
    before: &str,
    now_found: &str,
    now: Timestamp,
) -> OpResult<String> {
    let detail = Reason::OtherDevice {
        router: router.name.clone(),
        before: readable(before),
        found: readable(now_found),
    };
    tx.raise_alert(&alert(router, AlertKind::CommandFailing, detail.clone()), now).await?;
    let words = detail.to_string();
    audit(tx, now, &Who::System, "router.device-changed", &subject(router), Some(&words)).await
}

/// Raises the alert about a router whose device another one works, or settles it.
async fn twice(
    tx: &mut Tx,
    router: &RouterRecord,
    taken: Option<&Taken>,
    now: Timestamp,
) -> OpResult<Option<String>> {
    let what = taken.map(|taken| &taken.what);
    let is_over = |alert: &NewAlert| is_twice(alert, router.id) && what != Some(&alert.detail);
    let settled = alarms::settle(tx, now, is_over).await?;
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

/// Does it say that this router is the device of another one?
pub(super) fn is_twice(alert: &NewAlert, router: RouterId) -> bool {
    alert.router == Some(router) && matches!(alert.detail, Reason::EnteredTwice { .. })
}

/// Does it say that another device is behind this router's address?
pub(super) fn is_replaced(alert: &NewAlert, router: RouterId) -> bool {
    alert.router == Some(router) && matches!(alert.detail, Reason::OtherDevice { .. })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_be_read_any_more_is_what_it_was_where_it_was() {
        let device =
            |name: &str, place: &str| FoundDevice { device: name.to_owned(), place: place.to_owned() };
        let before = device("serial:A", "gw:8728");
        let of = |told: Told, place: &str| found(&told, Some(&before), place);
        let rest = || Some("license:L/02".to_owned());
        for withheld in [None, rest()] {
            assert_eq!(of(Told::Withheld(withheld), "gw:8728"), (Some(before.clone()), true));
        }
        assert_eq!(of(Told::Withheld(None), "gw:8729"), (None, false), "another address");
        let there = device("license:L/02", "gw:8729");
        assert_eq!(of(Told::Withheld(rest()), "gw:8729"), (Some(there.clone()), false));
        assert_eq!(of(Told::Nothing, "gw:8728"), (None, false), "another one: this one would tell");
        let other = device("serial:B", "gw:8728");
        assert_eq!(of(Told::Known("serial:B".to_owned()), "gw:8728"), (Some(other), false));
        let other = device("license:M/02", "gw:8729");
        let withheld = Told::Withheld(Some("license:M/02".to_owned()));
        assert_eq!(found(&withheld, Some(&there), "gw:8729"), (Some(other), false), "that says enough");
        // Where it never could be read in full, nothing is missing.
        assert_eq!(found(&Told::Withheld(rest()), Some(&there), "gw:8729"), (Some(there.clone()), false));
        assert_eq!(found(&Told::Withheld(None), None, "gw:8728"), (None, false));
    }
}

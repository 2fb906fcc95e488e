//! One server works, the others stand by.
//!
//! Several servers may run on one PostgreSQL. Two that worked the same router would undo what the other has decided, ask
//! everybody twice and take each other's updates away. So whoever holds the lease works, and nobody else does. It is kept
//! by the database's clock, so clocks that differ do no harm; whoever cannot renew it stops well before it lapses, so that
//! two never work at once; and whoever stops in peace gives it back, so that nobody has to wait for it.
//!
//! A server that stands by serves the console and the API as well, and hears what the other one does (`hints`); `/readyz` says
//! so, and a proxy sends people to the one that works.

use super::{hints, workers};
use crate::{
    app::App,
    store::{Store, StoreError},
};
use sallyport_shared::time::Seconds;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time::Instant};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// The lease of the work.
const LEASE: &str = "work";

/// Whether a server works, and on what grounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shift {
    /// Another server works, or this one has not begun.
    Off,
    /// It works, and needs no lease: there is no other server, or somebody runs workers by hand.
    On,
    /// It works, and holds the lease until then unless it is renewed.
    Leased(Instant),
}

/// Whether this server works. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Duty(Arc<watch::Sender<Shift>>);

impl Duty {
    /// On SQLite there is no other server that could have it.
    pub(crate) fn of(store: &Store) -> Self {
        let alone = store.postgres_url().is_none();
        Self(Arc::new(watch::Sender::new(if alone { Shift::On } else { Shift::Off })))
    }

    /// It works; otherwise another server does, or this one has not begun.
    pub fn is_on(&self) -> bool {
        *self.0.borrow() != Shift::Off
    }

    /// Says whether it works: for whoever runs workers without the lease.
    pub fn set(&self, on: bool) {
        self.turn(if on { Shift::On } else { Shift::Off });
    }

    /// Follows it from now on.
    pub fn watch(&self) -> watch::Receiver<Shift> {
        self.0.subscribe()
    }

    fn turn(&self, shift: Shift) {
        self.0.send_replace(shift);
    }
}

/// How long the lease lasts and how it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// For how long it is taken and renewed: after so long a dead server's work is taken over.
    pub lasts: Duration,
    /// How often it is renewed, and how often others try to take it.
    pub renewed: Duration,
    /// So long before it lapses whoever could not renew it stops working: what is under way then ends in time.
    pub margin: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            lasts: Duration::from_secs(30),
            renewed: Duration::from_secs(4),
            margin: Duration::from_secs(15),
        }
    }
}

/// Runs every worker until `stop`, or, with PostgreSQL, whenever no other server does.
pub async fn run(app: App, stop: CancellationToken, terms: Terms) {
    if app.store.postgres_url().is_none() {
        return workers(app, stop.clone(), stop).await;
    }
    let _hints = AbortOnDropHandle::new(tokio::spawn(hints::run(app.clone(), stop.clone())));
    let holder = app.clock.new_id().to_string();
    let mut waits = false;
    while !stop.is_cancelled() {
        let begun = Instant::now();
        match take(&app, &holder, terms).await {
            Ok(true) => {
                tracing::info!("this server works now");
                waits = false;
                work(&app, &holder, begun + terms.lasts, &stop, terms).await;
            }
            Ok(false) if waits => {}
            Ok(false) => {
                tracing::info!("another server works; this one stands by");
                waits = true;
            }
            Err(error) => {
                tracing::warn!(%error, "nobody knows which server works: the database does not answer");
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(terms.renewed) => {}
        }
    }
}

/// Works for as long as the lease is kept.
async fn work(app: &App, holder: &str, until: Instant, stop: &CancellationToken, terms: Terms) {
    let term = stop.child_token();
    app.duty.turn(Shift::Leased(until));
    tokio::join!(workers(app.clone(), term.clone(), stop.clone()), keep(app, holder, until, &term, terms));
    app.duty.turn(Shift::Off);
    if stop.is_cancelled()
        && let Err(error) = give_back(app, holder).await
    {
        tracing::warn!(%error, "the work was not handed over; another server takes it when the lease lapses");
    }
}

/// Renews the lease until `term` is over, and ends it when that does not work.
async fn keep(app: &App, holder: &str, mut until: Instant, term: &CancellationToken, terms: Terms) {
    loop {
        tokio::select! {
            () = term.cancelled() => return,
            () = tokio::time::sleep(terms.renewed) => {}
        }
        let (begun, last) = (Instant::now(), until - terms.margin);
        match tokio::time::timeout_at(last, renew(app, holder, terms)).await {
            Ok(Ok(true)) => {
                until = begun + terms.lasts;
                app.duty.turn(Shift::Leased(until));
            }
            Ok(Ok(false)) => {
                tracing::error!("another server has taken the work over; this one stops working");
                return term.cancel();
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "the lease of the work could not be renewed; trying again");
            }
            Err(_) => {}
        }
        if Instant::now() >= until - terms.margin {
            tracing::error!("the lease of the work could not be renewed in time; this server stops working");
            return term.cancel();
        }
    }
}

fn span(lasts: Duration) -> Seconds {
    Seconds(u32::try_from(lasts.as_secs()).unwrap_or(u32::MAX).max(1))
}

async fn take(app: &App, holder: &str, terms: Terms) -> Result<bool, StoreError> {
    let mut tx = app.store.begin().await?;
    let now = tx.time().await?;
    let taken = tx.acquire_lease(LEASE, holder, now, now.plus(span(terms.lasts))).await?;
    tx.commit().await?;
    Ok(taken)
}

async fn renew(app: &App, holder: &str, terms: Terms) -> Result<bool, StoreError> {
    let mut tx = app.store.begin().await?;
    let now = tx.time().await?;
    let kept = tx.renew_lease(LEASE, holder, now, now.plus(span(terms.lasts))).await?;
    tx.commit().await?;
    Ok(kept)
}

async fn give_back(app: &App, holder: &str) -> Result<(), StoreError> {
    let mut tx = app.store.begin().await?;
    tx.release_lease(LEASE, holder).await?;
    tx.commit().await
}

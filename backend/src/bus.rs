//! What has just changed, told to whoever listens: subscriptions of the console, and the workers.
//!
//! Everything here is a hint, sent after a commit. A lost hint costs time, never correctness: workers look
//! for themselves as well, and the console reads again when it may have missed something.

use sallyport_shared::ids::{RouterId, SessionId, UserId};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{Notify, broadcast, watch};

/// How many hints may wait for a slow listener before it is told that it missed some.
const CAPACITY: usize = 4_096;

/// What was done to a thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Created,
    /// It is different.
    Updated,
    /// It is gone.
    Removed,
}

/// Something changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A session or one of its connections.
    Session {
        /// Which.
        id: SessionId,
        /// Its router.
        router: RouterId,
        /// How.
        kind: ChangeKind,
    },
    /// A person or one of their accounts.
    User {
        /// Who.
        id: UserId,
        /// How.
        kind: ChangeKind,
    },
    /// A router: its settings, state, tunnels or drift.
    Router {
        /// Which.
        id: RouterId,
    },
    /// A policy: what routers should look like may follow from it.
    Policies,
    /// An audit event was added.
    Audit {
        /// Its id.
        id: String,
    },
    /// Something that another server did may not have been heard: whoever follows changes reads everything anew.
    Missed,
}

/// A bell for each router.
type Bells = Arc<Mutex<HashMap<RouterId, Arc<Notify>>>>;

fn bell(bells: &Bells, id: RouterId) -> Arc<Notify> {
    bells.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().clone()
}

/// Tells and wakes.
#[derive(Clone, Debug)]
pub struct Bus {
    changes: broadcast::Sender<Change>,
    own: broadcast::Sender<Change>,
    listened: watch::Sender<usize>,
    routers: Bells,
    looks: Bells,
    /// There may be something to deliver to Telegram.
    pub deliveries: Arc<Notify>,
    /// How many messages were crossed off since the start: told after each, so that one can wait for the outbox to empty.
    pub delivered: watch::Sender<u64>,
    /// There may be an alert that administrators were not told of, or what came of one.
    pub alerts: Arc<Notify>,
    /// A due-time may have come nearer.
    pub timers: Arc<Notify>,
    /// Routers were added, changed or removed.
    pub fleet: Arc<Notify>,
    /// A router wants the doctor.
    pub doctor: Arc<Notify>,
    /// Settings that the bot depends on were changed.
    pub bot: Arc<Notify>,
    /// Sign-ins were ended, or administrators changed: whoever keeps a line open looks whether it still may be.
    pub sign_ins: Arc<Notify>,
}

impl Default for Bus {
    fn default() -> Self {
        Self {
            changes: broadcast::channel(CAPACITY).0,
            own: broadcast::channel(CAPACITY).0,
            listened: watch::Sender::default(),
            routers: Arc::default(),
            looks: Arc::default(),
            deliveries: Arc::default(),
            delivered: watch::Sender::default(),
            alerts: Arc::default(),
            timers: Arc::default(),
            fleet: Arc::default(),
            doctor: Arc::default(),
            bot: Arc::default(),
            sign_ins: Arc::default(),
        }
    }
}

impl Bus {
    /// Tells everybody who listens, at other servers on the same database as well.
    pub fn tell(&self, change: Change) {
        // Nobody listening is no error.
        let _ = self.own.send(change.clone());
        let _ = self.changes.send(change);
    }

    /// Another server did something: tells everybody who listens here, and rings for what may have to be done about it.
    /// Who rings for nothing costs a look.
    pub fn hear(&self, change: Change) {
        self.ring(&change);
        let _ = self.changes.send(change);
    }

    fn ring(&self, change: &Change) {
        match change {
            Change::Session { router, .. } => {
                self.router(*router).notify_one();
                self.timers.notify_one();
            }
            Change::Router { id } => {
                self.fleet.notify_one();
                self.router(*id).notify_one();
                self.look(*id).notify_one();
            }
            Change::Policies => self.timers.notify_one(),
            Change::User { .. } => {}
            Change::Audit { .. } => return,
            Change::Missed => {
                self.fleet.notify_one();
                self.timers.notify_one();
            }
        }
        // People and administrators are told of most of it.
        self.deliveries.notify_one();
        self.alerts.notify_one();
    }

    /// What is told here from now on, for whoever passes it on.
    pub fn own(&self) -> broadcast::Receiver<Change> {
        self.own.subscribe()
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Change> {
        let changes = self.changes.subscribe();
        self.listened.send_modify(|count| *count += 1);
        changes
    }

    /// How often somebody has begun to listen since the start.
    pub fn listened(&self) -> watch::Receiver<usize> {
        self.listened.subscribe()
    }

    /// The bell of a router's worker: rung when there are new wishes for it.
    pub fn router(&self, id: RouterId) -> Arc<Notify> {
        bell(&self.routers, id)
    }

    /// The other bell of a router's worker: rung when its tables are to be looked at soon.
    pub fn look(&self, id: RouterId) -> Arc<Notify> {
        bell(&self.looks, id)
    }
}

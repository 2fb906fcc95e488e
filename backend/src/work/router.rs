//! The worker of one router: keeps a connection, hears of tunnels, carries wishes out, and at each look compares
//! the router's tables with what should be.

mod ashore;
mod boot;
mod boxes;
mod compare;
mod looks;

use super::{elsewhere::Watch, known::Known, traffic::Ledger, wishes};
use crate::{
    app::App,
    bus::Change as Hint,
    driver::{
        carry::{Make, lease},
        doctor, look,
        prints::Prints,
        wire,
    },
    ops::{
        OpResult, alarms, bans, devices,
        devices::{Claim, Taken},
        drifts, router_accounts, secrets, tunnels,
    },
    store::records::{BanRecord, LiveConnection, RouterMode, RouterRecord, RouterState, RouterStatus},
};
use ashore::Ending;
use routeros_api::{
    Backoff, Connection, Error, Id, Remedy,
    menus::{Changes, RowEvent, ppp_active, ppp_active::PppActive},
};
use sallyport_shared::{
    firewall::Range, person::AccountSource, router::Desired, session::Tunnel, time::Timestamp,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;

/// After a pushed change the whole table is read as well, but not more often than this.
const SETTLE: Duration = Duration::from_millis(300);
/// How long the router may refuse to push before it is asked again.
const PUSH_AGAIN: Duration = Duration::from_secs(30);
/// So often within its time an allow entry is looked at.
const LOOKS_AN_ENTRY: u32 = 3;
/// So long at most is worked at a queue of wishes, or at new tunnels, before anything else has its turn,
const LONGEST_TURN: Duration = Duration::from_secs(1);
/// and so many times less than from look to look.
const TURNS_A_LOOK: u32 = 4;

/// What is said of a router that may not be asked any more which device it is.
const UNPROVEN: &str = "The API user may not read any more which device this is (the serial number in /system routerboard, or \
    the licence). It is worked as the one that it was, for it is reached as before. Give the API user its rights back (read).";

/// Works one router until `stop`.
pub(super) async fn run(app: App, router: RouterRecord, stop: CancellationToken) {
    let seed = u64::try_from(app.clock.now().micros()).unwrap_or(1) ^ router.id.0.as_u64_pair().1;
    let mut backoff = Backoff::new(seed);
    let mut status = match app.store.read().await {
        Ok(mut tx) => tx.router_statuses(&[router.id]).await.ok().and_then(|mut all| all.remove(&router.id)),
        Err(_) => None,
    }
    .unwrap_or_else(|| RouterStatus::unknown(router.id));
    status.state = RouterState::Connecting;
    report(&app, &status).await;
    loop {
        let ending = tokio::select! {
            () = stop.cancelled() => break,
            ending = voyage(&app, &router, &mut status, &mut backoff) => ending,
        };
        app.fleet.connected(router.id, None);
        status.state = if ending.taken.is_some() { RouterState::Degraded } else { RouterState::Offline };
        status.push = false;
        status.last_error = Some(ending.words.clone());
        report(&app, &status).await;
        if ashore::wait(&app, &router, &stop, &ending, backoff.next_delay()).await {
            break;
        }
    }
    app.fleet.forget(router.id);
}

/// From connecting to the loss of the connection; tells what went wrong.
async fn voyage(
    app: &App,
    router: &RouterRecord,
    status: &mut RouterStatus,
    backoff: &mut Backoff,
) -> Ending {
    let words = match sail(app, router, status, backoff).await {
        Ok(reason) => reason,
        Err(Trouble::Taken(taken)) => {
            return Ending { words: taken.what.to_string(), taken: Some(taken) };
        }
        Err(Trouble::Router(error)) => {
            let trouble = look::plain(&error);
            if error.remedy() == Some(Remedy::ComparePin)
                && let Err(error) = alarms::certificate_changed(app, router.id, &trouble).await
            {
                tracing::error!(router = %router.name, %error, "nobody could be told of the certificate");
            }
            trouble
        }
        Err(Trouble::Op(error)) => error.to_string(),
    };
    Ending { words, taken: None }
}

/// What ends a voyage.
pub(super) enum Trouble {
    Router(Error),
    Op(crate::ops::OpError),
    /// Another router works the device.
    Taken(Taken),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Router(error)
    }
}

impl From<crate::ops::OpError> for Trouble {
    fn from(error: crate::ops::OpError) -> Self {
        Self::Op(error)
    }
}

impl From<crate::store::StoreError> for Trouble {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Op(error.into())
    }
}

async fn sail(
    app: &App,
    router: &RouterRecord,
    status: &mut RouterStatus,
    backoff: &mut Backoff,
) -> Result<String, Trouble> {
    let password = secrets::router_password(app, router)?;
    let wire = wire::connect(router, &password).await?;
    let unproven = match devices::claim(app, router, &wire).await? {
        Claim::Ours { unproven } => unproven,
        Claim::Taken(taken) => {
            status.last_seen_at = Some(app.clock.now());
            wire.close();
            return Err(Trouble::Taken(taken));
        }
    };
    let asked = app.clock.now();
    let portrait = look::portrait(&wire, router).await?;
    let boot = boot::recognise(app, router.id, portrait.uptime_seconds, asked).await?;
    let make = Make::of(&portrait.version, portrait.edition, boot);
    let now = app.clock.now();
    let needless_md5 = wire::needless_md5(router, &portrait.version);
    status.identity = Some(portrait.identity);
    status.version = Some(portrait.version);
    status.board = Some(portrait.board);
    status.uptime_seconds = portrait.uptime_seconds;
    status.clock_skew_seconds = portrait.clock_unix_seconds.map(|theirs| theirs - now.seconds());
    // Where there is no User Manager, accounts can only be secrets.
    status.account_source = Some(portrait.edition.map_or(AccountSource::PppSecret, wire::source_of));
    status.last_seen_at = Some(now);
    let lacking = (!portrait.missing_rights.is_empty())
        .then(|| format!("The API user lacks rights: {}.", portrait.missing_rights.join(", ")));
    let unproven = unproven.then(|| UNPROVEN.to_owned());
    status.last_error = lacking.or(unproven).or(needless_md5);
    status.state = if status.last_error.is_none() { RouterState::Online } else { RouterState::Degraded };
    report(app, status).await;
    app.fleet.connected(router.id, Some(wire.clone()));
    app.bus.doctor.notify_one();
    backoff.reset();
    bans::renew(app, router).await?;
    let mut voyage = Voyage {
        app,
        router,
        wire: wire.clone(),
        make,
        status,
        known: Known::default(),
        by_id: HashMap::new(),
        desired: Desired::default(),
        stale: true,
        people_stale: false,
        desired_stale: true,
        bans: Vec::new(),
        looks: 0,
        next_wish: None,
        backlog: false,
        unfinished: false,
        boot_at: now.plus(boot::EVERY),
        next_change: None,
        count_at: Timestamp::default(),
        elsewhere: Watch::default(),
        ledger: Ledger::default(),
        seen_written: now,
        unmended: drifts::Unmended::of(app, router).await?,
        prints: Prints::default(),
        free: HashSet::new(),
        given: doctor::given(&wire).await?,
    };
    voyage.watch().await
}

/// What of that which is remembered of the database is outdated.
enum News {
    /// Everything, and whose accounts are whose.
    People,
    /// Everything that follows from sessions.
    Sessions,
    /// What the router should look like.
    Router,
}

/// One connection's time.
struct Voyage<'a> {
    app: &'a App,
    router: &'a RouterRecord,
    wire: Connection,
    make: Make,
    status: &'a mut RouterStatus,
    known: Known,
    /// The tunnels by the router's `.id`, for pushed removals tell only that.
    by_id: HashMap<Id, Arc<Tunnel>>,
    desired: Desired,
    /// What is remembered of the database may be outdated.
    stale: bool,
    /// Also who owns what.
    people_stale: bool,
    desired_stale: bool,
    /// The bans that were in force when the database was read last.
    bans: Vec<BanRecord>,
    /// How many looks there were.
    looks: u32,
    /// When the next wish that had to wait may be tried again.
    next_wish: Option<Timestamp>,
    /// There are wishes left for which the last turn had no time.
    backlog: bool,
    /// There are new tunnels left for which the last look had no time.
    unfinished: bool,
    /// When the router is asked again which of its boots it is in.
    boot_at: Timestamp,
    /// When a change of an account that nobody brought to its end is looked into.
    next_change: Option<Timestamp>,
    count_at: Timestamp,
    elsewhere: Watch,
    ledger: Ledger,
    seen_written: Timestamp,
    /// Drifts that stand, reported already.
    unmended: drifts::Unmended,
    /// What of the router's configuration can open a box, as it was when it was read last.
    prints: Prints,
    /// The tunnels that were to be held in the box, and were not in it when it was looked at last.
    free: HashSet<Tunnel>,
    /// The addresses that the router gives to tunnels; none: they are not known.
    given: Option<Vec<Range>>,
}

impl Voyage<'_> {
    async fn watch(&mut self) -> Result<String, Trouble> {
        let app = self.app;
        let bell = app.bus.router(self.router.id);
        let look_bell = app.bus.look(self.router.id);
        let mut hints = app.bus.listen();
        let mut push = self.start_push().await;
        let mut push_again = Box::pin(app.clock.sleep(PUSH_AGAIN));
        let poll = interval(self.router);
        let mut next_look = Box::pin(tokio::time::sleep(Duration::ZERO));
        self.carry_wishes().await?;
        self.find_out_changes().await?;
        self.look(true).await?;
        let mut looked = tokio::time::Instant::now();
        next_look.as_mut().reset(tokio::time::Instant::now() + poll);
        loop {
            tokio::select! {
                reason = self.wire.closed() => {
                    return Ok(format!("The connection to the router was lost ({reason}). It is tried again."));
                }
                () = bell.notified() => self.carry_wishes().await?,
                // The rest of a long queue, in turns: tunnels and hints come in between, and looks first of all.
                () = std::future::ready(()), if self.backlog && !is_due(&next_look) => {
                    self.carry_wishes().await?;
                }
                () = until(app, self.next_wish) => self.carry_wishes().await?,
                () = until(app, self.next_change) => self.find_out_changes().await?,
                // At once, unless there was a look just now: hooks may come in a burst.
                () = look_bell.notified() => {
                    let soon = looked + SETTLE;
                    if next_look.deadline() > soon {
                        next_look.as_mut().reset(soon);
                    }
                }
                event = next_event(&mut push) => {
                    let soon = tokio::time::Instant::now() + SETTLE;
                    if next_look.deadline() > soon {
                        next_look.as_mut().reset(soon);
                    }
                    if self.pushed(event).await? {
                        push = None;
                        push_again.set(app.clock.sleep(PUSH_AGAIN));
                        self.set_push(false).await;
                    }
                }
                () = &mut push_again, if push.is_none() => {
                    push = self.start_push().await;
                    push_again.set(app.clock.sleep(PUSH_AGAIN));
                }
                () = &mut next_look => {
                    let (due, begun) = (next_look.deadline(), tokio::time::Instant::now());
                    self.carry_wishes().await?;
                    self.look(false).await?;
                    looked = tokio::time::Instant::now();
                    // From when it was due, so that what a look takes does not stretch the interval; but a router
                    // for which it takes longer than that is left alone for as long again.
                    let rest = SETTLE.max(looked - begun);
                    let next = if self.unfinished { looked } else { due + poll };
                    next_look.as_mut().reset(next.max(looked + rest));
                }
                news = self.heard(&mut hints) => match news {
                    News::People => (self.stale, self.people_stale) = (true, true),
                    News::Sessions => self.stale = true,
                    News::Router => self.desired_stale = true,
                },
            }
        }
    }

    /// Hears that something of this router's sessions or people changed, or of its own settings and bans.
    async fn heard(&self, hints: &mut Receiver<Hint>) -> News {
        loop {
            match hints.recv().await {
                Ok(Hint::Session { router, .. }) if router == self.router.id => return News::Sessions,
                Ok(Hint::Router { id }) if id == self.router.id => return News::Router,
                Ok(Hint::User { .. } | Hint::Missed) | Err(RecvError::Lagged(_)) => return News::People,
                Ok(Hint::Policies) => return News::Sessions,
                Ok(_) => {}
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }

    async fn start_push(&mut self) -> Option<Changes<PppActive>> {
        match ppp_active::listen(&self.wire).await {
            Ok(changes) => {
                self.set_push(true).await;
                Some(changes)
            }
            Err(error) => {
                tracing::warn!(router = %self.router.name, %error, "the router does not push its tunnels; they are polled");
                None
            }
        }
    }

    async fn set_push(&mut self, push: bool) {
        if self.status.push != push {
            self.status.push = push;
            report(self.app, self.status).await;
        }
    }

    /// Something was pushed. True: nothing more will be.
    async fn pushed(&mut self, event: Option<Result<RowEvent<PppActive>, Error>>) -> Result<bool, Trouble> {
        match event {
            Some(Ok(RowEvent::Changed(row))) if !row.address.is_empty() => {
                let tunnel = Arc::new(wire::tunnel(&row, self.make.boot));
                let before = self.by_id.insert(row.id.compact(), tunnel.clone());
                if self.shares_address(&tunnel) {
                    // The table tells whether it is so, and a look sees to it.
                    self.look(false).await?;
                    return Ok(false);
                }
                if self.known.has_gone() {
                    // Those of before the restart go first, with the look that is due: they would be in the way.
                    return Ok(false);
                }
                // Not read again first, even if what is known may be outdated: the rules recognise a tunnel that
                // they know, and a prompt must not wait for ten thousand rows. One that has been there is the look's.
                let is_new = before.is_none_or(|before| !before.is_same(&tunnel));
                if is_new && !self.known.knows(&tunnel) {
                    self.came(&tunnel).await?;
                    self.carry_wishes().await?;
                }
                Ok(false)
            }
            Some(Ok(RowEvent::Dead(id))) => {
                if let Some(tunnel) = self.by_id.remove(&id) {
                    if self.known.connection_of(&tunnel).is_none() {
                        self.refresh().await?;
                    }
                    if let Some(connection) = self.known.connection_of(&tunnel).cloned() {
                        self.went(&connection).await?;
                        self.carry_wishes().await?;
                    }
                }
                Ok(false)
            }
            Some(Ok(RowEvent::Changed(_) | RowEvent::Lost(_))) => Ok(false),
            Some(Err(Error::Row { .. })) => Ok(false),
            Some(Err(error)) => {
                tracing::warn!(router = %self.router.name, %error, "the router no longer pushes its tunnels; they are polled");
                Ok(true)
            }
            None => Ok(true),
        }
    }

    /// Reads the live connections again if they may be outdated.
    async fn refresh(&mut self) -> Result<(), Trouble> {
        if self.stale {
            self.stale = false;
            self.desired_stale = true;
            if std::mem::take(&mut self.people_stale) {
                self.known.forget_strangers();
                self.elsewhere.forget_guests();
            }
            let mut tx = self.app.store.read().await?;
            self.known.reload(tx.live_connections(self.router.id).await?, self.make.boot);
        }
        Ok(())
    }

    /// Reads what should be again, if it may be outdated.
    async fn refresh_desired(&mut self) -> Result<(), Trouble> {
        self.refresh().await?;
        if self.desired_stale {
            self.desired_stale = false;
            let mut tx = self.app.store.read().await?;
            self.desired = tx.desired(self.router.id).await?;
            self.next_change = router_accounts::left_at(&mut tx, self.router.id).await?;
            self.bans = tx.bans(Some(self.router.id), self.app.clock.now()).await?;
        }
        Ok(())
    }

    async fn came(&mut self, tunnel: &Tunnel) -> OpResult<()> {
        let applied = tunnels::seen(self.app, self.router, tunnel).await?;
        if applied.changed {
            self.stale = true;
        } else if applied.nobodys {
            self.known.hush_stranger(tunnel.clone());
        } else {
            self.known.hush(tunnel.clone());
        }
        Ok(())
    }

    async fn went(&mut self, connection: &LiveConnection) -> OpResult<()> {
        self.stale = true;
        let restarted = connection.tunnel.boot != self.make.boot;
        tunnels::gone(self.app, self.router, connection.session, connection.connection, restarted).await
    }

    async fn carry_wishes(&mut self) -> Result<(), Trouble> {
        let turn = wishes::carry_due(self.app, self.router, &self.wire, self.make, turn(self.router)).await?;
        if turn.any {
            self.stale = true;
            // What still has to be done at the router is shown; once a turn, and not for each wish of a long queue.
            self.app.bus.tell(Hint::Router { id: self.router.id });
        }
        self.backlog = turn.more;
        self.next_wish = match self.router.mode {
            RouterMode::Enforce if !self.backlog => {
                self.app.store.read().await?.next_wish_at(self.router.id).await?
            }
            RouterMode::Enforce | RouterMode::Observe => None,
        };
        Ok(())
    }

    /// Finds out what became of changes of accounts that broke off.
    async fn find_out_changes(&mut self) -> Result<(), Trouble> {
        self.next_change = router_accounts::find_out(self.app, self.router, &self.wire, self.make).await?;
        Ok(())
    }
}

/// How long between two looks: so often that no allow entry lapses in between.
pub(super) fn interval(router: &RouterRecord) -> Duration {
    let poll = Duration::from_secs(router.poll_seconds.0.max(1).into());
    match router.mode {
        RouterMode::Enforce => poll.min(lease(router) / LOOKS_AN_ENTRY),
        RouterMode::Observe => poll,
    }
}

fn is_due(look: &tokio::time::Sleep) -> bool {
    look.deadline() <= tokio::time::Instant::now()
}

/// How long wishes, or new tunnels, may keep the router's worker from looking.
fn turn(router: &RouterRecord) -> Duration {
    LONGEST_TURN.min(interval(router) / TURNS_A_LOOK)
}

/// Sleeps until then; none: for ever.
async fn until(app: &App, at: Option<Timestamp>) {
    match at {
        Some(at) => app.clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The next pushed event; never, if the router does not push.
async fn next_event(push: &mut Option<Changes<PppActive>>) -> Option<Result<RowEvent<PppActive>, Error>> {
    match push {
        Some(changes) => changes.next().await,
        None => std::future::pending().await,
    }
}

/// Writes down how the router is, and tells the console.
async fn report(app: &App, status: &RouterStatus) {
    let written = async {
        let mut tx = app.store.begin().await?;
        tx.save_router_status(status).await?;
        tx.commit().await
    };
    if let Err(error) = written.await {
        tracing::error!(%error, "a router's state could not be written down");
    }
    app.bus.tell(Hint::Router { id: status.router });
}

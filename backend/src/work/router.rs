//! The worker of one router: keeps a connection, hears of tunnels, carries wishes out, and at each look compares
//! the router's tables with what should be.

mod compare;

use super::{elsewhere::Watch, known::Known, traffic::Ledger, wishes};
use crate::{
    app::App,
    bus::Change as Hint,
    driver::{
        SeenTunnel,
        carry::{Make, lease},
        look, repair, traffic, wire,
    },
    ops::{OpResult, alarms, bans, drifts, secrets, tunnels, wishes::Hindrance},
    store::records::{BanRecord, LiveConnection, RouterMode, RouterRecord, RouterState, RouterStatus},
};
use routeros_api::{
    Backoff, Connection, Error, Id, Remedy,
    menus::{Changes, RowEvent, ip_firewall_connection::Ends, ppp_active, ppp_active::PppActive},
};
use sallyport_shared::{
    router::Desired,
    session::Tunnel,
    time::{Seconds, Timestamp},
};
use std::{
    collections::{HashMap, HashSet},
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
/// At each so many looks the traffic of the tunnels is read as well.
const LOOKS_A_COUNT: u32 = 2;
/// How often "last seen" is written when nothing else changes.
const SEEN_EVERY: Seconds = Seconds(30);

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
        let trouble = tokio::select! {
            () = stop.cancelled() => break,
            trouble = voyage(&app, &router, &mut status, &mut backoff) => trouble,
        };
        app.fleet.connected(router.id, None);
        status.state = RouterState::Offline;
        status.push = false;
        status.last_error = Some(trouble.clone());
        report(&app, &status).await;
        if wait_offline(&app, &router, &stop, &trouble, backoff.next_delay()).await {
            break;
        }
    }
    app.fleet.forget(router.id);
}

/// Waits before the next attempt; whoever wishes something meanwhile is told that the router does not answer.
/// True: stop.
async fn wait_offline(
    app: &App,
    router: &RouterRecord,
    stop: &CancellationToken,
    trouble: &str,
    delay: Duration,
) -> bool {
    let bell = app.bus.router(router.id);
    let mut delay = std::pin::pin!(tokio::time::sleep(delay));
    loop {
        let hindrance = Hindrance::Unreachable(trouble.to_owned());
        if let Err(error) = wishes::hinder_new(app, router, &hindrance).await {
            tracing::error!(router = %router.name, %error, "waiting wishes could not be looked at");
        }
        tokio::select! {
            () = stop.cancelled() => return true,
            () = &mut delay => return false,
            () = bell.notified() => {}
        }
    }
}

/// From connecting to the loss of the connection; tells what went wrong.
async fn voyage(
    app: &App,
    router: &RouterRecord,
    status: &mut RouterStatus,
    backoff: &mut Backoff,
) -> String {
    match sail(app, router, status, backoff).await {
        Ok(reason) => reason,
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
    }
}

/// What ends a voyage.
pub(super) enum Trouble {
    Router(Error),
    Op(crate::ops::OpError),
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
    let portrait = look::portrait(&wire, router).await?;
    let ends = if portrait.version.starts_with("6.") { Ends::Joined } else { Ends::Apart };
    let make = Make { edition: portrait.edition, ends };
    let now = app.clock.now();
    let restarted = has_restarted(status, portrait.uptime_seconds, now);
    status.identity = Some(portrait.identity);
    status.version = Some(portrait.version);
    status.board = Some(portrait.board);
    status.uptime_seconds = portrait.uptime_seconds;
    status.clock_skew_seconds = portrait.clock_unix_seconds.map(|theirs| theirs - now.seconds());
    status.account_source = portrait.edition.map(wire::source_of);
    status.last_seen_at = Some(now);
    status.state =
        if portrait.missing_rights.is_empty() { RouterState::Online } else { RouterState::Degraded };
    status.last_error = (!portrait.missing_rights.is_empty())
        .then(|| format!("The API user lacks rights: {}.", portrait.missing_rights.join(", ")));
    report(app, status).await;
    app.fleet.connected(router.id, Some(wire.clone()));
    app.bus.doctor.notify_one();
    backoff.reset();
    bans::renew(app, router).await?;
    if restarted && router.mode == RouterMode::Observe {
        drifts::forget_observed(app, router.id).await?;
    }
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
        desired_stale: true,
        bans: Vec::new(),
        looks: 0,
        next_wish: None,
        count_at: Timestamp::default(),
        elsewhere: Watch::default(),
        ledger: Ledger::default(),
        seen_written: now,
        unmended: drifts::Unmended::of(app, router.id).await?,
        boxed: HashSet::new(),
        restarted,
    };
    voyage.watch().await
}

/// Has the router restarted since it was seen last? Then every id and dynamic entry of before is gone.
fn has_restarted(status: &RouterStatus, uptime: Option<i64>, now: Timestamp) -> bool {
    let (Some(before), Some(uptime), Some(seen)) = (status.uptime_seconds, uptime, status.last_seen_at)
    else {
        return false;
    };
    uptime < before.min(now.seconds() - seen.seconds() + 1) || uptime < before
}

/// What of that which is remembered of the database is outdated.
enum News {
    /// Everything.
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
    by_id: HashMap<Id, Tunnel>,
    desired: Desired,
    /// What is remembered of the database may be outdated.
    stale: bool,
    desired_stale: bool,
    /// The bans that were in force when the database was read last.
    bans: Vec<BanRecord>,
    /// How many looks there were.
    looks: u32,
    /// When the next wish that had to wait may be tried again.
    next_wish: Option<Timestamp>,
    count_at: Timestamp,
    elsewhere: Watch,
    ledger: Ledger,
    seen_written: Timestamp,
    /// Drifts that stand, reported already.
    unmended: drifts::Unmended,
    /// The tunnels (by session id) that waited and were found in the box.
    boxed: HashSet<String>,
    restarted: bool,
}

impl Voyage<'_> {
    async fn watch(&mut self) -> Result<String, Trouble> {
        let app = self.app;
        let bell = app.bus.router(self.router.id);
        let look_bell = app.bus.look(self.router.id);
        let mut hints = app.bus.listen();
        let mut push = self.start_push().await;
        let mut push_again = Box::pin(tokio::time::sleep(PUSH_AGAIN));
        let poll = interval(self.router);
        let mut next_look = Box::pin(tokio::time::sleep(Duration::ZERO));
        self.carry_wishes().await?;
        self.look(true).await?;
        let mut looked = tokio::time::Instant::now();
        next_look.as_mut().reset(tokio::time::Instant::now() + poll);
        loop {
            tokio::select! {
                reason = self.wire.closed() => {
                    return Ok(format!("The connection to the router was lost ({reason}). It is tried again."));
                }
                () = bell.notified() => self.carry_wishes().await?,
                () = until(app, self.next_wish) => self.carry_wishes().await?,
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
                        push_again.as_mut().reset(tokio::time::Instant::now() + PUSH_AGAIN);
                        self.set_push(false).await;
                    }
                }
                () = &mut push_again, if push.is_none() => {
                    push = self.start_push().await;
                    push_again.as_mut().reset(tokio::time::Instant::now() + PUSH_AGAIN);
                }
                () = &mut next_look => {
                    let (due, begun) = (next_look.deadline(), tokio::time::Instant::now());
                    self.carry_wishes().await?;
                    self.look(false).await?;
                    looked = tokio::time::Instant::now();
                    // From when it was due, so that what a look takes does not stretch the interval; but a router
                    // for which it takes longer than that is left alone for as long again.
                    let rest = SETTLE.max(looked - begun);
                    next_look.as_mut().reset((due + poll).max(looked + rest));
                }
                news = self.heard(&mut hints) => match news {
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
                Ok(Hint::User { .. } | Hint::Policies) | Err(RecvError::Lagged(_)) => return News::Sessions,
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
                let tunnel = wire::tunnel(&row);
                self.by_id.insert(row.id.compact(), tunnel.clone());
                // Not read again first, even if what is known may be outdated: the rules recognise a tunnel that
                // they know, and a prompt must not wait for ten thousand rows.
                if !self.known.knows(&tunnel) {
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
                        self.went(&connection, false).await?;
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
            let mut tx = self.app.store.read().await?;
            self.known.reload(tx.live_connections(self.router.id).await?);
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
            self.bans = tx.bans(Some(self.router.id), self.app.clock.now()).await?;
        }
        Ok(())
    }

    async fn came(&mut self, tunnel: &Tunnel) -> OpResult<()> {
        let applied = tunnels::seen(self.app, self.router, tunnel).await?;
        if applied.changed {
            self.stale = true;
        } else {
            self.known.hush(tunnel.clone());
        }
        Ok(())
    }

    async fn went(&mut self, connection: &LiveConnection, restarted: bool) -> OpResult<()> {
        self.stale = true;
        tunnels::gone(self.app, self.router, connection.session, connection.connection, restarted).await
    }

    async fn carry_wishes(&mut self) -> Result<(), Trouble> {
        if wishes::carry_due(self.app, self.router, &self.wire, self.make).await? {
            self.stale = true;
        }
        self.next_wish = match self.router.mode {
            RouterMode::Enforce => self.app.store.read().await?.next_wish_at(self.router.id).await?,
            RouterMode::Observe => None,
        };
        Ok(())
    }

    /// Reads the router's tables and compares them with what should be.
    async fn look(&mut self, first: bool) -> Result<(), Trouble> {
        self.refresh().await?;
        let rows = repair::tunnels(&self.wire).await?;
        let now = self.app.clock.now();
        self.by_id = rows.iter().map(|row| (row.id.compact(), row.tunnel.clone())).collect();
        let tunnels: Vec<Tunnel> = rows.iter().map(|row| row.tunnel.clone()).collect();
        self.show(rows, now);
        let news = self.known.compare(&tunnels);
        let restarted = (first && self.restarted) || news.all_went;
        for connection in &news.went {
            self.went(connection, restarted && first).await?;
        }
        for tunnel in &news.came {
            self.came(tunnel).await?;
        }
        if !news.went.is_empty() || !news.came.is_empty() {
            self.carry_wishes().await?;
        }
        self.check_box(&tunnels).await?;
        self.compare(tunnels, now, first).await?;
        if self.elsewhere.look(self.app, self.router, &self.wire, self.make.edition).await? {
            self.carry_wishes().await?;
        }
        self.count(now).await?;
        self.note_seen(now).await;
        Ok(())
    }

    /// Writes down what went through the tunnels. That it cannot be read keeps nobody out and lets nobody in.
    async fn count(&mut self, now: Timestamp) -> Result<(), Trouble> {
        if now < self.count_at {
            return Ok(());
        }
        self.count_at = now.plus(Seconds(self.router.poll_seconds.0.max(1).saturating_mul(LOOKS_A_COUNT)));
        match traffic::by_address(&self.wire).await {
            Ok(counted) => self.ledger.write(self.app, &self.known, &counted).await?,
            Err(error) => tracing::debug!(router = %self.router.name, %error, "traffic was not counted"),
        }
        Ok(())
    }

    /// Shows the tunnels to whoever asks.
    fn show(&self, rows: Vec<repair::Row>, now: Timestamp) {
        let seen = rows
            .into_iter()
            .map(|row| {
                let up = Seconds(u32::try_from(row.uptime.as_secs()).unwrap_or(u32::MAX));
                SeenTunnel { tunnel: row.tunnel, since: now.minus(up) }
            })
            .collect();
        self.app.fleet.saw(self.router.id, seen);
    }

    async fn note_seen(&mut self, now: Timestamp) {
        if now.since(self.seen_written) >= SEEN_EVERY {
            self.seen_written = now;
            self.status.last_seen_at = Some(now);
            report(self.app, self.status).await;
        }
    }
}

/// How long between two looks: so often that no allow entry lapses in between.
fn interval(router: &RouterRecord) -> Duration {
    let poll = Duration::from_secs(router.poll_seconds.0.max(1).into());
    match router.mode {
        RouterMode::Enforce => poll.min(lease(router) / LOOKS_AN_ENTRY),
        RouterMode::Observe => poll,
    }
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

//! Setting a router up: a plan of what is missing, carried out, proven and taken back.
//!
//! What has to be done is decided by `shared::router::setup`. Here it is done: each change is written into the journal
//! before its first command, so that a set-up that breaks off anywhere can be resumed (by applying again, which goes on
//! from what the router shows) or undone. One set-up at a time has a router, whoever asks and from wherever; it goes on
//! when the one who asked goes away.

mod apply;
mod journal;
mod report;
mod undo;

pub use report::{Line, Report};

use super::{
    OpError, OpResult, Who, audit, authority::Installer, devices, doctor, routers, secrets, settings,
};
use crate::{
    app::App,
    bus::Change as News,
    driver::{setup as driver, wire},
    store::{
        StoreError,
        records::{RouterMode, RouterRecord, SetupState, TlsMode},
    },
};
use journal::Entry;
use routeros_api::Connection;
use sallyport_shared::{
    firewall::Family,
    ids::RouterId,
    router::setup::{self, Change, Hooks, Menu, Page, Plan, Wanted, Words},
    time::Seconds,
};
use std::collections::{BTreeMap, BTreeSet};

/// How long a set-up has the router without a sign of life. Longer than the slowest command: signing a certificate.
const LEASE: Seconds = Seconds(300);

/// What a set-up would do. Reads the router and changes nothing.
///
/// # Errors
/// [`OpError::NotFound`]; `RouterUnreachable` or `RouterRefused`, in plain words.
pub async fn plan(app: &App, _by: &Installer, id: RouterId) -> OpResult<Report> {
    let router = find(app, id).await?;
    let shared = app.fleet.wire(id);
    let wire = match &shared {
        Some(wire) => wire.clone(),
        None => wire::connect(&router, &secrets::router_password(app, &router)?).await?,
    };
    let entries = journal::standing(app, id).await?;
    let plan = look(app, &router, &wire, &entries).await;
    if shared.is_none() {
        wire.close();
    }
    Ok(Report::new(id, plan?, &entries))
}

/// Carries a plan out: the steps with these keys, or all that are not optional. What is there already is not touched.
///
/// # Errors
/// [`OpError::Conflict`] for a router that is only observed, or while another set-up is under way;
/// [`OpError::Invalid`] for a key that no step has; `RouterUnreachable` when the connection is lost: apply again.
pub async fn apply(app: &App, by: &Installer, id: RouterId, keys: Option<Vec<String>>) -> OpResult<Report> {
    let (app, who) = (app.clone(), by.who().clone());
    finish(tokio::spawn(async move {
        let mut work = Work::begin(app, who, id).await?;
        let done = work.apply(keys.as_deref()).await;
        work.end("router.setup.apply", done).await
    }))
    .await
}

/// Takes back what was changed here and is still as it was left: of the steps with these keys, or of all.
///
/// # Errors
/// As [`apply`]; [`OpError::Invalid`] for a key of which nothing is to be taken back.
pub async fn undo(app: &App, by: &Installer, id: RouterId, keys: Option<Vec<String>>) -> OpResult<Report> {
    let (app, who) = (app.clone(), by.who().clone());
    finish(tokio::spawn(async move {
        let mut work = Work::begin(app, who, id).await?;
        let done = work.undo(keys.as_deref()).await;
        work.end("router.setup.undo", done).await
    }))
    .await
}

/// Waits for work that goes on even if nobody waits.
async fn finish(task: tokio::task::JoinHandle<OpResult<Report>>) -> OpResult<Report> {
    task.await.map_err(|error| OpError::Internal(format!("a set-up ended early: {error}")))?
}

/// A set-up under way: it has the router for itself, and a connection of its own.
struct Work {
    app: App,
    who: Who,
    router: RouterRecord,
    wire: Connection,
    holder: String,
}

/// Why a change was not made.
enum Trouble {
    /// The router said no, or it does not hold: other steps may still go well.
    Refused(Words),
    /// Nothing more can be done now.
    Lost(OpError),
}

impl From<OpError> for Trouble {
    fn from(error: OpError) -> Self {
        Self::Lost(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Lost(error.into())
    }
}

impl From<routeros_api::Error> for Trouble {
    fn from(error: routeros_api::Error) -> Self {
        match error.trap() {
            Some(_) => Self::Refused(Words::new("setup-failed").with("reason", wire::words(&error))),
            None => Self::Lost(wire::op_error(&error)),
        }
    }
}

impl Work {
    async fn begin(app: App, who: Who, id: RouterId) -> OpResult<Self> {
        let router = find(&app, id).await?;
        if router.mode == RouterMode::Observe {
            let text = format!(
                "{} is only observed, so nothing is changed on it. Set its mode to ENFORCE first, or carry the script out by hand",
                router.name
            );
            return Err(OpError::Conflict(text));
        }
        let password = secrets::router_password(&app, &router)?;
        let holder = app.clock.new_id().to_string();
        let (now, mut tx) = (app.clock.now(), app.store.begin().await?);
        if !tx.acquire_lease(&lease(id), &holder, now, now.plus(LEASE)).await? {
            let text = format!("Another set-up of {} is under way; wait until it is over", router.name);
            return Err(OpError::Conflict(text));
        }
        tx.commit().await?;
        let connected = async {
            let wire = wire::connect(&router, &password).await?;
            devices::claim_to_write(&app, &router, &wire).await?;
            Ok(wire)
        };
        match connected.await {
            Ok(wire) => Ok(Self { app, who, router, wire, holder }),
            Err(error) => {
                release(&app, id, &holder).await;
                Err(error)
            }
        }
    }

    /// Gives the router back; work that broke off leaves that in the audit.
    async fn end(self, action: &str, done: OpResult<Report>) -> OpResult<Report> {
        self.wire.close();
        if let Err(error) = &done
            && !matches!(error, OpError::Invalid { .. })
            && let Err(error) = self.audit(&format!("{action}.broken"), &error.to_string()).await
        {
            tracing::warn!(%error, "the audit of a set-up that broke off could not be written");
        }
        release(&self.app, self.router.id, &self.holder).await;
        self.app.fleet.wants_doctor(self.router.id);
        self.app.bus.doctor.notify_one();
        done
    }

    async fn audit(&self, action: &str, detail: &str) -> OpResult<()> {
        let mut tx = self.app.store.begin().await?;
        let subject = format!("router:{}", self.router.id);
        let id = audit(&mut tx, self.app.clock.now(), &self.who, action, &subject, Some(detail)).await?;
        tx.commit().await?;
        self.app.bus.tell(News::Audit { id });
        Ok(())
    }

    async fn look(&self) -> OpResult<Plan> {
        let entries = journal::standing(&self.app, self.router.id).await?;
        look(&self.app, &self.router, &self.wire, &entries).await
    }

    async fn report(&self, plan: Plan) -> OpResult<Report> {
        let entries = journal::standing(&self.app, self.router.id).await?;
        Ok(Report::new(self.router.id, plan, &entries))
    }
}

/// Reads a router and compares it with what is wanted.
async fn look(app: &App, router: &RouterRecord, wire: &Connection, entries: &[Entry]) -> OpResult<Plan> {
    let seen = driver::read(wire, router).await.map_err(|error| wire::op_error(&error))?;
    Ok(setup::plan(&seen, &wanted(app, router, entries).await?))
}

async fn wanted(app: &App, router: &RouterRecord, entries: &[Entry]) -> OpResult<Wanted> {
    let settings = settings::load(app).await?;
    let public_url = settings.public_url;
    let hooks = public_url.as_ref().and_then(|base| {
        let token = routers::hook_token(app, router).ok()?;
        let url = |what: &str| format!("{base}/client/{what}/?token={token}");
        Some(Hooks { connect: url("connect"), disconnect: url("disconnect") })
    });
    Ok(Wanted {
        sandbox: router.sandbox_list.clone(),
        allow: router.allow_list.clone(),
        ban: router.ban_list.clone(),
        host: router.host.clone(),
        username: router.username.clone(),
        tls: router.tls != TlsMode::Plain,
        knows_api_user: entries.iter().any(Entry::made_api_user),
        page: public_url.as_deref().and_then(page),
        hooks,
        telegram: settings.telegram_networks,
    })
}

/// The comments of the filter rules that the set-up made and nobody took back by it, by their families. None while a set-up is
/// under way: then they are neither here nor there.
pub(super) async fn made(app: &App, router: &RouterRecord) -> OpResult<BTreeMap<Family, BTreeSet<String>>> {
    let under_way = app.store.read().await?.is_leased(&lease(router.id), app.clock.now()).await?;
    let mut made: BTreeMap<Family, BTreeSet<String>> = BTreeMap::new();
    if under_way {
        return Ok(made);
    }
    for entry in journal::standing(app, router.id).await? {
        let family = match &entry.body.change {
            Change::Add { menu: Menu::Filter, .. } => Family::V4,
            Change::Add { menu: Menu::Filter6, .. } => Family::V6,
            _ => continue,
        };
        if entry.state == SetupState::Done {
            made.entry(family).or_default().insert(entry.body.change.known_by().text().into_owned());
        }
    }
    Ok(made)
}

/// Where the page of the box is; a server that is known by an IPv6 address is not reached by boxed tunnels.
pub(super) fn page(public_url: &str) -> Option<Page> {
    let url = reqwest::Url::parse(public_url).ok()?;
    let host = url.host_str().filter(|host| !host.starts_with('['))?.to_owned();
    Some(Page { host, port: url.port_or_known_default()? })
}

async fn find(app: &App, id: RouterId) -> OpResult<RouterRecord> {
    app.store.read().await?.router(id).await?.ok_or(OpError::NotFound("router"))
}

fn lease(id: RouterId) -> String {
    format!("setup:{id}")
}

/// Lets others at the router; if that fails the lease lapses by itself.
async fn release(app: &App, id: RouterId, holder: &str) {
    let released = async {
        let mut tx = app.store.begin().await?;
        tx.release_lease(&lease(id), holder).await?;
        tx.commit().await
    };
    if let Err(error) = released.await {
        tracing::warn!(%error, "a set-up could not give its router back; others may have it in a few minutes");
    }
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn the_page_is_where_the_server_is() {
        let at = |url: &str| page(url).map(|page| (page.host, page.port));
        assert_eq!(at("https://vpn.example.org"), Some(("vpn.example.org".to_owned(), 443)));
        assert_eq!(at("http://10.0.0.2:8080"), Some(("10.0.0.2".to_owned(), 8080)));
        assert_eq!((at("https://[fd00::1]"), at("nonsense")), (None, None));
    }
}

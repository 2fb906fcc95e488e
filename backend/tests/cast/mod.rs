//! The cast of the stories: a server with its workers, a simulated router and a simulated Telegram, over real
//! sockets. Nothing here sleeps for luck: the stories wait for what the simulators see.

#![expect(dead_code, reason = "each story uses a part of it")]

pub(crate) mod desk;

use sallyport::{
    app::App,
    clock::{Clock, secret_word},
    config::Config,
    ops::{
        Who, secrets,
        sessions::{self, Target},
    },
    store::{
        records::{
            AlertRecord, RouterMode, RouterRecord, RouterStatus, SessionFilter, SessionOrder, Slice,
            UserRecord,
        },
        testing,
    },
    work,
};
use sallyport_shared::{
    ids::{AccountId, AdminId, RouterId, UserId},
    language::Language,
    person::{TelegramId, UserStatus},
    policy::Policy,
    session::{Actor, Event, Session},
    time::Seconds,
};
use sim::{
    routeros::{JournalEntry, RouterSim},
    telegram::{Person, TelegramSim},
};
use std::{net::SocketAddr, path::Path, time::Duration};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The bot's token in the stories.
pub(crate) const TOKEN: &str = "123456:story";
/// How long a story waits for something that must happen, as a backstop.
pub(crate) const BACKSTOP: Duration = Duration::from_secs(20);

/// Everybody and everything.
pub(crate) struct Cast {
    pub(crate) app: App,
    pub(crate) router: RouterSim,
    pub(crate) telegram: TelegramSim,
    pub(crate) router_id: RouterId,
    folder: TempDir,
    stop: CancellationToken,
    workers: Option<tokio::task::JoinHandle<()>>,
}

/// The names of the three lists on the stories' router.
pub(crate) const ALLOW: &str = "2fa-allowed";
pub(crate) const SANDBOX: &str = "2fa-sandboxed";

fn config(folder: &Path, telegram: &TelegramSim, more: &[(&str, &str)]) -> Config {
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let variables = [
        ("SALLYPORT_DATA_DIR".to_owned(), folder.display().to_string()),
        ("SALLYPORT_TELEGRAM_TOKEN".to_owned(), TOKEN.to_owned()),
        ("SALLYPORT_TELEGRAM_API_URL".to_owned(), telegram.url()),
    ];
    Config::load(None, variables.into_iter().chain(more)).expect("the configuration is sound")
}

/// A router with accounts `ivan` and `olga`, boxed by their profile, and a bound-able rule.
pub(crate) async fn router_sim() -> RouterSim {
    router_sim_of("7.22.3").await
}

/// The same with another version of RouterOS.
pub(crate) async fn router_sim_of(version: &str) -> RouterSim {
    RouterSim::builder()
        .version(version)
        .user("sallyport", "secret", "read,write,api")
        .row(
            "ppp/profile",
            &[
                ("name", "vpn"),
                ("local-address", "10.8.0.1"),
                ("remote-address", "vpn"),
                ("address-list", SANDBOX),
            ],
        )
        .row("ppp/secret", &[("name", "ivan"), ("profile", "vpn"), ("disabled", "yes")])
        .row("ppp/secret", &[("name", "olga"), ("profile", "vpn"), ("disabled", "yes")])
        .row(
            "ip/firewall/filter",
            &[("chain", "forward"), ("action", "accept"), ("comment", "2FA ivan"), ("disabled", "yes")],
        )
        .start()
        .await
        .expect("the simulated router starts")
}

impl Cast {
    /// The server is up with one router (in the ENFORCE mode); nobody is registered.
    pub(crate) async fn assemble() -> Self {
        Self::assemble_with(&[]).await
    }

    /// The same, with more variables of the environment.
    pub(crate) async fn assemble_with(variables: &[(&str, &str)]) -> Self {
        Self::assemble_around(router_sim().await, variables, true).await
    }

    /// The same around a router of the story's own; `entered`: the server knows it already.
    pub(crate) async fn assemble_around(
        router: RouterSim,
        variables: &[(&str, &str)],
        entered: bool,
    ) -> Self {
        Self::assemble_at(Clock::system(), router, variables, entered).await
    }

    /// The same by a clock of the story's own.
    pub(crate) async fn assemble_at(
        clock: Clock,
        router: RouterSim,
        variables: &[(&str, &str)],
        entered: bool,
    ) -> Self {
        let telegram =
            TelegramSim::start(TOKEN, "sallyport_bot").await.expect("the simulated Telegram starts");
        telegram.set_patience(BACKSTOP);
        let folder = TempDir::new().expect("a temporary folder");
        let app =
            App::open(config(folder.path(), &telegram, variables), clock).await.expect("the server opens");
        let router_id = if entered {
            add_router(&app, router.addr(), RouterMode::Enforce).await
        } else {
            RouterId(uuid::Uuid::nil())
        };
        let mut cast =
            Self { app, router, telegram, router_id, folder, stop: CancellationToken::new(), workers: None };
        cast.start();
        cast
    }

    /// Starts the workers.
    pub(crate) fn start(&mut self) {
        self.stop = CancellationToken::new();
        self.workers = Some(tokio::spawn(work::run(self.app.clone(), self.stop.clone())));
    }

    /// Kills the workers in the middle of whatever they do, for good.
    pub(crate) async fn kill(&mut self) {
        if let Some(workers) = self.workers.take() {
            workers.abort();
            let _ = workers.await;
        }
        // The routers' own tasks live on, but reach nothing any more.
        self.router.refuse().await;
        self.router.break_connections();
    }

    /// Kills the workers in the middle of whatever they do and opens the server anew on the same data.
    pub(crate) async fn crash_and_restart(&mut self) {
        if let Some(workers) = self.workers.take() {
            workers.abort();
            let _ = workers.await;
        }
        self.app.bus = sallyport::bus::Bus::default();
        self.app.fleet = sallyport::driver::Fleet::default();
        self.start();
    }

    /// An administrator.
    pub(crate) fn admin() -> Who {
        Who::Admin { id: AdminId(uuid::Uuid::nil()), name: "marina".to_owned(), address: None }
    }

    pub(crate) fn admin_actor(reason: &str) -> Actor {
        Actor::Admin {
            id: AdminId(uuid::Uuid::nil()),
            name: "marina".to_owned(),
            reason: Some(reason.to_owned()),
        }
    }

    /// An approved person with an account on the story's router.
    pub(crate) async fn person(
        &self,
        telegram: i64,
        name: &str,
        username: &str,
    ) -> (Person, UserId, AccountId) {
        self.person_on(self.router_id, telegram, name, username).await
    }

    /// The same, who is spoken to in this language.
    pub(crate) async fn person_of(&self, language: Language, username: &str) -> (Person, AccountId) {
        let (person, id, account) = self.person(101, "Ivan", username).await;
        let mut tx = self.app.store.begin().await.unwrap();
        let mut record = tx.user(id).await.unwrap().unwrap();
        record.language = language;
        tx.save_user(&record).await.unwrap();
        tx.commit().await.unwrap();
        (person, account)
    }

    /// An approved person with an account on a router.
    pub(crate) async fn person_on(
        &self,
        router: RouterId,
        telegram: i64,
        name: &str,
        username: &str,
    ) -> (Person, UserId, AccountId) {
        let person = self.telegram.person(telegram, name, Some("en"), None);
        let id = UserId(self.app.clock.new_id());
        let account = AccountId(self.app.clock.new_id());
        let now = self.app.clock.now();
        let mut tx = self.app.store.begin().await.unwrap();
        tx.insert_user(&UserRecord {
            id,
            status: UserStatus::Approved,
            display_name: name.to_owned(),
            telegram: Some(TelegramId(telegram)),
            telegram_username: None,
            telegram_blocked_at: None,
            language: Language::En,
            email: None,
            phone: None,
            note: None,
            rejection_reason: None,
            decided_by: None,
            decided_at: None,
            policy: None,
            created_at: now,
            last_seen_at: None,
            deleted_at: None,
            version: 0,
        })
        .await
        .unwrap();
        tx.link_account(account, id, router, username, now).await.unwrap();
        tx.commit().await.unwrap();
        (person, id, account)
    }

    /// Changes the default policy.
    pub(crate) async fn policy(&self, change: impl FnOnce(&mut Policy)) {
        let mut tx = self.app.store.begin().await.unwrap();
        let mut record = tx.default_policy().await.unwrap().unwrap();
        change(&mut record.policy);
        tx.save_policy(&record.policy, record.version).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Something happens to the account's session.
    pub(crate) async fn happen(
        &self,
        account: AccountId,
        event: Event,
    ) -> sallyport::ops::OpResult<sessions::Applied> {
        sessions::apply(&self.app, &Target::Account(account), &event, &Self::admin()).await
    }

    /// The sessions, newest last.
    pub(crate) async fn sessions(&self) -> Vec<Session> {
        let mut tx = self.app.store.read().await.unwrap();
        let order =
            SessionOrder { by: sallyport::store::records::SessionSort::StartedAt, ..Default::default() };
        let page = tx.sessions_page(&SessionFilter::default(), order, &Slice::first(100)).await.unwrap();
        let mut sessions = Vec::new();
        for (_, loaded) in page.items {
            sessions.extend(tx.session(loaded.session.id).await.unwrap().map(|loaded| loaded.session));
        }
        sessions
    }

    /// Waits until the newest session is as wanted.
    pub(crate) async fn wait_session(&self, what: &str, wanted: impl Fn(&Session) -> bool) -> Session {
        let mut changes = self.app.bus.listen();
        let found = tokio::time::timeout(BACKSTOP, async {
            loop {
                if let Some(session) = self.sessions().await.into_iter().next_back().filter(&wanted) {
                    return session;
                }
                let _ = changes.recv().await;
            }
        });
        match found.await {
            Ok(session) => session,
            Err(_) => panic!("waited in vain for {what}; sessions: {:#?}", self.sessions().await),
        }
    }

    /// Waits until what stands open is as wanted.
    pub(crate) async fn wait_alerts(&self, what: &str, wanted: impl Fn(&[AlertRecord]) -> bool) {
        let mut changes = self.app.bus.listen();
        let open = async || self.app.store.read().await.unwrap().open_alerts().await.unwrap();
        let waited = tokio::time::timeout(BACKSTOP, async {
            while !wanted(&open().await) {
                let _ = changes.recv().await;
            }
        });
        if waited.await.is_err() {
            panic!("waited in vain for {what}; open: {:#?}", open().await);
        }
    }

    /// Waits until a router's state, as administrators see it, is as wanted.
    pub(crate) async fn wait_status(
        &self,
        router: RouterId,
        what: &str,
        wanted: impl Fn(&RouterStatus) -> bool,
    ) -> RouterStatus {
        let mut changes = self.app.bus.listen();
        let mut seen = None;
        let waited = tokio::time::timeout(BACKSTOP, async {
            loop {
                let mut tx = self.app.store.read().await.unwrap();
                seen = tx.router_statuses(&[router]).await.unwrap().remove(&router);
                drop(tx);
                if let Some(status) = seen.clone().filter(&wanted) {
                    return status;
                }
                let _ = changes.recv().await;
            }
        });
        match waited.await {
            Ok(status) => status,
            Err(_) => panic!("waited in vain for {what}; last: {seen:#?}"),
        }
    }

    /// Waits until the router is as wanted.
    pub(crate) async fn wait_router(&self, what: &str, wanted: impl Fn(&sim::routeros::State<'_>) -> bool) {
        if self.router.wait_until(wanted).await.is_err() {
            panic!("waited in vain for {what}; journal: {:#?}", self.router.journal());
        }
    }

    /// Is the account enabled on the router?
    pub(crate) fn account_enabled(&self, username: &str) -> bool {
        self.router.row("ppp/secret", username).is_some_and(|row| !row.is("disabled"))
    }
}

impl Drop for Cast {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A router for the server.
pub(crate) async fn add_router(app: &App, address: SocketAddr, mode: RouterMode) -> RouterId {
    add_polled_router(app, address, mode, Seconds(1)).await
}

/// The same, looked at this often.
pub(crate) async fn add_polled_router(
    app: &App,
    address: SocketAddr,
    mode: RouterMode,
    poll: Seconds,
) -> RouterId {
    let id = RouterId(app.clock.new_id());
    let others = app.store.read().await.unwrap().routers().await.unwrap().len();
    let name = if others == 0 { "hq-gw".to_owned() } else { format!("hq-gw-{}", others + 1) };
    let record = RouterRecord {
        host: address.ip().to_string(),
        port: address.port(),
        password_enc: secrets::seal_router_password(app, id, "secret").unwrap(),
        mode,
        poll_seconds: poll,
        sandbox_list: SANDBOX.to_owned(),
        allow_list: ALLOW.to_owned(),
        allow_seconds: Seconds(120),
        hook_token_hash: secret_word(),
        created_at: app.clock.now(),
        ..testing::router(id, &name)
    };
    let mut tx = app.store.begin().await.unwrap();
    tx.insert_router(&record).await.unwrap();
    tx.commit().await.unwrap();
    app.bus.fleet.notify_one();
    id
}

/// Does the worker read the lists that it keeps, one or the other? The doctor, who changes none, asks for no ids, and whoever
/// lets a tunnel through for its address on one list.
pub(crate) fn is_comparison_of_lists(entry: &JournalEntry) -> bool {
    let asks = entry.attribute(".proplist").unwrap_or_default();
    let is_either = entry.queries.len() == 3 && entry.queries.iter().any(|word| word == "#|");
    entry.command == "/ip/firewall/address-list/print" && is_either && asks.starts_with(".id,")
}

/// Is it the one command by which a look begins? The doctor, who does nothing to a tunnel, asks for no ids.
pub(crate) fn is_look(entry: &JournalEntry) -> bool {
    let asks = entry.attribute(".proplist").unwrap_or_default();
    entry.command == "/ppp/active/print" && entry.queries.is_empty() && asks.starts_with(".id,")
}

/// Waits until the worker has looked at the router's tables so often from now on, from the beginning to the end.
pub(crate) async fn looks(router: &RouterSim, count: usize) {
    let mut seen = router.commands();
    for _ in 0..=count {
        let look = router.wait_for(|e| e.number > seen && is_comparison_of_lists(e)).await.unwrap();
        seen = look.number;
    }
}

//! The cast of the bot's stories: a server without routers, its bot and its courier, and a simulated Telegram over
//! real sockets. The clock stands still unless a story moves it. Stories wait for what the simulator sees.

#![expect(dead_code, unreachable_pub, reason = "each file of stories uses a part of it")]

pub mod codes;

use sallyport::{
    app::App,
    bot::{self, Address, BotState, Telegram},
    clock::Clock,
    config::{Config, Secret},
    http::{self, Metrics},
    ops::{
        OpResult, Who, admins,
        authority::{Owner, Viewer},
        links, offline,
        sessions::{Applied, Target, apply},
    },
    store::{
        Store,
        records::{
            AdminRecord, Role, RouterRecord, SessionFilter, SessionOrder, SessionSort, Slice, UserRecord,
        },
        testing::{self, Temporary, postgres_server},
    },
    work::{deliver, herald},
};
use sallyport_shared::{
    ids::{AccountId, AdminId, RouterId, UserId},
    language::Language,
    person::{TelegramId, UserStatus},
    policy::Policy,
    session::{Actor, Boot, Event, Session, Tunnel},
    time::Timestamp,
};
use sim::telegram::{Fault, FaultRule, Message, Person, TelegramSim};
use std::{net::SocketAddr, path::Path, time::Duration};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// The bot's token in the stories.
pub const TOKEN: &str = "123456:story-secret";
/// 2026-11-22T11:05:00Z
pub const NOON: Timestamp = Timestamp::from_micros(1_795_345_500_000_000);
/// How long a story waits for something that must happen, as a backstop.
pub const BACKSTOP: Duration = Duration::from_secs(20);

/// Where a story takes place.
pub enum Database {
    Sqlite,
    Postgres(Temporary),
}

impl Database {
    /// A database of its own on the server that `TEST_POSTGRES_URL` names, if it names one.
    pub async fn postgres() -> Option<Self> {
        let server = postgres_server()?;
        Some(Self::Postgres(Store::temporary_postgres(&server).await.expect("a database is made")))
    }
}

/// Tells each story on both databases.
#[macro_export]
macro_rules! stories {
    ($($story:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $story() {
                    super::$story($crate::bot_cast::Database::Sqlite).await;
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $story() {
                    if let Some(database) = $crate::bot_cast::Database::postgres().await {
                        super::$story(database).await;
                    }
                }
            )*
        }
    };
}

/// Everybody and everything.
pub struct BotCast {
    pub app: App,
    pub telegram: TelegramSim,
    pub router: RouterId,
    folder: TempDir,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

fn config(folder: &Path, database: &Database, telegram: &TelegramSim, more: &[(&str, &str)]) -> Config {
    let url = match database {
        Database::Sqlite => format!("sqlite://{}", folder.join("story.db").display()),
        Database::Postgres(database) => database.url(),
    };
    let variables = [
        ("SALLYPORT_DATABASE_URL".to_owned(), url),
        ("SALLYPORT_DATA_DIR".to_owned(), folder.display().to_string()),
        ("SALLYPORT_TELEGRAM_TOKEN".to_owned(), TOKEN.to_owned()),
        ("SALLYPORT_TELEGRAM_API_URL".to_owned(), telegram.url()),
    ];
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(None, variables.into_iter().chain(more)).expect("the configuration is sound")
}

impl BotCast {
    /// The bot runs and nobody is registered.
    pub async fn assemble(database: &Database) -> Self {
        let mut cast = Self::assemble_without_bot(database).await;
        cast.start();
        cast.telegram.wait_call(0, |call| call.is("getUpdates")).await.expect("the bot polls");
        cast
    }

    /// Everything is there, but the bot does not run yet.
    pub async fn assemble_without_bot(database: &Database) -> Self {
        Self::assemble_with(database, &[]).await
    }

    /// The same, with more variables.
    pub async fn assemble_with(database: &Database, more: &[(&str, &str)]) -> Self {
        let telegram =
            TelegramSim::start(TOKEN, "sallyport_bot").await.expect("the simulated Telegram starts");
        telegram.set_patience(BACKSTOP);
        let folder = TempDir::new().expect("a temporary folder");
        let app = App::open(config(folder.path(), database, &telegram, more), Clock::manual(NOON))
            .await
            .expect("the server opens");
        let router = add_router(&app, "Office").await;
        Self { app, telegram, router, folder, stop: CancellationToken::new(), tasks: Vec::new() }
    }

    /// Starts the bot and its courier.
    pub fn start(&mut self) {
        self.stop = CancellationToken::new();
        self.app.duty.set(true);
        self.tasks = vec![
            tokio::spawn(bot::run(self.app.clone(), self.stop.clone())),
            tokio::spawn(deliver::run(self.app.clone(), self.stop.clone())),
            tokio::spawn(herald::run(self.app.clone(), self.stop.clone())),
        ];
    }

    /// Serves HTTP, where Telegram delivers to.
    pub async fn serve(&mut self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (app, stop) = (self.app.clone(), self.stop.clone());
        let metrics = Metrics::collect().expect("metrics");
        self.tasks.push(tokio::spawn(async move {
            http::serve(app, metrics, listener, stop).await.expect("it serves");
        }));
        address
    }

    /// As a process that has just been started: nothing is remembered but what is in the database.
    pub async fn reopen(&mut self) {
        let (config, now) = ((*self.app.config).clone(), self.app.clock.now());
        self.app = App::beside(config, Clock::manual(now)).await.expect("the server opens again");
    }

    /// Waits until the bot is in such a state.
    pub async fn wait_state(&self, wanted: impl Fn(&BotState) -> bool) {
        let mut health = self.app.bot.watch();
        tokio::time::timeout(BACKSTOP, health.wait_for(|health| wanted(&health.state)))
            .await
            .unwrap_or_else(|_| panic!("{:?}", self.app.bot.health()))
            .expect("the handle is there");
    }

    /// Moves the clock on to whatever is waited for next, again and again, until it is so.
    pub async fn until(&self, so: impl AsyncFn() -> bool) {
        let mut changes = self.app.bus.listen();
        let mut health = self.app.bot.watch();
        let mut time = self.app.clock.passing();
        tokio::time::timeout(BACKSTOP, async {
            while !so().await {
                tokio::select! {
                    () = time.step() => {}
                    Ok(()) = health.changed() => {}
                    _ = changes.recv() => {}
                }
            }
        })
        .await
        .unwrap_or_else(|_| panic!("{:?}", self.app.bot.health()));
    }

    /// A line to Telegram of one's own, for passes of the courier that the story makes itself.
    pub fn line(&self) -> Telegram {
        let api_url = self.app.config.telegram.api_url.clone();
        Telegram::new(&Address { token: Secret::new(TOKEN), api_url, proxy: None }).expect("a line")
    }

    /// The question about a tunnel of the account stands in the chat twice, the first copy first: Telegram's answer to its
    /// first sending was lost. No courier runs yet: its passes are made here.
    pub async fn doubled(&self, person: &Person, account: AccountId) -> [Message; 2] {
        self.grant(account).await;
        let line = self.line();
        deliver::tick(&self.app, &line).await.unwrap();
        self.telegram.inject(FaultRule::new(Fault::LoseAnswer).on("sendMessage").times(1));
        self.tunnel(account, "anna", "0x1").await;
        assert_eq!(deliver::tick(&self.app, &line).await.unwrap().delayed, 1);
        self.advance(2);
        assert_eq!(deliver::tick(&self.app, &line).await.unwrap().sent, 1);
        let messages = person.messages().into_iter();
        let questions: Vec<_> = messages.filter(|message| message.button_texts().len() == 2).collect();
        questions.try_into().expect("the question stands there twice")
    }

    /// Somebody of whom a code is expected that nothing can be compared with: a seed that was sealed with another key.
    /// Whatever she writes next cannot be handled.
    pub async fn poisoned(&self) -> Person {
        let (eve, id, _) = self.member(7, "Eve", "eve").await;
        let user = self.known(7).await.unwrap();
        offline::begin(&self.app, &user, TelegramId(7), Language::En).await.unwrap();
        self.quiet().await;
        let mut tx = self.app.store.begin().await.unwrap();
        tx.set_new_offline_code(id, b"sealed with another key", self.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        eve
    }

    /// Stops both in good order.
    pub async fn stop(&mut self) {
        self.stop.cancel();
        for task in self.tasks.drain(..) {
            task.await.expect("ends in good order");
        }
    }

    /// Kills both in the middle of whatever they do.
    pub async fn kill(&mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
            let _ = task.await;
        }
        self.stop.cancel();
    }

    /// Somebody with Telegram whom the server does not know.
    pub fn stranger(&self, telegram: i64, name: &str, language: &str) -> Person {
        self.telegram.person(telegram, name, Some(language), None)
    }

    /// A person who has written to the bot before.
    pub async fn person(
        &self,
        telegram: i64,
        name: &str,
        status: UserStatus,
        language: Language,
    ) -> (Person, UserId) {
        let person = self.telegram.person(telegram, name, Some(language.tag()), None);
        person.unblock();
        let id = UserId(self.app.clock.new_id());
        let mut tx = self.app.store.begin().await.unwrap();
        tx.insert_user(&user(id, telegram, name, status, language, self.app.clock.now())).await.unwrap();
        tx.commit().await.unwrap();
        (person, id)
    }

    /// Links an account.
    pub async fn account(&self, owner: UserId, username: &str) -> AccountId {
        self.account_on(self.router, owner, username).await
    }

    /// Links an account on this router.
    pub async fn account_on(&self, router: RouterId, owner: UserId, username: &str) -> AccountId {
        let id = AccountId(self.app.clock.new_id());
        let mut tx = self.app.store.begin().await.unwrap();
        tx.link_account(id, owner, router, username, self.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// One more router.
    pub async fn another_router(&self, name: &str) -> RouterId {
        add_router(&self.app, name).await
    }

    /// An approved person with an account.
    pub async fn member(&self, telegram: i64, name: &str, username: &str) -> (Person, UserId, AccountId) {
        let (person, id) = self.person(telegram, name, UserStatus::Approved, Language::En).await;
        let account = self.account(id, username).await;
        (person, id, account)
    }

    /// The person whom the server knows by this Telegram number.
    pub async fn known(&self, telegram: i64) -> Option<UserRecord> {
        self.app.store.read().await.unwrap().user_by_telegram(TelegramId(telegram)).await.unwrap()
    }

    /// Changes a person.
    pub async fn change(&self, id: UserId, change: impl FnOnce(&mut UserRecord)) {
        let mut tx = self.app.store.begin().await.unwrap();
        let mut user = tx.user(id).await.unwrap().unwrap();
        change(&mut user);
        tx.save_user(&user).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// An administrator for the console.
    pub async fn administrator(&self, name: &str, role: Role) -> AdminRecord {
        let password = "correct horse battery staple";
        admins::create(&self.app, &Owner::of_command_line(), name, password, role).await.unwrap()
    }

    /// An administrator's Telegram account, tied by a code.
    pub async fn tied(&self, telegram: i64, admin: &AdminRecord, language: &str) -> Person {
        let person = self.stranger(telegram, &admin.username, language);
        let viewer = Viewer::of(admin, None, None).unwrap();
        let code = links::new_admin_code(&self.app, &viewer).await.unwrap();
        person.send(&code).await;
        person.wait_message(|message| message.text.contains(&admin.username)).await.unwrap();
        person
    }

    /// Changes the default policy.
    pub async fn policy(&self, change: impl FnOnce(&mut Policy)) {
        let mut tx = self.app.store.begin().await.unwrap();
        let mut record = tx.default_policy().await.unwrap().unwrap();
        change(&mut record.policy);
        tx.save_policy(&record.policy, record.version).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Something happens to the account's session.
    pub async fn happen(&self, account: AccountId, event: Event) -> OpResult<Applied> {
        let who = Who::Admin { id: AdminId(uuid::Uuid::nil()), name: "marina".to_owned(), address: None };
        apply(&self.app, &Target::Account(account), &event, &who).await
    }

    /// The account's session is granted, and the router has enabled the account.
    pub async fn grant(&self, account: AccountId) {
        self.happen(account, Event::Ask { by: admin(), seconds: None }).await.unwrap();
        self.happen(account, Event::AccountEnabled).await.unwrap();
    }

    /// A tunnel of the account comes up on the router.
    pub async fn tunnel(&self, account: AccountId, username: &str, session_id: &str) {
        let seen = tunnel_seen(username, session_id, "203.0.113.7", "10.8.0.5");
        self.happen(account, seen).await.unwrap();
    }

    /// The account's tunnel waits and its owner has been asked.
    pub async fn prompted(&self, person: &Person, account: AccountId, username: &str) -> Message {
        self.grant(account).await;
        person.wait_message(|message| message.text.contains("You can connect now")).await.unwrap();
        self.tunnel(account, username, "0x81300077").await;
        person.wait_message(|message| message.button("Confirm").is_some()).await.unwrap()
    }

    /// Does what is due.
    pub async fn tick(&self) {
        sallyport::ops::sessions::tick(&self.app, 100, &std::collections::HashSet::new()).await.unwrap();
    }

    /// Moves the clock.
    pub fn advance(&self, seconds: u32) {
        self.app.clock.advance(Duration::from_secs(u64::from(seconds)));
    }

    /// The sessions, oldest first.
    pub async fn sessions(&self) -> Vec<Session> {
        let order = SessionOrder { by: SessionSort::StartedAt, ..SessionOrder::default() };
        let mut tx = self.app.store.read().await.unwrap();
        let page = tx.sessions_page(&SessionFilter::default(), order, &Slice::first(100)).await.unwrap();
        let mut sessions = Vec::new();
        for (_, listed) in page.items {
            // Lists leave the connections out.
            sessions.push(
                tx.session(listed.session.id).await.unwrap().expect("a listed session is there").session,
            );
        }
        sessions
    }

    /// Waits until nothing is left to be delivered.
    pub async fn quiet(&self) {
        let mut delivered = self.app.bus.delivered.subscribe();
        tokio::time::timeout(BACKSTOP, async {
            loop {
                delivered.borrow_and_update();
                if self.app.store.read().await.unwrap().pending_deliveries_count().await.unwrap() == 0 {
                    return;
                }
                delivered.changed().await.expect("the bus is there");
            }
        })
        .await
        .expect("everything is delivered");
    }
}

/// The bot's next message with these words, as soon as it comes.
pub async fn hears(person: &Person, words: &str) -> Message {
    person.wait_message(|message| message.text.contains(words)).await.unwrap()
}

/// A tunnel was seen.
pub fn tunnel_seen(username: &str, session_id: &str, caller: &str, address: &str) -> Event {
    Event::TunnelSeen {
        tunnel: Tunnel {
            boot: Boot::default(),
            router_session_id: session_id.to_owned(),
            username: username.to_owned(),
            service: "l2tp".to_owned(),
            caller_id: Some(caller.to_owned()),
            address: Some(address.to_owned()),
        },
    }
}

/// An administrator as the rules see them.
pub fn admin() -> Actor {
    Actor::Admin {
        id: AdminId(uuid::Uuid::nil()),
        name: "marina".to_owned(),
        reason: Some("story".to_owned()),
    }
}

/// A person as the store keeps them.
pub fn user(
    id: UserId,
    telegram: i64,
    name: &str,
    status: UserStatus,
    language: Language,
    now: Timestamp,
) -> UserRecord {
    UserRecord {
        id,
        status,
        display_name: name.to_owned(),
        telegram: Some(TelegramId(telegram)),
        telegram_username: None,
        telegram_blocked_at: None,
        language,
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
    }
}

async fn add_router(app: &App, name: &str) -> RouterId {
    let id = RouterId(app.clock.new_id());
    let mut tx = app.store.begin().await.unwrap();
    let created_at = app.clock.now();
    tx.insert_router(&RouterRecord { created_at, ..testing::router(id, name) }).await.unwrap();
    tx.commit().await.unwrap();
    id
}

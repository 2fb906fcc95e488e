//! Two servers on one PostgreSQL: one works, the other stands by, and takes over whatever becomes of the first.

mod bot_cast;

use bot_cast::Database;
use sallyport::{
    app::App,
    bus::Change,
    clock::Clock,
    config::Config,
    ops::hooks::{self, Hook, Report},
    work::duty::{self, Shift, Terms},
};
use sallyport_shared::ids::RouterId;
use std::{path::Path, time::Duration};
use tokio::sync::broadcast::Receiver;
use tokio_util::sync::CancellationToken;

const BACKSTOP: Duration = Duration::from_secs(30);

/// Short, so that nobody waits for half a minute.
const TERMS: Terms = Terms {
    lasts: Duration::from_secs(5),
    renewed: Duration::from_millis(50),
    margin: Duration::from_millis(1_000),
};

struct Server {
    app: App,
    stop: CancellationToken,
    work: tokio::task::JoinHandle<()>,
}

async fn server(url: &str, folder: &Path) -> Server {
    let variables = [
        ("SALLYPORT_DATA_DIR".to_owned(), folder.display().to_string()),
        ("SALLYPORT_DATABASE_URL".to_owned(), url.to_owned()),
    ];
    let config = Config::load(None, variables).expect("the configuration is sound");
    let app = App::open(config, Clock::system()).await.expect("the server opens");
    let stop = CancellationToken::new();
    let work = tokio::spawn(duty::run(app.clone(), stop.clone(), TERMS));
    Server { app, stop, work }
}

impl Server {
    /// Waits until this server's shift is as wanted; gives it.
    async fn wait(&self, what: &str, wanted: impl Fn(Shift) -> bool) -> Shift {
        let mut shift = self.app.duty.watch();
        let waited = tokio::time::timeout(BACKSTOP, shift.wait_for(|shift| wanted(*shift))).await;
        *waited.unwrap_or_else(|_| panic!("waited in vain: {what}")).expect("the server is there")
    }

    async fn works(&self) -> Shift {
        self.wait("it works", |shift| shift != Shift::Off).await
    }

    async fn rests(&self) -> Shift {
        self.wait("it stops working", |shift| shift == Shift::Off).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_works_and_another_takes_over() {
    let Some(Database::Postgres(database)) = Database::postgres().await else { return };
    let folder = tempfile::TempDir::new().unwrap();
    let first = server(&database.url(), folder.path()).await;
    let Shift::Leased(lapse) = first.works().await else { panic!("there is a lease") };
    let second = server(&database.url(), folder.path()).await;
    let third = server(&database.url(), folder.path()).await;
    // Renewed after the first lease would have lapsed: nobody else got it meanwhile.
    let beyond = lapse + TERMS.lasts;
    first.wait("it renews", |shift| matches!(shift, Shift::Leased(until) if until > beyond)).await;
    assert!(first.app.duty.is_on() && !second.app.duty.is_on() && !third.app.duty.is_on());

    // Killed: the lease lapses.
    first.work.abort();
    tokio::select! {
        _ = second.works() => {}
        _ = third.works() => {}
    }
    assert!(second.app.duty.is_on() != third.app.duty.is_on(), "one of them");
    let (working, waiting) = if second.app.duty.is_on() { (second, third) } else { (third, second) };

    // Stopped in peace: the work is handed over, whether the lease has lapsed or not.
    working.stop.cancel();
    working.work.await.unwrap();
    assert!(!working.app.duty.is_on());
    waiting.works().await;

    // Taken away, as if its clock had stood still for long: it stops by itself.
    let mut tx = waiting.app.store.begin().await.unwrap();
    let now = tx.time().await.unwrap();
    let long_after = now.plus(sallyport_shared::time::Seconds(60));
    assert!(
        tx.acquire_lease(
            "work",
            "another server",
            long_after,
            long_after.plus(sallyport_shared::time::Seconds(600))
        )
        .await
        .unwrap()
    );
    tx.commit().await.unwrap();
    waiting.rests().await;
    waiting.stop.cancel();
    waiting.work.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_comes_to_the_one_that_stands_by_is_heard_by_the_one_that_works() {
    let Some(Database::Postgres(database)) = Database::postgres().await else { return };
    let folder = tempfile::TempDir::new().unwrap();
    let working = server(&database.url(), folder.path()).await;
    working.works().await;
    let standing_by = server(&database.url(), folder.path()).await;
    let (router, other) = (RouterId(working.app.clock.new_id()), RouterId(working.app.clock.new_id()));
    let report = Report::parse(br#"{"name":"ivan"}"#).unwrap();
    // The listener may not be there at the very first moment, and a hint may be lost then.
    let bell = working.app.bus.look(router);
    let heard = async {
        loop {
            hooks::ring(&standing_by.app, router, Hook::Connect, &report).await.unwrap();
            if tokio::time::timeout(Duration::from_millis(200), bell.notified()).await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(BACKSTOP, heard).await.expect("the one that works hears of it");
    assert!(!standing_by.app.duty.is_on());
    let quiet = working.app.bus.look(other);
    assert!(tokio::time::timeout(Duration::ZERO, quiet.notified()).await.is_err(), "of no other router");
    working.stop.cancel();
    standing_by.stop.cancel();
}

/// Tells of a change at one server until the other one hears it: the listener may not be there at the very first moment, and
/// a hint may be lost then. Gives how often it was told, and what else was heard before.
async fn told(from: &Server, change: &Change, heard: &mut Receiver<Change>) -> (usize, Vec<Change>) {
    let (mut times, mut others) = (0, Vec::new());
    let story = async {
        loop {
            from.app.bus.tell(change.clone());
            times += 1;
            let comes = async {
                loop {
                    match heard.recv().await.unwrap() {
                        news if news == *change => return,
                        other => others.push(other),
                    }
                }
            };
            if tokio::time::timeout(Duration::from_millis(500), comes).await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(BACKSTOP, story).await.expect("the other server hears of it");
    (times, others)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_at_one_server_is_news_at_the_other() {
    let Some(Database::Postgres(database)) = Database::postgres().await else { return };
    let folder = tempfile::TempDir::new().unwrap();
    let working = server(&database.url(), folder.path()).await;
    working.works().await;
    let standing_by = server(&database.url(), folder.path()).await;
    let (mut here, mut there) = (working.app.bus.listen(), standing_by.app.bus.listen());
    let change = |id| Change::Router { id: RouterId(id) };
    let (first, second) = (change(working.app.clock.new_id()), change(working.app.clock.new_id()));
    let (times, _) = told(&working, &first, &mut there).await;
    let decided = RouterId(working.app.clock.new_id());
    let bell = working.app.bus.router(decided);
    // In the other direction as well. What came back of one's own would have come before.
    let (_, before) = told(&standing_by, &second, &mut here).await;
    assert_eq!(
        before.iter().filter(|news| **news == first).count(),
        times,
        "one's own is heard once: {before:?}"
    );
    assert!(!standing_by.app.duty.is_on());
    // What was decided there is seen to here at once.
    told(&standing_by, &Change::Router { id: decided }, &mut here).await;
    tokio::time::timeout(BACKSTOP, bell.notified()).await.expect("the router's worker is woken");
    working.stop.cancel();
    standing_by.stop.cancel();
}

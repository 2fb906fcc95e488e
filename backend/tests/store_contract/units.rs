//! Units of work: all or nothing, whatever happens to the one who does them.

use crate::cast::{at, id, save, user, world};
use sallyport::store::{Store, testing::Temporary};
use sallyport_shared::ids::UserId;
use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};
use tokio::sync::oneshot;

pub(crate) async fn dropped_is_undone(store: Temporary) {
    let (dropped, rolled_back, kept) = (UserId(id()), UserId(id()), UserId(id()));
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&user(dropped, "Dropped")).await.unwrap();
    drop(tx);
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&user(rolled_back, "Rolled back")).await.unwrap();
    tx.rollback().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&user(kept, "Kept")).await.unwrap();
    tx.commit().await.unwrap();
    let there = store.read().await.unwrap().users_by_ids(&[dropped, rolled_back, kept]).await.unwrap();
    assert_eq!(there.keys().collect::<Vec<_>>(), [&kept]);
}

pub(crate) async fn aborted_is_undone(store: Temporary) {
    let lost = UserId(id());
    let (written, wait) = oneshot::channel();
    let other = Store::clone(&store);
    let task = tokio::spawn(async move {
        let mut tx = other.begin().await.unwrap();
        tx.insert_user(&user(lost, "Lost")).await.unwrap();
        written.send(()).unwrap();
        std::future::pending::<()>().await;
        tx.commit().await.unwrap();
    });
    wait.await.unwrap();
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.user(lost).await.unwrap(), None);
    tx.insert_user(&user(lost, "Found")).await.unwrap();
    tx.commit().await.unwrap();
}

pub(crate) async fn unread_until_committed(store: Temporary) {
    let new = UserId(id());
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&user(new, "New")).await.unwrap();
    assert_eq!(store.read().await.unwrap().user(new).await.unwrap(), None);
    assert!(tx.user(new).await.unwrap().is_some(), "a unit sees what it wrote itself");
    tx.commit().await.unwrap();
    assert!(store.read().await.unwrap().user(new).await.unwrap().is_some());
}

pub(crate) async fn migrations_run_once(store: Temporary) {
    assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());
    let world = world(&store).await;
    save(&store, &world.session(), None).await;
    let store = store.reopened().unwrap();
    assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());
    assert!(store.read().await.unwrap().scene(world.account).await.unwrap().unwrap().live.is_some());
}

pub(crate) async fn replicas_hear_what_was_committed(store: Temporary) {
    let Some(mut listener) = store.listen().await.unwrap() else {
        // On SQLite there is nobody else, and nothing is said.
        store.begin().await.unwrap().notify("nobody").await.unwrap();
        return;
    };
    let mut tx = store.begin().await.unwrap();
    tx.notify("taken back").await.unwrap();
    tx.rollback().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.notify("it's committed").await.unwrap();
    tx.commit().await.unwrap();
    let heard = tokio::time::timeout(std::time::Duration::from_secs(30), listener.next()).await;
    assert_eq!(heard.unwrap().unwrap(), "it's committed");
}

/// Where the process that is to be killed finds its database.
const VICTIM: &str = "SALLYPORT_TEST_VICTIM_URL";

pub(crate) async fn killed_process_loses_only_open_work(store: Temporary) {
    let (kept, lost) = (UserId(id()), UserId(id()));
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "units::victim", "--nocapture"])
        .env(VICTIM, format!("{} {kept} {lost}", store.url()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let ready = lines.map_while(Result::ok).any(|line| line.contains("ready to be killed"));
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert!(ready, "the other process did not come so far");
    let store = store.reopened().unwrap();
    let mut tx = store.begin().await.unwrap();
    assert!(tx.user(kept).await.unwrap().is_some());
    assert_eq!(tx.user(lost).await.unwrap(), None);
    tx.insert_user(&user(lost, "Again")).await.unwrap();
    tx.commit().await.unwrap();
}

/// The process that is killed: commits one person, leaves another one uncommitted, and waits. Without orders, as in any other
/// run of the tests, it is nobody's victim and ends at once.
#[tokio::test(flavor = "multi_thread")]
async fn victim() {
    let Ok(orders) = std::env::var(VICTIM) else { return };
    let orders: Vec<&str> = orders.split(' ').collect();
    let [url, kept, lost] = orders[..] else { panic!("three words are wanted") };
    let store = Store::beside(url, &std::env::temp_dir()).unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&user(kept.parse().unwrap(), "Kept")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&user(lost.parse().unwrap(), "Lost")).await.unwrap();
    println!("ready to be killed at {}", at(0));
    std::future::pending::<()>().await;
}

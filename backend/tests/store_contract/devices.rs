//! One device, one router that works it.

use crate::cast::{at, id, router};
use sallyport::store::{FoundDevice, Store, StoreError, testing::Temporary};
use sallyport_shared::ids::RouterId;
use std::collections::HashSet;
use tokio::task::JoinSet;

const MANY: usize = 12;

async fn enter(store: &Store, count: usize) -> Vec<RouterId> {
    let mut tx = store.begin().await.unwrap();
    let mut all = Vec::new();
    for number in 0..count {
        let one = RouterId(id());
        tx.insert_router(&router(one, &format!("router {number}"))).await.unwrap();
        all.push(one);
    }
    tx.commit().await.unwrap();
    all
}

fn found(device: &str) -> FoundDevice {
    FoundDevice { device: device.to_owned(), place: "gw.example:8728".to_owned() }
}

/// As a worker does that has found a device: true if it is its own from now on.
async fn take(store: &Store, router: RouterId, device: &str) -> Result<bool, StoreError> {
    let mut tx = store.begin().await?;
    let other = tx.worker_of_device(device, router).await?;
    tx.set_device(router, &found(device), other.is_none()).await?;
    tx.commit().await?;
    Ok(other.is_none())
}

pub(crate) async fn a_device_is_worked_for_one_router(store: Temporary) {
    let routers = enter(&store, MANY).await;
    let mut tasks = JoinSet::new();
    for router in routers.clone() {
        let store = Store::clone(&store);
        tasks.spawn(async move { take(&store, router, "serial:A").await });
    }
    let taken = tasks.join_all().await;
    let won = taken.iter().filter(|taken| matches!(taken, Ok(true))).count();
    assert_eq!(won, 1, "{taken:?}");
    assert!(taken.iter().all(|taken| taken.as_ref().err().is_none_or(StoreError::is_conflict)), "{taken:?}");
}

pub(crate) async fn a_device_is_free_when_its_router_works_nothing(store: Temporary) {
    let routers = enter(&store, 3).await;
    let [one, two, three] = routers[..] else { panic!("three") };
    assert!(take(&store, one, "serial:A").await.unwrap());
    assert!(!take(&store, two, "serial:A").await.unwrap());
    assert!(take(&store, one, "serial:A").await.unwrap(), "it keeps its own");
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.worker_of_device("serial:A", two).await.unwrap().map(|(id, _)| id), Some(one));
    assert_eq!(tx.found_device(two).await.unwrap(), Some(found("serial:A")));
    assert_eq!(
        tx.second_entries().await.unwrap(),
        HashSet::from([two]),
        "not the first, nor one never reached"
    );
    tx.delete_router(one, at(9)).await.unwrap();
    tx.commit().await.unwrap();
    let mut asked = store.read().await.unwrap();
    assert!(asked.second_entries().await.unwrap().is_empty(), "who is deleted works nothing");
    drop(asked);
    assert!(take(&store, two, "serial:A").await.unwrap(), "deleted");
    let mut tx = store.begin().await.unwrap();
    let mut record = tx.router(two).await.unwrap().unwrap();
    record.enabled = false;
    tx.save_router(&record).await.unwrap();
    tx.commit().await.unwrap();
    assert!(take(&store, three, "serial:A").await.unwrap(), "switched off");
    // Whoever finds another device behind its address gives the former one up, even if it gets none.
    assert!(take(&store, two, "serial:B").await.unwrap());
    assert!(!take(&store, two, "serial:A").await.unwrap());
    assert!(take(&store, three, "serial:B").await.unwrap());
    // And whoever finds nothing that tells what it is.
    assert!(!take(&store, two, "serial:B").await.unwrap());
    let mut tx = store.begin().await.unwrap();
    tx.forget_device(three).await.unwrap();
    tx.commit().await.unwrap();
    let mut asked = store.read().await.unwrap();
    assert_eq!(asked.found_device(three).await.unwrap(), None);
    assert!(asked.second_entries().await.unwrap().is_empty());
    drop(asked);
    assert!(take(&store, two, "serial:B").await.unwrap());
}

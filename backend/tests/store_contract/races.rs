//! Many at once: rules that hold however the work interleaves.

use crate::cast::{account_wish, at, event, save, world};
use sallyport::store::{Store, audit_hash, testing::Temporary};
use sallyport_shared::ids::SessionId;
use std::sync::Arc;
use tokio::{sync::Barrier, task::JoinSet};

const MANY: usize = 20;

/// Runs `work` twenty times at once, all starting together; gives the answers.
async fn together<T, F, W>(store: &Store, work: W) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
    W: Fn(Store, usize) -> F,
{
    let barrier = Arc::new(Barrier::new(MANY));
    let mut tasks = JoinSet::new();
    for number in 0..MANY {
        let (barrier, work) = (Arc::clone(&barrier), work(store.clone(), number));
        tasks.spawn(async move {
            barrier.wait().await;
            work.await
        });
    }
    tasks.join_all().await
}

pub(crate) async fn one_live_session_under_twenty_grants(store: Temporary) {
    let world = world(&store).await;
    let granted = together(&store, |store, _| async move {
        let session = world.session();
        let mut tx = store.begin().await.unwrap();
        match tx.save_session(&session, None).await {
            Ok(_) => tx.commit().await.map(|()| session.id),
            Err(error) => Err(error),
        }
    })
    .await;
    let winners: Vec<SessionId> = granted.iter().filter_map(|result| result.as_ref().ok().copied()).collect();
    assert_eq!(winners.len(), 1);
    assert!(granted.iter().filter_map(|result| result.as_ref().err()).all(|error| error.is_conflict()));
    let live = store.read().await.unwrap().scene(world.account).await.unwrap().unwrap().live.unwrap();
    assert_eq!(live.session.id, winners[0]);
}

pub(crate) async fn versions_catch_lost_updates(store: Temporary) {
    let world = world(&store).await;
    let session = world.session();
    let version = save(&store, &session, None).await;
    let saved = together(&store, move |store, number| {
        let mut session = session.clone();
        async move {
            session.extensions = u32::try_from(number).unwrap();
            let mut tx = store.begin().await.unwrap();
            let saved = tx.save_session(&session, Some(version)).await;
            match saved {
                Ok(version) => tx.commit().await.map(|()| version),
                Err(error) => Err(error),
            }
        }
    })
    .await;
    assert_eq!(saved.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(saved.iter().filter_map(|result| result.as_ref().err()).all(|error| error.is_conflict()));

    let mut tx = store.begin().await.unwrap();
    let mut anna = tx.user(world.user).await.unwrap().unwrap();
    anna.note = Some("first".to_owned());
    assert_eq!(tx.save_user(&anna).await.unwrap(), anna.version + 1);
    assert!(tx.save_user(&anna).await.unwrap_err().is_conflict(), "the version loaded is not the last");
}

pub(crate) async fn one_holder_of_a_lease(store: Temporary) {
    let won = together(&store, |store, number| async move {
        let mut tx = store.begin().await.unwrap();
        let won = tx.acquire_lease("bot", &number.to_string(), at(0), at(30)).await.unwrap();
        tx.commit().await.unwrap();
        won.then(|| number.to_string())
    })
    .await;
    let winners: Vec<String> = won.into_iter().flatten().collect();
    let [holder] = winners.as_slice() else { panic!("{winners:?} all hold the lease") };
    let mut tx = store.begin().await.unwrap();
    assert!(tx.acquire_lease("bot", holder, at(1), at(31)).await.unwrap(), "it is theirs already");
    assert!(tx.renew_lease("bot", holder, at(10), at(40)).await.unwrap());
    assert!(!tx.acquire_lease("bot", "somebody", at(39), at(60)).await.unwrap());
    assert!(!tx.renew_lease("bot", holder, at(40), at(70)).await.unwrap(), "it has lapsed");
    assert!(tx.acquire_lease("bot", "somebody", at(40), at(60)).await.unwrap());
    assert!(!tx.release_lease("bot", holder).await.unwrap());
    assert!(tx.release_lease("bot", "somebody").await.unwrap());
    assert!(tx.acquire_lease("bot", holder, at(41), at(60)).await.unwrap());
}

pub(crate) async fn chain_has_no_forks(store: Temporary) {
    together(&store, |store, number| async move {
        let mut tx = store.begin().await.unwrap();
        for part in 0..3 {
            tx.audit(&event(&format!("test.{number}.{part}")), at(0)).await.unwrap();
        }
        tx.commit().await.unwrap();
    })
    .await;
    let chain = store.read().await.unwrap().audit_chain(0, 1_000).await.unwrap();
    assert_eq!(chain.len(), 3 * MANY);
    let mut previous = String::new();
    for (place, record) in (1..).zip(&chain) {
        assert_eq!(record.seq, place);
        assert_eq!(record.hash, audit_hash(&previous, record));
        previous.clone_from(&record.hash);
    }
}

pub(crate) async fn one_pending_wish_a_thing(store: Temporary) {
    let world = world(&store).await;
    let wished = together(&store, |store, number| async move {
        let mut tx = store.begin().await.unwrap();
        match tx.wish(world.router, None, &account_wish(&world, number % 2 == 0), at(0), false).await {
            Ok(_) => tx.commit().await,
            Err(error) => Err(error),
        }
    })
    .await;
    assert!(wished.iter().any(Result::is_ok));
    assert!(wished.iter().filter_map(|result| result.as_ref().err()).all(|error| error.is_conflict()));
    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.pending_wishes_count(world.router).await.unwrap(), 1);
}

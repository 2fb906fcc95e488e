//! The journal of the routers' set-ups.

use crate::cast::{at, world};
use sallyport::store::{Tx, records::SetupState, testing::Temporary};
use sallyport_shared::ids::RouterId;

async fn standing(tx: &mut Tx, router: RouterId) -> Vec<(String, SetupState, Vec<u8>)> {
    let changes = tx.standing_setup_changes(router).await.unwrap();
    changes.into_iter().map(|change| (change.step, change.state, change.body_enc)).collect()
}

pub(crate) async fn changes_are_announced_done_and_ended(store: Temporary) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    let first = tx.announce_setup_change(world.router, "forward", b"\x00one", at(0)).await.unwrap();
    let second = tx.announce_setup_change(world.router, "profile:Отдел", b"two", at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert_eq!(
        standing(&mut tx, world.router).await,
        [
            ("forward".to_owned(), SetupState::Announced, b"\x00one".to_vec()),
            ("profile:Отдел".to_owned(), SetupState::Announced, b"two".to_vec()),
        ],
        "in the order in which they were announced"
    );
    assert!(tx.setup_change_done(first, b"read back").await.unwrap());
    assert!(tx.end_setup_change(second, SetupState::Never, at(2)).await.unwrap());
    assert_eq!(
        standing(&mut tx, world.router).await,
        [("forward".to_owned(), SetupState::Done, b"read back".to_vec())]
    );
    assert!(tx.end_setup_change(first, SetupState::Undone, at(3)).await.unwrap());
    assert_eq!(standing(&mut tx, world.router).await, []);
    assert!(!tx.setup_change_done(first, b"again").await.unwrap(), "what has ended stays so");
    assert!(!tx.end_setup_change(second, SetupState::Left, at(4)).await.unwrap());
}

pub(crate) async fn a_router_has_its_own_changes(store: Temporary) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    tx.announce_setup_change(world.router, "forward", b"x", at(0)).await.unwrap();
    let other = RouterId(uuid::Uuid::nil());
    assert_eq!(standing(&mut tx, other).await, []);
    let strange = tx.announce_setup_change(other, "forward", b"x", at(0)).await;
    assert!(strange.is_err(), "there is no such router");
}

//! One-time codes: a code works once, and a seed counts once it was proven.

use crate::cast::{at, world};
use sallyport::store::testing::Temporary;

pub(crate) async fn a_code_works_once(store: Temporary) {
    let world = world(&store).await;
    let boris = world.neighbour(&store, "Boris").await;
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.use_offline_code(world.user, 1).await.unwrap(), "who has none uses none");
    for user in [world.user, boris.user] {
        tx.set_new_offline_code(user, &[1, 2, 3], at(0)).await.unwrap();
        tx.enable_offline_code(user, 10).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    for (step, works) in
        [(10, false), (9, false), (11, true), (11, false), (10, false), (13, true), (12, false)]
    {
        assert_eq!(tx.use_offline_code(world.user, step).await.unwrap(), works, "the code of {step}");
    }
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.offline_code(world.user).await.unwrap().unwrap().last_step, Some(13));
    assert!(tx.use_offline_code(boris.user, 11).await.unwrap(), "one uses up no other's");
    // What was used in a unit that came to nothing is not used.
    tx.rollback().await.unwrap();
    assert!(store.begin().await.unwrap().use_offline_code(boris.user, 11).await.unwrap());
    let mut tx = store.begin().await.unwrap();
    assert!(tx.remove_offline_code(world.user).await.unwrap());
    assert!(!tx.remove_offline_code(world.user).await.unwrap(), "it is gone already");
    assert!(!tx.use_offline_code(world.user, 99).await.unwrap());
    assert_eq!(tx.offline_code(world.user).await.unwrap(), None);
    assert!(tx.offline_code(boris.user).await.unwrap().is_some());
}

pub(crate) async fn a_seed_that_is_set_up_replaces_none_before_it_counts(store: Temporary) {
    let world = world(&store).await;
    let boris = world.neighbour(&store, "Boris").await;
    let mut tx = store.begin().await.unwrap();
    tx.set_new_offline_code(world.user, b"first", at(0)).await.unwrap();
    let being_set_up = tx.offline_code(world.user).await.unwrap().unwrap();
    assert_eq!((being_set_up.enabled, being_set_up.secret_enc), (false, None));
    assert_eq!(being_set_up.new_secret_enc.as_deref(), Some(&b"first"[..]));
    let both = [world.user, boris.user];
    assert!(tx.have_offline_codes(&both).await.unwrap().is_empty());
    // Begun anew, then proven.
    tx.set_new_offline_code(world.user, b"second", at(1)).await.unwrap();
    tx.enable_offline_code(world.user, 7).await.unwrap();
    let counts = tx.offline_code(world.user).await.unwrap().unwrap();
    assert_eq!((counts.enabled, counts.secret_enc.as_deref()), (true, Some(&b"second"[..])));
    assert_eq!((counts.new_secret_enc.as_deref(), counts.last_step), (None, Some(7)));
    assert_eq!(tx.have_offline_codes(&both).await.unwrap().into_iter().collect::<Vec<_>>(), [world.user]);
    assert!(tx.have_offline_codes(&[]).await.unwrap().is_empty());
    // Another one is being set up: that of before counts until then.
    tx.set_new_offline_code(world.user, b"third", at(2)).await.unwrap();
    let still = tx.offline_code(world.user).await.unwrap().unwrap();
    assert_eq!(still.secret_enc.as_deref(), Some(&b"second"[..]));
    assert_eq!(still.new_secret_enc.as_deref(), Some(&b"third"[..]));
    assert!(tx.use_offline_code(world.user, 8).await.unwrap());
}

//! The journal of the changes of routers' accounts.

use crate::cast::{at, world};
use sallyport::store::{
    records::{AccountChange, AccountVerb, ChangeState},
    testing::Temporary,
};
use sallyport_shared::{ids::RouterId, person::AccountSource};
use uuid::Uuid;

fn change(router: RouterId, number: u128, username: &str, verb: AccountVerb) -> AccountChange {
    AccountChange {
        id: Uuid::from_u128(number),
        router,
        username: username.to_owned(),
        source: AccountSource::UserManager7,
        verb,
        actor: "admin:marina".to_owned(),
        state: ChangeState::Announced,
        alive_until: at(60),
    }
}

pub(crate) async fn one_change_of_an_account_stands_at_a_time(store: Temporary) {
    let world = world(&store).await;
    let first = change(world.router, 1, "Анна", AccountVerb::Create);
    let mut tx = store.begin().await.unwrap();
    tx.announce_account_change(&first, at(0)).await.unwrap();
    tx.announce_account_change(&change(world.router, 2, "анна", AccountVerb::Delete), at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let second = change(world.router, 3, "Анна", AccountVerb::Password);
    assert!(tx.announce_account_change(&second, at(1)).await.unwrap_err().is_conflict());
    drop(tx);
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.latest_account_change(world.router, "Анна").await.unwrap(), Some(first.clone()));
    assert_eq!(tx.standing_account_changes(world.router).await.unwrap().len(), 2);
    assert_eq!(tx.standing_account_change_counts().await.unwrap()[&world.router], 2);
    assert!(tx.end_account_change(first.id, ChangeState::Found, at(2)).await.unwrap());
    assert!(!tx.end_account_change(first.id, ChangeState::Never, at(3)).await.unwrap(), "it stays so");
    tx.announce_account_change(&second, at(4)).await.unwrap();
    let latest = tx.latest_account_change(world.router, "Анна").await.unwrap();
    assert_eq!(latest, Some(second));
    assert_eq!(tx.latest_account_change(world.router, "нет").await.unwrap(), None);
}

pub(crate) async fn a_change_is_taken_over_once_and_only_when_nobody_is_at_work(store: Temporary) {
    let world = world(&store).await;
    let one = change(world.router, 1, "anna", AccountVerb::Delete);
    let mut tx = store.begin().await.unwrap();
    tx.announce_account_change(&one, at(0)).await.unwrap();
    assert!(!tx.take_over_account_change(one.id, at(59), at(120)).await.unwrap(), "somebody is at work");
    tx.leave_account_change(one.id, at(30)).await.unwrap();
    assert!(tx.take_over_account_change(one.id, at(30), at(90)).await.unwrap());
    assert!(!tx.take_over_account_change(one.id, at(31), at(91)).await.unwrap(), "it was taken over");
    assert_eq!(tx.standing_account_changes(world.router).await.unwrap()[0].alive_until, at(90));
    assert!(tx.end_account_change(one.id, ChangeState::Done, at(40)).await.unwrap());
    assert!(!tx.take_over_account_change(one.id, at(99), at(100)).await.unwrap(), "it is over");
    assert!(tx.standing_account_changes(world.router).await.unwrap().is_empty());
}

//! What there is only one of.

use crate::cast::{at, id, pending, user, world};
use crate::rows::admin;
use sallyport::store::testing::Temporary;
use sallyport_shared::{
    ids::{AccountId, PolicyId, UserId},
    person::TelegramId,
    policy::Policy,
};

pub(crate) async fn usernames_have_one_owner(store: Temporary) {
    let world = world(&store).await;
    let boris = world.neighbour(&store, "Boris").await;
    let mut tx = store.begin().await.unwrap();
    let taken = tx.link_account(AccountId(id()), boris.user, world.router, "anna", at(0)).await;
    assert!(taken.unwrap_err().is_conflict());
    drop(tx);
    let mut tx = store.begin().await.unwrap();
    tx.link_account(AccountId(id()), boris.user, world.router, "Anna", at(0)).await.unwrap();
    assert!(tx.unlink_account(world.account, at(1)).await.unwrap());
    assert!(!tx.unlink_account(world.account, at(1)).await.unwrap());
    tx.link_account(AccountId(id()), boris.user, world.router, "anna", at(2)).await.unwrap();
    tx.commit().await.unwrap();
    let theirs = store.read().await.unwrap().accounts_of_user(boris.user).await.unwrap();
    let names: Vec<&str> = theirs.iter().map(|record| record.account.username.as_str()).collect();
    assert_eq!(names, ["Anna", "anna", "boris"]);
}

pub(crate) async fn rules_have_one_account(store: Temporary) {
    let world = world(&store).await;
    let boris = world.neighbour(&store, "Boris").await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.bind_rule(world.account, "*1A", b"2FA \xe0nna").await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert!(tx.bind_rule(boris.account, "*1A", b"2FA").await.unwrap_err().is_conflict());
    drop(tx);
    let mut tx = store.begin().await.unwrap();
    let rule = tx.account(world.account).await.unwrap().unwrap().rule.unwrap();
    assert_eq!((rule.rule_id.as_str(), rule.comment.as_slice()), ("*1A", b"2FA \xe0nna".as_slice()));
    assert!(tx.unbind_rule(world.account).await.unwrap());
    assert!(!tx.unbind_rule(world.account).await.unwrap());
    assert!(tx.bind_rule(boris.account, "*1A", b"2FA").await.unwrap());
}

pub(crate) async fn people_have_their_own_telegram(store: Temporary) {
    let (first, second) = (UserId(id()), UserId(id()));
    let with_telegram = |id| sallyport::store::UserRecord { telegram: Some(TelegramId(77)), ..user(id, "X") };
    let mut tx = store.begin().await.unwrap();
    tx.insert_user(&with_telegram(first)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert!(tx.insert_user(&with_telegram(second)).await.unwrap_err().is_conflict());
    drop(tx);
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.user_by_telegram(TelegramId(77)).await.unwrap().unwrap().id, first);
    assert!(tx.delete_user(first, at(1)).await.unwrap());
    tx.insert_user(&with_telegram(second)).await.unwrap();
    assert_eq!(tx.user_by_telegram(TelegramId(77)).await.unwrap().unwrap().id, second);
}

pub(crate) async fn admins_have_their_own_name(store: Temporary) {
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.has_owner().await.unwrap());
    tx.insert_admin(&admin("Ольга")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert!(tx.has_owner().await.unwrap());
    assert_eq!(tx.admin_by_username("ольГА").await.unwrap().unwrap().username, "Ольга");
    assert!(tx.insert_admin(&admin("ОЛЬГА")).await.unwrap_err().is_conflict());
}

pub(crate) async fn there_is_one_default_policy(store: Temporary) {
    let world = world(&store).await;
    let other = PolicyId(id());
    let mut tx = store.begin().await.unwrap();
    tx.insert_policy(&Policy { name: "Strict".to_owned(), ..Policy::initial(other) }).await.unwrap();
    let default = tx.default_policy().await.unwrap().unwrap();
    assert_eq!(default.policy.id, other);
    let all = tx.policies().await.unwrap();
    let defaults: Vec<bool> = all.iter().map(|record| record.policy.is_default).collect();
    assert_eq!(defaults, [true, false]);
    assert!(!tx.delete_policy(other).await.unwrap(), "the default one stays");
    let mut first = tx.policy(world.policy).await.unwrap().unwrap();
    assert!(!first.policy.is_default);
    first.policy.is_default = true;
    assert_eq!(tx.save_policy(&first.policy, first.version).await.unwrap(), first.version + 1);
    assert!(tx.save_policy(&first.policy, first.version).await.unwrap_err().is_conflict());
    assert!(tx.delete_policy(other).await.unwrap());
    assert_eq!(tx.policies().await.unwrap().len(), 1);
}

pub(crate) async fn prompts_have_their_own_nonce(store: Temporary) {
    let world = world(&store).await;
    let mut session = world.session();
    session.connections = vec![pending("0x1", at(0)), pending("0x2", at(1))];
    let nonce = session.connections[0].prompt.clone().unwrap().nonce;
    session.connections[1].prompt.as_mut().unwrap().nonce = nonce;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.save_session(&session, None).await.unwrap_err().is_conflict());
}

//! The steps that most stories begin with.

use crate::cast::{ALLOW, Cast, SANDBOX};
use sallyport_shared::{
    ids::AccountId,
    session::{Answer, Event, Session, SessionState},
};
use sim::routeros::Tunnel;

/// Access granted to Ivan, account enabled on the router.
pub(crate) async fn granted(cast: &Cast) -> AccountId {
    let known = cast.app.store.read().await.unwrap().scene_of_username(cast.router_id, "ivan").await.unwrap();
    let account = match known {
        Some(scene) => scene.account.id,
        None => cast.person(101, "Ivan", "ivan").await.2,
    };
    let by = Cast::admin_actor("story");
    cast.happen(account, Event::Ask { by, seconds: None }).await.unwrap();
    cast.wait_session("the account to be read back", |session| session.account_ready).await;
    assert!(cast.account_enabled("ivan"));
    account
}

pub(crate) async fn boxed(cast: &Cast) -> (AccountId, Tunnel) {
    let account = granted(cast).await;
    let tunnel = cast.router.connect("ivan", "l2tp", "203.0.113.7").expect("the account is enabled");
    cast.wait_session("the tunnel to be asked about", |session| session.state == SessionState::Confirming)
        .await;
    assert_eq!(cast.router.address_list(SANDBOX).len(), 1, "boxed by the router from the first packet");
    assert!(cast.router.address_list(ALLOW).is_empty());
    (account, tunnel)
}

pub(crate) async fn opened(cast: &Cast) -> (AccountId, Tunnel) {
    let (account, tunnel) = boxed(cast).await;
    answer(cast, account, Answer::Confirm).await;
    cast.wait_session("the door to be open", |session| {
        session.connections.iter().any(|connection| connection.opened_at.is_some())
    })
    .await;
    assert_eq!(cast.router.address_list(ALLOW).len(), 1);
    (account, tunnel)
}

pub(crate) async fn answer(cast: &Cast, account: AccountId, answer: Answer) {
    let session = cast.sessions().await.pop().unwrap();
    let connection = session.live_connections().next().unwrap().id;
    let by = Cast::admin_actor("story");
    cast.happen(account, Event::Answered { connection, nonce: None, by, answer }).await.unwrap();
}

/// Is a tunnel of the session let through, as read back from the router?
pub(crate) fn is_open(session: &Session) -> bool {
    session.live_connections().any(|connection| connection.opened_at.is_some())
}

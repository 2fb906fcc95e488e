//! Accounts that are kept in the User Manager, of either version: the same story as with PPP secrets.

use crate::{
    cast::{ALLOW, Cast},
    steps::{answer, is_open},
};
use sallyport_shared::session::{Answer, Event, SessionState};
use sim::routeros::RouterSim;

async fn a_session_from_the_grant_to_the_end(version: &str, menu: &'static str, name: &'static str) {
    let mut anna = vec![("disabled", "yes"), (name, "anna"), ("password", "pass")];
    if name == "username" {
        anna.push(("customer", "admin"));
    }
    let router = RouterSim::builder()
        .version(version)
        .user("sallyport", "secret", "read,write,api")
        .user_manager()
        .row(menu, &anna)
        .start()
        .await
        .unwrap();
    let cast = Cast::assemble_around(router, &[], true).await;
    let is_enabled = || {
        let users = cast.router.rows(menu);
        users.iter().any(|user| user.text(name).as_deref() == Some("anna") && !user.is("disabled"))
    };
    let (_, _, account) = cast.person(101, "Anna", "anna").await;
    assert!(!is_enabled() && cast.router.connect("anna", "l2tp", "203.0.113.7").is_err());
    let by = || Cast::admin_actor("story");
    cast.happen(account, Event::Ask { by: by(), seconds: None }).await.unwrap();
    cast.wait_session("the account to be read back", |session| session.account_ready).await;
    assert!(is_enabled(), "RouterOS {version}");
    let tunnel = cast.router.connect("anna", "l2tp", "203.0.113.7").unwrap();
    cast.wait_session("the question", |session| session.state == SessionState::Confirming).await;
    answer(&cast, account, Answer::Confirm).await;
    cast.wait_session("the door to be open", is_open).await;
    assert_eq!(cast.router.address_list(ALLOW), [tunnel.address.to_string()]);
    cast.happen(account, Event::End { by: by() }).await.unwrap();
    cast.wait_session("the end to be told", |session| session.end_told).await;
    assert!(!is_enabled() && cast.router.tunnels().is_empty() && cast.router.address_list(ALLOW).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_user_manager_7_is_enabled_for_its_session() {
    a_session_from_the_grant_to_the_end("7.22.3", "user-manager/user", "name").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_user_manager_6_is_enabled_for_its_session() {
    a_session_from_the_grant_to_the_end("6.49.10", "tool/user-manager/user", "username").await;
}

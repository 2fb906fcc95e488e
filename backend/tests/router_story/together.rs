//! Two tunnels of one account: what both need stays until the last of them goes.

use crate::{
    cast::{ALLOW, Cast, looks},
    steps::{bind, opened},
};
use sallyport_shared::session::{Answer, Connection, ConnectionState, Event};

fn is_on(router: &sim::routeros::State<'_>) -> bool {
    router
        .rows("ip/firewall/filter")
        .iter()
        .any(|rule| rule.text("comment").as_deref() == Some("2FA ivan") && !rule.is("disabled"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_rule_stays_on_until_the_last_tunnel_of_its_account_goes() {
    let (cast, admin) = Cast::with_console().await;
    cast.policy(|policy| policy.max_tunnels = 2).await;
    let (account, first) = opened(&cast).await;
    bind(&cast, &admin, account, "2FA ivan").await;
    cast.wait_router("the rule to be on", is_on).await;
    let second = cast.router.connect("ivan", "l2tp", "203.0.113.8").unwrap();
    let waits = |connection: &&Connection| connection.state == ConnectionState::Pending;
    let session = cast
        .wait_session("the second question", |session| session.live_connections().any(|c| waits(&c)))
        .await;
    let connection = session.live_connections().find(waits).unwrap().id;
    let by = Cast::admin_actor("story");
    let yes = Event::Answered { connection, nonce: None, by, answer: Answer::Confirm };
    cast.happen(account, yes).await.unwrap();
    cast.wait_router("both to be let through", |router| router.address_list(ALLOW).len() == 2).await;

    assert!(cast.router.disconnect(&first.session_id));
    cast.wait_router("the first one's entry to go", |router| router.address_list(ALLOW).len() == 1).await;
    // Each look compares, and would mend what the end of the first one had broken.
    looks(&cast.router, 2).await;
    let off =
        cast.router.journal().into_iter().filter(|entry| entry.command == "/ip/firewall/filter/disable");
    assert_eq!(off.count(), 0, "it was never off while somebody was inside");

    assert!(cast.router.disconnect(&second.session_id));
    cast.wait_router("the rule to be off", |router| !is_on(router) && router.address_list(ALLOW).is_empty())
        .await;
}

//! Bound rules while somebody is inside: whatever becomes of the binding, no rule stays on for nobody.

use crate::{
    cast::{ALLOW, Cast},
    steps::{bind, opened, set_router},
};
use sallyport::store::records::AlertKind;
use sallyport_shared::session::Event;
use serde_json::json;

const UNBIND: &str = "mutation($a: ID!) { unbindFirewallRule(accountId: $a) { id } }";

async fn wait_rule(cast: &Cast, comment: &str, on: bool) {
    cast.wait_router(&format!("{comment} to be on: {on}"), |router| {
        let rules = router.rows("ip/firewall/filter");
        rules.iter().any(|rule| rule.text("comment").as_deref() == Some(comment) && rule.is("disabled") != on)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_follows_its_binding_while_somebody_is_inside() {
    let (cast, admin) = Cast::with_console().await;
    let other =
        [("chain", "forward"), ("action", "accept"), ("comment", "2FA Иван Ильич"), ("disabled", "yes")];
    cast.router.add("ip/firewall/filter", &other).unwrap();
    let (account, _) = opened(&cast).await;
    bind(&cast, &admin, account, "2FA ivan").await;
    wait_rule(&cast, "2FA ivan", true).await;
    bind(&cast, &admin, account, "2FA Иван Ильич").await;
    wait_rule(&cast, "2FA ivan", false).await;
    wait_rule(&cast, "2FA Иван Ильич", true).await;
    admin.ask(UNBIND, json!({ "a": account.to_string() })).await;
    wait_rule(&cast, "2FA Иван Ильич", false).await;
    assert_eq!(cast.router.address_list(ALLOW).len(), 1, "the entry lets through as before");
    // Bound again: no old wish switches it off.
    bind(&cast, &admin, account, "2FA ivan").await;
    wait_rule(&cast, "2FA ivan", true).await;
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    cast.wait_session("the end to be told", |session| session.end_told).await;
    wait_rule(&cast, "2FA ivan", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_unbound_while_the_router_is_away_goes_off_when_it_is_back() {
    let (cast, admin) = Cast::with_console().await;
    let (account, _) = opened(&cast).await;
    bind(&cast, &admin, account, "2FA ivan").await;
    wait_rule(&cast, "2FA ivan", true).await;
    cast.router.refuse().await;
    cast.router.break_connections();
    admin.ask(UNBIND, json!({ "a": account.to_string() })).await;
    cast.router.accept().await;
    wait_rule(&cast, "2FA ivan", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_rule_that_is_not_what_it_was_alerts_until_it_is() {
    let (cast, admin) = Cast::with_console().await;
    let (account, _) = opened(&cast).await;
    bind(&cast, &admin, account, "2FA ivan").await;
    wait_rule(&cast, "2FA ivan", true).await;
    set_router(&cast, &admin, json!({ "pollSeconds": 1 })).await;
    let id = cast.router.rows("ip/firewall/filter")[0].id.clone();
    cast.router.set("ip/firewall/filter", &id, &[("comment", "2FA иван")]).unwrap();
    let wait = async |count: usize| {
        cast.wait_alerts(&format!("{count} alerts"), |open| {
            open.iter().filter(|open| open.alert.kind == AlertKind::Drift).count() == count
        })
        .await;
    };
    wait(1).await;
    cast.router.set("ip/firewall/filter", &id, &[("comment", "2FA ivan")]).unwrap();
    wait(0).await;
}

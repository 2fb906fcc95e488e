//! An address goes from one tunnel to the next, and what was allowed with it stays behind.

use crate::{
    cast::{ALLOW, Cast},
    steps::{opened, passes},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_gets_the_address_next_starts_in_the_box_though_the_server_is_dead() {
    let (mut cast, admin) = Cast::with_console().await;
    let apply = "mutation($r: ID!) { applyRouterSetup(id: $r) { clean } }";
    let applied = admin.ask(apply, json!({ "r": cast.router_id.to_string() })).await;
    assert_eq!(applied["applyRouterSetup"]["clean"], true, "{applied:#}");
    let (_, tunnel) = opened(&cast).await;
    assert!(passes(&cast, &tunnel));
    let own = [("list", ALLOW), ("address", "192.0.2.5"), ("comment", "of the administrator")];
    cast.router.add("ip/firewall/address-list", &own).unwrap();

    cast.kill().await;
    assert!(passes(&cast, &tunnel), "the entry has its time still");
    assert!(cast.router.disconnect(&tunnel.session_id));
    cast.router.set("ppp/secret", "olga", &[("disabled", "no")]).unwrap();
    let next = cast.router.connect("olga", "l2tp", "198.51.100.1").unwrap();
    assert_eq!(next.address, tunnel.address, "the pool gives the lowest that is free");
    assert!(!passes(&cast, &next));
    assert_eq!(cast.router.address_list(ALLOW), ["192.0.2.5"], "what is not ours stays");
}

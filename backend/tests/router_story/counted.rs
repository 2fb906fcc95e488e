//! What went through the tunnels, counted for each of them and for nobody else, in the end as well; and what happens in the
//! moment that this takes.

use crate::{
    cast::{BACKSTOP, Cast, looks},
    steps::{opened, set_router, settled},
};
use sallyport::store::records::{ConnectionRecord, RouterState};
use sallyport_shared::session::Event;
use serde_json::json;
use sim::routeros::{Fault, FaultKind};
use std::time::Duration;

/// What was counted of the last session's tunnels.
async fn bytes(cast: &Cast) -> Vec<(Option<i64>, Option<i64>)> {
    let session = cast.sessions().await.pop().unwrap().id;
    let mut tx = cast.app.store.read().await.unwrap();
    let all = tx.connections_of_sessions(&[session]).await.unwrap().remove(&session).unwrap_or_default();
    all.iter().map(|record| (record.bytes_in, record.bytes_out)).collect()
}

/// Waits until so many bytes are written down for the last session's tunnel from there.
async fn written(cast: &Cast, caller: &str, want: (i64, i64)) {
    let written = async {
        let mut seen = 0;
        loop {
            let session = cast.sessions().await.pop().unwrap().id;
            let mut tx = cast.app.store.read().await.unwrap();
            let records = tx.connections_of_sessions(&[session]).await.unwrap().remove(&session);
            drop(tx);
            let of_caller =
                |record: &&ConnectionRecord| record.connection.tunnel.caller_id.as_deref() == Some(caller);
            let records = records.unwrap_or_default();
            let found = records.iter().find(of_caller).map(|record| (record.bytes_in, record.bytes_out));
            if found == Some((Some(want.0), Some(want.1))) {
                return;
            }
            let round = cast.router.wait_for(|e| e.number > seen && e.command == "/interface/print");
            seen = round.await.unwrap().number;
        }
    };
    tokio::time::timeout(BACKSTOP, written).await.expect("counted in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_through_since_the_last_count_is_counted_before_the_end() {
    for stays in [false, true] {
        let (cast, admin) = Cast::with_console().await;
        cast.policy(|policy| policy.cut_at_end = !stays).await;
        // No look, and so no count, comes in between.
        let before = cast.router.commands();
        set_router(&cast, &admin, json!({ "allowSeconds": 3600, "pollSeconds": 1200 })).await;
        for command in ["/interface/print", "/ip/address/print"] {
            cast.router.wait_for(|e| e.number > before && e.command == command).await.unwrap();
        }
        let (account, tunnel) = opened(&cast).await;
        assert!(cast.router.count_traffic(&tunnel.session_id, 1_234, 56_789));
        let from = cast.router.commands();
        cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
        cast.wait_session("the end to be told", |session| session.end_told).await;
        assert_eq!(bytes(&cast).await, [(Some(1_234), Some(56_789))], "stays: {stays}");
        let journal = cast.router.journal();
        let at = |command: &str| {
            journal.iter().find(|e| e.number > from && e.command == command).map(|entry| entry.number)
        };
        assert!(at("/ip/firewall/address-list/remove") < at("/interface/print"), "permission goes first");
        assert!(stays || at("/interface/print") < at("/ppp/active/remove"), "{journal:#?}");
        assert_eq!(cast.router.tunnels().len(), usize::from(stays));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_that_cannot_be_read_keep_nobody_inside() {
    let (cast, admin) = Cast::with_console().await;
    set_router(&cast, &admin, json!({ "allowSeconds": 3600, "pollSeconds": 1200 })).await;
    for kind in [FaultKind::Hang, FaultKind::Trap { message: "not enough permissions (9)".to_owned() }] {
        let (account, _) = opened(&cast).await;
        cast.router.fault(Fault::new(kind).on("/interface/print"));
        cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
        cast.wait_session("the end to be told", |session| session.end_told).await;
        assert!(cast.router.tunnels().is_empty());
        cast.router.clear_faults();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_through_an_interface_that_stays_is_each_tunnels_own() {
    let mut cast = Cast::assemble().await;
    cast.router.add("interface/l2tp-server", &[("name", "l2tp-ivan"), ("user", "ivan")]).unwrap();
    let (account, first) = opened(&cast).await;
    assert_eq!(
        first.interface, "l2tp-ivan",
        "where a server is bound to a user, rules can name the interface"
    );
    written(&cast, "203.0.113.7", (0, 0)).await;
    assert!(cast.router.count_traffic(&first.session_id, 1_000, 20_000));
    written(&cast, "203.0.113.7", (1_000, 20_000)).await;
    // Who begins to count in the middle goes on from what was written.
    cast.crash_and_restart().await;
    let before = cast.router.commands();
    cast.router.wait_for(|e| e.number > before && e.command == "/interface/print").await.unwrap();
    looks(&cast.router, 1).await;
    assert!(cast.router.count_traffic(&first.session_id, 1, 2));
    written(&cast, "203.0.113.7", (1_001, 20_002)).await;
    // The next tunnel begins anew, though the interface does not.
    assert!(cast.router.disconnect(&first.session_id));
    cast.wait_session("the end of it", |session| session.live_connections().next().is_none()).await;
    let second = cast.router.connect("ivan", "l2tp", "203.0.113.8").unwrap();
    assert_eq!(second.interface, first.interface);
    written(&cast, "203.0.113.8", (0, 0)).await;
    assert!(cast.router.count_traffic(&second.session_id, 7, 5));
    written(&cast, "203.0.113.8", (7, 5)).await;
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    cast.wait_session("the end to be told", |session| session.end_told).await;
    written(&cast, "203.0.113.8", (7, 5)).await;
    written(&cast, "203.0.113.7", (1_001, 20_002)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_gets_the_id_of_a_tunnel_while_it_is_counted_is_not_cut_for_it() {
    let (cast, admin) = Cast::with_console().await;
    // No look, and so no count, comes in between.
    set_router(&cast, &admin, json!({ "allowSeconds": 3600, "pollSeconds": 1200 })).await;
    let (_, _, olga) = cast.person(102, "Olga", "olga").await;
    cast.happen(olga, Event::Ask { by: Cast::admin_actor("story"), seconds: None }).await.unwrap();
    cast.wait_session("her access", |session| session.account == olga && session.account_ready).await;
    let (account, tunnel) = opened(&cast).await;
    cast.router.fault(Fault::slow(Duration::from_millis(500)).on("/interface/print").times(1));
    let from = cast.router.commands();
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    cast.router.wait_for(|e| e.number > from && e.command == "/interface/print").await.unwrap();
    assert!(cast.router.disconnect(&tunnel.session_id), "he goes by himself");
    let hers = cast.router.connect("olga", "l2tp", "198.51.100.1").unwrap();
    assert_eq!((&hers.id, hers.address), (&tunnel.id, tunnel.address), "given out again");
    cast.wait_session("the end to be told", |session| session.account == account && session.end_told).await;
    assert_eq!(cast.router.tunnels(), [hers], "{:#?}", cast.router.journal());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redial_at_the_same_address_while_the_router_was_away_counts_for_itself() {
    let cast = Cast::assemble().await;
    let (_, first) = opened(&cast).await;
    assert!(cast.router.count_traffic(&first.session_id, 1_000, 20_000));
    written(&cast, "203.0.113.7", (1_000, 20_000)).await;
    cast.router.refuse().await;
    cast.router.break_connections();
    cast.wait_status(cast.router_id, "the router to be away", |status| status.state == RouterState::Offline)
        .await;
    assert!(cast.router.disconnect(&first.session_id));
    let second = cast.router.connect("ivan", "l2tp", "203.0.113.8").unwrap();
    assert_eq!(second.address, first.address, "given out again");
    assert!(cast.router.count_traffic(&second.session_id, 7, 5));
    cast.router.accept().await;
    cast.wait_session("the second tunnel", |session| session.connections.len() == 2).await;
    settled(&cast, cast.router_id).await;
    written(&cast, "203.0.113.8", (7, 5)).await;
    assert_eq!(bytes(&cast).await, [(Some(1_000), Some(20_000)), (Some(7), Some(5))]);
}

//! What holds each tunnel: an address of its own, the box, the boot that it belongs to. What is not held is cut, and what
//! takes long keeps nothing else waiting.

use crate::{
    cast::{self, ALLOW, BACKSTOP, Cast, SANDBOX, looks},
    steps::{answer, boxed, is_open, opened, set_router, wait_drift},
};
use sallyport_shared::{
    session::{Answer, Boot, CloseReason, ConnectionState, Event, Session, SessionState, Wish},
    time::Seconds,
};
use serde_json::json;
use sim::routeros::{Fault, FaultKind, Tunnel};
use std::time::Duration;

const THIEF: &str = "198.51.100.66";

/// A server with a router that gives Ivan a fixed address, and lets him in twice.
async fn with_fixed_address() -> Cast {
    let cast = Cast::assemble().await;
    cast.router.set("ppp/secret", "ivan", &[("remote-address", "10.8.0.50")]).unwrap();
    cast.policy(|policy| policy.max_tunnels = 2).await;
    cast
}

fn nothing_is_cut(cast: &Cast) {
    let refusal = FaultKind::Trap { message: "failure: busy".to_owned() };
    cast.router.fault(Fault::new(refusal).on("/ppp/active/remove"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gets_an_address_that_somebody_has_is_not_let_in_with_them() {
    let cast = with_fixed_address().await;
    let (_, tunnel) = opened(&cast).await;
    // As long as the second cannot be cut, the address lets nobody through.
    nothing_is_cut(&cast);
    let second = cast.router.connect("ivan", "l2tp", THIEF).unwrap();
    assert_eq!(second.address, tunnel.address);
    cast.wait_router("the door to be shut", |router| router.address_list(ALLOW).is_empty()).await;
    assert_eq!(cast.router.tunnels().len(), 2);
    wait_drift(&cast, "two tunnels have that address").await;
    cast.router.clear_faults();
    cast.wait_router("the first one alone to be inside", |router| {
        router.tunnels() == std::slice::from_ref(&tunnel)
            && router.address_list(ALLOW) == [tunnel.address.to_string()]
    })
    .await;
    wait_drift(&cast, "another tunnel has its address").await;
    let session = cast.sessions().await.pop().unwrap();
    assert!(is_open(&session) && session.connections.len() == 1, "nobody was asked: {session:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_let_in_by_an_address_that_two_have() {
    let cast = with_fixed_address().await;
    let (account, tunnel) = boxed(&cast).await;
    nothing_is_cut(&cast);
    cast.router.connect("ivan", "l2tp", THIEF).unwrap();
    cast.router.wait_for(|entry| entry.command == "/ppp/active/remove").await.unwrap();
    let from = cast.router.commands();
    answer(&cast, account, Answer::Confirm).await;
    cast.router
        .wait_for(|entry| {
            entry.number > from
                && entry.command == "/ppp/active/print"
                && entry.queries.iter().any(|query| query.contains("address"))
        })
        .await
        .unwrap();
    looks(&cast.router, 2).await;
    assert!(cast.router.address_list(ALLOW).is_empty(), "not while the other one is there");
    cast.router.clear_faults();
    cast.wait_session("the door to be open", is_open).await;
    assert_eq!(cast.router.tunnels(), std::slice::from_ref(&tunnel));
}

/// A server with a router that has been up for an hour when it is seen first.
async fn up_for_an_hour() -> Cast {
    let router = cast::router_sim().await;
    router.advance(Duration::from_hours(1));
    Cast::assemble_around(router, &[], true).await
}

/// The router restarts; before anybody sees that, Ivan has dialled in from the same place.
async fn restart_and_redial(cast: &Cast, before: &Tunnel) -> Tunnel {
    cast.router.refuse().await;
    // Nobody hears of the tunnels that go.
    cast.router.break_connections();
    cast.router.reboot();
    let again = cast.router.connect("ivan", "l2tp", &before.caller_id).unwrap();
    assert_eq!(again, *before, "nothing that the router shows tells the two apart");
    cast.router.accept().await;
    again
}

/// The tunnel of after the restart is asked about, and in the box.
async fn is_asked_anew(cast: &Cast) -> Session {
    let asked = |session: &Session| {
        session.state == SessionState::Confirming
            && session.live_connections().any(|connection| connection.tunnel.boot == Boot(1))
    };
    let session = cast.wait_session("the question about the new tunnel", asked).await;
    assert!(cast.router.address_list(ALLOW).is_empty(), "and nobody is inside");
    session
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_of_after_a_restart_is_none_of_before_however_it_looks() {
    let cast = up_for_an_hour().await;
    let (_, tunnel) = opened(&cast).await;
    restart_and_redial(&cast, &tunnel).await;
    let session = is_asked_anew(&cast).await;
    let reasons: Vec<_> = session.connections.iter().map(|connection| connection.close_reason).collect();
    assert_eq!(reasons, [Some(CloseReason::RouterRestarted), None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_of_before_a_restart_opens_nothing_after_it() {
    let cast = up_for_an_hour().await;
    let (account, tunnel) = boxed(&cast).await;
    cast.router.refuse().await;
    cast.router.break_connections();
    answer(&cast, account, Answer::Confirm).await;
    restart_and_redial(&cast, &tunnel).await;
    let session = is_asked_anew(&cast).await;
    assert!(!is_open(&session) && session.connections.iter().all(|c| c.opened_at.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_before_a_restart_is_asked_about_after_it() {
    let cast = up_for_an_hour().await;
    cast.policy(|policy| policy.confirm_seconds = Seconds(4)).await;
    let (_, tunnel) = boxed(&cast).await;
    cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
    cast.wait_session("the session to go on", |session| session.state == SessionState::Granted).await;
    cast.policy(|policy| policy.confirm_seconds = Seconds(60)).await;
    restart_and_redial(&cast, &tunnel).await;
    let session = is_asked_anew(&cast).await;
    assert_eq!(session.connections[0].close_reason, Some(CloseReason::ConfirmTimeout));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_was_out_of_reach_has_not_restarted() {
    let cast = up_for_an_hour().await;
    cast.policy(|policy| policy.max_tunnels = 2).await;
    let (_, first) = opened(&cast).await;
    let second = cast.router.connect("ivan", "l2tp", "203.0.113.8").unwrap();
    cast.wait_session("the second tunnel", |session| session.live_connections().count() == 2).await;
    cast.router.refuse().await;
    cast.router.break_connections();
    assert!(cast.router.disconnect(&first.session_id) && cast.router.disconnect(&second.session_id));
    cast.router.accept().await;
    let session =
        cast.wait_session("both to be noticed", |session| session.live_connections().next().is_none()).await;
    let disconnected =
        |c: &sallyport_shared::session::Connection| c.close_reason == Some(CloseReason::Disconnected);
    assert!(session.connections.iter().all(disconnected), "{session:#?}");
}

/// Somebody takes every entry off the list of the box.
fn unbox(cast: &Cast) {
    let list = cast.router.rows("ip/firewall/address-list");
    for row in list.iter().filter(|row| row.text("list").as_deref() == Some(SANDBOX)) {
        cast.router.remove("ip/firewall/address-list", &row.id).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_that_gets_out_of_the_box_while_it_waits_is_cut() {
    let cast = Cast::assemble().await;
    boxed(&cast).await;
    looks(&cast.router, 1).await;
    unbox(&cast);
    cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
    let closed = |session: &Session| session.connections[0].close_reason == Some(CloseReason::Policy);
    let session = cast.wait_session("the tunnel to be closed", closed).await;
    assert_eq!(session.state, SessionState::Granted, "it may come again");
    wait_drift(&cast, "not on the list of the box").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_stays_after_the_end_only_as_long_as_the_box_holds_it() {
    for late in [false, true] {
        let cast = Cast::assemble().await;
        cast.policy(|policy| policy.cut_at_end = false).await;
        let (account, _) = opened(&cast).await;
        if !late {
            unbox(&cast);
        }
        cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
        cast.wait_session("the end to be told", |session| session.end_told).await;
        if late {
            looks(&cast.router, 2).await;
            assert_eq!(cast.router.tunnels().len(), 1, "the box holds it");
            unbox(&cast);
        }
        cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
        wait_drift(&cast, "not on the list of the box").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_blocked_keeps_no_tunnel_that_was_left_to_them() {
    let (cast, admin) = Cast::with_console().await;
    cast.policy(|policy| policy.cut_at_end = false).await;
    let (account, _) = opened(&cast).await;
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    let session = cast.wait_session("the end to be told", |session| session.end_told).await;
    looks(&cast.router, 1).await;
    assert_eq!(cast.router.tunnels().len(), 1, "the policy lets it stay");
    let block = "mutation($u: ID!) { blockUser(id: $u, reason: \"left\") { id } }";
    admin.ask(block, json!({ "u": session.user.to_string() })).await;
    cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_through_which_the_router_is_managed_is_not_cut_though_nobody_owns_it() {
    let router = cast::router_sim().await;
    router.set("ppp/secret", "olga", &[("disabled", "no")]).unwrap();
    let tunnel = router.connect("olga", "l2tp", "203.0.113.9").unwrap();
    let address = tunnel.address.to_string();
    let login = [("name", "boss"), ("address", address.as_str()), ("via", "winbox")];
    let login = router.add("user/active", &login).unwrap();
    let cast = Cast::assemble_around(router, &[], true).await;
    let (words, mended) = wait_drift(&cast, "which nobody owns, was not cut").await;
    assert!(words.contains("(boss)") && words.contains(&address) && !mended, "{words}");
    looks(&cast.router, 2).await;
    assert_eq!(cast.router.tunnels(), std::slice::from_ref(&tunnel));
    // Once nobody is there any more it is a tunnel like others.
    cast.router.remove("user/active", &login).unwrap();
    cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_not_shown_who_manages_the_router_nobodys_tunnel_may_be_theirs() {
    let router = cast::router_sim().await;
    router.set("ppp/secret", "olga", &[("disabled", "no")]).unwrap();
    let tunnel = router.connect("olga", "l2tp", "203.0.113.9").unwrap();
    let refusal = FaultKind::Trap { message: "not enough permissions (9)".to_owned() };
    router.fault(Fault::new(refusal).on("/user/active/print"));
    let cast = Cast::assemble_around(router, &[], true).await;
    let (words, mended) = wait_drift(&cast, "it cannot be told whether it is managed").await;
    assert!(words.contains("olga") && words.contains(&tunnel.address.to_string()) && !mended, "{words}");
    looks(&cast.router, 2).await;
    assert_eq!(cast.router.tunnels(), std::slice::from_ref(&tunnel), "it is not taken for a stranger's");
    // One that belongs to somebody is judged as ever: nobody asked for it.
    cast.person(101, "Ivan", "ivan").await;
    cast.router.set("ppp/secret", "ivan", &[("disabled", "no")]).unwrap();
    cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    cast.wait_router("his tunnel to be cut", |router| router.tunnels() == std::slice::from_ref(&tunnel))
        .await;
    // As soon as it is shown that nobody manages the router by it, it is a tunnel like others.
    cast.router.clear_faults();
    cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
}

/// So many ends of others are wished for, each of which takes a tenth of a second.
const QUEUE: usize = 480;

async fn long_queue(cast: &Cast) {
    cast.router.fault(Fault::slow(Duration::from_millis(100)).on("/ppp/active/print"));
    let now = cast.app.clock.now();
    let mut tx = cast.app.store.begin().await.unwrap();
    for number in 0..QUEUE {
        let tunnel = sallyport_shared::session::Tunnel {
            boot: Boot::default(),
            router_session_id: format!("0x82{number:06x}"),
            username: format!("user{number}"),
            service: "l2tp".to_owned(),
            caller_id: None,
            address: None,
        };
        let cut = Wish::Cut { tunnel, why: CloseReason::Policy };
        assert!(tx.wish(cast.router_id, None, &cut, now, false).await.unwrap());
    }
    tx.commit().await.unwrap();
    cast.app.bus.router(cast.router_id).notify_one();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_said_yes_in_time_is_let_in_before_a_long_queue_of_ends() {
    let (cast, admin) = Cast::with_console().await;
    set_router(&cast, &admin, json!({ "allowSeconds": 3, "pollSeconds": 60 })).await;
    let (account, _) = boxed(&cast).await;
    long_queue(&cast).await;
    answer(&cast, account, Answer::Confirm).await;
    cast.wait_session("the door to be open", is_open).await;
    let left = cast.app.store.read().await.unwrap().pending_wishes_count(cast.router_id).await.unwrap();
    // In the order of the wishes it would have come last, long after the question had lapsed.
    assert!(left > 300, "only {left} of {QUEUE} were left");
    // What was decided about an account before is done before: the account's end is not overtaken by an opening.
    let session = cast.sessions().await.pop().unwrap();
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    let now = cast.app.clock.now();
    let mut tx = cast.app.store.begin().await.unwrap();
    let connection = session.connections[0].id;
    let tunnel = session.connections[0].tunnel.clone();
    let due = tx.due_openings(cast.router_id, now, 10).await.unwrap();
    assert!(due.is_empty(), "an end alone is no opening: {due:#?}");
    let other = sallyport_shared::ids::ConnectionId(cast.app.clock.new_id());
    assert_ne!(other, connection);
    let open = Wish::Open { connection: other, account, tunnel };
    tx.wish(cast.router_id, Some(session.id), &open, now, false).await.unwrap();
    let due = tx.due_openings(cast.router_id, now, 10).await.unwrap();
    assert_eq!(due.last().map(|due| due.wish.clone()), Some(open), "{due:#?}");
    assert!(due.len() > 1 && due.iter().all(|due| due.session == Some(session.id)), "{due:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_queue_keeps_neither_entries_nor_questions_waiting() {
    let (cast, admin) = Cast::with_console().await;
    set_router(&cast, &admin, json!({ "allowSeconds": 5, "pollSeconds": 60 })).await;
    let (_, tunnel) = opened(&cast).await;
    let (_, _, olga) = cast.person(102, "Olga", "olga").await;
    cast.happen(olga, Event::Ask { by: Cast::admin_actor("story"), seconds: None }).await.unwrap();
    cast.wait_session("her access", |session| session.account == olga && session.account_ready).await;
    // Four at a time, this takes twice as long as an entry lasts, and more.
    long_queue(&cast).await;
    let left =
        async || cast.app.store.read().await.unwrap().pending_wishes_count(cast.router_id).await.unwrap();
    cast.router.connect("olga", "l2tp", "203.0.113.9").unwrap();
    let asked = |session: &Session| {
        session.account == olga && session.connections.iter().any(|c| c.state == ConnectionState::Pending)
    };
    cast.wait_session("the question", asked).await;
    assert!(left().await > 0, "asked while the queue is long");
    tokio::time::timeout(BACKSTOP * 2, async {
        let mut seen = cast.router.commands();
        while left().await > 0 {
            assert_eq!(cast.router.address_list(ALLOW), [tunnel.address.to_string()], "renewed in between");
            seen = cast.router.wait_for(|entry| entry.number > seen).await.unwrap().number;
        }
    })
    .await
    .expect("the queue comes to its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_somebodys_own_that_lets_no_tunnel_through_is_left_alone() {
    let cast = Cast::assemble().await;
    for address in ["192.168.7.7", "10.8.0.77"] {
        cast.router.add("ip/firewall/address-list", &[("list", ALLOW), ("address", address)]).unwrap();
    }
    cast.wait_router("the one that a tunnel may get to be gone", |router| {
        router.address_list(ALLOW) == ["192.168.7.7"]
    })
    .await;
    let (words, mended) = wait_drift(&cast, "It was left alone").await;
    assert!(words.contains("192.168.7.7") && !mended, "{words}");
    looks(&cast.router, 2).await;
    assert_eq!(cast.router.address_list(ALLOW), ["192.168.7.7"]);
}

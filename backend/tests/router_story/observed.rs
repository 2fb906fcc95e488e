//! Routers that are only watched: not one write reaches them, whatever is decided, and what would have been done is shown
//! once, in words that are true.

use crate::{
    cast::{self, ALLOW, Cast, desk::said, looks},
    steps::{answer, drifts, opened, set_router, wait_drift},
};
use sallyport::store::records::RouterMode;
use sallyport_shared::{
    person::TelegramId,
    session::{Actor, Answer, EndReason, Event, Refusal, SessionState},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_router_is_only_shown_once_it_is_only_watched() {
    let (cast, admin) = Cast::with_console().await;
    let (account, tunnel) = opened(&cast).await;
    cast.router.refuse().await;
    cast.router.break_connections();
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    set_router(&cast, &admin, json!({ "mode": "OBSERVE" })).await;
    let before = cast.router.writes();
    cast.router.accept().await;
    looks(&cast.router, 2).await;
    assert_eq!(cast.router.writes(), before, "not one write");
    assert_eq!(cast.router.tunnels(), std::slice::from_ref(&tunnel));
    let cut = wait_drift(&cast, "would be cut").await;
    assert!(cut.0.contains("ivan") && !cut.1, "shown, and not as mended: {cut:?}");
    assert!(drifts(&cast).await.iter().any(|(text, _)| text.contains("ivan would be disabled")));
    let session = cast.wait_session("the end to be noted", |session| session.end_told).await;
    let mut tx = cast.app.store.read().await.unwrap();
    let chain = tx.decisions_of_sessions(&[session.id]).await.unwrap();
    drop(tx);
    assert!(chain.values().flatten().any(|link| link.decision.what == "only-watched"), "{chain:#?}");

    // Written to again: the tables say what is to be done, and it is.
    set_router(&cast, &admin, json!({ "mode": "ENFORCE" })).await;
    cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
    cast.wait_router("the account to be off", |router| {
        router.address_list(ALLOW).is_empty()
            && router.row("ppp/secret", "ivan").is_some_and(|row| row.is("disabled"))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_do_not_repeat_their_news() {
    let cast = Cast::assemble().await;
    let observed = cast::router_sim().await;
    observed.set("ppp/secret", "olga", &[("disabled", "no")]).unwrap();
    observed.add("ip/firewall/address-list", &[("list", ALLOW), ("address", "10.8.0.9")]).unwrap();
    let tunnel = observed.connect("olga", "sstp", "198.51.100.1").unwrap();
    let id = cast::add_router(&cast.app, observed.addr(), RouterMode::Observe).await;
    looks(&observed, 4).await;
    // A new connection tells nothing new either.
    observed.break_connections();
    looks(&observed, 2).await;
    assert_eq!(observed.writes(), 0);
    assert_eq!(observed.tunnels(), [tunnel]);
    let mut tx = cast.app.store.read().await.unwrap();
    let drifts: Vec<_> = tx.recent_drifts(&[id], 100).await.unwrap().into_values().flatten().collect();
    let of_olga = drifts.iter().map(|drift| drift.what.to_string()).filter(|words| words.contains("olga"));
    let of_olga: Vec<String> = of_olga.collect();
    assert!(matches!(of_olga.as_slice(), [said] if said.contains("would be cut")), "{drifts:#?}");
    assert!(drifts.iter().all(|drift| !drift.repaired), "nothing was mended: {drifts:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_decided_reaches_a_watched_router() {
    let (cast, admin) = Cast::with_console().await;
    set_router(&cast, &admin, json!({ "mode": "OBSERVE" })).await;
    let (ivan, _, account) = cast.person(101, "Ivan", "ivan").await;
    looks(&cast.router, 1).await;
    let before = cast.router.writes();

    // The person is told how it is, and nothing else from here on.
    ivan.send("/vpn").await;
    said(&ivan, "only being watched").await;
    let told = ivan.messages().len();

    // An administrator grants; the account would be enabled. It is, by hand.
    let by = || Cast::admin_actor("story");
    cast.happen(account, Event::Ask { by: by(), seconds: None }).await.unwrap();
    assert!(!wait_drift(&cast, "ivan would be enabled").await.1);
    cast.router.set("ppp/secret", "ivan", &[("disabled", "no")]).unwrap();
    let tunnel = cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    let session = cast.wait_session("the tunnel", |session| session.state == SessionState::Confirming).await;
    let own = Event::Answered {
        connection: session.connections[0].id,
        nonce: session.connections[0].prompt.as_ref().map(|prompt| prompt.nonce.clone()),
        by: Actor::Person(TelegramId(101)),
        answer: Answer::Confirm,
    };
    let refused = cast.happen(account, own).await;
    assert!(matches!(refused, Err(sallyport::ops::OpError::Refused(Refusal::Observed))), "{refused:?}");
    answer(&cast, account, Answer::Confirm).await;
    assert!(!wait_drift(&cast, "would be let through").await.1);

    // Again, and not them.
    assert!(cast.router.disconnect(&tunnel.session_id));
    cast.wait_session("the tunnel to be gone", |session| session.state == SessionState::Granted).await;
    cast.router.connect("ivan", "l2tp", "203.0.113.8").unwrap();
    cast.wait_session("the next tunnel", |session| session.state == SessionState::Confirming).await;
    answer(&cast, account, Answer::NotMe).await;
    let session = cast.wait_session("the end", |session| session.end_told).await;
    assert_eq!(session.end_reason, Some(EndReason::Denied));
    wait_drift(&cast, "203.0.113.8 would be banned").await;
    wait_drift(&cast, "ivan would be disabled").await;
    let bans = cast.app.store.read().await.unwrap().bans(None, cast.app.clock.now()).await.unwrap();
    assert!(bans.is_empty(), "nobody is kept out: {bans:?}");

    // The end of another session, and the link itself.
    cast.happen(account, Event::Ask { by: by(), seconds: None }).await.unwrap();
    cast.happen(account, Event::End { by: by() }).await.unwrap();
    let unlink = "mutation($id: ID!) { unlinkAccount(id: $id) { id } }";
    admin.ask(unlink, json!({ "id": account.to_string() })).await;
    looks(&cast.router, 2).await;
    assert_eq!(cast.router.writes(), before, "not one write: {:#?}", cast.router.journal());
    assert_eq!(cast.router.tunnels().len(), 1);
    // Messages come in their order: what he asks for now is the next that he hears.
    ivan.send("/help").await;
    said(&ivan, "How it works").await;
    assert_eq!(
        ivan.messages().len(),
        told + 2,
        "nobody is told of what does not happen: {:#?}",
        ivan.messages()
    );
    let mended: Vec<_> = drifts(&cast).await.into_iter().filter(|(_, mended)| *mended).collect();
    assert!(mended.is_empty(), "{mended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn enforcing_asks_everybody_anew() {
    let (cast, admin) = Cast::with_console().await;
    set_router(&cast, &admin, json!({ "mode": "OBSERVE" })).await;
    let (ivan, _, account) = cast.person(101, "Ivan", "ivan").await;
    ivan.send("/start").await;
    said(&ivan, "").await;
    let by = Cast::admin_actor("story");
    cast.happen(account, Event::Ask { by, seconds: None }).await.unwrap();
    cast.router.set("ppp/secret", "ivan", &[("disabled", "no")]).unwrap();
    cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    cast.wait_session("the tunnel", |session| session.state == SessionState::Confirming).await;
    answer(&cast, account, Answer::Confirm).await;
    set_router(&cast, &admin, json!({ "mode": "ENFORCE" })).await;
    // What somebody said while nothing depended on it opens nothing.
    cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
    assert!(cast.router.address_list(ALLOW).is_empty());
    said(&ivan, "You can connect now").await;
    cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    said(&ivan, "Is it you who just connected").await;
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.state, SessionState::Confirming);
}

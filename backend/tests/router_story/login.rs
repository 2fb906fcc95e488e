//! The ways in to a router: the old login only where somebody asked for it, and never because somebody offers it; and a
//! router that has no place for another session.

use crate::{
    cast::{self, BACKSTOP, Cast, desk::Admin, looks},
    steps::{granted, set_router},
};
use sallyport::{clock::Clock, store::records::RouterMode};
use sallyport_shared::time::Timestamp;
use serde_json::{Value, json};
use sim::routeros::{Fault, FaultKind, JournalEntry, RouterSim};
use std::time::Duration;
use tokio::net::TcpStream;

/// When the clock that is moved by hand begins.
const NOON: Timestamp = Timestamp::from_micros(1_795_345_500_000_000);
/// So long a router that does not push is left alone before it is asked again.
const AGAIN: Duration = Duration::from_secs(30);

/// What the console shows of the story's router, as soon as its state is this one and the words are said.
async fn shown(cast: &Cast, admin: &Admin, state: &str, words: &str) -> Value {
    let mut news = cast.app.bus.listen();
    let query = "query($id: ID!) { router(id: $id) { state lastError md5Login push } }";
    let seen = tokio::time::timeout(BACKSTOP, async {
        loop {
            let data = admin.ask(query, json!({ "id": cast.router_id.to_string() })).await;
            let router = data["router"].clone();
            if router["state"] == state && router["lastError"].as_str().unwrap_or_default().contains(words) {
                return router;
            }
            let _ = news.recv().await;
        }
    });
    seen.await.unwrap_or_else(|_| panic!("{state}, {words}: {:#?}", cast.router.journal()))
}

/// What was sent of the account's secrets: the password itself, or what is made of it and a challenge.
fn gave(router: &RouterSim) -> (bool, bool) {
    let journal = router.journal();
    let sent = |name: &str| {
        let logins = journal.iter().filter(|entry| entry.command == "/login");
        logins.filter(|entry: &&JournalEntry| entry.attribute(name).is_some()).count() > 0
    };
    (sent("password"), sent("response"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_router_is_logged_in_to_by_challenge_only_where_somebody_asked_for_it() {
    let (cast, admin) = Cast::with_console_on("6.42.1").await;
    // Whoever is in between a server and a router of any version can answer like that: they get nothing made of the password.
    let refused = shown(&cast, &admin, "OFFLINE", "older than 6.43").await;
    assert!(refused["lastError"].as_str().unwrap().contains("allow the MD5 login"), "{refused:#}");
    assert_eq!(refused["md5Login"], false);
    let test = "mutation($i: RouterInput!) { testRouter(input: $i) { ok error version } }";
    let stored = admin.ask(test, json!({ "i": { "name": "hq-gw" } })).await;
    assert_eq!(stored["testRouter"]["ok"], false);
    assert!(stored["testRouter"]["error"].as_str().unwrap().contains("allow the MD5 login"), "{stored:#}");
    assert_eq!(gave(&cast.router), (true, false), "no answer to a challenge that nobody asked for");

    let tried = admin.ask(test, json!({ "i": { "name": "hq-gw", "md5Login": true } })).await;
    assert!(tried["testRouter"]["version"].as_str().unwrap_or_default().starts_with("6.42.1"), "{tried:#}");
    set_router(&cast, &admin, json!({ "md5Login": true })).await;
    let online = shown(&cast, &admin, "ONLINE", "").await;
    assert_eq!(online["md5Login"], true);
    granted(&cast).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_challenge_is_asked_for_the_password_itself_is_never_sent() {
    let router = cast::router_sim_of("6.42.1").await;
    let (mut cast, admin, _) = Cast::with_console_and(router).await;
    let address = cast.router.addr();
    let create = "mutation($i: RouterInput!) { createRouter(input: $i) { id md5Login } }";
    let input = json!({
        "name": "old", "host": address.ip().to_string(), "port": address.port(), "tls": "PLAIN",
        "username": "sallyport", "password": "secret", "md5Login": true,
    });
    let made = admin.ask(create, json!({ "i": input })).await;
    assert_eq!(made["createRouter"]["md5Login"], true);
    cast.router_id = made["createRouter"]["id"].as_str().unwrap().parse().unwrap();
    shown(&cast, &admin, "ONLINE", "").await;
    assert_eq!(gave(&cast.router), (false, true));
    // Switching it off would send the stored password over a wire on which it never was.
    let change = "mutation($id: ID!) { updateRouter(id: $id, input: { md5Login: false }) { id } }";
    let refused = admin.answer(change, json!({ "id": cast.router_id.to_string() })).await;
    assert_eq!(refused["errors"][0]["extensions"]["field"], "password", "{refused:#}");
    let audit = admin.ask("{ auditEvents(first: 5) { edges { node { action detail } } } }", json!({})).await;
    assert!(audit.to_string().contains("MD5 login"), "{audit:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_needs_no_challenge_says_so() {
    for (version, state, words) in [
        // Both ways work there.
        ("6.44.6", "DEGRADED", "needs no MD5 login"),
        ("7.22.3", "OFFLINE", "RouterOS since 6.45 refuses it"),
    ] {
        let (cast, admin) = Cast::with_console_on(version).await;
        shown(&cast, &admin, "ONLINE", "").await;
        set_router(&cast, &admin, json!({ "md5Login": true })).await;
        let router = shown(&cast, &admin, state, words).await;
        assert!(router["lastError"].as_str().unwrap().contains("switch it off"), "{router:#}");
        set_router(&cast, &admin, json!({ "md5Login": false, "password": "secret" })).await;
        shown(&cast, &admin, "ONLINE", "").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_has_no_place_for_another_session_is_told_of_and_heals() {
    let router = cast::router_sim().await;
    router.set("ip/service", "api", &[("max-sessions", "1")]).unwrap();
    let somebody = TcpStream::connect(router.addr()).await.unwrap();
    router.wait_until(|state| state.connections() == 1).await.unwrap();
    let (mut cast, admin, _) = Cast::with_console_and(router).await;
    cast.router_id = cast::add_router(&cast.app, cast.router.addr(), RouterMode::Enforce).await;
    shown(&cast, &admin, "OFFLINE", "max-sessions").await;
    // The one who had the place goes.
    drop(somebody);
    shown(&cast, &admin, "ONLINE", "").await;
    granted(&cast).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tunnels_are_polled_while_the_router_does_not_push_and_pushed_again_afterwards() {
    let router = cast::router_sim().await;
    let (cast, admin) = Cast::with_console_at(router, Clock::manual(NOON)).await;
    let push = async |wanted: bool| {
        cast.wait_status(cast.router_id, &format!("push: {wanted}"), |status| status.push == wanted).await;
        assert_eq!(shown(&cast, &admin, "ONLINE", "").await["push"], json!(wanted));
    };
    push(true).await;
    let refusal = FaultKind::Trap { message: "no such command".to_owned() };
    cast.router.fault(Fault::new(refusal).on("/ppp/active/listen"));
    cast.router.give_up_listeners();
    push(false).await;
    // Nobody pushes, and the tunnel is found all the same.
    granted(&cast).await;
    cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    cast.wait_session("the question", |session| session.live_connections().next().is_some()).await;
    // Asked again at its time, refused once more; then it pushes again.
    let asked = cast.router.commands();
    cast.app.clock.advance(AGAIN);
    cast.router.wait_for(|e| e.number > asked && e.command == "/ppp/active/listen").await.unwrap();
    cast.router.clear_faults();
    // What comes after a look has waited for the refusal.
    looks(&cast.router, 1).await;
    cast.app.clock.advance(AGAIN);
    cast.router.wait_until(|state| state.listeners() > 0).await.expect("it is asked again");
    push(true).await;
    let tunnel = cast.router.tunnels().pop().unwrap();
    assert!(cast.router.disconnect(&tunnel.session_id));
    cast.wait_session("the end of the tunnel", |session| session.live_connections().next().is_none()).await;
}

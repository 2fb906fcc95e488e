//! Reconnecting, and ids that don't survive it.

use std::time::Duration;

use routeros_api::{
    Backoff, CloseReason, ConnectOptions, Credentials, Endpoint, Error, Security, Supervisor,
    menus::ppp_active,
};
use tokio::net::TcpListener;

use crate::fake::Peer;

#[tokio::test]
async fn it_comes_back_and_old_ids_are_void() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let router = tokio::spawn(async move {
        // Thrown out before the login, then let in twice.
        drop(listener.accept().await.expect("a client"));
        for _ in 0..2 {
            let mut peer = Peer { io: listener.accept().await.expect("a client").0 };
            peer.login().await;
            let print = peer.expect("/ppp/active/print").await;
            peer.say("!re", &print.tag, &["=.id=*8", "=name=ivan"]).await;
            peer.done(&print.tag).await;
        }
    });
    let endpoint = Endpoint { host: "127.0.0.1".to_owned(), port, security: Security::Plain };
    let credentials = Credentials::new("api", "secret");
    let backoff = Backoff::new(1).between(Duration::from_millis(1), Duration::from_millis(4));
    let mut supervisor = Supervisor::new(endpoint, credentials, ConnectOptions::default(), backoff);
    let mut failures = Vec::new();
    let first = supervisor.connect(|error, delay| failures.push((error.clone(), delay))).await;
    assert!(
        matches!(failures.as_slice(), [(Error::Closed { .. }, delay)] if *delay <= Duration::from_millis(1))
    );
    let tunnel = ppp_active::print(&first).await.expect("answered").remove(0);
    assert!(matches!(supervisor.watch(&first).await, CloseReason::Eof { .. }));

    let second = supervisor.connect(|_, _| {}).await;
    assert!(second.generation() > first.generation());
    let error = ppp_active::remove(&second, &tunnel.id).await.expect_err("stale");
    assert!(matches!(error, Error::StaleId { .. }));
    let again = ppp_active::print(&second).await.expect("answered").remove(0);
    assert_eq!(again.id.raw(), tunnel.id.raw());
    assert_ne!(again.id, tunnel.id, "the same bytes, another generation");
    router.await.expect("the story ends");
}

#[tokio::test]
async fn a_router_that_no_longer_answers_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let router = tokio::spawn(async move {
        let mut peer = Peer { io: listener.accept().await.expect("a client").0 };
        peer.login().await;
        let ping = peer.expect("/system/identity/print").await;
        peer.say("!trap", &ping.tag, &["=message=not enough permissions (9)"]).await;
        peer.done(&ping.tag).await;
        peer.expect("/system/identity/print").await;
        // Silence, until the client hangs up.
        while peer.try_hear().await.is_some() {}
    });
    let endpoint = Endpoint { host: "127.0.0.1".to_owned(), port, security: Security::Plain };
    let mut supervisor = Supervisor::new(
        endpoint,
        Credentials::new("api", "secret"),
        ConnectOptions::default(),
        Backoff::new(1),
    )
    .ping(Duration::from_millis(10), Duration::from_secs(2));
    let connection = supervisor.attempt().await.expect("logged in");
    assert!(matches!(supervisor.watch(&connection).await, CloseReason::Local));
    router.await.expect("the router sees the end");
}

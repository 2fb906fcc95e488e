//! Both logins, and how they fail.

use std::time::Duration;

use routeros_api::{
    ConnectError, ConnectOptions, Connection, Credentials, Endpoint, Error, LoginError, LoginMethod, Remedy,
    Security,
};
use tokio::net::TcpListener;

use crate::fake::{Peer, router};

const CHALLENGE: &str = "=ret=00112233445566778899aabbccddeeff";

fn credentials(method: LoginMethod) -> Credentials {
    Credentials::new("api", "password").method(method)
}

#[tokio::test]
async fn over_tcp_with_name_and_password() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let router = tokio::spawn(async move {
        let mut peer = Peer { io: listener.accept().await.expect("a client").0 };
        peer.login().await;
        let ping = peer.expect("/system/identity/print").await;
        peer.say("!re", &ping.tag, &["=name=MikroTik"]).await;
        peer.done(&ping.tag).await;
    });
    let endpoint = Endpoint { host: "127.0.0.1".to_owned(), port, security: Security::Plain };
    let credentials = Credentials::new("api", "secret");
    let connection =
        Connection::connect(&endpoint, &credentials, ConnectOptions::default()).await.expect("logged in");
    connection.ping(Duration::from_secs(10)).await.expect("answered");
    router.await.expect("the story ends");
}

#[tokio::test]
async fn a_port_that_refuses_names_the_remedy() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let endpoint = Endpoint { host: "127.0.0.1".to_owned(), port, security: Security::Plain };
    let error = Connection::connect(&endpoint, &Credentials::new("api", "secret"), ConnectOptions::default())
        .await
        .expect_err("refused");
    assert!(matches!(error, Error::Connect(ConnectError::Io { .. })));
    assert_eq!(error.remedy(), Some(Remedy::EnableService));
    assert!(!error.was_sent());
}

#[tokio::test]
async fn done_with_ret_is_no_success() {
    let (connection, _router) = router(|mut peer| async move {
        let login = peer.expect("/login").await;
        assert!(login.has("=password=password"));
        peer.say("!done", &login.tag, &[CHALLENGE]).await;
    });
    let error = connection.login(&credentials(LoginMethod::Password)).await.expect_err("not allowed");
    assert!(matches!(error, Error::Login(LoginError::ChallengeNotAllowed)));
    assert_eq!(error.remedy(), Some(Remedy::UpgradeOrAllowChallenge));
}

#[tokio::test]
async fn an_old_router_gets_the_response_if_that_is_allowed() {
    for method in [LoginMethod::PasswordOrChallenge, LoginMethod::Challenge] {
        let (connection, router) = router(move |mut peer| async move {
            let first = peer.expect("/login").await;
            assert_eq!(first.has("=password=password"), method == LoginMethod::PasswordOrChallenge);
            peer.say("!done", &first.tag, &[CHALLENGE]).await;
            let second = peer.expect("/login").await;
            assert!(
                second.has("=name=api") && second.has("=response=00d0a8f0f594fc4d13cf44a9fd3ea65963"),
                "{second:?}"
            );
            assert!(!second.words.iter().any(|word| word.starts_with("=password")));
            peer.done(&second.tag).await;
        });
        connection.login(&credentials(method)).await.expect("logged in");
        router.await.expect("the story ends");
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    for (message, remedy) in [
        ("invalid user name or password (6)", Remedy::CheckAccount),
        ("cannot log in", Remedy::CheckAccount),
        ("std failure: not allowed (9)", Remedy::GrantPolicies),
    ] {
        let (connection, _router) = router(move |mut peer| async move {
            let login = peer.expect("/login").await;
            peer.say("!trap", &login.tag, &[&format!("=message={message}")]).await;
            peer.done(&login.tag).await;
        });
        let error = connection.login(&credentials(LoginMethod::Password)).await.expect_err("refused");
        assert!(matches!(error, Error::Login(_)), "{error:?}");
        assert_eq!(error.remedy(), Some(remedy), "{message}");
        assert!(error.to_string().contains(message));
    }
}

#[tokio::test]
async fn a_challenge_that_is_none_is_refused() {
    let (connection, _router) = router(|mut peer| async move {
        let login = peer.expect("/login").await;
        peer.say("!done", &login.tag, &["=ret=xyz"]).await;
    });
    let error = connection.login(&credentials(LoginMethod::Challenge)).await.expect_err("no challenge");
    assert!(matches!(error, Error::Login(LoginError::BadChallenge)));
}

#[test]
fn credentials_do_not_show_the_password() {
    let shown = format!("{:?}", Credentials::new("api", "hunter2"));
    assert!(shown.contains("api") && !shown.contains("hunter2"), "{shown}");
}

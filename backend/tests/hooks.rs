//! A router that neither pushes nor is polled often: its hook is what makes the tunnel be seen at once.

mod cast;

use cast::{ALLOW, Cast};
use sallyport::{
    clock::secret_word,
    http::{self, Metrics},
};
use sallyport_shared::{policy::AccessMode, time::Seconds};
use sim::routeros::{Fault, FaultKind};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Serves HTTP; gives the URL.
async fn serve(cast: &Cast) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let metrics = Metrics::collect().unwrap();
    tokio::spawn(http::serve(cast.app.clone(), metrics, listener, CancellationToken::new()));
    url
}

/// Makes the router one that is looked at once an hour; gives the token of its hooks.
async fn rarely_looked_at(cast: &Cast) -> String {
    let message = "no such command".to_owned();
    cast.router.fault(Fault::new(FaultKind::Trap { message }).on("/ppp/active/listen"));
    let token = secret_word();
    let mut tx = cast.app.store.begin().await.unwrap();
    let mut router = tx.router(cast.router_id).await.unwrap().unwrap();
    router.poll_seconds = Seconds(3_600);
    router.hook_token_hash = cast.app.vault.fingerprint(&token);
    tx.save_router(&router).await.unwrap();
    tx.commit().await.unwrap();
    cast.app.bus.fleet.notify_one();
    cast.wait_router("the worker to have come anew", |router| {
        router.connections() == 1 && router.listeners() == 0
    })
    .await;
    token
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_makes_the_router_be_looked_at_and_nothing_it_says_counts() {
    let cast = Cast::assemble().await;
    cast.policy(|policy| policy.access_mode = AccessMode::Always).await;
    let (ivan, _, _) = cast.person(501, "Ivan", "ivan").await;
    let (olga, _, _) = cast.person(502, "Olga", "olga").await;
    cast.router.set("ppp/secret", "ivan", &[("disabled", "no")]).unwrap();
    ivan.send("/start").await;
    ivan.wait_message(|message| message.from_bot()).await.expect("the bot may write to him");
    let token = rarely_looked_at(&cast).await;
    let url = serve(&cast).await;
    let hook = async |path: &str, body: &str| {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.post(format!("{url}{path}")).bearer_auth(&token).body(body.to_owned());
        assert_eq!(request.send().await.unwrap().status(), 202);
    };
    let tunnel = cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    // It names somebody else, who has no tunnel; the one who has is asked.
    hook("/client/connect/", r#"{"name":"olga","chat_id":502,"source_ip":"10.8.0.250"}"#).await;
    let prompt = ivan
        .wait_message(|message| message.text.contains(&tunnel.address.to_string()))
        .await
        .expect("the owner of the tunnel is asked");
    assert!(prompt.text.contains("203.0.113.7"));
    assert!(olga.messages().is_empty(), "nobody is asked about a tunnel that is not there");
    assert!(cast.router.address_list(ALLOW).is_empty());
    assert!(cast.router.disconnect(&tunnel.session_id));
    hook("/client/disconnect", r#"{"name":"ivan"}"#).await;
    cast.wait_session("the tunnel to be known as gone", |session| {
        session.live_connections().next().is_none()
    })
    .await;
}

//! Routers over TLS: trusted on first use, distrusted when the key changes, trusted again when somebody says so; or
//! trusted for the sake of an authority.

mod cast;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cast::{BACKSTOP, Cast, desk::Admin};
use serde_json::{Value, json};
use sim::routeros::{Builder, RouterSim, Tls};
use std::net::SocketAddr;

fn furnished() -> Builder {
    RouterSim::builder().user("sallyport", "secret", "read,write,api").tls(Tls::Certificate)
}

fn input(address: SocketAddr, more: &Value) -> Value {
    let mut input = json!({
        "name": "tls-gw", "host": address.ip().to_string(), "port": address.port(), "username": "sallyport",
        "password": "secret", "pollSeconds": 1,
    });
    for (key, value) in more.as_object().expect("an object") {
        input[key] = value.clone();
    }
    input
}

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der))
}

async fn test(admin: &Admin, input: &Value) -> Value {
    let query =
        "mutation($i: RouterInput!) { testRouter(input: $i) { ok certificateSha256 error remedy identity } }";
    admin.ask(query, json!({ "i": input })).await["testRouter"].clone()
}

async fn create(admin: &Admin, input: &Value) -> String {
    let query = "mutation($i: RouterInput!) { createRouter(input: $i) { id } }";
    admin.ask(query, json!({ "i": input })).await["createRouter"]["id"].as_str().expect("an id").to_owned()
}

/// Waits until the router is in a state, with these words about what went wrong; gives what it says then.
async fn wait_for(cast: &Cast, admin: &Admin, id: &str, state: &str, words: &str) -> Value {
    let mut changes = cast.app.bus.listen();
    let query = "query($id: ID!) { router(id: $id) { state lastError pinnedSha256 } }";
    let reached = async {
        loop {
            let router = admin.ask(query, json!({ "id": id })).await["router"].clone();
            let error = router["lastError"].as_str().unwrap_or_default();
            if router["state"] == state && error.contains(words) {
                return router;
            }
            let _ = changes.recv().await;
        }
    };
    tokio::time::timeout(BACKSTOP, reached).await.unwrap_or_else(|_| panic!("the router never was {state}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn trusted_on_first_use_and_not_when_the_key_changes() {
    let router = furnished().start().await.expect("the router starts");
    let address = router.tls_addr().expect("api-ssl");
    let (cast, admin, _) = Cast::with_console_and(router.clone()).await;

    // Before anything is trusted, nothing but a handshake goes to the router.
    let first = test(&admin, &input(address, &json!({ "tls": "PINNED" }))).await;
    assert_eq!(first["ok"], false);
    assert!(first["remedy"].as_str().expect("words").contains("Compare the fingerprint"));
    assert_eq!(router.commands(), 0, "no password was sent");
    let pin = first["certificateSha256"].as_str().expect("a fingerprint").to_owned();
    let trusting = input(address, &json!({ "tls": "PINNED", "pinnedSha256": pin }));
    assert_eq!(test(&admin, &trusting).await["ok"], true);
    let id = create(&admin, &trusting).await;
    wait_for(&cast, &admin, &id, "ONLINE", "").await;

    // Another key at the same place: a new certificate, or somebody in between.
    router.refuse().await;
    let other = furnished().listen_tls(address).start().await.expect("the place is free");
    router.break_connections();
    let offline = wait_for(&cast, &admin, &id, "OFFLINE", "pinned is").await;
    assert_eq!(offline["pinnedSha256"], pin.as_str(), "what is trusted is changed by people alone");
    assert_eq!(other.commands(), 0, "the password is not sent to a stranger");
    let waiting =
        admin.ask("{ attention { kind detail subject { ... on Router { name } } } }", json!({})).await;
    let trouble = waiting["attention"].as_array().expect("a list").iter();
    assert!(
        trouble.clone().any(|item| item["kind"] == "ROUTER_TROUBLE" && item["subject"]["name"] == "tls-gw")
    );

    // The test of a known router shows the new key, and an administrator trusts it.
    let again = test(&admin, &json!({ "name": "tls-gw" })).await;
    let new = again["certificateSha256"].as_str().expect("a fingerprint").to_owned();
    assert!(again["ok"] == false && new != pin, "{again:#}");
    let trust = "mutation($id: ID!, $i: RouterInput!) { updateRouter(id: $id, input: $i) { pinnedSha256 } }";
    admin.ask(trust, json!({ "id": id, "i": { "pinnedSha256": new } })).await;
    assert_eq!(wait_for(&cast, &admin, &id, "ONLINE", "").await["pinnedSha256"], new.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_vouches_for_its_own_routers_alone() {
    let router = furnished().start().await.expect("the router starts");
    let address = router.tls_addr().expect("api-ssl");
    let stranger = furnished().start().await.expect("another router starts");
    let (cast, admin, _) = Cast::with_console_and(router.clone()).await;
    let own = pem(router.ca_certificate().expect("a CA"));
    let foreign = pem(stranger.ca_certificate().expect("a CA"));

    let wrong = test(&admin, &input(address, &json!({ "tls": "CA", "caPem": foreign }))).await;
    assert_eq!(wrong["ok"], false);
    assert!(wrong["error"].as_str().expect("words").contains("another authority"), "{wrong:#}");
    assert_eq!(router.commands(), 0, "no password was sent");
    let right = input(address, &json!({ "tls": "CA", "caPem": own }));
    assert_eq!(test(&admin, &right).await["ok"], true);
    let id = create(&admin, &right).await;
    wait_for(&cast, &admin, &id, "ONLINE", "").await;
    let swap = "mutation($id: ID!, $i: RouterInput!) { updateRouter(id: $id, input: $i) { id } }";
    admin.ask(swap, json!({ "id": id, "i": { "caPem": foreign } })).await;
    wait_for(&cast, &admin, &id, "OFFLINE", "another authority").await;
}

//! The routers' hooks: who is let in, what can be read, and that they do nothing but ring.

use crate::cast::{Cast, Console, on_each};
use reqwest::{Response, StatusCode};
use sallyport::store::records::Role;
use sallyport_shared::ids::RouterId;
use serde_json::json;
use std::time::Duration;

const SEED: &str = r#"{"name":"ivan","chat_id":"501","source_ip":"10.8.0.9","destination_ip":"10.8.0.1","caller_id":"203.0.113.7"}"#;

/// Makes a router; gives its id and its token.
async fn router(owner: &Console, name: &str) -> (RouterId, String) {
    let input = json!({ "name": name, "host": "192.0.2.1", "username": "sallyport", "password": "secret", "tls": "PLAIN" });
    let query = "mutation($i: RouterInput!) { createRouter(input: $i) { id hookUrl } }";
    let made = owner.ask(query, json!({ "i": input })).await;
    let url = made["createRouter"]["hookUrl"].as_str().unwrap();
    let (path, token) = url.split_once("?token=").unwrap();
    assert_eq!(path, "https://vpn.example/client/connect/");
    (made["createRouter"]["id"].as_str().unwrap().parse().unwrap(), token.to_owned())
}

async fn send(cast: &Cast, path: &str, token: Option<&str>, body: impl Into<reqwest::Body>) -> Response {
    let mut request = cast.http.post(cast.url(path)).body(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap()
}

/// Was the bell of the router's worker rung?
async fn rung(cast: &Cast, router: RouterId) -> bool {
    let bell = cast.app.bus.look(router);
    tokio::time::timeout(Duration::ZERO, bell.notified()).await.is_ok()
}

async fn owner(cast: &Cast) -> Console {
    let owner = cast.owner().await;
    let set = "mutation { updateSettings(input: { publicUrl: \"https://vpn.example\" }) { publicUrl } }";
    owner.ask(set, json!({})).await;
    owner
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_rings_for_its_own_router_and_changes_nothing() {
    on_each(async |cast| {
        let owner = owner(&cast).await;
        let (hq, token) = router(&owner, "hq").await;
        let (branch, other_token) = router(&owner, "branch").await;
        let events = "{ auditEvents { totalCount } }";
        let before = owner.ask(events, json!({})).await;
        for path in ["/client/connect/", "/client/connect", "/client/disconnect/", "/client/disconnect"] {
            assert_eq!(send(&cast, path, Some(&token), SEED).await.status(), StatusCode::ACCEPTED, "{path}");
            assert!(rung(&cast, hq).await && !rung(&cast, branch).await, "{path}");
        }
        let in_url = format!("/client/connect/?token={other_token}");
        assert_eq!(send(&cast, &in_url, None, SEED).await.status(), StatusCode::ACCEPTED);
        assert!(rung(&cast, branch).await && !rung(&cast, hq).await);
        // A name in a code page, as a router that was set up with WinBox sends it.
        let cyrillic = b"{\"name\":\"\xe8\xe2\xe0\xed\"}".to_vec();
        assert_eq!(
            send(&cast, "/client/connect/", Some(&token), cyrillic).await.status(),
            StatusCode::ACCEPTED
        );
        assert_eq!(owner.ask(events, json!({})).await, before);
        let sessions = owner.ask("{ sessions { totalCount } }", json!({})).await;
        assert_eq!(sessions["sessions"]["totalCount"], 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_rings_without_the_token_of_a_router_that_is_there() {
    on_each(async |cast| {
        let owner = owner(&cast).await;
        let (hq, token) = router(&owner, "hq").await;
        for (path, wrong) in [
            ("/client/connect/", None),
            ("/client/connect/", Some("nonsense")),
            ("/client/disconnect/?token=", None),
            ("/client/connect/?token=nonsense", None),
        ] {
            let answer = send(&cast, path, wrong, SEED).await;
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
            assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        }
        assert!(!rung(&cast, hq).await);
        // Nobody's rubbish is not even read.
        assert_eq!(send(&cast, "/client/connect/", None, "rubbish").await.status(), StatusCode::UNAUTHORIZED);
        let asked = cast.http.get(cast.url("/client/connect/")).bearer_auth(&token).send().await.unwrap();
        assert_eq!(asked.status(), StatusCode::METHOD_NOT_ALLOWED);
        owner.ask("mutation($id: ID!) { deleteRouter(id: $id) }", json!({ "id": hq.to_string() })).await;
        assert_eq!(
            send(&cast, "/client/connect/", Some(&token), SEED).await.status(),
            StatusCode::UNAUTHORIZED
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused_with_a_reason() {
    let cast = Cast::on_sqlite(&[]).await;
    let (hq, token) = router(&owner(&cast).await, "hq").await;
    for (body, why) in [
        ("", "no JSON object"),
        ("name=ivan&chat_id=5", "no JSON object"),
        ("[]", "no JSON object"),
        ("{}", "says nothing"),
        (r#"{"name":["ivan"]}"#, "name is a text"),
    ] {
        let answer = send(&cast, "/client/connect/", Some(&token), body).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{body}");
        let said = answer.text().await.unwrap();
        assert!(said.contains(why), "{body}: {said}");
    }
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(9_000));
    let answer = send(&cast, "/client/connect/", Some(&token), long).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert!(!rung(&cast, hq).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_hooks_of_one_router_wait_and_the_others_go_on() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = owner(&cast).await;
    let (_, token) = router(&owner, "hq").await;
    let (_, other) = router(&owner, "branch").await;
    let mut answers = Vec::new();
    while answers.len() < 1_000 {
        let status = send(&cast, "/client/connect/", Some(&token), SEED).await.status();
        answers.push(status);
        if status != StatusCode::ACCEPTED {
            break;
        }
    }
    assert_eq!(answers.last(), Some(&StatusCode::TOO_MANY_REQUESTS));
    assert!(answers.len() > 120, "a burst is let through: {}", answers.len());
    assert_eq!(send(&cast, "/client/connect/", Some(&other), SEED).await.status(), StatusCode::ACCEPTED);
    // Guesses from one address are slowed down as well.
    let mut guesses = 0;
    while send(&cast, "/client/connect/", Some("guess"), SEED).await.status() == StatusCode::UNAUTHORIZED {
        guesses += 1;
        assert!(guesses < 100);
    }
    assert!(guesses >= 30);
    let known = send(&cast, "/client/connect/", Some(&other), SEED).await.status();
    assert_eq!(known, StatusCode::ACCEPTED, "a router behind the same address is heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_shown_to_those_who_manage_routers() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = owner(&cast).await;
    let (_, token) = router(&owner, "hq").await;
    let query = "{ routers { hookUrl } }";
    let admin = cast.admin("anton", Role::Admin).await;
    assert!(admin.ask(query, json!({})).await["routers"][0]["hookUrl"].as_str().unwrap().ends_with(&token));
    for (name, role) in [("oleg", Role::Operator), ("vera", Role::Viewer)] {
        let seen = cast.admin(name, role).await.ask(query, json!({})).await;
        assert_eq!(seen["routers"][0]["hookUrl"], "https://vpn.example/client/connect/");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_got_around_is_exchanged_and_refused_at_once() {
    on_each(async |cast| {
        let owner = owner(&cast).await;
        let (hq, token) = router(&owner, "hq").await;
        let (_, of_branch) = router(&owner, "branch").await;
        let rotate = "mutation($id: ID!) { rotateHookToken(id: $id) { id hookUrl } }";
        let changed = owner.ask(rotate, json!({ "id": hq.to_string() })).await;
        let url = changed["rotateHookToken"]["hookUrl"].as_str().unwrap();
        let new = url.split_once("?token=").unwrap().1;
        assert_ne!(new, token);
        let status = async |token: &str| send(&cast, "/client/connect/", Some(token), SEED).await.status();
        assert_eq!(status(&token).await, StatusCode::UNAUTHORIZED);
        assert!(!rung(&cast, hq).await);
        assert_eq!(status(new).await, StatusCode::ACCEPTED);
        assert!(rung(&cast, hq).await);
        assert_eq!(status(&of_branch).await, StatusCode::ACCEPTED, "another router's is its own");

        let trail = "{ auditEvents(filter: { action: \"router.hook-token\" }) { edges { node { actor subject detail } } } }";
        let trail = owner.ask(trail, json!({})).await["auditEvents"]["edges"].clone();
        assert_eq!(trail.as_array().unwrap().len(), 1);
        assert_eq!(trail[0]["node"]["subject"], format!("router:{hq}"));
        let told = trail.to_string();
        assert!(!told.contains(&token) && !told.contains(new), "{told}");

        let nowhere = json!({ "id": uuid::Uuid::nil().to_string() });
        assert_eq!(owner.refused(rotate, nowhere).await.code, "NOT_FOUND");
        let operator = cast.admin("pavel", Role::Operator).await;
        assert_eq!(operator.refused(rotate, json!({ "id": hq.to_string() })).await.code, "FORBIDDEN");
    })
    .await;
}

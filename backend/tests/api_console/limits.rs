//! What is not served: requests that are too large, too deep, too complex, or not what they say; and the headers
//! that go with everything.

use crate::cast::{Cast, refusal};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn deep_and_complex_questions_are_not_begun() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let nested = |depth: usize| {
        let mut query = "{ id }".to_owned();
        for _ in 0..depth {
            query = format!("{{ user {{ accounts {query} }} }}");
        }
        format!("{{ user(id: \"x\") {{ accounts {query} }} }}")
    };
    owner.ask(&nested(4), json!({})).await;
    assert_eq!(owner.refused(&nested(5), json!({})).await.code, "VALIDATION");
    let wide =
        "{ users(first: 500) { edges { node { sessions(first: 500) { edges { node { id state } } } } } } }";
    let refused = owner.refused(wide, json!({})).await;
    assert_eq!(refused.code, "VALIDATION");
    assert!(refused.message.contains("complex"), "{}", refused.message);
    owner.ask("{ me { id } }", json!({})).await;
}

/// Documents that a reader without memory would follow for ever, or until its stack is used up.
pub(crate) fn bombs() -> Vec<serde_json::Value> {
    let multiplied: String = (0..12)
        .map(|n| format!(" fragment F{n} on Query {{ {} }}", format!("...F{} ", n + 1).repeat(30)))
        .collect();
    vec![
        json!({
            "operationName": "A",
            "query": "query A{setupNeeded} query B{...F} fragment F on Query{__schema{...F}}",
        }),
        json!({ "query": "{setupNeeded} fragment F on Query{__schema{...F}}" }),
        json!({ "query": format!("{{...F0}} fragment F12 on Query{{setupNeeded}}{multiplied}") }),
        json!({ "query": format!("{{setupNeeded}} fragment F12 on Query{{setupNeeded}}{multiplied}") }),
        json!({ "query": "{a".repeat(100_000) }),
        json!({ "query": format!("{{setupNeeded(a:{}", "[".repeat(200_000)) }),
        json!({ "query": format!("query($a:{}", "[".repeat(200_000)) }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_document_is_followed_without_an_end() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    for (caller, code) in [(cast.anonymous(), "UNAUTHENTICATED"), (owner.clone(), "VALIDATION")] {
        for bomb in bombs() {
            let mut request = cast.http.post(cast.url("/graphql")).json(&bomb);
            if let Some(token) = &caller.token {
                request = request.bearer_auth(token);
            }
            let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
            assert_eq!(refusal(&answer).unwrap().code, code, "{:.80}", bomb["query"].as_str().unwrap());
        }
    }
    owner.ask("{ me { id } }", json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_may_ask_for_the_schema_when_signed_in() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let of_type = "ofType { kind name ".repeat(7) + &"}".repeat(7);
    let query = format!(
        "{{ __schema {{ types {{ name fields {{ name args {{ name type {{ kind name {of_type} }} }} }} }} }} }}"
    );
    let schema = owner.ask(&query, json!({})).await;
    assert!(schema["__schema"]["types"].as_array().unwrap().len() > 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_json_of_a_sensible_size_is_read() {
    let cast = Cast::on_sqlite(&[]).await;
    let form = cast.http.post(cast.url("/graphql")).header("content-type", "text/plain");
    let answer = form.body(r#"{"query":"{ setupNeeded }"}"#).send().await.unwrap();
    assert_eq!(answer.status(), 415);
    let get = cast.http.get(cast.url("/graphql?query={setupNeeded}")).send().await.unwrap();
    assert_eq!(get.status(), 405);
    let large = json!({ "query": format!("{{ setupNeeded }} # {}", "x".repeat(300_000)) });
    let answer = cast.http.post(cast.url("/graphql")).json(&large).send().await.unwrap();
    assert_eq!(answer.status(), 413);
    let batch = json!([{ "query": "{ setupNeeded }" }, { "query": "{ setupNeeded }" }]);
    let answer = cast.http.post(cast.url("/graphql")).json(&batch).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let refused = refusal(&answer.json().await.unwrap()).unwrap();
    assert_eq!(refused.code, "VALIDATION");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_strict_headers() {
    let cast = Cast::on_sqlite(&[]).await;
    for path in ["/", "/sessions", "/healthz", "/readyz", "/metrics", "/nowhere.js"] {
        let answer = cast.http.get(cast.url(path)).send().await.unwrap();
        let headers = answer.headers();
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default();
        let policy = text("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("'wasm-unsafe-eval'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert_eq!(text("x-content-type-options"), "nosniff", "{path}");
        assert!(!text("referrer-policy").is_empty(), "{path}");
        assert_eq!(text("x-request-id").len(), 16, "{path}");
        assert!(text("strict-transport-security").is_empty(), "not over plain http");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_health_and_metrics_are_told() {
    let cast = Cast::on_sqlite(&[]).await;
    let get = async |path: &str| cast.http.get(cast.url(path)).send().await.unwrap();
    assert_eq!(get("/healthz").await.status(), 200);
    let ready: serde_json::Value = get("/readyz").await.json().await.unwrap();
    assert_eq!(ready["ready"], true, "{ready}");
    let metrics = get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("sallyport_sessions_live 0"), "{metrics}");
    let owner = cast.owner().await;
    let health =
        owner.ask("{ health { database bot botError routersOnline routersTotal version } }", json!({})).await;
    assert_eq!(health["health"]["database"], true);
    assert_eq!(health["health"]["routersTotal"], 0);
}

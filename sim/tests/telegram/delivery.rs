//! How updates reach the bot: long polling, confirmation, conflicts, double delivery, webhooks.

use serde_json::{Value, json};

use crate::stage::Stage;

#[tokio::test]
async fn a_long_poll_waits_and_wakes() {
    let stage = Stage::start().await;
    let from = stage.telegram.next_call();
    let poll = stage.ok("getUpdates", json!({ "timeout": 50 }));
    let write = async {
        stage.telegram.wait_call(from, |call| call.is("getUpdates")).await.unwrap();
        stage.anna.send("hello").await;
    };
    let (updates, ()) = tokio::join!(poll, write);
    assert_eq!(updates[0]["message"]["text"], "hello");
}

#[tokio::test]
async fn updates_stay_until_they_are_confirmed() {
    let stage = Stage::start().await;
    for text in ["1", "2", "3"] {
        stage.anna.send(text).await;
    }
    let texts = |updates: &Value| -> Vec<String> {
        updates
            .as_array()
            .unwrap()
            .iter()
            .map(|update| update["message"]["text"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = stage.ok("getUpdates", json!({ "limit": 2 })).await;
    assert_eq!(texts(&first), ["1", "2"]);
    assert_eq!(texts(&stage.ok("getUpdates", json!({})).await), ["1", "2", "3"]);
    let second = first[1]["update_id"].as_i64().unwrap();
    assert_eq!(texts(&stage.ok("getUpdates", json!({ "offset": second })).await), ["2", "3"]);
    assert_eq!(texts(&stage.ok("getUpdates", json!({ "offset": -1 })).await), ["3"]);
    assert_eq!(stage.telegram.pending_updates(), 1);
}

#[tokio::test]
async fn allowed_updates_hold_until_they_are_changed() {
    let stage = Stage::start().await;
    let id = stage.ask().await;
    stage.ok("getUpdates", json!({ "allowed_updates": ["callback_query"] })).await;
    stage.anna.send("not wanted").await;
    let _press = stage.anna.tap(id, "Confirm").unwrap();
    let updates = stage.updates().await;
    assert_eq!(updates.len(), 1);
    assert!(updates[0].get("callback_query").is_some());
    stage.ok("getUpdates", json!({ "allowed_updates": [] })).await;
    stage.anna.send("wanted").await;
    assert_eq!(stage.updates().await.len(), 1);
}

#[tokio::test]
async fn a_second_poller_ends_the_first() {
    let stage = Stage::start().await;
    let from = stage.telegram.next_call();
    let older = stage.refused("getUpdates", json!({ "timeout": 50 }));
    let newer = async {
        stage.telegram.wait_call(from, |call| call.is("getUpdates")).await.unwrap();
        stage.call("getUpdates", json!({ "timeout": 0 })).await
    };
    let (older, newer) = tokio::join!(older, newer);
    assert_eq!(
        older,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    );
    assert_eq!(newer["ok"], true);
}

#[tokio::test]
async fn an_update_can_come_twice() {
    let stage = Stage::start().await;
    stage.telegram.deliver_twice(1);
    stage.anna.send("once").await;
    let first = stage.ok("getUpdates", json!({})).await;
    let id = first[0]["update_id"].as_i64().unwrap();
    let again = stage.ok("getUpdates", json!({ "offset": id + 1 })).await;
    assert_eq!(again, first, "the same update although it was confirmed");
    assert_eq!(stage.ok("getUpdates", json!({ "offset": id + 1 })).await, json!([]));
    assert!(stage.telegram.repeat_last_update());
    assert_eq!(stage.ok("getUpdates", json!({ "offset": id })).await, first);
}

/// A bot behind a webhook: hands out what it is told and answers as it is ordered to.
struct Hook {
    url: String,
    told: tokio::sync::mpsc::Receiver<(Option<String>, Value)>,
    answers: tokio::sync::mpsc::Sender<(u16, Value)>,
}

impl Hook {
    async fn start() -> Self {
        use axum::http::{HeaderMap, StatusCode};
        let (tell, told) = tokio::sync::mpsc::channel(16);
        let (answers, ordered) = tokio::sync::mpsc::channel::<(u16, Value)>(16);
        let ordered = std::sync::Arc::new(tokio::sync::Mutex::new(ordered));
        let hook = move |headers: HeaderMap, axum::Json(update): axum::Json<Value>| {
            let (tell, ordered) = (tell.clone(), ordered.clone());
            async move {
                let secret = headers.get("X-Telegram-Bot-Api-Secret-Token");
                let secret = secret.map(|value| value.to_str().unwrap().to_owned());
                tell.send((secret, update)).await.unwrap();
                let (status, body) = ordered.lock().await.recv().await.unwrap();
                (StatusCode::from_u16(status).unwrap(), axum::Json(body))
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let app = axum::Router::new().route("/hook", axum::routing::post(hook));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, told, answers }
    }
}

#[tokio::test]
async fn chats_do_not_wait_for_one_another_at_a_webhook() {
    let stage = Stage::start().await;
    let mut hook = Hook::start().await;
    stage.ok("setWebhook", json!({ "url": hook.url })).await;
    let boris = stage.telegram.person(1002, "Boris", None, None);
    stage.anna.send("one").await;
    stage.anna.send("two").await;
    boris.send("other").await;
    // Neither has been answered yet.
    let mut texts = Vec::new();
    for _ in 0..2 {
        texts.push(hook.told.recv().await.unwrap().1["message"]["text"].as_str().unwrap().to_owned());
    }
    texts.sort();
    assert_eq!(texts, ["one", "other"]);
    for _ in 0..3 {
        hook.answers.send((200, json!({}))).await.unwrap();
    }
    assert_eq!(hook.told.recv().await.unwrap().1["message"]["text"], "two");
    stage.telegram.wait_confirmed().await.unwrap();
}

#[tokio::test]
async fn an_offset_of_another_numbering_counts_for_nothing() {
    let stage = Stage::start().await;
    stage.telegram.renumber_updates(7);
    stage.anna.send("after a quiet week").await;
    let updates = stage.ok("getUpdates", json!({ "offset": 100_000_002 })).await;
    assert_eq!(updates[0]["update_id"], 7);
    assert_eq!(stage.ok("getUpdates", json!({ "offset": 8 })).await, json!([]));
}

#[tokio::test]
async fn a_webhook_is_told_in_order_until_it_says_yes() {
    let stage = Stage::start().await;
    let mut hook = Hook::start().await;
    stage.ok("setWebhook", json!({ "url": hook.url, "secret_token": "s3cret" })).await;
    assert!(
        stage
            .refused("getUpdates", json!({}))
            .await
            .starts_with("Conflict: can't use getUpdates method while webhook is active")
    );
    stage.anna.send("one").await;
    stage.anna.send("two").await;
    hook.answers.send((500, json!({}))).await.unwrap();
    let reply = json!({ "method": "sendMessage", "chat_id": 1001, "text": "from the hook" });
    hook.answers.send((200, reply)).await.unwrap();
    hook.answers.send((200, json!({}))).await.unwrap();
    let mut texts = Vec::new();
    for _ in 0..3 {
        let (secret, update) = hook.told.recv().await.unwrap();
        assert_eq!(secret.as_deref(), Some("s3cret"));
        texts.push(update["message"]["text"].as_str().unwrap().to_owned());
    }
    assert_eq!(texts, ["one", "one", "two"], "what was refused comes again before the next");
    stage.anna.wait_message(|message| message.text == "from the hook").await.unwrap();
    let info = stage.ok("getWebhookInfo", json!({})).await;
    assert_eq!(info["url"], hook.url);
    assert!(info["last_error_message"].as_str().unwrap().contains("500"));
    stage.ok("deleteWebhook", json!({})).await;
    stage.ok("getUpdates", json!({ "offset": -1 })).await;
    assert_eq!(
        stage.refused("setWebhook", json!({ "url": "http://example.org/" })).await,
        "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    );
}

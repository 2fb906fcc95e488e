//! Faults on demand, flood limits, and what the journal keeps.

use serde_json::json;
use sim::telegram::{Fault, FaultRule, FloodLimit};

use crate::stage::{Stage, TOKEN};

#[tokio::test]
async fn faults_strike_where_and_as_often_as_they_should() {
    let stage = Stage::start().await;
    stage.telegram.inject(FaultRule::new(Fault::FloodWait { retry_after: 7 }).on("sendMessage").times(2));
    let flooded = json!({
        "ok": false, "error_code": 429, "description": "Too Many Requests: retry after 7",
        "parameters": { "retry_after": 7 },
    });
    let text = json!({ "chat_id": 1001, "text": "x" });
    stage.ok("getMe", json!({})).await;
    assert_eq!(stage.call("sendMessage", text.clone()).await, flooded);
    assert_eq!(stage.call("sendMessage", text.clone()).await, flooded);
    stage.ok("sendMessage", text.clone()).await;

    let boris = stage.telegram.person(2002, "Boris", None, None);
    boris.send("/start").await;
    let fault = Fault::Status { status: 502, description: None };
    let handle = stage.telegram.inject(FaultRule::new(fault).in_chat(2002));
    assert_eq!(stage.refused("sendMessage", json!({ "chat_id": 2002, "text": "x" })).await, "Bad Gateway",);
    stage.ok("sendMessage", text.clone()).await;
    handle.lift();
    stage.ok("sendMessage", json!({ "chat_id": 2002, "text": "x" })).await;

    stage.telegram.inject(FaultRule::new(Fault::Conflict).on("getUpdates").times(1));
    assert!(stage.refused("getUpdates", json!({})).await.starts_with("Conflict: terminated by other"));
    stage.ok("getUpdates", json!({})).await;
}

#[tokio::test]
async fn a_hanging_call_goes_on_when_the_fault_is_lifted() {
    let stage = Stage::start().await;
    let hang = stage.telegram.inject(FaultRule::new(Fault::Hang).on("sendMessage").times(1));
    let from = stage.telegram.next_call();
    let sending = stage.say("late");
    let lifting = async {
        let call = stage.telegram.wait_call(from, |call| call.is("sendMessage")).await.unwrap();
        assert!(call.outcome.is_none());
        assert!(stage.anna.last_message().is_none(), "nothing was sent yet");
        hang.lift();
    };
    let (sent, ()) = tokio::join!(sending, lifting);
    assert_eq!(sent["text"], "late");
}

#[tokio::test]
async fn connections_can_be_cut_before_or_after_the_deed() {
    let stage = Stage::start().await;
    let url = format!("{}/bot{TOKEN}/sendMessage", stage.telegram.url());
    let send =
        |text: &'static str| stage.http.post(&url).json(&json!({ "chat_id": 1001, "text": text })).send();
    stage.telegram.inject(FaultRule::new(Fault::Reset).on("sendMessage").times(1));
    assert!(send("never").await.is_err());
    assert!(stage.anna.last_message().is_none());
    stage.telegram.inject(FaultRule::new(Fault::LoseAnswer).on("sendMessage").times(1));
    assert!(send("done, but who knows").await.is_err());
    assert_eq!(stage.anna.last_message().unwrap().text, "done, but who knows");
    stage.say("and on").await;
    let counts = stage.telegram.counts()["sendmessage"];
    assert_eq!((counts.calls, counts.succeeded, counts.failed), (3, 1, 2));
}

#[tokio::test]
async fn telegram_can_be_away_and_come_back() {
    let stage = Stage::start().await;
    stage.telegram.go_offline();
    let url = format!("{}/bot{TOKEN}/getMe", stage.telegram.url());
    assert!(stage.http.get(&url).send().await.is_err());
    stage.telegram.go_online().await.unwrap();
    assert_eq!(stage.http.get(&url).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_flood_limit_is_off_until_it_is_set() {
    let stage = Stage::start().await;
    for _ in 0..10 {
        stage.say("x").await;
    }
    stage.telegram.set_flood_limit(Some(FloodLimit { burst: 2.0, per_second: 0.001 }));
    stage.say("x").await;
    stage.say("x").await;
    let refused = stage.call("sendMessage", json!({ "chat_id": 1001, "text": "x" })).await;
    assert_eq!(refused["error_code"], 429);
    assert_eq!(refused["parameters"]["retry_after"], 1000);
}

#[tokio::test]
async fn the_journal_tells_all_but_secrets() {
    let stage = Stage::start().await;
    stage.say(&format!("my token is {TOKEN}")).await;
    let calls = stage.telegram.calls();
    let sent = calls.iter().find(|call| call.is("sendMessage")).unwrap();
    assert_eq!(sent.param("text"), "my token is <token>");
    assert_eq!(sent.chat_id(), Some(1001));
    assert!(sent.succeeded());
    assert!(!serde_json::to_string(&calls).unwrap().contains(TOKEN));
}

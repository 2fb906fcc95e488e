//! Where the tests play: a simulator, a bot made of bare HTTP, and somebody who has written to it.

use std::time::Duration;

use serde_json::{Value, json};
use sim::telegram::{Person, TelegramSim};

/// The bot's token.
pub(crate) const TOKEN: &str = "424242:a-simulated-token";

/// A simulator, an HTTP client that plays the bot, and a person who has written to it.
pub(crate) struct Stage {
    pub(crate) telegram: TelegramSim,
    pub(crate) http: reqwest::Client,
    pub(crate) anna: Person,
}

impl Stage {
    pub(crate) async fn start() -> Self {
        let telegram = TelegramSim::start(TOKEN, "sally_bot").await.unwrap();
        telegram.set_patience(Duration::from_secs(20));
        let anna = telegram.person(1001, "Anna", Some("ru"), Some("anna"));
        anna.send("/start").await;
        let stage = Self { telegram, http: reqwest::Client::new(), anna };
        stage.ok("getUpdates", json!({ "offset": -1 })).await;
        let last = stage.ok("getUpdates", json!({})).await[0]["update_id"].as_i64().unwrap();
        stage.ok("getUpdates", json!({ "offset": last + 1 })).await;
        stage
    }

    pub(crate) async fn call(&self, method: &str, body: Value) -> Value {
        let url = format!("{}/bot{TOKEN}/{method}", self.telegram.url());
        let response = self.http.post(url).json(&body).send().await.unwrap();
        let status = response.status().as_u16();
        let answer: Value = response.json().await.unwrap();
        let expected = answer["error_code"].as_u64().unwrap_or(200);
        assert_eq!(u64::from(status), expected, "the status says what the body says: {answer}");
        answer
    }

    pub(crate) async fn ok(&self, method: &str, body: Value) -> Value {
        let mut answer = self.call(method, body).await;
        assert_eq!(answer["ok"], true, "{method}: {answer}");
        answer["result"].take()
    }

    /// The description of a refusal.
    pub(crate) async fn refused(&self, method: &str, body: Value) -> String {
        let answer = self.call(method, body).await;
        assert_eq!(answer["ok"], false, "{method}: {answer}");
        answer["description"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn say(&self, text: &str) -> Value {
        self.ok("sendMessage", json!({ "chat_id": 1001, "text": text })).await
    }

    pub(crate) async fn ask(&self) -> i32 {
        let keyboard = json!({ "inline_keyboard": [[{ "text": "Confirm", "callback_data": "c:1" }]] });
        let sent = self
            .ok("sendMessage", json!({ "chat_id": 1001, "text": "You?", "reply_markup": keyboard }))
            .await;
        i32::try_from(sent["message_id"].as_i64().unwrap()).unwrap()
    }

    /// The updates that wait now; they are confirmed.
    pub(crate) async fn updates(&self) -> Vec<Value> {
        let updates = self.ok("getUpdates", json!({ "timeout": 0 })).await.as_array().unwrap().clone();
        if let Some(last) = updates.last() {
            self.ok("getUpdates", json!({ "offset": last["update_id"].as_i64().unwrap() + 1, "limit": 1 }))
                .await;
        }
        updates
    }
}

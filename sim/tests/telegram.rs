//! The Bot API as a bot meets it: limits, polling, callbacks, faults. Spoken to over HTTP, without the simulator's
//! own types, so that the wire is what is checked.

use std::time::Duration;

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use sim::telegram::{Fault, FaultRule, FloodLimit, Person, Standing, TelegramSim};

const TOKEN: &str = "424242:a-simulated-token";

/// A simulator, an HTTP client that plays the bot, and a person who has written to it.
struct Stage {
    telegram: TelegramSim,
    http: reqwest::Client,
    anna: Person,
}

impl Stage {
    async fn start() -> Self {
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

    async fn call(&self, method: &str, body: Value) -> Value {
        let url = format!("{}/bot{TOKEN}/{method}", self.telegram.url());
        let response = self.http.post(url).json(&body).send().await.unwrap();
        let status = response.status().as_u16();
        let answer: Value = response.json().await.unwrap();
        let expected = answer["error_code"].as_u64().unwrap_or(200);
        assert_eq!(u64::from(status), expected, "the status says what the body says: {answer}");
        answer
    }

    async fn ok(&self, method: &str, body: Value) -> Value {
        let mut answer = self.call(method, body).await;
        assert_eq!(answer["ok"], true, "{method}: {answer}");
        answer["result"].take()
    }

    /// The description of a refusal.
    async fn refused(&self, method: &str, body: Value) -> String {
        let answer = self.call(method, body).await;
        assert_eq!(answer["ok"], false, "{method}: {answer}");
        answer["description"].as_str().unwrap().to_owned()
    }

    async fn say(&self, text: &str) -> Value {
        self.ok("sendMessage", json!({ "chat_id": 1001, "text": text })).await
    }

    async fn ask(&self) -> i32 {
        let keyboard = json!({ "inline_keyboard": [[{ "text": "Confirm", "callback_data": "c:1" }]] });
        let sent = self
            .ok("sendMessage", json!({ "chat_id": 1001, "text": "You?", "reply_markup": keyboard }))
            .await;
        i32::try_from(sent["message_id"].as_i64().unwrap()).unwrap()
    }

    /// The updates that wait now; they are confirmed.
    async fn updates(&self) -> Vec<Value> {
        let updates = self.ok("getUpdates", json!({ "timeout": 0 })).await.as_array().unwrap().clone();
        if let Some(last) = updates.last() {
            self.ok("getUpdates", json!({ "offset": last["update_id"].as_i64().unwrap() + 1, "limit": 1 }))
                .await;
        }
        updates
    }
}

#[tokio::test]
async fn get_me_and_wrong_addresses() {
    let stage = Stage::start().await;
    let me = stage.ok("getme", json!({})).await;
    assert_eq!((me["id"].as_i64(), me["is_bot"].as_bool()), (Some(424_242), Some(true)));
    assert_eq!(me["username"], "sally_bot");
    let get = |path: &str| stage.http.get(format!("{}{path}", stage.telegram.url())).send();
    let wrong: Value = get("/bot1:wrong/getMe").await.unwrap().json().await.unwrap();
    assert_eq!(wrong, json!({ "ok": false, "error_code": 401, "description": "Unauthorized" }));
    assert_eq!(stage.refused("makeCoffee", json!({})).await, "Not Found: method not found");
    assert_eq!(get("/nowhere").await.unwrap().status(), 404);
    let by_get: Value = get(&format!("/bot{TOKEN}/getMe")).await.unwrap().json().await.unwrap();
    assert_eq!(by_get["ok"], true);
}

#[tokio::test]
async fn an_update_shows_who_wrote_what_where() {
    let stage = Stage::start().await;
    stage.anna.send("/vpn now").await;
    let update = stage.updates().await.remove(0);
    let message = &update["message"];
    assert_eq!(
        message["from"],
        json!({ "id": 1001, "is_bot": false, "first_name": "Anna", "username": "anna", "language_code": "ru" })
    );
    assert_eq!(
        message["chat"],
        json!({ "id": 1001, "first_name": "Anna", "username": "anna", "type": "private" })
    );
    assert_eq!(message["entities"], json!([{ "type": "bot_command", "offset": 0, "length": 4 }]));
    assert_eq!(message["text"], "/vpn now");
}

#[tokio::test]
async fn json_forms_multipart_and_query_are_all_understood() {
    let stage = Stage::start().await;
    let url = format!("{}/bot{TOKEN}/sendMessage", stage.telegram.url());
    let keyboard = r#"{"inline_keyboard":[[{"text":"A","callback_data":"a"}]]}"#;
    let form = [("chat_id", "1001"), ("text", "form"), ("reply_markup", keyboard)];
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let urlencoded = stage
        .http
        .post(&url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(encoded.clone());
    let multipart = Form::new().text("chat_id", "1001").text("text", "multi").text("reply_markup", keyboard);
    for request in
        [urlencoded, stage.http.post(&url).multipart(multipart), stage.http.get(format!("{url}?{encoded}"))]
    {
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["ok"], true, "{answer}");
        assert_eq!(answer["result"]["reply_markup"]["inline_keyboard"][0][0]["callback_data"], "a");
    }
    assert_eq!(stage.anna.messages().len(), 4);
}

#[tokio::test]
async fn a_text_has_1_to_4096_characters_after_parsing() {
    let stage = Stage::start().await;
    let send = |text: String, mode: &'static str| {
        stage.call("sendMessage", json!({ "chat_id": 1001, "text": text, "parse_mode": mode }))
    };
    assert_eq!(send(String::new(), "").await["description"], "Bad Request: message text is empty");
    assert_eq!(send(" \n ".into(), "").await["description"], "Bad Request: text must be non-empty");
    assert_eq!(send("<b></b>".into(), "HTML").await["description"], "Bad Request: text must be non-empty");
    assert_eq!(send("я".repeat(4096), "").await["ok"], true);
    assert_eq!(send(format!("<b>{}</b>", "я".repeat(4096)), "HTML").await["ok"], true);
    assert_eq!(send("я".repeat(4097), "").await["description"], "Bad Request: message is too long");
}

#[tokio::test]
async fn markup_mistakes_are_named() {
    let stage = Stage::start().await;
    let send = |text: &'static str, mode: &'static str| {
        stage.refused("sendMessage", json!({ "chat_id": 1001, "text": text, "parse_mode": mode }))
    };
    assert_eq!(
        send("<b>x", "HTML").await,
        "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""
    );
    assert_eq!(
        send("1.0", "MarkdownV2").await,
        "Bad Request: can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'"
    );
    assert_eq!(send("x", "LaTeX").await, "Bad Request: unsupported parse_mode");
}

#[tokio::test]
async fn only_chats_that_are_open_can_be_written_to() {
    let stage = Stage::start().await;
    let stranger = stage.telegram.person(2002, "Boris", None, None);
    let send = |chat: Value| stage.call("sendMessage", json!({ "chat_id": chat, "text": "x" }));
    assert_eq!(send(json!(555)).await["description"], "Bad Request: chat not found");
    assert_eq!(send(json!("")).await["description"], "Bad Request: chat_id is empty");
    let refused = send(json!(2002)).await;
    assert_eq!(refused["error_code"], 403);
    assert_eq!(refused["description"], "Forbidden: bot can't initiate conversation with a user");
    stranger.send("/start").await;
    assert_eq!(send(json!("2002")).await["ok"], true);
    stranger.block();
    assert_eq!(send(json!(2002)).await["description"], "Forbidden: bot was blocked by the user");
    stranger.unblock();
    assert_eq!(send(json!(2002)).await["ok"], true);
    stranger.deactivate();
    assert_eq!(send(json!(2002)).await["description"], "Forbidden: user is deactivated");
}

#[tokio::test]
async fn a_block_and_its_end_are_told_to_the_bot() {
    let stage = Stage::start().await;
    stage.anna.block();
    stage.anna.send("/start").await;
    let updates = stage.updates().await;
    let statuses: Vec<_> =
        updates.iter().map(|u| u["my_chat_member"]["new_chat_member"]["status"].clone()).collect();
    assert_eq!(statuses, [json!("kicked"), json!("member"), Value::Null]);
    assert_eq!(updates[2]["message"]["text"], "/start");
}

#[tokio::test]
async fn edits_change_the_message_and_name_what_is_wrong() {
    let stage = Stage::start().await;
    let id = stage.ask().await;
    let edit = |body: Value| {
        let mut whole = json!({ "chat_id": 1001, "message_id": id });
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        stage.call("editMessageText", whole)
    };
    let keyboard = json!({ "inline_keyboard": [[{ "text": "Confirm", "callback_data": "c:1" }]] });
    assert_eq!(
        edit(json!({ "text": "You?", "reply_markup": keyboard })).await["description"],
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the \
         same as a current content and reply markup of the message"
    );
    let edited = edit(json!({ "text": "Done" })).await;
    assert!(edited["result"]["edit_date"].is_i64());
    assert!(edited["result"].get("reply_markup").is_none(), "without reply_markup the buttons go");
    let seen = stage.anna.wait_edit(id, |message| message.text == "Done").await.unwrap();
    assert!(seen.buttons().is_empty());
    let gone = json!({ "chat_id": 1001, "message_id": 99_999, "text": "x" });
    assert_eq!(stage.refused("editMessageText", gone).await, "Bad Request: message to edit not found");
    let theirs = stage.anna.send("mine").await;
    let theirs = json!({ "chat_id": 1001, "message_id": theirs, "text": "x" });
    assert_eq!(stage.refused("editMessageText", theirs).await, "Bad Request: message can't be edited");
    assert_eq!(
        stage.refused("editMessageReplyMarkup", json!({ "chat_id": 1001 })).await,
        "Bad Request: message identifier is not specified"
    );
}

#[tokio::test]
async fn a_deleted_message_is_gone() {
    let stage = Stage::start().await;
    let id = stage.ask().await;
    stage.ok("deleteMessage", json!({ "chat_id": 1001, "message_id": id })).await;
    stage.anna.wait_deleted(id).await.unwrap();
    assert_eq!(
        stage.refused("deleteMessage", json!({ "chat_id": 1001, "message_id": id })).await,
        "Bad Request: message to delete not found"
    );
}

#[tokio::test]
async fn a_press_is_told_to_the_bot_and_answered_once() {
    let stage = Stage::start().await;
    let id = stage.ask().await;
    let press = stage.anna.tap(id, "Confirm").unwrap();
    let query = stage.updates().await.remove(0)["callback_query"].take();
    assert_eq!((query["data"].as_str(), query["from"]["id"].as_i64()), (Some("c:1"), Some(1001)));
    assert_eq!(query["message"]["message_id"], id);
    let answer = json!({ "callback_query_id": query["id"], "text": "Thanks", "show_alert": true });
    assert_eq!(
        stage
            .refused(
                "answerCallbackQuery",
                json!({ "callback_query_id": query["id"], "text": "x".repeat(201) })
            )
            .await,
        "Bad Request: MESSAGE_TOO_LONG"
    );
    stage.ok("answerCallbackQuery", answer.clone()).await;
    let shown = press.answer().await.unwrap();
    assert_eq!((shown.text.as_deref(), shown.show_alert), (Some("Thanks"), true));
    assert_eq!(
        stage.refused("answerCallbackQuery", answer).await,
        "Bad Request: query is too old and response timeout expired or query ID is invalid"
    );
}

#[tokio::test]
async fn presses_can_be_forged_and_messages_be_gone() {
    let stage = Stage::start().await;
    let id = stage.ask().await;
    let mallory = stage.telegram.person(6666, "Mallory", None, None);
    let forged = mallory.forge_callback(1001, id, "c:2");
    stage.ok("deleteMessage", json!({ "chat_id": 1001, "message_id": id })).await;
    let late = stage.anna.forge_callback(1001, id, "c:1");
    let updates = stage.updates().await;
    assert_eq!(updates[0]["callback_query"]["from"]["id"], 6666);
    assert_eq!(updates[0]["callback_query"]["data"], "c:2");
    assert_eq!(updates[1]["callback_query"]["message"]["date"], 0, "an inaccessible message");
    stage.telegram.expire_queries();
    let answer = json!({ "callback_query_id": forged.query_id() });
    assert!(stage.refused("answerCallbackQuery", answer).await.starts_with("Bad Request: query is too old"));
    assert_ne!(forged.query_id(), late.query_id());
}

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

#[tokio::test]
async fn photos_come_by_multipart_and_can_be_fetched_again() {
    let stage = Stage::start().await;
    let png: Vec<u8> =
        [b"\x89PNG\r\n\x1a\n".as_slice(), &[0, 0, 0, 13], b"IHDR", &[0, 0, 0, 40, 0, 0, 0, 30]].concat();
    let form = Form::new()
        .text("chat_id", "1001")
        .text("caption", "<b>42</b>")
        .text("parse_mode", "HTML")
        .text("photo", "attach://file1")
        .part("file1", Part::bytes(png.clone()).file_name("a.png").mime_str("image/png").unwrap());
    let url = format!("{}/bot{TOKEN}/sendPhoto", stage.telegram.url());
    let sent: Value = stage.http.post(url).multipart(form).send().await.unwrap().json().await.unwrap();
    let photo = &sent["result"]["photo"][0];
    assert_eq!((photo["width"].as_i64(), photo["height"].as_i64()), (Some(40), Some(30)));
    assert_eq!(sent["result"]["caption"], "42");
    assert_eq!(sent["result"]["caption_entities"][0]["type"], "bold");
    let file = stage.ok("getFile", json!({ "file_id": photo["file_id"] })).await;
    let url = format!("{}/file/bot{TOKEN}/{}", stage.telegram.url(), file["file_path"].as_str().unwrap());
    assert_eq!(stage.http.get(url).send().await.unwrap().bytes().await.unwrap(), png);
}

#[tokio::test]
async fn commands_are_kept_by_scope_and_language() {
    let stage = Stage::start().await;
    let list = |name: &str| json!([{ "command": name, "description": "does" }]);
    stage.ok("setMyCommands", json!({ "commands": list("vpn") })).await;
    stage.ok("setMyCommands", json!({ "commands": list("seti"), "language_code": "ru" })).await;
    let admin = json!({ "type": "chat", "chat_id": 1001 });
    assert_eq!(stage.anna.commands()[0].command, "seti");
    stage.anna.set_language(Some("en"));
    assert_eq!(stage.anna.commands()[0].command, "vpn");
    stage.ok("setMyCommands", json!({ "commands": list("admin"), "scope": admin })).await;
    assert_eq!(stage.anna.commands()[0].command, "admin");
    stage.ok("deleteMyCommands", json!({ "scope": admin })).await;
    assert_eq!(stage.anna.commands()[0].command, "vpn");
    assert_eq!(stage.ok("getMyCommands", json!({})).await, list("vpn"));
    assert_eq!(
        stage.refused("setMyCommands", json!({ "commands": list("Get VPN") })).await,
        "Bad Request: BOT_COMMAND_INVALID"
    );
}

#[tokio::test]
async fn reply_keyboards_come_and_go() {
    let stage = Stage::start().await;
    let keyboard = json!({ "keyboard": [["Get VPN", { "text": "Status" }]], "one_time_keyboard": true });
    stage.ok("sendMessage", json!({ "chat_id": 1001, "text": "x", "reply_markup": keyboard })).await;
    assert_eq!(stage.anna.keyboard().unwrap(), [["Get VPN", "Status"]]);
    stage.anna.send("Status").await;
    assert_eq!(stage.anna.keyboard(), None, "it is for one use");
}

#[tokio::test]
async fn in_a_group_the_bot_sees_what_is_for_it() {
    let stage = Stage::start().await;
    let boris = stage.telegram.person(2002, "Boris", None, None);
    let group = stage.telegram.group("Admins", &[&stage.anna, &boris]);
    let boris = boris.in_group(&group);
    let asked = stage.ok("sendMessage", json!({ "chat_id": group.id(), "text": "Approve?" })).await;
    let asked = i32::try_from(asked["message_id"].as_i64().unwrap()).unwrap();
    for text in ["chatter", "/status", "/status@other_bot", "/status@Sally_bot", "hey @sally_bot"] {
        boris.send(text).await;
    }
    boris.reply(asked, "yes").await;
    let updates = stage.updates().await;
    let texts: Vec<_> = updates.iter().filter_map(|update| update["message"]["text"].as_str()).collect();
    assert_eq!(texts, ["/status", "/status@Sally_bot", "hey @sally_bot", "yes"]);
    assert_eq!(updates.last().unwrap()["message"]["reply_to_message"]["text"], "Approve?");
    group.kick_bot(&boris);
    assert_eq!(
        stage.refused("sendMessage", json!({ "chat_id": group.id(), "text": "x" })).await,
        "Forbidden: bot was kicked from the group chat"
    );
}

#[tokio::test]
async fn forwarded_messages_lose_their_buttons() {
    let stage = Stage::start().await;
    let id = stage.ask().await;
    let group = stage.telegram.group("Friends", &[&stage.anna]);
    let forwarded = stage.anna.forward(id, group.id()).unwrap();
    let forwarded = stage.anna.in_group(&group).message(forwarded).unwrap();
    assert!(forwarded.buttons().is_empty());
    assert!(forwarded.forward_of.is_some());
}

#[tokio::test]
async fn the_control_api_plays_a_conversation() {
    let stage = Stage::start().await;
    let url = |path: &str| format!("{}/control{path}", stage.telegram.url());
    let post = |path: &str, body: Value| {
        let request = stage.http.post(url(path)).json(&body);
        async move { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let vera = post("/people", json!({ "first_name": "Vera", "language_code": "en" })).await;
    let id = vera["id"].as_i64().unwrap();
    assert_eq!(vera["standing"], json!(Standing::Stranger));
    let chat = format!("/chats/{id}");
    post(&format!("{chat}/send"), json!({ "person": id, "text": "/start" })).await;
    let keyboard = json!({ "inline_keyboard": [[{ "text": "Go", "callback_data": "go" }]] });
    let sent =
        stage.ok("sendMessage", json!({ "chat_id": id, "text": "Hi", "reply_markup": keyboard })).await;
    stage.updates().await;
    let pressing = post(
        &format!("{chat}/press"),
        json!({ "person": id, "message_id": sent["message_id"], "button": "Go" }),
    );
    let answering = async {
        let query = stage.ok("getUpdates", json!({ "timeout": 20 })).await[0]["callback_query"]["id"].take();
        stage.ok("answerCallbackQuery", json!({ "callback_query_id": query, "text": "Went" })).await;
    };
    let (answer, ()) = tokio::join!(pressing, answering);
    assert_eq!(answer, json!({ "text": "Went", "show_alert": false, "url": null }));
    let messages: Value =
        stage.http.get(url(&format!("{chat}/messages"))).send().await.unwrap().json().await.unwrap();
    assert_eq!(messages.as_array().unwrap().len(), 2);
    post("/faults", json!({ "fault": "status", "status": 500, "times": 1 })).await;
    assert_eq!(stage.refused("getMe", json!({})).await, "Internal Server Error");
    let changes: Value = stage.http.get(url("/changes?since=0")).send().await.unwrap().json().await.unwrap();
    assert!(changes["changes"].as_array().unwrap().iter().any(|change| change["kind"] == "answer"));
    let missing = stage.http.get(url("/chats/5/view?person=5")).send().await.unwrap();
    assert_eq!(missing.status(), 404);
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

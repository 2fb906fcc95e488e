//! What people do and what the bot gets to see of it.

use serde_json::{Value, json};
use sim::telegram::Standing;

use crate::stage::Stage;

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

#[tokio::test]
async fn the_chat_page_brings_all_that_it_refers_to() {
    let stage = Stage::start().await;
    let base = stage.telegram.url();
    let get = |path: String| stage.http.get(format!("{base}{path}")).send();
    let page = get("/".into()).await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let html = page.text().await.unwrap();
    let app = get("/page/app.js".into()).await.unwrap().text().await.unwrap();
    let linked = html.split('"').filter(|part| part.starts_with("/page/")).map(str::to_owned);
    let imported =
        app.split('"').filter_map(|part| part.strip_prefix("./")).map(|file| format!("/page/{file}"));
    let files: Vec<String> = linked.chain(imported).collect();
    assert!(files.len() >= 6, "{files:?}");
    for file in files {
        assert_eq!(get(file.clone()).await.unwrap().status(), 200, "{file}");
    }
}

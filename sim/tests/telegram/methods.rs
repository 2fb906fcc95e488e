//! Sending, editing, deleting, photos: what the methods take, give and refuse.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::stage::{Stage, TOKEN};

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

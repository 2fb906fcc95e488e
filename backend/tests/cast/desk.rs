//! An administrator at the API, and what a person reads in the chat: for stories told over real sockets.

use super::Cast;
use sallyport::{
    clock::Clock,
    http::{self, Metrics},
};
use serde_json::{Value, json};
use sim::{
    routeros::RouterSim,
    telegram::{Message, Person},
};
use std::fmt::Write as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// An administrator at the API.
pub(crate) struct Admin {
    url: String,
    client: reqwest::Client,
    token: String,
}

impl Admin {
    pub(crate) async fn sign_in(url: String) -> Self {
        let mut admin = Self { url, client: reqwest::Client::new(), token: String::new() };
        let query =
            "mutation { login(username: \"marina\", password: \"correct horse battery\") { accessToken } }";
        let data = admin.ask(query, json!({})).await;
        admin.token = data["login"]["accessToken"].as_str().expect("a token").to_owned();
        admin
    }

    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Value {
        let answer = self.answer(query, variables).await;
        assert!(answer["errors"].is_null(), "{query}: {answer:#}");
        answer["data"].clone()
    }

    pub(crate) async fn answer(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = self
            .client
            .post(format!("{}/graphql", self.url))
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .body(body);
        let text = request.send().await.expect("an answer").text().await.expect("text");
        serde_json::from_str(&text).expect("JSON")
    }
}

/// What makes marina the first owner.
const MARINA: [(&str, &str); 2] =
    [("SALLYPORT_ADMIN_USERNAME", "marina"), ("SALLYPORT_ADMIN_PASSWORD", "correct horse battery")];

impl Cast {
    /// The server with its API; the first owner is marina.
    pub(crate) async fn with_console() -> (Self, Admin) {
        let cast = Self::assemble_with(&MARINA).await;
        let (admin, _) = cast.open_console().await;
        (cast, admin)
    }

    /// The same with a router of this version of RouterOS.
    pub(crate) async fn with_console_on(version: &str) -> (Self, Admin) {
        let cast = Self::assemble_around(super::router_sim_of(version).await, &MARINA, true).await;
        let (admin, _) = cast.open_console().await;
        (cast, admin)
    }

    /// The same with a router that nobody has entered yet, and the address of the server.
    pub(crate) async fn with_console_and(router: RouterSim) -> (Self, Admin, String) {
        let cast = Self::assemble_around(router, &MARINA, false).await;
        let (admin, url) = cast.open_console().await;
        (cast, admin, url)
    }

    /// The server with its API and a router, by a clock of the story's own.
    pub(crate) async fn with_console_at(router: RouterSim, clock: Clock) -> (Self, Admin) {
        let cast = Self::assemble_at(clock, router, &MARINA, true).await;
        let (admin, _) = cast.open_console().await;
        (cast, admin)
    }

    async fn open_console(&self) -> (Admin, String) {
        sallyport::ops::sign_in::prepare_first_owner(&self.app).await.expect("the first owner is made");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let metrics = Metrics::collect().expect("metrics");
        tokio::spawn(http::serve(self.app.clone(), metrics, listener, CancellationToken::new()));
        (Admin::sign_in(url.clone()).await, url)
    }
}

/// The chat as it is read.
pub(crate) fn transcript(person: &Person) -> String {
    let mut text = String::new();
    for message in person.messages() {
        let who = if message.from_bot() { "bot" } else { "   " };
        writeln!(text, "{who} | {}", message.text.replace('\n', "\n    | ")).expect("memory");
        let buttons: Vec<_> = message.button_texts().into_iter().collect();
        if !buttons.is_empty() {
            writeln!(text, "    | [{}]", buttons.join("] [")).expect("memory");
        }
    }
    text
}

/// Clock times and zones differ from run to run.
pub(crate) fn without_times(text: &str) -> String {
    let mut clean = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        clean.push_str(before);
        let bytes = number.as_bytes();
        let is_time = bytes.len() >= 5
            && bytes[..5]
                .iter()
                .enumerate()
                .all(|(n, b)| if n == 2 { *b == b':' } else { b.is_ascii_digit() });
        if is_time {
            clean.push_str("HH:MM");
            let seconds = bytes.len() >= 8 && bytes[5] == b':' && bytes[6].is_ascii_digit();
            rest = &number[if seconds { 8 } else { 5 }..];
        } else {
            clean.push_str(&number[..1]);
            rest = &number[1..];
        }
    }
    clean + rest
}

/// The bot's message with these words, as soon as it comes.
pub(crate) async fn said(person: &Person, words: &str) -> Message {
    match person.wait_message(|message| message.text.contains(words)).await {
        Ok(message) => message,
        Err(_) => panic!("the bot never said “{words}”:\n{}", transcript(person)),
    }
}

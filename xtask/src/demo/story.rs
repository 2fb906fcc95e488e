//! The demo's people and router, made through the same doors that an administrator and a user have: GraphQL and the
//! bot. What an earlier demo made is found and kept.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http;
use super::services::{ADMIN, PASSWORD, Services};
use crate::failure::{Failure, Result};
use crate::say;

/// The router's account for the server, as in `router.json`.
const ROUTER_USER: &str = "sallyport";
const ROUTER_PASSWORD: &str = "router-demo";
const ROUTER_NAME: &str = "Office";

/// Who is there from the start: name, Telegram id as in `telegram.json`, language, username on the router.
const PEOPLE: [(&str, &str, &str, &str); 2] =
    [("Анна Орлова", "1001", "RU", "anna"), ("Boris Smith", "1002", "EN", "boris")];

/// Somebody who asks to be let in, and the administrator's own Telegram.
const NEWCOMER: (i64, &str) = (1003, "Вера Ким");
const OWNER: i64 = 1009;

/// How long the server may take to reach the router, or the bot to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// The server's GraphQL, signed in.
struct Console {
    at: SocketAddr,
    token: String,
}

/// Sees to it that router, people and their accounts are there, and that something is going on.
///
/// # Errors
/// When the server refuses, or does not get along with the simulators.
pub(super) fn furnish(services: &Services) -> Result<()> {
    let console = Console::sign_in(services.server.at)?;
    let router = console.router(services.router_api)?;
    console.set_up(&router)?;
    for (name, telegram, language, account) in PEOPLE {
        console.person(&router, name, telegram, language, account)?;
    }
    console.alerts(services.telegram.at)?;
    register(services.telegram.at)?;
    let call = json!({"name": "anna", "service": "l2tp", "callerId": "203.0.113.7"});
    http::request(services.router.at, "/tunnels", None, Some(&call))?.json()?;
    Ok(())
}

impl Console {
    fn sign_in(at: SocketAddr) -> Result<Self> {
        let query = "mutation($username: String!, $password: String!) { login(username: $username, password: $password) { accessToken } }";
        let variables = json!({"username": ADMIN, "password": PASSWORD});
        let answer = http::graphql(at, None, query, &variables)?;
        Ok(Self { at, token: text(&answer["login"]["accessToken"])? })
    }

    fn ask(&self, query: &str, variables: &Value) -> Result<Value> {
        http::graphql(self.at, Some(&self.token), query, variables)
    }

    /// The router, at the port that its simulator has this time.
    fn router(&self, api: SocketAddr) -> Result<String> {
        let all = self.ask("{ routers { id name } }", &Value::Null)?;
        let known = array(&all["routers"]).iter().find(|router| router["name"] == ROUTER_NAME);
        if let Some(known) = known {
            let query =
                "mutation($id: ID!, $input: RouterInput!) { updateRouter(id: $id, input: $input) { id } }";
            let variables = json!({"id": known["id"], "input": {"host": "127.0.0.1", "port": api.port()}});
            return text(&self.ask(query, &variables)?["updateRouter"]["id"]);
        }
        let query = "mutation($input: RouterInput!) { createRouter(input: $input) { id } }";
        let input = json!({
            "name": ROUTER_NAME, "host": "127.0.0.1", "port": api.port(), "tls": "PLAIN",
            "username": ROUTER_USER, "password": ROUTER_PASSWORD, "mode": "ENFORCE",
        });
        text(&self.ask(query, &json!({"input": input}))?["createRouter"]["id"])
    }

    /// Waits until the router is reached, and provisions it: the simulated one forgets everything when it stops.
    fn set_up(&self, router: &str) -> Result<()> {
        let query = "query($id: ID!) { router(id: $id) { state lastError } }";
        let variables = json!({"id": router});
        wait("the router is reached", || {
            let answer = self.ask(query, &variables)?;
            Ok((answer["router"]["state"] == "ONLINE").then_some(()))
        })?;
        let query = "mutation($id: ID!) { applyRouterSetup(id: $id) { clean steps { key state detail } } }";
        let plan = &self.ask(query, &variables)?["applyRouterSetup"];
        for step in array(&plan["steps"]).iter().filter(|step| step["state"] == "FAILED") {
            say::warn(&format!("setting up the router: {} failed: {}", step["key"], step["detail"]));
        }
        Ok(())
    }

    fn person(&self, router: &str, name: &str, telegram: &str, language: &str, account: &str) -> Result<()> {
        let query = "query($name: String!) { users(filter: { search: $name }) { edges { node { id } } } }";
        let found = self.ask(query, &json!({"name": name}))?;
        if !array(&found["users"]["edges"]).is_empty() {
            return Ok(());
        }
        let query = "mutation($input: UserInput!) { createUser(input: $input) { id } }";
        let input = json!({"displayName": name, "telegramId": telegram, "language": language});
        let user = text(&self.ask(query, &json!({"input": input}))?["createUser"]["id"])?;
        let query = "mutation($user: ID!, $router: ID!, $username: String!) { linkAccount(userId: $user, routerId: $router, username: $username) { id } }";
        self.ask(query, &json!({"user": user, "router": router, "username": account})).map(drop)
    }

    /// The owner ties their Telegram to the console, to be told what needs a decision.
    fn alerts(&self, telegram: SocketAddr) -> Result<()> {
        if !self.ask("{ me { telegramId } }", &Value::Null)?["me"]["telegramId"].is_null() {
            return Ok(());
        }
        let code = self.ask("mutation { createTelegramLinkCode }", &Value::Null)?;
        write(telegram, OWNER, &text(&code["createTelegramLinkCode"])?)
    }
}

/// A newcomer asks the bot to be let in: the registration waits in the console.
fn register(telegram: SocketAddr) -> Result<()> {
    let (person, name) = NEWCOMER;
    write(telegram, person, "/register")?;
    let path = format!("/control/chats/{person}/messages");
    wait("the bot answers", || {
        let messages = http::request(telegram, &path, None, None)?.json()?;
        Ok((array(&messages).len() > 1).then_some(()))
    })?;
    write(telegram, person, name)
}

fn write(telegram: SocketAddr, person: i64, text: &str) -> Result<()> {
    let path = format!("/control/chats/{person}/send");
    http::request(telegram, &path, None, Some(&json!({"person": person, "text": text})))?.json().map(drop)
}

fn wait<T>(what: &str, mut ready: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(answer) = ready()? {
            return Ok(answer);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(Failure::Unexpected(format!("waited {} s in vain until {what}", PATIENCE.as_secs())))
}

fn text(value: &Value) -> Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| Failure::Unexpected(format!("the server answered {value} where a text was due")))
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

//! The demo's people and router, made through the same doors that an administrator and a user have: GraphQL and the
//! bot. What an earlier demo made is found and kept.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::http;
use super::services::{ADMIN, PASSWORD, Services};
use crate::failure::{Failure, Result};

/// The router's account for the server, as in `router.json`.
const ROUTER_USER: &str = "sallyport";
const ROUTER_PASSWORD: &str = "router-demo";
const ROUTER_NAME: &str = "Office";

/// Beside the default policy, under which access is asked for: the account stays enabled, and every tunnel is asked
/// about.
const POLICY_NAME: &str = "Every tunnel is confirmed";

/// Somebody who is there from the start.
struct Person {
    name: &'static str,
    /// As in `telegram.json`.
    telegram: i64,
    language: &'static str,
    /// The username on the router.
    account: &'static str,
    /// Whether their policy is not the default one.
    always: bool,
}

const PEOPLE: [Person; 2] = [
    Person { name: "Анна Орлова", telegram: 1001, language: "RU", account: "anna", always: true },
    Person { name: "Boris Smith", telegram: 1002, language: "EN", account: "boris", always: false },
];

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
    console.reached(&router)?;
    let policy = console.policy()?;
    for person in &PEOPLE {
        console.person(&router, &policy, person)?;
        // A bot may not write to people who never wrote to it.
        say_to_bot(services.telegram.at, person.telegram, "/start")?;
    }
    console.alerts(services.telegram.at)?;
    console.newcomer(services.telegram.at)?;
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

    /// Waits until the router is reached: its accounts are read from it.
    fn reached(&self, router: &str) -> Result<()> {
        let query = "query($id: ID!) { router(id: $id) { state } }";
        let variables = json!({"id": router});
        wait("the router is reached", || {
            Ok((self.ask(query, &variables)?["router"]["state"] == "ONLINE").then_some(()))
        })
    }

    fn policy(&self) -> Result<String> {
        let all = self.ask("{ policies { id name } }", &Value::Null)?;
        if let Some(known) = array(&all["policies"]).iter().find(|policy| policy["name"] == POLICY_NAME) {
            return text(&known["id"]);
        }
        let query = "mutation($input: PolicyInput!) { createPolicy(input: $input) { id } }";
        let input = json!({"name": POLICY_NAME, "accessMode": "ALWAYS", "confirmation": "TELEGRAM"});
        text(&self.ask(query, &json!({"input": input}))?["createPolicy"]["id"])
    }

    fn person(&self, router: &str, policy: &str, person: &Person) -> Result<()> {
        if self.knows(person.name)? {
            return Ok(());
        }
        let query = "mutation($input: UserInput!) { createUser(input: $input) { id } }";
        let input = json!({
            "displayName": person.name, "telegramId": person.telegram.to_string(), "language": person.language,
            "policyId": person.always.then_some(policy),
        });
        let user = text(&self.ask(query, &json!({"input": input}))?["createUser"]["id"])?;
        let query = "mutation($user: ID!, $router: ID!, $username: String!) { linkAccount(userId: $user, routerId: $router, username: $username) { id } }";
        self.ask(query, &json!({"user": user, "router": router, "username": person.account})).map(drop)
    }

    fn knows(&self, name: &str) -> Result<bool> {
        let query = "query($name: String!) { users(filter: { search: $name }) { totalCount } }";
        let found = self.ask(query, &json!({"name": name}))?;
        Ok(found["users"]["totalCount"] != 0)
    }

    /// Somebody asks the bot to be let in: the registration waits in the console.
    fn newcomer(&self, telegram: SocketAddr) -> Result<()> {
        let (person, name) = NEWCOMER;
        if self.knows(name)? {
            return say_to_bot(telegram, person, "/start");
        }
        say_to_bot(telegram, person, "/register")?;
        say_to_bot(telegram, person, name)
    }

    /// The owner ties their Telegram to the console, to be told what needs a decision.
    fn alerts(&self, telegram: SocketAddr) -> Result<()> {
        if !self.ask("{ me { telegramId } }", &Value::Null)?["me"]["telegramId"].is_null() {
            return say_to_bot(telegram, OWNER, "/start");
        }
        let code = self.ask("mutation { createTelegramLinkCode }", &Value::Null)?;
        say_to_bot(telegram, OWNER, &text(&code["createTelegramLinkCode"])?)
    }
}

/// Writes to the bot as somebody and waits for an answer.
fn say_to_bot(telegram: SocketAddr, person: i64, text: &str) -> Result<()> {
    let chat = format!("/control/chats/{person}");
    let message = json!({"person": person, "text": text});
    let sent = http::request(telegram, &format!("{chat}/send"), None, Some(&message))?.json()?;
    let path = format!("{chat}/messages?after={}", sent["message_id"]);
    wait("the bot answers", || {
        let messages = http::request(telegram, &path, None, None)?.json()?;
        Ok((!array(&messages).is_empty()).then_some(()))
    })
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

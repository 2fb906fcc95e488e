//! A router that was set up for the older push design: its own scripts and list names, chat ids in the comments of its
//! accounts. It works by entering those names, and its scripts' reports are taken as they are. What the bot said and what
//! the router was told to do are kept as snapshots, to be read.

mod cast;

use cast::{
    Cast,
    desk::{Admin, said, transcript, without_times},
};
use serde_json::{Value, json};
use sim::{
    routeros::{Fault, FaultKind, Packet, RouterSim, Tunnel},
    telegram::Person,
};
use std::{fmt::Write as _, net::Ipv4Addr};

const BOX: &str = "DENY_LIST";
const PERMIT: &str = "PERMIT_LIST";
const BAN: &str = "BAN_LIST";
const LISTS: &str = "ip/firewall/address-list";

/// The router as its administrator left it: scripts at the profile, rules for the three lists, chat ids as comments.
async fn router() -> RouterSim {
    let rule = |values: &[(&'static str, &'static str)]| values.to_vec();
    let router = RouterSim::builder()
        .user("sallyport", "secret", "read,write,api")
        .row(
            "ppp/profile",
            &[
                ("name", "vpn"),
                ("local-address", "10.8.0.1"),
                ("remote-address", "vpn"),
                ("on-up", ":global up; $up user=$user source=$\"remote-address\""),
                ("on-down", ":global down; $down user=$user"),
            ],
        )
        .row("ppp/secret", &[("name", "ivan"), ("profile", "vpn"), ("comment", "Иван, chat 5010001")])
        .row("ppp/secret", &[("name", "olga"), ("profile", "vpn"), ("comment", "no chat yet")])
        .row(
            "ip/firewall/filter",
            &rule(&[("chain", "input"), ("src-address-list", BAN), ("action", "drop")]),
        )
        .row(
            "ip/firewall/filter",
            &rule(&[("chain", "forward"), ("src-address-list", PERMIT), ("action", "accept")]),
        )
        .row(
            "ip/firewall/filter",
            &rule(&[("chain", "forward"), ("src-address-list", BOX), ("action", "drop")]),
        )
        .start()
        .await
        .expect("the simulated router starts");
    // It neither pushes nor is it polled often: its scripts have to tell.
    let message = "no such command".to_owned();
    router.fault(Fault::new(FaultKind::Trap { message }).on("/ppp/active/listen"));
    router
}

/// What the router's scripts do when a tunnel comes or goes.
struct Scripts<'a> {
    router: &'a RouterSim,
    url: String,
    token: String,
    client: reqwest::Client,
}

impl Scripts<'_> {
    async fn up(&self, name: &str, caller: &str) -> Tunnel {
        let tunnel = self.router.connect(name, "l2tp", caller).expect("the password is right");
        let address = tunnel.address.to_string();
        if !self.router.address_list(BOX).contains(&address) {
            self.router.add(LISTS, &[("list", BOX), ("address", address.as_str())]).expect("an entry");
        }
        let body = json!({
            "name": name,
            "chat_id": "5010001",
            "source_ip": address,
            "destination_ip": "10.8.0.1",
            "caller_id": caller,
        });
        self.post("/client/connect/", &body).await;
        tunnel
    }

    async fn down(&self, tunnel: &Tunnel) {
        assert!(self.router.disconnect(&tunnel.session_id), "it is still up");
        let address = tunnel.address.to_string();
        let permits =
            self.router.rows(LISTS).into_iter().filter(|row| row.text("list").as_deref() == Some(PERMIT));
        for entry in permits.filter(|row| row.text("address").as_deref() == Some(address.as_str())) {
            self.router.remove(LISTS, &entry.id).expect("the entry is there");
        }
        self.post("/client/disconnect/", &json!({ "name": tunnel.name, "source_ip": address })).await;
    }

    async fn post(&self, path: &str, body: &Value) {
        let request =
            self.client.post(format!("{}{path}?token={}", self.url, self.token)).body(body.to_string());
        assert_eq!(request.send().await.expect("an answer").status(), 202);
    }
}

/// Can the tunnel reach something behind the router?
fn is_through(router: &RouterSim, tunnel: &Tunnel) -> bool {
    router.would_pass(&Packet::new(tunnel.address, Ipv4Addr::new(192, 168, 1, 10))).passes
}

/// What the router was told to do, one command a line; the ban, which goes its own way, at the end.
fn commands(router: &RouterSim) -> String {
    let (mut text, mut bans) = (String::new(), String::new());
    for entry in router.journal().iter().filter(|entry| entry.write) {
        let attributes = entry.attributes.iter().filter(|(name, _)| name != ".id");
        let attributes: Vec<String> = attributes.map(|(name, value)| format!("{name}={value}")).collect();
        let place = if entry.attribute("list") == Some(BAN) { &mut bans } else { &mut text };
        writeln!(place, "{} {}", entry.command, attributes.join(" ")).expect("memory");
    }
    text + &bans
}

/// The chat without what differs from day to day.
fn chat(person: &Person) -> String {
    let text = without_times(&transcript(person));
    let line =
        |line: &str| if line.contains("Access until") { "    | Access until …" } else { line }.to_owned();
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The administrator enters the router with its own names; the worker reaches it.
async fn enter(cast: &Cast, admin: &Admin) -> (String, String) {
    let input = json!({
        "name": "old-gw", "host": cast.router.addr().ip().to_string(), "port": cast.router.addr().port(),
        "tls": "PLAIN", "username": "sallyport", "password": "secret", "pollSeconds": 3_600,
        "sandboxList": BOX, "allowList": PERMIT, "banList": BAN,
    });
    let made = admin
        .ask("mutation($i: RouterInput!) { createRouter(input: $i) { id hookUrl } }", json!({ "i": input }))
        .await;
    let url = made["createRouter"]["hookUrl"].as_str().expect("a URL");
    let token = url.split_once("token=").expect("with a token").1.to_owned();
    (made["createRouter"]["id"].as_str().expect("an id").to_owned(), token)
}

/// The accounts of the router as they are offered for import, a line each.
async fn import(admin: &Admin, router: &str) -> String {
    let query = "query($id: ID!) { router(id: $id) { accounts { username lastSeenAt suggestedTelegramId linkedTo { displayName } } } }";
    let data = admin.ask(query, json!({ "id": router })).await;
    let mut text = String::new();
    for account in data["router"]["accounts"].as_array().expect("accounts") {
        let owner = account["linkedTo"]["displayName"].as_str();
        let state = match (owner, account["lastSeenAt"].is_null()) {
            (Some(owner), _) => format!("linked to {owner}"),
            (None, true) => "never used".to_owned(),
            (None, false) => "no owner".to_owned(),
        };
        let chat = account["suggestedTelegramId"]
            .as_str()
            .map(|id| format!(", offers chat {id}"))
            .unwrap_or_default();
        writeln!(text, "{}: {state}{chat}", account["username"].as_str().unwrap_or_default())
            .expect("memory");
    }
    text
}

/// Ivan is made from what the router knows of him, and greets the bot.
async fn take_in(cast: &Cast, admin: &Admin, router: &str) -> Person {
    let ivan = cast.telegram.person(5_010_001, "Ivan", Some("en"), None);
    let made = admin
        .ask(
            "mutation($i: UserInput!) { createUser(input: $i) { id status } }",
            json!({ "i": { "displayName": "Ivan Petrov", "language": "EN", "telegramId": "5010001" } }),
        )
        .await;
    assert_eq!(made["createUser"]["status"], "APPROVED");
    let link = "mutation($u: ID!, $r: ID!, $n: String!) { linkAccount(userId: $u, routerId: $r, username: $n) { id } }";
    admin.ask(link, json!({ "u": made["createUser"]["id"], "r": router, "n": "ivan" })).await;
    ivan.send("/start").await;
    said(&ivan, "what would you like").await;
    ivan
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_with_scripts_and_names_of_its_own() {
    let (cast, admin, url) = Cast::with_console_and(router().await).await;
    let policies = admin.ask("{ policies { id } }", json!({})).await;
    let change = "mutation($id: ID!, $i: PolicyInput!) { updatePolicy(id: $id, input: $i) { accessMode } }";
    let always = json!({ "accessMode": "ALWAYS", "confirmSeconds": 60 });
    admin.ask(change, json!({ "id": policies["policies"][0]["id"], "i": always })).await;
    let (id, token) = enter(&cast, &admin).await;
    let mut imported = import(&admin, &id).await;
    let ivan = take_in(&cast, &admin, &id).await;
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let scripts = Scripts { router: &cast.router, url, token, client };

    // The script tells; he is asked; he confirms.
    let tunnel = scripts.up("ivan", "203.0.113.52").await;
    let prompt = said(&ivan, "Is it you who just connected").await;
    assert!(prompt.text.contains("203.0.113.52") && prompt.text.contains(&tunnel.address.to_string()));
    assert_eq!(
        cast.router.address_list(BOX),
        [tunnel.address.to_string()],
        "boxed by the router's own script"
    );
    assert!(!is_through(&cast.router, &tunnel), "nothing is open before the tap");
    ivan.press(prompt.message_id, "Confirm").await.expect("answered");
    said(&ivan, "You are in").await;
    assert_eq!(cast.router.address_list(PERMIT), [tunnel.address.to_string()]);
    assert!(is_through(&cast.router, &tunnel));
    scripts.down(&tunnel).await;
    cast.wait_session("the tunnel to be known as gone", |session| {
        session.live_connections().next().is_none()
    })
    .await;

    // Somebody else has the password: not me.
    let tunnel = scripts.up("ivan", "198.51.100.66").await;
    let prompt = said_anew(&ivan, prompt.message_id, "Is it you who just connected").await;
    assert!(!is_through(&cast.router, &tunnel));
    ivan.press(prompt.message_id, "Not me").await.expect("answered");
    cast.wait_router("the tunnel to be cut and its caller banned", |router| {
        router.tunnels().is_empty() && router.address_list(BAN) == ["198.51.100.66"]
    })
    .await;
    assert!(cast.router.address_list(PERMIT).is_empty());
    cast.wait_session("the end", |session| session.end_told).await;
    imported.push_str(&import(&admin, &id).await);

    // An administrator lets the account be used again, and nobody answers.
    let soon = json!({ "confirmSeconds": 1 });
    admin.ask(change, json!({ "id": policies["policies"][0]["id"], "i": soon })).await;
    let enable = "mutation($r: ID!, $n: String!) { setRouterAccountEnabled(routerId: $r, username: $n, enabled: true) { enabled } }";
    admin.ask(enable, json!({ "r": id, "n": "ivan" })).await;
    cast.wait_router("the account to be enabled", |router| {
        router.row("ppp/secret", "ivan").is_some_and(|row| !row.is("disabled"))
    })
    .await;
    let tunnel = scripts.up("ivan", "203.0.113.52").await;
    cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
    assert!(!is_through(&cast.router, &tunnel));
    cast.wait_session("the end", |session| session.end_told).await;
    said(&ivan, "No confirmation came in time").await;

    insta::assert_snapshot!("seed_a_import", imported);
    insta::assert_snapshot!("seed_a_ivan", chat(&ivan));
    insta::assert_snapshot!("seed_a_router", commands(&cast.router));
}

/// A message with these words that came after another one.
async fn said_anew(person: &Person, after: i32, words: &str) -> sim::telegram::Message {
    let wanted =
        |message: &sim::telegram::Message| message.message_id > after && message.text.contains(words);
    person.wait_message(wanted).await.expect("the bot asks again")
}

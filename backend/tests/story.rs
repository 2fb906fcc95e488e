//! The whole story, from a person's first message to a session that ends: Telegram, router, API, all over real
//! sockets, nothing done behind the server's back. What the bot said is kept as a snapshot, to be read.

mod cast;

use cast::{
    ALLOW, Cast,
    desk::{said, transcript, without_times},
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_message_to_the_end_of_the_session() {
    let (cast, admin) = Cast::with_console().await;
    let anna = cast.telegram.person(501, "Anna", Some("en"), Some("anna_l"));

    // She registers; an administrator sees it, links an account and approves.
    anna.send("/start").await;
    said(&anna, "register").await;
    anna.send("/register").await;
    said(&anna, "What is your name").await;
    anna.send("Anna Lebedeva").await;
    said(&anna, "with the administrators").await;
    let users = admin.ask("{ users(filter: {status: [PENDING]}) { totalCount edges { node { id displayName telegramUsername } } } }", json!({})).await;
    assert_eq!(users["users"]["edges"][0]["node"]["displayName"], "Anna Lebedeva");
    let user = users["users"]["edges"][0]["node"]["id"].clone();
    let approved =
        admin.ask("mutation($id: ID!) { approveUser(id: $id) { status } }", json!({ "id": user })).await;
    assert_eq!(approved["approveUser"]["status"], "APPROVED");
    said(&anna, "you are registered").await;

    // The router's own list has the account; a rule is bound.
    let router = cast.router_id.to_string();
    let query = "query($id: ID!) { router(id: $id) { accounts { username enabled linkedTo { id } } firewallRules { ruleId comment } } }";
    let on_router = admin.ask(query, json!({ "id": router })).await;
    assert!(
        on_router["router"]["accounts"].as_array().expect("accounts").iter().any(|a| a["username"] == "ivan")
    );
    let link = "mutation($u: ID!, $r: ID!, $n: String!) { linkAccount(userId: $u, routerId: $r, username: $n) { id } }";
    let linked = admin.ask(link, json!({ "u": user, "r": router, "n": "ivan" })).await;
    let account = linked["linkAccount"]["id"].clone();
    let rule = &on_router["router"]["firewallRules"][0];
    let bind = "mutation($a: ID!, $r: String!, $c: String!) { bindFirewallRule(accountId: $a, ruleId: $r, comment: $c) { firewallRule { comment } } }";
    admin.ask(bind, json!({ "a": account, "r": rule["ruleId"], "c": rule["comment"] })).await;
    let foreign = admin.answer(link, json!({ "u": user, "r": router, "n": "nobody" })).await;
    assert!(!foreign["errors"].is_null(), "an account that the router does not know: {foreign:#}");

    // The policy: 20 s sessions with a reminder and one extension.
    let policies = admin.ask("{ policies { id isDefault } }", json!({})).await;
    let change =
        "mutation($id: ID!, $i: PolicyInput!) { updatePolicy(id: $id, input: $i) { sessionSeconds } }";
    let input =
        json!({ "sessionSeconds": 20, "remindBeforeSeconds": 12, "maxExtensions": 1, "extensionSeconds": 2 });
    admin.ask(change, json!({ "id": policies["policies"][0]["id"], "i": input })).await;

    // She asks for access and connects.
    anna.send("/vpn").await;
    said(&anna, "You can connect now").await;
    assert!(cast.account_enabled("ivan"));
    let tunnel = cast.router.connect("ivan", "l2tp", "203.0.113.52").expect("the account is enabled");
    let prompt = said(&anna, "Is it you who just connected").await;
    assert!(prompt.text.contains("203.0.113.52") && prompt.text.contains(&tunnel.address.to_string()));
    assert!(cast.router.address_list(ALLOW).is_empty(), "nothing is open before the tap");

    // Somebody else taps, then she does.
    let eve = cast.telegram.person(666, "Eve", Some("en"), None);
    let data = prompt.button("Confirm").and_then(|button| button.callback_data.clone()).expect("a button");
    let answer =
        eve.forge_callback(anna.chat_id(), prompt.message_id, &data).answer().await.expect("answered");
    assert!(answer.text.unwrap_or_default().contains("not put to you"));
    assert!(cast.router.address_list(ALLOW).is_empty());
    anna.press(prompt.message_id, "Confirm").await.expect("answered");
    said(&anna, "You are in").await;
    assert_eq!(cast.router.address_list(ALLOW), [tunnel.address.to_string()]);
    assert!(!cast.router.rows("ip/firewall/filter")[0].is("disabled"), "the bound rule is on");
    let edited = anna.message(prompt.message_id).expect("the prompt");
    assert!(edited.text.contains("Confirmed") && edited.buttons().is_empty());
    let live = admin.ask("{ sessions(filter: {live: true}) { edges { node { state user { displayName } connections { open address } } } } }", json!({})).await;
    assert_eq!(live["sessions"]["edges"][0]["node"]["state"], "ACTIVE");
    assert_eq!(live["sessions"]["edges"][0]["node"]["connections"][0]["open"], true);

    // The reminder, one extension, the end.
    let reminder = said(&anna, "Do you need more time").await;
    anna.press(reminder.message_id, "Extend").await.expect("answered");
    said(&anna, "Extended").await;
    said(&anna, "Time is up").await;
    assert!(cast.router.tunnels().is_empty(), "cut");
    assert!(cast.router.address_list(ALLOW).is_empty(), "closed");
    assert!(cast.router.rows("ip/firewall/filter")[0].is("disabled"), "off");
    assert!(!cast.account_enabled("ivan"), "disabled");
    let ended = admin
        .ask(
            "{ sessions { edges { node { state endReason extensions decisions { what why } } } } }",
            json!({}),
        )
        .await;
    let session = &ended["sessions"]["edges"][0]["node"];
    assert_eq!((&session["state"], &session["endReason"]), (&json!("ENDED"), &json!("EXPIRED")));
    insta::assert_snapshot!("anna", without_times(&transcript(&anna)));
    let why: Vec<_> = session["decisions"]
        .as_array()
        .expect("decisions")
        .iter()
        .map(|d| d["what"].as_str().unwrap_or_default().to_owned())
        .collect();
    insta::assert_snapshot!("why", why.join("\n"));
}

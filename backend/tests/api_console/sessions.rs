//! Sessions as operators see and steer them.

use crate::{
    accounts::{add_router, closed_port},
    cast::{Cast, Console, on_each},
    people::create,
};
use sallyport::{
    ops::{
        Who,
        sessions::{Target, apply},
    },
    store::records::Role,
};
use sallyport_shared::{
    ids::AccountId,
    session::{Boot, Event, Tunnel},
};
use serde_json::{Value, json};

const GRANT: &str =
    "mutation($a: ID!, $s: Int, $r: String) { grantSession(accountId: $a, seconds: $s, reason: $r)
    { id state expiresAt user { displayName } account { username router { name } } connections { id }
      decisions { what why } } }";

/// Somebody with an account on a router that is away; gives the account's id.
pub(crate) async fn account(console: &Console, router: &Value, name: &str) -> Value {
    let user = create(console, name).await;
    let link = "mutation($u: ID!, $r: ID!, $n: String!) { linkAccount(userId: $u, routerId: $r, username: $n) { id } }";
    let username = name.to_lowercase();
    console.ask(link, json!({ "u": user, "r": router, "n": username })).await["linkAccount"]["id"].clone()
}

/// The router shows a tunnel of the account.
pub(crate) async fn tunnel(cast: &Cast, account: &Value, id: &str) {
    let account: AccountId = account.as_str().unwrap().parse().unwrap();
    let tunnel = Tunnel {
        boot: Boot::default(),
        router_session_id: id.to_owned(),
        username: "ivan".to_owned(),
        service: "l2tp".to_owned(),
        caller_id: Some("203.0.113.7".to_owned()),
        address: Some("10.8.0.7".to_owned()),
    };
    let event = Event::TunnelSeen { tunnel };
    apply(&cast.app, &Target::Account(account), &event, &Who::System).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_grants_extends_and_ends_and_the_reasons_are_kept() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let operator = cast.admin("petra", Role::Operator).await;
        let router = add_router(&owner, closed_port()).await;
        let account = account(&owner, &router, "Ivan").await;
        let variables = json!({ "a": account, "s": 3_600, "r": "on call tonight" });
        let session = operator.ask(GRANT, variables.clone()).await["grantSession"].clone();
        assert_eq!(session["state"], "GRANTED");
        assert_eq!(session["account"]["router"]["name"], "hq");
        assert_eq!(session["decisions"][0], json!({ "what": "asked", "why": "By petra: on call tonight" }));
        assert_eq!(operator.refused(GRANT, variables).await.code, "CONFLICT");
        let extend =
            "mutation($id: ID!, $s: Int!) { extendSession(id: $id, seconds: $s) { expiresAt extensions } }";
        let longer =
            operator.ask(extend, json!({ "id": session["id"], "s": 60 })).await["extendSession"].clone();
        assert_eq!(longer["extensions"], 1);
        assert!(longer["expiresAt"].as_str() > session["expiresAt"].as_str());
        let refused = operator.refused(extend, json!({ "id": session["id"], "s": -1 })).await;
        assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("VALIDATION", Some("seconds")));
        let refused = operator.refused(extend, json!({ "id": session["id"], "s": 2_000_000_000 })).await;
        assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("VALIDATION", Some("seconds")));
        let end = "mutation($id: ID!) { endSession(id: $id, reason: \"shift is over\") { state endReason } }";
        let ended = operator.ask(end, json!({ "id": session["id"] })).await["endSession"].clone();
        assert_eq!(ended, json!({ "state": "ENDED", "endReason": "ENDED_BY_ADMIN" }));
        assert_eq!(operator.refused(end, json!({ "id": session["id"] })).await.code, "CONFLICT");
        let audit = "{ auditEvents(filter: { action: \"session.\" }) { edges { node { actor detail } } } }";
        let rows = operator.ask(audit, json!({})).await["auditEvents"]["edges"].clone();
        assert_eq!(rows[0]["node"]["actor"], "admin:petra");
        assert!(rows[0]["node"]["detail"].as_str().unwrap().contains("shift is over"), "{rows:#}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_that_waits_is_confirmed_or_denied_in_its_owners_place() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let router = add_router(&owner, closed_port()).await;
        let account = account(&owner, &router, "Ivan").await;
        let session = owner.ask(GRANT, json!({ "a": account })).await["grantSession"]["id"].clone();
        tunnel(&cast, &account, "0x81").await;
        let query = "query($id: ID!) { session(id: $id) { state connections { id state callerId open } } }";
        let shown = owner.ask(query, json!({ "id": session })).await["session"].clone();
        assert_eq!(shown["state"], "CONFIRMING");
        let connection = &shown["connections"][0];
        assert_eq!(connection["callerId"], "203.0.113.7");
        let waiting = owner.ask("{ attention { kind lapsesAt subject { __typename } } }", json!({})).await;
        assert_eq!(waiting["attention"][0]["kind"], "CONFIRMATION");
        assert_eq!(waiting["attention"][0]["subject"]["__typename"], "Session");
        let confirm = "mutation($id: ID!) { confirmConnection(id: $id, reason: \"called me\") { state open confirmedAt } }";
        let confirmed = owner.ask(confirm, json!({ "id": connection["id"] })).await["confirmConnection"].clone();
        assert_eq!(confirmed["state"], "CONFIRMED");
        assert_eq!(confirmed["open"], false, "only when the router was read back");
        assert_eq!(owner.refused(confirm, json!({ "id": connection["id"] })).await.code, "CONFLICT");
        let connected = connection["id"].as_str().unwrap().parse().unwrap();
        let target = Target::Account(account.as_str().unwrap().parse().unwrap());
        apply(&cast.app, &target, &Event::Opened { connection: connected }, &Who::System).await.unwrap();
        let shown = owner.ask(query, json!({ "id": session })).await["session"].clone();
        assert_eq!(shown["state"], "ACTIVE");
        assert_eq!(shown["connections"][0]["open"], true);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocking_a_person_ends_their_session_in_the_same_breath() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let router = add_router(&owner, closed_port()).await;
        let account = account(&owner, &router, "Ivan").await;
        let query = "query($id: ID!) { session(id: $id) { endReason user { id status } connections { closeReason } } }";
        let session = owner.ask(GRANT, json!({ "a": account })).await["grantSession"]["id"].clone();
        tunnel(&cast, &account, "0x81").await;
        let user = owner.ask(query, json!({ "id": session })).await["session"]["user"]["id"].clone();
        owner.ask("mutation($id: ID!) { blockUser(id: $id, reason: \"left\") { id } }", json!({ "id": user })).await;
        let ended = owner.ask(query, json!({ "id": session })).await["session"].clone();
        assert_eq!(ended["endReason"], "USER_BLOCKED");
        assert_eq!(ended["user"]["status"], "BLOCKED");
        assert_eq!(ended["connections"][0]["closeReason"], "POLICY");
        assert_eq!(owner.refused(GRANT, json!({ "a": account })).await.code, "CONFLICT");
        let pending = "query($r: ID!) { router(id: $r) { pendingCommands state } }";
        let pending = owner.ask(pending, json!({ "r": router })).await["router"].clone();
        assert_eq!(pending["pendingCommands"], 3, "close, disable and cut are wished: {pending:#}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_filtered_and_what_needs_attention_comes_first() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let router = add_router(&owner, closed_port()).await;
        let mut sessions = Vec::new();
        for name in ["Anna", "Boris", "Ivan"] {
            let account = account(&owner, &router, name).await;
            let session = owner.ask(GRANT, json!({ "a": account })).await["grantSession"]["id"].clone();
            sessions.push((account, session));
        }
        tunnel(&cast, &sessions[2].0, "0x81").await;
        let end = "mutation($id: ID!) { endSession(id: $id) { id } }";
        owner.ask(end, json!({ "id": sessions[0].1 })).await;
        let list = "query($f: SessionFilter, $o: SessionOrder) { sessions(filter: $f, orderBy: $o)
            { totalCount edges { node { state user { displayName } } } } }";
        let names = async |filter: Value, order: Value| {
            let page = owner.ask(list, json!({ "f": filter, "o": order })).await["sessions"].clone();
            let edges = page["edges"].as_array().unwrap().clone();
            assert_eq!(page["totalCount"], edges.len());
            edges
                .iter()
                .map(|e| e["node"]["user"]["displayName"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(json!({}), Value::Null).await, ["Ivan", "Boris", "Anna"]);
        assert_eq!(names(json!({ "live": false }), Value::Null).await, ["Anna"]);
        assert_eq!(names(json!({ "state": ["CONFIRMING"] }), Value::Null).await, ["Ivan"]);
        assert_eq!(names(json!({ "search": "203.0.113" }), Value::Null).await, ["Ivan"]);
        let by_user = json!({ "by": "USER", "direction": "DESC" });
        assert_eq!(names(json!({ "routerId": router }), by_user).await, ["Ivan", "Boris", "Anna"]);
        let wrong = owner.refused(list, json!({ "f": { "userId": "nobody" } })).await;
        assert_eq!((wrong.code.as_str(), wrong.field.as_deref()), ("VALIDATION", Some("userId")));
        let statistics = "{ statistics(days: 7) { liveSessions liveConnections sessionsByState { key count }
            sessionsPerDay { day count } } }";
        let numbers = owner.ask(statistics, json!({})).await["statistics"].clone();
        assert_eq!(numbers["liveSessions"], 2);
        assert_eq!(numbers["liveConnections"], 1);
        assert_eq!(numbers["sessionsPerDay"].as_array().unwrap().len(), 7);
        assert_eq!(numbers["sessionsPerDay"][6]["count"], 3);
        assert_eq!(numbers["sessionsByState"].as_array().unwrap().len(), 5, "{numbers:#}");
    })
    .await;
}

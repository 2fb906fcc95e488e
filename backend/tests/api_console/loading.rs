//! How many statements a page of sessions takes: as many for a hundred as for one.

use crate::{
    accounts::{add_router, closed_port},
    cast::{Cast, Console},
    sessions::{account, tunnel},
};
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use serde_json::{Value, json};
use std::sync::Mutex;

/// The statements that were begun in this process.
static STATEMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Writes down every statement.
struct Counter;

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let query = query.to_string();
            // A connection that is new to the pool is set up, whatever it is asked for.
            if !query.starts_with("PRAGMA") {
                STATEMENTS.lock().unwrap().push(query);
            }
        }
    }
}

const PAGE: &str = "{ sessions(first: 100) { totalCount edges { node {
    id state expiresAt
    user { id displayName }
    account { id username router { id name } }
    connections { id state callerId open }
} } } }";

/// The answer to a query, and the statements that it takes. What is asked for within a moment is loaded in one go, and on
/// a busy machine a moment may not be enough: the fewest of some tries count.
async fn statements(console: &Console, query: &str) -> (Value, Vec<String>) {
    let mut fewest = None;
    for _ in 0..8 {
        STATEMENTS.lock().unwrap().clear();
        let answer = console.ask(query, json!({})).await;
        let statements = STATEMENTS.lock().unwrap().clone();
        if fewest.as_ref().is_none_or(|(_, least): &(Value, Vec<String>)| statements.len() < least.len()) {
            fewest = Some((answer, statements));
        }
    }
    fewest.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_sessions_takes_few_statements_whatever_its_size() {
    // Of this process alone, which a test runner that gives each test its own keeps quiet.
    set_default_instrumentation(|| Some(Box::new(Counter))).unwrap();
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let router = add_router(&owner, closed_port()).await;
    let grant = "mutation($a: ID!) { grantSession(accountId: $a) { id } }";
    let mut counts = Vec::new();
    for n in 0..30 {
        let account = account(&owner, &router, &format!("Person{n}")).await;
        owner.ask(grant, json!({ "a": account })).await;
        tunnel(&cast, &account, &format!("0x{n:x}")).await;
        if n == 0 || n == 29 {
            let (page, statements) = statements(&owner, PAGE).await;
            assert_eq!(page["sessions"]["edges"].as_array().unwrap().len(), n + 1);
            assert!(statements.len() <= 6, "{} statements:\n{}", statements.len(), statements.join("\n"));
            counts.push(statements.len());
        }
    }
    assert_eq!(counts[0], counts[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_with_lists_take_as_many_statements_whatever_their_size() {
    set_default_instrumentation(|| Some(Box::new(Counter))).unwrap();
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let query = "{
        users(first: 50) { edges { node { oneTimeCodes sessions(first: 2) {
            totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id } } } } } }
        routers { pendingCommands hookUrl }
    }";
    let grant = "mutation($a: ID!) { grantSession(accountId: $a) { id } }";
    let end = "mutation($s: ID!) { endSession(id: $s) { id } }";
    let mut counts = Vec::new();
    for n in 0..6 {
        let router = add_router(&owner, closed_port()).await;
        let rename = "mutation($r: ID!, $n: String!) { updateRouter(id: $r, input: { name: $n }) { id } }";
        owner.ask(rename, json!({ "r": router, "n": format!("router{n}") })).await;
        let account = account(&owner, &router, &format!("Person{n}")).await;
        for _ in 0..3 {
            let session = owner.ask(grant, json!({ "a": account })).await["grantSession"]["id"].clone();
            owner.ask(end, json!({ "s": session })).await;
        }
        if n == 0 || n == 5 {
            let (seen, statements) = statements(&owner, query).await;
            counts.push(statements.len());
            let people = seen["users"]["edges"].as_array().unwrap().clone();
            assert_eq!((people.len(), seen["routers"].as_array().unwrap().len()), (n + 1, n + 1));
            for person in people {
                let sessions = &person["node"]["sessions"];
                assert_eq!(sessions["totalCount"], 3);
                assert_eq!(sessions["pageInfo"]["hasNextPage"], true);
                assert_eq!(sessions["edges"].as_array().unwrap().len(), 2);
            }
        }
    }
    assert_eq!(counts[0], counts[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_page_of_a_persons_sessions_goes_on_where_the_first_ends() {
    crate::cast::on_each(async |cast| {
        let owner = cast.owner().await;
        let router = add_router(&owner, closed_port()).await;
        let account = account(&owner, &router, "Ivan").await;
        let mut made = Vec::new();
        for _ in 0..5 {
            let grant = "mutation($a: ID!) { grantSession(accountId: $a) { id user { id } } }";
            let session = owner.ask(grant, json!({ "a": account })).await["grantSession"].clone();
            let end = "mutation($s: ID!) { endSession(id: $s) { id } }";
            owner.ask(end, json!({ "s": session["id"] })).await;
            made.push(session);
        }
        let query = "query($u: ID!, $after: String) { user(id: $u) { sessions(first: 2, after: $after) {
            pageInfo { hasNextPage endCursor } edges { node { id } } } } }";
        let (mut seen, mut after) = (Vec::new(), json!(null));
        loop {
            let page = owner.ask(query, json!({ "u": made[0]["user"]["id"], "after": after })).await;
            let page = page["user"]["sessions"].clone();
            seen.extend(page["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["id"].clone()));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        let newest_first: Vec<_> = made.iter().rev().map(|session| session["id"].clone()).collect();
        assert_eq!(seen, newest_first);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_from_routers_has_its_price_and_nothing_is_read_for_nothing() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    add_router(&owner, closed_port()).await;
    let none = owner.ask("{ routers { accounts(first: 0) { username } } }", json!({})).await;
    assert_eq!(none["routers"][0]["accounts"], json!([]), "the router, which is away, is not asked");
    let often: String = (0..60).map(|n| format!("a{n}: accounts(first: 0) {{ username }} ")).collect();
    let refused = owner.refused(&format!("{{ routers {{ {often} }} }}"), json!({})).await;
    assert!(refused.message.contains("complex"), "{}", refused.message);
    let too_many = owner.refused("{ routers { tunnels(first: 10001) { username } } }", json!({})).await;
    assert_eq!(too_many.field.as_deref(), Some("first"));
}

//! How many statements a page of sessions takes: as many for a hundred as for one.

use crate::{
    accounts::{add_router, closed_port},
    cast::{Cast, Console},
    sessions::{account, tunnel},
};
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use serde_json::json;
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

async fn statements(console: &Console) -> (usize, Vec<String>) {
    STATEMENTS.lock().unwrap().clear();
    let page = console.ask(PAGE, json!({})).await;
    let sessions = page["sessions"]["edges"].as_array().unwrap().len();
    (sessions, STATEMENTS.lock().unwrap().clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_sessions_takes_few_statements_whatever_its_size() {
    // Of this process alone, which a test runner that gives each test its own keeps quiet.
    set_default_instrumentation(|| Some(Box::new(Counter))).unwrap();
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let router = add_router(&owner, closed_port().await).await;
    let grant = "mutation($a: ID!) { grantSession(accountId: $a) { id } }";
    let mut counts = Vec::new();
    for n in 0..30 {
        let account = account(&owner, &router, &format!("Person{n}")).await;
        owner.ask(grant, json!({ "a": account })).await;
        tunnel(&cast, &account, &format!("0x{n:x}")).await;
        if n == 0 || n == 29 {
            let (sessions, statements) = statements(&owner).await;
            assert_eq!(sessions, n + 1);
            assert!(statements.len() <= 6, "{} statements:\n{}", statements.len(), statements.join("\n"));
            counts.push(statements.len());
        }
    }
    assert_eq!(counts[0], counts[1]);
}

//! The steps that most stories begin with.

use crate::cast::{ALLOW, BACKSTOP, Cast, SANDBOX, desk::Admin};
use sallyport::store::records::{AuditFilter, Slice};
use sallyport_shared::{
    ids::{AccountId, RouterId},
    session::{Answer, Event, Session, SessionState},
};
use serde_json::{Value, json};
use sim::routeros::{Packet, Tunnel};
use std::net::Ipv4Addr;

/// Access granted to Ivan, account enabled on the router.
pub(crate) async fn granted(cast: &Cast) -> AccountId {
    let known = cast.app.store.read().await.unwrap().scene_of_username(cast.router_id, "ivan").await.unwrap();
    let account = match known {
        Some(scene) => scene.account.id,
        None => cast.person(101, "Ivan", "ivan").await.2,
    };
    let by = Cast::admin_actor("story");
    cast.happen(account, Event::Ask { by, seconds: None }).await.unwrap();
    cast.wait_session("the account to be read back", |session| session.account_ready).await;
    assert!(cast.account_enabled("ivan"));
    account
}

pub(crate) async fn boxed(cast: &Cast) -> (AccountId, Tunnel) {
    let account = granted(cast).await;
    let tunnel = cast.router.connect("ivan", "l2tp", "203.0.113.7").expect("the account is enabled");
    cast.wait_session("the tunnel to be asked about", |session| session.state == SessionState::Confirming)
        .await;
    assert_eq!(cast.router.address_list(SANDBOX).len(), 1, "boxed by the router from the first packet");
    assert!(cast.router.address_list(ALLOW).is_empty());
    (account, tunnel)
}

pub(crate) async fn opened(cast: &Cast) -> (AccountId, Tunnel) {
    let (account, tunnel) = boxed(cast).await;
    answer(cast, account, Answer::Confirm).await;
    cast.wait_session("the door to be open", |session| {
        session.connections.iter().any(|connection| connection.opened_at.is_some())
    })
    .await;
    assert_eq!(cast.router.address_list(ALLOW).len(), 1);
    (account, tunnel)
}

pub(crate) async fn answer(cast: &Cast, account: AccountId, answer: Answer) {
    let answered = answer_of(cast, answer).await;
    cast.happen(account, answered).await.unwrap();
}

/// An administrator's answer about the tunnel that waits.
pub(crate) async fn answer_of(cast: &Cast, answer: Answer) -> Event {
    let session = cast.sessions().await.pop().unwrap();
    let connection = session.live_connections().next().unwrap().id;
    Event::Answered { connection, nonce: None, by: Cast::admin_actor("story"), answer }
}

/// Waits until nothing is wished of the router any more.
pub(crate) async fn settled(cast: &Cast, router: RouterId) {
    let mut news = cast.app.bus.listen();
    let waiting = async {
        while cast.app.store.read().await.unwrap().pending_wishes_count(router).await.unwrap() > 0 {
            let _ = news.recv().await;
        }
    };
    tokio::time::timeout(BACKSTOP, waiting).await.expect("every wish comes true");
}

/// Is a tunnel of the session let through, as read back from the router?
pub(crate) fn is_open(session: &Session) -> bool {
    session.live_connections().any(|connection| connection.opened_at.is_some())
}

/// Changes the settings of the story's router as an administrator does.
pub(crate) async fn set_router(cast: &Cast, admin: &Admin, input: Value) {
    let change = "mutation($id: ID!, $i: RouterInput!) { updateRouter(id: $id, input: $i) { id } }";
    admin.ask(change, json!({ "id": cast.router_id.to_string(), "i": input })).await;
}

/// Binds the rule with this comment to an account, as an administrator does; gives the rule's id.
pub(crate) async fn bind(cast: &Cast, admin: &Admin, account: AccountId, comment: &str) -> String {
    let rules = cast.router.rows("ip/firewall/filter");
    let rule = rules.iter().find(|rule| rule.text("comment").as_deref() == Some(comment)).expect("the rule");
    let bind = "mutation($a: ID!, $r: String!, $c: String!) { bindFirewallRule(accountId: $a, ruleId: $r, comment: $c) { id } }";
    admin.ask(bind, json!({ "a": account.to_string(), "r": rule.id, "c": comment })).await;
    rule.id.clone()
}

/// Everything that was found on the story's router, the newest first: the words, and whether it was mended.
pub(crate) async fn drifts(cast: &Cast) -> Vec<(String, bool)> {
    let mut tx = cast.app.store.read().await.unwrap();
    let all = tx.recent_drifts(&[cast.router_id], 1_000).await.unwrap();
    all.into_values().flatten().map(|drift| (drift.what.to_string(), drift.repaired)).collect()
}

/// Waits until a drift with these words is shown.
pub(crate) async fn wait_drift(cast: &Cast, words: &str) -> (String, bool) {
    let mut changes = cast.app.bus.listen();
    let found = tokio::time::timeout(BACKSTOP, async {
        loop {
            if let Some(found) = drifts(cast).await.into_iter().find(|(text, _)| text.contains(words)) {
                return found;
            }
            let _ = changes.recv().await;
        }
    });
    match found.await {
        Ok(found) => found,
        Err(_) => panic!("waited in vain for “{words}”: {:#?}", drifts(cast).await),
    }
}

/// How often something of this kind was audited.
pub(crate) async fn audited(cast: &Cast, action: &str) -> usize {
    let mut tx = cast.app.store.read().await.unwrap();
    let page = tx.audit_page(&AuditFilter::default(), &Slice::first(200)).await.unwrap();
    page.items.iter().filter(|(_, row)| row.event.action == action).count()
}

/// Does what the tunnel sends get through the router, what begins a connection and what goes on with one?
pub(crate) fn passes(cast: &Cast, tunnel: &Tunnel) -> bool {
    let packet = Packet::new(tunnel.address, Ipv4Addr::new(192, 168, 1, 10)).arriving_by(&tunnel.interface);
    cast.router.would_pass(&packet).passes && cast.router.would_pass(&packet.established()).passes
}

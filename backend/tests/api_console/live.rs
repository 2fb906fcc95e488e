//! Live news over graphql-transport-ws.

use crate::{
    accounts::{add_router, closed_port},
    cast::{Cast, Console, on_each},
    people::create,
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{net::TcpStream, sync::watch};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, protocol::CloseFrame},
};

/// A backstop: nothing waits so long.
const BACKSTOP: Duration = Duration::from_secs(20);

/// A line to the server, and the server's own count of those who listen.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>, watch::Receiver<usize>);

impl Socket {
    async fn open(cast: &Cast) -> Self {
        let mut request = format!("ws://{}/graphql/ws", cast.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        Self(connect_async(request).await.unwrap().0, cast.app.bus.listened())
    }

    async fn of(cast: &Cast, console: &Console) -> Self {
        let mut socket = Self::open(cast).await;
        let authorization = format!("Bearer {}", console.token.as_deref().unwrap());
        socket.say(json!({ "type": "connection_init", "payload": { "authorization": authorization } })).await;
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    async fn subscribe(&mut self, id: &str, query: &str) {
        let before = *self.1.borrow();
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": query } })).await;
        // Nothing is answered to it; a ping would be answered before anybody listens.
        let listens = tokio::time::timeout(BACKSTOP, self.1.wait_for(|count| *count > before));
        listens.await.expect("the server listens").expect("the server is there");
    }

    async fn hear(&mut self) -> Value {
        loop {
            match tokio::time::timeout(BACKSTOP, self.0.next()).await.unwrap() {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Waits until the server closes.
    async fn closed(&mut self) -> Option<CloseFrame> {
        loop {
            match tokio::time::timeout(BACKSTOP, self.0.next()).await.unwrap() {
                Some(Ok(Message::Close(frame))) => return frame,
                None | Some(Err(_)) => return None,
                Some(Ok(_)) => {}
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_come_as_they_happen() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let mut socket = Socket::of(&cast, &owner).await;
        socket
            .subscribe(
                "u",
                "subscription { userChanged { kind user { displayName accounts { username } } } }",
            )
            .await;
        let user = create(&owner, "Ivan").await;
        let news = socket.hear().await;
        assert_eq!((&news["type"], &news["id"]), (&json!("next"), &json!("u")));
        let change = &news["payload"]["data"]["userChanged"];
        assert_eq!((&change["kind"], &change["user"]["displayName"]), (&json!("CREATED"), &json!("Ivan")));
        let router = add_router(&owner, closed_port()).await;
        socket.say(json!({ "id": "u", "type": "complete" })).await;
        socket.hear().await;
        let query = "subscription { sessionChanged { kind session { state account { username } } } }";
        socket.subscribe("s", query).await;
        let link =
            "mutation($u: ID!, $r: ID!) { linkAccount(userId: $u, routerId: $r, username: \"ivan\") { id } }";
        let account = owner.ask(link, json!({ "u": user, "r": router })).await["linkAccount"]["id"].clone();
        owner.ask("mutation($a: ID!) { grantSession(accountId: $a) { id } }", json!({ "a": account })).await;
        let news = socket.hear().await;
        assert_eq!(news["id"], "s");
        let change = &news["payload"]["data"]["sessionChanged"];
        assert_eq!(change["kind"], "CREATED");
        assert_eq!(change["session"], json!({ "state": "GRANTED", "account": { "username": "ivan" } }));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn news_of_one_router_are_of_that_router() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let router = add_router(&owner, closed_port()).await;
    let mut socket = Socket::of(&cast, &owner).await;
    let elsewhere =
        "subscription { sessionChanged(routerId: \"00000000-0000-0000-0000-000000000001\") { kind } }";
    socket.subscribe("elsewhere", elsewhere).await;
    let here = format!("subscription {{ sessionChanged(routerId: {router}) {{ kind }} }}");
    socket.subscribe("here", &here).await;
    let account = crate::sessions::account(&owner, &router, "Ivan").await;
    owner.ask("mutation($a: ID!) { grantSession(accountId: $a) { id } }", json!({ "a": account })).await;
    assert_eq!(socket.hear().await["id"], "here");
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_hear_nothing() {
    let cast = Cast::on_sqlite(&[]).await;
    cast.owner().await;
    let mut socket = Socket::open(&cast).await;
    socket.say(json!({ "type": "connection_init", "payload": { "authorization": "Bearer forged" } })).await;
    let frame = socket.closed().await.expect("a reason");
    assert_eq!(u16::from(frame.code), 4403, "the token is refused, not the line");
    let mut socket = Socket::open(&cast).await;
    socket
        .say(json!({ "id": "1", "type": "subscribe", "payload": { "query": "subscription { userChanged { kind } }" } }))
        .await;
    let frame = socket.closed().await.expect("a reason");
    assert_eq!(u16::from(frame.code), 4401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_sign_in_hears_no_more() {
    let cast = Cast::on_sqlite(&[]).await;
    let here = cast.owner().await;
    let there = cast.anonymous().sign_in("olga", crate::cast::PASSWORD).await.unwrap();
    let mut socket = Socket::of(&cast, &there).await;
    socket.subscribe("u", "subscription { userChanged { kind } }").await;
    let all = here.ask("{ signIns { id current } }", json!({})).await;
    let other = all["signIns"].as_array().unwrap().iter().find(|s| s["current"] == false).unwrap();
    here.ask("mutation($id: ID!) { revokeSignIn(id: $id) }", json!({ "id": other["id"] })).await;
    let frame = socket.closed().await.expect("a reason");
    assert_eq!(u16::from(frame.code), 4403);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_missed_news_is_told_so() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let mut socket = Socket::of(&cast, &owner).await;
    socket.subscribe("r", "subscription { routerChanged { id } }").await;
    // More than the bus keeps, faster than anybody reads.
    let id = sallyport_shared::ids::RouterId(cast.app.clock.new_id());
    for _ in 0..50_000 {
        cast.app.bus.tell(sallyport::bus::Change::Router { id });
    }
    let frame = socket.closed().await.expect("a reason");
    assert_eq!(u16::from(frame.code), 1013, "come again: {frame:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_server_did_unheard_is_missed_as_well() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let mut socket = Socket::of(&cast, &owner).await;
    let mut listened = cast.app.bus.listened();
    let before = *listened.borrow_and_update();
    socket.subscribe("r", "subscription { routerChanged { id } }").await;
    listened.wait_for(|count| *count > before).await.unwrap();
    cast.app.bus.hear(sallyport::bus::Change::Missed);
    let frame = socket.closed().await.expect("a reason");
    assert_eq!(u16::from(frame.code), 1013, "come again: {frame:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_document_is_followed_without_an_end_over_a_socket_either() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let mut socket = Socket::of(&cast, &owner).await;
    // As much as one message may hold.
    for mut bomb in crate::limits::bombs() {
        let text = bomb["query"].as_str().unwrap();
        bomb["query"] = text.chars().take(60_000).collect::<String>().into();
        socket.say(json!({ "id": "b", "type": "subscribe", "payload": bomb })).await;
        let refused = socket.hear().await;
        let text = refused.to_string();
        assert!(text.contains("VALIDATION"), "{text}");
        if refused["type"] == "next" {
            assert_eq!(socket.hear().await["type"], "complete");
        }
    }
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await["type"], "pong");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_another_process_ended_begins_nothing_more() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let cookie = owner.cookie.clone().unwrap();
        let (id, _) = cookie.split_once('.').unwrap();
        let mut socket = Socket::of(&cast, &owner).await;
        socket.subscribe("u", "subscription { userChanged { kind } }").await;
        // In the database alone: this process hears no bell.
        let mut tx = cast.app.store.begin().await.unwrap();
        tx.revoke_sign_in(id.parse().unwrap(), cast.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let query = "mutation { createUser(input: { displayName: \"Mallory\" }) { id } }";
        socket.say(json!({ "id": "m", "type": "subscribe", "payload": { "query": query } })).await;
        let frame = socket.closed().await.expect("a reason");
        assert_eq!(u16::from(frame.code), 4403);
        let mut tx = cast.app.store.read().await.unwrap();
        assert_eq!(tx.statistics(cast.app.clock.now(), 1).await.unwrap().users_by_status, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sign_in_has_so_many_sockets_and_one_socket_so_many_subscriptions() {
    let cast = Cast::on_sqlite(&[]).await;
    let owner = cast.owner().await;
    let mut sockets = Vec::new();
    for _ in 0..32 {
        sockets.push(Socket::of(&cast, &owner).await);
    }
    let authorization = format!("Bearer {}", owner.token.as_deref().unwrap());
    let init = json!({ "type": "connection_init", "payload": { "authorization": authorization } });
    let mut one_more = Socket::open(&cast).await;
    one_more.say(init).await;
    assert_eq!(u16::from(one_more.closed().await.expect("a reason").code), 4429);
    let mut socket = sockets.pop().unwrap();
    for n in 0..50 {
        socket.subscribe(&format!("s{n}"), "subscription { userChanged { kind } }").await;
    }
    let query = "subscription { userChanged { kind } }";
    socket.say(json!({ "id": "more", "type": "subscribe", "payload": { "query": query } })).await;
    let refused = socket.hear().await.to_string();
    assert!(refused.contains("RATE_LIMITED"), "{refused}");
    // A socket that ends makes room, before the line itself ends.
    socket.0.close(None).await.unwrap();
    while socket.0.next().await.is_some() {}
    Socket::of(&cast, &owner).await;
}

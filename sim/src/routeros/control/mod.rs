//! The simulator's own HTTP server: what people and end-to-end tests steer the router with. Nothing that a router has.
//!
//! | route | body | answer |
//! |---|---|---|
//! | `GET /` | | a page that shows the router, with buttons |
//! | `GET /state` | | identity, version, tunnels, accounts, address lists, filter rules, counters |
//! | `GET /rows?menu=ppp/secret` | | the rows of any menu |
//! | `GET /journal?after=N` | | the commands received after number N |
//! | `POST /tunnels` | `{"name","service"?,"callerId"?}` | 201 and the tunnel; 409 and why not |
//! | `DELETE /tunnels/{sessionId}` | | 204; 404 if there is none |
//! | `POST /tunnels/{sessionId}/traffic` | `{"fromPeer","toPeer"}` | 204 |
//! | `POST /packet` | `{"source","destination","state"?,"chain"?}` | what the filter does with it |
//! | `POST /fault` | a [`Fault`]: `{"kind":"hang","on"?,"after"?,"times"?}` or `{"kind":"refuse"}`, `{"kind":"break"}` | 204 |
//! | `DELETE /fault` | | ends all faults and accepts connections again |
//! | `POST /reboot` | | 204 |
//! | `POST /advance` | `{"seconds"}` | 204; pushes the router's clock |
//! | `POST /edit` | `{"menu","op":"add"\|"set"\|"remove","row"?,"values"?}` | 200 `{"id"}`; 422 and the router's text |
//!
//! A failure has a body `{"error": "…"}`.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{delete, get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    fault::Fault,
    handle::{RouterSim, Row},
    packet::Packet,
    scenario::Dial,
};

/// The control server of a router.
pub fn control(router: RouterSim) -> Router {
    Router::new()
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .route("/page.js", get(|| async { script(include_str!("page.js")) }))
        .route("/state", get(state))
        .route("/rows", get(rows))
        .route("/journal", get(journal))
        .route("/tunnels", post(connect))
        .route("/tunnels/{session}", delete(disconnect))
        .route("/tunnels/{session}/traffic", post(traffic))
        .route("/packet", post(packet))
        .route("/fault", post(fault).delete(no_faults))
        .route("/reboot", post(reboot))
        .route("/advance", post(advance))
        .route("/edit", post(edit))
        .with_state(router)
}

fn script(text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], text)
}

fn refusal(status: StatusCode, why: impl ToString) -> Response {
    (status, Json(json!({ "error": why.to_string() }))).into_response()
}

fn shown(row: &Row) -> Value {
    let values = row.values().map(|(name, value)| (name, String::from_utf8_lossy(value)));
    let mut values: BTreeMap<_, _> = values.filter(|(name, _)| *name != "password").collect();
    values.insert(".id", row.id.as_str().into());
    json!(values)
}

async fn state(State(router): State<RouterSim>) -> Json<Value> {
    let all = |menu: &str| router.rows(menu).iter().map(shown).collect::<Vec<_>>();
    let one = |menu: &str, name: &str| {
        router.row(menu, "").and_then(|row| row.text(name).map(|text| text.into_owned())).unwrap_or_default()
    };
    let users = ["user-manager/user", "tool/user-manager/user"].into_iter().flat_map(all).collect::<Vec<_>>();
    Json(json!({
        "identity": one("system/identity", "name"),
        "version": one("system/resource", "version"),
        "uptime": one("system/resource", "uptime"),
        "address": router.addr().to_string(),
        "tlsAddress": router.tls_addr().map(|address| address.to_string()),
        "tunnels": router.tunnels(),
        "secrets": all("ppp/secret"),
        "userManagerUsers": users,
        "addressLists": all("ip/firewall/address-list"),
        "rules": all("ip/firewall/filter"),
        "connections": router.connections(),
        "commands": router.commands(),
        "writes": router.writes(),
    }))
}

#[derive(Deserialize)]
struct Menu {
    menu: String,
}

async fn rows(State(router): State<RouterSim>, Query(Menu { menu }): Query<Menu>) -> Response {
    if router.menus().contains(&menu.trim_matches('/')) {
        Json(router.rows(&menu).iter().map(shown).collect::<Vec<_>>()).into_response()
    } else {
        refusal(StatusCode::NOT_FOUND, "no such menu")
    }
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn journal(State(router): State<RouterSim>, Query(After { after }): Query<After>) -> Response {
    let entries: Vec<_> = router.journal().into_iter().filter(|entry| entry.number > after).collect();
    Json(entries).into_response()
}

async fn connect(State(router): State<RouterSim>, Json(dial): Json<Dial>) -> Response {
    match router.connect(&dial.name, &dial.service, &dial.caller_id) {
        Ok(tunnel) => (StatusCode::CREATED, Json(tunnel)).into_response(),
        Err(error) => refusal(StatusCode::CONFLICT, error),
    }
}

fn found(there: bool) -> Response {
    if there {
        StatusCode::NO_CONTENT.into_response()
    } else {
        refusal(StatusCode::NOT_FOUND, "no such session")
    }
}

async fn disconnect(State(router): State<RouterSim>, Path(session): Path<String>) -> Response {
    found(router.disconnect(&session))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Traffic {
    from_peer: u64,
    to_peer: u64,
}

async fn traffic(
    State(router): State<RouterSim>,
    Path(session): Path<String>,
    Json(Traffic { from_peer, to_peer }): Json<Traffic>,
) -> Response {
    found(router.count_traffic(&session, from_peer, to_peer))
}

#[derive(Deserialize)]
struct Probe {
    source: IpAddr,
    destination: IpAddr,
    state: Option<String>,
    chain: Option<String>,
}

async fn packet(State(router): State<RouterSim>, Json(probe): Json<Probe>) -> Response {
    let mut packet = Packet::new(probe.source, probe.destination);
    packet.state = probe.state.unwrap_or(packet.state);
    packet.chain = probe.chain.unwrap_or(packet.chain);
    Json(router.would_pass(&packet)).into_response()
}

async fn fault(State(router): State<RouterSim>, Json(body): Json<Value>) -> Response {
    match body.get("kind").and_then(Value::as_str) {
        Some("refuse") => router.refuse().await,
        Some("break") => router.break_connections(),
        _ => match serde_json::from_value::<Fault>(body) {
            Ok(fault) => router.fault(fault),
            Err(error) => return refusal(StatusCode::UNPROCESSABLE_ENTITY, error),
        },
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn no_faults(State(router): State<RouterSim>) -> StatusCode {
    router.clear_faults();
    router.accept().await;
    StatusCode::NO_CONTENT
}

async fn reboot(State(router): State<RouterSim>) -> StatusCode {
    router.reboot();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Advance {
    seconds: u64,
}

async fn advance(State(router): State<RouterSim>, Json(Advance { seconds }): Json<Advance>) -> StatusCode {
    router.advance(Duration::from_secs(seconds));
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Op {
    Add,
    Set,
    Remove,
}

#[derive(Deserialize)]
struct Edit {
    menu: String,
    op: Op,
    #[serde(default)]
    row: String,
    #[serde(default)]
    values: BTreeMap<String, String>,
}

async fn edit(State(router): State<RouterSim>, Json(edit): Json<Edit>) -> Response {
    let values: Vec<_> = edit.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let done = match edit.op {
        Op::Add => router.add(&edit.menu, &values),
        Op::Set => router.set(&edit.menu, &edit.row, &values).map(|()| edit.row.clone()),
        Op::Remove => router.remove(&edit.menu, &edit.row).map(|()| edit.row.clone()),
    };
    match done {
        Ok(id) => Json(json!({ "id": id })).into_response(),
        Err(trap) => refusal(StatusCode::UNPROCESSABLE_ENTITY, trap),
    }
}

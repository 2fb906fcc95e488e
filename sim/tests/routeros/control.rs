//! The control server and the scenario that a router starts with.

use std::net::SocketAddr;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use sim::routeros::{RouterSim, Scenario, control};
use tokio::net::TcpListener;

use crate::support::Wire;

const SCENARIO: &str = r#"{
  "identity": "office",
  "users": [{"name": "sallyport", "password": "secret"}],
  "rows": {"ppp/profile": [{"name": "vpn", "remote-address": "vpn", "address-list": "pending"}]},
  "secrets": [{"name": "ivan", "password": "hush", "profile": "vpn"}],
  "tunnels": [{"name": "ivan", "callerId": "198.51.100.4"}]
}"#;

/// A router made from a scenario, and its control server.
struct Bench {
    router: RouterSim,
    address: SocketAddr,
}

impl Bench {
    async fn start() -> Self {
        let scenario: Scenario = serde_json::from_str(SCENARIO).unwrap();
        let router = scenario.furnish(RouterSim::builder()).start().await.unwrap();
        scenario.play(&router).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(axum::serve(listener, control(router.clone())).into_future());
        Self { router, address }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let mut request = Client::new().request(method, format!("http://{}{path}", self.address));
        if !body.is_null() {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }
}

#[tokio::test]
async fn the_state_shows_the_scenario_without_its_passwords() {
    let bench = Bench::start().await;
    let state = bench.get("/state").await;
    assert_eq!(state["identity"], "office");
    assert_eq!(state["tunnels"][0]["callerId"], "198.51.100.4");
    assert_eq!(state["addressLists"][0]["list"], "pending");
    assert_eq!(state["secrets"][0]["name"], "ivan");
    assert!(!state.to_string().contains("hush"));
    assert_eq!(bench.get("/rows?menu=/ppp/profile").await.as_array().unwrap().len(), 3);
    assert_eq!(bench.ask(Method::GET, "/rows?menu=no/such", Value::Null).await.0, StatusCode::NOT_FOUND);
    for page in ["/", "/page.js"] {
        assert!(bench.get(page).await.as_str().unwrap().contains("tunnels"), "{page}");
    }
}

#[tokio::test]
async fn tunnels_are_brought_up_and_down() {
    let bench = Bench::start().await;
    let dial = json!({"name": "ivan", "service": "sstp"});
    let (status, tunnel) = bench.ask(Method::POST, "/tunnels", dial).await;
    assert_eq!((status, &tunnel["address"]), (StatusCode::CREATED, &json!("10.8.0.3")));
    let path = format!("/tunnels/{}", tunnel["sessionId"].as_str().unwrap());
    let traffic = json!({"fromPeer": 10, "toPeer": 20});
    assert_eq!(bench.ask(Method::POST, &format!("{path}/traffic"), traffic).await.0, StatusCode::NO_CONTENT);
    assert_eq!(bench.ask(Method::DELETE, &path, Value::Null).await.0, StatusCode::NO_CONTENT);
    assert_eq!(bench.ask(Method::DELETE, &path, Value::Null).await.0, StatusCode::NOT_FOUND);
    let (status, error) = bench.ask(Method::POST, "/tunnels", json!({"name": "nobody"})).await;
    assert_eq!((status, &error["error"]), (StatusCode::CONFLICT, &json!("no account `nobody`")));
    assert_eq!(bench.ask(Method::POST, "/reboot", Value::Null).await.0, StatusCode::NO_CONTENT);
    assert!(bench.router.tunnels().is_empty());
}

#[tokio::test]
async fn tables_are_edited_and_the_filter_is_asked() {
    let bench = Bench::start().await;
    let rule = json!({"menu": "/ip/firewall/filter", "op": "add",
        "values": {"chain": "forward", "action": "drop", "src-address-list": "pending"}});
    let (status, added) = bench.ask(Method::POST, "/edit", rule).await;
    assert_eq!((status, &added["id"]), (StatusCode::OK, &json!("*1")));
    let packet = json!({"source": "10.8.0.2", "destination": "192.168.1.1"});
    assert_eq!(bench.ask(Method::POST, "/packet", packet.clone()).await.1["passes"], false);
    let off = json!({"menu": "ip/firewall/filter", "op": "set", "row": "*1", "values": {"disabled": "yes"}});
    assert_eq!(bench.ask(Method::POST, "/edit", off).await.0, StatusCode::OK);
    assert_eq!(bench.ask(Method::POST, "/packet", packet).await.1["passes"], true);
    let gone = json!({"menu": "ip/firewall/filter", "op": "remove", "row": "*9"});
    let (status, error) = bench.ask(Method::POST, "/edit", gone).await;
    assert_eq!((status, &error["error"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("no such item (4)")));
}

#[tokio::test]
async fn faults_are_ordered_and_ended_and_the_journal_is_read_on() {
    let bench = Bench::start().await;
    let mut wire = Wire::logged_in(&bench.router).await;
    let fault = json!({"kind": "trap", "message": "busy", "on": "/ppp/secret/set", "times": 1});
    assert_eq!(bench.ask(Method::POST, "/fault", fault).await.0, StatusCode::NO_CONTENT);
    wire.refused(&["/ppp/secret/set", "=.id=*1", "=comment=x"], "busy").await;
    let news = bench.get("/journal?after=1").await;
    assert_eq!(news.as_array().unwrap().len(), 1);
    assert_eq!((&news[0]["number"], &news[0]["outcome"]), (&json!(2), &json!({"failed": "busy"})));
    let refuse = json!({"kind": "refuse"});
    assert_eq!(bench.ask(Method::POST, "/fault", refuse).await.0, StatusCode::NO_CONTENT);
    assert!(tokio::net::TcpStream::connect(bench.router.addr()).await.is_err());
    assert_eq!(bench.ask(Method::DELETE, "/fault", Value::Null).await.0, StatusCode::NO_CONTENT);
    Wire::logged_in(&bench.router).await;
    let unknown = bench.ask(Method::POST, "/fault", json!({"kind": "meteor"})).await;
    assert_eq!(unknown.0, StatusCode::UNPROCESSABLE_ENTITY);
}

//! What another policy would have made of the past, asked over HTTP of recorded tunnels, those included that were turned
//! away and belong to no session.

use crate::{
    accounts::{add_router, closed_port},
    cast::{Cast, Console, on_each},
    sessions::{account, tunnel},
};
use serde_json::{Value, json};

const WHAT_IF: &str = "query($p: PolicyInput!) { whatIf(policy: $p, days: 1)
    { connections prompted openedSilently refused letIn keptOut examples { what why reasonCode } } }";

async fn change(console: &Console, input: Value) {
    let policies = console.ask("{ policies { id isDefault } }", json!({})).await["policies"].clone();
    let default = policies.as_array().unwrap().iter().find(|policy| policy["isDefault"] == true).unwrap();
    let update = "mutation($id: ID!, $i: PolicyInput!) { updatePolicy(id: $id, input: $i) { id } }";
    console.ask(update, json!({ "id": default["id"], "i": input })).await;
}

async fn what_if(console: &Console, policy: Value) -> Value {
    console.ask(WHAT_IF, json!({ "p": policy })).await["whatIf"].clone()
}

/// A weekday that is neither today nor next to it.
fn another_weekday(cast: &Cast) -> i64 {
    let days = cast.app.clock.now().seconds() / 86_400;
    // The first of January 1970 was a Thursday.
    (days + 3 + 3) % 7 + 1
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_turned_away_is_counted_both_ways() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let router = add_router(&owner, closed_port()).await;
        let account = account(&owner, &router, "Ivan").await;
        change(&owner, json!({ "accessMode": "ALWAYS", "allowedNetworks": ["198.51.100.0/24"] })).await;
        tunnel(&cast, &account, "0x1").await;
        // Seen at every look until it is gone, it counts once.
        tunnel(&cast, &account, "0x1").await;
        let hours = json!([{ "weekday": another_weekday(&cast), "from": "00:00", "to": "00:01" }]);
        change(&owner, json!({ "allowedNetworks": [], "workingHours": hours })).await;
        tunnel(&cast, &account, "0x2").await;
        change(&owner, json!({ "workingHours": [] })).await;
        tunnel(&cast, &account, "0x3").await;
        let as_it_is = what_if(&owner, json!({})).await;
        assert_eq!((&as_it_is["connections"], &as_it_is["letIn"]), (&json!(3), &json!(2)), "{as_it_is:#}");
        assert_eq!((&as_it_is["prompted"], &as_it_is["refused"]), (&json!(3), &json!(0)), "{as_it_is:#}");
        let wrong_place = what_if(&owner, json!({ "allowedNetworks": ["198.51.100.0/24"] })).await;
        assert_eq!(
            (&wrong_place["letIn"], &wrong_place["keptOut"]),
            (&json!(0), &json!(1)),
            "{wrong_place:#}"
        );
        assert_eq!(wrong_place["refused"], 3);
        let unasked = what_if(&owner, json!({ "confirmation": "NONE", "maxTunnels": 5 })).await;
        assert_eq!((&unasked["openedSilently"], &unasked["letIn"]), (&json!(3), &json!(2)), "{unasked:#}");
        let first = &unasked["examples"][0];
        assert_eq!((&first["what"], &first["reasonCode"]), (&json!("opened-unasked"), &json!("then")));
        assert_eq!(first["why"], "ivan from 203.0.113.7: then refused by the network");
        let russian = "mutation { setPreferences(input: { language: RU }) { language } }";
        owner.ask(russian, json!({})).await;
        let first = what_if(&owner, json!({ "confirmation": "NONE" })).await["examples"][0].clone();
        assert_eq!(first["why"], "ivan с 203.0.113.7: тогда отказ из-за сети");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reasons_are_told_in_the_language_of_whoever_asks() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let router = add_router(&owner, closed_port()).await;
        let account = account(&owner, &router, "Ivan").await;
        change(&owner, json!({ "accessMode": "ALWAYS" })).await;
        tunnel(&cast, &account, "0x1").await;
        let query = "{ sessions { edges { node { decisions { what why reasonCode } } } }
            attention { kind detail reasonCode } }";
        let english = owner.ask(query, json!({})).await;
        let chain = |told: &Value| told["sessions"]["edges"][0]["node"]["decisions"].clone();
        let boxed = json!({ "what": "tunnel-boxed", "why": "L2TP from 203.0.113.7, 10.8.0.7", "reasonCode": "came_from" });
        assert!(chain(&english).as_array().unwrap().contains(&boxed), "{english:#}");
        let waits = json!({ "kind": "CONFIRMATION", "detail": "ivan from 203.0.113.7 waits for an answer",
            "reasonCode": "waits_for_answer" });
        assert!(english["attention"].as_array().unwrap().contains(&waits), "{english:#}");
        let russian = "mutation { setPreferences(input: { language: RU }) { language } }";
        owner.ask(russian, json!({})).await;
        let told = owner.ask(query, json!({})).await;
        let boxed = json!({ "what": "tunnel-boxed", "why": "L2TP, вызов с 203.0.113.7, адрес 10.8.0.7",
            "reasonCode": "came_from" });
        assert!(chain(&told).as_array().unwrap().contains(&boxed), "{told:#}");
        let waits = json!({ "kind": "CONFIRMATION", "detail": "ivan с 203.0.113.7 ждёт ответа",
            "reasonCode": "waits_for_answer" });
        assert!(told["attention"].as_array().unwrap().contains(&waits), "{told:#}");
    })
    .await;
}

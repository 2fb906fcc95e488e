//! What another policy would have made of the past, asked over HTTP of recorded tunnels, those included that were turned
//! away and belong to no session.

use crate::{
    accounts::{add_router, closed_port},
    cast::{Cast, Console, on_each},
    sessions::{account, tunnel},
};
use sallyport::{
    ops::{
        Who,
        sessions::{Target, apply},
    },
    store::records::TurnedAway,
};
use sallyport_shared::{
    ids::AccountId,
    person::TelegramId,
    policy::NotAdmitted,
    session::{Actor, Boot, Event, Tunnel},
    time::Seconds,
};
use serde_json::{Value, json};

const WHAT_IF: &str = "query($p: PolicyInput!) { whatIf(policy: $p, days: 1)
    { connections prompted openedSilently refused letIn keptOut examples { what why reasonCode }
      sessions sessionsToAskFor sessionsToApprove sessionsWithoutAsking sessionsWithoutApproval since truncated } }";

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

/// The account's owner asks for access in the bot.
async fn request(cast: &Cast, account: &Value) {
    let by = TelegramId(7);
    let event = Event::Ask { by: Actor::Person(by), seconds: None };
    let account: AccountId = account.as_str().unwrap().parse().unwrap();
    let who = Who::Person { telegram: by, name: "somebody".to_owned() };
    apply(&cast.app, &Target::Account(account), &event, &who).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_counted_what_would_have_had_to_be_asked_for_and_approved() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let router = add_router(&owner, closed_port()).await;
        let ivan = account(&owner, &router, "Ivan").await;
        change(&owner, json!({ "accessMode": "ALWAYS" })).await;
        tunnel(&cast, &ivan, "0x1").await;
        change(&owner, json!({ "accessMode": "ON_REQUEST" })).await;
        request(&cast, &account(&owner, &router, "Boris").await).await;
        let granted = account(&owner, &router, "Vera").await;
        let grant = "mutation($a: ID!) { grantSession(accountId: $a) { id } }";
        owner.ask(grant, json!({ "a": granted })).await;
        change(&owner, json!({ "needsApproval": true })).await;
        request(&cast, &account(&owner, &router, "Gleb").await).await;
        let counted = async |policy| {
            let sum = what_if(&owner, policy).await;
            assert_eq!((&sum["sessions"], &sum["truncated"]), (&json!(4), &json!(false)), "{sum:#}");
            ["ToAskFor", "ToApprove", "WithoutAsking", "WithoutApproval"]
                .map(|which| sum[format!("sessions{which}")].as_i64().unwrap())
        };
        assert_eq!(counted(json!({})).await, [1, 2, 0, 0], "as it is: each has to be approved");
        assert_eq!(counted(json!({ "needsApproval": false })).await, [1, 0, 0, 1]);
        let always = json!({ "accessMode": "ALWAYS", "needsApproval": false });
        assert_eq!(counted(always.clone()).await, [0, 0, 2, 1]);
        let of_sessions = |sum: Value| -> Vec<Value> {
            let all = sum["examples"].as_array().unwrap().iter();
            all.filter(|example| example["reasonCode"] == "began_then").cloned().collect()
        };
        let told = of_sessions(what_if(&owner, json!({})).await);
        assert_eq!(
            told,
            [
                json!({ "what": "began-approved", "why": "ivan: then a tunnel was enough", "reasonCode": "began_then" }),
                json!({ "what": "began-approved", "why": "boris: then it was asked for in the bot", "reasonCode": "began_then" }),
            ]
        );
        let russian = "mutation { setPreferences(input: { language: RU }) { language } }";
        owner.ask(russian, json!({})).await;
        let told = of_sessions(what_if(&owner, always).await);
        assert_eq!(told[1]["why"], "gleb: тогда ждали одобрения");
        assert_eq!(told[1]["what"], "began-unasked");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn that_there_was_more_than_is_looked_at_is_said() {
    on_each(async |cast| {
        let owner = cast.owner().await;
        let router = add_router(&owner, closed_port()).await;
        let ivan: AccountId = account(&owner, &router, "Ivan").await.as_str().unwrap().parse().unwrap();
        let begin = cast.app.clock.now().minus(Seconds(20_000));
        let mut tx = cast.app.store.begin().await.unwrap();
        let known = tx.account(ivan).await.unwrap().unwrap().account;
        for number in 0..5_002_u32 {
            let noted = TurnedAway {
                user: known.user,
                account: ivan,
                router: known.router,
                tunnel: Tunnel {
                    boot: Boot::default(),
                    router_session_id: format!("0x{number:x}"),
                    username: "ivan".to_owned(),
                    service: "l2tp".to_owned(),
                    caller_id: Some("203.0.113.7".to_owned()),
                    address: None,
                },
                country: None,
                at: begin.plus(Seconds(number)),
                against: NotAdmitted::Network,
            };
            tx.note_turned_away(&noted).await.unwrap();
        }
        tx.commit().await.unwrap();
        let sum = what_if(&owner, json!({})).await;
        assert_eq!((&sum["connections"], &sum["truncated"]), (&json!(5_000), &json!(true)));
        assert_eq!(sum["since"], json!(begin.plus(Seconds(2)).to_string()), "the oldest two are left out");
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

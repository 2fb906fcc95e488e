//! Setting a router up by the console: in the administrator's language, refused where nothing may be changed.

use crate::{
    accounts::add_router,
    cast::{Console, on_each},
};
use serde_json::{Value, json};
use sim::routeros::RouterSim;

const FIELDS: &str =
    "{ routerId clean script undoable left steps { key title script state detail optional } }";

async fn setup(console: &Console, what: &str, router: &Value) -> Value {
    let query = format!("mutation($r: ID!) {{ {what}RouterSetup(id: $r) {FIELDS} }}");
    console.ask(&query, json!({ "r": router })).await[format!("{what}RouterSetup")].clone()
}

fn step<'a>(plan: &'a Value, key: &str) -> &'a Value {
    plan["steps"].as_array().unwrap().iter().find(|step| step["key"] == key).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_is_set_up_in_the_console() {
    on_each(async |cast| {
        let sim = RouterSim::builder()
            .user("sallyport", "secret", "read,write,api")
            .row("ip/firewall/filter", &[("chain", "forward"), ("action", "accept")])
            .secret("ivan")
            .start()
            .await
            .unwrap();
        let owner = cast.owner().await;
        let router = add_router(&owner, sim.addr().port()).await;
        let plan = setup(&owner, "plan", &router).await;
        assert_eq!((&plan["clean"], &plan["undoable"]), (&json!(false), &json!(0)));
        assert_eq!(step(&plan, "forward")["state"], "MISSING");
        assert_eq!(step(&plan, "hooks")["optional"], true);
        assert!(plan["script"].as_str().unwrap().contains("/ip firewall filter add"));

        let language = "mutation { setPreferences(input: { language: RU }) { language } }";
        owner.ask(language, json!({})).await;
        let applied = setup(&owner, "apply", &router).await;
        assert_eq!(applied["clean"], true, "{applied:#}");
        assert_eq!(step(&applied, "forward")["state"], "APPLIED");
        assert_eq!(step(&applied, "forward")["title"], "Песочница: трафик через роутер");
        assert!(applied["undoable"].as_i64().unwrap() > 10);
        assert_eq!(step(&setup(&owner, "plan", &router).await, "forward")["state"], "PRESENT");

        let wrong = "mutation($r: ID!) { applyRouterSetup(id: $r, keys: [\"nonsense\"]) { clean } }";
        let refused = owner.refused(wrong, json!({ "r": router })).await;
        assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("VALIDATION", Some("keys")));

        let observe = "mutation($r: ID!) { updateRouter(id: $r, input: { mode: OBSERVE }) { mode } }";
        owner.ask(observe, json!({ "r": router })).await;
        let writes = sim.writes();
        for what in ["apply", "undo"] {
            let query = format!("mutation($r: ID!) {{ {what}RouterSetup(id: $r) {{ clean }} }}");
            let refused = owner.refused(&query, json!({ "r": router })).await;
            assert_eq!(refused.code, "CONFLICT");
            assert!(refused.message.contains("only observed"), "{}", refused.message);
        }
        assert_eq!(sim.writes(), writes);

        let enforce = "mutation($r: ID!) { updateRouter(id: $r, input: { mode: ENFORCE }) { mode } }";
        owner.ask(enforce, json!({ "r": router })).await;
        let undone = setup(&owner, "undo", &router).await;
        assert_eq!((&undone["undoable"], &undone["left"]), (&json!(0), &json!([])));
        assert_eq!(sim.rows("ip/firewall/filter").len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_does_not_answer_is_told() {
    on_each(async |cast| {
        let sim = RouterSim::builder().user("sallyport", "secret", "read,write,api").start().await.unwrap();
        let owner = cast.owner().await;
        let router = add_router(&owner, sim.addr().port()).await;
        sim.refuse().await;
        sim.break_connections();
        for what in ["plan", "apply", "undo"] {
            let query = format!("mutation($r: ID!) {{ {what}RouterSetup(id: $r) {{ clean }} }}");
            let refused = owner.refused(&query, json!({ "r": router })).await;
            assert_eq!(refused.code, "ROUTER_UNREACHABLE", "{}", refused.message);
        }
        sim.accept().await;
        assert_eq!(setup(&owner, "apply", &router).await["clean"], true, "the router was given back");
    })
    .await;
}

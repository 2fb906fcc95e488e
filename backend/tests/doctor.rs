//! The doctor at a real (simulated) router: what it reads is what is there, and an alert stands as long as the box does
//! not hold.

#[path = "doctor/around.rs"]
mod around;
mod cast;
#[path = "doctor/unkind.rs"]
mod unkind;

use cast::{ALLOW, BACKSTOP, Cast, SANDBOX, desk::Admin};
use serde_json::{Value, json};
use sim::routeros::{Fault, FaultKind};

const FILTER: &str = "ip/firewall/filter";

async fn examine(cast: &Cast, admin: &Admin) -> Value {
    let query = "mutation($id: ID!) { runDoctor(id: $id) { routerId at boxHolds findings { key severity title detail remedy } } }";
    admin.ask(query, json!({ "id": cast.router_id.to_string() })).await["runDoctor"].clone()
}

/// The titles of the dangerous findings.
fn dangers(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().expect("findings").iter();
    findings.filter(|f| f["severity"] == "DANGER").filter_map(|f| f["title"].as_str()).collect()
}

/// What stands open about the box.
async fn box_open(admin: &Admin) -> Vec<String> {
    let data = admin.ask("{ attention { kind detail subject { ... on Router { name } } } }", json!({})).await;
    let items = data["attention"].as_array().expect("a list").iter();
    let open = items.filter(|item| item["kind"] == "BOX_OPEN");
    open.map(|item| format!("{}: {}", item["subject"]["name"], item["detail"])).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_box_is_opened_and_closed_by_hand_and_the_doctor_sees_it() {
    let (cast, admin) = Cast::with_console().await;
    let (_, _, _) = cast.person(501, "Ivan", "ivan").await;
    // Whom nobody works the doctor visits when asked to, and not by himself in between.
    let off = "mutation($id: ID!) { updateRouter(id: $id, input: { enabled: false }) { enabled } }";
    admin.ask(off, json!({ "id": cast.router_id.to_string() })).await;
    let report = examine(&cast, &admin).await;
    assert_eq!(report["boxHolds"], false);
    assert_eq!(dangers(&report), ["There is no guard"]);
    assert_eq!(box_open(&admin).await.len(), 1, "it waits for a human");

    // As the remedy says, rule for rule.
    let remedy = report["findings"][0]["remedy"].as_str().expect("a remedy");
    assert!(
        remedy.contains(&format!("src-address-list={ALLOW}")) && remedy.contains("place-before=*"),
        "{remedy}"
    );
    let router = &cast.router;
    let first = router.rows(FILTER)[0].id.clone();
    router.add(FILTER, &[("chain", "sallyport"), ("src-address-list", ALLOW), ("action", "return")]).unwrap();
    router.add(FILTER, &[("chain", "sallyport"), ("action", "drop")]).unwrap();
    let jump = [
        ("chain", "forward"),
        ("src-address-list", SANDBOX),
        ("action", "jump"),
        ("jump-target", "sallyport"),
    ];
    let guard = router.add(FILTER, &jump).unwrap();
    router.move_before(FILTER, &guard, Some(&first)).unwrap();
    router.add(FILTER, &[("chain", "inwards"), ("dst-address-list", ALLOW), ("action", "return")]).unwrap();
    router.add(FILTER, &[("chain", "inwards"), ("action", "drop")]).unwrap();
    let inwards =
        [("chain", "forward"), ("dst-address-list", SANDBOX), ("action", "jump"), ("jump-target", "inwards")];
    let inwards = router.add(FILTER, &inwards).unwrap();
    router.move_before(FILTER, &inwards, Some(&guard)).unwrap();
    router.set("ip/settings", "", &[("rp-filter", "strict")]).unwrap();
    assert!(remedy.contains("rp-filter=strict") && remedy.contains("dst-address-list"), "{remedy}");
    let report = examine(&cast, &admin).await;
    assert_eq!(report["boxHolds"], true, "{report:#}");
    assert!(dangers(&report).is_empty(), "{report:#}");
    assert!(box_open(&admin).await.is_empty(), "settled");

    // Somebody adds FastTrack on top, as the quick set-up of a router does; the remedy names both rules.
    let fast = router
        .add(
            FILTER,
            &[
                ("chain", "forward"),
                ("action", "fasttrack-connection"),
                ("connection-state", "established,related"),
            ],
        )
        .unwrap();
    router.move_before(FILTER, &fast, Some(&guard)).unwrap();
    let report = examine(&cast, &admin).await;
    assert_eq!(dangers(&report), ["FastTrack takes the box past the firewall"]);
    let remedy = report["findings"][0]["remedy"].as_str().expect("a remedy");
    assert!(remedy.contains(&format!("move {guard} destination={fast}")), "{remedy}");
    router.move_before(FILTER, &guard, Some(&fast)).unwrap();
    assert_eq!(examine(&cast, &admin).await["boxHolds"], true);

    // A person's account gets a profile that does not box.
    router.set("ppp/secret", "ivan", &[("profile", "default")]).unwrap();
    let report = examine(&cast, &admin).await;
    assert_eq!(dangers(&report), ["The profile default does not put its tunnels into the box"]);
    assert!(report["findings"][0]["detail"].as_str().expect("words").contains("ivan"));

    // In the language of whoever asks.
    admin.ask("mutation { setPreferences(input: { language: RU }) { language } }", json!({})).await;
    assert_eq!(dangers(&examine(&cast, &admin).await), ["Профиль default не помещает туннели в песочницу"]);
    let trail =
        admin.ask("{ auditEvents(filter: { action: \"router.box-open\" }) { totalCount } }", json!({})).await;
    assert_eq!(trail["auditEvents"]["totalCount"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rounds_find_an_open_box_and_write_nothing() {
    let (cast, admin) = Cast::with_console().await;
    let mut changes = cast.app.bus.listen();
    tokio::time::timeout(BACKSTOP, async {
        while box_open(&admin).await.is_empty() {
            let _ = changes.recv().await;
        }
    })
    .await
    .expect("the doctor comes by itself");
    assert_eq!(cast.router.writes(), 0, "it only looks");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_does_not_answer_is_an_error_and_no_verdict() {
    let (cast, admin) = Cast::with_console().await;
    let message = "not enough permissions (9)".to_owned();
    cast.router.fault(Fault::new(FaultKind::Trap { message }).on("/ip/firewall/filter/print"));
    let query = "mutation($id: ID!) { runDoctor(id: $id) { boxHolds } }";
    let answer = admin.answer(query, json!({ "id": cast.router_id.to_string() })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "ROUTER_REFUSED", "{answer:#}");
    let nowhere = json!({ "id": uuid::Uuid::nil().to_string() });
    assert_eq!(admin.answer(query, nowhere).await["errors"][0]["extensions"]["code"], "NOT_FOUND");
}

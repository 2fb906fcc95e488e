//! The rules of the box after somebody had a hand in them: it is told at once, and until it is as it was.

use crate::{
    cast::{ALLOW, Cast, desk::Admin},
    steps::{bind, drifts, opened, passes, set_router, wait_drift},
};
use sallyport::store::records::AlertKind;
use serde_json::json;

const FILTER: &str = "ip/firewall/filter";

async fn set_up(cast: &Cast, admin: &Admin) {
    let apply = "mutation($r: ID!) { applyRouterSetup(id: $r) { clean } }";
    let applied = admin.ask(apply, json!({ "r": cast.router_id.to_string() })).await;
    assert_eq!(applied["applyRouterSetup"]["clean"], true, "{applied:#}");
}

/// Waits until so many alerts stand: of open boxes, and of what was done by hand.
async fn wait_alerts(cast: &Cast, open: usize, by_hand: usize) {
    cast.wait_alerts(&format!("{open} open boxes and {by_hand} drifts"), |alerts| {
        let of = |kind| alerts.iter().filter(|one| one.alert.kind == kind).count();
        of(AlertKind::BoxOpen) == open && of(AlertKind::Drift) == by_hand
    })
    .await;
}

fn id_of(cast: &Cast, comment: &str) -> String {
    let rules = cast.router.rows(FILTER);
    let rule = rules.iter().find(|rule| rule.text("comment").as_deref() == Some(comment));
    rule.expect("the rule").id.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_the_box_that_is_edited_by_hand_is_told_at_once_and_until_it_is_mended() {
    let (cast, admin) = Cast::with_console().await;
    set_up(&cast, &admin).await;
    wait_alerts(&cast, 0, 0).await;
    let (boxed, jump) = (id_of(&cast, "sallyport:out: boxed"), id_of(&cast, "sallyport:from boxed tunnels"));

    // Off: the box is open. The doctor's own round would come in ten minutes.
    cast.router.set(FILTER, &boxed, &[("disabled", "yes")]).unwrap();
    wait_alerts(&cast, 1, 1).await;
    let (said, mended) = wait_drift(&cast, "are off or changed (IPv4)").await;
    assert!(said.contains("sallyport:out: boxed") && !mended, "{said}");
    let audited = admin
        .ask("{ auditEvents(first: 50) { edges { node { action detail } } } }", json!({}))
        .await
        .to_string();
    assert!(audited.contains("router.drift") && audited.contains("off or changed"), "{audited}");
    cast.router.set(FILTER, &boxed, &[("disabled", "no")]).unwrap();
    wait_alerts(&cast, 0, 0).await;

    // Below a rule that lets packets pass.
    let accept = cast.router.add(FILTER, &[("chain", "forward"), ("action", "accept")]).unwrap();
    cast.router.move_before(FILTER, &accept, Some(&jump)).unwrap();
    wait_drift(&cast, "are not in their places (IPv4)").await;
    wait_alerts(&cast, 1, 1).await;
    cast.router.remove(FILTER, &accept).unwrap();
    wait_alerts(&cast, 0, 0).await;

    // Gone, and made again by the set-up; told once.
    cast.router.remove(FILTER, &boxed).unwrap();
    wait_drift(&cast, "are gone (IPv4)").await;
    wait_alerts(&cast, 1, 1).await;
    set_up(&cast, &admin).await;
    wait_alerts(&cast, 0, 0).await;
    let told = drifts(&cast).await.into_iter().filter(|(text, _)| text.contains("Set-up made")).count();
    assert_eq!(told, 3, "{:#?}", drifts(&cast).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_another_table_that_opens_the_box_is_told_before_the_doctors_round() {
    let (cast, admin) = Cast::with_console().await;
    set_up(&cast, &admin).await;
    wait_alerts(&cast, 0, 0).await;
    // Whoever sends anything is let through.
    let knock = [("chain", "prerouting"), ("action", "add-src-to-address-list"), ("address-list", ALLOW)];
    let raw = "ip/firewall/raw";
    let knock = cast.router.add(raw, &knock).unwrap();
    wait_alerts(&cast, 1, 0).await;
    cast.router.remove(raw, &knock).unwrap();
    wait_alerts(&cast, 0, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_rule_outlives_the_server_unless_it_goes_by_the_list() {
    for by_list in [false, true] {
        let (mut cast, admin) = Cast::with_console().await;
        cast.router.set("ppp/secret", "ivan", &[("remote-address", "10.8.0.50")]).unwrap();
        set_up(&cast, &admin).await;
        let jump = id_of(&cast, "sallyport:from boxed tunnels");
        let own = [
            ("chain", "forward"),
            ("src-address", "10.8.0.50"),
            // Into the box it leads nobody.
            ("dst-address", "192.168.1.0/24"),
            ("action", "accept"),
            ("comment", "2FA own"),
            ("disabled", "yes"),
        ];
        let rule = cast.router.add(FILTER, &own).unwrap();
        cast.router.move_before(FILTER, &rule, Some(&jump)).unwrap();
        // No other tunnel can pretend to have the address.
        cast.router.set("ip/settings", "", &[("rp-filter", "strict")]).unwrap();
        let (_, _, account) = cast.person(101, "Ivan", "ivan").await;
        bind(&cast, &admin, account, "2FA own").await;
        let doctor = "mutation($r: ID!) { runDoctor(id: $r) { findings { title remedy } } }";
        let doctor = async || admin.ask(doctor, json!({ "r": cast.router_id.to_string() })).await.to_string();
        let warned = doctor().await;
        assert!(
            warned.contains("stays on if the server dies") && warned.contains("src-address-list=2fa-allowed"),
            "{warned}"
        );
        let audited = "{ auditEvents(first: 50) { edges { node { action detail } } } }";
        let audited = admin.ask(audited, json!({})).await.to_string();
        assert!(audited.contains("to ivan. The bound rule "), "said at the binding: {audited}");
        if by_list {
            cast.router.set(FILTER, &rule, &[("src-address-list", ALLOW)]).unwrap();
            assert!(!doctor().await.contains("stays on if the server dies"));
        }
        let (_, tunnel) = opened(&cast).await;
        cast.wait_router("the rule to be on", |router| {
            router.rows(FILTER).iter().any(|row| row.id == rule && !row.is("disabled"))
        })
        .await;
        assert!(passes(&cast, &tunnel));

        cast.kill().await;
        assert!(cast.router.disconnect(&tunnel.session_id));
        let again = cast.router.connect("ivan", "l2tp", "198.51.100.66").unwrap();
        assert_eq!(passes(&cast, &again), !by_list, "with the list: {by_list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_rule_that_was_moved_below_what_stops_everything_is_told() {
    let (cast, admin) = Cast::with_console().await;
    set_up(&cast, &admin).await;
    let (account, _) = opened(&cast).await;
    let rule = bind(&cast, &admin, account, "2FA ivan").await;
    cast.wait_router("the rule to be on", |router| {
        router.rows(FILTER).iter().any(|row| row.id == rule && !row.is("disabled"))
    })
    .await;
    wait_alerts(&cast, 0, 0).await;
    let rest = cast.router.add(FILTER, &[("chain", "forward"), ("action", "drop")]).unwrap();
    crate::cast::looks(&cast.router, 2).await;
    wait_alerts(&cast, 0, 0).await;
    cast.router.move_before(FILTER, &rule, None).unwrap();
    let (said, mended) = wait_drift(&cast, "lets ivan through no more").await;
    assert!(said.contains("2FA ivan") && !mended, "{said}");
    wait_alerts(&cast, 0, 1).await;
    cast.router.move_before(FILTER, &rule, Some(&rest)).unwrap();
    wait_alerts(&cast, 0, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_by_hand_to_a_router_that_is_only_watched_is_no_alert() {
    let (cast, admin) = Cast::with_console().await;
    set_up(&cast, &admin).await;
    wait_alerts(&cast, 0, 0).await;
    let boxed = id_of(&cast, "sallyport:out: boxed");
    cast.router.set(FILTER, &boxed, &[("disabled", "yes")]).unwrap();
    wait_alerts(&cast, 1, 1).await;
    // Also what the doctor brings from a visit that began before.
    set_router(&cast, &admin, json!({ "mode": "OBSERVE" })).await;
    wait_alerts(&cast, 1, 0).await;
    let doctor = "mutation($r: ID!) { runDoctor(id: $r) { boxHolds } }";
    let found = admin.ask(doctor, json!({ "r": cast.router_id.to_string() })).await;
    assert_eq!(found["runDoctor"]["boxHolds"], false, "{found:#}");
    wait_alerts(&cast, 1, 0).await;
    // And anew as soon as somebody has to do something about it.
    set_router(&cast, &admin, json!({ "mode": "ENFORCE" })).await;
    wait_alerts(&cast, 1, 1).await;
    cast.router.set(FILTER, &boxed, &[("disabled", "no")]).unwrap();
    wait_alerts(&cast, 0, 0).await;
}

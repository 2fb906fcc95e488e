//! Bound rules while somebody is inside: whatever becomes of the binding, no rule stays on for nobody.

use crate::{
    cast::{ALLOW, Cast, looks},
    steps::{answer, bind, boxed, is_open, opened, set_router, wait_drift},
};
use sallyport::store::records::AlertKind;
use sallyport_shared::session::{Answer, Event, SessionState};
use serde_json::json;
use sim::routeros::{JournalEntry, Row};

const BIND: &str = "mutation($a: ID!, $r: String!, $c: String!) { bindFirewallRule(accountId: $a, ruleId: $r, comment: $c) { id } }";
const UNBIND: &str = "mutation($a: ID!) { unbindFirewallRule(accountId: $a) { id } }";

async fn wait_rule(cast: &Cast, comment: &str, on: bool) {
    cast.wait_router(&format!("{comment} to be on: {on}"), |router| {
        let rules = router.rows("ip/firewall/filter");
        rules.iter().any(|rule| rule.text("comment").as_deref() == Some(comment) && rule.is("disabled") != on)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_follows_its_binding_while_somebody_is_inside() {
    let (cast, admin) = Cast::with_console().await;
    let other =
        [("chain", "forward"), ("action", "accept"), ("comment", "2FA Иван Ильич"), ("disabled", "yes")];
    cast.router.add("ip/firewall/filter", &other).unwrap();
    let (account, _) = opened(&cast).await;
    bind(&cast, &admin, account, "2FA ivan").await;
    wait_rule(&cast, "2FA ivan", true).await;
    bind(&cast, &admin, account, "2FA Иван Ильич").await;
    wait_rule(&cast, "2FA ivan", false).await;
    wait_rule(&cast, "2FA Иван Ильич", true).await;
    admin.ask(UNBIND, json!({ "a": account.to_string() })).await;
    wait_rule(&cast, "2FA Иван Ильич", false).await;
    assert_eq!(cast.router.address_list(ALLOW).len(), 1, "the entry lets through as before");
    // Bound again: no old wish switches it off.
    bind(&cast, &admin, account, "2FA ivan").await;
    wait_rule(&cast, "2FA ivan", true).await;
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    cast.wait_session("the end to be told", |session| session.end_told).await;
    wait_rule(&cast, "2FA ivan", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_unbound_while_the_router_is_away_goes_off_when_it_is_back() {
    let (cast, admin) = Cast::with_console().await;
    let (account, _) = opened(&cast).await;
    bind(&cast, &admin, account, "2FA ivan").await;
    wait_rule(&cast, "2FA ivan", true).await;
    cast.router.refuse().await;
    cast.router.break_connections();
    admin.ask(UNBIND, json!({ "a": account.to_string() })).await;
    cast.router.accept().await;
    wait_rule(&cast, "2FA ivan", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_rule_that_is_not_what_it_was_alerts_until_it_is() {
    let (cast, admin) = Cast::with_console().await;
    let (account, _) = opened(&cast).await;
    bind(&cast, &admin, account, "2FA ivan").await;
    wait_rule(&cast, "2FA ivan", true).await;
    set_router(&cast, &admin, json!({ "pollSeconds": 1 })).await;
    let id = cast.router.rows("ip/firewall/filter")[0].id.clone();
    cast.router.set("ip/firewall/filter", &id, &[("comment", "2FA иван")]).unwrap();
    wait_drifts(&cast, 1).await;
    // Not while the router is only watched, and anew after that.
    set_router(&cast, &admin, json!({ "mode": "OBSERVE" })).await;
    wait_drifts(&cast, 0).await;
    looks(&cast.router, 3).await;
    wait_drifts(&cast, 0).await;
    set_router(&cast, &admin, json!({ "mode": "ENFORCE" })).await;
    wait_drifts(&cast, 1).await;
    cast.router.set("ip/firewall/filter", &id, &[("comment", "2FA ivan")]).unwrap();
    wait_drifts(&cast, 0).await;
}

/// `2FA Иван` as an older WinBox on a Russian Windows writes it.
const OF_WINBOX: &[u8] = b"2FA \xc8\xe2\xe0\xed";

/// The id of the rule with these bytes as its comment.
fn rule_of(cast: &Cast, comment: &[u8]) -> String {
    let rules = cast.router.rows("ip/firewall/filter");
    let rule = rules.iter().find(|rule| rule.bytes("comment") == Some(comment));
    rule.expect("the rule").id.clone()
}

fn on(rules: &[Row], id: &str) -> bool {
    rules.iter().any(|rule| rule.id == id && !rule.is("disabled"))
}

fn is_on(cast: &Cast, id: &str) -> bool {
    on(&cast.router.rows("ip/firewall/filter"), id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comment_in_an_old_code_page_is_bound_byte_for_byte_and_shown_readable() {
    let (cast, admin) = Cast::with_console().await;
    // Two that read alike and are not the same.
    for comment in [OF_WINBOX, "2FA Иван".as_bytes()] {
        let rule: [(&str, &[u8]); 4] =
            [("chain", b"forward"), ("action", b"accept"), ("comment", comment), ("disabled", b"yes")];
        cast.router.add("ip/firewall/filter", &rule).unwrap();
    }
    let (account, _) = opened(&cast).await;
    let (old, new) = (rule_of(&cast, OF_WINBOX), rule_of(&cast, "2FA Иван".as_bytes()));
    let shown = admin.ask("{ routers { firewallRules { ruleId comment } } }", json!({})).await;
    let rules = shown["routers"][0]["firewallRules"].as_array().unwrap();
    let alike: Vec<_> = rules.iter().filter(|rule| rule["comment"] == "2FA Иван").collect();
    assert_eq!(alike.len(), 2, "both are readable: {rules:#?}");

    // Whoever binds one of two that read alike may mean the other: neither is bound while both are there.
    let named = json!({ "a": account.to_string(), "r": old, "c": "2FA Иван" });
    let answer = admin.answer(BIND, named.clone()).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "CONFLICT", "{answer:#}");
    assert!(answer.to_string().contains("2FA Иван"), "{answer:#}");
    cast.router.remove("ip/firewall/filter", &new).unwrap();
    admin.ask(BIND, named).await;
    cast.wait_router("the old rule to be on", |state| on(&state.rows("ip/firewall/filter"), &old)).await;
    let bound = admin.ask("{ routers { firewallRules { comment boundTo { username } } } }", json!({})).await;
    assert!(bound.to_string().contains("ivan"), "{bound:#}");

    // Somebody writes it anew in UTF-8: it reads as before, and is another one.
    set_router(&cast, &admin, json!({ "pollSeconds": 1 })).await;
    cast.router.set("ip/firewall/filter", &old, &[("comment", "2FA Иван")]).unwrap();
    let (said, mended) = wait_drift(&cast, "“2FA Иван” was renamed").await;
    assert!(!mended && !said.contains('\u{fffd}'), "{said}");
    cast.router.set("ip/firewall/filter", &old, &[("comment", OF_WINBOX)]).unwrap();
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    cast.wait_session("the end to be told", |session| session.end_told).await;
    assert!(!is_on(&cast, &old));
}

/// Waits until so many drifts wait for a human.
async fn wait_drifts(cast: &Cast, count: usize) {
    cast.wait_alerts(&format!("{count} drifts"), |open| {
        open.iter().filter(|open| open.alert.kind == AlertKind::Drift).count() == count
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_rule_that_was_made_anew_is_refused_until_it_is_bound_again() {
    let (cast, admin) = Cast::with_console().await;
    let (account, tunnel) = opened(&cast).await;
    bind(&cast, &admin, account, "2FA ivan").await;
    wait_rule(&cast, "2FA ivan", true).await;
    set_router(&cast, &admin, json!({ "pollSeconds": 1 })).await;
    let old = rule_of(&cast, b"2FA ivan");
    cast.router.remove("ip/firewall/filter", &old).unwrap();
    let anew = [("chain", "forward"), ("action", "accept"), ("comment", "2FA ivan"), ("disabled", "yes")];
    cast.router.add("ip/firewall/filter", &anew).unwrap();
    let new = rule_of(&cast, b"2FA ivan");
    assert_ne!(old, new);
    let (said, mended) = wait_drift(&cast, "is gone or has another id").await;
    assert!(said.contains("2FA ivan") && !mended);
    wait_drifts(&cast, 1).await;
    assert!(!is_on(&cast, &new), "nobody bound this one");
    // Nothing is opened by a binding that does not hold.
    assert!(cast.router.disconnect(&tunnel.session_id));
    cast.wait_session("to wait", |session| session.state == SessionState::Granted).await;
    cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    cast.wait_session("the question", |session| session.state == SessionState::Confirming).await;
    answer(&cast, account, Answer::Confirm).await;
    cast.wait_alerts("the refusal", |open| {
        open.iter().any(|open| open.alert.kind == AlertKind::CommandFailing)
    })
    .await;
    assert!(cast.router.address_list(ALLOW).is_empty() && !is_on(&cast, &new));
    // Bound again it heals.
    bind(&cast, &admin, account, "2FA ivan").await;
    cast.wait_session("the door to be open", is_open).await;
    cast.wait_router("the new rule to be on", |state| on(&state.rows("ip/firewall/filter"), &new)).await;
    wait_drifts(&cast, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_rule_with_a_double_is_not_touched_and_one_that_was_moved_is_told_and_switched_as_before() {
    let (cast, admin) = Cast::with_console().await;
    let (account, _) = opened(&cast).await;
    bind(&cast, &admin, account, "2FA ivan").await;
    wait_rule(&cast, "2FA ivan", true).await;
    set_router(&cast, &admin, json!({ "pollSeconds": 1 })).await;
    let id = rule_of(&cast, b"2FA ivan");
    // Moved to another place it is what it was, but lets nobody through there.
    let last = cast
        .router
        .add("ip/firewall/filter", &[("chain", "forward"), ("action", "drop"), ("comment", "the rest")])
        .unwrap();
    cast.router.move_before("ip/firewall/filter", &id, None).unwrap();
    let (_, mended) = wait_drift(&cast, "lets ivan through no more").await;
    assert!(!mended);
    let order: Vec<_> = cast.router.rows("ip/firewall/filter").into_iter().map(|rule| rule.id).collect();
    assert_eq!(order, [last.clone(), id.clone()], "it was moved");
    // And is switched as before.
    cast.router.set("ip/firewall/filter", &id, &[("disabled", "yes")]).unwrap();
    wait_rule(&cast, "2FA ivan", true).await;
    cast.router.move_before("ip/firewall/filter", &id, Some(&last)).unwrap();
    wait_drifts(&cast, 0).await;

    let double = [("chain", "forward"), ("action", "accept"), ("comment", "2FA ivan"), ("disabled", "yes")];
    let double = cast.router.add("ip/firewall/filter", &double).unwrap();
    let (_, mended) = wait_drift(&cast, "is not unique any more").await;
    assert!(!mended);
    wait_drifts(&cast, 1).await;
    cast.router.set("ip/firewall/filter", &id, &[("disabled", "yes")]).unwrap();
    looks(&cast.router, 2).await;
    assert!(!is_on(&cast, &id) && !is_on(&cast, &double), "neither is touched");
    cast.router.remove("ip/firewall/filter", &double).unwrap();
    cast.wait_router("the rule to be on", |state| on(&state.rows("ip/firewall/filter"), &id)).await;
    wait_drifts(&cast, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_comes_whenever_a_bound_rule_was_switched() {
    let (cast, admin) = Cast::with_console().await;
    // What nobody else reads.
    let is_doctors = |e: &JournalEntry| e.command == "/snmp/print";
    let visit = async |from: u64| {
        let seen = cast.router.wait_for(|e| e.number > from && is_doctors(e)).await;
        seen.expect("the doctor comes").number
    };
    // The one on arrival, and the one because a rule was bound.
    visit(0).await;
    let (account, _) = boxed(&cast).await;
    bind(&cast, &admin, account, "2FA ivan").await;
    visit(cast.router.commands()).await;
    let switched = async |command: &str, from: u64| {
        let seen = cast.router.wait_for(|e| e.number > from && e.command == command).await;
        seen.expect("the rule is switched").number
    };
    let from = cast.router.commands();
    answer(&cast, account, Answer::Confirm).await;
    let on = switched("/ip/firewall/filter/enable", from).await;
    let after = visit(on).await;
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    let off = switched("/ip/firewall/filter/disable", after).await;
    visit(off).await;
}

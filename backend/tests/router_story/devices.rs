//! A device that is entered twice is worked for one of the two, whatever their settings are; and another device behind an
//! address is noticed.

use crate::{
    cast::{ALLOW, Cast, add_router, desk::Admin, looks, router_sim},
    steps::{audited, opened},
};
use sallyport::{
    ops::secrets,
    store::records::{AlertKind, AlertRecord, RouterMode, RouterState, RouterStatus},
};
use sallyport_shared::{
    ids::RouterId,
    reason::Reason,
    session::{CloseReason, Event, Wish},
    time::Seconds,
};
use serde_json::{Value, json};
use sim::routeros::{Fault, FaultKind, RouterSim};

/// Enters the story's router once more, with an allow list of its own.
async fn enter_again(cast: &Cast) -> RouterId {
    let id = RouterId(cast.app.clock.new_id());
    let mut tx = cast.app.store.begin().await.unwrap();
    let mut again = tx.router(cast.router_id).await.unwrap().unwrap();
    again.id = id;
    again.name = "office".to_owned();
    // Another name for the same place.
    again.host = "localhost".to_owned();
    again.password_enc = secrets::seal_router_password(&cast.app, id, "secret").unwrap();
    again.hook_token_hash = id.to_string();
    again.allow_list = "office-allowed".to_owned();
    again.ban_list = "office-banned".to_owned();
    tx.insert_router(&again).await.unwrap();
    tx.commit().await.unwrap();
    cast.app.bus.fleet.notify_one();
    id
}

/// Waits until a router is worked, or is not.
async fn wait_state(cast: &Cast, id: RouterId, state: RouterState) -> RouterStatus {
    cast.wait_status(id, "the router's state", |status| status.state == state).await
}

async fn open_alerts(cast: &Cast) -> Vec<AlertRecord> {
    cast.app.store.read().await.unwrap().open_alerts().await.unwrap()
}

/// Something that only the worker of this router would do.
async fn wish_a_ban(cast: &Cast, router: RouterId) {
    let (now, seconds) = (cast.app.clock.now(), Seconds(3_600));
    let address = "198.51.100.7".to_owned();
    let mut tx = cast.app.store.begin().await.unwrap();
    let why = Reason::TooManyUnconfirmed;
    tx.insert_ban(router, &address, &why, Some(now.plus(seconds)), None, now).await.unwrap();
    tx.wish(router, None, &Wish::Ban { address, seconds, why: CloseReason::Banned }, now, false)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    cast.app.bus.router(router).notify_one();
}

fn twice(alert: &AlertRecord) -> bool {
    matches!(alert.alert.detail, Reason::EnteredTwice { .. })
}

/// Changes the settings of a router as an administrator does.
async fn change(admin: &Admin, router: RouterId, input: Value) {
    let change = "mutation($id: ID!, $i: RouterInput!) { updateRouter(id: $id, input: $i) { id } }";
    admin.ask(change, json!({ "id": router.to_string(), "i": input })).await;
}

/// A device that does not tell which one it is.
async fn silent() -> RouterSim {
    let silent = router_sim().await;
    for menu in ["/system/routerboard/print", "/system/license/print"] {
        let refusal = FaultKind::Trap { message: "not enough permissions (9)".to_owned() };
        silent.fault(Fault::new(refusal).on(menu));
    }
    silent
}

async fn delete(admin: &Admin, router: RouterId) {
    admin.ask("mutation($id: ID!) { deleteRouter(id: $id) }", json!({ "id": router.to_string() })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_entered_twice_is_worked_for_one_and_heals_when_that_is_deleted() {
    let (cast, admin) = Cast::with_console().await;
    let (account, tunnel) = opened(&cast).await;
    let again = enter_again(&cast).await;
    let status = wait_state(&cast, again, RouterState::Degraded).await;
    let said = status.last_error.unwrap();
    assert!(said.contains("office is the same device as hq-gw") && said.contains("Delete one"), "{said}");
    cast.wait_alerts("the alert", |open| open.iter().any(twice)).await;
    assert_eq!(audited(&cast, "router.entered-twice").await, 1);
    // Administrators see it once, not also as some trouble.
    let seen = admin.ask("{ attention { kind detail } }", json!({})).await;
    let about = seen["attention"].as_array().unwrap().iter();
    assert_eq!(
        about.filter(|item| item["detail"].as_str().unwrap().contains("office")).count(),
        1,
        "{seen:#}"
    );

    // Nothing is written for the second, whatever is wished of it: neither its own lists nor the other's door.
    let from = cast.router.journal().last().unwrap().number;
    wish_a_ban(&cast, again).await;
    looks(&cast.router, 3).await;
    assert!(cast.router.address_list("office-banned").is_empty());
    assert_eq!(cast.router.address_list(ALLOW), [tunnel.address.to_string()], "the door stays as it is");
    let journal = cast.router.journal();
    let removed = journal.iter().filter(|e| e.number > from && e.command.ends_with("address-list/remove"));
    assert_eq!(removed.count(), 0, "{journal:#?}");
    let apply = "mutation($id: ID!) { applyRouterSetup(id: $id) { clean } }";
    let answer = admin.answer(apply, json!({ "id": again.to_string() })).await;
    assert!(answer["errors"].to_string().contains("same device as hq-gw"), "{answer:#}");
    let writes = cast.router.journal();
    let by_others: Vec<_> = writes.iter().filter(|e| e.number > from && e.write).collect();
    assert!(by_others.iter().all(|e| e.command == "/ip/firewall/address-list/set"), "{by_others:#?}");

    // The first one goes: the second goes on by itself.
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    cast.wait_session("the end to be told", |session| session.end_told).await;
    delete(&admin, cast.router_id).await;
    wait_state(&cast, again, RouterState::Online).await;
    cast.wait_router("its wish to be carried out", |router| {
        router.address_list("office-banned") == ["198.51.100.7"]
    })
    .await;
    cast.wait_alerts("the alert to be settled", |open| !open.iter().any(twice)).await;
    assert_eq!(audited(&cast, "router.entered-once").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_begin_at_the_same_moment_one_works_and_the_lists_do_not_flap() {
    let (cast, admin, _) = Cast::with_console_and(router_sim().await).await;
    let mut cast = cast;
    let first = add_router(&cast.app, cast.router.addr(), RouterMode::Enforce).await;
    cast.router_id = first;
    let second = enter_again(&cast).await;
    let settled = |status: &RouterStatus| {
        status.state == RouterState::Online
            || status.last_error.as_deref().is_some_and(|error| error.contains("same device"))
    };
    let states = [
        cast.wait_status(first, "the first to be tried", settled).await,
        cast.wait_status(second, "the second to be tried", settled).await,
    ];
    let working = states.iter().filter(|status| status.state == RouterState::Online).count();
    assert_eq!(working, 1, "{states:#?}");
    // Each would take the other's entries for somebody's, and remove them: an entry of the one that does not work stays
    // gone or there, but nothing comes and goes.
    let entry = [("list", "office-allowed"), ("address", "10.8.0.77")];
    cast.router.add("ip/firewall/address-list", &entry).unwrap();
    let entry = [("list", ALLOW), ("address", "10.8.0.77")];
    cast.router.add("ip/firewall/address-list", &entry).unwrap();
    looks(&cast.router, 4).await;
    let journal = cast.router.journal();
    let removed = journal.iter().filter(|e| e.command == "/ip/firewall/address-list/remove").count();
    assert_eq!(removed, 1, "the one that works removes what is foreign on its own list: {journal:#?}");
    // Switched off is as good as deleted.
    let (works, waits) =
        if states[0].state == RouterState::Online { (first, second) } else { (second, first) };
    change(&admin, works, json!({ "enabled": false })).await;
    wait_state(&cast, waits, RouterState::Online).await;
    // And the one that is switched on again is the second now.
    change(&admin, works, json!({ "enabled": true })).await;
    wait_state(&cast, works, RouterState::Degraded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_entry_that_is_switched_off_is_nobodys_trouble() {
    let (cast, admin) = Cast::with_console().await;
    wait_state(&cast, cast.router_id, RouterState::Online).await;
    let again = enter_again(&cast).await;
    cast.wait_alerts("the alert", |open| open.iter().any(twice)).await;
    change(&admin, again, json!({ "enabled": false })).await;
    assert!(!open_alerts(&cast).await.iter().any(twice), "as the alert says");
    // Who tries to write to it hears why not, and nothing stands because of that.
    let apply = "mutation($id: ID!) { applyRouterSetup(id: $id) { clean } }";
    let answer = admin.answer(apply, json!({ "id": again.to_string() })).await;
    assert!(answer["errors"].to_string().contains("same device as hq-gw"), "{answer:#}");
    assert!(!open_alerts(&cast).await.iter().any(twice));
    change(&admin, again, json!({ "enabled": true })).await;
    cast.wait_alerts("the alert again", |open| open.iter().any(twice)).await;
    wait_state(&cast, cast.router_id, RouterState::Online).await;
}

/// From now on the device says no to who asks which one it is, with these words.
fn refuses_to_tell(cast: &Cast, words: &str) {
    for menu in ["/system/routerboard/print", "/system/license/print"] {
        let no = FaultKind::Trap { message: words.to_owned() };
        cast.router.fault(Fault::new(no).on(menu));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_passes_lets_no_second_entry_work() {
    let (cast, admin) = Cast::with_console().await;
    wait_state(&cast, cast.router_id, RouterState::Online).await;
    let again = enter_again(&cast).await;
    wait_state(&cast, again, RouterState::Degraded).await;
    wish_a_ban(&cast, again).await;
    refuses_to_tell(&cast, "failure: busy");
    // It is tried anew.
    change(&admin, again, json!({ "pollSeconds": 2 })).await;
    let is_asked = |status: &RouterStatus| {
        status.state != RouterState::Online
            && status.last_error.as_deref().is_some_and(|error| error.contains("failure: busy"))
    };
    cast.wait_status(again, "it to hear the refusal", is_asked).await;
    assert!(open_alerts(&cast).await.iter().any(twice), "nothing is known to have changed");
    cast.router.clear_faults();
    wait_state(&cast, again, RouterState::Degraded).await;
    assert!(cast.router.address_list("office-banned").is_empty(), "{:#?}", cast.router.journal());
}

/// Waits until an attempt after this moment ends with these words.
async fn wait_words(cast: &Cast, id: RouterId, state: RouterState, words: &str) {
    let says = |status: &RouterStatus| {
        status.state == state && status.last_error.as_deref().is_some_and(|error| error.contains(words))
    };
    cast.wait_status(id, words, says).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_may_not_be_asked_any_more_is_kept_by_who_works_it_and_told_of() {
    const WITHHELD: &str = "may not read any more which device";
    let (cast, admin) = Cast::with_console().await;
    wait_state(&cast, cast.router_id, RouterState::Online).await;
    let again = enter_again(&cast).await;
    wait_state(&cast, again, RouterState::Degraded).await;
    wish_a_ban(&cast, again).await;
    refuses_to_tell(&cast, "not enough permissions (9)");
    cast.router.break_connections();
    wait_words(&cast, cast.router_id, RouterState::Degraded, WITHHELD).await;
    // Tried anew, the second is refused as before, whatever the device tells.
    let from = cast.router.commands();
    change(&admin, again, json!({ "pollSeconds": 2 })).await;
    let asked = |e: &sim::routeros::JournalEntry| e.number > from && e.command == "/system/license/print";
    cast.router.wait_for(asked).await.unwrap();
    wait_words(&cast, again, RouterState::Degraded, "same device as hq-gw").await;
    looks(&cast.router, 2).await;
    assert!(cast.router.address_list("office-banned").is_empty(), "{:#?}", cast.router.journal());
    assert!(open_alerts(&cast).await.iter().any(twice));
    // It is worked all the same.
    wish_a_ban(&cast, cast.router_id).await;
    cast.wait_router("its wish to be carried out", |router| {
        router.address_list("2fa-banned") == ["198.51.100.7"]
    })
    .await;
    // And well as soon as it may be asked again.
    cast.router.clear_faults();
    cast.router.break_connections();
    wait_state(&cast, cast.router_id, RouterState::Online).await;
    assert_eq!(audited(&cast, "router.device-changed").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_free_when_its_router_reaches_one_that_does_not_tell() {
    let (cast, admin) = Cast::with_console().await;
    wait_state(&cast, cast.router_id, RouterState::Online).await;
    let again = enter_again(&cast).await;
    wait_state(&cast, again, RouterState::Degraded).await;
    let (one, other) = (silent().await, silent().await);
    // The first one goes: the second goes on by itself.
    change(&admin, cast.router_id, json!({ "port": one.addr().port(), "password": "secret" })).await;
    wait_state(&cast, again, RouterState::Online).await;
    wait_state(&cast, cast.router_id, RouterState::Online).await;
    cast.wait_alerts("the alert to be settled", |open| !open.iter().any(twice)).await;
    // It comes back and is the second now; and goes for good.
    let back = json!({ "port": cast.router.addr().port(), "password": "secret" });
    change(&admin, cast.router_id, back).await;
    cast.wait_alerts("the alert about the other", |open| open.iter().any(twice)).await;
    change(&admin, cast.router_id, json!({ "port": other.addr().port(), "password": "secret" })).await;
    wait_state(&cast, cast.router_id, RouterState::Online).await;
    cast.wait_alerts("that to be settled, too", |open| !open.iter().any(twice)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_of_a_device_is_settled_with_its_router() {
    let (cast, admin) = Cast::with_console().await;
    wait_state(&cast, cast.router_id, RouterState::Online).await;
    cast.router.replace_board("NEW0001").unwrap();
    let changed = |open: &[AlertRecord]| {
        open.iter().any(|open| matches!(open.alert.detail, Reason::OtherDevice { .. }))
    };
    cast.wait_alerts("the alert", changed).await;
    delete(&admin, cast.router_id).await;
    assert!(!changed(&open_alerts(&cast).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_device_behind_an_address_is_told_of_and_worked() {
    let (cast, admin) = Cast::with_console().await;
    opened(&cast).await;
    cast.router.replace_board("NEW0001").unwrap();
    let changed = |alert: &AlertRecord| {
        let found = matches!(&alert.alert.detail, Reason::OtherDevice { found, .. } if found == "NEW0001");
        found && alert.alert.kind == AlertKind::CommandFailing
    };
    cast.wait_alerts("the alert", |open| open.iter().any(changed)).await;
    wait_state(&cast, cast.router_id, RouterState::Online).await;
    assert_eq!(audited(&cast, "router.device-changed").await, 1);
    // Somebody has looked at it; and the same device again is no news.
    let alert = open_alerts(&cast).await.into_iter().find(changed).unwrap();
    admin.ask("mutation($id: ID!) { settleAttention(id: $id) }", json!({ "id": alert.id.to_string() })).await;
    cast.router.break_connections();
    looks(&cast.router, 2).await;
    assert!(!open_alerts(&cast).await.iter().any(changed));
    assert_eq!(audited(&cast, "router.device-changed").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_change_places_are_both_worked_again() {
    let (first, second) = (router_sim().await, router_sim().await);
    let serial = |router: &RouterSim| {
        router.row("system/routerboard", "").unwrap().text("serial-number").unwrap().into_owned()
    };
    let (one, other) = (serial(&first), serial(&second));
    let cast = Cast::assemble_around(first, &[], true).await;
    let neighbour = add_router(&cast.app, second.addr(), RouterMode::Enforce).await;
    for id in [cast.router_id, neighbour] {
        wait_state(&cast, id, RouterState::Online).await;
    }
    cast.router.replace_board(&other).unwrap();
    wait_state(&cast, cast.router_id, RouterState::Degraded).await;
    second.replace_board(&one).unwrap();
    for id in [cast.router_id, neighbour] {
        wait_state(&cast, id, RouterState::Online).await;
    }
    cast.wait_alerts("nobody to be in the other's way", |open| !open.iter().any(twice)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_tell_what_it_is_is_worked_and_copies_of_a_machine_are_told_apart() {
    let machine = async |mac: &str| {
        let user = RouterSim::builder().user("sallyport", "secret", "read,write,api");
        user.virtual_machine("VA3OrBDgyXF", mac).start().await.unwrap()
    };
    let (first, copy) = (machine("02:00:00:00:00:0A").await, machine("02:00:00:00:00:0B").await);
    let cast = Cast::assemble_around(first, &[], true).await;
    let second = add_router(&cast.app, copy.addr(), RouterMode::Enforce).await;
    for id in [cast.router_id, second] {
        wait_state(&cast, id, RouterState::Online).await;
    }
    // The very same machine is known by the id of its licence and its port.
    let again = enter_again(&cast).await;
    wait_state(&cast, again, RouterState::Degraded).await;
    // Refused, or no such menu: that is no error, and hinders nothing.
    let silent = silent().await;
    let third = add_router(&cast.app, silent.addr(), RouterMode::Enforce).await;
    wait_state(&cast, third, RouterState::Online).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_that_the_device_is_entered_already() {
    let (cast, admin) = Cast::with_console().await;
    wait_state(&cast, cast.router_id, RouterState::Online).await;
    let test = "mutation($i: RouterInput!) { testRouter(input: $i) { ok error remedy } }";
    let input = |name: &str| {
        json!({ "i": {
            "name": name, "host": "localhost", "port": cast.router.addr().port(), "tls": "PLAIN",
            "username": "sallyport", "password": "secret",
        } })
    };
    let answer = admin.ask(test, input("office")).await;
    let report = &answer["testRouter"];
    assert_eq!(report["ok"], false, "{answer:#}");
    assert!(report["error"].as_str().unwrap().contains("same device as hq-gw"), "{answer:#}");
    // Of the router itself that is no news.
    let answer = admin.ask(test, input("hq-gw")).await;
    assert_eq!(answer["testRouter"]["ok"], true, "{answer:#}");
}

//! Accounts of routers that are changed while the router breaks off, restarts or refuses, while somebody is inside, and
//! while the server dies in between: nothing happens twice, and nothing decided is lost.

use crate::{
    cast::{self, ALLOW, BACKSTOP, Cast, desk::Admin},
    steps::{opened, set_router},
};
use sallyport::{
    clock::Clock,
    store::records::{AccountChange, AccountVerb, ChangeState},
};
use sallyport_shared::{
    person::AccountSource,
    reason::Reason,
    session::EndReason,
    time::{Seconds, Timestamp},
};
use serde_json::{Value, json};
use sim::routeros::{Fault, FaultKind, RouterSim, Row};

const CREATE: &str =
    "mutation($r: ID!, $n: String!, $p: String!) { createRouterAccount(routerId: $r, username: $n,
    password: $p) { username enabled } }";
const PASSWORD: &str =
    "mutation($r: ID!, $n: String!, $p: String!) { setRouterAccountPassword(routerId: $r, username: $n,
    password: $p) { username enabled } }";
const DELETE: &str = "mutation($r: ID!, $n: String!) { deleteRouterAccount(routerId: $r, username: $n) }";

async fn managed() -> (Cast, Admin) {
    let (cast, admin) = Cast::with_console().await;
    allow(&admin).await;
    (cast, admin)
}

async fn allow(admin: &Admin) {
    let set =
        "mutation { updateSettings(input: { allowAccountManagement: true }) { allowAccountManagement } }";
    admin.ask(set, json!({})).await;
}

fn of(cast: &Cast, name: &str) -> Value {
    json!({ "r": cast.router_id.to_string(), "n": name, "p": "new password" })
}

/// The one row of an account.
fn only(router: &RouterSim, menu: &str, name: &str) -> Row {
    let key = if menu.starts_with("tool/") { "username" } else { "name" };
    let mut rows: Vec<Row> =
        router.rows(menu).into_iter().filter(|row| row.text(key).as_deref() == Some(name)).collect();
    assert_eq!(rows.len(), 1, "{name}: {rows:#?}");
    rows.remove(0)
}

fn code(answer: &Value) -> Option<&str> {
    answer["errors"][0]["extensions"]["code"].as_str()
}

async fn latest(cast: &Cast, name: &str) -> Option<AccountChange> {
    cast.app.store.read().await.unwrap().latest_account_change(cast.router_id, name).await.unwrap()
}

/// Waits until the journal says so of the last change of the account.
async fn wait_state(cast: &Cast, name: &str, wanted: ChangeState) {
    let mut changes = cast.app.bus.listen();
    let found = tokio::time::timeout(BACKSTOP, async {
        while latest(cast, name).await.is_none_or(|change| change.state != wanted) {
            let _ = changes.recv().await;
        }
    });
    if found.await.is_err() {
        panic!("waited in vain for {wanted:?}: {:#?}", latest(cast, name).await);
    }
}

/// What was announced by a server that was killed before the router answered.
async fn announced(cast: &Cast, name: &str, verb: AccountVerb) {
    let now = cast.app.clock.now();
    let change = AccountChange {
        id: cast.app.clock.new_id(),
        router: cast.router_id,
        username: name.to_owned(),
        source: AccountSource::PppSecret,
        verb,
        actor: "admin:marina".to_owned(),
        state: ChangeState::Announced,
        alive_until: now.plus(Seconds(3)),
    };
    let mut tx = cast.app.store.begin().await.unwrap();
    tx.announce_account_change(&change, now).await.unwrap();
    tx.commit().await.unwrap();
    cast.app.bus.tell(sallyport::bus::Change::Router { id: cast.router_id });
}

async fn audit(admin: &Admin, action: &str) -> Vec<String> {
    let query = "query($a: String!) { auditEvents(filter: { action: $a }) { edges { node { detail } } } }";
    let all = admin.ask(query, json!({ "a": action })).await;
    let edges = all["auditEvents"]["edges"].as_array().unwrap().clone();
    edges.iter().map(|edge| edge["node"]["detail"].as_str().unwrap().to_owned()).collect()
}

/// Whatever becomes of the answer to a write, it was done once.
async fn broken_answers(version: &'static str, menu: &'static str, manager: bool) {
    for kind in [FaultKind::HalfSentence, FaultKind::DropAfter, FaultKind::DropBefore, FaultKind::Reset] {
        let mut builder = RouterSim::builder().version(version).user("sallyport", "secret", "read,write,api");
        if manager {
            builder = builder.user_manager();
        }
        let (cast, admin, _) = Cast::with_console_and(builder.start().await.unwrap()).await;
        let router =
            cast::add_router(&cast.app, cast.router.addr(), sallyport::store::records::RouterMode::Enforce)
                .await;
        allow(&admin).await;
        let account = json!({ "r": router.to_string(), "n": "anna", "p": "new password" });
        let break_next =
            |verb: &str| cast.router.fault(Fault::new(kind.clone()).on(&format!("/{menu}/{verb}")).times(1));
        break_next("add");
        let made = admin.ask(CREATE, account.clone()).await;
        assert_eq!(made["createRouterAccount"]["enabled"], false, "{kind:?}");
        let row = only(&cast.router, menu, "anna");
        assert!(row.is("disabled") && row.text("password").as_deref() == Some("new password"), "{kind:?}");
        break_next("set");
        let mut other = account.clone();
        other["p"] = "other password".into();
        admin.ask(PASSWORD, other).await;
        let row = only(&cast.router, menu, "anna");
        assert_eq!(row.text("password").as_deref(), Some("other password"), "{kind:?}");
        break_next("remove");
        admin.ask(DELETE, account).await;
        assert!(cast.router.rows(menu).is_empty(), "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_answer_ends_in_exactly_one_secret() {
    broken_answers("7.22.3", "ppp/secret", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_answer_ends_in_exactly_one_user_of_user_manager_7() {
    broken_answers("7.22.3", "user-manager/user", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_answer_ends_in_exactly_one_user_of_user_manager_6() {
    broken_answers("6.49.10", "tool/user-manager/user", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_stays_away_is_asked_later_and_making_it_again_finishes_it() {
    let (cast, admin) = managed().await;
    cast.router.fault(Fault::new(FaultKind::DropAfter).on("/ppp/secret/add").times(1));
    cast.router.fault(Fault::new(FaultKind::DropBefore).on("/login"));
    let answer = admin.answer(CREATE, of(&cast, "anna")).await;
    assert_eq!(code(&answer), Some("ROUTER_UNREACHABLE"), "{answer:#}");
    let words = answer["errors"][0]["message"].as_str().unwrap();
    assert!(words.contains("anna") && words.contains("safe"), "{words}");
    let pending = "query($r: ID!) { router(id: $r) { pendingCommands } }";
    let left = admin.ask(pending, json!({ "r": cast.router_id.to_string() })).await;
    assert_eq!(left["router"]["pendingCommands"], 1, "it waits visibly");

    cast.router.clear_faults();
    wait_state(&cast, "anna", ChangeState::Found).await;
    let found = audit(&admin, "router-account.create.found").await;
    assert!(found[0].contains("anna") && found[0].contains("admin:marina"), "{found:?}");
    let mut again = of(&cast, "anna");
    again["p"] = "the second try".into();
    admin.ask(CREATE, again).await;
    let row = only(&cast.router, "ppp/secret", "anna");
    assert!(row.is("disabled") && row.text("password").as_deref() == Some("the second try"));
    let third = admin.answer(CREATE, of(&cast, "anna")).await;
    assert_eq!(code(&third), Some("CONFLICT"), "now it is somebody's doing: {third:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_server_had_begun_is_brought_to_its_end() {
    let (mut cast, admin) = managed().await;
    cast.router.add("ppp/secret", &[("name", "made"), ("disabled", "yes")]).unwrap();
    cast.router.add("ppp/secret", &[("name", "doomed"), ("disabled", "no")]).unwrap();
    announced(&cast, "made", AccountVerb::Create).await;
    announced(&cast, "never", AccountVerb::Create).await;
    announced(&cast, "doomed", AccountVerb::Delete).await;
    announced(&cast, "ivan", AccountVerb::Password).await;
    // Whoever is at work on it is not disturbed.
    let busy = admin.answer(PASSWORD, of(&cast, "ivan")).await;
    assert_eq!(code(&busy), Some("CONFLICT"), "{busy:#}");
    cast.crash_and_restart().await;
    wait_state(&cast, "doomed", ChangeState::Done).await;
    assert!(cast.router.row("ppp/secret", "doomed").is_none());
    wait_state(&cast, "made", ChangeState::Found).await;
    wait_state(&cast, "never", ChangeState::Never).await;
    wait_state(&cast, "ivan", ChangeState::Unknown).await;
    assert!(audit(&admin, "router-account.password.unknown").await[0].contains("set it again"));
    assert!(cast.router.row("ppp/secret", "never").is_none());
    // None of it stands in the way of the next decision.
    for name in ["made", "never"] {
        admin.ask(CREATE, of(&cast, name)).await;
        assert!(only(&cast.router, "ppp/secret", name).is("disabled"));
    }
    admin.ask(PASSWORD, of(&cast, "ivan")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decided_removal_is_not_done_on_a_router_that_is_only_watched_by_then() {
    let (mut cast, admin) = managed().await;
    set_router(&cast, &admin, json!({ "mode": "OBSERVE" })).await;
    announced(&cast, "olga", AccountVerb::Delete).await;
    let before = cast.router.writes();
    cast.crash_and_restart().await;
    wait_state(&cast, "olga", ChangeState::Refused).await;
    assert_eq!(cast.router.writes(), before, "not one write");
    assert!(cast.router.row("ppp/secret", "olga").is_some());
    let told = not_removed(&cast).await.expect("whoever decided it does not wait for the answer");
    assert!(told.0.contains("only watched"), "{told:?}");
    for mutation in [CREATE, PASSWORD, DELETE] {
        assert_eq!(code(&admin.answer(mutation, of(&cast, "olga")).await), Some("CONFLICT"));
    }
    assert_eq!(cast.router.writes(), before, "not one write");
    let gone = "mutation($id: ID!) { deleteRouter(id: $id) }";
    admin.ask(gone, json!({ "id": cast.router_id.to_string() })).await;
    assert_eq!(not_removed(&cast).await, None, "with its router it is nobody's concern");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_inside_is_out_before_the_account_is_gone() {
    let (cast, admin) = managed().await;
    let (account, tunnel) = opened(&cast).await;
    let flow = cast.router.open_flow(&tunnel, ("192.0.2.80".parse().unwrap(), 443), true);
    let before = cast.router.commands();
    admin.ask(DELETE, of(&cast, "ivan")).await;
    assert!(cast.router.row("ppp/secret", "ivan").is_none());
    assert!(cast.router.tunnels().is_empty() && cast.router.address_list(ALLOW).is_empty());
    assert!(
        cast.router.rows("ip/firewall/connection").iter().all(|row| row.id != flow),
        "what it had open is ended"
    );
    let journal = cast.router.journal();
    let first = |command: &str| {
        let entry = journal.iter().find(|entry| entry.number > before && entry.command == command);
        entry.unwrap_or_else(|| panic!("no {command}: {journal:#?}")).number
    };
    let order = [
        "/ip/firewall/address-list/remove",
        "/ppp/secret/disable",
        "/ppp/active/remove",
        "/ppp/secret/remove",
    ];
    assert!(
        order.map(first).is_sorted(),
        "permission, account, tunnel, and last the row: {:?}",
        order.map(first)
    );
    let session = cast.wait_session("the end to be told", |session| session.end_told).await;
    assert_eq!(session.end_reason, Some(EndReason::AccountRemoved));
    let record = cast.app.store.read().await.unwrap().account(account).await.unwrap().unwrap();
    assert!(record.removed_at.is_some(), "it belongs to nobody");
    assert!(cast.router.connect("ivan", "l2tp", "203.0.113.7").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_the_router_refuses_leaves_the_account_closed() {
    let (cast, admin) = managed().await;
    let (account, _) = opened(&cast).await;
    let no = FaultKind::Trap { message: "failure: configuration flagged, check log".to_owned() };
    cast.router.fault(Fault::new(no).on("/ppp/secret/remove").times(1));
    let refused = admin.answer(DELETE, of(&cast, "ivan")).await;
    assert_eq!(code(&refused), Some("ROUTER_REFUSED"), "{refused:#}");
    assert_eq!(
        refused["errors"][0]["extensions"]["routerMessage"],
        "failure: configuration flagged, check log"
    );
    assert!(only(&cast.router, "ppp/secret", "ivan").is("disabled"));
    assert!(cast.router.tunnels().is_empty() && cast.router.address_list(ALLOW).is_empty());
    let scene = cast.app.store.read().await.unwrap().scene(account).await.unwrap().unwrap();
    assert!(scene.linked && scene.account.suspended, "out of use, and whose it was is not forgotten");
    assert_eq!(latest(&cast, "ivan").await.unwrap().state, ChangeState::Refused);
    admin.ask(DELETE, of(&cast, "ivan")).await;
    assert!(cast.router.row("ppp/secret", "ivan").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_lets_nothing_be_written_says_so_and_has_no_account() {
    let (cast, admin) = managed().await;
    cast.router.set_rights("sallyport", "read,api").unwrap();
    let refused = admin.answer(CREATE, of(&cast, "anna")).await;
    assert_eq!(code(&refused), Some("ROUTER_REFUSED"), "{refused:#}");
    assert_eq!(refused["errors"][0]["extensions"]["routerMessage"], "not enough permissions (9)");
    assert!(cast.router.row("ppp/secret", "anna").is_none());
    assert_eq!(latest(&cast, "anna").await.unwrap().state, ChangeState::Refused);
    cast.router.set_rights("sallyport", "read,write,api").unwrap();
    admin.ask(CREATE, of(&cast, "anna")).await;
    assert!(only(&cast.router, "ppp/secret", "anna").is("disabled"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_may_have_been_done_is_not_called_refused_because_it_cannot_be_gone_on_with() {
    let (cast, admin) = managed().await;
    // The router got it and does not answer; meanwhile somebody takes the permission away.
    cast.router.fault(Fault::new(FaultKind::Hang).on("/ppp/secret/set").times(1));
    let forbid = async {
        cast.router.wait_for(|entry| entry.command == "/ppp/secret/set").await.unwrap();
        let set = "mutation { updateSettings(input: { allowAccountManagement: false }) { allowAccountManagement } }";
        admin.ask(set, json!({})).await;
        cast.router.break_connections();
    };
    let (answer, ()) = tokio::join!(admin.answer(PASSWORD, of(&cast, "ivan")), forbid);
    assert_eq!(code(&answer), Some("ROUTER_UNREACHABLE"), "{answer:#}");
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("old or the new"), "{answer:#}");
    wait_state(&cast, "ivan", ChangeState::Unknown).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_before_the_answer_was_lost_is_found_whatever_is_refused_afterwards() {
    let (cast, admin) = managed().await;
    cast.router.fault(Fault::new(FaultKind::DropAfter).on("/ppp/secret/add").times(1));
    let no = FaultKind::Trap { message: "not enough permissions (9)".to_owned() };
    cast.router.fault(Fault::new(no).on("/ppp/secret/set"));
    let answer = admin.answer(CREATE, of(&cast, "anna")).await;
    assert_eq!(code(&answer), Some("ROUTER_UNREACHABLE"), "{answer:#}");
    assert!(only(&cast.router, "ppp/secret", "anna").is("disabled"));
    wait_state(&cast, "anna", ChangeState::Found).await;
    cast.router.clear_faults();
    admin.ask(CREATE, of(&cast, "anna")).await;
    assert!(only(&cast.router, "ppp/secret", "anna").is("disabled"), "finished, not made twice");
}

/// Why an account that was to be removed is still there, and whether it is on, as administrators are told.
async fn not_removed(cast: &Cast) -> Option<(String, bool)> {
    let open = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
    open.into_iter().find_map(|open| match open.alert.detail {
        Reason::NotRemoved { said, on, .. } => Some((said, on)),
        _ => None,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_is_refused_after_its_answer_was_lost_leaves_it_closed_and_says_so() {
    const NO: &str = "failure: configuration flagged, check log";
    let (cast, admin) = managed().await;
    let (account, _) = opened(&cast).await;
    cast.router.fault(Fault::new(FaultKind::DropBefore).on("/ppp/secret/remove").times(1));
    cast.router.fault(Fault::new(FaultKind::Trap { message: NO.to_owned() }).on("/ppp/secret/remove"));
    let answer = admin.answer(DELETE, of(&cast, "ivan")).await;
    assert_eq!(code(&answer), Some("ROUTER_UNREACHABLE"), "{answer:#}");
    wait_state(&cast, "ivan", ChangeState::Refused).await;
    assert!(only(&cast.router, "ppp/secret", "ivan").is("disabled"), "nobody has allowed it since");
    let said = audit(&admin, "router-account.delete.refused").await;
    assert!(said[0].contains(NO) && said[0].contains("still there, and stays closed"), "{said:?}");
    assert_eq!(not_removed(&cast).await, Some((NO.to_owned(), false)), "nobody waits for the answer");
    let scene = cast.app.store.read().await.unwrap().scene(account).await.unwrap().unwrap();
    assert!(scene.linked && scene.account.suspended);
    // Decided again, it is done, and nothing waits for a human any more.
    cast.router.clear_faults();
    admin.ask(DELETE, of(&cast, "ivan")).await;
    assert!(cast.router.row("ppp/secret", "ivan").is_none());
    assert_eq!(not_removed(&cast).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_was_done_before_its_answer_was_lost_is_done_whatever_is_refused_afterwards() {
    let (cast, admin) = managed().await;
    let (_, _, account) = cast.person(101, "Ivan", "ivan").await;
    cast.router.fault(Fault::new(FaultKind::DropAfter).on("/ppp/secret/remove").times(1));
    cast.router.fault(Fault::new(FaultKind::DropBefore).on("/login"));
    let answer = admin.answer(DELETE, of(&cast, "ivan")).await;
    assert_eq!(code(&answer), Some("ROUTER_UNREACHABLE"), "{answer:#}");
    assert!(cast.router.row("ppp/secret", "ivan").is_none());
    // By the time it is looked into, nothing is written to the router any more.
    set_router(&cast, &admin, json!({ "mode": "OBSERVE" })).await;
    cast.router.clear_faults();
    wait_state(&cast, "ivan", ChangeState::Done).await;
    let said = audit(&admin, "router-account.delete.done").await;
    assert!(said[0].contains("only watched") && said[0].contains("gone all the same"), "{said:?}");
    let record = cast.app.store.read().await.unwrap().account(account).await.unwrap().unwrap();
    assert!(record.removed_at.is_some(), "it belongs to nobody");
    assert_eq!(not_removed(&cast).await, None);
}

/// The journal's last change is the last one, also of several within a millisecond.
#[tokio::test(flavor = "multi_thread")]
async fn changes_of_one_moment_stay_in_their_order() {
    let router = cast::router_sim().await;
    let noon = Timestamp::from_micros(1_795_345_500_000_000);
    let (cast, admin) = Cast::with_console_at(router, Clock::manual(noon)).await;
    allow(&admin).await;
    for _ in 0..4 {
        for (mutation, verb) in
            [(CREATE, AccountVerb::Create), (PASSWORD, AccountVerb::Password), (DELETE, AccountVerb::Delete)]
        {
            admin.ask(mutation, of(&cast, "anna")).await;
            let last = latest(&cast, "anna").await.unwrap();
            assert_eq!((last.verb, last.state), (verb, ChangeState::Done));
        }
    }
}

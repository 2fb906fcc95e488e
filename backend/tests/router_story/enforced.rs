//! What the server keeps so on a router, and takes away again: entries, rules, accounts, bans, connections.

use crate::{
    cast::{ALLOW, BACKSTOP, Cast, is_comparison_of_lists, is_look, looks},
    steps::{answer, bind, boxed, drifts, granted, is_open, opened, set_router, wait_drift},
};
use sallyport_shared::session::{Answer, CloseReason, Event, SessionState};
use serde_json::json;
use sim::routeros::{Fault, FaultKind, JournalEntry};
use std::{collections::BTreeSet, net::Ipv4Addr, time::Duration};

const SERVER: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 168, 1, 10), 443);
const BANNED: &str = "2fa-banned";

/// The commands of each of the last looks. The traffic is counted in rounds of its own, and so are the doctor's visits: over the
/// same connection, but not during every look.
fn commands_of_looks(cast: &Cast) -> BTreeSet<Vec<String>> {
    const OF_TRAFFIC: [&str; 2] = ["/interface/print", "/ip/address/print"];
    let journal = cast.router.journal();
    let begins: Vec<&JournalEntry> = journal.iter().filter(|entry| is_look(entry)).collect();
    let last = &begins[begins.len() - 9..];
    let of_looks = last.windows(2).map(|look| {
        let within = journal.iter().filter(|entry| (look[0].number..look[1].number).contains(&entry.number));
        let own = within.filter(|entry| entry.connection == look[0].connection);
        own.map(|entry| entry.command.clone()).filter(|command| !OF_TRAFFIC.contains(&&**command)).collect()
    });
    of_looks.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_enabled_by_hand_is_mended_within_two_looks_beside_a_wish_that_is_stuck() {
    let (cast, admin) = Cast::with_console().await;
    // Olga's tunnel cannot be cut: that wish waits for ever.
    let refusal = FaultKind::Trap { message: "failure: busy".to_owned() };
    cast.router.fault(Fault::new(refusal).on("/ppp/active/remove"));
    cast.router.set("ppp/secret", "olga", &[("disabled", "no")]).unwrap();
    cast.router.connect("olga", "sstp", "198.51.100.1").unwrap();
    let (_, _, account) = cast.person(101, "Ivan", "ivan").await;
    let rule = bind(&cast, &admin, account, "2FA ivan").await;
    cast.router.wait_for(|entry| entry.command == "/ppp/active/remove").await.unwrap();
    looks(&cast.router, 1).await;
    for (menu, row) in [("ppp/secret", "ivan"), ("ip/firewall/filter", rule.as_str())] {
        let from = cast.router.commands();
        cast.router.set(menu, row, &[("disabled", "no")]).unwrap();
        cast.wait_router("the edit to be mended", |router| {
            router.row(menu, row).is_some_and(|row| row.is("disabled"))
        })
        .await;
        let journal = cast.router.journal();
        let disable = format!("/{menu}/disable");
        let mended = journal.iter().find(|entry| entry.number > from && entry.command == disable);
        let mended = mended.expect("it was mended").number;
        let begun =
            journal.iter().filter(|entry| (from + 1..mended).contains(&entry.number) && is_look(entry));
        let begun = begun.count();
        assert!(begun <= 2, "{menu}: {begun} looks");
    }
    assert_eq!(cast.router.tunnels().len(), 1, "still stuck");
    wait_drift(&cast, "The account ivan was found enabled").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_takes_as_many_commands_for_hundreds_of_tunnels_as_for_ten() {
    let taken = async |tunnels: usize| {
        let (cast, admin) = Cast::with_console().await;
        let (_, _, account) = cast.person(101, "Ivan", "ivan").await;
        bind(&cast, &admin, account, "2FA ivan").await;
        // Only watched, so that they stay.
        set_router(&cast, &admin, json!({ "mode": "OBSERVE" })).await;
        cast.router.populate(tunnels).unwrap();
        cast.wait_router("them all to be seen", |_| cast.app.fleet.tunnels(cast.router_id).len() == tunnels)
            .await;
        looks(&cast.router, 10).await;
        commands_of_looks(&cast)
    };
    let (of_10, of_300) = tokio::join!(taken(10), taken(300));
    // Accounts and rules take turns: with the rules comes a table of IPv6, with the accounts the raw table, and with every
    // other turn of these one of what hardly anybody changes.
    for (turn, others) in [
        (["/ip/firewall/filter/print", "/ipv6/firewall/filter/print"], 0),
        (["/ppp/secret/print", "/ip/firewall/raw/print"], 1),
        (["/ip/firewall/filter/print", "/ipv6/firewall/raw/print"], 0),
        (["/ppp/secret/print", "/ip/firewall/raw/print"], 0),
    ] {
        let mut look = vec!["/ppp/active/print", "/ip/firewall/address-list/print"];
        look.extend(turn);
        let is_it =
            |seen: &Vec<String>| seen.len() == look.len() + others && look.iter().eq(&seen[..look.len()]);
        assert!(
            of_10.iter().any(is_it) && of_300.iter().any(is_it),
            "{look:?} and {others}: {of_10:#?} {of_300:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_confirms_during_a_look_does_not_wait_for_the_rest_of_it() {
    let cast = Cast::assemble().await;
    let (account, _) = boxed(&cast).await;
    // The doctor's first visit reads the tunnels as well; this only the doctor asks for.
    cast.router.wait_for(|entry| entry.command == "/ip/dns/print").await.unwrap();
    looks(&cast.router, 1).await;
    let before = cast.router.commands();
    cast.router.fault(Fault::slow(Duration::from_secs(1)).on("/ppp/active/print").times(1));
    let look = cast.router.wait_for(|entry| entry.number > before && is_look(entry)).await.unwrap();
    assert_eq!(cast.router.pending_faults(), 0, "it is this look that takes its time");
    answer(&cast, account, Answer::Confirm).await;
    let entry = cast
        .router
        .wait_for(|entry| entry.number > before && entry.command == "/ip/firewall/address-list/add")
        .await
        .unwrap();
    let journal = cast.router.journal();
    let mut between = journal.iter().filter(|other| (look.number..entry.number).contains(&other.number));
    assert!(!between.any(is_comparison_of_lists), "{journal:#?}");
    cast.wait_session("the door to be open", is_open).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_outlives_its_time_while_the_server_runs_however_seldom_it_polls() {
    let (cast, admin) = Cast::with_console().await;
    set_router(&cast, &admin, json!({ "allowSeconds": 9, "pollSeconds": 60 })).await;
    let (_, tunnel) = opened(&cast).await;
    let mut renewed = cast.router.commands();
    for _ in 0..3 {
        let entry = cast
            .router
            .wait_for(|e| e.number > renewed && e.command == "/ip/firewall/address-list/set")
            .await
            .unwrap();
        renewed = entry.number;
        assert_eq!(cast.router.address_list(ALLOW), [tunnel.address.to_string()]);
    }
    let added = cast.router.journal().iter().filter(|e| e.command == "/ip/firewall/address-list/add").count();
    assert_eq!(added, 1, "it was there throughout");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wish_that_was_put_off_is_tried_at_its_time_not_at_the_next_poll() {
    let (cast, admin) = Cast::with_console().await;
    set_router(&cast, &admin, json!({ "allowSeconds": 600, "pollSeconds": 600 })).await;
    let (account, _) = opened(&cast).await;
    let refusal = FaultKind::Trap { message: "failure: busy".to_owned() };
    cast.router.fault(Fault::new(refusal).on("/ppp/active/remove").times(2));
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    cast.wait_session("the end to be told", |session| session.end_told).await;
    assert!(cast.router.tunnels().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_entry_of_a_dead_server_lapses() {
    let (mut cast, admin) = Cast::with_console().await;
    set_router(&cast, &admin, json!({ "allowSeconds": 3, "pollSeconds": 60 })).await;
    let (_, tunnel) = opened(&cast).await;
    for rule in [
        [("action", "accept"), ("src-address-list", ALLOW)],
        [("action", "drop"), ("in-interface", "all-ppp")],
    ] {
        let rule = [&[("chain", "forward")], rule.as_slice()].concat();
        cast.router.add("ip/firewall/filter", &rule).unwrap();
    }
    let packet = sim::routeros::Packet::new(tunnel.address, SERVER.0).arriving_by(&tunnel.interface);
    assert!(cast.router.would_pass(&packet).passes, "inside");
    cast.kill().await;
    cast.router.advance(Duration::from_secs(4));
    assert!(cast.router.address_list(ALLOW).is_empty(), "nobody renews it");
    assert!(!cast.router.would_pass(&packet).passes, "the box holds");
}

/// The order in which commands that change something were received after `from`.
fn changes(cast: &Cast, from: u64) -> Vec<String> {
    let journal = cast.router.journal();
    journal.iter().filter(|e| e.number > from && e.write).map(|e| e.command.clone()).collect()
}

async fn ended_with_flows(cast: &Cast, before_the_end: impl FnOnce(&Cast)) -> Vec<String> {
    let (account, tunnel) = opened(cast).await;
    let _flow = cast.router.open_flow(&tunnel, SERVER, true);
    before_the_end(cast);
    let from = cast.router.commands();
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    let told = cast.wait_session("the end to be told", |session| session.end_told).await;
    let left = cast.router.rows("ip/firewall/connection");
    assert!(left.is_empty(), "told, but {left:?} is open: {told:#?}");
    changes(cast, from)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_takes_permission_then_the_tunnel_then_what_it_had_open() {
    for version in ["7.22.3", "6.49.10"] {
        let (cast, _) = Cast::with_console_on(version).await;
        let order = ended_with_flows(&cast, |_| {}).await;
        let expected = [
            "/ip/firewall/address-list/remove",
            "/ppp/secret/disable",
            "/ppp/active/remove",
            "/ip/firewall/connection/remove",
        ];
        assert_eq!(order, expected, "RouterOS {version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_open_is_cut_also_when_the_entry_is_gone_already_or_the_tunnel_stays() {
    let lapsed = Cast::assemble().await;
    ended_with_flows(&lapsed, |cast| {
        // It cannot be put back before the end.
        let refusal = FaultKind::Trap { message: "failure: busy".to_owned() };
        cast.router.fault(Fault::new(refusal).on("/ip/firewall/address-list/add"));
        let list = cast.router.rows("ip/firewall/address-list");
        let entry = list.iter().find(|row| row.text("list").as_deref() == Some(ALLOW)).expect("an entry");
        cast.router.remove("ip/firewall/address-list", &entry.id).unwrap();
    })
    .await;
    let kept = Cast::assemble().await;
    kept.policy(|policy| policy.cut_at_end = false).await;
    ended_with_flows(&kept, |_| {}).await;
    assert_eq!(kept.router.tunnels().len(), 1, "the policy does not cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_that_was_never_inside_costs_no_walk_through_the_connections() {
    let cast = Cast::assemble().await;
    let (account, _) = boxed(&cast).await;
    answer(&cast, account, Answer::NotMe).await;
    cast.wait_session("the end to be told", |session| session.end_told).await;
    let walks = cast.router.journal().iter().filter(|e| e.command == "/ip/firewall/connection/print").count();
    assert_eq!(walks, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banned_caller_who_gets_in_is_cut_without_a_word_and_the_ban_is_put_back() {
    let cast = Cast::assemble().await;
    let (account, _) = boxed(&cast).await;
    let (olga, _, hers) = cast.person(102, "Olga", "olga").await;
    olga.send("/start").await;
    crate::cast::desk::said(&olga, "").await;
    answer(&cast, account, Answer::NotMe).await;
    cast.wait_session("the end to be told", |session| session.end_told).await;
    assert_eq!(cast.router.address_list(BANNED), ["203.0.113.7"]);
    // By hand the ban goes, and comes back.
    let list = cast.router.rows("ip/firewall/address-list");
    let entry = list.iter().find(|row| row.text("list").as_deref() == Some(BANNED)).expect("an entry");
    cast.router.remove("ip/firewall/address-list", &entry.id).unwrap();
    cast.wait_router("the ban to be back", |router| router.address_list(BANNED) == ["203.0.113.7"]).await;
    assert!(wait_drift(&cast, "The ban of 203.0.113.7 was missing").await.1);
    // This router has no rule for the list: the caller gets in with another account.
    cast.happen(hers, Event::Ask { by: Cast::admin_actor("story"), seconds: None }).await.unwrap();
    cast.wait_session("her access", |session| session.account == hers && session.account_ready).await;
    crate::cast::desk::said(&olga, "You can connect now").await;
    let told = olga.messages().len();
    cast.router.connect("olga", "l2tp", "203.0.113.7").unwrap();
    cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
    let session = cast.sessions().await.into_iter().find(|session| session.account == hers).unwrap();
    assert_eq!((session.state, session.connections.len()), (SessionState::Granted, 0), "nothing was counted");
    wait_drift(&cast, "its address is banned").await;
    // From elsewhere she is asked as ever, and that is the next that she hears.
    cast.router.connect("olga", "l2tp", "203.0.113.9").unwrap();
    crate::cast::desk::said(&olga, "Is it you who just connected").await;
    assert_eq!(olga.messages().len(), told + 1, "not a word of the other: {:#?}", olga.messages());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_found_on_a_router_on_which_nothing_was_changed() {
    let cast = Cast::assemble().await;
    granted(&cast).await;
    let looked = tokio::time::timeout(BACKSTOP, looks(&cast.router, 3)).await;
    assert!(looked.is_ok());
    assert_eq!(drifts(&cast).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_with_somebody_inside_is_not_switched_off() {
    let (cast, admin) = Cast::with_console().await;
    let (account, _) = opened(&cast).await;
    let change = "mutation($id: ID!) { updateRouter(id: $id, input: { enabled: false }) { state } }";
    let off = json!({ "id": cast.router_id.to_string() });
    let refused = admin.answer(change, off.clone()).await;
    assert!(
        refused["errors"][0]["message"].as_str().unwrap().contains("end those sessions first"),
        "{refused:#}"
    );
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    cast.wait_session("the end to be told", |session| session.end_told).await;
    admin.ask(change, off).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_blocked_deleted_or_unlinked_is_really_out() {
    for what in [
        "mutation($u: ID!) { blockUser(id: $u, reason: \"left\") { id } }",
        "mutation($u: ID!) { deleteUser(id: $u) }",
        "mutation($a: ID!) { unlinkAccount(id: $a) { id } }",
    ] {
        let (cast, admin) = Cast::with_console().await;
        let (account, tunnel) = opened(&cast).await;
        bind(&cast, &admin, account, "2FA ivan").await;
        cast.wait_router("the rule to be on", |router| !router.rows("ip/firewall/filter")[0].is("disabled"))
            .await;
        let _flow = cast.router.open_flow(&tunnel, SERVER, true);
        let user = cast.sessions().await.pop().unwrap().user;
        admin.ask(what, json!({ "u": user.to_string(), "a": account.to_string() })).await;
        cast.wait_session("the end", |session| session.state == SessionState::Ended).await;
        cast.wait_router(what, |router| {
            router.tunnels().is_empty()
                && router.address_list(ALLOW).is_empty()
                && router.rows("ip/firewall/connection").is_empty()
                && router.rows("ip/firewall/filter")[0].is("disabled")
                && router.row("ppp/secret", "ivan").is_some_and(|row| row.is("disabled"))
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_cut_closes_first_and_leaves_the_session() {
    let (cast, admin) = Cast::with_console().await;
    let (_, tunnel) = opened(&cast).await;
    looks(&cast.router, 1).await;
    let from = cast.router.commands();
    let cut = "mutation($r: ID!, $t: String!) { disconnectTunnel(routerId: $r, routerSessionId: $t) }";
    admin.ask(cut, json!({ "r": cast.router_id.to_string(), "t": tunnel.session_id })).await;
    cast.wait_router("the tunnel to be cut", |router| router.tunnels().is_empty()).await;
    assert_eq!(changes(&cast, from)[0], "/ip/firewall/address-list/remove", "closed first");
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.state, SessionState::Granted, "it goes on");
    assert_eq!(session.connections[0].close_reason, Some(CloseReason::EndedByAdmin));
}

#[tokio::test(flavor = "multi_thread")]
async fn confirming_for_somebody_takes_a_reason_and_open_is_what_the_last_look_showed() {
    let (cast, admin) = Cast::with_console().await;
    boxed(&cast).await;
    let connection = cast.sessions().await.pop().unwrap().connections[0].id.to_string();
    let confirm = "mutation($c: ID!, $r: String!) { confirmConnection(id: $c, reason: $r) { id } }";
    let refused = admin.answer(confirm, json!({ "c": connection, "r": "  " })).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "VALIDATION", "{refused:#}");
    assert_eq!(refused["errors"][0]["extensions"]["field"], "reason");
    admin.ask(confirm, json!({ "c": connection, "r": "by phone" })).await;
    cast.wait_session("the door to be open", is_open).await;
    let open = async || {
        let query = "{ sessions { edges { node { connections { open } } } } }";
        let data = admin.ask(query, json!({})).await;
        data["sessions"]["edges"][0]["node"]["connections"][0]["open"] == json!(true)
    };
    assert!(open().await);
    // Somebody takes the entry away, and it cannot be put back.
    let refusal = FaultKind::Trap { message: "failure: busy".to_owned() };
    cast.router.fault(Fault::new(refusal).on("/ip/firewall/address-list/add"));
    let list = cast.router.rows("ip/firewall/address-list");
    let entry = list.iter().find(|row| row.text("list").as_deref() == Some(ALLOW)).expect("an entry");
    cast.router.remove("ip/firewall/address-list", &entry.id).unwrap();
    looks(&cast.router, 1).await;
    assert!(!open().await, "not as it was once read back");
    assert!(!wait_drift(&cast, "The allow entry of ivan was missing").await.1);
    cast.router.clear_faults();
    cast.wait_router("the entry to be back", |router| router.address_list(ALLOW).len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn push_is_taken_up_again_after_a_router_gave_it_up() {
    let cast = Cast::assemble().await;
    let push = async |wanted: bool| {
        cast.wait_status(cast.router_id, &format!("push: {wanted}"), |status| status.push == wanted).await;
    };
    push(true).await;
    cast.router.refuse().await;
    cast.router.break_connections();
    push(false).await;
    cast.router.accept().await;
    push(true).await;
}

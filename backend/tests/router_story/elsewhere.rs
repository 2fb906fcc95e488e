//! Tunnels that another router has for accounts of this one's User Manager, for both editions: recognised, never taken for
//! the router's own, and ended; what cannot be ended is told to operators, and its account disabled.

use crate::cast::{
    self, BACKSTOP, Cast, SANDBOX, add_polled_router, add_router, desk::Admin, is_comparison_of_lists, looks,
};
use sallyport::{
    bus::{Change, ChangeKind},
    clock::Clock,
    store::records::{RouterMode, RouterState},
};
use sallyport_shared::{
    session::EndReason,
    time::{Seconds, Timestamp},
};
use serde_json::json;
use sim::routeros::{Builder, Fault, FaultKind, JournalEntry, RouterSim};
use std::{net::Ipv4Addr, time::Duration};

const NAS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 9);
const THERE: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 5);
const CALLER: &str = "203.0.113.7";
const VERSIONS: [&str; 2] = ["7.24.5", "6.49.18"];

/// A router with a User Manager: `ivan` in it, and a secret `olga`.
async fn router(version: &str) -> RouterSim {
    furnished(version).start().await.expect("the router starts")
}

fn furnished(version: &str) -> Builder {
    let builder = RouterSim::builder().version(version).user_manager();
    let user: &[(&str, &str)] = &[("name", "ivan"), ("attributes", "Mikrotik-Group:vpn")];
    let user6: &[(&str, &str)] = &[("customer", "admin"), ("username", "ivan")];
    let builder = if version.starts_with('7') {
        builder.row("user-manager/user", user)
    } else {
        builder.row("tool/user-manager/user", user6)
    };
    builder
        .user("sallyport", "secret", "read,write,api")
        .row(
            "ppp/profile",
            &[
                ("name", "vpn"),
                ("local-address", "10.8.0.1"),
                ("remote-address", "vpn"),
                ("address-list", SANDBOX),
            ],
        )
        .row("ppp/secret", &[("name", "olga"), ("profile", "vpn")])
}

async fn cast(version: &str) -> (Cast, Admin) {
    cast_with(router(version).await).await
}

async fn cast_with(router: RouterSim) -> (Cast, Admin) {
    let (mut cast, admin, _) = Cast::with_console_and(router).await;
    cast.router_id = add_router(&cast.app, cast.router.addr(), RouterMode::Enforce).await;
    always(&cast).await;
    (cast, admin)
}

async fn always(cast: &Cast) {
    cast.policy(|policy| policy.access_mode = sallyport_shared::policy::AccessMode::Always).await;
}

/// Waits until the sessions have been read so often from now on, and what was read was decided about.
async fn sessions_read(cast: &Cast, times: usize) {
    let mut seen = cast.router.commands();
    let is_reading = |entry: &JournalEntry| entry.command == "/user-manager/session/print";
    for _ in 0..times {
        seen = cast.router.wait_for(|entry| entry.number > seen && is_reading(entry)).await.unwrap().number;
    }
    // What is decided is done within the look.
    looks(&cast.router, 1).await;
}

/// The menu of the User Manager's users.
fn users(version: &str) -> &'static str {
    if version.starts_with('7') { "user-manager/user" } else { "tool/user-manager/user" }
}

fn user_enabled(router: &RouterSim, version: &str) -> bool {
    router.row(users(version), "ivan").is_some_and(|row| !row.is("disabled"))
}

/// The drifts of the router, the newest first.
async fn drifts(cast: &Cast) -> Vec<String> {
    let mut tx = cast.app.store.read().await.unwrap();
    let all = tx.recent_drifts(&[cast.router_id], 100).await.unwrap().remove(&cast.router_id);
    all.unwrap_or_default().into_iter().map(|drift| drift.what.to_string()).collect()
}

/// What waits for a human about another router.
async fn told(admin: &Admin) -> Vec<String> {
    let data = admin.ask("{ attention { kind detail } }", json!({})).await;
    let items = data["attention"].as_array().unwrap().iter();
    let drift = items.filter(|item| item["kind"] == "DRIFT");
    drift.filter_map(|item| item["detail"].as_str().map(str::to_owned)).collect()
}

/// Waits until it is so.
async fn until<T>(cast: &Cast, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let mut news = cast.app.bus.listen();
    let waiting = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            let _ = news.recv().await;
        }
    };
    match tokio::time::timeout(BACKSTOP, waiting).await {
        Ok(found) => found,
        Err(_) => panic!("waited in vain for {what}: {:#?}", cast.router.journal()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_at_another_router_is_ended_by_the_user_manager() {
    for version in VERSIONS {
        let (cast, admin) = cast(version).await;
        let (_, _, _) = cast.person(101, "Ivan", "ivan").await;
        cast.router.connect_elsewhere("ivan", NAS, CALLER, THERE).unwrap();
        let gone = cast.router.wait_until(|state| state.tunnels_elsewhere().is_empty()).await;
        assert!(gone.is_ok(), "{version}: {:#?}", cast.router.journal());
        let found = until(&cast, "the drift", async || drifts(&cast).await.pop()).await;
        assert!(found.contains("ivan at another router (192.0.2.9), from 203.0.113.7"), "{found}");
        assert!(user_enabled(&cast.router, version), "its owner may come in here, where they are asked");
        assert!(told(&admin).await.is_empty());
        assert!(cast.sessions().await.is_empty(), "it is no tunnel of this router");
        assert!(cast.router.address_list(cast::ALLOW).is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_router_does_not_end_is_told_and_its_account_disabled() {
    for version in VERSIONS {
        let (cast, admin) = cast(version).await;
        let (_, _, account) = cast.person(101, "Ivan", "ivan").await;
        cast.router.deaf_elsewhere(true);
        let row = cast.router.connect_elsewhere("ivan", NAS, CALLER, THERE).unwrap();
        let said = until(&cast, "the alert", async || told(&admin).await.pop()).await;
        assert!(said.contains("/radius incoming set accept=yes") && said.contains("192.0.2.9"), "{said}");
        assert!(!user_enabled(&cast.router, version), "{version}: nobody comes in anew");
        assert!(cast.router.connect_elsewhere("ivan", NAS, CALLER, THERE).is_err());
        let scene = cast.app.store.read().await.unwrap().scene(account).await.unwrap().unwrap();
        assert!(scene.account.suspended, "it is not enabled again by itself");

        // The tunnel ends by itself: nothing is left to be done about it.
        cast.router.report_elsewhere(&row, true);
        until(&cast, "the alert to be settled", async || told(&admin).await.is_empty().then_some(())).await;
        assert!(!user_enabled(&cast.router, version), "an administrator enables it");
        let enable = "mutation($r: ID!) { setRouterAccountEnabled(routerId: $r, username: \"ivan\", enabled: true) { enabled } }";
        admin.ask(enable, json!({ "r": cast.router_id.to_string() })).await;
        let on = cast
            .router
            .wait_until(|state| state.row(users(version), "ivan").is_some_and(|row| !row.is("disabled")))
            .await;
        assert!(on.is_ok(), "{version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_routers_own_tunnels_are_not_taken_for_anothers() {
    let (cast, admin) = cast("7.24.5").await;
    cast.person(101, "Ivan", "ivan").await;
    let tunnel = cast.router.connect("ivan", "l2tp", CALLER).expect("the User Manager lets him in");
    cast.wait_session("the question", |session| session.live_connections().next().is_some()).await;
    // One elsewhere with the same name, caller and address: it goes, and the own one stays.
    cast.router.connect_elsewhere("ivan", NAS, CALLER, tunnel.address).unwrap();
    let gone = cast.router.wait_until(|state| state.tunnels_elsewhere().is_empty()).await;
    assert!(gone.is_ok(), "{:#?}", cast.router.journal());
    assert_eq!(cast.router.tunnels().len(), 1, "the own tunnel stays");
    assert!(cast.sessions().await[0].live_connections().next().is_some());
    assert!(told(&admin).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_left_over_record_is_no_tunnel_and_a_hotspots_guest_no_vpn() {
    let nas = NAS.to_string();
    let left_over = [
        ("user", "ivan"),
        ("nas-ip-address", nas.as_str()),
        ("acct-session-id", "80000001"),
        ("status", "start,interim"),
        ("last-accounting-packet", "2026-01-01 00:00:00"),
    ];
    let guest = [
        ("user", "guest"),
        ("nas-ip-address", nas.as_str()),
        ("acct-session-id", "80000002"),
        ("nas-port-type", "Wireless-802.11"),
    ];
    let builder = furnished("7.24.5");
    let builder = builder.row("user-manager/session", &left_over).row("user-manager/session", &guest);
    let (cast, admin) = cast_with(builder.start().await.unwrap()).await;
    cast.person(101, "Ivan", "ivan").await;
    assert_eq!(cast.router.tunnels_elsewhere().len(), 2);
    let live = cast.router.connect_elsewhere("ivan", NAS, CALLER, THERE).unwrap();
    // The same look sees all three.
    let gone = cast.router.wait_until(|state| !state.tunnels_elsewhere().contains(&live)).await;
    assert!(gone.is_ok(), "{:#?}", cast.router.journal());
    assert_eq!(cast.router.tunnels_elsewhere().len(), 2, "the others are not touched");
    until(&cast, "the drift", async || drifts(&cast).await.pop()).await;
    assert_eq!(drifts(&cast).await.len(), 1);
    assert!(user_enabled(&cast.router, "7.24.5") && told(&admin).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observed_router_is_only_looked_at() {
    let (mut cast, _, _) = Cast::with_console_and(router("7.24.5").await).await;
    cast.router_id = add_router(&cast.app, cast.router.addr(), RouterMode::Observe).await;
    cast.router.connect_elsewhere("ivan", NAS, CALLER, THERE).unwrap();
    let found = until(&cast, "the drift", async || drifts(&cast).await.pop()).await;
    assert!(found.contains("would be ended"), "{found}");
    assert_eq!((cast.router.writes(), cast.router.tunnels_elsewhere().len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_of_a_router_that_is_worked_here_is_that_routers_business() {
    let (cast, admin) = cast("7.24.5").await;
    let other = cast::router_sim().await;
    other.set("ppp/secret", "ivan", &[("disabled", "no")]).unwrap();
    let other_id = add_router(&cast.app, other.addr(), RouterMode::Enforce).await;
    cast.person_on(other_id, 101, "Ivan", "ivan").await;
    let there = other.connect("ivan", "l2tp", CALLER).unwrap();
    cast.wait_session("the question", |session| session.live_connections().next().is_some()).await;
    let its_own = cast.router.connect_elsewhere("ivan", NAS, CALLER, there.address).unwrap();
    let strange = cast.router.connect_elsewhere("ivan", NAS, "203.0.113.66", THERE).unwrap();
    let gone = cast.router.wait_until(|state| !state.tunnels_elsewhere().contains(&strange)).await;
    assert!(gone.is_ok(), "{:#?}", cast.router.journal());
    assert_eq!(cast.router.tunnels_elsewhere(), [its_own], "its router asks about it");
    assert_eq!(other.tunnels().len(), 1);
    assert!(told(&admin).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_that_is_never_reported_while_it_lasts_is_no_left_over_record() {
    let nas = NAS.to_string();
    let silent = [
        ("user", "ivan"),
        ("nas-ip-address", nas.as_str()),
        ("acct-session-id", "80000001"),
        ("calling-station-id", CALLER),
        ("last-accounting-packet", "2026-01-01 00:00:00"),
    ];
    let builder = furnished("7.24.5").row("user-manager/session", &silent);
    let (cast, _admin) = cast_with(builder.start().await.unwrap()).await;
    let gone = cast.router.wait_until(|state| state.tunnels_elsewhere().is_empty()).await;
    assert!(gone.is_ok(), "its router reports no session while it lasts: {:#?}", cast.router.journal());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_in_an_old_encoding_is_disabled_as_well() {
    // “иван” as an older WinBox on a Russian Windows writes it.
    const IVAN: &[u8] = b"\xe8\xe2\xe0\xed";
    for version in VERSIONS {
        let name = if version.starts_with('7') { "name" } else { "username" };
        let mut user: Vec<(&str, &[u8])> = vec![(name, IVAN)];
        if name == "username" {
            user.push(("customer", b"admin"));
        }
        let router = furnished(version).row(users(version), &user).start().await.unwrap();
        let (cast, admin) = cast_with(router).await;
        cast.router.deaf_elsewhere(true);
        cast.router.connect_elsewhere(IVAN, NAS, CALLER, THERE).unwrap();
        let said = until(&cast, "the alert", async || told(&admin).await.pop()).await;
        assert!(said.contains("иван") && said.contains("The account was disabled"), "{said}");
        let rows = cast.router.rows(users(version));
        let row = rows.iter().find(|row| row.bytes(name) == Some(IVAN)).unwrap();
        assert!(row.is("disabled"), "{version}: it is said to be");
        assert!(user_enabled(&cast.router, version), "and nobody else's");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_inside_by_an_account_that_is_out_of_reach_is_out() {
    let (cast, _admin) = cast("7.24.5").await;
    let (_, _, account) = cast.person(101, "Ivan", "ivan").await;
    cast.router.connect("ivan", "l2tp", "203.0.113.8").expect("the User Manager lets him in");
    cast.wait_session("the question", |session| session.live_connections().next().is_some()).await;
    cast.router.deaf_elsewhere(true);
    cast.router.connect_elsewhere("ivan", NAS, CALLER, THERE).unwrap();
    let ended = cast.wait_session("the end", |session| session.end_told).await;
    assert_eq!(ended.end_reason, Some(EndReason::AccountRemoved));
    assert!(cast.router.tunnels().is_empty() && !user_enabled(&cast.router, "7.24.5"));
    let scene = cast.app.store.read().await.unwrap().scene(account).await.unwrap().unwrap();
    assert!(scene.account.suspended && scene.live.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_is_rarely_looked_at_has_the_time_to_be() {
    let noon = Timestamp::from_micros(1_795_345_500_000_000);
    let (cast, _admin) = Cast::with_console_at(router("7.24.5").await, Clock::manual(noon)).await;
    always(&cast).await;
    let other = cast::router_sim().await;
    other.set("ppp/secret", "ivan", &[("disabled", "no")]).unwrap();
    // It does not push, and its tunnels come from another address than the one at which it is worked.
    let refusal = FaultKind::Trap { message: "no such command".to_owned() };
    other.fault(Fault::new(refusal).on("/ppp/active/listen"));
    let other_id = add_polled_router(&cast.app, other.addr(), RouterMode::Enforce, Seconds(20)).await;
    cast.person_on(other_id, 101, "Ivan", "ivan").await;
    // Once at first, and once more because nothing is pushed.
    let first = other.wait_for(is_comparison_of_lists).await.unwrap().number;
    other.wait_for(|entry| entry.number > first && is_comparison_of_lists(entry)).await.unwrap();
    let there = other.connect("ivan", "l2tp", CALLER).unwrap();
    let its_own = cast.router.connect_elsewhere("ivan", NAS, CALLER, there.address).unwrap();
    let is_let_be = async |after: u64| {
        cast.app.clock.advance(Duration::from_secs(after));
        sessions_read(&cast, 1).await;
        assert_eq!(
            cast.router.tunnels_elsewhere(),
            std::slice::from_ref(&its_own),
            "{:#?}",
            cast.router.journal()
        );
    };
    is_let_be(1).await;
    is_let_be(10).await;
    assert!(cast.sessions().await.is_empty(), "its router has not been looked at");
    cast.app.bus.look(other_id).notify_one();
    cast.wait_session("the question", |session| session.live_connections().next().is_some()).await;
    is_let_be(30).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_is_only_watched_decides_about_no_tunnel() {
    let (cast, _admin) = cast("7.24.5").await;
    let other = cast::router_sim().await;
    other.set("ppp/secret", "ivan", &[("disabled", "no")]).unwrap();
    let other_id = add_router(&cast.app, other.addr(), RouterMode::Observe).await;
    cast.person_on(other_id, 101, "Ivan", "ivan").await;
    let there = other.connect("ivan", "l2tp", CALLER).unwrap();
    other.wait_for(is_comparison_of_lists).await.unwrap();
    cast.router.connect_elsewhere("ivan", NAS, CALLER, there.address).unwrap();
    let gone = cast.router.wait_until(|state| state.tunnels_elsewhere().is_empty()).await;
    assert!(gone.is_ok(), "nobody is asked about it there: {:#?}", cast.router.journal());
    assert_eq!(other.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_entry_of_a_router_that_is_only_watched_decides_about_no_tunnel() {
    let (cast, _admin) = cast("7.24.5").await;
    let other = cast::router_sim().await;
    for (mode, state) in
        [(RouterMode::Observe, RouterState::Online), (RouterMode::Enforce, RouterState::Degraded)]
    {
        let id = add_router(&cast.app, other.addr(), mode).await;
        cast.wait_status(id, "the entry to be tried", |status| status.state == state).await;
        if mode == RouterMode::Enforce {
            // It is entered by the address from which the User Manager is asked.
            let mut tx = cast.app.store.begin().await.unwrap();
            let mut second = tx.router(id).await.unwrap().unwrap();
            second.host = NAS.to_string();
            tx.save_router(&second).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
    cast.router.connect_elsewhere("ivan", NAS, CALLER, THERE).unwrap();
    let gone = cast.router.wait_until(|state| state.tunnels_elsewhere().is_empty()).await;
    assert!(gone.is_ok(), "nobody is asked about it there: {:#?}", cast.router.journal());
    assert_eq!(other.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_at_a_guest_writes_nothing() {
    let nas = NAS.to_string();
    let guest = [("user", "guest"), ("nas-ip-address", nas.as_str()), ("nas-port-type", "Wireless-802.11")];
    let builder = furnished("7.24.5").row("user-manager/session", &guest);
    let (cast, _admin) = cast_with(builder.start().await.unwrap()).await;
    looks(&cast.router, 1).await;
    // As long as somebody writes, nobody else does.
    let writing = cast.app.store.begin().await.unwrap();
    sessions_read(&cast, 2).await;
    drop(writing);
    // Until the account is somebody's.
    let (_, id, _) = cast.person(101, "Guest", "guest").await;
    cast.app.bus.tell(Change::User { id, kind: ChangeKind::Updated });
    let gone = cast.router.wait_until(|state| state.tunnels_elsewhere().is_empty()).await;
    assert!(gone.is_ok(), "{:#?}", cast.router.journal());
}

//! Bans on routers, over real sockets, of both protocols: put back after a restart and when somebody removed them, lifted and read back,
//! over when their time is, and each router's its own.

use crate::{
    cast::{BACKSTOP, Cast, add_router, desk::Admin, looks, router_sim},
    steps::{answer, audited, settled},
};
use sallyport::{
    clock::Clock,
    store::records::{BanRecord, RouterMode},
};
use sallyport_shared::{
    ids::RouterId,
    reason::Reason,
    session::{Answer, CloseReason, Event, SessionState, Wish},
    time::{Seconds, Timestamp},
};
use serde_json::json;
use sim::routeros::{Fault, FaultKind, Packet, RouterSim, Row};
use std::{net::IpAddr, time::Duration};

/// When the clock that is moved by hand begins.
const NOON: Timestamp = Timestamp::from_micros(1_795_345_500_000_000);
const BAN: &str = "2fa-banned";
const HOME: &str = "203.0.113.7";
const LIST: &str = "ip/firewall/address-list";

/// Bans an address on a router, as a decision does.
async fn ban(cast: &Cast, router: RouterId, address: &str, seconds: u32) -> BanRecord {
    let now = cast.app.clock.now();
    let (seconds, mut tx) = (Seconds(seconds), cast.app.store.begin().await.unwrap());
    let made = tx
        .insert_ban(router, address, &Reason::TooManyUnconfirmed, Some(now.plus(seconds)), None, now)
        .await
        .unwrap();
    let wish = Wish::Ban { address: address.to_owned(), seconds, why: CloseReason::Banned };
    tx.wish(router, None, &wish, now, false).await.unwrap();
    tx.commit().await.unwrap();
    cast.app.bus.router(router).notify_one();
    made
}

fn entry(router: &RouterSim, address: &str) -> Option<Row> {
    let rows = router.rows(LIST).into_iter();
    let mut of_address = rows.filter(|row| row.text("address").as_deref() == Some(address));
    of_address.find(|row| row.text("list").as_deref() == Some(BAN))
}

async fn wait(router: &RouterSim, what: &str, addresses: &[&str]) {
    let reached = router.wait_until(|state| state.address_list(BAN) == addresses).await;
    assert!(
        reached.is_ok(),
        "waited in vain for {what}: {:?} {:#?}",
        router.address_list(BAN),
        router.journal()
    );
}

/// The drifts of a router, as soon as there are `count`.
async fn drifts(cast: &Cast, router: RouterId, count: usize) -> Vec<String> {
    let mut news = cast.app.bus.listen();
    let look = async {
        loop {
            let mut tx = cast.app.store.read().await.unwrap();
            let all = tx.recent_drifts(&[router], 100).await.unwrap().remove(&router).unwrap_or_default();
            drop(tx);
            if all.len() >= count {
                return all.into_iter().map(|drift| drift.what.to_string()).collect();
            }
            let _ = news.recv().await;
        }
    };
    tokio::time::timeout(BACKSTOP, look).await.expect("the drift is written down")
}

/// *Not me* about a tunnel from this caller, whom the rules ban for it.
async fn denied_from(cast: &Cast, caller: &str) {
    let (_, _, account) = cast.person(101, "Ivan", "ivan").await;
    cast.happen(account, Event::Ask { by: Cast::admin_actor("story"), seconds: None }).await.unwrap();
    cast.wait_session("the account", |session| session.account_ready).await;
    cast.router.connect("ivan", "sstp", caller).unwrap();
    cast.wait_session("the question", |session| session.state == SessionState::Confirming).await;
    answer(cast, account, Answer::NotMe).await;
    cast.wait_session("the end to be told", |session| session.end_told).await;
}

async fn lift(admin: &Admin, ban: &BanRecord) {
    admin.ask("mutation($id: ID!) { removeBan(id: $id) }", json!({ "id": ban.id.to_string() })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_forgets_no_ban_and_gives_none_more_time() {
    let cast = Cast::assemble().await;
    denied_from(&cast, HOME).await;
    wait(&cast.router, "the ban", &[HOME]).await;
    settled(&cast, cast.router_id).await;
    let until = cast.app.store.read().await.unwrap().bans(None, cast.app.clock.now()).await.unwrap()[0].until;
    cast.router.reboot();
    assert!(cast.router.address_list(BAN).is_empty(), "the router has forgotten it");
    wait(&cast.router, "the ban to be put back", &[HOME]).await;
    let left = until.unwrap().since(cast.app.clock.now()).0;
    let on_router = entry(&cast.router, HOME).unwrap().text("timeout").unwrap().into_owned();
    let on_router = routeros_api::value::duration(on_router.as_bytes()).unwrap().unwrap().as_secs();
    assert!(on_router <= u64::from(left) + 2, "{on_router} of {left}");
    let mut tx = cast.app.store.read().await.unwrap();
    assert_eq!(tx.bans(None, cast.app.clock.now()).await.unwrap().len(), 1, "it is the same ban");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_is_lifted_and_read_back_and_a_restart_brings_it_not_back() {
    let (cast, admin) = Cast::with_console().await;
    let first = ban(&cast, cast.router_id, HOME, 3_600).await;
    ban(&cast, cast.router_id, "203.0.113.8", 3_600).await;
    cast.router.wait_until(|state| state.address_list(BAN).len() == 2).await.unwrap();

    // The router takes the command and keeps the entry: that is no success.
    let keeps = Fault::new(FaultKind::Ignore).on("/ip/firewall/address-list/remove");
    cast.router.fault(keeps.times(1));
    lift(&admin, &first).await;
    wait(&cast.router, "the ban to be lifted", &["203.0.113.8"]).await;
    settled(&cast, cast.router_id).await;
    cast.router.reboot();
    wait(&cast.router, "the other one to be put back", &["203.0.113.8"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_its_time_is_over_a_ban_is_gone_and_stays_gone() {
    let cast = Cast::assemble_at(Clock::manual(NOON), router_sim().await, &[], true).await;
    ban(&cast, cast.router_id, HOME, 600).await;
    wait(&cast.router, "the ban", &[HOME]).await;
    settled(&cast, cast.router_id).await;
    let over = Duration::from_secs(600);
    cast.app.clock.advance(over);
    // A look that began before still wants it.
    looks(&cast.router, 1).await;
    cast.router.advance(over);
    wait(&cast.router, "the ban to lapse", &[]).await;
    ban(&cast, cast.router_id, "203.0.113.8", 3_600).await;
    wait(&cast.router, "another ban", &["203.0.113.8"]).await;
    settled(&cast, cast.router_id).await;
    cast.router.reboot();
    wait(&cast.router, "the one in force", &["203.0.113.8"]).await;
    assert!(entry(&cast.router, HOME).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_that_a_router_was_away_for_waits_for_it_and_one_that_is_over_is_not_made() {
    let cast = Cast::assemble_at(Clock::manual(NOON), router_sim().await, &[], true).await;
    cast.router.power_off().await;
    ban(&cast, cast.router_id, HOME, 60).await;
    ban(&cast, cast.router_id, "203.0.113.8", 3_600).await;
    cast.app.clock.advance(Duration::from_secs(60));
    let before = cast.router.commands();
    cast.router.accept().await;
    cast.router.wait_for(|entry| entry.number > before && entry.command == "/login").await.unwrap();
    // What was put off while it was away, by seconds, is due.
    cast.app.clock.advance(Duration::from_secs(5));
    wait(&cast.router, "the one in force", &["203.0.113.8"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_router_has_its_own_bans() {
    let (cast, admin) = Cast::with_console().await;
    let other = router_sim().await;
    let other_id = add_router(&cast.app, other.addr(), RouterMode::Enforce).await;
    let here = ban(&cast, cast.router_id, HOME, 3_600).await;
    ban(&cast, other_id, HOME, 3_600).await;
    ban(&cast, other_id, "203.0.113.9", 3_600).await;
    wait(&cast.router, "the ban here", &[HOME]).await;
    other.wait_until(|state| state.address_list(BAN).len() == 2).await.unwrap();

    lift(&admin, &here).await;
    wait(&cast.router, "it to be lifted here", &[]).await;
    assert_eq!(other.address_list(BAN).len(), 2, "and nowhere else");
    other.reboot();
    other.wait_until(|state| state.address_list(BAN).len() == 2).await.unwrap();
    assert!(cast.router.address_list(BAN).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_did_to_the_list_by_hand_is_mended_and_shown_and_theirs_is_left() {
    let cast = Cast::assemble().await;
    ban(&cast, cast.router_id, HOME, 3_600).await;
    wait(&cast.router, "the ban", &[HOME]).await;
    settled(&cast, cast.router_id).await;
    let theirs = [("list", BAN), ("address", "198.51.100.1"), ("comment", "spammer")];
    cast.router.add(LIST, &theirs).unwrap();
    let ours = entry(&cast.router, HOME).unwrap().id;
    cast.router.remove(LIST, &ours).unwrap();
    wait(&cast.router, "the list to be mended", &["198.51.100.1", HOME]).await;
    assert_eq!(drifts(&cast, cast.router_id, 1).await, [format!("The ban of {HOME} was missing")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observed_router_gets_no_ban_and_misses_none() {
    let cast = Cast::assemble().await;
    let observed = router_sim().await;
    let id = add_router(&cast.app, observed.addr(), RouterMode::Observe).await;
    let now = cast.app.clock.now();
    let mut tx = cast.app.store.begin().await.unwrap();
    tx.insert_ban(id, HOME, &Reason::TooManyUnconfirmed, Some(now.plus(Seconds(3_600))), None, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    observed.break_connections();
    observed.wait_until(|state| state.connections() > 0).await.unwrap();
    ban(&cast, cast.router_id, HOME, 3_600).await;
    wait(&cast.router, "the ban of the other one", &[HOME]).await;
    assert_eq!(observed.writes(), 0);
}

const LIST6: &str = "ipv6/firewall/address-list";
/// A caller of IPv6, and what is banned because of them.
const HOME6: (&str, &str) = ("2001:db8:1:2::7", "2001:db8:1:2::/64");

/// The networks of IPv6 on the ban list, of all entries of IPv6.
fn banned6(rows: Vec<Row>) -> Vec<String> {
    let ours = rows.into_iter().filter(|row| row.text("list").as_deref() == Some(BAN));
    ours.filter_map(|row| row.text("address").map(|address| address.into_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_of_ipv6_is_banned_with_their_network_put_back_and_lifted() {
    let (cast, admin) = Cast::with_console().await;
    let guard = [("chain", "input"), ("src-address-list", BAN), ("action", "drop")];
    cast.router.add("ipv6/firewall/filter", &guard).unwrap();
    denied_from(&cast, HOME6.0).await;
    assert_eq!(banned6(cast.router.rows(LIST6)), [HOME6.1]);
    assert!(cast.router.address_list(BAN).is_empty(), "each on its own list");
    let comes_in = |caller: &str| {
        let [caller, router]: [IpAddr; 2] = [caller, "2001:db8:ffff::1"].map(|at| at.parse().unwrap());
        cast.router.would_pass(&Packet::new(caller, router).to_router()).passes
    };
    assert!(!comes_in("2001:db8:1:2::ffff"), "however they choose the rest of their address");
    assert!(comes_in("2001:db8:1:3::7"), "and nobody else");

    // Lost, in a restart or by somebody's hand: put back. Somebody else's entry stays.
    cast.router
        .add(LIST6, &[("list", BAN), ("address", "2001:db8:bad::/48"), ("comment", "spammer")])
        .unwrap();
    let ours =
        cast.router.rows(LIST6).into_iter().find(|row| row.text("address").as_deref() == Some(HOME6.1));
    cast.router.remove(LIST6, &ours.unwrap().id).unwrap();
    cast.wait_router("the ban to be back", |state| banned6(state.rows(LIST6)).len() == 2).await;
    assert_eq!(drifts(&cast, cast.router_id, 1).await, [format!("The ban of {} was missing", HOME6.1)]);
    cast.router.reboot();
    cast.wait_router("the ban to be back after a restart", |state| {
        banned6(state.rows(LIST6)).iter().any(|a| a == HOME6.1)
    })
    .await;

    // From the same network nobody is even asked about.
    let (_, _, olga) = cast.person(102, "Olga", "olga").await;
    cast.happen(olga, Event::Ask { by: Cast::admin_actor("story"), seconds: None }).await.unwrap();
    cast.wait_session("her access", |session| session.account == olga && session.account_ready).await;
    cast.router.connect("olga", "sstp", "2001:db8:1:2:aaaa::1").unwrap();
    cast.wait_router("her tunnel to be cut", |router| router.tunnels().is_empty()).await;
    let hers = cast.sessions().await.into_iter().find(|session| session.account == olga).unwrap();
    assert!(hers.connections.is_empty(), "{hers:#?}");

    let in_force = cast.app.store.read().await.unwrap().bans(None, cast.app.clock.now()).await.unwrap();
    assert_eq!(in_force.iter().map(|ban| ban.address.as_str()).collect::<Vec<_>>(), [HOME6.1]);
    lift(&admin, &in_force[0]).await;
    cast.wait_router("the ban to be lifted", |state| banned6(state.rows(LIST6)) == ["2001:db8:bad::/48"])
        .await;
    settled(&cast, cast.router_id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_ban_of_a_network_keeps_an_administrator_out() {
    let cast = Cast::assemble().await;
    let login = [("name", "boss"), ("address", "2001:db8:1:2::b055"), ("via", "winbox")];
    cast.router.add("user/active", &login).unwrap();
    denied_from(&cast, HOME6.0).await;
    assert!(banned6(cast.router.rows(LIST6)).is_empty());
    assert!(cast.router.tunnels().is_empty() && !cast.account_enabled("ivan"), "out all the same");
    let alerts = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
    let spared = Reason::BanSpared { address: HOME6.1.to_owned(), who: "boss".to_owned() };
    assert!(alerts.iter().any(|open| open.alert.detail == spared), "{alerts:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_own_address_is_never_banned_and_neither_is_one_that_may_be() {
    let cast = Cast::assemble().await;
    // The router sees the server come from there.
    ban(&cast, cast.router_id, "127.0.0.1", 3_600).await;
    cast.wait_alerts("what was spared", |open| {
        let spared = Reason::BanSpared { address: "127.0.0.1".to_owned(), who: "sallyport".to_owned() };
        open.iter().any(|open| open.alert.detail == spared)
    })
    .await;
    settled(&cast, cast.router_id).await;
    assert!(cast.router.address_list(BAN).is_empty());
    assert_eq!(audited(&cast, "ban.spared").await, 1);
    // Where it is not shown who is logged in, any address may be the one; that is said, and tried again.
    let refusal = FaultKind::Trap { message: "not enough permissions (9)".to_owned() };
    cast.router.fault(Fault::new(refusal).on("/user/active/print"));
    ban(&cast, cast.router_id, HOME, 3_600).await;
    let mut news = cast.app.bus.listen();
    let why = async {
        loop {
            let failing = cast.app.store.read().await.unwrap().failing_wishes(1).await.unwrap();
            if let Some(why) = failing.into_iter().find_map(|wish| wish.last_error) {
                return why;
            }
            let _ = news.recv().await;
        }
    };
    let why = tokio::time::timeout(BACKSTOP, why).await.expect("the wish has to wait");
    assert!(why.contains("does not show who is logged in") && why.contains(HOME), "{why}");
    assert!(cast.router.address_list(BAN).is_empty());
    cast.router.clear_faults();
    wait(&cast.router, "the ban", &[HOME]).await;
}

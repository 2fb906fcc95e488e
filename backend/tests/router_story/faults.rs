//! Everything that can go wrong between the server and a router. Each case says what remains, what is told, and
//! that it heals by itself.
//!
//! The rule behind all of them: what was decided stays decided, nobody is told that something is closed before it
//! was read back, and nothing is opened that was not confirmed.

use crate::{
    cast::{self, ALLOW, BACKSTOP, Cast},
    steps::{answer, boxed, drifts, granted, is_open, opened, wait_drift},
};
use sallyport::store::records::{AlertKind, RouterMode, RouterState};
use sallyport_shared::session::{Answer, Event, SessionState};
use sim::routeros::{Fault, FaultKind};
use std::{net::Ipv4Addr, time::Duration};

/// What a command may run into. What hangs is in a story of its own, for it lasts.
fn faults() -> Vec<FaultKind> {
    vec![
        FaultKind::Slow { milliseconds: 300 },
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::Reset,
        FaultKind::HalfSentence,
        FaultKind::Garbage,
        FaultKind::Trap { message: "failure: try again later".to_owned() },
    ]
}

/// How many of the commands after a decision are met, one in each run: an end takes about a dozen.
const DEPTH: u64 = 16;

/// Waits until the end is told, and looks at the router at that very moment.
async fn told_when_closed(cast: &Cast, what: &str) {
    let session = cast.wait_session("the end to be told", |session| session.end_told).await;
    assert!(cast.router.tunnels().is_empty(), "{what}: told, but the tunnel is up: {session:#?}");
    assert!(cast.router.address_list(ALLOW).is_empty(), "{what}: told, but the door is open");
    assert!(!cast.account_enabled("ivan"), "{what}: told, but the account is on");
    assert!(cast.router.rows("ip/firewall/connection").is_empty(), "{what}: told, but something is open");
}

async fn an_end_survives(kind: FaultKind) {
    let cast = Cast::assemble().await;
    let mut met = 0;
    for after in 0..DEPTH {
        let what = format!("{kind:?} at command {after}");
        let (account, tunnel) = opened(&cast).await;
        let _flow = cast.router.open_flow(&tunnel, (Ipv4Addr::new(192, 168, 1, 10), 443), true);
        let fault = Fault { after, ..Fault::new(kind.clone()) };
        cast.router.fault(fault.times(1));
        cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
        told_when_closed(&cast, &what).await;
        met += usize::from(cast.router.pending_faults() == 0);
        cast.router.clear_faults();
    }
    assert!(met >= 10, "{met} of {DEPTH} faults met the end");
}

async fn a_confirmation_survives(kind: FaultKind) {
    let cast = Cast::assemble().await;
    let mut met = 0;
    for after in 0..DEPTH / 2 {
        let what = format!("{kind:?} at command {after}");
        let (account, tunnel) = boxed(&cast).await;
        let fault = Fault { after, ..Fault::new(kind.clone()) };
        cast.router.fault(fault.times(1));
        answer(&cast, account, Answer::Confirm).await;
        cast.wait_session("the door to be open", is_open).await;
        assert_eq!(cast.router.address_list(ALLOW), [tunnel.address.to_string()], "{what}");
        met += usize::from(cast.router.pending_faults() == 0);
        cast.router.clear_faults();
        cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
        told_when_closed(&cast, &what).await;
    }
    // The tunnel is read, the list is read, the entry is added and read back.
    assert!(met >= 4, "{met} of {} faults met the confirmation", DEPTH / 2);
}

/// One test for each fault, so that they run side by side.
macro_rules! survive {
    ($($end:ident, $confirmation:ident: $index:literal),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $end() {
            an_end_survives(faults().swap_remove($index)).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn $confirmation() {
            a_confirmation_survives(faults().swap_remove($index)).await;
        }
    )*};
}

survive! {
    an_end_survives_a_slow_router, a_confirmation_survives_a_slow_router: 0,
    an_end_survives_a_lost_command, a_confirmation_survives_a_lost_command: 1,
    an_end_survives_a_lost_answer, a_confirmation_survives_a_lost_answer: 2,
    an_end_survives_a_reset, a_confirmation_survives_a_reset: 3,
    an_end_survives_half_a_sentence, a_confirmation_survives_half_a_sentence: 4,
    an_end_survives_garbage, a_confirmation_survives_garbage: 5,
    an_end_survives_a_refusal, a_confirmation_survives_a_refusal: 6,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_hangs_is_given_up_and_asked_again() {
    let cast = Cast::assemble().await;
    let (account, _) = opened(&cast).await;
    cast.router.fault(Fault::new(FaultKind::Hang).times(1));
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    told_when_closed(&cast, "a hanging router").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_dead_router_holds_up_no_other() {
    let cast = Cast::assemble().await;
    let other = cast::router_sim().await;
    other.set("ppp/secret", "olga", &[("disabled", "no")]).unwrap();
    let other_id = cast::add_router(&cast.app, other.addr(), RouterMode::Enforce).await;
    let (olga, _, account) = cast.person_on(other_id, 102, "Olga", "olga").await;
    drop(olga);
    // The first one is reachable, and never answers anything.
    cast.router.fault(Fault::new(FaultKind::Hang));
    cast.happen(account, Event::Ask { by: Cast::admin_actor("story"), seconds: None }).await.unwrap();
    cast.wait_session("the account to be read back", |session| session.account_ready).await;
    let tunnel = other.connect("olga", "l2tp", "203.0.113.9").unwrap();
    cast.wait_session("the question", |session| session.state == SessionState::Confirming).await;
    answer(&cast, account, Answer::Confirm).await;
    cast.wait_session("the door to be open", is_open).await;
    assert_eq!(other.address_list(ALLOW), [tunnel.address.to_string()]);
}

/// Waits until the router is in such a state, with these words about it.
async fn wait_state(cast: &Cast, state: RouterState, words: &str) {
    cast.wait_status(cast.router_id, words, |status| {
        status.state == state && status.last_error.as_deref().unwrap_or_default().contains(words)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_password_is_named_and_heals() {
    let cast = Cast::assemble().await;
    let (account, _) = opened(&cast).await;
    cast.router.set_password("sallyport", "another").unwrap();
    cast.router.break_connections();
    wait_state(&cast, RouterState::Offline, "password").await;
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    assert!(!cast.sessions().await.pop().unwrap().end_told);
    cast.router.set_password("sallyport", "secret").unwrap();
    told_when_closed(&cast, "a changed password").await;
    wait_state(&cast, RouterState::Online, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_that_were_taken_away_are_named_and_heal() {
    let cast = Cast::assemble().await;
    let (account, _) = opened(&cast).await;
    cast.router.set_rights("sallyport", "read,api").unwrap();
    let before = cast.router.commands();
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    // Refused, not lost: it shows as a command that fails, with what the router said; kept before the next is tried.
    for command in ["/ip/firewall/address-list/remove", "/ppp/secret/disable"] {
        cast.router.wait_for(|entry| entry.number > before && entry.command == command).await.unwrap();
    }
    let failing = cast.app.store.read().await.unwrap().failing_wishes(1).await.unwrap();
    let words = failing.iter().filter_map(|wish| wish.last_error.as_deref());
    assert!(words.clone().any(|error| error.contains("not enough perm")), "{failing:#?}");
    assert!(!cast.sessions().await.pop().unwrap().end_told);
    cast.router.break_connections();
    wait_state(&cast, RouterState::Degraded, "write").await;
    cast.router.set_rights("sallyport", "read,write,api").unwrap();
    told_when_closed(&cast, "rights taken away").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_that_took_over_the_id_is_left_alone() {
    let cast = Cast::assemble().await;
    cast.router.set("ppp/secret", "olga", &[("disabled", "no")]).unwrap();
    let (_, _, olga) = cast.person(102, "Olga", "olga").await;
    cast.happen(olga, Event::Ask { by: Cast::admin_actor("story"), seconds: None }).await.unwrap();
    cast.wait_session("the account to be read back", |session| session.account_ready).await;
    let (account, tunnel) = opened(&cast).await;
    // The router is away while one tunnel goes and another one gets its row and its address.
    cast.router.refuse().await;
    cast.router.break_connections();
    assert!(cast.router.disconnect(&tunnel.session_id));
    let next = cast.router.connect("olga", "l2tp", "203.0.113.9").unwrap();
    assert_eq!(
        (&next.id, next.address),
        (&tunnel.id, tunnel.address),
        "ids and addresses are given out again"
    );
    cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
    cast.router.accept().await;
    cast.wait_router("the old door to be shut", |router| router.address_list(ALLOW).is_empty()).await;
    let mut changes = cast.app.bus.listen();
    while !cast.sessions().await.iter().any(|s| s.account == olga && s.state == SessionState::Confirming) {
        tokio::time::timeout(BACKSTOP, changes.recv())
            .await
            .expect("the other tunnel is asked about")
            .unwrap();
    }
    assert_eq!(cast.router.tunnels().len(), 1, "the tunnel of somebody else was not cut");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_opening_alerts_and_opens_later() {
    let cast = Cast::assemble().await;
    let (account, _) = boxed(&cast).await;
    let refusal = FaultKind::Trap { message: "failure: out of memory".to_owned() };
    cast.router.fault(Fault::new(refusal).on("/ip/firewall/address-list/add").times(1));
    answer(&cast, account, Answer::Confirm).await;
    cast.wait_session("the door to be open", is_open).await;
    let alerts = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
    assert!(alerts.iter().any(|record| record.alert.kind == AlertKind::CommandFailing), "{alerts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_routers_clock_that_jumps_ends_nothing() {
    let cast = Cast::assemble().await;
    let (_, tunnel) = opened(&cast).await;
    cast.router.advance(Duration::from_hours(24));
    cast.router.break_connections();
    cast.wait_status(cast.router_id, "the skew to be shown", |status| {
        status.clock_skew_seconds.is_some_and(|skew| skew > 80_000)
    })
    .await;
    // The entry lapsed with the jump; who is let through stays let through.
    cast.wait_router("the entry to be back", |router| {
        router.address_list(ALLOW) == [tunnel.address.to_string()]
    })
    .await;
    assert!(is_open(&cast.sessions().await.pop().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_in_which_the_connection_is_lost_is_no_unmended_drift() {
    let cast = Cast::assemble().await;
    granted(&cast).await;
    cast.router.fault(Fault::new(FaultKind::DropBefore).on("/ppp/secret/enable").times(1));
    cast.router.set("ppp/secret", "ivan", &[("disabled", "yes")]).unwrap();
    cast.wait_router("the repair", |router| {
        router.row("ppp/secret", "ivan").is_some_and(|row| !row.is("disabled"))
    })
    .await;
    wait_drift(&cast, "ivan").await;
    let found = drifts(&cast).await;
    assert!(found.iter().all(|(_, mended)| *mended), "{found:?}");
    assert_eq!(cast.router.pending_faults(), 0, "it was lost in the middle");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_hangs_keeps_no_other_waiting_for_the_doctor() {
    let cast = Cast::assemble().await;
    // Only the doctor asks for it, and waits for ten seconds.
    let only_of_the_doctor = |e: &sim::routeros::JournalEntry| e.command == "/ip/dns/print";
    cast.router.fault(Fault::new(FaultKind::Hang).on("/ip/dns/print"));
    cast.router.wait_for(only_of_the_doctor).await.unwrap();
    let other = cast::router_sim().await;
    cast::add_router(&cast.app, other.addr(), RouterMode::Enforce).await;
    let visited = tokio::time::timeout(Duration::from_secs(8), other.wait_for(only_of_the_doctor)).await;
    assert!(visited.is_ok_and(|visit| visit.is_ok()), "{:#?}", other.journal());
}

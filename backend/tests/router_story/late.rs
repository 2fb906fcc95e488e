//! What takes longer than it should: people are told once that it does, and once when it is done; and a router that restarts
//! in the middle of something leaves nothing open for whoever comes next.

use crate::{
    cast::{ALLOW, Cast, desk::said, looks, router_sim},
    steps::{answer, answer_of, boxed, drifts, granted, is_open, opened},
};
use sallyport::{clock::Clock, ops::OpError, store::records::RouterState};
use sallyport_shared::{
    ids::AccountId,
    language::Language,
    session::{Answer, Event, Refusal, SessionState},
    time::Timestamp,
};
use sim::{
    routeros::{Fault, FaultKind, JournalEntry},
    telegram::Person,
};
use std::{net::Ipv4Addr, time::Duration};

/// How a language says that something has to wait, and that it has come.
struct Words {
    language: Language,
    delay: &'static str,
    granted: &'static str,
    inside: &'static str,
    ended: &'static str,
}

const WORDS: [Words; 2] = [
    Words {
        language: Language::En,
        delay: "does not answer just now",
        granted: "You can connect now",
        inside: "You are in.",
        ended: "It is closed.",
    },
    Words {
        language: Language::Ru,
        delay: "сейчас не отвечает",
        granted: "Можно подключаться",
        inside: "Доступ открыт.",
        ended: "Он закрыт.",
    },
];

/// The router is not there from now on, and the server knows it.
async fn away(cast: &Cast) {
    cast.router.refuse().await;
    cast.router.break_connections();
    cast.wait_status(cast.router_id, "the router to be away", |status| status.state == RouterState::Offline)
        .await;
}

/// Told of the delay once, then of the outcome once; gives the number of messages before it all.
async fn told_twice(cast: &Cast, ivan: &Person, before: usize, delay: &str, outcome: &str) {
    said(ivan, delay).await;
    cast.router.accept().await;
    said(ivan, outcome).await;
    let messages = ivan.messages();
    let since: Vec<&str> = messages.iter().skip(before).map(|message| message.text.as_str()).collect();
    let count = |words: &str| since.iter().filter(|text| text.contains(words)).count();
    assert_eq!((count(delay), count(outcome)), (1, 1), "{since:#?}");
    let place = |words: &str| since.iter().position(|text| text.contains(words));
    assert!(place(delay) < place(outcome), "{since:#?}");
}

/// A person who has spoken to the bot, so that it may write to them.
async fn known(cast: &Cast, language: Language) -> (Person, AccountId) {
    let (ivan, account) = cast.person_of(language, "ivan").await;
    ivan.send("/start").await;
    said(&ivan, "").await;
    (ivan, account)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_grant_is_told_once_and_so_is_that_it_has_come() {
    for words in WORDS {
        let cast = Cast::assemble().await;
        let (ivan, account) = known(&cast, words.language).await;
        away(&cast).await;
        let before = ivan.messages().len();
        cast.happen(account, Event::Ask { by: Cast::admin_actor("story"), seconds: None }).await.unwrap();
        told_twice(&cast, &ivan, before, words.delay, words.granted).await;
        assert!(cast.account_enabled("ivan"), "told when it was so");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_opening_is_told_once_and_so_is_that_it_has_come() {
    for words in WORDS {
        let cast = Cast::assemble().await;
        let (ivan, account) = known(&cast, words.language).await;
        let (_, tunnel) = boxed(&cast).await;
        away(&cast).await;
        let before = ivan.messages().len();
        answer(&cast, account, Answer::Confirm).await;
        told_twice(&cast, &ivan, before, words.delay, words.inside).await;
        assert_eq!(cast.router.address_list(ALLOW), [tunnel.address.to_string()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_end_is_told_once_and_so_is_that_it_has_come() {
    for words in WORDS {
        let cast = Cast::assemble().await;
        let (ivan, account) = known(&cast, words.language).await;
        opened(&cast).await;
        away(&cast).await;
        let before = ivan.messages().len();
        cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
        told_twice(&cast, &ivan, before, words.delay, words.ended).await;
        assert!(cast.router.tunnels().is_empty() && cast.router.address_list(ALLOW).is_empty());
        assert!(!cast.account_enabled("ivan"), "told when it was so");
    }
}

/// How many commands into an end the router restarts, one after the other.
const DEPTH: u64 = 8;
/// The same of an opening: its five, and the one after it.
const OPENING: u64 = 6;

/// The router restarts instead of a command after the one that it got last.
fn restart_at(cast: &Cast, after: u64) {
    cast.router.fault(Fault { after, ..Fault::new(FaultKind::Reboot) }.times(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_of_an_opening_opens_for_nobody() {
    let mut under_way = 0;
    for after in 0..OPENING {
        let cast = Cast::assemble().await;
        let (account, tunnel) = boxed(&cast).await;
        cast.router.set("ppp/secret", "olga", &[("disabled", "no")]).unwrap();
        let confirmed = answer_of(&cast, Answer::Confirm).await;
        restart_at(&cast, after);
        let is_decided = match cast.happen(account, confirmed).await {
            Ok(_) => true,
            // The restart met a look of the server's own, which came before the answer.
            Err(OpError::Refused(Refusal::ConnectionGone)) => false,
            Err(other) => panic!("at command {after}: {other}"),
        };
        cast.wait_router("the restart", |router| router.tunnels().is_empty()).await;
        let is_done = cast.sessions().await[0].connections[0].opened_at.is_some();
        under_way += u64::from(is_decided && !is_done);
        let restarted = cast.router.commands();
        // The next one to come has the same number and the same address.
        let next = cast.router.connect("olga", "l2tp", "203.0.113.7").unwrap();
        assert_eq!((&next.session_id, next.address), (&tunnel.session_id, tunnel.address), "given out again");
        cast.wait_router("the stranger to be cut", |router| router.tunnels().is_empty()).await;
        assert!(cast.router.address_list(ALLOW).is_empty(), "restarted at command {after}");
        let journal = cast.router.journal();
        let added = |e: &&JournalEntry| e.number > restarted && e.command == "/ip/firewall/address-list/add";
        assert_eq!(journal.iter().filter(added).count(), 0, "not for a moment: {journal:#?}");
        assert!(drifts(&cast).await.iter().any(|(text, _)| text.contains("olga")));
        cast.router.clear_faults();
        // It heals: Ivan comes again, is asked again, and gets in.
        cast.wait_session("to wait", |session| session.state == SessionState::Granted).await;
        cast.router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
        cast.wait_session("the question", |session| session.state == SessionState::Confirming).await;
        assert!(cast.router.address_list(ALLOW).is_empty(), "he was not asked about this one");
        answer(&cast, account, Answer::Confirm).await;
        cast.wait_session("the door to be open", is_open).await;
    }
    assert!(under_way * 2 > OPENING, "decided and not done when the router restarted: {under_way}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_of_an_end_leaves_nothing_open() {
    for after in 0..DEPTH {
        let cast = Cast::assemble().await;
        let (account, tunnel) = opened(&cast).await;
        let _flow = cast.router.open_flow(&tunnel, (Ipv4Addr::new(192, 168, 1, 10), 443), true);
        restart_at(&cast, after);
        cast.happen(account, Event::End { by: Cast::admin_actor("story") }).await.unwrap();
        let ended = cast.wait_session("the end to be told", |session| session.end_told).await;
        assert!(cast.router.tunnels().is_empty(), "at command {after}: {ended:#?}");
        assert!(cast.router.address_list(ALLOW).is_empty() && !cast.account_enabled("ivan"), "{after}");
        assert!(cast.router.connect("ivan", "l2tp", "203.0.113.7").is_err(), "no way in");
        cast.wait_router("the restart", |router| router.pending_faults() == 0).await;
        granted(&cast).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_router_that_takes_its_time_has_not_restarted() {
    let noon = Timestamp::from_micros(1_795_345_500_000_000);
    let cast = Cast::assemble_at(Clock::manual(noon), router_sim().await, &[], true).await;
    let boot = async || cast.app.store.read().await.unwrap().boot(cast.router_id).await.unwrap().0;
    let passes = |by: u64| {
        cast.router.advance(Duration::from_secs(by));
        cast.app.clock.advance(Duration::from_secs(by));
    };
    let pools = async |after: u64| {
        let is_it = |e: &JournalEntry| e.number > after && e.command == "/ip/pool/print";
        cast.router.wait_for(is_it).await.unwrap().number
    };
    // Read once by the worker and once by the doctor.
    let read = pools(pools(0).await).await;
    let first = boot().await;
    // The hour's reading, in which a minute passes.
    cast.router.fault(Fault::slow(Duration::from_millis(500)).on("/ip/pool/print").times(1));
    passes(3_600);
    cast.app.bus.look(cast.router_id).notify_one();
    pools(read).await;
    passes(60);
    looks(&cast.router, 1).await;
    let before = cast.router.commands();
    cast.router.break_connections();
    cast.router.wait_for(|e| e.number > before && e.command == "/login").await.unwrap();
    looks(&cast.router, 1).await;
    assert_eq!(boot().await, first, "its tunnels are what they were");
}

//! What was recorded explains itself: a long story with confirmations, known callers, an outage of Telegram, a changed
//! policy, refusals, a server that is killed, and a ban is read back from the store, and each tunnel of it gets the
//! verdict that it got then. Nothing but what is stored is looked at.

mod bot_cast;

use bot_cast::{BotCast, Database, NOON, tunnel_seen};
use sallyport::{
    ops::{
        Who,
        authority::{Manager, Viewer},
        outage,
        policies::{self, PolicyChange},
        sessions::{Target, apply},
    },
    store::records::{ConnectionRecord, Role},
};
use sallyport_shared::{
    ids::AccountId,
    policy::{AccessMode, LocalTime, NotAdmitted, OutageMode, Policy},
    session::{
        Answer, Arrival, Caller, CloseReason, Contact, EndReason, Event, Grounds, Recent, Session, Tunnel,
        Verdict,
    },
    time::{Seconds, Timestamp},
};

const HOME: &str = "203.0.113.7";
const ELSEWHERE: &str = "198.51.100.9";

/// A tunnel comes up.
async fn come(cast: &BotCast, account: AccountId, id: &str, caller: &str) {
    let seen = tunnel_seen("anna", id, caller, &format!("10.8.0.{}", id.len()));
    cast.happen(account, seen).await.unwrap();
    // Not two things at the same instant: what was over by then could not be told from what was not.
    cast.advance(1);
}

/// All tunnels of the person go.
async fn go(cast: &BotCast) {
    for session in cast.sessions().await {
        for connection in session.live_connections() {
            let gone = Event::TunnelGone { connection: connection.id, restarted: false };
            apply(&cast.app, &Target::Session(session.id), &gone, &Who::System).await.unwrap();
        }
    }
    cast.advance(1);
}

/// An administrator says yes to the tunnel that waits.
async fn confirm(cast: &BotCast, account: AccountId) {
    let session = cast.sessions().await.pop().unwrap();
    let connection = session.live_connections().last().unwrap().id;
    let by = bot_cast::admin();
    let yes = Event::Answered { connection, nonce: None, by, answer: Answer::Confirm };
    cast.happen(account, yes).await.unwrap();
    cast.advance(1);
}

async fn telegram_falls_silent(cast: &BotCast) {
    outage::silent(&cast.app).await.unwrap();
    cast.advance(120);
    outage::silent(&cast.app).await.unwrap();
    cast.advance(1);
}

async fn manager(cast: &BotCast) -> Manager {
    let admin = cast.administrator("marina", Role::Admin).await;
    Viewer::of(&admin, None, None).unwrap().manager().unwrap()
}

async fn default_policy(cast: &BotCast) -> Policy {
    cast.app.store.read().await.unwrap().default_policy().await.unwrap().unwrap().policy
}

/// What is known of the person's tunnels at `now`: as they stood then.
fn recent(records: &[ConnectionRecord], sessions: &[Session], now: Timestamp) -> Recent {
    let until_now = |contact: Contact| Contact {
        asked_at: contact.asked_at.filter(|at| *at < now),
        confirmed: contact.confirmed.filter(|(at, _)| *at < now),
        closed: contact.closed.filter(|(at, _)| *at < now),
        ..contact
    };
    let surplus = |contact: &Contact| matches!(contact.closed, Some((_, CloseReason::TooMany)));
    let before = records.iter().filter(|record| record.connection.connected_at < now);
    let against = |session: &&Session| {
        matches!(session.end_reason, Some(EndReason::Denied | EndReason::Banned | EndReason::EndedByAdmin))
    };
    Recent {
        contacts: before
            .map(|record| until_now(Contact::of(record.account, &record.connection)))
            .filter(|contact| !surplus(contact))
            .collect(),
        distrusted_at: sessions
            .iter()
            .filter(against)
            .filter_map(|session| session.ended_at)
            .filter(|at| *at < now)
            .max(),
        ..Recent::default()
    }
}

/// What was decided on a tunnel, as it is recorded.
fn decided(record: &ConnectionRecord) -> Verdict {
    let connection = &record.connection;
    match (connection.close_reason, connection.grounds, &connection.prompt) {
        (Some(CloseReason::TooMany), ..) => Verdict::TooMany,
        (Some(CloseReason::Banned), None, None) => Verdict::Ban,
        (_, Some(grounds), None) => Verdict::Open(grounds),
        (_, _, Some(_)) => Verdict::Ask,
        (_, None, None) => Verdict::AskAt(connection.ask_at.expect("put off")),
    }
}

/// The span in which Telegram was out of reach, as the audit has it.
async fn outage_of(cast: &BotCast) -> (Timestamp, Timestamp) {
    let mut tx = cast.app.store.read().await.unwrap();
    let chain = tx.audit_chain(0, 1_000).await.unwrap();
    let at = |action: &str| {
        chain.iter().find(|record| record.event.action == action).map(|record| record.at).unwrap()
    };
    (at("telegram.outage-begins"), at("telegram.outage-ends"))
}

async fn stored_events_give_the_verdicts_that_were_given(database: Database) {
    let mut cast = BotCast::assemble_without_bot(&database).await;
    let (_, id, account) = cast.member(501, "Анна", "anna").await;
    cast.policy(|policy| {
        policy.access_mode = AccessMode::Always;
        policy.max_tunnels = 2;
        policy.max_unconfirmed = 5;
        policy.trusted_reconnect_seconds = Seconds(3_600);
        policy.outage = OutageMode::Open;
    })
    .await;
    let first = default_policy(&cast).await;
    come(&cast, account, "0x1", HOME).await;
    confirm(&cast, account).await;
    come(&cast, account, "0x22", ELSEWHERE).await;
    come(&cast, account, "0x333", ELSEWHERE).await;
    go(&cast).await;
    come(&cast, account, "0x4444", HOME).await;
    go(&cast).await;
    telegram_falls_silent(&cast).await;
    come(&cast, account, "0x55555", ELSEWHERE).await;
    go(&cast).await;
    outage::answers(&cast.app).await.unwrap();
    cast.advance(1);
    cast.kill().await;
    cast.start();
    // From now on nobody is known, and callers come from one network alone.
    let change = PolicyChange {
        trusted_reconnect_seconds: Some(0),
        allowed_networks: Some(vec!["203.0.113.0/24".to_owned()]),
        prompt_limit: Some(2),
        ..PolicyChange::default()
    };
    let changed_at = cast.app.clock.now();
    policies::update(&cast.app, &manager(&cast).await, first.id, change).await.unwrap();
    let second = default_policy(&cast).await;
    cast.advance(1);
    come(&cast, account, "0x666666", ELSEWHERE).await;
    for number in 0..6 {
        come(&cast, account, &format!("0x7{number}"), &format!("203.0.113.{}", 10 + number)).await;
        go(&cast).await;
    }
    let (from, to) = outage_of(&cast).await;
    let sessions = cast.sessions().await;
    let mut tx = cast.app.store.read().await.unwrap();
    let records = tx.connections_since(NOON, Some(id), 1_000).await.unwrap();
    let turned_away = tx.turned_away_since(NOON, Some(id), 1_000).await.unwrap();
    let mut given: Vec<(Timestamp, Tunnel, Verdict)> = records
        .iter()
        .map(|record| (record.connection.connected_at, record.connection.tunnel.clone(), decided(record)))
        .chain(turned_away.iter().map(|r| (r.at, r.tunnel.clone(), Verdict::Refuse(r.against))))
        .collect();
    given.sort_by_key(|(at, ..)| *at);
    for (now, tunnel, then) in &given {
        let policy = if *now < changed_at { &first } else { &second };
        let is_up = |record: &&ConnectionRecord| {
            record.connection.connected_at < *now && record.connection.closed_at.is_none_or(|at| at > *now)
        };
        let arrival = Arrival {
            caller: Caller { account, address: tunnel.caller_id.as_deref(), country: None, now: *now },
            local: LocalTime { weekday: 7, minute: 665 },
            day_began: NOON.minus(Seconds(11 * 3_600)),
            others: u32::try_from(records.iter().filter(is_up).count()).unwrap(),
            // Nobody calls again from an address that is kept out.
            banned: false,
            telegram_out: from <= *now && *now < to,
        };
        let again = policy.verdict(&arrival, &recent(&records, &sessions, *now));
        assert_eq!(again, *then, "{} at {now}", tunnel.router_session_id);
    }
    let verdicts: Vec<Verdict> = given.iter().map(|(.., verdict)| *verdict).collect();
    for kind in [
        Verdict::Ask,
        Verdict::TooMany,
        Verdict::Open(Grounds::Trusted),
        Verdict::Open(Grounds::Outage),
        Verdict::Refuse(NotAdmitted::Network),
        Verdict::Ban,
    ] {
        assert!(verdicts.contains(&kind), "the story has no {kind:?}: {verdicts:?}");
    }
    assert!(verdicts.iter().any(|verdict| matches!(verdict, Verdict::AskAt(_))), "{verdicts:?}");
    for session in &sessions {
        let chain = tx.decisions_of_sessions(&[session.id]).await.unwrap().remove(&session.id).unwrap();
        assert!(!chain.is_empty(), "each session tells why");
    }
}

stories! {
    stored_events_give_the_verdicts_that_were_given,
}

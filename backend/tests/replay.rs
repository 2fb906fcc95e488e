//! What was recorded explains itself: a long story with confirmations, known callers, an outage of Telegram, a changed
//! policy, refusals, a server that is killed, and a ban is read back from the store, and each tunnel of it gets the
//! verdict that it got then; and so do what people answered and typed, and what the clock did. Nothing but what is stored
//! is looked at.

mod bot_cast;
mod mmdb;

use bot_cast::{BotCast, Database, NOON, tunnel_seen};
use sallyport::{
    countries::Countries,
    ops::{
        Who,
        authority::{Manager, Viewer},
        outage,
        policies::{self, PolicyChange},
        sessions::{Target, apply},
        what_if,
    },
    store::records::{AccountScene, ConnectionRecord, Role},
};
use sallyport_shared::{
    ids::AccountId,
    person::TelegramId,
    policy::{AccessMode, LocalTime, Moment, NotAdmitted, OutageMode, Policy, WorkingHours},
    session::{
        Actor, Answer, Arrival, Caller, CloseReason, Connection, ConnectionState, Contact, EndReason, Event,
        Fresh, Grounds, Nonce, Numbers, Prompt, Recent, Refusal, Scene, Session, SessionState, Tunnel,
        Verdict, step,
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

/// Sundays until eighteen o'clock, from Germany, with codes while Telegram is away.
fn strict(policy: &mut Policy) {
    policy.access_mode = AccessMode::Always;
    policy.working_hours = vec![WorkingHours { weekday: 7, from: 0, to: 1_080 }];
    policy.allowed_countries = vec!["DE".to_owned()];
    policy.outage = OutageMode::OfflineCode;
    policy.prompt_limit = 10;
}

/// What time it was where the policy's hours are meant, on that Sunday in UTC.
fn moment(at: Timestamp) -> Moment {
    let day_began = NOON.minus(Seconds(11 * 3_600 + 300));
    let minute = u16::try_from(at.since(day_began).0 / 60).unwrap();
    let end = day_began.plus(Seconds(18 * 3_600));
    let next = day_began.plus(Seconds(7 * 86_400));
    Moment {
        time: LocalTime { weekday: 7, minute },
        day_began,
        hours_end: (at < end).then_some(end),
        hours_begin: (at >= end).then_some(next),
    }
}

/// The rules are asked about an event again: with the session as it stood before, and what is stored of the rest.
fn again(
    scene: &AccountScene,
    before: &Session,
    event: &Event,
    at: Timestamp,
    telegram_out: bool,
) -> Result<Session, Refusal> {
    let fresh = Fresh {
        session: before.id,
        connection: before.connections[0].id,
        nonce: Nonce("unused".to_owned()),
        numbers: Numbers::of([0; 4]),
    };
    let scene = Scene {
        person: &scene.person,
        account: &scene.account,
        policy: &scene.policy,
        session: Some(before),
        local: moment(at),
        country: None,
        banned: false,
        recent: &Recent::default(),
        telegram_out,
        telegram_silent: telegram_out,
        fresh,
    };
    Ok(step(&scene, event, at)?.session.expect("a session stays one"))
}

/// The session of a tunnel as it stood while the tunnel waited (`inside`: while it was let through).
fn as_it_stood(session: &Session, record: &ConnectionRecord, inside: bool) -> Session {
    let known = &record.connection;
    let prompt = known
        .prompt
        .clone()
        .map(|prompt| Prompt { answered_at: prompt.answered_at.filter(|_| inside), ..prompt });
    let connection = Connection {
        state: if inside { ConnectionState::Confirmed } else { ConnectionState::Pending },
        waits_until: prompt.as_ref().map(|prompt| prompt.expires_at).filter(|_| !inside),
        confirmed_at: known.confirmed_at.filter(|_| inside),
        grounds: known.grounds.filter(|_| inside),
        closed_at: None,
        close_reason: None,
        prompt,
        ..known.clone()
    };
    Session {
        state: if inside { SessionState::Active } else { SessionState::Confirming },
        ended_at: None,
        end_reason: None,
        end_told: false,
        connections: vec![connection],
        ..session.clone()
    }
}

/// What people answered and typed and what the clock did, each asked of the rules once more.
async fn stored_answers_and_ticks_end_as_they_did(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("countries.mmdb");
    let networks = [("203.0.113.0", 24, Some("DE")), ("198.51.100.0", 24, Some("FR"))];
    std::fs::write(&file, mmdb::database(&networks)).unwrap();
    let mut cast = BotCast::assemble_without_bot(&database).await;
    cast.app.countries = Countries::open(Some(&file)).unwrap();
    let (_, id, account) = cast.member(502, "Анна", "anna").await;
    cast.policy(strict).await;
    come(&cast, account, "0x1", ELSEWHERE).await;
    come(&cast, account, "0x22", HOME).await;
    answer(&cast, account, TelegramId(502), Answer::Confirm).await;
    go(&cast).await;
    come(&cast, account, "0x333", HOME).await;
    cast.advance(60);
    cast.tick().await;
    telegram_falls_silent(&cast).await;
    come(&cast, account, "0x4444", HOME).await;
    let connection = cast.sessions().await.pop().unwrap().connections[0].id;
    cast.happen(account, Event::CodeEntered { connection }).await.unwrap();
    cast.advance(1);
    go(&cast).await;
    outage::answers(&cast.app).await.unwrap();
    come(&cast, account, "0x55555", HOME).await;
    answer(&cast, account, TelegramId(502), Answer::Confirm).await;
    cast.advance(moment(NOON).hours_end.unwrap().since(cast.app.clock.now()).0 + 1);
    cast.tick().await;
    cast.advance(1);
    come(&cast, account, "0x666666", HOME).await;
    // The same policy asked again of every arrival: place, hour and what was known then.
    let same = what_if::ask(&cast.app, PolicyChange::default(), Some(id), 7).await.unwrap();
    let same = same.sum;
    assert_eq!((same.connections, same.refused, same.examples.len()), (6, 2, 0), "{:?}", same.examples);

    let mut tx = cast.app.store.read().await.unwrap();
    let scene = tx.scene(account).await.unwrap().unwrap();
    let mut ends = Vec::new();
    for record in tx.connections_since(NOON, Some(id), 100).await.unwrap() {
        let (connection, who) = (&record.connection, record.connection.id);
        let session = tx.session(record.session).await.unwrap().unwrap().session;
        let waiting = as_it_stood(&session, &record, false);
        let prompt = connection.prompt.as_ref().expect("all of them were asked about");
        let tap = |answer| Event::Answered {
            connection: who,
            nonce: Some(prompt.nonce.clone()),
            by: Actor::Person(prompt.asked),
            answer,
        };
        match (connection.grounds, connection.confirmed_at, connection.closed_at) {
            (Some(Grounds::Person), Some(at), _) => {
                let now = again(&scene, &waiting, &tap(Answer::Confirm), at, false).unwrap();
                assert_eq!(now.connections[0].confirmed_at, Some(at));
                assert_eq!(now.connections[0].grounds, Some(Grounds::Person));
                let late = again(&scene, &waiting, &tap(Answer::Confirm), prompt.expires_at, false);
                assert_eq!(late, Err(Refusal::TooLate));
                ends.push("tapped");
            }
            (Some(Grounds::Code), Some(at), _) => {
                let typed = Event::CodeEntered { connection: who };
                let now = again(&scene, &waiting, &typed, at, true).unwrap();
                assert_eq!(now.connections[0].grounds, Some(Grounds::Code));
                assert!(again(&scene, &waiting, &typed, at, false).is_err(), "Telegram is there");
                ends.push("code");
            }
            (None, None, Some(at)) => {
                let now = again(&scene, &waiting, &Event::Tick, at, false).unwrap();
                assert_eq!(now.connections[0].close_reason, connection.close_reason);
                assert_eq!((now.state, now.end_reason), (session.state, session.end_reason));
                let early = again(&scene, &waiting, &Event::Tick, prompt.expires_at.minus(Seconds(1)), false);
                assert_eq!(early.unwrap().connections[0].state, ConnectionState::Pending);
                ends.push("silence");
            }
            other => panic!("nothing is known of {who}: {other:?}"),
        }
        if let (Some(CloseReason::Policy), Some(at)) = (connection.close_reason, connection.closed_at) {
            let inside = as_it_stood(&session, &record, true);
            let now = again(&scene, &inside, &Event::Tick, at, false).unwrap();
            assert_eq!(now.connections[0].close_reason, Some(CloseReason::Policy));
            let early = again(&scene, &inside, &Event::Tick, at.minus(Seconds(2)), false).unwrap();
            assert_eq!(early.connections[0].state, ConnectionState::Confirmed);
            ends.push("hours");
        }
    }
    assert_eq!(ends, ["tapped", "silence", "code", "tapped", "hours"]);
}

/// The person answers the question about the tunnel that waits.
async fn answer(cast: &BotCast, account: AccountId, person: TelegramId, answer: Answer) {
    let session = cast.sessions().await.pop().unwrap();
    let connection = session.live_connections().last().unwrap();
    let nonce = connection.prompt.as_ref().map(|prompt| prompt.nonce.clone());
    let event = Event::Answered { connection: connection.id, nonce, by: Actor::Person(person), answer };
    cast.happen(account, event).await.unwrap();
    cast.advance(1);
}

stories! {
    stored_answers_and_ticks_end_as_they_did,
    stored_events_give_the_verdicts_that_were_given,
}

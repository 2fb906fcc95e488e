//! Nobody is worn down, also when tunnels race, the server is killed, Telegram is out of reach or somebody sets the
//! clock; a changed policy reaches those who are inside; and what was recorded explains itself.

mod bot_cast;

use bot_cast::{BotCast, Database, NOON};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use sallyport::{
    ops::{
        OpError, Who, accounts, admins, attention,
        authority::{Manager, Owner, Viewer},
        bans, operate, outage,
        policies::{self, PolicyChange},
        sessions::{Target, apply},
        users, what_if,
    },
    store::records::{AlertKind, Role},
};
use sallyport_shared::{
    ids::AccountId,
    person::TelegramId,
    policy::{AccessMode, Confirmation, LocalTime, Moment, OutageMode, Policy},
    session::{
        Actor, CloseReason, ConnectionState, Contact, EndReason, Event, Grounds, Happened, Session,
        SessionState, Tunnel, Verdict, Wish, replay,
    },
    time::{Seconds, Timestamp},
};

const HOME: &str = "203.0.113.7";

fn tunnel(username: &str, session_id: &str, caller: &str) -> Event {
    Event::TunnelSeen {
        tunnel: Tunnel {
            router_session_id: session_id.to_owned(),
            username: username.to_owned(),
            service: "l2tp".to_owned(),
            caller_id: Some(caller.to_owned()),
            address: Some(format!("10.8.0.{}", session_id.len())),
        },
    }
}

/// A tunnel comes up and goes away unconfirmed.
async fn try_once(cast: &BotCast, account: AccountId, number: u32) {
    let session_id = format!("0x{number}");
    cast.happen(account, tunnel("anna", &session_id, HOME)).await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    if let Some(connection) = session.live_connections().next() {
        let gone = Event::TunnelGone { connection: connection.id, restarted: false };
        apply(&cast.app, &Target::Session(session.id), &gone, &Who::System).await.unwrap();
    }
    cast.advance(1);
}

fn questions(sessions: &[Session]) -> usize {
    sessions.iter().flat_map(|session| &session.connections).filter(|c| c.prompt.is_some()).count()
}

async fn manager(cast: &BotCast) -> Manager {
    viewer(cast).await.manager().unwrap()
}

async fn viewer(cast: &BotCast) -> Viewer {
    let owner = Owner::of_command_line();
    let name = format!("marina{}", cast.app.store.read().await.unwrap().admins().await.unwrap().len());
    let admin =
        admins::create(&cast.app, &owner, &name, "correct horse battery staple", Role::Admin).await.unwrap();
    Viewer::of(&admin, None, None).unwrap()
}

async fn always(cast: &BotCast, change: impl FnOnce(&mut Policy)) {
    cast.policy(|policy| {
        policy.access_mode = AccessMode::Always;
        change(policy);
    })
    .await;
}

async fn the_count_outlives_the_server_and_the_ban_can_be_lifted(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    let (anna, id, account) = cast.member(301, "Анна", "anna").await;
    always(&cast, |policy| policy.max_unconfirmed = 4).await;
    for number in 0..4 {
        try_once(&cast, account, number).await;
        if number == 1 {
            cast.kill().await;
            cast.start();
        }
    }
    assert_eq!(questions(&cast.sessions().await), 3, "three questions in five minutes");
    anna.wait_message(|message| message.text.contains("do not ask about every connection")).await.unwrap();
    try_once(&cast, account, 4).await;
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.end_reason, Some(EndReason::Banned));
    assert_eq!(session.connections.last().unwrap().close_reason, Some(CloseReason::Banned));
    let now = cast.app.clock.now();
    let mut tx = cast.app.store.read().await.unwrap();
    let ban = tx.bans(Some(cast.router), now).await.unwrap().pop().unwrap();
    assert_eq!((ban.address.as_str(), ban.user), (HOME, Some(id)));
    assert_eq!(ban.reason.code(), "banned_unconfirmed");
    let wishes = tx.due_wishes(cast.router, now, 100).await.unwrap();
    assert!(wishes.iter().any(|record| matches!(&record.wish, Wish::Ban { address, .. } if address == HOME)));
    assert!(tx.open_alerts().await.unwrap().iter().any(|alert| alert.alert.kind == AlertKind::Ban));
    drop(tx);
    // It lapses by itself, and resets no counter.
    cast.advance(1_800 - 60);
    let later = cast.app.clock.now().plus(Seconds(60));
    assert!(cast.app.store.read().await.unwrap().bans(None, later).await.unwrap().is_empty());
    // Lifted, the person is asked again.
    cast.policy(|policy| policy.unconfirmed_window_seconds = Seconds(86_400)).await;
    try_once(&cast, account, 5).await;
    let again = cast.app.store.read().await.unwrap().bans(None, cast.app.clock.now()).await.unwrap();
    let asked = questions(&cast.sessions().await);
    let by = manager(&cast).await;
    bans::lift(&cast.app, &by, again[0].id).await.unwrap();
    assert!(bans::lift(&cast.app, &by, again[0].id).await.is_err(), "it is over");
    try_once(&cast, account, 6).await;
    assert_eq!(questions(&cast.sessions().await), asked + 1);
    let mut tx = cast.app.store.read().await.unwrap();
    let wishes = tx.due_wishes(cast.router, cast.app.clock.now(), 100).await.unwrap();
    assert!(wishes.iter().any(|record| matches!(&record.wish, Wish::Unban { address } if address == HOME)));
    assert!(!tx.open_alerts().await.unwrap().iter().any(|alert| alert.alert.kind == AlertKind::Ban));
}

async fn tunnels_of_two_accounts_that_race_share_the_persons_questions(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, id, first) = cast.member(302, "Anna", "anna").await;
    let second = cast.account(id, "anna-home").await;
    always(&cast, |policy| policy.max_tunnels = 10).await;
    let seen = (0..10).map(|number| {
        let (account, name) = if number % 2 == 0 { (first, "anna") } else { (second, "anna-home") };
        cast.happen(account, tunnel(name, &format!("0x{number}"), HOME))
    });
    for applied in futures_util::future::join_all(seen).await {
        applied.unwrap();
    }
    let sessions = cast.sessions().await;
    assert_eq!(sessions.iter().map(|session| session.connections.len()).sum::<usize>(), 10);
    assert_eq!(questions(&sessions), 3);
}

async fn of_two_tunnels_that_race_one_is_too_many(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, _, account) = cast.member(303, "Anna", "anna").await;
    cast.grant(account).await;
    let (one, other) = tokio::join!(
        cast.happen(account, tunnel("anna", "0x1", HOME)),
        cast.happen(account, tunnel("anna", "0x22", "198.51.100.9")),
    );
    one.unwrap();
    other.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    let mut states: Vec<_> = session.connections.iter().map(|c| (c.state, c.close_reason)).collect();
    states.sort_by_key(|(_, reason)| reason.is_some());
    let expected = [(ConnectionState::Pending, None), (ConnectionState::Closed, Some(CloseReason::TooMany))];
    assert_eq!(states, expected);
}

async fn in_an_outage_the_policys_mode_holds_and_reverts_by_itself(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (_, _, account) = cast.member(304, "Anna", "anna").await;
    always(&cast, |policy| {
        policy.outage = OutageMode::Open;
        policy.max_tunnels = 10;
    })
    .await;
    let out = async || {
        let mut tx = cast.app.store.read().await.unwrap();
        outage::holds(&mut tx, cast.app.clock.now()).await.unwrap()
    };
    outage::silent(&cast.app).await.unwrap();
    cast.advance(60);
    outage::silent(&cast.app).await.unwrap();
    cast.happen(account, tunnel("anna", "0x1", HOME)).await.unwrap();
    assert!(!out().await, "a minute is no outage");
    let first = cast.sessions().await.pop().unwrap();
    assert_eq!(first.state, SessionState::Confirming);
    cast.advance(60);
    outage::silent(&cast.app).await.unwrap();
    assert!(out().await);
    assert_eq!(
        cast.sessions().await.pop().unwrap().state,
        SessionState::Confirming,
        "who waits is not let in by it"
    );
    cast.happen(account, tunnel("anna", "0x22", HOME)).await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.connections.last().unwrap().grounds, Some(Grounds::Outage));
    let items = attention::list(&cast.app).await.unwrap();
    assert!(items.iter().any(|item| item.detail.to_string().contains("OPEN WITHOUT BEING ASKED ABOUT")));
    // Whoever watched Telegram has died: nobody knows any more, so it is closed.
    cast.advance(181);
    assert!(!out().await);
    outage::silent(&cast.app).await.unwrap();
    assert!(!out().await, "a new silence begins to count anew");
    cast.advance(120);
    outage::silent(&cast.app).await.unwrap();
    assert!(out().await);
    outage::answers(&cast.app).await.unwrap();
    assert!(!out().await);
    cast.happen(account, tunnel("anna", "0x333", HOME)).await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.connections.last().unwrap().state, ConnectionState::Pending);
    let mut tx = cast.app.store.read().await.unwrap();
    let actions: Vec<String> =
        tx.audit_chain(0, 1_000).await.unwrap().into_iter().map(|record| record.event.action).collect();
    let count = |action: &str| actions.iter().filter(|other| *other == action).count();
    assert_eq!((count("telegram.outage-begins"), count("telegram.outage-ends")), (2, 1));
}

async fn a_shorter_policy_reaches_live_sessions_and_a_longer_one_does_not(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(305, "Anna", "anna").await;
    cast.grant(account).await;
    let promised = cast.sessions().await[0].expires_at.unwrap();
    let id = cast.app.store.read().await.unwrap().default_policy().await.unwrap().unwrap().policy.id;
    let longer = PolicyChange { session_seconds: Some(20 * 3_600), ..PolicyChange::default() };
    policies::update(&cast.app, &manager(&cast).await, id, longer).await.unwrap();
    cast.tick().await;
    assert_eq!(cast.sessions().await[0].expires_at, Some(promised));
    let shorter = PolicyChange { session_seconds: Some(3_600), ..PolicyChange::default() };
    policies::update(&cast.app, &manager(&cast).await, id, shorter).await.unwrap();
    assert_eq!(
        cast.sessions().await[0].expires_at,
        Some(promised),
        "looked at by the timers, not by the change"
    );
    cast.tick().await;
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.expires_at, session.granted_at.map(|at| at.plus(Seconds(3_600))));
    anna.wait_message(|message| message.text.contains("earlier than I said")).await.unwrap();
    let due = cast.app.store.read().await.unwrap().next_due().await.unwrap().unwrap();
    assert!(due > cast.app.clock.now(), "and then it is not due again at once");
}

async fn who_sets_the_clock_neither_ends_nor_lengthens_a_session(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, _, account) = cast.member(306, "Anna", "anna").await;
    cast.grant(account).await;
    let promised = cast.sessions().await[0].expires_at.unwrap();
    cast.app.clock.set_by(30 * 86_400);
    cast.tick().await;
    assert!(cast.sessions().await[0].state.is_live(), "a month was skipped, not spent");
    cast.app.clock.set_by(-60 * 86_400);
    cast.tick().await;
    assert!(cast.sessions().await[0].state.is_live());
    let items = attention::list(&cast.app).await.unwrap();
    assert!(items.iter().any(|item| item.detail.to_string().contains("clock was set")), "and it is said");
    cast.tunnel(account, "anna", "0x1").await;
    cast.advance(promised.since(NOON).0);
    cast.tick().await;
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!((session.end_reason, session.ended_at), (Some(EndReason::Expired), Some(promised)));
}

/// The recorded tunnels of a story, asked about again, get the verdicts that were given then.
async fn what_was_recorded_explains_itself(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, id, account) = cast.member(307, "Anna", "anna").await;
    always(&cast, |policy| {
        policy.max_unconfirmed = 4;
        policy.trusted_reconnect_seconds = Seconds(3_600);
    })
    .await;
    cast.happen(account, tunnel("anna", "0xa", HOME)).await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    let connection = session.connections[0].id;
    let by = bot_cast::admin();
    let yes =
        Event::Answered { connection, nonce: None, by, answer: sallyport_shared::session::Answer::Confirm };
    cast.happen(account, yes).await.unwrap();
    cast.advance(10);
    cast.happen(account, tunnel("anna", "0xbb", "198.51.100.9")).await.unwrap();
    // Not at the same instant: what was over by then would not count as a tunnel too many.
    cast.advance(1);
    let gone = Event::TunnelGone { connection, restarted: false };
    cast.happen(account, gone).await.unwrap();
    cast.advance(10);
    try_once(&cast, account, 1).await;
    for number in 2..8 {
        let caller = format!("192.0.2.{number}");
        cast.happen(account, tunnel("anna", &format!("0x{number}"), &caller)).await.unwrap();
        let last = cast.sessions().await.pop().unwrap();
        for connection in last.live_connections() {
            let gone = Event::TunnelGone { connection: connection.id, restarted: false };
            apply(&cast.app, &Target::Session(last.id), &gone, &Who::System).await.unwrap();
        }
        cast.advance(1);
    }
    let mut tx = cast.app.store.read().await.unwrap();
    let records = tx.connections_since(NOON, Some(id), 1_000).await.unwrap();
    let policy = tx.default_policy().await.unwrap().unwrap().policy;
    let day_began = Timestamp::from_micros(NOON.micros() - 11 * 3_600 * 1_000_000);
    let time = LocalTime { weekday: 7, minute: 665 };
    let tunnels: Vec<Happened> = records
        .iter()
        .map(|record| Happened {
            user: id,
            username: "anna".to_owned(),
            contact: Contact::of(record.account, &record.connection),
            moment: Moment { time, day_began, hours_end: None },
            telegram_out: false,
            turned_away: None,
        })
        .collect();
    let verdicts: Vec<Verdict> = replay(&policy, &tunnels).into_iter().map(|(_, verdict)| verdict).collect();
    let then: Vec<Verdict> = records
        .iter()
        .zip(&verdicts)
        .map(|(record, again)| match (record.connection.close_reason, record.connection.grounds) {
            (Some(CloseReason::TooMany), _) => Verdict::TooMany,
            (Some(CloseReason::Banned), None) => Verdict::Ban,
            (_, Some(grounds)) if record.connection.prompt.is_none() => Verdict::Open(grounds),
            _ if record.connection.prompt.is_some() => Verdict::Ask,
            _ => Verdict::AskAt(record.connection.ask_at.unwrap_or_else(|| panic!("unexplained: {again:?}"))),
        })
        .collect();
    assert_eq!(verdicts, then);
    let kinds = [Verdict::Ask, Verdict::TooMany, Verdict::Open(Grounds::Trusted), Verdict::Ban];
    assert!(kinds.iter().all(|kind| then.contains(kind)), "the story has all of them: {then:?}");
    for session in cast.sessions().await {
        let chain = tx.decisions_of_sessions(&[session.id]).await.unwrap().remove(&session.id).unwrap();
        assert!(!chain.is_empty(), "each session tells why");
    }
    drop(tx);
    // Asked of the same policy nothing would have been different; of a laxer one, something.
    let same = what_if::ask(&cast.app, PolicyChange::default(), Some(id), 7).await.unwrap();
    assert_eq!((same.connections, same.examples.len()), (9, 0), "{:?}", same.examples);
    let lax = PolicyChange {
        confirmation: Some(Confirmation::None),
        session_seconds: Some(1),
        ..PolicyChange::default()
    };
    let lax = what_if::ask(&cast.app, lax, None, 7).await.unwrap();
    assert_eq!((lax.prompted, lax.opened_silently + lax.refused), (0, 9));
    assert!(lax.sessions_ended_earlier > 0 && !lax.examples.is_empty());
    assert!(what_if::ask(&cast.app, PolicyChange::default(), None, 91).await.is_err());
}

/// A company's whole office may come from one public address: what is decided about one tunnel must name it, and not
/// the address.
async fn people_behind_one_address_do_not_touch_each_other(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, _, of_anna) = cast.member(308, "Anna", "anna").await;
    let (boris, _, of_boris) = cast.member(309, "Boris", "boris").await;
    always(&cast, |_| {}).await;
    cast.happen(of_anna, tunnel("anna", "0x1", HOME)).await.unwrap();
    cast.happen(of_boris, tunnel("boris", "0x22", HOME)).await.unwrap();
    let prompt = boris.wait_message(|message| message.button("Confirm").is_some()).await.unwrap();
    boris.press(prompt.message_id, "Confirm").await.unwrap();
    let of = async |account| {
        let all = cast.sessions().await;
        all.into_iter().find(|session| session.account == account).unwrap()
    };
    let session = of(of_boris).await;
    assert_eq!(session.state, SessionState::Active);
    // The router has let him in; what cannot be opened while the question lives is cut.
    let opened = Event::Opened { connection: session.connections[0].id };
    cast.happen(of_boris, opened).await.unwrap();
    assert_eq!(
        of(of_anna).await.state,
        SessionState::Confirming,
        "the yes of one opens nothing of the other's"
    );
    cast.advance(60);
    cast.tick().await;
    assert_eq!(of(of_anna).await.end_reason, Some(EndReason::ConfirmTimeout));
    assert_eq!(
        of(of_boris).await.state,
        SessionState::Active,
        "the silence of one cuts nothing of the other's"
    );
    let mut tx = cast.app.store.read().await.unwrap();
    for record in tx.due_wishes(cast.router, cast.app.clock.now(), 100).await.unwrap() {
        if let Wish::Cut { tunnel, .. } = record.wish {
            assert_eq!((tunnel.username.as_str(), tunnel.router_session_id.as_str()), ("anna", "0x1"));
        }
    }
}

/// What a button carries back is the client's to write: an account of somebody else's must not be asked for by it.
async fn an_account_is_asked_for_by_its_owner_alone(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, id, _) = cast.member(310, "Anna", "anna").await;
    cast.account(id, "anna-home").await;
    let (_, _, of_boris) = cast.member(311, "Boris", "boris").await;
    anna.send("/vpn").await;
    let choice = anna.wait_message(|message| message.text.starts_with("Which account")).await.unwrap();
    let data = format!("a:{of_boris}");
    let answer = anna.forge_callback(anna.chat_id(), choice.message_id, &data).answer().await.unwrap();
    assert!(answer.show_alert, "it is said that nothing happens");
    assert!(cast.sessions().await.is_empty());
    for button in choice.buttons().iter().flatten() {
        let data = button.callback_data.clone().unwrap();
        assert!(data.len() <= 64, "Telegram takes no more: {data}");
    }
}

/// Confirmed, gone, and then ended by an administrator while no tunnel was up: whoever has the password is asked again.
async fn an_administrators_end_takes_the_trust_with_it(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(312, "Anna", "anna").await;
    always(&cast, |policy| policy.trusted_reconnect_seconds = Seconds(3_600)).await;
    cast.happen(account, tunnel("anna", "0x1", HOME)).await.unwrap();
    let prompt = anna.wait_message(|message| !message.buttons().is_empty()).await.unwrap();
    anna.press(prompt.message_id, "Confirm").await.unwrap();
    let come_and_go = async |session_id: &str| {
        let session = cast.sessions().await.pop().unwrap();
        if let Some(connection) = session.live_connections().next() {
            let gone = Event::TunnelGone { connection: connection.id, restarted: false };
            apply(&cast.app, &Target::Session(session.id), &gone, &Who::System).await.unwrap();
        }
        cast.advance(1);
        cast.happen(account, tunnel("anna", session_id, HOME)).await.unwrap();
        cast.sessions().await.pop().unwrap().connections.pop().unwrap()
    };
    assert_eq!(come_and_go("0x22").await.grounds, Some(Grounds::Trusted), "as long as nobody ends it");
    let session = cast.sessions().await.pop().unwrap();
    let connection = session.live_connections().next().unwrap().id;
    let gone = Event::TunnelGone { connection, restarted: false };
    apply(&cast.app, &Target::Session(session.id), &gone, &Who::System).await.unwrap();
    cast.advance(1);
    let by = viewer(&cast).await.operator().unwrap();
    operate::end(&cast.app, &by, session.id, Some("Seen from two places")).await.unwrap();
    cast.advance(1);
    let again = come_and_go("0x333").await;
    assert_eq!((again.state, again.grounds), (ConnectionState::Pending, None));
}

/// Whoever dials again and again beside a person who is inside fills neither their chat nor what is counted.
async fn surplus_tunnels_are_told_of_once_and_hide_nothing(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, id, account) = cast.member(313, "Anna", "anna").await;
    always(&cast, |_| {}).await;
    cast.happen(account, tunnel("anna", "0x1", HOME)).await.unwrap();
    for number in 0..5 {
        cast.advance(1);
        let caller = format!("192.0.2.{number}");
        cast.happen(account, tunnel("anna", &format!("0x22{number}"), &caller)).await.unwrap();
    }
    let mut tx = cast.app.store.begin().await.unwrap();
    let recent = tx.recent(id, cast.router, NOON).await.unwrap();
    assert_eq!(recent.contacts.len(), 1, "those that were one too many count for nothing");
    assert_eq!(recent.surplus_at, Some(NOON.plus(Seconds(5))));
    drop(tx);
    assert_eq!(cast.sessions().await.pop().unwrap().connections.len(), 6, "all of them are in the history");
    cast.quiet().await;
    let told =
        anna.messages().iter().filter(|message| message.text.contains("only so many are allowed")).count();
    assert_eq!(told, 1, "once, and not for each");
}

/// Whoever dials again and again from where nobody may come does not fill the chat of the account's owner either.
async fn tunnels_from_foreign_places_are_told_of_once_a_window(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, id, account) = cast.member(315, "Anna", "anna").await;
    let mut window = Seconds(0);
    always(&cast, |policy| {
        policy.allowed_networks = vec!["198.51.100.0/24".to_owned()];
        window = policy.prompt_window_seconds;
    })
    .await;
    let dial = async |number: u32| {
        cast.advance(1);
        let caller = format!("192.0.2.{number}");
        cast.happen(account, tunnel("anna", &format!("0x33{number}"), &caller)).await.unwrap();
    };
    for number in 0..5 {
        dial(number).await;
    }
    cast.quiet().await;
    let told =
        || anna.messages().iter().filter(|message| message.text.contains("not allowed from there")).count();
    assert_eq!(told(), 1, "{:#?}", anna.messages());
    cast.advance(window.0);
    dial(6).await;
    cast.quiet().await;
    assert_eq!(told(), 2, "the window is over");
    let mut tx = cast.app.store.begin().await.unwrap();
    assert_eq!(tx.turned_away_since(NOON, Some(id), 10).await.unwrap().len(), 6, "all of them are kept");
}

/// A link that was taken away gives nobody access any more, whoever still has its id.
async fn an_unlinked_account_gets_no_session(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, _, account) = cast.member(314, "Anna", "anna").await;
    let by = manager(&cast).await;
    accounts::unlink(&cast.app, &by, account).await.unwrap();
    let ask = Event::Ask { by: Actor::Person(TelegramId(314)), seconds: None };
    assert!(matches!(cast.happen(account, ask).await, Err(OpError::NotFound(_))));
    assert!(cast.happen(account, tunnel("anna", "0x1", HOME)).await.is_err());
    assert!(cast.sessions().await.is_empty());
}

/// How many units of work wait for another's lock.
async fn waiting(url: &str) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Waiting {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let mut conn = AsyncPgConnection::establish(url).await.unwrap();
    let sql = "SELECT count(*) AS count FROM pg_stat_activity \
               WHERE wait_event_type = 'Lock' AND datname = current_database()";
    diesel::sql_query(sql).get_result::<Waiting>(&mut conn).await.unwrap().count
}

/// Somebody is blocked in the moment in which their tunnel is being looked at: whichever comes first, no session lives
/// afterwards.
async fn who_is_blocked_meanwhile_has_no_session_left(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, id, account) = cast.member(315, "Anna", "anna").await;
    always(&cast, |policy| policy.confirmation = Confirmation::None).await;
    let by = manager(&cast).await;
    // One unit of work has begun to read, and has not written yet.
    let mut first = cast.app.store.begin().await.unwrap();
    first.hold_scene(account).await.unwrap();
    let app = cast.app.clone();
    let blocked = tokio::spawn(async move { users::block(&app, &by, id, None).await });
    let late = cast.happen(account, tunnel("anna", "0x1", HOME));
    let release = async {
        while let Some(url) = cast.app.store.postgres_url()
            && !blocked.is_finished()
            && waiting(url).await == 0
        {}
        assert!(!blocked.is_finished(), "nobody is blocked in the middle of a decision");
        first.commit().await.unwrap();
    };
    let (seen, ()) = tokio::join!(late, release);
    drop(seen);
    blocked.await.unwrap().unwrap();
    assert!(cast.sessions().await.iter().all(|session| !session.state.is_live()));
}

stories! {
    people_behind_one_address_do_not_touch_each_other,
    an_account_is_asked_for_by_its_owner_alone,
    the_count_outlives_the_server_and_the_ban_can_be_lifted,
    tunnels_of_two_accounts_that_race_share_the_persons_questions,
    of_two_tunnels_that_race_one_is_too_many,
    in_an_outage_the_policys_mode_holds_and_reverts_by_itself,
    a_shorter_policy_reaches_live_sessions_and_a_longer_one_does_not,
    who_sets_the_clock_neither_ends_nor_lengthens_a_session,
    what_was_recorded_explains_itself,
    an_administrators_end_takes_the_trust_with_it,
    surplus_tunnels_are_told_of_once_and_hide_nothing,
    tunnels_from_foreign_places_are_told_of_once_a_window,
    an_unlinked_account_gets_no_session,
    who_is_blocked_meanwhile_has_no_session_left,
}

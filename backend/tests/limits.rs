//! What ends, and when: working hours on the wall clock, the time to connect, what stands for somebody to see to; and what
//! neither an outage of Telegram nor any number of tunnels may change.

mod bot_cast;

use bot_cast::{BotCast, Database, NOON};
use sallyport::{
    ops::{
        OpError, Who, alarms, attention,
        authority::{Manager, Operator, Viewer},
        bans, outage,
        policies::{self, PolicyChange},
        sessions::{Target, apply},
        wishes::{self, Carried, Hindrance},
    },
    store::records::{AlertKind, Role},
};
use sallyport_shared::{
    ids::AccountId,
    person::TelegramId,
    policy::{AccessMode, Confirmation, Policy, WorkingHours},
    reason::Reason,
    session::{
        Actor, Answer, Boot, CloseReason, ConnectionState, EndReason, Event, Refusal, Session, SessionState,
        Tunnel, Wish,
    },
    time::{Seconds, Timestamp},
};

const HOME: &str = "203.0.113.7";
const HOUR: u32 = 3_600;

fn tunnel(session_id: &str) -> Tunnel {
    Tunnel {
        boot: Boot::default(),
        router_session_id: session_id.to_owned(),
        username: "anna".to_owned(),
        service: "l2tp".to_owned(),
        caller_id: Some(HOME.to_owned()),
        address: Some("10.8.0.5".to_owned()),
    }
}

async fn comes(cast: &BotCast, account: AccountId, session_id: &str) {
    cast.happen(account, Event::TunnelSeen { tunnel: tunnel(session_id) }).await.unwrap();
}

/// Every live tunnel of the last session goes away.
async fn goes(cast: &BotCast) {
    let session = last(cast).await;
    for connection in session.live_connections() {
        let gone = Event::TunnelGone { connection: connection.id, restarted: false };
        apply(&cast.app, &Target::Session(session.id), &gone, &Who::System).await.unwrap();
    }
}

async fn last(cast: &BotCast) -> Session {
    cast.sessions().await.pop().expect("there is a session")
}

async fn manager(cast: &BotCast) -> Manager {
    viewer(cast).await.manager().unwrap()
}

async fn operator(cast: &BotCast) -> Operator {
    viewer(cast).await.operator().unwrap()
}

async fn viewer(cast: &BotCast) -> Viewer {
    let admin = cast.administrator("marina", Role::Admin).await;
    Viewer::of(&admin, None, None).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::from_micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

fn until(cast: &BotCast, then: Timestamp) {
    cast.advance(then.since(cast.app.clock.now()).0);
}

fn sundays_until_ten_in_berlin(policy: &mut Policy) {
    policy.access_mode = AccessMode::Always;
    policy.confirmation = Confirmation::None;
    policy.working_hours = vec![WorkingHours { weekday: 7, from: 0, to: 600 }];
    policy.time_zone = "Europe/Berlin".to_owned();
}

/// On an ordinary Sunday, on that on which the clocks go forward, and on that on which they go back.
async fn the_hours_end_on_the_wall_clock_and_the_tunnels_with_them(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(401, "Anna", "anna").await;
    cast.policy(sundays_until_ten_in_berlin).await;
    for (number, (comes_at, ends_at)) in [
        ("2026-11-29T00:30:00Z", "2026-11-29T09:00:00Z"),
        ("2027-03-28T00:30:00Z", "2027-03-28T08:00:00Z"),
        ("2027-10-30T23:30:00Z", "2027-10-31T09:00:00Z"),
    ]
    .into_iter()
    .enumerate()
    {
        until(&cast, at(comes_at));
        comes(&cast, account, &format!("0x{number}")).await;
        until(&cast, Timestamp::from_micros(at(ends_at).micros() - 1_000_000));
        cast.tick().await;
        assert_eq!(last(&cast).await.state, SessionState::Active, "a second before, on {ends_at}");
        cast.advance(1);
        cast.tick().await;
        let session = last(&cast).await;
        let connection = &session.connections[0];
        assert_eq!(
            (connection.closed_at, connection.close_reason),
            (Some(at(ends_at)), Some(CloseReason::Policy))
        );
        assert!(session.state.is_live(), "the session goes on, and the tunnel may come again in time");
        let cut = cast.app.store.read().await.unwrap().pending_wishes(cast.router).await.unwrap();
        let id = format!("0x{number}");
        assert!(cut.iter().any(|w| matches!(w, Wish::Cut { tunnel, .. } if tunnel.router_session_id == id)));
        cast.quiet().await;
        let told = anna.messages().iter().filter(|m| m.text.contains("not allowed at this hour")).count();
        assert_eq!(told, number + 1);
        cast.advance(13 * HOUR);
        cast.tick().await;
    }
}

async fn outside_the_hours_nobody_gets_access_by_asking_for_it(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, _, account) = cast.member(402, "Anna", "anna").await;
    cast.policy(|policy| {
        sundays_until_ten_in_berlin(policy);
        policy.access_mode = AccessMode::OnRequest;
    })
    .await;
    let ask = |by| Event::Ask { by, seconds: None };
    let refused = cast.happen(account, ask(Actor::Person(TelegramId(402)))).await;
    assert!(matches!(refused, Err(OpError::Refused(Refusal::OutsideHours))), "{refused:?}");
    assert!(cast.sessions().await.is_empty() && wishes(&cast).await.is_empty(), "and nothing was done");
    cast.happen(account, ask(bot_cast::admin())).await.unwrap();
}

async fn wishes(cast: &BotCast) -> Vec<Wish> {
    cast.app.store.read().await.unwrap().pending_wishes(cast.router).await.unwrap()
}

async fn who_came_unconfirmed_has_time_to_come_again(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, _, account) = cast.member(403, "Anna", "anna").await;
    cast.grant(account).await;
    cast.advance(14 * 60 + 30);
    comes(&cast, account, "0x1").await;
    cast.advance(60);
    cast.tick().await;
    let session = last(&cast).await;
    assert_eq!(session.connections[0].close_reason, Some(CloseReason::ConfirmTimeout));
    assert_eq!(session.state, SessionState::Granted, "they did connect");
    cast.advance(15 * 60 - 1);
    cast.tick().await;
    assert!(last(&cast).await.state.is_live());
    cast.advance(1);
    cast.tick().await;
    assert_eq!(last(&cast).await.end_reason, Some(EndReason::NeverConnected));
}

async fn the_time_to_connect_begins_when_one_can(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(404, "Anna", "anna").await;
    cast.happen(account, Event::Ask { by: bot_cast::admin(), seconds: None }).await.unwrap();
    cast.advance(HOUR);
    cast.tick().await;
    assert!(last(&cast).await.state.is_live(), "the router was away all the time");
    let next = cast.app.store.read().await.unwrap().next_due().await.unwrap();
    assert_eq!(next, last(&cast).await.expires_at, "nothing is due before");
    cast.happen(account, Event::AccountEnabled).await.unwrap();
    anna.wait_message(|message| message.text.contains("You can connect now")).await.unwrap();
    assert_eq!(last(&cast).await.connect_by, Some(NOON.plus(Seconds(HOUR + 15 * 60))));
    cast.advance(15 * 60);
    cast.tick().await;
    assert_eq!(last(&cast).await.end_reason, Some(EndReason::NeverConnected));
}

async fn where_the_account_stays_on_nobody_hears_that_it_is_switched_off(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(405, "Anna", "anna").await;
    cast.policy(|policy| policy.access_mode = AccessMode::Always).await;
    comes(&cast, account, "0x1").await;
    goes(&cast).await;
    cast.advance(15 * 60);
    cast.tick().await;
    let session = last(&cast).await;
    assert_eq!(session.end_reason, Some(EndReason::NeverConnected));
    apply(&cast.app, &Target::Session(session.id), &Event::Settled, &Who::System).await.unwrap();
    cast.quiet().await;
    assert!(!anna.messages().iter().any(|message| message.text.contains("switched off")));
    assert!(!wishes(&cast).await.iter().any(|wish| matches!(wish, Wish::Account { .. })));
}

async fn where_access_needs_approval_no_tunnel_comes_without_it(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, _, account) = cast.member(406, "Anna", "anna").await;
    let by = manager(&cast).await;
    let policy = cast.app.store.read().await.unwrap().default_policy().await.unwrap().unwrap().policy.id;
    let change = PolicyChange {
        access_mode: Some(AccessMode::Always),
        needs_approval: Some(true),
        ..PolicyChange::default()
    };
    let refused = policies::update(&cast.app, &by, policy, change).await;
    assert!(matches!(refused, Err(OpError::Invalid { field: "needsApproval", .. })), "{refused:?}");
    // As it may stand in a database of before.
    cast.policy(|policy| (policy.access_mode, policy.needs_approval) = (AccessMode::Always, true)).await;
    comes(&cast, account, "0x1").await;
    assert!(cast.sessions().await.is_empty());
    assert!(wishes(&cast).await.iter().any(|wish| matches!(wish, Wish::Cut { .. })));
}

/// Accounts follow a policy by what is wished because of it, not by what is found on the router.
async fn a_policys_access_mode_switches_the_accounts_of_those_who_have_it(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, _, account) = cast.member(407, "Anna", "anna").await;
    let (_, boris, of_boris) = cast.member(408, "Boris", "boris").await;
    let by = manager(&cast).await;
    let own = PolicyChange { name: Some("Own".to_owned()), ..PolicyChange::default() };
    let own = policies::create(&cast.app, &by, own).await.unwrap().policy.id;
    cast.change(boris, |user| user.policy = Some(own)).await;
    let default = cast.app.store.read().await.unwrap().default_policy().await.unwrap().unwrap().policy.id;
    let mode = |mode| PolicyChange { access_mode: Some(mode), ..PolicyChange::default() };
    for (mode_now, on) in [(AccessMode::Always, true), (AccessMode::OnRequest, false)] {
        policies::update(&cast.app, &by, default, mode(mode_now)).await.unwrap();
        let switched: Vec<_> = wishes(&cast)
            .await
            .into_iter()
            .filter_map(|wish| match wish {
                Wish::Account { account, enabled, .. } => Some((account, enabled)),
                _ => None,
            })
            .collect();
        assert_eq!(switched, [(account, on)], "{mode_now:?}");
    }
    policies::update(&cast.app, &by, own, mode(AccessMode::Always)).await.unwrap();
    assert!(
        wishes(&cast)
            .await
            .iter()
            .any(|w| matches!(w, Wish::Account { account, enabled: true, .. } if *account == of_boris))
    );
}

/// Nobody could confirm, so nobody is kept out for not having been confirmed; afterwards it counts again.
async fn nobody_is_banned_because_telegram_was_away(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (_, _, account) = cast.member(409, "Anna", "anna").await;
    cast.policy(|policy| {
        policy.access_mode = AccessMode::Always;
        policy.max_unconfirmed = 3;
        policy.prompt_limit = 100;
    })
    .await;
    let dial = async |number: u32| {
        comes(&cast, account, &format!("0x{number}")).await;
        goes(&cast).await;
        cast.advance(30);
    };
    for number in 0..8 {
        outage::silent(&cast.app).await.unwrap();
        dial(number).await;
    }
    assert!(
        outage::since(&mut cast.app.store.read().await.unwrap(), cast.app.clock.now())
            .await
            .unwrap()
            .is_some()
    );
    outage::answers(&cast.app).await.unwrap();
    for number in 10..13 {
        dial(number).await;
    }
    assert_ne!(last(&cast).await.end_reason, Some(EndReason::Banned));
    dial(13).await;
    assert_eq!(
        last(&cast).await.end_reason,
        Some(EndReason::Banned),
        "the fourth that somebody could have confirmed"
    );
}

/// What stands for a human ends when one says that they have seen to it, and by itself where that can be known.
async fn alerts_end_when_somebody_has_seen_to_them(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (_, _, account) = cast.member(410, "Anna", "anna").await;
    let denied = async |session_id: &str| {
        cast.happen(account, Event::Ask { by: bot_cast::admin(), seconds: None }).await.unwrap();
        // Not from the same address, which is kept out since.
        let tunnel =
            Tunnel { caller_id: Some(format!("192.0.2.{}", session_id.len())), ..tunnel(session_id) };
        cast.happen(account, Event::TunnelSeen { tunnel }).await.unwrap();
        let session = last(&cast).await;
        let connection = session.live_connections().next().unwrap();
        let nonce = connection.prompt.as_ref().unwrap().nonce.clone();
        let by = Actor::Person(TelegramId(410));
        let not_me =
            Event::Answered { connection: connection.id, nonce: Some(nonce), by, answer: Answer::NotMe };
        cast.happen(account, not_me).await.unwrap();
        cast.advance(1);
    };
    let standing = async |kind: AlertKind| {
        let items = attention::list(&cast.app).await.unwrap();
        items.into_iter().filter(|item| item.kind == kind && item.alert.is_some()).collect::<Vec<_>>()
    };
    denied("0x1").await;
    let by = operator(&cast).await;
    let alert = standing(AlertKind::Denial).await[0].alert.unwrap();
    attention::seen_to(&cast.app, &by, alert).await.unwrap();
    assert!(standing(AlertKind::Denial).await.is_empty());
    assert!(matches!(attention::seen_to(&cast.app, &by, alert).await, Err(OpError::NotFound(_))), "once");
    // Who lets the account be used again has seen to it.
    denied("0x22").await;
    assert_eq!(standing(AlertKind::Denial).await.len(), 1);
    cast.happen(account, Event::Ask { by: bot_cast::admin(), seconds: None }).await.unwrap();
    assert!(standing(AlertKind::Denial).await.is_empty());
    let audit = cast.app.store.read().await.unwrap().audit_chain(0, 1_000).await.unwrap();
    assert_eq!(audit.iter().filter(|record| record.event.action == "attention.settle").count(), 1);
}

async fn the_alert_about_a_ban_ends_with_the_ban(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (_, _, account) = cast.member(411, "Anna", "anna").await;
    cast.policy(|policy| {
        policy.access_mode = AccessMode::Always;
        policy.max_unconfirmed = 1;
        policy.ban_seconds = Seconds(600);
    })
    .await;
    for number in 0..2 {
        comes(&cast, account, &format!("0x{number}")).await;
        goes(&cast).await;
    }
    let banned_at = cast.app.clock.now();
    let open = async || {
        let open = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
        open.iter().filter(|alert| alert.alert.kind == AlertKind::Ban).count()
    };
    let again = alarms::tick(&cast.app).await.unwrap();
    assert_eq!((open().await, again), (1, Some(banned_at.plus(Seconds(600)))));
    cast.advance(600);
    alarms::tick(&cast.app).await.unwrap();
    assert_eq!(open().await, 0);
}

/// Two people behind one address: whoever's ban keeps it out, the alert of neither ends before the address is free.
async fn the_alert_about_a_ban_that_was_taken_over_stands_while_the_address_is_banned(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (_, _, account) = cast.member(414, "Anna", "anna").await;
    let (_, boris, _) = cast.member(415, "Boris", "boris").await;
    cast.policy(|policy| {
        policy.access_mode = AccessMode::Always;
        policy.max_unconfirmed = 1;
        policy.ban_seconds = Seconds(600);
    })
    .await;
    for number in 0..2 {
        comes(&cast, account, &format!("0x{number}")).await;
        goes(&cast).await;
    }
    cast.advance(1);
    let (now, why) = (cast.app.clock.now(), Reason::BannedNotMe { account: "boris".to_owned() });
    let end = now.plus(Seconds(HOUR));
    let mut tx = cast.app.store.begin().await.unwrap();
    let annas = tx.bans(Some(cast.router), now).await.unwrap().remove(0);
    let taken = tx.insert_ban(cast.router, &annas.address, &why, Some(end), Some(boris), now).await.unwrap();
    tx.commit().await.unwrap();
    let open = async || {
        let open = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
        open.iter().filter(|alert| alert.alert.kind == AlertKind::Ban).count()
    };
    let again = alarms::tick(&cast.app).await.unwrap();
    assert_eq!((open().await, again), (1, Some(end)));
    cast.advance(700);
    alarms::tick(&cast.app).await.unwrap();
    assert_eq!(open().await, 1, "her own ban would have lapsed, but the address is banned");
    bans::lift(&cast.app, &operator(&cast).await, taken.id).await.unwrap();
    alarms::tick(&cast.app).await.unwrap();
    assert_eq!(open().await, 0);
}

/// Who lets one account be used again has not seen to what was said of another.
async fn a_denial_is_seen_to_with_its_own_account(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (_, user, first) = cast.member(416, "Anna", "anna").await;
    let second = cast.account(user, "anna-home").await;
    for (account, username, caller) in [(first, "anna", HOME), (second, "anna-home", "192.0.2.9")] {
        cast.happen(account, Event::Ask { by: bot_cast::admin(), seconds: None }).await.unwrap();
        let tunnel = Tunnel {
            username: username.to_owned(),
            caller_id: Some(caller.to_owned()),
            ..tunnel(&format!("0x{username}"))
        };
        cast.happen(account, Event::TunnelSeen { tunnel }).await.unwrap();
        let session = cast.sessions().await.into_iter().find(|session| session.account == account).unwrap();
        let connection = session.live_connections().next().unwrap();
        let nonce = connection.prompt.as_ref().unwrap().nonce.clone();
        let by = Actor::Person(TelegramId(416));
        let (connection, nonce) = (connection.id, Some(nonce));
        let not_me = Event::Answered { connection, nonce, by, answer: Answer::NotMe };
        cast.happen(account, not_me).await.unwrap();
    }
    let denied = async || {
        let mut tx = cast.app.store.read().await.unwrap();
        let mut accounts = Vec::new();
        for open in tx.open_alerts().await.unwrap() {
            if open.alert.kind == AlertKind::Denial {
                accounts
                    .push(tx.session(open.alert.session.unwrap()).await.unwrap().unwrap().session.account);
            }
        }
        accounts
    };
    assert_eq!(denied().await, [first, second]);
    cast.happen(first, Event::Ask { by: bot_cast::admin(), seconds: None }).await.unwrap();
    assert_eq!(denied().await, [second], "it is still out of use");
    let scene = cast.app.store.read().await.unwrap().scene(second).await.unwrap().unwrap();
    assert!(scene.account.suspended);
    cast.happen(second, Event::Ask { by: bot_cast::admin(), seconds: None }).await.unwrap();
    assert!(denied().await.is_empty());
}

/// What a router refuses is an alert for as long as something waits because of it, and no longer.
async fn a_refusal_stands_until_nothing_waits_for_it(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (_, _, account) = cast.member(417, "Anna", "anna").await;
    cast.policy(|policy| policy.confirmation = Confirmation::None).await;
    let waiting = async || {
        let later = cast.app.clock.now().plus(Seconds(HOUR));
        cast.app.store.read().await.unwrap().due_wishes(cast.router, later, 100).await.unwrap()
    };
    let refuse = async || {
        for wish in waiting().await {
            wishes::hindered(&cast.app, &wish, &Hindrance::Refused("busy".to_owned())).await.unwrap();
        }
    };
    let carry_out = async || {
        for wish in waiting().await {
            wishes::done(&cast.app, &wish, &Carried::Done).await.unwrap();
        }
    };
    let standing = async || {
        let open = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
        open.into_iter().map(|open| open.alert.detail.code()).collect::<Vec<_>>()
    };
    let ask = Event::Ask { by: bot_cast::admin(), seconds: None };
    let end = Event::End { by: bot_cast::admin() };

    // Switching on was refused, and then the session ended: it is not wished any more.
    cast.happen(account, ask.clone()).await.unwrap();
    refuse().await;
    assert_eq!(standing().await, ["would_not_switch_on"]);
    cast.happen(account, end.clone()).await.unwrap();
    assert!(standing().await.is_empty(), "{:?}", standing().await);
    carry_out().await;

    // An end is made of several wishes: it is refused until the last of them was carried out.
    cast.happen(account, ask.clone()).await.unwrap();
    carry_out().await;
    comes(&cast, account, "0x1").await;
    carry_out().await;
    cast.happen(account, end.clone()).await.unwrap();
    refuse().await;
    let left = waiting().await;
    assert!(left.len() >= 3, "door, account and tunnel: {left:#?}");
    for wish in &left {
        assert_eq!(standing().await, ["would_not_close"], "before {:?}", wish.wish);
        wishes::done(&cast.app, wish, &Carried::Done).await.unwrap();
    }
    assert!(standing().await.is_empty());

    // Switching off was refused, and then access was granted again: a newer wish has taken its place.
    cast.happen(account, ask.clone()).await.unwrap();
    carry_out().await;
    cast.happen(account, end).await.unwrap();
    refuse().await;
    assert_eq!(standing().await, ["would_not_close"]);
    cast.happen(account, ask).await.unwrap();
    alarms::tick(&cast.app).await.unwrap();
    assert!(standing().await.is_empty());
}

/// Two people behind one address: the shorter ban of one does not end the longer one of the other.
async fn of_two_bans_of_an_address_the_longer_one_holds(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let mut tx = cast.app.store.begin().await.unwrap();
    let why = Reason::BannedNotMe { account: "anna".to_owned() };
    let late = Some(NOON.plus(Seconds(24 * HOUR)));
    let soon = Some(NOON.plus(Seconds(HOUR)));
    for (address, times, holds) in [
        ("192.0.2.1", [late, soon], late),
        ("192.0.2.2", [soon, late], late),
        ("192.0.2.3", [None, soon], None),
    ] {
        for until in times {
            tx.insert_ban(cast.router, address, &why, until, None, NOON).await.unwrap();
        }
        let all = tx.bans(Some(cast.router), NOON).await.unwrap();
        let of_address: Vec<_> =
            all.iter().filter(|ban| ban.address == address).map(|ban| ban.until).collect();
        assert_eq!(of_address, [holds], "{address}");
    }
}

/// Any number of tunnels that are one too many hide neither that somebody is inside nor what has to be ended with them.
async fn surplus_tunnels_do_not_hide_who_was_inside(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (_, _, account) = cast.member(412, "Anna", "anna").await;
    cast.policy(|policy| {
        policy.access_mode = AccessMode::Always;
        policy.confirmation = Confirmation::None;
    })
    .await;
    comes(&cast, account, "0xinside").await;
    for number in 0..25 {
        cast.advance(1);
        comes(&cast, account, &format!("0x{number}")).await;
    }
    cast.happen(account, Event::End { by: bot_cast::admin() }).await.unwrap();
    let session = last(&cast).await;
    let inside = session.connections.iter().find(|known| known.tunnel == tunnel("0xinside"));
    assert!(inside.is_some_and(|known| known.state == ConnectionState::Closed), "{:#?}", session.connections);
    let mut tx = cast.app.store.read().await.unwrap();
    assert!(tx.was_confirmed(session.id, &tunnel("0xinside")).await.unwrap());
    assert!(!tx.was_confirmed(session.id, &tunnel("0x7")).await.unwrap());
}

stories! {
    the_hours_end_on_the_wall_clock_and_the_tunnels_with_them,
    outside_the_hours_nobody_gets_access_by_asking_for_it,
    who_came_unconfirmed_has_time_to_come_again,
    the_time_to_connect_begins_when_one_can,
    where_the_account_stays_on_nobody_hears_that_it_is_switched_off,
    where_access_needs_approval_no_tunnel_comes_without_it,
    a_policys_access_mode_switches_the_accounts_of_those_who_have_it,
    nobody_is_banned_because_telegram_was_away,
    alerts_end_when_somebody_has_seen_to_them,
    the_alert_about_a_ban_ends_with_the_ban,
    the_alert_about_a_ban_that_was_taken_over_stands_while_the_address_is_banned,
    a_denial_is_seen_to_with_its_own_account,
    a_refusal_stands_until_nothing_waits_for_it,
    of_two_bans_of_an_address_the_longer_one_holds,
    surplus_tunnels_do_not_hide_who_was_inside,
}

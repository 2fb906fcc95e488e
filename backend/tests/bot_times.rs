//! What is promised, reminded of and taken back: the end of working hours, reminders that hold no more, and accounts that
//! are always on.

mod bot_cast;

use bot_cast::{BotCast, Database, admin, hears};
use sallyport::ops::{
    attention,
    wishes::{self, Carried},
};
use sallyport_shared::{
    ids::{AccountId, SessionId},
    policy::{AccessMode, OutageMode, Policy, WorkingHours},
    reason::Reason,
    session::{Answer, EndReason, Event, SessionState},
    time::{Seconds, Timestamp},
};
use sim::telegram::{Message, Person};

const HOUR: u32 = 3_600;

fn at(text: &str) -> Timestamp {
    Timestamp::from_micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

/// On all days until eighteen o'clock in Berlin.
fn until_six_in_berlin(policy: &mut Policy) {
    policy.working_hours = (1..=7).map(|weekday| WorkingHours { weekday, from: 0, to: 1_080 }).collect();
    policy.time_zone = "Europe/Berlin".to_owned();
}

/// The tunnel that waits was confirmed and let through.
async fn gets_in(cast: &BotCast, person: &Person, account: AccountId, session_id: &str) {
    cast.tunnel(account, "anna", session_id).await;
    let asks =
        |message: &Message| message.button_texts().len() == 2 && message.text.contains("just connected");
    let prompt = person.wait_message(asks).await.unwrap();
    person.press(prompt.message_id, &prompt.button_texts()[0]).await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    let connection = session.live_connections().next().unwrap().id;
    cast.happen(account, Event::Opened { connection }).await.unwrap();
}

async fn last(cast: &BotCast) -> SessionId {
    cast.sessions().await.pop().unwrap().id
}

/// On a day that begins and whose reminder is due at these times.
async fn hours_end(database: Database, begins: &str, reminded: &str) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| {
        until_six_in_berlin(policy);
        // Until the hours of the next day begin, and longer.
        policy.session_seconds = Seconds(26 * HOUR);
    })
    .await;
    cast.advance(at(begins).since(cast.app.clock.now()).0);
    let (anna, _, account) = cast.member(601, "Anna", "anna").await;
    cast.grant(account).await;
    let granted = hears(&anna, "You can connect now.").await;
    assert!(granted.text.contains("Access until 18:00;"), "{begins}: {}", granted.text);
    gets_in(&cast, &anna, account, "0x1").await;
    let opened = hears(&anna, "You are in.").await;
    assert!(opened.text.contains("Access until 18:00."), "{}", opened.text);
    anna.send("/sessions").await;
    let line = hears(&anna, "connected, until 18:00").await;
    assert_eq!(line.button_texts(), ["Finish"], "more time would be of no use");

    cast.advance(at(reminded).since(cast.app.clock.now()).0 - 1);
    cast.tick().await;
    cast.quiet().await;
    assert!(!anna.messages().iter().any(|message| message.text.contains("with your working hours")));
    cast.advance(1);
    cast.tick().await;
    let reminder = hears(&anna, "with your working hours").await;
    assert!(reminder.text.contains("ends at 18:00"), "{}", reminder.text);
    assert_eq!(reminder.button_texts(), ["Finish"]);
    // A button of before: what it promised would not come true.
    let data = format!("x:{}:0", last(&cast).await);
    let late = anna.forge_callback(anna.chat_id(), line.message_id, &data).answer().await.unwrap();
    assert!(late.show_alert, "{late:?}");
    cast.advance(15 * 60);
    cast.tick().await;
    hears(&anna, "not allowed at this hour").await;
    let over = anna.wait_edit(reminder.message_id, |message| message.text.contains("ended at 18:00")).await;
    let over = over.unwrap();
    assert!(over.text.contains("You can connect again from ") && over.buttons().is_empty(), "{}", over.text);
    anna.send("/sessions").await;
    hears(&anna, "but your working hours do not run now").await;
}

async fn the_end_of_the_hours_is_what_is_told_and_reminded_of(database: Database) {
    hours_end(database, "2026-11-24T10:05:00Z", "2026-11-24T16:45:00Z").await;
}

async fn the_hours_end_on_the_wall_clock_when_it_goes_forward(database: Database) {
    hours_end(database, "2027-03-28T00:05:00Z", "2027-03-28T15:45:00Z").await;
}

async fn the_hours_end_on_the_wall_clock_when_it_goes_back(database: Database) {
    hours_end(database, "2027-10-30T22:05:00Z", "2027-10-31T16:45:00Z").await;
}

async fn access_outside_the_hours_promises_nothing(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| {
        until_six_in_berlin(policy);
        policy.working_hours.retain(|hours| hours.weekday == 1);
    })
    .await;
    let (anna, _, account) = cast.member(602, "Anna", "anna").await;
    cast.grant(account).await;
    let told = hears(&anna, "your working hours do not run now").await;
    assert!(!told.text.contains("You can connect now"), "{}", told.text);
}

/// From nine to eighteen on all days in Berlin, where it is eight in the evening.
async fn in_the_evening(database: &Database) -> BotCast {
    let cast = BotCast::assemble(database).await;
    cast.policy(|policy| {
        policy.working_hours =
            (1..=7).map(|weekday| WorkingHours { weekday, from: 540, to: 1_080 }).collect();
        policy.time_zone = "Europe/Berlin".to_owned();
        policy.session_seconds = Seconds(24 * HOUR);
    })
    .await;
    cast.advance(at("2026-11-24T19:00:00Z").since(cast.app.clock.now()).0);
    cast
}

async fn until(cast: &BotCast, then: &str) {
    cast.advance(at(then).since(cast.app.clock.now()).0);
    cast.tick().await;
}

/// Through the night, during which nobody can come.
async fn access_granted_in_the_evening_is_there_in_the_morning(database: Database) {
    let cast = in_the_evening(&database).await;
    let (bert, _, his) = cast.member(611, "Bert", "bert").await;
    cast.grant(his).await;
    hears(&bert, "You can connect from 25 Nov, 09:00, when they begin; connect by 25 Nov, 09:15.").await;
    cast.advance(1);
    let (anna, _, account) = cast.member(612, "Anna", "anna").await;
    cast.grant(account).await;
    hears(&anna, "The access itself lasts until 25 Nov, 20:00.").await;
    until(&cast, "2026-11-24T19:16:00Z").await;
    let next = cast.app.store.read().await.unwrap().next_due().await.unwrap();
    assert_eq!(next, Some(at("2026-11-25T08:00:00Z")), "nothing is looked at before the hours begin");
    anna.send("/sessions").await;
    hears(&anna, "you can connect from 25 Nov, 09:00").await;

    until(&cast, "2026-11-25T08:00:00Z").await;
    for session in cast.sessions().await {
        let shown = session.until(session.review_at).unwrap();
        assert_eq!((session.state, shown.at), (SessionState::Granted, at("2026-11-25T17:00:00Z")));
    }
    until(&cast, "2026-11-25T08:05:00Z").await;
    gets_in(&cast, &anna, account, "0x1").await;
    hears(&anna, "Access until 18:00.").await;
    until(&cast, "2026-11-25T08:15:00Z").await;
    let ends: Vec<_> = cast.sessions().await.iter().map(|session| session.end_reason).collect();
    assert_eq!(ends, [Some(EndReason::NeverConnected), None]);
    cast.quiet().await;
    assert!(!anna.messages().iter().any(|message| message.text.contains("earlier than I said")));
}

async fn access_that_is_over_before_the_hours_begin_says_so(database: Database) {
    let cast = in_the_evening(&database).await;
    cast.policy(|policy| policy.session_seconds = Seconds(8 * HOUR)).await;
    let (anna, _, account) = cast.member(613, "Anna", "anna").await;
    cast.grant(account).await;
    let told = hears(&anna, "it will be over before your working hours begin").await;
    assert!(told.text.contains("It lasts until 25 Nov, 04:00"), "{}", told.text);
    anna.send("/sessions").await;
    hears(&anna, "your working hours do not begin before 25 Nov, 09:00: you cannot connect").await;
    until(&cast, "2026-11-25T03:00:00Z").await;
    assert_eq!(cast.sessions().await[0].end_reason, Some(EndReason::Expired));
}

/// The reminder is changed with what came of the end that it spoke of, whoever saw to that, and across a restart.
async fn a_reminder_that_holds_no_more_says_so(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(603, "Anna", "anna").await;
    cast.grant(account).await;
    gets_in(&cast, &anna, account, "0x1").await;
    cast.advance(12 * HOUR - 15 * 60);
    cast.tick().await;
    let first = hears(&anna, "Do you need more time?").await;
    // Extended elsewhere: nobody has touched the buttons.
    cast.happen(account, Event::Extend { by: admin(), seconds: None }).await.unwrap();
    let over = anna.wait_edit(first.message_id, |message| message.text.contains("was extended until")).await;
    assert!(over.unwrap().buttons().is_empty());
    cast.advance(2 * HOUR);
    cast.tick().await;
    let second = anna
        .wait_message(|message| message.message_id > first.message_id && message.text.contains("more time?"))
        .await
        .unwrap();
    cast.quiet().await;
    cast.kill().await;
    cast.reopen().await;
    cast.start();
    cast.advance(15 * 60);
    cast.tick().await;
    let over = anna.wait_edit(second.message_id, |message| message.text.contains("is over")).await.unwrap();
    assert!(over.buttons().is_empty());
    let first = anna.message(first.message_id).unwrap();
    assert!(first.text.contains("was extended until"), "it is changed once: {}", first.text);
}

/// The reminder could not be sent while Telegram was away: it is not sent after all, and there is nothing to change.
async fn a_reminder_that_was_never_sent_is_not_changed(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(604, "Anna", "anna").await;
    cast.grant(account).await;
    gets_in(&cast, &anna, account, "0x1").await;
    cast.quiet().await;
    cast.stop().await;
    cast.advance(12 * HOUR - 15 * 60);
    cast.tick().await;
    cast.happen(account, Event::Extend { by: admin(), seconds: None }).await.unwrap();
    cast.start();
    hears(&anna, "Extended: access").await;
    cast.quiet().await;
    assert!(!anna.messages().iter().any(|message| message.text.contains("Do you need more time?")));
}

async fn where_the_account_is_always_on_nothing_is_asked_for(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.access_mode = AccessMode::Always).await;
    let (anna, id, account) = cast.member(605, "Anna", "anna").await;
    anna.send("Get VPN").await;
    let told = hears(&anna, "You need not ask for access").await;
    assert!(told.text.contains("anna (Office)") && !told.text.contains("connect by"), "{}", told.text);
    assert!(cast.sessions().await.is_empty(), "no session that ends while nobody notices");
    let keyboard = anna.keyboard().unwrap().concat();
    assert!(!keyboard.contains(&"Get VPN".to_owned()) && keyboard.contains(&"My sessions".to_owned()));
    anna.send("/sessions").await;
    hears(&anna, "You are not connected now. You need not ask for access").await;
    // Nothing is asked for, so there is nothing to choose, either.
    let second = cast.account(id, "anna-home").await;
    anna.send("/vpn").await;
    hears(&anna, "anna (Office), anna-home (Office)").await;
    // An administrator's grant is said without a time that takes nothing away.
    cast.grant(account).await;
    let granted = hears(&anna, "You can connect now.").await;
    assert!(!granted.text.contains("connect by"), "{}", granted.text);
    cast.happen(second, Event::TunnelSeen { tunnel: seen("anna-home") }).await.unwrap();
    hears(&anna, "Is it you who just connected?").await;
}

fn seen(username: &str) -> sallyport_shared::session::Tunnel {
    match bot_cast::tunnel_seen(username, "0x99", "203.0.113.9", "10.8.0.9") {
        Event::TunnelSeen { tunnel } => tunnel,
        _ => unreachable!(),
    }
}

async fn what_waits_is_called_by_its_name(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.needs_approval = true).await;
    let (anna, _, account) = cast.member(606, "Anna", "anna").await;
    anna.send("/vpn").await;
    hears(&anna, "If nobody has by 11:20 UTC, the request lapses.").await;
    anna.send("/vpn").await;
    hears(&anna, "the operators have not decided yet").await;
    cast.happen(account, Event::Approve { by: admin() }).await.unwrap();
    cast.happen(account, Event::AccountEnabled).await.unwrap();
    cast.tunnel(account, "anna", "0x1").await;
    anna.send("/sessions").await;
    // The question's minute, and not the session's.
    hears(&anna, "waits for your answer until 11:06 UTC; access until 23:05 UTC").await;
    let connection = cast.sessions().await[0].connections[0].id;
    let denied = Event::Answered { connection, nonce: None, by: admin(), answer: Answer::NotMe };
    cast.happen(account, denied).await.unwrap();
    hears(&anna, "An administrator denied the connection of the account anna").await;
    anna.send("/status").await;
    hears(&anna, "Locked after a “Not me”, talk to your administrator: anna (Office)").await;
    assert!(!anna.messages().iter().any(|message| message.text.starts_with("Done:")));
}

async fn who_never_came_is_not_told_that_an_account_is_off_that_is_on(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.disable_account_at_end = false).await;
    let (anna, _, account) = cast.member(607, "Anna", "anna").await;
    cast.grant(account).await;
    let now = cast.app.clock.now();
    let due = cast.app.store.read().await.unwrap().due_wishes(cast.router, now, 100).await.unwrap();
    for wish in due {
        wishes::done(&cast.app, &wish, &Carried::Done).await.unwrap();
    }
    cast.advance(15 * 60);
    cast.tick().await;
    let told = hears(&anna, "You did not connect in time").await;
    assert!(!told.text.contains("switched off"), "{}", told.text);
}

async fn one_time_codes_are_offered_where_they_open_something(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, _) = cast.member(610, "Anna", "anna").await;
    anna.send("/code").await;
    let told = hears(&anna, "open nothing under your rules").await;
    assert!(told.buttons().is_empty());
    anna.send("/help").await;
    assert!(!hears(&anna, "How it works").await.text.contains("/code"));
    cast.policy(|policy| policy.outage = OutageMode::OfflineCode).await;
    let items = attention::list(&cast.app).await.unwrap();
    let wanted =
        |detail: &Reason| matches!(detail, Reason::NoPageAddress { policies } if policies == &["Default"]);
    assert!(items.iter().any(|item| wanted(&item.detail)), "nobody knows where the page is");
    anna.send("/code").await;
    anna.wait_message(|message| message.button("Set up").is_some()).await.unwrap();
}

stories! {
    the_end_of_the_hours_is_what_is_told_and_reminded_of,
    the_hours_end_on_the_wall_clock_when_it_goes_forward,
    the_hours_end_on_the_wall_clock_when_it_goes_back,
    access_outside_the_hours_promises_nothing,
    access_granted_in_the_evening_is_there_in_the_morning,
    access_that_is_over_before_the_hours_begin_says_so,
    a_reminder_that_holds_no_more_says_so,
    a_reminder_that_was_never_sent_is_not_changed,
    where_the_account_is_always_on_nothing_is_asked_for,
    what_waits_is_called_by_its_name,
    who_never_came_is_not_told_that_an_account_is_off_that_is_on,
    one_time_codes_are_offered_where_they_open_something,
}

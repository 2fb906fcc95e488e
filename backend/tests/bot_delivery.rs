//! What is to be said arrives: in order, whatever Telegram does in between, and not when it is over.

mod bot_cast;

use bot_cast::{BotCast, Database, admin};
use sallyport::{
    bot::BotState,
    bus::Change,
    ops::letters::{Addressee, tell},
    store::records::{AlertKind, Role},
    work::deliver::{Status, tick},
};
use sallyport_shared::{
    ids::UserId,
    language::Language,
    message::Message,
    person::{TelegramId, UserStatus},
    session::{Answer, CloseReason, ConnectionState, Event, SessionState},
};
use sim::telegram::{Fault, FaultRule};
use tokio::sync::broadcast::Receiver;

async fn say(cast: &BotCast, chat: i64, name: &str) {
    let to = Addressee { chat: TelegramId(chat), user: None, language: Some(Language::En) };
    let mut tx = cast.app.store.begin().await.unwrap();
    tell(&mut tx, to, Message::Menu { name: name.to_owned() }, cast.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    cast.app.bus.deliveries.notify_one();
}

fn heard(person: &sim::telegram::Person) -> Vec<String> {
    person
        .messages()
        .iter()
        .filter(|message| message.from_bot())
        .map(|message| message.text.clone())
        .collect()
}

async fn a_pass_sends_all_in_the_order_of_each_chat(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let people: Vec<_> = (1..=8).map(|n| cast.telegram.person(n, "P", None, None)).collect();
    people.iter().for_each(|person| person.unblock());
    for round in 0..3 {
        for person in &people {
            say(&cast, person.id(), &format!("{round}")).await;
        }
    }
    let mut sent = 0;
    while cast.app.store.read().await.unwrap().pending_deliveries_count().await.unwrap() > 0 {
        sent += tick(&cast.app, &cast.line()).await.unwrap().sent;
        cast.advance(1);
    }
    assert_eq!(sent, 24);
    for person in &people {
        let wanted = [
            "0, what would you like to do?",
            "1, what would you like to do?",
            "2, what would you like to do?",
        ];
        assert_eq!(heard(person), wanted);
    }
    assert_eq!(tick(&cast.app, &cast.line()).await.unwrap(), Status::default(), "nothing is sent twice");
}

async fn told_to_wait_it_waits_as_long_and_the_order_stays(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let anna = cast.telegram.person(1, "Anna", None, None);
    let olga = cast.telegram.person(2, "Olga", None, None);
    anna.unblock();
    olga.unblock();
    let flood = FaultRule::new(Fault::FloodWait { retry_after: 7 }).on("sendMessage").in_chat(1).times(1);
    cast.telegram.inject(flood);
    say(&cast, 1, "first").await;
    say(&cast, 1, "second").await;
    say(&cast, 2, "other").await;
    let line = cast.line();
    let status = tick(&cast.app, &line).await.unwrap();
    assert_eq!(status, Status { sent: 1, delayed: 1, ..Status::default() });
    assert_eq!(heard(&olga).len(), 1, "others do not wait");
    cast.advance(6);
    assert_eq!(tick(&cast.app, &line).await.unwrap(), Status::default());
    cast.advance(1);
    assert_eq!(tick(&cast.app, &line).await.unwrap().sent, 2);
    assert_eq!(heard(&anna), ["first, what would you like to do?", "second, what would you like to do?"]);
}

async fn trouble_on_telegrams_side_is_waited_out(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let anna = cast.telegram.person(1, "Anna", None, None);
    anna.unblock();
    let line = cast.line();
    for fault in [Fault::Status { status: 502, description: None }, Fault::Reset] {
        cast.telegram.inject(FaultRule::new(fault).on("sendMessage").times(2));
    }
    say(&cast, 1, "Anna").await;
    let mut passes = 0;
    while heard(&anna).is_empty() {
        tick(&cast.app, &line).await.unwrap();
        cast.advance(10);
        passes += 1;
        assert!(passes < 10, "given up");
    }
    assert_eq!(passes, 5, "four failures, then success");
    cast.quiet().await;
    assert_eq!(heard(&anna).len(), 1);
}

async fn one_hanging_chat_holds_up_nobody_else(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let olga = cast.telegram.person(2, "Olga", None, None);
    olga.unblock();
    let hang = cast.telegram.inject(FaultRule::new(Fault::Hang).on("sendMessage").in_chat(2));
    let from = cast.telegram.next_call();
    say(&cast, 2, "Olga").await;
    cast.telegram.wait_call(from, |call| call.is("sendMessage") && call.chat_id() == Some(2)).await.unwrap();
    let prompt = cast.prompted(&anna, account, "anna").await;
    anna.press(prompt.message_id, "Confirm").await.unwrap();
    assert!(heard(&olga).is_empty(), "still hanging");
    hang.lift();
    // On a slow day the call was given up meanwhile and put off.
    cast.until(async || !heard(&olga).is_empty()).await;
}

async fn who_blocked_the_bot_is_given_up_and_shown_to_administrators(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, id, account) = cast.member(1, "Anna", "anna").await;
    anna.block();
    cast.grant(account).await;
    cast.quiet().await;
    let alerts = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
    let alert = alerts.iter().find(|alert| alert.alert.user == Some(id)).expect("an alert");
    assert_eq!(alert.alert.kind, AlertKind::CommandFailing);
    assert!(alert.alert.detail.to_string().contains("blocked"), "{}", alert.alert.detail);
    anna.send("/start").await;
    anna.wait_message(|message| message.text.starts_with("Anna,")).await.unwrap();
    let alerts = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
    assert!(!alerts.iter().any(|alert| alert.alert.user == Some(id)), "settled by writing again");
}

async fn whoever_lifts_the_block_in_time_is_asked_at_once(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, id, account) = cast.member(1, "Anna", "anna").await;
    let mut changes = cast.app.bus.listen();
    anna.block();
    // Telegram tells of the block itself: no message has to fail first.
    person_changed(&mut changes, id).await;
    assert_eq!(cast.known(1).await.unwrap().telegram_blocked_at, Some(cast.app.clock.now()));
    cast.grant(account).await;
    cast.tunnel(account, "anna", "0x1").await;
    cast.quiet().await;
    assert!(heard(&anna).is_empty(), "nothing can be told");
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(
        session.connections[0].state,
        ConnectionState::Pending,
        "boxed, and an operator may let her in"
    );
    let open = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
    assert_eq!(open.iter().filter(|alert| alert.alert.user == Some(id)).count(), 1, "{open:?}");
    anna.unblock();
    let prompt = anna.wait_message(|message| message.button("Confirm").is_some()).await.unwrap();
    anna.press(prompt.message_id, "Confirm").await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.connections[0].state, ConnectionState::Confirmed);
    assert_eq!(cast.known(1).await.unwrap().telegram_blocked_at, None);
    let open = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
    assert!(!open.iter().any(|alert| alert.alert.user == Some(id)), "settled");
    cast.quiet().await;
    // The answer has replaced the question in the chat, so it is counted where it was sent.
    let sent = cast.telegram.calls().into_iter().filter(|call| call.is("sendMessage") && call.succeeded());
    let asked = sent.filter(|call| call.chat_id() == Some(1) && call.param("text").contains("Is it you"));
    assert_eq!(asked.count(), 1, "asked once");
}

async fn a_message_that_is_gone_brings_nobody_into_reach(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    cast.prompted(&anna, account, "anna").await;
    // What was sent before the block is crossed off before it.
    cast.quiet().await;
    anna.block();
    cast.telegram.wait_confirmed().await.unwrap();
    assert!(cast.known(1).await.unwrap().telegram_blocked_at.is_some());
    let gone =
        Fault::Status { status: 400, description: Some("Bad Request: message to edit not found".to_owned()) };
    cast.telegram.inject(FaultRule::new(gone).on("editMessageText").in_chat(1));
    cast.happen(account, Event::End { by: admin() }).await.unwrap();
    cast.quiet().await;
    assert!(cast.telegram.calls().iter().any(|call| call.is("editMessageText") && call.chat_id() == Some(1)));
    assert!(cast.known(1).await.unwrap().telegram_blocked_at.is_some(), "she has still blocked the bot");
}

async fn who_left_telegram_is_noticed_by_the_first_message_and_stays_outside(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    anna.deactivate();
    cast.grant(account).await;
    cast.tunnel(account, "anna", "0x1").await;
    cast.quiet().await;
    assert!(cast.known(1).await.unwrap().telegram_blocked_at.is_some());
    cast.advance(61);
    cast.tick().await;
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.connections[0].close_reason, Some(CloseReason::ConfirmTimeout));
}

async fn person_changed(changes: &mut Receiver<Change>, wanted: UserId) {
    tokio::time::timeout(bot_cast::BACKSTOP, async {
        while !matches!(changes.recv().await, Ok(Change::User { id, .. }) if id == wanted) {}
    })
    .await
    .expect("the person is changed");
}

async fn what_telegram_refuses_does_not_block_what_comes_after(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let anna = cast.telegram.person(1, "Anna", None, None);
    anna.unblock();
    let description = Some("Bad Request: can't parse entities".to_owned());
    cast.telegram
        .inject(FaultRule::new(Fault::Status { status: 400, description }).on("sendMessage").times(1));
    say(&cast, 1, "first").await;
    say(&cast, 1, "second").await;
    let status = tick(&cast.app, &cast.line()).await.unwrap();
    assert_eq!(status, Status { sent: 1, given_up: 1, ..Status::default() });
    assert_eq!(heard(&anna), ["second, what would you like to do?"]);
}

async fn a_question_that_is_over_is_not_put(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let line = cast.line();
    cast.grant(account).await;
    cast.tunnel(account, "anna", "0x1").await;
    let connection = cast.sessions().await.pop().unwrap().connections[0].id;
    let event = Event::Answered { connection, nonce: None, by: admin(), answer: Answer::Confirm };
    cast.happen(account, event).await.unwrap();
    let status = tick(&cast.app, &line).await.unwrap();
    assert_eq!(status, Status { sent: 1, withdrawn: 2, ..Status::default() }, "the question and its end");
    assert_eq!(heard(&anna).len(), 1);
    assert!(heard(&anna)[0].starts_with("You can connect now."));
}

async fn a_question_that_expires_in_the_queue_is_not_put(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let line = cast.line();
    cast.grant(account).await;
    tick(&cast.app, &line).await.unwrap();
    cast.tunnel(account, "anna", "0x1").await;
    cast.advance(60);
    assert_eq!(tick(&cast.app, &line).await.unwrap(), Status { withdrawn: 1, ..Status::default() });
    assert_eq!(heard(&anna).len(), 1);
}

async fn a_lost_answer_may_double_a_question_and_opens_once(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let [_, second] = cast.doubled(&anna, account).await;
    assert!(second.text.contains("cut in 58 s"), "the time that is left, not the time there was");
}

async fn a_prompt_that_the_person_deleted_needs_no_edit(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    cast.prompted(&anna, account, "anna").await;
    anna.clear_history();
    cast.advance(60);
    cast.tick().await;
    anna.wait_message(|message| message.text.starts_with("No confirmation came in time")).await.unwrap();
    let alerts = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
    assert!(alerts.is_empty(), "{alerts:?}");
}

async fn another_poller_is_reported_and_outlasted(database: Database) {
    let mut cast = BotCast::assemble_without_bot(&database).await;
    let conflict = cast.telegram.inject(FaultRule::new(Fault::Conflict).on("getUpdates"));
    let mut news = cast.app.bus.listen();
    cast.start();
    let failing =
        |state: &BotState| matches!(state, BotState::Failing { error } if error.contains("another program"));
    cast.wait_state(failing).await;
    assert_eq!(cast.app.bot.health().username.as_deref(), Some("sallyport_bot"));
    // Again and again: no overlap of two processes at a restart.
    cast.until(async || deaf(&cast).await.is_some()).await;
    let alert = deaf(&cast).await.unwrap();
    assert!(alert.contains("another program uses the same bot"), "{alert}");
    rings(&cast, &mut news, "telegram.updates-lost").await;
    conflict.lift();
    cast.until(async || cast.app.bot.health().is_ok()).await;
    let anna = cast.stranger(1, "Anna", "en");
    anna.send("/start").await;
    anna.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
    cast.wait_state(|state| *state == BotState::Running).await;
    assert_eq!(deaf(&cast).await, None, "settled");
    rings(&cast, &mut news, "telegram.updates-back").await;
}

/// Whoever follows what changes hears of what the audit calls so.
async fn rings(cast: &BotCast, news: &mut Receiver<Change>, action: &str) {
    let heard = async {
        loop {
            let Change::Audit { id } = news.recv().await.unwrap() else { continue };
            let row = cast.app.store.read().await.unwrap().audit_event(id.parse().unwrap()).await.unwrap();
            if row.is_some_and(|row| row.event.action == action) {
                return;
            }
        }
    };
    tokio::time::timeout(bot_cast::BACKSTOP, heard).await.expect(action);
}

/// The alert that the bot hears nothing.
async fn deaf(cast: &BotCast) -> Option<String> {
    let open = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
    open.into_iter()
        .map(|alert| alert.alert.detail.to_string())
        .find(|detail| detail.starts_with("The bot does not get"))
}

/// One 409 is what a restart may bring: the process of before still asks.
async fn one_conflict_is_no_alert(database: Database) {
    let mut cast = BotCast::assemble_without_bot(&database).await;
    cast.telegram.inject(FaultRule::new(Fault::Conflict).on("getUpdates").times(1));
    cast.start();
    cast.wait_state(|state| matches!(state, BotState::Failing { .. })).await;
    cast.until(async || cast.app.bot.health().is_ok()).await;
    assert_eq!(deaf(&cast).await, None);
}

async fn a_telegram_that_cannot_be_reached_is_found_again(database: Database) {
    let mut cast = BotCast::assemble_without_bot(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    cast.telegram.go_offline();
    cast.start();
    cast.wait_state(|state| matches!(state, BotState::Failing { .. })).await;
    let health = format!("{:?}", cast.app.bot.health());
    assert!(!health.contains("story-secret"), "{health}");
    cast.telegram.go_online().await.unwrap();
    cast.grant(account).await;
    // Whatever pauses the poller and the courier are in.
    cast.until(async || heard(&anna).iter().any(|text| text.starts_with("You can connect now."))).await;
    cast.until(async || cast.app.bot.health().is_ok()).await;
    cast.wait_state(|state| *state == BotState::Running).await;
}

async fn updates_that_are_numbered_anew_are_heard(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let anna = cast.stranger(1, "Anna", "en");
    anna.send("/start").await;
    anna.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
    cast.telegram.wait_confirmed().await.unwrap();
    cast.telegram.renumber_updates(7);
    anna.send("/register").await;
    anna.wait_message(|message| message.text.starts_with("What is your name?")).await.unwrap();
    cast.telegram.wait_confirmed().await.unwrap();
    let before = heard(&anna).len();
    assert!(cast.telegram.repeat_last_update());
    anna.send("Anna").await;
    anna.wait_message(|message| message.text.starts_with("Thank you, Anna")).await.unwrap();
    assert_eq!(heard(&anna).len(), before + 1, "what was handled is not handled again");
}

async fn a_wrong_token_is_named_without_showing_it(database: Database) {
    let mut cast = BotCast::assemble_without_bot(&database).await;
    let unauthorized = Fault::Status { status: 401, description: Some("Unauthorized".to_owned()) };
    cast.telegram.inject(FaultRule::new(unauthorized));
    cast.start();
    cast.wait_state(|state| matches!(state, BotState::Failing { error } if error.contains("token"))).await;
    assert!(!cast.app.bot.health().describe().contains("story-secret"));
}

async fn a_hanging_poll_does_not_keep_the_program_from_stopping(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    cast.telegram.inject(FaultRule::new(Fault::Hang).on("getUpdates"));
    tokio::time::timeout(bot_cast::BACKSTOP, cast.stop()).await.expect("stops at once");
}

async fn blocked_people_are_told_and_their_requests_change_nothing(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, id, account) = cast.member(1, "Anna", "anna").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    cast.change(id, |user| user.status = UserStatus::Blocked).await;
    cast.happen(account, Event::UserBlocked).await.unwrap();
    anna.wait_edit(prompt.message_id, |message| message.buttons().is_empty()).await.unwrap();
    anna.send("/vpn").await;
    anna.wait_message(|message| message.text.contains("has been blocked")).await.unwrap();
    assert_eq!(cast.sessions().await.pop().unwrap().state, SessionState::Ended);
}

async fn a_crowd_of_strangers_does_not_hold_up_a_question(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let strangers: Vec<_> = (1_000..1_300).map(|n| cast.telegram.person(n, "S", None, None)).collect();
    for stranger in &strangers {
        stranger.unblock();
        say(&cast, stranger.id(), "you").await;
    }
    let (olga, user, _) = cast.member(3, "Olga", "olga").await;
    let to = Addressee { chat: TelegramId(3), user: Some(user), language: None };
    let mut tx = cast.app.store.begin().await.unwrap();
    tell(&mut tx, to, Message::Menu { name: "Olga".to_owned() }, cast.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let (anna, _, account) = cast.member(2, "Anna", "anna").await;
    cast.grant(account).await;
    cast.tunnel(account, "anna", "0x81300077").await;
    let due = cast.app.store.read().await.unwrap().due_deliveries(cast.app.clock.now(), 100).await.unwrap();
    let chats: Vec<_> = due.iter().map(|delivery| delivery.chat.0).collect();
    assert_eq!(chats[..2], [2, 3], "those who are asked come first, then those who are known");
    assert!(chats[2..].iter().all(|chat| (1_000..1_300).contains(chat)), "{chats:?}");
    // The clock stands still: only what the bucket holds goes out.
    let from = cast.telegram.next_call();
    tick(&cast.app, &cast.line()).await.unwrap();
    assert!(anna.messages().iter().any(|message| message.button("Confirm").is_some()), "{:?}", heard(&anna));
    assert_eq!(heard(&olga).len(), 1, "a person comes before strangers");
    let sent = cast.telegram.calls().into_iter().filter(|call| call.seq >= from && call.is("sendMessage"));
    let chats: Vec<_> = sent.filter_map(|call| call.chat_id()).collect();
    assert!(chats.len() < 20, "part of the pace is kept for more questions: {chats:?}");
}

async fn a_stranger_cannot_fill_the_outbox(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    for _ in 0..20 {
        say(&cast, 1, "you").await;
    }
    let admin = cast.administrator("marina", Role::Operator).await;
    let mut tx = cast.app.store.begin().await.unwrap();
    let mut admin = tx.admin(admin.id).await.unwrap().unwrap();
    admin.telegram = Some(TelegramId(2));
    tx.save_admin(&admin).await.unwrap();
    tx.commit().await.unwrap();
    for _ in 0..20 {
        say(&cast, 2, "marina").await;
    }
    let mut tx = cast.app.store.read().await.unwrap();
    assert_eq!(tx.pending_deliveries_to(TelegramId(1)).await.unwrap(), 3);
    assert_eq!(tx.pending_deliveries_to(TelegramId(2)).await.unwrap(), 20);
}

async fn updates_that_are_counted_anew_are_handled(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    let anna = cast.stranger(1, "Anna", "en");
    anna.send("/start").await;
    anna.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
    cast.telegram.wait_confirmed().await.unwrap();
    // A week goes by; Telegram counts on below everything that the bot has seen.
    cast.telegram.renumber_updates(50);
    for _ in 0..2 {
        anna.send("/help").await;
        anna.wait_message(|_| true).await.unwrap();
        cast.telegram.wait_confirmed().await.unwrap();
    }
    let offset = cast.app.store.read().await.unwrap().telegram_offset().await.unwrap();
    assert_eq!(offset, 52);
    // The same while nobody looks.
    cast.stop().await;
    cast.telegram.renumber_updates(7);
    anna.send("/help").await;
    cast.start();
    anna.wait_message(|_| true).await.unwrap();
    cast.telegram.wait_confirmed().await.unwrap();
}

stories! {
    a_crowd_of_strangers_does_not_hold_up_a_question,
    a_stranger_cannot_fill_the_outbox,
    updates_that_are_counted_anew_are_handled,
    a_pass_sends_all_in_the_order_of_each_chat,
    told_to_wait_it_waits_as_long_and_the_order_stays,
    trouble_on_telegrams_side_is_waited_out,
    one_hanging_chat_holds_up_nobody_else,
    who_blocked_the_bot_is_given_up_and_shown_to_administrators,
    whoever_lifts_the_block_in_time_is_asked_at_once,
    a_message_that_is_gone_brings_nobody_into_reach,
    who_left_telegram_is_noticed_by_the_first_message_and_stays_outside,
    what_telegram_refuses_does_not_block_what_comes_after,
    a_question_that_is_over_is_not_put,
    a_question_that_expires_in_the_queue_is_not_put,
    a_lost_answer_may_double_a_question_and_opens_once,
    a_prompt_that_the_person_deleted_needs_no_edit,
    another_poller_is_reported_and_outlasted,
    one_conflict_is_no_alert,
    updates_that_are_numbered_anew_are_heard,
    a_telegram_that_cannot_be_reached_is_found_again,
    a_wrong_token_is_named_without_showing_it,
    a_hanging_poll_does_not_keep_the_program_from_stopping,
    blocked_people_are_told_and_their_requests_change_nothing,
}

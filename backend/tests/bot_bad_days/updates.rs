//! What comes in: too much of it, odd things, what cannot be handled, and from where it must not come.

use crate::{
    bot_cast::{BACKSTOP, BotCast, Database},
    hears, open_alerts, said,
};
use sallyport::{
    ops::{authority::Viewer, links, reach, users},
    store::records::Role,
    work::deliver::tick,
};
use sallyport_shared::{
    language::Language,
    person::{TelegramId, UserStatus},
    policy::AccessMode,
    session::ConnectionState,
};
use serde_json::json;
use sim::telegram::{Fault, FaultRule};
use tokio_util::sync::CancellationToken;

pub(crate) async fn menus_that_telegram_does_not_take_keep_nobody_waiting(database: Database) {
    let mut cast = BotCast::assemble_without_bot(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let flood =
        cast.telegram.inject(FaultRule::new(Fault::FloodWait { retry_after: 600 }).on("setMyCommands"));
    let from = cast.telegram.next_call();
    cast.start();
    cast.telegram.wait_call(from, |call| call.is("setMyCommands")).await.unwrap();
    let prompt = cast.prompted(&anna, account, "anna").await;
    let answer = anna.press(prompt.message_id, "Confirm").await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("Confirmed. Opening…"));
    assert_eq!(cast.sessions().await[0].connections[0].state, ConnectionState::Confirmed);
    assert!(anna.commands().is_empty(), "not set yet");
    flood.lift();
    tokio::time::timeout(BACKSTOP, async {
        while anna.commands().is_empty() {
            cast.advance(600);
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the menu is set in the end");
}

pub(crate) async fn odd_updates_hold_up_nobody(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let anna = cast.stranger(1, "Anna", "en");
    let user = json!({ "id": 7, "is_bot": false, "first_name": "Eve" });
    for odd in [
        // A button below a message that was sent by way of the bot: there is no chat.
        json!({ "callback_query": {
            "id": "1", "from": user, "chat_instance": "1", "inline_message_id": "x", "data": "y:abc",
        } }),
        json!({ "callback_query": { "id": "2", "from": user, "chat_instance": "1" } }),
        // Newer than this program, and nonsense.
        json!({ "telepathy": { "from": user, "thought": 5 } }),
        json!({ "message": { "message_id": 5 } }),
        json!({ "message": null }),
        json!({ "callback_query": [] }),
        json!({}),
    ] {
        cast.telegram.push_update(odd);
        anna.send("/help").await;
        hears(&anna, "How it works").await;
    }
    cast.telegram.wait_confirmed().await.unwrap();
}

pub(crate) async fn an_update_that_always_fails_is_passed_over(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let eve = cast.poisoned().await;
    let anna = cast.stranger(1, "Anna", "en");
    eve.send("123456").await;
    eve.send("/help").await;
    anna.send("/start").await;
    // Whatever pause the bot is in goes on.
    cast.until(async || said(&eve, "How it works") > 0 && said(&anna, "Hello!") > 0).await;
    cast.telegram.wait_confirmed().await.unwrap();
    cast.quiet().await;
    assert_eq!(said(&eve, "Something went wrong on our side"), 1, "and is told so");
    assert_eq!((said(&eve, "How it works"), said(&anna, "Hello!")), (1, 1), "nothing is handled twice");
}

pub(crate) async fn in_a_group_codes_and_buttons_do_nothing(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    let boris = cast.administrator("boris", Role::Operator).await;
    let desk = cast.tied(10, &olga, "en").await;
    let (anna, id) = cast.person(1, "Anna", UserStatus::Pending, Language::En).await;
    let group = cast.telegram.group("Administrators", &[&anna, &desk]);
    let code = links::new_admin_code(&cast.app, &Viewer::of(&boris, None, None).unwrap()).await.unwrap();
    let there = anna.in_group(&group);
    for text in [code.clone(), format!("/start {code}"), format!("/start@sallyport_bot {code}")] {
        there.send(&text).await;
    }
    hears(&there, "in private only").await;
    // Whoever is in the group is nobody else by that.
    for (who, chat) in [(&anna, group.id()), (&anna, anna.chat_id())] {
        let answer = who.forge_callback(chat, 1, &format!("p:u:{id}")).answer().await.unwrap();
        assert!(answer.show_alert && answer.text.unwrap().contains("Only administrators may do that"));
    }
    // An administrator's own button does nothing there either.
    let answer = desk.forge_callback(group.id(), 1, &format!("p:u:{id}")).answer().await.unwrap();
    assert!(answer.show_alert, "{answer:?}");
    cast.telegram.wait_confirmed().await.unwrap();
    cast.quiet().await;
    assert_eq!(cast.known(1).await.unwrap().status, UserStatus::Pending);
    let mut tx = cast.app.store.read().await.unwrap();
    assert_eq!(tx.admin(boris.id).await.unwrap().unwrap().telegram, None);
    drop(tx);
    assert_eq!(
        there.messages().iter().filter(|message| message.from_bot()).count(),
        2,
        "a word to each command"
    );
    // The code was not used up by it.
    anna.send(&code).await;
    hears(&anna, "boris").await;
}

pub(crate) async fn many_taps_are_too_many(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, ..) = cast.member(1, "Anna", "anna").await;
    anna.send("/language").await;
    let choice = hears(&anna, "In which language").await;
    let taps: Vec<_> =
        (0..40).map(|_| anna.forge_callback(anna.chat_id(), choice.message_id, "l:ru")).collect();
    let mut refused = 0;
    for tap in taps {
        let answer = tap.answer().await.unwrap();
        if answer.show_alert {
            assert!(answer.text.unwrap().contains("Слишком"), "too much at once");
            refused += 1;
        }
    }
    assert_eq!(refused, 20, "twenty at once");
    cast.telegram.wait_confirmed().await.unwrap();
    // So many messages are more than what may go out at one moment.
    cast.advance(1);
    cast.quiet().await;
    assert_eq!(said(&anna, "Теперь пишу"), 20, "what was refused has done nothing: {:?}", anna.messages());
    cast.advance(1);
    let answer = anna.forge_callback(anna.chat_id(), choice.message_id, "l:en").answer().await.unwrap();
    assert!(!answer.show_alert, "one more each second");
}

pub(crate) async fn an_answer_to_a_tap_waits_as_long_as_telegram_asks_for(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    let flood = Fault::FloodWait { retry_after: 5 };
    cast.telegram.inject(FaultRule::new(flood).on("answerCallbackQuery").times(1));
    let from = cast.telegram.next_call();
    let data = prompt.button("Confirm").unwrap().callback_data.clone().unwrap();
    let tap = anna.forge_callback(anna.chat_id(), prompt.message_id, &data);
    let is_answer = |call: &sim::telegram::Call| call.is("answerCallbackQuery");
    cast.telegram.wait_answered(from, is_answer).await.unwrap();
    // What was decided does not wait for it.
    let over = anna.wait_edit(prompt.message_id, |message| message.buttons().is_empty()).await.unwrap();
    assert!(over.text.ends_with("Confirmed"), "{}", over.text);
    assert_eq!(cast.sessions().await[0].connections[0].state, ConnectionState::Confirmed);
    cast.advance(4);
    anna.send("/help").await;
    hears(&anna, "How it works").await;
    assert_eq!(cast.telegram.calls().iter().filter(|call| is_answer(call)).count(), 1, "not yet");
    cast.until(async || cast.telegram.calls().iter().filter(|call| is_answer(call)).count() > 1).await;
    let answer = tap.answer().await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("Confirmed. Opening…"));
}

pub(crate) async fn registrations_that_are_filed_again_and_again_are_too_many(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    let by = Viewer::of(&olga, None, None).unwrap().operator().unwrap();
    let anna = cast.stranger(1, "Anna", "en");
    let ask = async |cast: &BotCast| {
        // Messages are counted apart.
        cast.advance(20);
        anna.send("/register").await;
        hears(&anna, "What is your name?").await;
        anna.send("Anna").await;
    };
    for _ in 0..3 {
        ask(&cast).await;
        hears(&anna, "Thank you, Anna").await;
        let id = cast.known(1).await.unwrap().id;
        users::reject(&cast.app, &by, id, "Nobody knows you").await.unwrap();
        hears(&anna, "not accepted").await;
    }
    ask(&cast).await;
    hears(&anna, "That is a lot at once").await;
    cast.quiet().await;
    assert_eq!(cast.known(1).await.unwrap().status, UserStatus::Rejected, "the fourth is not filed");
    cast.advance(600);
    anna.send("Anna").await;
    hears(&anna, "Thank you, Anna").await;
    assert_eq!(cast.known(1).await.unwrap().status, UserStatus::Pending);
}

pub(crate) async fn who_blocks_and_unblocks_all_the_time_is_no_news(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    cast.app.duty.set(true);
    // The bot alone: nobody tells of alerts, so that they can be counted.
    let stop = CancellationToken::new();
    let bot = tokio::spawn(sallyport::bot::run(cast.app.clone(), stop.clone()));
    cast.telegram.wait_call(0, |call| call.is("getUpdates")).await.unwrap();
    let (eve, _) = cast.person(7, "Eve", UserStatus::Pending, Language::En).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let alerts = async |cast: &BotCast| {
        cast.app.store.read().await.unwrap().unannounced_alerts(100).await.unwrap().len()
    };
    for _ in 0..20 {
        eve.block();
        eve.unblock();
    }
    cast.telegram.wait_confirmed().await.unwrap();
    assert_eq!(alerts(&cast).await, 0, "nobody has let her in");
    for _ in 0..20 {
        anna.block();
        anna.unblock();
    }
    cast.telegram.wait_confirmed().await.unwrap();
    assert_eq!(alerts(&cast).await, 3, "three times, and then no more for a while");
    assert!(open_alerts(&cast).await.is_empty());
    // What was left out shows with the next message, in either direction.
    anna.block();
    cast.telegram.wait_confirmed().await.unwrap();
    assert_eq!(cast.known(1).await.unwrap().telegram_blocked_at, None);
    cast.grant(account).await;
    tick(&cast.app, &cast.line()).await.unwrap();
    assert!(cast.known(1).await.unwrap().telegram_blocked_at.is_some());
    // Its lifting is never left out: a question may wait for it.
    anna.unblock();
    cast.telegram.wait_confirmed().await.unwrap();
    assert_eq!(cast.known(1).await.unwrap().telegram_blocked_at, None);
    // Nobody told that it was lifted; a message that arrives says so.
    anna.send("/status").await;
    cast.telegram.wait_confirmed().await.unwrap();
    reach::lost(&cast.app, TelegramId(1), "blocked").await.unwrap();
    tick(&cast.app, &cast.line()).await.unwrap();
    assert_eq!(cast.known(1).await.unwrap().telegram_blocked_at, None);
    // And so does one of theirs.
    reach::lost(&cast.app, TelegramId(1), "blocked").await.unwrap();
    anna.send("/start").await;
    cast.telegram.wait_confirmed().await.unwrap();
    assert_eq!(cast.known(1).await.unwrap().telegram_blocked_at, None);
    stop.cancel();
    bot.await.unwrap();
}

pub(crate) async fn administrators_have_a_button_for_what_waits(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    let desk = cast.tied(10, &olga, "en").await;
    assert_eq!(desk.keyboard().unwrap().last().unwrap(), &["Administration"]);
    desk.send("Administration").await;
    hears(&desk, "Registrations that wait: 0").await;
    let (anna, ..) = cast.member(1, "Anna", "anna").await;
    anna.send("/start").await;
    hears(&anna, "what would you like to do?").await;
    assert!(!anna.keyboard().unwrap().concat().contains(&"Administration".to_owned()));
    anna.send("Administration").await;
    hears(&anna, "what would you like to do?").await;
    desk.send("/stop").await;
    hears(&desk, "no longer belongs").await;
    assert!(!desk.keyboard().unwrap().concat().contains(&"Administration".to_owned()));
}

pub(crate) async fn help_is_for_the_way_in_which_access_works(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, ..) = cast.member(1, "Anna", "anna").await;
    anna.send("/help").await;
    let help = hears(&anna, "How it works").await;
    assert!(help.text.contains("switched on for a limited time"), "{}", help.text);
    for command in ["/vpn", "/sessions", "/status", "/language", "/stop"] {
        assert!(help.text.contains(command), "{command}: {}", help.text);
    }
    assert!(!help.text.contains("/register"), "she is registered: {}", help.text);
    let eve = cast.stranger(2, "Eve", "en");
    eve.send("/help").await;
    let strangers = hears(&eve, "How it works").await;
    assert!(strangers.text.contains("/register") && !strangers.text.contains("/vpn"), "{}", strangers.text);
    cast.policy(|policy| policy.access_mode = AccessMode::Always).await;
    anna.send("/help").await;
    let help = hears(&anna, "How it works").await;
    assert!(help.text.contains("always switched on") && !help.text.contains("Get VPN"), "{}", help.text);
    assert!(!help.text.contains("/register"), "{}", help.text);
}

pub(crate) async fn who_is_approved_is_told_how_they_get_access(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    let by = Viewer::of(&olga, None, None).unwrap().operator().unwrap();
    let modes = [
        (AccessMode::OnRequest, false, "Tap Get VPN when you need access.", "нажмите Получить VPN."),
        (AccessMode::OnRequest, true, "an administrator decides", "решит администратор"),
        (AccessMode::Always, false, "always switched on", "Учётка всегда включена"),
    ];
    for (number, (mode, needs_approval, english, russian)) in (1..).zip(modes) {
        cast.policy(|policy| (policy.access_mode, policy.needs_approval) = (mode, needs_approval)).await;
        for (number, language, words) in
            [(number, Language::En, english), (number + 10, Language::Ru, russian)]
        {
            let (anna, id) = cast.person(number, "Anna", UserStatus::Pending, language).await;
            users::approve(&cast.app, &by, id).await.unwrap();
            let told = hears(&anna, words).await.text;
            let is_asked = told.contains("Get VPN") || told.contains("Получить VPN");
            assert_eq!(is_asked, mode == AccessMode::OnRequest, "{told}");
        }
    }
}

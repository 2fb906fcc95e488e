//! What comes in: too much of it, odd things, what cannot be handled, and from where it must not come.

use crate::{
    bot_cast::{BACKSTOP, BotCast, Database},
    hears, line, open_alerts, said,
};
use sallyport::{
    ops::{authority::Viewer, links, offline, users},
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
use sim::telegram::{Fault, FaultRule, Person};
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

/// Somebody of whom a code is expected that nothing can be compared with: a seed that was sealed with another key.
async fn poisoned(cast: &BotCast) -> Person {
    let (eve, id, _) = cast.member(7, "Eve", "eve").await;
    let user = cast.known(7).await.unwrap();
    offline::begin(&cast.app, &user, TelegramId(7), Language::En).await.unwrap();
    cast.quiet().await;
    let mut tx = cast.app.store.begin().await.unwrap();
    tx.set_new_offline_code(id, b"sealed with another key", cast.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    eve
}

pub(crate) async fn an_update_that_always_fails_is_passed_over(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let eve = poisoned(&cast).await;
    let anna = cast.stranger(1, "Anna", "en");
    eve.send("123456").await;
    eve.send("/help").await;
    anna.send("/start").await;
    let come = async {
        while said(&eve, "How it works") == 0 || said(&anna, "Hello!") == 0 {
            // Whatever pause it is in goes on; the code is waited for all the while.
            cast.advance(1);
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(BACKSTOP, come).await.expect("both are answered");
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
    tick(&cast.app, &line(&cast)).await.unwrap();
    assert!(cast.known(1).await.unwrap().telegram_blocked_at.is_some());
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
    for command in ["/vpn", "/sessions", "/status", "/register", "/language", "/stop"] {
        assert!(help.text.contains(command), "{command}: {}", help.text);
    }
    cast.policy(|policy| policy.access_mode = AccessMode::Always).await;
    anna.send("/help").await;
    let help = hears(&anna, "How it works").await;
    assert!(help.text.contains("always switched on") && !help.text.contains("Get VPN"), "{}", help.text);
}

//! How people come in: first words, registration, languages, and what each may and may not do.

mod bot_cast;

use bot_cast::{BotCast, Database};
use sallyport::{
    ops::{
        authority::Viewer,
        policies::{self, PolicyChange},
    },
    store::records::{AlertKind, Role},
};
use sallyport_shared::{language::Language, person::UserStatus, policy::OutageMode};
use sim::telegram::{Call, Person};

async fn a_stranger_registers_in_russian(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let anna = cast.stranger(101, "Anna", "ru");
    anna.send("/start").await;
    let welcome = anna.wait_message(|_| true).await.unwrap();
    assert!(welcome.text.starts_with("Здравствуйте!"), "{}", welcome.text);
    assert_eq!(anna.keyboard().unwrap()[0], ["Зарегистрироваться"]);
    anna.send("Зарегистрироваться").await;
    anna.wait_message(|message| message.text.starts_with("Как вас зовут?")).await.unwrap();
    anna.send("  Анна   <b>Лебедева</b> & Ко ").await;
    let filed = anna.wait_message(|message| message.text.starts_with("Спасибо")).await.unwrap();
    assert!(filed.text.contains("Анна <b>Лебедева</b> & Ко"), "markup is shown, not obeyed: {}", filed.text);
    let user = cast.known(101).await.unwrap();
    assert_eq!((user.status, user.language), (UserStatus::Pending, Language::Ru));
    assert_eq!(user.display_name, "Анна <b>Лебедева</b> & Ко");
    let alerts = cast.app.store.read().await.unwrap().open_alerts().await.unwrap();
    assert!(
        alerts
            .iter()
            .any(|alert| alert.alert.kind == AlertKind::Registration && alert.alert.user == Some(user.id))
    );
    anna.send("Ну что там?").await;
    anna.wait_message(|message| message.text.contains("заявка ещё у администраторов")).await.unwrap();
}

async fn a_stranger_registers_in_english_by_command(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let john = cast.stranger(102, "John", "de");
    john.send("/register@sallyport_bot").await;
    john.wait_message(|message| message.text.starts_with("What is your name?")).await.unwrap();
    john.send("John Smith").await;
    john.wait_message(|message| message.text.starts_with("Thank you, John Smith")).await.unwrap();
    assert_eq!(cast.known(102).await.unwrap().language, Language::En);
}

async fn the_name_may_come_after_a_crash(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    let anna = cast.stranger(103, "Anna", "ru");
    anna.send("/register").await;
    anna.wait_message(|message| message.text.starts_with("Как вас зовут?")).await.unwrap();
    cast.kill().await;
    anna.send("Анна Лебедева").await;
    cast.start();
    anna.wait_message(|message| message.text.starts_with("Спасибо")).await.unwrap();
    assert_eq!(cast.known(103).await.unwrap().display_name, "Анна Лебедева");
}

async fn what_is_sent_while_the_bot_is_down_is_not_lost(database: Database) {
    let mut cast = BotCast::assemble_without_bot(&database).await;
    let people: Vec<_> = (0..5).map(|n| cast.stranger(200 + n, "P", "en")).collect();
    for person in &people {
        person.send("/start").await;
        person.send("/register").await;
    }
    cast.start();
    for person in &people {
        person.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
        let asked =
            person.wait_message(|message| message.text.starts_with("What is your name?")).await.unwrap();
        let last = person.last_message().unwrap();
        assert_eq!(asked.message_id, last.message_id, "answers come in the order of the questions");
    }
}

async fn a_menu_tap_is_no_name_and_neither_is_a_command(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let anna = cast.stranger(104, "Anna", "ru");
    anna.send("/register").await;
    anna.wait_message(|message| message.text.starts_with("Как вас зовут?")).await.unwrap();
    anna.send("Помощь").await;
    anna.wait_message(|message| message.text.starts_with("Как это работает")).await.unwrap();
    anna.send("Язык / Language").await;
    anna.wait_message(|message| message.text.starts_with("На каком языке")).await.unwrap();
    anna.send("/nonsense").await;
    anna.wait_message(|message| message.text.starts_with("Не похоже на имя")).await.unwrap();
    assert!(cast.known(104).await.is_none());
    anna.send("Анна").await;
    anna.wait_message(|message| message.text.starts_with("Спасибо")).await.unwrap();
}

async fn three_answers_that_are_no_name_end_the_question(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let anna = cast.stranger(105, "Anna", "en");
    anna.send("/register").await;
    anna.wait_message(|message| message.text.starts_with("What is your name?")).await.unwrap();
    let long = "x".repeat(101);
    for bad in [long.as_str(), "nimda\u{202e}"] {
        anna.send(bad).await;
        anna.wait_message(|message| message.text.starts_with("That does not look like a name"))
            .await
            .unwrap();
    }
    anna.send(&long).await;
    anna.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
    anna.send("Anna").await;
    anna.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
    assert!(cast.known(105).await.is_none());
}

async fn an_update_that_comes_twice_makes_one_person(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let anna = cast.stranger(106, "Anna", "en");
    anna.send("/register").await;
    anna.wait_message(|message| message.text.starts_with("What is your name?")).await.unwrap();
    cast.telegram.deliver_twice(3);
    anna.send("Anna").await;
    anna.wait_message(|message| message.text.starts_with("Thank you, Anna")).await.unwrap();
    anna.send("/status").await;
    anna.wait_message(|message| message.text.contains("still with the administrators")).await.unwrap();
    let users = cast.app.store.read().await.unwrap().users_by_status().await.unwrap();
    assert_eq!(users.iter().map(|(_, count)| count).sum::<i64>(), 1);
}

async fn the_rejected_may_ask_again_and_the_blocked_may_not(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, id) = cast.person(107, "Anna", UserStatus::Rejected, Language::En).await;
    cast.change(id, |user| user.rejection_reason = Some("Who is <that>?".to_owned())).await;
    anna.send("/vpn").await;
    anna.wait_message(|message| message.text.contains("not accepted: Who is <that>?")).await.unwrap();
    anna.send("Register").await;
    anna.wait_message(|message| message.text.starts_with("What is your name?")).await.unwrap();
    anna.send("Anna from Sales").await;
    anna.wait_message(|message| message.text.starts_with("Thank you")).await.unwrap();
    let user = cast.known(107).await.unwrap();
    assert_eq!((user.id, user.status), (id, UserStatus::Pending));
    assert_eq!(user.display_name, "Anna from Sales");

    let (boris, _) = cast.person(108, "Борис", UserStatus::Blocked, Language::Ru).await;
    for text in ["/register", "/vpn", "/start", "Здравствуйте"] {
        boris.send(text).await;
        boris.wait_message(|message| message.text.contains("доступ заблокирован")).await.unwrap();
    }
    assert_eq!(cast.known(108).await.unwrap().status, UserStatus::Blocked);
}

async fn the_language_is_chosen_and_kept(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let anna = cast.stranger(109, "Anna", "ru");
    anna.send("/language").await;
    let choice = anna.wait_message(|message| message.button("English").is_some()).await.unwrap();
    let answer = anna.press(choice.message_id, "English").await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("English from now on"));
    anna.wait_message(|message| message.text == "I write English from now on.").await.unwrap();
    assert_eq!(anna.keyboard().unwrap()[0], ["Register"]);
    anna.wait_edit(choice.message_id, |message| message.buttons().is_empty()).await.unwrap();
    anna.send("/register").await;
    anna.wait_message(|message| message.text.starts_with("What is your name?")).await.unwrap();
    anna.send("Anna").await;
    anna.wait_message(|message| message.text.starts_with("Thank you")).await.unwrap();
    assert_eq!(cast.known(109).await.unwrap().language, Language::En, "the choice outlives the registration");
}

async fn the_menu_is_in_each_persons_language(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _) = cast.person(110, "Анна", UserStatus::Approved, Language::Ru).await;
    let john = cast.stranger(111, "John", "fr");
    let descriptions = |person: &Person| -> Vec<String> {
        person
            .commands()
            .iter()
            .map(|command| format!("{} {}", command.command, command.description))
            .collect()
    };
    for language in ["", "ru"] {
        let is_of = |call: &Call| call.param("language_code") == language;
        cast.telegram.wait_answered(0, |call| call.is("setMyCommands") && is_of(call)).await.unwrap();
    }
    assert!(descriptions(&anna).contains(&"vpn Получить VPN".to_owned()), "{:?}", descriptions(&anna));
    assert!(descriptions(&john).contains(&"vpn Get VPN".to_owned()), "{:?}", descriptions(&john));
    anna.send("что-нибудь").await;
    anna.wait_message(|message| message.text == "Анна, что сделать?").await.unwrap();
    assert_eq!(
        anna.keyboard().unwrap(),
        [vec!["Получить VPN", "Мои сессии"], vec!["Состояние", "Язык / Language", "Помощь"]]
    );
    anna.send("My sessions").await;
    anna.wait_message(|message| message.text.starts_with("Сейчас у вас нет сессий")).await.unwrap();
    anna.send("Состояние").await;
    anna.wait_message(|message| message.text.contains("Активных сессий нет")).await.unwrap();
}

/// Sets what policies do while Telegram is away, and waits until the last of the menus is set because of it.
async fn outage_mode(cast: &BotCast, desk: &Person, mode: OutageMode) {
    let from = cast.telegram.next_call();
    let by = Viewer::of(&cast.administrator(&format!("{mode:?}"), Role::Admin).await, None, None).unwrap();
    let by = by.manager().unwrap();
    let policy = cast.app.store.read().await.unwrap().default_policy().await.unwrap().unwrap().policy.id;
    let change = PolicyChange { outage: Some(mode), ..PolicyChange::default() };
    policies::update(&cast.app, &by, policy, change).await.unwrap();
    wait_menu(cast, desk, from).await;
}

async fn wait_menu(cast: &BotCast, desk: &Person, from: u64) {
    let of_desk = |call: &Call| call.params["scope"]["chat_id"] == desk.id();
    cast.telegram.wait_answered(from, |call| call.is("setMyCommands") && of_desk(call)).await.unwrap();
}

async fn codes_are_in_the_menu_where_a_policy_takes_them(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    let marina = cast.administrator("marina", Role::Admin).await;
    let desk = cast.tied(120, &marina, "en").await;
    let anna = cast.stranger(121, "Анна", "ru");
    // In good order: her menu of the first time is not to come into that of the next.
    cast.stop().await;
    let from = cast.telegram.next_call();
    cast.start();
    wait_menu(&cast, &desk, from).await;
    let listed = |person: &Person| person.commands().iter().any(|command| command.command == "code");
    assert_eq!((listed(&anna), listed(&desk)), (false, false), "no policy takes them");
    let from = cast.telegram.next_call();
    outage_mode(&cast, &desk, OutageMode::OfflineCode).await;
    assert_eq!((listed(&anna), listed(&desk)), (true, true));
    outage_mode(&cast, &desk, OutageMode::Open).await;
    assert_eq!((listed(&anna), listed(&desk)), (false, false));
    let by = Viewer::of(&marina, None, None).unwrap().manager().unwrap();
    let change = PolicyChange {
        name: Some("Other".to_owned()),
        outage: Some(OutageMode::OfflineCode),
        ..PolicyChange::default()
    };
    let before = cast.telegram.next_call();
    let other = policies::create(&cast.app, &by, change).await.unwrap();
    wait_menu(&cast, &desk, before).await;
    assert_eq!((listed(&anna), listed(&desk)), (true, true), "one policy is enough");
    let before = cast.telegram.next_call();
    policies::delete(&cast.app, &by, other.policy.id).await.unwrap();
    wait_menu(&cast, &desk, before).await;
    assert_eq!((listed(&anna), listed(&desk)), (false, false));
    let calls = cast.telegram.calls();
    let set = calls.iter().filter(|call| call.seq >= from && call.is("setMyCommands")).count();
    assert_eq!(set, 4 * 4, "three languages and an administrator, each time that something changed");
    // A server that was killed shows it as it is now.
    cast.kill().await;
    cast.policy(|policy| policy.outage = OutageMode::OfflineCode).await;
    let from = cast.telegram.next_call();
    cast.start();
    wait_menu(&cast, &desk, from).await;
    assert_eq!((listed(&anna), listed(&desk)), (true, true));
}

async fn groups_are_told_once_that_the_bot_talks_in_private(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(112, "Anna", "anna").await;
    let group = cast.telegram.group("Sales", &[&anna]);
    let there = anna.in_group(&group);
    there.send("hello everybody").await;
    there.send("/vpn@sallyport_bot").await;
    let refusal = there.wait_message(|_| true).await.unwrap();
    assert!(refusal.text.contains("in private only"), "{}", refusal.text);
    cast.quiet().await;
    assert!(cast.sessions().await.is_empty(), "nothing was asked for with {account}");
    assert_eq!(there.messages().iter().filter(|message| message.from_bot()).count(), 1);
}

async fn a_flood_is_answered_once(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let anna = cast.stranger(113, "Anna", "en");
    for _ in 0..10 {
        anna.send("/start").await;
        anna.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
    }
    for _ in 0..30 {
        anna.send("/start").await;
    }
    anna.wait_message(|message| message.text.starts_with("That is a lot at once")).await.unwrap();
    cast.telegram.wait_confirmed().await.unwrap();
    cast.quiet().await;
    let sent = anna.messages().iter().filter(|message| message.from_bot()).count();
    assert_eq!(sent, 11, "ten answers, and one word of warning");
    cast.advance(60);
    anna.send("/start").await;
    anna.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
}

async fn what_strangers_said_is_not_kept_for_ever(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let kept = async || cast.app.store.read().await.unwrap().chats_count().await.unwrap();
    for telegram in [121, 122] {
        let anna = cast.stranger(telegram, "Anna", "en");
        anna.send("/register").await;
        anna.wait_message(|_| true).await.unwrap();
    }
    assert_eq!(kept().await, 2);
    let settings = cast.app.store.read().await.unwrap().settings_under("telegram.chat").await.unwrap();
    assert!(settings.is_empty(), "{settings:?}");
    cast.advance(31 * 86_400);
    let late = cast.stranger(121, "Anna", "en");
    late.send("Anna").await;
    late.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
    assert!(cast.known(121).await.is_none(), "nobody waits for a name any more");
    late.send("/register").await;
    late.wait_message(|_| true).await.unwrap();
    assert_eq!(kept().await, 1, "the other one is forgotten");
}

stories! {
    what_strangers_said_is_not_kept_for_ever,
    a_stranger_registers_in_russian,
    a_stranger_registers_in_english_by_command,
    the_name_may_come_after_a_crash,
    what_is_sent_while_the_bot_is_down_is_not_lost,
    a_menu_tap_is_no_name_and_neither_is_a_command,
    three_answers_that_are_no_name_end_the_question,
    an_update_that_comes_twice_makes_one_person,
    the_rejected_may_ask_again_and_the_blocked_may_not,
    the_language_is_chosen_and_kept,
    the_menu_is_in_each_persons_language,
    codes_are_in_the_menu_where_a_policy_takes_them,
    groups_are_told_once_that_the_bot_talks_in_private,
    a_flood_is_answered_once,
}

//! Administrators in Telegram: what they are told, what they decide, and what is refused.

mod bot_cast;

use bot_cast::{BotCast, Database, admin, hears};
use sallyport::{
    ops::{
        admins::{self, AdminChange},
        authority::{Owner, Viewer},
        links,
    },
    store::records::{AdminRecord, AuditFilter, Role, RouterState, RouterStatus, Slice},
};
use sallyport_shared::{
    language::Language,
    person::UserStatus,
    session::{Answer, EndReason, Event, SessionState},
};
use sim::telegram::{Author, Message, Person};

/// Waits until a message says something else.
async fn becomes(person: &Person, message: i32, text: &'static str) -> Message {
    person.wait_edit(message, |message| message.text.contains(text)).await.unwrap()
}

/// The first button whose words begin so.
fn button(message: &Message, begins: &str) -> String {
    let texts = message.button_texts();
    texts.iter().find(|text| text.starts_with(begins)).unwrap_or_else(|| panic!("{texts:?}")).clone()
}

async fn registers(cast: &BotCast, telegram: i64, name: &str, language: &str) -> Person {
    let person = cast.stranger(telegram, name, language);
    person.send("/register").await;
    person.wait_message(|message| message.text.contains('?')).await.unwrap();
    person.send(name).await;
    person.wait_message(|message| message.text.contains(name)).await.unwrap();
    person
}

async fn reads_russian(cast: &BotCast, admin: &AdminRecord) -> AdminRecord {
    let mut tx = cast.app.store.begin().await.unwrap();
    let mut record = tx.admin(admin.id).await.unwrap().unwrap();
    record.language = Language::Ru;
    tx.save_admin(&record).await.unwrap();
    tx.commit().await.unwrap();
    record
}

async fn change(cast: &BotCast, admin: &AdminRecord, change: AdminChange) {
    admins::update(&cast.app, &Owner::of_command_line(), admin.id, change).await.unwrap();
}

/// Who did what, newest first.
async fn audited(cast: &BotCast, action: &str) -> Vec<(String, Option<String>)> {
    let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
    let page = cast.app.store.read().await.unwrap().audit_page(&filter, &Slice::first(10)).await.unwrap();
    page.items.into_iter().map(|(_, record)| (record.event.actor, record.event.address)).collect()
}

async fn a_registration_is_approved_by_a_button(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (olga, boris) =
        (cast.administrator("olga", Role::Operator).await, cast.administrator("boris", Role::Owner).await);
    let (desk, other) = (cast.tied(10, &olga, "en").await, cast.tied(11, &boris, "en").await);
    let anna = registers(&cast, 1, "Анна <i>Лебедева</i>", "ru").await;
    let asked = hears(&desk, "Анна <i>Лебедева</i> asks to be registered").await;
    let theirs = hears(&other, "asks to be registered").await;
    assert_eq!(asked.button_texts(), ["Approve", "Reject"]);

    let answer = desk.press(asked.message_id, "Approve").await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("Approved"));
    hears(&anna, "регистрация подтверждена").await;
    assert_eq!(cast.known(1).await.unwrap().status, UserStatus::Approved);
    // Both see what came of it, and by whom; nobody has buttons left.
    for (person, message) in [(&desk, &asked), (&other, &theirs)] {
        let over = becomes(person, message.message_id, "Approved by olga").await;
        assert!(over.buttons().is_empty(), "{over:?}");
    }
    let data = asked.button("Reject").unwrap().callback_data.clone().unwrap();
    let late = other.forge_callback(other.chat_id(), theirs.message_id, &data).answer().await.unwrap();
    assert!(late.show_alert && late.text.unwrap().contains("decided already"));
    assert_eq!(cast.known(1).await.unwrap().status, UserStatus::Approved);
    let by = ("admin:olga".to_owned(), Some("Telegram".to_owned()));
    assert_eq!(audited(&cast, "user.approve").await, [by]);
}

async fn a_rejection_carries_the_reason_that_was_written(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    let desk = cast.tied(10, &olga, "en").await;
    let anna = registers(&cast, 1, "Анна", "ru").await;
    let asked = hears(&desk, "asks to be registered").await;
    desk.press(asked.message_id, "Reject").await.unwrap();
    let why = becomes(&desk, asked.message_id, "Why is Анна turned down?").await;
    assert_eq!(why.buttons().len(), 3);
    assert_eq!(cast.known(1).await.unwrap().status, UserStatus::Pending, "nothing is decided yet");
    desk.send(&"x".repeat(501)).await;
    hears(&desk, "at most 500 characters").await;
    desk.send("Нет такого <сотрудника>").await;
    hears(&anna, "Заявка отклонена: Нет такого <сотрудника>").await;
    becomes(&desk, asked.message_id, "Reason: Нет такого <сотрудника>").await;
    assert_eq!(cast.known(1).await.unwrap().status, UserStatus::Rejected);
    // The next text is no reason any more.
    desk.send("Hello?").await;
    hears(&desk, "Hello!").await;
}

async fn a_rejection_by_a_ready_made_reason_is_in_the_persons_language(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    let desk = cast.tied(10, &olga, "en").await;
    let anna = registers(&cast, 1, "Анна", "ru").await;
    let asked = hears(&desk, "asks to be registered").await;
    desk.press(asked.message_id, "Reject").await.unwrap();
    let why = becomes(&desk, asked.message_id, "turned down?").await;
    desk.press(asked.message_id, "« Back").await.unwrap();
    let back = becomes(&desk, asked.message_id, "asks to be registered").await;
    desk.press(asked.message_id, &button(&back, "Reject")).await.unwrap();
    becomes(&desk, asked.message_id, "turned down?").await;
    desk.press(asked.message_id, &button(&why, "We could not tell")).await.unwrap();
    hears(&anna, "Заявка отклонена: Мы не смогли понять, кто вы.").await;
    assert_eq!(anna.keyboard().unwrap()[0], ["Зарегистрироваться"]);
}

async fn requests_are_approved_and_refused_by_buttons(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.needs_approval = true).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    let desk = cast.tied(10, &reads_russian(&cast, &olga).await, "en").await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    anna.send("/vpn").await;
    hears(&anna, "is with the operators").await;
    let asked = hears(&desk, "Anna просит доступ по учётке anna на Office").await;
    desk.press(asked.message_id, "Отклонить").await.unwrap();
    let why = becomes(&desk, asked.message_id, "почему отказ в доступе?").await;
    assert!(why.button("Без причины").is_some());
    desk.press(asked.message_id, &button(&why, "Не в это время")).await.unwrap();
    hears(&anna, "Access for the account anna was refused. Reason: Not at this time.").await;
    becomes(&desk, asked.message_id, "в запросе на учётку anna отказано").await;

    anna.send("/vpn").await;
    let again = desk.wait_message(|message| message.button("Одобрить").is_some()).await.unwrap();
    let answer = desk.press(again.message_id, "Одобрить").await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("Одобрено"));
    becomes(&desk, again.message_id, "запрос на учётку anna одобрен").await;
    cast.happen(account, Event::AccountEnabled).await.unwrap();
    hears(&anna, "You can connect now").await;
    let states: Vec<_> = cast.sessions().await.iter().map(|session| session.state).collect();
    assert!(states.len() == 2 && states.contains(&SessionState::Granted), "{states:?}");
    assert_eq!(audited(&cast, "session.approved").await[0].0, "admin:olga");
}

async fn a_request_that_lapsed_shows_it(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.needs_approval = true).await;
    let desk = cast.tied(10, &cast.administrator("olga", Role::Operator).await, "en").await;
    let (anna, ..) = cast.member(1, "Anna", "anna").await;
    anna.send("/vpn").await;
    let asked = hears(&desk, "Anna asks for access").await;
    cast.advance(15 * 60);
    cast.tick().await;
    let over = becomes(&desk, asked.message_id, "Nobody decided").await;
    assert!(over.buttons().is_empty());
}

async fn the_demoted_the_disabled_and_strangers_are_refused_at_every_tap(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    cast.administrator("boris", Role::Owner).await;
    let desk = cast.tied(10, &olga, "en").await;
    let anna = registers(&cast, 1, "Anna", "en").await;
    let (_, _, account) = cast.member(2, "Boris", "boris").await;
    cast.grant(account).await;
    let session = cast.sessions().await[0].id;
    let asked = hears(&desk, "asks to be registered").await;
    let id = cast.known(1).await.unwrap().id;
    let decisions = [
        format!("p:u:{id}"),
        format!("r:u:{id}"),
        format!("b:t:u:{id}"),
        format!("p:s:{session}"),
        format!("b:s:s:{session}"),
        format!("e:{session}"),
    ];
    let refused = async |person: &Person, words: &str| {
        for data in &decisions {
            let tap = person.forge_callback(person.chat_id(), asked.message_id, data);
            let answer = tap.answer().await.unwrap();
            assert!(answer.show_alert, "{data}");
            assert_eq!(answer.text.as_deref(), Some(words), "{data}");
        }
    };
    let views = ["v:m".to_owned(), format!("v:u:{id}"), format!("v:c:{session}:0")];
    let blind = async |person: &Person| {
        for data in &views {
            let tap = person.forge_callback(person.chat_id(), asked.message_id, data);
            assert!(tap.answer().await.unwrap().show_alert, "{data}");
        }
    };
    refused(&anna, "Only administrators may do that. Nothing was changed.").await;
    blind(&anna).await;
    change(&cast, &olga, AdminChange { role: Some(Role::Viewer), ..AdminChange::default() }).await;
    refused(&desk, "Your role does not allow this. Nothing was changed.").await;
    change(&cast, &olga, AdminChange { enabled: Some(false), ..AdminChange::default() }).await;
    cast.advance(60);
    refused(&desk, "Only administrators may do that. Nothing was changed.").await;
    blind(&desk).await;
    desk.send("/admin").await;
    hears(&desk, "Hello!").await;
    assert_eq!(cast.known(1).await.unwrap().status, UserStatus::Pending);
    assert_eq!(cast.sessions().await[0].state, SessionState::Granted);
}

async fn a_reason_written_after_a_demotion_decides_nothing(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    cast.administrator("boris", Role::Owner).await;
    let desk = cast.tied(10, &olga, "en").await;
    registers(&cast, 1, "Anna", "en").await;
    let asked = hears(&desk, "asks to be registered").await;
    desk.press(asked.message_id, "Reject").await.unwrap();
    becomes(&desk, asked.message_id, "turned down?").await;
    change(&cast, &olga, AdminChange { role: Some(Role::Viewer), ..AdminChange::default() }).await;
    desk.send("Nobody knows her").await;
    hears(&desk, "Your role does not allow this").await;
    assert_eq!(cast.known(1).await.unwrap().status, UserStatus::Pending);
}

async fn live_sessions_are_paged_and_one_is_ended_after_a_question(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    let desk = cast.tied(10, &olga, "en").await;
    for n in 0..8 {
        let (_, _, account) = cast.member(100 + n, &format!("Person {n}"), &format!("p{n}")).await;
        cast.grant(account).await;
    }
    desk.send("/admin").await;
    let menu = hears(&desk, "Live sessions: 8").await;
    assert_eq!(menu.button_texts(), ["Registrations: 0", "Requests: 0", "Live sessions: 8"]);
    let place = menu.message_id;
    desk.press(place, "Live sessions: 8").await.unwrap();
    let first = becomes(&desk, place, "page 1 of 2").await;
    assert_eq!(first.buttons().len(), 6 + 1 + 1, "{:?}", first.button_texts());
    desk.press(place, "Next »").await.unwrap();
    let second = becomes(&desk, place, "page 2 of 2").await;
    let texts = second.button_texts();
    assert_eq!(texts.len(), 2 + 1 + 1, "{texts:?}");
    assert!(texts[0].contains("may connect"), "{texts:?}");
    assert!(!first.button_texts().contains(&texts[0]), "no session stands on two pages");
    let username = texts[0].split(" · ").nth(1).unwrap().to_owned();
    desk.press(place, &texts[0]).await.unwrap();
    becomes(&desk, place, "may connect").await;
    desk.press(place, "End the session").await.unwrap();
    becomes(&desk, place, "End the session of").await;
    assert!(cast.sessions().await.iter().all(|session| session.state.is_live()), "only asked so far");
    let answer = desk.press(place, "Yes, end it").await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("The session is being ended"));
    let over = becomes(&desk, place, "over").await;
    assert!(over.button("End the session").is_none());
    let ended: Vec<_> =
        cast.sessions().await.into_iter().filter(|session| !session.state.is_live()).collect();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].end_reason, Some(EndReason::EndedByAdmin));
    let account = cast.app.store.read().await.unwrap().account(ended[0].account).await.unwrap().unwrap();
    assert_eq!(account.account.username, username);
    assert_eq!(audited(&cast, "session.ended").await[0], ("admin:olga".into(), Some("Telegram".into())));
    assert_eq!(desk.messages().iter().filter(|message| message.from == Author::Bot).count(), 2);
}

async fn a_denial_is_told_to_all_who_watch_in_their_language(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let victor = cast.administrator("victor", Role::Viewer).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    let watcher = cast.tied(10, &victor, "en").await;
    let desk = cast.tied(11, &reads_russian(&cast, &olga).await, "en").await;
    let (anna, _, account) = cast.member(1, "Анна <b>", "anna").await;
    let asked = cast.prompted(&anna, account, "anna").await;
    anna.press(asked.message_id, "Not me").await.unwrap();
    let told = hears(&watcher, "“Not me”").await;
    assert!(told.text.contains("anna (Анна <b>) on Office from 203.0.113.7"), "{}", told.text);
    hears(&desk, "«Это не я»").await;
}

async fn many_alerts_come_in_one_message(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let desk = cast.tied(10, &cast.administrator("olga", Role::Operator).await, "en").await;
    let mut people = Vec::new();
    for n in 0..9 {
        people.push(registers(&cast, 100 + n, &format!("Person {n}"), "en").await);
        if n < 3 {
            hears(&desk, &format!("Person {n}")).await;
        }
        // The bot writes so many messages a second and no more.
        cast.advance(1);
    }
    cast.quiet().await;
    let told = |desk: &Person| {
        desk.messages().iter().filter(|message| message.text.contains("asks to be registered")).count()
    };
    assert_eq!(told(&desk), 3, "the rest waits");
    cast.advance(61);
    let many = hears(&desk, "6 people ask to be registered").await;
    assert!(many.text.contains("Person 3, Person 4, Person 5, Person 6, Person 7, …"), "{}", many.text);
    desk.press(many.message_id, "Show").await.unwrap();
    let list = becomes(&desk, many.message_id, "page 1 of 2").await;
    // All registered at the same moment: any may stand first.
    let first = list.button_texts()[0].clone();
    desk.press(list.message_id, &first).await.unwrap();
    becomes(&desk, many.message_id, "asks to be registered").await;
    desk.press(many.message_id, "Approve").await.unwrap();
    let over = becomes(&desk, many.message_id, "is registered").await;
    assert!(over.text.contains(&first), "{}", over.text);
    let number: usize = first.trim_start_matches("Person ").parse().unwrap();
    hears(&people[number], "you are registered").await;
}

async fn a_router_that_goes_and_comes_back_is_told_of_once(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    let desk = cast.tied(10, &cast.administrator("olga", Role::Viewer).await, "en").await;
    let status = async |cast: &BotCast, state: RouterState| {
        let mut tx = cast.app.store.begin().await.unwrap();
        let status = RouterStatus {
            state,
            last_seen_at: Some(cast.app.clock.now()),
            last_error: Some("no answer within 5s".to_owned()),
            ..RouterStatus::unknown(cast.router)
        };
        tx.save_router_status(&status).await.unwrap();
        tx.commit().await.unwrap();
        cast.app.bus.alerts.notify_one();
    };
    status(&cast, RouterState::Offline).await;
    cast.advance(19);
    status(&cast, RouterState::Online).await;
    cast.advance(5);
    status(&cast, RouterState::Offline).await;
    cast.advance(20);
    hears(&desk, "Office does not answer").await;
    cast.quiet().await;
    cast.kill().await;
    cast.start();
    cast.advance(10);
    status(&cast, RouterState::Online).await;
    hears(&desk, "Office answers again").await;
    let about = |text: &str| desk.messages().iter().filter(|message| message.text.contains(text)).count();
    assert_eq!((about("does not answer"), about("answers again")), (1, 1));
}

async fn alerts_survive_a_crash_and_are_not_repeated(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    let desk = cast.tied(10, &cast.administrator("olga", Role::Operator).await, "en").await;
    let (_, _, account) = cast.member(1, "Anna", "anna").await;
    cast.grant(account).await;
    cast.tunnel(account, "anna", "0x1").await;
    cast.quiet().await;
    cast.kill().await;
    let connection = cast.sessions().await[0].connections[0].id;
    let denied = Event::Answered { connection, nonce: None, by: admin(), answer: Answer::NotMe };
    cast.happen(account, denied).await.unwrap();
    cast.start();
    hears(&desk, "“Not me”").await;
    // What Telegram has taken and the database has not seen yet would be sent again.
    cast.quiet().await;
    cast.kill().await;
    cast.start();
    desk.send("/admin").await;
    hears(&desk, "Administration").await;
    let times = desk.messages().iter().filter(|message| message.text.contains("“Not me”")).count();
    assert_eq!(times, 1);
}

async fn admin_is_in_the_menu_of_those_who_are_one_until_they_stop(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    let desk = cast.tied(10, &olga, "en").await;
    let names = |person: &Person| -> Vec<String> {
        person.commands().into_iter().map(|command| command.command).collect()
    };
    cast.telegram
        .wait_answered(0, |call| call.is("setMyCommands") && call.params["scope"]["chat_id"] == 10)
        .await
        .unwrap();
    assert_eq!(names(&desk)[0], "admin");
    assert!(!names(&cast.stranger(2, "Anna", "en")).contains(&"admin".to_owned()));
    desk.send("/stop").await;
    hears(&desk, "no longer belongs to the administrator olga").await;
    cast.telegram.wait_answered(0, |call| call.is("deleteMyCommands")).await.unwrap();
    assert!(!names(&desk).contains(&"admin".to_owned()));
    registers(&cast, 1, "Anna", "en").await;
    cast.quiet().await;
    assert!(!desk.messages().iter().any(|message| message.text.contains("asks to be registered")));
    assert_eq!(audited(&cast, "admin.telegram-unlinked").await[0].0, "admin:olga");
}

async fn stop_takes_a_question_back(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let anna = cast.stranger(1, "Anna", "en");
    anna.send("/register").await;
    hears(&anna, "What is your name?").await;
    anna.send("/stop").await;
    hears(&anna, "no longer wait for an answer").await;
    anna.send("Anna").await;
    hears(&anna, "Hello!").await;
    assert!(cast.known(1).await.is_none());
}

async fn a_link_that_moves_is_told_where_it_was_and_to_owners(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let boss = cast.administrator("boss", Role::Owner).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    let watching = cast.tied(9, &boss, "en").await;
    let first = cast.tied(10, &olga, "en").await;
    hears(&watching, "A Telegram account was just linked to the administrator olga").await;
    let second = cast.tied(11, &olga, "en").await;
    hears(&first, "was just linked to another Telegram account").await;
    hears(&watching, "A Telegram account was just linked to the administrator olga").await;
    first.send("/admin").await;
    hears(&first, "Hello!").await;
    second.send("/admin").await;
    hears(&second, "Administration").await;
}

async fn no_link_outlives_the_remedies(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.administrator("boss", Role::Owner).await;
    let olga = cast.administrator("olga", Role::Operator).await;
    let viewer = Viewer::of(&olga, None, None).unwrap();
    let pending = async || links::new_admin_code(&cast.app, &viewer).await.unwrap();
    let record = async || {
        let mut tx = cast.app.store.read().await.unwrap();
        tx.admin(olga.id).await.unwrap().unwrap()
    };
    let stranger = cast.stranger(66, "Mallory", "en");
    let void = async |code: String| {
        cast.advance(60);
        stranger.send(&code).await;
        hears(&stranger, "Hello!").await;
        assert_eq!(record().await.telegram, None);
    };
    let desk = cast.tied(10, &olga, "en").await;
    let code = pending().await;
    let password = Some("another horse".to_owned());
    change(&cast, &olga, AdminChange { new_password: password, ..AdminChange::default() }).await;
    hears(&desk, "no longer belongs to the administrator olga").await;
    void(code).await;

    cast.advance(60);
    desk.send(&pending().await).await;
    hears(&desk, "now belongs to the administrator olga").await;
    let code = pending().await;
    change(&cast, &olga, AdminChange { enabled: Some(false), ..AdminChange::default() }).await;
    hears(&desk, "no longer belongs to the administrator olga").await;
    void(code).await;
    // A code that was made while they were disabled.
    void(pending().await).await;
    change(&cast, &olga, AdminChange { enabled: Some(true), ..AdminChange::default() }).await;

    for by_owner in [false, true] {
        cast.advance(60);
        desk.send(&pending().await).await;
        hears(&desk, "now belongs to the administrator olga").await;
        let code = pending().await;
        if by_owner {
            links::unlink_any(&cast.app, &Owner::of_command_line(), olga.id).await.unwrap();
        } else {
            links::unlink_own(&cast.app, &viewer).await.unwrap();
        }
        hears(&desk, "no longer belongs to the administrator olga").await;
        void(code).await;
    }
}

stories! {
    a_link_that_moves_is_told_where_it_was_and_to_owners,
    no_link_outlives_the_remedies,
    a_registration_is_approved_by_a_button,
    a_rejection_carries_the_reason_that_was_written,
    a_rejection_by_a_ready_made_reason_is_in_the_persons_language,
    requests_are_approved_and_refused_by_buttons,
    a_request_that_lapsed_shows_it,
    the_demoted_the_disabled_and_strangers_are_refused_at_every_tap,
    a_reason_written_after_a_demotion_decides_nothing,
    live_sessions_are_paged_and_one_is_ended_after_a_question,
    a_denial_is_told_to_all_who_watch_in_their_language,
    many_alerts_come_in_one_message,
    a_router_that_goes_and_comes_back_is_told_of_once,
    alerts_survive_a_crash_and_are_not_repeated,
    admin_is_in_the_menu_of_those_who_are_one_until_they_stop,
    stop_takes_a_question_back,
}

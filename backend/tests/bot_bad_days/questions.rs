//! A question stands in a chat twice, because Telegram's answer to its first sending was lost.

use crate::bot_cast::{BotCast, Database, admin};
use sallyport_shared::language::Language;
use sallyport_shared::session::{Answer, ConnectionState, Event};
use sim::telegram::{Message, Person};

async fn over(anna: &Person, message: &Message, words: &'static str) {
    let over = anna.wait_edit(message.message_id, |message| message.buttons().is_empty()).await.unwrap();
    assert!(over.text.ends_with(words), "{}", over.text);
}

async fn state(cast: &BotCast) -> ConnectionState {
    cast.sessions().await.pop().unwrap().connections[0].state
}

pub(crate) async fn the_copy_of_a_question_shows_what_came_of_it(database: Database) {
    let mut cast = BotCast::assemble_without_bot(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let [first, second] = cast.doubled(&anna, account).await;
    cast.start();
    anna.press(second.message_id, "Confirm").await.unwrap();
    over(&anna, &second, "Confirmed").await;
    assert_eq!(anna.message(first.message_id).unwrap().buttons().len(), 1, "nobody knows of it yet");
    let answer = anna.press(first.message_id, "Not me").await.unwrap();
    assert!(answer.show_alert && answer.text.unwrap().contains("answered already"));
    over(&anna, &first, "Confirmed").await;
    assert_eq!(state(&cast).await, ConnectionState::Confirmed);
}

pub(crate) async fn the_first_copy_may_be_answered_as_well(database: Database) {
    let mut cast = BotCast::assemble_without_bot(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let [first, second] = cast.doubled(&anna, account).await;
    cast.start();
    let answer = anna.press(first.message_id, "Confirm").await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("Confirmed. Opening…"));
    for copy in [&first, &second] {
        over(&anna, copy, "Confirmed").await;
    }
    assert_eq!(state(&cast).await, ConnectionState::Confirmed);
}

/// What stands in the copy of a question that was answered with *Not me*, by its person or by an administrator.
async fn denied(database: Database, language: Language, by_admin: bool, words: &'static str) {
    let mut cast = BotCast::assemble_without_bot(&database).await;
    let (anna, id, account) = cast.member(1, "Anna", "anna").await;
    cast.change(id, |user| user.language = language).await;
    let [first, second] = cast.doubled(&anna, account).await;
    let not_me = first.button_texts().pop().unwrap();
    cast.start();
    if by_admin {
        let connection = cast.sessions().await[0].connections[0].id;
        let event = Event::Answered { connection, nonce: None, by: admin(), answer: Answer::NotMe };
        cast.happen(account, event).await.unwrap();
    } else {
        anna.press(second.message_id, &not_me).await.unwrap();
    }
    over(&anna, &second, words).await;
    let answer = anna.press(first.message_id, &not_me).await.unwrap();
    assert!(answer.show_alert, "{answer:?}");
    over(&anna, &first, words).await;
}

pub(crate) async fn the_copy_of_a_denied_question_says_so(database: Database) {
    denied(database, Language::En, false, "Answer: not me. The connection is being cut").await;
}

pub(crate) async fn the_copy_of_a_denied_question_says_so_in_russian(database: Database) {
    denied(database, Language::Ru, false, "Ответ: «Это не я». Соединение обрывается").await;
}

pub(crate) async fn the_copy_of_a_question_that_an_administrator_denied_says_so(database: Database) {
    denied(database, Language::Ru, true, "Отклонено администратором").await;
}

pub(crate) async fn a_copy_that_is_tapped_too_late_says_so(database: Database) {
    let mut cast = BotCast::assemble_without_bot(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let [first, second] = cast.doubled(&anna, account).await;
    cast.start();
    cast.advance(60);
    // Nobody has come round to cutting it yet.
    for copy in [&first, &second] {
        let answer = anna.press(copy.message_id, "Confirm").await.unwrap();
        assert!(answer.show_alert && answer.text.unwrap().contains("Too late"));
        anna.wait_edit(copy.message_id, |message| message.buttons().is_empty()).await.unwrap();
    }
    over(&anna, &first, "No answer in time. The connection is being cut").await;
    cast.tick().await;
    cast.quiet().await;
    over(&anna, &second, "No answer in time. The connection is being cut").await;
    assert_eq!(state(&cast).await, ConnectionState::Closed);
}

pub(crate) async fn a_forged_button_takes_nothing_off_the_messages_of_others(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let (eve, _, _) = cast.member(2, "Eve", "eve").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    let own = prompt.button("Confirm").unwrap().callback_data.clone().unwrap();
    for data in ["y:nonsense", "n:0000000000000000", "l:ru", "what?", own.as_str()] {
        let tap = eve.forge_callback(anna.chat_id(), prompt.message_id, data);
        tap.answer().await.unwrap();
    }
    cast.telegram.wait_confirmed().await.unwrap();
    cast.quiet().await;
    let changed = cast
        .telegram
        .calls()
        .into_iter()
        .any(|call| call.method.starts_with("editMessage") && call.chat_id() == Some(anna.chat_id()));
    assert!(!changed, "nothing in Anna's chat was touched");
    let still = anna.message(prompt.message_id).unwrap();
    assert_eq!(still.button_texts(), ["Confirm", "Not me"]);
}

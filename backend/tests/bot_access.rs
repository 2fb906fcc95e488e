//! Asking for access, answering the question, extending and finishing: by the right person, once, in time.

mod bot_cast;

use bot_cast::{BotCast, Database, admin, hears};
use sallyport::ops::{
    Who,
    sessions::{self, Target},
};
use sallyport_shared::{
    language::Language,
    person::UserStatus,
    session::{Answer, ConnectionState, EndReason, Event, SessionState},
};
use sim::telegram::Message;

/// Is it the message with this beginning?
fn begins(text: &'static str) -> impl Fn(&Message) -> bool {
    move |message| message.text.starts_with(text)
}

async fn one_account_is_asked_for_at_once(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(101, "Anna", "anna").await;
    anna.send("Get VPN").await;
    cast.telegram.wait_confirmed().await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!((session.account, session.state), (account, SessionState::Granted));
    assert!(anna.last_message().is_none(), "nothing is promised before the router was read back");
    cast.happen(account, Event::AccountEnabled).await.unwrap();
    let granted = anna.wait_message(begins("You can connect now.")).await.unwrap();
    assert!(granted.text.contains("Account: anna on Office"), "{}", granted.text);
    assert!(granted.text.contains("Access until 23:05 UTC; connect by 11:20 UTC."), "{}", granted.text);
    anna.send("/vpn").await;
    hears(&anna, "has access already").await;
    assert_eq!(cast.sessions().await.len(), 1);
}

async fn of_two_accounts_one_is_chosen(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, id, _) = cast.member(102, "Anna", "anna").await;
    let second = cast.account(id, "anna-home").await;
    anna.send("/vpn").await;
    let choice = anna.wait_message(begins("Which account")).await.unwrap();
    assert_eq!(choice.button_texts(), ["anna (Office)", "anna-home (Office)"]);
    let answer = anna.press(choice.message_id, "anna-home (Office)").await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("Asked for. I write as soon as you can connect."));
    anna.wait_edit(choice.message_id, |message| message.buttons().is_empty()).await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.account, second);
    let data = format!("a:{second}");
    let again = anna.forge_callback(anna.chat_id(), choice.message_id, &data).answer().await.unwrap();
    assert!(again.show_alert && again.text.unwrap().contains("has access already"));
}

async fn without_accounts_one_is_told_so(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _) = cast.person(103, "Анна", UserStatus::Approved, Language::Ru).await;
    anna.send("Получить VPN").await;
    hears(&anna, "ещё не привязана ни одна учётка").await;
}

async fn the_prompt_says_what_it_is_about_and_confirm_opens_once(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(104, "Anna", "anna").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    insta::assert_snapshot!(prompt.text, @r"
    Is it you who just connected?
    Account: anna on Office
    From: 203.0.113.7
    VPN address: 10.8.0.5
    Time: 11:05 UTC

    Until you answer, the connection leads nowhere. Without an answer it is cut in 1 min.
    ");
    assert_eq!(prompt.button_texts(), ["Confirm", "Not me"]);
    let answer = anna.press(prompt.message_id, "Confirm").await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("Confirmed. Opening…"));
    assert!(!answer.show_alert);
    let over = anna.wait_edit(prompt.message_id, |message| message.buttons().is_empty()).await.unwrap();
    assert!(over.text.ends_with("Confirmed"), "{}", over.text);
    let data = prompt.button("Confirm").unwrap().callback_data.clone().unwrap();
    let refuse = prompt.button("Not me").unwrap().callback_data.clone().unwrap();
    for data in [data, refuse] {
        let again = anna.forge_callback(anna.chat_id(), prompt.message_id, &data).answer().await.unwrap();
        assert!(again.show_alert);
        assert!(again.text.unwrap().contains("answered already. Nothing was changed"));
    }
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.state, SessionState::Active, "“Not me” after “Confirm” changes nothing");
}

async fn two_taps_at_once_count_once(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(105, "Anna", "anna").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    cast.telegram.deliver_twice(2);
    let first = anna.tap(prompt.message_id, "Confirm").unwrap();
    let second = anna.tap(prompt.message_id, "Not me").unwrap();
    let (first, second) = (first.answer().await.unwrap(), second.answer().await.unwrap());
    assert_eq!(first.text.as_deref(), Some("Confirmed. Opening…"));
    assert!(second.show_alert);
    assert_eq!(cast.sessions().await.pop().unwrap().state, SessionState::Active);
}

async fn nobody_else_can_answer(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(106, "Anna", "anna").await;
    let (eve, _, _) = cast.member(107, "Eve", "eve").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    for button in ["Confirm", "Not me"] {
        let data = prompt.button(button).unwrap().callback_data.clone().unwrap();
        for chat in [eve.chat_id(), anna.chat_id()] {
            let answer = eve.forge_callback(chat, prompt.message_id, &data).answer().await.unwrap();
            assert!(answer.show_alert);
            assert_eq!(
                answer.text.as_deref(),
                Some("That question was not put to you. Nothing was changed.")
            );
        }
    }
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.state, SessionState::Confirming);
    let still = anna.message(prompt.message_id).unwrap();
    assert_eq!(still.button_texts(), ["Confirm", "Not me"], "the question still stands");
    anna.press(prompt.message_id, "Confirm").await.unwrap();
    assert_eq!(cast.sessions().await.pop().unwrap().state, SessionState::Active);
}

async fn made_up_buttons_are_no_longer_in_use(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(108, "Anna", "anna").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    let session = cast.sessions().await.pop().unwrap();
    let unknown = uuid::Uuid::nil();
    let forged = [
        "y:AAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        "n:".to_owned(),
        "nonsense".to_owned(),
        format!("f:{unknown}"),
        format!("a:{unknown}"),
        format!("y:{}", session.id),
    ];
    for data in forged {
        let answer = anna.forge_callback(anna.chat_id(), prompt.message_id, &data).answer().await.unwrap();
        assert!(answer.show_alert, "{data}");
        assert!(answer.text.unwrap().contains("no longer in use. Nothing was changed"), "{data}");
    }
    assert_eq!(cast.sessions().await.pop().unwrap(), session, "nothing was changed");
}

async fn late_answers_open_nothing(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(109, "Anna", "anna").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    cast.advance(60);
    let late = anna.press(prompt.message_id, "Confirm").await.unwrap();
    assert!(late.show_alert && late.text.unwrap().starts_with("Too late"));
    cast.tick().await;
    // The buttons may go before it is said what came of it.
    let said = |message: &Message| message.text.contains("No answer in time");
    let over = anna.wait_edit(prompt.message_id, said).await.unwrap();
    assert!(over.buttons().is_empty(), "{:?}", over.buttons());
    hears(&anna, "is being cut. Connect again if it was you").await;
    let data = prompt.button("Confirm").unwrap().callback_data.clone().unwrap();
    let later = anna.forge_callback(anna.chat_id(), prompt.message_id, &data).answer().await.unwrap();
    assert!(later.text.unwrap().starts_with("Too late"));
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.connections[0].state, ConnectionState::Closed);
    assert!(session.connections[0].confirmed_at.is_none());
}

async fn not_me_ends_the_session_and_says_so(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(110, "Anna", "anna").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    let answer = anna.press(prompt.message_id, "Not me").await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("The connection is being cut. The administrators are told."));
    let over = anna.wait_edit(prompt.message_id, |message| message.buttons().is_empty()).await.unwrap();
    assert!(over.text.contains("Answer: not me"), "{}", over.text);
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.end_reason, Some(EndReason::Denied));
    anna.send("/vpn").await;
    hears(&anna, "locked after a “Not me”").await;
}

async fn what_an_administrator_decides_takes_the_buttons_away(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(111, "Anna", "anna").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    let connection = cast.sessions().await.pop().unwrap().connections[0].id;
    let event = Event::Answered { connection, nonce: None, by: admin(), answer: Answer::Confirm };
    cast.happen(account, event).await.unwrap();
    let over = anna.wait_edit(prompt.message_id, |message| message.buttons().is_empty()).await.unwrap();
    assert!(over.text.ends_with("Confirmed by an administrator"), "{}", over.text);
}

async fn an_answer_given_while_the_bot_was_down_counts(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(112, "Anna", "anna").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    cast.kill().await;
    let tap = anna.tap(prompt.message_id, "Confirm").unwrap();
    cast.advance(30);
    cast.start();
    assert_eq!(tap.answer().await.unwrap().text.as_deref(), Some("Confirmed. Opening…"));
    assert_eq!(cast.sessions().await.pop().unwrap().state, SessionState::Active);
}

async fn a_reminder_extends_once_a_tap(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(113, "Anna", "anna").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    anna.press(prompt.message_id, "Confirm").await.unwrap();
    let before = cast.sessions().await.pop().unwrap();
    cast.happen(account, Event::Opened { connection: before.connections[0].id }).await.unwrap();
    hears(&anna, "You are in.").await;
    cast.advance(12 * 3_600 - 15 * 60);
    cast.tick().await;
    let reminder = hears(&anna, "Do you need more time?").await;
    assert!(reminder.text.contains("ends at 23:05 UTC"), "{}", reminder.text);
    assert_eq!(reminder.button_texts(), ["Extend", "Finish"]);
    let first = anna.tap(reminder.message_id, "Extend").unwrap();
    let second = anna.tap(reminder.message_id, "Extend").unwrap();
    assert_eq!(first.answer().await.unwrap().text.as_deref(), Some("Extended"));
    let second = second.answer().await.unwrap();
    assert!(second.show_alert && second.text.unwrap().contains("answered already"));
    let extended = hears(&anna, "Extended: access").await;
    assert!(extended.text.contains("until 23 Nov, 01:05 UTC"), "{}", extended.text);
    anna.wait_edit(reminder.message_id, |message| message.buttons().is_empty()).await.unwrap();
    let after = cast.sessions().await.pop().unwrap();
    assert_eq!(after.extensions, before.extensions + 1);
}

async fn sessions_are_listed_and_only_their_owner_touches_them(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(114, "Anna", "anna").await;
    let (eve, _, _) = cast.member(115, "Eve", "eve").await;
    cast.grant(account).await;
    anna.send("/sessions").await;
    let line = hears(&anna, "anna on Office: allowed, until").await;
    assert_eq!(line.button_texts(), ["Extend", "Finish"]);
    for button in ["Extend", "Finish"] {
        let data = line.button(button).unwrap().callback_data.clone().unwrap();
        let answer = eve.forge_callback(eve.chat_id(), line.message_id, &data).answer().await.unwrap();
        assert!(answer.show_alert);
        assert_eq!(answer.text.as_deref(), Some("That question was not put to you. Nothing was changed."));
    }
    let data = format!("a:{account}");
    let answer = eve.forge_callback(eve.chat_id(), line.message_id, &data).answer().await.unwrap();
    assert!(answer.text.unwrap().contains("not put to you"));
    assert!(cast.sessions().await.pop().unwrap().state.is_live());

    let finished = anna.press(line.message_id, "Finish").await.unwrap();
    assert_eq!(finished.text.as_deref(), Some("The session is being ended"));
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.end_reason, Some(EndReason::FinishedByUser));
    anna.wait_edit(line.message_id, |message| message.buttons().is_empty()).await.unwrap();
    let stale = line.button("Extend").unwrap().callback_data.clone().unwrap();
    let stale = anna.forge_callback(anna.chat_id(), line.message_id, &stale).answer().await.unwrap();
    assert!(stale.show_alert && stale.text.unwrap().starts_with("That session is over"));
    anna.send("My sessions").await;
    hears(&anna, "You have no session now").await;
    anna.send("/status").await;
    hears(&anna, "Accounts: anna (Office)\nNo live session.").await;
}

async fn times_are_in_the_policys_zone_and_the_readers_language(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.time_zone = "Europe/Moscow".to_owned()).await;
    let (anna, id) = cast.person(116, "Анна", UserStatus::Approved, Language::Ru).await;
    let account = cast.account(id, "anna").await;
    cast.grant(account).await;
    let granted = hears(&anna, "Можно подключаться.").await;
    assert!(
        granted.text.contains("Доступ до 23 нояб., 02:05; подключиться нужно до 14:20."),
        "{}",
        granted.text
    );
    cast.tunnel(account, "anna", "0x1").await;
    let prompt = hears(&anna, "Это вы сейчас подключились?").await;
    assert!(prompt.text.contains("Время: 14:05\n"), "{}", prompt.text);
    assert_eq!(prompt.button_texts(), ["Подтвердить", "Это не я"]);
    let answer = anna.press(prompt.message_id, "Это не я").await.unwrap();
    assert_eq!(answer.text.as_deref(), Some("Соединение обрывается. Администраторам сообщено."));
}

async fn a_forwarded_prompt_is_of_no_use(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(117, "Anna", "anna").await;
    let (eve, _, _) = cast.member(118, "Eve", "eve").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    let group = cast.telegram.group("Friends", &[&anna, &eve]);
    let forwarded = anna.forward(prompt.message_id, group.id()).unwrap();
    let there = eve.in_group(&group);
    assert!(there.tap(forwarded, "Confirm").is_err(), "buttons stay behind");
    let data = prompt.button("Confirm").unwrap().callback_data.clone().unwrap();
    let answer = there.forge_callback(group.id(), forwarded, &data).answer().await.unwrap();
    assert!(answer.text.unwrap().contains("not put to you"));
    assert_eq!(cast.sessions().await.pop().unwrap().state, SessionState::Confirming);
}

/// A result that was on its way when the session ended must not pass for the end's own.
async fn the_end_is_not_told_while_the_router_has_something_left_to_do(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, _, account) = cast.member(116, "Anna", "anna").await;
    cast.grant(account).await;
    cast.tunnel(account, "anna", "0x1").await;
    cast.happen(account, Event::End { by: admin() }).await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.state, SessionState::Ended);
    let settled = sessions::apply(&cast.app, &Target::Session(session.id), &Event::Settled, &Who::System)
        .await
        .unwrap();
    assert!(!settled.changed);
    assert!(!cast.sessions().await.pop().unwrap().end_told, "account and tunnel are still as they were");
}

stories! {
    the_end_is_not_told_while_the_router_has_something_left_to_do,
    one_account_is_asked_for_at_once,
    of_two_accounts_one_is_chosen,
    without_accounts_one_is_told_so,
    the_prompt_says_what_it_is_about_and_confirm_opens_once,
    two_taps_at_once_count_once,
    nobody_else_can_answer,
    made_up_buttons_are_no_longer_in_use,
    late_answers_open_nothing,
    not_me_ends_the_session_and_says_so,
    what_an_administrator_decides_takes_the_buttons_away,
    an_answer_given_while_the_bot_was_down_counts,
    a_reminder_extends_once_a_tap,
    sessions_are_listed_and_only_their_owner_touches_them,
    times_are_in_the_policys_zone_and_the_readers_language,
    a_forwarded_prompt_is_of_no_use,
}

//! Nobody is worn down: questions and bans are counted, whatever races and whoever is killed.

use crate::{
    HOME, always,
    bot_cast::{BotCast, Database, NOON},
    manager, questions, try_once, tunnel,
};
use sallyport::{ops::bans, store::records::AlertKind};
use sallyport_shared::{
    session::{CloseReason, ConnectionState, EndReason, Wish},
    time::Seconds,
};

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

crate::stories! {
    the_count_outlives_the_server_and_the_ban_can_be_lifted,
    tunnels_of_two_accounts_that_race_share_the_persons_questions,
    of_two_tunnels_that_race_one_is_too_many,
    surplus_tunnels_are_told_of_once_and_hide_nothing,
    tunnels_from_foreign_places_are_told_of_once_a_window,
}

//! Telegram was away for hours: what is over by then is not told any more.

use crate::{
    bot_cast::{BotCast, Database, admin},
    delays::{account_off, all_done, away, hinder},
};
use sallyport::work::deliver::tick;
use sallyport_shared::session::{Answer, Event, Wish};
use sim::telegram::Person;

/// Telegram is back: everything that waits is delivered; gives how what the person reads begins.
async fn delivered(cast: &BotCast, person: &Person) -> Vec<String> {
    let line = cast.line();
    while cast.app.store.read().await.unwrap().pending_deliveries_count().await.unwrap() > 0 {
        tick(&cast.app, &line).await.unwrap();
        cast.advance(1);
    }
    let heard = person.messages().into_iter().filter(|message| message.from_bot());
    heard.map(|message| message.text.chars().take(24).collect()).collect()
}

pub(crate) async fn whoever_did_not_come_in_time_is_not_told_to_connect(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    cast.grant(account).await;
    cast.advance(4 * 3_600);
    cast.tick().await;
    all_done(&cast).await;
    assert_eq!(delivered(&cast, &anna).await, ["You did not connect in t"]);
}

pub(crate) async fn a_session_that_is_over_needs_no_more_time(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    cast.policy(|policy| policy.session_seconds = sallyport_shared::time::Seconds(3_600)).await;
    cast.grant(account).await;
    cast.tunnel(account, "anna", "0x1").await;
    let connection = cast.sessions().await[0].connections[0].id;
    let yes = Event::Answered { connection, nonce: None, by: admin(), answer: Answer::Confirm };
    cast.happen(account, yes).await.unwrap();
    all_done(&cast).await;
    cast.advance(2_700);
    cast.tick().await;
    cast.happen(account, Event::Extend { by: admin(), seconds: None }).await.unwrap();
    cast.advance(8 * 3_600);
    cast.tick().await;
    cast.advance(8 * 3_600);
    cast.tick().await;
    all_done(&cast).await;
    assert_eq!(delivered(&cast, &anna).await, ["Time is up: access with "]);
}

pub(crate) async fn what_came_of_a_delay_takes_its_place(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    cast.happen(account, Event::Ask { by: admin(), seconds: None }).await.unwrap();
    hinder(&cast, |wish| matches!(wish, Wish::Account { enabled: true, .. }), &away()).await;
    all_done(&cast).await;
    assert_eq!(delivered(&cast, &anna).await, ["You can connect now.\nAcc"], "not that it takes a while");
    cast.tunnel(account, "anna", "0x1").await;
    let connection = cast.sessions().await[0].connections[0].id;
    let yes = Event::Answered { connection, nonce: None, by: admin(), answer: Answer::Confirm };
    cast.happen(account, yes).await.unwrap();
    hinder(&cast, |wish| matches!(wish, Wish::Open { .. }), &away()).await;
    all_done(&cast).await;
    assert_eq!(delivered(&cast, &anna).await[1..], ["You are in. anna, VPN ad"]);
    cast.happen(account, Event::End { by: admin() }).await.unwrap();
    hinder(&cast, account_off, &away()).await;
    all_done(&cast).await;
    assert_eq!(delivered(&cast, &anna).await[2..], ["An administrator ended y"]);
}

pub(crate) async fn what_is_still_true_is_told_however_late(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    cast.happen(account, Event::Ask { by: admin(), seconds: None }).await.unwrap();
    hinder(&cast, |wish| matches!(wish, Wish::Account { enabled: true, .. }), &away()).await;
    cast.advance(300);
    assert_eq!(delivered(&cast, &anna).await, ["The router Office does n"]);
    all_done(&cast).await;
    cast.advance(300);
    assert_eq!(delivered(&cast, &anna).await[1..], ["You can connect now.\nAcc"]);
    cast.happen(account, Event::End { by: admin() }).await.unwrap();
    hinder(&cast, account_off, &away()).await;
    cast.advance(3_600);
    assert_eq!(delivered(&cast, &anna).await[2..], ["Your session with the ac"]);
}

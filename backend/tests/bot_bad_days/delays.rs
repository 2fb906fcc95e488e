//! The router is away, or refuses: who waits is told which of the two it is, once, and operators of a refusal.

use crate::{
    bot_cast::{BotCast, Database},
    hears, open_alerts, said,
};
use sallyport::{
    ops::wishes::{Carried, Hindrance, done, hindered},
    store::records::{Role, WishRecord},
};
use sallyport_shared::{
    ids::AccountId,
    policy::AccessMode,
    session::{Answer, Event, SessionState, Wish},
};

pub(crate) fn away() -> Hindrance {
    Hindrance::Unreachable("no route to host".to_owned())
}

fn refuses() -> Hindrance {
    Hindrance::Refused("no such account".to_owned())
}

/// The wishes that may be carried out, in the order in which they were decided.
pub(crate) async fn wishes(cast: &BotCast) -> Vec<WishRecord> {
    let now = cast.app.clock.now().plus(sallyport_shared::time::Seconds(3_600));
    cast.app.store.read().await.unwrap().due_wishes(cast.router, now, 100).await.unwrap()
}

pub(crate) async fn hinder(cast: &BotCast, fits: impl Fn(&Wish) -> bool, hindrance: &Hindrance) {
    let wish = wishes(cast).await.into_iter().find(|wish| fits(&wish.wish)).expect("there is such a wish");
    hindered(&cast.app, &wish, hindrance).await.unwrap();
}

pub(crate) async fn all_done(cast: &BotCast) {
    for wish in wishes(cast).await {
        done(&cast.app, &wish, &Carried::Done).await.unwrap();
    }
}

pub(crate) fn account_off(wish: &Wish) -> bool {
    matches!(wish, Wish::Account { enabled: false, .. })
}

async fn codes(cast: &BotCast) -> Vec<String> {
    open_alerts(cast).await.into_iter().map(|open| open.alert.detail.code()).collect()
}

/// Connected, and everything that was wished for has come true.
async fn inside(cast: &BotCast, anna: &sim::telegram::Person, account: AccountId) {
    let prompt = cast.prompted(anna, account, "anna").await;
    anna.press(prompt.message_id, "Confirm").await.unwrap();
    all_done(cast).await;
    hears(anna, "You are in.").await;
}

pub(crate) async fn an_end_that_the_router_refuses_is_told_and_reported_once(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let desk = cast.tied(10, &cast.administrator("olga", Role::Operator).await, "en").await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    inside(&cast, &anna, account).await;
    cast.happen(account, Event::End { by: crate::bot_cast::admin() }).await.unwrap();
    // The door is shut, the account is not there any more.
    for wish in wishes(&cast).await {
        if matches!(wish.wish, Wish::Close { .. }) {
            done(&cast.app, &wish, &Carried::Done).await.unwrap();
        }
    }
    for _ in 0..3 {
        hinder(&cast, account_off, &refuses()).await;
        hinder(&cast, |wish| matches!(wish, Wish::Cut { .. }), &refuses()).await;
    }
    hears(&anna, "refuses to close everything").await;
    let told = hears(&desk, "refuses to close it: no such account").await;
    assert!(told.text.contains("Account: anna (Anna)"), "{}", told.text);
    cast.quiet().await;
    assert_eq!((said(&anna, "refuses to close"), said(&anna, "does not answer")), (1, 0));
    assert_eq!(codes(&cast).await, ["would_not_close"]);
    all_done(&cast).await;
    hears(&anna, "An administrator ended your access").await;
    assert!(codes(&cast).await.is_empty(), "settled by itself");
}

/// An administrator answers for the person about the tunnel that waits.
async fn answered(cast: &BotCast, account: AccountId, answer: Answer) {
    let session = cast.sessions().await.pop().unwrap();
    let connection = session.live_connections().next().unwrap().id;
    let by = crate::bot_cast::admin();
    cast.happen(account, Event::Answered { connection, nonce: None, by, answer }).await.unwrap();
}

pub(crate) async fn a_denial_that_the_router_refuses_is_told_and_reported_until_it_is_closed(
    database: Database,
) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    cast.prompted(&anna, account, "anna").await;
    answered(&cast, account, Answer::NotMe).await;
    hears(&anna, "An administrator denied the connection").await;
    hinder(&cast, account_off, &refuses()).await;
    hears(&anna, "refuses to close everything").await;
    assert!(codes(&cast).await.contains(&"would_not_close".to_owned()), "{:?}", codes(&cast).await);
    assert_eq!(said(&anna, "access is closed"), 0);
    all_done(&cast).await;
    hears(&anna, "that was denied is cut, and access is closed").await;
    assert!(!codes(&cast).await.contains(&"would_not_close".to_owned()), "settled by itself");
}

pub(crate) async fn operators_hear_of_a_refusal_where_the_person_has_heard_all(database: Database) {
    let cast = BotCast::assemble(&database).await;
    cast.policy(|policy| policy.access_mode = AccessMode::Always).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    cast.tunnel(account, "anna", "0x81300077").await;
    anna.wait_message(|message| message.button("Confirm").is_some()).await.unwrap();
    answered(&cast, account, Answer::Pick(0)).await;
    hears(&anna, "not the number").await;
    hinder(&cast, |wish| matches!(wish, Wish::Cut { .. }), &refuses()).await;
    assert_eq!(codes(&cast).await, ["would_not_close"]);
    cast.quiet().await;
    assert_eq!(said(&anna, "refuses"), 0);
    all_done(&cast).await;
    assert!(codes(&cast).await.is_empty(), "settled by itself");
}

pub(crate) async fn an_account_that_cannot_be_switched_on_is_told_and_reported(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    let (anna, ..) = cast.member(1, "Anna", "anna").await;
    anna.send("/vpn").await;
    cast.telegram.wait_confirmed().await.unwrap();
    let on = |wish: &Wish| matches!(wish, Wish::Account { enabled: true, .. });
    hinder(&cast, on, &away()).await;
    hinder(&cast, on, &away()).await;
    hears(&anna, "does not answer just now").await;
    hinder(&cast, on, &refuses()).await;
    hears(&anna, "refuses to switch the account anna on").await;
    // A restart, and the router goes away again: nothing new.
    cast.stop().await;
    cast.reopen().await;
    cast.start();
    for hindrance in [refuses(), away(), refuses()] {
        hinder(&cast, on, &hindrance).await;
    }
    cast.quiet().await;
    assert_eq!((said(&anna, "does not answer"), said(&anna, "refuses to switch")), (1, 1));
    assert_eq!(codes(&cast).await, ["would_not_switch_on"]);
    all_done(&cast).await;
    hears(&anna, "You can connect now").await;
    assert!(codes(&cast).await.is_empty());
}

/// The bound rule was renamed while the router was away.
pub(crate) async fn a_router_that_is_back_and_refuses_is_told_of_after_a_restart_too(database: Database) {
    let mut cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    anna.press(prompt.message_id, "Confirm").await.unwrap();
    let open = |wish: &Wish| matches!(wish, Wish::Open { .. });
    hinder(&cast, open, &away()).await;
    hears(&anna, "I keep trying to open access for the account anna").await;
    cast.stop().await;
    cast.reopen().await;
    cast.start();
    hinder(&cast, open, &Hindrance::Refused("the rule has another comment".to_owned())).await;
    hears(&anna, "The router did not open access for the account anna").await;
    hinder(&cast, open, &refuses()).await;
    cast.quiet().await;
    assert_eq!(said(&anna, "did not open access for the account anna"), 1);
    assert_eq!(codes(&cast).await, ["would_not_open"]);
    assert_eq!(cast.sessions().await[0].state, SessionState::Active);
}

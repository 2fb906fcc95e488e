//! What those who watch over the system are told, in their chats.

use crate::{
    bot_cast::{BotCast, Database},
    hears, open_alerts, said,
};
use sallyport::{
    ops::{alarms, drifts::Unmended},
    store::records::{AlertKind, AlertMatch, NewAlert, Role, RouterRecord},
};
use sallyport_shared::{
    reason::Reason,
    session::{Event, OpenFailure},
};
use sim::telegram::{Fault, FaultRule, Person};

async fn desk(cast: &BotCast) -> Person {
    cast.tied(10, &cast.administrator("olga", Role::Operator).await, "en").await
}

async fn raised(cast: &BotCast, alert: NewAlert) {
    let mut tx = cast.app.store.begin().await.unwrap();
    assert!(tx.raise_alert(&alert, cast.app.clock.now()).await.unwrap());
    tx.commit().await.unwrap();
    cast.app.bus.alerts.notify_one();
}

fn box_open(cast: &BotCast, why: &str) -> NewAlert {
    let detail = Reason::Words { text: why.to_owned() };
    NewAlert { kind: AlertKind::BoxOpen, user: None, session: None, router: Some(cast.router), detail }
}

async fn settled(cast: &BotCast, kind: AlertKind) {
    let which = AlertMatch { kind: Some(kind), ..AlertMatch::default() };
    let mut tx = cast.app.store.begin().await.unwrap();
    assert!(tx.resolve_alerts(which, cast.app.clock.now()).await.unwrap() > 0);
    tx.commit().await.unwrap();
    cast.app.bus.alerts.notify_one();
}

async fn router(cast: &BotCast) -> RouterRecord {
    cast.app.store.read().await.unwrap().router(cast.router).await.unwrap().unwrap()
}

pub(crate) async fn a_start_settles_only_that_the_bot_could_not_write(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, id, account) = cast.member(1, "Anna", "anna").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    anna.press(prompt.message_id, "Confirm").await.unwrap();
    let connection = cast.sessions().await[0].connections[0].id;
    let failed = Event::OpenFailed { connection, failure: OpenFailure::Refused };
    cast.happen(account, failed).await.unwrap();
    hears(&anna, "did not open access for the account anna").await;
    let refused = Fault::Status { status: 400, description: Some("Bad Request: too odd".to_owned()) };
    cast.telegram.inject(FaultRule::new(refused).on("sendMessage").in_chat(1).times(1));
    anna.send("/help").await;
    cast.telegram.wait_confirmed().await.unwrap();
    cast.quiet().await;
    anna.block();
    cast.telegram.wait_confirmed().await.unwrap();
    let codes = async |cast: &BotCast| -> Vec<String> {
        let open = open_alerts(cast).await.into_iter().filter(|open| open.alert.user == Some(id));
        let mut codes: Vec<_> = open.map(|open| open.alert.detail.code()).collect();
        codes.sort();
        codes
    };
    assert_eq!(codes(&cast).await, ["bot_forbidden", "message_refused", "would_not_open"]);
    anna.unblock();
    cast.telegram.wait_confirmed().await.unwrap();
    assert_eq!(codes(&cast).await, ["message_refused", "would_not_open"], "lifted, and no more");
    anna.send("/start").await;
    hears(&anna, "Anna, what would you like to do?").await;
    cast.telegram.wait_confirmed().await.unwrap();
    assert_eq!(codes(&cast).await, ["message_refused", "would_not_open"], "these are the operators'");
}

pub(crate) async fn a_message_that_telegram_refused_is_reported_as_such(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let desk = desk(&cast).await;
    let (anna, ..) = cast.member(1, "Анна", "anna").await;
    let refused = Fault::Status { status: 400, description: Some("Bad Request: too odd".to_owned()) };
    cast.telegram.inject(FaultRule::new(refused).on("sendMessage").in_chat(1).times(1));
    anna.send("/help").await;
    let told = hears(&desk, "did not take a message to Анна").await;
    assert!(told.text.contains("Bad Request: too odd"), "{}", told.text);
    cast.quiet().await;
    assert_eq!(said(&desk, "cannot write to"), 0, "she has not blocked it");
    anna.block();
    hears(&desk, "cannot write to Анна: they have blocked it").await;
}

pub(crate) async fn every_alarm_is_told_and_what_came_of_it(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let desk = desk(&cast).await;
    cast.policy(|policy| policy.max_unconfirmed = 1).await;
    let (boris, _, account) = cast.member(2, "Борис", "boris").await;
    let prompt = cast.prompted(&boris, account, "boris").await;
    boris.press(prompt.message_id, "Confirm").await.unwrap();
    let sessions = cast.sessions().await;
    let session = sessions.iter().find(|session| session.account == account).unwrap();
    let connection = session.connections[0].id;
    let failed = Event::OpenFailed { connection, failure: OpenFailure::Refused };
    cast.happen(account, failed).await.unwrap();
    let failing = hears(&desk, "Office does not do what it is told. Account: boris (Борис)").await;
    assert!(failing.text.contains("would not open for boris"), "{}", failing.text);

    let (anna, _, account) = cast.member(1, "Anna", "anna").await;
    let prompt = cast.prompted(&anna, account, "anna").await;
    cast.advance(61);
    cast.tick().await;
    cast.tunnel(account, "anna", "0x2").await;
    let ban = hears(&desk, "Banned: 203.0.113.7 on Office").await;
    assert!(ban.text.contains("Account: anna (Anna)"), "{}", ban.text);
    anna.wait_edit(prompt.message_id, |message| message.buttons().is_empty()).await.unwrap();

    raised(&cast, box_open(&cast, "Rule 7 lets everything pass")).await;
    let open = hears(&desk, "The box of Office does not hold").await;
    assert!(open.text.contains("Rule 7 lets everything pass"), "{}", open.text);
    settled(&cast, AlertKind::BoxOpen).await;
    hears(&desk, "The box of Office holds again").await;

    alarms::certificate_changed(&cast.app, cast.router, "ab12").await.unwrap();
    let changed = hears(&desk, "Office shows another certificate").await;
    assert!(changed.text.contains("compare the fingerprint"), "{}", changed.text);

    let router = router(&cast).await;
    let mut drifts = Unmended::of(&cast.app, &router).await.unwrap();
    let what = Reason::Words { text: "The account anna is enabled".to_owned() };
    drifts.found(&cast.app, &router, &what).await.unwrap();
    let drift = hears(&desk, "Something on Office was changed by hand").await;
    assert!(drift.text.contains("The account anna is enabled"), "{}", drift.text);
}

pub(crate) async fn a_box_that_is_open_for_another_reason_does_not_hold_again(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let desk = desk(&cast).await;
    raised(&cast, box_open(&cast, "Rule 7 lets everything pass")).await;
    hears(&desk, "Rule 7 lets everything pass").await;
    let mut tx = cast.app.store.begin().await.unwrap();
    let now = cast.app.clock.now();
    let which = AlertMatch { kind: Some(AlertKind::BoxOpen), ..AlertMatch::default() };
    tx.resolve_alerts(which, now).await.unwrap();
    tx.raise_alert(&box_open(&cast, "Rule 9 does as well"), now).await.unwrap();
    tx.commit().await.unwrap();
    cast.app.bus.alerts.notify_one();
    hears(&desk, "Rule 9 does as well").await;
    cast.quiet().await;
    assert_eq!(said(&desk, "holds again"), 0);
    settled(&cast, AlertKind::BoxOpen).await;
    hears(&desk, "The box of Office holds again").await;
}

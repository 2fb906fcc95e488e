//! What is decided about one person touches no other, and whoever is out stays out.

use crate::{
    HOME, always,
    bot_cast::{self, BotCast, Database},
    manager, tunnel, viewer,
};
use sallyport::{
    ops::{
        OpError, Who, accounts, operate,
        sessions::{Target, apply},
        users,
    },
    store::testing::until_waiting,
};
use sallyport_shared::{
    person::TelegramId,
    policy::Confirmation,
    session::{Actor, ConnectionState, EndReason, Event, Grounds, SessionState, Wish},
    time::Seconds,
};

/// A company's whole office may come from one public address: what is decided about one tunnel must name it, and not
/// the address.
async fn people_behind_one_address_do_not_touch_each_other(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, _, of_anna) = cast.member(308, "Anna", "anna").await;
    let (boris, _, of_boris) = cast.member(309, "Boris", "boris").await;
    always(&cast, |_| {}).await;
    cast.happen(of_anna, tunnel("anna", "0x1", HOME)).await.unwrap();
    cast.happen(of_boris, tunnel("boris", "0x22", HOME)).await.unwrap();
    let prompt = boris.wait_message(|message| message.button("Confirm").is_some()).await.unwrap();
    boris.press(prompt.message_id, "Confirm").await.unwrap();
    let of = async |account| {
        let all = cast.sessions().await;
        all.into_iter().find(|session| session.account == account).unwrap()
    };
    let session = of(of_boris).await;
    assert_eq!(session.state, SessionState::Active);
    // The router has let him in; what cannot be opened while the question lives is cut.
    let opened = Event::Opened { connection: session.connections[0].id };
    cast.happen(of_boris, opened).await.unwrap();
    assert_eq!(
        of(of_anna).await.state,
        SessionState::Confirming,
        "the yes of one opens nothing of the other's"
    );
    cast.advance(60);
    cast.tick().await;
    assert_eq!(of(of_anna).await.end_reason, Some(EndReason::ConfirmTimeout));
    assert_eq!(
        of(of_boris).await.state,
        SessionState::Active,
        "the silence of one cuts nothing of the other's"
    );
    let mut tx = cast.app.store.read().await.unwrap();
    let wishes = tx.due_wishes(cast.router, cast.app.clock.now(), 100).await.unwrap();
    let cuts = wishes.into_iter().filter_map(|record| match record.wish {
        Wish::Cut { tunnel, .. } => Some((tunnel.username, tunnel.router_session_id)),
        _ => None,
    });
    assert_eq!(cuts.collect::<Vec<_>>(), [("anna".to_owned(), "0x1".to_owned())]);
}

/// What a button carries back is the client's to write: an account of somebody else's must not be asked for by it.
async fn an_account_is_asked_for_by_its_owner_alone(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, id, _) = cast.member(310, "Anna", "anna").await;
    cast.account(id, "anna-home").await;
    let (_, _, of_boris) = cast.member(311, "Boris", "boris").await;
    anna.send("/vpn").await;
    let choice = anna.wait_message(|message| message.text.starts_with("Which account")).await.unwrap();
    let data = format!("a:{of_boris}");
    let answer = anna.forge_callback(anna.chat_id(), choice.message_id, &data).answer().await.unwrap();
    assert!(answer.show_alert, "it is said that nothing happens");
    assert!(cast.sessions().await.is_empty());
    for button in choice.buttons().iter().flatten() {
        let data = button.callback_data.clone().unwrap();
        assert!(data.len() <= 64, "Telegram takes no more: {data}");
    }
}

/// Confirmed, gone, and then ended by an administrator while no tunnel was up: whoever has the password is asked again.
async fn an_administrators_end_takes_the_trust_with_it(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(312, "Anna", "anna").await;
    always(&cast, |policy| policy.trusted_reconnect_seconds = Seconds(3_600)).await;
    cast.happen(account, tunnel("anna", "0x1", HOME)).await.unwrap();
    let prompt = anna.wait_message(|message| !message.buttons().is_empty()).await.unwrap();
    anna.press(prompt.message_id, "Confirm").await.unwrap();
    let come_and_go = async |session_id: &str| {
        let session = cast.sessions().await.pop().unwrap();
        if let Some(connection) = session.live_connections().next() {
            let gone = Event::TunnelGone { connection: connection.id, restarted: false };
            apply(&cast.app, &Target::Session(session.id), &gone, &Who::System).await.unwrap();
        }
        cast.advance(1);
        cast.happen(account, tunnel("anna", session_id, HOME)).await.unwrap();
        cast.sessions().await.pop().unwrap().connections.pop().unwrap()
    };
    assert_eq!(come_and_go("0x22").await.grounds, Some(Grounds::Trusted), "as long as nobody ends it");
    let session = cast.sessions().await.pop().unwrap();
    let connection = session.live_connections().next().unwrap().id;
    let gone = Event::TunnelGone { connection, restarted: false };
    apply(&cast.app, &Target::Session(session.id), &gone, &Who::System).await.unwrap();
    cast.advance(1);
    let by = viewer(&cast).await.operator().unwrap();
    operate::end(&cast.app, &by, session.id, Some("Seen from two places")).await.unwrap();
    cast.advance(1);
    let again = come_and_go("0x333").await;
    assert_eq!((again.state, again.grounds), (ConnectionState::Pending, None));
}

/// A link that was taken away gives nobody access any more, whoever still has its id.
async fn an_unlinked_account_gets_no_session(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, _, account) = cast.member(314, "Anna", "anna").await;
    let by = manager(&cast).await;
    accounts::unlink(&cast.app, &by, account).await.unwrap();
    let ask = Event::Ask { by: Actor::Person(TelegramId(314)), seconds: None };
    assert!(matches!(cast.happen(account, ask).await, Err(OpError::NotFound(_))));
    assert!(cast.happen(account, tunnel("anna", "0x1", HOME)).await.is_err());
    assert!(cast.sessions().await.is_empty());
}

/// Somebody is blocked in the moment in which their tunnel is being looked at: whichever comes first, no session lives
/// afterwards.
async fn who_is_blocked_meanwhile_has_no_session_left(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, id, account) = cast.member(315, "Anna", "anna").await;
    always(&cast, |policy| policy.confirmation = Confirmation::None).await;
    let by = manager(&cast).await;
    // One unit of work has begun to read, and has not written yet.
    let mut first = cast.app.store.begin().await.unwrap();
    first.hold_scene(account).await.unwrap();
    let app = cast.app.clone();
    let blocked = tokio::spawn(async move { users::block(&app, &by, id, None).await });
    let late = cast.happen(account, tunnel("anna", "0x1", HOME));
    let release = async {
        // SQLite lets one write at a time, whatever it is.
        if let Some(url) = cast.app.store.postgres_url() {
            let both = tokio::time::timeout(bot_cast::BACKSTOP, until_waiting(url, 2));
            both.await.expect("both wait for the one who has begun").unwrap();
            assert!(!blocked.is_finished(), "nobody is blocked in the middle of a decision");
        }
        first.commit().await.unwrap();
    };
    let (seen, ()) = tokio::join!(late, release);
    drop(seen);
    blocked.await.unwrap().unwrap();
    assert!(cast.sessions().await.iter().all(|session| !session.state.is_live()));
}

crate::stories! {
    people_behind_one_address_do_not_touch_each_other,
    an_account_is_asked_for_by_its_owner_alone,
    an_administrators_end_takes_the_trust_with_it,
    an_unlinked_account_gets_no_session,
    who_is_blocked_meanwhile_has_no_session_left,
}

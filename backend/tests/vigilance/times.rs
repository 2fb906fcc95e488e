//! Telegram is out of reach, somebody sets the clock, a policy changes: what holds from then on.

use crate::{
    HOME, always,
    bot_cast::{BotCast, Database, NOON},
    manager, tunnel,
};
use sallyport::ops::{
    attention, outage,
    policies::{self, PolicyChange},
};
use sallyport_shared::{
    policy::OutageMode,
    session::{ConnectionState, EndReason, Grounds, SessionState},
    time::Seconds,
};

async fn in_an_outage_the_policys_mode_holds_and_reverts_by_itself(database: Database) {
    let cast = BotCast::assemble_without_bot(&database).await;
    let (_, _, account) = cast.member(304, "Anna", "anna").await;
    always(&cast, |policy| {
        policy.outage = OutageMode::Open;
        policy.max_tunnels = 10;
    })
    .await;
    let out = async || {
        let mut tx = cast.app.store.read().await.unwrap();
        outage::holds(&mut tx, cast.app.clock.now()).await.unwrap()
    };
    outage::silent(&cast.app).await.unwrap();
    cast.advance(60);
    outage::silent(&cast.app).await.unwrap();
    cast.happen(account, tunnel("anna", "0x1", HOME)).await.unwrap();
    assert!(!out().await, "a minute is no outage");
    let first = cast.sessions().await.pop().unwrap();
    assert_eq!(first.state, SessionState::Confirming);
    cast.advance(60);
    outage::silent(&cast.app).await.unwrap();
    assert!(out().await);
    assert_eq!(
        cast.sessions().await.pop().unwrap().state,
        SessionState::Confirming,
        "who waits is not let in by it"
    );
    cast.happen(account, tunnel("anna", "0x22", HOME)).await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.connections.last().unwrap().grounds, Some(Grounds::Outage));
    let items = attention::list(&cast.app).await.unwrap();
    assert!(items.iter().any(|item| item.detail.to_string().contains("OPEN WITHOUT BEING ASKED ABOUT")));
    // Whoever watched Telegram has died: nobody knows any more, so it is closed.
    cast.advance(181);
    assert!(!out().await);
    outage::silent(&cast.app).await.unwrap();
    assert!(!out().await, "a new silence begins to count anew");
    cast.advance(120);
    outage::silent(&cast.app).await.unwrap();
    assert!(out().await);
    outage::answers(&cast.app).await.unwrap();
    assert!(!out().await);
    cast.happen(account, tunnel("anna", "0x333", HOME)).await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.connections.last().unwrap().state, ConnectionState::Pending);
    let mut tx = cast.app.store.read().await.unwrap();
    let actions: Vec<String> =
        tx.audit_chain(0, 1_000).await.unwrap().into_iter().map(|record| record.event.action).collect();
    let count = |action: &str| actions.iter().filter(|other| *other == action).count();
    assert_eq!((count("telegram.outage-begins"), count("telegram.outage-ends")), (2, 1));
}

async fn who_sets_the_clock_neither_ends_nor_lengthens_a_session(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, _, account) = cast.member(306, "Anna", "anna").await;
    cast.grant(account).await;
    let promised = cast.sessions().await[0].expires_at.unwrap();
    cast.app.clock.set_by(30 * 86_400);
    cast.tick().await;
    assert!(cast.sessions().await[0].state.is_live(), "a month was skipped, not spent");
    cast.app.clock.set_by(-60 * 86_400);
    cast.tick().await;
    assert!(cast.sessions().await[0].state.is_live());
    let items = attention::list(&cast.app).await.unwrap();
    assert!(items.iter().any(|item| item.detail.to_string().contains("clock was set")), "and it is said");
    cast.tunnel(account, "anna", "0x1").await;
    cast.advance(promised.since(NOON).0);
    cast.tick().await;
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!((session.end_reason, session.ended_at), (Some(EndReason::Expired), Some(promised)));
}

async fn a_shorter_policy_reaches_live_sessions_and_a_longer_one_does_not(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (anna, _, account) = cast.member(305, "Anna", "anna").await;
    cast.grant(account).await;
    let promised = cast.sessions().await[0].expires_at.unwrap();
    let id = cast.app.store.read().await.unwrap().default_policy().await.unwrap().unwrap().policy.id;
    let longer = PolicyChange { session_seconds: Some(20 * 3_600), ..PolicyChange::default() };
    policies::update(&cast.app, &manager(&cast).await, id, longer).await.unwrap();
    cast.tick().await;
    assert_eq!(cast.sessions().await[0].expires_at, Some(promised));
    let shorter = PolicyChange { session_seconds: Some(3_600), ..PolicyChange::default() };
    policies::update(&cast.app, &manager(&cast).await, id, shorter).await.unwrap();
    assert_eq!(
        cast.sessions().await[0].expires_at,
        Some(promised),
        "looked at by the timers, not by the change"
    );
    cast.tick().await;
    let session = cast.sessions().await.pop().unwrap();
    assert_eq!(session.expires_at, session.granted_at.map(|at| at.plus(Seconds(3_600))));
    anna.wait_message(|message| message.text.contains("earlier than I said")).await.unwrap();
    let due = cast.app.store.read().await.unwrap().next_due().await.unwrap().unwrap();
    assert!(due > cast.app.clock.now(), "and then it is not due again at once");
}

crate::stories! {
    in_an_outage_the_policys_mode_holds_and_reverts_by_itself,
    who_sets_the_clock_neither_ends_nor_lengthens_a_session,
    a_shorter_policy_reaches_live_sessions_and_a_longer_one_does_not,
}

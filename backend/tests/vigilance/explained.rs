//! What was recorded explains itself.

use crate::{
    HOME, always,
    bot_cast::{self, BotCast, Database, NOON},
    try_once, tunnel,
};
use sallyport::ops::{
    Who,
    policies::PolicyChange,
    sessions::{Target, apply},
    what_if,
};
use sallyport_shared::{
    policy::{Confirmation, LocalTime, Moment},
    session::{CloseReason, Contact, Event, Grounds, Happened, Verdict, replay},
    time::{Seconds, Timestamp},
};

/// The recorded tunnels of a story, asked about again, get the verdicts that were given then.
async fn what_was_recorded_explains_itself(database: Database) {
    let cast = BotCast::assemble(&database).await;
    let (_, id, account) = cast.member(307, "Anna", "anna").await;
    always(&cast, |policy| {
        policy.max_unconfirmed = 4;
        policy.trusted_reconnect_seconds = Seconds(3_600);
    })
    .await;
    cast.happen(account, tunnel("anna", "0xa", HOME)).await.unwrap();
    let session = cast.sessions().await.pop().unwrap();
    let connection = session.connections[0].id;
    let by = bot_cast::admin();
    let yes =
        Event::Answered { connection, nonce: None, by, answer: sallyport_shared::session::Answer::Confirm };
    cast.happen(account, yes).await.unwrap();
    cast.advance(10);
    cast.happen(account, tunnel("anna", "0xbb", "198.51.100.9")).await.unwrap();
    // Not at the same instant: what was over by then would not count as a tunnel too many.
    cast.advance(1);
    let gone = Event::TunnelGone { connection, restarted: false };
    cast.happen(account, gone).await.unwrap();
    cast.advance(10);
    try_once(&cast, account, 1).await;
    for number in 2..8 {
        let caller = format!("192.0.2.{number}");
        cast.happen(account, tunnel("anna", &format!("0x{number}"), &caller)).await.unwrap();
        let last = cast.sessions().await.pop().unwrap();
        for connection in last.live_connections() {
            let gone = Event::TunnelGone { connection: connection.id, restarted: false };
            apply(&cast.app, &Target::Session(last.id), &gone, &Who::System).await.unwrap();
        }
        cast.advance(1);
    }
    let mut tx = cast.app.store.read().await.unwrap();
    let records = tx.connections_since(NOON, Some(id), 1_000).await.unwrap();
    let policy = tx.default_policy().await.unwrap().unwrap().policy;
    let day_began = Timestamp::from_micros(NOON.micros() - 11 * 3_600 * 1_000_000);
    let time = LocalTime { weekday: 7, minute: 665 };
    let tunnels: Vec<Happened> = records
        .iter()
        .map(|record| Happened {
            user: id,
            username: "anna".to_owned(),
            contact: Contact::of(record.account, &record.connection),
            moment: Moment { time, day_began, hours_end: None, hours_begin: None },
            telegram_out: false,
            turned_away: None,
        })
        .collect();
    let verdicts: Vec<Verdict> = replay(&policy, &tunnels).into_iter().map(|(_, verdict)| verdict).collect();
    let then: Vec<Verdict> = records
        .iter()
        .zip(&verdicts)
        .map(|(record, again)| match (record.connection.close_reason, record.connection.grounds) {
            (Some(CloseReason::TooMany), _) => Verdict::TooMany,
            (Some(CloseReason::Banned), None) => Verdict::Ban,
            (_, Some(grounds)) if record.connection.prompt.is_none() => Verdict::Open(grounds),
            _ if record.connection.prompt.is_some() => Verdict::Ask,
            _ => Verdict::AskAt(record.connection.ask_at.unwrap_or_else(|| panic!("unexplained: {again:?}"))),
        })
        .collect();
    assert_eq!(verdicts, then);
    let kinds = [Verdict::Ask, Verdict::TooMany, Verdict::Open(Grounds::Trusted), Verdict::Ban];
    assert!(kinds.iter().all(|kind| then.contains(kind)), "the story has all of them: {then:?}");
    for session in cast.sessions().await {
        let chain = tx.decisions_of_sessions(&[session.id]).await.unwrap().remove(&session.id).unwrap();
        assert!(!chain.is_empty(), "each session tells why");
    }
    drop(tx);
    // Asked of the same policy nothing would have been different; of a laxer one, something.
    let same = what_if::ask(&cast.app, PolicyChange::default(), Some(id), 7).await.unwrap().sum;
    assert_eq!((same.connections, same.examples.len()), (9, 0), "{:?}", same.examples);
    let lax = PolicyChange {
        confirmation: Some(Confirmation::None),
        session_seconds: Some(1),
        ..PolicyChange::default()
    };
    let lax = what_if::ask(&cast.app, lax, None, 7).await.unwrap().sum;
    assert_eq!((lax.prompted, lax.opened_silently + lax.refused), (0, 9));
    assert!(lax.sessions_ended_earlier > 0 && !lax.examples.is_empty());
    assert!(what_if::ask(&cast.app, PolicyChange::default(), None, 91).await.is_err());
}

crate::stories! {
    what_was_recorded_explains_itself,
}

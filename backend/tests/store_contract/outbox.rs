//! What is still to be done, and in which order.

use crate::cast::{World, account_wish, at, id, pending, router, save, tunnel, world};
use sallyport::store::{Tx, records::Obstacle, testing::Temporary};
use sallyport_shared::{
    ids::RouterId,
    person::TelegramId,
    session::{CloseReason, Session, SessionState, Wish},
};
use serde_json::json;

fn cut(router_session_id: &str) -> Wish {
    Wish::Cut { tunnel: tunnel(router_session_id), why: CloseReason::Expired }
}

async fn due(tx: &mut Tx, world: &World, seconds: i64) -> Vec<Wish> {
    let due = tx.due_wishes(world.router, at(seconds), 100).await.unwrap();
    due.into_iter().map(|record| record.wish).collect()
}

pub(crate) async fn newer_wish_supersedes(store: Temporary) {
    let world = world(&store).await;
    let (on, off) = (account_wish(&world, true), account_wish(&world, false));
    let mut tx = store.begin().await.unwrap();
    assert!(tx.wish(world.router, None, &on, at(0), false).await.unwrap());
    let first = tx.due_wishes(world.router, at(0), 1).await.unwrap()[0].id;
    assert!(tx.wish(world.router, None, &off, at(0), false).await.unwrap());
    assert_eq!(due(&mut tx, &world, 0).await, [off]);
    assert!(!tx.is_pending(first).await.unwrap());
    assert!(!tx.finish_wish(first, at(1)).await.unwrap(), "what was superseded is not done");
    assert!(!tx.delay_wish(first, at(1), Obstacle::Refused, "late").await.unwrap());
    assert!(!tx.give_up_wish(first, at(1), "late").await.unwrap());
    assert_eq!(tx.pending_wishes_count(world.router).await.unwrap(), 1);
    assert_eq!(tx.pending_wishes_counts().await.unwrap()[&world.router], 1);
}

pub(crate) async fn equal_wish_changes_nothing(store: Temporary) {
    let world = world(&store).await;
    let wish = account_wish(&world, true);
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.has_pending_wish(world.router, &wish.key()).await.unwrap());
    assert!(tx.wish(world.router, None, &wish, at(0), false).await.unwrap());
    assert!(tx.has_pending_wish(world.router, &wish.key()).await.unwrap());
    let before = tx.due_wishes(world.router, at(0), 10).await.unwrap();
    assert!(!tx.wish(world.router, None, &wish, at(5), false).await.unwrap());
    assert_eq!(tx.due_wishes(world.router, at(5), 10).await.unwrap(), before);
    assert!(tx.finish_wish(before[0].id, at(6)).await.unwrap());
    assert!(tx.wish(world.router, None, &wish, at(7), false).await.unwrap(), "it may be wished again");
}

pub(crate) async fn observed_wish_is_only_kept(store: Temporary) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.wish(world.router, None, &cut("0x1"), at(0), true).await.unwrap());
    assert_eq!(due(&mut tx, &world, 100).await, []);
    assert_eq!(tx.pending_wishes_count(world.router).await.unwrap(), 0);
    assert_eq!(tx.next_wish_at(world.router).await.unwrap(), None);
}

pub(crate) async fn what_was_observed_is_forgotten_alone(store: Temporary) {
    let world = world(&store).await;
    let branch = RouterId(id());
    let mut tx = store.begin().await.unwrap();
    tx.insert_router(&router(branch, "Branch")).await.unwrap();
    let wish = cut("0x1");
    for router in [world.router, branch] {
        assert!(tx.wish(router, None, &wish, at(0), true).await.unwrap());
    }
    assert!(tx.wish(world.router, None, &account_wish(&world, true), at(1), false).await.unwrap());
    assert!(tx.has_wish(world.router, &wish.key(), true).await.unwrap());
    assert!(!tx.wish(world.router, None, &wish, at(2), true).await.unwrap(), "it is kept once");
    tx.forget_observed(world.router).await.unwrap();
    assert!(!tx.has_wish(world.router, &wish.key(), true).await.unwrap());
    assert_eq!(due(&mut tx, &world, 9).await, [account_wish(&world, true)], "what is to be done stays");
    assert!(tx.has_wish(branch, &wish.key(), true).await.unwrap(), "and so does what another router has");
    assert!(tx.wish(world.router, None, &wish, at(3), true).await.unwrap(), "it may be kept again");
}

pub(crate) async fn wishes_come_in_order_and_wait(store: Temporary) {
    let world = world(&store).await;
    let mut tx = store.begin().await.unwrap();
    let wishes: Vec<Wish> = (0..10).map(|number| cut(&format!("0x{}", 9 - number))).collect();
    for wish in &wishes {
        tx.wish(world.router, None, wish, at(0), false).await.unwrap();
    }
    assert_eq!(due(&mut tx, &world, 0).await, wishes, "as decided, though in one millisecond");
    let first = tx.due_wishes(world.router, at(0), 1).await.unwrap().remove(0);
    assert_eq!((first.attempts, first.created_at, first.last_error), (0, at(0), None));
    assert!(tx.delay_wish(first.id, at(30), Obstacle::Unreachable, "no route to host").await.unwrap());
    assert_eq!(due(&mut tx, &world, 29).await, wishes[1..]);
    assert_eq!(tx.next_wish_at(world.router).await.unwrap(), Some(at(0)));
    let again = tx.due_wishes(world.router, at(30), 1).await.unwrap().remove(0);
    assert_eq!((again.id, again.attempts), (first.id, 1));
    assert_eq!(again.last_error.as_deref(), Some("no route to host"));
    assert_eq!(tx.failing_wishes(1).await.unwrap(), [again]);
    assert_eq!(tx.failing_wishes(2).await.unwrap(), []);
    assert!(tx.give_up_wish(first.id, at(31), "gone").await.unwrap());
    assert_eq!(due(&mut tx, &world, 99).await, wishes[1..]);
}

pub(crate) async fn finished_wishes_leave_sessions_settled(store: Temporary) {
    let world = world(&store).await;
    let session = Session { state: SessionState::Ended, ended_at: Some(at(9)), ..world.session() };
    save(&store, &session, None).await;
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.unsettled_sessions().await.unwrap(), [(session.id, world.account)]);
    for number in ["0x1", "0x2"] {
        tx.wish(world.router, Some(session.id), &cut(number), at(9), false).await.unwrap();
    }
    assert_eq!(tx.outstanding(session.id).await.unwrap(), 2);
    assert_eq!(tx.unsettled_sessions().await.unwrap(), []);
    let due = tx.due_wishes(world.router, at(9), 10).await.unwrap();
    assert_eq!(due[0].session, Some(session.id));
    let told = async |tx: &mut Tx, besides: usize, obstacle, since| {
        tx.is_hindered(session.id, due[besides].id, obstacle, at(since)).await.unwrap()
    };
    assert!(!told(&mut tx, 0, Obstacle::Unreachable, 9).await);
    tx.delay_wish(due[1].id, at(10), Obstacle::Unreachable, "busy").await.unwrap();
    assert!(told(&mut tx, 0, Obstacle::Unreachable, 9).await);
    assert!(!told(&mut tx, 0, Obstacle::Refused, 9).await, "something else");
    assert!(!told(&mut tx, 0, Obstacle::Unreachable, 10).await, "decided before");
    assert!(!told(&mut tx, 1, Obstacle::Unreachable, 9).await, "itself");
    for wish in due {
        assert!(tx.finish_wish(wish.id, at(11)).await.unwrap());
    }
    assert_eq!(tx.outstanding(session.id).await.unwrap(), 0);
    assert_eq!(tx.unsettled_sessions().await.unwrap(), [(session.id, world.account)]);
    tx.save_session(&Session { end_told: true, ..session }, Some(1)).await.unwrap();
    assert_eq!(tx.unsettled_sessions().await.unwrap(), []);
}

pub(crate) async fn chats_get_messages_in_order(store: Temporary) {
    let (anna, boris) = (TelegramId(-1_001_234_567_890), TelegramId(2));
    let mut tx = store.begin().await.unwrap();
    let mut sent = Vec::new();
    for (chat, text) in [(anna, "a1"), (anna, "a2"), (boris, "b1"), (boris, "b2"), (anna, "a3")] {
        sent.push(tx.deliver(chat, &json!({ "text": text }), None, None, at(0)).await.unwrap());
    }
    let ids = |due: &[sallyport::store::DeliveryRecord]| due.iter().map(|one| one.id).collect::<Vec<_>>();
    let first = tx.due_deliveries(at(0), 10).await.unwrap();
    assert_eq!(ids(&first), [sent[0], sent[2]], "one of each chat, its oldest");
    assert_eq!((first[0].chat, &first[0].body), (anna, &json!({ "text": "a1" })));
    assert_eq!(tx.due_deliveries(at(0), 1).await.unwrap().len(), 1);
    assert!(tx.delay_delivery(sent[0], at(60), "429").await.unwrap());
    assert!(tx.finish_delivery(sent[2], Some(900), at(1)).await.unwrap());
    assert!(!tx.finish_delivery(sent[2], Some(900), at(1)).await.unwrap());
    assert_eq!(ids(&tx.due_deliveries(at(59), 10).await.unwrap()), [sent[3]], "nothing overtakes a1");
    assert_eq!(tx.next_delivery_at().await.unwrap(), Some(at(0)));
    assert!(tx.give_up_delivery(sent[3], at(2), "bot was blocked").await.unwrap());
    assert_eq!(tx.next_delivery_at().await.unwrap(), Some(at(60)));
    let waited = tx.due_deliveries(at(60), 10).await.unwrap();
    assert_eq!(ids(&waited), [sent[0]]);
    assert_eq!((waited[0].attempts, waited[0].last_error.as_deref()), (1, Some("429")));
    assert_eq!(tx.pending_deliveries_count().await.unwrap(), 3);
}

pub(crate) async fn prompts_can_be_withdrawn(store: Temporary) {
    let world = world(&store).await;
    let mut session = world.session();
    session.connections.push(pending("0x1", at(0)));
    save(&store, &session, None).await;
    let connection = session.connections[0].id;
    let mut tx = store.begin().await.unwrap();
    let chat = TelegramId(7);
    let ask = tx.deliver(chat, &json!(1), Some(world.user), Some(connection), at(0)).await.unwrap();
    let other = tx.deliver(chat, &json!(2), Some(world.user), None, at(0)).await.unwrap();
    let due = tx.due_deliveries(at(0), 10).await.unwrap();
    assert_eq!((due[0].id, due[0].user, due[0].connection), (ask, Some(world.user), Some(connection)));
    assert!(tx.supersede_prompt_delivery(connection, at(1)).await.unwrap());
    assert!(!tx.supersede_prompt_delivery(connection, at(1)).await.unwrap());
    assert!(!tx.finish_delivery(ask, None, at(1)).await.unwrap());
    assert_eq!(tx.due_deliveries(at(1), 10).await.unwrap()[0].id, other);
}

pub(crate) async fn attempts_are_counted_for_everybody(store: Temporary) {
    let mut tx = store.begin().await.unwrap();
    for (key, time) in [("a", 1), ("a", 3), ("b", 2), ("a", 5)] {
        tx.count_attempt(key, at(time)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let store = store.reopened().unwrap();
    let mut tx = store.begin().await.unwrap();
    assert_eq!(
        tx.attempts("a", at(1)).await.unwrap(),
        [at(3), at(5)],
        "those of the window, the oldest first"
    );
    tx.forgive_attempts("a", false).await.unwrap();
    assert_eq!(tx.attempts("a", at(0)).await.unwrap(), [at(1), at(3)]);
    tx.drop_attempts(at(1)).await.unwrap();
    assert_eq!(tx.attempts("a", at(0)).await.unwrap(), [at(3)]);
    tx.forgive_attempts("a", true).await.unwrap();
    tx.forgive_attempts("nobody", true).await.unwrap();
    assert!(tx.attempts("a", at(0)).await.unwrap().is_empty());
    assert_eq!(tx.attempts("b", at(0)).await.unwrap(), [at(2)]);
}

pub(crate) async fn updates_are_remembered(store: Temporary) {
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.telegram_offset().await.unwrap(), 0);
    tx.set_telegram_offset(5).await.unwrap();
    tx.set_telegram_offset(6).await.unwrap();
    for id in [7, 9, 9] {
        tx.note_update(id, at(id)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let store = store.reopened().unwrap();
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.telegram_offset().await.unwrap(), 6);
    assert_eq!(tx.handled_updates(&[7, 8, 9]).await.unwrap(), [7, 9].into());
    assert_eq!(tx.forget_updates(at(9)).await.unwrap(), 1);
    assert_eq!(tx.handled_updates(&[7, 8, 9]).await.unwrap(), [9].into());
}

//! A handler of the bot breaks down in the middle of an update. What breaks it here is a listener of its log.

use crate::{
    bot_cast::{BotCast, Database},
    hears, said,
};
use sim::telegram::{Fault, FaultRule, Person};
use std::{
    collections::HashMap,
    sync::{Mutex, Once},
};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
};

/// How many more handlers of which chat break down.
static ARMED: Mutex<Option<HashMap<i64, u32>>> = Mutex::new(None);

/// Breaks whoever reports that a stranger is told nothing more, which only a handler does.
struct Breaker;

/// The chat that an event is about.
#[derive(Default)]
struct Chat(Option<i64>);

impl Visit for Chat {
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}

    fn record_i64(&mut self, field: &Field, value: i64) {
        if field.name() == "chat" {
            self.0 = Some(value);
        }
    }
}

impl<S: Subscriber> Layer<S> for Breaker {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut chat = Chat::default();
        event.record(&mut chat);
        let Some(chat) = chat.0 else { return };
        let breaks =
            ARMED.lock().unwrap().as_mut().and_then(|armed| armed.get_mut(&chat)).is_some_and(|left| {
                let any = *left > 0;
                *left = left.saturating_sub(1);
                any
            });
        if breaks {
            // As a panic, but without its report, which takes a debug build many seconds.
            std::panic::resume_unwind(Box::new("this handler breaks down"));
        }
    }
}

/// The next handlers of this chat's updates break down.
fn arm(chat: i64, times: u32) {
    static LISTEN: Once = Once::new();
    LISTEN.call_once(|| {
        let listener = tracing_subscriber::registry().with(Breaker);
        tracing::subscriber::set_global_default(listener).unwrap();
    });
    ARMED.lock().unwrap().get_or_insert_default().insert(chat, times);
}

fn left(chat: i64) -> u32 {
    ARMED.lock().unwrap().as_ref().unwrap()[&chat]
}

/// A stranger for whom so much waits that the handler of whatever they write next reports it.
async fn stuck(cast: &BotCast, number: i64) -> Person {
    let eve = cast.stranger(number, "Eve", "en");
    cast.telegram
        .inject(FaultRule::new(Fault::FloodWait { retry_after: 5 }).on("sendMessage").in_chat(eve.chat_id()));
    for _ in 0..3 {
        eve.send("/help").await;
    }
    cast.telegram.wait_confirmed().await.unwrap();
    eve
}

/// A number for each story, as the listener is everybody's.
fn number() -> i64 {
    use std::sync::atomic::{AtomicI64, Ordering};
    static NEXT: AtomicI64 = AtomicI64::new(9_000);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// What comes with and after an update whose handler broke down so often.
async fn story(database: Database, times: u32) {
    let cast = BotCast::assemble(&database).await;
    let eve = stuck(&cast, number()).await;
    let anna = cast.stranger(1, "Anna", "en");
    arm(eve.chat_id(), times);
    eve.send("/status").await;
    let tap = eve.forge_callback(eve.chat_id(), 1, "l:ru");
    anna.send("/start").await;
    // Through the pauses between the tries: what comes with an update that fails is handled with it, what comes after it once
    // it is tried again.
    let is_answered = || cast.telegram.calls().iter().any(|call| call.is("answerCallbackQuery"));
    cast.until(async || left(eve.chat_id()) == 0 && is_answered() && said(&anna, "Hello!") > 0).await;
    let answer = tap.answer().await.unwrap();
    assert!(!answer.show_alert, "the next update of the same chat is handled: {answer:?}");
    cast.telegram.wait_confirmed().await.unwrap();
    assert_eq!(said(&anna, "Hello!"), 1, "nothing is handled twice");
    // The bot goes on as ever.
    anna.send("/help").await;
    hears(&anna, "How it works").await;
    assert!(cast.app.bot.health().is_ok(), "{:?}", cast.app.bot.health());
}

pub(crate) async fn a_handler_that_breaks_down_once_loses_nothing(database: Database) {
    story(database, 1).await;
}

pub(crate) async fn an_update_whose_handler_always_breaks_down_is_passed_over(database: Database) {
    // Three tries; and telling of it breaks down as well.
    story(database, 4).await;
}

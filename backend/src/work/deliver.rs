//! Telegram's outbox: sends what is to be said, in order for each chat, many chats at a time.
//!
//! At least once: a message is crossed off after Telegram has taken it, so a crash in between sends it again. A
//! question is composed when it is sent, not when it was decided, and not sent at all if it is over by then.

mod carry;
mod compose;
mod current;
mod pace;

use crate::{
    app::App,
    bot::Telegram,
    ops::OpResult,
    store::records::{DeliveryRecord, Urgency},
};
use carry::carry;
use pace::Pace;
use sallyport_shared::{
    person::TelegramId,
    time::{Seconds, Timestamp},
};
use std::collections::{BTreeSet, HashMap, HashSet};
use tokio::task::JoinSet;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// How many chats are written to at the same time.
const HANDS: usize = 20;

/// How many of them those may have who wait for nothing, and strangers among them: chats that do not answer must not
/// hold every hand.
const FOR_KNOWN: usize = 15;
const FOR_STRANGERS: usize = 8;

/// How many messages are looked at in one go; more than [`HANDS`], as those in flight are among them.
const BATCH: i64 = 100;

/// The longest that is slept without looking, in case a hint was lost.
const LONGEST_NAP: Seconds = Seconds(5);

/// The setting that says how many messages a second Telegram takes from one bot.
const RATE: &str = "telegram.messages_per_second";

/// What a pass over the outbox did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Status {
    /// Messages that Telegram took.
    pub sent: u32,
    /// Questions that were over before they could be put.
    pub withdrawn: u32,
    /// Messages that wait for another try.
    pub delayed: u32,
    /// Messages that will never be taken.
    pub given_up: u32,
}

/// What became of one message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Carried {
    Sent,
    Withdrawn,
    Delayed(Timestamp),
    GivenUp,
}

impl Status {
    fn add(&mut self, carried: Carried) {
        match carried {
            Carried::Sent => self.sent += 1,
            Carried::Withdrawn => self.withdrawn += 1,
            Carried::Delayed(_) => self.delayed += 1,
            Carried::GivenUp => self.given_up += 1,
        }
    }
}

/// Sends everything that is due, and what becomes due by that.
///
/// # Errors
/// When the database fails; nothing is lost then.
pub async fn tick(app: &App, telegram: &Telegram) -> OpResult<Status> {
    let mut courier = Courier::new(app).await?;
    loop {
        courier.hand_out(telegram).await?;
        if !courier.take_back().await {
            return Ok(courier.status);
        }
    }
}

/// Sends until `stop`; waits while there is no bot.
pub async fn run(app: App, stop: CancellationToken) {
    let mut line = app.bot.line();
    let mut courier = loop {
        match Courier::new(&app).await {
            Ok(courier) => break courier,
            Err(error) => tracing::error!(%error, "Telegram's outbox could not be read; trying again"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = app.clock.sleep_until(app.clock.now().plus(Seconds(1))) => {}
        }
    };
    while !stop.is_cancelled() {
        let bell = app.bus.deliveries.clone();
        let mut rung = std::pin::pin!(bell.notified());
        rung.as_mut().enable();
        let telegram = line.borrow_and_update().clone();
        if let Some(telegram) = telegram
            && let Err(error) = courier.hand_out(&telegram).await
        {
            tracing::error!(%error, "Telegram's outbox could not be read; trying again");
        }
        let until = courier.look_again();
        tokio::select! {
            () = stop.cancelled() => {}
            () = &mut rung => {}
            true = courier.take_back() => {}
            Ok(()) = line.changed() => {}
            () = app.clock.sleep_until(until) => {}
        }
    }
    while courier.take_back().await {}
}

/// How many hands may be busy before one more takes such a message.
fn hands(urgency: Urgency) -> usize {
    match urgency {
        Urgency::Question => HANDS,
        Urgency::Known => FOR_KNOWN,
        Urgency::Stranger => FOR_STRANGERS,
    }
}

/// Hands messages out to tasks, at most one a chat.
struct Courier {
    app: App,
    pace: Pace,
    busy: HashSet<TelegramId>,
    tasks: JoinSet<(TelegramId, OpResult<Carried>)>,
    /// Chats whose last message could not be crossed off, until when they are left alone.
    resting: HashMap<TelegramId, Timestamp>,
    /// When delayed messages are due again.
    later: BTreeSet<Timestamp>,
    status: Status,
}

impl Courier {
    async fn new(app: &App) -> OpResult<Self> {
        let rate = app.store.read().await?.setting(RATE).await?;
        Ok(Self {
            app: app.clone(),
            pace: Pace::new(rate.and_then(|rate| rate.parse().ok()), app.clock.now()),
            busy: HashSet::new(),
            tasks: JoinSet::new(),
            resting: HashMap::new(),
            later: BTreeSet::new(),
            status: Status::default(),
        })
    }

    /// Gives every free hand a message, questions first: somebody waits for them.
    async fn hand_out(&mut self, telegram: &Telegram) -> OpResult<()> {
        if self.busy.len() >= HANDS {
            return Ok(());
        }
        let now = self.app.clock.now();
        self.later.retain(|at| *at > now);
        self.resting.retain(|_, until| *until > now);
        let mut due = self.app.store.read().await?.due_deliveries(now, BATCH).await?;
        due.retain(|delivery| {
            !self.busy.contains(&delivery.chat) && !self.resting.contains_key(&delivery.chat)
        });
        for delivery in due {
            if self.busy.len() >= hands(delivery.urgency) {
                return Ok(());
            }
            if let Err(next) = self.pace.take(delivery.urgency, now) {
                self.later.insert(next);
                return Ok(());
            }
            self.spawn(telegram, delivery);
        }
        Ok(())
    }

    fn spawn(&mut self, telegram: &Telegram, delivery: DeliveryRecord) {
        let chat = delivery.chat;
        self.busy.insert(chat);
        let (app, telegram) = (self.app.clone(), telegram.clone());
        self.tasks.spawn(async move {
            // In a task of its own, so that the chat is known even if it breaks down.
            let carrying = tokio::spawn(async move { carry(&app, &telegram, &delivery).await });
            let carried = AbortOnDropHandle::new(carrying).await.unwrap_or_else(|error| {
                Err(crate::ops::OpError::Internal(format!("a delivery broke down: {error}")))
            });
            (chat, carried)
        });
    }

    /// Waits for a hand to become free and takes back all that are; false if none is busy.
    async fn take_back(&mut self) -> bool {
        let Some(first) = self.tasks.join_next().await else { return false };
        self.note(first);
        while let Some(next) = self.tasks.try_join_next() {
            self.note(next);
        }
        true
    }

    fn note(&mut self, ended: Result<(TelegramId, OpResult<Carried>), tokio::task::JoinError>) {
        let Ok((chat, carried)) = ended else { return };
        self.busy.remove(&chat);
        match carried {
            Ok(carried) => {
                self.status.add(carried);
                match carried {
                    Carried::Delayed(until) => {
                        self.later.insert(until);
                    }
                    _ => self.app.bus.delivered.send_modify(|count| *count += 1),
                }
            }
            Err(error) => {
                tracing::error!(chat = chat.0, %error, "a message could not be crossed off; it is sent again");
                self.status.delayed += 1;
                let until = self.app.clock.now().plus(Seconds(1));
                self.resting.insert(chat, until);
                self.later.insert(until);
            }
        }
    }

    /// When to look without being rung for.
    fn look_again(&self) -> Timestamp {
        let latest = self.app.clock.now().plus(LONGEST_NAP);
        self.later.first().copied().map_or(latest, |next| next.min(latest))
    }
}

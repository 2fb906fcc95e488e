//! Takes the updates that Telegram delivers.
//!
//! Telegram delivers an update again until it is answered with success, so that answer is given only once what the
//! update decided is in the database.

use super::{
    client::{Address, Telegram},
    desk::Desk,
    intake,
};
use crate::{
    app::App,
    ops::{OpError, OpResult, settings, webhook},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use subtle::ConstantTimeEq;
use teloxide::types::Update;

/// After so many failures an update is passed over, so that one cannot hold up its chat for ever.
const TRIES: u32 = 3;

/// So many failed updates are kept in mind.
const KEPT: usize = 10_000;

/// What became of a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Received {
    /// It is done, now or before.
    Done,
    /// It is for a bot that this server does not attend to any more.
    OtherBot,
    /// It is no update.
    Unreadable,
}

/// Takes deliveries in. Cheap to clone.
#[derive(Clone)]
pub struct Receiver {
    app: App,
    desk: Arc<Mutex<Option<(Address, Desk)>>>,
    failures: Arc<Mutex<HashMap<i64, u32>>>,
}

impl Receiver {
    /// Takes in what comes for the bot of `app`.
    pub fn new(app: App) -> Self {
        Self { app, desk: Arc::default(), failures: Arc::default() }
    }

    /// Is it Telegram that delivers to this bot's webhook? Looks at nothing but what was shown, so that a stranger
    /// learns nothing and costs nothing.
    pub fn admits(&self, bot: &str, shown: Option<&[u8]>) -> bool {
        let secret = self.app.vault.webhook_secret(bot);
        shown.is_some_and(|shown| secret.expose().as_bytes().ct_eq(shown).into())
    }

    /// Handles a delivery; once this gives [`Received::Done`], Telegram may forget it.
    ///
    /// # Errors
    /// When it could not be handled: it has to come again.
    pub async fn receive(&self, bot: &str, body: &[u8]) -> OpResult<Received> {
        let Ok(update) = serde_json::from_slice::<Update>(body) else { return Ok(Received::Unreadable) };
        let Some(desk) = self.desk(bot).await? else { return Ok(Received::OtherBot) };
        let receiver = self.clone();
        // On a task of its own: Telegram may hang up, and then this goes on and the repetition finds it done.
        let handling = tokio::spawn(async move { receiver.handle(&desk, &update).await });
        handling.await.unwrap_or_else(|error| {
            Err(OpError::Internal(format!("the handler of an update broke down: {error}")))
        })?;
        Ok(Received::Done)
    }

    async fn handle(&self, desk: &Desk, update: &Update) -> OpResult<()> {
        let id = intake::number(update);
        let _turn = intake::turn(self.app.bot.turns(), update).await;
        // Counted before it is tried: a handler that breaks down reports nothing.
        let tries = self.count(id);
        if tries > TRIES {
            tracing::error!(update = id, "an update is passed over: it failed too often");
            intake::pass_over(desk, update).await;
        } else {
            let handled = intake::handle_once(desk, update).await;
            if handled.as_ref().is_err_and(OpError::is_outage) {
                // No fault of the update's.
                self.failures().insert(id, tries - 1);
            }
            handled?;
        }
        intake::done(&self.app, id, None).await?;
        self.failures().remove(&id);
        Ok(())
    }

    /// Counts a try.
    fn count(&self, id: i64) -> u32 {
        let mut failures = self.failures();
        if failures.len() >= KEPT {
            failures.clear();
        }
        let tries = failures.entry(id).or_default();
        *tries += 1;
        *tries
    }

    fn failures(&self) -> std::sync::MutexGuard<'_, HashMap<i64, u32>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the bot's updates are handled; none: it is not the bot of the token that is set.
    async fn desk(&self, bot: &str) -> OpResult<Option<Desk>> {
        let token = settings::telegram_token(&self.app).await?;
        let Some(token) = token.filter(|token| webhook::bot_of(token) == bot) else { return Ok(None) };
        let config = &self.app.config.telegram;
        let address = Address { token, api_url: config.api_url.clone(), proxy: config.proxy.clone() };
        let mut kept = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, desk)) = kept.as_ref().filter(|(known, _)| *known == address) {
            return Ok(Some(desk.clone()));
        }
        let telegram = Telegram::new(&address).map_err(|error| OpError::Internal(error.to_string()))?;
        let desk = Desk::new(self.app.clone(), telegram);
        *kept = Some((address, desk.clone()));
        Ok(Some(desk))
    }
}

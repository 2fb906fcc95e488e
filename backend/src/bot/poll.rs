//! The update loop: asks Telegram for updates, has them handled, and only then lets Telegram forget them. What
//! was not handled when the program stopped is handled after the next start.

use super::{
    client::{CallError, LONG_POLL, Telegram},
    desk::Desk,
    menu, press,
    progress::{Failed, Progress},
    status::BotState,
    talk,
};
use crate::{
    app::App,
    clock::random,
    ops::{OpError, OpResult, outage, settings},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use teloxide::{
    payloads::{DeleteWebhook, GetMe, GetUpdates, setters::*},
    types::{AllowedUpdate, Update, UpdateKind},
};
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// How many chats are handled at the same time.
const CHATS: usize = 16;

/// How many updates are fetched at once (Telegram's most).
const BATCH: u8 = 100;

/// The longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The setting that says which bot the stored offset belongs to.
const BOT_ID: &str = "telegram.bot_id";

/// Attends to the bot until `stop`.
pub(super) async fn attend(app: &App, telegram: &Telegram, stop: &CancellationToken) {
    let mut pause = Pause::default();
    let offset = loop {
        match introduce(app, telegram).await {
            Ok(offset) => break offset,
            Err(trouble) => {
                if let Trouble::Ours(error) = &trouble {
                    tracing::error!(%error, "the bot could not be started; it is tried again");
                }
                app.bot.set(BotState::Failing { error: trouble.to_string() });
                if let Trouble::Telegram(error) = &trouble {
                    note_failure(app, error).await;
                }
                if pause.wait(app, stop, trouble.flood()).await.is_break() {
                    return;
                }
            }
        }
    };
    app.bot.set(BotState::Running);
    note(outage::answers(app).await);
    let desk = Desk::new(app.clone(), telegram.clone());
    let progress = Arc::new(Mutex::new(Progress::new(offset)));
    let mut poller = Poller { desk: desk.clone(), progress, healthy: true };
    poller.run(telegram, stop).await;
    desk.close().await;
}

/// What keeps the bot from working.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("{0}")]
    Telegram(#[from] CallError),
    /// Said to whoever asks how the bot is doing, so that what went wrong is for the log alone.
    #[error("something is wrong on this server; its log says what")]
    Ours(#[from] OpError),
    #[error("Telegram gives updates again that were handled")]
    Repeating,
}

impl Trouble {
    fn flood(&self) -> Option<Duration> {
        match self {
            Self::Telegram(CallError::Flood(wait)) => Some(*wait),
            _ => None,
        }
    }
}

/// Notes for the policies' rules that a call failed. An answer that refuses is an answer all the same: Telegram is
/// there.
async fn note_failure(app: &App, error: &CallError) {
    let silent = matches!(error, CallError::TimedOut | CallError::Network(_) | CallError::Server { .. });
    note(if silent { outage::silent(app).await } else { outage::answers(app).await });
}

fn note(noted: OpResult<()>) {
    if let Err(error) = noted {
        tracing::error!(%error, "how Telegram is doing could not be noted");
    }
}

/// Learns who the bot is and sets its menu; gives the first update that was not handled.
async fn introduce(app: &App, telegram: &Telegram) -> Result<i64, Trouble> {
    let me = telegram.call(GetMe::new()).await?;
    app.bot.set_username(me.user.username.clone());
    settings::remember_bot(app, me.user.username.as_deref()).await?;
    menu::set(telegram).await?;
    let admins = app.store.read().await.map_err(OpError::from)?.admins().await.map_err(OpError::from)?;
    for admin in admins.into_iter().filter(|admin| admin.enabled) {
        if let Some(chat) = admin.telegram {
            menu::set_of_admin(telegram, chat, Some(admin.language)).await?;
        }
    }
    Ok(offset_of(app, me.user.id.0).await?)
}

/// The stored offset, if it is this bot's: update numbers of another one mean nothing.
async fn offset_of(app: &App, bot: u64) -> OpResult<i64> {
    let bot = bot.to_string();
    let mut tx = app.store.begin().await?;
    if tx.setting(BOT_ID).await?.as_deref() != Some(bot.as_str()) {
        tx.set_setting(BOT_ID, Some(&bot)).await?;
        tx.set_telegram_offset(0).await?;
    }
    let offset = tx.telegram_offset().await?;
    tx.commit().await?;
    Ok(offset)
}

/// Fetches updates and has them handled.
struct Poller {
    desk: Desk,
    progress: Arc<Mutex<Progress>>,
    /// The last question was answered. After a failure the next one does not wait for updates, so that it is known
    /// at once when Telegram is back.
    healthy: bool,
}

impl Poller {
    async fn run(&mut self, telegram: &Telegram, stop: &CancellationToken) {
        let mut pause = Pause::default();
        let mut in_vain = 0_u32;
        loop {
            let fetched = tokio::select! {
                () = stop.cancelled() => return,
                fetched = telegram.call(self.question()) => fetched,
            };
            let app = self.desk.app.clone();
            let trouble = match fetched {
                Ok(updates) => {
                    if !self.healthy {
                        note(outage::answers(&app).await);
                    }
                    self.healthy = true;
                    app.bot.set(BotState::Running);
                    let nothing_new = !updates.is_empty() && self.is_known(&updates);
                    match self.handle_all(updates).await {
                        Ok(()) if nothing_new && in_vain > 0 => {
                            tracing::warn!("Telegram gives updates again that were handled");
                            Trouble::Repeating
                        }
                        Ok(()) => {
                            in_vain = u32::from(nothing_new);
                            pause = Pause::default();
                            continue;
                        }
                        Err(error) => {
                            tracing::error!(%error, "an update could not be handled; it is tried again");
                            Trouble::Ours(error)
                        }
                    }
                }
                Err(error) => {
                    self.healthy = false;
                    app.bot.set(BotState::Failing { error: error.to_string() });
                    note_failure(&app, &error).await;
                    self.drop_webhook(telegram, &error).await;
                    Trouble::Telegram(error)
                }
            };
            if pause.wait(&app, stop, trouble.flood()).await.is_break() {
                return;
            }
        }
    }

    fn question(&self) -> GetUpdates {
        let offset = lock(&self.progress).offset();
        let wait = if self.healthy { LONG_POLL } else { Duration::ZERO };
        GetUpdates::new()
            .offset(i32::try_from(offset).unwrap_or(0))
            .limit(BATCH)
            .timeout(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX))
            .allowed_updates([AllowedUpdate::Message, AllowedUpdate::CallbackQuery])
    }

    /// Was all of it handled before? Numbers of a new count are taken up on the way.
    fn is_known(&self, updates: &[Update]) -> bool {
        let mut progress = lock(&self.progress);
        let ids = || updates.iter().map(|update| i64::from(update.id.0));
        if let Some(smallest) = ids().min()
            && progress.begins_anew(smallest)
        {
            tracing::info!(update = smallest, "Telegram has begun to count updates anew");
        }
        ids().all(|id| progress.is_done(id))
    }

    /// A webhook that somebody set for this token takes the updates away.
    async fn drop_webhook(&self, telegram: &Telegram, error: &CallError) {
        if matches!(error, CallError::Conflict(text) if text.contains("webhook")) {
            let dropped = telegram.call(DeleteWebhook::new().drop_pending_updates(false)).await;
            tracing::warn!(ok = dropped.is_ok(), "a webhook was set for this bot; it is removed");
        }
    }

    /// Handles updates: those of one chat in order, several chats at a time.
    async fn handle_all(&self, updates: Vec<Update>) -> OpResult<()> {
        let mut chats: HashMap<i64, Vec<Update>> = HashMap::new();
        for update in updates {
            if lock(&self.progress).take(i64::from(update.id.0)) {
                chats.entry(chat_of(&update)).or_default().push(update);
            }
        }
        let hands = Arc::new(Semaphore::new(CHATS));
        let mut tasks = JoinSet::new();
        for updates in chats.into_values() {
            let (desk, progress, hands) = (self.desk.clone(), self.progress.clone(), hands.clone());
            tasks.spawn(async move {
                let _hand = hands.acquire_owned().await;
                handle_chat(&desk, &progress, updates).await
            });
        }
        let mut result = Ok(());
        while let Some(ended) = tasks.join_next().await {
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => result = Err(error),
                Err(error) => result = Err(OpError::Internal(format!("a handler broke down: {error}"))),
            }
        }
        // Only a handler that broke down leaves updates open.
        let hopeless = lock(&self.progress).fail_open();
        for id in hopeless {
            tracing::error!(update = id, "an update is passed over: its handler breaks down");
            finish(&self.desk.app, &self.progress, id).await?;
        }
        result
    }
}

/// Handles the updates of one chat, in order; the first failure leaves the later ones for the next round.
async fn handle_chat(desk: &Desk, progress: &Mutex<Progress>, updates: Vec<Update>) -> OpResult<()> {
    let mut rest = updates.into_iter();
    while let Some(update) = rest.next() {
        let id = i64::from(update.id.0);
        if let Err(error) = handle(desk, &update).await {
            match lock(progress).fail(id) {
                Failed::Again => {
                    for later in rest {
                        lock(progress).put_back(i64::from(later.id.0));
                    }
                    return Err(error);
                }
                Failed::PassOver => {
                    tracing::error!(update = id, %error, "an update is passed over: it failed too often");
                    if let UpdateKind::CallbackQuery(query) = &update.kind {
                        press::trouble(desk, query);
                    }
                }
            }
        }
        finish(&desk.app, progress, id).await?;
    }
    Ok(())
}

async fn handle(desk: &Desk, update: &Update) -> OpResult<()> {
    match &update.kind {
        UpdateKind::Message(message) => talk::message(desk, message).await,
        UpdateKind::CallbackQuery(query) => press::press(desk, query).await,
        // Not asked for, or newer than this program: nothing to do.
        _ => Ok(()),
    }
}

/// The update is done: from the new offset on, Telegram keeps what comes.
async fn finish(app: &App, progress: &Mutex<Progress>, id: i64) -> OpResult<()> {
    let Some(offset) = lock(progress).finish(id) else { return Ok(()) };
    let mut tx = app.store.begin().await?;
    tx.set_telegram_offset(offset).await?;
    Ok(tx.commit().await?)
}

/// Whose order an update belongs to: a tap is ordered with what its person writes.
fn chat_of(update: &Update) -> i64 {
    match &update.kind {
        UpdateKind::Message(message) => message.chat.id.0,
        UpdateKind::CallbackQuery(query) => i64::try_from(query.from.id.0).unwrap_or(i64::MAX),
        _ => 0,
    }
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Pauses after failures, longer and longer, never in step with other programs.
#[derive(Debug, Default)]
struct Pause {
    failures: u32,
}

impl Pause {
    /// Waits after a failure; for as long as Telegram asks for, if it does. Breaks when it is time to stop.
    async fn wait(
        &mut self,
        app: &App,
        stop: &CancellationToken,
        asked: Option<Duration>,
    ) -> std::ops::ControlFlow<()> {
        let span = asked.unwrap_or_else(|| self.next());
        tokio::select! {
            () = stop.cancelled() => std::ops::ControlFlow::Break(()),
            () = app.clock.sleep(span) => std::ops::ControlFlow::Continue(()),
        }
    }

    fn next(&mut self) -> Duration {
        let base = Duration::from_millis(500 << self.failures.min(7)).min(LONGEST_PAUSE);
        self.failures += 1;
        let [jitter] = random::<1>();
        base.mul_f64(0.5 + f64::from(jitter) / 510.0)
    }
}

//! The update loop: asks Telegram for updates, has them handled, and only then lets Telegram forget them. What
//! was not handled when the program stopped is handled after the next start.

use super::{
    attend::{Pause, Trouble, note, note_failure},
    client::{CallError, LONG_POLL, Telegram},
    desk::Desk,
    intake,
    progress::{Failed, Progress},
    status::BotState,
};
use crate::{
    app::App,
    ops::{OpError, OpResult, outage, reception},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use teloxide::{
    payloads::{DeleteWebhook, GetUpdates, setters::*},
    types::Update,
};
use tokio::{sync::Semaphore, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// How many chats are handled at the same time.
const CHATS: usize = 16;

/// How many updates are fetched at once (Telegram's most).
const BATCH: u8 = 100;

/// So many conflicts in a row are no overlap of a restart any more.
const CONFLICTS: u32 = 3;

/// Fetches updates from `offset` on and has them handled, until `stop`.
pub(super) async fn run(desk: Desk, telegram: &Telegram, offset: i64, stop: &CancellationToken) {
    let progress = Arc::new(Mutex::new(Progress::new(offset)));
    let mut poller = Poller { desk, progress, healthy: true, conflicts: 0, heard: false };
    poller.run(telegram, stop).await;
}

/// What Telegram gave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Batch {
    /// Something that was not handled before, or nothing.
    New,
    /// Nothing but what was handled before.
    Known,
}

/// Fetches updates and has them handled.
struct Poller {
    desk: Desk,
    progress: Arc<Mutex<Progress>>,
    /// The last question was answered. After a failure the next one does not wait for updates, so that it is known
    /// at once when Telegram is back.
    healthy: bool,
    /// So many questions in a row were refused because somebody else takes the updates.
    conflicts: u32,
    /// It was noted that updates come.
    heard: bool,
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
                    self.answered(&app).await;
                    match self.handle_all(updates).await {
                        Ok(Batch::Known) if in_vain > 0 => {
                            tracing::warn!("Telegram gives updates again that were handled");
                            Trouble::Repeating
                        }
                        Ok(batch) => {
                            in_vain = u32::from(batch == Batch::Known);
                            pause = Pause::default();
                            continue;
                        }
                        Err(error) => {
                            tracing::error!(%error, "an update could not be handled; it is tried again");
                            Trouble::Ours(error)
                        }
                    }
                }
                Err(CallError::Conflict(why)) if self.drop_webhook(telegram, &why).await => continue,
                Err(error) => {
                    self.failed(&app, &error).await;
                    Trouble::Telegram(error)
                }
            };
            if pause.wait(&app, stop, trouble.flood()).await.is_break() {
                return;
            }
        }
    }

    async fn answered(&mut self, app: &App) {
        if !self.healthy {
            note(outage::answers(app).await);
        }
        if !self.heard {
            self.heard = note_reception(reception::restored(app).await);
        }
        self.healthy = true;
        self.conflicts = 0;
        app.bot.set(BotState::Running);
    }

    async fn failed(&mut self, app: &App, error: &CallError) {
        self.healthy = false;
        app.bot.set(BotState::Failing { error: error.to_string() });
        note_failure(app, error).await;
        if matches!(error, CallError::Conflict(_)) {
            self.conflicts += 1;
            if self.conflicts >= CONFLICTS {
                self.heard = false;
                note_reception(reception::lost(app, &error.to_string()).await);
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
            .allowed_updates(intake::WANTED)
    }

    /// A webhook takes the updates away: ours of before, or one that somebody set for this token. What waits for it
    /// comes to us once it is removed. True: it is, and the question can be put again; but whoever sets one again
    /// and again is another program, and nobody to race with.
    async fn drop_webhook(&mut self, telegram: &Telegram, why: &str) -> bool {
        // "terminated by setWebhook request", or "can't use getUpdates method while webhook is active".
        if !why.to_lowercase().contains("webhook") {
            return false;
        }
        let dropped = telegram.call(DeleteWebhook::new().drop_pending_updates(false)).await;
        tracing::warn!(ok = dropped.is_ok(), "a webhook was set for this bot; it is removed");
        self.conflicts += 1;
        dropped.is_ok() && self.conflicts < CONFLICTS
    }

    /// Handles updates: those of one chat in order, several chats at a time.
    async fn handle_all(&self, updates: Vec<Update>) -> OpResult<Batch> {
        self.follow_numbering(&updates).await?;
        let any = !updates.is_empty();
        let mut chats: HashMap<i64, Vec<Update>> = HashMap::new();
        for update in updates {
            if lock(&self.progress).take(intake::number(&update)) {
                chats.entry(intake::chat_of(&update)).or_default().push(update);
            }
        }
        let batch = if any && chats.is_empty() { Batch::Known } else { Batch::New };
        let hands = Arc::new(Semaphore::new(CHATS));
        let mut tasks = JoinSet::new();
        for updates in chats.into_values() {
            let (desk, progress, hands) = (self.desk.clone(), self.progress.clone(), hands.clone());
            tasks.spawn(async move {
                let _hand = hands.acquire_owned().await;
                handle_chat(&desk, &progress, updates).await
            });
        }
        let mut result = Ok(batch);
        while let Some(ended) = tasks.join_next().await {
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => result = Err(error),
                Err(error) => result = Err(OpError::Internal(format!("a chat's task broke down: {error}"))),
            }
        }
        // Only a task that broke down leaves updates open: what breaks down in a handler is caught there.
        let hopeless = lock(&self.progress).fail_open();
        for id in hopeless {
            tracing::error!(update = id, "an update is passed over: its task breaks down");
            finish(&self.desk.app, &self.progress, id).await?;
        }
        result
    }

    /// After a week without updates Telegram goes on from a number anywhere (as its Bot API says of `update_id`), and
    /// another Bot API server has numbers of its own. An update below the offset that was never handled tells so:
    /// from then on its numbering counts. Otherwise the bot would ask for the same updates for ever, and hear none.
    async fn follow_numbering(&self, updates: &[Update]) -> OpResult<()> {
        let offset = lock(&self.progress).offset();
        let old: Vec<i64> = updates.iter().map(intake::number).filter(|id| *id < offset).collect();
        if old.is_empty() {
            return Ok(());
        }
        let handled = self.desk.app.store.read().await?.handled_updates(&old).await?;
        if let Some(first) = old.into_iter().filter(|id| !handled.contains(id)).min() {
            tracing::info!(from = first, "Telegram numbers updates anew");
            lock(&self.progress).begin_anew(first);
        }
        Ok(())
    }
}

/// Handles the updates of one chat, in order; the first failure leaves the later ones for the next round.
async fn handle_chat(desk: &Desk, progress: &Mutex<Progress>, updates: Vec<Update>) -> OpResult<()> {
    let mut rest = updates.into_iter();
    while let Some(update) = rest.next() {
        if let Err(error) = handle(desk, progress, &update).await {
            for later in rest {
                lock(progress).put_back(intake::number(&later));
            }
            return Err(error);
        }
    }
    Ok(())
}

async fn handle(desk: &Desk, progress: &Mutex<Progress>, update: &Update) -> OpResult<()> {
    let id = intake::number(update);
    let _turn = intake::turn(desk.app.bot.turns(), update).await;
    if let Err(error) = intake::handle_once(desk, update).await {
        if error.is_outage() {
            // No fault of the update's.
            lock(progress).put_back(id);
            return Err(error);
        }
        let failed = lock(progress).fail(id);
        match failed {
            Failed::Again => return Err(error),
            Failed::PassOver => {
                tracing::error!(update = id, %error, "an update is passed over: it failed too often");
                intake::pass_over(desk, update).await;
            }
        }
    }
    finish(&desk.app, progress, id).await
}

/// The update is done: from the new offset on, Telegram keeps what comes.
async fn finish(app: &App, progress: &Mutex<Progress>, id: i64) -> OpResult<()> {
    let offset = lock(progress).finish(id);
    intake::done(app, id, offset).await
}

/// True: it is noted.
fn note_reception(noted: OpResult<()>) -> bool {
    let ok = noted.is_ok();
    note(noted);
    ok
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

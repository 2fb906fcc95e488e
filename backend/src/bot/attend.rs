//! Attends to a bot: learns who it is, then takes updates in by the way that is set.

use super::{
    client::{CallError, Telegram},
    desk::Desk,
    menu, poll,
    status::BotState,
    webhook,
};
use crate::{
    app::App,
    bus::Change,
    clock::random,
    ops::{
        OpError, OpResult, outage, policies, settings,
        webhook::{Place, PlaceError},
    },
};
use std::{ops::ControlFlow, time::Duration};
use teloxide::payloads::GetMe;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// The longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The setting that says which bot the stored offset belongs to.
const BOT_ID: &str = "telegram.bot_id";

/// How updates come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// Telegram is asked for them.
    Polling,
    /// Telegram delivers them there; or why it cannot.
    Webhook(Result<Place, PlaceError>),
}

/// Attends to the bot until `stop`.
pub(super) async fn attend(app: &App, telegram: &Telegram, way: &Way, stop: &CancellationToken) {
    let Some(offset) = introduced(app, telegram, stop).await else { return };
    note(outage::answers(app).await);
    // Beside the updates: nobody has to wait for a menu.
    let menus = {
        let (app, telegram, stop) = (app.clone(), telegram.clone(), stop.clone());
        tokio::spawn(async move { keep_menus(&app, &telegram, &stop).await })
    };
    let _menus = AbortOnDropHandle::new(menus);
    match way {
        Way::Polling => {
            app.bot.set(BotState::Running);
            let desk = Desk::new(app.clone(), telegram.clone());
            poll::run(desk.clone(), telegram, offset, stop).await;
            desk.close().await;
        }
        Way::Webhook(Ok(place)) => webhook::keep(app, telegram, place, stop).await,
        Way::Webhook(Err(error)) => {
            app.bot.set(BotState::Failing { error: error.to_string() });
            // Other settings begin anew.
            stop.cancelled().await;
        }
    }
}

/// Learns who the bot is, however long that takes; none: it is time to stop.
async fn introduced(app: &App, telegram: &Telegram, stop: &CancellationToken) -> Option<i64> {
    let mut pause = Pause::default();
    loop {
        match introduce(app, telegram).await {
            Ok(offset) => return Some(offset),
            Err(trouble) => {
                if let Trouble::Ours(error) = &trouble {
                    tracing::error!(%error, "the bot could not be started; it is tried again");
                }
                app.bot.set(BotState::Failing { error: trouble.to_string() });
                if let Trouble::Telegram(error) = &trouble {
                    note_failure(app, error).await;
                }
                if pause.wait(app, stop, trouble.flood()).await.is_break() {
                    return None;
                }
            }
        }
    }
}

/// What keeps the bot from working.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("{0}")]
    Telegram(#[from] CallError),
    /// Said to whoever asks how the bot is doing, so that what went wrong is for the log alone.
    #[error("something is wrong on this server; its log says what")]
    Ours(#[from] OpError),
    #[error("Telegram gives updates again that were handled")]
    Repeating,
}

impl Trouble {
    pub(super) fn flood(&self) -> Option<Duration> {
        match self {
            Self::Telegram(CallError::Flood(wait)) => Some(*wait),
            _ => None,
        }
    }
}

/// Notes for the policies' rules that a call failed. An answer that refuses is an answer all the same: Telegram is
/// there.
pub(super) async fn note_failure(app: &App, error: &CallError) {
    let silent = matches!(error, CallError::TimedOut | CallError::Network(_) | CallError::Server { .. });
    note(if silent { outage::silent(app).await } else { outage::answers(app).await });
}

/// What could not be noted is noted the next time.
pub(super) fn note(noted: OpResult<()>) {
    if let Err(error) = noted {
        tracing::error!(%error, "how Telegram is doing could not be noted");
    }
}

/// Learns who the bot is; gives the first update that was not handled.
async fn introduce(app: &App, telegram: &Telegram) -> Result<i64, Trouble> {
    let me = telegram.call(GetMe::new()).await?;
    app.bot.set_username(me.user.username.clone());
    settings::remember_bot(app, me.user.username.as_deref()).await?;
    Ok(offset_of(app, me.user.id.0).await?)
}

/// Sets everybody's menu and those of the administrators, however long that takes, and anew when a change of the policies
/// puts something else into them.
async fn keep_menus(app: &App, telegram: &Telegram, stop: &CancellationToken) {
    // From before the first look on, so that no change is missed.
    let mut changes = app.bus.listen();
    let (mut shown, mut pause) = (None, Pause::default());
    loop {
        match set_menus(app, telegram, shown).await {
            Ok(codes) => (shown, pause) = (Some(codes), Pause::default()),
            Err(trouble) => {
                // Some may have been set.
                shown = None;
                tracing::warn!(%trouble, "the bot's menus could not be set; it is tried again");
                if pause.wait(app, stop, trouble.flood()).await.is_break() {
                    return;
                }
                continue;
            }
        }
        if stop.run_until_cancelled(policies_change(&mut changes)).await.is_none() {
            return;
        }
    }
}

/// Waits until policies were changed, or may have been.
async fn policies_change(changes: &mut Receiver<Change>) {
    loop {
        match changes.recv().await {
            Ok(Change::Policies | Change::Missed) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// Sets the menus unless they were set like that before; tells whether one-time codes are in them.
async fn set_menus(app: &App, telegram: &Telegram, shown: Option<bool>) -> Result<bool, Trouble> {
    let codes = policies::take_codes(app).await?;
    if shown == Some(codes) {
        return Ok(codes);
    }
    menu::set(telegram, codes).await?;
    let admins = app.store.read().await.map_err(OpError::from)?.admins().await.map_err(OpError::from)?;
    for admin in admins.into_iter().filter(|admin| admin.enabled) {
        if let Some(chat) = admin.telegram {
            menu::set_of_admin(telegram, chat, Some(admin.language), codes).await?;
        }
    }
    Ok(codes)
}

/// The stored offset, if it is this bot's: update numbers of another one mean nothing.
async fn offset_of(app: &App, bot: u64) -> OpResult<i64> {
    let bot = bot.to_string();
    let mut tx = app.store.begin().await?;
    if tx.setting(BOT_ID).await?.as_deref() != Some(bot.as_str()) {
        tx.set_setting(BOT_ID, Some(&bot)).await?;
        tx.set_telegram_offset(0).await?;
        tx.forget_updates(sallyport_shared::time::Timestamp::from_micros(i64::MAX)).await?;
    }
    let offset = tx.telegram_offset().await?;
    tx.commit().await?;
    Ok(offset)
}

/// Pauses after failures, longer and longer, never in step with other programs.
#[derive(Debug, Default)]
pub(super) struct Pause {
    failures: u32,
}

impl Pause {
    /// Waits after a failure; for as long as Telegram asks for, if it does. Breaks when it is time to stop.
    pub(super) async fn wait(
        &mut self,
        app: &App,
        stop: &CancellationToken,
        asked: Option<Duration>,
    ) -> ControlFlow<()> {
        let span = asked.unwrap_or_else(|| self.next());
        rest(app, stop, span).await
    }

    fn next(&mut self) -> Duration {
        let base = Duration::from_millis(500 << self.failures.min(7)).min(LONGEST_PAUSE);
        self.failures += 1;
        let [jitter] = random::<1>();
        base.mul_f64(0.5 + f64::from(jitter) / 510.0)
    }
}

/// Waits for `span`. Breaks when it is time to stop.
pub(super) async fn rest(app: &App, stop: &CancellationToken, span: Duration) -> ControlFlow<()> {
    tokio::select! {
        () = stop.cancelled() => ControlFlow::Break(()),
        () = app.clock.sleep(span) => ControlFlow::Continue(()),
    }
}

//! Takes an update in, however it came: it is handled once, and the updates of one chat one after another.
//!
//! What was handled is written down before Telegram is allowed to forget the update, so a crash in between brings
//! it once more. What it decided is guarded by the rules then: an answer counts once, a session is asked for once.

use super::{
    desk::Desk,
    membership, press, talk,
    turns::{Turn, Turns},
};
use crate::{
    app::App,
    ops::{OpError, OpResult},
};
use futures_util::FutureExt;
use sallyport_shared::time::Seconds;
use std::panic::AssertUnwindSafe;
use teloxide::types::{AllowedUpdate, Update, UpdateKind};

/// What the bot wants to hear of.
pub(super) const WANTED: [AllowedUpdate; 3] =
    [AllowedUpdate::Message, AllowedUpdate::CallbackQuery, AllowedUpdate::MyChatMember];

/// For how long it is known that an update was handled. Telegram keeps those that it could not deliver for a day.
const KEPT: Seconds = Seconds(2 * 86_400);

/// After so many updates the old ones are forgotten.
const SWEEP: i64 = 100;

/// The number of an update.
pub(super) fn number(update: &Update) -> i64 {
    i64::from(update.id.0)
}

/// Whose order an update belongs to: a tap is ordered with what its person writes.
pub(super) fn chat_of(update: &Update) -> i64 {
    match &update.kind {
        UpdateKind::Message(message) => message.chat.id.0,
        UpdateKind::CallbackQuery(query) => i64::try_from(query.from.id.0).unwrap_or(i64::MAX),
        UpdateKind::MyChatMember(change) => change.chat.id.0,
        _ => 0,
    }
}

/// Waits until it is the update's turn in its chat.
pub(super) async fn turn(turns: &Turns, update: &Update) -> Turn {
    turns.wait(chat_of(update), number(update)).await
}

/// Handles an update, unless it was handled before. Whoever calls has its turn. A handler that breaks down fails, and takes
/// nobody else with it.
pub(super) async fn handle_once(desk: &Desk, update: &Update) -> OpResult<()> {
    unbroken(handle(desk, update)).await.and_then(|handled| handled)
}

/// What breaks down is an error. Nothing is left half-done by it: what was not committed is rolled back.
async fn unbroken<T>(work: impl Future<Output = T>) -> OpResult<T> {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .map_err(|_| OpError::Internal("the handler of an update broke down".to_owned()))
}

async fn handle(desk: &Desk, update: &Update) -> OpResult<()> {
    let id = number(update);
    if desk.app.store.read().await?.handled_updates(&[id]).await?.contains(&id) {
        return Ok(());
    }
    match &update.kind {
        UpdateKind::Message(message) => talk::message(desk, message).await,
        UpdateKind::CallbackQuery(query) => press::press(desk, query).await,
        UpdateKind::MyChatMember(change) => membership::changed(desk, change).await,
        // Not asked for, or newer than this program: nothing to do.
        _ => Ok(()),
    }
}

/// Passes over an update that cannot be handled; whoever tapped or wrote is told so.
pub(super) async fn pass_over(desk: &Desk, update: &Update) {
    let told = unbroken(async {
        match &update.kind {
            UpdateKind::CallbackQuery(query) => press::trouble(desk, query),
            UpdateKind::Message(message) => talk::trouble(desk, message).await?,
            _ => {}
        }
        Ok(())
    });
    if let Err(error) = told.await.and_then(|told| told) {
        tracing::error!(%error, "whoever wrote or tapped could not be told that it was passed over");
    }
}

/// Notes that an update is done, and where the next question to Telegram begins, if that has moved.
pub(super) async fn done(app: &App, id: i64, offset: Option<i64>) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    tx.note_update(id, now).await?;
    if let Some(offset) = offset {
        tx.set_telegram_offset(offset).await?;
    }
    if id % SWEEP == 0 {
        tx.forget_updates(now.minus(KEPT)).await?;
    }
    Ok(tx.commit().await?)
}

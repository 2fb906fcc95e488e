//! Telegram cannot be reached: when that counts as an outage, who is told, and how it ends by itself.
//!
//! Only what shows that nothing can get through counts: no connection, no answer in time, a server in trouble. A
//! token that is refused, or none at all, is a mistake of ours and no outage: it must not change what a policy
//! does. The state is in the database, because what it decides is decided on every replica; a sign of silence that
//! nobody has renewed for a while no longer counts, so a replica that dies leaves no outage behind.

use super::{OpError, OpResult, Who, audit};
use crate::{app::App, bus::Change, store::Tx};
use sallyport_shared::{
    policy::OutageMode,
    reason::Reason,
    time::{Seconds, Timestamp},
};

/// How long Telegram must have been silent, unless [`AFTER`] says otherwise.
pub const DEFAULT_AFTER: Seconds = Seconds(120);
/// A sign of silence counts for so long: longer than the longest pause between two tries.
const FRESH: Seconds = Seconds(180);

/// The setting that says how many seconds of silence are an outage.
pub(super) const AFTER: &str = "telegram.outage_after_seconds";
/// Since when nothing gets through, in microseconds.
const SILENT_SINCE: &str = "telegram.silent_since";
/// When that was last seen to be so.
const SILENT_SEEN: &str = "telegram.silent_seen";
/// Since when the policies' rules for an outage hold.
const OUT_SINCE: &str = "telegram.out_since";

/// Do the policies' rules for an outage hold now?
///
/// # Errors
/// When the database fails.
pub async fn holds(tx: &mut Tx, now: Timestamp) -> OpResult<bool> {
    Ok(since(tx, now).await?.is_some())
}

/// Since when the policies' rules for an outage hold, if they do.
///
/// # Errors
/// When the database fails.
pub async fn since(tx: &mut Tx, now: Timestamp) -> OpResult<Option<Timestamp>> {
    let (Some(out), Some(seen)) = (time(tx, OUT_SINCE).await?, time(tx, SILENT_SEEN).await?) else {
        return Ok(None);
    };
    Ok((now.since(seen) <= FRESH).then_some(out))
}

/// Does nothing get through to Telegram just now, whether or not the policies' rules hold already?
///
/// # Errors
/// When the database fails.
pub(super) async fn is_silent(tx: &mut Tx, now: Timestamp) -> OpResult<bool> {
    let (since, seen) = (time(tx, SILENT_SINCE).await?, time(tx, SILENT_SEEN).await?);
    Ok(since.is_some() && seen.is_some_and(|seen| now.since(seen) <= FRESH))
}

/// How long Telegram must be silent for an outage.
///
/// # Errors
/// When the database fails.
pub async fn after(tx: &mut Tx) -> OpResult<Seconds> {
    let set = tx.setting(AFTER).await?.and_then(|text| text.parse().ok());
    Ok(set.map_or(DEFAULT_AFTER, Seconds))
}

/// Nothing gets through to Telegram.
///
/// # Errors
/// When the database fails.
pub async fn silent(app: &App) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let seen = time(&mut tx, SILENT_SEEN).await?;
    // What was seen long ago was another silence: between the two nobody looked.
    let fresh = seen.is_some_and(|seen| now.since(seen) <= FRESH);
    let since = time(&mut tx, SILENT_SINCE).await?.filter(|_| fresh);
    if since.is_none() {
        put(&mut tx, SILENT_SINCE, Some(now)).await?;
        put(&mut tx, OUT_SINCE, None).await?;
    }
    put(&mut tx, SILENT_SEEN, Some(now)).await?;
    let lasts = now.since(since.unwrap_or(now)) >= after(&mut tx).await?;
    let begins = lasts && time(&mut tx, OUT_SINCE).await?.is_none();
    let mut id = None;
    if begins {
        put(&mut tx, OUT_SINCE, Some(now)).await?;
        let detail = describe(&mut tx).await?;
        id = Some(
            audit(
                &mut tx,
                now,
                &Who::System,
                "telegram.outage-begins",
                "telegram",
                Some(&detail.to_string()),
            )
            .await?,
        );
    }
    tx.commit().await?;
    if let Some(id) = id {
        tracing::warn!("Telegram is out of reach: the policies' rules for that hold from now on");
        app.bus.tell(Change::Audit { id });
    }
    Ok(())
}

/// Telegram answers.
///
/// # Errors
/// When the database fails.
pub async fn answers(app: &App) -> OpResult<()> {
    if app.store.read().await?.setting(SILENT_SINCE).await?.is_none() {
        return Ok(());
    }
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let out = time(&mut tx, OUT_SINCE).await?;
    for key in [SILENT_SINCE, SILENT_SEEN, OUT_SINCE] {
        put(&mut tx, key, None).await?;
    }
    let mut id = None;
    if let Some(since) = out {
        let detail = format!("It lasted since {since}; prompts are sent again");
        id = Some(
            audit(&mut tx, now, &Who::System, "telegram.outage-ends", "telegram", Some(&detail.to_string()))
                .await?,
        );
    }
    tx.commit().await?;
    if let Some(id) = id {
        tracing::info!("Telegram is back: its outage is over");
        app.bus.tell(Change::Audit { id });
    }
    Ok(())
}

/// What the policies do in an outage, in plain words.
///
/// # Errors
/// When the database fails.
pub async fn describe(tx: &mut Tx) -> OpResult<Reason> {
    let policies = tx.policies().await?;
    let named = |mode: OutageMode| {
        let of_mode = policies.iter().filter(|record| record.policy.outage == mode);
        of_mode.map(|record| record.policy.name.clone()).collect()
    };
    Ok(Reason::Outage {
        wait: named(OutageMode::WaitClosed),
        codes: named(OutageMode::OfflineCode),
        open: named(OutageMode::Open),
    })
}

async fn time(tx: &mut Tx, key: &'static str) -> OpResult<Option<Timestamp>> {
    let Some(text) = tx.setting(key).await? else { return Ok(None) };
    let micros =
        text.parse().map_err(|_| OpError::Internal(format!("the setting {key} is no time: {text}")))?;
    Ok(Some(Timestamp::from_micros(micros)))
}

async fn put(tx: &mut Tx, key: &str, at: Option<Timestamp>) -> OpResult<()> {
    let text = at.map(|at| at.micros().to_string());
    Ok(tx.set_setting(key, text.as_deref()).await?)
}

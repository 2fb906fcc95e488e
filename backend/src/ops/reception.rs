//! The bot does not hear what people write and tap, although Telegram answers: another program takes the updates, or
//! they cannot be delivered to the webhook. Administrators are told, because nobody can confirm anything then.

use super::{OpError, OpResult, Who, audit};
use crate::{
    app::App,
    bus::Change,
    store::{
        Tx,
        records::{AlertKind, AlertRecord, NewAlert},
    },
};
use sallyport_shared::reason::Reason;

/// Is it this alert?
pub(super) fn is_deaf(alert: &NewAlert) -> bool {
    matches!(alert.detail, Reason::BotIsDeaf { .. })
}

/// Updates do not come. One alert stands for as long as that is so, whatever the reasons.
///
/// # Errors
/// When the database fails.
pub async fn lost(app: &App, why: &str) -> OpResult<()> {
    let mut tx = app.store.begin().await?;
    if standing(&mut tx).await?.is_some() {
        return Ok(());
    }
    let alert = NewAlert {
        kind: AlertKind::CommandFailing,
        user: None,
        session: None,
        router: None,
        detail: Reason::BotIsDeaf { said: why.to_owned() },
    };
    let now = app.clock.now();
    tx.raise_alert(&alert, now).await?;
    let id = audit(&mut tx, now, &Who::System, "telegram.updates-lost", "telegram", Some(why)).await?;
    tx.commit().await?;
    app.bus.alerts.notify_one();
    app.bus.tell(Change::Audit { id });
    Ok(())
}

/// Updates come again.
///
/// # Errors
/// When the database fails.
pub async fn restored(app: &App) -> OpResult<()> {
    let standing = standing(&mut app.store.read().await?).await?;
    let Some(alert) = standing else { return Ok(()) };
    let mut tx = app.store.begin().await?;
    let now = app.clock.now();
    tx.resolve_alert(alert.id, now).await?;
    let id = audit(&mut tx, now, &Who::System, "telegram.updates-back", "telegram", None).await?;
    tx.commit().await.map_err(OpError::from)?;
    app.bus.alerts.notify_one();
    app.bus.tell(Change::Audit { id });
    Ok(())
}

/// The alert that stands.
pub(super) async fn standing(tx: &mut Tx) -> OpResult<Option<AlertRecord>> {
    Ok(tx.open_alerts().await?.into_iter().find(|alert| is_deaf(&alert.alert)))
}

//! Whom the bot may write to. Whoever blocked it, never began a chat with it, or left Telegram cannot be asked: what
//! would need their answer stays closed, and administrators are told at once, because only they can let the person in.
//! The question stays open for its time all the same: an operator may answer it, and whoever lifts the block within
//! that time is asked at once.

use super::{
    OpResult, alarms,
    letters::{Addressee, ask_again},
    unit::{TWICE, again},
};
use crate::{
    app::App,
    bus::{Change, ChangeKind},
    store::{
        Tx,
        records::{AlertKind, NewAlert, UserRecord},
    },
};
use sallyport_shared::{
    ids::ConnectionId,
    person::{TelegramId, UserStatus},
    reason::Reason,
    time::Timestamp,
};

/// Is it the alert that somebody cannot be written to? Others about the same person are none of this room's business.
pub(super) fn is_out_of_reach(alert: &NewAlert) -> bool {
    matches!(alert.detail, Reason::BotForbidden { .. })
}

/// The bot may not write to this chat, for the reason that Telegram gives. A stranger who went away concerns nobody.
///
/// # Errors
/// When the database fails, or others change the person all the time.
pub async fn lost(app: &App, chat: TelegramId, why: &str) -> OpResult<()> {
    // Telegram may tell of the block while a message fails because of it.
    again(TWICE, || lost_once(app, chat, why)).await
}

async fn lost_once(app: &App, chat: TelegramId, why: &str) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let known = tx.user_by_telegram(chat).await?.filter(|user| user.telegram_blocked_at.is_none());
    let Some(mut user) = known else { return Ok(()) };
    user.telegram_blocked_at = Some(now);
    tx.save_user(&user).await?;
    // That somebody went whom nobody has let in is no news: anybody can file a registration and block the bot.
    if user.status == UserStatus::Approved {
        let alert = NewAlert {
            kind: AlertKind::CommandFailing,
            user: Some(user.id),
            session: None,
            router: None,
            detail: Reason::BotForbidden { said: why.to_owned() },
        };
        tx.raise_alert(&alert, now).await?;
    }
    tx.commit().await?;
    app.bus.alerts.notify_one();
    app.bus.tell(Change::User { id: user.id, kind: ChangeKind::Updated });
    Ok(())
}

/// The person wrote, lifted the block, or was written to: the alert is settled, and what waits for their answer is asked
/// again. Nothing happens if they were never out of reach.
///
/// # Errors
/// As of [`lost`].
pub async fn regained(app: &App, chat: TelegramId) -> OpResult<()> {
    let known = app.store.read().await?.user_by_telegram(chat).await?;
    if known.is_none_or(|user| user.telegram_blocked_at.is_none()) {
        return Ok(());
    }
    // They may write while Telegram tells that the block was lifted.
    again(TWICE, || regained_once(app, chat)).await
}

async fn regained_once(app: &App, chat: TelegramId) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let blocked = tx.user_by_telegram(chat).await?.filter(|user| user.telegram_blocked_at.is_some());
    let Some(mut user) = blocked else { return Ok(()) };
    user.telegram_blocked_at = None;
    tx.save_user(&user).await?;
    let of_theirs = |alert: &NewAlert| alert.user == Some(user.id) && is_out_of_reach(alert);
    alarms::settle(&mut tx, now, of_theirs).await?;
    let to = Addressee { chat, user: Some(user.id), language: None };
    for connection in unheard(&mut tx, &user, now).await? {
        tx.supersede_prompt_delivery(connection, now).await?;
        ask_again(&mut tx, to, connection, now).await?;
    }
    tx.commit().await?;
    app.bus.alerts.notify_one();
    app.bus.deliveries.notify_one();
    app.bus.tell(Change::User { id: user.id, kind: ChangeKind::Updated });
    Ok(())
}

/// The open questions that never reached the person.
async fn unheard(tx: &mut Tx, user: &UserRecord, now: Timestamp) -> OpResult<Vec<ConnectionId>> {
    let mut unheard = Vec::new();
    for record in tx.waiting_connections_of(user.id).await? {
        let open = record
            .connection
            .prompt
            .as_ref()
            .is_some_and(|prompt| prompt.answered_at.is_none() && prompt.expires_at > now);
        if open && record.prompt_message.is_none() {
            unheard.push(record.connection.id);
        }
    }
    Ok(unheard)
}

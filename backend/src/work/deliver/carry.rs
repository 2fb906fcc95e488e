//! One message: composed, handed to Telegram, crossed off.

use super::{
    Carried,
    compose::{Asks, Composed, compose},
};
use crate::{
    app::App,
    bot::{CallError, Telegram},
    bus::{Change, ChangeKind},
    clock::random,
    ops::{OpError, OpResult, letters::Letter, reach},
    store::records::{AlertKind, DeliveryRecord, NewAlert},
};
use sallyport_shared::{reason::Reason, time::Timestamp};
use serde::Deserialize;
use std::time::Duration;
use teloxide::{
    payloads::{DeleteMessage, EditMessageText, SendMessage, setters::*},
    types::{ChatId, InlineKeyboardMarkup, LinkPreviewOptions, MessageId, ParseMode, ReplyMarkup},
};

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What is read of a message that was sent.
#[derive(Deserialize)]
struct Sent {
    message_id: i64,
}

/// Delivers one message.
pub(super) async fn carry(app: &App, telegram: &Telegram, delivery: &DeliveryRecord) -> OpResult<Carried> {
    let letter: Letter = match serde_json::from_value(delivery.body.clone()) {
        Ok(letter) => letter,
        Err(error) => return give_up(app, delivery, &format!("the letter cannot be read: {error}")).await,
    };
    let began = app.clock.now();
    match compose(app, delivery, &letter).await? {
        Composed::Nothing => withdraw(app, delivery).await,
        Composed::Photo { picture, html, built_in } => {
            let mut sent = telegram.send_photo::<Sent>(delivery.chat, picture.clone(), &html).await;
            if let Some(html) = in_reserve(&sent, built_in) {
                sent = telegram.send_photo::<Sent>(delivery.chat, picture, &html).await;
            }
            settle(app, delivery, began, sent.map(|sent| Some(sent.message_id)), None).await
        }
        Composed::Delete { message } => {
            let deleted = delete(telegram, delivery, message).await;
            settle(app, delivery, began, deleted.map(|()| None), None).await
        }
        Composed::Edit { message, html, markup, built_in } => {
            let mut edited = edit(telegram, delivery, message, html, markup.clone()).await;
            if let Some(html) = in_reserve(&edited, built_in) {
                edited = edit(telegram, delivery, message, html, markup).await;
            }
            settle(app, delivery, began, edited.map(|()| None), None).await
        }
        Composed::Send { html, markup, asks, built_in } => {
            let mut sent = send(telegram, delivery, html, markup.clone()).await;
            if let Some(html) = in_reserve(&sent, built_in) {
                sent = send(telegram, delivery, html, markup).await;
            }
            settle(app, delivery, began, sent.map(|sent| Some(sent.message_id)), asks.as_ref()).await
        }
    }
}

/// The built-in words, if Telegram did not take a manager's: those must never stop a message.
fn in_reserve<T>(result: &Result<T, CallError>, built_in: Option<String>) -> Option<String> {
    match result {
        Err(CallError::Refused(why)) => built_in.inspect(|_| {
            tracing::error!(%why, "Telegram refuses a text of the settings; the built-in one is sent");
        }),
        _ => None,
    }
}

async fn send(
    telegram: &Telegram,
    delivery: &DeliveryRecord,
    html: String,
    markup: Option<ReplyMarkup>,
) -> Result<Sent, CallError> {
    let no_preview = LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    };
    let mut message = SendMessage::new(ChatId(delivery.chat.0), html)
        .parse_mode(ParseMode::Html)
        .link_preview_options(no_preview);
    message.reply_markup = markup;
    telegram.call_for(message).await
}

/// Edits a message; buttons that are not given go. A message that the person deleted, or that is as it should be, is fine.
async fn edit(
    telegram: &Telegram,
    delivery: &DeliveryRecord,
    message: i64,
    html: String,
    markup: Option<InlineKeyboardMarkup>,
) -> Result<(), CallError> {
    let Ok(id) = i32::try_from(message) else {
        return Err(CallError::Refused("the message has no usable number".to_owned()));
    };
    let mut edit =
        EditMessageText::new(ChatId(delivery.chat.0), MessageId(id), html).parse_mode(ParseMode::Html);
    edit.reply_markup = markup;
    match telegram.call_for::<_, serde::de::IgnoredAny>(edit).await {
        Err(error) if error.is_not_modified() => Ok(()),
        Err(CallError::Refused(text))
            if text.contains("to edit not found") || text.contains("can't be edited") =>
        {
            Ok(())
        }
        edited => edited.map(|_| ()),
    }
}

/// Takes a message away. One that is gone, or that Telegram keeps, is as good as it can be.
async fn delete(telegram: &Telegram, delivery: &DeliveryRecord, message: i64) -> Result<(), CallError> {
    let Ok(id) = i32::try_from(message) else { return Ok(()) };
    let delete = DeleteMessage::new(ChatId(delivery.chat.0), MessageId(id));
    match telegram.call_for::<_, serde::de::IgnoredAny>(delete).await {
        Err(CallError::Refused(why)) => {
            tracing::warn!(%why, "a message could not be taken away");
            Ok(())
        }
        deleted => deleted.map(|_| ()),
    }
}

/// Writes down what came of a call that was made after `began`.
async fn settle(
    app: &App,
    delivery: &DeliveryRecord,
    began: Timestamp,
    result: Result<Option<i64>, CallError>,
    asks: Option<&Asks>,
) -> OpResult<Carried> {
    let now = app.clock.now();
    let error = match result {
        Ok(message) => {
            let mut tx = app.store.begin().await?;
            if let (Some(asks), Some(message)) = (asks, message) {
                tx.set_prompt_message(asks.connection, delivery.chat, message).await?;
                measure(asks.connected_at, now);
            }
            tx.finish_delivery(delivery.id, message, now).await?;
            let known = tx.user_by_telegram(delivery.chat).await?;
            tx.commit().await?;
            metrics::counter!("sallyport_messages_total", "outcome" => "sent").increment(1);
            // That the block was lifted may have got lost: who got a message since then is in reach. That one could be
            // changed or taken away proves nothing. The message is crossed off, whatever becomes of that.
            let blocked = known.and_then(|user| user.telegram_blocked_at);
            if message.is_some()
                && blocked.is_some_and(|since| since <= began)
                && let Err(error) = reach::regained(app, delivery.chat).await
            {
                tracing::error!(chat = delivery.chat.0, %error, "somebody who is in reach counts as out of it");
            }
            return Ok(Carried::Sent);
        }
        Err(error) => error,
    };
    match error {
        CallError::Forbidden(why) => {
            reach::lost(app, delivery.chat, &why).await?;
            give_up(app, delivery, &why).await
        }
        CallError::Refused(why) => {
            tracing::error!(delivery = %delivery.id, %why, "Telegram refuses a message");
            alert(app, delivery, Reason::MessageRefused { said: why.clone() }).await?;
            give_up(app, delivery, &why).await
        }
        error => delay(app, delivery, &error, now).await,
    }
}

async fn delay(app: &App, delivery: &DeliveryRecord, error: &CallError, now: Timestamp) -> OpResult<Carried> {
    let pause = match error {
        CallError::Flood(wait) => *wait,
        // Nothing will change before an administrator acts, and that rings a bell.
        CallError::Token => LONGEST_PAUSE,
        _ => pause(delivery.attempts),
    };
    let next =
        Timestamp::from_micros(now.micros() + i64::try_from(pause.as_micros()).unwrap_or(i64::MAX / 4));
    tracing::debug!(delivery = %delivery.id, %error, ?pause, "a message has to wait");
    metrics::counter!("sallyport_messages_total", "outcome" => "delayed").increment(1);
    let mut tx = app.store.begin().await?;
    tx.delay_delivery(delivery.id, next, &error.to_string()).await?;
    tx.commit().await?;
    Ok(Carried::Delayed(next))
}

/// Half a second at first, then longer and longer, never in step with others.
fn pause(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.clamp(0, 7)).unwrap_or(0);
    let [jitter] = random::<1>();
    let base = Duration::from_millis(500 << doublings).min(LONGEST_PAUSE);
    base.mul_f64(0.75 + f64::from(jitter) / 1_020.0)
}

/// The message is over: nothing is sent.
async fn withdraw(app: &App, delivery: &DeliveryRecord) -> OpResult<Carried> {
    let mut tx = app.store.begin().await?;
    tx.finish_delivery(delivery.id, None, app.clock.now()).await?;
    tx.commit().await?;
    metrics::counter!("sallyport_messages_total", "outcome" => "withdrawn").increment(1);
    Ok(Carried::Withdrawn)
}

async fn give_up(app: &App, delivery: &DeliveryRecord, why: &str) -> OpResult<Carried> {
    let mut tx = app.store.begin().await?;
    tx.give_up_delivery(delivery.id, app.clock.now(), why).await?;
    tx.commit().await?;
    metrics::counter!("sallyport_messages_total", "outcome" => "given_up").increment(1);
    Ok(Carried::GivenUp)
}

/// Those who watch over the system learn that a person was not told something.
async fn alert(app: &App, delivery: &DeliveryRecord, detail: Reason) -> OpResult<()> {
    let mut tx = app.store.begin().await?;
    let user = match delivery.user {
        Some(id) => Some(id),
        None => tx.user_by_telegram(delivery.chat).await?.map(|user| user.id),
    };
    // A stranger who went away concerns nobody.
    let Some(user) = user else { return Ok(()) };
    let alert =
        NewAlert { kind: AlertKind::CommandFailing, user: Some(user), session: None, router: None, detail };
    tx.raise_alert(&alert, app.clock.now()).await?;
    tx.commit().await.map_err(OpError::from)?;
    app.bus.alerts.notify_one();
    app.bus.tell(Change::User { id: user, kind: ChangeKind::Updated });
    Ok(())
}

/// From the tunnel's coming up, as far as it is known here, to the prompt's being with Telegram.
fn measure(connected_at: Timestamp, now: Timestamp) {
    let micros = now.micros().saturating_sub(connected_at.micros()).max(0);
    metrics::histogram!("sallyport_connect_to_prompt_seconds").record(micros as f64 / 1_000_000.0);
}

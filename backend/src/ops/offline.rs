//! One-time codes of people, for the day on which Telegram cannot be reached: set up in the bot while it can, typed
//! on the captive page while it cannot. The same codes as administrators' (RFC 6238), each good once.

use super::{
    OpError, OpResult, Who, audit, chats,
    letters::{Addressee, letter_to, tell},
    sessions::Delivery,
    totp,
};
use crate::{
    app::App,
    bus::Change,
    clock::random,
    store::{
        Tx,
        records::{OfflineCode, UserRecord},
    },
};
use sallyport_shared::{
    ids::UserId, language::Language, message::Message, person::TelegramId, time::Timestamp,
};

/// A seed as its owner sees it.
pub(crate) struct Seed {
    /// In base 32, to be typed.
    pub(crate) secret: String,
    /// As an `otpauth://` URI, for a QR code.
    pub(crate) uri: String,
}

/// Makes a seed and shows it in the chat; it counts once a code of it was sent. An enabled one stays until then.
///
/// # Errors
/// When the database fails.
pub async fn begin(app: &App, user: &UserRecord, chat: TelegramId, language: Language) -> OpResult<()> {
    let now = app.clock.now();
    let sealed = app
        .vault
        .seal(&random::<20>(), &context(user.id))
        .map_err(|error| OpError::Internal(error.to_string()))?;
    let mut tx = app.store.begin().await?;
    tx.set_new_offline_code(user.id, &sealed, now).await?;
    let to = Addressee { chat, user: Some(user.id), language: Some(language) };
    let letter = letter_to(&mut tx, to, Delivery::Seed { user: user.id }, now).await?;
    chats::want_code(&mut tx, chat, letter, now).await?;
    tx.commit().await?;
    app.bus.deliveries.notify_one();
    Ok(())
}

/// The code of the new seed was sent: from now on its codes count, and the picture goes. False: it is not the code.
///
/// # Errors
/// When the database fails.
pub async fn confirm(app: &App, user: &UserRecord, chat: TelegramId, code: &str) -> OpResult<bool> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let record = tx.offline_code(user.id).await?;
    let Some(new) = record.as_ref().and_then(|record| record.new_secret_enc.clone()) else {
        return Ok(false);
    };
    let Some(step) = totp::matching_step(&open(app, user.id, &new)?, code, None, now) else {
        return Ok(false);
    };
    tx.enable_offline_code(user.id, step).await?;
    let to = Addressee { chat, user: Some(user.id), language: None };
    if let Some(letter) = chats::code_letter(&mut tx, chat, now).await? {
        letter_to(&mut tx, to, Delivery::Erase { letter }, now).await?;
    }
    chats::want_no_code(&mut tx, chat, now).await?;
    tell(&mut tx, to, Message::CodesOn { page: None }, now).await?;
    finish(app, tx, user, chat, "user.codes-on", now).await?;
    Ok(true)
}

/// Takes the codes away.
///
/// # Errors
/// When the database fails.
pub async fn remove(app: &App, user: &UserRecord, chat: TelegramId) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    if !tx.remove_offline_code(user.id).await? {
        return Ok(());
    }
    let to = Addressee { chat, user: Some(user.id), language: None };
    tell(&mut tx, to, Message::CodesOff, now).await?;
    finish(app, tx, user, chat, "user.codes-off", now).await
}

async fn finish(
    app: &App,
    mut tx: Tx,
    user: &UserRecord,
    chat: TelegramId,
    action: &str,
    now: Timestamp,
) -> OpResult<()> {
    let who = Who::Person { telegram: chat, name: user.display_name.clone() };
    let id = audit(&mut tx, now, &who, action, &format!("user:{}", user.id), None).await?;
    tx.commit().await?;
    app.bus.tell(Change::Audit { id });
    app.bus.deliveries.notify_one();
    Ok(())
}

/// Uses a code up.
///
/// # Errors
/// [`OpError::Invalid`] if it is none of this moment, or was used.
pub(super) async fn use_code(app: &App, user: UserId, code: &str) -> OpResult<()> {
    let wrong = || OpError::invalid("code", "This is not the code of this moment");
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let mut tx = app.store.begin().await?;
    let OfflineCode { enabled: true, secret_enc: Some(sealed), last_step, .. } =
        tx.offline_code(user).await?.ok_or_else(wrong)?
    else {
        return Err(wrong());
    };
    let seed = open(app, user, &sealed)?;
    let step = totp::matching_step(&seed, &code, last_step, app.clock.now()).ok_or_else(wrong)?;
    // Typed twice at the same moment, it counts once.
    if !tx.use_offline_code(user, step).await? {
        return Err(wrong());
    }
    Ok(tx.commit().await?)
}

/// The seed that is being set up; none: it was confirmed or taken away meanwhile.
pub(crate) async fn new_seed(app: &App, tx: &mut Tx, user: UserId) -> OpResult<Option<Seed>> {
    let record = tx.offline_code(user).await?;
    let Some(sealed) = record.and_then(|record| record.new_secret_enc) else { return Ok(None) };
    let Some(person) = tx.user(user).await? else { return Ok(None) };
    let secret = totp::base32(&open(app, user, &sealed)?);
    let uri = totp::uri(&person.display_name, &secret);
    Ok(Some(Seed { secret, uri }))
}

fn context(user: UserId) -> String {
    format!("user:{user}:codes")
}

fn open(app: &App, user: UserId, sealed: &[u8]) -> OpResult<Vec<u8>> {
    let opened = app.vault.open(sealed, &context(user));
    opened.map_err(|error| OpError::Internal(format!("the seed of {user}: {error}")))
}

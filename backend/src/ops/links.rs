//! Codes that tie a Telegram account to somebody whom the system knows already: an invitation to a person, a link
//! code to an administrator. Whoever has the code is taken for the one it was made for, once.

use super::{
    OpError, OpResult, Who, audit,
    authority::Viewer,
    letters::{Addressee, tell},
    registration::Newcomer,
};
use crate::{
    app::App,
    bus::{Change, ChangeKind},
    clock::secret_word,
    store::StoreError,
};
use sallyport_shared::{
    message::{AdminMessage, Message},
    person::{TelegramId, UserStatus},
    time::Seconds,
};

/// How long a link code is good.
const LIFE: Seconds = Seconds(15 * 60);

/// What came of following a code.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Followed {
    /// The Telegram account is theirs from now on, and they have been told.
    Tied,
    /// The Telegram account belongs to this person already; the code stays good.
    Taken(String),
    /// Used up, too old, or never made.
    Unknown,
}

/// Follows an invitation: the newcomer's Telegram account becomes that of the person whom it was made for.
///
/// # Errors
/// When the database fails.
pub async fn follow_invitation(app: &App, newcomer: &Newcomer, code: &str) -> OpResult<Followed> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let Some(id) = tx.use_invitation(&app.vault.fingerprint(code), now).await? else {
        return Ok(Followed::Unknown);
    };
    if let Some(other) = tx.user_by_telegram(newcomer.telegram).await? {
        return Ok(Followed::Taken(other.display_name));
    }
    let person = tx.user(id).await?.filter(|user| user.deleted_at.is_none() && user.telegram.is_none());
    let Some(mut user) = person.filter(|user| user.status != UserStatus::Blocked) else {
        return Ok(Followed::Unknown);
    };
    user.telegram = Some(newcomer.telegram);
    user.telegram_username.clone_from(&newcomer.username);
    match tx.save_user(&user).await {
        // The same account followed two codes at the same moment.
        Err(StoreError::Conflict { .. }) => return Ok(Followed::Unknown),
        saved => saved?,
    };
    let to = Addressee { chat: newcomer.telegram, user: Some(id), language: Some(user.language) };
    tell(&mut tx, to, Message::RegistrationApproved { name: user.display_name.clone() }, now).await?;
    let who = Who::Person { telegram: newcomer.telegram, name: user.display_name.clone() };
    let event = audit(&mut tx, now, &who, "user.invitation-used", &format!("user:{id}"), None).await?;
    tx.commit().await?;
    app.bus.tell(Change::User { id, kind: ChangeKind::Updated });
    app.bus.tell(Change::Audit { id: event });
    app.bus.deliveries.notify_one();
    Ok(Followed::Tied)
}

/// Makes a code that ties a Telegram account to the administrator who asks for it. It is good for a quarter of an
/// hour, and an earlier one is worth nothing from now on.
///
/// # Errors
/// When the database fails.
pub async fn new_admin_code(app: &App, viewer: &Viewer) -> OpResult<String> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let mut admin = tx.admin(viewer.id).await?.ok_or(OpError::NotFound("administrator"))?;
    let code = secret_word();
    admin.link_code_hash = Some(app.vault.fingerprint(&code));
    admin.link_code_expires_at = Some(now.plus(LIFE));
    tx.save_admin(&admin).await?;
    let event =
        audit(&mut tx, now, viewer.who(), "admin.link-code", &format!("admin:{}", admin.id), None).await?;
    tx.commit().await?;
    app.bus.tell(Change::Audit { id: event });
    Ok(code)
}

/// Takes a chat from the administrator whose it is; false: it is nobody's.
///
/// # Errors
/// When the database fails.
pub async fn unlink_admin(app: &App, chat: TelegramId) -> OpResult<bool> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let Some(mut admin) = tx.admin_by_telegram(chat).await? else { return Ok(false) };
    admin.telegram = None;
    tx.save_admin(&admin).await?;
    let to = Addressee { chat, user: None, language: Some(admin.language) };
    let message = AdminMessage::Unlinked { username: admin.username.clone() };
    tell(&mut tx, to, Message::Admin(message), now).await?;
    let who = Who::Admin { id: admin.id, name: admin.username.clone(), address: None };
    let subject = format!("admin:{}", admin.id);
    let detail = chat.0.to_string();
    let event = audit(&mut tx, now, &who, "admin.telegram-unlinked", &subject, Some(&detail)).await?;
    tx.commit().await?;
    app.bus.tell(Change::Audit { id: event });
    app.bus.deliveries.notify_one();
    Ok(true)
}

/// Follows a link code: the newcomer's Telegram account becomes the administrator's, for alerts and buttons.
///
/// # Errors
/// When the database fails.
pub async fn follow_admin_code(app: &App, newcomer: &Newcomer, code: &str) -> OpResult<Followed> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let Some(mut admin) = tx.admin_by_link_code(&app.vault.fingerprint(code), now).await? else {
        return Ok(Followed::Unknown);
    };
    if let Some(other) = tx.admin_by_telegram(newcomer.telegram).await?.filter(|other| other.id != admin.id) {
        return Ok(Followed::Taken(other.username));
    }
    admin.telegram = Some(newcomer.telegram);
    admin.link_code_hash = None;
    admin.link_code_expires_at = None;
    tx.save_admin(&admin).await?;
    let to = Addressee { chat: newcomer.telegram, user: None, language: Some(admin.language) };
    tell(&mut tx, to, Message::Admin(AdminMessage::Linked { username: admin.username.clone() }), now).await?;
    let who = Who::Admin { id: admin.id, name: admin.username.clone(), address: None };
    let detail = newcomer.telegram.0.to_string();
    let subject = format!("admin:{}", admin.id);
    let event = audit(&mut tx, now, &who, "admin.telegram-linked", &subject, Some(&detail)).await?;
    tx.commit().await?;
    app.bus.tell(Change::Audit { id: event });
    app.bus.deliveries.notify_one();
    Ok(Followed::Tied)
}

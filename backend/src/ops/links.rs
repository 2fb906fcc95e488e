//! Codes that tie a Telegram account to somebody whom the system knows already: an invitation to a person, a link
//! code to an administrator. Whoever has the code is taken for the one it was made for, once.

use super::{
    OpError, OpResult, Who, audit,
    authority::{Owner, Viewer},
    letters::{Addressee, tell},
    registration::Newcomer,
    sign_in::subject,
    unit::Unit,
};
use crate::{
    app::App,
    bus::{Change, ChangeKind},
    clock::secret_word,
    store::{
        StoreError,
        records::{AdminRecord, Role},
    },
};
use sallyport_shared::{
    ids::AdminId,
    message::{AdminMessage, Message, Warning},
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
    /// It is an administrator's from now on, in place of this one.
    Moved(TelegramId),
    /// The Telegram account belongs to this person already; the code stays good.
    Taken(String),
    /// Used up, too old, or never made.
    Unknown,
}

/// Follows an invitation: the newcomer's Telegram account becomes that of the person whom it was made for, if they are
/// approved.
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
    // What was decided about them since counts, not what was when they were invited. The code stays good: it counts
    // again once they are approved.
    let Some(mut user) = person.filter(|user| user.status == UserStatus::Approved) else {
        return Ok(Followed::Unknown);
    };
    user.telegram = Some(newcomer.telegram);
    user.telegram_username.clone_from(&newcomer.username);
    match tx.save_user(&user).await {
        // The same account followed two codes at the same moment.
        Err(StoreError::Conflict { .. }) => return Ok(Followed::Unknown),
        saved => saved?,
    };
    // A seed of one-time codes was another Telegram account's.
    tx.remove_offline_code(id).await?;
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
    let mut unit = Unit::begin(app, viewer.who()).await?;
    let mut admin = unit.tx.admin(viewer.id).await?.ok_or(OpError::NotFound("administrator"))?;
    let code = secret_word();
    admin.link_code_hash = Some(app.vault.fingerprint(&code));
    admin.link_code_expires_at = Some(unit.now.plus(LIFE));
    unit.tx.save_admin(&admin).await?;
    unit.audit("admin.link-code", &subject(admin.id), None).await?;
    unit.commit().await?;
    Ok(code)
}

/// Takes a chat from the administrator whose it is; false: it is nobody's.
///
/// # Errors
/// When the database fails.
pub async fn unlink_admin(app: &App, chat: TelegramId) -> OpResult<bool> {
    let Some(admin) = app.store.read().await?.admin_by_telegram(chat).await? else { return Ok(false) };
    let who = Who::Admin { id: admin.id, name: admin.username, address: None };
    Ok(unlink(app, &who, admin.id).await?.is_some())
}

/// Takes their own Telegram account from an administrator.
///
/// # Errors
/// When the database fails.
pub async fn unlink_own(app: &App, viewer: &Viewer) -> OpResult<AdminRecord> {
    unlink(app, viewer.who(), viewer.id).await?.ok_or(OpError::NotFound("administrator"))
}

/// Takes the Telegram account of any administrator from them.
///
/// # Errors
/// [`OpError::NotFound`] if there is no such administrator.
pub async fn unlink_any(app: &App, by: &Owner, id: AdminId) -> OpResult<AdminRecord> {
    unlink(app, by.who(), id).await?.ok_or(OpError::NotFound("administrator"))
}

async fn unlink(app: &App, who: &Who, id: AdminId) -> OpResult<Option<AdminRecord>> {
    let mut unit = Unit::begin(app, who).await?;
    let Some(mut admin) = unit.tx.admin(id).await? else { return Ok(None) };
    if forget_link(&mut unit, &mut admin).await? {
        admin.version = unit.tx.save_admin(&admin).await?;
        unit.commit().await?;
    }
    Ok(Some(admin))
}

/// Forgets an administrator's Telegram account and a code that was made to tie one, and tells the chat. False: there
/// was neither. The record has to be saved.
pub(super) async fn forget_link(unit: &mut Unit<'_>, admin: &mut AdminRecord) -> OpResult<bool> {
    let had_code = admin.link_code_hash.take().is_some();
    admin.link_code_expires_at = None;
    let Some(chat) = admin.telegram.take() else { return Ok(had_code) };
    let message = AdminMessage::Unlinked { username: admin.username.clone() };
    unit.letter(chat, admin.language, Message::Admin(message)).await?;
    unit.audit("admin.telegram-unlinked", &subject(admin.id), Some(&chat.0.to_string())).await?;
    Ok(true)
}

/// Warns the owners, and the administrator whom it is about, of something that only an attacker or a mistake does.
pub(super) async fn warn(unit: &mut Unit<'_>, about: &AdminRecord, warning: Warning) -> OpResult<()> {
    let all = unit.tx.admins().await?;
    let concerned =
        |admin: &&AdminRecord| admin.enabled && (admin.role == Role::Owner || admin.id == about.id);
    for admin in all.iter().filter(concerned) {
        if let Some(chat) = admin.telegram {
            let message = AdminMessage::Warning { warning, username: about.username.clone() };
            unit.letter(chat, admin.language, Message::Admin(message)).await?;
        }
    }
    Ok(())
}

/// Follows a link code: the newcomer's Telegram account becomes the administrator's, for alerts and buttons. The chat
/// that was theirs before, and the owners, are told.
///
/// # Errors
/// When the database fails.
pub async fn follow_admin_code(app: &App, newcomer: &Newcomer, code: &str) -> OpResult<Followed> {
    let hash = app.vault.fingerprint(code);
    let found = app.store.read().await?.admin_by_link_code(&hash, app.clock.now()).await?;
    let Some(admin) = found.filter(|admin| admin.enabled) else { return Ok(Followed::Unknown) };
    let who = Who::Admin { id: admin.id, name: admin.username, address: None };
    let mut unit = Unit::begin(app, &who).await?;
    // As it is now: two may have followed it at the same moment.
    let now = unit.now;
    let Some(mut admin) = unit.tx.admin_by_link_code(&hash, now).await?.filter(|admin| admin.enabled) else {
        return Ok(Followed::Unknown);
    };
    let owner = unit.tx.admin_by_telegram(newcomer.telegram).await?;
    if let Some(other) = owner.filter(|other| other.id != admin.id) {
        return Ok(Followed::Taken(other.username));
    }
    let before = admin.telegram.filter(|before| *before != newcomer.telegram);
    let username = admin.username.clone();
    if let Some(chat) = before {
        let message = AdminMessage::Warning { warning: Warning::LinkedElsewhere, username: username.clone() };
        unit.letter(chat, admin.language, Message::Admin(message)).await?;
    }
    // Before the chat is theirs, so that it is not warned of itself.
    admin.telegram = None;
    (admin.link_code_hash, admin.link_code_expires_at) = (None, None);
    admin.version = unit.tx.save_admin(&admin).await?;
    warn(&mut unit, &admin, Warning::Linked).await?;
    admin.telegram = Some(newcomer.telegram);
    unit.tx.save_admin(&admin).await?;
    unit.letter(newcomer.telegram, admin.language, Message::Admin(AdminMessage::Linked { username })).await?;
    let detail = match before {
        Some(before) => format!("{} in place of {}", newcomer.telegram.0, before.0),
        None => newcomer.telegram.0.to_string(),
    };
    unit.audit("admin.telegram-linked", &subject(admin.id), Some(&detail)).await?;
    unit.commit().await?;
    Ok(before.map_or(Followed::Tied, Followed::Moved))
}

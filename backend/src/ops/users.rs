//! People: made and changed by managers, let in or turned away by operators. Whoever may not connect any more is
//! put out in the same transaction that says so.

use super::{
    OpError, OpResult, accounts,
    authority::{Manager, Operator},
    sessions::Target,
    unit::Unit,
};
use crate::{
    app::App,
    bus::{Change, ChangeKind},
    store::{
        StoreError,
        records::{AccountRecord, AlertKind, AlertMatch, UserRecord},
    },
};
use sallyport_shared::{
    ids::{AdminId, PolicyId, UserId},
    language::Language,
    message::Message,
    person::{TelegramId, UserStatus},
    session::{Event, Wish},
    text::{DisplayName, Reason},
};

/// What is set or changed of a person; an outer none leaves it as it is, an inner one takes it away.
#[derive(Clone, Debug, Default)]
pub struct UserChange {
    /// Their name for administrators.
    pub display_name: Option<String>,
    /// For administrators.
    pub email: Option<Option<String>>,
    /// For administrators.
    pub phone: Option<Option<String>>,
    /// For administrators.
    pub note: Option<Option<String>>,
    /// What they read.
    pub language: Option<Language>,
    /// Their own policy; taken away, the default one counts.
    pub policy: Option<Option<PolicyId>>,
    /// Their Telegram account's number.
    pub telegram: Option<Option<String>>,
}

/// Makes a person, who is approved at once.
///
/// # Errors
/// [`OpError::Invalid`] names the field; [`OpError::Conflict`] if the Telegram account belongs to somebody.
pub async fn create(app: &App, by: &Manager, change: UserChange) -> OpResult<UserRecord> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let mut user = UserRecord {
        id: UserId(app.clock.new_id()),
        status: UserStatus::Approved,
        display_name: String::new(),
        telegram: None,
        telegram_username: None,
        telegram_blocked_at: None,
        language: default_language(&mut unit).await?,
        email: None,
        phone: None,
        note: None,
        rejection_reason: None,
        decided_by: Some(by.id),
        decided_at: Some(unit.now),
        policy: None,
        created_at: unit.now,
        last_seen_at: None,
        deleted_at: None,
        version: 0,
    };
    if change.display_name.is_none() {
        return Err(OpError::invalid("displayName", "A person needs a name"));
    }
    write_into(&mut unit, &mut user, change).await?;
    unit.tx.insert_user(&user).await.map_err(telegram_taken)?;
    unit.audit("user.create", &subject(user.id), Some(&user.display_name)).await?;
    unit.tell(Change::User { id: user.id, kind: ChangeKind::Created });
    unit.commit().await?;
    reread(app, user.id).await
}

/// Changes a person.
///
/// # Errors
/// As [`create`].
pub async fn update(app: &App, by: &Manager, id: UserId, change: UserChange) -> OpResult<UserRecord> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let before = find(&mut unit, id).await?;
    let mut user = before.clone();
    write_into(&mut unit, &mut user, change).await?;
    if user == before {
        return Ok(user);
    }
    unit.tx.save_user(&user).await.map_err(telegram_taken)?;
    if user.telegram != before.telegram {
        forget_codes(&mut unit, id).await?;
    }
    if user.policy != before.policy {
        unit.tx.review_sessions_of_user(id, unit.now).await?;
        align_accounts(&mut unit, id).await?;
    }
    let detail = differences(&before, &user);
    unit.audit("user.update", &subject(id), Some(&detail)).await?;
    unit.tell(Change::User { id, kind: ChangeKind::Updated });
    unit.commit().await?;
    reread(app, id).await
}

/// Lets in somebody who has asked to be registered, or was turned down before. To approve twice changes nothing.
///
/// # Errors
/// [`OpError::Conflict`] if they are blocked.
pub async fn approve(app: &App, by: &Operator, id: UserId) -> OpResult<UserRecord> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let mut user = find(&mut unit, id).await?;
    match user.status {
        UserStatus::Approved => return Ok(user),
        UserStatus::Blocked => {
            return Err(OpError::Conflict(format!("{} is blocked; unblock them instead", user.display_name)));
        }
        UserStatus::Pending | UserStatus::Rejected => {}
    }
    decide(&mut unit, &mut user, UserStatus::Approved, None, by.id).await?;
    align_accounts(&mut unit, id).await?;
    let message = Message::RegistrationApproved { name: user.display_name.clone() };
    unit.message(&user, message).await?;
    finish(unit, "user.approve", &user, None).await?;
    reread(app, id).await
}

/// Turns down somebody who has asked to be registered; they may ask again.
///
/// # Errors
/// [`OpError::Conflict`] if they are approved or blocked, [`OpError::Invalid`] without a reason.
pub async fn reject(app: &App, by: &Operator, id: UserId, reason: &str) -> OpResult<UserRecord> {
    let reason = parse_reason(reason)?;
    let mut unit = Unit::begin(app, by.who()).await?;
    let mut user = find(&mut unit, id).await?;
    match user.status {
        UserStatus::Rejected => return Ok(user),
        UserStatus::Approved => {
            return Err(OpError::Conflict(format!("{} is approved; block them instead", user.display_name)));
        }
        UserStatus::Blocked => {
            return Err(OpError::Conflict(format!("{} is blocked already", user.display_name)));
        }
        UserStatus::Pending => {}
    }
    decide(&mut unit, &mut user, UserStatus::Rejected, Some(reason.clone()), by.id).await?;
    unit.message(&user, Message::RegistrationRejected { reason: reason.clone() }).await?;
    finish(unit, "user.reject", &user, Some(&reason)).await?;
    reread(app, id).await
}

/// Blocks a person: their sessions end, their accounts are disabled, and they may not ask again.
///
/// # Errors
/// [`OpError::Invalid`] if the reason is not fit.
pub async fn block(app: &App, by: &Manager, id: UserId, reason: Option<&str>) -> OpResult<UserRecord> {
    let reason = reason.filter(|reason| !reason.trim().is_empty()).map(parse_reason).transpose()?;
    let mut unit = Unit::begin(app, by.who()).await?;
    let mut user = find(&mut unit, id).await?;
    if user.status == UserStatus::Blocked {
        return Ok(user);
    }
    decide(&mut unit, &mut user, UserStatus::Blocked, reason.clone(), by.id).await?;
    for account in unit.tx.accounts_of_user(id).await? {
        unit.session(&Target::Account(account.account.id), &Event::UserBlocked).await?;
        accounts::align(&mut unit, account.account.id).await?;
    }
    forget_codes(&mut unit, id).await?;
    unit.message(&user, Message::Blocked).await?;
    finish(unit, "user.block", &user, reason.as_deref()).await?;
    reread(app, id).await
}

/// Lets a blocked person in again.
///
/// # Errors
/// [`OpError::Conflict`] if they are not blocked.
pub async fn unblock(app: &App, by: &Manager, id: UserId) -> OpResult<UserRecord> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let mut user = find(&mut unit, id).await?;
    match user.status {
        UserStatus::Blocked => {}
        UserStatus::Approved => return Ok(user),
        UserStatus::Pending | UserStatus::Rejected => {
            return Err(OpError::Conflict(format!("{} is not blocked", user.display_name)));
        }
    }
    decide(&mut unit, &mut user, UserStatus::Approved, None, by.id).await?;
    align_accounts(&mut unit, id).await?;
    let message = Message::RegistrationApproved { name: user.display_name.clone() };
    unit.message(&user, message).await?;
    finish(unit, "user.unblock", &user, None).await?;
    reread(app, id).await
}

/// Deletes a person: their sessions end and their accounts are disabled and unlinked; the history stays.
///
/// # Errors
/// [`OpError::NotFound`] if there is no such person.
pub async fn delete(app: &App, by: &Manager, id: UserId) -> OpResult<()> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let user = find(&mut unit, id).await?;
    for account in unit.tx.accounts_of_user(id).await? {
        unit.session(&Target::Account(account.account.id), &Event::AccountRemoved).await?;
        shut(&mut unit, &account).await?;
    }
    forget_codes(&mut unit, id).await?;
    unit.resolve(of_registration(id)).await?;
    unit.tx.delete_user(id, unit.now).await?;
    unit.audit("user.delete", &subject(id), Some(&user.display_name)).await?;
    unit.tell(Change::User { id, kind: ChangeKind::Removed });
    unit.commit().await
}

/// Takes a person's Telegram account away; they can be asked nothing until another one is tied to them.
///
/// # Errors
/// [`OpError::NotFound`] if there is no such person.
pub async fn unlink_telegram(app: &App, by: &Manager, id: UserId) -> OpResult<UserRecord> {
    update(app, by, id, UserChange { telegram: Some(None), ..UserChange::default() }).await
}

/// Takes a person's one-time codes away: those of a lost phone, for one. They can set up new ones in the bot.
///
/// # Errors
/// [`OpError::NotFound`] if there is no such person.
pub async fn remove_codes(app: &App, by: &Manager, id: UserId) -> OpResult<UserRecord> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let user = find(&mut unit, id).await?;
    if forget_codes(&mut unit, id).await? {
        unit.message(&user, Message::CodesOff).await?;
        unit.tell(Change::User { id, kind: ChangeKind::Updated });
        unit.commit().await?;
    }
    Ok(user)
}

/// Forgets the seed of a person's one-time codes: it belongs to whoever had the Telegram account, and does not
/// outlive what the person may do. False: there was none.
pub(super) async fn forget_codes(unit: &mut Unit<'_>, id: UserId) -> OpResult<bool> {
    let had = unit.tx.remove_offline_code(id).await?;
    if had {
        unit.audit("user.codes-off", &subject(id), None).await?;
    }
    Ok(had)
}

/// How the audit names a person as a subject.
pub(super) fn subject(id: UserId) -> String {
    format!("user:{id}")
}

/// A person who is not deleted.
pub(super) async fn find(unit: &mut Unit<'_>, id: UserId) -> OpResult<UserRecord> {
    unit.tx.user(id).await?.filter(|user| user.deleted_at.is_none()).ok_or(OpError::NotFound("person"))
}

/// A reason that is kept, and told to the person.
pub(super) fn parse_reason(text: &str) -> OpResult<String> {
    Reason::parse(text)
        .map(|reason| reason.as_str().to_owned())
        .map_err(|error| OpError::invalid("reason", format!("The reason {error}")))
}

async fn default_language(unit: &mut Unit<'_>) -> OpResult<Language> {
    Ok(super::settings::read(&mut unit.tx).await?.language)
}

/// Puts what is given into the record, checked.
async fn write_into(unit: &mut Unit<'_>, user: &mut UserRecord, change: UserChange) -> OpResult<()> {
    if let Some(name) = change.display_name {
        user.display_name = DisplayName::parse(&name)
            .map_err(|error| OpError::invalid("displayName", format!("The name {error}")))?
            .to_string();
    }
    if let Some(email) = change.email {
        user.email = line("email", email, 254)?;
        if user.email.as_deref().is_some_and(|email| !email.contains('@')) {
            return Err(OpError::invalid("email", "This is no e-mail address"));
        }
    }
    if let Some(phone) = change.phone {
        user.phone = line("phone", phone, 40)?;
    }
    if let Some(note) = change.note {
        user.note = line("note", note, 2_000)?;
    }
    user.language = change.language.unwrap_or(user.language);
    if let Some(policy) = change.policy {
        if let Some(id) = policy
            && unit.tx.policy(id).await?.is_none()
        {
            return Err(OpError::invalid("policyId", "There is no such policy"));
        }
        user.policy = policy;
    }
    if let Some(telegram) = change.telegram {
        let telegram = telegram.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let telegram = telegram.map(telegram_id).transpose()?;
        if user.telegram != telegram {
            user.telegram = telegram;
            user.telegram_username = None;
            user.telegram_blocked_at = None;
        }
    }
    Ok(())
}

fn telegram_id(text: &str) -> OpResult<TelegramId> {
    text.parse().ok().filter(|id| *id > 0).map(TelegramId).ok_or_else(|| {
        OpError::invalid("telegramId", "This is the number of a Telegram account, such as 123456789")
    })
}

/// A text of at most `most` characters, trimmed; an empty one is none.
fn line(field: &'static str, text: Option<String>, most: usize) -> OpResult<Option<String>> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match &text {
        Some(text) if text.chars().count() > most => {
            Err(OpError::invalid(field, format!("At most {most} characters")))
        }
        Some(text) if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) => {
            Err(OpError::invalid(field, "Control characters do not belong here"))
        }
        _ => Ok(text),
    }
}

fn telegram_taken(error: StoreError) -> OpError {
    match error {
        StoreError::Conflict { what: Some(what) } if what.contains("telegram") => {
            OpError::Conflict("This Telegram account belongs to another person".to_owned())
        }
        error => error.into(),
    }
}

/// Writes a decision about a person's standing down.
async fn decide(
    unit: &mut Unit<'_>,
    user: &mut UserRecord,
    status: UserStatus,
    reason: Option<String>,
    by: AdminId,
) -> OpResult<()> {
    user.status = status;
    user.rejection_reason = reason;
    user.decided_by = Some(by);
    user.decided_at = Some(unit.now);
    user.version = unit.tx.save_user(user).await?;
    unit.resolve(of_registration(user.id)).await?;
    Ok(())
}

fn of_registration(user: UserId) -> AlertMatch {
    AlertMatch { kind: Some(AlertKind::Registration), user: Some(user), ..AlertMatch::default() }
}

async fn finish(mut unit: Unit<'_>, action: &str, user: &UserRecord, reason: Option<&str>) -> OpResult<()> {
    let detail = match reason {
        Some(reason) => format!("{}: {reason}", user.display_name),
        None => user.display_name.clone(),
    };
    unit.audit(action, &subject(user.id), Some(&detail)).await?;
    unit.tell(Change::User { id: user.id, kind: ChangeKind::Updated });
    unit.commit().await
}

async fn align_accounts(unit: &mut Unit<'_>, id: UserId) -> OpResult<()> {
    for account in unit.tx.accounts_of_user(id).await? {
        accounts::align(unit, account.account.id).await?;
    }
    Ok(())
}

/// Disables an account whose owner goes.
async fn shut(unit: &mut Unit<'_>, record: &AccountRecord) -> OpResult<()> {
    let account = &record.account;
    let Some(router) = unit.tx.router(account.router).await? else { return Ok(()) };
    let wish = Wish::Account { account: account.id, username: account.username.clone(), enabled: false };
    unit.wish(&router, &wish).await
}

async fn reread(app: &App, id: UserId) -> OpResult<UserRecord> {
    app.store.read().await?.user(id).await?.ok_or(OpError::NotFound("person"))
}

/// What was changed, for the audit.
fn differences(before: &UserRecord, after: &UserRecord) -> String {
    let mut parts = Vec::new();
    let mut note = |what: &str, old: String, new: String| {
        if old != new {
            parts.push(format!("{what}: {old} → {new}"));
        }
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    note("name", before.display_name.clone(), after.display_name.clone());
    note("e-mail", text(&before.email), text(&after.email));
    note("phone", text(&before.phone), text(&after.phone));
    note("note", text(&before.note), text(&after.note));
    note("language", before.language.tag().to_owned(), after.language.tag().to_owned());
    let policy = |user: &UserRecord| user.policy.map_or_else(|| "default".to_owned(), |id| id.to_string());
    note("policy", policy(before), policy(after));
    let telegram = |user: &UserRecord| user.telegram.map_or_else(|| "–".to_owned(), |id| id.0.to_string());
    note("Telegram", telegram(before), telegram(after));
    parts.join("; ")
}

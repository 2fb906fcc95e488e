//! How a stranger in Telegram becomes a person who waits for an administrator; and what is remembered of a chat
//! until then.

use super::{
    OpError, OpResult, Who, audit,
    letters::{Addressee, tell},
};
use crate::{
    app::App,
    bus::{Change, ChangeKind},
    store::{
        StoreError, Tx,
        records::{AlertKind, NewAlert, Role, UserRecord},
    },
};
use sallyport_shared::{
    ids::UserId,
    language::Language,
    message::Message,
    person::{TelegramId, UserStatus},
    text::DisplayName,
};
use serde::{Deserialize, Serialize};

/// After so many answers that are no name the question is dropped.
const TRIES: u32 = 3;

/// Somebody in Telegram, as Telegram shows them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Newcomer {
    /// Their number, which nobody can choose or change.
    pub telegram: TelegramId,
    /// Their name in Telegram without the `@`; for administrators to look at, never to decide by.
    pub username: Option<String>,
    /// What they read.
    pub language: Language,
}

/// What is remembered of a chat with somebody who is not registered.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Conversation {
    /// The language that they chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// They were asked for their name; so many of their answers were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bad_names: Option<u32>,
}

impl Conversation {
    /// Is a name expected?
    pub fn awaits_name(&self) -> bool {
        self.bad_names.is_some()
    }
}

/// What came of a registration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Registered {
    /// It waits for an administrator.
    Filed(UserId),
    /// There was one already; nothing was changed.
    Already(UserStatus),
}

fn key(telegram: TelegramId) -> String {
    format!("telegram.chat.{}", telegram.0)
}

/// Somebody in Telegram: the person that they are, if any, and what is remembered of the chat.
///
/// # Errors
/// When the database fails.
pub async fn find(app: &App, telegram: TelegramId) -> OpResult<(Option<UserRecord>, Conversation)> {
    let mut tx = app.store.read().await?;
    let user = tx.user_by_telegram(telegram).await?;
    let conversation = conversation(&mut tx, telegram).await?;
    Ok((user, conversation))
}

async fn conversation(tx: &mut Tx, telegram: TelegramId) -> OpResult<Conversation> {
    let kept = tx.setting(&key(telegram)).await?;
    Ok(kept.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
}

async fn remember(tx: &mut Tx, telegram: TelegramId, conversation: &Conversation) -> OpResult<()> {
    let json = if *conversation == Conversation::default() {
        None
    } else {
        Some(serde_json::to_string(conversation).map_err(|error| OpError::Internal(error.to_string()))?)
    };
    Ok(tx.set_setting(&key(telegram), json.as_deref()).await?)
}

/// Asks for the name, which the next text that is no command will be taken for.
///
/// # Errors
/// When the database fails.
pub async fn ask_name(app: &App, newcomer: &Newcomer) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let mut conversation = conversation(&mut tx, newcomer.telegram).await?;
    conversation.bad_names = Some(0);
    remember(&mut tx, newcomer.telegram, &conversation).await?;
    tell(&mut tx, to(newcomer), Message::AskName, now).await?;
    tx.commit().await?;
    app.bus.deliveries.notify_one();
    Ok(())
}

/// The answer was no name: asks again, or drops the question after [`TRIES`].
///
/// # Errors
/// When the database fails.
pub async fn refuse_name(app: &App, newcomer: &Newcomer, longest: u32) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let mut conversation = conversation(&mut tx, newcomer.telegram).await?;
    let bad = conversation.bad_names.unwrap_or_default() + 1;
    conversation.bad_names = (bad < TRIES).then_some(bad);
    remember(&mut tx, newcomer.telegram, &conversation).await?;
    let message = if bad < TRIES { Message::BadName { max: longest } } else { Message::Welcome };
    tell(&mut tx, to(newcomer), message, now).await?;
    tx.commit().await?;
    app.bus.deliveries.notify_one();
    Ok(())
}

/// Sets the language of a person, or of a chat whose person is not registered.
///
/// # Errors
/// When the database fails, or others change the person all the time.
pub async fn set_language(app: &App, newcomer: &Newcomer, language: Language) -> OpResult<()> {
    let mut tx = app.store.begin().await?;
    let user = tx.user_by_telegram(newcomer.telegram).await?;
    let id = user.as_ref().map(|user| user.id);
    match user {
        Some(mut user) => {
            user.language = language;
            tx.save_user(&user).await?;
        }
        None => {
            let mut conversation = conversation(&mut tx, newcomer.telegram).await?;
            conversation.language = Some(language);
            remember(&mut tx, newcomer.telegram, &conversation).await?;
        }
    }
    let addressee = Addressee { chat: newcomer.telegram, user: id, language: Some(language) };
    tell(&mut tx, addressee, Message::LanguageSet, app.clock.now()).await?;
    tx.commit().await?;
    if let Some(id) = id {
        app.bus.tell(Change::User { id, kind: ChangeKind::Updated });
    }
    app.bus.deliveries.notify_one();
    Ok(())
}

/// Files a registration, or files it again after a rejection. Whoever is registered already stays as they are;
/// two messages at the same moment make one person.
///
/// # Errors
/// When the database fails.
pub async fn register(app: &App, newcomer: &Newcomer, name: &DisplayName) -> OpResult<Registered> {
    match register_once(app, newcomer, name).await {
        // Another message of theirs was faster: look again.
        Err(OpError::Store(StoreError::Conflict { .. })) => register_once(app, newcomer, name).await,
        done => done,
    }
}

async fn register_once(app: &App, newcomer: &Newcomer, name: &DisplayName) -> OpResult<Registered> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let (id, kind) = match tx.user_by_telegram(newcomer.telegram).await? {
        Some(mut user) if user.status == UserStatus::Rejected => {
            name.as_str().clone_into(&mut user.display_name);
            user.status = UserStatus::Pending;
            user.telegram_username.clone_from(&newcomer.username);
            user.rejection_reason = None;
            user.decided_by = None;
            user.decided_at = None;
            tx.save_user(&user).await?;
            (user.id, ChangeKind::Updated)
        }
        Some(user) => return Ok(Registered::Already(user.status)),
        None => {
            let id = UserId(app.clock.new_id());
            tx.insert_user(&UserRecord {
                id,
                status: UserStatus::Pending,
                display_name: name.as_str().to_owned(),
                telegram: Some(newcomer.telegram),
                telegram_username: newcomer.username.clone(),
                language: newcomer.language,
                email: None,
                phone: None,
                note: None,
                rejection_reason: None,
                decided_by: None,
                decided_at: None,
                policy: None,
                created_at: now,
                last_seen_at: None,
                deleted_at: None,
                version: 0,
            })
            .await?;
            (id, ChangeKind::Created)
        }
    };
    remember(&mut tx, newcomer.telegram, &Conversation::default()).await?;
    let filed = Message::RegistrationFiled { name: name.as_str().to_owned() };
    tell(&mut tx, Addressee { user: Some(id), ..to(newcomer) }, filed, now).await?;
    let alert = NewAlert {
        kind: AlertKind::Registration,
        user: Some(id),
        session: None,
        router: None,
        detail: format!("{name} asks to be registered."),
    };
    tx.raise_alert(&alert, now).await?;
    tell_admins(app, &mut tx, id, name).await?;
    let who = Who::Person { telegram: newcomer.telegram, name: name.as_str().to_owned() };
    let event =
        audit(&mut tx, now, &who, "user.register", &format!("user:{id}"), Some(name.as_str())).await?;
    tx.commit().await?;
    app.bus.tell(Change::User { id, kind });
    app.bus.tell(Change::Audit { id: event });
    app.bus.deliveries.notify_one();
    Ok(Registered::Filed(id))
}

/// Administrators who may decide, and whose Telegram account is known, are told at once.
async fn tell_admins(app: &App, tx: &mut Tx, user: UserId, name: &DisplayName) -> OpResult<()> {
    let now = app.clock.now();
    for admin in tx.admins().await? {
        let Some(chat) = admin.telegram.filter(|_| admin.enabled && admin.role >= Role::Operator) else {
            continue;
        };
        let to = Addressee { chat, user: None, language: Some(admin.language) };
        tell(tx, to, Message::AdminRegistration { user, name: name.as_str().to_owned() }, now).await?;
    }
    Ok(())
}

fn to(newcomer: &Newcomer) -> Addressee {
    Addressee { chat: newcomer.telegram, user: None, language: Some(newcomer.language) }
}

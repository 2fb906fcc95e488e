//! How a stranger in Telegram becomes a person who waits for an administrator; and what is remembered of a chat
//! until then.

use super::{
    OpResult, Who, audit,
    chats::{self, Conversation},
    letters::{Addressee, tell},
    unit::{TWICE, again},
};
use crate::{
    app::App,
    bus::{Change, ChangeKind},
    store::records::{AlertKind, NewAlert, UserRecord},
};
use sallyport_shared::{
    ids::UserId,
    language::Language,
    message::Message,
    person::{TelegramId, UserStatus},
    reason::Reason,
    text::DisplayName,
};

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

/// What came of a registration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Registered {
    /// It waits for an administrator.
    Filed(UserId),
    /// There was one already; nothing was changed.
    Already(UserStatus),
}

/// Somebody in Telegram: the person that they are, if any, and what is remembered of the chat.
///
/// # Errors
/// When the database fails.
pub async fn find(app: &App, telegram: TelegramId) -> OpResult<(Option<UserRecord>, Conversation)> {
    let mut tx = app.store.read().await?;
    let user = tx.user_by_telegram(telegram).await?;
    let conversation = chats::load(&mut tx, telegram, app.clock.now()).await?;
    Ok((user, conversation))
}

/// Asks for the name, which the next text that is no command will be taken for.
///
/// # Errors
/// When the database fails.
pub async fn ask_name(app: &App, newcomer: &Newcomer) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let mut conversation = chats::load(&mut tx, newcomer.telegram, now).await?;
    conversation.bad_names = Some(0);
    chats::remember(&mut tx, newcomer.telegram, &conversation, now).await?;
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
    let mut conversation = chats::load(&mut tx, newcomer.telegram, now).await?;
    let bad = conversation.bad_names.unwrap_or_default() + 1;
    conversation.bad_names = (bad < TRIES).then_some(bad);
    chats::remember(&mut tx, newcomer.telegram, &conversation, now).await?;
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
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let user = tx.user_by_telegram(newcomer.telegram).await?;
    let id = user.as_ref().map(|user| user.id);
    match user {
        Some(mut user) => {
            user.language = language;
            tx.save_user(&user).await?;
        }
        None => {
            let mut conversation = chats::load(&mut tx, newcomer.telegram, now).await?;
            conversation.language = Some(language);
            chats::remember(&mut tx, newcomer.telegram, &conversation, now).await?;
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
    // Another message of theirs may be faster.
    again(TWICE, || register_once(app, newcomer, name)).await
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
                telegram_blocked_at: None,
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
    chats::remember(&mut tx, newcomer.telegram, &Conversation::default(), now).await?;
    let filed = Message::RegistrationFiled { name: name.as_str().to_owned() };
    tell(&mut tx, Addressee { user: Some(id), ..to(newcomer) }, filed, now).await?;
    let alert = NewAlert {
        kind: AlertKind::Registration,
        user: Some(id),
        session: None,
        router: None,
        detail: Reason::AsksToRegister { name: name.as_str().to_owned() },
    };
    tx.raise_alert(&alert, now).await?;
    let who = Who::Person { telegram: newcomer.telegram, name: name.as_str().to_owned() };
    let event =
        audit(&mut tx, now, &who, "user.register", &format!("user:{id}"), Some(name.as_str())).await?;
    tx.commit().await?;
    app.bus.tell(Change::User { id, kind });
    app.bus.tell(Change::Audit { id: event });
    app.bus.deliveries.notify_one();
    app.bus.alerts.notify_one();
    Ok(Registered::Filed(id))
}

fn to(newcomer: &Newcomer) -> Addressee {
    Addressee { chat: newcomer.telegram, user: None, language: Some(newcomer.language) }
}

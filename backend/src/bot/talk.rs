//! Messages: commands, the buttons below the input field, and the one answer that is asked for, a name.

use super::{
    access, admin, codes,
    desk::{Desk, Visitor, language_of},
    flood::{Kind, Verdict},
    links,
    words::Wanted,
};
use crate::ops::{
    OpResult, chats,
    letters::Addressee,
    reach,
    registration::{self, Registered},
};
use sallyport_shared::{
    message::Message,
    person::{TelegramId, UserStatus},
    text::DisplayName,
};
use teloxide::types;

/// The most characters of a [`DisplayName`].
const LONGEST_NAME: u32 = 100;

/// Handles a message.
pub(super) async fn message(desk: &Desk, message: &types::Message) -> OpResult<()> {
    let Some(from) = message.from.as_ref().filter(|from| !from.is_bot) else { return Ok(()) };
    if !message.chat.is_private() {
        return group(desk, message, from).await;
    }
    let telegram = TelegramId(message.chat.id.0);
    match desk.take(telegram, Kind::Message) {
        Verdict::Pass => {}
        Verdict::JustFull => {
            let visitor = desk.visitor(from).await?;
            return desk.tell(&visitor, Message::TooFast).await;
        }
        Verdict::Full => return Ok(()),
    }
    let visitor = desk.visitor(from).await?;
    if visitor.user.as_ref().is_some_and(|user| user.telegram_blocked_at.is_some()) {
        reach::regained(&desk.app, telegram).await?;
    }
    let text = message.text().unwrap_or_default();
    match Wanted::parse(text) {
        Some(wanted) => carry_out(desk, &visitor, wanted).await,
        None if let Some(wanted) = visitor.conversation.awaits_reason(desk.app.clock.now()) => {
            admin::reason(desk, &visitor, wanted, text).await
        }
        None if visitor.conversation.awaits_code(desk.app.clock.now()) && codes::is_code(text) => {
            codes::typed(desk, &visitor, text).await
        }
        None if visitor.conversation.awaits_name() => name(desk, &visitor, text).await,
        None => links::text(desk, &visitor, text).await,
    }
}

/// What somebody wrote could not be handled at all.
pub(super) async fn trouble(desk: &Desk, message: &types::Message) -> OpResult<()> {
    let Some(from) = message.from.as_ref().filter(|_| message.chat.is_private()) else { return Ok(()) };
    let to = Addressee { chat: TelegramId(message.chat.id.0), user: None, language: Some(language_of(from)) };
    desk.post(to, vec![Message::Trouble]).await
}

/// In a group the bot says once that it talks in private only, and says so only when it is called.
async fn group(desk: &Desk, message: &types::Message, from: &types::User) -> OpResult<()> {
    let chat = TelegramId(message.chat.id.0);
    let called = message.text().is_some_and(|text| text.starts_with('/'));
    if !called || desk.take(chat, Kind::Message) != Verdict::Pass {
        return Ok(());
    }
    let to = Addressee { chat, user: None, language: Some(language_of(from)) };
    desk.post(to, vec![Message::PrivateOnly]).await
}

async fn carry_out(desk: &Desk, visitor: &Visitor, wanted: Wanted) -> OpResult<()> {
    match wanted {
        Wanted::Start(Some(code)) => links::start(desk, visitor, &code).await,
        Wanted::Start(None) => greet(desk, visitor).await,
        Wanted::Register => register(desk, visitor).await,
        Wanted::Language => desk.tell(visitor, Message::ChooseLanguage).await,
        Wanted::Help => desk.tell(visitor, Message::Help { codes: false }).await,
        Wanted::Admin => admin::menu(desk, visitor).await,
        Wanted::Stop => stop(desk, visitor).await,
        Wanted::Vpn | Wanted::Sessions | Wanted::Status | Wanted::Code => {
            match visitor.user.as_ref().filter(|user| user.status == UserStatus::Approved) {
                None => greet(desk, visitor).await,
                Some(user) if wanted == Wanted::Vpn => access::vpn(desk, visitor, user).await,
                Some(user) if wanted == Wanted::Code => codes::show(desk, visitor, user).await,
                Some(user) if wanted == Wanted::Sessions => access::sessions(desk, visitor, user).await,
                Some(user) => access::status(desk, visitor, user).await,
            }
        }
    }
}

/// Nothing is waited for any more; an administrator's chat gets no more reports.
async fn stop(desk: &Desk, visitor: &Visitor) -> OpResult<()> {
    let waited = visitor.conversation.awaits_anything(desk.app.clock.now());
    chats::stop_waiting(&desk.app, visitor.telegram()).await?;
    if !waited && admin::stop(desk, visitor).await? {
        return Ok(());
    }
    desk.tell(visitor, Message::Stopped).await
}

/// Says where the visitor stands and what they can do from there.
pub(super) async fn greet(desk: &Desk, visitor: &Visitor) -> OpResult<()> {
    let message = match &visitor.user {
        None => Message::Welcome,
        Some(user) => {
            let name = user.display_name.clone();
            match user.status {
                UserStatus::Pending => Message::RegistrationPending { name },
                UserStatus::Approved => Message::Menu { name },
                UserStatus::Rejected => {
                    let reason = user.rejection_reason.clone().unwrap_or_else(|| "–".to_owned());
                    Message::RegistrationRejected { reason }
                }
                UserStatus::Blocked => Message::Blocked,
            }
        }
    };
    desk.tell(visitor, message).await
}

async fn register(desk: &Desk, visitor: &Visitor) -> OpResult<()> {
    match visitor.user.as_ref().map(|user| user.status) {
        None | Some(UserStatus::Rejected) => registration::ask_name(&desk.app, &visitor.newcomer).await,
        Some(_) => greet(desk, visitor).await,
    }
}

async fn name(desk: &Desk, visitor: &Visitor, text: &str) -> OpResult<()> {
    // What looks like a command that does not exist is no name.
    let name = match DisplayName::parse(text) {
        Ok(name) if !text.trim_start().starts_with('/') => name,
        _ => return registration::refuse_name(&desk.app, &visitor.newcomer, LONGEST_NAME).await,
    };
    match desk.take(visitor.telegram(), Kind::Registration) {
        Verdict::Pass => {}
        Verdict::JustFull => return desk.tell(visitor, Message::TooFast).await,
        Verdict::Full => return Ok(()),
    }
    match registration::register(&desk.app, &visitor.newcomer, &name).await? {
        Registered::Filed(_) => Ok(()),
        Registered::Already(_) => greet(desk, visitor).await,
    }
}

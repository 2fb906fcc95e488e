//! Buttons below messages. What a button carries only names a thing; whether whoever taps may do it is decided
//! here or by the rules, from their Telegram number, which nobody can forge.

use super::{
    access, admin, codes,
    data::Press,
    desk::{Desk, Toast, Visitor},
    flood::{Kind, Verdict},
    question,
};
use crate::ops::{
    OpError, OpResult, registration,
    sessions::{Target, apply},
};
use sallyport_shared::{
    ids::{AccountId, SessionId},
    person::TelegramId,
    session::{Actor, Event, Refusal, Session},
};
use teloxide::types::{CallbackQuery, MaybeInaccessibleMessage, MessageId};

/// Handles a tap and answers it.
pub(super) async fn press(desk: &Desk, query: &CallbackQuery) -> OpResult<()> {
    let telegram = TelegramId(i64::try_from(query.from.id.0).unwrap_or(i64::MAX));
    let verdict = desk.take(telegram, Kind::Button);
    let visitor = desk.visitor(&query.from).await?;
    let toast = match (verdict, query.data.as_deref().and_then(Press::parse)) {
        (Verdict::Pass, Some(press)) => {
            // What is done to a message is done to one in the chat of whoever taps, and to no other.
            let own = query.message.as_ref().filter(|message| message.chat().id.0 == telegram.0);
            decide(desk, &visitor, press, own.map(MaybeInaccessibleMessage::id)).await?
        }
        (Verdict::Pass, None) => Toast::refused(visitor.language(), Refusal::UnknownPrompt.key()).stripping(),
        (Verdict::JustFull | Verdict::Full, _) => Toast::refused(visitor.language(), "too-fast"),
    };
    desk.answer(query, toast);
    Ok(())
}

/// The tap could not be handled at all.
pub(super) fn trouble(desk: &Desk, query: &CallbackQuery) {
    let language = super::desk::language_of(&query.from);
    desk.answer(query, Toast::refused(language, "trouble"));
}

async fn decide(desk: &Desk, visitor: &Visitor, press: Press, message: Option<MessageId>) -> OpResult<Toast> {
    let language = visitor.language();
    let (done, result) = match press {
        Press::Answer(answer, nonce) => {
            return question::answer(desk, visitor, answer, nonce, message).await;
        }
        Press::Extend(session, before) => ("toast-extended", extend(desk, visitor, session, before).await),
        Press::Finish(session) => ("toast-finished", finish(desk, visitor, session).await),
        Press::Ask(account) => ("toast-asked", ask(desk, visitor, account).await),
        Press::Language(language) => {
            registration::set_language(&desk.app, &visitor.newcomer, language).await?;
            return Ok(Toast::done(language, "toast-language").stripping());
        }
        press @ (Press::Codes | Press::CodesBegin | Press::CodesRemove) => {
            return codes::press(desk, visitor, &press).await;
        }
        press @ (Press::Approve(_)
        | Press::Reject(_)
        | Press::Because(..)
        | Press::End(_)
        | Press::View(_)) => return admin::press(desk, visitor, press, message).await,
    };
    Ok(match result {
        Ok(()) => Toast::done(language, done).stripping(),
        Err(OpError::Refused(Refusal::NotYours)) => Toast::refused(language, Refusal::NotYours.key()),
        Err(error) => failed(visitor, error)?.stripping(),
    })
}

/// Why it was not done, in plain words; a broken database is handed on, so that the tap is tried again.
pub(super) fn failed(visitor: &Visitor, error: OpError) -> OpResult<Toast> {
    let key = match error {
        OpError::Refused(refusal) => refusal.key(),
        OpError::NotFound(_) => Refusal::UnknownPrompt.key(),
        OpError::Store(_) => return Err(error),
        error => {
            tracing::warn!(%error, "a tap could not be carried out");
            "trouble"
        }
    };
    Ok(Toast::refused(visitor.language(), key))
}

async fn extend(desk: &Desk, visitor: &Visitor, id: SessionId, before: u32) -> OpResult<()> {
    let session = own(desk, visitor, id).await?;
    if session.state.is_live() && session.extensions != before {
        return Err(Refusal::AlreadyAnswered.into());
    }
    let event = Event::Extend { by: Actor::Person(visitor.telegram()), seconds: None };
    apply(&desk.app, &Target::Session(id), &event, &visitor.who()).await.map(|_| ())
}

async fn finish(desk: &Desk, visitor: &Visitor, id: SessionId) -> OpResult<()> {
    own(desk, visitor, id).await?;
    let event = Event::End { by: Actor::Person(visitor.telegram()) };
    apply(&desk.app, &Target::Session(id), &event, &visitor.who()).await.map(|_| ())
}

/// The visitor's own session: only its person may touch it.
async fn own(desk: &Desk, visitor: &Visitor, id: SessionId) -> OpResult<Session> {
    let loaded = desk.app.store.read().await?.session(id).await?.ok_or(OpError::NotFound("session"))?;
    if visitor.user.as_ref().map(|user| user.id) == Some(loaded.session.user) {
        Ok(loaded.session)
    } else {
        Err(Refusal::NotYours.into())
    }
}

async fn ask(desk: &Desk, visitor: &Visitor, id: AccountId) -> OpResult<()> {
    let record = desk.app.store.read().await?.account(id).await?.filter(|record| record.removed_at.is_none());
    let record = record.ok_or(OpError::NotFound("account"))?;
    if visitor.user.as_ref().map(|user| user.id) != Some(record.account.user) {
        return Err(Refusal::NotYours.into());
    }
    access::ask(desk, visitor, id).await
}

//! The answer to a question about a tunnel.
//!
//! A question may stand in a chat twice: its first sending was carried out, but Telegram's answer was lost. The outbox
//! knows the last copy and changes that one when the question is over; any other is put right here when it is tapped.

use super::{
    desk::{Desk, Toast, Visitor},
    press::failed,
};
use crate::{
    ops::{
        OpError, OpResult,
        letters::{Addressee, letter_to, outcome_of},
        sessions::{Delivery, Target, apply},
    },
    store::records::ConnectionRecord,
};
use sallyport_shared::{
    message::Message,
    session::{Actor, Answer, Event, Nonce, Outcome, Refusal},
};
use teloxide::types::MessageId;

/// Hands an answer to the rules, and sees to it that the message that was tapped shows what came of the question.
/// `message` is none where it is not in the chat of whoever taps.
pub(super) async fn answer(
    desk: &Desk,
    visitor: &Visitor,
    answer: Answer,
    nonce: Nonce,
    message: Option<MessageId>,
) -> OpResult<Toast> {
    let language = visitor.language();
    let answered = answered(desk, visitor, answer, nonce.clone()).await;
    if matches!(answered, Err(OpError::Refused(Refusal::NotYours))) {
        return Ok(Toast::refused(language, Refusal::NotYours.key()));
    }
    let refused = answered.is_err();
    // Time is up, though nobody has come round to saying so.
    let late = matches!(answered, Err(OpError::Refused(Refusal::TooLate))).then_some(Outcome::Expired);
    let asked = asked(desk, &nonce).await?;
    let outcome = match &asked {
        Some(record) => outcome(desk, record).await?.or(late),
        None => late,
    };
    let confirmed = asked.as_ref().is_some_and(|record| record.connection.confirmed_at.is_some());
    let toast = match answered {
        Ok(()) if answer == Answer::NotMe => Toast::done(language, "toast-not-me"),
        Ok(()) if confirmed => Toast::done(language, "toast-confirmed"),
        Ok(()) => Toast::refused(language, "toast-wrong-number"),
        Err(error) => failed(visitor, error)?,
    };
    let Some(message) = message else { return Ok(toast) };
    let number = i64::from(message.0);
    Ok(match asked {
        // The outbox changes it, after what was sent before it.
        Some(record) if is_known(&record, visitor, number) => {
            if refused && outcome.is_some() {
                toast.stripping()
            } else {
                toast
            }
        }
        Some(record) => {
            if let Some(outcome) = outcome {
                revise(desk, visitor, number, record, outcome).await?;
            }
            toast
        }
        None => toast.stripping(),
    })
}

async fn answered(desk: &Desk, visitor: &Visitor, answer: Answer, nonce: Nonce) -> OpResult<()> {
    let prompt = desk.app.store.read().await?.by_nonce(&nonce.0).await?;
    let Some((session, connection, _)) = prompt else { return Err(Refusal::UnknownPrompt.into()) };
    let by = Actor::Person(visitor.telegram());
    let event = Event::Answered { connection, nonce: Some(nonce), by, answer };
    apply(&desk.app, &Target::Session(session), &event, &visitor.who()).await.map(|_| ())
}

/// The connection that was asked about, as it is now.
async fn asked(desk: &Desk, nonce: &Nonce) -> OpResult<Option<ConnectionRecord>> {
    let mut tx = desk.app.store.read().await?;
    let Some((_, connection, _)) = tx.by_nonce(&nonce.0).await? else { return Ok(None) };
    Ok(tx.connection(connection).await?)
}

/// What came of the question, as the outbox was told; none: it is still open.
async fn outcome(desk: &Desk, record: &ConnectionRecord) -> OpResult<Option<Outcome>> {
    let told = outcome_of(&mut desk.app.store.read().await?, record.connection.id).await?;
    // Of a router that is only watched nobody is told anything.
    Ok(told.or_else(|| (!record.connection.is_live()).then_some(Outcome::Ended)))
}

/// Is it the copy of the question that the outbox knows?
fn is_known(record: &ConnectionRecord, visitor: &Visitor, message: i64) -> bool {
    record.prompt_message == Some((visitor.telegram(), message))
}

/// Takes the buttons off a copy of the question, and writes what came of it in place of it.
async fn revise(
    desk: &Desk,
    visitor: &Visitor,
    message: i64,
    record: ConnectionRecord,
    outcome: Outcome,
) -> OpResult<()> {
    let mut tx = desk.app.store.begin().await?;
    let Some(scene) = tx.scene(record.account).await? else { return Ok(()) };
    let text = Message::PromptOver {
        account: scene.account.username,
        caller: record.connection.tunnel.caller_id,
        at: record.connection.connected_at,
        outcome,
    };
    let to = Addressee { chat: visitor.telegram(), user: Some(scene.person.id), language: None };
    letter_to(&mut tx, to, Delivery::Revise { message, text }, desk.app.clock.now()).await?;
    tx.commit().await?;
    desk.app.bus.deliveries.notify_one();
    Ok(())
}

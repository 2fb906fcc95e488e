//! One-time codes for the day on which the bot cannot be reached: set up here while it can.

use super::{
    data::Press,
    desk::{Desk, Toast, Visitor},
    flood::{Kind, Verdict},
};
use crate::{
    ops::{OpResult, offline, policies},
    store::records::UserRecord,
};
use sallyport_shared::{message::Message, person::UserStatus};

/// Says how it stands with the codes, with buttons to change that.
pub(super) async fn show(desk: &Desk, visitor: &Visitor, user: &UserRecord) -> OpResult<()> {
    let mut tx = desk.app.store.read().await?;
    let enabled = tx.offline_code(user.id).await?.is_some_and(|code| code.enabled);
    drop(tx);
    let message = if are_of_use(desk, user).await? {
        Message::Codes { enabled, page: None }
    } else {
        Message::CodesUnused { enabled }
    };
    desk.tell(visitor, message).await
}

/// Does a code open anything under the person's policy?
async fn are_of_use(desk: &Desk, user: &UserRecord) -> OpResult<bool> {
    let policy = policies::of_person(&mut desk.app.store.read().await?, user.policy).await?;
    Ok(policy.is_some_and(|policy| policy.takes_codes()))
}

/// Buttons about codes. They name nobody: whoever taps means their own.
pub(super) async fn press(desk: &Desk, visitor: &Visitor, press: &Press) -> OpResult<Toast> {
    let language = visitor.language();
    let user = visitor.user.as_ref().filter(|user| user.status == UserStatus::Approved);
    let Some(user) = user else { return Ok(Toast::refused(language, "refusal-not-approved")) };
    match press {
        // The button may have been there before the policy was another one.
        Press::CodesBegin if !are_of_use(desk, user).await? => show(desk, visitor, user).await?,
        Press::CodesBegin => {
            // A picture is more than a word: as rare as registrations.
            if desk.take(visitor.telegram(), Kind::Registration) != Verdict::Pass {
                return Ok(Toast::refused(language, "too-fast"));
            }
            offline::begin(&desk.app, user, visitor.telegram(), language).await?;
        }
        Press::CodesRemove => offline::remove(&desk.app, user, visitor.telegram()).await?,
        _ => {
            show(desk, visitor, user).await?;
            return Ok(Toast::silent());
        }
    }
    Ok(Toast::silent().stripping())
}

/// Does a text look like a code? Anything else is no answer to the question for one.
pub(super) fn is_code(text: &str) -> bool {
    digits(text).len() == 6
}

/// A code of the new seed was sent.
pub(super) async fn typed(desk: &Desk, visitor: &Visitor, text: &str) -> OpResult<()> {
    let Some(user) = visitor.user.as_ref().filter(|user| user.status == UserStatus::Approved) else {
        return desk.tell(visitor, Message::Refused { refusal: "refusal-not-approved".to_owned() }).await;
    };
    if offline::confirm(&desk.app, user, visitor.telegram(), &digits(text)).await? {
        return Ok(());
    }
    desk.tell(visitor, Message::CodesWrong).await
}

/// The digits of a text that has nothing but digits and blanks.
fn digits(text: &str) -> String {
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if dense.bytes().all(|b| b.is_ascii_digit()) { dense } else { String::new() }
}

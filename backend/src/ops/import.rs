//! The accounts that a router has already, as they can be taken over: whose each is, whether it was ever used, and whose
//! chat an older set-up noted in its comment.

use super::{OpResult, accounts, authority::Manager, users, users::UserChange};
use crate::{
    app::App,
    driver::AccountRow,
    store::records::{AccountRecord, RouterRecord},
};
use sallyport_shared::person::TelegramId;
use std::collections::HashMap;

/// Whose an account is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Standing {
    /// This person's.
    Linked(String),
    /// Nobody's, and it was used.
    NoOwner,
    /// Nobody's, and it was never used.
    NeverUsed,
}

/// An account that can be taken over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// As the router shows it.
    pub row: AccountRow,
    /// Whose it is.
    pub standing: Standing,
    /// The Telegram account that its comment names; none if it is somebody's already.
    pub chat: Option<TelegramId>,
}

/// All accounts of a router.
///
/// # Errors
/// `RouterUnreachable` or `RouterRefused`, in plain words.
pub async fn list(app: &App, router: &RouterRecord) -> OpResult<Vec<Offer>> {
    let rows = app.fleet.accounts(app, router).await?;
    let mut tx = app.store.read().await?;
    let linked: HashMap<String, AccountRecord> = tx
        .accounts_of_router(router.id)
        .await?
        .into_iter()
        .map(|record| (record.account.username.clone(), record))
        .collect();
    let owners: Vec<_> = linked.values().map(|record| record.account.user).collect();
    let people = tx.users_by_ids(&owners).await?;
    let offer = |row: AccountRow| {
        let owner = linked.get(&row.username).and_then(|record| people.get(&record.account.user));
        let standing = match owner {
            Some(owner) => Standing::Linked(owner.display_name.clone()),
            None if row.last_seen_at.is_some() => Standing::NoOwner,
            None => Standing::NeverUsed,
        };
        let comment = row.comment.as_deref().filter(|_| owner.is_none());
        Offer { chat: comment.and_then(noted_chat), standing, row }
    };
    Ok(rows.into_iter().map(offer).collect())
}

/// Links an offered account to the person whose chat it names, who is made if nobody has that chat. None: it names no
/// chat, or is somebody's.
///
/// # Errors
/// As [`users::create`] and [`accounts::link`].
pub async fn take(app: &App, by: &Manager, router: &RouterRecord, offer: &Offer) -> OpResult<Option<String>> {
    let Some(chat) = offer.chat else { return Ok(None) };
    let known = app.store.read().await?.user_by_telegram(chat).await?;
    let person = match known {
        Some(person) => person,
        None => {
            let change = UserChange {
                display_name: Some(offer.row.username.clone()),
                telegram: Some(Some(chat.0.to_string())),
                ..UserChange::default()
            };
            users::create(app, by, change).await?
        }
    };
    accounts::link(app, by, person.id, router.id, &offer.row.username).await?;
    Ok(Some(person.display_name))
}

/// The first number of a comment that can be a Telegram account's: from six to fifteen digits.
pub fn noted_chat(comment: &str) -> Option<TelegramId> {
    comment
        .split(|c: char| !c.is_ascii_digit())
        .find(|digits| (6..=15).contains(&digits.len()) && !digits.starts_with('0'))
        .and_then(|digits| digits.parse().ok())
        .map(TelegramId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chat_ids_are_found_in_comments() {
        assert_eq!(noted_chat("Ivan, chat 123456789"), Some(TelegramId(123_456_789)));
        assert_eq!(noted_chat("chat_id=5551234567; laptop"), Some(TelegramId(5_551_234_567)));
        assert_eq!(noted_chat("room 12, phone 0441234567"), None);
        assert_eq!(noted_chat(""), None);
    }
}

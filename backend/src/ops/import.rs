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
    accounts::link(app, by, person.id, router.id, &offer.row.username, false).await?;
    Ok(Some(person.display_name))
}

/// The most digits of a Telegram account's number so far. (They may have fifteen one day; phone numbers with their
/// country have from eleven to fifteen today.)
const LONGEST: usize = 10;

/// What stands before a chat's number in a comment.
const NAMES: [&str; 7] = ["chat", "chat_id", "chatid", "chat id", "tg", "telegram", "telegram_id"];

/// The chat that a comment names: the comment is nothing but its number, or says before the number that it is one. None
/// if several numbers fit: nobody can tell which, and whoever is linked by mistake confirms for somebody else.
pub fn noted_chat(comment: &str) -> Option<TelegramId> {
    let comment = comment.trim();
    if let Some(chat) = chat_number(comment) {
        return Some(chat);
    }
    let mut found = None;
    let mut end = 0;
    while let Some((start, number)) = next_number(comment, end) {
        end = start + number.len();
        let named = comment.get(..start).is_some_and(is_named);
        if let Some(chat) = chat_number(number).filter(|_| named) {
            if found.is_some_and(|other| other != chat) {
                return None;
            }
            found = Some(chat);
        }
    }
    found
}

/// The next run of digits from `from` on, and where it begins.
fn next_number(text: &str, from: usize) -> Option<(usize, &str)> {
    let rest = text.get(from..)?;
    let start = from + rest.find(|c: char| c.is_ascii_digit())?;
    let digits = text.get(start..)?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    Some((start, digits.get(..end)?))
}

/// Does what stands before a number say that it is a chat's?
fn is_named(before: &str) -> bool {
    let before = before.trim_end().trim_end_matches([':', '=', '#', '№']).trim_end().to_lowercase();
    NAMES.iter().any(|name| {
        before
            .strip_suffix(name)
            .is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

fn chat_number(digits: &str) -> Option<TelegramId> {
    let fits = (1..=LONGEST).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit());
    if fits { digits.parse().ok().map(TelegramId) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_that_is_a_number_or_says_so_names_a_chat() {
        for (comment, chat) in [
            ("123456789", 123_456_789),
            (" 501 ", 501),
            ("5551234567", 5_551_234_567),
            ("Ivan, chat 123456789", 123_456_789),
            ("chat_id=5551234567; laptop", 5_551_234_567),
            ("TG: 777, room 12", 777),
            ("Анна (telegram #42)", 42),
            ("chat 5, chat_id=5", 5),
        ] {
            assert_eq!(noted_chat(comment), Some(TelegramId(chat)), "{comment}");
        }
    }

    #[test]
    fn phone_numbers_rooms_and_doubtful_ones_name_none() {
        for comment in [
            "",
            "Ivan 79161234567",
            "79161234567",
            "+79161234567",
            "phone 9161234567",
            "room 12, phone 0441234567",
            "+7 916 123 45 67",
            "contract 123456 of 2024",
            "chat 111, chat 222",
            "chat 0123",
            "chat 79161234567",
            "wechat 123456789",
            "my_tg 5",
            "тел. 123456789 chat",
        ] {
            assert_eq!(noted_chat(comment), None, "{comment}");
        }
    }
}

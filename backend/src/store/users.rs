//! People and the invitations that tie a Telegram account to one of them.

use super::{
    Result, StoreError, Tx,
    conn::on,
    records::{InvitationRecord, UserRecord},
    schema::{invitations, users},
    text::{AsText, Place, fold, opt_text, texts},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{
    ids::UserId,
    person::{TelegramId, UserStatus},
    time::Timestamp,
};
use std::collections::HashMap;

/// All columns of a person but `last_seen_at`, which only the connections write.
#[derive(Queryable, Selectable, QueryableByName, Insertable, AsChangeset)]
#[diesel(table_name = users, check_for_backend(Pg, Sqlite), treat_none_as_null = true)]
pub(super) struct UserRow {
    pub(super) id: String,
    status: String,
    display_name: String,
    sort_name: String,
    search_name: String,
    telegram_id: Option<i64>,
    telegram_username: Option<String>,
    language: String,
    email: Option<String>,
    phone: Option<String>,
    note: Option<String>,
    rejection_reason: Option<String>,
    decided_by: Option<String>,
    decided_at: Option<i64>,
    policy_id: Option<String>,
    created_at: i64,
    deleted_at: Option<i64>,
    version: i64,
    telegram_blocked_at: Option<i64>,
}

impl UserRow {
    fn new(user: &UserRecord, version: i64) -> Self {
        Self {
            id: user.id.as_text(),
            status: user.status.as_text(),
            display_name: user.display_name.clone(),
            sort_name: fold(&user.display_name),
            search_name: search_name(user),
            telegram_id: user.telegram.map(|id| id.0),
            telegram_username: user.telegram_username.clone(),
            language: user.language.as_text(),
            email: user.email.clone(),
            phone: user.phone.clone(),
            note: user.note.clone(),
            rejection_reason: user.rejection_reason.clone(),
            decided_by: opt_text(user.decided_by.as_ref()),
            decided_at: user.decided_at.map(Timestamp::micros),
            policy_id: opt_text(user.policy.as_ref()),
            created_at: user.created_at.micros(),
            deleted_at: user.deleted_at.map(Timestamp::micros),
            version,
            telegram_blocked_at: user.telegram_blocked_at.map(Timestamp::micros),
        }
    }
}

/// Everything by which a person is searched, with line breaks between, over which no search runs.
fn search_name(user: &UserRecord) -> String {
    let telegram = user.telegram.map(|id| id.0.to_string());
    let parts = [Some(&user.display_name), user.telegram_username.as_ref(), telegram.as_ref()];
    let more = [user.email.as_ref(), user.phone.as_ref()];
    let all: Vec<&str> = parts.into_iter().chain(more).flatten().map(String::as_str).collect();
    fold(&all.join("\n"))
}

pub(super) fn user_record(row: UserRow, last_seen_at: Option<i64>) -> Result<UserRecord> {
    let place = Place::new("users", &row.id);
    Ok(UserRecord {
        id: place.text("id", &row.id)?,
        status: place.text("status", &row.status)?,
        telegram: row.telegram_id.map(TelegramId),
        language: place.text("language", &row.language)?,
        decided_by: place.opt("decided_by", row.decided_by.as_deref())?,
        decided_at: row.decided_at.map(Timestamp::from_micros),
        policy: place.opt("policy_id", row.policy_id.as_deref())?,
        created_at: Timestamp::from_micros(row.created_at),
        last_seen_at: last_seen_at.map(Timestamp::from_micros),
        deleted_at: row.deleted_at.map(Timestamp::from_micros),
        version: row.version,
        telegram_blocked_at: row.telegram_blocked_at.map(Timestamp::from_micros),
        display_name: row.display_name,
        telegram_username: row.telegram_username,
        email: row.email,
        phone: row.phone,
        note: row.note,
        rejection_reason: row.rejection_reason,
    })
}

impl Tx {
    /// Keeps a new person; whatever version it holds, the stored one is 1.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: their Telegram account is somebody else's.
    pub async fn insert_user(&mut self, user: &UserRecord) -> Result<()> {
        let row = UserRow::new(user, 1);
        on!(self.conn(), |c| diesel::insert_into(users::table).values(&row).execute(c).await)?;
        Ok(())
    }

    /// The person, deleted ones included.
    pub async fn user(&mut self, id: UserId) -> Result<Option<UserRecord>> {
        Ok(self.users_by_ids(&[id]).await?.remove(&id))
    }

    /// The person with this Telegram account.
    pub async fn user_by_telegram(&mut self, telegram: TelegramId) -> Result<Option<UserRecord>> {
        let row: Option<(UserRow, Option<i64>)> = on!(self.conn(), |c| users::table
            .filter(users::telegram_id.eq(telegram.0).and(users::deleted_at.is_null()))
            .select((UserRow::as_select(), users::last_seen_at))
            .first(c)
            .await
            .optional())?;
        row.map(|(row, seen)| user_record(row, seen)).transpose()
    }

    /// The people with these ids, deleted ones included.
    pub async fn users_by_ids(&mut self, ids: &[UserId]) -> Result<HashMap<UserId, UserRecord>> {
        let ids = texts(ids);
        let rows: Vec<(UserRow, Option<i64>)> = on!(self.conn(), |c| users::table
            .filter(users::id.eq_any(ids))
            .select((UserRow::as_select(), users::last_seen_at))
            .load(c)
            .await)?;
        rows.into_iter().map(|(row, seen)| user_record(row, seen).map(|record| (record.id, record))).collect()
    }

    /// Saves a person as loaded with `user.version`; gives the new version.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: they were changed since, or their Telegram account is somebody else's.
    pub async fn save_user(&mut self, user: &UserRecord) -> Result<i64> {
        let row = UserRow::new(user, user.version + 1);
        let ours = users::id.eq(&row.id).and(users::version.eq(user.version));
        let changed =
            on!(self.conn(), |c| diesel::update(users::table.filter(ours)).set(&row).execute(c).await)?;
        if changed == 0 { Err(StoreError::conflict("users.version")) } else { Ok(row.version) }
    }

    /// Deletes a person, for everybody but the history: their Telegram account and their usernames are free
    /// again, their invitations void. Their sessions must have been ended. False: there is no such person.
    pub async fn delete_user(&mut self, id: UserId, now: Timestamp) -> Result<bool> {
        use super::schema::accounts;
        let text = id.as_text();
        let there = users::id.eq(&text).and(users::deleted_at.is_null());
        let changed = on!(self.conn(), |c| diesel::update(users::table.filter(there))
            .set((
                users::deleted_at.eq(now.micros()),
                users::telegram_id.eq(None::<i64>),
                users::version.eq(users::version + 1),
            ))
            .execute(c)
            .await)?;
        let linked = accounts::user_id.eq(&text).and(accounts::removed_at.is_null());
        on!(self.conn(), |c| diesel::update(accounts::table.filter(linked))
            .set(accounts::removed_at.eq(now.micros()))
            .execute(c)
            .await)?;
        self.revoke_invitations(id, now).await?;
        Ok(changed > 0)
    }

    /// How many people are in each status that occurs.
    pub async fn users_by_status(&mut self) -> Result<Vec<(UserStatus, i64)>> {
        let rows: Vec<(String, i64)> = on!(self.conn(), |c| users::table
            .filter(users::deleted_at.is_null())
            .group_by(users::status)
            .order(users::status)
            .select((users::status, diesel::dsl::count_star()))
            .load(c)
            .await)?;
        rows.iter().map(|(status, n)| Ok((Place::new("users", status).text("status", status)?, *n))).collect()
    }

    /// Keeps a new invitation.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: there is one with this code.
    pub async fn insert_invitation(&mut self, invitation: &InvitationRecord) -> Result<()> {
        let row = InvitationRow {
            id: invitation.id.as_text(),
            user_id: invitation.user.as_text(),
            code_hash: invitation.code_hash.clone(),
            code_enc: invitation.code_enc.clone(),
            created_by: opt_text(invitation.created_by.as_ref()),
            created_at: invitation.created_at.micros(),
            expires_at: invitation.expires_at.micros(),
            used_at: invitation.used_at.map(Timestamp::micros),
        };
        on!(self.conn(), |c| diesel::insert_into(invitations::table).values(&row).execute(c).await)?;
        Ok(())
    }

    /// The newest open invitation of each of these people who has one.
    pub async fn open_invitations(
        &mut self,
        users: &[UserId],
        now: Timestamp,
    ) -> Result<HashMap<UserId, InvitationRecord>> {
        let users = texts(users);
        let rows: Vec<InvitationRow> = on!(self.conn(), |c| invitations::table
            .filter(invitations::user_id.eq_any(users))
            .filter(invitations::used_at.is_null().and(invitations::expires_at.gt(now.micros())))
            .order((invitations::created_at, invitations::id))
            .select(InvitationRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter()
            .map(|row| InvitationRecord::try_from(row).map(|record| (record.user, record)))
            .collect()
    }

    /// Uses an open invitation up; gives whom it was for. None: unknown, used or too late.
    pub async fn use_invitation(&mut self, code_hash: &str, now: Timestamp) -> Result<Option<UserId>> {
        let open = invitations::code_hash
            .eq(code_hash)
            .and(invitations::used_at.is_null())
            .and(invitations::expires_at.gt(now.micros()));
        let user: Option<String> = on!(self.conn(), |c| diesel::update(invitations::table.filter(open))
            .set(invitations::used_at.eq(now.micros()))
            .returning(invitations::user_id)
            .get_result(c)
            .await
            .optional())?;
        user.map(|user| Place::new("invitations", &user).text("user_id", &user)).transpose()
    }

    /// Takes all open invitations of a person back; gives how many.
    pub async fn revoke_invitations(&mut self, user: UserId, now: Timestamp) -> Result<i64> {
        let user = user.as_text();
        let open = invitations::user_id.eq(&user).and(invitations::used_at.is_null());
        let changed = on!(self.conn(), |c| diesel::update(invitations::table.filter(open))
            .set(invitations::used_at.eq(now.micros()))
            .execute(c)
            .await)?;
        Ok(i64::try_from(changed).unwrap_or(i64::MAX))
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = invitations, check_for_backend(Pg, Sqlite))]
struct InvitationRow {
    id: String,
    user_id: String,
    code_hash: String,
    code_enc: Vec<u8>,
    created_by: Option<String>,
    created_at: i64,
    expires_at: i64,
    used_at: Option<i64>,
}

impl TryFrom<InvitationRow> for InvitationRecord {
    type Error = StoreError;

    fn try_from(row: InvitationRow) -> Result<Self> {
        let place = Place::new("invitations", &row.id);
        Ok(Self {
            id: place.text("id", &row.id)?,
            user: place.text("user_id", &row.user_id)?,
            created_by: place.opt("created_by", row.created_by.as_deref())?,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: Timestamp::from_micros(row.expires_at),
            used_at: row.used_at.map(Timestamp::from_micros),
            code_hash: row.code_hash,
            code_enc: row.code_enc,
        })
    }
}

//! Those who sign in to the console.

use super::{
    Result, StoreError, Tx,
    conn::on,
    records::AdminRecord,
    schema::admins,
    text::{AsText, Place, texts},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{ids::AdminId, person::TelegramId, time::Timestamp};
use std::collections::HashMap;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = admins, check_for_backend(Pg, Sqlite), treat_none_as_null = true)]
pub(super) struct AdminRow {
    id: String,
    username: String,
    username_key: String,
    password_hash: String,
    role: String,
    language: String,
    telegram_id: Option<i64>,
    enabled: bool,
    totp_secret_enc: Option<Vec<u8>>,
    totp_enabled: bool,
    totp_last_step: Option<i64>,
    recovery_hashes: String,
    link_code_hash: Option<String>,
    link_code_expires_at: Option<i64>,
    preferences: String,
    last_login_at: Option<i64>,
    created_at: i64,
    version: i64,
}

impl AdminRow {
    fn new(admin: &AdminRecord, version: i64) -> Self {
        Self {
            id: admin.id.as_text(),
            username: admin.username.clone(),
            username_key: admin.username.to_lowercase(),
            password_hash: admin.password_hash.clone(),
            role: admin.role.as_text(),
            language: admin.language.as_text(),
            telegram_id: admin.telegram.map(|id| id.0),
            enabled: admin.enabled,
            totp_secret_enc: admin.totp_secret_enc.clone(),
            totp_enabled: admin.totp_enabled,
            totp_last_step: admin.totp_last_step,
            recovery_hashes: serde_json::Value::from(admin.recovery_hashes.clone()).to_string(),
            link_code_hash: admin.link_code_hash.clone(),
            link_code_expires_at: admin.link_code_expires_at.map(Timestamp::micros),
            preferences: admin.preferences.to_string(),
            last_login_at: admin.last_login_at.map(Timestamp::micros),
            created_at: admin.created_at.micros(),
            version,
        }
    }
}

impl TryFrom<AdminRow> for AdminRecord {
    type Error = StoreError;

    fn try_from(row: AdminRow) -> Result<Self> {
        let place = Place::new("admins", &row.id);
        Ok(Self {
            id: place.text("id", &row.id)?,
            role: place.text("role", &row.role)?,
            language: place.text("language", &row.language)?,
            telegram: row.telegram_id.map(TelegramId),
            recovery_hashes: place.json("recovery_hashes", &row.recovery_hashes)?,
            link_code_expires_at: row.link_code_expires_at.map(Timestamp::from_micros),
            preferences: place.json("preferences", &row.preferences)?,
            last_login_at: row.last_login_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            username: row.username,
            password_hash: row.password_hash,
            enabled: row.enabled,
            totp_secret_enc: row.totp_secret_enc,
            totp_enabled: row.totp_enabled,
            totp_last_step: row.totp_last_step,
            link_code_hash: row.link_code_hash,
            version: row.version,
        })
    }
}

/// The one [`AdminRecord`] that fulfils `$filter`.
macro_rules! one_admin {
    ($tx:expr, $filter:expr) => {{
        let row: Option<AdminRow> = on!($tx.conn(), |c| admins::table
            .filter($filter)
            .select(AdminRow::as_select())
            .first(c)
            .await
            .optional())?;
        row.map(AdminRecord::try_from).transpose()
    }};
}

impl Tx {
    /// Keeps a new administrator; whatever version it holds, the stored one is 1.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: the username (case does not matter) or Telegram account is taken.
    pub async fn insert_admin(&mut self, admin: &AdminRecord) -> Result<()> {
        let row = AdminRow::new(admin, 1);
        on!(self.conn(), |c| diesel::insert_into(admins::table).values(&row).execute(c).await)?;
        Ok(())
    }

    /// Saves an administrator as loaded with `admin.version`; gives the new version.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: they were changed since, or the username or Telegram account is taken.
    pub async fn save_admin(&mut self, admin: &AdminRecord) -> Result<i64> {
        let row = AdminRow::new(admin, admin.version + 1);
        let ours = admins::id.eq(&row.id).and(admins::version.eq(admin.version));
        let changed =
            on!(self.conn(), |c| diesel::update(admins::table.filter(ours)).set(&row).execute(c).await)?;
        if changed == 0 { Err(StoreError::conflict("admins.version")) } else { Ok(row.version) }
    }

    /// Deletes an administrator and their sign-ins. False: there is none.
    pub async fn delete_admin(&mut self, id: AdminId) -> Result<bool> {
        let id = id.as_text();
        let gone = on!(self.conn(), |c| diesel::delete(admins::table.find(&id)).execute(c).await)?;
        Ok(gone > 0)
    }

    /// All administrators, by username.
    pub async fn admins(&mut self) -> Result<Vec<AdminRecord>> {
        let rows: Vec<AdminRow> = on!(self.conn(), |c| admins::table
            .order(admins::username_key)
            .select(AdminRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The administrator.
    pub async fn admin(&mut self, id: AdminId) -> Result<Option<AdminRecord>> {
        let id = id.as_text();
        one_admin!(self, admins::id.eq(&id))
    }

    /// The administrators with these ids.
    pub async fn admins_by_ids(&mut self, ids: &[AdminId]) -> Result<HashMap<AdminId, AdminRecord>> {
        let ids = texts(ids);
        let rows: Vec<AdminRow> = on!(self.conn(), |c| admins::table
            .filter(admins::id.eq_any(ids))
            .select(AdminRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(|row| AdminRecord::try_from(row).map(|record| (record.id, record))).collect()
    }

    /// The administrator who signs in with this name; case does not matter.
    pub async fn admin_by_username(&mut self, username: &str) -> Result<Option<AdminRecord>> {
        let key = username.to_lowercase();
        one_admin!(self, admins::username_key.eq(&key))
    }

    /// The administrator with this Telegram account.
    pub async fn admin_by_telegram(&mut self, telegram: TelegramId) -> Result<Option<AdminRecord>> {
        one_admin!(self, admins::telegram_id.eq(telegram.0))
    }

    /// The administrator whose link code has this hash and is still good.
    pub async fn admin_by_link_code(&mut self, hash: &str, now: Timestamp) -> Result<Option<AdminRecord>> {
        let good = admins::link_code_hash.eq(hash).and(admins::link_code_expires_at.gt(now.micros()));
        one_admin!(self, good)
    }

    /// Is there an owner who may sign in?
    pub async fn has_owner(&mut self) -> Result<bool> {
        let owner = admins::table.filter(admins::role.eq("OWNER").and(admins::enabled));
        Ok(on!(self.conn(), |c| diesel::select(diesel::dsl::exists(owner)).get_result(c).await)?)
    }
}

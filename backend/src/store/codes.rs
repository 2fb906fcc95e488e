//! One-time codes of people.

use super::{
    Result, Tx,
    conn::on,
    records::OfflineCode,
    schema::offline_codes,
    text::{AsText, texts},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sallyport_shared::{ids::UserId, time::Timestamp};
use std::collections::HashSet;

impl Tx {
    /// A person's codes.
    pub async fn offline_code(&mut self, user: UserId) -> Result<Option<OfflineCode>> {
        type Row = (Option<Vec<u8>>, Option<Vec<u8>>, Option<i64>);
        let user = user.as_text();
        let row: Option<Row> = on!(self.conn(), |c| offline_codes::table
            .find(&user)
            .select((offline_codes::secret_enc, offline_codes::new_secret_enc, offline_codes::last_step))
            .first(c)
            .await
            .optional())?;
        Ok(row.map(|(secret_enc, new_secret_enc, last_step)| OfflineCode {
            enabled: secret_enc.is_some(),
            secret_enc,
            new_secret_enc,
            last_step,
        }))
    }

    /// Those of these people whose codes count.
    pub async fn have_offline_codes(&mut self, users: &[UserId]) -> Result<HashSet<UserId>> {
        let ids = texts(users);
        let found: Vec<String> = on!(self.conn(), |c| offline_codes::table
            .filter(offline_codes::user_id.eq_any(ids).and(offline_codes::secret_enc.is_not_null()))
            .select(offline_codes::user_id)
            .load(c)
            .await)?;
        Ok(users.iter().copied().filter(|user| found.contains(&user.as_text())).collect())
    }

    /// Keeps a seed that is being set up, in place of an earlier one; the one that counts stays.
    pub async fn set_new_offline_code(&mut self, user: UserId, sealed: &[u8], now: Timestamp) -> Result<()> {
        let user = user.as_text();
        on!(self.conn(), |c| diesel::insert_into(offline_codes::table)
            .values((
                offline_codes::user_id.eq(&user),
                offline_codes::new_secret_enc.eq(sealed),
                offline_codes::created_at.eq(now.micros()),
            ))
            .on_conflict(offline_codes::user_id)
            .do_update()
            .set(offline_codes::new_secret_enc.eq(sealed))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// The seed that is being set up counts from now on, its code of `step` being used.
    pub async fn enable_offline_code(&mut self, user: UserId, step: i64) -> Result<()> {
        let user = user.as_text();
        on!(self.conn(), |c| diesel::update(offline_codes::table.find(&user))
            .set((
                offline_codes::secret_enc.eq(offline_codes::new_secret_enc),
                offline_codes::new_secret_enc.eq(None::<Vec<u8>>),
                offline_codes::last_step.eq(step),
            ))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Uses the code of `step` up. False: it, or a later one, was used before.
    pub async fn use_offline_code(&mut self, user: UserId, step: i64) -> Result<bool> {
        let unused = offline_codes::last_step.is_null().or(offline_codes::last_step.lt(step));
        let ours = offline_codes::user_id.eq(user.as_text()).and(unused);
        let changed = on!(self.conn(), |c| diesel::update(offline_codes::table.filter(ours))
            .set(offline_codes::last_step.eq(step))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// Forgets a person's codes. False: there were none.
    pub async fn remove_offline_code(&mut self, user: UserId) -> Result<bool> {
        let user = user.as_text();
        let gone = on!(self.conn(), |c| diesel::delete(offline_codes::table.find(&user)).execute(c).await)?;
        Ok(gone > 0)
    }
}

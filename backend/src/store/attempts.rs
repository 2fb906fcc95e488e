//! Attempts that are counted where every replica sees them, and that a restart does not forget.

use super::{
    Result, Tx,
    conn::{Conn, on},
    schema::attempts,
    text::AsText,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sallyport_shared::time::Timestamp;

impl Tx {
    /// When attempts under `key` were counted after `since`, the oldest first. Other units of work that ask the same
    /// wait until this one is over, so that several at once do not all take the last place. (On SQLite there is one
    /// writer at a time anyway.) Keys are asked for in a fixed order, or two could wait for one another.
    pub async fn attempts(&mut self, key: &str, since: Timestamp) -> Result<Vec<Timestamp>> {
        if let Conn::Pg(pooled) = self.conn() {
            diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
                .bind::<diesel::sql_types::Text, _>(format!("attempts:{key}"))
                .execute(&mut **pooled)
                .await?;
        }
        let times: Vec<i64> = on!(self.conn(), |c| attempts::table
            .filter(attempts::key.eq(key).and(attempts::at.gt(since.micros())))
            .order(attempts::at)
            .select(attempts::at)
            .load(c)
            .await)?;
        Ok(times.into_iter().map(Timestamp::from_micros).collect())
    }

    /// Counts an attempt.
    pub async fn count_attempt(&mut self, key: &str, now: Timestamp) -> Result<()> {
        let id = self.fresh_id(now).as_text();
        on!(self.conn(), |c| diesel::insert_into(attempts::table)
            .values((attempts::id.eq(&id), attempts::key.eq(key), attempts::at.eq(now.micros())))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Forgets the attempts under `key`: all, or the newest one.
    pub async fn forgive_attempts(&mut self, key: &str, all: bool) -> Result<()> {
        let newest: Option<String> = on!(self.conn(), |c| attempts::table
            .filter(attempts::key.eq(key))
            .order((attempts::at.desc(), attempts::id.desc()))
            .select(attempts::id)
            .first(c)
            .await
            .optional())?;
        let Some(newest) = newest else { return Ok(()) };
        on!(self.conn(), |c| if all {
            diesel::delete(attempts::table.filter(attempts::key.eq(key))).execute(c).await
        } else {
            diesel::delete(attempts::table.find(&newest)).execute(c).await
        })?;
        Ok(())
    }

    /// Forgets the attempts of `until` and before, which count no longer.
    pub async fn drop_attempts(&mut self, until: Timestamp) -> Result<()> {
        let old = attempts::table.filter(attempts::at.le(until.micros()));
        on!(self.conn(), |c| diesel::delete(old).execute(c).await)?;
        Ok(())
    }
}

//! How far Telegram's updates were taken in: where the next question begins, and which were handled.

use super::{
    Result, Tx,
    conn::on,
    schema::{telegram_state, telegram_updates},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sallyport_shared::time::Timestamp;
use std::collections::HashSet;

impl Tx {
    /// The number of the first of Telegram's updates that was not taken in yet; 0 at the beginning.
    pub async fn telegram_offset(&mut self) -> Result<i64> {
        let offset: Option<i64> = on!(self.conn(), |c| telegram_state::table
            .find(1_i64)
            .select(telegram_state::next_update)
            .first(c)
            .await
            .optional())?;
        Ok(offset.unwrap_or(0))
    }

    /// Sets it.
    pub async fn set_telegram_offset(&mut self, offset: i64) -> Result<()> {
        on!(self.conn(), |c| diesel::insert_into(telegram_state::table)
            .values((telegram_state::id.eq(1_i64), telegram_state::next_update.eq(offset)))
            .on_conflict(telegram_state::id)
            .do_update()
            .set(telegram_state::next_update.eq(offset))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Which of these updates were handled.
    pub async fn handled_updates(&mut self, ids: &[i64]) -> Result<HashSet<i64>> {
        let ids: Vec<i64> = on!(self.conn(), |c| telegram_updates::table
            .filter(telegram_updates::id.eq_any(ids))
            .select(telegram_updates::id)
            .load(c)
            .await)?;
        Ok(ids.into_iter().collect())
    }

    /// Notes that an update was handled; once more is no harm.
    pub async fn note_update(&mut self, id: i64, now: Timestamp) -> Result<()> {
        on!(self.conn(), |c| diesel::insert_into(telegram_updates::table)
            .values((telegram_updates::id.eq(id), telegram_updates::handled_at.eq(now.micros())))
            .on_conflict(telegram_updates::id)
            .do_nothing()
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Forgets the updates that were handled before `before`; gives how many.
    pub async fn forget_updates(&mut self, before: Timestamp) -> Result<i64> {
        let old = telegram_updates::table.filter(telegram_updates::handled_at.lt(before.micros()));
        let gone = on!(self.conn(), |c| diesel::delete(old).execute(c).await)?;
        Ok(i64::try_from(gone).unwrap_or(i64::MAX))
    }
}

//! Settings, and leases: who works what when several replicas run.

use super::{
    Result, StoreError, Tx,
    conn::{Conn, on},
    schema::{leases, settings},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sallyport_shared::time::Timestamp;
use std::collections::HashMap;

impl Tx {
    /// The value of a setting; none: its default counts.
    pub async fn setting(&mut self, key: &str) -> Result<Option<String>> {
        Ok(on!(self.conn(), |c| settings::table.find(key).select(settings::value).first(c).await.optional())?)
    }

    /// Sets a setting; none takes it back to its default.
    pub async fn set_setting(&mut self, key: &str, value: Option<&str>) -> Result<()> {
        on!(self.conn(), |c| match value {
            Some(value) => {
                diesel::insert_into(settings::table)
                    .values((settings::key.eq(key), settings::value.eq(value)))
                    .on_conflict(settings::key)
                    .do_update()
                    .set(settings::value.eq(value))
                    .execute(c)
                    .await
            }
            None => diesel::delete(settings::table.find(key)).execute(c).await,
        })?;
        Ok(())
    }

    /// Those of these settings that are set.
    pub async fn settings(&mut self, keys: &[&str]) -> Result<HashMap<String, String>> {
        let wanted = settings::table.filter(settings::key.eq_any(keys.iter().copied()));
        let rows: Vec<(String, String)> = on!(self.conn(), |c| wanted.load(c).await)?;
        Ok(rows.into_iter().collect())
    }

    /// The settings that are set whose keys begin so.
    pub async fn settings_under(&mut self, prefix: &str) -> Result<HashMap<String, String>> {
        let pattern = format!("{}%", prefix.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        let wanted = settings::table.filter(settings::key.like(pattern).escape('\\'));
        let rows: Vec<(String, String)> = on!(self.conn(), |c| wanted.load(c).await)?;
        Ok(rows.into_iter().collect())
    }

    /// What time the database has: the same for all who ask it. PostgreSQL only; on SQLite nobody else is there to ask.
    pub async fn time(&mut self) -> Result<Timestamp> {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            micros: i64,
        }
        let Conn::Pg(pooled) = self.conn() else {
            return Err(StoreError::Unavailable("SQLite keeps no time of its own".to_owned()));
        };
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS micros";
        let row: Row = diesel::sql_query(sql).get_result(&mut **pooled).await?;
        Ok(Timestamp::from_micros(row.micros))
    }

    /// Takes a lease until `until` if it is free, lapsed by `now`, or the holder's already; true: it is the
    /// holder's. Of several at the same moment one gets it.
    pub async fn acquire_lease(
        &mut self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool> {
        let made = on!(self.conn(), |c| diesel::insert_into(leases::table)
            .values((leases::name.eq(name), leases::holder.eq(holder), leases::until.eq(until.micros()),))
            .on_conflict(leases::name)
            .do_nothing()
            .execute(c)
            .await)?;
        if made > 0 {
            return Ok(true);
        }
        let free = leases::until.le(now.micros()).or(leases::holder.eq(holder));
        let taken =
            on!(self.conn(), |c| diesel::update(leases::table.filter(leases::name.eq(name).and(free)))
                .set((leases::holder.eq(holder), leases::until.eq(until.micros())))
                .execute(c)
                .await)?;
        Ok(taken > 0)
    }

    /// Has anybody a lease now?
    pub async fn is_leased(&mut self, name: &str, now: Timestamp) -> Result<bool> {
        let held = leases::table.filter(leases::name.eq(name).and(leases::until.gt(now.micros())));
        let count: i64 = on!(self.conn(), |c| held.count().get_result(c).await)?;
        Ok(count > 0)
    }

    /// Makes a lease that the holder has last until `until`. False: it has lapsed by `now` or is another's;
    /// whoever held it must stop at once.
    pub async fn renew_lease(
        &mut self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool> {
        let ours = leases::name.eq(name).and(leases::holder.eq(holder)).and(leases::until.gt(now.micros()));
        let renewed = on!(self.conn(), |c| diesel::update(leases::table.filter(ours))
            .set(leases::until.eq(until.micros()))
            .execute(c)
            .await)?;
        Ok(renewed > 0)
    }

    /// Gives a lease back. False: it is not the holder's.
    pub async fn release_lease(&mut self, name: &str, holder: &str) -> Result<bool> {
        let ours = leases::name.eq(name).and(leases::holder.eq(holder));
        let gone = on!(self.conn(), |c| diesel::delete(leases::table.filter(ours)).execute(c).await)?;
        Ok(gone > 0)
    }
}

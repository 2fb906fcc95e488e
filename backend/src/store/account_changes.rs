//! The journal of what is done to the accounts of the routers: announced before the first command, so that whatever
//! happens in between is found out afterwards. Passwords are in no row.

use super::{
    Result, Tx,
    conn::on,
    records::{AccountChange, ChangeState},
    schema::account_changes,
    text::{AsText, Place},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{ids::RouterId, time::Timestamp};
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = account_changes, check_for_backend(Pg, Sqlite))]
struct ChangeRow {
    id: String,
    router_id: String,
    username: String,
    source: String,
    verb: String,
    actor: String,
    state: String,
    alive_until: i64,
}

impl TryFrom<ChangeRow> for AccountChange {
    type Error = super::StoreError;

    fn try_from(row: ChangeRow) -> Result<Self> {
        let place = Place::new("account_changes", &row.id);
        Ok(Self {
            id: place.text("id", &row.id)?,
            router: place.text("router_id", &row.router_id)?,
            source: place.text("source", &row.source)?,
            verb: place.text("verb", &row.verb)?,
            state: place.text("state", &row.state)?,
            alive_until: Timestamp::from_micros(row.alive_until),
            username: row.username,
            actor: row.actor,
        })
    }
}

impl Tx {
    /// Writes down that an account is about to be changed.
    ///
    /// # Errors
    /// [`super::StoreError::Conflict`]: another change of the same account stands.
    pub async fn announce_account_change(&mut self, change: &AccountChange, now: Timestamp) -> Result<()> {
        on!(self.conn(), |c| diesel::insert_into(account_changes::table)
            .values((
                account_changes::id.eq(change.id.as_text()),
                account_changes::router_id.eq(change.router.as_text()),
                account_changes::username.eq(&change.username),
                account_changes::source.eq(change.source.as_text()),
                account_changes::verb.eq(change.verb.as_text()),
                account_changes::actor.eq(&change.actor),
                account_changes::state.eq(change.state.as_text()),
                account_changes::alive_until.eq(change.alive_until.micros()),
                account_changes::created_at.eq(now.micros()),
            ))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// The change of the account that was announced last, whatever has become of it.
    pub async fn latest_account_change(
        &mut self,
        router: RouterId,
        username: &str,
    ) -> Result<Option<AccountChange>> {
        let router = router.as_text();
        let row: Option<ChangeRow> = on!(self.conn(), |c| account_changes::table
            .filter(account_changes::router_id.eq(&router).and(account_changes::username.eq(username)))
            .order(account_changes::id.desc())
            .select(ChangeRow::as_select())
            .first(c)
            .await
            .optional())?;
        row.map(TryInto::try_into).transpose()
    }

    /// The changes of a router's accounts that stand, in the order in which they were announced.
    pub async fn standing_account_changes(&mut self, router: RouterId) -> Result<Vec<AccountChange>> {
        let router = router.as_text();
        let rows: Vec<ChangeRow> = on!(self.conn(), |c| account_changes::table
            .filter(account_changes::router_id.eq(&router))
            .filter(account_changes::state.eq(ChangeState::Announced.as_text()))
            .order(account_changes::id)
            .select(ChangeRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Takes over a change whose maker is not at work on it any more. False: somebody else was faster, or it does not
    /// stand.
    pub async fn take_over_account_change(
        &mut self,
        id: Uuid,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool> {
        let left = account_changes::id
            .eq(id.as_text())
            .and(account_changes::state.eq(ChangeState::Announced.as_text()))
            .and(account_changes::alive_until.le(now.micros()));
        let changed = on!(self.conn(), |c| diesel::update(account_changes::table.filter(left))
            .set(account_changes::alive_until.eq(until.micros()))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// Whoever was at work on a change is not any more: from `until` on others may find out what became of it.
    pub async fn leave_account_change(&mut self, id: Uuid, until: Timestamp) -> Result<()> {
        let standing = account_changes::id
            .eq(id.as_text())
            .and(account_changes::state.eq(ChangeState::Announced.as_text()));
        on!(self.conn(), |c| diesel::update(account_changes::table.filter(standing))
            .set(account_changes::alive_until.eq(until.micros()))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Writes down what has become of a change. False: that was known already.
    pub async fn end_account_change(&mut self, id: Uuid, state: ChangeState, now: Timestamp) -> Result<bool> {
        let standing = account_changes::id
            .eq(id.as_text())
            .and(account_changes::state.eq(ChangeState::Announced.as_text()));
        let changed = on!(self.conn(), |c| diesel::update(account_changes::table.filter(standing))
            .set((account_changes::state.eq(state.as_text()), account_changes::ended_at.eq(now.micros())))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// How many changes of accounts stand, by router.
    pub async fn standing_account_change_counts(
        &mut self,
    ) -> Result<std::collections::HashMap<RouterId, i64>> {
        let rows: Vec<(String, i64)> = on!(self.conn(), |c| account_changes::table
            .filter(account_changes::state.eq(ChangeState::Announced.as_text()))
            .group_by(account_changes::router_id)
            .select((account_changes::router_id, diesel::dsl::count_star()))
            .load(c)
            .await)?;
        rows.iter()
            .map(|(router, n)| Ok((Place::new("account_changes", router).text("router_id", router)?, *n)))
            .collect()
    }
}

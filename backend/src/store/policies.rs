//! Policies: what they say is one JSON column, as nobody ever asks within it.

use super::{
    Result, StoreError, Tx,
    conn::on,
    records::{PolicyRecord, PolicyUse},
    schema::policies,
    sql::{Sql, load_sql},
    text::{AsText, Place},
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sallyport_shared::{ids::PolicyId, policy::Policy};
use std::collections::HashMap;

type Columns = (String, String, bool, String);

/// The policy of a row. The columns beside the body are what counts for what they hold.
pub(super) fn of_columns((id, name, is_default, body): Columns) -> Result<Policy> {
    let policy: Policy = Place::new("policies", &id).json("body", &body)?;
    Ok(Policy { id: Place::new("policies", &id).text("id", &id)?, name, is_default, ..policy })
}

fn record(
    (id, name, is_default, body, version): (String, String, bool, String, i64),
) -> Result<PolicyRecord> {
    Ok(PolicyRecord { policy: of_columns((id, name, is_default, body))?, version })
}

fn body(policy: &Policy) -> Result<String> {
    serde_json::to_string(policy).map_err(|_| Place::new("policies", &policy.id.as_text()).corrupt("body"))
}

/// The columns of a [`PolicyRecord`].
const COLUMNS: (policies::id, policies::name, policies::is_default, policies::body, policies::version) =
    (policies::id, policies::name, policies::is_default, policies::body, policies::version);

impl Tx {
    /// All policies, the default one first, then by name.
    pub async fn policies(&mut self) -> Result<Vec<PolicyRecord>> {
        let rows = on!(self.conn(), |c| policies::table
            .order((policies::is_default.desc(), policies::name, policies::id))
            .select(COLUMNS)
            .load(c)
            .await)?;
        rows.into_iter().map(record).collect()
    }

    /// The policy.
    pub async fn policy(&mut self, id: PolicyId) -> Result<Option<PolicyRecord>> {
        let id = id.as_text();
        let row = on!(self.conn(), |c| policies::table.find(&id).select(COLUMNS).first(c).await.optional())?;
        row.map(record).transpose()
    }

    /// The policy of everybody without one of their own; none only before the first start is through.
    pub async fn default_policy(&mut self) -> Result<Option<PolicyRecord>> {
        let row = on!(self.conn(), |c| policies::table
            .filter(policies::is_default)
            .select(COLUMNS)
            .first(c)
            .await
            .optional())?;
        row.map(record).transpose()
    }

    /// Keeps a new policy; if it is the default one the present default stops being it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: there is one with this id.
    pub async fn insert_policy(&mut self, policy: &Policy) -> Result<()> {
        self.make_room_for_default(policy).await?;
        let body = body(policy)?;
        on!(self.conn(), |c| diesel::insert_into(policies::table)
            .values((
                policies::id.eq(policy.id.as_text()),
                policies::name.eq(&policy.name),
                policies::is_default.eq(policy.is_default),
                policies::body.eq(&body),
                policies::version.eq(1_i64),
            ))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Saves a policy; gives the new version. If it is the default one now the present default stops being
    /// it. The caller sees to it that the default policy does not stop being it without another.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: it was changed since it was loaded with `expected_version`, or is gone.
    pub async fn save_policy(&mut self, policy: &Policy, expected_version: i64) -> Result<i64> {
        self.make_room_for_default(policy).await?;
        let body = body(policy)?;
        let ours = policies::id.eq(policy.id.as_text()).and(policies::version.eq(expected_version));
        let changed = on!(self.conn(), |c| diesel::update(policies::table.filter(ours))
            .set((
                policies::name.eq(&policy.name),
                policies::is_default.eq(policy.is_default),
                policies::body.eq(&body),
                policies::version.eq(expected_version + 1),
            ))
            .execute(c)
            .await)?;
        if changed == 0 { Err(StoreError::conflict("policies.version")) } else { Ok(expected_version + 1) }
    }

    async fn make_room_for_default(&mut self, policy: &Policy) -> Result<()> {
        if policy.is_default {
            let other = policies::is_default.and(policies::id.ne(policy.id.as_text()));
            on!(self.conn(), |c| diesel::update(policies::table.filter(other))
                .set((policies::is_default.eq(false), policies::version.eq(policies::version + 1)))
                .execute(c)
                .await)?;
        }
        Ok(())
    }

    /// Deletes a policy; those who had it fall back to the default one. False: there is none, or it is the
    /// default one, which stays.
    pub async fn delete_policy(&mut self, id: PolicyId) -> Result<bool> {
        let ours = policies::id.eq(id.as_text()).and(diesel::dsl::not(policies::is_default));
        let gone = on!(self.conn(), |c| diesel::delete(policies::table.filter(ours)).execute(c).await)?;
        Ok(gone > 0)
    }

    /// For how many people and live sessions each policy is in force.
    pub async fn policy_use(&mut self) -> Result<HashMap<PolicyId, PolicyUse>> {
        let sql = Sql::new(
            "SELECT p.id, (SELECT COUNT(*) FROM users u WHERE u.deleted_at IS NULL AND \
             (u.policy_id = p.id OR (u.policy_id IS NULL AND p.is_default))) AS users, \
             (SELECT COUNT(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.state <> 'ENDED' AND \
             (u.policy_id = p.id OR (u.policy_id IS NULL AND p.is_default))) AS live FROM policies p",
        );
        let rows = load_sql!(self.conn(), sql, UseRow)?;
        rows.iter()
            .map(|row| {
                let id = Place::new("policies", &row.id).text("id", &row.id)?;
                Ok((id, PolicyUse { users: row.users, live_sessions: row.live }))
            })
            .collect()
    }
}

#[derive(QueryableByName)]
struct UseRow {
    #[diesel(sql_type = diesel::sql_types::Text)]
    id: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    users: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    live: i64,
}

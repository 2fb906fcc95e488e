//! Accounts: the links between people and usernames on routers.

use super::{
    Result, Tx,
    conn::on,
    records::AccountRecord,
    schema::{accounts, policies, routers, users},
    text::{AsText, Place, fold, opt_text, texts},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{
    ids::{AccountId, PolicyId, RouterId, UserId},
    person::{Account, AccountSource},
    router::BoundRule,
    time::Timestamp,
};
use std::collections::HashMap;

#[derive(Queryable, Selectable)]
#[diesel(table_name = accounts, check_for_backend(Pg, Sqlite))]
struct AccountRow {
    id: String,
    user_id: String,
    router_id: String,
    username: String,
    source: Option<String>,
    enabled: Option<bool>,
    suspended: bool,
    rule_id: Option<String>,
    rule_comment: Option<Vec<u8>>,
    created_at: i64,
    removed_at: Option<i64>,
}

fn record((row, router_name): (AccountRow, String)) -> Result<AccountRecord> {
    let place = Place::new("accounts", &row.id);
    let id = place.text("id", &row.id)?;
    Ok(AccountRecord {
        account: Account {
            id,
            user: place.text("user_id", &row.user_id)?,
            router: place.text("router_id", &row.router_id)?,
            router_name,
            username: row.username,
            suspended: row.suspended,
        },
        source: place.opt("source", row.source.as_deref())?,
        enabled: row.enabled,
        rule: row.rule_id.zip(row.rule_comment).map(|(rule_id, comment)| BoundRule {
            account: id,
            rule_id,
            comment,
        }),
        created_at: Timestamp::from_micros(row.created_at),
        removed_at: row.removed_at.map(Timestamp::from_micros),
    })
}

/// Loads the [`AccountRecord`]s that fulfil `$filter`, by username.
macro_rules! load_accounts {
    ($tx:expr, $filter:expr) => {{
        let rows: Vec<(AccountRow, String)> = on!($tx.conn(), |c| accounts::table
            .inner_join(routers::table.on(routers::id.eq(accounts::router_id)))
            .filter($filter)
            .order((accounts::username, accounts::id))
            .select((AccountRow::as_select(), routers::name))
            .load(c)
            .await)?;
        rows.into_iter().map(record).collect::<Result<Vec<_>>>()
    }};
}

impl Tx {
    /// Links a username on a router to a person.
    ///
    /// # Errors
    /// [`super::StoreError::Conflict`]: it belongs to somebody already.
    pub async fn link_account(
        &mut self,
        id: AccountId,
        user: UserId,
        router: RouterId,
        username: &str,
        now: Timestamp,
    ) -> Result<()> {
        on!(self.conn(), |c| diesel::insert_into(accounts::table)
            .values((
                accounts::id.eq(id.as_text()),
                accounts::user_id.eq(user.as_text()),
                accounts::router_id.eq(router.as_text()),
                accounts::username.eq(username),
                accounts::search_name.eq(fold(username)),
                accounts::suspended.eq(false),
                accounts::created_at.eq(now.micros()),
            ))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Unlinks an account, for everybody but the history; the username and the bound rule are free again. Its
    /// session must have been ended. False: it is not linked.
    pub async fn unlink_account(&mut self, id: AccountId, now: Timestamp) -> Result<bool> {
        let linked = accounts::id.eq(id.as_text()).and(accounts::removed_at.is_null());
        let changed = on!(self.conn(), |c| diesel::update(accounts::table.filter(linked))
            .set(accounts::removed_at.eq(now.micros()))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// Takes an account out of use, or back into it.
    pub async fn suspend_account(&mut self, id: AccountId, suspended: bool) -> Result<()> {
        let id = id.as_text();
        on!(self.conn(), |c| diesel::update(accounts::table.find(&id))
            .set(accounts::suspended.eq(suspended))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// The account, unlinked ones included.
    pub async fn account(&mut self, id: AccountId) -> Result<Option<AccountRecord>> {
        Ok(self.accounts_by_ids(&[id]).await?.remove(&id))
    }

    /// The linked account with this name on the router; upper and lower case differ.
    pub async fn account_by_username(
        &mut self,
        router: RouterId,
        username: &str,
    ) -> Result<Option<AccountRecord>> {
        let router = router.as_text();
        let named = accounts::router_id.eq(&router).and(accounts::username.eq(username));
        Ok(load_accounts!(self, named.and(accounts::removed_at.is_null()))?.pop())
    }

    /// The accounts with these ids, unlinked ones included.
    pub async fn accounts_by_ids(&mut self, ids: &[AccountId]) -> Result<HashMap<AccountId, AccountRecord>> {
        let ids = texts(ids);
        let records = load_accounts!(self, accounts::id.eq_any(ids))?;
        Ok(records.into_iter().map(|record| (record.account.id, record)).collect())
    }

    /// The linked accounts of each of these people, by username.
    pub async fn accounts_of_users(
        &mut self,
        users: &[UserId],
    ) -> Result<HashMap<UserId, Vec<AccountRecord>>> {
        let users = texts(users);
        let theirs = accounts::user_id.eq_any(users).and(accounts::removed_at.is_null());
        let mut all: HashMap<UserId, Vec<AccountRecord>> = HashMap::new();
        for record in load_accounts!(self, theirs)? {
            all.entry(record.account.user).or_default().push(record);
        }
        Ok(all)
    }

    /// The linked accounts of a person, by username.
    pub async fn accounts_of_user(&mut self, user: UserId) -> Result<Vec<AccountRecord>> {
        Ok(self.accounts_of_users(&[user]).await?.remove(&user).unwrap_or_default())
    }

    /// The linked accounts of a router, by username.
    pub async fn accounts_of_router(&mut self, router: RouterId) -> Result<Vec<AccountRecord>> {
        let router = router.as_text();
        load_accounts!(self, accounts::router_id.eq(&router).and(accounts::removed_at.is_null()))
    }

    /// The linked accounts of everybody for whom a policy is in force.
    pub async fn accounts_under_policy(&mut self, policy: PolicyId) -> Result<Vec<AccountId>> {
        let policy = policy.as_text();
        let by_default =
            diesel::dsl::exists(policies::table.filter(policies::id.eq(&policy).and(policies::is_default)));
        let ids: Vec<String> = on!(self.conn(), |c| accounts::table
            .inner_join(users::table.on(users::id.eq(accounts::user_id)))
            .filter(accounts::removed_at.is_null())
            .filter(
                users::policy_id.eq(&policy).assume_not_null().or(users::policy_id.is_null().and(by_default))
            )
            .order(accounts::id)
            .select(accounts::id)
            .load(c)
            .await)?;
        ids.iter().map(|id| Place::new("accounts", id).text("id", id)).collect()
    }

    /// Binds a firewall rule to an account: by its `.id` and its exact comment. False: the account is not
    /// linked.
    ///
    /// # Errors
    /// [`super::StoreError::Conflict`]: the rule is bound to another account.
    pub async fn bind_rule(&mut self, id: AccountId, rule_id: &str, comment: &[u8]) -> Result<bool> {
        let linked = accounts::id.eq(id.as_text()).and(accounts::removed_at.is_null());
        let changed = on!(self.conn(), |c| diesel::update(accounts::table.filter(linked))
            .set((accounts::rule_id.eq(rule_id), accounts::rule_comment.eq(comment)))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// Unbinds the firewall rule of an account. False: none was bound.
    pub async fn unbind_rule(&mut self, id: AccountId) -> Result<bool> {
        let bound = accounts::id.eq(id.as_text()).and(accounts::rule_id.is_not_null());
        let changed = on!(self.conn(), |c| diesel::update(accounts::table.filter(bound))
            .set((accounts::rule_id.eq(None::<String>), accounts::rule_comment.eq(None::<Vec<u8>>)))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// Remembers how the router showed an account: enabled, and, if given, where it is kept.
    pub async fn set_account_seen(
        &mut self,
        id: AccountId,
        enabled: Option<bool>,
        source: Option<AccountSource>,
    ) -> Result<()> {
        let (id, source) = (id.as_text(), opt_text(source.as_ref()));
        on!(self.conn(), |c| {
            let row = diesel::update(accounts::table.find(&id));
            match source {
                Some(source) => {
                    row.set((accounts::enabled.eq(enabled), accounts::source.eq(source))).execute(c).await
                }
                None => row.set(accounts::enabled.eq(enabled)).execute(c).await,
            }
        })?;
        Ok(())
    }
}

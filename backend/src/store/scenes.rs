//! Scenes: what the rules must see to decide about one account, and what a router should look like.

use super::{
    Result, Tx,
    conn::{Conn, on},
    policies,
    records::{AccountScene, LiveConnection, RouterMode},
    schema::{accounts, connections, policies as policy_table, routers, sessions, users},
    text::{AsText, Place},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{
    ids::{AccountId, RouterId},
    person::{Account, Person, TelegramId, UserStatus},
    policy::{AccessMode, Policy},
    router::{Allowed, BoundRule, Desired},
    session::{Boot, ConnectionState, SessionState, Tunnel},
};
use std::collections::{HashMap, HashSet};

/// An account with its owner and its router, as far as the rules need them.
#[derive(Queryable)]
#[diesel(check_for_backend(Pg, Sqlite))]
struct SceneRow {
    id: String,
    user_id: String,
    router_id: String,
    username: String,
    suspended: bool,
    rule_id: Option<String>,
    rule_comment: Option<Vec<u8>>,
    removed_at: Option<i64>,
    router_name: String,
    mode: String,
    status: String,
    telegram_id: Option<i64>,
    language: String,
    policy_id: Option<String>,
}

/// Loads one [`SceneRow`] for accounts that fulfil `$filter`.
macro_rules! scene_row {
    ($tx:expr, $filter:expr) => {
        on!($tx.conn(), |c| accounts::table
            .inner_join(routers::table.on(routers::id.eq(accounts::router_id)))
            .inner_join(users::table.on(users::id.eq(accounts::user_id)))
            .filter($filter)
            .select((
                accounts::id,
                accounts::user_id,
                accounts::router_id,
                accounts::username,
                accounts::suspended,
                accounts::rule_id,
                accounts::rule_comment,
                accounts::removed_at,
                routers::name,
                routers::mode,
                users::status,
                users::telegram_id,
                users::language,
                users::policy_id,
            ))
            .first::<SceneRow>(c)
            .await
            .optional())
    };
}

impl Tx {
    /// What an event about the account concerns. Unlinked accounts have a scene as long as somebody asks for
    /// it: their last session still has to be wound up.
    pub async fn scene(&mut self, account: AccountId) -> Result<Option<AccountScene>> {
        let id = account.as_text();
        let row = scene_row!(self, accounts::id.eq(&id))?;
        self.scene_of(row).await
    }

    /// Holds whatever the account's scene is made of until this unit of work is over: its person, whom other units of
    /// work cannot block, ask or count meanwhile, and the policy in force, which cannot be changed. To be called before
    /// the scene is read. On SQLite there is one writer at a time anyway.
    pub async fn hold_scene(&mut self, account: AccountId) -> Result<()> {
        let Conn::Pg(pooled) = self.conn() else { return Ok(()) };
        let account = account.as_text();
        let person = "SELECT 1 FROM users u JOIN accounts a ON a.user_id = u.id WHERE a.id = $1 \
                      FOR NO KEY UPDATE OF u";
        let policy = "SELECT 1 FROM policies p WHERE p.id = (SELECT coalesce(u.policy_id, \
                      (SELECT d.id FROM policies d WHERE d.is_default)) \
                      FROM users u JOIN accounts a ON a.user_id = u.id WHERE a.id = $1) FOR SHARE OF p";
        for held in [person, policy] {
            diesel::sql_query(held)
                .bind::<diesel::sql_types::Text, _>(&account)
                .execute(&mut **pooled)
                .await?;
        }
        Ok(())
    }

    /// The scene of the account with this name on the router, if it is linked.
    pub async fn scene_of_username(
        &mut self,
        router: RouterId,
        username: &str,
    ) -> Result<Option<AccountScene>> {
        let router = router.as_text();
        let named = accounts::router_id.eq(&router).and(accounts::username.eq(username));
        let row = scene_row!(self, named.and(accounts::removed_at.is_null()))?;
        self.scene_of(row).await
    }

    async fn scene_of(&mut self, row: Option<SceneRow>) -> Result<Option<AccountScene>> {
        let Some(row) = row else { return Ok(None) };
        let place = Place::new("accounts", &row.id);
        let account = Account {
            id: place.text("id", &row.id)?,
            user: place.text("user_id", &row.user_id)?,
            router: place.text("router_id", &row.router_id)?,
            router_name: row.router_name,
            username: row.username,
            suspended: row.suspended,
        };
        let rule = row.rule_id.zip(row.rule_comment).map(|(rule_id, comment)| BoundRule {
            account: account.id,
            rule_id,
            comment,
        });
        let of_user = Place::new("users", &row.user_id);
        let person = Person {
            id: account.user,
            status: of_user.text("status", &row.status)?,
            telegram: row.telegram_id.map(TelegramId),
            language: of_user.text("language", &row.language)?,
        };
        let mode: RouterMode = Place::new("routers", &row.router_id).text("mode", &row.mode)?;
        let Some(policy) = self.policy_in_force(row.policy_id.as_deref()).await? else { return Ok(None) };
        let live = self.live_session(account.id).await?;
        let linked = row.removed_at.is_none();
        Ok(Some(AccountScene { person, account, linked, policy, mode, rule, live }))
    }

    /// A person's own policy or the default one.
    async fn policy_in_force(&mut self, own: Option<&str>) -> Result<Option<Policy>> {
        let row = on!(self.conn(), |c| {
            let columns =
                (policy_table::id, policy_table::name, policy_table::is_default, policy_table::body);
            match own {
                Some(own) => policy_table::table.find(own).select(columns).first(c).await.optional(),
                None => policy_table::table
                    .filter(policy_table::is_default)
                    .select(columns)
                    .first(c)
                    .await
                    .optional(),
            }
        })?;
        row.map(policies::of_columns).transpose()
    }

    /// The connections of a router that are not closed, by the age of their ids.
    pub async fn live_connections(&mut self, router: RouterId) -> Result<Vec<LiveConnection>> {
        let router = router.as_text();
        let rows: Vec<LiveRow> = on!(self.conn(), |c| connections::table
            .filter(connections::router_id.eq(&router).and(connections::state.ne("CLOSED")))
            .order(connections::id)
            .select(LiveRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(LiveRow::live).collect()
    }

    /// What the router should look like.
    pub async fn desired(&mut self, router: RouterId) -> Result<Desired> {
        Ok(self.reconciliation(router).await?.0)
    }

    /// What the router should look like, and the connections that it should show, from one look.
    pub async fn reconciliation(&mut self, router: RouterId) -> Result<(Desired, Vec<LiveConnection>)> {
        let live = self.live_connections(router).await?;
        let linked = self.linked(router).await?;
        // A connection outlives its session only if rows were changed by hand: then it is not let through.
        let live_accounts: HashSet<AccountId> =
            linked.iter().filter(|linked| linked.live.is_some()).map(|linked| linked.account).collect();
        let allowed = live
            .iter()
            .filter(|live| live.state == ConnectionState::Confirmed)
            .filter(|live| live_accounts.contains(&live.account))
            .map(|live| Allowed {
                connection: live.connection,
                account: live.account,
                tunnel: live.tunnel.clone(),
                opened: live.opened,
            })
            .collect();
        let policies = self.policies().await?;
        let follows: HashMap<_, _> =
            policies.iter().map(|record| (record.policy.id, &record.policy)).collect();
        let default = policies.iter().map(|record| &record.policy).find(|policy| policy.is_default);
        let enabled = |linked: &Linked| {
            let policy = linked.policy.and_then(|id| follows.get(&id).copied()).or(default);
            Some((linked.username.clone(), linked.enabled(policy?)?))
        };
        let accounts = linked.iter().filter_map(enabled).collect();
        let rules = linked.into_iter().filter_map(|linked| linked.rule).collect();
        Ok((Desired { allowed, rules, accounts, ..Desired::default() }, live))
    }

    /// The linked accounts of a router with what decides whether they are enabled.
    async fn linked(&mut self, router: RouterId) -> Result<Vec<Linked>> {
        let router = router.as_text();
        let live = sessions::account_id.eq(accounts::id).and(sessions::state.ne("ENDED"));
        let rows: Vec<LinkedRow> = on!(self.conn(), |c| accounts::table
            .inner_join(users::table.on(users::id.eq(accounts::user_id)))
            .left_join(sessions::table.on(live))
            .filter(accounts::router_id.eq(&router).and(accounts::removed_at.is_null()))
            .order(accounts::username)
            .select((
                accounts::id,
                accounts::username,
                accounts::suspended,
                accounts::rule_id,
                accounts::rule_comment,
                users::status,
                users::policy_id,
                sessions::state.nullable(),
            ))
            .load(c)
            .await)?;
        rows.into_iter().map(Linked::new).collect()
    }
}

/// A connection as reconciliation reads it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = connections, check_for_backend(Pg, Sqlite))]
struct LiveRow {
    id: String,
    session_id: String,
    account_id: String,
    boot: i64,
    router_session_id: String,
    username: String,
    service: String,
    caller_id: Option<String>,
    address: Option<String>,
    state: String,
    opened_at: Option<i64>,
}

impl LiveRow {
    fn live(self) -> Result<LiveConnection> {
        let place = Place::new("connections", &self.id);
        Ok(LiveConnection {
            connection: place.text("id", &self.id)?,
            session: place.text("session_id", &self.session_id)?,
            account: place.text("account_id", &self.account_id)?,
            state: place.text("state", &self.state)?,
            opened: self.opened_at.is_some(),
            tunnel: Tunnel {
                boot: Boot(place.number("boot", self.boot)?),
                router_session_id: self.router_session_id,
                username: self.username,
                service: self.service,
                caller_id: self.caller_id,
                address: self.address,
            },
        })
    }
}

type LinkedRow =
    (String, String, bool, Option<String>, Option<Vec<u8>>, String, Option<String>, Option<String>);

/// A linked account with what decides whether it is enabled.
struct Linked {
    account: AccountId,
    username: String,
    suspended: bool,
    rule: Option<BoundRule>,
    status: UserStatus,
    policy: Option<sallyport_shared::ids::PolicyId>,
    live: Option<SessionState>,
}

impl Linked {
    fn new((id, username, suspended, rule_id, comment, status, policy, live): LinkedRow) -> Result<Self> {
        let place = Place::new("accounts", &id);
        let account = place.text("id", &id)?;
        let rule = rule_id.zip(comment).map(|(rule_id, comment)| BoundRule { account, rule_id, comment });
        Ok(Self {
            account,
            username,
            suspended,
            rule,
            status: place.text("users.status", &status)?,
            policy: place.opt("users.policy_id", policy.as_deref())?,
            live: place.opt("sessions.state", live.as_deref())?,
        })
    }

    /// Should the account be enabled on the router? None: that is not for Sallyport to say.
    fn enabled(&self, policy: &Policy) -> Option<bool> {
        use SessionState::{Active, Confirming, Granted};
        if self.suspended || self.status != UserStatus::Approved {
            return Some(false);
        }
        let granted = matches!(self.live, Some(Granted | Confirming | Active));
        match policy.access_mode {
            AccessMode::Always => Some(true),
            AccessMode::OnRequest if policy.disable_account_at_end => Some(granted),
            AccessMode::OnRequest => granted.then_some(true),
        }
    }
}

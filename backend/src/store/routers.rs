//! Routers: their settings, and what was last seen of them.

use super::{
    Result, StoreError, Tx,
    conn::on,
    records::{RouterMode, RouterRecord, RouterState, RouterStatus},
    schema::{router_status, routers},
    text::{AsText, Place, opt_text, texts},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{
    ids::RouterId,
    session::Boot,
    time::{Seconds, Timestamp},
};
use std::collections::HashMap;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = routers, check_for_backend(Pg, Sqlite), treat_none_as_null = true)]
struct RouterRow {
    id: String,
    name: String,
    host: String,
    port: i64,
    tls: String,
    pinned_sha256: Option<String>,
    ca_pem: Option<String>,
    username: String,
    password_enc: Vec<u8>,
    md5_login: bool,
    mode: String,
    enabled: bool,
    poll_seconds: i64,
    sandbox_list: String,
    allow_list: String,
    ban_list: String,
    allow_seconds: i64,
    account_source: Option<String>,
    hook_token_hash: String,
    hook_token_enc: Vec<u8>,
    created_at: i64,
    deleted_at: Option<i64>,
    version: i64,
}

impl RouterRow {
    fn new(router: &RouterRecord, version: i64) -> Self {
        Self {
            id: router.id.as_text(),
            name: router.name.clone(),
            host: router.host.clone(),
            port: i64::from(router.port),
            tls: router.tls.as_text(),
            pinned_sha256: router.pinned_sha256.clone(),
            ca_pem: router.ca_pem.clone(),
            username: router.username.clone(),
            password_enc: router.password_enc.clone(),
            md5_login: router.md5_login,
            mode: router.mode.as_text(),
            enabled: router.enabled,
            poll_seconds: i64::from(router.poll_seconds.0),
            sandbox_list: router.sandbox_list.clone(),
            allow_list: router.allow_list.clone(),
            ban_list: router.ban_list.clone(),
            allow_seconds: i64::from(router.allow_seconds.0),
            account_source: opt_text(router.account_source.as_ref()),
            hook_token_hash: router.hook_token_hash.clone(),
            hook_token_enc: router.hook_token_enc.clone(),
            created_at: router.created_at.micros(),
            deleted_at: router.deleted_at.map(Timestamp::micros),
            version,
        }
    }
}

impl TryFrom<RouterRow> for RouterRecord {
    type Error = StoreError;

    fn try_from(row: RouterRow) -> Result<Self> {
        let place = Place::new("routers", &row.id);
        Ok(Self {
            id: place.text("id", &row.id)?,
            port: place.number("port", row.port)?,
            tls: place.text("tls", &row.tls)?,
            mode: place.text("mode", &row.mode)?,
            poll_seconds: Seconds(place.number("poll_seconds", row.poll_seconds)?),
            allow_seconds: Seconds(place.number("allow_seconds", row.allow_seconds)?),
            account_source: place.opt("account_source", row.account_source.as_deref())?,
            created_at: Timestamp::from_micros(row.created_at),
            deleted_at: row.deleted_at.map(Timestamp::from_micros),
            name: row.name,
            host: row.host,
            pinned_sha256: row.pinned_sha256,
            ca_pem: row.ca_pem,
            username: row.username,
            password_enc: row.password_enc,
            md5_login: row.md5_login,
            enabled: row.enabled,
            sandbox_list: row.sandbox_list,
            allow_list: row.allow_list,
            ban_list: row.ban_list,
            hook_token_hash: row.hook_token_hash,
            hook_token_enc: row.hook_token_enc,
            version: row.version,
        })
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = router_status, primary_key(router_id))]
#[diesel(check_for_backend(Pg, Sqlite), treat_none_as_null = true)]
struct StatusRow {
    router_id: String,
    state: String,
    last_error: Option<String>,
    last_seen_at: Option<i64>,
    push: bool,
    identity: Option<String>,
    version: Option<String>,
    board: Option<String>,
    uptime_seconds: Option<i64>,
    clock_skew_seconds: Option<i64>,
    account_source: Option<String>,
}

impl TryFrom<StatusRow> for RouterStatus {
    type Error = StoreError;

    fn try_from(row: StatusRow) -> Result<Self> {
        let place = Place::new("router_status", &row.router_id);
        Ok(Self {
            router: place.text("router_id", &row.router_id)?,
            state: place.text("state", &row.state)?,
            account_source: place.opt("account_source", row.account_source.as_deref())?,
            last_seen_at: row.last_seen_at.map(Timestamp::from_micros),
            last_error: row.last_error,
            push: row.push,
            identity: row.identity,
            version: row.version,
            board: row.board,
            uptime_seconds: row.uptime_seconds,
            clock_skew_seconds: row.clock_skew_seconds,
        })
    }
}

impl Tx {
    /// Keeps a new router; whatever version it holds, the stored one is 1.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: there is one with this id or hook token.
    pub async fn insert_router(&mut self, router: &RouterRecord) -> Result<()> {
        let row = RouterRow::new(router, 1);
        on!(self.conn(), |c| diesel::insert_into(routers::table).values(&row).execute(c).await)?;
        Ok(())
    }

    /// Saves a router as loaded with `router.version`; gives the new version.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: it was changed since, or is gone.
    pub async fn save_router(&mut self, router: &RouterRecord) -> Result<i64> {
        let row = RouterRow::new(router, router.version + 1);
        let ours = routers::id.eq(&row.id).and(routers::version.eq(router.version));
        let changed =
            on!(self.conn(), |c| diesel::update(routers::table.filter(ours)).set(&row).execute(c).await)?;
        if changed == 0 { Err(StoreError::conflict("routers.version")) } else { Ok(row.version) }
    }

    /// From now on the router is written to: tunnels of before, about which nobody was asked, count for nobody.
    pub async fn set_enforced(&mut self, id: RouterId, now: Timestamp) -> Result<()> {
        let id = id.as_text();
        on!(self.conn(), |c| diesel::update(routers::table.find(&id))
            .set(routers::enforced_at.eq(now.micros()))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Since when the router is written to; none: always, or it is only watched and always was.
    pub async fn enforced_since(&mut self, id: RouterId) -> Result<Option<Timestamp>> {
        let id = id.as_text();
        let since: Option<Option<i64>> = on!(self.conn(), |c| routers::table
            .find(&id)
            .select(routers::enforced_at)
            .first(c)
            .await
            .optional())?;
        Ok(since.flatten().map(Timestamp::from_micros))
    }

    /// May the router be written to, as the settings are at this moment?
    pub async fn is_enforced(&mut self, id: RouterId) -> Result<bool> {
        let id = id.as_text();
        let there = routers::id.eq(&id).and(routers::deleted_at.is_null());
        let enforced = routers::table
            .filter(there)
            .filter(routers::mode.eq(RouterMode::Enforce.as_text()).and(routers::enabled));
        Ok(on!(self.conn(), |c| diesel::select(diesel::dsl::exists(enforced)).get_result(c).await)?)
    }

    /// Deletes a router, for everybody but the history: its accounts are unlinked, its pending wishes given
    /// up, its password forgotten. Its sessions must have been ended. False: there is no such router.
    pub async fn delete_router(&mut self, id: RouterId, now: Timestamp) -> Result<bool> {
        use super::schema::{accounts, wishes};
        let id = id.as_text();
        let there = routers::id.eq(&id).and(routers::deleted_at.is_null());
        let changed = on!(self.conn(), |c| diesel::update(routers::table.filter(there))
            .set((
                routers::deleted_at.eq(now.micros()),
                routers::enabled.eq(false),
                routers::password_enc.eq(Vec::<u8>::new()),
                routers::version.eq(routers::version + 1),
            ))
            .execute(c)
            .await)?;
        let linked = accounts::router_id.eq(&id).and(accounts::removed_at.is_null());
        on!(self.conn(), |c| diesel::update(accounts::table.filter(linked))
            .set(accounts::removed_at.eq(now.micros()))
            .execute(c)
            .await)?;
        let pending = wishes::router_id.eq(&id).and(wishes::state.eq("PENDING"));
        on!(self.conn(), |c| diesel::update(wishes::table.filter(pending))
            .set((
                wishes::state.eq("GIVEN_UP"),
                wishes::done_at.eq(now.micros()),
                wishes::last_error.eq("the router was deleted"),
            ))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// All routers but the deleted ones, by name.
    pub async fn routers(&mut self) -> Result<Vec<RouterRecord>> {
        let rows: Vec<RouterRow> = on!(self.conn(), |c| routers::table
            .filter(routers::deleted_at.is_null())
            .order((routers::name, routers::id))
            .select(RouterRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The router, unless it was deleted.
    pub async fn router(&mut self, id: RouterId) -> Result<Option<RouterRecord>> {
        let router = self.routers_by_ids(&[id]).await?.remove(&id);
        Ok(router.filter(|router| router.deleted_at.is_none()))
    }

    /// The routers with these ids, deleted ones included.
    pub async fn routers_by_ids(&mut self, ids: &[RouterId]) -> Result<HashMap<RouterId, RouterRecord>> {
        let ids = texts(ids);
        let rows: Vec<RouterRow> = on!(self.conn(), |c| routers::table
            .filter(routers::id.eq_any(ids))
            .select(RouterRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(|row| RouterRecord::try_from(row).map(|record| (record.id, record))).collect()
    }

    /// The router whose hooks carry the token with this hash.
    pub async fn router_by_hook_token(&mut self, hash: &str) -> Result<Option<RouterRecord>> {
        let row: Option<RouterRow> = on!(self.conn(), |c| routers::table
            .filter(routers::hook_token_hash.eq(hash).and(routers::deleted_at.is_null()))
            .select(RouterRow::as_select())
            .first(c)
            .await
            .optional())?;
        row.map(TryInto::try_into).transpose()
    }

    /// Writes down what was last seen of a router.
    pub async fn save_router_status(&mut self, status: &RouterStatus) -> Result<()> {
        let row = StatusRow {
            router_id: status.router.as_text(),
            state: status.state.as_text(),
            last_error: status.last_error.clone(),
            last_seen_at: status.last_seen_at.map(Timestamp::micros),
            push: status.push,
            identity: status.identity.clone(),
            version: status.version.clone(),
            board: status.board.clone(),
            uptime_seconds: status.uptime_seconds,
            clock_skew_seconds: status.clock_skew_seconds,
            account_source: opt_text(status.account_source.as_ref()),
        };
        on!(self.conn(), |c| diesel::insert_into(router_status::table)
            .values(&row)
            .on_conflict(router_status::router_id)
            .do_update()
            .set(&row)
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Which of its boots the router was in when it was looked at last, and when that began by our clock. Where that was
    /// not written down, it began before the router was seen last.
    pub async fn boot(&mut self, id: RouterId) -> Result<(Boot, Option<Timestamp>)> {
        let id = id.as_text();
        let row: Option<(i64, Option<i64>, Option<i64>)> = on!(self.conn(), |c| router_status::table
            .find(&id)
            .select((router_status::boot, router_status::booted_at, router_status::last_seen_at))
            .first(c)
            .await
            .optional())?;
        let Some((boot, booted_at, last_seen_at)) = row else { return Ok((Boot::default(), None)) };
        let boot = Boot(Place::new("router_status", &id).number("boot", boot)?);
        Ok((boot, booted_at.or(last_seen_at).map(Timestamp::from_micros)))
    }

    /// Writes down which of its boots a router is in, and when that began.
    pub async fn set_boot(&mut self, id: RouterId, boot: Boot, booted_at: Timestamp) -> Result<()> {
        let id = id.as_text();
        let new =
            (router_status::boot.eq(i64::from(boot.0)), router_status::booted_at.eq(booted_at.micros()));
        on!(self.conn(), |c| diesel::insert_into(router_status::table)
            .values((
                router_status::router_id.eq(&id),
                router_status::state.eq(RouterState::Connecting.as_text()),
                router_status::push.eq(false),
                new,
            ))
            .on_conflict(router_status::router_id)
            .do_update()
            .set(new)
            .execute(c)
            .await)?;
        Ok(())
    }

    /// What was last seen of each of these routers, as far as anything was.
    pub async fn router_statuses(&mut self, ids: &[RouterId]) -> Result<HashMap<RouterId, RouterStatus>> {
        let ids = texts(ids);
        let rows: Vec<StatusRow> = on!(self.conn(), |c| router_status::table
            .filter(router_status::router_id.eq_any(ids))
            .select(StatusRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter()
            .map(|row| RouterStatus::try_from(row).map(|status| (status.router, status)))
            .collect()
    }
}

//! Banned addresses, and what was found on routers that was not as it should be.

use super::{
    Result, StoreError, Tx,
    conn::on,
    records::{BanRecord, DriftRecord},
    schema::{bans, drifts},
    sql::{Sql, load_sql},
    text::{AsText, Place, opt_text, texts},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{
    ids::{RouterId, UserId},
    reason::Reason,
    time::Timestamp,
};
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = bans, check_for_backend(Pg, Sqlite))]
struct BanRow {
    id: String,
    router_id: String,
    address: String,
    reason: String,
    until: Option<i64>,
    created_at: i64,
    removed_at: Option<i64>,
    user_id: Option<String>,
}

impl TryFrom<BanRow> for BanRecord {
    type Error = StoreError;

    fn try_from(row: BanRow) -> Result<Self> {
        let place = Place::new("bans", &row.id);
        Ok(Self {
            id: place.text("id", &row.id)?,
            router: place.text("router_id", &row.router_id)?,
            until: row.until.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            removed_at: row.removed_at.map(Timestamp::from_micros),
            user: place.opt("user_id", row.user_id.as_deref())?,
            address: row.address,
            reason: Reason::read(&row.reason),
        })
    }
}

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = drifts, check_for_backend(Pg, Sqlite))]
struct DriftRow {
    id: String,
    router_id: String,
    at: i64,
    description: String,
    repaired: bool,
}

impl Tx {
    /// Bans an address on a router, for what was done with an account of `user`. An earlier ban of it is taken over, and
    /// with it its time, where that is longer: several people may call from one address.
    pub async fn insert_ban(
        &mut self,
        router: RouterId,
        address: &str,
        reason: &Reason,
        until: Option<Timestamp>,
        user: Option<UserId>,
        now: Timestamp,
    ) -> Result<BanRecord> {
        let id = self.fresh_id(now);
        let (id_text, router_text) = (id.as_text(), router.as_text());
        let earlier =
            bans::router_id.eq(&router_text).and(bans::address.eq(address)).and(bans::removed_at.is_null());
        let times: Vec<Option<i64>> =
            on!(self.conn(), |c| bans::table.filter(earlier).select(bans::until).load(c).await)?;
        // None has no end; one that is over is earlier than any new one.
        let times = times.into_iter().map(|until| until.map(Timestamp::from_micros));
        let until = times.fold(until, |longest, other| Some(longest?.max(other?)));
        on!(self.conn(), |c| diesel::update(bans::table.filter(earlier))
            .set(bans::removed_at.eq(now.micros()))
            .execute(c)
            .await)?;
        on!(self.conn(), |c| diesel::insert_into(bans::table)
            .values((
                bans::id.eq(&id_text),
                bans::router_id.eq(&router_text),
                bans::address.eq(address),
                bans::reason.eq(reason.stored()),
                bans::until.eq(until.map(Timestamp::micros)),
                bans::created_at.eq(now.micros()),
                bans::user_id.eq(opt_text(user.as_ref())),
                bans::lifted.eq(false),
            ))
            .execute(c)
            .await)?;
        let (address, reason) = (address.to_owned(), reason.clone());
        Ok(BanRecord { id, router, address, reason, until, created_at: now, removed_at: None, user })
    }

    /// The ban, over or not.
    pub async fn ban(&mut self, id: Uuid) -> Result<Option<BanRecord>> {
        let id = id.as_text();
        let row: Option<BanRow> = on!(self.conn(), |c| bans::table
            .find(&id)
            .select(BanRow::as_select())
            .first(c)
            .await
            .optional())?;
        row.map(TryInto::try_into).transpose()
    }

    /// The bans that are in force, of one router or of all, the newest first.
    pub async fn bans(&mut self, router: Option<RouterId>, now: Timestamp) -> Result<Vec<BanRecord>> {
        let router = opt_text(router.as_ref());
        let rows: Vec<BanRow> = on!(self.conn(), |c| {
            let mut query = bans::table
                .filter(bans::removed_at.is_null())
                .filter(bans::until.is_null().or(bans::until.gt(now.micros())))
                .order(bans::id.desc())
                .select(BanRow::as_select())
                .into_boxed();
            if let Some(router) = &router {
                query = query.filter(bans::router_id.eq(router));
            }
            query.load(c).await
        })?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The bans on a router that were made for what was done with an account of `user`, in force or not, at or after `from`
    /// and before `before`, if that is given; the oldest first.
    pub async fn bans_made_for(
        &mut self,
        user: UserId,
        router: RouterId,
        from: Timestamp,
        before: Option<Timestamp>,
    ) -> Result<Vec<BanRecord>> {
        let (user, router) = (user.as_text(), router.as_text());
        let before = before.map_or(i64::MAX, Timestamp::micros);
        let rows: Vec<BanRow> = on!(self.conn(), |c| bans::table
            .filter(bans::user_id.eq(&user).and(bans::router_id.eq(&router)))
            .filter(bans::created_at.ge(from.micros()).and(bans::created_at.lt(before)))
            .order(bans::id)
            .select(BanRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Is a ban of this address in force on the router, whomever it was made for?
    pub async fn is_banned(&mut self, router: RouterId, address: &str, now: Timestamp) -> Result<bool> {
        let router = router.as_text();
        let in_force = bans::table
            .filter(bans::router_id.eq(&router).and(bans::address.eq(address)))
            .filter(bans::removed_at.is_null())
            .filter(bans::until.is_null().or(bans::until.gt(now.micros())));
        let found: i64 = on!(self.conn(), |c| in_force.count().get_result(c).await)?;
        Ok(found > 0)
    }

    /// Lifts a ban. False: it was lifted before, or there is none.
    pub async fn remove_ban(&mut self, id: Uuid, now: Timestamp) -> Result<bool> {
        let there = bans::id.eq(id.as_text()).and(bans::removed_at.is_null());
        let changed = on!(self.conn(), |c| diesel::update(bans::table.filter(there))
            .set((bans::removed_at.eq(now.micros()), bans::lifted.eq(true)))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// The ban of an address on a router is over, and nobody has lifted it: what it was made for is not forgiven.
    pub async fn end_ban(&mut self, router: RouterId, address: &str, now: Timestamp) -> Result<()> {
        let router = router.as_text();
        let there =
            bans::router_id.eq(&router).and(bans::address.eq(address)).and(bans::removed_at.is_null());
        on!(self.conn(), |c| diesel::update(bans::table.filter(there))
            .set(bans::removed_at.eq(now.micros()))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// When an administrator last lifted a ban that was made for this person.
    pub(super) async fn forgiven_at(&mut self, user: UserId) -> Result<Option<Timestamp>> {
        let user = user.as_text();
        let at: Option<i64> = on!(self.conn(), |c| bans::table
            .filter(bans::user_id.eq(&user).and(bans::lifted))
            .select(diesel::dsl::max(bans::removed_at))
            .first(c)
            .await)?;
        Ok(at.map(Timestamp::from_micros))
    }

    /// Writes down that something on a router was not as it should be.
    pub async fn insert_drift(
        &mut self,
        router: RouterId,
        at: Timestamp,
        what: &Reason,
        repaired: bool,
    ) -> Result<Uuid> {
        let id = self.fresh_id(at);
        on!(self.conn(), |c| diesel::insert_into(drifts::table)
            .values((
                drifts::id.eq(id.as_text()),
                drifts::router_id.eq(router.as_text()),
                drifts::at.eq(at.micros()),
                drifts::description.eq(what.stored()),
                drifts::repaired.eq(repaired),
            ))
            .execute(c)
            .await)?;
        Ok(id)
    }

    /// The last `limit` findings on each of these routers, the newest first.
    pub async fn recent_drifts(
        &mut self,
        routers: &[RouterId],
        limit: i64,
    ) -> Result<HashMap<RouterId, Vec<DriftRecord>>> {
        let mut all: HashMap<RouterId, Vec<DriftRecord>> = HashMap::new();
        if routers.is_empty() {
            return Ok(all);
        }
        let mut sql = Sql::new(
            "SELECT id, router_id, at, description, repaired FROM (SELECT d.*, ROW_NUMBER() OVER \
             (PARTITION BY d.router_id ORDER BY d.id DESC) AS place FROM drifts d WHERE d.router_id IN ",
        );
        sql.list(texts(routers)).push(") numbered WHERE place <= ").int(limit).push(" ORDER BY id DESC");
        let rows: Vec<DriftRow> = load_sql!(self.conn(), sql, DriftRow)?;
        for row in rows {
            let place = Place::new("drifts", &row.id);
            let record = DriftRecord {
                id: place.text("id", &row.id)?,
                router: place.text("router_id", &row.router_id)?,
                at: Timestamp::from_micros(row.at),
                what: Reason::read(&row.description),
                repaired: row.repaired,
            };
            all.entry(record.router).or_default().push(record);
        }
        Ok(all)
    }
}

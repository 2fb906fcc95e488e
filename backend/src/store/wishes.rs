//! The routers' outbox: wishes, in the order in which they were decided.

use super::{
    Result, Tx,
    conn::on,
    records::{Obstacle, WishRecord},
    schema::{sessions, wishes},
    text::{AsText, Place, opt_text},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{
    ids::{RouterId, SessionId},
    session::Wish,
    time::Timestamp,
};
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = wishes, check_for_backend(Pg, Sqlite))]
struct WishRow {
    id: String,
    router_id: String,
    session_id: Option<String>,
    body: String,
    created_at: i64,
    attempts: i64,
    last_error: Option<String>,
    obstacle: Option<String>,
}

impl TryFrom<WishRow> for WishRecord {
    type Error = super::StoreError;

    fn try_from(row: WishRow) -> Result<Self> {
        let place = Place::new("wishes", &row.id);
        Ok(Self {
            id: place.text("id", &row.id)?,
            router: place.text("router_id", &row.router_id)?,
            session: place.opt("session_id", row.session_id.as_deref())?,
            wish: place.json("body", &row.body)?,
            created_at: Timestamp::from_micros(row.created_at),
            attempts: place.number("attempts", row.attempts)?,
            last_error: row.last_error,
            obstacle: place.opt("obstacle", row.obstacle.as_deref())?,
        })
    }
}

/// How the bodies of wishes to open begin: the tag comes first.
const OPENS: &str = "{\"wish\":\"open\"%";

/// The state of a wish that stands: to be carried out, or only kept for the record.
fn standing(observed: bool) -> &'static str {
    if observed { "OBSERVED" } else { "PENDING" }
}

impl Tx {
    /// Writes a wish down, to be carried out from `now` on. A pending one about the same thing is superseded;
    /// if it is equal to this one it stays as it is, nothing is written and the answer is false. An
    /// `observed` one, of a router that must not be written to, is kept for the record only: likewise the newest of
    /// each thing.
    ///
    /// # Errors
    /// [`super::StoreError::Conflict`]: another replica wrote one about the same thing at the same moment.
    pub async fn wish(
        &mut self,
        router: RouterId,
        session: Option<SessionId>,
        wish: &Wish,
        now: Timestamp,
        observed: bool,
    ) -> Result<bool> {
        let id = self.fresh_id(now).as_text();
        let (router, key) = (router.as_text(), wish.key());
        let body = serde_json::to_string(wish).map_err(|_| Place::new("wishes", &id).corrupt("body"))?;
        let state = standing(observed);
        let before: Option<(String, String)> = on!(self.conn(), |c| wishes::table
            .filter(wishes::router_id.eq(&router).and(wishes::key.eq(&key)))
            .filter(wishes::state.eq(state))
            .select((wishes::id, wishes::body))
            .first(c)
            .await
            .optional())?;
        if let Some((old, old_body)) = before {
            let equal = serde_json::from_str::<Wish>(&old_body).is_ok_and(|old| old == *wish);
            if equal {
                return Ok(false);
            }
            let old = wishes::id.eq(&old).and(wishes::state.eq(state));
            on!(self.conn(), |c| diesel::update(wishes::table.filter(old))
                .set((wishes::state.eq("SUPERSEDED"), wishes::done_at.eq(now.micros())))
                .execute(c)
                .await)?;
        }
        on!(self.conn(), |c| diesel::insert_into(wishes::table)
            .values((
                wishes::id.eq(&id),
                wishes::router_id.eq(&router),
                wishes::key.eq(&key),
                wishes::session_id.eq(opt_text(session.as_ref())),
                wishes::body.eq(&body),
                wishes::state.eq(state),
                wishes::created_at.eq(now.micros()),
                wishes::next_at.eq(now.micros()),
                wishes::attempts.eq(0_i64),
            ))
            .execute(c)
            .await)?;
        Ok(true)
    }

    /// Is a wish about this thing pending?
    pub async fn has_pending_wish(&mut self, router: RouterId, key: &str) -> Result<bool> {
        self.has_wish(router, key, false).await
    }

    /// Is a wish about this thing pending, or, `observed`, kept for the record of a router that must not be written to?
    pub async fn has_wish(&mut self, router: RouterId, key: &str, observed: bool) -> Result<bool> {
        let router = router.as_text();
        let there = wishes::table
            .filter(wishes::router_id.eq(&router).and(wishes::key.eq(key)))
            .filter(wishes::state.eq(standing(observed)));
        Ok(on!(self.conn(), |c| diesel::select(diesel::dsl::exists(there)).get_result(c).await)?)
    }

    /// A router must not be written to from now on: its pending wishes are kept for the record only. Gives them, in
    /// the order in which they were decided.
    pub async fn observe_wishes(&mut self, router: RouterId) -> Result<Vec<Wish>> {
        let pending = self.pending_wishes(router).await?;
        self.forget_observed(router).await?;
        let router = router.as_text();
        let ours = wishes::router_id.eq(&router).and(wishes::state.eq("PENDING"));
        on!(self.conn(), |c| diesel::update(wishes::table.filter(ours))
            .set(wishes::state.eq("OBSERVED"))
            .execute(c)
            .await)?;
        Ok(pending)
    }

    /// What was kept for the record of a router that must not be written to says nothing any more: it has restarted, or
    /// is written to again.
    pub async fn forget_observed(&mut self, router: RouterId) -> Result<()> {
        let router = router.as_text();
        let observed = wishes::router_id.eq(&router).and(wishes::state.eq("OBSERVED"));
        on!(self.conn(), |c| diesel::update(wishes::table.filter(observed))
            .set(wishes::state.eq("SUPERSEDED"))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// What is wished of a router and has not come true yet, in the order in which it was decided.
    pub async fn pending_wishes(&mut self, router: RouterId) -> Result<Vec<Wish>> {
        let router = router.as_text();
        let rows: Vec<(String, String)> = on!(self.conn(), |c| wishes::table
            .filter(wishes::router_id.eq(&router).and(wishes::state.eq("PENDING")))
            .order(wishes::id)
            .select((wishes::id, wishes::body))
            .load(c)
            .await)?;
        rows.iter().map(|(id, body)| Place::new("wishes", id).json("body", body)).collect()
    }

    /// A pending wish about this thing is no longer wanted.
    pub async fn withdraw_wish(&mut self, router: RouterId, key: &str, now: Timestamp) -> Result<()> {
        let router = router.as_text();
        let ours = wishes::router_id.eq(&router).and(wishes::key.eq(key)).and(wishes::state.eq("PENDING"));
        on!(self.conn(), |c| diesel::update(wishes::table.filter(ours))
            .set((wishes::state.eq("SUPERSEDED"), wishes::done_at.eq(now.micros())))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// How many wishes of a session are pending.
    pub async fn outstanding(&mut self, session: SessionId) -> Result<i64> {
        let session = session.as_text();
        let pending = wishes::table.filter(wishes::session_id.eq(&session).and(wishes::state.eq("PENDING")));
        Ok(on!(self.conn(), |c| pending.count().get_result(c).await)?)
    }

    /// Was it told of another pending wish of the session, besides this one, that this is in its way? Counted are those
    /// that were decided at `since` or later.
    pub async fn is_hindered(
        &mut self,
        session: SessionId,
        besides: Uuid,
        obstacle: Obstacle,
        since: Timestamp,
    ) -> Result<bool> {
        let (session, besides, obstacle) = (session.as_text(), besides.as_text(), obstacle.as_text());
        let told = wishes::table
            .filter(wishes::session_id.eq(&session).and(wishes::state.eq("PENDING")))
            .filter(wishes::id.ne(&besides).and(wishes::obstacle.eq(&obstacle)))
            .filter(wishes::created_at.ge(since.micros()));
        Ok(on!(self.conn(), |c| diesel::select(diesel::dsl::exists(told)).get_result(c).await)?)
    }

    /// The pending wishes of a router that may be tried by `now`, in the order in which they were decided.
    pub async fn due_wishes(
        &mut self,
        router: RouterId,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<WishRecord>> {
        let router = router.as_text();
        let rows: Vec<WishRow> = on!(self.conn(), |c| wishes::table
            .filter(wishes::router_id.eq(&router).and(wishes::state.eq("PENDING")))
            .filter(wishes::next_at.le(now.micros()))
            .order(wishes::id)
            .limit(limit)
            .select(WishRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Those of [`Self::due_wishes`] that belong to accounts somebody of whom is to be let in: their wishes to open, and
    /// what was decided about the same accounts, in the order in which it was.
    pub async fn due_openings(
        &mut self,
        router: RouterId,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<WishRecord>> {
        let router = router.as_text();
        let due = || {
            let pending = wishes::router_id.eq(&router).and(wishes::state.eq("PENDING"));
            wishes::table.filter(pending.and(wishes::next_at.le(now.micros()))).order(wishes::id)
        };
        let accounts: Vec<String> = on!(self.conn(), |c| due()
            .inner_join(sessions::table.on(wishes::session_id.eq(sessions::id.nullable())))
            .filter(wishes::body.like(OPENS))
            .limit(limit)
            .select(sessions::account_id)
            .load(c)
            .await)?;
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<WishRow> = on!(self.conn(), |c| due()
            .inner_join(sessions::table.on(wishes::session_id.eq(sessions::id.nullable())))
            .filter(sessions::account_id.eq_any(accounts.clone()))
            .limit(limit)
            .select(WishRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// When the next pending wish of a router may be tried.
    pub async fn next_wish_at(&mut self, router: RouterId) -> Result<Option<Timestamp>> {
        let router = router.as_text();
        let at: Option<i64> = on!(self.conn(), |c| wishes::table
            .filter(wishes::router_id.eq(&router).and(wishes::state.eq("PENDING")))
            .select(diesel::dsl::min(wishes::next_at))
            .first(c)
            .await)?;
        Ok(at.map(Timestamp::from_micros))
    }

    /// Is the wish still wanted?
    pub async fn is_pending(&mut self, id: Uuid) -> Result<bool> {
        let id = id.as_text();
        let pending = wishes::table.filter(wishes::id.eq(&id).and(wishes::state.eq("PENDING")));
        Ok(on!(self.conn(), |c| diesel::select(diesel::dsl::exists(pending)).get_result(c).await)?)
    }

    /// The wish was carried out and read back. False: it was no longer pending, and nothing changes.
    pub async fn finish_wish(&mut self, id: Uuid, now: Timestamp) -> Result<bool> {
        self.end_wish(&id.as_text(), "DONE", now, None).await
    }

    /// The wish was tried in vain, because of `obstacle`, and waits until `next_at`. False: it was no longer pending.
    pub async fn delay_wish(
        &mut self,
        id: Uuid,
        next_at: Timestamp,
        obstacle: Obstacle,
        error: &str,
    ) -> Result<bool> {
        let (id, obstacle) = (id.as_text(), obstacle.as_text());
        let pending = wishes::id.eq(&id).and(wishes::state.eq("PENDING"));
        let changed = on!(self.conn(), |c| diesel::update(wishes::table.filter(pending))
            .set((
                wishes::next_at.eq(next_at.micros()),
                wishes::attempts.eq(wishes::attempts + 1),
                wishes::last_error.eq(error),
                wishes::obstacle.eq(&obstacle),
            ))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// The wish cannot be carried out. False: it was no longer pending.
    pub async fn give_up_wish(&mut self, id: Uuid, now: Timestamp, error: &str) -> Result<bool> {
        self.end_wish(&id.as_text(), "GIVEN_UP", now, Some(error)).await
    }

    async fn end_wish(&mut self, id: &str, state: &str, now: Timestamp, error: Option<&str>) -> Result<bool> {
        let pending = wishes::id.eq(id).and(wishes::state.eq("PENDING"));
        let changed = on!(self.conn(), |c| {
            let done = (wishes::state.eq(state), wishes::done_at.eq(now.micros()));
            let row = diesel::update(wishes::table.filter(pending));
            match error {
                Some(error) => row.set((done, wishes::last_error.eq(error))).execute(c).await,
                None => row.set(done).execute(c).await,
            }
        })?;
        Ok(changed > 0)
    }

    /// How many wishes of a router are pending.
    pub async fn pending_wishes_count(&mut self, router: RouterId) -> Result<i64> {
        let router = router.as_text();
        let pending = wishes::table.filter(wishes::router_id.eq(&router).and(wishes::state.eq("PENDING")));
        Ok(on!(self.conn(), |c| pending.count().get_result(c).await)?)
    }

    /// How many wishes of each router are pending.
    pub async fn pending_wishes_counts(&mut self) -> Result<std::collections::HashMap<RouterId, i64>> {
        let rows: Vec<(String, i64)> = on!(self.conn(), |c| wishes::table
            .filter(wishes::state.eq("PENDING"))
            .group_by(wishes::router_id)
            .select((wishes::router_id, diesel::dsl::count_star()))
            .load(c)
            .await)?;
        rows.iter()
            .map(|(router, n)| Ok((Place::new("wishes", router).text("router_id", router)?, *n)))
            .collect()
    }

    /// The pending wishes that a router has refused, the oldest first.
    pub async fn refused_wishes(&mut self) -> Result<Vec<WishRecord>> {
        let refused = Obstacle::Refused.as_text();
        let rows: Vec<WishRow> = on!(self.conn(), |c| wishes::table
            .filter(wishes::state.eq("PENDING").and(wishes::obstacle.eq(&refused)))
            .order(wishes::id)
            .select(WishRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The pending wishes that were tried in vain at least so often, the oldest first.
    pub async fn failing_wishes(&mut self, min_attempts: i64) -> Result<Vec<WishRecord>> {
        let rows: Vec<WishRow> = on!(self.conn(), |c| wishes::table
            .filter(wishes::state.eq("PENDING").and(wishes::attempts.ge(min_attempts)))
            .order(wishes::id)
            .select(WishRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

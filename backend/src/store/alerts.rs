//! Alerts: what waits for those who watch over the system.

use super::{
    Result, StoreError, Tx,
    conn::on,
    records::{AlertKind, AlertMatch, AlertRecord, NewAlert},
    schema::alerts,
    sql::{Sql, execute_sql},
    text::{AsText, Place, opt_text},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{
    ids::{RouterId, UserId},
    reason::Reason,
    time::Timestamp,
};
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = alerts, check_for_backend(Pg, Sqlite))]
struct AlertRow {
    id: String,
    at: i64,
    kind: String,
    user_id: Option<String>,
    session_id: Option<String>,
    router_id: Option<String>,
    detail: String,
    resolved_at: Option<i64>,
}

impl TryFrom<AlertRow> for AlertRecord {
    type Error = StoreError;

    fn try_from(row: AlertRow) -> Result<Self> {
        let place = Place::new("alerts", &row.id);
        Ok(Self {
            id: place.text("id", &row.id)?,
            at: Timestamp::from_micros(row.at),
            alert: NewAlert {
                kind: place.text("kind", &row.kind)?,
                user: place.opt("user_id", row.user_id.as_deref())?,
                session: place.opt("session_id", row.session_id.as_deref())?,
                router: place.opt("router_id", row.router_id.as_deref())?,
                detail: Reason::read(&row.detail),
            },
            resolved_at: row.resolved_at.map(Timestamp::from_micros),
        })
    }
}

impl Tx {
    /// Raises an alert. False: an equal one stands open, and nothing was added.
    pub async fn raise_alert(&mut self, alert: &NewAlert, now: Timestamp) -> Result<bool> {
        if self.open_alerts().await?.iter().any(|open| open.alert == *alert) {
            return Ok(false);
        }
        let id = self.fresh_id(now);
        on!(self.conn(), |c| diesel::insert_into(alerts::table)
            .values((
                alerts::id.eq(id.as_text()),
                alerts::at.eq(now.micros()),
                alerts::kind.eq(alert.kind.as_text()),
                alerts::user_id.eq(opt_text(alert.user.as_ref())),
                alerts::session_id.eq(opt_text(alert.session.as_ref())),
                alerts::router_id.eq(opt_text(alert.router.as_ref())),
                alerts::detail.eq(alert.detail.stored()),
            ))
            .execute(c)
            .await)?;
        Ok(true)
    }

    /// The open alerts, the oldest first.
    pub async fn open_alerts(&mut self) -> Result<Vec<AlertRecord>> {
        let rows: Vec<AlertRow> = on!(self.conn(), |c| alerts::table
            .filter(alerts::resolved_at.is_null())
            .order((alerts::at, alerts::id))
            .select(AlertRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The alert.
    pub async fn alert(&mut self, id: Uuid) -> Result<Option<AlertRecord>> {
        let id = id.as_text();
        let row: Option<AlertRow> = on!(self.conn(), |c| alerts::table
            .find(&id)
            .select(AlertRow::as_select())
            .first(c)
            .await
            .optional())?;
        row.map(TryInto::try_into).transpose()
    }

    /// When the next alert of this kind about a person on a router was raised after `after`, settled since or not.
    pub async fn next_alert(
        &mut self,
        kind: AlertKind,
        user: UserId,
        router: RouterId,
        after: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let (user, router) = (user.as_text(), router.as_text());
        let at: Option<i64> = on!(self.conn(), |c| alerts::table
            .filter(alerts::kind.eq(kind.as_text()))
            .filter(alerts::user_id.eq(&user).and(alerts::router_id.eq(&router)))
            .filter(alerts::at.gt(after.micros()))
            .select(diesel::dsl::min(alerts::at))
            .first(c)
            .await)?;
        Ok(at.map(Timestamp::from_micros))
    }

    /// The alerts that nobody was told of, the oldest first.
    pub async fn unannounced_alerts(&mut self, limit: i64) -> Result<Vec<AlertRecord>> {
        let rows: Vec<AlertRow> = on!(self.conn(), |c| alerts::table
            .filter(alerts::announced_at.is_null())
            .order((alerts::at, alerts::id))
            .limit(limit)
            .select(AlertRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Notes that an alert was told of. False: somebody else did so before.
    pub async fn announce_alert(&mut self, id: Uuid, now: Timestamp) -> Result<bool> {
        let open = alerts::id.eq(id.as_text()).and(alerts::announced_at.is_null());
        let changed = on!(self.conn(), |c| diesel::update(alerts::table.filter(open))
            .set(alerts::announced_at.eq(now.micros()))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// When alerts of a kind were told of since `since`, the oldest first.
    pub async fn announcements_since(&mut self, kind: AlertKind, since: Timestamp) -> Result<Vec<Timestamp>> {
        let times: Vec<Option<i64>> = on!(self.conn(), |c| alerts::table
            .filter(alerts::kind.eq(kind.as_text()))
            .filter(alerts::announced_at.gt(since.micros()))
            .order(alerts::announced_at)
            .select(alerts::announced_at)
            .load(c)
            .await)?;
        Ok(times.into_iter().flatten().map(Timestamp::from_micros).collect())
    }

    /// The alerts that are settled without that having been told, in the order in which they were.
    pub async fn unfollowed_alerts(&mut self, limit: i64) -> Result<Vec<AlertRecord>> {
        let rows: Vec<AlertRow> = on!(self.conn(), |c| alerts::table
            .filter(alerts::resolved_at.is_not_null().and(alerts::followed_at.is_null()))
            .order((alerts::resolved_at, alerts::id))
            .limit(limit)
            .select(AlertRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Notes that it was told what came of an alert. False: somebody else did so before.
    pub async fn follow_alert(&mut self, id: Uuid, now: Timestamp) -> Result<bool> {
        let open = alerts::id.eq(id.as_text()).and(alerts::followed_at.is_null());
        let changed = on!(self.conn(), |c| diesel::update(alerts::table.filter(open))
            .set(alerts::followed_at.eq(now.micros()))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// Settles an alert. False: it was settled before, or there is none.
    pub async fn resolve_alert(&mut self, id: Uuid, now: Timestamp) -> Result<bool> {
        let open = alerts::id.eq(id.as_text()).and(alerts::resolved_at.is_null());
        let changed = on!(self.conn(), |c| diesel::update(alerts::table.filter(open))
            .set(alerts::resolved_at.eq(now.micros()))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// Settles all open alerts that match; gives how many.
    pub async fn resolve_alerts(&mut self, which: AlertMatch, now: Timestamp) -> Result<i64> {
        let mut sql = Sql::new("UPDATE alerts SET resolved_at = ");
        sql.int(now.micros()).push(" WHERE resolved_at IS NULL");
        let wanted = [
            ("kind", which.kind.map(|kind| kind.as_text())),
            ("user_id", which.user.map(|id| id.as_text())),
            ("session_id", which.session.map(|id| id.as_text())),
            ("router_id", which.router.map(|id| id.as_text())),
        ];
        for (column, value) in wanted {
            if let Some(value) = value {
                sql.push(" AND ").push(column).push(" = ").text(value);
            }
        }
        if let Some(account) = which.account {
            let sessions = " AND session_id IN (SELECT id FROM sessions WHERE account_id = ";
            sql.push(sessions).text(account.as_text()).push(")");
        }
        let changed = execute_sql!(self.conn(), sql)?;
        Ok(i64::try_from(changed).unwrap_or(i64::MAX))
    }

    /// Settles the alert about one drift of a router.
    pub async fn resolve_drift(&mut self, router: RouterId, what: &Reason, now: Timestamp) -> Result<()> {
        let (kind, router) = (AlertKind::Drift.as_text(), router.as_text());
        // As it is kept now, and as rows of before reasons had codes kept it.
        let kept = [what.stored(), what.to_string()];
        let open = alerts::table
            .filter(alerts::kind.eq(&kind))
            .filter(alerts::router_id.eq(&router))
            .filter(alerts::detail.eq_any(kept))
            .filter(alerts::resolved_at.is_null());
        on!(self.conn(), |c| diesel::update(open)
            .set(alerts::resolved_at.eq(now.micros()))
            .execute(c)
            .await)?;
        Ok(())
    }
}

//! Numbers for the dashboard.

use super::{
    Result, Tx,
    records::Statistics,
    sql::{Number, Sql, load_sql},
    text::Place,
};
use diesel::QueryableByName;
use sallyport_shared::{
    session::EndReason,
    time::{Seconds, Timestamp},
};
use std::collections::HashMap;

const DAY: u32 = 86_400;
const DAY_MICROS: i64 = 86_400_000_000;

/// How many of those with the most of something are named.
const TOP: i64 = 10;

/// Sessions of a router; what follows is the first moment that counts.
const BY_ROUTER: &str = "SELECT r.name AS name, COUNT(*) AS n FROM sessions s JOIN routers r ON r.id = s.router_id \
     WHERE s.requested_at >= ";

/// Tunnels that nobody confirmed, of a person.
const UNCONFIRMED: &str = "SELECT u.display_name AS name, COUNT(*) AS n FROM connections c \
     JOIN sessions s ON s.id = c.session_id JOIN users u ON u.id = s.user_id \
     WHERE c.close_reason IN ('CONFIRM_TIMEOUT', 'DENIED', 'BANNED') AND c.connected_at >= ";

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    day: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

impl Tx {
    /// The numbers of today (UTC) and the `days - 1` days before.
    pub async fn statistics(&mut self, now: Timestamp, days: u32) -> Result<Statistics> {
        let days = days.max(1);
        let today = now.micros().div_euclid(DAY_MICROS);
        let first = Timestamp::from_micros(today * DAY_MICROS).minus(Seconds((days - 1).saturating_mul(DAY)));
        let live = "SELECT COUNT(*) AS n FROM connections WHERE state <> 'CLOSED'";
        let asked =
            "SELECT COUNT(*) AS n FROM connections WHERE state = 'PENDING' AND prompt_nonce IS NOT NULL";
        Ok(Statistics {
            sessions_by_state: self.sessions_by_state().await?,
            users_by_status: self.users_by_status().await?,
            live_connections: self.number(Sql::new(live)).await?,
            pending_confirmations: self.number(Sql::new(asked)).await?,
            sessions_per_day: self.per_day("requested_at", "FROM sessions WHERE 1 = 1", first, today).await?,
            denied_per_day: self
                .per_day("connected_at", "FROM connections WHERE close_reason = 'DENIED'", first, today)
                .await?,
            ended_by_reason: self.ended_by_reason(first).await?,
            sessions_by_router: self.named_counts(BY_ROUTER, first, -1).await?,
            top_unconfirmed: self.named_counts(UNCONFIRMED, first, TOP).await?,
            confirm_seconds_median: self
                .median(
                    "confirmed_at - connected_at",
                    "prompt_nonce IS NOT NULL AND confirmed_at IS NOT NULL",
                    first,
                )
                .await?,
            open_seconds_median: self
                .median(
                    "opened_at - confirmed_at",
                    "opened_at IS NOT NULL AND confirmed_at IS NOT NULL",
                    first,
                )
                .await?,
        })
    }

    /// How many rows fall on each day from `first` to `today`.
    async fn per_day(
        &mut self,
        column: &str,
        from: &str,
        first: Timestamp,
        today: i64,
    ) -> Result<Vec<(Timestamp, i64)>> {
        let mut sql = Sql::new(&format!(
            "SELECT {column} / {DAY_MICROS} AS day, COUNT(*) AS n {from} AND {column} >= "
        ));
        sql.int(first.micros()).push(&format!(" GROUP BY {column} / {DAY_MICROS}"));
        let rows: Vec<DayRow> = load_sql!(self.conn(), sql, DayRow)?;
        let counts: HashMap<i64, i64> = rows.into_iter().map(|row| (row.day, row.n)).collect();
        let day = |day: i64| {
            (Timestamp::from_micros(day * DAY_MICROS), counts.get(&day).copied().unwrap_or_default())
        };
        Ok((first.micros().div_euclid(DAY_MICROS)..=today).map(day).collect())
    }

    /// Why the sessions ended that ended since `first`.
    async fn ended_by_reason(&mut self, first: Timestamp) -> Result<Vec<(EndReason, i64)>> {
        let mut sql = Sql::new(
            "SELECT end_reason AS name, COUNT(*) AS n FROM sessions WHERE end_reason IS NOT NULL AND ended_at >= ",
        );
        sql.int(first.micros()).push(" GROUP BY end_reason ORDER BY end_reason");
        let rows: Vec<NameRow> = load_sql!(self.conn(), sql, NameRow)?;
        rows.iter()
            .map(|row| Ok((Place::new("sessions", &row.name).text("end_reason", &row.name)?, row.n)))
            .collect()
    }

    /// Names with how often they occur since `first`, the most frequent first; at most so many, or all with -1.
    async fn named_counts(
        &mut self,
        select: &str,
        first: Timestamp,
        most: i64,
    ) -> Result<Vec<(String, i64)>> {
        let mut sql = Sql::new(select);
        sql.int(first.micros()).push(" GROUP BY name ORDER BY n DESC, name");
        if most >= 0 {
            sql.push(" LIMIT ").int(most);
        }
        let rows: Vec<NameRow> = load_sql!(self.conn(), sql, NameRow)?;
        Ok(rows.into_iter().map(|row| (row.name, row.n)).collect())
    }

    /// The median of a span of the connections since `first`, in seconds.
    async fn median(&mut self, span: &str, which: &str, first: Timestamp) -> Result<Option<f64>> {
        let mut count =
            Sql::new(&format!("SELECT COUNT(*) AS n FROM connections WHERE {which} AND connected_at >= "));
        count.int(first.micros());
        let n = self.number(count).await?;
        if n == 0 {
            return Ok(None);
        }
        let mut sql =
            Sql::new(&format!("SELECT {span} AS n FROM connections WHERE {which} AND connected_at >= "));
        sql.int(first.micros()).push(" ORDER BY 1 LIMIT ").int(2 - n % 2).push(" OFFSET ").int((n - 1) / 2);
        let middle: Vec<Number> = load_sql!(self.conn(), sql, Number)?;
        let sum: i64 = middle.iter().map(|row| row.n).sum();
        #[expect(clippy::cast_precision_loss, reason = "spans of seconds are far from where it matters")]
        let seconds = sum as f64 / 1_000_000.0 / middle.len().max(1) as f64;
        Ok(Some(seconds))
    }
}

//! The dashboard: how the system is doing, and numbers.

use super::{
    context::ContextExt,
    guard::viewer,
    scalars::{DateTime, int, time},
};
use crate::{
    ops::{OpResult as Result, outage},
    store::records::{self, RouterState},
};
use async_graphql::{Context, Object, SimpleObject, resolver_utils::EnumType};
use sallyport_shared::time::Timestamp;

/// How the system is doing.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct Health {
    /// The database answers.
    database: bool,
    /// Telegram answers.
    bot: bool,
    /// What is wrong with the bot.
    bot_error: Option<String>,
    /// Since when Telegram has been out of reach for so long that the policies' rules for that hold.
    outage_since: Option<DateTime>,
    routers_online: i32,
    routers_total: i32,
    version: String,
}

/// How many there are of a kind.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct Count {
    key: String,
    count: i32,
}

/// How many there were on a day.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct DayCount {
    /// The day in UTC, such as `2026-11-22`.
    day: String,
    count: i32,
}

/// Numbers.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct Statistics {
    sessions_by_state: Vec<Count>,
    users_by_status: Vec<Count>,
    live_sessions: i32,
    live_connections: i32,
    pending_confirmations: i32,
    pending_registrations: i32,
    /// Sessions that began on each of the last days.
    sessions_per_day: Vec<DayCount>,
    /// Connections that were denied on each of the last days.
    denied_per_day: Vec<DayCount>,
    /// Sessions that ended in the last days, by their end reason.
    ended_by_reason: Vec<Count>,
    /// Sessions that began in the last days, by the router's name, the busiest first.
    sessions_by_router: Vec<Count>,
    /// Tunnels that nobody confirmed in the last days, by the person's name, the most first.
    top_unconfirmed: Vec<Count>,
    /// Median seconds from tunnel to confirmation.
    confirm_seconds_median: Option<f64>,
    /// Median seconds from confirmation to the router's letting it through.
    open_seconds_median: Option<f64>,
}

impl From<records::Statistics> for Statistics {
    fn from(all: records::Statistics) -> Self {
        Self {
            live_sessions: int(all.live_sessions()),
            live_connections: int(all.live_connections),
            pending_confirmations: int(all.pending_confirmations),
            pending_registrations: int(all.pending_registrations()),
            sessions_by_state: counts::<super::enums::SessionState, _>(all.sessions_by_state),
            users_by_status: counts::<super::enums::UserStatus, _>(all.users_by_status),
            sessions_per_day: days(all.sessions_per_day),
            denied_per_day: days(all.denied_per_day),
            ended_by_reason: counts::<super::enums::EndReason, _>(all.ended_by_reason),
            sessions_by_router: names(all.sessions_by_router),
            top_unconfirmed: names(all.top_unconfirmed),
            confirm_seconds_median: all.confirm_seconds_median,
            open_seconds_median: all.open_seconds_median,
        }
    }
}

/// Counts of each value of an enum, those that do not occur included.
fn counts<E, T>(all: Vec<(T, i64)>) -> Vec<Count>
where
    E: EnumType + From<T> + PartialEq,
{
    let found: Vec<(E, i64)> = all.into_iter().map(|(key, count)| (E::from(key), count)).collect();
    let count = |item: &async_graphql::resolver_utils::EnumItem<E>| Count {
        key: item.name.to_owned(),
        count: int(found.iter().find(|(key, _)| *key == item.value).map_or(0, |(_, count)| *count)),
    };
    E::items().iter().map(count).collect()
}

/// Counts by names.
fn names(all: Vec<(String, i64)>) -> Vec<Count> {
    all.into_iter().map(|(key, count)| Count { key, count: int(count) }).collect()
}

fn days(all: Vec<(Timestamp, i64)>) -> Vec<DayCount> {
    all.into_iter()
        .map(|(day, count)| DayCount { day: day.to_string().chars().take(10).collect(), count: int(count) })
        .collect()
}

#[derive(Default)]
pub(super) struct OverviewQuery;

#[Object]
impl OverviewQuery {
    /// How the system is doing.
    #[graphql(guard = "viewer")]
    async fn health(&self, ctx: &Context<'_>) -> Result<Health> {
        let app = ctx.app()?;
        let mut tx = app.store.read().await?;
        let routers: Vec<_> = tx.routers().await?.into_iter().filter(|router| router.enabled).collect();
        let ids: Vec<_> = routers.iter().map(|router| router.id).collect();
        let statuses = tx.router_statuses(&ids).await?;
        let online = statuses
            .values()
            .filter(|status| matches!(status.state, RouterState::Online | RouterState::Degraded));
        let bot = app.bot.health();
        Ok(Health {
            database: true,
            bot: bot.is_ok(),
            outage_since: time(outage::since(&mut tx, app.clock.now()).await?),
            bot_error: (!bot.is_ok()).then(|| bot.describe()),
            routers_online: int(online.count()),
            routers_total: int(routers.len()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// Numbers of today and the days before, in UTC.
    #[graphql(guard = "viewer")]
    async fn statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 30)] days: Option<i32>,
    ) -> Result<Statistics> {
        let days = u32::try_from(days.unwrap_or(30).clamp(1, 366)).unwrap_or(30);
        let app = ctx.app()?;
        Ok(app.store.read().await?.statistics(app.clock.now(), days).await?.into())
    }
}

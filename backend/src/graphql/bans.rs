//! Bans: addresses whose callers are kept out for a while.

use super::{
    context::ContextExt,
    guard::{operator, viewer},
    loaders::{load, there},
    routers::Router,
    scalars::{DateTime, parse_field, parse_id, time},
};
use crate::{
    ops::{OpResult as Result, bans},
    store::records::BanRecord,
};
use async_graphql::{Context, ID, Object};

/// An address that is kept out.
pub(super) struct Ban(pub(super) BanRecord);

#[Object(guard = "viewer")]
impl Ban {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn router(&self, ctx: &Context<'_>) -> Result<Router> {
        there(load(ctx, self.0.router).await?, "router").map(Router::new)
    }

    /// The caller's public address.
    async fn address(&self) -> &str {
        &self.0.address
    }

    /// Why, in the language of whoever asks.
    async fn reason(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.0.reason.say(ctx.caller()?.admin.language))
    }

    /// Until when; null: until it is removed.
    async fn until(&self) -> Option<DateTime> {
        time(self.0.until)
    }

    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

#[derive(Default)]
pub(super) struct BanQuery;

#[Object]
impl BanQuery {
    /// The bans that are in force, the newest first.
    #[graphql(guard = "viewer", complexity = "1 + 20 * child_complexity")]
    async fn bans(&self, ctx: &Context<'_>, router_id: Option<ID>) -> Result<Vec<Ban>> {
        let router = router_id.map(|id| parse_field(&id, "routerId")).transpose()?;
        let app = ctx.app()?;
        let all = app.store.read().await?.bans(router, app.clock.now()).await?;
        Ok(all.into_iter().map(Ban).collect())
    }
}

#[derive(Default)]
pub(super) struct BanMutation;

#[Object]
impl BanMutation {
    /// Lifts a ban, here and on the router.
    #[graphql(guard = "operator")]
    async fn remove_ban(&self, ctx: &Context<'_>, id: ID) -> Result<ID> {
        bans::lift(ctx.app()?, &ctx.operator()?, parse_id(&id, "ban")?).await?;
        Ok(id)
    }
}

//! What operators do to sessions, connections and tunnels.

use super::{Connection, Session};
use crate::{
    graphql::{
        context::ContextExt,
        guard::operator,
        loaders::{load, there},
        scalars::parse_id,
    },
    ops::{OpResult as Result, operate},
};
use async_graphql::{Context, ID, Object};
use sallyport_shared::{
    ids::{ConnectionId, SessionId},
    session::Answer,
};

/// What operators do to sessions, connections and tunnels.
#[derive(Default)]
pub(in crate::graphql) struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Grants a session without being asked; without `seconds` as long as the policy says.
    #[graphql(guard = "operator")]
    async fn grant_session(
        &self,
        ctx: &Context<'_>,
        account_id: ID,
        seconds: Option<i32>,
        reason: Option<String>,
    ) -> Result<Session> {
        let account = parse_id(&account_id, "account")?;
        let seconds = seconds.map(Into::into);
        let id = operate::grant(ctx.app()?, &ctx.operator()?, account, seconds, reason.as_deref()).await?;
        session(ctx, id).await
    }

    #[graphql(guard = "operator")]
    async fn approve_session(&self, ctx: &Context<'_>, id: ID) -> Result<Session> {
        let id = parse_id(&id, "session")?;
        operate::approve(ctx.app()?, &ctx.operator()?, id).await?;
        session(ctx, id).await
    }

    #[graphql(guard = "operator")]
    async fn refuse_session(&self, ctx: &Context<'_>, id: ID, reason: Option<String>) -> Result<Session> {
        let id = parse_id(&id, "session")?;
        operate::refuse(ctx.app()?, &ctx.operator()?, id, reason.as_deref()).await?;
        session(ctx, id).await
    }

    /// Adds time to the end of a session.
    #[graphql(guard = "operator")]
    async fn extend_session(
        &self,
        ctx: &Context<'_>,
        id: ID,
        seconds: i32,
        reason: Option<String>,
    ) -> Result<Session> {
        let id = parse_id(&id, "session")?;
        operate::extend(ctx.app()?, &ctx.operator()?, id, seconds.into(), reason.as_deref()).await?;
        session(ctx, id).await
    }

    #[graphql(guard = "operator")]
    async fn end_session(&self, ctx: &Context<'_>, id: ID, reason: Option<String>) -> Result<Session> {
        let id = parse_id(&id, "session")?;
        operate::end(ctx.app()?, &ctx.operator()?, id, reason.as_deref()).await?;
        session(ctx, id).await
    }

    /// Confirms a tunnel in place of its owner.
    #[graphql(guard = "operator")]
    async fn confirm_connection(&self, ctx: &Context<'_>, id: ID, reason: String) -> Result<Connection> {
        let id: ConnectionId = parse_id(&id, "connection")?;
        operate::confirm(ctx.app()?, &ctx.operator()?, id, &reason).await?;
        there(load(ctx, id).await?, "connection").map(Connection)
    }

    /// Denies a tunnel in place of its owner: it is cut and its caller banned.
    #[graphql(guard = "operator")]
    async fn deny_connection(&self, ctx: &Context<'_>, id: ID, reason: Option<String>) -> Result<Connection> {
        let id: ConnectionId = parse_id(&id, "connection")?;
        operate::answer(ctx.app()?, &ctx.operator()?, id, Answer::NotMe, reason.as_deref()).await?;
        there(load(ctx, id).await?, "connection").map(Connection)
    }

    /// Cuts a tunnel, whoever's it is.
    #[graphql(guard = "operator")]
    async fn disconnect_tunnel(
        &self,
        ctx: &Context<'_>,
        router_id: ID,
        router_session_id: String,
    ) -> Result<bool> {
        let router = parse_id(&router_id, "router")?;
        operate::disconnect(ctx.app()?, &ctx.operator()?, router, &router_session_id).await?;
        Ok(true)
    }
}

async fn session(ctx: &Context<'_>, id: SessionId) -> Result<Session> {
    there(load(ctx, id).await?, "session").map(Session)
}

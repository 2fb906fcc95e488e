//! The way in: signing in and out, the first owner, and the sign-ins that are open.

use super::{
    admins::Admin,
    context::ContextExt,
    guard::{anybody, viewer},
    scalars::{DateTime, parse_id},
};
use crate::{
    ops::{
        OpError, OpResult as Result,
        sign_in::{self, Credentials, SignedIn},
        throttle::Throttle,
    },
    store::records::SignInRecord,
};
use async_graphql::{Context, ID, Object, SimpleObject};

/// An access token and whose it is.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct AuthPayload {
    /// For the `Authorization` header, after `Bearer`.
    access_token: String,
    /// From then on it is worth nothing.
    expires_at: DateTime,
    admin: Admin,
}

/// A browser that is signed in.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct SignIn {
    id: ID,
    created_at: DateTime,
    last_used_at: DateTime,
    /// From where.
    address: Option<String>,
    /// With what.
    user_agent: Option<String>,
    /// It is the one that asks.
    current: bool,
}

impl SignIn {
    fn of(record: SignInRecord, current: bool) -> Self {
        Self {
            id: record.id.into(),
            created_at: record.created_at.into(),
            last_used_at: record.last_used_at.into(),
            address: record.address,
            user_agent: record.user_agent,
            current,
        }
    }
}

#[derive(Default)]
pub(super) struct SignInQuery;

#[Object]
impl SignInQuery {
    /// There is no owner yet: somebody has to open the set-up link of the server's log.
    #[graphql(guard = "anybody")]
    async fn setup_needed(&self, ctx: &Context<'_>) -> Result<bool> {
        sign_in::setup_needed(ctx.app()?).await
    }

    /// One's own sign-ins that are open.
    #[graphql(guard = "viewer")]
    async fn sign_ins(&self, ctx: &Context<'_>) -> Result<Vec<SignIn>> {
        let viewer = ctx.viewer()?;
        let all = sign_in::list(ctx.app()?, viewer).await?;
        let own = |record: SignInRecord| {
            let current = viewer.sign_in == Some(record.id);
            SignIn::of(record, current)
        };
        Ok(all.into_iter().map(own).collect())
    }
}

#[derive(Default)]
pub(super) struct SignInMutation;

#[Object]
impl SignInMutation {
    /// Signs in; also sets the refresh cookie.
    #[graphql(guard = "anybody")]
    async fn login(
        &self,
        ctx: &Context<'_>,
        username: String,
        password: String,
        totp: Option<String>,
    ) -> Result<AuthPayload> {
        let visit = ctx.visit()?;
        let credentials = Credentials {
            username: &username,
            password: &password,
            code: totp.as_deref(),
            refresh_token: visit.refresh_token.as_deref(),
        };
        let done = sign_in::login(ctx.app()?, throttle(ctx)?, credentials, &visit.origin).await?;
        payload(ctx, done)
    }

    /// Exchanges the refresh cookie for a new one and an access token.
    #[graphql(guard = "anybody")]
    async fn refresh(&self, ctx: &Context<'_>) -> Result<AuthPayload> {
        let visit = ctx.visit()?;
        let token = visit.refresh_token.as_deref();
        let token = token.ok_or_else(|| OpError::Unauthenticated("Sign in".to_owned()))?;
        match sign_in::refresh(ctx.app()?, throttle(ctx)?, token, &visit.origin).await {
            Ok(done) => payload(ctx, done),
            Err(error) => {
                if matches!(error, OpError::Unauthenticated(_)) {
                    ctx.append_http_header("set-cookie", visit.no_cookie());
                }
                Err(error)
            }
        }
    }

    /// Ends the sign-in of the refresh cookie.
    #[graphql(guard = "anybody")]
    async fn logout(&self, ctx: &Context<'_>) -> Result<bool> {
        let visit = ctx.visit()?;
        if let Some(token) = &visit.refresh_token {
            sign_in::logout(ctx.app()?, token, &visit.origin).await?;
        }
        if let Some(caller) = visit.caller()
            && let Some(id) = caller.viewer.sign_in
        {
            sign_in::revoke(ctx.app()?, &caller.viewer, id).await?;
        }
        ctx.append_http_header("set-cookie", visit.no_cookie());
        Ok(true)
    }

    /// Makes the first owner by the code of the one-time set-up link, and signs them in.
    #[graphql(guard = "anybody")]
    async fn complete_setup(
        &self,
        ctx: &Context<'_>,
        code: String,
        username: String,
        password: String,
    ) -> Result<AuthPayload> {
        let origin = &ctx.visit()?.origin;
        let (app, throttle) = (ctx.app()?, throttle(ctx)?);
        let done = sign_in::complete_setup(app, throttle, &code, &username, &password, origin).await?;
        payload(ctx, done)
    }

    /// Ends one of one's own sign-ins.
    #[graphql(guard = "viewer")]
    async fn revoke_sign_in(&self, ctx: &Context<'_>, id: ID) -> Result<ID> {
        sign_in::revoke(ctx.app()?, ctx.viewer()?, parse_id(&id, "sign-in")?).await?;
        Ok(id)
    }
}

fn throttle<'a>(ctx: &Context<'a>) -> Result<&'a Throttle> {
    ctx.data().map_err(|error| OpError::Internal(error.message))
}

fn payload(ctx: &Context<'_>, done: SignedIn) -> Result<AuthPayload> {
    ctx.signed_in(&done)?;
    Ok(AuthPayload {
        access_token: done.access.token,
        expires_at: done.access.expires_at.into(),
        admin: done.admin.into(),
    })
}

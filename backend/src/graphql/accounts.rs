//! Accounts: usernames on routers that belong to people.

use super::{
    context::ContextExt,
    enums::AccountSource,
    guard::{manager, viewer},
    loaders::{LiveSessionOf, WishedOn, load, there},
    routers::{LIVE_READ, Router},
    rules::FirewallRule,
    scalars::{DateTime, parse_id},
    sessions::Session,
    users::User,
};
use crate::{
    ops::{OpResult as Result, accounts},
    store::records::AccountRecord,
};
use async_graphql::{Context, ID, Object};
use std::sync::Arc;

/// A MikroTik username linked to a person.
pub(super) struct Account(pub(super) Arc<AccountRecord>);

impl From<AccountRecord> for Account {
    fn from(record: AccountRecord) -> Self {
        Self(Arc::new(record))
    }
}

#[Object(guard = "viewer")]
impl Account {
    async fn id(&self) -> ID {
        self.0.account.id.into()
    }

    /// Its owner.
    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        there(load(ctx, self.0.account.user).await?, "person").map(User)
    }

    /// The router that knows the username.
    async fn router(&self, ctx: &Context<'_>) -> Result<Router> {
        there(load(ctx, self.0.account.router).await?, "router").map(Router::new)
    }

    async fn username(&self) -> &str {
        &self.0.account.username
    }

    /// Where the router keeps it, as last read.
    async fn source(&self) -> Option<AccountSource> {
        self.0.source.map(Into::into)
    }

    /// Enabled on the router, as last read; null: not known.
    async fn enabled(&self) -> Option<bool> {
        self.0.enabled
    }

    /// How it is decided to be on the router, as long as that has not been read back; null: nothing waits.
    async fn wished(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        let wished = load(ctx, WishedOn(self.0.account.router)).await?;
        Ok(wished.and_then(|all| all.get(&self.0.account.username).copied()))
    }

    /// The bound rule; what only the router knows of it is empty while the router cannot be asked.
    #[graphql(complexity = "LIVE_READ + child_complexity")]
    async fn firewall_rule(&self, ctx: &Context<'_>) -> Result<Option<FirewallRule>> {
        match &self.0.rule {
            Some(bound) => FirewallRule::bound(ctx, self.0.account.router, bound, &self.0).await.map(Some),
            None => Ok(None),
        }
    }

    async fn live_session(&self, ctx: &Context<'_>) -> Result<Option<Session>> {
        Ok(load(ctx, LiveSessionOf(self.0.account.id)).await?.map(Session))
    }

    /// When it was linked.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

#[derive(Default)]
pub(super) struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Links a username on a router to a person.
    #[graphql(guard = "manager")]
    async fn link_account(
        &self,
        ctx: &Context<'_>,
        user_id: ID,
        router_id: ID,
        username: String,
    ) -> Result<Account> {
        let (user, router) = (parse_id(&user_id, "person")?, parse_id(&router_id, "router")?);
        Ok(accounts::link(ctx.app()?, &ctx.manager()?, user, router, &username, true).await?.into())
    }

    /// Unlinks an account; its session ends.
    #[graphql(guard = "manager")]
    async fn unlink_account(&self, ctx: &Context<'_>, id: ID) -> Result<User> {
        Ok(accounts::unlink(ctx.app()?, &ctx.manager()?, parse_id(&id, "account")?).await?.into())
    }

    /// Binds a firewall rule to an account, by its `.id` and its exact comment.
    #[graphql(guard = "manager")]
    async fn bind_firewall_rule(
        &self,
        ctx: &Context<'_>,
        account_id: ID,
        rule_id: String,
        comment: String,
    ) -> Result<Account> {
        let id = parse_id(&account_id, "account")?;
        Ok(accounts::bind_rule(ctx.app()?, &ctx.manager()?, id, &rule_id, &comment).await?.into())
    }

    #[graphql(guard = "manager")]
    async fn unbind_firewall_rule(&self, ctx: &Context<'_>, account_id: ID) -> Result<Account> {
        let id = parse_id(&account_id, "account")?;
        Ok(accounts::unbind_rule(ctx.app()?, &ctx.manager()?, id).await?.into())
    }
}

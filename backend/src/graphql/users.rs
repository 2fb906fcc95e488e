//! People.

use super::{
    accounts::Account,
    admins::Admin,
    context::ContextExt,
    enums::{Language, SortDirection, UserSort, UserStatus},
    guard::{manager, operator, viewer},
    loaders::{AccountsOf, CodesOf, InvitationOf, PolicyInForce, SessionsOf, load, there},
    page::{self, connection},
    policies::Policy,
    preferences::maybe,
    scalars::{DateTime, parse_field, parse_id, time},
    sessions::{SessionConnection, complexity as session_complexity},
};
use crate::{
    ops::{
        OpResult as Result, invitations,
        users::{self, UserChange},
    },
    store::records::{self, Page, UserRecord},
};
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use sallyport_shared::{ids::UserId, language};
use std::sync::Arc;

/// A person who uses the VPN.
pub(super) struct User(pub(super) Arc<UserRecord>);

impl From<UserRecord> for User {
    fn from(record: UserRecord) -> Self {
        Self(Arc::new(record))
    }
}

#[Object(guard = "viewer")]
impl User {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn status(&self) -> UserStatus {
        self.0.status.into()
    }

    async fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// Their Telegram account's number.
    async fn telegram_id(&self) -> Option<String> {
        self.0.telegram.map(|id| id.0.to_string())
    }

    /// Their name in Telegram, without the `@`, as last seen.
    async fn telegram_username(&self) -> Option<&str> {
        self.0.telegram_username.as_deref()
    }

    /// Since when the bot may not write to them, and so cannot ask them: they blocked it, never began a chat with it, or
    /// left Telegram.
    async fn telegram_blocked_at(&self) -> Option<DateTime> {
        time(self.0.telegram_blocked_at)
    }

    async fn language(&self) -> Language {
        self.0.language.into()
    }

    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Why they were turned down or blocked.
    async fn rejection_reason(&self) -> Option<&str> {
        self.0.rejection_reason.as_deref()
    }

    /// Who decided on their status last.
    async fn decided_by(&self, ctx: &Context<'_>) -> Result<Option<Admin>> {
        let Some(id) = self.0.decided_by else { return Ok(None) };
        Ok(load(ctx, id).await?.map(Admin))
    }

    async fn decided_at(&self) -> Option<DateTime> {
        time(self.0.decided_at)
    }

    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// The policy in force.
    async fn policy(&self, ctx: &Context<'_>) -> Result<Policy> {
        there(load(ctx, PolicyInForce(self.0.policy)).await?, "policy").map(Policy)
    }

    /// Their own policy; null: the default one is in force.
    async fn policy_override(&self, ctx: &Context<'_>) -> Result<Option<Policy>> {
        match self.0.policy {
            Some(id) => Ok(load(ctx, PolicyInForce(Some(id))).await?.map(Policy)),
            None => Ok(None),
        }
    }

    /// They have one-time codes for the day on which Telegram cannot be reached.
    async fn one_time_codes(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(load(ctx, CodesOf(self.0.id)).await?.is_some())
    }

    /// Their linked accounts.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn accounts(&self, ctx: &Context<'_>) -> Result<Vec<Account>> {
        let accounts = load(ctx, AccountsOf(self.0.id)).await?.unwrap_or_default();
        Ok(accounts.into_iter().map(Account::from).collect())
    }

    /// Their sessions, the newest first.
    #[graphql(complexity = "session_complexity(first, child_complexity)")]
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<SessionConnection> {
        let slice = page::slice(first, after, 20)?;
        if slice.after.is_none() {
            let page = load(ctx, SessionsOf(self.0.id, slice.first)).await?;
            return Ok(page.map_or_else(Page::empty, |page| Page::clone(&page)).into());
        }
        let filter = records::SessionFilter { user: Some(self.0.id), ..Default::default() };
        let order = records::SessionOrder {
            by: records::SessionSort::StartedAt,
            direction: records::Direction::Desc,
        };
        Ok(ctx.app()?.store.read().await?.sessions_page(&filter, order, &slice).await?.into())
    }

    /// The link by which their Telegram account can be tied to them, while an invitation is open. For
    /// administrators: whoever has it becomes the person.
    async fn invitation_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        if ctx.manager().is_err() {
            return Ok(None);
        }
        let Some(invitation) = load(ctx, InvitationOf(self.0.id)).await? else { return Ok(None) };
        invitations::url(ctx.app()?, &invitation).await
    }
}

connection!(UserConnection, UserEdge, User, UserRecord, User::from);

/// Which people are wanted; everything that is given must hold.
#[derive(InputObject)]
struct UserFilter {
    /// Part of the name, Telegram name or number, e-mail, phone or of a linked username.
    search: Option<String>,
    status: Option<Vec<UserStatus>>,
    /// With this policy of their own.
    policy_id: Option<ID>,
    has_accounts: Option<bool>,
}

impl UserFilter {
    fn parse(self) -> Result<records::UserFilter> {
        Ok(records::UserFilter {
            search: self.search.filter(|text| !text.trim().is_empty()),
            status: self.status.unwrap_or_default().into_iter().map(Into::into).collect(),
            policy: self.policy_id.map(|id| parse_field(&id, "policyId")).transpose()?,
            has_accounts: self.has_accounts,
        })
    }
}

/// An order of people.
#[derive(InputObject)]
struct UserOrder {
    by: UserSort,
    #[graphql(default_with = "SortDirection::Asc")]
    direction: SortDirection,
}

/// What is set or changed of a person; what is not given stays.
#[derive(InputObject)]
struct UserInput {
    display_name: Option<String>,
    email: MaybeUndefined<String>,
    phone: MaybeUndefined<String>,
    note: MaybeUndefined<String>,
    language: Option<Language>,
    policy_id: MaybeUndefined<ID>,
    telegram_id: MaybeUndefined<String>,
}

impl UserInput {
    fn parse(self) -> Result<UserChange> {
        let policy = match maybe(self.policy_id) {
            Some(Some(id)) if !id.is_empty() => Some(Some(parse_field(&id, "policyId")?)),
            Some(_) => Some(None),
            None => None,
        };
        Ok(UserChange {
            display_name: self.display_name,
            email: maybe(self.email),
            phone: maybe(self.phone),
            note: maybe(self.note),
            language: self.language.map(language::Language::from),
            policy,
            telegram: maybe(self.telegram_id),
        })
    }
}

#[derive(Default)]
pub(super) struct UserQuery;

#[Object]
impl UserQuery {
    #[graphql(guard = "viewer", complexity = "page::complexity(first, 20, child_complexity)")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        filter: Option<UserFilter>,
        order_by: Option<UserOrder>,
        #[graphql(default = 20)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<UserConnection> {
        let filter = filter.map(UserFilter::parse).transpose()?.unwrap_or_default();
        let order = order_by
            .map(|order| records::UserOrder { by: order.by.into(), direction: order.direction.into() });
        let slice = page::slice(first, after, 20)?;
        let mut tx = ctx.app()?.store.read().await?;
        Ok(tx.users_page(&filter, order.unwrap_or_default(), &slice).await?.into())
    }

    #[graphql(guard = "viewer")]
    async fn user(&self, ctx: &Context<'_>, id: ID) -> Result<Option<User>> {
        let Ok(id) = id.parse::<UserId>() else { return Ok(None) };
        Ok(load(ctx, id).await?.filter(|user| user.deleted_at.is_none()).map(User))
    }
}

#[derive(Default)]
pub(super) struct UserMutation;

#[Object]
impl UserMutation {
    /// Makes a person, approved at once.
    #[graphql(guard = "manager")]
    async fn create_user(&self, ctx: &Context<'_>, input: UserInput) -> Result<User> {
        Ok(users::create(ctx.app()?, &ctx.manager()?, input.parse()?).await?.into())
    }

    #[graphql(guard = "manager")]
    async fn update_user(&self, ctx: &Context<'_>, id: ID, input: UserInput) -> Result<User> {
        let id = parse_id(&id, "person")?;
        Ok(users::update(ctx.app()?, &ctx.manager()?, id, input.parse()?).await?.into())
    }

    /// Approves a registration.
    #[graphql(guard = "operator")]
    async fn approve_user(&self, ctx: &Context<'_>, id: ID) -> Result<User> {
        Ok(users::approve(ctx.app()?, &ctx.operator()?, parse_id(&id, "person")?).await?.into())
    }

    #[graphql(guard = "operator")]
    async fn reject_user(&self, ctx: &Context<'_>, id: ID, reason: String) -> Result<User> {
        let id = parse_id(&id, "person")?;
        Ok(users::reject(ctx.app()?, &ctx.operator()?, id, &reason).await?.into())
    }

    #[graphql(guard = "manager")]
    async fn block_user(&self, ctx: &Context<'_>, id: ID, reason: Option<String>) -> Result<User> {
        let id = parse_id(&id, "person")?;
        Ok(users::block(ctx.app()?, &ctx.manager()?, id, reason.as_deref()).await?.into())
    }

    #[graphql(guard = "manager")]
    async fn unblock_user(&self, ctx: &Context<'_>, id: ID) -> Result<User> {
        Ok(users::unblock(ctx.app()?, &ctx.manager()?, parse_id(&id, "person")?).await?.into())
    }

    #[graphql(guard = "manager")]
    async fn delete_user(&self, ctx: &Context<'_>, id: ID) -> Result<ID> {
        users::delete(ctx.app()?, &ctx.manager()?, parse_id(&id, "person")?).await?;
        Ok(id)
    }

    /// Makes a link by which their Telegram account can be tied to them; see `User.invitationUrl`.
    #[graphql(guard = "manager")]
    async fn create_invitation(&self, ctx: &Context<'_>, user_id: ID) -> Result<User> {
        let id = parse_id(&user_id, "person")?;
        Ok(invitations::create(ctx.app()?, &ctx.manager()?, id).await?.into())
    }

    #[graphql(guard = "manager")]
    async fn unlink_telegram(&self, ctx: &Context<'_>, user_id: ID) -> Result<User> {
        let id = parse_id(&user_id, "person")?;
        Ok(users::unlink_telegram(ctx.app()?, &ctx.manager()?, id).await?.into())
    }

    /// Takes a person's one-time codes away; they can set up new ones in the bot.
    #[graphql(guard = "manager")]
    async fn remove_one_time_codes(&self, ctx: &Context<'_>, user_id: ID) -> Result<User> {
        let id = parse_id(&user_id, "person")?;
        Ok(users::remove_codes(ctx.app()?, &ctx.manager()?, id).await?.into())
    }
}

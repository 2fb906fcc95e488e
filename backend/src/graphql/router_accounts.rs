//! Accounts as the routers show them, and what may be done to them there.

use super::{
    context::ContextExt,
    enums::AccountSource,
    guard::{manager, viewer},
    loaders::{AccountsOn, WishedOn, load},
    scalars::{DateTime, parse_id, time},
    users::User,
};
use crate::{
    config::Secret,
    driver::{AccountRow, Place, Profile},
    ops::{
        OpError, OpResult as Result, accounts, import,
        router_accounts::{self, Named, Trouble, Wanted},
    },
    store::records::AccountRecord,
};
use async_graphql::{Context, ID, Object, SimpleObject};
use sallyport_shared::ids::RouterId;

/// An account as the router shows it.
pub(super) struct RouterAccount {
    row: AccountRow,
    owner: Option<AccountRecord>,
    /// How it is decided to be, and not yet read back.
    wished: Option<bool>,
}

impl RouterAccount {
    pub(super) async fn load(ctx: &Context<'_>, router: RouterId, row: AccountRow) -> Result<Self> {
        let mut all = Self::all(ctx, router, vec![row]).await?;
        all.pop().ok_or(OpError::NotFound("account"))
    }

    /// Accounts of a router, with their owners and with what waits to be done to them.
    pub(super) async fn all(ctx: &Context<'_>, router: RouterId, rows: Vec<AccountRow>) -> Result<Vec<Self>> {
        let owners = load(ctx, AccountsOn(router)).await?.unwrap_or_default();
        let wished = load(ctx, WishedOn(router)).await?.unwrap_or_default();
        let account = |row: AccountRow| Self {
            owner: owners.get(&row.username).cloned(),
            wished: wished.get(&row.username).copied(),
            row,
        };
        Ok(rows.into_iter().map(account).collect())
    }
}

#[Object(guard = "viewer")]
impl RouterAccount {
    async fn username(&self) -> &str {
        &self.row.username
    }

    async fn source(&self) -> AccountSource {
        self.row.source.into()
    }

    async fn enabled(&self) -> bool {
        self.row.enabled
    }

    /// How it is decided to be, as long as that has not been read back from the router; null: nothing waits.
    async fn wished(&self) -> Option<bool> {
        self.wished
    }

    /// Its PPP profile, or its profiles of the User Manager with commas between them.
    async fn profile(&self) -> Option<&str> {
        self.row.profile.as_deref()
    }

    async fn comment(&self) -> Option<&str> {
        self.row.comment.as_deref()
    }

    /// When it was last connected: as its owner was seen, or as the router remembers; none: never used.
    async fn last_seen_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        let on_router = self.row.last_seen_at;
        let Some(owner) = &self.owner else { return Ok(time(on_router)) };
        let seen = load(ctx, owner.account.user).await?.and_then(|user| user.last_seen_at);
        Ok(time(seen.max(on_router)))
    }

    /// Its owner.
    async fn linked_to(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let Some(owner) = &self.owner else { return Ok(None) };
        Ok(load(ctx, owner.account.user).await?.map(User))
    }

    /// A number in the comment that may be the owner's Telegram account, as older set-ups kept it.
    async fn suggested_telegram_id(&self) -> Option<String> {
        if self.owner.is_some() {
            return None;
        }
        self.row.comment.as_deref().and_then(import::noted_chat).map(|chat| chat.0.to_string())
    }
}

/// Where a router can keep accounts.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
pub(super) struct AccountPlace {
    source: AccountSource,
    /// The profiles that an account can have there, the best first.
    profiles: Vec<AccountProfile>,
}

impl From<Place> for AccountPlace {
    fn from(place: Place) -> Self {
        let profiles = place.profiles.into_iter().map(AccountProfile::from).collect();
        Self { source: place.source.into(), profiles }
    }
}

/// A profile that an account can have.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct AccountProfile {
    name: String,
    /// Its tunnels start in the box; null: the User Manager's profiles do not say.
    boxed: Option<bool>,
}

impl From<Profile> for AccountProfile {
    fn from(profile: Profile) -> Self {
        Self { name: profile.name, boxed: profile.boxed }
    }
}

#[derive(Default)]
pub(super) struct RouterAccountMutation;

/// A trouble in the language of the one who asked.
fn said<T>(ctx: &Context<'_>, done: std::result::Result<T, Trouble>) -> Result<T> {
    let language = ctx.caller()?.admin.language;
    done.map_err(|trouble| trouble.said(language))
}

#[Object]
impl RouterAccountMutation {
    /// Enables or disables a username on a router; answers how it is wished to be.
    #[graphql(guard = "manager")]
    async fn set_router_account_enabled(
        &self,
        ctx: &Context<'_>,
        router_id: ID,
        username: String,
        enabled: bool,
    ) -> Result<RouterAccount> {
        let id: RouterId = parse_id(&router_id, "router")?;
        let row = accounts::set_enabled(ctx.app()?, &ctx.manager()?, id, &username, enabled).await?;
        RouterAccount::load(ctx, id, row).await
    }

    /// Makes an account on a router. It stays disabled until somebody is given access by it. Without a source it is made
    /// where the router looks; without a profile a secret gets the one that boxes.
    #[graphql(guard = "manager")]
    async fn create_router_account(
        &self,
        ctx: &Context<'_>,
        router_id: ID,
        username: String,
        password: String,
        profile: Option<String>,
        source: Option<AccountSource>,
    ) -> Result<RouterAccount> {
        let id: RouterId = parse_id(&router_id, "router")?;
        let (password, source) = (Secret::new(password), source.map(Into::into));
        let wanted = Wanted { username, password, profile, source };
        let done = router_accounts::create(ctx.app()?, &ctx.manager()?, id, wanted).await;
        RouterAccount::load(ctx, id, said(ctx, done)?).await
    }

    /// Gives an account on a router another password; whoever is inside by it stays. The source is needed only if the
    /// router has two accounts of the name.
    #[graphql(guard = "manager")]
    async fn set_router_account_password(
        &self,
        ctx: &Context<'_>,
        router_id: ID,
        username: String,
        password: String,
        source: Option<AccountSource>,
    ) -> Result<RouterAccount> {
        let id: RouterId = parse_id(&router_id, "router")?;
        let named = Named { username, source: source.map(Into::into) };
        let password = Secret::new(password);
        let done = router_accounts::set_password(ctx.app()?, &ctx.manager()?, id, named, password).await;
        RouterAccount::load(ctx, id, said(ctx, done)?).await
    }

    /// Removes an account from a router. Its session ends first, whoever is inside by it is cut, and it belongs to nobody
    /// any more. Answers its name.
    #[graphql(guard = "manager")]
    async fn delete_router_account(
        &self,
        ctx: &Context<'_>,
        router_id: ID,
        username: String,
        source: Option<AccountSource>,
    ) -> Result<String> {
        let id: RouterId = parse_id(&router_id, "router")?;
        let named = Named { username, source: source.map(Into::into) };
        let done = router_accounts::delete(ctx.app()?, &ctx.manager()?, id, named).await;
        said(ctx, done)
    }
}

//! Administrators: who they are, what owners do with them, and what each does with their own account.

use super::{
    context::ContextExt,
    enums::{Language, Role},
    guard::{owner, viewer},
    preferences::{Preferences, PreferencesInput},
    scalars::{DateTime, parse_id, time},
};
use crate::{
    ops::{
        OpResult as Result,
        admins::{self, AdminChange},
        links, preferences, totp,
    },
    picture::qr_address,
    store::records::AdminRecord,
};
use async_graphql::{Context, ID, Object, SimpleObject};
use std::sync::Arc;

/// Somebody who signs in to the console.
pub(super) struct Admin(pub(super) Arc<AdminRecord>);

impl From<AdminRecord> for Admin {
    fn from(record: AdminRecord) -> Self {
        Self(Arc::new(record))
    }
}

#[Object(guard = "viewer")]
impl Admin {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The name to sign in with.
    async fn username(&self) -> &str {
        &self.0.username
    }

    async fn role(&self) -> Role {
        self.0.role.into()
    }

    async fn language(&self) -> Language {
        self.0.language.into()
    }

    /// One-time codes are wanted at sign-in.
    async fn totp_enabled(&self) -> bool {
        self.0.totp_enabled
    }

    /// Their Telegram account's number.
    async fn telegram_id(&self) -> Option<String> {
        self.0.telegram.map(|id| id.0.to_string())
    }

    /// May they sign in?
    async fn enabled(&self) -> bool {
        self.0.enabled
    }

    async fn last_login_at(&self) -> Option<DateTime> {
        time(self.0.last_login_at)
    }

    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    async fn preferences(&self) -> Preferences {
        Preferences::of(&self.0)
    }
}

/// What is needed to set up an authenticator app. Shown once.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct TotpSetup {
    /// The seed in base 32.
    secret: String,
    /// The same as an `otpauth://` URI.
    uri: String,
    /// The URI as a QR code: a picture in a `data:` address; null if the name is too long for one.
    picture: Option<String>,
    /// Each signs in once in place of a code.
    recovery_codes: Vec<String>,
}

#[derive(Default)]
pub(super) struct AdminQuery;

#[Object]
impl AdminQuery {
    /// Who is signed in.
    #[graphql(guard = "viewer")]
    async fn me(&self, ctx: &Context<'_>) -> Result<Admin> {
        Ok(ctx.caller()?.admin.clone().into())
    }

    /// Everybody who may sign in.
    #[graphql(guard = "owner")]
    async fn admins(&self, ctx: &Context<'_>) -> Result<Vec<Admin>> {
        let all = admins::list(ctx.app()?, &ctx.owner()?).await?;
        Ok(all.into_iter().map(Admin::from).collect())
    }
}

/// What owners do with administrators.
#[derive(Default)]
pub(super) struct AdminMutation;

#[Object]
impl AdminMutation {
    #[graphql(guard = "owner")]
    async fn create_admin(
        &self,
        ctx: &Context<'_>,
        username: String,
        password: String,
        role: Role,
    ) -> Result<Admin> {
        let made = admins::create(ctx.app()?, &ctx.owner()?, &username, &password, role.into()).await?;
        Ok(made.into())
    }

    /// What is not given stays. A new password also takes one-time codes off and Telegram away.
    #[graphql(guard = "owner")]
    async fn update_admin(
        &self,
        ctx: &Context<'_>,
        id: ID,
        role: Option<Role>,
        enabled: Option<bool>,
        new_password: Option<String>,
    ) -> Result<Admin> {
        let change = AdminChange { role: role.map(Into::into), enabled, new_password };
        let id = parse_id(&id, "administrator")?;
        Ok(admins::update(ctx.app()?, &ctx.owner()?, id, change).await?.into())
    }

    /// Takes an administrator's Telegram account away.
    #[graphql(guard = "owner")]
    async fn unlink_admin_telegram(&self, ctx: &Context<'_>, id: ID) -> Result<Admin> {
        let id = parse_id(&id, "administrator")?;
        Ok(links::unlink_any(ctx.app()?, &ctx.owner()?, id).await?.into())
    }

    #[graphql(guard = "owner")]
    async fn delete_admin(&self, ctx: &Context<'_>, id: ID) -> Result<ID> {
        admins::delete(ctx.app()?, &ctx.owner()?, parse_id(&id, "administrator")?).await?;
        Ok(id)
    }
}

/// What each does with their own account.
#[derive(Default)]
pub(super) struct OwnMutation;

#[Object]
impl OwnMutation {
    /// Every other sign-in of the same administrator is ended, and their Telegram account has to be linked anew.
    #[graphql(guard = "viewer")]
    async fn change_password(&self, ctx: &Context<'_>, current: String, new: String) -> Result<Admin> {
        Ok(admins::change_password(ctx.app()?, ctx.viewer()?, &current, &new).await?.into())
    }

    #[graphql(guard = "viewer")]
    async fn set_preferences(&self, ctx: &Context<'_>, input: PreferencesInput) -> Result<Preferences> {
        let admin = preferences::set(ctx.app()?, ctx.viewer()?, input.into()).await?;
        Ok(Preferences::of(&admin))
    }

    /// A code that ties the Telegram account from which it is sent to the bot to this administrator.
    #[graphql(guard = "viewer")]
    async fn create_telegram_link_code(&self, ctx: &Context<'_>) -> Result<String> {
        links::new_admin_code(ctx.app()?, ctx.viewer()?).await
    }

    /// Takes one's own Telegram account away; a code that was made to tie one is worth nothing any more.
    #[graphql(guard = "viewer")]
    async fn unlink_own_telegram(&self, ctx: &Context<'_>) -> Result<Admin> {
        Ok(links::unlink_own(ctx.app()?, ctx.viewer()?).await?.into())
    }

    /// Makes a seed for one-time codes; they are wanted once `enableTotp` has seen one.
    #[graphql(guard = "viewer")]
    async fn begin_totp(&self, ctx: &Context<'_>, password: String) -> Result<TotpSetup> {
        let totp::Setup { secret, uri, recovery_codes } =
            totp::begin(ctx.app()?, ctx.viewer()?, &password).await?;
        let picture = qr_address(&uri);
        Ok(TotpSetup { secret, uri, picture, recovery_codes })
    }

    #[graphql(guard = "viewer")]
    async fn enable_totp(&self, ctx: &Context<'_>, code: String) -> Result<Admin> {
        Ok(totp::enable(ctx.app()?, ctx.viewer()?, &code).await?.into())
    }

    #[graphql(guard = "viewer")]
    async fn disable_totp(&self, ctx: &Context<'_>, password: String) -> Result<Admin> {
        Ok(totp::disable(ctx.app()?, ctx.viewer()?, &password).await?.into())
    }
}

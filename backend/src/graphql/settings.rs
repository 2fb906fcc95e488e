//! Settings of the whole system.

use super::{
    context::ContextExt,
    enums::{Language, TelegramUpdates},
    guard::{manager, viewer},
    preferences::maybe,
    scalars::int,
    templates::MessageTemplate,
};
use crate::ops::{
    OpResult as Result,
    settings::{self, SettingsChange},
    templates,
};
use async_graphql::{ComplexObject, Context, InputObject, MaybeUndefined, Object, SimpleObject};

/// Settings of the whole system.
#[derive(SimpleObject)]
#[graphql(guard = "viewer", complex)]
struct Settings {
    /// How many usernames one person may have linked.
    max_accounts_per_user: i32,
    /// Accounts of routers may be made, switched and deleted here.
    allow_account_management: bool,
    /// The bot's name without the `@`, once Telegram has told it.
    bot_username: Option<String>,
    /// There is a bot token; it is never shown.
    telegram_token_set: bool,
    /// What people read who have not said otherwise.
    language: Language,
    /// Under which address people reach the server.
    public_url: Option<String>,
    /// After so many seconds of silence Telegram counts as out of reach for the policies.
    outage_after_seconds: i32,
    /// Telegram's networks, which the set-up of a router opens to the box where somebody chooses that.
    telegram_networks: Vec<String>,
    /// How Telegram's updates come.
    telegram_updates: TelegramUpdates,
}

#[ComplexObject]
impl Settings {
    /// The texts that the bot tells, in both languages.
    #[graphql(guard = "viewer")]
    async fn messages(&self, ctx: &Context<'_>) -> Result<Vec<MessageTemplate>> {
        Ok(templates::list(ctx.app()?).await?.into_iter().map(Into::into).collect())
    }
}

impl Settings {
    fn of(settings: settings::Settings, running: Option<String>) -> Self {
        Self {
            max_accounts_per_user: int(settings.max_accounts_per_user),
            allow_account_management: settings.allow_account_management,
            bot_username: running.or(settings.bot_username),
            telegram_token_set: settings.telegram_token_set,
            language: settings.language.into(),
            public_url: settings.public_url,
            outage_after_seconds: int(settings.outage_after_seconds),
            telegram_networks: settings.telegram_networks.texts().map(str::to_owned).collect(),
            telegram_updates: settings.telegram_updates.into(),
        }
    }
}

/// What is changed of the settings; what is not given stays.
#[derive(InputObject)]
struct SettingsInput {
    max_accounts_per_user: Option<i32>,
    allow_account_management: Option<bool>,
    telegram_token: MaybeUndefined<String>,
    language: Option<Language>,
    public_url: MaybeUndefined<String>,
    outage_after_seconds: Option<i32>,
    /// None in it: those that Telegram publishes.
    telegram_networks: Option<Vec<String>>,
    telegram_updates: Option<TelegramUpdates>,
}

impl From<SettingsInput> for SettingsChange {
    fn from(input: SettingsInput) -> Self {
        Self {
            max_accounts_per_user: input.max_accounts_per_user.map(Into::into),
            allow_account_management: input.allow_account_management,
            telegram_token: maybe(input.telegram_token),
            language: input.language.map(Into::into),
            public_url: maybe(input.public_url),
            outage_after_seconds: input.outage_after_seconds.map(Into::into),
            telegram_networks: input.telegram_networks,
            telegram_updates: input.telegram_updates.map(Into::into),
        }
    }
}

/// What came of asking Telegram who a token's bot is.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
struct BotTest {
    ok: bool,
    /// The bot's name without the `@`.
    username: Option<String>,
    error: Option<String>,
}

impl From<settings::BotTest> for BotTest {
    fn from(test: settings::BotTest) -> Self {
        match test {
            settings::BotTest::Ok { username } => Self { ok: true, username: Some(username), error: None },
            settings::BotTest::Failed { error } => Self { ok: false, username: None, error: Some(error) },
        }
    }
}

#[derive(Default)]
pub(super) struct SettingsQuery;

#[Object]
impl SettingsQuery {
    #[graphql(guard = "viewer")]
    async fn settings(&self, ctx: &Context<'_>) -> Result<Settings> {
        let app = ctx.app()?;
        Ok(Settings::of(settings::load(app).await?, app.bot.health().username))
    }
}

#[derive(Default)]
pub(super) struct SettingsMutation;

#[Object]
impl SettingsMutation {
    #[graphql(guard = "manager")]
    async fn update_settings(&self, ctx: &Context<'_>, input: SettingsInput) -> Result<Settings> {
        let app = ctx.app()?;
        let changed = settings::update(app, &ctx.manager()?, input.into()).await?;
        Ok(Settings::of(changed, app.bot.health().username))
    }

    /// Asks Telegram who the bot of the token is; without one, of the token that is set.
    #[graphql(guard = "manager")]
    async fn test_telegram_token(&self, ctx: &Context<'_>, token: Option<String>) -> Result<BotTest> {
        Ok(settings::test_token(ctx.app()?, &ctx.manager()?, token.as_deref()).await?.into())
    }
}

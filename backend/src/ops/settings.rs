//! What managers set for the whole system while it runs. The bot's token is sealed, and can be set but not read.

use super::{OpError, OpResult, authority::Manager, outage, unit::Unit, webhook};
use crate::{
    app::App,
    bot::{Address, Telegram},
    config::Secret,
    store::Tx,
};
use sallyport_shared::{language::Language, router::TelegramNetworks};
use std::collections::HashMap;
use teloxide::payloads::GetMe;

const MAX_ACCOUNTS: &str = "max_accounts_per_user";
const ACCOUNT_MANAGEMENT: &str = "allow_account_management";
const TELEGRAM_TOKEN: &str = "telegram_token";
const BOT_USERNAME: &str = "bot_username";
const LANGUAGE: &str = "language";
const PUBLIC_URL: &str = "public_url";
/// Telegram's networks, separated by commas.
const TELEGRAM_NETWORKS: &str = "telegram_networks";

/// The setting that says how Telegram's updates come, and its value for a webhook.
pub(super) const UPDATES: &str = "telegram.updates";
pub(super) const WEBHOOK: &str = "webhook";

/// What is read together: everything that managers set, and nothing else that is kept beside it.
const KNOWN: [&str; 9] = [
    MAX_ACCOUNTS,
    ACCOUNT_MANAGEMENT,
    TELEGRAM_TOKEN,
    BOT_USERNAME,
    LANGUAGE,
    PUBLIC_URL,
    TELEGRAM_NETWORKS,
    outage::AFTER,
    UPDATES,
];

/// What the token is sealed for.
const TOKEN_CONTEXT: &str = "settings:telegram-token";

/// The longest silence of Telegram that may be waited for: a day.
const LONGEST_SILENCE: u32 = 86_400;

/// Most accounts that may be allowed for one person.
const MOST_ACCOUNTS: u32 = 100;

/// How Telegram's updates come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Updates {
    /// Telegram is asked for them: works from behind any firewall.
    #[default]
    Polling,
    /// Telegram delivers them to the public URL.
    Webhook,
}

impl Updates {
    fn of(webhook: bool) -> Self {
        if webhook { Self::Webhook } else { Self::Polling }
    }
}

/// The settings; without the token, which nobody reads back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// How many usernames one person may have linked.
    pub max_accounts_per_user: u32,
    /// Accounts of routers may be made, switched and deleted here.
    pub allow_account_management: bool,
    /// The bot's name, as Telegram gave it last.
    pub bot_username: Option<String>,
    /// There is a token.
    pub telegram_token_set: bool,
    /// What people read who have not said otherwise.
    pub language: Language,
    /// Under which address people reach the server.
    pub public_url: Option<String>,
    /// After so many seconds of silence Telegram counts as out of reach for the policies.
    pub outage_after_seconds: u32,
    /// What the set-up opens to the box where somebody chooses that.
    pub telegram_networks: TelegramNetworks,
    /// How Telegram's updates come.
    pub telegram_updates: Updates,
}

/// What is changed; an outer none leaves it as it is, an inner one takes it away.
#[derive(Clone, Debug, Default)]
pub struct SettingsChange {
    /// See [`Settings::max_accounts_per_user`].
    pub max_accounts_per_user: Option<i64>,
    /// See [`Settings::allow_account_management`].
    pub allow_account_management: Option<bool>,
    /// The bot's token.
    pub telegram_token: Option<Option<String>>,
    /// See [`Settings::language`].
    pub language: Option<Language>,
    /// See [`Settings::public_url`].
    pub public_url: Option<Option<String>>,
    /// See [`Settings::outage_after_seconds`].
    pub outage_after_seconds: Option<i64>,
    /// See [`Settings::telegram_networks`]; none in it: those that Telegram publishes.
    pub telegram_networks: Option<Vec<String>>,
    /// See [`Settings::telegram_updates`].
    pub telegram_updates: Option<Updates>,
}

/// What came of asking Telegram who a token's bot is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BotTest {
    /// A bot of this name.
    Ok {
        /// Its username without the `@`.
        username: String,
    },
    /// Why it could not be told.
    Failed {
        /// In plain words.
        error: String,
    },
}

/// The settings as they count: the configuration goes before what is stored.
///
/// # Errors
/// When the database fails.
pub async fn load(app: &App) -> OpResult<Settings> {
    let mut settings = read(&mut app.store.read().await?).await?;
    settings.telegram_token_set |= app.config.telegram.token.is_some();
    if app.config.public_url.is_some() {
        settings.public_url.clone_from(&app.config.public_url);
    }
    if let Some(webhook) = app.config.telegram.webhook {
        settings.telegram_updates = Updates::of(webhook);
    }
    Ok(settings)
}

/// Under which address people reach the server, as far as that is known.
pub(crate) async fn public_url(app: &App, tx: &mut Tx) -> OpResult<Option<String>> {
    match &app.config.public_url {
        Some(url) => Ok(Some(url.clone())),
        None => Ok(tx.setting(PUBLIC_URL).await?),
    }
}

/// The settings as they are stored.
pub(super) async fn read(tx: &mut Tx) -> OpResult<Settings> {
    let stored: HashMap<String, String> = tx.settings(&KNOWN).await?;
    let get = |key: &str| stored.get(key);
    Ok(Settings {
        max_accounts_per_user: get(MAX_ACCOUNTS).and_then(|text| text.parse().ok()).unwrap_or(2),
        allow_account_management: get(ACCOUNT_MANAGEMENT).is_some_and(|text| text == "true"),
        bot_username: get(BOT_USERNAME).cloned(),
        telegram_token_set: get(TELEGRAM_TOKEN).is_some(),
        language: get(LANGUAGE).map_or(Language::default(), |tag| Language::from_tag(tag)),
        public_url: get(PUBLIC_URL).cloned(),
        outage_after_seconds: get(outage::AFTER)
            .and_then(|text| text.parse().ok())
            .unwrap_or(outage::DEFAULT_AFTER.0),
        telegram_networks: get(TELEGRAM_NETWORKS)
            .and_then(|text| TelegramNetworks::parse(text.split(',')).ok())
            .unwrap_or_default(),
        telegram_updates: Updates::of(get(UPDATES).is_some_and(|text| text == WEBHOOK)),
    })
}

/// The bot's token: the configuration's, else the stored one.
///
/// # Errors
/// [`OpError::Internal`] if it was sealed with another key.
pub async fn telegram_token(app: &App) -> OpResult<Option<Secret>> {
    if let Some(token) = &app.config.telegram.token {
        return Ok(Some(token.clone()));
    }
    let Some(sealed) = app.store.read().await?.setting(TELEGRAM_TOKEN).await? else { return Ok(None) };
    let broken = || OpError::Internal("the stored bot token cannot be opened".to_owned());
    let sealed = hex::decode(sealed).map_err(|_| broken())?;
    let token = app.vault.open(&sealed, TOKEN_CONTEXT).map_err(|_| broken())?;
    String::from_utf8(token).map(|token| Some(Secret::new(token))).map_err(|_| broken())
}

/// Changes the settings.
///
/// # Errors
/// [`OpError::Invalid`] names the field.
pub async fn update(app: &App, by: &Manager, change: SettingsChange) -> OpResult<Settings> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let mut done = Vec::new();
    if let Some(most) = change.max_accounts_per_user {
        let most = u32::try_from(most).ok().filter(|most| (1..=MOST_ACCOUNTS).contains(most));
        let most =
            most.ok_or_else(|| OpError::invalid("maxAccountsPerUser", format!("From 1 to {MOST_ACCOUNTS}")))?;
        unit.tx.set_setting(MAX_ACCOUNTS, Some(&most.to_string())).await?;
        done.push(format!("accounts per person: {most}"));
    }
    if let Some(allow) = change.allow_account_management {
        unit.tx.set_setting(ACCOUNT_MANAGEMENT, Some(&allow.to_string())).await?;
        done.push(format!("account management: {}", if allow { "on" } else { "off" }));
    }
    if let Some(language) = change.language {
        unit.tx.set_setting(LANGUAGE, Some(language.tag())).await?;
        done.push(format!("language: {}", language.tag()));
    }
    let new_url = change.public_url.is_some();
    if let Some(url) = change.public_url {
        let url = url.filter(|url| !url.trim().is_empty()).map(|url| checked_url(&url)).transpose()?;
        unit.tx.set_setting(PUBLIC_URL, url.as_deref()).await?;
        done.push(format!("public URL: {}", url.as_deref().unwrap_or("–")));
    }
    if let Some(seconds) = change.outage_after_seconds {
        let seconds = u32::try_from(seconds).ok().filter(|seconds| (1..=LONGEST_SILENCE).contains(seconds));
        let wrong = || OpError::invalid("outageAfterSeconds", format!("From 1 to {LONGEST_SILENCE} seconds"));
        let seconds = seconds.ok_or_else(wrong)?;
        unit.tx.set_setting(outage::AFTER, Some(&seconds.to_string())).await?;
        done.push(format!("Telegram counts as out of reach after {seconds} s"));
    }
    if let Some(networks) = &change.telegram_networks {
        done.push(set_telegram_networks(&mut unit, networks).await?);
    }
    let new_way = set_updates(app, &mut unit.tx, change.telegram_updates, new_url).await?;
    if let Some(way) = new_way {
        done.push(format!("Telegram's updates come by {way}"));
    }
    let new_token = change.telegram_token.is_some();
    if let Some(token) = change.telegram_token {
        let token = token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty());
        let sealed = token.as_deref().map(|token| seal_token(app, token)).transpose()?;
        unit.tx.set_setting(TELEGRAM_TOKEN, sealed.as_deref()).await?;
        unit.tx.set_setting(BOT_USERNAME, None).await?;
        done.push(if token.is_some() { "a new bot token" } else { "no bot token" }.to_owned());
    }
    if !done.is_empty() {
        unit.audit("settings.update", "settings", Some(&done.join("; "))).await?;
    }
    unit.commit().await?;
    if new_token || new_url || new_way.is_some() {
        app.bus.bot.notify_one();
    }
    load(app).await
}

/// Keeps Telegram's networks, and says what was kept. Those that it publishes are not kept: they may change with a newer
/// version of the program.
async fn set_telegram_networks(unit: &mut Unit<'_>, networks: &[String]) -> OpResult<String> {
    let networks = TelegramNetworks::parse(networks.iter().map(String::as_str))
        .map_err(|error| OpError::invalid("telegramNetworks", error.to_string()))?;
    let own =
        (networks != TelegramNetworks::default()).then(|| networks.texts().collect::<Vec<_>>().join(","));
    unit.tx.set_setting(TELEGRAM_NETWORKS, own.as_deref()).await?;
    Ok(format!("Telegram's networks: {}", own.as_deref().unwrap_or("as published")))
}

/// Keeps how updates come, unless the configuration says so, and sees that a webhook has an address; gives the new way
/// in words, if it is another one.
async fn set_updates(
    app: &App,
    tx: &mut Tx,
    wanted: Option<Updates>,
    new_url: bool,
) -> OpResult<Option<&'static str>> {
    let before = webhook::is_wanted(app, tx).await?;
    if let Some(updates) = wanted {
        if app.config.telegram.webhook.is_some_and(|webhook| Updates::of(webhook) != updates) {
            let fixed = "SALLYPORT_TELEGRAM_WEBHOOK says how updates come; change it there";
            return Err(OpError::invalid("telegramUpdates", fixed));
        }
        let value = (updates == Updates::Webhook).then_some(WEBHOOK);
        tx.set_setting(UPDATES, value).await?;
    }
    let after = webhook::is_wanted(app, tx).await?;
    if after && (new_url || !before) {
        let url = public_url(app, tx).await?;
        let field = if new_url { "publicUrl" } else { "telegramUpdates" };
        webhook::check(&app.config, url.as_deref())
            .map_err(|error| OpError::invalid(field, error.to_string()))?;
    }
    Ok((before != after).then_some(if after { "webhook" } else { "long polling" }))
}

/// Asks Telegram who the bot of `token` (or of the set one) is; nothing is kept but the name of the set one.
///
/// # Errors
/// [`OpError::Invalid`] if there is no token to be tested.
pub async fn test_token(app: &App, _by: &Manager, token: Option<&str>) -> OpResult<BotTest> {
    let given = token.map(str::trim).filter(|token| !token.is_empty());
    let token = match given {
        Some(token) => Secret::new(check_token(token)?),
        None => {
            let set = telegram_token(app).await?;
            set.ok_or_else(|| OpError::invalid("token", "There is no token yet"))?
        }
    };
    let config = &app.config.telegram;
    let address = Address { token, api_url: config.api_url.clone(), proxy: config.proxy.clone() };
    let telegram = match Telegram::new(&address) {
        Ok(telegram) => telegram,
        Err(error) => return Ok(BotTest::Failed { error: error.to_string() }),
    };
    match telegram.call(GetMe::new()).await {
        Ok(me) => {
            let username = me.username().to_owned();
            if given.is_none() {
                remember_bot(app, Some(&username)).await?;
            }
            Ok(BotTest::Ok { username })
        }
        Err(error) => Ok(BotTest::Failed { error: error.to_string() }),
    }
}

/// Keeps the bot's name, as Telegram has just given it, for links and the console.
///
/// # Errors
/// When the database fails.
pub async fn remember_bot(app: &App, username: Option<&str>) -> OpResult<()> {
    let mut tx = app.store.begin().await?;
    tx.set_setting(BOT_USERNAME, username).await?;
    Ok(tx.commit().await?)
}

fn seal_token(app: &App, token: &str) -> OpResult<String> {
    let token = check_token(token).map_err(|_| wrong_token("telegramToken"))?;
    let sealed = app.vault.seal(token.as_bytes(), TOKEN_CONTEXT);
    sealed.map(hex::encode).map_err(|error| OpError::Internal(error.to_string()))
}

fn check_token(token: &str) -> OpResult<&str> {
    let fits = token.split_once(':').is_some_and(|(number, rest)| {
        !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
            && !rest.is_empty()
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    });
    if fits { Ok(token) } else { Err(wrong_token("token")) }
}

fn wrong_token(field: &'static str) -> OpError {
    OpError::invalid(field, "This is no token from @BotFather, such as 123456:AA…")
}

fn checked_url(text: &str) -> OpResult<String> {
    let url = reqwest::Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.filter(reqwest::Url::has_host);
    url.map(|url| url.as_str().trim_end_matches('/').to_owned())
        .ok_or_else(|| OpError::invalid("publicUrl", "This is no http:// or https:// URL"))
}

//! Where Telegram delivers updates to, if it does: the address has to be one that it can reach.

use super::{OpResult, settings};
use crate::{
    app::App,
    config::{Config, Secret},
    store::Tx,
};
use reqwest::Url;
use thiserror::Error;

/// The ports that Telegram delivers to (core.telegram.org/bots/api#setwebhook).
const PORTS: [u16; 4] = [443, 80, 88, 8443];

/// The path of the webhook below the public URL; the bot's number follows.
pub const PATH: &str = "telegram/webhook";

/// Where Telegram delivers the updates of a bot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The address.
    pub url: Url,
    /// What Telegram shows there, so that nobody else's updates are taken for its own.
    pub secret: Secret,
}

/// Why updates cannot come by webhook.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum PlaceError {
    /// It is not known under which address the server is reached.
    #[error(
        "A webhook needs to know under which address Telegram reaches this server: set the public URL, an https:// one"
    )]
    NoUrl,
    /// The public URL is without TLS.
    #[error("Telegram delivers to https:// addresses only; the public URL is {0}")]
    NotHttps(String),
    /// The public URL has a port that Telegram does not call.
    #[error("Telegram delivers to the ports 443, 80, 88 and 8443 only; the public URL has {0}")]
    Port(u16),
}

/// Where the updates of the bot with this token are delivered to, given the server's public URL.
///
/// # Errors
/// [`PlaceError`]: Telegram would not deliver there.
pub fn place(app: &App, public_url: Option<&str>, token: &Secret) -> Result<Place, PlaceError> {
    let bot = bot_of(token);
    let mut url = check(&app.config, public_url)?;
    let path = format!("{}/{PATH}/{bot}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(Place { url, secret: app.vault.webhook_secret(bot) })
}

/// The public URL, if Telegram delivers there. A Bot API server of one's own is not as strict as Telegram's.
///
/// # Errors
/// [`PlaceError`] says why it would not.
pub fn check(config: &Config, public_url: Option<&str>) -> Result<Url, PlaceError> {
    let url = public_url.and_then(|url| Url::parse(url).ok()).ok_or(PlaceError::NoUrl)?;
    if !config.telegram.is_telegrams_own() {
        return Ok(url);
    }
    if url.scheme() != "https" {
        return Err(PlaceError::NotHttps(url.as_str().trim_end_matches('/').to_owned()));
    }
    match url.port_or_known_default() {
        Some(port) if !PORTS.contains(&port) => Err(PlaceError::Port(port)),
        _ => Ok(url),
    }
}

/// The number of the bot, as its token begins.
pub fn bot_of(token: &Secret) -> &str {
    token.expose().split(':').next().unwrap_or_default()
}

/// Do updates come by webhook, rather than by asking for them?
///
/// # Errors
/// When the database fails.
pub async fn is_wanted(app: &App, tx: &mut Tx) -> OpResult<bool> {
    match app.config.telegram.webhook {
        Some(wanted) => Ok(wanted),
        None => Ok(tx.setting(settings::UPDATES).await?.as_deref() == Some(settings::WEBHOOK)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(api: Option<&str>) -> Config {
        let api = api.map(|api| ("SALLYPORT_TELEGRAM_API_URL".to_owned(), api.to_owned()));
        Config::load(None, api).unwrap()
    }

    #[test]
    fn telegram_delivers_to_https_on_four_ports() {
        let telegrams = config(None);
        let of = |url| check(&telegrams, url).map(|url| url.to_string());
        assert_eq!(of(Some("https://vpn.example.org")).unwrap(), "https://vpn.example.org/");
        assert!(of(Some("https://vpn.example.org:8443/sallyport")).is_ok());
        assert_eq!(of(Some("https://vpn.example.org:8080")), Err(PlaceError::Port(8080)));
        let plain = PlaceError::NotHttps("http://vpn.example.org".to_owned());
        assert_eq!(of(Some("http://vpn.example.org")), Err(plain));
        assert_eq!(of(None), Err(PlaceError::NoUrl));
    }

    #[test]
    fn a_bot_api_server_of_ones_own_delivers_anywhere() {
        let own = config(Some("http://bot-api.internal:8081"));
        assert!(check(&own, Some("http://sallyport.internal:8080")).is_ok());
        assert_eq!(check(&own, None), Err(PlaceError::NoUrl));
    }
}

//! How the program was started: `sallyport.toml`, overridden by `SALLYPORT_*`.
//!
//! Every setting is text until it is parsed here, so that a wrong one is named together with the place it came
//! from, in one line, and the start stops. What administrators change while the program runs (the bot's token,
//! the limit of accounts) is no configuration: it lives in the database.

mod source;

pub use source::ConfigError;

use ipnet::IpNet;
use reqwest::Url;
use source::Source;
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    path::{Path, PathBuf},
};

/// The file that is read if it is there and no other was named.
pub const DEFAULT_FILE: &str = "sallyport.toml";

/// A text that never shows in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one who needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How log lines are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The first owner, made at the start if there is none.
#[derive(Clone, Debug)]
pub struct FirstOwner {
    /// Their username.
    pub username: String,
    /// Their password.
    pub password: Secret,
}

/// Where the Bot API is.
#[derive(Clone, Debug)]
pub struct Telegram {
    /// The bot's token; if it is not given, the one of the settings counts.
    pub token: Option<Secret>,
    /// The Bot API's base URL: Telegram's, one's own server, or a simulator.
    pub api_url: Url,
    /// An `http`, `https` or `socks5` proxy on the way there.
    pub proxy: Option<Url>,
    /// Telegram delivers updates to a webhook (or is asked for them); if it is not given, the settings say so.
    pub webhook: Option<bool>,
}

impl Telegram {
    /// Is the Bot API Telegram's own? A server of one's own may deliver to webhooks without TLS, and on any port.
    pub fn is_telegrams_own(&self) -> bool {
        self.api_url.host_str() == Some("api.telegram.org")
    }
}

/// Certificate and key of the built-in TLS, both PEM.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsFiles {
    /// The certificate chain.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// The configuration; everything in it was checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the console and the API listen; port 0 picks one.
    pub listen: SocketAddr,
    /// Where the database, the key and backups are kept.
    pub data_dir: PathBuf,
    /// `sqlite://…` or `postgres://…`.
    pub database_url: String,
    /// The key that encrypts what is secret and signs tokens; replicas share it.
    pub secret_key_file: PathBuf,
    /// The first owner.
    pub first_owner: Option<FirstOwner>,
    /// Telegram.
    pub telegram: Telegram,
    /// Under which address people reach this server, without a slash at its end.
    pub public_url: Option<String>,
    /// Built-in TLS.
    pub tls: Option<TlsFiles>,
    /// Networks whose `X-Forwarded-*` headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// A separate address for `/metrics`.
    pub metrics_listen: Option<SocketAddr>,
    /// A database of countries in MaxMind's format, for prompts and policies that ask from where somebody comes.
    pub country_database: Option<PathBuf>,
    /// What is logged, as `tracing` filters say it.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
}

impl Config {
    /// Reads `file` (or [`DEFAULT_FILE`], if it is there) and the variables.
    ///
    /// # Errors
    /// The first setting that is wrong, in one line that names it.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        Self::from_source(&Source::read(file, variables)?)
    }

    fn from_source(source: &Source) -> Result<Self, ConfigError> {
        let data_dir = source.path("data_dir").unwrap_or_else(|| PathBuf::from("data"));
        let database_url = source
            .parse("database_url", database_url)?
            .unwrap_or_else(|| format!("sqlite://{}", data_dir.join("sallyport.db").display()));
        Ok(Self {
            listen: source
                .parse("listen", address)?
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            database_url,
            secret_key_file: source.path("secret_key_file").unwrap_or_else(|| data_dir.join("secret.key")),
            data_dir,
            first_owner: first_owner(source)?,
            telegram: Telegram {
                token: source.parse("telegram_token", token)?,
                api_url: source.parse("telegram_api_url", web_url)?.map_or_else(telegram_api_url, Ok)?,
                proxy: source.parse("telegram_proxy", proxy_url)?,
                webhook: source.parse("telegram_webhook", switch)?,
            },
            public_url: source
                .parse("public_url", web_url)?
                .map(|url| url.as_str().trim_end_matches('/').to_owned()),
            tls: tls_files(source)?,
            trusted_proxies: source.parse("trusted_proxies", networks)?.unwrap_or_default(),
            metrics_listen: source.parse("metrics_listen", address)?,
            country_database: source.path("country_database"),
            log: source.parse("log", log_filter)?.unwrap_or_else(|| "info".to_owned()),
            log_format: source.parse("log_format", log_format)?.unwrap_or(LogFormat::Text),
        })
    }

    /// Under which address a device behind `router` finds this server, as far as that can be told without asking
    /// anybody: the one that it listens on, or, if that is every address, the one from which it reaches the router.
    pub fn url_for(&self, router: &str) -> Option<String> {
        let address = match (self.listen.ip(), self.listen.port()) {
            (_, 0) => return None,
            (every, _) if every.is_unspecified() => facing(router.parse().ok()?)?,
            (one, _) => one,
        };
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        Some(format!("{scheme}://{}", SocketAddr::new(address, self.listen.port())))
    }

    /// Is the console reached by `https`, so that cookies can be kept to it?
    pub fn is_https(&self) -> bool {
        self.tls.is_some() || self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// The own address from which packets to `peer` leave, as the routing table says; nothing is sent.
fn facing(peer: IpAddr) -> Option<IpAddr> {
    let any: IpAddr =
        if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((peer, 9)).ok()?;
    socket.local_addr().ok().map(|own| own.ip()).filter(|own| !own.is_unspecified())
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    // Without an address it is this machine alone: what is to be reached from elsewhere says so.
    let port = text.strip_prefix(':').and_then(|port| port.parse().ok());
    port.map(|port: u16| SocketAddr::from(([127, 0, 0, 1], port))).or_else(|| text.parse().ok()).ok_or(
        "must be an address and a port, such as 127.0.0.1:8080 or [::]:8080, or :8080 for this machine alone",
    )
}

fn database_url(text: &str) -> Result<String, &'static str> {
    let known = ["sqlite://", "postgres://", "postgresql://"];
    if known.iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme)) {
        Ok(text.to_owned())
    } else {
        Err("must be sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE")
    }
}

fn web_url(text: &str) -> Result<Url, &'static str> {
    let wrong = "must be an http:// or https:// URL";
    let url = Url::parse(text).map_err(|_| wrong)?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() { Ok(url) } else { Err(wrong) }
}

fn proxy_url(text: &str) -> Result<Url, &'static str> {
    let wrong = "must be an http://, https://, socks5:// or socks5h:// URL";
    let url = Url::parse(text).map_err(|_| wrong)?;
    let known = matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h");
    if known && url.has_host() { Ok(url) } else { Err(wrong) }
}

fn switch(text: &str) -> Result<bool, &'static str> {
    match text {
        "true" | "on" | "yes" | "1" => Ok(true),
        "false" | "off" | "no" | "0" => Ok(false),
        _ => Err("must be true or false"),
    }
}

fn telegram_api_url() -> Result<Url, ConfigError> {
    let url = "https://api.telegram.org";
    Url::parse(url).map_err(|error| ConfigError::new(format!("{url}: {error}")))
}

/// A bot's token: its number, a colon, and 35 characters; their count is not promised, so it is not checked.
fn token(text: &str) -> Result<Secret, &'static str> {
    let is_token = text.split_once(':').is_some_and(|(number, rest)| {
        !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) && !rest.is_empty()
    });
    if is_token {
        Ok(Secret::new(text))
    } else {
        Err("must be a token from @BotFather, such as 123456:AA…")
    }
}

fn networks(text: &str) -> Result<Vec<IpNet>, &'static str> {
    text.split([',', ' '])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().or_else(|_| part.parse().map(|ip: IpAddr| IpNet::from(ip))))
        .collect::<Result<_, _>>()
        .map_err(|_| "must be networks such as 10.0.0.0/8, parted by commas")
}

fn log_filter(text: &str) -> Result<String, &'static str> {
    // The parser takes a word that is no level for the name of a module, so a misspelt level would silence the log.
    let is_level = |word: &str| word.trim().parse::<tracing::level_filters::LevelFilter>().is_ok();
    let bare = text.split(',').filter(|directive| !directive.contains(['=', '[']));
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) if bare.into_iter().all(is_level) => Ok(text.to_owned()),
        _ => {
            Err("must be a level (error, warn, info, debug, trace) or a filter such as info,sallyport=debug")
        }
    }
}

fn log_format(text: &str) -> Result<LogFormat, &'static str> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be text or json"),
    }
}

fn first_owner(source: &Source) -> Result<Option<FirstOwner>, ConfigError> {
    match (source.text("admin_username"), source.text("admin_password")) {
        (Some(username), Some(password)) => {
            let owner = FirstOwner { username: username.to_owned(), password: Secret::new(password) };
            Ok(Some(owner))
        }
        (None, None) => Ok(None),
        (Some(_), None) => Err(source.missing("admin_password", "admin_username")),
        (None, Some(_)) => Err(source.missing("admin_username", "admin_password")),
    }
}

fn tls_files(source: &Source) -> Result<Option<TlsFiles>, ConfigError> {
    match (source.path("tls_cert"), source.path("tls_key")) {
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(source.missing("tls_key", "tls_cert")),
        (None, Some(_)) => Err(source.missing("tls_cert", "tls_key")),
    }
}

#[cfg(test)]
mod tests;

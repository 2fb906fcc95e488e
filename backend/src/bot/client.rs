//! The Bot API as Sallyport calls it: teloxide's types over one connection pool, with a deadline for every call
//! and errors sorted by what can be done about them.
//!
//! Calls are carried out here and not by `teloxide::Bot`'s own requests for two reasons: those sleep ten seconds
//! on every 5xx before they say so, and their errors quote the address, which holds the token.

use crate::config::Secret;
use reqwest::{
    Url,
    multipart::{Form, Part},
};
use sallyport_shared::person::TelegramId;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{fmt, time::Duration};
use teloxide::{Bot, requests::Payload};
use thiserror::Error;

/// How long a call may take, from dialling to the last byte.
const CALL: Duration = Duration::from_secs(10);

/// How long dialling may take.
const DIAL: Duration = Duration::from_secs(5);

/// How long Telegram holds a poll for updates when there are none.
pub(crate) const LONG_POLL: Duration = Duration::from_secs(25);

/// Longest error text that is kept.
const LONGEST_ERROR: usize = 300;

/// Why a call failed. No text in it holds the token.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum CallError {
    /// Too many messages: Telegram says when to come back.
    #[error("Telegram asks to wait {} s", .0.as_secs())]
    Flood(Duration),
    /// No answer in time. The call may have been carried out.
    #[error("Telegram did not answer in time")]
    TimedOut,
    /// The connection could not be made, or broke. The call may have been carried out.
    #[error("Telegram cannot be reached: {0}")]
    Network(String),
    /// Telegram's servers are in trouble.
    #[error("Telegram's server answered {status}: {description}")]
    Server {
        /// HTTP status.
        status: u16,
        /// In Telegram's words.
        description: String,
    },
    /// The token is not (or no longer) valid.
    #[error("Telegram does not accept the bot's token")]
    Token,
    /// Somebody else polls for updates with the same token, or a webhook is set.
    #[error("another program uses the same bot: {0}")]
    Conflict(String),
    /// The person has blocked the bot, or is gone.
    #[error("the bot may not write to this person: {0}")]
    Forbidden(String),
    /// The call was not acceptable, and will not be next time.
    #[error("Telegram refused: {0}")]
    Refused(String),
}

impl CallError {
    /// May the same call succeed later?
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Flood(_) | Self::TimedOut | Self::Network(_) | Self::Server { .. })
    }

    /// An edit that would not change anything: the message is as it should be.
    pub fn is_not_modified(&self) -> bool {
        matches!(self, Self::Refused(text) if text.contains("message is not modified"))
    }

    fn of(status: u16, failure: Failure) -> Self {
        let description = shorten(failure.description);
        let wait = failure.parameters.and_then(|parameters| parameters.retry_after);
        match (failure.error_code.unwrap_or(status), wait) {
            (_, Some(seconds)) => Self::Flood(Duration::from_secs(seconds)),
            (429, None) => Self::Flood(Duration::from_secs(1)),
            (401 | 404, _) if matches!(description.as_str(), "Unauthorized" | "Not Found") => Self::Token,
            (403, _) => Self::Forbidden(description),
            (409, _) => Self::Conflict(description),
            (code @ 500.., _) => Self::Server { status: code, description },
            // The peer is gone for good though the code says "bad request".
            (400, _) if description.contains("chat not found") => Self::Forbidden(description),
            _ => Self::Refused(description),
        }
    }
}

/// What Telegram answers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Reply<T> {
    Success { result: T },
    Failure(Failure),
}

#[derive(Deserialize, Default)]
struct Failure {
    error_code: Option<u16>,
    #[serde(default)]
    description: String,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
}

/// Why there can be no client. The texts name no address: a proxy's may hold a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum SetupError {
    /// The proxy cannot be used.
    #[error("the proxy for Telegram cannot be used: it must be an http(s) or socks5 URL")]
    Proxy,
    /// The HTTP client could not be made.
    #[error("the HTTP client for Telegram could not be set up")]
    Client,
}

/// How to reach Telegram.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    /// The bot's token.
    pub token: Secret,
    /// The base URL of the Bot API.
    pub api_url: Url,
    /// An http(s) or socks5 proxy.
    pub proxy: Option<Url>,
}

/// A connection to the Bot API for one bot. Cheap to clone.
#[derive(Clone)]
pub struct Telegram {
    bot: Bot,
}

impl fmt::Debug for Telegram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Telegram")
    }
}

impl Telegram {
    /// A client for the bot at `address`; does not call yet.
    ///
    /// # Errors
    /// [`SetupError`] names the setting that is wrong.
    pub fn new(address: &Address) -> Result<Self, SetupError> {
        let mut client = reqwest::Client::builder()
            .connect_timeout(DIAL)
            .tcp_nodelay(true)
            // A dead connection in the pool would cost a prompt its deadline.
            .tcp_keepalive(Duration::from_secs(15))
            .pool_idle_timeout(Duration::from_secs(55))
            .no_proxy();
        if let Some(proxy) = &address.proxy {
            client = client.proxy(reqwest::Proxy::all(proxy.clone()).map_err(|_| SetupError::Proxy)?);
        }
        let client = client.build().map_err(|_| SetupError::Client)?;
        let bot = Bot::with_client(address.token.expose(), client).set_api_url(address.api_url.clone());
        Ok(Self { bot })
    }

    /// Calls a method.
    ///
    /// # Errors
    /// [`CallError`], sorted by what can be done about it.
    pub async fn call<P>(&self, payload: P) -> Result<P::Output, CallError>
    where
        P: Payload + Serialize,
        P::Output: DeserializeOwned,
    {
        self.call_for(payload).await
    }

    /// Calls a method and reads no more of the answer than `T` needs. A message that was sent is known by its
    /// id: that the rest of it may hold something new is no reason to send it again.
    ///
    /// # Errors
    /// [`CallError`], sorted by what can be done about it.
    pub async fn call_for<P, T>(&self, payload: P) -> Result<T, CallError>
    where
        P: Payload + Serialize,
        T: DeserializeOwned,
    {
        let deadline = CALL + payload.timeout_hint().unwrap_or_default();
        match tokio::time::timeout(deadline, self.exchange(&payload)).await {
            Ok(result) => result,
            Err(_) => Err(CallError::TimedOut),
        }
    }

    /// Sends a PNG with words below it.
    ///
    /// # Errors
    /// [`CallError`], sorted by what can be done about it.
    pub async fn send_photo<T: DeserializeOwned>(
        &self,
        chat: TelegramId,
        picture: Vec<u8>,
        html: &str,
    ) -> Result<T, CallError> {
        let file = Part::bytes(picture).file_name("code.png").mime_str("image/png").map_err(network)?;
        let form = Form::new()
            .text("chat_id", chat.0.to_string())
            .text("parse_mode", "HTML")
            .text("caption", html.to_owned())
            .text("protect_content", "true")
            .part("photo", file);
        let request = self.bot.client().post(self.method("sendPhoto")).multipart(form);
        match tokio::time::timeout(CALL, read(request)).await {
            Ok(result) => result,
            Err(_) => Err(CallError::TimedOut),
        }
    }

    async fn exchange<P, T>(&self, payload: &P) -> Result<T, CallError>
    where
        P: Payload + Serialize,
        T: DeserializeOwned,
    {
        read(self.bot.client().post(self.method(P::NAME)).json(payload)).await
    }

    fn method(&self, name: &str) -> Url {
        let mut url = self.bot.api_url();
        let path = format!("{}/bot{}/{name}", url.path().trim_end_matches('/'), self.bot.token());
        url.set_path(&path);
        url
    }
}

/// Makes a request and reads the answer.
async fn read<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, CallError> {
    let response = request.send().await.map_err(network)?;
    let status = response.status().as_u16();
    let body = response.bytes().await.map_err(network)?;
    match serde_json::from_slice::<Reply<T>>(&body) {
        Ok(Reply::Success { result }) => Ok(result),
        Ok(Reply::Failure(failure)) => Err(CallError::of(status, failure)),
        // A gateway's page in place of JSON, or a shape that is not known.
        Err(_) if status >= 400 => Err(CallError::of(status, Failure::default())),
        Err(_) => Err(CallError::Server { status, description: "unreadable answer".to_owned() }),
    }
}

/// Says what went wrong on the way, without the address, which holds the token.
fn network(error: reqwest::Error) -> CallError {
    if error.is_timeout() {
        return CallError::TimedOut;
    }
    let what = if error.is_connect() { "no connection" } else { "the connection broke" };
    let error = error.without_url();
    let mut source = std::error::Error::source(&error);
    let mut innermost = None;
    while let Some(inner) = source {
        innermost = Some(inner.to_string());
        source = inner.source();
    }
    CallError::Network(shorten(
        innermost.map_or_else(|| what.to_owned(), |inner| format!("{what} ({inner})")),
    ))
}

fn shorten(text: String) -> String {
    if text.chars().count() <= LONGEST_ERROR { text } else { text.chars().take(LONGEST_ERROR).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(status: u16, body: &str) -> CallError {
        CallError::of(status, serde_json::from_str(body).unwrap())
    }

    #[test]
    fn failures_are_sorted_by_what_can_be_done() {
        let flood = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}"#;
        assert_eq!(failed(429, flood), CallError::Flood(Duration::from_secs(7)));
        assert!(failed(502, "{}").is_transient());
        let unauthorized = r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#;
        assert_eq!(failed(401, unauthorized), CallError::Token);
        let blocked = r#"{"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#;
        assert!(matches!(failed(403, blocked), CallError::Forbidden(_)));
        let same = r#"{"error_code":400,"description":"Bad Request: message is not modified: specified new message content…"}"#;
        assert!(failed(400, same).is_not_modified());
        assert!(!failed(400, same).is_transient());
    }

    #[tokio::test]
    async fn errors_never_hold_the_token() {
        // A port that nobody listens on: the listener is dropped at once.
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = Address {
            token: Secret::new("123456:secret-token"),
            api_url: format!("http://{closed}/").parse().unwrap(),
            proxy: None,
        };
        let telegram = Telegram::new(&address).unwrap();
        let error = telegram.call(teloxide::payloads::GetMe::new()).await.unwrap_err();
        assert!(matches!(error, CallError::Network(_)), "{error:?}");
        for text in
            [format!("{error}"), format!("{error:?}"), format!("{telegram:?}"), format!("{address:?}")]
        {
            assert!(!text.contains("secret"), "{text}");
        }
    }

    #[test]
    fn proxies_of_both_kinds_are_taken() {
        for proxy in ["socks5://127.0.0.1:9", "http://user:password@127.0.0.1:9"] {
            let address = Address {
                token: Secret::new("1:a"),
                api_url: "http://127.0.0.1:9".parse().unwrap(),
                proxy: Some(proxy.parse().unwrap()),
            };
            assert!(Telegram::new(&address).is_ok(), "{proxy}");
        }
    }
}

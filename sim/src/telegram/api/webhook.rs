//! Webhooks: updates are posted to the bot with the secret token, each again and again until it answers 2xx. Those
//! about one chat come one after another, those of several chats at the same time.
//!
//! Telegram demands HTTPS. *Assumption*: for tests plain HTTP to a loopback address is taken as well; the simulator
//! delivers over plain HTTP only, and reports an HTTPS address as unreachable.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Uri, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::{AbortHandle, JoinSet};

use super::{ApiError, Params, polling};
use crate::telegram::core::Core;
use crate::telegram::world::{Lane, Queued, unix_now};

/// The pause after the first failed delivery.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
/// The pause after a failed delivery grows to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A bot has this long to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
const LARGEST_ANSWER: usize = 1 << 20;

#[derive(Debug, Default)]
pub(in crate::telegram) struct Webhook {
    set: Mutex<Option<Set>>,
}

#[derive(Debug)]
struct Set {
    url: String,
    max_connections: i64,
    last_error: Option<(i64, String)>,
    worker: AbortHandle,
}

impl Drop for Set {
    fn drop(&mut self) {
        self.worker.abort();
    }
}

impl Webhook {
    pub(in crate::telegram) fn is_set(&self) -> bool {
        self.lock().is_some()
    }

    pub(in crate::telegram) fn url(&self) -> Option<String> {
        self.lock().as_ref().map(|set| set.url.clone())
    }

    /// Removes it; a delivery under way is given up.
    pub(in crate::telegram) fn remove(&self) {
        self.lock().take();
    }

    fn lock(&self) -> MutexGuard<'_, Option<Set>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn set(core: &Arc<Core>, params: &Params) -> Result<Value, ApiError> {
    let url = params.text("url").into_owned();
    if url.is_empty() {
        return delete(core, params);
    }
    let secret = params.text("secret_token").into_owned();
    check_secret(&secret)?;
    let uri: Uri = url.parse().map_err(|_| ApiError::bad_request("invalid webhook URL specified"))?;
    check_scheme(&uri)?;
    take_updates_options(core, params);
    let max_connections = params.integer("max_connections").unwrap_or(40).clamp(1, 100);
    let place = Arc::new(Place { uri, secret });
    let most = usize::try_from(max_connections).unwrap_or(1);
    let worker = tokio::spawn(deliver(Arc::clone(core), place, most)).abort_handle();
    *core.webhook.lock() = Some(Set { url, max_connections, last_error: None, worker });
    core.updates_ready.notify_waiters();
    Ok(true.into())
}

pub(super) fn delete(core: &Arc<Core>, params: &Params) -> Result<Value, ApiError> {
    take_updates_options(core, params);
    core.webhook.remove();
    Ok(true.into())
}

pub(super) fn info(core: &Arc<Core>) -> Result<Value, ApiError> {
    let state = core.lock();
    let set = core.webhook.lock();
    let mut info = json!({
        "url": set.as_ref().map_or("", |set| &set.url),
        "has_custom_certificate": false,
        "pending_update_count": state.updates.len(),
    });
    if let Some(set) = set.as_ref() {
        info["max_connections"] = set.max_connections.into();
        if let Some((date, message)) = &set.last_error {
            info["last_error_date"] = (*date).into();
            info["last_error_message"] = message.as_str().into();
        }
    }
    if let Some(allowed) = state.updates.allowed() {
        info["allowed_updates"] = json!(allowed);
    }
    Ok(info)
}

fn take_updates_options(core: &Core, params: &Params) {
    let mut state = core.lock();
    polling::allow(&mut state, params);
    if params.flag("drop_pending_updates") {
        state.updates.clear();
    }
}

fn check_secret(secret: &str) -> Result<(), ApiError> {
    if secret.len() > 256 {
        return Err(ApiError::bad_request("secret token is too long"));
    }
    if !secret.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
        return Err(ApiError::bad_request("secret token contains unallowed characters"));
    }
    Ok(())
}

fn check_scheme(uri: &Uri) -> Result<(), ApiError> {
    let loopback = uri.host().is_some_and(|host| {
        let host = host.trim_matches(['[', ']']);
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    });
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if loopback => Ok(()),
        _ => Err(ApiError::bad_request("bad webhook: An HTTPS URL must be provided for webhook")),
    }
}

/// Where updates are posted to.
#[derive(Debug)]
struct Place {
    uri: Uri,
    secret: String,
}

/// Delivers until the webhook is removed: one update a lane at a time, `most` lanes at a time.
async fn deliver(core: Arc<Core>, place: Arc<Place>, most: usize) {
    let mut busy: HashSet<Lane> = HashSet::new();
    let mut posts = JoinSet::new();
    loop {
        let mut ready = std::pin::pin!(core.updates_ready.notified());
        ready.as_mut().enable();
        while posts.len() < most {
            let Some(update) = core.lock().updates.first_beside(&busy) else { break };
            busy.insert(update.lane);
            posts.spawn(insist(Arc::clone(&core), Arc::clone(&place), update));
        }
        tokio::select! {
            () = ready => {}
            Some(Ok(lane)) = posts.join_next() => {
                busy.remove(&lane);
            }
        }
    }
}

/// Posts an update until it is taken.
async fn insist(core: Arc<Core>, place: Arc<Place>, update: Queued) -> Lane {
    let mut pause = Duration::ZERO;
    loop {
        match post(&place.uri, &place.secret, update.json.to_string()).await {
            Ok(answer) => {
                core.happen(|state| state.updates.taken(update.id));
                carry_out(&core, answer).await;
                return update.lane;
            }
            Err(error) => {
                if let Some(set) = core.webhook.lock().as_mut() {
                    set.last_error = Some((unix_now(), error));
                }
                core.updates_ready.notify_waiters();
                pause = (pause * 2).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
                tokio::time::sleep(pause).await;
            }
        }
    }
}

/// A webhook may answer with a method to carry out. Its result is not told to the bot.
async fn carry_out(core: &Arc<Core>, answer: Value) {
    let Value::Object(mut fields) = answer else { return };
    let Some(Value::String(method)) = fields.remove("method") else { return };
    let params = Params::from_object(fields);
    let seq = core.journal.arrived(&method, params.for_journal(&core.token));
    let outcome = Box::pin(super::call(core, &method, &params)).await;
    match outcome {
        Ok(_) => core.journal.ended(seq, &method, 200, None),
        Err(error) => core.journal.ended(seq, &method, error.code, Some(error.description)),
    }
}

async fn post(uri: &Uri, secret: &str, update: String) -> Result<Value, String> {
    if uri.scheme_str() != Some("http") {
        return Err("SSL error: the simulator delivers over plain HTTP only".into());
    }
    let exchange = async {
        let host = uri.host().unwrap_or_default();
        let stream = TcpStream::connect((host.trim_matches(['[', ']']), uri.port_u16().unwrap_or(80))).await;
        let stream = stream.map_err(|error| format!("Connection refused: {error}"))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        let driver = tokio::spawn(connection);
        let mut request = Request::post(uri.path_and_query().map_or("/", |path| path.as_str()))
            .header(header::HOST, uri.authority().map_or(host, |authority| authority.as_str()))
            .header(header::CONTENT_TYPE, "application/json");
        if !secret.is_empty() {
            request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
        }
        let request = request.body(Body::from(update)).map_err(|error| error.to_string())?;
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let status = response.status();
        let body = axum::body::to_bytes(Body::new(response.into_body()), LARGEST_ANSWER)
            .await
            .map_err(|error| error.to_string())?;
        driver.abort();
        if !status.is_success() {
            return Err(format!("Wrong response from the webhook: {status}"));
        }
        Ok(serde_json::from_slice(&body).unwrap_or(Value::Null))
    };
    tokio::time::timeout(ANSWER_TIMEOUT, exchange)
        .await
        .unwrap_or_else(|_| Err("Read timeout expired".into()))
}

//! What stands between Telegram and the server: a proxy that can be told to lose things, and remembers deliveries.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{net::TcpListener, sync::watch};

/// What becomes of a delivery.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// It is passed on.
    Open,
    /// Nobody is there.
    Shut,
    /// It is passed on, and then the answer is lost, so many times.
    LoseAnswers(u32),
}

/// A delivery as it came.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) path: String,
    pub(crate) secret: String,
    pub(crate) body: String,
}

/// The proxy.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) url: String,
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    target: Mutex<Option<SocketAddr>>,
    mode: Mutex<Mode>,
    seen: watch::Sender<Vec<Delivery>>,
}

impl Front {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            http: reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap(),
            target: Mutex::new(None),
            mode: Mutex::new(Mode::Open),
            seen: watch::Sender::default(),
        });
        let router = Router::new().fallback(pass).with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    /// The server is there from now on.
    pub(crate) fn lead_to(&self, server: SocketAddr) {
        *self.inner.target.lock().unwrap() = Some(server);
    }

    pub(crate) fn set(&self, mode: Mode) {
        *self.inner.mode.lock().unwrap() = mode;
    }

    /// Waits for a delivery that fits, from the beginning on.
    pub(crate) async fn wait(&self, fits: impl Fn(&Delivery) -> bool) -> Delivery {
        let mut seen = self.inner.seen.subscribe();
        let found = seen.wait_for(|all| all.iter().any(&fits));
        let all = tokio::time::timeout(crate::bot_cast::BACKSTOP, found).await.expect("delivered").unwrap();
        all.iter().find(|delivery| fits(delivery)).unwrap().clone()
    }

    /// So many deliveries fit.
    pub(crate) fn count(&self, fits: impl Fn(&Delivery) -> bool) -> usize {
        self.inner.seen.borrow().iter().filter(|delivery| fits(delivery)).count()
    }

    /// Delivers to the server itself, past everything; gives the status.
    pub(crate) async fn deliver(&self, path: &str, secret: Option<&str>, body: String) -> u16 {
        let target = self.inner.target.lock().unwrap().expect("there is a server");
        let mut request = self.inner.http.post(format!("http://{target}{path}")).body(body);
        if let Some(secret) = secret {
            request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
        }
        request.send().await.unwrap().status().as_u16()
    }
}

async fn pass(State(inner): State<Arc<Inner>>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let secret = headers.get("x-telegram-bot-api-secret-token");
    let delivery = Delivery {
        path: uri.path().to_owned(),
        secret: secret.map(|secret| secret.to_str().unwrap().to_owned()).unwrap_or_default(),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let mode = *inner.mode.lock().unwrap();
    let target = *inner.target.lock().unwrap();
    let status = match (mode, target) {
        (Mode::Shut, _) | (_, None) => StatusCode::BAD_GATEWAY,
        (Mode::Open | Mode::LoseAnswers(_), Some(target)) => {
            let request = inner
                .http
                .post(format!("http://{target}{}", delivery.path))
                .header("X-Telegram-Bot-Api-Secret-Token", &delivery.secret)
                .body(delivery.body.clone());
            request.send().await.map_or(StatusCode::BAD_GATEWAY, |answer| answer.status())
        }
    };
    inner.seen.send_modify(|seen| seen.push(delivery));
    match mode {
        Mode::LoseAnswers(times) if times > 0 && target.is_some() => {
            *inner.mode.lock().unwrap() = Mode::LoseAnswers(times - 1);
            StatusCode::BAD_GATEWAY
        }
        _ => status,
    }
}

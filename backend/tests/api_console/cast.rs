//! A server on a port of its own, and the administrators who talk to it.

use sallyport::{
    app::App,
    clock::Clock,
    config::Config,
    http::{self, Metrics},
    ops::{admins, authority::Owner},
    store::{
        records::Role,
        testing::{Temporary, postgres_server},
    },
};
use serde_json::{Value, json};
use std::{net::SocketAddr, path::Path};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The password of everybody.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A server without workers: what is wished stays a wish.
pub(crate) struct Cast {
    pub(crate) app: App,
    pub(crate) address: SocketAddr,
    pub(crate) http: reqwest::Client,
    _stop: DropGuard,
    _folder: TempDir,
    _database: Option<Temporary>,
}

/// Somebody at the console.
#[derive(Clone)]
pub(crate) struct Console {
    address: SocketAddr,
    http: reqwest::Client,
    /// The access token; none: nobody is signed in.
    pub(crate) token: Option<String>,
    /// The refresh cookie.
    pub(crate) cookie: Option<String>,
}

/// An answer that is an error.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refused {
    pub(crate) code: String,
    pub(crate) field: Option<String>,
    pub(crate) message: String,
}

/// Tells `story` on every database that there is.
pub(crate) async fn on_each(story: impl AsyncFn(Cast)) {
    story(Cast::on_sqlite(&[]).await).await;
    if let Some(server) = postgres_server() {
        let database = sallyport::store::Store::temporary_postgres(&server).await.unwrap();
        story(Cast::start(&database.url(), &[], Some(database)).await).await;
    }
}

impl Cast {
    /// On SQLite alone, with more variables.
    pub(crate) async fn on_sqlite(variables: &[(&str, &str)]) -> Self {
        Self::start("", variables, None).await
    }

    async fn start(database: &str, variables: &[(&str, &str)], keep: Option<Temporary>) -> Self {
        let folder = TempDir::new().unwrap();
        let app = App::open(config(folder.path(), database, variables), Clock::system()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let metrics = Metrics::collect().unwrap();
        tokio::spawn(http::serve(app.clone(), metrics, listener, stop.clone()));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { app, address, http, _stop: stop.drop_guard(), _folder: folder, _database: keep }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Somebody who is not signed in.
    pub(crate) fn anonymous(&self) -> Console {
        Console { address: self.address, http: self.http.clone(), token: None, cookie: None }
    }

    /// Makes an administrator and signs them in.
    pub(crate) async fn admin(&self, name: &str, role: Role) -> Console {
        admins::create(&self.app, &Owner::of_command_line(), name, PASSWORD, role).await.unwrap();
        self.anonymous().sign_in(name, PASSWORD).await.unwrap()
    }

    /// An owner, signed in.
    pub(crate) async fn owner(&self) -> Console {
        self.admin("olga", Role::Owner).await
    }
}

fn config(folder: &Path, database: &str, more: &[(&str, &str)]) -> Config {
    let mut variables = vec![("SALLYPORT_DATA_DIR".to_owned(), folder.display().to_string())];
    if !database.is_empty() {
        variables.push(("SALLYPORT_DATABASE_URL".to_owned(), database.to_owned()));
    }
    variables.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Config::load(None, variables).unwrap()
}

impl Console {
    /// Sends a request; gives the answer's headers and body.
    pub(crate) async fn send(&self, query: &str, variables: Value) -> (reqwest::header::HeaderMap, Value) {
        let mut request = self
            .http
            .post(format!("http://{}/graphql", self.address))
            .json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", format!("sallyport_refresh={cookie}"));
        }
        let answer = request.send().await.unwrap();
        let headers = answer.headers().clone();
        (headers, answer.json().await.unwrap())
    }

    /// Asks, and expects no error.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Value {
        let (_, body) = self.send(query, variables).await;
        assert!(body.get("errors").is_none(), "{query}\n{body:#}");
        body["data"].clone()
    }

    /// Asks, and expects an error.
    pub(crate) async fn refused(&self, query: &str, variables: Value) -> Refused {
        let (_, body) = self.send(query, variables).await;
        refusal(&body).unwrap_or_else(|| panic!("no error: {query}\n{body:#}"))
    }

    /// Signs in.
    pub(crate) async fn sign_in(&self, name: &str, password: &str) -> Result<Self, Refused> {
        let query =
            "mutation($n: String!, $p: String!) { login(username: $n, password: $p) { accessToken } }";
        self.enter(query, json!({ "n": name, "p": password }), "login").await
    }

    /// The same with another cookie.
    pub(crate) fn with_cookie(&self, cookie: &str) -> Self {
        Self { cookie: Some(cookie.to_owned()), ..self.clone() }
    }

    /// Exchanges the cookie.
    pub(crate) async fn refresh(&self) -> Result<Self, Refused> {
        self.enter("mutation { refresh { accessToken } }", json!({}), "refresh").await
    }

    pub(crate) async fn enter(&self, query: &str, variables: Value, field: &str) -> Result<Self, Refused> {
        let (headers, body) = self.send(query, variables).await;
        if let Some(refused) = refusal(&body) {
            return Err(refused);
        }
        let token = body["data"][field]["accessToken"].as_str().unwrap().to_owned();
        let cookie = set_cookie(&headers).map(|cookie| value_of(&cookie));
        Ok(Self { token: Some(token), cookie: cookie.or_else(|| self.cookie.clone()), ..self.clone() })
    }
}

/// The whole `set-cookie` header.
pub(crate) fn set_cookie(headers: &reqwest::header::HeaderMap) -> Option<String> {
    headers.get("set-cookie").map(|value| value.to_str().unwrap().to_owned())
}

/// What the cookie holds.
pub(crate) fn value_of(cookie: &str) -> String {
    cookie.split_once('=').unwrap().1.split(';').next().unwrap().to_owned()
}

/// The first error of an answer.
pub(crate) fn refusal(body: &Value) -> Option<Refused> {
    let error = body.get("errors")?.get(0)?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(Refused {
        code: text(&error["extensions"]["code"])
            .unwrap_or_else(|| panic!("an error without a code: {body:#}")),
        field: text(&error["extensions"]["field"]),
        message: text(&error["message"]).unwrap_or_default(),
    })
}

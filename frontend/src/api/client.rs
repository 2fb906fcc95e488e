//! `POST /graphql` with the access token, which lives in memory only.
//!
//! The refresh token is an HttpOnly cookie that this program never sees. [`Api::refresh`] turns it into an access
//! token: on start, before the old one lapses, and after an UNAUTHENTICATED answer. However many requests want that
//! at once, one is sent, and all of them wait for it.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use gloo_net::http::{Request, Response};
use graphql_client::QueryBody;
use leptos::prelude::*;
use serde::Serialize;
use serde_json::Value;

use super::document;
use super::error::{ApiError, WireError};
use super::json::{Read, field};
use super::ops::{
    CompleteSetup, Login, Logout, Operation, Refresh, SetupNeeded, complete_setup, login, logout, refresh,
    setup_needed,
};
use super::types::{Admin, AuthPayload, Out, Role};
use crate::clock::Clock;
use crate::time::Moment;

/// A token is renewed this long before it lapses.
const RENEW_BEFORE_SECONDS: i64 = 30;

/// Who is at the console.
#[derive(Clone, Debug, PartialEq)]
pub enum Auth {
    /// The server is being asked.
    Checking,
    /// There is no owner yet.
    SetupNeeded,
    /// Nobody; `true` if somebody was until now.
    SignedOut {
        /// The session ran out while the page was open.
        lapsed: bool,
    },
    /// An admin.
    SignedIn,
}

/// The way to the server. Cheap to copy; there is one a page, in the context.
#[derive(Clone, Copy)]
pub struct Api {
    inner: StoredValue<Rc<Inner>, LocalStorage>,
    clock: Clock,
    auth: RwSignal<Auth>,
    admin: RwSignal<Option<Admin>>,
}

type Refreshing = Shared<LocalBoxFuture<'static, Result<(), ApiError>>>;

#[derive(Default)]
struct Inner {
    token: RefCell<Option<Token>>,
    refreshing: RefCell<Option<Refreshing>>,
}

#[derive(Clone)]
struct Token {
    access: String,
    expires_at: Moment,
}

impl Api {
    /// A way to the server for this page.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            inner: StoredValue::new_local(Rc::default()),
            clock,
            auth: RwSignal::new(Auth::Checking),
            admin: RwSignal::new(None),
        }
    }

    /// Who is at the console; whoever reads it is told when that changes.
    #[must_use]
    pub fn auth(self) -> Auth {
        self.auth.get()
    }

    /// Who is at the console, read once.
    #[must_use]
    pub fn auth_untracked(self) -> Auth {
        self.auth.get_untracked()
    }

    /// The signed-in admin; a change of preferences is a change of this.
    #[must_use]
    pub fn admin(self) -> Option<Admin> {
        self.admin.get()
    }

    /// The signed-in admin, read once.
    #[must_use]
    pub fn admin_untracked(self) -> Option<Admin> {
        self.admin.get_untracked()
    }

    /// What the signed-in admin may do. Read once: a page is drawn for a role.
    #[must_use]
    pub fn role(self) -> Role {
        self.admin.with_untracked(|admin| admin.as_ref().map_or(Role::Viewer, |admin| admin.role))
    }

    /// Replaces what is known of the signed-in admin.
    pub fn set_admin(self, admin: Admin) {
        self.admin.set(Some(admin));
    }

    /// Finds out who is at the console: by the refresh cookie, else whether there is anybody at all.
    pub async fn start(self) {
        match self.refresh().await {
            Ok(()) => {}
            Err(ApiError::Network(_)) => self.auth.set(Auth::SignedOut { lapsed: false }),
            Err(_) => {
                let needed = self.post::<SetupNeeded>(setup_needed::Variables, None).await;
                let needed = needed.is_ok_and(|answer| answer.result);
                self.auth.set(if needed { Auth::SetupNeeded } else { Auth::SignedOut { lapsed: false } });
            }
        }
    }

    /// Signs in. A missing or wrong code comes back as a validation error of the field `totp`.
    ///
    /// # Errors
    /// Whatever the server says.
    pub async fn sign_in(
        self,
        username: String,
        password: String,
        totp: Option<String>,
    ) -> Result<(), ApiError> {
        let answer = self.post::<Login>(login::Variables { username, password, totp }, None).await?;
        self.adopt(answer.result);
        Ok(())
    }

    /// Makes the first owner by the code of the one-time link; [`Api::adopt`] then signs them in.
    ///
    /// # Errors
    /// Whatever the server says.
    pub async fn complete_setup(self, variables: complete_setup::Variables) -> Result<AuthPayload, ApiError> {
        self.post::<CompleteSetup>(variables, None).await.map(|answer| answer.result)
    }

    /// Takes over a sign-in that another operation brought.
    pub fn adopt(self, payload: AuthPayload) {
        let token = Token { access: payload.access_token, expires_at: payload.expires_at };
        let left = token.expires_at.since(self.clock.read());
        self.inner.with_value(|inner| *inner.token.borrow_mut() = Some(token));
        self.admin.set(Some(payload.admin));
        if self.auth.get_untracked() != Auth::SignedIn {
            self.auth.set(Auth::SignedIn);
        }
        let wait = u64::try_from(left - RENEW_BEFORE_SECONDS).unwrap_or(0).max(5);
        set_timeout(
            move || {
                if self.inner.with_value(|inner| inner.token.borrow().is_some()) {
                    leptos::task::spawn_local(async move {
                        // A failure shows at the next request, which asks again.
                        let _ = self.refresh().await;
                    });
                }
            },
            Duration::from_secs(wait),
        );
    }

    /// Signs out here and on the server.
    pub async fn sign_out(self) {
        let token = self.access_token();
        // Signed out here in any case; a cookie that the server could not be told about lapses by itself.
        let _ = self.post::<Logout>(logout::Variables, token).await;
        self.forget(false);
    }

    fn forget(self, lapsed: bool) {
        self.inner.with_value(|inner| *inner.token.borrow_mut() = None);
        self.admin.set(None);
        self.auth.set(Auth::SignedOut { lapsed });
    }

    /// A token that works for a while yet, for the live feed.
    ///
    /// # Errors
    /// [`ApiError::Unauthenticated`] if nobody is signed in, [`ApiError::Network`] if that cannot be found out.
    pub async fn fresh_token(self) -> Result<String, ApiError> {
        if self.is_stale() {
            self.refresh().await?;
        }
        self.access_token().ok_or_else(|| ApiError::Unauthenticated(String::new()))
    }

    fn access_token(self) -> Option<String> {
        self.inner.with_value(|inner| inner.token.borrow().as_ref().map(|token| token.access.clone()))
    }

    fn is_stale(self) -> bool {
        let now = self.clock.read();
        self.inner.with_value(|inner| {
            inner.token.borrow().as_ref().is_none_or(|token| token.expires_at.since(now) < 5)
        })
    }

    /// Turns the refresh cookie into an access token; one request however many callers.
    ///
    /// # Errors
    /// [`ApiError::Unauthenticated`] if the cookie is missing or no longer good: then the page shows the sign-in.
    pub async fn refresh(self) -> Result<(), ApiError> {
        let pending = self.inner.with_value(|inner| inner.refreshing.borrow().clone());
        let refreshing = pending.unwrap_or_else(|| {
            let new: Refreshing = async move {
                let answer = self.post::<Refresh>(refresh::Variables, None).await;
                self.inner.with_value(|inner| *inner.refreshing.borrow_mut() = None);
                answer.map(|answer| self.adopt(answer.result))
            }
            .boxed_local()
            .shared();
            self.inner.with_value(|inner| *inner.refreshing.borrow_mut() = Some(new.clone()));
            new
        });
        let outcome = refreshing.await;
        if matches!(outcome, Err(ApiError::Unauthenticated(_))) && self.auth.get_untracked() == Auth::SignedIn
        {
            self.forget(true);
        }
        outcome
    }

    /// Sends an operation and unwraps its one root field.
    ///
    /// # Errors
    /// Whatever the server says, or [`ApiError::Network`].
    pub async fn call<Op, T>(self, variables: Op::Variables) -> Result<T, ApiError>
    where
        Op: Operation<Data = Out<T>>,
        T: Read,
    {
        Ok(self.ask::<Op>(variables).await?.result)
    }

    /// Sends an operation; a token that lapsed is renewed and the operation sent once more.
    ///
    /// # Errors
    /// Whatever the server says, or [`ApiError::Network`].
    pub async fn ask<Op>(self, variables: Op::Variables) -> Result<Op::Data, ApiError>
    where
        Op: Operation,
    {
        Ok(Op::Data::read(&self.asked(body::<Op>(variables)?).await?)?)
    }

    /// What `ask` does whatever the operation is: compiled once.
    fn asked(self, body: String) -> LocalBoxFuture<'static, Result<Value, ApiError>> {
        async move {
            let token = self.fresh_token().await?;
            match self.posted(body.clone(), Some(token)).await {
                Err(ApiError::Unauthenticated(_)) => {
                    self.refresh().await?;
                    self.posted(body, self.access_token()).await
                }
                outcome => outcome,
            }
        }
        .boxed_local()
    }

    async fn post<Op: Operation>(
        self,
        variables: Op::Variables,
        token: Option<String>,
    ) -> Result<Op::Data, ApiError> {
        Ok(Op::Data::read(&self.posted(body::<Op>(variables)?, token).await?)?)
    }

    fn posted(self, body: String, token: Option<String>) -> LocalBoxFuture<'static, Result<Value, ApiError>> {
        async move { unpack(&send(body, token.as_deref(), self.clock).await?) }.boxed_local()
    }
}

/// The way to the server of this page.
#[must_use]
pub fn use_api() -> Api {
    expect_context()
}

/// The request of an operation as JSON.
pub(super) fn body<Op: Operation>(variables: Op::Variables) -> Result<String, ApiError> {
    let query: QueryBody<Op::Variables> = Op::build_query(variables);
    serde_json::to_string(&Body {
        query: document::only(query.query, query.operation_name),
        operation_name: query.operation_name,
        variables: query.variables,
    })
    .map_err(|error| ApiError::Internal(error.to_string()))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<V> {
    query: String,
    operation_name: &'static str,
    variables: V,
}

/// Not generic, so that it is compiled once and not for each operation.
async fn send(body: String, token: Option<&str>, clock: Clock) -> Result<String, ApiError> {
    let network = |error: gloo_net::Error| ApiError::Network(error.to_string());
    let mut request = Request::post("/graphql").header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", &format!("Bearer {token}"));
    }
    let response = request.body(body).map_err(network)?.send().await.map_err(network)?;
    if let Some(date) = server_time(&response) {
        clock.correct(date);
    }
    let (status, text) = (response.status(), response.text().await.map_err(network)?);
    match status {
        502..=504 => Err(ApiError::Network(format!("HTTP {status}"))),
        429 if !text.starts_with('{') => Err(ApiError::RateLimited(text)),
        401 if !text.starts_with('{') => Err(ApiError::Unauthenticated(text)),
        _ => Ok(text),
    }
}

fn server_time(response: &Response) -> Option<Moment> {
    let ms = js_sys::Date::parse(&response.headers().get("date")?);
    (!ms.is_nan()).then_some(Moment(ms as i64))
}

/// `data` of an answer, or its first error.
fn unpack(text: &str) -> Result<Value, ApiError> {
    let mut answer: Value =
        serde_json::from_str(text).map_err(|error| ApiError::Internal(error.to_string()))?;
    // Errors first: a failed root field leaves `data: { result: null }`, which is not the shape of the answer.
    let errors: Option<Vec<WireError>> = field(&answer, "errors", None)?;
    match errors.unwrap_or_default().into_iter().next() {
        Some(error) => Err(error.into()),
        None => Ok(answer["data"].take()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_wins_over_half_an_answer() {
        let text = r#"{"data":{"result":null},"errors":[{"message":"m","extensions":{"code":"NOT_FOUND"}}]}"#;
        assert_eq!(unpack(text), Err(ApiError::NotFound));
    }

    #[test]
    fn an_answer_is_unwrapped() {
        let data = unpack(r#"{"data":{"result":true}}"#).expect("an answer");
        assert_eq!(Out::<bool>::read(&data).map(|out| out.result), Ok(true));
        assert!(matches!(unpack("<html>"), Err(ApiError::Internal(_))));
        assert!(matches!(unpack("[]"), Err(ApiError::Internal(_))));
    }
}

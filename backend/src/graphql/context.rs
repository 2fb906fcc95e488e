//! What a resolver finds around it: the app, who calls, and from where.

use crate::{
    app::App,
    graphql::loaders::Loaders,
    ops::{
        OpError, OpResult,
        authority::{Manager, Operator, Owner, Viewer},
        sign_in::{Caller, Origin, REFRESH_LIFE, SignedIn},
    },
};
use async_graphql::Context;
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::mpsc;

/// The cookie with the refresh token. It is sent to the API alone, and read by no script.
pub const REFRESH_COOKIE: &str = "sallyport_refresh";

/// One request, or one WebSocket.
#[derive(Debug, Default)]
pub struct Visit {
    /// Who calls; set at the beginning, or when they sign in within the request.
    caller: OnceLock<Caller>,
    /// From where.
    pub origin: Origin,
    /// The refresh token, if it came from a page of this server.
    pub refresh_token: Option<String>,
    /// Cookies are kept to `https`.
    pub secure: bool,
    /// The WebSocket, if it is one.
    pub line: Option<Line>,
    /// What is going on over it.
    going_on: Arc<AtomicUsize>,
}

/// So much may go on over one WebSocket: the console has some ten subscriptions.
const MOST_AT_ONCE: usize = 50;

/// The goodbye for those whose sign-in does not stand (any more).
pub const FORBIDDEN: Goodbye = (4403, "Sign in");

/// Something that goes on over a WebSocket, until it is dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A WebSocket, as subscriptions see it: they can end it.
#[derive(Clone, Debug)]
pub struct Line(mpsc::UnboundedSender<Goodbye>);

/// Why a WebSocket ends: a close code and words.
pub type Goodbye = (u16, &'static str);

impl Line {
    /// A line, and where it is heard that it is to end.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Goodbye>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// Ends it.
    pub fn hang_up(&self, goodbye: Goodbye) {
        // One that has ended already needs no end.
        let _ = self.0.send(goodbye);
    }
}

impl Visit {
    /// A visit of somebody who is not (yet) known.
    pub fn new(origin: Origin, refresh_token: Option<String>, secure: bool) -> Self {
        Self { origin, refresh_token, secure, ..Self::default() }
    }

    /// A visit over a WebSocket.
    pub fn over(line: Line, origin: Origin) -> Self {
        Self { line: Some(line), origin, ..Self::default() }
    }

    /// Begins something over the WebSocket; none: enough is going on.
    pub(super) fn begin(&self) -> Option<Place> {
        let place = Place(self.going_on.clone());
        (self.going_on.fetch_add(1, Ordering::Relaxed) < MOST_AT_ONCE).then_some(place)
    }

    /// They are known from now on.
    pub fn enter(&self, caller: Caller) {
        // Whoever is known stays who they are: a request that signs in twice is the first one's.
        let _ = self.caller.set(caller);
    }

    /// Who calls.
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.get()
    }

    /// The cookie that keeps a new refresh token.
    pub(super) fn cookie(&self, token: &str) -> String {
        self.cookie_for(token, REFRESH_LIFE.0)
    }

    /// The cookie that takes the refresh token away.
    pub(super) fn no_cookie(&self) -> String {
        self.cookie_for("", 0)
    }

    fn cookie_for(&self, value: &str, seconds: u32) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!(
            "{REFRESH_COOKIE}={value}; Path=/graphql; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
        )
    }
}

/// What resolvers ask of the context.
pub(crate) trait ContextExt {
    /// The app.
    fn app(&self) -> OpResult<&App>;
    /// The request.
    fn visit(&self) -> OpResult<&Visit>;
    /// Loads many things by few statements.
    fn loaders(&self) -> OpResult<&Loaders>;
    /// Who calls.
    fn caller(&self) -> OpResult<&Caller>;
    /// Their authority to look.
    fn viewer(&self) -> OpResult<&Viewer> {
        Ok(&self.caller()?.viewer)
    }
    /// Their authority to operate.
    fn operator(&self) -> OpResult<Operator> {
        self.viewer()?.operator()
    }
    /// Their authority to manage.
    fn manager(&self) -> OpResult<Manager> {
        self.viewer()?.manager()
    }
    /// Their authority over administrators.
    fn owner(&self) -> OpResult<Owner> {
        self.viewer()?.owner()
    }
    /// Somebody has just signed in: they are known, and their cookie is set.
    fn signed_in(&self, signed_in: &SignedIn) -> OpResult<()>;
}

impl ContextExt for Context<'_> {
    fn app(&self) -> OpResult<&App> {
        self.data().map_err(|error| OpError::Internal(error.message))
    }

    fn visit(&self) -> OpResult<&Visit> {
        let visit = self.data::<Arc<Visit>>();
        visit.map(AsRef::as_ref).map_err(|error| OpError::Internal(error.message))
    }

    fn loaders(&self) -> OpResult<&Loaders> {
        self.data().map_err(|error| OpError::Internal(error.message))
    }

    fn caller(&self) -> OpResult<&Caller> {
        let caller = self.visit()?.caller();
        caller.ok_or_else(|| OpError::Unauthenticated("Sign in".to_owned()))
    }

    fn signed_in(&self, signed_in: &SignedIn) -> OpResult<()> {
        let visit = self.visit()?;
        if let Some(token) = &signed_in.refresh_token {
            self.append_http_header("set-cookie", visit.cookie(token));
        }
        let address = visit.origin.address.map(|address| address.to_string());
        visit.enter(Caller {
            viewer: Viewer::of(&signed_in.admin, Some(signed_in.sign_in), address)?,
            admin: signed_in.admin.clone(),
            expires_at: signed_in.access.expires_at,
        });
        Ok(())
    }
}

//! The live feed: four subscriptions over one WebSocket, for as long as somebody is signed in.
//!
//! Pages ask to be told ([`Live::on`]) and patch their rows. When the line was lost and is back, what happened in
//! between is unknown: [`Live::epoch`] moves on, every page reads anew, and the viewer is told that it caught up.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::{FutureExt, SinkExt, StreamExt, select};
use gloo_net::websocket::{Message, futures::WebSocket};
use leptos::prelude::*;
use serde_json::Value;

use super::client::{Api, Auth, body};
use super::error::ApiError;
use super::json::{Read, Unreadable};
use super::ops::{
    AuditEventAdded, Operation, RouterChanged, SessionChanged, UserChanged, audit_event_added,
    router_changed, session_changed, user_changed,
};
use super::types::{AuditEvent, Out, Router, SessionChange, UserChange};
use super::wire::{ClientMessage, ServerMessage, pause_ms};
use crate::clock::Clock;
use crate::time::Moment;

/// Quiet for this long, the line is asked whether it lives; quiet for as long again, it is taken for dead.
const QUIET_MS: u32 = 12_000;

/// Whether what is on screen is true now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveState {
    /// Not connected yet.
    Connecting,
    /// Connected; news come as they happen.
    Live,
    /// Connection lost.
    Reconnecting {
        /// When the last news came.
        last_news: Moment,
        /// When the line was found dead.
        since: Moment,
    },
}

/// Something happened.
#[derive(Clone, Debug)]
pub enum News {
    /// To a session.
    Session(SessionChange),
    /// To a person.
    User(UserChange),
    /// To a router.
    Router(Box<Router>),
    /// A row was added to the audit.
    Audit(AuditEvent),
}

type Listener = Rc<dyn Fn(&News)>;

#[derive(Default)]
struct Inner {
    listeners: RefCell<Vec<(u32, Listener)>>,
    next_id: RefCell<u32>,
    wake: RefCell<Option<oneshot::Sender<()>>>,
    running: RefCell<bool>,
}

/// The live feed of this page. Cheap to copy; in the context.
#[derive(Clone, Copy)]
pub struct Live {
    inner: StoredValue<Rc<Inner>, LocalStorage>,
    state: RwSignal<LiveState>,
    epoch: RwSignal<u32>,
    last_news: StoredValue<Moment>,
    clock: Clock,
}

/// Why a connection ended.
enum Lost {
    /// The token was not taken.
    Refused,
    /// The line broke after it had been live, or not.
    Broken { was_live: bool },
}

impl Live {
    /// A feed that is not connected yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            inner: StoredValue::new_local(Rc::default()),
            state: RwSignal::new(LiveState::Connecting),
            epoch: RwSignal::new(0),
            last_news: StoredValue::new(clock.read()),
            clock,
        }
    }

    /// Whether what is on screen is true now.
    #[must_use]
    pub fn state(self) -> LiveState {
        self.state.get()
    }

    /// Moves on each time the page must read anew, because news were missed.
    #[must_use]
    pub fn epoch(self) -> u32 {
        self.epoch.get()
    }

    /// Tells `listener` all news until the calling component goes.
    pub fn on(self, listener: impl Fn(&News) + 'static) {
        let id = self.inner.with_value(|inner| {
            let mut next = inner.next_id.borrow_mut();
            *next += 1;
            inner.listeners.borrow_mut().push((*next, Rc::new(listener)));
            *next
        });
        on_cleanup(move || {
            self.inner.try_with_value(|inner| inner.listeners.borrow_mut().retain(|(other, _)| *other != id));
        });
    }

    /// Does not wait for the next try.
    pub fn try_now(self) {
        self.inner.with_value(|inner| {
            if let Some(wake) = inner.wake.borrow_mut().take() {
                // Nobody waits any more: then the try is under way.
                let _ = wake.send(());
            }
        });
    }

    /// Connects, and connects again, until nobody is signed in.
    pub async fn run(self, api: Api) {
        if self.inner.with_value(|inner| inner.running.replace(true)) {
            return;
        }
        let mut attempt = 0;
        while api.auth_untracked() == Auth::SignedIn {
            let lost = match api.fresh_token().await {
                Ok(token) => self.connect(&token).await,
                Err(ApiError::Unauthenticated(_)) => break,
                Err(_) => Lost::Broken { was_live: false },
            };
            match lost {
                // The token may have been revoked: find out by asking for another one.
                Lost::Refused => drop(api.refresh().await),
                Lost::Broken { was_live: true } => attempt = 0,
                Lost::Broken { was_live: false } => {}
            }
            self.mark_lost();
            self.pause(pause_ms(attempt, js_sys::Math::random())).await;
            attempt += 1;
        }
        self.inner.with_value(|inner| *inner.running.borrow_mut() = false);
        self.state.set(LiveState::Connecting);
    }

    fn mark_lost(self) {
        if let LiveState::Live = self.state.get_untracked() {
            let last_news = self.last_news.get_value();
            self.state.set(LiveState::Reconnecting { last_news, since: self.clock.read() });
        }
    }

    async fn pause(self, ms: u32) {
        let (wake, woken) = oneshot::channel();
        self.inner.with_value(|inner| *inner.wake.borrow_mut() = Some(wake));
        select! {
            () = sleep(ms).fuse() => {}
            _ = woken.fuse() => {}
        }
    }

    /// One connection from its opening to its end.
    async fn connect(self, token: &str) -> Lost {
        let Ok(socket) = WebSocket::open_with_protocol(&address(), "graphql-transport-ws") else {
            return Lost::Broken { was_live: false };
        };
        let (mut to, mut from) = socket.split();
        if to.send(text(&ClientMessage::ConnectionInit { token })).await.is_err() {
            return Lost::Broken { was_live: false };
        }
        let (mut was_live, mut asked) = (false, false);
        loop {
            let message = select! {
                message = from.next().fuse() => message,
                () = sleep(QUIET_MS).fuse() => {
                    if asked || to.send(text(&ClientMessage::Ping)).await.is_err() {
                        return Lost::Broken { was_live };
                    }
                    asked = true;
                    continue;
                }
            };
            asked = false;
            let Some(Ok(Message::Text(message))) = message else {
                return if was_live { Lost::Broken { was_live } } else { closed(message) };
            };
            self.last_news.set_value(self.clock.read());
            match ServerMessage::parse(&message) {
                Ok(ServerMessage::ConnectionAck) => {
                    for subscription in subscriptions() {
                        if to.send(Message::Text(subscription)).await.is_err() {
                            return Lost::Broken { was_live };
                        }
                    }
                    was_live = true;
                    self.mark_live();
                }
                Ok(ServerMessage::Next { id, data }) => self.tell(&id, &data),
                Ok(ServerMessage::Ping) => {
                    if to.send(text(&ClientMessage::Pong)).await.is_err() {
                        return Lost::Broken { was_live };
                    }
                }
                // A role without the audit gets an error for that one subscription; the others go on.
                Ok(ServerMessage::Error { payload }) => {
                    leptos::logging::log!("a subscription was refused: {payload:?}");
                }
                Ok(ServerMessage::Complete | ServerMessage::Pong) => {}
                Err(error) => leptos::logging::warn!("live feed: {error}"),
            }
        }
    }

    fn mark_live(self) {
        let missed = matches!(self.state.get_untracked(), LiveState::Reconnecting { .. });
        self.state.set(LiveState::Live);
        if missed {
            self.epoch.update(|epoch| *epoch += 1);
        }
    }

    fn tell(self, id: &str, data: &Value) {
        let news = match news(id, data) {
            Ok(Some(news)) => news,
            Ok(None) => return,
            Err(error) => return leptos::logging::warn!("live feed: {error}"),
        };
        // Copied out, because a listener may make or drop listeners.
        let listeners: Vec<Listener> = self
            .inner
            .with_value(|inner| inner.listeners.borrow().iter().map(|(_, l)| Rc::clone(l)).collect());
        for listener in listeners {
            listener(&news);
        }
    }
}

/// The live feed of this page.
#[must_use]
pub fn use_live() -> Live {
    expect_context()
}

/// A close frame of the 44xx family is the server's no to the token; anything else is a broken line.
fn closed(message: Option<Result<Message, gloo_net::websocket::WebSocketError>>) -> Lost {
    use gloo_net::websocket::WebSocketError::ConnectionClose;
    match message {
        Some(Err(ConnectionClose(event))) if (4400..4500).contains(&event.code) => Lost::Refused,
        _ => Lost::Broken { was_live: false },
    }
}

fn text(message: &ClientMessage<'_>) -> Message {
    Message::Text(message.text())
}

fn address() -> String {
    let location = window().location();
    let secure = location.protocol().is_ok_and(|protocol| protocol == "https:");
    format!("{}://{}/graphql/ws", if secure { "wss" } else { "ws" }, location.host().unwrap_or_default())
}

/// Resolves after `ms`.
pub async fn sleep(ms: u32) {
    let (done, wait) = oneshot::channel();
    // Whoever waited may be gone, and a timer that is dropped with its page counts as over: neither is an error.
    let ring = move || {
        let _ = done.send(());
    };
    set_timeout(ring, Duration::from_millis(u64::from(ms)));
    let _ = wait.await;
}

/// The `subscribe` messages of the feed; ids are read back in [`news`].
fn subscriptions() -> [String; 4] {
    [
        subscribe::<SessionChanged>("session", session_changed::Variables),
        subscribe::<UserChanged>("user", user_changed::Variables),
        subscribe::<RouterChanged>("router", router_changed::Variables),
        subscribe::<AuditEventAdded>("audit", audit_event_added::Variables),
    ]
}

fn subscribe<Op: Operation>(id: &str, variables: Op::Variables) -> String {
    // The variables of a subscription are plain values and always serialise.
    let payload = body::<Op>(variables).unwrap_or_default();
    ClientMessage::Subscribe { id, payload }.text()
}

/// What the data of a subscription says; null is said where nobody is told.
fn news(id: &str, data: &Value) -> Result<Option<News>, Unreadable> {
    fn read<T: Read>(data: &Value) -> Result<T, Unreadable> {
        Out::<T>::read(data).map(|out| out.result)
    }
    if data.is_null() {
        return Ok(None);
    }
    Ok(Some(match id {
        "session" => News::Session(read(data)?),
        "user" => News::User(read(data)?),
        "router" => News::Router(Box::new(read(data)?)),
        "audit" => News::Audit(read(data)?),
        _ => return Ok(None),
    }))
}

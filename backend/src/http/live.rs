//! `/graphql/ws`: subscriptions over graphql-transport-ws.
//!
//! Who calls is said in `connection_init`. The socket then lives as long as the sign-in behind it stands: an
//! access token that lapses meanwhile changes nothing, one that is revoked ends it at once.

use super::{Shared, client::Client};
use crate::{
    app::App,
    graphql::{FORBIDDEN, Goodbye, Line, Visit},
    ops::{authority::Viewer, sign_in},
};
use async_graphql::{
    Data,
    http::{WebSocket as Protocol, WebSocketProtocols, WsMessage},
};
use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{
    SinkExt, StreamExt, future,
    stream::{SplitSink, SplitStream},
};
use std::{
    collections::{HashMap, hash_map::Entry},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};
use tokio::time::{MissedTickBehavior, interval, sleep};
use uuid::Uuid;

/// What is spoken.
const PROTOCOL: &str = "graphql-transport-ws";

/// A message is small: the largest is a query.
const LARGEST_MESSAGE: usize = 64 * 1_024;

/// How long somebody may take to say who they are.
const INIT: Duration = Duration::from_secs(10);

/// How often it is looked, without a hint, whether the sign-in still stands: others may have ended it.
const LOOK: Duration = Duration::from_secs(15);

/// How long a socket that is closed is listened to until the other side has closed it too.
const GOODBYE: Duration = Duration::from_secs(1);

/// How often the line is tried, so that a dead one is found.
const PING: Duration = Duration::from_secs(30);

/// So many WebSockets one sign-in may have: one for each tab of its browser.
const MOST_SOCKETS: usize = 32;

/// Close codes of the protocol; [`FORBIDDEN`] is one more.
const UNAUTHORIZED: Goodbye = (4401, "Say who you are first");
const TOO_MANY: Goodbye = (4429, "Too many connections of this sign-in");
const INIT_TIMEOUT: Goodbye = (4408, "Nobody said who they are");
const GOING_AWAY: Goodbye = (1001, "The server stops");

/// How many WebSockets each sign-in has. Cheap to clone; all clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Sockets(Arc<Mutex<HashMap<Uuid, usize>>>);

/// A WebSocket that is counted, until it is dropped.
#[derive(Debug)]
struct Seat {
    sockets: Sockets,
    sign_in: Uuid,
}

impl Sockets {
    /// Counts one more; none: there are enough.
    fn seat(&self, sign_in: Uuid) -> Option<Seat> {
        let mut counts = self.lock();
        let count = counts.entry(sign_in).or_default();
        if *count >= MOST_SOCKETS {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Seat { sockets: self.clone(), sign_in })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.sockets.lock();
        if let Entry::Occupied(mut count) = counts.entry(self.sign_in) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

/// Who has come in.
struct Entered {
    viewer: Viewer,
    _seat: Option<Seat>,
}

/// Opens a WebSocket for subscriptions.
pub(super) async fn subscribe(
    State(shared): State<Shared>,
    client: Client,
    upgrade: WebSocketUpgrade,
) -> Response {
    let upgrade = upgrade.protocols([PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        return (StatusCode::BAD_REQUEST, format!("Speak {PROTOCOL}")).into_response();
    }
    upgrade
        .max_message_size(LARGEST_MESSAGE)
        .on_upgrade(move |socket| async move { attend(socket, &shared, &client).await })
}

/// Serves one socket to its end.
async fn attend(socket: WebSocket, shared: &Shared, client: &Client) {
    let (mut to, mut from) = socket.split();
    let Some((code, reason)) = converse(&mut to, &mut from, shared, client).await else { return };
    // Whoever has gone needs no goodbye.
    if to.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await.is_ok() {
        // A line that is cut while something of theirs is on its way takes the goodbye with it.
        let _ = tokio::time::timeout(GOODBYE, async { while let Some(Ok(_)) = from.next().await {} }).await;
    }
}

/// Talks until one of the two hangs up; gives what is to be said in parting, if we do.
async fn converse(
    to: &mut SplitSink<WebSocket, Message>,
    from: &mut SplitStream<WebSocket>,
    shared: &Shared,
    client: &Client,
) -> Option<(u16, String)> {
    let (line, mut hung_up) = Line::new();
    let entered: Arc<OnceLock<Entered>> = Arc::new(OnceLock::new());
    let init = {
        let (shared, client, entered) = (shared.clone(), client.clone(), entered.clone());
        move |payload| enter(shared, client, payload, line, entered)
    };
    let messages = from.take_while(|message| future::ready(message.is_ok())).filter_map(|message| {
        future::ready(match message {
            Ok(Message::Text(text)) => Some(Bytes::from(text)),
            Ok(Message::Binary(bytes)) => Some(bytes),
            _ => None,
        })
    });
    let messages = pin!(messages);
    let answers = Protocol::new(shared.api.clone(), messages, WebSocketProtocols::GraphQLWS);
    let mut answers = pin!(answers.on_connection_init(init));
    let mut over = pin!(over(&shared.app, &entered));
    let mut pings = interval(PING);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            answer = answers.next() => match answer {
                Some(WsMessage::Text(text)) => Message::text(text),
                Some(WsMessage::Close(code, reason)) => {
                    let own = hung_up.try_recv().map(said);
                    return Some(own.unwrap_or_else(|_| (translate(code, &entered), reason)));
                }
                None => return None,
            },
            _ = pings.tick() => Message::Ping(Bytes::new()),
            Some(goodbye) = hung_up.recv() => return Some(said(goodbye)),
            goodbye = &mut over => return Some(said(goodbye)),
            () = shared.stop.cancelled() => return Some(said(GOING_AWAY)),
        };
        if to.send(message).await.is_err() {
            return None;
        }
    }
}

fn said((code, reason): Goodbye) -> (u16, String) {
    (code, reason.to_owned())
}

/// The library closes with codes of the WebSocket protocol; those of graphql-transport-ws say more.
fn translate(code: u16, entered: &OnceLock<Entered>) -> u16 {
    match code {
        1002 if entered.get().is_none() => FORBIDDEN.0,
        1002 => 4400,
        1011 => UNAUTHORIZED.0,
        code => code,
    }
}

/// `connection_init`: `{"authorization": "Bearer …"}`.
async fn enter(
    shared: Shared,
    client: Client,
    payload: serde_json::Value,
    line: Line,
    entered: Arc<OnceLock<Entered>>,
) -> async_graphql::Result<Data> {
    let bearer = payload.get("authorization").and_then(serde_json::Value::as_str);
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer ")).ok_or(FORBIDDEN.1)?;
    let caller =
        sign_in::authenticate(&shared.app, bearer.trim(), client.origin.address).await.map_err(|error| {
            tracing::debug!(%error, "a WebSocket was refused");
            FORBIDDEN.1
        })?;
    // A second `connection_init` never comes so far.
    let seat = caller.viewer.sign_in.map(|sign_in| {
        shared.sockets.seat(sign_in).ok_or_else(|| {
            line.hang_up(TOO_MANY);
            TOO_MANY.1
        })
    });
    let _ = entered.set(Entered { viewer: caller.viewer.clone(), _seat: seat.transpose()? });
    let visit = Visit::over(line, client.origin);
    visit.enter(caller);
    let mut data = Data::default();
    data.insert(Arc::new(visit));
    Ok(data)
}

/// Returns when the socket's time is over: nobody said who they are, or their sign-in does not stand any more.
async fn over(app: &App, entered: &OnceLock<Entered>) -> Goodbye {
    let mut waited = false;
    loop {
        // Heard from here on, so that nothing that happens while it is looked is missed.
        let mut bell = pin!(app.bus.sign_ins.notified());
        bell.as_mut().enable();
        let pause = match entered.get() {
            Some(Entered { viewer, .. }) => match sign_in::stands(app, viewer).await {
                Ok(true) => LOOK,
                Ok(false) => return FORBIDDEN,
                Err(error) => {
                    // Without the database nobody hears anything new, and nobody loses their place.
                    tracing::warn!(%error, "a WebSocket's sign-in could not be looked up");
                    LOOK
                }
            },
            None if waited => return INIT_TIMEOUT,
            None => INIT,
        };
        tokio::select! {
            () = bell => {}
            () = sleep(pause) => waited = true,
        }
    }
}

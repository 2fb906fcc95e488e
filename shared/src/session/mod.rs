//! Sessions: the time-limited right of an account to be connected, and the tunnels that use it.
//!
//! [`step`] is the whole of the rules. It is given the slice of the world that one event concerns
//! ([`Scene`]) and answers with the next state and what is to be done ([`Step`]), or says why not
//! ([`Refusal`]). It never does anything itself, and never trusts that what it asked for has happened:
//! results come back as events.

mod effect;
mod elsewhere;
mod event;
mod numbers;
mod recent;
mod refusal;
mod step;
mod until;
mod verdict;
mod what_if;

pub use effect::{Alert, Effect, Outcome, Wish};
pub use elsewhere::Elsewhere;
pub use event::{Actor, Answer, Event, Exposure, OpenFailure};
pub use numbers::{CHOICES, NoNumbers, Numbers};
pub use recent::{Caller, Contact, Recent};
pub use refusal::Refusal;
pub use step::{due_at, step};
pub use until::Until;
pub use verdict::{Arrival, Verdict};
pub use what_if::{Beginning, Begun, Example, Happened, Ran, WhatIf, replay, what_if};

use crate::{
    ids::{AccountId, ConnectionId, RouterId, SessionId, UserId},
    person::{Account, Person, TelegramId},
    policy::{Moment, Policy},
    reason::Reason,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// Where a session stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SessionState {
    /// Waits for an operator's approval.
    Requested,
    /// Allowed, but no tunnel is inside or being asked about.
    Granted,
    /// A tunnel is in the box and its owner is being asked.
    Confirming,
    /// A confirmed tunnel is inside.
    Active,
    /// Over, for good.
    Ended,
}

impl SessionState {
    /// Every state but [`SessionState::Ended`].
    pub fn is_live(self) -> bool {
        self != Self::Ended
    }
}

/// Why a session ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the contract's and say it all")]
pub enum EndReason {
    FinishedByUser,
    EndedByAdmin,
    Expired,
    Denied,
    ConfirmTimeout,
    Banned,
    UserBlocked,
    AccountRemoved,
    NeverConnected,
    Refused,
}

/// Where one tunnel stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConnectionState {
    /// In the box.
    Pending,
    /// Its owner, an administrator or the policy said yes.
    Confirmed,
    /// Gone, or to be gone.
    Closed,
}

/// Why a tunnel was closed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are the contract's and say it all")]
pub enum CloseReason {
    Disconnected,
    Denied,
    ConfirmTimeout,
    Expired,
    EndedByAdmin,
    EndedByUser,
    Banned,
    TooMany,
    Policy,
    RouterRestarted,
}

impl CloseReason {
    /// May a tunnel that was closed for this stay, where the policy does not cut at the end of a session?
    pub fn may_stay(self) -> bool {
        matches!(self, Self::Expired | Self::EndedByUser | Self::EndedByAdmin)
    }
}

/// Which of its router's boots it is, as they are counted here: with each of them a router begins to give its session
/// ids out anew.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Boot(pub u32);

/// A tunnel as the router shows it. Two tunnels are the same only if all of it is equal but the service:
/// routers give their ids and addresses out again.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Tunnel {
    /// The router's boot in which it came up.
    #[serde(default)]
    pub boot: Boot,
    /// The router's session id, such as `0x81300077`.
    pub router_session_id: String,
    /// The account's username.
    pub username: String,
    /// `l2tp`, `sstp`, `ovpn`, `pptp`, `pppoe`…
    pub service: String,
    /// The caller's public address (or MAC address for PPPoE).
    pub caller_id: Option<String>,
    /// The address that the router gave to the tunnel.
    pub address: Option<String>,
}

impl Tunnel {
    /// Is `other` this very tunnel, as opposed to a later one that got its id, name or address?
    pub fn is_same(&self, other: &Self) -> bool {
        self.boot == other.boot
            && self.router_session_id == other.router_session_id
            && self.username == other.username
            && self.caller_id == other.caller_id
            && self.address == other.address
    }
}

/// An unguessable word that ties an answer to the one prompt that asked for it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nonce(pub String);

/// On what grounds a tunnel was confirmed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Grounds {
    /// Its owner said yes.
    Person,
    /// An administrator said yes.
    Admin,
    /// The policy asks for nothing.
    Policy,
    /// Its owner had confirmed the same caller before.
    Trusted,
    /// Telegram was out of reach, and the policy opens then.
    Outage,
    /// Telegram was out of reach, and its owner typed a one-time code on the captive page.
    Code,
}

impl Grounds {
    /// Did somebody look at this very tunnel and say yes?
    pub fn is_vouching(self) -> bool {
        matches!(self, Self::Person | Self::Admin)
    }
}

/// A question put to a tunnel's owner.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Prompt {
    /// What an answer must carry.
    pub nonce: Nonce,
    /// Who was asked, and alone may answer.
    pub asked: TelegramId,
    /// When the question was decided on; it counts from then, delivered or not.
    pub asked_at: Timestamp,
    /// From this moment on no answer counts.
    pub expires_at: Timestamp,
    /// When it was answered; a prompt is answered once.
    pub answered_at: Option<Timestamp>,
    /// The numbers of which the right one has to be picked; none: a tap on *Confirm* will do.
    pub numbers: Option<Numbers>,
}

/// One tunnel of a session.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The tunnel.
    pub tunnel: Tunnel,
    /// ISO 3166 code of the caller's country, where a database of countries is configured.
    pub country: Option<String>,
    /// Where it stands.
    pub state: ConnectionState,
    /// When it was first seen.
    pub connected_at: Timestamp,
    /// Nothing got through to Telegram when it came, so that nobody could be asked about it.
    pub unanswerable: bool,
    /// The question to its owner; none if the policy asks nothing or the owner cannot be asked.
    pub prompt: Option<Prompt>,
    /// The question was put off until then, as there had been too many; kept when it is put after all.
    pub ask_at: Option<Timestamp>,
    /// A tunnel that waits is cut at this moment, asked about or not.
    pub waits_until: Option<Timestamp>,
    /// When somebody (or the policy) said yes.
    pub confirmed_at: Option<Timestamp>,
    /// On what grounds it was confirmed.
    pub grounds: Option<Grounds>,
    /// When the router was read back and let it through.
    pub opened_at: Option<Timestamp>,
    /// When it was over.
    pub closed_at: Option<Timestamp>,
    /// Why it was over.
    pub close_reason: Option<CloseReason>,
}

impl Connection {
    /// Not closed.
    pub fn is_live(&self) -> bool {
        self.state != ConnectionState::Closed
    }

    /// Waits in the box, and its owner has not been asked.
    pub fn is_unasked(&self) -> bool {
        self.state == ConnectionState::Pending && self.prompt.is_none()
    }
}

/// A session with all its tunnels, closed ones included as far as the caller loaded them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The account whose right it is.
    pub account: AccountId,
    /// The account's owner.
    pub user: UserId,
    /// The account's router.
    pub router: RouterId,
    /// Where it stands.
    pub state: SessionState,
    /// When it was asked for (or its first tunnel came).
    pub requested_at: Timestamp,
    /// When it was allowed.
    pub granted_at: Option<Timestamp>,
    /// The account was read back as enabled, and the person has been told.
    pub account_ready: bool,
    /// The first tunnel must have come by then; a request must have been decided by then.
    pub connect_by: Option<Timestamp>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// An administrator gave the session a time of its own, which a change of the policy does not shorten.
    pub own_span: bool,
    /// The policy's hours end then, as they ran when last looked at: the tunnels have to be looked at again, and the
    /// reminder comes before.
    pub review_at: Option<Timestamp>,
    /// The policy's hours did not run when last looked at, and begin then: until then nobody is let in, and a time to
    /// connect begins with them.
    pub opens_at: Option<Timestamp>,
    /// When the reminder is due; none once sent.
    pub remind_at: Option<Timestamp>,
    /// When the last reminder was sent.
    pub reminded_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Why it was over.
    pub end_reason: Option<EndReason>,
    /// Nothing more is told of the end: the person has heard that everything is closed, or, where the end takes nothing
    /// away that they would have to hear of, why it ended.
    pub end_told: bool,
    /// How often it was extended.
    pub extensions: u32,
    /// Its tunnels.
    pub connections: Vec<Connection>,
}

impl Session {
    /// The connection with this id.
    pub fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.id == id)
    }

    /// The connections that are not closed.
    pub fn live_connections(&self) -> impl Iterator<Item = &Connection> {
        self.connections.iter().filter(|connection| connection.is_live())
    }
}

/// The slice of the world that one event concerns.
#[derive(Clone, Debug)]
pub struct Scene<'a> {
    /// Whose account it is.
    pub person: &'a Person,
    /// The account.
    pub account: &'a Account,
    /// The policy in force for the person.
    pub policy: &'a Policy,
    /// The session: the live one of the account, or the one that the event names.
    pub session: Option<&'a Session>,
    /// What time it is where the policy's working hours are meant.
    pub local: Moment,
    /// The country of the caller whose tunnel the event speaks of, where it is known.
    pub country: Option<&'a str>,
    /// That caller is banned on the router.
    pub banned: bool,
    /// What happened lately to the person; needed for tunnels that come up, requests and due times.
    pub recent: &'a Recent,
    /// Telegram has been out of reach for so long that the policy's rule for that holds.
    pub telegram_out: bool,
    /// Nothing gets through to Telegram just now, for however long: nobody can be asked.
    pub telegram_silent: bool,
    /// New ids and a nonce, in case they are needed.
    pub fresh: Fresh,
}

/// Ids and a nonce that the caller made, as this crate cannot.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// For a new session.
    pub session: SessionId,
    /// For a new connection.
    pub connection: ConnectionId,
    /// For a new prompt.
    pub nonce: Nonce,
    /// For a new prompt, should its policy want numbers.
    pub numbers: Numbers,
}

/// All that can be decided about a session, as [`Decision::what`] has it; whoever shows decisions has words for each.
pub const DECISIONS: [&str; 38] = [
    "account-enabled",
    "approved",
    "asked",
    "asked-late",
    "banned",
    "closed",
    "confirm-timeout",
    "confirmed",
    "confirmed-by-admin",
    "confirmed-by-code",
    "disconnected",
    "ended",
    "ends-earlier",
    "enforced-now",
    "exposed",
    "extended",
    "first-tunnel",
    "granted",
    "not-allowed-any-more",
    "not-opened",
    "only-watched",
    "open-delayed",
    "open-refused",
    "opened",
    "opened-in-outage",
    "opened-unasked",
    "prompt-put-off",
    "refused-country",
    "refused-hours",
    "refused-network",
    "reminded",
    "too-many-tunnels",
    "trusted-reconnect",
    "tunnel-boxed",
    "tunnel-gone",
    "tunnel-seen",
    "waits-for-approval",
    "wrong-number",
];

/// One link of the chain that explains a session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Decision {
    /// What was decided: one of [`DECISIONS`].
    pub what: String,
    /// Why; kept with the session.
    pub why: Reason,
}

/// What an event leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The session from now on; none if the event concerns no session (a tunnel that is only cut).
    pub session: Option<Session>,
    /// What is to be done, in this order.
    pub effects: Vec<Effect>,
    /// Why, for the session's history.
    pub decisions: Vec<Decision>,
    /// The account is taken out of use (or back into it).
    pub suspend_account: Option<bool>,
}

impl Step {
    /// Nothing changes.
    pub(crate) fn nothing() -> Self {
        Self { session: None, effects: Vec::new(), decisions: Vec::new(), suspend_account: None }
    }
}

//! Sessions, connections and decisions.

use super::{Direction, RouterMode};
use sallyport_shared::{
    ids::{AccountId, ConnectionId, PolicyId, RouterId, SessionId, UserId},
    person::{Account, Person, TelegramId, UserStatus},
    policy::Policy,
    router::BoundRule,
    session::{Connection, ConnectionState, Decision, EndReason, Session, SessionState, Tunnel},
    time::Timestamp,
};

/// The slice of the world that an event about one account concerns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountScene {
    /// Whose account it is.
    pub person: Person,
    /// The account.
    pub account: Account,
    /// Is the account still linked to the person? One that is not gets no new session.
    pub linked: bool,
    /// The policy in force for the person: their own or the default one.
    pub policy: Policy,
    /// May the account's router be written to?
    pub mode: RouterMode,
    /// The firewall rule that is bound to the account.
    pub rule: Option<BoundRule>,
    /// The account's live session.
    pub live: Option<Loaded>,
}

/// A session as it was when it was loaded: with its live connections and the last 20 closed ones, oldest
/// first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loaded {
    /// The session.
    pub session: Session,
    /// What `Tx::save_session` wants to see again.
    pub version: i64,
}

/// A session in a list: without its connections, which are loaded for many sessions at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionRecord {
    /// The session; `connections` is empty.
    pub session: Session,
    /// The policy that was in force when it began; it may be deleted by now.
    pub policy: Option<PolicyId>,
    /// Counts the changes.
    pub version: i64,
}

/// A connection with what is kept of it beyond the rules' needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConnectionRecord {
    /// The connection.
    pub connection: Connection,
    /// Its session.
    pub session: SessionId,
    /// Its account.
    pub account: AccountId,
    /// Its router.
    pub router: RouterId,
    /// Bytes that the client sent, as last read.
    pub bytes_in: Option<i64>,
    /// Bytes that were sent to the client, as last read.
    pub bytes_out: Option<i64>,
    /// Where the prompt is shown: chat and message.
    pub prompt_message: Option<(TelegramId, i64)>,
}

/// A connection of a router that is not closed, as reconciliation needs it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LiveConnection {
    /// Which.
    pub connection: ConnectionId,
    /// Its session.
    pub session: SessionId,
    /// Its account.
    pub account: AccountId,
    /// The tunnel that it is.
    pub tunnel: Tunnel,
    /// Pending or confirmed.
    pub state: ConnectionState,
    /// The router was read back and let it through.
    pub opened: bool,
}

/// One link of the chain that explains a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DecisionRecord {
    /// When it was decided.
    pub at: Timestamp,
    /// What and why.
    pub decision: Decision,
}

/// Which sessions are wanted; everything that is set must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SessionFilter {
    /// One of these; empty: any.
    pub state: Vec<SessionState>,
    /// Not over, or over.
    pub live: Option<bool>,
    /// Of this person.
    pub user: Option<UserId>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// On this router.
    pub router: Option<RouterId>,
    /// Part of the person's name, the username, or of a caller's or tunnel's address; case does not matter.
    pub search: Option<String>,
    /// Begun at or after.
    pub from: Option<Timestamp>,
    /// Begun before.
    pub to: Option<Timestamp>,
}

/// By what sessions are sorted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum SessionSort {
    /// Waiting for approval, then for a confirmation, then other live ones, each by what lapses first, then
    /// those that are over, newest first.
    #[default]
    NeedsAttention,
    /// When they were asked for.
    StartedAt,
    /// When they end; those without an end first.
    ExpiresAt,
    /// The person's name.
    User,
}

/// An order of sessions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct SessionOrder {
    /// By what.
    pub by: SessionSort,
    /// Which way.
    pub direction: Direction,
}

/// Numbers for the dashboard. Days are UTC days, named by their first moment.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Statistics {
    /// Sessions in each state that occurs.
    pub sessions_by_state: Vec<(SessionState, i64)>,
    /// People in each status that occurs, the deleted ones left out.
    pub users_by_status: Vec<(UserStatus, i64)>,
    /// Connections that are not closed.
    pub live_connections: i64,
    /// Connections whose owner is being asked.
    pub pending_confirmations: i64,
    /// Sessions that began on each of the last days, days without any included.
    pub sessions_per_day: Vec<(Timestamp, i64)>,
    /// Connections that were denied on each of the last days.
    pub denied_per_day: Vec<(Timestamp, i64)>,
    /// Sessions that ended in the last days, by why.
    pub ended_by_reason: Vec<(EndReason, i64)>,
    /// Sessions that began in the last days, by the name of the router, the busiest first.
    pub sessions_by_router: Vec<(String, i64)>,
    /// People whose tunnels were closed unconfirmed in the last days, those with the most of them first.
    pub top_unconfirmed: Vec<(String, i64)>,
    /// Median seconds from tunnel to confirmation.
    pub confirm_seconds_median: Option<f64>,
    /// Median seconds from confirmation to the router's letting it through.
    pub open_seconds_median: Option<f64>,
}

impl Statistics {
    /// Sessions that are not over.
    pub fn live_sessions(&self) -> i64 {
        self.sessions_by_state.iter().filter(|(state, _)| state.is_live()).map(|(_, count)| count).sum()
    }

    /// People who wait for an answer to their registration.
    pub fn pending_registrations(&self) -> i64 {
        let pending = |(status, _): &&(UserStatus, i64)| *status == UserStatus::Pending;
        self.users_by_status.iter().find(pending).map_or(0, |(_, count)| *count)
    }
}

//! Sessions, their connections, and why they are as they are.

mod filter;
mod mutations;

pub(super) use mutations::SessionMutation;

use self::filter::{SessionFilter, SessionOrder};
use super::{
    accounts::Account,
    context::ContextExt,
    enums::{CloseReason, ConnectionState, EndReason, SessionState},
    guard::viewer,
    loaders::{ConnectionsOf, DecisionsOf, load, there},
    page::{self, connection},
    scalars::{DateTime, int, time},
    users::User,
};
use crate::{
    ops::OpResult as Result,
    store::records::{ConnectionRecord, DecisionRecord, SessionRecord},
};
use async_graphql::{Context, ID, Object, SimpleObject};
use sallyport_shared::{ids::SessionId, language::Language, session};
use std::sync::Arc;

/// The time-limited right of one account to be connected.
pub(super) struct Session(pub(super) Arc<SessionRecord>);

impl From<SessionRecord> for Session {
    fn from(record: SessionRecord) -> Self {
        Self(Arc::new(record))
    }
}

impl Session {
    fn session(&self) -> &session::Session {
        &self.0.session
    }
}

#[Object(guard = "viewer")]
impl Session {
    async fn id(&self) -> ID {
        self.session().id.into()
    }

    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        there(load(ctx, self.session().account).await?, "account").map(Account)
    }

    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        there(load(ctx, self.session().user).await?, "person").map(User)
    }

    async fn state(&self) -> SessionState {
        self.session().state.into()
    }

    /// When it was asked for, or its first tunnel came.
    async fn requested_at(&self) -> DateTime {
        self.session().requested_at.into()
    }

    async fn granted_at(&self) -> Option<DateTime> {
        time(self.session().granted_at)
    }

    async fn expires_at(&self) -> Option<DateTime> {
        time(self.session().expires_at)
    }

    /// When the person's access ends, as they were told: with the session, or with the working hours that ran when the
    /// session was last looked at, if those end first.
    async fn access_until(&self) -> Option<DateTime> {
        let session = self.session();
        time(session.until(session.review_at).map(|until| until.at))
    }

    /// Until when a tunnel has to have come, or a request has to be decided; null: that time does not run, because the
    /// account was not read back as enabled yet or somebody was let through.
    async fn connect_by(&self) -> Option<DateTime> {
        let known = self.session();
        let runs = known.account_ready || known.state == session::SessionState::Requested;
        time(known.connect_by.filter(|_| runs))
    }

    async fn reminded_at(&self) -> Option<DateTime> {
        time(self.session().reminded_at)
    }

    async fn ended_at(&self) -> Option<DateTime> {
        time(self.session().ended_at)
    }

    async fn end_reason(&self) -> Option<EndReason> {
        self.session().end_reason.map(Into::into)
    }

    /// How often it was extended.
    async fn extensions(&self) -> i32 {
        int(self.session().extensions)
    }

    /// Its tunnels, the oldest first.
    #[graphql(complexity = "1 + 3 * child_complexity")]
    async fn connections(&self, ctx: &Context<'_>) -> Result<Vec<Connection>> {
        let found = load(ctx, ConnectionsOf(self.session().id)).await?.unwrap_or_default();
        Ok(found.into_iter().map(Connection::from).collect())
    }

    /// The chain of decisions that explains it, the oldest first.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn decisions(&self, ctx: &Context<'_>) -> Result<Vec<Decision>> {
        let found = load(ctx, DecisionsOf(self.session().id)).await?.unwrap_or_default();
        let language = ctx.caller()?.admin.language;
        Ok(found.into_iter().map(|record| Decision::new(record, language)).collect())
    }
}

connection!(SessionConnection, SessionEdge, Session, SessionRecord, Session::from);

/// How complex a page of sessions is.
pub(super) fn complexity(first: Option<i32>, child: usize) -> usize {
    page::complexity(first, 20, child)
}

/// One tunnel of a session, as the router shows it.
pub(super) struct Connection(pub(super) Arc<ConnectionRecord>);

impl From<ConnectionRecord> for Connection {
    fn from(record: ConnectionRecord) -> Self {
        Self(Arc::new(record))
    }
}

impl Connection {
    fn connection(&self) -> &session::Connection {
        &self.0.connection
    }
}

#[Object(guard = "viewer")]
impl Connection {
    async fn id(&self) -> ID {
        self.connection().id.into()
    }

    async fn state(&self) -> ConnectionState {
        self.connection().state.into()
    }

    async fn router_session_id(&self) -> &str {
        &self.connection().tunnel.router_session_id
    }

    async fn service(&self) -> &str {
        &self.connection().tunnel.service
    }

    /// The caller's public address.
    async fn caller_id(&self) -> Option<&str> {
        self.connection().tunnel.caller_id.as_deref()
    }

    /// The address that the router gave to the tunnel.
    async fn address(&self) -> Option<&str> {
        self.connection().tunnel.address.as_deref()
    }

    /// ISO 3166 code of the caller's country, where a database is configured.
    async fn country(&self) -> Option<&str> {
        self.connection().country.as_deref()
    }

    async fn connected_at(&self) -> DateTime {
        self.connection().connected_at.into()
    }

    async fn confirmed_at(&self) -> Option<DateTime> {
        time(self.connection().confirmed_at)
    }

    /// From then on no answer counts.
    async fn prompt_expires_at(&self) -> Option<DateTime> {
        self.connection().prompt.as_ref().map(|prompt| prompt.expires_at.into())
    }

    async fn closed_at(&self) -> Option<DateTime> {
        time(self.connection().closed_at)
    }

    async fn close_reason(&self) -> Option<CloseReason> {
        self.connection().close_reason.map(Into::into)
    }

    /// Bytes that the client sent, as last read.
    async fn bytes_in(&self) -> Option<f64> {
        self.0.bytes_in.map(bytes)
    }

    /// Bytes that were sent to the client, as last read.
    async fn bytes_out(&self) -> Option<f64> {
        self.0.bytes_out.map(bytes)
    }

    /// The router lets it through, as last read.
    async fn open(&self, ctx: &Context<'_>) -> Result<bool> {
        let connection = self.connection();
        let live = connection.state == session::ConnectionState::Confirmed && connection.closed_at.is_none();
        let Some(opened_at) = connection.opened_at.filter(|_| live) else { return Ok(false) };
        Ok(ctx.app()?.fleet.is_open(self.0.router, &connection.tunnel, opened_at))
    }
}

/// GraphQL's integers end at two billion, so bytes are its floats: exact up to eight petabytes.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 bytes")]
fn bytes(count: i64) -> f64 {
    count as f64
}

/// One link of the chain that explains a session.
#[derive(SimpleObject)]
#[graphql(guard = "viewer")]
pub(super) struct Decision {
    at: DateTime,
    /// What was decided.
    what: String,
    /// Why, in the language of whoever asks.
    why: String,
    /// The code of the same, for programs.
    reason_code: String,
}

impl Decision {
    fn new(record: DecisionRecord, language: Language) -> Self {
        let session::Decision { what, why } = record.decision;
        Self { at: record.at.into(), what, why: why.say(language), reason_code: why.code() }
    }

    /// A tunnel with which it would have gone differently.
    pub(super) fn of_example(example: &session::Example, language: Language) -> Self {
        Self {
            at: example.at.into(),
            what: example.what.to_owned(),
            why: example.why.say(language),
            reason_code: example.why.code(),
        }
    }
}

#[derive(Default)]
pub(super) struct SessionQuery;

#[Object]
impl SessionQuery {
    #[graphql(guard = "viewer", complexity = "complexity(first, child_complexity)")]
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        filter: Option<SessionFilter>,
        order_by: Option<SessionOrder>,
        #[graphql(default = 20)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<SessionConnection> {
        let filter = filter.map(SessionFilter::parse).transpose()?.unwrap_or_default();
        let order = order_by.map(Into::into).unwrap_or_default();
        let slice = page::slice(first, after, 20)?;
        Ok(ctx.app()?.store.read().await?.sessions_page(&filter, order, &slice).await?.into())
    }

    #[graphql(guard = "viewer")]
    async fn session(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Session>> {
        let Ok(id) = id.parse::<SessionId>() else { return Ok(None) };
        Ok(load(ctx, id).await?.map(Session))
    }
}

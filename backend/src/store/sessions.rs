//! Sessions: loaded with the connections that the rules need, saved by compare-and-set.

use super::{
    Result, StoreError, Tx,
    conn::on,
    records::{DecisionRecord, Loaded, SessionRecord},
    schema::{decisions, policies, sessions, users},
    sql::{Sql, execute_sql},
    text::{AsText, Place, opt_text, texts},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{
    ids::{AccountId, PolicyId, SessionId, UserId},
    reason::Reason,
    session::{Decision, Session, SessionState, due_at},
    time::Timestamp,
};
use std::collections::HashMap;

/// A row as it is read.
#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = sessions, check_for_backend(Pg, Sqlite))]
pub(super) struct SessionRow {
    pub(super) id: String,
    account_id: String,
    user_id: String,
    router_id: String,
    policy_id: Option<String>,
    state: String,
    requested_at: i64,
    granted_at: Option<i64>,
    account_ready: bool,
    connect_by: Option<i64>,
    expires_at: Option<i64>,
    remind_at: Option<i64>,
    reminded_at: Option<i64>,
    ended_at: Option<i64>,
    end_reason: Option<String>,
    end_told: bool,
    own_span: bool,
    review_at: Option<i64>,
    opens_at: Option<i64>,
    extensions: i64,
    pub(super) version: i64,
}

/// What is written: all but the policy, which stays as it was at the beginning.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = sessions, treat_none_as_null = true)]
struct SessionChange {
    id: String,
    account_id: String,
    user_id: String,
    router_id: String,
    state: String,
    requested_at: i64,
    granted_at: Option<i64>,
    account_ready: bool,
    connect_by: Option<i64>,
    expires_at: Option<i64>,
    remind_at: Option<i64>,
    reminded_at: Option<i64>,
    ended_at: Option<i64>,
    end_reason: Option<String>,
    end_told: bool,
    own_span: bool,
    review_at: Option<i64>,
    opens_at: Option<i64>,
    extensions: i64,
    due_at: Option<i64>,
    attention: i64,
    version: i64,
}

impl SessionChange {
    fn new(session: &Session, version: i64) -> Self {
        let micros = |at: Option<Timestamp>| at.map(Timestamp::micros);
        Self {
            id: session.id.as_text(),
            account_id: session.account.as_text(),
            user_id: session.user.as_text(),
            router_id: session.router.as_text(),
            state: session.state.as_text(),
            requested_at: session.requested_at.micros(),
            granted_at: micros(session.granted_at),
            account_ready: session.account_ready,
            connect_by: micros(session.connect_by),
            expires_at: micros(session.expires_at),
            remind_at: micros(session.remind_at),
            reminded_at: micros(session.reminded_at),
            ended_at: micros(session.ended_at),
            end_reason: opt_text(session.end_reason.as_ref()),
            end_told: session.end_told,
            own_span: session.own_span,
            review_at: micros(session.review_at),
            opens_at: micros(session.opens_at),
            extensions: i64::from(session.extensions),
            due_at: micros(due_at(session)),
            attention: attention(session),
            version,
        }
    }
}

/// The place of a session among those that may need somebody's attention: requests, then prompts, then other
/// live ones, each by what is due first, then those that are over, the newest first.
fn attention(session: &Session) -> i64 {
    // Further apart than any two times are.
    const CLASS: i64 = 100_000_000_000_000_000;
    const NEVER: i64 = CLASS / 2;
    let due = due_at(session).map_or(NEVER, Timestamp::micros).clamp(0, NEVER);
    match session.state {
        SessionState::Requested => due,
        SessionState::Confirming => CLASS + due,
        SessionState::Granted | SessionState::Active => 2 * CLASS + due,
        SessionState::Ended => {
            3 * CLASS + NEVER - session.ended_at.map_or(0, Timestamp::micros).clamp(0, NEVER)
        }
    }
}

impl TryFrom<SessionRow> for SessionRecord {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self> {
        let place = Place::new("sessions", &row.id);
        let at = |micros: Option<i64>| micros.map(Timestamp::from_micros);
        Ok(Self {
            session: Session {
                id: place.text("id", &row.id)?,
                account: place.text("account_id", &row.account_id)?,
                user: place.text("user_id", &row.user_id)?,
                router: place.text("router_id", &row.router_id)?,
                state: place.text("state", &row.state)?,
                requested_at: Timestamp::from_micros(row.requested_at),
                granted_at: at(row.granted_at),
                account_ready: row.account_ready,
                connect_by: at(row.connect_by),
                expires_at: at(row.expires_at),
                remind_at: at(row.remind_at),
                reminded_at: at(row.reminded_at),
                ended_at: at(row.ended_at),
                end_reason: place.opt("end_reason", row.end_reason.as_deref())?,
                end_told: row.end_told,
                own_span: row.own_span,
                review_at: at(row.review_at),
                opens_at: at(row.opens_at),
                extensions: place.number("extensions", row.extensions)?,
                connections: Vec::new(),
            },
            policy: place.opt("policy_id", row.policy_id.as_deref())?,
            version: row.version,
        })
    }
}

impl Tx {
    /// The session with its live connections and the last 20 closed ones.
    pub async fn session(&mut self, id: SessionId) -> Result<Option<Loaded>> {
        let id = id.as_text();
        let row = on!(self.conn(), |c| sessions::table
            .find(&id)
            .select(SessionRow::as_select())
            .first(c)
            .await
            .optional())?;
        self.with_connections(row).await
    }

    /// The live session of the account.
    pub(super) async fn live_session(&mut self, account: AccountId) -> Result<Option<Loaded>> {
        let account = account.as_text();
        let row = on!(self.conn(), |c| sessions::table
            .filter(sessions::account_id.eq(&account).and(sessions::state.ne("ENDED")))
            .select(SessionRow::as_select())
            .first(c)
            .await
            .optional())?;
        self.with_connections(row).await
    }

    /// The session, ended or not, that the tunnel with this id of this account used last. Routers give ids
    /// out again, so the caller compares the rest of the tunnel.
    pub async fn latest_session_of_tunnel(
        &mut self,
        account: AccountId,
        router_session_id: &str,
    ) -> Result<Option<Loaded>> {
        match self.latest_connection_of_tunnel(account, router_session_id).await? {
            Some(session) => self.session(session).await,
            None => Ok(None),
        }
    }

    async fn with_connections(&mut self, row: Option<SessionRow>) -> Result<Option<Loaded>> {
        let Some(row) = row else { return Ok(None) };
        let SessionRecord { mut session, version, .. } = row.try_into()?;
        session.connections = self.recent_connections(session.id).await?;
        Ok(Some(Loaded { session, version }))
    }

    /// Saves a session and those of its connections that it holds; gives the new version. Without an expected
    /// version it is a new session.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: it was changed since it was loaded with `expected_version`, or the account
    /// has another live session. The unit of work is of no more use then.
    pub async fn save_session(&mut self, session: &Session, expected_version: Option<i64>) -> Result<i64> {
        let version = expected_version.unwrap_or(0) + 1;
        let change = SessionChange::new(session, version);
        match expected_version {
            None => self.insert_session(session.user, &change).await?,
            Some(expected) => {
                let ours = sessions::id.eq(&change.id).and(sessions::version.eq(expected));
                let changed = on!(self.conn(), |c| diesel::update(sessions::table.filter(ours))
                    .set(&change)
                    .execute(c)
                    .await)?;
                if changed == 0 {
                    return Err(StoreError::conflict("sessions.version"));
                }
            }
        }
        self.save_connections(session).await?;
        Ok(version)
    }

    async fn insert_session(&mut self, user: UserId, change: &SessionChange) -> Result<()> {
        let user = user.as_text();
        let policy: Option<String> = on!(self.conn(), |c| {
            let own: Option<Option<String>> =
                users::table.find(&user).select(users::policy_id).first(c).await.optional()?;
            match own.flatten() {
                Some(own) => QueryResult::Ok(Some(own)),
                None => {
                    let default = policies::table.filter(policies::is_default).select(policies::id);
                    default.first(c).await.optional()
                }
            }
        })?;
        on!(self.conn(), |c| diesel::insert_into(sessions::table)
            .values((change, sessions::policy_id.eq(policy)))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Writes down why: one row each, in this order, after what is there.
    pub async fn add_decisions(
        &mut self,
        session: SessionId,
        at: Timestamp,
        decided: &[Decision],
    ) -> Result<()> {
        if decided.is_empty() {
            return Ok(());
        }
        let id = session.as_text();
        let last: Option<i64> = on!(self.conn(), |c| decisions::table
            .filter(decisions::session_id.eq(&id))
            .select(diesel::dsl::max(decisions::seq))
            .first(c)
            .await)?;
        for (seq, decision) in (last.unwrap_or(0) + 1..).zip(decided) {
            on!(self.conn(), |c| diesel::insert_into(decisions::table)
                .values((
                    decisions::session_id.eq(&id),
                    decisions::seq.eq(seq),
                    decisions::at.eq(at.micros()),
                    decisions::what.eq(&decision.what),
                    decisions::why.eq(decision.why.stored()),
                ))
                .execute(c)
                .await)?;
        }
        Ok(())
    }

    /// The live sessions that must be looked at by `now`, the longest overdue first.
    pub async fn due_sessions(&mut self, now: Timestamp, limit: i64) -> Result<Vec<(SessionId, AccountId)>> {
        let rows: Vec<(String, String)> = on!(self.conn(), |c| sessions::table
            .filter(sessions::due_at.le(now.micros()).and(sessions::state.ne("ENDED")))
            .order((sessions::due_at, sessions::id))
            .select((sessions::id, sessions::account_id))
            .limit(limit)
            .load(c)
            .await)?;
        rows.iter().map(session_and_account).collect()
    }

    /// Has every live session of the people under a policy looked at again soon, as the policy was changed. Also
    /// those that somebody is just changing under the rules of before: they find that they were overtaken.
    pub async fn review_sessions(&mut self, policy: PolicyId, now: Timestamp) -> Result<i64> {
        let mut sql = Sql::new("UPDATE sessions SET version = version + 1, due_at = ");
        sql.int(now.micros());
        sql.push(
            " WHERE state <> 'ENDED' AND state <> 'REQUESTED' AND user_id IN (SELECT u.id FROM users u \
             WHERE u.policy_id = ",
        );
        sql.text(policy.as_text());
        sql.push(
            " OR (u.policy_id IS NULL AND EXISTS (SELECT 1 FROM policies p WHERE p.is_default AND p.id = ",
        );
        sql.text(policy.as_text()).push(")))");
        Ok(i64::try_from(execute_sql!(self.conn(), sql)?).unwrap_or(i64::MAX))
    }

    /// The same for the live sessions of one person, who got another policy.
    pub async fn review_sessions_of_user(&mut self, user: UserId, now: Timestamp) -> Result<i64> {
        let mut sql = Sql::new("UPDATE sessions SET version = version + 1, due_at = ");
        sql.int(now.micros()).push(" WHERE state <> 'ENDED' AND state <> 'REQUESTED' AND user_id = ");
        sql.text(user.as_text());
        Ok(i64::try_from(execute_sql!(self.conn(), sql)?).unwrap_or(i64::MAX))
    }

    /// A session was looked at and stays as it is: when it is due again.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: it was changed since it was loaded with `version`.
    pub async fn save_due(&mut self, session: &Session, version: i64) -> Result<()> {
        let ours = sessions::id.eq(session.id.as_text()).and(sessions::version.eq(version));
        let due = due_at(session).map(Timestamp::micros);
        let changed = on!(self.conn(), |c| diesel::update(sessions::table.filter(ours))
            .set(sessions::due_at.eq(due))
            .execute(c)
            .await)?;
        if changed == 0 { Err(StoreError::conflict("sessions.version")) } else { Ok(()) }
    }

    /// When the next session must be looked at.
    pub async fn next_due(&mut self) -> Result<Option<Timestamp>> {
        let due: Option<i64> = on!(self.conn(), |c| sessions::table
            .filter(sessions::due_at.is_not_null().and(sessions::state.ne("ENDED")))
            .select(diesel::dsl::min(sessions::due_at))
            .first(c)
            .await)?;
        Ok(due.map(Timestamp::from_micros))
    }

    /// The sessions that are over, of which everything asked of the router was done, but whose person has not
    /// been told: a crash came in between.
    pub async fn unsettled_sessions(&mut self) -> Result<Vec<(SessionId, AccountId)>> {
        use super::schema::wishes;
        let pending = wishes::table
            .filter(wishes::session_id.eq(sessions::id.nullable()).and(wishes::state.eq("PENDING")));
        let rows: Vec<(String, String)> = on!(self.conn(), |c| sessions::table
            .filter(sessions::state.eq("ENDED").and(diesel::dsl::not(sessions::end_told)))
            .filter(diesel::dsl::not(diesel::dsl::exists(pending)))
            .order(sessions::id)
            .select((sessions::id, sessions::account_id))
            .load(c)
            .await)?;
        rows.iter().map(session_and_account).collect()
    }

    /// Is a session of the account over without its person having been told that everything is closed?
    pub async fn has_untold_end(&mut self, account: AccountId) -> Result<bool> {
        let account = account.as_text();
        let untold = sessions::table
            .filter(sessions::account_id.eq(&account).and(sessions::state.eq("ENDED")))
            .filter(diesel::dsl::not(sessions::end_told));
        Ok(on!(self.conn(), |c| diesel::select(diesel::dsl::exists(untold)).get_result(c).await)?)
    }

    /// The sessions with these ids.
    pub async fn sessions_by_ids(&mut self, ids: &[SessionId]) -> Result<HashMap<SessionId, SessionRecord>> {
        let ids = texts(ids);
        let rows: Vec<SessionRow> = on!(self.conn(), |c| sessions::table
            .filter(sessions::id.eq_any(ids))
            .select(SessionRow::as_select())
            .load(c)
            .await)?;
        by_key(rows, |record| record.session.id)
    }

    /// The sessions that were asked for at or after `from` (or whose first tunnel came then), of one person or of all:
    /// the newest `limit`, in no order.
    pub async fn sessions_since(
        &mut self,
        from: Timestamp,
        user: Option<UserId>,
        limit: i64,
    ) -> Result<Vec<SessionRecord>> {
        let user = opt_text(user.as_ref());
        let rows: Vec<SessionRow> = on!(self.conn(), |c| {
            let mut query = sessions::table
                .filter(sessions::requested_at.ge(from.micros()))
                .order((sessions::requested_at.desc(), sessions::id.desc()))
                .select(SessionRow::as_select())
                .limit(limit)
                .into_boxed();
            if let Some(user) = &user {
                query = query.filter(sessions::user_id.eq(user));
            }
            query.load(c).await
        })?;
        rows.into_iter().map(SessionRecord::try_from).collect()
    }

    /// The live session of each of these accounts that has one.
    pub async fn live_session_of_accounts(
        &mut self,
        ids: &[AccountId],
    ) -> Result<HashMap<AccountId, SessionRecord>> {
        let ids = texts(ids);
        let rows: Vec<SessionRow> = on!(self.conn(), |c| sessions::table
            .filter(sessions::account_id.eq_any(ids).and(sessions::state.ne("ENDED")))
            .select(SessionRow::as_select())
            .load(c)
            .await)?;
        by_key(rows, |record| record.session.account)
    }

    /// The live sessions of a person, oldest first.
    pub async fn live_sessions_of_user(&mut self, user: UserId) -> Result<Vec<SessionRecord>> {
        let user = user.as_text();
        let rows: Vec<SessionRow> = on!(self.conn(), |c| sessions::table
            .filter(sessions::user_id.eq(&user).and(sessions::state.ne("ENDED")))
            .order((sessions::requested_at, sessions::id))
            .select(SessionRow::as_select())
            .load(c)
            .await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// The chain of decisions of each of these sessions, oldest first.
    pub async fn decisions_of_sessions(
        &mut self,
        ids: &[SessionId],
    ) -> Result<HashMap<SessionId, Vec<DecisionRecord>>> {
        let ids = texts(ids);
        let rows = on!(self.conn(), |c| decisions::table
            .filter(decisions::session_id.eq_any(ids))
            .order((decisions::session_id, decisions::seq))
            .select((decisions::session_id, decisions::at, decisions::what, decisions::why))
            .load(c)
            .await)?;
        by_session(rows)
    }

    /// Those of their decisions that are called so, in turn.
    pub async fn decisions_called(
        &mut self,
        ids: &[SessionId],
        what: &[&str],
    ) -> Result<HashMap<SessionId, Vec<DecisionRecord>>> {
        let ids = texts(ids);
        let rows = on!(self.conn(), |c| decisions::table
            .filter(decisions::session_id.eq_any(ids).and(decisions::what.eq_any(what)))
            .order((decisions::session_id, decisions::seq))
            .select((decisions::session_id, decisions::at, decisions::what, decisions::why))
            .load(c)
            .await)?;
        by_session(rows)
    }

    /// How many sessions are in each state that occurs.
    pub(super) async fn sessions_by_state(&mut self) -> Result<Vec<(SessionState, i64)>> {
        let rows: Vec<(String, i64)> = on!(self.conn(), |c| sessions::table
            .group_by(sessions::state)
            .order(sessions::state)
            .select((sessions::state, diesel::dsl::count_star()))
            .load(c)
            .await)?;
        rows.iter().map(|(state, n)| Ok((Place::new("sessions", state).text("state", state)?, *n))).collect()
    }
}

fn by_session(rows: Vec<(String, i64, String, String)>) -> Result<HashMap<SessionId, Vec<DecisionRecord>>> {
    let mut all: HashMap<SessionId, Vec<DecisionRecord>> = HashMap::new();
    for (session, at, what, why) in rows {
        let id = Place::new("decisions", &session).text("session_id", &session)?;
        let record = DecisionRecord {
            at: Timestamp::from_micros(at),
            decision: Decision { what, why: Reason::read(&why) },
        };
        all.entry(id).or_default().push(record);
    }
    Ok(all)
}

fn session_and_account((session, account): &(String, String)) -> Result<(SessionId, AccountId)> {
    let place = Place::new("sessions", session);
    Ok((place.text("id", session)?, place.text("account_id", account)?))
}

fn by_key<K: std::hash::Hash + Eq>(
    rows: Vec<SessionRow>,
    key: impl Fn(&SessionRecord) -> K,
) -> Result<HashMap<K, SessionRecord>> {
    rows.into_iter()
        .map(|row| {
            let record = SessionRecord::try_from(row)?;
            Ok((key(&record), record))
        })
        .collect()
}

//! Connections: the tunnels of sessions, the prompts about them and their traffic.

use super::{
    Result, Tx,
    conn::on,
    records::ConnectionRecord,
    schema::{connections, users},
    sql::{Number, Sql, execute_sql, load_sql},
    text::{AsText, Place, opt_text, texts},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{
    ids::{AccountId, ConnectionId, RouterId, SessionId, UserId},
    person::TelegramId,
    session::{Boot, Connection, Nonce, Prompt, Session, Tunnel},
    time::Timestamp,
};
use std::collections::HashMap;

/// How many closed connections the rules see: the last that were closed, so that whoever was inside to the end is among
/// them, however many others were cut in the meantime.
const CLOSED_SEEN: i64 = 20;

/// How many connections' counters one statement sets: SQLite takes at most 32,766 values.
const TRAFFIC_AT_ONCE: usize = 1_000;

/// What the rules know of a connection.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, QueryableByName, Insertable, AsChangeset)]
#[diesel(table_name = connections, check_for_backend(Pg, Sqlite), treat_none_as_null = true)]
pub(super) struct ConnectionRow {
    id: String,
    session_id: String,
    account_id: String,
    user_id: Option<String>,
    router_id: String,
    boot: i64,
    router_session_id: String,
    username: String,
    service: String,
    caller_id: Option<String>,
    address: Option<String>,
    country: Option<String>,
    state: String,
    connected_at: i64,
    unanswerable: bool,
    prompt_nonce: Option<String>,
    prompt_asked: Option<i64>,
    prompt_asked_at: Option<i64>,
    prompt_expires_at: Option<i64>,
    prompt_answered_at: Option<i64>,
    prompt_numbers: Option<String>,
    ask_at: Option<i64>,
    waits_until: Option<i64>,
    confirmed_at: Option<i64>,
    grounds: Option<String>,
    opened_at: Option<i64>,
    closed_at: Option<i64>,
    close_reason: Option<String>,
}

/// What is kept beyond that.
#[derive(Queryable, Selectable)]
#[diesel(table_name = connections, check_for_backend(Pg, Sqlite))]
struct ExtraRow {
    prompt_chat_id: Option<i64>,
    prompt_message_id: Option<i64>,
    bytes_in: Option<i64>,
    bytes_out: Option<i64>,
}

impl ConnectionRow {
    fn new(session: &Session, connection: &Connection) -> Self {
        let micros = |at: Option<Timestamp>| at.map(Timestamp::micros);
        let prompt = connection.prompt.as_ref();
        Self {
            id: connection.id.as_text(),
            session_id: session.id.as_text(),
            account_id: session.account.as_text(),
            user_id: Some(session.user.as_text()),
            router_id: session.router.as_text(),
            boot: connection.tunnel.boot.0.into(),
            router_session_id: connection.tunnel.router_session_id.clone(),
            username: connection.tunnel.username.clone(),
            service: connection.tunnel.service.clone(),
            caller_id: connection.tunnel.caller_id.clone(),
            address: connection.tunnel.address.clone(),
            country: connection.country.clone(),
            state: connection.state.as_text(),
            connected_at: connection.connected_at.micros(),
            unanswerable: connection.unanswerable,
            prompt_nonce: prompt.map(|prompt| prompt.nonce.0.clone()),
            prompt_asked: prompt.map(|prompt| prompt.asked.0),
            prompt_asked_at: prompt.map(|prompt| prompt.asked_at.micros()),
            prompt_expires_at: prompt.map(|prompt| prompt.expires_at.micros()),
            prompt_answered_at: prompt.and_then(|prompt| micros(prompt.answered_at)),
            prompt_numbers: prompt.and_then(|prompt| prompt.numbers).map(|numbers| numbers.to_string()),
            ask_at: micros(connection.ask_at),
            waits_until: micros(connection.waits_until),
            confirmed_at: micros(connection.confirmed_at),
            grounds: opt_text(connection.grounds.as_ref()),
            opened_at: micros(connection.opened_at),
            closed_at: micros(connection.closed_at),
            close_reason: opt_text(connection.close_reason.as_ref()),
        }
    }

    fn connection(&self) -> Result<Connection> {
        let place = Place::new("connections", &self.id);
        let at = |micros: Option<i64>| micros.map(Timestamp::from_micros);
        Ok(Connection {
            id: place.text("id", &self.id)?,
            tunnel: Tunnel {
                boot: Boot(place.number("boot", self.boot)?),
                router_session_id: self.router_session_id.clone(),
                username: self.username.clone(),
                service: self.service.clone(),
                caller_id: self.caller_id.clone(),
                address: self.address.clone(),
            },
            country: self.country.clone(),
            state: place.text("state", &self.state)?,
            connected_at: Timestamp::from_micros(self.connected_at),
            unanswerable: self.unanswerable,
            prompt: self.prompt(place)?,
            ask_at: at(self.ask_at),
            waits_until: at(self.waits_until),
            confirmed_at: at(self.confirmed_at),
            grounds: place.opt("grounds", self.grounds.as_deref())?,
            opened_at: at(self.opened_at),
            closed_at: at(self.closed_at),
            close_reason: place.opt("close_reason", self.close_reason.as_deref())?,
        })
    }

    fn prompt(&self, place: Place<'_>) -> Result<Option<Prompt>> {
        let Some(nonce) = &self.prompt_nonce else { return Ok(None) };
        let asked = self.prompt_asked.ok_or_else(|| place.corrupt("prompt_asked"))?;
        let expires_at = self.prompt_expires_at.ok_or_else(|| place.corrupt("prompt_expires_at"))?;
        let asked_at = self.prompt_asked_at.ok_or_else(|| place.corrupt("prompt_asked_at"))?;
        Ok(Some(Prompt {
            nonce: Nonce(nonce.clone()),
            asked: TelegramId(asked),
            asked_at: Timestamp::from_micros(asked_at),
            expires_at: Timestamp::from_micros(expires_at),
            answered_at: self.prompt_answered_at.map(Timestamp::from_micros),
            numbers: self
                .prompt_numbers
                .as_deref()
                .map(str::parse)
                .transpose()
                .map_err(|_| place.corrupt("prompt_numbers"))?,
        }))
    }
}

fn record((row, extra): (ConnectionRow, ExtraRow)) -> Result<ConnectionRecord> {
    let place = Place::new("connections", &row.id);
    Ok(ConnectionRecord {
        connection: row.connection()?,
        session: place.text("session_id", &row.session_id)?,
        account: place.text("account_id", &row.account_id)?,
        router: place.text("router_id", &row.router_id)?,
        bytes_in: extra.bytes_in,
        bytes_out: extra.bytes_out,
        prompt_message: extra.prompt_chat_id.map(TelegramId).zip(extra.prompt_message_id),
    })
}

fn records(rows: Vec<(ConnectionRow, ExtraRow)>) -> Result<Vec<ConnectionRecord>> {
    rows.into_iter().map(record).collect()
}

impl Tx {
    /// The live connections of a session and the last closed ones, oldest first.
    pub(super) async fn recent_connections(&mut self, session: SessionId) -> Result<Vec<Connection>> {
        let session = session.as_text();
        let mut rows: Vec<ConnectionRow> = on!(self.conn(), |c| connections::table
            .filter(connections::session_id.eq(&session).and(connections::state.ne("CLOSED")))
            .select(ConnectionRow::as_select())
            .load(c)
            .await)?;
        let closed: Vec<ConnectionRow> = on!(self.conn(), |c| connections::table
            .filter(connections::session_id.eq(&session).and(connections::state.eq("CLOSED")))
            .order((connections::closed_at.desc(), connections::id.desc()))
            .limit(CLOSED_SEEN)
            .select(ConnectionRow::as_select())
            .load(c)
            .await)?;
        rows.extend(closed);
        rows.sort_by(|a, b| (a.connected_at, &a.id).cmp(&(b.connected_at, &b.id)));
        rows.iter().map(ConnectionRow::connection).collect()
    }

    /// Was this very tunnel confirmed in this session at some time?
    pub async fn was_confirmed(&mut self, session: SessionId, tunnel: &Tunnel) -> Result<bool> {
        let rows: Vec<ConnectionRow> = on!(self.conn(), |c| connections::table
            .filter(connections::session_id.eq(session.as_text()))
            .filter(connections::router_session_id.eq(&tunnel.router_session_id))
            .filter(connections::confirmed_at.is_not_null())
            .select(ConnectionRow::as_select())
            .load(c)
            .await)?;
        for row in rows {
            if row.connection()?.tunnel.is_same(tunnel) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The connection of a session that is, or was, this very tunnel.
    pub async fn connection_of_tunnel(
        &mut self,
        session: SessionId,
        tunnel: &Tunnel,
    ) -> Result<Option<ConnectionId>> {
        let rows: Vec<ConnectionRow> = on!(self.conn(), |c| connections::table
            .filter(connections::session_id.eq(session.as_text()))
            .filter(connections::router_session_id.eq(&tunnel.router_session_id))
            .select(ConnectionRow::as_select())
            .load(c)
            .await)?;
        for row in rows {
            let connection = row.connection()?;
            if connection.tunnel.is_same(tunnel) {
                return Ok(Some(connection.id));
            }
        }
        Ok(None)
    }

    /// Writes those connections of a session that are new or have changed.
    pub(super) async fn save_connections(&mut self, session: &Session) -> Result<()> {
        if session.connections.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = session.connections.iter().map(|connection| connection.id.as_text()).collect();
        let stored: Vec<ConnectionRow> = on!(self.conn(), |c| connections::table
            .filter(connections::id.eq_any(ids))
            .select(ConnectionRow::as_select())
            .load(c)
            .await)?;
        let stored: HashMap<&str, &ConnectionRow> = stored.iter().map(|row| (row.id.as_str(), row)).collect();
        for connection in &session.connections {
            let row = ConnectionRow::new(session, connection);
            match stored.get(row.id.as_str()) {
                Some(before) if **before == row => {}
                Some(_) => {
                    on!(self.conn(), |c| diesel::update(connections::table.find(&row.id))
                        .set(&row)
                        .execute(c)
                        .await)?;
                }
                None => {
                    on!(self.conn(), |c| diesel::insert_into(connections::table)
                        .values(&row)
                        .execute(c)
                        .await)?;
                    self.seen(session.user, connection.connected_at).await?;
                }
            }
        }
        Ok(())
    }

    /// A tunnel of the person came up.
    async fn seen(&mut self, user: UserId, at: Timestamp) -> Result<()> {
        let user = user.as_text();
        on!(self.conn(), |c| diesel::update(users::table.find(&user))
            .set(users::last_seen_at.eq(at.micros()))
            .execute(c)
            .await)?;
        Ok(())
    }

    pub(super) async fn latest_connection_of_tunnel(
        &mut self,
        account: AccountId,
        router_session_id: &str,
    ) -> Result<Option<SessionId>> {
        let account = account.as_text();
        let session: Option<String> = on!(self.conn(), |c| connections::table
            .filter(connections::account_id.eq(&account))
            .filter(connections::router_session_id.eq(router_session_id))
            .order((connections::connected_at.desc(), connections::id.desc()))
            .select(connections::session_id)
            .first(c)
            .await
            .optional())?;
        session.map(|id| Place::new("connections", &id).text("session_id", &id)).transpose()
    }

    /// The connection whose prompt carries this nonce.
    pub async fn by_nonce(&mut self, nonce: &str) -> Result<Option<(SessionId, ConnectionId, AccountId)>> {
        let row: Option<(String, String, String)> = on!(self.conn(), |c| connections::table
            .filter(connections::prompt_nonce.eq(nonce))
            .select((connections::session_id, connections::id, connections::account_id))
            .first(c)
            .await
            .optional())?;
        row.map(|(session, id, account)| {
            let place = Place::new("connections", &id);
            Ok((
                place.text("session_id", &session)?,
                place.text("id", &id)?,
                place.text("account_id", &account)?,
            ))
        })
        .transpose()
    }

    /// Whose a connection is.
    pub async fn connection_owner(&mut self, id: ConnectionId) -> Result<Option<(SessionId, AccountId)>> {
        let record = self.connection(id).await?;
        Ok(record.map(|record| (record.session, record.account)))
    }

    /// The connection.
    pub async fn connection(&mut self, id: ConnectionId) -> Result<Option<ConnectionRecord>> {
        Ok(self.connections_by_ids(&[id]).await?.remove(&id))
    }

    /// The connections with these ids.
    pub async fn connections_by_ids(
        &mut self,
        ids: &[ConnectionId],
    ) -> Result<HashMap<ConnectionId, ConnectionRecord>> {
        let ids = texts(ids);
        let rows = on!(self.conn(), |c| connections::table
            .filter(connections::id.eq_any(ids))
            .select((ConnectionRow::as_select(), ExtraRow::as_select()))
            .load(c)
            .await)?;
        Ok(records(rows)?.into_iter().map(|record| (record.connection.id, record)).collect())
    }

    /// All connections of each of these sessions, oldest first.
    pub async fn connections_of_sessions(
        &mut self,
        ids: &[SessionId],
    ) -> Result<HashMap<SessionId, Vec<ConnectionRecord>>> {
        let ids = texts(ids);
        let rows = on!(self.conn(), |c| connections::table
            .filter(connections::session_id.eq_any(ids))
            .order((connections::connected_at, connections::id))
            .select((ConnectionRow::as_select(), ExtraRow::as_select()))
            .load(c)
            .await)?;
        let mut all: HashMap<SessionId, Vec<ConnectionRecord>> = HashMap::new();
        for record in records(rows)? {
            all.entry(record.session).or_default().push(record);
        }
        Ok(all)
    }

    /// The connections of a router that are not closed, by the router's session id.
    pub async fn live_connections_of_tunnels(
        &mut self,
        router: RouterId,
        router_session_ids: &[String],
    ) -> Result<HashMap<String, ConnectionRecord>> {
        let router = router.as_text();
        let rows = on!(self.conn(), |c| connections::table
            .filter(connections::router_id.eq(&router).and(connections::state.ne("CLOSED")))
            .filter(connections::router_session_id.eq_any(router_session_ids))
            .select((ConnectionRow::as_select(), ExtraRow::as_select()))
            .load(c)
            .await)?;
        let by_tunnel =
            |record: ConnectionRecord| (record.connection.tunnel.router_session_id.clone(), record);
        Ok(records(rows)?.into_iter().map(by_tunnel).collect())
    }

    /// The connections with this address that are not closed, of routers that are being worked: more than one if
    /// several routers give out the same addresses.
    pub async fn live_connections_at(&mut self, address: &str) -> Result<Vec<ConnectionRecord>> {
        use super::schema::routers;
        let worked = routers::enabled.and(routers::deleted_at.is_null());
        let rows = on!(self.conn(), |c| connections::table
            .inner_join(routers::table.on(routers::id.eq(connections::router_id)))
            .filter(connections::address.eq(address).and(connections::state.ne("CLOSED")).and(worked))
            .order(connections::id)
            .select((ConnectionRow::as_select(), ExtraRow::as_select()))
            .load(c)
            .await)?;
        records(rows)
    }

    /// The connections that wait for a confirmation, what lapses first on top.
    pub async fn waiting_connections(&mut self) -> Result<Vec<ConnectionRecord>> {
        let rows = on!(self.conn(), |c| connections::table
            .filter(connections::state.eq("PENDING"))
            .order((connections::waits_until, connections::id))
            .select((ConnectionRow::as_select(), ExtraRow::as_select()))
            .load(c)
            .await)?;
        records(rows)
    }

    /// The connections of a person that wait in the box, those that are cut first before the others.
    pub async fn waiting_connections_of(&mut self, user: UserId) -> Result<Vec<ConnectionRecord>> {
        use super::schema::sessions;
        let user = user.as_text();
        let rows = on!(self.conn(), |c| connections::table
            .inner_join(sessions::table.on(sessions::id.eq(connections::session_id)))
            .filter(connections::state.eq("PENDING").and(sessions::user_id.eq(&user)))
            .order((connections::waits_until, connections::id))
            .select((ConnectionRow::as_select(), ExtraRow::as_select()))
            .load(c)
            .await)?;
        records(rows)
    }

    /// The connections that came up at or after `from`, of one person or of all: the newest `limit`, oldest first.
    pub async fn connections_since(
        &mut self,
        from: Timestamp,
        user: Option<UserId>,
        limit: i64,
    ) -> Result<Vec<ConnectionRecord>> {
        use super::schema::sessions;
        let user = opt_text(user.as_ref());
        let mut rows: Vec<(ConnectionRow, ExtraRow)> = on!(self.conn(), |c| {
            let mut query = connections::table
                .inner_join(sessions::table.on(sessions::id.eq(connections::session_id)))
                .filter(connections::connected_at.ge(from.micros()))
                .order((connections::connected_at.desc(), connections::id.desc()))
                .select((ConnectionRow::as_select(), ExtraRow::as_select()))
                .limit(limit)
                .into_boxed();
            if let Some(user) = &user {
                query = query.filter(sessions::user_id.eq(user));
            }
            query.load(c).await
        })?;
        rows.reverse();
        records(rows)
    }

    /// The single number that a query answers.
    pub(super) async fn number(&mut self, sql: Sql) -> Result<i64> {
        let rows: Vec<Number> = load_sql!(self.conn(), sql, Number)?;
        Ok(rows.into_iter().next().map_or(0, |row| row.n))
    }

    /// Sets what went through connections so far, as their routers count it: bytes from the peer, and to it.
    pub async fn set_traffic(&mut self, counted: &[(ConnectionId, i64, i64)]) -> Result<()> {
        for part in counted.chunks(TRAFFIC_AT_ONCE) {
            let mut sql = Sql::new("WITH counted (id, bytes_in, bytes_out) AS (VALUES ");
            for (index, (id, bytes_in, bytes_out)) in part.iter().enumerate() {
                sql.push(if index == 0 { "(" } else { ", (" }).text(id.as_text());
                sql.push(", ").int(*bytes_in).push(", ").int(*bytes_out).push(")");
            }
            sql.push(
                ") UPDATE connections SET bytes_in = counted.bytes_in, bytes_out = counted.bytes_out \
                 FROM counted WHERE connections.id = counted.id",
            );
            execute_sql!(self.conn(), sql)?;
        }
        Ok(())
    }

    /// What was written of the traffic of these connections: bytes from the peer, and to it.
    pub async fn traffic(&mut self, ids: &[ConnectionId]) -> Result<HashMap<ConnectionId, (i64, i64)>> {
        type Row = (String, Option<i64>, Option<i64>);
        let ids = texts(ids);
        let rows: Vec<Row> = on!(self.conn(), |c| connections::table
            .filter(connections::id.eq_any(&ids))
            .select((connections::id, connections::bytes_in, connections::bytes_out))
            .load(c)
            .await)?;
        let traffic = |(id, bytes_in, bytes_out): Row| {
            Ok((
                Place::new("connections", &id).text("id", &id)?,
                (bytes_in.unwrap_or_default(), bytes_out.unwrap_or_default()),
            ))
        };
        rows.into_iter().map(traffic).collect()
    }

    /// Remembers where the prompt of a connection is shown.
    pub async fn set_prompt_message(
        &mut self,
        connection: ConnectionId,
        chat: TelegramId,
        message_id: i64,
    ) -> Result<()> {
        let id = connection.as_text();
        on!(self.conn(), |c| diesel::update(connections::table.find(&id))
            .set((connections::prompt_chat_id.eq(chat.0), connections::prompt_message_id.eq(message_id)))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Where the prompt of a connection is shown: chat and message.
    pub async fn prompt_message(&mut self, connection: ConnectionId) -> Result<Option<(TelegramId, i64)>> {
        Ok(self.connection(connection).await?.and_then(|record| record.prompt_message))
    }
}

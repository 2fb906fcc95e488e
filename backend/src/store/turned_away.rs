//! Tunnels that were turned away by hour or place: kept so that one can ask what another policy would have made of them.

use super::{
    Result, StoreError, Tx,
    conn::on,
    records::TurnedAway,
    schema::turned_away,
    text::{AsText, Place, opt_text},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{
    ids::UserId,
    session::{Boot, Tunnel},
    time::{Seconds, Timestamp},
};

/// A tunnel of a router that is only observed stays, and is seen at every look: it counts once within this span.
const ONCE: Seconds = Seconds(86_400);

#[derive(Queryable, Selectable)]
#[diesel(table_name = turned_away, check_for_backend(Pg, Sqlite))]
struct Row {
    id: String,
    at: i64,
    user_id: String,
    account_id: String,
    router_id: String,
    router_session_id: String,
    username: String,
    service: String,
    caller_id: Option<String>,
    address: Option<String>,
    country: Option<String>,
    against: String,
    boot: i64,
}

impl TryFrom<Row> for TurnedAway {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let place = Place::new("turned_away", &row.id);
        Ok(Self {
            user: place.text("user_id", &row.user_id)?,
            account: place.text("account_id", &row.account_id)?,
            router: place.text("router_id", &row.router_id)?,
            at: Timestamp::from_micros(row.at),
            against: place.text("against", &row.against)?,
            country: row.country,
            tunnel: Tunnel {
                boot: Boot(place.number("boot", row.boot)?),
                router_session_id: row.router_session_id,
                username: row.username,
                service: row.service,
                caller_id: row.caller_id,
                address: row.address,
            },
        })
    }
}

impl Tx {
    /// Writes down that a tunnel was turned away, unless that very tunnel was noted just before.
    pub async fn note_turned_away(&mut self, turned_away: &TurnedAway) -> Result<()> {
        let TurnedAway { user, account, router, tunnel, country, at, against } = turned_away;
        let (account, router) = (account.as_text(), router.as_text());
        let same = turned_away::account_id
            .eq(&account)
            // With each boot the router gives its ids out anew.
            .and(turned_away::boot.eq(i64::from(tunnel.boot.0)))
            .and(turned_away::router_session_id.eq(&tunnel.router_session_id))
            .and(turned_away::at.gt(at.minus(ONCE).micros()));
        let known = turned_away::table.filter(same);
        if on!(self.conn(), |c| diesel::select(diesel::dsl::exists(known)).get_result::<bool>(c).await)? {
            return Ok(());
        }
        let id = self.fresh_id(*at);
        on!(self.conn(), |c| diesel::insert_into(turned_away::table)
            .values((
                turned_away::id.eq(id.as_text()),
                turned_away::at.eq(at.micros()),
                turned_away::user_id.eq(user.as_text()),
                turned_away::account_id.eq(&account),
                turned_away::router_id.eq(&router),
                turned_away::router_session_id.eq(&tunnel.router_session_id),
                turned_away::username.eq(&tunnel.username),
                turned_away::service.eq(&tunnel.service),
                turned_away::caller_id.eq(&tunnel.caller_id),
                turned_away::address.eq(&tunnel.address),
                turned_away::country.eq(country),
                turned_away::against.eq(against.as_text()),
                turned_away::boot.eq(i64::from(tunnel.boot.0)),
            ))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// The tunnels that were turned away at or after `from`, of one person or of all: the newest `limit`, oldest first.
    pub async fn turned_away_since(
        &mut self,
        from: Timestamp,
        user: Option<UserId>,
        limit: i64,
    ) -> Result<Vec<TurnedAway>> {
        let user = opt_text(user.as_ref());
        let mut rows: Vec<Row> = on!(self.conn(), |c| {
            let mut query = turned_away::table
                .filter(turned_away::at.ge(from.micros()))
                .order((turned_away::at.desc(), turned_away::id.desc()))
                .select(Row::as_select())
                .limit(limit)
                .into_boxed();
            if let Some(user) = &user {
                query = query.filter(turned_away::user_id.eq(user));
            }
            query.load(c).await
        })?;
        rows.reverse();
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

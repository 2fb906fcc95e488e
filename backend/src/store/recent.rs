//! The look back at a person's tunnels that the rules against wearing people down, and for known callers, need.

use super::{
    Result, Tx,
    conn::{Conn, on},
    schema::{connections, routers, sessions, turned_away},
    text::{AsText, Place},
};
use diesel::{pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{
    ids::{RouterId, UserId},
    policy::NotAdmitted,
    session::{Contact, Recent},
    time::Timestamp,
};

/// What is kept of a tunnel for the counts.
#[derive(Queryable, Selectable)]
#[diesel(table_name = connections, check_for_backend(Pg, Sqlite))]
struct ContactRow {
    id: String,
    account_id: String,
    caller_id: Option<String>,
    country: Option<String>,
    connected_at: i64,
    unanswerable: bool,
    prompt_asked_at: Option<i64>,
    ask_at: Option<i64>,
    confirmed_at: Option<i64>,
    grounds: Option<String>,
    closed_at: Option<i64>,
    close_reason: Option<String>,
}

impl ContactRow {
    fn contact(self) -> Result<Contact> {
        let place = Place::new("connections", &self.id);
        let at = |micros: Option<i64>| micros.map(Timestamp::from_micros);
        Ok(Contact {
            account: place.text("account_id", &self.account_id)?,
            at: Timestamp::from_micros(self.connected_at),
            asked_at: at(self.prompt_asked_at),
            put_off: self.ask_at.is_some(),
            unanswerable: self.unanswerable,
            confirmed: at(self.confirmed_at).zip(place.opt("grounds", self.grounds.as_deref())?),
            closed: at(self.closed_at).zip(place.opt("close_reason", self.close_reason.as_deref())?),
            caller: self.caller_id,
            country: self.country,
        })
    }
}

impl Tx {
    /// The person's tunnels that came up at or after `from`, the newest [`Recent::MOST`] of them, and whether they
    /// were forgiven, as far as they count on this router: nobody was asked about those on a router that is only
    /// watched, nor about those of before it was enforced. Other units of work that ask the same of this person wait
    /// until this one is over, so that two tunnels that come at once do not both take the last place.
    pub async fn recent(&mut self, user: UserId, router: RouterId, from: Timestamp) -> Result<Recent> {
        self.hold_person(user).await?;
        let (text, router_text) = (user.as_text(), router.as_text());
        let lately = connections::user_id.eq(&text).and(connections::connected_at.ge(from.micros()));
        // What was cut before anybody could be asked counts for nothing, and any number of it must not hide the rest.
        let counts = connections::close_reason
            .is_null()
            .or(connections::close_reason.ne_all(["TOO_MANY", "POLICY", "ROUTER_RESTARTED"]))
            .or(connections::prompt_asked_at.is_not_null())
            .or(connections::confirmed_at.is_not_null())
            .or(connections::ask_at.is_not_null());
        let asked = routers::mode.eq("ENFORCE").or(routers::id.eq(&router_text));
        let since =
            routers::enforced_at.is_null().or(connections::connected_at.nullable().ge(routers::enforced_at));
        let rows: Vec<ContactRow> = on!(self.conn(), |c| connections::table
            .inner_join(routers::table.on(routers::id.eq(connections::router_id)))
            .filter(lately.and(counts))
            .filter(asked.and(since))
            .order((connections::connected_at.desc(), connections::id.desc()))
            .limit(i64::from(Recent::MOST))
            .select(ContactRow::as_select())
            .load(c)
            .await)?;
        let contacts = rows.into_iter().map(ContactRow::contact).collect::<Result<_>>()?;
        let surplus: Option<i64> = on!(self.conn(), |c| connections::table
            .filter(lately.and(connections::close_reason.eq("TOO_MANY")))
            .select(diesel::dsl::max(connections::connected_at))
            .first(c)
            .await)?;
        Ok(Recent {
            contacts,
            forgiven_at: self.forgiven_at(user).await?,
            distrusted_at: self.distrusted_at(user).await?,
            surplus_at: surplus.map(Timestamp::from_micros),
            turned_away: self.turned_away_lately(user, router, from).await?,
        })
    }

    /// When the person was told last, by each of the rules, that a tunnel may not be there: those on a router that is
    /// only watched were told to nobody.
    async fn turned_away_lately(
        &mut self,
        user: UserId,
        router: RouterId,
        from: Timestamp,
    ) -> Result<Vec<(NotAdmitted, Timestamp)>> {
        let (user, router) = (user.as_text(), router.as_text());
        let asked = routers::mode.eq("ENFORCE").or(routers::id.eq(&router));
        let since = routers::enforced_at.is_null().or(turned_away::at.nullable().ge(routers::enforced_at));
        let rows: Vec<(String, Option<i64>)> = on!(self.conn(), |c| turned_away::table
            .inner_join(routers::table.on(routers::id.eq(turned_away::router_id)))
            .filter(turned_away::user_id.eq(&user))
            .filter(turned_away::at.ge(from.micros()))
            .filter(asked.and(since))
            .group_by(turned_away::against)
            .select((turned_away::against, diesel::dsl::max(turned_away::at)))
            .load(c)
            .await)?;
        let place = Place::new("turned_away", &user);
        rows.into_iter()
            .filter_map(|(against, at)| Some((against, at?)))
            .map(|(against, at)| Ok((place.text("against", &against)?, Timestamp::from_micros(at))))
            .collect()
    }

    /// When a session of the person was ended last for a reason after which nobody is trusted unasked.
    async fn distrusted_at(&mut self, user: UserId) -> Result<Option<Timestamp>> {
        let ended: Option<i64> = on!(self.conn(), |c| sessions::table
            .filter(sessions::user_id.eq(user.as_text()))
            .filter(sessions::end_reason.eq_any(["DENIED", "BANNED", "ENDED_BY_ADMIN", "USER_BLOCKED"]))
            .select(diesel::dsl::max(sessions::ended_at))
            .first(c)
            .await)?;
        Ok(ended.map(Timestamp::from_micros))
    }

    /// On SQLite there is one writer at a time anyway.
    async fn hold_person(&mut self, user: UserId) -> Result<()> {
        if let Conn::Pg(pooled) = self.conn() {
            diesel::sql_query("SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE")
                .bind::<diesel::sql_types::Text, _>(user.as_text())
                .execute(&mut **pooled)
                .await?;
        }
        Ok(())
    }
}

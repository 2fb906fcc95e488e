//! Telegram's outbox: messages, one after another in each chat; and how far updates were taken in.

use super::{
    Result, Tx,
    conn::on,
    records::{AlertDelivery, DeliveryRecord, Urgency},
    schema::{admins, deliveries},
    text::{AsText, Place, opt_text},
};
use diesel::{dsl::exists, pg::Pg, prelude::*, sqlite::Sqlite};
use diesel_async::RunQueryDsl;
use sallyport_shared::{
    ids::{ConnectionId, SessionId, UserId},
    person::TelegramId,
    time::Timestamp,
};
use uuid::Uuid;

#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries, check_for_backend(Pg, Sqlite))]
struct DeliveryRow {
    id: String,
    chat_id: i64,
    body: String,
    user_id: Option<String>,
    connection_id: Option<String>,
    alert_id: Option<String>,
    created_at: i64,
    attempts: i64,
    last_error: Option<String>,
}

impl DeliveryRow {
    fn into_record(self, urgency: Urgency) -> Result<DeliveryRecord> {
        let place = Place::new("deliveries", &self.id);
        Ok(DeliveryRecord {
            id: place.text("id", &self.id)?,
            chat: TelegramId(self.chat_id),
            body: place.json("body", &self.body)?,
            user: place.opt("user_id", self.user_id.as_deref())?,
            connection: place.opt("connection_id", self.connection_id.as_deref())?,
            alert: place.opt("alert_id", self.alert_id.as_deref())?,
            urgency,
            created_at: Timestamp::from_micros(self.created_at),
            attempts: place.number("attempts", self.attempts)?,
            last_error: self.last_error,
        })
    }
}

diesel::alias!(deliveries as earlier: Earlier, deliveries as asking: Asking);

/// A question waits in the chat: this message, or one that comes after it.
macro_rules! asks {
    () => {
        exists(
            asking
                .filter(asking.field(deliveries::state).eq("PENDING"))
                .filter(asking.field(deliveries::chat_id).eq(deliveries::chat_id))
                .filter(asking.field(deliveries::connection_id).is_not_null()),
        )
    };
}

/// The chat is a person's or an administrator's.
macro_rules! is_known {
    () => {
        deliveries::user_id
            .is_not_null()
            .or(exists(admins::table.filter(admins::telegram_id.eq(deliveries::chat_id.nullable()))))
    };
}

/// Pending, and the oldest of its chat that is.
macro_rules! heads {
    () => {
        deliveries::table.filter(deliveries::state.eq("PENDING")).filter(diesel::dsl::not(exists(
            earlier
                .filter(earlier.field(deliveries::state).eq("PENDING"))
                .filter(earlier.field(deliveries::chat_id).eq(deliveries::chat_id))
                .filter(earlier.field(deliveries::id).lt(deliveries::id)),
        )))
    };
}

impl Tx {
    /// Writes down that `body` is to be sent to the chat, after everything that was written down before.
    /// `connection` names the prompt that it is about.
    pub async fn deliver(
        &mut self,
        chat: TelegramId,
        body: &serde_json::Value,
        user: Option<UserId>,
        connection: Option<ConnectionId>,
        now: Timestamp,
    ) -> Result<Uuid> {
        let id = self.fresh_id(now);
        on!(self.conn(), |c| diesel::insert_into(deliveries::table)
            .values((
                deliveries::id.eq(id.as_text()),
                deliveries::chat_id.eq(chat.0),
                deliveries::body.eq(body.to_string()),
                deliveries::user_id.eq(opt_text(user.as_ref())),
                deliveries::connection_id.eq(opt_text(connection.as_ref())),
                deliveries::state.eq("PENDING"),
                deliveries::created_at.eq(now.micros()),
                deliveries::next_at.eq(now.micros()),
                deliveries::attempts.eq(0_i64),
            ))
            .execute(c)
            .await)?;
        Ok(id)
    }

    /// Notes that a message tells of an alert, so that what came of it can be told there.
    pub async fn set_delivery_alert(&mut self, delivery: Uuid, alert: Uuid) -> Result<()> {
        let (delivery, alert) = (delivery.as_text(), alert.as_text());
        on!(self.conn(), |c| diesel::update(deliveries::table.find(&delivery))
            .set(deliveries::alert_id.eq(&alert))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// Notes that a message reminds of a session's end, so that what came of it can be written there.
    pub async fn set_delivery_reminds_of(&mut self, delivery: Uuid, session: SessionId) -> Result<()> {
        let (delivery, session) = (delivery.as_text(), session.as_text());
        on!(self.conn(), |c| diesel::update(deliveries::table.find(&delivery))
            .set(deliveries::reminds_of.eq(&session))
            .execute(c)
            .await)?;
        Ok(())
    }

    /// The messages that remind of a session's end, sent or not, with their chats; from now on they are none.
    pub async fn take_reminders(&mut self, session: SessionId) -> Result<Vec<(Uuid, TelegramId)>> {
        let session = session.as_text();
        let rows: Vec<(String, i64)> = on!(self.conn(), |c| deliveries::table
            .filter(deliveries::reminds_of.eq(&session))
            .order(deliveries::id)
            .select((deliveries::id, deliveries::chat_id))
            .load(c)
            .await)?;
        on!(self.conn(), |c| diesel::update(deliveries::table.filter(deliveries::reminds_of.eq(&session)))
            .set(deliveries::reminds_of.eq(None::<String>))
            .execute(c)
            .await)?;
        let read = |(id, chat): (String, i64)| {
            Ok((Place::new("deliveries", &id).text("id", &id)?, TelegramId(chat)))
        };
        rows.into_iter().map(read).collect()
    }

    /// The number that a message got in its chat; none while it was not sent.
    pub async fn delivered_message(&mut self, delivery: Uuid) -> Result<Option<i64>> {
        let delivery = delivery.as_text();
        let message: Option<Option<i64>> = on!(self.conn(), |c| deliveries::table
            .find(&delivery)
            .select(deliveries::message_id)
            .first(c)
            .await
            .optional())?;
        Ok(message.flatten())
    }

    /// The messages that tell of an alert, sent or not, by age.
    pub async fn deliveries_of_alert(&mut self, alert: Uuid) -> Result<Vec<AlertDelivery>> {
        let alert = alert.as_text();
        let rows: Vec<(i64, Option<i64>)> = on!(self.conn(), |c| deliveries::table
            .filter(deliveries::alert_id.eq(&alert))
            .order(deliveries::id)
            .select((deliveries::chat_id, deliveries::message_id))
            .load(c)
            .await)?;
        Ok(rows
            .into_iter()
            .map(|(chat, message)| AlertDelivery { chat: TelegramId(chat), message })
            .collect())
    }

    /// The messages that may be sent by `now`: of each chat its oldest pending one, so that nobody reads answers
    /// before questions; the chats in which a question waits first, strangers last, and the oldest first among
    /// equals.
    pub async fn due_deliveries(&mut self, now: Timestamp, limit: i64) -> Result<Vec<DeliveryRecord>> {
        let rows: Vec<(DeliveryRow, bool, bool)> = on!(self.conn(), |c| heads!()
            .filter(deliveries::next_at.le(now.micros()))
            .order((asks!().desc(), is_known!().desc(), deliveries::id))
            .limit(limit)
            .select((DeliveryRow::as_select(), asks!(), is_known!()))
            .load(c)
            .await)?;
        let urgency = |asks, known| match (asks, known) {
            (true, _) => Urgency::Question,
            (false, true) => Urgency::Known,
            (false, false) => Urgency::Stranger,
        };
        rows.into_iter().map(|(row, asks, known)| row.into_record(urgency(asks, known))).collect()
    }

    /// How many messages wait in a chat.
    pub async fn pending_deliveries_to(&mut self, chat: TelegramId) -> Result<i64> {
        let pending =
            deliveries::table.filter(deliveries::state.eq("PENDING").and(deliveries::chat_id.eq(chat.0)));
        Ok(on!(self.conn(), |c| pending.count().get_result(c).await)?)
    }

    /// When the next message may be sent.
    pub async fn next_delivery_at(&mut self) -> Result<Option<Timestamp>> {
        let at: Option<i64> =
            on!(self.conn(), |c| heads!().select(diesel::dsl::min(deliveries::next_at)).first(c).await)?;
        Ok(at.map(Timestamp::from_micros))
    }

    /// The message was sent. False: it was no longer pending, and nothing changes.
    pub async fn finish_delivery(
        &mut self,
        id: Uuid,
        message_id: Option<i64>,
        now: Timestamp,
    ) -> Result<bool> {
        let pending = deliveries::id.eq(id.as_text()).and(deliveries::state.eq("PENDING"));
        let changed = on!(self.conn(), |c| diesel::update(deliveries::table.filter(pending))
            .set((
                deliveries::state.eq("DONE"),
                deliveries::done_at.eq(now.micros()),
                deliveries::message_id.eq(message_id),
            ))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// The message could not be sent and waits until `next_at`; the chat's later ones wait with it. False: it
    /// was no longer pending.
    pub async fn delay_delivery(&mut self, id: Uuid, next_at: Timestamp, error: &str) -> Result<bool> {
        let pending = deliveries::id.eq(id.as_text()).and(deliveries::state.eq("PENDING"));
        let changed = on!(self.conn(), |c| diesel::update(deliveries::table.filter(pending))
            .set((
                deliveries::next_at.eq(next_at.micros()),
                deliveries::attempts.eq(deliveries::attempts + 1),
                deliveries::last_error.eq(error),
            ))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// The message will never be sent: the person blocked the bot, for one. False: it was no longer pending.
    pub async fn give_up_delivery(&mut self, id: Uuid, now: Timestamp, error: &str) -> Result<bool> {
        let pending = deliveries::id.eq(id.as_text()).and(deliveries::state.eq("PENDING"));
        let changed = on!(self.conn(), |c| diesel::update(deliveries::table.filter(pending))
            .set((
                deliveries::state.eq("GIVEN_UP"),
                deliveries::done_at.eq(now.micros()),
                deliveries::last_error.eq(error),
            ))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }

    /// How many messages wait.
    pub async fn pending_deliveries_count(&mut self) -> Result<i64> {
        let pending = deliveries::table.filter(deliveries::state.eq("PENDING"));
        Ok(on!(self.conn(), |c| pending.count().get_result(c).await)?)
    }

    /// The bodies of whatever was written down about the prompt of a connection, oldest first, delivered or not.
    pub async fn deliveries_about(&mut self, connection: ConnectionId) -> Result<Vec<serde_json::Value>> {
        let connection = connection.as_text();
        let rows: Vec<(String, String)> = on!(self.conn(), |c| deliveries::table
            .filter(deliveries::connection_id.eq(&connection))
            .order(deliveries::id)
            .select((deliveries::id, deliveries::body))
            .load(c)
            .await)?;
        rows.iter().map(|(id, body)| Place::new("deliveries", id).json("body", body)).collect()
    }

    /// Withdraws what has not been sent about the prompt of a connection; true: there was something.
    pub async fn supersede_prompt_delivery(
        &mut self,
        connection: ConnectionId,
        now: Timestamp,
    ) -> Result<bool> {
        let connection = connection.as_text();
        let pending = deliveries::connection_id.eq(&connection).and(deliveries::state.eq("PENDING"));
        let changed = on!(self.conn(), |c| diesel::update(deliveries::table.filter(pending))
            .set((deliveries::state.eq("SUPERSEDED"), deliveries::done_at.eq(now.micros())))
            .execute(c)
            .await)?;
        Ok(changed > 0)
    }
}

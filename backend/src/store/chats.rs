//! What is remembered of chats between two messages, for some time.

use super::{Result, Tx, conn::on, schema::chats};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sallyport_shared::{person::TelegramId, time::Timestamp};

impl Tx {
    /// What is remembered of a chat, if it is not too old by `now`.
    pub async fn chat(&mut self, chat: TelegramId, now: Timestamp) -> Result<Option<String>> {
        let known = chats::table.find(chat.0).filter(chats::expires_at.gt(now.micros()));
        Ok(on!(self.conn(), |c| known.select(chats::conversation).first(c).await.optional())?)
    }

    /// Remembers something of a chat until `expires_at`, in place of what was remembered; none forgets it. What is too
    /// old of other chats by `now` is forgotten on the way.
    pub async fn set_chat(
        &mut self,
        chat: TelegramId,
        conversation: Option<&str>,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<()> {
        let old = chats::table.filter(chats::expires_at.le(now.micros()));
        on!(self.conn(), |c| diesel::delete(old).execute(c).await)?;
        on!(self.conn(), |c| match conversation {
            Some(text) => {
                diesel::insert_into(chats::table)
                    .values((
                        chats::chat_id.eq(chat.0),
                        chats::conversation.eq(text),
                        chats::expires_at.eq(expires_at.micros()),
                    ))
                    .on_conflict(chats::chat_id)
                    .do_update()
                    .set((chats::conversation.eq(text), chats::expires_at.eq(expires_at.micros())))
                    .execute(c)
                    .await
            }
            None => diesel::delete(chats::table.find(chat.0)).execute(c).await,
        })?;
        Ok(())
    }

    /// How many chats are remembered.
    pub async fn chats_count(&mut self) -> Result<i64> {
        Ok(on!(self.conn(), |c| chats::table.count().get_result(c).await)?)
    }
}

//! Hints between replicas: PostgreSQL carries them, SQLite has one process and needs none.

use super::{Result, Store, StoreError, Tx, conn::Conn};
use diesel::sql_query;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use futures_util::StreamExt;
use std::pin::pin;

/// The PostgreSQL channel over which replicas tell one another that something has changed.
pub const CHANNEL: &str = "sallyport";

/// Hears what all replicas, this one included, tell over [`CHANNEL`]. A connection of its own.
pub struct Listener(AsyncPgConnection);

impl Store {
    /// Begins to listen; none on SQLite.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn listen(&self) -> Result<Option<Listener>> {
        let Some(url) = self.postgres_url() else { return Ok(None) };
        let unavailable = |error: diesel::ConnectionError| StoreError::Unavailable(error.to_string());
        let mut conn = AsyncPgConnection::establish(url).await.map_err(unavailable)?;
        sql_query(format!("LISTEN {CHANNEL}")).execute(&mut conn).await?;
        Ok(Some(Listener(conn)))
    }
}

impl Listener {
    /// The next hint. Waiting may be given up at any time without losing one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: the connection is lost, and hints with it. Listen anew, and look at
    /// everything once.
    pub async fn next(&mut self) -> Result<String> {
        let heard = pin!(self.0.notifications_stream()).next().await;
        match heard {
            Some(Ok(notification)) => Ok(notification.payload),
            Some(Err(error)) => Err(StoreError::Unavailable(error.to_string())),
            None => Err(StoreError::Unavailable("the listening connection was closed".to_owned())),
        }
    }
}

impl Tx {
    /// Tells all replicas `payload` (less than 8000 bytes) over [`CHANNEL`] once this unit of work is
    /// committed; a hint that may be lost. Nothing on SQLite.
    pub async fn notify(&mut self, payload: &str) -> Result<()> {
        if let Conn::Pg(pooled) = self.conn() {
            sql_query("SELECT pg_notify($1, $2)")
                .bind::<diesel::sql_types::Text, _>(CHANNEL)
                .bind::<diesel::sql_types::Text, _>(payload)
                .execute(&mut **pooled)
                .await?;
        }
        Ok(())
    }
}

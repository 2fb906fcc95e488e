//! A unit of work.

use super::{Result, conn::Conn, ids::Ids};
use sallyport_shared::time::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

/// A unit of work: asks and writes until it is committed. Dropped without that, it never was.
///
/// No network call, and no other unit of work of the same store, may be waited for while one that writes is
/// open: on SQLite all others queue up behind it.
pub struct Tx {
    /// Always there but while the unit is being dropped.
    conn: Option<Conn>,
    /// A transaction was begun and neither committed nor rolled back.
    open: bool,
    ids: Arc<Ids>,
}

impl Tx {
    /// A unit that may write; its transaction was begun.
    pub(crate) fn writing(conn: Conn, ids: Arc<Ids>) -> Self {
        Self { conn: Some(conn), open: true, ids }
    }

    /// A unit that only asks.
    pub(crate) fn reading(conn: Conn, ids: Arc<Ids>) -> Self {
        Self { conn: Some(conn), open: false, ids }
    }

    /// Makes everything that was written lasting and visible. When it fails nothing was written, but for one
    /// case: a PostgreSQL connection that breaks just then leaves it unknown.
    ///
    /// # Errors
    /// [`super::StoreError::Conflict`] or [`super::StoreError::Unavailable`].
    pub async fn commit(mut self) -> Result<()> {
        if self.open {
            self.conn().commit().await?;
            self.open = false;
        }
        Ok(())
    }

    /// Takes back everything that was written, and waits until that is done; dropping does the same without
    /// waiting.
    ///
    /// # Errors
    /// [`super::StoreError::Unavailable`]; nothing was written all the same.
    pub async fn rollback(mut self) -> Result<()> {
        if self.open {
            self.conn().rollback().await?;
            self.open = false;
        }
        Ok(())
    }

    /// The connection.
    pub(crate) fn conn(&mut self) -> &mut Conn {
        self.conn.as_mut().expect("only drop takes the connection away")
    }

    /// A new id, larger than all before it.
    pub(crate) fn fresh_id(&self, now: Timestamp) -> Uuid {
        self.ids.next(now)
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let Some(mut conn) = self.conn.take() else { return };
        if !self.open {
            return;
        }
        // Rolled back by a task of its own, the connection can be used again. Without a runtime, or if the
        // task does not finish, the pool throws away a connection whose transaction is still open, which
        // rolls back as well.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = conn.rollback().await {
                    tracing::debug!(%error, "rolling back failed; the connection is thrown away");
                }
            });
        }
    }
}

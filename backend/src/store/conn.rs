//! One connection of either database, and the macro by which a query is written once for both.

use super::Result;
use diesel::{QueryResult, SqliteConnection, connection::AnsiTransactionManager};
use diesel_async::{
    AsyncConnection, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
        bb8::{Pool, PooledConnection},
    },
    sync_connection_wrapper::SyncConnectionWrapper,
};
use futures_util::FutureExt;
use std::time::Duration;

/// A SQLite connection, whose calls run on the blocking threads.
pub(crate) type Lite = SyncConnectionWrapper<SqliteConnection>;

/// How long a caller waits for a connection before the database counts as unavailable.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that is lent out by its pool.
#[expect(clippy::large_enum_variant, reason = "one a unit of work, and hardly ever moved")]
pub(crate) enum Conn {
    Pg(PooledConnection<'static, AsyncPgConnection>),
    Lite(PooledConnection<'static, Lite>),
}

/// Runs `$body` with `$c` being the connection, whichever database it is: written out twice, so that both
/// type-check. A closure's syntax, because that is what rustfmt knows.
macro_rules! on {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::store::conn::Conn::Pg(pooled) => {
                let $c = &mut **pooled;
                $body
            }
            $crate::store::conn::Conn::Lite(pooled) => {
                let $c = &mut **pooled;
                $body
            }
        }
    };
}
pub(crate) use on;

impl Conn {
    /// Begins a transaction that may write. On SQLite the write lock is taken at once: taking it at the
    /// first write fails when another transaction wrote in between, whatever the time-out.
    pub(crate) async fn begin(&mut self) -> Result<()> {
        match self {
            Self::Pg(pooled) => begin(&mut **pooled).await?,
            Self::Lite(pooled) => {
                pooled
                    .spawn_blocking(|conn| {
                        AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE")
                    })
                    .await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn commit(&mut self) -> Result<()> {
        Ok(on!(self, |c| commit(c).await)?)
    }

    pub(crate) async fn rollback(&mut self) -> Result<()> {
        Ok(on!(self, |c| rollback(c).await)?)
    }
}

async fn begin<C: AsyncConnection>(c: &mut C) -> QueryResult<()> {
    C::TransactionManager::begin_transaction(c).await
}

async fn commit<C: AsyncConnection>(c: &mut C) -> QueryResult<()> {
    C::TransactionManager::commit_transaction(c).await
}

async fn rollback<C: AsyncConnection>(c: &mut C) -> QueryResult<()> {
    C::TransactionManager::rollback_transaction(c).await
}

/// What each SQLite connection is told first. With WAL, readers never wait for the writer; with `synchronous = FULL`
/// what is committed survives a power cut too, which `NORMAL` does not promise.
const PRAGMAS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                       PRAGMA foreign_keys = ON;";

/// A pool of SQLite connections to `path`; those for reading cannot write.
pub(crate) fn lite_pool(path: &str, size: u32, read_only: bool) -> Pool<Lite> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |path| {
        let path = path.to_owned();
        async move {
            let mut conn = Lite::establish(&path).await?;
            let more = if read_only { "PRAGMA query_only = ON;" } else { "" };
            conn.batch_execute(&format!("{PRAGMAS}{more}"))
                .await
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
            Ok(conn)
        }
        .boxed()
    });
    let manager = AsyncDieselConnectionManager::new_with_config(path, config);
    Pool::builder()
        .max_size(size)
        .test_on_check_out(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connection_timeout(PATIENCE)
        .build_unchecked(manager)
}

/// A pool of PostgreSQL connections.
pub(crate) fn pg_pool(url: &str, size: u32) -> Pool<AsyncPgConnection> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    Pool::builder()
        .max_size(size)
        .test_on_check_out(false)
        .connection_timeout(PATIENCE)
        .build_unchecked(manager)
}

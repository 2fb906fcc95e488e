//! One connection of either database, and the macro by which a query is written once for both.

use diesel::SqliteConnection;
use diesel_async::{
    AsyncPgConnection, pooled_connection::bb8::PooledConnection,
    sync_connection_wrapper::SyncConnectionWrapper,
};

/// A SQLite connection, whose calls run on the blocking threads.
pub(crate) type Lite = SyncConnectionWrapper<SqliteConnection>;

/// A connection that is lent out by its pool.
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

//! What can go wrong with the database, as far as callers can do something about it.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_async::pooled_connection::{PoolError, bb8::RunError};
use std::path::PathBuf;
use thiserror::Error;

/// What every question to the store may answer instead.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why the store did not do what it was asked for.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Somebody else was faster: a version was not the expected one, or a unique rule forbids the row.
    /// Load again and decide again.
    #[error("conflict{}", .what.as_deref().map(|what| format!(" ({what})")).unwrap_or_default())]
    Conflict {
        /// The table, index or columns, when known. For the log, not for people.
        what: Option<String>,
    },
    /// The database does not answer, is locked for too long, or the connection was lost.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A stored value means nothing: the row was changed by hand or by a newer version of the program.
    #[error("column {column} of {table} row {row} holds a value that means nothing")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key.
        row: String,
    },
    /// The schema could not be brought up to date.
    #[error("migration failed: {0}")]
    Migration(String),
    /// The database's URL is neither `sqlite://PATH` nor `postgres://…`.
    #[error("the database URL must begin with sqlite:// or postgres://")]
    BadUrl,
    /// The lock file of a SQLite database could not be made or is held by another process.
    #[error("{path} is in use by another process")]
    InUse {
        /// The database file.
        path: PathBuf,
    },
    /// The place to go on from that a caller handed back was not made by this list.
    #[error("the cursor does not belong to this list")]
    BadCursor,
    /// A file of the database could not be made or read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The database refused a statement for a reason that callers cannot mend.
    #[error("query failed: {0}")]
    Query(#[source] DieselError),
}

impl StoreError {
    /// A conflict about `what`.
    pub(crate) fn conflict(what: &str) -> Self {
        Self::Conflict { what: Some(what.to_owned()) }
    }

    /// Somebody else was faster; it may be tried again.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(kind, information) => match kind {
                DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ForeignKeyViolation => {
                    // PostgreSQL names the constraint, SQLite the columns in its message.
                    let what = information.constraint_name().unwrap_or(information.message());
                    Self::Conflict { what: Some(what.to_owned()) }
                }
                DatabaseErrorKind::SerializationFailure => Self::Conflict { what: None },
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                    Self::Unavailable(information.message().to_owned())
                }
                // SQLite's SQLITE_BUSY and SQLITE_LOCKED have no kind of their own.
                _ if information.message().contains("database is locked") => {
                    Self::Unavailable(information.message().to_owned())
                }
                // PostgreSQL breaks a circle of waiting transactions by ending one of them.
                _ if information.message().contains("deadlock detected") => Self::Conflict { what: None },
                _ => Self::Query(error),
            },
            DieselError::BrokenTransactionManager => Self::Unavailable(error.to_string()),
            _ => Self::Query(error),
        }
    }
}

impl From<RunError> for StoreError {
    fn from(error: RunError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<PoolError> for StoreError {
    fn from(error: PoolError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

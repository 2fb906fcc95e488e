//! `/log`: the router's log. Its texts are no contract.

use super::{Changes, Fields, FromRow, commands};
use crate::{
    conn::Connection,
    error::Error,
    value::{Id, Text},
};

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Row.
    pub id: Id,
    /// Local time of the router, in the form of its version, up to 7.9 without the date if it is today's.
    pub time: Text,
    /// `ppp`, `account`, `error`, …
    pub topics: Vec<Text>,
    /// What happened.
    pub message: Text,
}

impl FromRow for LogLine {
    const MENU: &'static str = "/log";
    const PROPLIST: &'static [&'static str] = &[".id", "time", "topics", "message"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.id()?,
            time: row.text_or_empty("time"),
            topics: row.list("topics"),
            message: row.text_or_empty("message"),
        })
    }
}

/// The whole log, oldest line first, if it has at most `limit` lines. A long log is a burden to a small router.
///
/// # Errors
/// As [`super::print`]; [`Error::TooMuch`] if it is longer.
pub async fn print(connection: &Connection, limit: usize) -> Result<Vec<LogLine>, Error> {
    let command = commands::command(LogLine::MENU, "print").proplist(LogLine::PROPLIST).row_limit(limit);
    commands::read(connection, command).await
}

/// Lines as they are written.
///
/// # Errors
/// As [`Connection::listen`].
pub async fn listen(connection: &Connection) -> Result<Changes<LogLine>, Error> {
    Changes::start(connection).await
}

//! `/ppp/aaa`: whether users may come from RADIUS, and whether their sessions are accounted for.

use std::time::Duration;

use super::{Fields, FromRow, commands};
use crate::{conn::Connection, error::Error};

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PppAaa {
    /// Whether RADIUS is asked for users that `/ppp/secret` doesn't have.
    pub use_radius: bool,
    /// Whether sessions are reported. Without it the User Manager has no sessions.
    pub accounting: bool,
    /// How often a session is reported while it lasts; `None` or zero is never.
    pub interim_update: Option<Duration>,
}

impl FromRow for PppAaa {
    const MENU: &'static str = "/ppp/aaa";
    const PROPLIST: &'static [&'static str] = &["use-radius", "accounting", "interim-update"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            use_radius: row.flag("use-radius")?,
            accounting: row.flag("accounting")?,
            interim_update: row.duration("interim-update"),
        })
    }
}

/// The settings.
///
/// # Errors
/// As [`super::print`].
pub async fn print(connection: &Connection) -> Result<PppAaa, Error> {
    commands::settings(connection).await
}

//! `/ipv6/settings`: whether the router speaks IPv6 at all.

use super::{Fields, FromRow, commands};
use crate::{conn::Connection, error::Error};

/// The settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ipv6Settings {
    /// Whether it is switched off. Versions that can't switch it off don't say, and it is on.
    pub disabled: bool,
}

impl FromRow for Ipv6Settings {
    const MENU: &'static str = "/ipv6/settings";
    const PROPLIST: &'static [&'static str] = &["disable-ipv6"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self { disabled: row.flag("disable-ipv6")? })
    }
}

/// The settings; `None` if the router has no IPv6, for lack of the package.
///
/// # Errors
/// As [`super::print`].
pub async fn print(connection: &Connection) -> Result<Option<Ipv6Settings>, Error> {
    match commands::settings(connection).await {
        Ok(settings) => Ok(Some(settings)),
        Err(Error::Trap(trap)) if trap.is_no_such_command() => Ok(None),
        Err(error) => Err(error),
    }
}

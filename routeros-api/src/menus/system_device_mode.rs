//! `/system/device-mode`: what the device lets nobody do, whatever their rights. From RouterOS 7.17 on.

use super::{Fields, FromRow, commands};
use crate::{
    conn::Connection,
    error::Error,
    value::{Text, to_bool},
};

/// The mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceMode {
    /// `advanced`, `home`, …
    pub mode: Text,
    /// Whether the router took note of something suspicious and refuses changes.
    pub flagged: bool,
    /// Whether `/tool/fetch` works; `None` if the version says nothing about it.
    pub fetch: Option<bool>,
    /// The same of the scheduler.
    pub scheduler: Option<bool>,
}

impl FromRow for DeviceMode {
    const MENU: &'static str = "/system/device-mode";
    const PROPLIST: &'static [&'static str] = &["mode", "flagged", "fetch", "scheduler"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        let feature = |name| row.row().get(name).and_then(to_bool);
        Ok(Self {
            mode: row.text_or_empty("mode"),
            flagged: row.flag("flagged")?,
            fetch: feature("fetch"),
            scheduler: feature("scheduler"),
        })
    }
}

/// The mode; `None` in versions that have none.
///
/// # Errors
/// As [`super::print`].
pub async fn print(connection: &Connection) -> Result<Option<DeviceMode>, Error> {
    match commands::settings(connection).await {
        Ok(mode) => Ok(Some(mode)),
        Err(Error::Trap(trap)) if trap.is_no_such_command() => Ok(None),
        Err(error) => Err(error),
    }
}

//! The User Manager: a package that may be missing, and of which there are two editions with different menus.

use super::commands;
use crate::{conn::Connection, error::Error};

/// Which User Manager a router has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Edition {
    /// `/user-manager`, RouterOS 7.
    V7,
    /// `/tool/user-manager`, RouterOS 6.
    V6,
}

/// Finds out by trial; `None` if there is none.
///
/// # Errors
/// As [`Connection::call`].
pub async fn detect(connection: &Connection) -> Result<Option<Edition>, Error> {
    for (edition, menu) in [(Edition::V7, "/user-manager/user"), (Edition::V6, "/tool/user-manager/user")] {
        match commands::count(connection, menu).await {
            Ok(_) => return Ok(Some(edition)),
            Err(Error::Trap(trap)) if trap.is_no_such_command() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

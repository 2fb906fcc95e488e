//! `/system/identity`: the router's name.

use super::{Fields, FromRow, commands};
use crate::{conn::Connection, error::Error, value::Text};

struct Identity(Text);

impl FromRow for Identity {
    const MENU: &'static str = "/system/identity";
    const PROPLIST: &'static [&'static str] = &["name"];

    fn from_row(row: &Fields<'_>) -> Result<Self, Error> {
        row.text("name").map(Self)
    }
}

/// The name.
///
/// # Errors
/// As [`super::print`].
pub async fn name(connection: &Connection) -> Result<Text, Error> {
    commands::settings::<Identity>(connection).await.map(|Identity(name)| name)
}

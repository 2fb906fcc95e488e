//! Copies of a SQLite database, taken while it is worked with.

use super::{Result, Store, StoreError, conn::Lite};
use diesel::{sql_query, sql_types::Text};
use diesel_async::{AsyncConnection, RunQueryDsl};
use std::path::Path;

impl Store {
    /// Writes a copy of the database, as it is at one moment, to the new file `to`; nobody has to wait for
    /// it. False: this is PostgreSQL, which has tools of its own for that (`pg_dump`).
    ///
    /// # Errors
    /// [`StoreError::Query`]: there is such a file already, or it cannot be written.
    pub async fn backup(&self, to: &Path) -> Result<bool> {
        let Some(file) = self.sqlite_file() else { return Ok(false) };
        // A connection of its own: those of the pools are for short questions.
        let mut conn = Lite::establish(&file.to_string_lossy())
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        sql_query("VACUUM INTO ?").bind::<Text, _>(to.to_string_lossy()).execute(&mut conn).await?;
        Ok(true)
    }
}

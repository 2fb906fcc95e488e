//! From which country an address is: asked of a database file in MaxMind's format, if one is configured.

use maxminddb::{Reader, path};
use std::{fmt, net::IpAddr, path::Path, sync::Arc};
use thiserror::Error;

/// The database of countries, if there is one. Cheap to clone.
#[derive(Clone, Default)]
pub struct Countries {
    reader: Option<Arc<Reader<Vec<u8>>>>,
}

/// The file cannot be used.
#[derive(Debug, Error)]
#[error("the database of countries {file} cannot be used: {why}. Name a file in MaxMind's format (.mmdb)")]
pub struct CountriesError {
    file: String,
    why: String,
}

impl Countries {
    /// Reads the file; without one no country is known.
    ///
    /// # Errors
    /// [`CountriesError`]: it cannot be read, or is no such database.
    pub fn open(file: Option<&Path>) -> Result<Self, CountriesError> {
        let Some(file) = file else { return Ok(Self::default()) };
        let wrong = |why: String| CountriesError { file: file.display().to_string(), why };
        let bytes = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
        let reader = Reader::from_source(bytes).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { reader: Some(Arc::new(reader)) })
    }

    /// Is there a database?
    pub fn are_known(&self) -> bool {
        self.reader.is_some()
    }

    /// ISO 3166 code of the country of a caller; none if there is no database, the caller is no network address,
    /// or the database does not know it.
    pub fn of(&self, caller: &str) -> Option<String> {
        let address: IpAddr = caller.parse().ok()?;
        let found = self.reader.as_ref()?.lookup(address.to_canonical()).ok()?;
        found.decode_path(&path!["country", "iso_code"]).ok()?
    }
}

impl fmt::Debug for Countries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Countries").field("known", &self.are_known()).finish()
    }
}

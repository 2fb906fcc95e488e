//! The database and the unit of work.

use super::{Result, StoreError, conn::Conn};
use diesel_async::{
    AsyncPgConnection,
    pooled_connection::bb8::Pool,
    sync_connection_wrapper::SyncConnectionWrapper,
};
use std::path::Path;

/// The database.
#[derive(Clone)]
pub struct Store {}

/// A unit of work.
pub struct Tx {}

impl Store {
    /// Outline.
    pub async fn open(url: &str, data_dir: &Path) -> Result<Self> { let _ = (url, data_dir); Err(StoreError::BadUrl) }
    /// Outline.
    pub async fn migrate(&self) -> Result<Vec<String>> { Err(StoreError::BadUrl) }
    /// Outline.
    pub async fn begin(&self) -> Result<Tx> { Err(StoreError::BadUrl) }
    /// Outline.
    pub async fn read(&self) -> Result<Tx> { Err(StoreError::BadUrl) }
}
impl Tx {
    /// Outline.
    pub async fn commit(self) -> Result<()> { Err(StoreError::BadUrl) }
}

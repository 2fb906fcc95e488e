//! The database: opened, brought up to date, lent out.

use super::{
    Result, StoreError, Tx,
    conn::{Conn, Lite, lite_pool, pg_pool},
    ids::Ids,
};
use diesel::sql_query;
use diesel_async::{
    AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, pooled_connection::bb8::Pool,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::{
    fs::{File, TryLockError, create_dir_all},
    path::{Path, PathBuf},
    sync::Arc,
};

const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// The key of the PostgreSQL advisory lock under which one replica at a time migrates: "sallypor".
const MIGRATION_LOCK: i64 = 0x7361_6c6c_7970_6f72;

/// Connections of one process to PostgreSQL, at most.
const PG_CONNECTIONS: u32 = 16;

/// SQLite connections for reading. There is one for writing, as there is one writer at a time anyway, and
/// waiting in the pool's queue is fair while waiting for SQLite's lock is not.
const LITE_READERS: u32 = 4;

/// The database. Cheap to clone. Needs a multi-threaded tokio runtime.
#[derive(Clone)]
pub struct Store {
    pools: Pools,
    ids: Arc<Ids>,
    /// Held for as long as the process works with a SQLite file.
    _lock: Option<Arc<File>>,
}

#[derive(Clone)]
enum Pools {
    Pg { url: String, pool: Pool<AsyncPgConnection> },
    Lite { path: PathBuf, write: Pool<Lite>, read: Pool<Lite> },
}

impl Store {
    /// The database at `url`: `sqlite://PATH` (nothing after the slashes: `sallyport.db` in `data_dir`) or
    /// `postgres://…`. Nothing is asked of it yet; a SQLite file and its folder are made if need be, and
    /// locked against a second process.
    ///
    /// # Errors
    /// [`StoreError::BadUrl`], [`StoreError::InUse`], [`StoreError::File`].
    pub fn open(url: &str, data_dir: &Path) -> Result<Self> {
        let mut store = Self::beside(url, data_dir)?;
        if let Pools::Lite { path, .. } = &store.pools {
            store._lock = Some(Arc::new(lock(path)?));
        }
        Ok(store)
    }

    /// Like [`Store::open`], but works beside a process that has the database open: for commands that look
    /// on or make a single change while the server runs.
    ///
    /// # Errors
    /// [`StoreError::BadUrl`], [`StoreError::File`].
    pub fn beside(url: &str, data_dir: &Path) -> Result<Self> {
        let pools = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Pools::Pg { url: url.to_owned(), pool: pg_pool(url, PG_CONNECTIONS) }
        } else {
            let path = match url.strip_prefix("sqlite://").ok_or(StoreError::BadUrl)? {
                "" => data_dir.join("sallyport.db"),
                path => PathBuf::from(path),
            };
            let folder = path.parent().unwrap_or(Path::new("."));
            create_dir_all(folder).map_err(|source| StoreError::File { path: folder.to_owned(), source })?;
            let text = path.to_string_lossy();
            let (write, read) = (lite_pool(&text, 1, false), lite_pool(&text, LITE_READERS, true));
            Pools::Lite { path, write, read }
        };
        Ok(Self { pools, ids: Arc::default(), _lock: None })
    }

    /// Brings the schema up to date and names the migrations that were run. Replicas that start together
    /// wait for one another.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Migration`]; the failed migration was rolled back.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        let unavailable = |error: diesel::ConnectionError| StoreError::Unavailable(error.to_string());
        match &self.pools {
            Pools::Pg { url, .. } => {
                let mut conn = AsyncPgConnection::establish(url).await.map_err(unavailable)?;
                // Held until the connection is closed below.
                sql_query(format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).execute(&mut conn).await?;
                run(AsyncMigrationHarness::new(conn), POSTGRES)
            }
            Pools::Lite { path, .. } => {
                // Foreign keys are off on this connection, so that tables can be rebuilt.
                let conn = Lite::establish(&path.to_string_lossy()).await.map_err(unavailable)?;
                run(AsyncMigrationHarness::new(conn), SQLITE)
            }
        }
    }

    /// Begins a unit of work that may write.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: no answer, or others have written for too long.
    pub async fn begin(&self) -> Result<Tx> {
        let mut conn = match &self.pools {
            Pools::Pg { pool, .. } => Conn::Pg(pool.get_owned().await?),
            Pools::Lite { write, .. } => Conn::Lite(write.get_owned().await?),
        };
        conn.begin().await?;
        Ok(Tx::writing(conn, Arc::clone(&self.ids)))
    }

    /// A unit of work that only asks. Each question sees what was committed when it was asked; questions
    /// whose answers must fit together belong into [`Store::begin`]. There is nothing to commit.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn read(&self) -> Result<Tx> {
        let conn = match &self.pools {
            Pools::Pg { pool, .. } => Conn::Pg(pool.get_owned().await?),
            Pools::Lite { read, .. } => Conn::Lite(read.get_owned().await?),
        };
        Ok(Tx::reading(conn, Arc::clone(&self.ids)))
    }

    /// Does the database answer?
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: it does not.
    pub async fn ping(&self) -> Result<()> {
        let mut tx = self.read().await?;
        super::conn::on!(tx.conn(), |c| sql_query("SELECT 1").execute(c).await)?;
        Ok(())
    }

    /// SQLite's file; none for PostgreSQL.
    pub fn sqlite_file(&self) -> Option<&Path> {
        match &self.pools {
            Pools::Pg { .. } => None,
            Pools::Lite { path, .. } => Some(path),
        }
    }

    /// PostgreSQL's URL, for a listening connection of one's own; none for SQLite.
    pub fn postgres_url(&self) -> Option<&str> {
        match &self.pools {
            Pools::Pg { url, .. } => Some(url),
            Pools::Lite { .. } => None,
        }
    }

    /// The names of the embedded migrations for SQLite and for PostgreSQL, which must be equal.
    ///
    /// # Errors
    /// [`StoreError::Migration`]: a name is not well formed.
    pub fn migration_names() -> Result<(Vec<String>, Vec<String>)> {
        Ok((names::<diesel::sqlite::Sqlite>(&SQLITE)?, names::<diesel::pg::Pg>(&POSTGRES)?))
    }
}

fn names<DB: diesel::backend::Backend>(source: &EmbeddedMigrations) -> Result<Vec<String>> {
    use diesel::migration::MigrationSource;
    let migrations: Vec<Box<dyn diesel::migration::Migration<DB>>> =
        source.migrations().map_err(|error| StoreError::Migration(error.to_string()))?;
    Ok(migrations.iter().map(|migration| migration.name().to_string()).collect())
}

fn run<H, DB>(mut harness: H, migrations: EmbeddedMigrations) -> Result<Vec<String>>
where
    DB: diesel::backend::Backend,
    H: MigrationHarness<DB>,
{
    let done = harness
        .run_pending_migrations(migrations)
        .map_err(|error| StoreError::Migration(error.to_string()))?;
    Ok(done.iter().map(ToString::to_string).collect())
}

/// Locks the database file against a second process. The system lets go of the lock when the process ends,
/// however it ends.
fn lock(database: &Path) -> Result<File> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    let path = PathBuf::from(name);
    let file = File::options()
        .create(true)
        .write(true)
        .truncate(false)
        .open(&path)
        .map_err(|source| StoreError::File { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: database.to_owned() }),
        Err(TryLockError::Error(source)) => Err(StoreError::File { path, source }),
    }
}

//! Databases for tests: fresh, migrated, gone afterwards.

use super::{
    Result, Store, StoreError,
    records::{RouterMode, RouterRecord, TlsMode},
};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use sallyport_shared::{
    ids::RouterId,
    time::{Seconds, Timestamp},
};
use std::{ops::Deref, path::PathBuf};
use uuid::Uuid;

/// A store of its own, whose database is removed when it is dropped.
pub struct Temporary {
    store: Store,
    // After the store, so that its files are closed first.
    place: Place,
}

/// Where a temporary database is; dropped, it is removed.
enum Place {
    Folder(PathBuf),
    Database { server: String, name: String },
}

/// The PostgreSQL server on which tests may make databases, by a user who may: the one that `TEST_POSTGRES_URL` names.
/// None: it names none, which is said.
///
/// # Panics
/// In CI, where no database may be passed over.
pub fn postgres_server() -> Option<String> {
    let server = std::env::var("TEST_POSTGRES_URL").ok();
    if server.is_none() {
        assert!(std::env::var_os("CI").is_none(), "TEST_POSTGRES_URL must be set in CI");
        eprintln!("NOTICE: not tested on PostgreSQL, as TEST_POSTGRES_URL is not set");
    }
    server
}

/// A router that is to be written down: enforced, reached by plain text at an address where there is none, and with lists of
/// the usual names. A story says of it what it is about.
pub fn router(id: RouterId, name: &str) -> RouterRecord {
    RouterRecord {
        id,
        name: name.to_owned(),
        host: "192.0.2.1".to_owned(),
        port: 8_728,
        tls: TlsMode::Plain,
        pinned_sha256: None,
        ca_pem: None,
        username: "sallyport".to_owned(),
        password_enc: Vec::new(),
        md5_login: false,
        mode: RouterMode::Enforce,
        enabled: true,
        poll_seconds: Seconds(5),
        sandbox_list: "2fa-sandboxed".to_owned(),
        allow_list: "2fa-allowed".to_owned(),
        ban_list: "2fa-banned".to_owned(),
        allow_seconds: Seconds(300),
        account_source: None,
        hook_token_hash: id.to_string(),
        hook_token_enc: Vec::new(),
        created_at: Timestamp::default(),
        deleted_at: None,
        version: 0,
    }
}

impl Store {
    /// A fresh SQLite database in a folder of its own.
    ///
    /// # Errors
    /// As [`Store::open`] and [`Store::migrate`].
    pub async fn temporary() -> Result<Temporary> {
        let folder = std::env::temp_dir().join(format!("sallyport-{}", unique()));
        Temporary::migrated(Place::Folder(folder)).await
    }

    /// A fresh database on the PostgreSQL server at `server`, as a user who may create databases.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], and as [`Store::migrate`].
    pub async fn temporary_postgres(server: &str) -> Result<Temporary> {
        let name = format!("sallyport_{}", unique().simple());
        command(server, &format!("CREATE DATABASE {name}")).await?;
        Temporary::migrated(Place::Database { server: server.to_owned(), name }).await
    }
}

impl Temporary {
    async fn migrated(place: Place) -> Result<Self> {
        let store = place.open()?;
        store.migrate().await?;
        Ok(Self { store, place })
    }

    /// The database's URL.
    pub fn url(&self) -> String {
        self.place.url()
    }

    /// The same database, closed and opened again, as after a restart. Clones of the store must be gone.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn reopened(self) -> Result<Self> {
        let Self { store, place } = self;
        drop(store);
        Ok(Self { store: place.open()?, place })
    }
}

impl Deref for Temporary {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Place {
    fn url(&self) -> String {
        match self {
            Self::Folder(folder) => format!("sqlite://{}", folder.join("test.db").display()),
            Self::Database { server, name } => {
                let (base, options) = server.split_once('?').unwrap_or((server, ""));
                let host = base.rsplit_once('/').map_or(base, |(host, _)| host);
                let host = if host.ends_with('/') { base } else { host };
                let mark = if options.is_empty() { "" } else { "?" };
                format!("{host}/{name}{mark}{options}")
            }
        }
    }

    fn open(&self) -> Result<Store> {
        Store::open(&self.url(), &std::env::temp_dir())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        match self {
            Self::Folder(folder) => {
                // What cannot be removed is left to the system's own tidying of temporary files.
                let _ = std::fs::remove_dir_all(folder);
            }
            Self::Database { server, name } => {
                let (server, drop) = (server.clone(), format!("DROP DATABASE {name} WITH (FORCE)"));
                // In a thread of its own, as a runtime cannot be waited for from within another.
                let done = std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                    runtime.map(|runtime| runtime.block_on(command(&server, &drop)))
                });
                let _ = done.join();
            }
        }
    }
}

/// Everything that is kept in the PostgreSQL database at `url`, as one text; bytes are written as hexadecimal digits.
///
/// # Errors
/// [`StoreError::Unavailable`], and when the database refuses.
pub async fn contents(url: &str) -> Result<String> {
    #[derive(QueryableByName)]
    struct Contents {
        #[diesel(sql_type = diesel::sql_types::Text)]
        all: String,
    }
    let mut conn = connect(url).await?;
    sql_query("SET xmlbinary TO hex").execute(&mut conn).await?;
    let all = "SELECT database_to_xml(true, true, '')::text AS all";
    Ok(sql_query(all).get_result::<Contents>(&mut conn).await?.all)
}

/// Returns when so many units of work wait for another's lock in the PostgreSQL database at `url`. Nothing rings then, so
/// the database is asked.
///
/// # Errors
/// [`StoreError::Unavailable`], and when the database refuses.
pub async fn until_waiting(url: &str, units: i64) -> Result<()> {
    #[derive(QueryableByName)]
    struct Waiting {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let mut conn = connect(url).await?;
    let waiting = "SELECT count(*) AS count FROM pg_stat_activity \
                   WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while sql_query(waiting).get_result::<Waiting>(&mut conn).await?.count < units {}
    Ok(())
}

/// A name that no other test has.
fn unique() -> Uuid {
    let mut bytes = [0_u8; 16];
    // Without randomness all names would be one, and the second test would fail: which is what it should.
    let _ = getrandom::fill(&mut bytes);
    Uuid::from_bytes(bytes)
}

async fn command(server: &str, sql: &str) -> Result<()> {
    sql_query(sql).execute(&mut connect(server).await?).await?;
    Ok(())
}

async fn connect(url: &str) -> Result<AsyncPgConnection> {
    let unavailable = |error: diesel::ConnectionError| StoreError::Unavailable(error.to_string());
    AsyncPgConnection::establish(url).await.map_err(unavailable)
}

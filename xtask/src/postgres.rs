//! A throwaway PostgreSQL cluster: made in a temporary folder, without durability, gone with the chore that made it.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::failure::{Failure, Result};
use crate::leash::{Keep, Leashed, Owner};
use crate::place::{Place, on_path};
use crate::system::{self, Need};
use crate::{run, say};

/// Settings of a cluster whose data nobody will miss, and that many tests use at once.
const SETTINGS: [&str; 7] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=400",
    "shared_buffers=128MB",
    "unix_socket_directories=",
];

/// How long the cluster may take to answer; it needs a second or two.
const START: Duration = Duration::from_secs(60);

/// A PostgreSQL server for tests.
#[derive(Debug)]
pub(crate) struct Cluster {
    url: String,
    /// Nothing when the person gave a server of their own.
    _server: Option<Leashed>,
}

impl Cluster {
    /// Uses the server that `TEST_POSTGRES_URL` names, or makes a cluster and starts it.
    ///
    /// # Errors
    /// When PostgreSQL is missing and cannot be installed, or does not start.
    pub(crate) fn start(place: &Place) -> Result<Self> {
        if let Ok(url) = env::var("TEST_POSTGRES_URL") {
            say::done("PostgreSQL: the server named by TEST_POSTGRES_URL");
            return Ok(Self { url, _server: None });
        }
        system::ensure(place, &[Need::Postgres])?;
        let Some(programs) = programs() else {
            return Err(Failure::Unexpected("PostgreSQL's server programs vanished".into()));
        };
        say::step("Starting a throwaway PostgreSQL cluster");
        let owner = owner();
        let folder = temporary_folder(owner)?;
        let log = place.notes()?.join("postgres.log");
        // From here on the folder is swept by the leash; before that it is swept by hand.
        make_cluster(&programs, &folder, owner, &log).inspect_err(|_| sweep(&folder))?;
        let port = free_port()?;
        let mut server = serve(&programs, &folder, owner, port, &log).inspect_err(|_| sweep(&folder))?;
        let port_text = port.to_string();
        server.wait_until(START, || {
            run::succeeds(run::program(programs.join("pg_isready")).args([
                "-q",
                "-h",
                "127.0.0.1",
                "-p",
                &port_text,
                "-U",
                "postgres",
            ]))
            .then_some(())
        })?;
        let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
        say::done(&format!("PostgreSQL: {url}"));
        Ok(Self { url, _server: Some(server) })
    }

    /// The URL of its maintenance database, for a superuser without a password.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// The folder of `initdb`, `postgres` and `pg_isready`: that of the `initdb` on `PATH`, else the newest of Debian's.
pub(crate) fn programs() -> Option<PathBuf> {
    if let Some(found) = on_path("initdb").and_then(|path| fs::canonicalize(path).ok()) {
        return found.parent().map(Path::to_path_buf);
    }
    let version = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let mut versions: Vec<PathBuf> =
        fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path()).collect();
    versions.sort_by_key(version);
    versions.into_iter().rev().map(|path| path.join("bin")).find(|bin| bin.join("initdb").is_file())
}

/// PostgreSQL refuses to run as root: then it runs as its package's user, or as nobody.
fn owner() -> Option<Owner> {
    if !system::is_root() {
        return None;
    }
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| Some(Owner { uid: system::id(&["-u", name])?, gid: system::id(&["-g", name])? }))
}

fn temporary_folder(owner: Option<Owner>) -> Result<PathBuf> {
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let folder = env::temp_dir().join(format!("sallyport-postgres-{}-{moment:x}", std::process::id()));
    fs::create_dir(&folder).map_err(Failure::file(&folder))?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).map_err(Failure::file(&folder))?;
    if let Some(Owner { uid, gid }) = owner {
        chown(&folder, Some(uid), Some(gid)).map_err(Failure::file(&folder))?;
    }
    Ok(folder)
}

fn make_cluster(programs: &Path, folder: &Path, owner: Option<Owner>, log: &Path) -> Result<()> {
    let mut initdb = run::program(programs.join("initdb"));
    initdb.arg("-D").arg(folder.join("data"));
    initdb.args(["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]);
    run::logged(as_owner(&mut initdb, owner), log)
}

fn serve(programs: &Path, folder: &Path, owner: Option<Owner>, port: u16, log: &Path) -> Result<Leashed> {
    let mut postgres = run::program(programs.join("postgres"));
    postgres.arg("-D").arg(folder.join("data")).arg("-p").arg(port.to_string());
    postgres.args(["-c", "listen_addresses=127.0.0.1"]);
    for setting in SETTINGS {
        postgres.args(["-c", setting]);
    }
    postgres.current_dir("/");
    // SIGINT is PostgreSQL's "fast" way to stop: it does not wait for clients.
    let keep = Keep { signal: "INT", sweep: Some(folder), owner, log };
    Leashed::start("postgres", &postgres, &keep)
}

fn as_owner(command: &mut Command, owner: Option<Owner>) -> &mut Command {
    if let Some(Owner { uid, gid }) = owner {
        command.uid(uid).gid(gid);
    }
    // The checkout may be closed to that user.
    command.current_dir("/")
}

/// A port of the loopback interface that nobody listens on.
///
/// # Errors
/// When there is none.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0));
    listener
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::Unexpected(format!("no free port on 127.0.0.1: {error}")))
}

fn sweep(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder) {
        say::warn(&format!("{} could not be removed: {error}", folder.display()));
    }
}

//! The real server, as a program of its own on a database of its own.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::process::{Child, Command};

/// The first owner's sign-in data.
pub(crate) const OWNER: &str = "marina";
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// How long the server may take until it listens.
const START: Duration = Duration::from_secs(60);

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where the console is, without a slash at the end.
    pub(crate) address: String,
    _process: Child,
    log: PathBuf,
    _data: TempDir,
}

impl Server {
    /// Starts the server on SQLite, with a bot at `telegram`, and waits until it listens.
    pub(crate) async fn start(telegram: &str, token: &str) -> Self {
        let data = TempDir::new().expect("a folder for the server's data");
        let log = data.path().join("server.log");
        let output = fs::File::create(&log).expect("the server's log");
        let mut command = Command::new(program());
        // Settings of the person's own server are not meant for the tests.
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SALLYPORT_")) {
            command.env_remove(name);
        }
        let mut process = command
            .arg("serve")
            .current_dir(data.path())
            .env("SALLYPORT_LISTEN", "127.0.0.1:0")
            .env("SALLYPORT_DATA_DIR", data.path())
            .env("SALLYPORT_ADMIN_USERNAME", OWNER)
            .env("SALLYPORT_ADMIN_PASSWORD", PASSWORD)
            .env("SALLYPORT_TELEGRAM_TOKEN", token)
            .env("SALLYPORT_TELEGRAM_API_URL", telegram)
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("the log can be shared"))
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
            .expect("the server starts");
        let start = Instant::now();
        while start.elapsed() < START {
            let said = fs::read_to_string(&log).expect("the log can be read");
            if let Some(address) = listening(&said) {
                return Self { address, _process: process, log, _data: data };
            }
            let ended = process.try_wait().expect("the server's state can be read");
            assert!(ended.is_none(), "the server ended with {ended:?}:\n{said}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the server does not listen:\n{}", fs::read_to_string(&log).unwrap_or_default());
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// The address in the line that says where the server listens.
fn listening(log: &str) -> Option<String> {
    let line = log.lines().find(|line| line.to_lowercase().contains("listening"))?;
    let from = line.find("127.0.0.1:")?;
    let address: String =
        line[from..].chars().take_while(|c| c.is_ascii_digit() || *c == '.' || *c == ':').collect();
    Some(format!("http://{address}"))
}

/// The server's program: named by the environment, else where cargo puts it beside the tests.
fn program() -> PathBuf {
    let named = env::var_os("SALLYPORT_BIN").map(PathBuf::from);
    let in_folder = || env::var_os("SALLYPORT_BIN_DIR").map(|folder| Path::new(&folder).join("sallyport"));
    let program = named.or_else(in_folder).unwrap_or_else(|| {
        // target/debug/deps/browser-0123456789abcdef
        let test = env::current_exe().expect("the test knows where it is");
        test.ancestors().nth(2).expect("tests lie two folders deep").join("sallyport")
    });
    let advice = "build it first (cargo build --package sallyport), or run `cargo xtask test -p e2e`";
    assert!(program.is_file(), "no server at {}: {advice}", program.display());
    program
}

#[test]
fn the_address_is_read_out_of_the_log() {
    let log = "INFO migrated\nINFO listening address=127.0.0.1:40123\n";
    assert_eq!(listening(log).as_deref(), Some("http://127.0.0.1:40123"));
    assert_eq!(listening("INFO migrated\n"), None);
}

//! The real server, as a program of its own on a database of its own.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::timeout;

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
    log: Log,
    _data: TempDir,
}

impl Server {
    /// Starts the server on SQLite, with a bot at `telegram`, and waits until it listens.
    pub(crate) async fn start(telegram: &str, token: &str) -> Self {
        let data = TempDir::new().expect("a folder for the server's data");
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
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the server starts");
        let log = Log::default();
        let (found, mut addresses) = mpsc::unbounded_channel();
        log.follow(process.stdout.take().expect("the server's output"), found.clone());
        log.follow(process.stderr.take().expect("the server's errors"), found);
        match timeout(START, addresses.recv()).await {
            Ok(Some(address)) => Self { address, _process: process, log, _data: data },
            Ok(None) => panic!("the server ended with {:?}:\n{}", process.wait().await, log.text()),
            Err(_) => panic!("the server does not listen:\n{}", log.text()),
        }
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.text()
    }
}

/// What a server says, line by line.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    /// Reads until there is no more, and hands over the address at which the server says that it listens.
    fn follow(&self, output: impl AsyncRead + Send + Unpin + 'static, found: mpsc::UnboundedSender<String>) {
        let text = Arc::clone(&self.0);
        tokio::spawn(async move {
            let mut lines = BufReader::new(output).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(address) = listening(&line) {
                    // Nobody asks for a second one.
                    let _ = found.send(address);
                }
                let mut text = text.lock().unwrap_or_else(PoisonError::into_inner);
                text.push_str(&line);
                text.push('\n');
            }
        });
    }

    fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The address in the line that says where the server listens.
fn listening(line: &str) -> Option<String> {
    if !line.to_lowercase().contains("listening") {
        return None;
    }
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
    let line = "INFO listening address=127.0.0.1:40123";
    assert_eq!(listening(line).as_deref(), Some("http://127.0.0.1:40123"));
    assert_eq!(listening("INFO migrated from=127.0.0.1:1"), None);
}

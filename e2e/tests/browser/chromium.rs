//! Chromium and its driver: found, started, and gone with the test.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::webdriver::Session;

/// How long the driver may take to start.
const START: Duration = Duration::from_secs(60);

/// Where the two programs are.
#[derive(Debug)]
pub(crate) struct Programs {
    browser: PathBuf,
    driver: PathBuf,
}

/// A running browser.
#[derive(Debug)]
pub(crate) struct Chromium {
    /// Its window.
    pub(crate) window: Session,
    driver: Child,
    /// Held open: a driver that cannot write any more would end.
    _output: Lines<BufReader<ChildStdout>>,
    _profile: TempDir,
}

impl Programs {
    /// Finds both.
    ///
    /// # Panics
    /// In CI when one is missing: there the browser is part of the test.
    pub(crate) fn find() -> Option<Self> {
        let browser = program("SALLYPORT_CHROMIUM", "/usr/bin/chromium");
        let driver = program("SALLYPORT_CHROMEDRIVER", "/usr/bin/chromedriver");
        if let (Some(browser), Some(driver)) = (browser, driver) {
            return Some(Self { browser, driver });
        }
        let missing = "no Chromium or no ChromeDriver: set SALLYPORT_CHROMIUM and SALLYPORT_CHROMEDRIVER, or let \
                       `cargo xtask test` install them";
        assert!(!is_ci(), "{missing}");
        eprintln!("SKIPPED, {missing}");
        None
    }
}

/// Whether this is the run that decides about a change.
pub(crate) fn is_ci() -> bool {
    env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

fn program(variable: &str, usual: &str) -> Option<PathBuf> {
    let path = env::var_os(variable).map_or_else(|| PathBuf::from(usual), PathBuf::from);
    path.is_file().then_some(path)
}

impl Chromium {
    /// Starts the browser with an empty profile.
    pub(crate) async fn start(programs: &Programs) -> Self {
        let profile = TempDir::new().expect("a folder for the profile");
        let mut driver = Command::new(&programs.driver)
            .args(["--port=0", "--log-level=SEVERE"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("ChromeDriver starts");
        let mut output = BufReader::new(driver.stdout.take().expect("its output is piped")).lines();
        let port = timeout(START, port(&mut output)).await.expect("ChromeDriver says its port in time");
        let capabilities = capabilities(&programs.browser, profile.path());
        let window = Session::open(&format!("http://127.0.0.1:{port}"), capabilities).await;
        Self { window: window.expect("Chromium starts"), driver, _output: output, _profile: profile }
    }

    /// Closes the window and ends the driver. A driver that is killed would leave its browser behind.
    pub(crate) async fn quit(mut self) {
        let closed = self.window.close().await;
        self.driver.kill().await.expect("ChromeDriver ends");
        closed.expect("Chromium closes");
    }
}

/// Reads "ChromeDriver was started successfully on port 40123." out of what the driver says.
async fn port(lines: &mut Lines<BufReader<ChildStdout>>) -> u16 {
    while let Some(line) = lines.next_line().await.expect("the driver's output can be read") {
        let port = line.split_once("successfully on port ").map(|(_, port)| port.trim_end_matches('.'));
        if let Some(port) = port.and_then(|digits| digits.parse().ok()) {
            return port;
        }
    }
    panic!("ChromeDriver ended before it said its port");
}

fn capabilities(browser: &Path, profile: &Path) -> Value {
    json!({
        "browserName": "chrome",
        "goog:loggingPrefs": {"browser": "ALL"},
        "goog:chromeOptions": {
            "binary": browser,
            "args": [
                "--headless=new",
                format!("--user-data-dir={}", profile.display()),
                // Containers have neither user namespaces for the sandbox nor much shared memory.
                "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                "--lang=en-US", "--force-color-profile=srgb", "--hide-scrollbars",
                // A picture taken in the middle of a transition would be another one each time.
                "--force-prefers-reduced-motion",
                "--no-first-run", "--disable-extensions", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--window-size=1440,900",
            ],
        },
    })
}

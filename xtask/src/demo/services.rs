//! The programs of the demo: a Telegram and a router that are not there, and the server between them.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::http;
use super::options::{Options, port_near};
use crate::cargo::Programs;
use crate::failure::Result;
use crate::leash::{Keep, Leashed};
use crate::place::Place;
use crate::{run, say};

/// The first owner's sign-in data.
pub(super) const ADMIN: &str = "admin";
pub(super) const PASSWORD: &str = "sallyport-demo";

/// How long a program may take until it answers. They need well under a second.
const START: Duration = Duration::from_secs(30);

/// Everything that runs; dropping it stops the server first, then what it talks to.
#[derive(Debug)]
pub(super) struct Services {
    /// The console and its API.
    pub(super) server: Service,
    /// The chat page and the control API of the Telegram.
    pub(super) telegram: Service,
    /// The router's API port is `router_api`; this is its control API.
    pub(super) router: Service,
    /// Where the server reaches the router.
    pub(super) router_api: SocketAddr,
}

/// A running program and where it answers in HTTP.
#[derive(Debug)]
pub(super) struct Service {
    /// Its HTTP address.
    pub(super) at: SocketAddr,
    program: Leashed,
}

impl Services {
    /// Starts all three and waits until they answer.
    ///
    /// # Errors
    /// When one does not start.
    pub(super) fn start(place: &Place, programs: &Programs, options: &Options) -> Result<Self> {
        let here = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let scenarios = place.root.join("xtask/demo");

        let token = token();
        let at = here(port_near(8090)?);
        let mut telegram = run::program(&programs.telegram);
        telegram.args(["--listen", &at.to_string(), "--token", &token]);
        telegram.arg("--scenario").arg(scenarios.join("telegram.json"));
        let telegram = Service::start(place, "telegram-sim", &telegram, at, "/control/state")?;

        let router_api = here(port_near(8728)?);
        let at = here(port_near(8091)?);
        let mut router = run::program(&programs.router);
        router.args(["--listen", &router_api.to_string(), "--control", &at.to_string()]);
        router.arg("--scenario").arg(scenarios.join("router.json"));
        let router = Service::start(place, "routeros-sim", &router, at, "/state")?;

        let at = here(options.port.map_or_else(|| port_near(8080), Ok)?);
        let server = server(programs, &options.data, at, telegram.at, &token);
        let server = Service::start(place, "sallyport", &server, at, "/healthz")?;
        Ok(Self { server, telegram, router, router_api })
    }

    /// How one of them ended, if one did.
    pub(super) fn ended(&mut self) -> Option<String> {
        [
            ("sallyport", &mut self.server),
            ("telegram-sim", &mut self.telegram),
            ("routeros-sim", &mut self.router),
        ]
        .into_iter()
        .find_map(|(name, service)| Some(format!("{name} {}", service.program.ended()?)))
    }
}

/// The bot's token; the simulated Telegram knows no other. It starts with the bot's number, which is another one each
/// time: this Telegram has forgotten what the last one had in its queue, and the server must not go on from there.
fn token() -> String {
    let number = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    format!("{number}:simulated-telegram-token")
}

fn server(programs: &Programs, data: &Path, at: SocketAddr, telegram: SocketAddr, token: &str) -> Command {
    let mut server = run::program(&programs.server);
    server.arg("serve").current_dir(data);
    // Settings of the person's own server are not meant for the demo.
    for (key, _) in std::env::vars_os() {
        if key.to_str().is_some_and(|key| key.starts_with("SALLYPORT_")) {
            server.env_remove(key);
        }
    }
    server.env("SALLYPORT_LISTEN", at.to_string()).env("SALLYPORT_PUBLIC_URL", format!("http://{at}"));
    server.env("SALLYPORT_DATA_DIR", data);
    server.env("SALLYPORT_ADMIN_USERNAME", ADMIN).env("SALLYPORT_ADMIN_PASSWORD", PASSWORD);
    server.env("SALLYPORT_TELEGRAM_TOKEN", token);
    server.env("SALLYPORT_TELEGRAM_API_URL", format!("http://{telegram}"));
    server
}

impl Service {
    fn start(place: &Place, name: &str, command: &Command, at: SocketAddr, path: &str) -> Result<Self> {
        let log = place.notes()?.join(format!("{name}.log"));
        let keep = Keep { signal: "TERM", sweep: None, owner: None, log: &log };
        let mut program = Leashed::start(name, command, &keep)?;
        program.wait_until(START, || {
            http::request(at, path, None, None).ok().filter(|answer| answer.status == 200).map(drop)
        })?;
        say::done(&format!("{name} is up (log: {})", program.log().display()));
        Ok(Self { at, program })
    }
}

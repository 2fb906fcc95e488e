//! How a simulated router is put together and switched on.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use thiserror::Error;
use tokio::net::TcpListener;

use super::{
    clock::Clock,
    handle::RouterSim,
    server::{self, Certificates, Service, Shared, TlsError},
    trap::Trap,
    version::{InvalidVersion, Version},
    world::{Device, Setup, World},
};

/// The router did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The version makes no sense.
    #[error(transparent)]
    Version(#[from] InvalidVersion),
    /// A row that was asked for is not one that the router would have.
    #[error("{menu}: {trap}")]
    Row {
        /// The menu of the row.
        menu: String,
        /// What the router says to it.
        trap: Trap,
    },
    /// A socket could not be opened.
    #[error("listening: {0}")]
    Listen(#[from] io::Error),
    /// The certificate could not be made.
    #[error("preparing TLS: {0}")]
    Tls(String),
}

impl From<TlsError> for StartError {
    fn from(error: TlsError) -> Self {
        Self::Tls(error.to_string())
    }
}

/// What `api-ssl` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tls {
    /// There is no TLS port.
    #[default]
    Off,
    /// TLS 1.2 and 1.3 with a certificate made at the start; its CA is at hand.
    Certificate,
    /// No certificate is set: handshakes without anonymous suites are refused, as by a router out of the box.
    Anonymous,
}

/// So many routers were built in this process.
static BUILT: AtomicU32 = AtomicU32::new(0);

/// A serial number of its own: at a fixed port the same at each start, else one that no other router has.
fn serial_at(listen: SocketAddr) -> String {
    let mut hasher = DefaultHasher::new();
    std::env::var_os("HOSTNAME").hash(&mut hasher);
    listen.hash(&mut hasher);
    if listen.port() == 0 {
        (std::process::id(), BUILT.fetch_add(1, Ordering::Relaxed)).hash(&mut hasher);
    }
    format!("SIM{:010X}", hasher.finish() >> 24)
}

/// A row to be there at the start: its menu and its values.
type SeedRow = (String, Vec<(String, Vec<u8>)>);

/// A router that is not yet switched on. See [`RouterSim::builder`].
#[derive(Debug)]
pub struct Builder {
    version: String,
    listen: SocketAddr,
    tls_listen: Option<SocketAddr>,
    tls: Tls,
    standing_clock: Option<u64>,
    offset: i32,
    user_manager: bool,
    ipv6: bool,
    key_time: Duration,
    addresses: bool,
    journal_limit: usize,
    device: Option<Device>,
    rows: Vec<SeedRow>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            version: "7.22.3".to_owned(),
            listen: any,
            tls_listen: None,
            tls: Tls::Off,
            standing_clock: None,
            offset: 0,
            user_manager: false,
            ipv6: true,
            key_time: Duration::ZERO,
            addresses: true,
            journal_limit: 10_000,
            device: None,
            rows: Vec::new(),
        }
    }

    /// The RouterOS version, `7.22.3` unless told otherwise.
    #[must_use]
    pub fn version(mut self, version: &str) -> Self {
        self.version = version.to_owned();
        self
    }

    /// Where the API listens; 127.0.0.1 with a free port unless told otherwise.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Adds `api-ssl` at a free port of 127.0.0.1.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// Where `api-ssl` listens.
    #[must_use]
    pub fn listen_tls(mut self, address: SocketAddr) -> Self {
        self.tls_listen = Some(address);
        self
    }

    /// Lets the router's clock stand at `seconds` since 1970 until it is advanced by hand.
    #[must_use]
    pub fn standing_clock(mut self, seconds: u64) -> Self {
        self.standing_clock = Some(seconds);
        self
    }

    /// How many seconds east of Greenwich the router's local time is.
    #[must_use]
    pub fn gmt_offset(mut self, seconds: i32) -> Self {
        self.offset = seconds;
        self
    }

    /// Installs User Manager as the RADIUS server of this router.
    #[must_use]
    pub fn user_manager(mut self) -> Self {
        self.user_manager = true;
        self
    }

    /// Leaves IPv6 out, as version 6 does where its package is disabled: there are no menus of it.
    #[must_use]
    pub fn without_ipv6(mut self) -> Self {
        self.ipv6 = false;
        self
    }

    /// Lets the key of a certificate take this long after `/certificate/sign` has answered, as on small routers.
    #[must_use]
    pub fn slow_keys(mut self, time: Duration) -> Self {
        self.key_time = time;
        self
    }

    /// Leaves out the pool `vpn` (10.8.0.2-10.8.255.254) that the default profiles otherwise take addresses from.
    #[must_use]
    pub fn without_addresses(mut self) -> Self {
        self.addresses = false;
        self
    }

    /// How many commands the journal remembers, 10,000 unless told otherwise.
    #[must_use]
    pub fn journal_limit(mut self, entries: usize) -> Self {
        self.journal_limit = entries.max(1);
        self
    }

    /// The serial number of the board, one of its own unless told otherwise.
    #[must_use]
    pub fn serial(mut self, serial: &str) -> Self {
        self.device = Some(Device::Board(serial.to_owned()));
        self
    }

    /// Makes it a virtual machine (CHR) with this id of its licence, which copies share, and the MAC address of its port.
    #[must_use]
    pub fn virtual_machine(mut self, system_id: &str, mac: &str) -> Self {
        self.device = Some(Device::Virtual { system_id: system_id.to_owned(), mac: mac.to_owned() });
        self
    }

    /// Adds an API user with exactly these rights, in a group of the same name.
    #[must_use]
    pub fn user(self, name: &str, password: &str, rights: &str) -> Self {
        self.row("user/group", &[("name", name), ("policy", rights)])
            .row("user", &[("name", name), ("password", password), ("group", name)])
    }

    /// Adds a secret of the profile `default`.
    #[must_use]
    pub fn secret(self, name: &str) -> Self {
        self.row("ppp/secret", &[("name", name), ("password", "pass")])
    }

    /// Adds a row to any menu, such as `ppp/profile`.
    #[must_use]
    pub fn row<V: AsRef<[u8]>>(mut self, menu: &str, values: &[(&str, V)]) -> Self {
        let values =
            values.iter().map(|(name, value)| ((*name).to_owned(), value.as_ref().to_vec())).collect();
        self.rows.push((menu.trim_matches('/').to_owned(), values));
        self
    }

    /// Switches the router on.
    ///
    /// # Errors
    /// If the version or a row is wrong, or a socket cannot be opened.
    pub async fn start(self) -> Result<RouterSim, StartError> {
        let version: Version = self.version.parse()?;
        let world = self.world(version)?;
        let plain = TcpListener::bind(self.listen).await?;
        let address = plain.local_addr()?;
        let shared = Arc::new(Shared::new(world));
        let mut tls = None;
        if self.tls != Tls::Off || self.tls_listen.is_some() {
            let certificates = Arc::new(Certificates::generate()?);
            let listen = self.tls_listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
            let listener = TcpListener::bind(listen).await?;
            let address = listener.local_addr()?;
            let service = Service::Tls(Arc::clone(&certificates));
            shared.listening.send_modify(|count| *count += 1);
            tokio::spawn(server::serve(Arc::clone(&shared), listener, address, service));
            tls = Some((address, certificates));
        }
        shared.listening.send_modify(|count| *count += 1);
        tokio::spawn(server::serve(Arc::clone(&shared), plain, address, Service::Plain));
        tokio::spawn(server::lapse(Arc::clone(&shared)));
        Ok(RouterSim::new(shared, address, tls))
    }

    fn world(&self, version: Version) -> Result<World, StartError> {
        let refused = |menu: &str| {
            let menu = menu.to_owned();
            move |trap| StartError::Row { menu, trap }
        };
        let mut world = World::new(Setup {
            version,
            clock: self.standing_clock.map_or_else(Clock::running, Clock::standing),
            offset: self.offset,
            user_manager: self.user_manager,
            ipv6: self.ipv6,
            key_time: u64::try_from(self.key_time.as_micros()).unwrap_or(u64::MAX),
            certificate: self.tls != Tls::Anonymous,
            journal_limit: self.journal_limit,
            device: self.device.clone().unwrap_or_else(|| Device::Board(serial_at(self.listen))),
        })
        .map_err(refused("factory"))?;
        if self.addresses {
            world.give_addresses().map_err(refused("ip/pool"))?;
        }
        for (menu, values) in &self.rows {
            let values: Vec<_> =
                values.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
            world.edit_add(menu, &values).map_err(refused(menu))?;
        }
        Ok(world)
    }
}

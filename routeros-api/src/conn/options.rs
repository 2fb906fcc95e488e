//! Where to connect, as whom, and within which bounds.

use std::{fmt, time::Duration};

use bytes::Bytes;

use crate::{codec::Limits, tls::TlsMode, value::Generation};

/// How the bytes are protected on their way.
#[derive(Debug, Clone)]
pub enum Security {
    /// Not at all: the password and all else is readable by anybody in between. For management networks and tunnels.
    Plain,
    /// TLS, and how the router proves who it is.
    Tls(TlsMode),
}

/// Address of a router's API service.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// IP address or DNS name.
    pub host: String,
    /// 8728 for `api`, 8729 for `api-ssl`, unless changed on the router.
    pub port: u16,
    /// Protection.
    pub security: Security,
}

/// Which login is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoginMethod {
    /// Name and password, RouterOS 6.43 and later.
    #[default]
    Password,
    /// As [`Self::Password`], and the MD5 challenge if the router asks for it. An old router then has seen the password
    /// already, so over a plain connection prefer [`Self::Challenge`].
    PasswordOrChallenge,
    /// Only the MD5 challenge, RouterOS before 6.43. The password itself is never sent.
    Challenge,
}

/// An account on the router. Bytes, because the router compares bytes.
#[derive(Clone)]
pub struct Credentials {
    /// Account.
    pub user: Bytes,
    /// Its password.
    pub password: Bytes,
    /// Login.
    pub method: LoginMethod,
}

impl Credentials {
    /// An account that logs in with name and password.
    #[must_use]
    pub fn new(user: impl Into<Bytes>, password: impl Into<Bytes>) -> Self {
        Self { user: user.into(), password: password.into(), method: LoginMethod::default() }
    }

    /// Chooses another login.
    #[must_use]
    pub fn method(mut self, method: LoginMethod) -> Self {
        self.method = method;
        self
    }
}

/// The password is left out.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &format_args!("\"{}\"", self.user.escape_ascii()))
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// Bounds and deadlines of a connection.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// For name resolution, TCP and TLS together.
    pub connect_timeout: Duration,
    /// For a command that sets none itself, from the call to the last answer; also for the login.
    pub command_timeout: Duration,
    /// A socket that takes no bytes for so long is given up.
    pub write_timeout: Duration,
    /// Idle time before TCP keepalive probes are sent, and the time between them; `None` for no probes.
    pub keepalive: Option<Duration>,
    /// Bounds of the codec.
    pub limits: Limits,
    /// Most rows in one answer.
    pub row_limit: usize,
    /// Most bytes in one answer.
    pub byte_limit: usize,
    /// Commands waiting for an answer at a time; more wait for their turn. Routers have small processors.
    pub max_in_flight: usize,
    /// Commands waiting to be written.
    pub queue: usize,
    /// Events that a [`super::Listen`] holds for its owner before it starts to lose them.
    pub listen_buffer: usize,
    /// Commands given up whose end hasn't been seen, before the connection is given up as well. A `/cancel` counts too
    /// until it is answered, so a read that hangs counts twice.
    pub max_orphans: usize,
    /// Validity of ids; `None` takes a fresh one. Connections that are to share their ids are given the same.
    pub generation: Option<Generation>,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            command_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(15),
            keepalive: Some(Duration::from_secs(15)),
            limits: Limits::default(),
            row_limit: 200_000,
            byte_limit: 64 << 20,
            max_in_flight: 8,
            queue: 32,
            listen_buffer: 1024,
            max_orphans: 64,
            generation: None,
        }
    }
}

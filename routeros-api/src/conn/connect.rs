//! From an address to a logged-in connection.

use std::{sync::Arc, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

use super::{ConnectOptions, Connection, Credentials, Endpoint, Security};
use crate::{
    error::{ConnectError, Error},
    tls::{self, TlsError},
};

/// Keepalive probes without an answer after which the system gives a connection up.
const KEEPALIVE_PROBES: u32 = 3;

impl Connection {
    /// Connects and logs in.
    ///
    /// # Errors
    /// [`Error::Connect`], [`Error::Tls`] or [`Error::Login`], whose [`Error::remedy`] names what to do; else as
    /// [`Self::call`].
    pub async fn connect(
        endpoint: &Endpoint,
        credentials: &Credentials,
        options: ConnectOptions,
    ) -> Result<Self, Error> {
        let connection = Self::open(endpoint, options).await?;
        if let Err(error) = connection.login(credentials).await {
            connection.close();
            return Err(error);
        }
        Ok(connection)
    }

    /// Connects without login.
    async fn open(endpoint: &Endpoint, options: ConnectOptions) -> Result<Self, Error> {
        let after = options.connect_timeout;
        let deadline = Instant::now() + after;
        let tcp = dial(endpoint, after, options.keepalive).await?;
        let peer = tcp.peer_addr().ok().map(|peer| peer.ip().to_canonical());
        match &endpoint.security {
            Security::Plain => {
                let (reader, writer) = tcp.into_split();
                Ok(Self::run(reader, writer, options, peer))
            }
            Security::Tls(mode) => {
                let handshake = tls::handshake(tcp, &endpoint.host, mode);
                let stream =
                    timeout_at(deadline, handshake).await.map_err(|_| TlsError::Silent { after })??;
                let (reader, writer) = tokio::io::split(stream);
                Ok(Self::run(reader, writer, options, peer))
            }
        }
    }
}

/// Opens the TCP connection, with Nagle's algorithm off: commands are small and answers are waited for.
pub(crate) async fn dial(
    endpoint: &Endpoint,
    after: Duration,
    keepalive: Option<Duration>,
) -> Result<TcpStream, ConnectError> {
    let address = || format!("{}:{}", endpoint.host, endpoint.port);
    let failed = |error| ConnectError::Io { address: address(), error: Arc::new(error) };
    let connecting = TcpStream::connect((endpoint.host.as_str(), endpoint.port));
    let tcp = timeout(after, connecting)
        .await
        .map_err(|_| ConnectError::Timeout { address: address(), after })?
        .map_err(failed)?;
    tcp.set_nodelay(true).map_err(failed)?;
    if let Some(idle) = keepalive {
        let probes = TcpKeepalive::new().with_time(idle).with_interval(idle).with_retries(KEEPALIVE_PROBES);
        SockRef::from(&tcp).set_tcp_keepalive(&probes).map_err(failed)?;
    }
    Ok(tcp)
}

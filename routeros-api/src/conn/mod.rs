//! One connection to a router: many tagged commands at a time, each with its own deadline.
//!
//! A reader task and a writer task share a table of tags. They never wait for each other, so a socket that takes no more
//! bytes doesn't keep answers from being read. Callers hold a [`Connection`], a cheap handle; the connection ends with
//! its last handle. What runs on a connection is decided elsewhere: this module knows no menu.

mod call;
mod connect;
mod listen;
mod login;
mod options;
mod reader;
mod table;
mod writer;

use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Semaphore, mpsc},
};

pub use call::Response;
pub(crate) use connect::dial;
pub use listen::{Event, Listen};
pub use options::{ConnectOptions, Credentials, Endpoint, LoginMethod, Security};
pub use table::CloseReason;

use self::{table::Shared, writer::Outgoing};
use crate::{command::Command, error::Error, value::Generation};

/// A logged-in connection. Clones share it; it is closed when the last one, and the last [`Listen`], is dropped.
#[derive(Clone)]
pub struct Connection {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Outgoing>,
    in_flight: Semaphore,
    options: ConnectOptions,
    generation: Generation,
    peer: Option<IpAddr>,
}

impl Connection {
    /// Runs the protocol over any byte stream, without login.
    ///
    /// For streams that this crate doesn't open itself, such as a tunnel; must be called in a tokio runtime.
    #[must_use]
    pub fn over<R, W>(reader: R, writer: W, options: ConnectOptions) -> Self
    where
        R: AsyncRead + Unpin + Send + 'static,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        Self::run(reader, writer, options, None)
    }

    fn run<R, W>(reader: R, writer: W, options: ConnectOptions, peer: Option<IpAddr>) -> Self
    where
        R: AsyncRead + Unpin + Send + 'static,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        let shared = Arc::new(Shared::new(options.max_orphans));
        let (queue, outgoing) = mpsc::channel(options.queue);
        tokio::spawn(reader::run(reader, options.limits, shared.clone()));
        tokio::spawn(writer::run(writer, outgoing, options.write_timeout, shared.clone()));
        let in_flight = Semaphore::new(options.max_in_flight);
        let generation = options.generation.unwrap_or_else(Generation::fresh);
        Self { inner: Arc::new(Inner { shared, queue, in_flight, options, generation, peer }) }
    }

    /// The address at which the router was reached; none over a stream of somebody else's.
    #[must_use]
    pub fn peer(&self) -> Option<IpAddr> {
        self.inner.peer
    }

    /// The period in which ids read on this connection are valid.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.inner.generation
    }

    /// Asks the router for its name, the cheapest question there is.
    ///
    /// # Errors
    /// As [`Self::call`]; a time-out means that the connection is of no use any more.
    pub async fn ping(&self, timeout: Duration) -> Result<(), Error> {
        let command = Command::new("/system/identity/print").proplist(&["name"]).timeout(timeout);
        self.call(command).await.map(drop)
    }

    /// Waits until the connection is closed, and tells why.
    pub async fn closed(&self) -> CloseReason {
        self.inner.shared.closed().await
    }

    /// Why the connection is closed, if it is.
    #[must_use]
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.inner.shared.close_reason()
    }

    /// Closes the connection now. Commands under way fail with [`Error::Closed`].
    pub fn close(&self) {
        self.inner.shared.close(CloseReason::Local);
    }

    /// Number of tags that are reserved for commands given up (by time-out or drop) whose end hasn't been seen.
    #[must_use]
    pub fn orphans(&self) -> usize {
        self.inner.shared.orphans()
    }

    /// Checks what can be checked before anything is sent.
    fn admit(&self, command: &Command) -> Result<(), Error> {
        command.check()?;
        match command.generation() {
            Some(id) if id != self.generation() => Err(Error::StaleId { id, connection: self.generation() }),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("generation", &self.inner.generation)
            .field("closed", &self.close_reason())
            .finish_non_exhaustive()
    }
}

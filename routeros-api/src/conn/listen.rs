//! A command whose rows are wanted as they come: `listen`, `print =follow=`.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    Connection,
    table::{StreamSlot, Work},
    writer::Outgoing,
};
use crate::{command::Command, error::Error, proto::Row, value::Id};

/// How long the router may take to end a listen that is cancelled.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(2);

/// What a [`Listen`] tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A row was added or changed; RouterOS doesn't tell which.
    Changed(Row),
    /// A row is gone. RouterOS tells only the id it had.
    Dead(Id),
    /// So many events were lost, because they weren't taken fast enough. Read the whole table.
    Lost(u64),
}

/// A stream of changes. It ends by itself only if the router refuses, the command ends or the connection closes.
///
/// Dropping it cancels the command on the router. Nothing is replayed after a reconnect: read the whole table then.
pub struct Listen {
    connection: Connection,
    tag: u64,
    rows: mpsc::Receiver<Row>,
    end: Arc<StreamEnd>,
    over: bool,
}

impl Connection {
    /// Starts a command that streams, and returns when it has been handed to the socket: RouterOS sends no
    /// acknowledgement. A refusal comes as the first item.
    ///
    /// Ask for `.id` and `.dead` in the proplist, and don't use a query: with one, RouterOS doesn't tell of rows that
    /// are gone.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub async fn listen(&self, command: Command) -> Result<Listen, Error> {
        self.admit(&command)?;
        let after = command.deadline().unwrap_or(self.inner.options.command_timeout);
        let (sender, rows) = mpsc::channel(self.inner.options.listen_buffer);
        let end = Arc::new(StreamEnd::default());
        let slot = StreamSlot { rows: sender, end: end.clone(), trap: None };
        let (tag, progress) = self.inner.shared.register(Work::Stream(slot))?;
        let mut listen = Listen { connection: self.clone(), tag, rows, end, over: false };
        let (written, is_written) = oneshot::channel();
        let outgoing = Outgoing { bytes: command.encode(tag), progress, written: Some(written) };
        let sending = async {
            let queued = self.inner.queue.send(outgoing).await.is_ok();
            queued && is_written.await.is_ok()
        };
        match timeout(after, sending).await {
            Ok(true) => Ok(listen),
            Ok(false) => {
                // The writer has gone, so the connection is being closed; the table tells why once that is done.
                let reason = self.closed().await;
                Err(listen.take_end().unwrap_or(Error::Closed { sent: true, reason }))
            }
            Err(_) => {
                listen.over = true;
                let sent = self.inner.shared.give_up(tag, true).sent;
                Err(Error::Timeout { sent, after })
            }
        }
    }
}

impl Listen {
    /// The next event; `None` at the end. Cancel-safe.
    ///
    /// # Errors
    /// Why the stream ended, once, as its last item.
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        if let Some(lost) = self.end.take_lost() {
            return Some(Ok(Event::Lost(lost)));
        }
        match self.rows.recv().await {
            Some(row) => Some(Ok(self.event(row))),
            None => self.take_end().map(Err),
        }
    }

    /// Ends the command and waits until the router has confirmed that.
    ///
    /// # Errors
    /// [`Error::Timeout`] if it hasn't within two seconds, else why the stream had ended already.
    pub async fn cancel(mut self) -> Result<(), Error> {
        self.connection.inner.shared.request_cancel(self.tag);
        let drained = timeout(CANCEL_TIMEOUT, async { while self.rows.recv().await.is_some() {} }).await;
        if drained.is_err() {
            return Err(Error::Timeout { sent: true, after: CANCEL_TIMEOUT });
        }
        match self.take_end() {
            Some(Error::Trap(trap)) if trap.is_interrupted() => Ok(()),
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// The connection that this runs on.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    fn event(&self, row: Row) -> Event {
        match row.bytes(".id") {
            Some(id) if row.is_dead() => Event::Dead(Id::new(self.connection.generation(), id)),
            _ => Event::Changed(row),
        }
    }

    fn take_end(&mut self) -> Option<Error> {
        self.over = true;
        self.end.take()
    }
}

impl Drop for Listen {
    fn drop(&mut self) {
        if !self.over {
            self.connection.inner.shared.give_up(self.tag, true);
        }
    }
}

impl fmt::Debug for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listen").field("tag", &self.tag).field("over", &self.over).finish_non_exhaustive()
    }
}

/// What the reader leaves for the owner of a stream, beside the rows.
#[derive(Default)]
pub(super) struct StreamEnd {
    lost: AtomicU64,
    error: Mutex<Option<Error>>,
}

impl StreamEnd {
    pub(super) fn count_lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn set(&self, error: Option<Error>) {
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    fn take_lost(&self) -> Option<u64> {
        Some(self.lost.swap(0, Ordering::Relaxed)).filter(|&lost| lost > 0)
    }

    fn take(&self) -> Option<Error> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

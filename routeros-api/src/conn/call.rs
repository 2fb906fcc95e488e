//! One command and its whole answer.

use std::{pin::pin, sync::Arc};

use bytes::Bytes;
use tokio::{
    sync::{Notify, oneshot},
    time::sleep,
};

use super::{
    Connection,
    table::{CallSlot, CloseReason, Progress, Shared, Work},
    writer::Outgoing,
};
use crate::{
    command::{Class, Command},
    error::Error,
    proto::Row,
};

/// The answer to a command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// `=ret=` of the `!done`: the id of what was added, a count, a job.
    pub ret: Option<Bytes>,
}

impl Connection {
    /// Sends a command and waits for its end.
    ///
    /// Dropping the future gives the command up; if it had been sent, its tag stays reserved until the router is done
    /// with it, and one that only reads is cancelled on the router.
    ///
    /// # Errors
    /// [`Error::Trap`] if the router refuses, [`Error::Timeout`] after the command's deadline, [`Error::Closed`],
    /// [`Error::Fatal`] or [`Error::Protocol`] if the connection ends, [`Error::TooMuch`] beyond the row limit, and
    /// [`Error::StaleId`] or [`Error::Command`] before anything is sent. [`Error::was_sent`] tells what is known.
    pub async fn call(&self, command: Command) -> Result<Response, Error> {
        self.admit(&command)?;
        let after = command.deadline().unwrap_or(self.inner.options.command_timeout);
        let mut deadline = pin!(sleep(after));
        // A turn first, then a place in the queue: both may take as long as the deadline lets them.
        let turn = async { (self.inner.in_flight.acquire().await, self.inner.queue.reserve().await) };
        let (_turn, place) = tokio::select! {
            turn = turn => turn,
            () = &mut deadline => return Err(Error::Timeout { sent: false, after }),
        };
        let mut waiting = self.start(&command)?;
        // Without a place the writer is gone; the table is being closed and tells why.
        if let Ok(place) = place {
            let (bytes, progress) = (command.encode(waiting.tag), waiting.progress.clone());
            place.send(Outgoing { bytes, progress, written: None });
        }
        tokio::select! {
            biased;
            outcome = &mut waiting.done => {
                waiting.over = true;
                outcome.unwrap_or(Err(Error::Closed { sent: true, reason: CloseReason::Local }))
            }
            () = settled(&self.inner.shared, waiting.tag, &waiting.settling) => waiting.give_up(after),
            () = &mut deadline => waiting.give_up(after),
        }
    }

    fn start(&self, command: &Command) -> Result<Waiting, Error> {
        let (sender, done) = oneshot::channel();
        let settling = Arc::new(Notify::new());
        let slot = CallSlot {
            response: Response::default(),
            trap: None,
            empty: false,
            bytes: 0,
            max_rows: command.max_rows().unwrap_or(self.inner.options.row_limit),
            max_bytes: self.inner.options.byte_limit,
            done: sender,
            settling: settling.clone(),
        };
        let shared = self.inner.shared.clone();
        let (tag, progress) = shared.register(Work::Call(Box::new(slot)))?;
        let cancel = command.idempotence() == Class::Read;
        Ok(Waiting { shared, tag, progress, settling, done, cancel, over: false })
    }
}

/// Returns when a `!trap` or an `!empty` came and its `!done` has been awaited long enough.
async fn settled(shared: &Shared, tag: u64, settling: &Notify) {
    settling.notified().await;
    match shared.grace(tag) {
        Some(grace) => sleep(grace).await,
        // The end is here already and `done` fires.
        None => std::future::pending().await,
    }
}

/// A command under way. Dropping it gives the command up.
struct Waiting {
    shared: Arc<Shared>,
    tag: u64,
    progress: Arc<Progress>,
    settling: Arc<Notify>,
    done: oneshot::Receiver<Result<Response, Error>>,
    /// Whether the router may be asked to stop. A write that is interrupted may be left half done.
    cancel: bool,
    over: bool,
}

impl Waiting {
    fn give_up(&mut self, after: std::time::Duration) -> Result<Response, Error> {
        self.over = true;
        let given_up = self.shared.give_up(self.tag, self.cancel);
        // The end may have come between the deadline and the table's lock.
        let late = || self.done.try_recv().ok();
        given_up.settled.or_else(late).unwrap_or(Err(Error::Timeout { sent: given_up.sent, after }))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.over {
            self.shared.give_up(self.tag, self.cancel);
        }
    }
}

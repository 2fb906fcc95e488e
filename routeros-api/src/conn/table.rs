//! The table of tags: what each command under way has got so far, and what happens to it next.
//!
//! Tags are numbers that are never used twice on a connection. A command that is given up leaves its tag behind as an
//! *orphan*, reserved until its `!done`, so that late sentences are recognised and dropped.

use std::{
    collections::HashMap,
    fmt, io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Notify, mpsc, oneshot, watch};

use super::{call::Response, listen::StreamEnd};
use crate::{
    codec::Sentence,
    error::Error,
    proto::{self, Kind, ProtocolError, Reply, Row, Trap},
    value::{Text, to_u64},
};

/// After `!trap` the `!done` is expected within this time.
const TRAP_GRACE: Duration = Duration::from_secs(2);
/// After `!empty` likewise; some version may leave the `!done` out.
const EMPTY_GRACE: Duration = Duration::from_secs(1);

/// Why a connection ended.
#[derive(Debug, Clone)]
pub enum CloseReason {
    /// We closed it.
    Local,
    /// The router closed it; `mid_sentence` if it did so in the middle of a sentence.
    Eof {
        /// Whether bytes of an unfinished sentence were left.
        mid_sentence: bool,
    },
    /// The network failed.
    Io(Arc<io::Error>),
    /// The router closed it with `!fatal`.
    Fatal(Text),
    /// The peer broke the protocol.
    Protocol(ProtocolError),
    /// The socket took no bytes for too long.
    WriteStalled,
    /// Too many commands never ended: the router hangs.
    TooManyOrphans,
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("closed by us"),
            Self::Eof { mid_sentence: false } => f.write_str("closed by the router"),
            Self::Eof { mid_sentence: true } => {
                f.write_str("closed by the router in the middle of a sentence")
            }
            Self::Io(error) => error.fmt(f),
            Self::Fatal(message) => message.fmt(f),
            Self::Protocol(error) => error.fmt(f),
            Self::WriteStalled => f.write_str("the router takes no more bytes"),
            Self::TooManyOrphans => f.write_str("too many commands remained without an end"),
        }
    }
}

impl CloseReason {
    /// The error of a command that was under way.
    fn error(&self, sent: bool) -> Error {
        match self {
            Self::Fatal(message) => Error::Fatal { message: message.clone(), sent },
            Self::Protocol(error) => Error::Protocol { error: error.clone(), sent },
            reason => Error::Closed { sent, reason: reason.clone() },
        }
    }
}

/// How far a command got on its way out. Decided once, by whoever is first: the writer or the one who gives up.
#[derive(Debug, Default)]
pub(super) struct Progress(AtomicU8);

impl Progress {
    const QUEUED: u8 = 0;
    const SENT: u8 = 1;
    const WITHDRAWN: u8 = 2;

    /// The writer takes it. `false`: it was withdrawn and mustn't be sent.
    pub(super) fn begin(&self) -> bool {
        self.decide(Self::SENT)
    }

    /// Takes it back. `false`: it is out.
    pub(super) fn withdraw(&self) -> bool {
        self.decide(Self::WITHDRAWN)
    }

    fn decide(&self, to: u8) -> bool {
        match self.0.compare_exchange(Self::QUEUED, to, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => true,
            Err(current) => current == to,
        }
    }
}

/// A command that collects rows until its `!done`.
pub(super) struct CallSlot {
    pub(super) response: Response,
    pub(super) trap: Option<Trap>,
    pub(super) empty: bool,
    pub(super) bytes: usize,
    pub(super) max_rows: usize,
    pub(super) max_bytes: usize,
    pub(super) done: oneshot::Sender<Result<Response, Error>>,
    /// Told that `!trap` or `!empty` came, so that the grace time starts.
    pub(super) settling: Arc<Notify>,
}

impl CallSlot {
    fn outcome(self) -> (oneshot::Sender<Result<Response, Error>>, Result<Response, Error>) {
        let outcome = self.trap.map_or(Ok(self.response), |trap| Err(Error::Trap(trap)));
        (self.done, outcome)
    }
}

/// A command that hands rows on as they come.
pub(super) struct StreamSlot {
    pub(super) rows: mpsc::Sender<Row>,
    pub(super) end: Arc<StreamEnd>,
    pub(super) trap: Option<Trap>,
}

impl StreamSlot {
    fn finish(self, error: Option<Error>) {
        self.end.set(error.or(self.trap.map(Error::Trap)));
    }
}

pub(super) enum Work {
    Call(Box<CallSlot>),
    Stream(StreamSlot),
    Orphan,
}

struct Slot {
    progress: Arc<Progress>,
    work: Work,
}

#[derive(Default)]
struct Table {
    slots: HashMap<u64, Slot>,
    next_tag: u64,
    orphans: usize,
    /// Tags to be cancelled by the writer.
    cancels: Vec<u64>,
}

/// What the handles, the reader and the writer share.
pub(super) struct Shared {
    table: Mutex<Table>,
    max_orphans: usize,
    closed: watch::Sender<Option<CloseReason>>,
    /// Wakes the writer when there is something to cancel.
    pub(super) cancel: Notify,
}

impl Shared {
    pub(super) fn new(max_orphans: usize) -> Self {
        let (table, cancel) = (Mutex::default(), Notify::new());
        Self { table, max_orphans, closed: watch::Sender::new(None), cancel }
    }

    pub(super) async fn closed(&self) -> CloseReason {
        let mut closed = self.closed.subscribe();
        // The sender lives as long as `self`, so waiting can't fail.
        let reason = closed.wait_for(Option::is_some).await;
        reason.ok().and_then(|reason| reason.clone()).unwrap_or(CloseReason::Local)
    }

    pub(super) fn close_reason(&self) -> Option<CloseReason> {
        self.closed.borrow().clone()
    }

    pub(super) fn orphans(&self) -> usize {
        self.lock().orphans
    }

    /// Closes once; later reasons are consequences of the first.
    pub(super) fn close(&self, reason: CloseReason) {
        let first = self.closed.send_if_modified(|closed| {
            let first = closed.is_none();
            closed.get_or_insert_with(|| reason.clone());
            first
        });
        if !first {
            return;
        }
        tracing::debug!(%reason, "connection closed");
        let slots = std::mem::take(&mut self.lock().slots);
        for slot in slots.into_values() {
            let error = reason.error(!slot.progress.withdraw());
            match slot.work {
                Work::Call(call) => drop(call.done.send(Err(error))),
                Work::Stream(stream) => stream.finish(Some(error)),
                Work::Orphan => {}
            }
        }
    }

    /// Reserves a tag.
    ///
    /// # Errors
    /// The reason, if the connection is closed.
    pub(super) fn register(&self, work: Work) -> Result<(u64, Arc<Progress>), Error> {
        let mut table = self.lock();
        // Looked up under the lock: `close` sets the reason first and empties the table after.
        if let Some(reason) = self.close_reason() {
            return Err(reason.error(false));
        }
        table.next_tag += 1;
        let (tag, progress) = (table.next_tag, Arc::new(Progress::default()));
        table.slots.insert(tag, Slot { progress: progress.clone(), work });
        Ok((tag, progress))
    }

    /// The cancel commands that wait: pairs of their own tag, already reserved, and the tag to be cancelled.
    pub(super) fn take_cancels(&self) -> Vec<(u64, u64)> {
        let mut table = self.lock();
        let targets = std::mem::take(&mut table.cancels);
        targets.into_iter().map(|target| (table.reserve_cancel(), target)).collect()
    }

    /// How long the end of a command may still take now that a `!trap` or an `!empty` came.
    pub(super) fn grace(&self, tag: u64) -> Option<Duration> {
        match &self.lock().slots.get(&tag)?.work {
            Work::Call(call) if call.trap.is_some() => Some(TRAP_GRACE),
            Work::Call(call) if call.empty => Some(EMPTY_GRACE),
            _ => None,
        }
    }

    /// Gives a command up: what it got so far if that is an outcome, and whether it had been sent.
    ///
    /// If it was sent its tag stays reserved, and with `cancel` the router is asked to stop.
    pub(super) fn give_up(&self, tag: u64, cancel: bool) -> GivenUp {
        let mut table = self.lock();
        let Some(slot) = table.slots.remove(&tag) else { return GivenUp { sent: true, settled: None } };
        let sent = !slot.progress.withdraw();
        let settled = match slot.work {
            Work::Call(call) if call.trap.is_some() || call.empty => Some(call.outcome().1),
            _ => None,
        };
        if sent {
            table.orphan(tag, slot.progress, cancel && settled.is_none());
            self.cancel.notify_one();
        }
        let crowded = table.orphans > self.max_orphans;
        drop(table);
        if crowded {
            self.close(CloseReason::TooManyOrphans);
        }
        GivenUp { sent, settled }
    }

    /// Asks the router to end a stream, whose owner goes on waiting for that.
    pub(super) fn request_cancel(&self, tag: u64) {
        let mut table = self.lock();
        if table.slots.contains_key(&tag) {
            table.cancels.push(tag);
            self.cancel.notify_one();
        }
    }

    /// Handles all that `next` yields under one lock.
    ///
    /// # Errors
    /// Why the connection must be closed.
    pub(super) fn dispatch(
        &self,
        mut next: impl FnMut() -> Result<Option<Sentence>, ProtocolError>,
    ) -> Result<(), CloseReason> {
        let mut table = self.lock();
        while let Some(sentence) = next().map_err(CloseReason::Protocol)? {
            table.take(sentence)?;
        }
        if !table.cancels.is_empty() {
            self.cancel.notify_one();
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Nothing that can panic happens under the lock.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Shared::give_up`].
pub(super) struct GivenUp {
    pub(super) sent: bool,
    pub(super) settled: Option<Result<Response, Error>>,
}

impl Table {
    fn take(&mut self, sentence: Sentence) -> Result<(), CloseReason> {
        let (kind, tag) = proto::head(&sentence).map_err(CloseReason::Protocol)?;
        let tag = tag.and_then(to_u64);
        if kind == Kind::Fatal {
            let reply = Reply::parse(sentence).map_err(CloseReason::Protocol)?;
            return Err(CloseReason::Fatal(reply.message().compact()));
        }
        let Some((tag, slot)) = tag.and_then(|tag| Some((tag, self.slots.get_mut(&tag)?))) else {
            tracing::debug!(?sentence, "reply to no command of ours");
            return Ok(());
        };
        match &mut slot.work {
            Work::Call(call) => match kind {
                Kind::Row => {
                    call.bytes += sentence.wire_len();
                    call.response.rows.push(Row::of(sentence));
                    if call.response.rows.len() > call.max_rows || call.bytes > call.max_bytes {
                        self.overflow(tag);
                    }
                }
                Kind::Trap => {
                    call.trap.get_or_insert(trap(sentence)?);
                    call.settling.notify_one();
                }
                Kind::Empty => {
                    call.empty = true;
                    call.settling.notify_one();
                }
                Kind::Done | Kind::Fatal => {
                    call.response.ret = Row::of(sentence).bytes("ret");
                    self.finish(tag);
                }
            },
            Work::Stream(stream) => match kind {
                Kind::Row => {
                    if stream.rows.try_send(Row::of(sentence)).is_err() {
                        stream.end.count_lost();
                    }
                }
                Kind::Trap => drop(stream.trap.get_or_insert(trap(sentence)?)),
                Kind::Empty => {}
                Kind::Done | Kind::Fatal => self.finish(tag),
            },
            Work::Orphan if kind == Kind::Done => self.finish(tag),
            Work::Orphan => {}
        }
        Ok(())
    }

    /// The command is at its end.
    fn finish(&mut self, tag: u64) {
        let Some(slot) = self.slots.remove(&tag) else { return };
        match slot.work {
            Work::Call(call) => {
                let (done, outcome) = call.outcome();
                // Nobody waits any more if the caller was dropped this very moment.
                drop(done.send(outcome));
            }
            Work::Stream(stream) => stream.finish(None),
            Work::Orphan => self.orphans -= 1,
        }
    }

    /// The answer is larger than its caller wants.
    fn overflow(&mut self, tag: u64) {
        let Some(slot) = self.slots.remove(&tag) else { return };
        if let Work::Call(call) = slot.work {
            let error = Error::TooMuch { rows: call.max_rows, bytes: call.max_bytes };
            drop(call.done.send(Err(error)));
        }
        self.orphan(tag, slot.progress, true);
    }

    fn orphan(&mut self, tag: u64, progress: Arc<Progress>, cancel: bool) {
        self.slots.insert(tag, Slot { progress, work: Work::Orphan });
        self.orphans += 1;
        if cancel {
            self.cancels.push(tag);
        }
    }

    /// A tag for a `/cancel`, whose answer nobody waits for.
    fn reserve_cancel(&mut self) -> u64 {
        self.next_tag += 1;
        let tag = self.next_tag;
        self.slots.insert(tag, Slot { progress: Arc::default(), work: Work::Orphan });
        self.orphans += 1;
        tag
    }
}

fn trap(sentence: Sentence) -> Result<Trap, CloseReason> {
    let reply = Reply::parse(sentence).map_err(CloseReason::Protocol)?;
    Ok(Trap::of(&reply))
}

//! One connection to the API: sentences in, answers out, and the faults in between.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::{mpsc, watch},
};
use tokio_rustls::server::TlsStream;

use super::{Door, Shared};
use crate::routeros::{
    codec::{Decoder, Reply},
    command::{Answer, Command, Then},
    fault::FaultKind,
    journal::Outcome,
    trap::Trap,
    world::Outgoing,
};

/// A length prefix that no version of the protocol defines, and bytes after it.
const GARBAGE: [u8; 8] = [0xFF, 0x00, 0xFE, 0xC3, 0x28, 0xA0, 0xA1, 0x00];

/// A stream whose TCP connection can be reset.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Wire for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Ends when the simulator is dropped.
async fn gone(door: &mut watch::Receiver<Door>) {
    // That the sender is gone means the same.
    let _ = door.wait_for(|door| *door == Door::Gone).await;
}

/// Serves a connection until either side ends it.
pub(super) async fn run(
    shared: Arc<Shared>,
    mut stream: impl Wire,
    peer: SocketAddr,
    via: &'static str,
    number: u64,
) {
    let (outgoing, mut queue) = mpsc::unbounded_channel();
    if shared.with(|world| world.open_session(number, peer, via, outgoing.clone())).is_none() {
        return;
    }
    let mut door = shared.door.subscribe();
    let mut desk = Desk { shared: Arc::clone(&shared), number, outgoing, open: true };
    let mut decoder = Decoder::default();
    loop {
        // What is to be sent goes first: a client that does not read is not read from either.
        tokio::select! {
            biased;
            () = gone(&mut door) => break,
            message = queue.recv() => match message {
                Some(Outgoing::Bytes(bytes)) => if stream.write_all(&bytes).await.is_err() { break },
                Some(Outgoing::Reset) => {
                    let _ = stream.tcp().set_zero_linger();
                    break;
                }
                Some(Outgoing::Close) | None => {
                    let _ = stream.shutdown().await;
                    break;
                }
            },
            read = stream.read_buf(decoder.buffer()) => match read {
                Ok(0) | Err(_) => break,
                Ok(_) => desk.read(&mut decoder),
            },
        }
    }
    shared.with(|world| world.close_session(number));
}

/// Where the sentences of a connection are dealt with.
struct Desk {
    shared: Arc<Shared>,
    number: u64,
    outgoing: mpsc::UnboundedSender<Outgoing>,
    /// Whether further sentences count; not after the connection has been told to close.
    open: bool,
}

impl Desk {
    fn read(&mut self, decoder: &mut Decoder) {
        while self.open {
            match decoder.next() {
                Ok(Some(words)) => self.take(&words),
                Ok(None) => return,
                Err(_) => self.send(Outgoing::Close),
            }
        }
    }

    fn send(&mut self, outgoing: Outgoing) {
        self.open = matches!(outgoing, Outgoing::Bytes(_));
        // The queue ends only with the connection.
        let _ = self.outgoing.send(outgoing);
    }

    fn take(&mut self, words: &[Bytes]) {
        let command = Command::parse(words);
        // What the firewall drops does not come in; the client waits in vain.
        if !self.shared.look(|world| world.hears(self.number)) {
            return self.shared.with(|world| world.dropped += 1);
        }
        let (entry, fault) = self.shared.with(|world| {
            let user = world.sessions.get(&self.number).and_then(|session| session.user.clone());
            let entry = world.journal.receive(world.clock.now(), self.number, user, &command);
            (entry, world.faults.meet(&command))
        });
        match fault {
            None => self.answer(&command, entry),
            Some(FaultKind::Hang) => {}
            Some(FaultKind::Slow { milliseconds }) => self.answer_late(command, entry, milliseconds),
            Some(FaultKind::Trap { message }) => {
                let trap = Trap::plain(message.clone());
                self.conclude(entry, Outcome::Failed(message));
                self.send(Outgoing::Bytes(Answer::trapped(&trap, command.tag.as_deref()).bytes));
            }
            Some(FaultKind::Ignore) => {
                let answer = Answer::done(Reply::default(), command.tag.as_deref());
                self.conclude(entry, answer.outcome);
                self.send(Outgoing::Bytes(answer.bytes));
            }
            Some(FaultKind::Garbage) => {
                self.conclude(entry, Outcome::Lost);
                self.send(Outgoing::Bytes(GARBAGE.to_vec()));
            }
            Some(FaultKind::DropBefore) => {
                self.conclude(entry, Outcome::Lost);
                self.send(Outgoing::Close);
            }
            Some(FaultKind::Reboot) => {
                self.conclude(entry, Outcome::Lost);
                self.shared.with(|world| world.reboot());
                self.open = false;
            }
            Some(FaultKind::DropAfter) => self.swallow(&command, entry, Outgoing::Close),
            Some(FaultKind::Reset) => self.swallow(&command, entry, Outgoing::Reset),
            Some(FaultKind::HalfSentence) => {
                let answer = self.execute(&command);
                self.conclude(entry, Outcome::DoneUnanswered);
                let half = answer.bytes.len().div_ceil(2);
                self.send(Outgoing::Bytes(answer.bytes.into_iter().take(half).collect()));
                self.send(Outgoing::Close);
            }
        }
    }

    fn execute(&self, command: &Command) -> Answer {
        self.shared.with(|world| world.execute(self.number, command))
    }

    fn conclude(&self, entry: u64, outcome: Outcome) {
        self.shared.with(|world| world.journal.conclude(entry, outcome));
    }

    /// Carries a command out and ends the connection without a word.
    fn swallow(&mut self, command: &Command, entry: u64, end: Outgoing) {
        let answer = self.execute(command);
        let outcome = match answer.outcome {
            Outcome::Done => Outcome::DoneUnanswered,
            other => other,
        };
        self.conclude(entry, outcome);
        self.send(end);
    }

    fn answer(&mut self, command: &Command, entry: u64) {
        // Answered under the same lock, so that no listener's sentence gets in between.
        let (number, outgoing) = (self.number, &self.outgoing);
        let then = self.shared.with(|world| {
            let answer = world.execute(number, command);
            world.journal.conclude(entry, answer.outcome);
            let _ = outgoing.send(Outgoing::Bytes(answer.bytes));
            if answer.then == Then::Reboot {
                world.reboot();
            }
            answer.then
        });
        match then {
            Then::Continue => {}
            Then::Close => self.send(Outgoing::Close),
            Then::Reboot => self.open = false,
            Then::Repeat(period) => self.repeat(command.tag.clone(), period),
        }
    }

    fn answer_late(&self, command: Command, entry: u64, milliseconds: u64) {
        let mut desk = Self {
            shared: Arc::clone(&self.shared),
            number: self.number,
            outgoing: self.outgoing.clone(),
            open: true,
        };
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            if !desk.outgoing.is_closed() {
                desk.answer(&command, entry);
            }
        });
    }

    fn repeat(&self, tag: Option<Bytes>, period: Duration) {
        let (shared, number, outgoing) = (Arc::clone(&self.shared), self.number, self.outgoing.clone());
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(period);
            ticks.tick().await;
            loop {
                ticks.tick().await;
                let sent = shared.with(|world| {
                    let bytes = world.repeat(number, tag.as_deref())?;
                    outgoing.send(Outgoing::Bytes(bytes)).ok()
                });
                if sent.is_none() {
                    return;
                }
            }
        });
    }
}

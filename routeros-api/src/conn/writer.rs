//! The writer task: commands and cancels to the socket, several in one write when they have piled up.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::table::{CloseReason, Progress, Shared};
use crate::command::Command;

/// Commands are gathered into one write up to this size.
const BATCH: usize = 16 * 1024;

/// One command on its way to the socket.
pub(super) struct Outgoing {
    pub(super) bytes: Bytes,
    pub(super) progress: Arc<Progress>,
    /// Told when the bytes were handed to the socket.
    pub(super) written: Option<oneshot::Sender<()>>,
}

/// Writes until the connection is closed or the last handle is gone.
pub(super) async fn run(
    mut io: impl AsyncWrite + Unpin,
    queue: mpsc::Receiver<Outgoing>,
    write_timeout: Duration,
    shared: Arc<Shared>,
) {
    let reason = tokio::select! {
        reason = write(&mut io, queue, write_timeout, &shared) => reason,
        reason = shared.closed() => reason,
    };
    shared.close(reason);
    // The peer may be gone already; there is nothing left to say either way. Bounded, for TLS says good-bye in bytes.
    let _ = timeout(Duration::from_secs(1), io.shutdown()).await;
}

async fn write(
    io: &mut (impl AsyncWrite + Unpin),
    mut queue: mpsc::Receiver<Outgoing>,
    write_timeout: Duration,
    shared: &Shared,
) -> CloseReason {
    let mut batch = Batch::default();
    loop {
        let first = tokio::select! {
            outgoing = queue.recv() => match outgoing {
                Some(outgoing) => Some(outgoing),
                None => return CloseReason::Local,
            },
            () = shared.cancel.notified() => None,
        };
        // Cancels go first: what they are aimed at was written before, and what follows may have to wait for it.
        for (tag, target) in shared.take_cancels() {
            let cancel = Command::new("/cancel").attr("tag", target.to_string());
            batch.bytes.extend_from_slice(&cancel.encode(tag));
        }
        if let Some(outgoing) = first {
            batch.add(outgoing);
        }
        while batch.bytes.len() < BATCH
            && let Ok(outgoing) = queue.try_recv()
        {
            batch.add(outgoing);
        }
        match timeout(write_timeout, batch.send(io)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return CloseReason::Io(Arc::new(error)),
            Err(_) => return CloseReason::WriteStalled,
        }
    }
}

#[derive(Default)]
struct Batch {
    bytes: BytesMut,
    written: Vec<oneshot::Sender<()>>,
}

impl Batch {
    fn add(&mut self, outgoing: Outgoing) {
        if outgoing.progress.begin() {
            self.bytes.extend_from_slice(&outgoing.bytes);
            self.written.extend(outgoing.written);
        }
    }

    async fn send(&mut self, io: &mut (impl AsyncWrite + Unpin)) -> std::io::Result<()> {
        io.write_all(&self.bytes).await?;
        io.flush().await?;
        self.bytes.clear();
        for written in self.written.drain(..) {
            // Whoever waited may have given up.
            let _ = written.send(());
        }
        Ok(())
    }
}

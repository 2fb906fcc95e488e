//! The reader task: bytes to sentences to the table of tags.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt};

use super::table::{CloseReason, Shared};
use crate::codec::{Decoder, Limits};

/// Reads until the connection is closed, by whichever side.
pub(super) async fn run(mut io: impl AsyncRead + Unpin, limits: Limits, shared: Arc<Shared>) {
    let mut decoder = Decoder::new(limits);
    let reason = tokio::select! {
        reason = read(&mut io, &mut decoder, &shared) => reason,
        reason = shared.closed() => reason,
    };
    shared.close(reason);
}

async fn read(io: &mut (impl AsyncRead + Unpin), decoder: &mut Decoder, shared: &Shared) -> CloseReason {
    loop {
        match io.read_buf(decoder.space()).await {
            Ok(0) => return CloseReason::Eof { mid_sentence: decoder.pending() > 0 },
            Ok(_) => {}
            Err(error) => return CloseReason::Io(Arc::new(error)),
        }
        if let Err(reason) = shared.dispatch(|| Ok(decoder.next_sentence()?)) {
            return reason;
        }
    }
}

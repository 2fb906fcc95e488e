//! From bytes to sentences.

use bytes::{Buf, BytesMut};

use super::{
    Limits, Sentence,
    length::{self, Prefix},
};

/// Free space that is kept at the end of the receive buffer, and how much is added when it runs out.
const SPACE: usize = 4 * 1024;
const CHUNK: usize = 16 * 1024;

/// Why a stream of bytes can't be followed any further. The connection must be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A reserved control byte stood where a length was expected.
    #[error("reserved control byte {0:#04x} in place of a length")]
    ControlByte(u8),
    /// A word was announced that is longer than allowed.
    #[error("a word of {len} bytes was announced, at most {limit} are accepted")]
    WordTooLong {
        /// Announced length.
        len: usize,
        /// [`Limits::max_word`].
        limit: usize,
    },
    /// A sentence grew beyond its bound.
    #[error("a sentence of more than {limit} bytes")]
    SentenceTooLong {
        /// [`Limits::max_sentence`].
        limit: usize,
    },
    /// A sentence has too many words.
    #[error("a sentence of more than {limit} words")]
    TooManyWords {
        /// [`Limits::max_words`].
        limit: usize,
    },
}

/// Cuts a stream of bytes into sentences.
///
/// Nothing is ever allocated by an announced length: the buffer grows only by what has arrived, and a length above the
/// limit is an error as soon as its prefix is complete. After an error each further call gives the same error.
#[derive(Debug)]
pub struct Decoder {
    /// Starts at the first byte of the sentence being read.
    buffer: BytesMut,
    limits: Limits,
    /// Where in `buffer` the next length prefix starts; what lies before was checked and isn't looked at again.
    scanned: usize,
    words: usize,
    failed: Option<DecodeError>,
}

impl Decoder {
    /// A decoder that has read nothing yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { buffer: BytesMut::new(), limits, scanned: 0, words: 0, failed: None }
    }

    /// Appends bytes that have arrived (copying them).
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The receive buffer with some free space at its end, for reading from a socket without a copy.
    ///
    /// Only append to it: what it holds already belongs to the sentence being read.
    pub fn space(&mut self) -> &mut BytesMut {
        if self.buffer.capacity() - self.buffer.len() < SPACE {
            self.buffer.reserve(CHUNK);
        }
        &mut self.buffer
    }

    /// Bytes that have arrived and belong to no finished sentence.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.buffer.len()
    }

    /// The next whole sentence, or `None` until more bytes arrive. Empty sentences are skipped.
    ///
    /// # Errors
    /// [`DecodeError`] if the stream broke the protocol or a bound.
    pub fn next_sentence(&mut self) -> Result<Option<Sentence>, DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.scan().inspect_err(|&error| {
            self.failed = Some(error);
            self.buffer = BytesMut::new();
        })
    }

    fn scan(&mut self) -> Result<Option<Sentence>, DecodeError> {
        loop {
            let rest = &self.buffer[self.scanned..];
            let (size, len) = match length::read(rest) {
                Prefix::Word { size, len } => (size, len),
                Prefix::Incomplete => return Ok(None),
                Prefix::Control(byte) => return Err(DecodeError::ControlByte(byte)),
            };
            if len == 0 {
                match self.finish(size) {
                    Some(sentence) => return Ok(Some(sentence)),
                    None => continue,
                }
            }
            self.check(size, len)?;
            if rest.len() - size < len {
                return Ok(None);
            }
            self.scanned += size + len;
            self.words += 1;
        }
    }

    /// Takes the sentence whose terminator of `size` bytes is at `scanned`; `None` if it has no words.
    fn finish(&mut self, size: usize) -> Option<Sentence> {
        let (words, end) = (self.words, self.scanned);
        (self.words, self.scanned) = (0, 0);
        if words == 0 {
            self.buffer.advance(size);
            return None;
        }
        let wire = self.buffer.split_to(end).freeze();
        self.buffer.advance(size);
        Some(Sentence::checked(wire, words))
    }

    fn check(&self, size: usize, len: usize) -> Result<(), DecodeError> {
        let Limits { max_word, max_sentence, max_words } = self.limits;
        if len > max_word {
            return Err(DecodeError::WordTooLong { len, limit: max_word });
        }
        if (self.scanned + size).saturating_add(len) > max_sentence {
            return Err(DecodeError::SentenceTooLong { limit: max_sentence });
        }
        if self.words >= max_words {
            return Err(DecodeError::TooManyWords { limit: max_words });
        }
        Ok(())
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sentence that trickles in byte by byte costs linear time: what was scanned isn't scanned again, and each call
    /// looks only at the one prefix that stands behind it.
    #[test]
    fn a_trickle_is_scanned_once() {
        let word = [&[100][..], &[b'x'; 100]].concat();
        let stream = [word.repeat(1_000), vec![0]].concat();
        let mut decoder = Decoder::default();
        for (fed, byte) in (1..).zip(stream.chunks(1)) {
            decoder.feed(byte);
            match decoder.next_sentence().expect("within limits") {
                None => assert_eq!(decoder.scanned, fed / word.len() * word.len(), "after {fed} bytes"),
                Some(sentence) => {
                    assert_eq!((fed, sentence.word_count()), (stream.len(), 1_000));
                    return;
                }
            }
        }
        panic!("the sentence is whole");
    }
}

//! Words and sentences as they go over the wire.
//!
//! A word is a length in one to five bytes (big-endian, the leading bits tell how many) and that many bytes; a sentence
//! is words ended by an empty one. This codec is the simulator's own: it shares nothing with the product's client.

use bytes::{Buf, Bytes, BytesMut};
use thiserror::Error;

/// The longest word the router reads. A longer one makes it close the connection without an answer (measured on
/// 7.24 with `/file/set`; that the limit is the same for every menu is an assumption).
const MAX_WORD: usize = 100 * 1024 - 1;
/// The most bytes one sentence may have. An assumption: the manual only says that there is a limit.
const MAX_SENTENCE: usize = 1024 * 1024;

/// Why bytes from a client cannot be read any further. The router closes the connection.
#[derive(Debug, Error, PartialEq, Eq)]
pub(crate) enum CodecError {
    /// 0xF8..=0xFF are reserved control bytes, 0xF1..=0xF7 are undefined.
    #[error("length prefix {0:#04x} is not defined")]
    Control(u8),
    /// A word above the router's limit.
    #[error("word of {0} bytes is too long")]
    WordTooLong(usize),
    /// A sentence above the router's limit.
    #[error("sentence is too long")]
    SentenceTooLong,
}

/// Splits received bytes into sentences.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    buffer: BytesMut,
    words: Vec<Bytes>,
    size: usize,
}

impl Decoder {
    /// The buffer to read the socket into.
    pub(crate) fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// The next complete sentence; `None` until more bytes arrive. Empty sentences are skipped.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<Bytes>>, CodecError> {
        while let Some((prefix, length)) = decode_length(&self.buffer)? {
            if length > MAX_WORD {
                return Err(CodecError::WordTooLong(length));
            }
            if self.buffer.len() < prefix + length {
                return Ok(None);
            }
            self.buffer.advance(prefix);
            if length > 0 {
                self.size += length;
                if self.size > MAX_SENTENCE {
                    return Err(CodecError::SentenceTooLong);
                }
                self.words.push(self.buffer.split_to(length).freeze());
            } else if !self.words.is_empty() {
                self.size = 0;
                return Ok(Some(std::mem::take(&mut self.words)));
            }
        }
        Ok(None)
    }
}

/// Reads a length prefix: how many bytes it takes, and the length. `None` if it is not complete.
fn decode_length(bytes: &[u8]) -> Result<Option<(usize, usize)>, CodecError> {
    let Some(&first) = bytes.first() else { return Ok(None) };
    let (prefix, high) = match first {
        0x00..=0x7F => (1, usize::from(first)),
        0x80..=0xBF => (2, usize::from(first & 0x3F)),
        0xC0..=0xDF => (3, usize::from(first & 0x1F)),
        0xE0..=0xEF => (4, usize::from(first & 0x0F)),
        0xF0 => (5, 0),
        0xF1..=0xFF => return Err(CodecError::Control(first)),
    };
    let Some(rest) = bytes.get(1..prefix) else { return Ok(None) };
    Ok(Some((prefix, rest.iter().fold(high, |length, &byte| length << 8 | usize::from(byte)))))
}

/// Appends a length prefix in its shortest form.
fn put_length(out: &mut Vec<u8>, length: usize) {
    let bytes = u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let [a, b, c, d] = bytes;
    match length {
        0..=0x7F => out.push(d),
        0x80..=0x3FFF => out.extend([c | 0x80, d]),
        0x4000..=0x1F_FFFF => out.extend([b | 0xC0, c, d]),
        0x20_0000..=0x0FFF_FFFF => out.extend([a | 0xE0, b, c, d]),
        _ => out.extend([0xF0, a, b, c, d]),
    }
}

/// A reply being written straight into the bytes that will be sent.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    bytes: Vec<u8>,
}

impl Reply {
    /// Starts a sentence. The tag follows the reply word at once, which is what routers send (the manual prints it last).
    pub(crate) fn begin(&mut self, word: &str, tag: Option<&[u8]>) {
        self.word(word.as_bytes());
        if let Some(tag) = tag {
            put_length(&mut self.bytes, 5 + tag.len());
            self.bytes.extend_from_slice(b".tag=");
            self.bytes.extend_from_slice(tag);
        }
    }

    /// Adds a word as it is.
    pub(crate) fn word(&mut self, word: &[u8]) {
        put_length(&mut self.bytes, word.len());
        self.bytes.extend_from_slice(word);
    }

    /// Adds `=name=value`.
    pub(crate) fn attribute(&mut self, name: &str, value: &[u8]) {
        put_length(&mut self.bytes, 2 + name.len() + value.len());
        self.bytes.push(b'=');
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(b'=');
        self.bytes.extend_from_slice(value);
    }

    /// Ends the sentence.
    pub(crate) fn end(&mut self) {
        self.bytes.push(0);
    }

    /// A whole sentence without attributes.
    pub(crate) fn bare(&mut self, word: &str, tag: Option<&[u8]>) {
        self.begin(word, tag);
        self.end();
    }

    /// What has been written.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_round_trip_at_every_boundary() {
        for length in [0, 1, 0x7F, 0x80, 0x3FFF, 0x4000, 0x1F_FFFF, 0x20_0000, 0x0FFF_FFFF, 0x1000_0000] {
            let mut out = Vec::new();
            put_length(&mut out, length);
            assert_eq!(decode_length(&out), Ok(Some((out.len(), length))), "{length:#x}");
            for cut in 0..out.len() {
                assert_eq!(decode_length(&out[..cut]), Ok(None), "{length:#x} cut at {cut}");
            }
        }
    }

    #[test]
    fn undefined_prefixes_are_refused() {
        for first in 0xF1..=0xFF {
            assert_eq!(decode_length(&[first]), Err(CodecError::Control(first)));
        }
    }

    #[test]
    fn sentences_survive_any_split_and_empty_ones_are_skipped() {
        let mut reply = Reply::default();
        reply.end();
        reply.begin("/ppp/active/print", Some(b"7"));
        reply.attribute("name", &[0xE8; 200]);
        reply.end();
        let bytes = reply.into_bytes();
        for split in 0..bytes.len() {
            let mut decoder = Decoder::default();
            decoder.buffer().extend_from_slice(&bytes[..split]);
            assert_eq!(decoder.next(), Ok(None));
            decoder.buffer().extend_from_slice(&bytes[split..]);
            let words = decoder.next().unwrap().unwrap();
            assert_eq!(words[..2], ["/ppp/active/print", ".tag=7"]);
            assert_eq!(words[2].len(), 206);
            assert_eq!(decoder.next(), Ok(None));
        }
    }

    #[test]
    fn a_word_above_the_limit_is_refused_by_its_header() {
        let mut decoder = Decoder::default();
        decoder.buffer().extend_from_slice(&[0xF0, 0x7F, 0xFF, 0xFF, 0xFF]);
        assert_eq!(decoder.next(), Err(CodecError::WordTooLong(0x7FFF_FFFF)));
    }
}

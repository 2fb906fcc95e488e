//! Words and sentences of the RouterOS API, without any I/O.
//!
//! A word is a length prefix of one to five bytes and its content; a sentence is a run of words that ends with an empty
//! one. The codec owns the framing and its bounds and nothing else: what a word means is decided in [`crate::proto`].
//! A decoded [`Sentence`] is one shared slice of the receive buffer, so that a row costs no copy and no allocation.

mod decoder;
mod encoder;
mod length;
mod sentence;

pub use decoder::{DecodeError, Decoder};
pub use encoder::{EncodeError, Encoder};
pub use sentence::{Sentence, Words};

/// Bounds on what a peer may make us hold.
///
/// The protocol itself allows words of 4 GiB; the largest legitimate reply word is far below a mebibyte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest word, in bytes of content.
    pub max_word: usize,
    /// Longest sentence, in bytes on the wire (length prefixes included).
    pub max_sentence: usize,
    /// Most words in one sentence.
    pub max_words: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_word: 1 << 20, max_sentence: 4 << 20, max_words: 1024 }
    }
}

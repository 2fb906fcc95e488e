//! A whole sentence as it came from the wire.

use std::fmt;

use bytes::Bytes;

use super::length::{self, Prefix};
use crate::redact;

/// The words of one sentence, kept as one shared slice of the receive buffer and walked on demand.
///
/// A clone is a reference count. A sentence keeps the receive buffer it lies in alive (some ten kilobytes); copy what is
/// to be remembered for long.
#[derive(Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Words with their length prefixes, without the terminator. Checked by the decoder.
    wire: Bytes,
    words: usize,
}

impl Sentence {
    pub(super) fn checked(wire: Bytes, words: usize) -> Self {
        Self { wire, words }
    }

    /// The words in order.
    #[inline]
    #[must_use]
    pub fn words(&self) -> Words<'_> {
        Words { rest: &self.wire }
    }

    /// Number of words, never zero.
    #[must_use]
    pub fn word_count(&self) -> usize {
        self.words
    }

    /// Size on the wire in bytes, without the terminator.
    #[must_use]
    pub fn wire_len(&self) -> usize {
        self.wire.len()
    }

    /// A shared slice for a part of this sentence that was borrowed from it, without a copy.
    ///
    /// # Panics
    /// If `part` isn't borrowed from this sentence.
    #[must_use]
    pub fn share(&self, part: &[u8]) -> Bytes {
        self.wire.slice_ref(part)
    }
}

/// Secrets are left out.
impl fmt::Debug for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.words().map(redact::Word)).finish()
    }
}

/// Iterator over the words of a [`Sentence`].
#[derive(Clone)]
pub struct Words<'a> {
    rest: &'a [u8],
}

impl<'a> Words<'a> {
    /// Walks words that were encoded by this crate (a command before its terminator).
    pub(crate) fn over(wire: &'a [u8]) -> Self {
        Self { rest: wire }
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let Prefix::Word { size, len } = length::read(self.rest) else { return None };
        let word = self.rest.get(size..)?.get(..len)?;
        self.rest = &self.rest[size + len..];
        Some(word)
    }
}

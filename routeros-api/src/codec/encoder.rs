//! From sentences to bytes.

use bytes::{BufMut, Bytes, BytesMut};

use super::length;

/// Why a word can't be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// An empty word would end the sentence.
    #[error("an empty word would end the sentence")]
    EmptyWord,
    /// The length doesn't fit a length prefix.
    #[error("a word of {0} bytes does not fit a length prefix")]
    WordTooLong(usize),
}

/// Writes words and sentences, always with the shortest length prefix.
#[derive(Debug, Default)]
pub struct Encoder {
    buffer: BytesMut,
}

impl Encoder {
    /// An encoder that has written nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one word.
    ///
    /// # Errors
    /// [`EncodeError`] for an empty word or one of 4 GiB or more; nothing is written then.
    pub fn word(&mut self, word: &[u8]) -> Result<(), EncodeError> {
        self.word_of(&[word])
    }

    /// Appends one word whose content is given in parts.
    ///
    /// # Errors
    /// As [`Self::word`].
    pub fn word_of(&mut self, parts: &[&[u8]]) -> Result<(), EncodeError> {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        if len == 0 {
            return Err(EncodeError::EmptyWord);
        }
        let announced = u32::try_from(len).map_err(|_| EncodeError::WordTooLong(len))?;
        let (prefix, size) = length::write(announced);
        self.buffer.reserve(size + len);
        self.buffer.put_slice(&prefix[..size]);
        for part in parts {
            self.buffer.put_slice(part);
        }
        Ok(())
    }

    /// Ends the sentence.
    pub fn end(&mut self) {
        self.buffer.put_u8(0);
    }

    /// Appends a whole sentence.
    ///
    /// # Errors
    /// As [`Self::word`]; the words before the refused one stay written.
    pub fn sentence<W: AsRef<[u8]>>(
        &mut self,
        words: impl IntoIterator<Item = W>,
    ) -> Result<(), EncodeError> {
        for word in words {
            self.word(word.as_ref())?;
        }
        self.end();
        Ok(())
    }

    /// What has been written so far.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.buffer
    }

    /// Takes what has been written and starts anew.
    pub fn take(&mut self) -> Bytes {
        self.buffer.split().freeze()
    }
}

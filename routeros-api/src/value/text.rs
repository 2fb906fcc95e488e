//! Text of unknown encoding.

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use encoding_rs::{Encoding, WINDOWS_1251};

/// Text read from bytes, and whether the fallback encoding was needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// `true` if the bytes weren't UTF-8 and were taken for the fallback. Never write such a text back: it would change
    /// the bytes on the router.
    pub recoded: bool,
}

/// Strict UTF-8, else windows-1251, which is what WinBox 3 writes for Cyrillic.
#[must_use]
pub fn to_text(value: &[u8]) -> Decoded<'_> {
    to_text_with(value, WINDOWS_1251)
}

fn to_text_with<'a>(value: &'a [u8], fallback: &'static Encoding) -> Decoded<'a> {
    match std::str::from_utf8(value) {
        Ok(text) => Decoded { text: Cow::Borrowed(text), recoded: false },
        Err(_) => Decoded { text: fallback.decode_without_bom_handling(value).0, recoded: true },
    }
}

/// How a name may be kept so that it reads like this ([`to_text`]): as UTF-8, and as windows-1251 if that has its letters.
#[must_use]
pub fn spellings(name: &str) -> Vec<Text> {
    let mut spellings = vec![Text::from(name)];
    let (old, _, unwritable) = WINDOWS_1251.encode(name);
    // What is UTF-8 as well reads as another name.
    if !unwritable && std::str::from_utf8(&old).is_err() {
        spellings.push(Text::copy_from(&old));
    }
    spellings
}

/// A name, a comment, a message: the bytes of the router, compared as bytes.
///
/// A text is a shared slice of the receive buffer and keeps that alive; [`Text::compact`] before remembering it for long.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text(Bytes);

impl Text {
    /// Copies `value`.
    #[must_use]
    pub fn copy_from(value: &[u8]) -> Self {
        Self(Bytes::copy_from_slice(value))
    }

    /// The bytes as the router has them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as the router has them, shared.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For people: strict UTF-8, else windows-1251.
    #[must_use]
    pub fn to_text(&self) -> Decoded<'_> {
        to_text(&self.0)
    }

    /// For people, with another fallback than windows-1251 (a setting of the router).
    #[must_use]
    pub fn to_text_with(&self, fallback: &'static Encoding) -> Decoded<'_> {
        to_text_with(&self.0, fallback)
    }

    /// A copy that doesn't keep the receive buffer alive.
    #[must_use]
    pub fn compact(&self) -> Self {
        Self::copy_from(&self.0)
    }
}

impl From<Bytes> for Text {
    fn from(value: Bytes) -> Self {
        Self(value)
    }
}

impl From<Vec<u8>> for Text {
    fn from(value: Vec<u8>) -> Self {
        Self(value.into())
    }
}

impl From<&str> for Text {
    fn from(value: &str) -> Self {
        Self::copy_from(value.as_bytes())
    }
}

/// As it is shown to people ([`Text::to_text`]).
impl From<&Text> for String {
    fn from(value: &Text) -> Self {
        value.to_text().text.into_owned()
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_text().text.fmt(f)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_text().text, f)
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1252;

    use super::{Text, spellings, to_text};

    #[test]
    fn a_name_is_looked_for_as_it_may_be_kept() {
        let bytes = |name| spellings(name).iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
        assert_eq!(bytes("ivan"), [b"ivan"]);
        assert_eq!(bytes("иван"), ["иван".as_bytes(), b"\xe8\xe2\xe0\xed"]);
        // In windows-1251 these are the bytes of another letter in UTF-8, or cannot be written at all.
        assert_eq!(bytes("Р°"), ["Р°".as_bytes()]);
        assert_eq!(bytes("伊万"), ["伊万".as_bytes()]);
        for name in ["иван", "Ёж", "Їжак", "a\u{98}"] {
            assert!(spellings(name).iter().all(|kept| to_text(kept.as_bytes()).text == name), "{name}");
        }
    }

    #[test]
    fn utf8_is_taken_as_it_is() {
        let text = Text::from("апартамент");
        assert_eq!(text.to_text().text, "апартамент");
        assert!(!text.to_text().recoded);
    }

    /// The bytes of a WinBox 3 comment that reads "àïàðòàìàíò" in Latin-1.
    #[test]
    fn winbox_cyrillic_is_recoded() {
        let text = Text::copy_from(b"\xe0\xef\xe0\xf0\xf2\xe0\xec\xe5\xed\xf2");
        assert_eq!(text.to_text().text, "апартамент");
        assert!(text.to_text().recoded);
        assert_eq!(text.to_text_with(WINDOWS_1252).text, "àïàðòàìåíò");
        assert_eq!(text.as_bytes(), b"\xe0\xef\xe0\xf0\xf2\xe0\xec\xe5\xed\xf2");
    }
}

//! What the words of a reply mean: its kind, its tag, its attributes.

use std::fmt;

use bytes::Bytes;

use crate::{
    codec::{DecodeError, Sentence},
    redact,
    value::{Text, to_u64},
};

/// First word of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `!re`: one row.
    Row,
    /// `!done`: the end of a command. May carry `=ret=`.
    Done,
    /// `!trap`: an error. Not the end: a `!done` follows.
    Trap,
    /// `!fatal`: the router closes the connection.
    Fatal,
    /// `!empty`: there are no rows (RouterOS 7.18 and later). Not the end: a `!done` follows.
    Empty,
}

/// What a peer sent although the protocol has no such thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// The bytes are no sentences.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The first word isn't a reply word.
    #[error("a reply starts with {0:?}")]
    UnknownReply(Text),
    /// A reply has two tags.
    #[error("a reply carries two tags")]
    DuplicateTag,
}

/// One sentence of the router.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    kind: Kind,
    tag: Option<Bytes>,
    row: Row,
}

impl Reply {
    /// Reads the reply word and the tag, wherever the tag stands.
    ///
    /// # Errors
    /// [`ProtocolError`] if the first word is none of the five, or there are two tags.
    pub fn parse(sentence: Sentence) -> Result<Self, ProtocolError> {
        let (kind, tag) = head(&sentence)?;
        let tag = tag.map(|tag| sentence.share(tag));
        Ok(Self { kind, tag, row: Row(sentence) })
    }

    /// What sort of reply this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The tag of the command this answers.
    #[must_use]
    pub fn tag(&self) -> Option<&[u8]> {
        self.tag.as_deref()
    }

    /// The attributes.
    #[must_use]
    pub fn row(&self) -> &Row {
        &self.row
    }

    /// The attributes, by value.
    #[must_use]
    pub fn into_row(self) -> Row {
        self.row
    }

    /// The text of an error: `=message=`, else the bare words, as `!fatal` has them.
    #[must_use]
    pub fn message(&self) -> Text {
        match self.row.bytes("message") {
            Some(message) => Text::from(message),
            None => Text::from(self.row.extra().collect::<Vec<_>>().join(&b' ')),
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reply").field(&self.row.0).finish()
    }
}

/// Kind and tag of a sentence, borrowed: the hot path of a connection needs no more.
#[inline]
pub(crate) fn head(sentence: &Sentence) -> Result<(Kind, Option<&[u8]>), ProtocolError> {
    let mut words = sentence.words();
    let kind = match words.next().unwrap_or_default() {
        b"!re" => Kind::Row,
        b"!done" => Kind::Done,
        b"!trap" => Kind::Trap,
        b"!fatal" => Kind::Fatal,
        b"!empty" => Kind::Empty,
        other => return Err(ProtocolError::UnknownReply(Text::copy_from(&other[..other.len().min(64)]))),
    };
    let mut tag = None;
    for word in words {
        if let Some(value) = word.strip_prefix(b".tag=")
            && tag.replace(value).is_some()
        {
            return Err(ProtocolError::DuplicateTag);
        }
    }
    Ok((kind, tag))
}

/// The attributes of one reply, in the order of the wire.
///
/// A row is a shared slice of the receive buffer; see [`Sentence`] for what that means for memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Row(Sentence);

impl Row {
    pub(crate) fn of(sentence: Sentence) -> Self {
        Self(sentence)
    }

    /// Value of the first attribute called `name`.
    #[inline]
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.words().skip(1).find_map(|word| value_of(word, name.as_bytes()))
    }

    /// As [`Self::get`], as a shared slice.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<Bytes> {
        self.get(name).map(|value| self.0.share(value))
    }

    /// As [`Self::get`], as text of unknown encoding.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Text> {
        self.bytes(name).map(Text::from)
    }

    /// The attributes (`=name=value`) in order. An attribute without a second `=` has an empty value.
    #[inline]
    pub fn attrs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.words().skip(1).filter_map(attribute)
    }

    /// The attributes in order, as shared slices.
    pub fn shared_attrs(&self) -> impl Iterator<Item = (Bytes, Bytes)> {
        self.attrs().map(|(name, value)| (self.0.share(name), self.0.share(value)))
    }

    /// Words that are neither attributes nor the tag.
    pub fn extra(&self) -> impl Iterator<Item = &[u8]> {
        self.0.words().skip(1).filter(|word| !word.starts_with(b"=") && !word.starts_with(b".tag="))
    }

    /// Whether this row of a listen tells that the item is gone (`=.dead=true`, in the manual `yes`).
    #[must_use]
    pub fn is_dead(&self) -> bool {
        matches!(self.get(".dead"), Some(b"true" | b"yes"))
    }

    /// Size on the wire in bytes.
    #[must_use]
    pub fn wire_len(&self) -> usize {
        self.0.wire_len()
    }
}

/// Secrets are left out.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.attrs() {
            map.entry(&format_args!("{}", name.escape_ascii()), &redact::Value { name, value });
        }
        map.finish()
    }
}

#[inline]
fn attribute(word: &[u8]) -> Option<(&[u8], &[u8])> {
    let body = word.strip_prefix(b"=")?;
    Some(match body.iter().position(|&byte| byte == b'=') {
        Some(at) => (&body[..at], &body[at + 1..]),
        None => (body, &[]),
    })
}

/// The value of an attribute, if it is called `name`. Tables of ten thousand rows are read by this: without a search for
/// where each name ends.
#[inline]
fn value_of<'a>(word: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    match word.strip_prefix(b"=")?.strip_prefix(name)? {
        [b'=', value @ ..] => Some(value),
        [] => Some(&[]),
        _ => None,
    }
}

/// The number a `!trap` carries. Open-ended: RouterOS adds numbers without notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Category {
    /// 0: missing item or command.
    Missing,
    /// 1: argument value failure.
    Argument,
    /// 2: execution was interrupted, by `/cancel` for instance.
    Interrupted,
    /// 3: scripting failure.
    Scripting,
    /// 4: general failure.
    General,
    /// 5: API failure.
    Api,
    /// 6: TTY failure.
    Tty,
    /// 7: a value generated by `:return`.
    Return,
    /// A number this crate has no name for.
    Other(u64),
}

impl From<u64> for Category {
    fn from(number: u64) -> Self {
        match number {
            0 => Self::Missing,
            1 => Self::Argument,
            2 => Self::Interrupted,
            3 => Self::Scripting,
            4 => Self::General,
            5 => Self::Api,
            6 => Self::Tty,
            7 => Self::Return,
            other => Self::Other(other),
        }
    }
}

/// A refusal by the router. Texts differ between versions: decide by the predicates, show the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trap {
    /// The number, which many traps lack.
    pub category: Option<Category>,
    /// The text as it came.
    pub message: Text,
}

impl Trap {
    pub(crate) fn of(reply: &Reply) -> Self {
        let category = reply.row.get("category").and_then(to_u64).map(Category::from);
        Self { category, message: reply.message() }
    }

    /// The item is gone: `no such item`, `no such item (4)`.
    #[must_use]
    pub fn is_no_such_item(&self) -> bool {
        self.starts_with("no such item")
    }

    /// There is no such menu or command: the package isn't installed or the version differs.
    #[must_use]
    pub fn is_no_such_command(&self) -> bool {
        self.starts_with("no such command")
    }

    /// What was to be added exists: `failure: already have such entry`, `failure: secret with the same name already
    /// exists` and their relatives.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        self.starts_with("already have") || self.message.as_bytes().ends_with(b"already exists")
    }

    /// The account lacks a right: `not enough permissions (9)`, `std failure: not allowed (9)`.
    #[must_use]
    pub fn is_not_permitted(&self) -> bool {
        self.starts_with("not enough permissions") || self.starts_with("not allowed (9)")
    }

    /// Device-mode forbids the command.
    #[must_use]
    pub fn is_device_mode(&self) -> bool {
        self.starts_with("not allowed by device-mode") || self.starts_with("configuration flagged")
    }

    /// The command was interrupted, which is how a cancelled one ends.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.category == Some(Category::Interrupted) || self.starts_with("interrupted")
    }

    /// Whether the message starts so, not counting `failure: ` and `std failure: ` in front.
    fn starts_with(&self, prefix: &str) -> bool {
        let message = self.message.as_bytes();
        let message = message.strip_prefix(b"std ").unwrap_or(message);
        message.strip_prefix(b"failure: ").unwrap_or(message).starts_with(prefix.as_bytes())
    }
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message.fmt(f)
    }
}

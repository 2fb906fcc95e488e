//! Commands: a path, attributes, a query, and what may be done if the outcome is unknown.

use std::{fmt, time::Duration};

use bytes::Bytes;

use crate::{
    codec::{EncodeError, Encoder, Words},
    redact,
    value::{Generation, Id, spellings},
};

/// Longest word a router takes: 61 440 bytes are refused, and at about 100 kB it closes the connection without a word.
pub const MAX_WORD: usize = 60_000;

/// What a caller may do when it doesn't know whether a command was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Changes nothing: repeat freely.
    Read,
    /// Sets a state: read back, then repeat.
    SetLike,
    /// Makes an item: look for it by its natural key first, else there may be two.
    Add,
    /// Removes an item or ends a session: compare what is there (session-id) first, because ids are reused.
    Kill,
}

impl Class {
    /// The class by the last part of the path.
    fn of(path: &str) -> Self {
        match path.rsplit('/').next().unwrap_or_default() {
            "print" | "getall" | "get" | "find" | "listen" | "monitor" | "cancel" | "login" => Self::Read,
            "add" => Self::Add,
            "remove" | "close-session" => Self::Kill,
            _ => Self::SetLike,
        }
    }
}

/// Why a command can't be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The path doesn't start with a slash.
    #[error("{0:?} is no command path")]
    BadPath(String),
    /// A word is longer than routers take.
    #[error("the value of {name} makes a word of {len} bytes, a router takes {MAX_WORD}")]
    WordTooLong {
        /// Attribute.
        name: String,
        /// Length of the word.
        len: usize,
    },
    /// Ids of two generations in one command.
    #[error("ids of different connections in one command")]
    MixedIds,
    /// A list of ids is empty: the router might take that for "all".
    #[error("no ids were given")]
    NoIds,
}

impl From<EncodeError> for CommandError {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::EmptyWord => Self::BadPath(String::new()),
            EncodeError::WordTooLong(len) => Self::WordTooLong { name: String::new(), len },
        }
    }
}

/// One command. A mistake made while building is kept and reported when it is called, before anything is sent.
pub struct Command {
    words: Encoder,
    class: Class,
    timeout: Option<Duration>,
    row_limit: Option<usize>,
    generation: Option<Generation>,
    error: Option<CommandError>,
}

impl Command {
    /// A command by its path, such as `/ppp/active/print`. The class follows from the last part.
    #[must_use]
    pub fn new(path: &str) -> Self {
        let mut command = Self {
            words: Encoder::new(),
            class: Class::of(path),
            timeout: None,
            row_limit: None,
            generation: None,
            error: None,
        };
        if path.starts_with('/') {
            command.word("path", &[path.as_bytes()]);
        } else {
            command.error = Some(CommandError::BadPath(path.to_owned()));
        }
        command
    }

    /// Adds `=name=value`.
    #[must_use]
    pub fn attr(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.word(name, &[b"=", name.as_bytes(), b"=", value.as_ref()]);
        self
    }

    /// Adds a flag, `=name=` without a value (`count-only`, `stats`).
    #[must_use]
    pub fn flag(self, name: &str) -> Self {
        self.attr(name, "")
    }

    /// Asks for these attributes only. Use it always: it spares slow properties and keeps secrets out of memory.
    #[must_use]
    pub fn proplist(self, names: &[&str]) -> Self {
        self.attr(".proplist", names.join(","))
    }

    /// Acts on one row. The id must be of the connection that the command is called on.
    #[must_use]
    pub fn id(self, id: &Id) -> Self {
        self.ids(std::slice::from_ref(id))
    }

    /// Acts on several rows at once (a comma list in `=.id=`). All must be of the same connection, and at least one.
    #[must_use]
    pub fn ids(mut self, ids: &[Id]) -> Self {
        for id in ids {
            self.require(id.generation());
        }
        if ids.is_empty() {
            self.fail(CommandError::NoIds);
        }
        let raw: Vec<&[u8]> = ids.iter().map(Id::raw).collect();
        self.attr(".id", raw.join(&b','))
    }

    /// Restricts a print to the rows for which `query` holds. Several queries are all to hold.
    #[must_use]
    pub fn query(mut self, query: Query) -> Self {
        for word in &query.words {
            self.word("query", &[word]);
        }
        self
    }

    /// Overrides the class that follows from the path.
    #[must_use]
    pub fn class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    /// Overrides the deadline of the connection's options.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Overrides the most rows that are accepted.
    #[must_use]
    pub fn row_limit(mut self, rows: usize) -> Self {
        self.row_limit = Some(rows);
        self
    }

    /// What may be done if the outcome is unknown.
    #[must_use]
    pub fn idempotence(&self) -> Class {
        self.class
    }

    /// The command word.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        self.words().next().unwrap_or_default()
    }

    /// The words so far.
    #[must_use]
    pub fn words(&self) -> Words<'_> {
        Words::over(self.words.as_slice())
    }

    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.timeout
    }

    pub(crate) fn max_rows(&self) -> Option<usize> {
        self.row_limit
    }

    pub(crate) fn generation(&self) -> Option<Generation> {
        self.generation
    }

    /// The mistake made while building, if any.
    pub(crate) fn check(&self) -> Result<(), CommandError> {
        self.error.clone().map_or(Ok(()), Err)
    }

    /// The bytes to send, tagged.
    pub(crate) fn encode(mut self, tag: u64) -> Bytes {
        self.word("tag", &[b".tag=", tag.to_string().as_bytes()]);
        self.words.end();
        self.words.take()
    }

    fn require(&mut self, generation: Generation) {
        match self.generation {
            Some(other) if other != generation => self.fail(CommandError::MixedIds),
            _ => self.generation = Some(generation),
        }
    }

    fn word(&mut self, name: &str, parts: &[&[u8]]) {
        let len = parts.iter().map(|part| part.len()).sum();
        if len > MAX_WORD {
            self.fail(CommandError::WordTooLong { name: name.to_owned(), len });
        } else if let Err(error) = self.words.word_of(parts) {
            self.fail(error.into());
        }
    }

    /// Keeps the first mistake.
    fn fail(&mut self, error: CommandError) {
        self.error.get_or_insert(error);
    }
}

/// Secrets are left out.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.words().map(redact::Word)).finish()
    }
}

/// A condition on rows, evaluated by the router. There are no patterns, only presence and comparison.
#[derive(Clone)]
pub struct Query {
    /// Postfix order, as the router's stack machine wants them.
    words: Vec<Vec<u8>>,
}

impl Query {
    /// The attribute has this value. Booleans are compared with `true` and `false`.
    #[must_use]
    pub fn eq(name: &str, value: impl AsRef<[u8]>) -> Self {
        Self::compare(name, b"?=", value.as_ref())
    }

    /// The attribute reads like this, in whichever encoding it is kept ([`crate::value::spellings`]).
    #[must_use]
    pub fn reads(name: &str, text: &str) -> Self {
        let each = spellings(text).into_iter().map(|kept| Self::eq(name, kept));
        each.reduce(Self::or).unwrap_or_else(|| Self::eq(name, text))
    }

    /// The attribute is less than this value.
    #[must_use]
    pub fn less(name: &str, value: impl AsRef<[u8]>) -> Self {
        Self::compare(name, b"?<", value.as_ref())
    }

    /// The attribute is greater than this value.
    #[must_use]
    pub fn greater(name: &str, value: impl AsRef<[u8]>) -> Self {
        Self::compare(name, b"?>", value.as_ref())
    }

    /// The attribute is there, whatever its value. True of `disabled` in every row: compare that with [`Self::eq`].
    #[must_use]
    pub fn present(name: &str) -> Self {
        Self { words: vec![[b"?", name.as_bytes()].concat()] }
    }

    /// The attribute isn't there.
    #[must_use]
    pub fn absent(name: &str) -> Self {
        Self { words: vec![[b"?-", name.as_bytes()].concat()] }
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.join(other, b"?#&")
    }

    /// At least one holds.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.join(other, b"?#|")
    }

    /// It doesn't hold.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a builder method beside `and` and `or`")]
    pub fn not(mut self) -> Self {
        self.words.push(b"?#!".to_vec());
        self
    }

    fn compare(name: &str, operator: &[u8], value: &[u8]) -> Self {
        Self { words: vec![[operator, name.as_bytes(), b"=", value].concat()] }
    }

    fn join(mut self, other: Self, operator: &[u8]) -> Self {
        self.words.extend(other.words);
        self.words.push(operator.to_vec());
        self
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.words.iter().map(|word| redact::Word(word))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, Command, CommandError, MAX_WORD, Query};
    use crate::value::{Generation, Id};

    #[test]
    fn a_command_is_its_words_and_a_tag() {
        let command = Command::new("/ppp/active/print").proplist(&[".id", "name"]).query(
            Query::eq("name", "ivan").or(Query::eq("name", "petr")).and(Query::absent("radius").not()),
        );
        assert_eq!(
            format!("{command:?}"),
            r#"["/ppp/active/print", "=.proplist=.id,name", "?=name=ivan", "?=name=petr", "?#|", "?-radius", "?#!", "?#&"]"#
        );
        assert_eq!(&command.path(), b"/ppp/active/print");
        let bytes = Command::new("/a").attr("b", "c").encode(7);
        assert_eq!(&bytes[..], b"\x02/a\x04=b=c\x06.tag=7\0");
    }

    #[test]
    fn the_class_follows_from_the_path() {
        let classes = [
            "/ppp/active/print",
            "/ppp/active/listen",
            "/ppp/secret/set",
            "/ip/firewall/filter/enable",
            "/ip/firewall/address-list/add",
            "/ppp/active/remove",
            "/user-manager/session/close-session",
        ]
        .map(|path| Command::new(path).idempotence());
        use Class::{Add, Kill, Read, SetLike};
        assert_eq!(classes, [Read, Read, SetLike, SetLike, Add, Kill, Kill]);
    }

    #[test]
    fn mistakes_are_kept_until_the_call() {
        let (old, new) = (Generation::fresh(), Generation::fresh());
        let too_long = vec![b'x'; MAX_WORD];
        assert!(matches!(Command::new("ppp").check(), Err(CommandError::BadPath(_))));
        assert!(matches!(
            Command::new("/a").attr("b", too_long).check(),
            Err(CommandError::WordTooLong { .. })
        ));
        assert_eq!(Command::new("/a").ids(&[]).check(), Err(CommandError::NoIds));
        assert_eq!(
            Command::new("/a").id(&Id::new(old, "*1")).id(&Id::new(new, "*1")).check(),
            Err(CommandError::MixedIds)
        );
        assert_eq!(Command::new("/a").ids(&[Id::new(new, "*1"), Id::new(new, "*2")]).check(), Ok(()));
    }

    #[test]
    fn secrets_are_not_shown() {
        let command = Command::new("/ppp/secret/add")
            .attr("name", "ivan")
            .attr("password", "hunter2")
            .query(Query::eq("password", "hunter2"));
        assert_eq!(
            format!("{command:?}"),
            r#"["/ppp/secret/add", "=name=ivan", "=password=[7 bytes]", "?=password=[7 bytes]"]"#
        );
    }
}

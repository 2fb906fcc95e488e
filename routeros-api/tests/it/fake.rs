//! The router's end of a connection: reads and writes words by its own, simple means.

use std::future::Future;

use routeros_api::{ConnectOptions, Connection};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream},
    task::JoinHandle,
};

/// One sentence for the wire, with one- and two-byte lengths.
pub(crate) fn wire(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in words {
        match word.len() {
            len @ 1..0x80 => bytes.push(len as u8),
            len @ 0x80..0x4000 => bytes.extend([(len >> 8) as u8 | 0x80, len as u8]),
            len => panic!("no word of {len} bytes in a story"),
        }
        bytes.extend_from_slice(word);
    }
    bytes.push(0);
    bytes
}

/// A command as it came, its tag apart.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) words: Vec<String>,
    pub(crate) tag: String,
}

impl Heard {
    pub(crate) fn path(&self) -> &str {
        &self.words[0]
    }

    pub(crate) fn has(&self, word: &str) -> bool {
        self.words.iter().any(|heard| heard == word)
    }
}

/// A router over any stream.
pub(crate) struct Peer<S> {
    pub(crate) io: S,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    /// The next command; panics at the end of the stream.
    pub(crate) async fn hear(&mut self) -> Heard {
        self.try_hear().await.expect("a command was expected")
    }

    /// The next command; `None` at the end of the stream.
    pub(crate) async fn try_hear(&mut self) -> Option<Heard> {
        let mut heard = Heard { words: Vec::new(), tag: String::new() };
        loop {
            let len = match self.io.read_u8().await.ok()? {
                0 => return Some(heard),
                short @ 1..0x80 => usize::from(short),
                long @ 0x80..0xC0 => {
                    usize::from(long & 0x3F) << 8 | usize::from(self.io.read_u8().await.ok()?)
                }
                other => panic!("a prefix of {other:#x} in a story"),
            };
            let mut word = vec![0; len];
            self.io.read_exact(&mut word).await.ok()?;
            let word = String::from_utf8(word).expect("commands of the stories are UTF-8");
            match word.strip_prefix(".tag=") {
                Some(tag) => tag.clone_into(&mut heard.tag),
                None => heard.words.push(word),
            }
        }
    }

    /// A command that must have this path.
    pub(crate) async fn expect(&mut self, path: &str) -> Heard {
        let heard = self.hear().await;
        assert_eq!(heard.path(), path);
        heard
    }

    pub(crate) async fn raw(&mut self, bytes: &[u8]) {
        self.io.write_all(bytes).await.expect("the client reads");
        self.io.flush().await.expect("the client reads");
    }

    /// A reply with the tag right after the reply word, as routers send it.
    pub(crate) async fn say(&mut self, kind: &str, tag: &str, words: &[&str]) {
        let tag = format!(".tag={tag}");
        let mut all = vec![kind.as_bytes(), tag.as_bytes()];
        all.extend(words.iter().map(|word| word.as_bytes()));
        self.raw(&wire(&all)).await;
    }

    pub(crate) async fn done(&mut self, tag: &str) {
        self.say("!done", tag, &[]).await;
    }

    /// Accepts the login of `api` with the password `secret`.
    pub(crate) async fn login(&mut self) {
        let login = self.expect("/login").await;
        assert!(login.has("=name=api") && login.has("=password=secret"), "{login:?}");
        self.done(&login.tag).await;
    }
}

/// A connection, without login, to a router that acts out `story`.
pub(crate) fn play<F, Fut>(options: ConnectOptions, story: F) -> (Connection, JoinHandle<()>)
where
    F: FnOnce(Peer<DuplexStream>) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let (ours, theirs) = tokio::io::duplex(64 * 1024);
    let (reader, writer) = tokio::io::split(ours);
    let router = tokio::spawn(story(Peer { io: theirs }));
    (Connection::over(reader, writer, options), router)
}

/// [`play`] with the usual options.
pub(crate) fn router<F, Fut>(story: F) -> (Connection, JoinHandle<()>)
where
    F: FnOnce(Peer<DuplexStream>) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    play(ConnectOptions::default(), story)
}

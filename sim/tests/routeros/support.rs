//! A client of the tests' own: it shows sentences as they come over the wire, word by word.

use std::{net::SocketAddr, time::Duration};

use sim::routeros::{Builder, RouterSim};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// 2026-11-22 09:20:00 UTC.
pub(crate) const MORNING: u64 = 1_795_339_200;

/// A router with an API user `sallyport` and the account `ivan`, whose clock stands until it is advanced.
pub(crate) fn furnished(version: &str) -> Builder {
    RouterSim::builder()
        .version(version)
        .standing_clock(MORNING)
        .user("sallyport", "secret", "read,write,api")
        .secret("ivan")
}

/// A connection that reads and writes plain words.
pub(crate) struct Wire<S = TcpStream> {
    stream: S,
}

impl Wire {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap() }
    }

    /// A connection on which `sallyport` is logged in.
    pub(crate) async fn logged_in(router: &RouterSim) -> Self {
        let mut wire = Self::open(router.addr()).await;
        wire.send(&["/login", "=name=sallyport", "=password=secret"]).await;
        assert_eq!(wire.read().await, ["!done"]);
        wire
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(crate) fn over(stream: S) -> Self {
        Self { stream }
    }

    pub(crate) async fn send(&mut self, words: &[&str]) {
        let words: Vec<_> = words.iter().map(|word| word.as_bytes()).collect();
        self.send_bytes(&words).await;
    }

    pub(crate) async fn send_bytes(&mut self, words: &[&[u8]]) {
        let mut bytes = Vec::new();
        for word in words {
            let length = u16::try_from(word.len()).unwrap();
            if length < 0x80 {
                bytes.push(length as u8);
            } else {
                bytes.extend((length | 0x8000).to_be_bytes());
            }
            bytes.extend_from_slice(word);
        }
        bytes.push(0);
        self.stream.write_all(&bytes).await.unwrap();
    }

    /// The words of the next sentence; none if the connection was closed.
    pub(crate) async fn read_bytes(&mut self) -> Vec<Vec<u8>> {
        timeout(Duration::from_secs(10), async {
            let mut words = Vec::new();
            while let Some(length) = self.read_length().await {
                if length == 0 {
                    return words;
                }
                let mut word = vec![0; length];
                if self.stream.read_exact(&mut word).await.is_err() {
                    break;
                }
                words.push(word);
            }
            Vec::new()
        })
        .await
        .expect("a sentence")
    }

    pub(crate) async fn read(&mut self) -> Vec<String> {
        self.read_bytes().await.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    }

    async fn read_length(&mut self) -> Option<usize> {
        let first = self.stream.read_u8().await.ok()?;
        Some(match first {
            0..0x80 => usize::from(first),
            0x80..0xC0 => usize::from(first & 0x3F) << 8 | usize::from(self.stream.read_u8().await.ok()?),
            _ => panic!("unexpected length prefix {first:#x}"),
        })
    }

    /// Sends a command and reads up to its `!done`, or up to the end of the connection.
    pub(crate) async fn ask(&mut self, words: &[&str]) -> Vec<Vec<String>> {
        self.send(words).await;
        let mut sentences = Vec::new();
        loop {
            let sentence = self.read().await;
            let last = sentence.is_empty() || sentence[0] == "!done";
            if !sentence.is_empty() {
                sentences.push(sentence);
            }
            if last {
                return sentences;
            }
        }
    }

    /// Asks, and expects this trap with a `!done` behind it.
    pub(crate) async fn refused(&mut self, words: &[&str], text: &str) {
        let answer = self.ask(words).await;
        assert_eq!(answer.len(), 2, "{words:?}: {answer:?}");
        assert_eq!(answer[0][0], "!trap", "{words:?}: {answer:?}");
        assert_eq!(answer[0].last().unwrap(), &format!("=message={text}"), "{words:?}");
        assert_eq!(answer[1][0], "!done");
    }

    /// Asks, expects success, and returns what `=ret=` says.
    pub(crate) async fn done(&mut self, words: &[&str]) -> String {
        let answer = self.ask(words).await;
        assert_eq!(answer.len(), 1, "{words:?}: {answer:?}");
        assert_eq!(answer[0][0], "!done");
        answer[0].get(1).map(|word| word.strip_prefix("=ret=").unwrap().to_owned()).unwrap_or_default()
    }
}

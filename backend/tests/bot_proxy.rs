//! Telegram through a proxy: every call takes it, none goes past it, and its password is never shown.

mod bot_cast;

use bot_cast::{BACKSTOP, BotCast, Database, TOKEN};
use sallyport::{
    bot::{Address, BotState, Telegram},
    config::Secret,
};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, OnceLock},
};
use teloxide::payloads::GetMe;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpSocket, TcpStream},
};
use tokio_util::task::AbortOnDropHandle;

/// A name that nobody can resolve: whoever calls it directly gets nowhere.
const NOWHERE: &str = "http://telegram.invalid:8081";

/// A proxy that leads everything to one place and notes what it was asked for.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    target: Arc<OnceLock<SocketAddr>>,
    _task: AbortOnDropHandle<()>,
}

#[derive(Clone, Copy)]
enum Kind {
    Http,
    Socks,
}

impl Proxy {
    async fn start(kind: Kind) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let target = Arc::new(OnceLock::new());
        let (notes, leads_to) = (asked.clone(), target.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let notes = notes.clone();
                let target = *leads_to.get().unwrap_or(&([127, 0, 0, 1], 9).into());
                tokio::spawn(async move {
                    // A client that hangs up is no matter.
                    let _ = match kind {
                        Kind::Http => http(stream, target, &notes).await,
                        Kind::Socks => socks(stream, target, &notes).await,
                    };
                });
            }
        });
        Self { address, asked, target, _task: AbortOnDropHandle::new(task) }
    }

    /// Where everything leads to from now on.
    fn lead_to(&self, target: SocketAddr) {
        self.target.set(target).unwrap();
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Plain requests are passed on as they are; tunnels (`CONNECT`) are noted and refused.
async fn http(mut client: TcpStream, target: SocketAddr, notes: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let refused = text.starts_with("CONNECT");
    notes.lock().unwrap().push(text);
    if refused {
        return client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await;
    }
    let mut server = TcpStream::connect(target).await?;
    server.write_all(&head).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// RFC 1928 and, for names and passwords, RFC 1929.
async fn socks(mut client: TcpStream, target: SocketAddr, notes: &Mutex<Vec<String>>) -> std::io::Result<()> {
    assert_eq!(client.read_u8().await?, 5);
    let mut methods = vec![0; client.read_u8().await?.into()];
    client.read_exact(&mut methods).await?;
    let mut who = String::new();
    if methods.contains(&2) {
        client.write_all(&[5, 2]).await?;
        client.read_u8().await?;
        let name = counted(&mut client).await?;
        let password = counted(&mut client).await?;
        who = format!("{name}:{password}@");
        client.write_all(&[1, 0]).await?;
    } else {
        client.write_all(&[5, 0]).await?;
    }
    let mut request = [0; 4];
    client.read_exact(&mut request).await?;
    let host = match request[3] {
        1 => client.read_u32().await.map(|ip| std::net::Ipv4Addr::from(ip).to_string())?,
        _ => counted(&mut client).await?,
    };
    let port = client.read_u16().await?;
    notes.lock().unwrap().push(format!("{who}{host}:{port}"));
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    let mut server = TcpStream::connect(target).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// A text with its length before it.
async fn counted(client: &mut TcpStream) -> std::io::Result<String> {
    let mut text = vec![0; client.read_u8().await?.into()];
    client.read_exact(&mut text).await?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// Anna is greeted by a bot that reaches Telegram through the proxy alone; gives what the proxy was asked for.
async fn greeted(kind: Kind, scheme: &str) -> Vec<String> {
    let proxy = Proxy::start(kind).await;
    let url = format!("{scheme}://anna:pass-word@{}", proxy.address);
    let variables = [("SALLYPORT_TELEGRAM_API_URL", NOWHERE), ("SALLYPORT_TELEGRAM_PROXY", url.as_str())];
    let mut cast = BotCast::assemble_with(&Database::Sqlite, &variables).await;
    proxy.lead_to(cast.telegram.address());
    cast.start();
    let anna = cast.stranger(1, "Anna", "en");
    anna.send("/start").await;
    anna.wait_message(|message| message.text.starts_with("Hello!")).await.unwrap();
    cast.telegram.wait_confirmed().await.unwrap();
    assert!(!format!("{:?}", cast.app.bot.health()).contains("pass-word"));
    proxy.asked()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_takes_the_http_proxy() {
    let asked = greeted(Kind::Http, "http").await;
    assert!(!asked.is_empty());
    for head in asked {
        assert!(head.starts_with(&format!("POST {NOWHERE}/bot{TOKEN}/")), "{head}");
        assert!(head.to_lowercase().contains("proxy-authorization: basic yw5uytpwyxnzlxdvcmq="), "{head}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_takes_the_socks5_proxy_which_resolves_the_name() {
    let asked = greeted(Kind::Socks, "socks5h").await;
    assert!(!asked.is_empty());
    assert!(asked.iter().all(|place| place == "anna:pass-word@telegram.invalid:8081"), "{asked:?}");
}

/// Telegram's own address is `https`: through an HTTP proxy that is a tunnel, asked for by name.
#[tokio::test(flavor = "multi_thread")]
async fn telegrams_own_address_is_tunnelled_and_a_refusal_tells_no_secret() {
    let proxy = Proxy::start(Kind::Http).await;
    let address = Address {
        token: Secret::new(TOKEN),
        api_url: "https://api.telegram.org".parse().unwrap(),
        proxy: Some(format!("http://anna:pass-word@{}", proxy.address).parse().unwrap()),
    };
    let error = Telegram::new(&address).unwrap().call(GetMe::new()).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    let said = error.to_string();
    assert!(!said.contains("pass-word") && !said.contains("story-secret"), "{said}");
    let asked = proxy.asked();
    assert!(asked[0].starts_with("CONNECT api.telegram.org:443 "), "{asked:?}");
}

/// Never past it: the simulator could be reached directly, but the proxy is dead.
#[tokio::test(flavor = "multi_thread")]
async fn a_dead_proxy_is_not_gone_around() {
    // Bound, so that nobody else gets the port, and not listening.
    let dead = TcpSocket::new_v4().unwrap();
    dead.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("socks5://anna:pass-word@{}", dead.local_addr().unwrap());
    let mut cast =
        BotCast::assemble_with(&Database::Sqlite, &[("SALLYPORT_TELEGRAM_PROXY", url.as_str())]).await;
    cast.start();
    cast.wait_state(|state| matches!(state, BotState::Failing { .. })).await;
    assert!(cast.telegram.calls().is_empty(), "nothing came by another way");
    assert!(!cast.app.bot.health().describe().contains("pass-word"));
    tokio::time::timeout(BACKSTOP, cast.stop()).await.expect("stops");
}

//! What a router's hooks report: that a tunnel came up or went down.
//!
//! Nothing that a hook says is believed. It shows by its token which router it comes from, and the worker of that
//! router then looks at the router's own tables, a little sooner than it would have done by itself.

use super::{OpError, OpResult};
use crate::app::App;
use serde::Deserialize;

use sallyport_shared::{ids::RouterId, time::Timestamp};
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// A router may send so many hooks at once: all tunnels come back after it restarted.
const BURST: u32 = 120;
/// And this many a second for long.
const PER_SECOND: u32 = 20;
/// An address may come with so many wrong tokens before it has to wait.
const STRANGERS: u32 = 30;
/// And gets one more attempt in this many seconds.
const STRANGER_SECONDS: u32 = 10;
/// So many routers and addresses are remembered at most.
const REMEMBERED: usize = 10_000;

/// The fields of a hook; each may be missing, and none is needed to find the tunnel.
const FIELDS: [&str; 5] = ["name", "chat_id", "source_ip", "destination_ip", "caller_id"];

/// A hook could not be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadReport(String);

/// What a hook says. For the log alone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// Its fields, as they came.
    said: Vec<(&'static str, String)>,
}

impl Report {
    /// Reads the JSON of a hook: an object with at least one of the known fields, each a text or a number. Bytes that
    /// are no UTF-8 (names kept in a code page) do no harm.
    ///
    /// # Errors
    /// [`BadReport`] says what is wrong with it.
    pub fn parse(body: &[u8]) -> Result<Self, BadReport> {
        let text = String::from_utf8_lossy(body);
        let mut reader = serde_json::Deserializer::from_str(&text);
        let object = Map::<String, Value>::deserialize(&mut reader).and_then(|object| {
            reader.end()?;
            Ok(object)
        });
        let object = object.map_err(|error| BadReport(format!("this is no JSON object: {error}")))?;
        let mut said = Vec::new();
        for field in FIELDS {
            match object.get(field) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) => said.push((field, text.chars().take(200).collect())),
                Some(Value::Number(number)) => said.push((field, number.to_string())),
                Some(_) => return Err(BadReport(format!("{field} is a text or a number"))),
            }
        }
        if said.is_empty() {
            return Err(BadReport(format!("it says nothing; known are {}", FIELDS.join(", "))));
        }
        Ok(Self { said })
    }
}

/// Which hook.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hook {
    /// A tunnel came up.
    Connect,
    /// A tunnel went down.
    Disconnect,
}

/// The router whose token this is.
///
/// The token is looked up by a fingerprint made with the vault's key, so that how long it takes tells nothing of the
/// tokens that there are.
///
/// # Errors
/// [`OpError::Unauthenticated`] if it is nobody's, [`OpError::RateLimited`] after many of those from one address, or too
/// many hooks of this router.
pub async fn admit(
    app: &App,
    rates: &Rates,
    token: Option<&str>,
    from: Option<IpAddr>,
) -> OpResult<RouterId> {
    let now = app.clock.now();
    let stranger =
        || OpError::Unauthenticated("Send the token of the router, as its hook URL has it".to_owned());
    let fingerprint = app.vault.fingerprint(token.unwrap_or_default());
    let router = app.store.read().await?.router_by_hook_token(&fingerprint).await?;
    // A router that shows its token is heard whoever else comes from its address: many sit behind one.
    let Some(router) = router else {
        let patient = from.is_none_or(|from| rates.take(Key::Stranger(from), now));
        return Err(if patient { stranger() } else { slow_down() });
    };
    if rates.take(Key::Router(router.id), now) { Ok(router.id) } else { Err(slow_down()) }
}

fn slow_down() -> OpError {
    OpError::RateLimited("Too many requests; the router is looked at all the same".to_owned())
}

/// How a hint begins that a router is to be looked at, by the server that works.
const LOOK: &str = "look:";

/// A hook of this router came: its worker looks, here or at the server that works.
///
/// # Errors
/// When the database cannot pass it on; the router is looked at all the same, a moment later.
pub async fn ring(app: &App, router: RouterId, hook: Hook, report: &Report) -> OpResult<()> {
    tracing::debug!(%router, ?hook, said = ?report.said, "a hook; the router is looked at");
    app.bus.look(router).notify_one();
    if app.duty.is_on() {
        return Ok(());
    }
    let mut tx = app.store.begin().await?;
    tx.notify(&format!("{LOOK}{router}")).await?;
    Ok(tx.commit().await?)
}

/// Another server passed a hint on.
pub(crate) fn heard(app: &App, hint: &str) {
    if let Some(router) = hint.strip_prefix(LOOK).and_then(|id| id.parse::<RouterId>().ok()) {
        app.bus.look(router).notify_one();
    }
}

/// Counts hooks, in memory. Cheap to clone; all clones count together.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    buckets: Arc<Mutex<HashMap<Key, Bucket>>>,
}

/// By what is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Key {
    Router(RouterId),
    Stranger(IpAddr),
}

/// What is left for somebody, and when that was so.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// In thousandths.
    left: u64,
    at: Timestamp,
}

impl Key {
    /// How much there is at most, and how much comes back in a second; in thousandths.
    fn measure(self) -> (u64, u64) {
        match self {
            Self::Router(_) => (u64::from(BURST) * 1_000, u64::from(PER_SECOND) * 1_000),
            Self::Stranger(_) => (u64::from(STRANGERS) * 1_000, 1_000 / u64::from(STRANGER_SECONDS)),
        }
    }

    /// What is left by now.
    fn left(self, bucket: Option<&Bucket>, now: Timestamp) -> u64 {
        let (most, per_second) = self.measure();
        let Some(bucket) = bucket else { return most };
        let passed = u64::try_from(now.micros() - bucket.at.micros()).unwrap_or(0);
        bucket.left.saturating_add(passed.saturating_mul(per_second) / 1_000_000).min(most)
    }
}

impl Rates {
    /// Takes one, if there is one.
    fn take(&self, key: Key, now: Timestamp) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= REMEMBERED && !buckets.contains_key(&key) {
            // Whoever has everything left need not be remembered; the rest start anew rather than fill the memory.
            buckets.retain(|key, bucket| key.left(Some(bucket), now) < key.measure().0);
            if buckets.len() >= REMEMBERED {
                buckets.clear();
            }
        }
        let left = key.left(buckets.get(&key), now);
        let taken = left.checked_sub(1_000);
        buckets.insert(key, Bucket { left: taken.unwrap_or(left), at: now });
        taken.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport_shared::time::Seconds;
    use uuid::Uuid;

    const NOON: Timestamp = Timestamp::from_micros(1_795_329_600_000_000);

    #[test]
    fn a_report_is_an_object_that_says_something() {
        let whole = br#"{"name":"ivan","chat_id":501,"source_ip":"10.8.0.9","destination_ip":"10.8.0.1","caller_id":"203.0.113.7","more":[1]}"#;
        assert_eq!(Report::parse(whole).unwrap().said.len(), 5);
        let code_page = b"{\"name\":\"\xe8\xe2\xe0\xed\"}";
        assert_eq!(Report::parse(code_page).unwrap().said.len(), 1);
        for (bad, why) in [
            (&b""[..], "no JSON object"),
            (b"name=ivan", "no JSON object"),
            (b"[]", "no JSON object"),
            (b"{\"name\":\"ivan\"} {}", "no JSON object"),
            (b"{}", "says nothing"),
            (b"{\"name\":null}", "says nothing"),
            (b"{\"name\":{}}", "name is a text"),
            (b"{\"chat_id\":true}", "chat_id is a text"),
        ] {
            let said = Report::parse(bad).unwrap_err().to_string();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn a_router_may_send_a_burst_and_then_so_many_a_second() {
        let rates = Rates::default();
        let one = Key::Router(RouterId(Uuid::from_u128(1)));
        let other = Key::Router(RouterId(Uuid::from_u128(2)));
        let sent = (0..1_000).filter(|_| rates.take(one, NOON)).count();
        assert_eq!(sent, 120);
        assert!(rates.take(other, NOON), "another router's hooks are its own");
        let later = NOON.plus(Seconds(2));
        assert_eq!((0..1_000).filter(|_| rates.take(one, later)).count(), 40);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let rates = Rates::default();
        for n in 0..u128::try_from(REMEMBERED).unwrap() + 50 {
            rates.take(Key::Router(RouterId(Uuid::from_u128(n))), NOON);
        }
        assert!(rates.buckets.lock().unwrap().len() <= REMEMBERED);
    }
}

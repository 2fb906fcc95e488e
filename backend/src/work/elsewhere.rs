//! Looks at the User Manager's sessions for tunnels that other routers have.

use super::router::{Trouble, interval};
use crate::{
    app::App,
    driver::elsewhere as driver,
    ops::elsewhere::{self, Found, Judged, Others},
    store::records::RouterRecord,
};
use futures_util::future::join_all;
use routeros_api::{Connection, menus::user_manager::Edition};
use sallyport_shared::time::{Seconds, Timestamp};
use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    time::Duration,
};

/// How often the sessions are read; they are a database on the router, and it does not push them.
const EVERY: Seconds = Seconds(10);
/// What a look takes, on top of the time from one to the next: a tunnel of a router that is worked here is seen there
/// by then.
const SLACK: Duration = Duration::from_secs(1);
/// How long names are looked up: while the router's worker waits for that no prompt is sent and no entry renewed.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is remembered for as long as a connection lasts.
#[derive(Default)]
pub(super) struct Watch {
    next: Timestamp,
    /// The tunnels that are up, by their keys.
    known: HashMap<String, Known>,
}

/// A tunnel that is up.
struct Known {
    since: Timestamp,
    /// What was decided, and stays so.
    judged: Option<Judged>,
}

impl Watch {
    /// Looks, if it is time. True: something was wished.
    pub(super) async fn look(
        &mut self,
        app: &App,
        router: &RouterRecord,
        wire: &Connection,
        edition: Option<Edition>,
    ) -> Result<bool, Trouble> {
        let now = app.clock.now();
        let Some(edition) = edition.filter(|_| now >= self.next) else { return Ok(false) };
        self.next = now.plus(Seconds(EVERY.0.min(router.poll_seconds.0.max(1))));
        let found = driver::tunnels(wire, edition).await?;
        elsewhere::settle(app, router.id, &found).await?;
        let undecided = self.undecided(&found, now);
        if undecided.is_empty() {
            return Ok(false);
        }
        let mut others = Others::of(app, router.id).await?;
        let grace = others.routers().iter().map(interval).max().map_or(Duration::ZERO, |long| long + SLACK);
        let grace = i64::try_from(grace.as_micros()).unwrap_or(i64::MAX);
        let is_ripe = |found: &&Found| {
            let since = self.known.get(&found.tunnel.key()).map_or(now, |known| known.since);
            now.micros() - since.micros() >= grace && !others.have(app, &found.tunnel)
        };
        let strange: Vec<&Found> = undecided.into_iter().filter(is_ripe).collect();
        if strange.is_empty() {
            return Ok(false);
        }
        others.learn(look_up(others.unplaced(), addresses_of).await);
        let mut wished = false;
        for found in strange {
            let judged = elsewhere::seen(app, router, found, &others).await?;
            wished |= judged == Judged::Ended { anew: true };
            if let Some(known) = self.known.get_mut(&found.tunnel.key()) {
                known.judged = judged.stays().then_some(judged);
            }
        }
        Ok(wished)
    }

    /// An account may be somebody's by now that was nobody's.
    pub(super) fn forget_guests(&mut self) {
        for known in self.known.values_mut().filter(|known| known.judged == Some(Judged::Guest)) {
            known.judged = None;
        }
    }

    /// Those about which nothing is decided, of all that are up.
    fn undecided<'a>(&mut self, found: &'a [Found], now: Timestamp) -> Vec<&'a Found> {
        let up: HashSet<String> = found.iter().map(|found| found.tunnel.key()).collect();
        self.known.retain(|key, _| up.contains(key));
        for key in up {
            self.known.entry(key).or_insert(Known { since: now, judged: None });
        }
        let is_open = |found: &&Found| {
            !found.left_over
                && self.known.get(&found.tunnel.key()).is_some_and(|known| known.judged.is_none())
        };
        found.iter().filter(is_open).collect()
    }
}

/// The addresses of hosts, all looked up at once and not for long. A host whose name is not answered for has none.
async fn look_up<F>(hosts: Vec<(String, u16)>, ask: impl Fn((String, u16)) -> F) -> HashSet<IpAddr>
where
    F: Future<Output = Vec<IpAddr>>,
{
    let asked = hosts.into_iter().map(|host| tokio::time::timeout(PATIENCE, ask(host)));
    join_all(asked).await.into_iter().flatten().flatten().collect()
}

async fn addresses_of(host: (String, u16)) -> Vec<IpAddr> {
    match tokio::net::lookup_host(host).await {
        Ok(found) => found.map(|address| address.ip().to_canonical()).collect(),
        Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_nobody_answers_for_keeps_nobody_waiting() {
        let hosts = ["one", "dead", "two", "dead as well"].map(|host| (host.to_owned(), 8729));
        let answer = |(host, _): (String, u16)| async move {
            if host.starts_with("dead") {
                std::future::pending::<()>().await;
            }
            vec![IpAddr::from([192, 0, 2, if host == "one" { 1 } else { 2 }])]
        };
        let found = look_up(hosts.to_vec(), answer).await;
        assert_eq!(found, HashSet::from([[192, 0, 2, 1], [192, 0, 2, 2]].map(IpAddr::from)));
    }
}

//! Looks at the User Manager's sessions for tunnels that other routers have.

use super::router::Trouble;
use crate::{
    app::App,
    driver::elsewhere as driver,
    ops::elsewhere::{self, Others},
    store::records::RouterRecord,
};
use routeros_api::{Connection, menus::user_manager::Edition};
use sallyport_shared::time::{Seconds, Timestamp};
use std::collections::{HashMap, HashSet};

/// How often the sessions are read; they are a database on the router, and it does not push them.
const EVERY: Seconds = Seconds(10);
/// A tunnel of a router that is worked here is seen there by then, as such routers are looked at every five seconds.
const GRACE: Seconds = Seconds(6);

/// What is remembered for as long as a connection lasts.
#[derive(Default)]
pub(super) struct Watch {
    next: Timestamp,
    /// The tunnels that are up, by their keys, since when each is known, and whether it was decided about.
    known: HashMap<String, (Timestamp, bool)>,
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
        let up: HashSet<String> = found.iter().map(|found| found.tunnel.key()).collect();
        self.known.retain(|key, _| up.contains(key));
        if found.is_empty() {
            return Ok(false);
        }
        let others = Others::of(app, router.id).await?;
        let mut wished = false;
        for found in &found {
            let (since, decided) = self.known.entry(found.tunnel.key()).or_insert((now, false));
            let ripe = others.is_empty() || now >= since.plus(GRACE);
            if *decided || !ripe {
                continue;
            }
            *decided = elsewhere::seen(app, router, found, &others).await?;
            wished |= *decided;
        }
        Ok(wished)
    }
}

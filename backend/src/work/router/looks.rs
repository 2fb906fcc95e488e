//! One look at a router: its whole table of tunnels, what came and went, and everything that is compared with it.

use super::{Hint, Trouble, Voyage, boot, report, turn};
use crate::driver::{SeenTunnel, doctor, look, repair, traffic};
use futures_util::FutureExt;
use sallyport_shared::{
    session::Tunnel,
    time::{Seconds, Timestamp},
};
use std::sync::Arc;
use tokio::time::Instant;

/// At each so many looks the traffic of the tunnels is read as well.
const LOOKS_A_COUNT: u32 = 2;
/// How often "last seen" is written when nothing else changes.
const SEEN_EVERY: Seconds = Seconds(30);

impl Voyage<'_> {
    /// Reads the router's tables and compares them with what should be.
    pub(super) async fn look(&mut self, first: bool) -> Result<(), Trouble> {
        self.refresh().await?;
        let rows = repair::tunnels(&self.wire, self.make.boot, &self.by_id).await?;
        let now = self.app.clock.now();
        self.remember(&rows);
        let tunnels: Vec<Arc<Tunnel>> = rows.iter().map(|row| row.tunnel.clone()).collect();
        let doubles = self.doubles(&rows);
        self.show(rows, now);
        let mut news = self.known.compare(&tunnels);
        for connection in &news.went {
            self.went(connection).await?;
        }
        if !doubles.is_empty() {
            self.cut_doubles(&doubles).await?;
            news.came.retain(|tunnel| !doubles.contains(tunnel));
        }
        self.spare_managers(&mut news.came).await?;
        self.unfinished = false;
        let until = Instant::now() + turn(self.router);
        for tunnel in &news.came {
            // A thousand that come at once must not keep the others' entries waiting: the next look finds the rest.
            self.unfinished = Instant::now() >= until;
            if self.unfinished {
                break;
            }
            self.came(tunnel).await?;
        }
        if !news.went.is_empty() || !news.came.is_empty() || !doubles.is_empty() {
            self.carry_wishes().await?;
        }
        self.answer_bell().await?;
        self.check_box(&tunnels).await?;
        // Not during the comparison: what is wished then would look as if nobody had asked for it.
        self.answer_bell().await?;
        self.compare(tunnels, now, first).await?;
        self.answer_bell().await?;
        if self.elsewhere.look(self.app, self.router, &self.wire, self.make.edition).await? {
            self.carry_wishes().await?;
        }
        self.count(now).await?;
        self.follow().await?;
        self.note_seen(now).await;
        Ok(())
    }

    /// What is wished during a look does not wait for the rest of it: whoever has confirmed looks at a closed door meanwhile.
    async fn answer_bell(&mut self) -> Result<(), Trouble> {
        let is_rung = self.app.bus.router(self.router.id).notified().now_or_never().is_some();
        if is_rung { self.carry_wishes().await } else { Ok(()) }
    }

    /// Writes down what went through the tunnels. That it cannot be read keeps nobody out and lets nobody in.
    async fn count(&mut self, now: Timestamp) -> Result<(), Trouble> {
        if now < self.count_at {
            return Ok(());
        }
        self.count_at = now.plus(Seconds(self.router.poll_seconds.0.max(1).saturating_mul(LOOKS_A_COUNT)));
        match traffic::by_address(&self.wire).await {
            Ok(counted) => self.ledger.write(self.app, &self.known, &counted).await?,
            Err(error) => tracing::debug!(router = %self.router.name, %error, "traffic was not counted"),
        }
        Ok(())
    }

    /// Remembers the tunnels by the router's ids, unless all of them are remembered.
    fn remember(&mut self, rows: &[repair::Row]) {
        let is_remembered = |row: &repair::Row| {
            self.by_id.get(&row.id).is_some_and(|tunnel| Arc::ptr_eq(tunnel, &row.tunnel))
        };
        if self.by_id.len() != rows.len() || !rows.iter().all(is_remembered) {
            self.by_id = rows.iter().map(|row| (row.id.compact(), row.tunnel.clone())).collect();
        }
    }

    /// Shows the tunnels to whoever asks, and says so when they are other ones.
    fn show(&self, rows: Vec<repair::Row>, now: Timestamp) {
        let seen = rows
            .into_iter()
            .map(|row| {
                let up = Seconds(u32::try_from(row.uptime.as_secs()).unwrap_or(u32::MAX));
                SeenTunnel { tunnel: row.tunnel, since: now.minus(up) }
            })
            .collect();
        if self.app.fleet.saw(self.router.id, seen) {
            self.app.bus.tell(Hint::Router { id: self.router.id });
        }
    }

    /// Clocks drift apart over weeks, and when the router's boot began with them; and what addresses it gives out may
    /// be changed.
    async fn follow(&mut self) -> Result<(), Trouble> {
        let asked = self.app.clock.now();
        if asked < self.boot_at {
            return Ok(());
        }
        self.boot_at = asked.plus(boot::EVERY);
        // First of all: whatever takes its time in between would make the boot seem older than it is.
        let uptime = look::uptime(&self.wire).await?;
        let boot = boot::recognise(self.app, self.router.id, uptime, asked).await?;
        self.stale |= boot != self.make.boot;
        self.make.boot = boot;
        self.given = doctor::given(&self.wire).await?;
        Ok(())
    }

    async fn note_seen(&mut self, now: Timestamp) {
        if now.since(self.seen_written) >= SEEN_EVERY {
            self.seen_written = now;
            self.status.last_seen_at = Some(now);
            report(self.app, self.status).await;
        }
    }
}

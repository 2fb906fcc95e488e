//! Writes down what went through the tunnels of one router: now and then, and only what has changed.

use super::known::Known;
use crate::{
    app::App,
    driver::traffic::{Counted, Traffic},
    store::StoreError,
};
use sallyport_shared::ids::ConnectionId;
use std::collections::HashMap;

/// What was written last.
#[derive(Default)]
pub(super) struct Ledger {
    written: HashMap<ConnectionId, Traffic>,
    /// What interfaces that were there before their tunnels have counted for others.
    before: HashMap<ConnectionId, Traffic>,
}

impl Ledger {
    /// Writes what was counted, by the tunnels' addresses, for the live connections.
    pub(super) async fn write(
        &mut self,
        app: &App,
        known: &Known,
        counted: &HashMap<String, Counted>,
    ) -> Result<(), StoreError> {
        let shown: HashMap<ConnectionId, Counted> = known
            .live()
            .filter_map(|live| Some((live.connection, *counted.get(live.tunnel.address.as_deref()?)?)))
            .collect();
        self.begin(app, &shown).await?;
        let now: HashMap<ConnectionId, Traffic> =
            shown.iter().map(|(id, counted)| (*id, self.own(*id, counted.traffic))).collect();
        let changed: Vec<_> = now
            .iter()
            .filter(|(id, traffic)| self.written.get(*id) != Some(*traffic))
            .map(|(id, traffic)| (*id, traffic.bytes_in, traffic.bytes_out))
            .collect();
        if !changed.is_empty() {
            let mut tx = app.store.begin().await?;
            tx.set_traffic(&changed).await?;
            tx.commit().await?;
        }
        self.written = now;
        Ok(())
    }

    /// What an interface that stays shows when its tunnel is first seen is not the tunnel's, but for what was written of
    /// it before this connection to the router. That it lets nobody through as early as that makes up for what the
    /// tunnel itself may have sent by then.
    async fn begin(&mut self, app: &App, shown: &HashMap<ConnectionId, Counted>) -> Result<(), StoreError> {
        self.before.retain(|id, _| shown.contains_key(id));
        let lasting = shown.iter().filter(|(id, counted)| counted.lasting && !self.before.contains_key(id));
        let new: Vec<(ConnectionId, Traffic)> = lasting.map(|(id, counted)| (*id, counted.traffic)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let ids: Vec<ConnectionId> = new.iter().map(|(id, _)| *id).collect();
        let written = app.store.read().await?.traffic(&ids).await?;
        for (id, shown) in new {
            let (bytes_in, bytes_out) = written.get(&id).copied().unwrap_or_default();
            let before =
                Traffic { bytes_in: shown.bytes_in - bytes_in, bytes_out: shown.bytes_out - bytes_out };
            self.before.insert(id, before);
        }
        Ok(())
    }

    /// Of what is shown that which is the connection's own.
    fn own(&self, id: ConnectionId, shown: Traffic) -> Traffic {
        let before = self.before.get(&id).copied().unwrap_or_default();
        Traffic {
            bytes_in: (shown.bytes_in - before.bytes_in).max(0),
            bytes_out: (shown.bytes_out - before.bytes_out).max(0),
        }
    }
}

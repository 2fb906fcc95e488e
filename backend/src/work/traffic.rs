//! Writes down what went through the tunnels of one router: now and then, and only what has changed.

use super::known::Known;
use crate::{app::App, driver::traffic::Traffic, store::StoreError};
use sallyport_shared::ids::ConnectionId;
use std::collections::HashMap;

/// What was written last.
#[derive(Default)]
pub(super) struct Ledger {
    written: HashMap<ConnectionId, Traffic>,
}

impl Ledger {
    /// Writes what was counted, by the tunnels' addresses, for the live connections.
    pub(super) async fn write(
        &mut self,
        app: &App,
        known: &Known,
        counted: &HashMap<String, Traffic>,
    ) -> Result<(), StoreError> {
        let now: HashMap<ConnectionId, Traffic> = known
            .live()
            .filter_map(|live| Some((live.connection, *counted.get(live.tunnel.address.as_deref()?)?)))
            .collect();
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
}

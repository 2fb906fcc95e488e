//! What a router's worker remembers of the tunnels between two looks, so that a look at which nothing changed
//! costs no database work.

use crate::store::records::LiveConnection;
use sallyport_shared::session::Tunnel;
use std::collections::{HashMap, HashSet};

/// The tunnels of live sessions, and those that are known to need nothing.
#[derive(Default)]
pub(super) struct Known {
    live: HashMap<String, LiveConnection>,
    quiet: HashMap<String, Tunnel>,
}

/// What a look at the router's table brought.
#[derive(Default)]
pub(super) struct News {
    /// Tunnels that nobody here knows.
    pub(super) came: Vec<Tunnel>,
    /// Connections whose tunnel is no longer there.
    pub(super) went: Vec<LiveConnection>,
    /// Every tunnel that was known is gone at once.
    pub(super) all_went: bool,
}

impl Known {
    /// Takes the connections of live sessions as the database has them now, and forgets what needed nothing
    /// before: it may need something now.
    pub(super) fn reload(&mut self, live: Vec<LiveConnection>) {
        self.live = live
            .into_iter()
            .map(|connection| (connection.tunnel.router_session_id.clone(), connection))
            .collect();
        self.quiet.clear();
    }

    /// Is this very tunnel known?
    pub(super) fn knows(&self, tunnel: &Tunnel) -> bool {
        let id = tunnel.router_session_id.as_str();
        self.live.get(id).is_some_and(|known| known.tunnel.is_same(tunnel))
            || self.quiet.get(id).is_some_and(|known| known.is_same(tunnel))
    }

    /// The live connection of this very tunnel.
    pub(super) fn connection_of(&self, tunnel: &Tunnel) -> Option<&LiveConnection> {
        self.live.get(&tunnel.router_session_id).filter(|known| known.tunnel.is_same(tunnel))
    }

    /// The connections of live sessions.
    pub(super) fn live(&self) -> impl Iterator<Item = &LiveConnection> {
        self.live.values()
    }

    /// The tunnel was looked into and needs nothing until something changes.
    pub(super) fn hush(&mut self, tunnel: Tunnel) {
        self.quiet.insert(tunnel.router_session_id.clone(), tunnel);
    }

    /// Compares the router's whole table with what is known.
    pub(super) fn compare(&mut self, tunnels: &[Tunnel]) -> News {
        let there: HashSet<&str> = tunnels.iter().map(|tunnel| tunnel.router_session_id.as_str()).collect();
        self.quiet.retain(|id, _| there.contains(id.as_str()));
        let same: HashSet<&str> = tunnels
            .iter()
            .filter(|tunnel| self.connection_of(tunnel).is_some())
            .map(|tunnel| tunnel.router_session_id.as_str())
            .collect();
        let went: Vec<_> = self
            .live
            .values()
            .filter(|known| !same.contains(known.tunnel.router_session_id.as_str()))
            .cloned()
            .collect();
        let came = tunnels.iter().filter(|tunnel| !self.knows(tunnel)).cloned().collect();
        let all_went = went.len() > 1 && went.len() == self.live.len();
        News { came, went, all_went }
    }
}

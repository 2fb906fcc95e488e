//! What a router's worker remembers of the tunnels between two looks, so that a look at which nothing changed
//! costs no database work.

use crate::store::records::LiveConnection;
use sallyport_shared::session::{Boot, Tunnel};
use std::{collections::HashMap, sync::Arc};

/// The tunnels of live sessions, and those that are known to need nothing; by the router's session id.
#[derive(Default)]
pub(super) struct Known {
    live: HashMap<String, Seen<LiveConnection>>,
    /// The connections whose tunnels came up before the router restarted.
    before: Vec<LiveConnection>,
    quiet: HashMap<String, Seen<Tunnel>>,
    /// Those of them that nobody owns.
    strangers: HashMap<String, Seen<Tunnel>>,
    /// How many comparisons there were.
    comparisons: u64,
}

/// What is known of a tunnel, and which comparison found it in the router's table last.
struct Seen<T> {
    known: T,
    by: u64,
    /// The tunnel as it was in the table then: as long as it is that very one, there is nothing to compare.
    row: Option<Arc<Tunnel>>,
}

impl<T> Seen<T> {
    /// Not found yet.
    fn new(known: T) -> Self {
        Self { known, by: 0, row: None }
    }

    /// Notes that the tunnel is there; false if another one has its session id.
    fn found(&mut self, row: &Arc<Tunnel>, by: u64, tunnel: impl FnOnce(&T) -> &Tunnel) -> bool {
        let is_same = self.row.as_ref().is_some_and(|known| Arc::ptr_eq(known, row))
            || tunnel(&self.known).is_same(row);
        if is_same {
            self.by = by;
            self.row = Some(Arc::clone(row));
        }
        is_same
    }
}

/// What a look at the router's table brought.
#[derive(Default)]
pub(super) struct News {
    /// Tunnels that nobody here knows.
    pub(super) came: Vec<Tunnel>,
    /// Connections whose tunnel is no longer there.
    pub(super) went: Vec<LiveConnection>,
}

impl Known {
    /// Takes the connections of live sessions as the database has them now, and forgets what needed nothing
    /// before: it may need something now. Tunnels that nobody owned are nobody's still.
    pub(super) fn reload(&mut self, live: Vec<LiveConnection>, boot: Boot) {
        let (live, before): (Vec<_>, Vec<_>) =
            live.into_iter().partition(|connection| connection.tunnel.boot == boot);
        self.live = live
            .into_iter()
            .map(|connection| (connection.tunnel.router_session_id.clone(), Seen::new(connection)))
            .collect();
        self.before = before;
        self.quiet.clear();
    }

    /// Somebody may own by now what nobody owned.
    pub(super) fn forget_strangers(&mut self) {
        self.strangers.clear();
    }

    /// Are there connections of before the router's restart, which nobody has been told of yet?
    pub(super) fn has_gone(&self) -> bool {
        !self.before.is_empty()
    }

    /// Is this very tunnel known?
    pub(super) fn knows(&self, tunnel: &Tunnel) -> bool {
        self.connection_of(tunnel).is_some()
            || [&self.quiet, &self.strangers].into_iter().any(|quiet| is_among(quiet, tunnel))
    }

    /// The live connection of this very tunnel.
    pub(super) fn connection_of(&self, tunnel: &Tunnel) -> Option<&LiveConnection> {
        let live = self.live.get(&tunnel.router_session_id).map(|seen| &seen.known);
        live.filter(|known| known.tunnel.is_same(tunnel))
    }

    /// Needs this very tunnel nothing, though somebody owns it? Then it is one that stays, closed, after its session.
    pub(super) fn is_quiet(&self, tunnel: &Tunnel) -> bool {
        is_among(&self.quiet, tunnel)
    }

    /// Is there a tunnel that is quiet?
    pub(super) fn has_quiet(&self) -> bool {
        !self.quiet.is_empty()
    }

    /// The connections of live sessions.
    pub(super) fn live(&self) -> impl Iterator<Item = &LiveConnection> {
        self.live.values().map(|seen| &seen.known)
    }

    /// The tunnel was looked into and needs nothing until something changes.
    pub(super) fn hush(&mut self, tunnel: Tunnel) {
        self.quiet.insert(tunnel.router_session_id.clone(), Seen::new(tunnel));
    }

    /// The same of a tunnel that nobody owns, until somebody may.
    pub(super) fn hush_stranger(&mut self, tunnel: Tunnel) {
        self.strangers.insert(tunnel.router_session_id.clone(), Seen::new(tunnel));
    }

    /// Compares the router's whole table with what is known: at one pass, as nearly always nothing has changed.
    pub(super) fn compare(&mut self, tunnels: &[Arc<Tunnel>]) -> News {
        self.comparisons += 1;
        let by = self.comparisons;
        let mut came = Vec::new();
        for tunnel in tunnels {
            let id = &tunnel.router_session_id;
            let live = self.live.get_mut(id).is_some_and(|seen| seen.found(tunnel, by, |live| &live.tunnel));
            let is_quiet = |quiet: &mut HashMap<String, Seen<Tunnel>>| {
                quiet.get_mut(id).is_some_and(|seen| seen.found(tunnel, by, |quiet| quiet))
            };
            let (quiet, stranger) = (is_quiet(&mut self.quiet), is_quiet(&mut self.strangers));
            if !(live || quiet || stranger) {
                came.push(Tunnel::clone(tunnel));
            }
        }
        for quiet in [&mut self.quiet, &mut self.strangers] {
            quiet.retain(|_, seen| seen.by == by);
        }
        let gone = self.live.values().filter(|live| live.by != by).map(|live| &live.known);
        News { came, went: self.before.iter().chain(gone).cloned().collect() }
    }
}

/// Is this very tunnel one of these?
fn is_among(quiet: &HashMap<String, Seen<Tunnel>>, tunnel: &Tunnel) -> bool {
    quiet.get(&tunnel.router_session_id).is_some_and(|seen| seen.known.is_same(tunnel))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sallyport_shared::{
        ids::{AccountId, ConnectionId, SessionId},
        session::ConnectionState,
    };
    use uuid::Uuid;

    fn tunnel(boot: u32, id: &str) -> Tunnel {
        Tunnel {
            boot: Boot(boot),
            router_session_id: id.to_owned(),
            username: "ivan".to_owned(),
            service: "l2tp".to_owned(),
            caller_id: Some("203.0.113.7".to_owned()),
            address: Some("10.8.0.2".to_owned()),
        }
    }

    fn live(tunnel: Tunnel) -> LiveConnection {
        LiveConnection {
            connection: ConnectionId(Uuid::nil()),
            session: SessionId(Uuid::nil()),
            account: AccountId(Uuid::nil()),
            state: ConnectionState::Confirmed,
            opened: true,
            tunnel,
        }
    }

    #[test]
    fn a_tunnel_of_before_a_restart_is_gone_and_its_likeness_is_new() {
        let mut known = Known::default();
        known.reload(vec![live(tunnel(0, "0x1")), live(tunnel(1, "0x2"))], Boot(1));
        assert!(known.has_gone());
        let news = known.compare(&[tunnel(1, "0x1"), tunnel(1, "0x2")].map(Arc::new));
        assert_eq!(news.came, [tunnel(1, "0x1")]);
        assert_eq!(news.went, [live(tunnel(0, "0x1"))]);
    }

    #[test]
    fn what_is_no_longer_there_is_gone_once_and_what_came_in_its_place_is_new() {
        let mut known = Known::default();
        known.reload(vec![live(tunnel(0, "0x1")), live(tunnel(0, "0x2"))], Boot(0));
        known.hush(tunnel(0, "0x3"));
        let all = ["0x1", "0x2", "0x3"].map(|id| Arc::new(tunnel(0, id)));
        for _ in 0..2 {
            let news = known.compare(&all);
            assert!(news.came.is_empty() && news.went.is_empty());
        }
        // A row that is there twice stands for no other.
        let another = Tunnel { username: "anna".to_owned(), ..tunnel(0, "0x3") };
        let news = known.compare(&[tunnel(0, "0x1"), tunnel(0, "0x1"), another.clone()].map(Arc::new));
        assert_eq!(news.went, [live(tunnel(0, "0x2"))]);
        assert_eq!(news.came, [another]);
        known.compare(&[]);
        assert!(!known.knows(&tunnel(0, "0x3")), "a session id is given out again");
    }

    #[test]
    fn what_nobody_owns_stays_known_until_somebody_may_own_it() {
        let mut known = Known::default();
        known.hush_stranger(tunnel(0, "0x1"));
        known.hush(tunnel(0, "0x2"));
        known.reload(Vec::new(), Boot(0));
        assert!(known.knows(&tunnel(0, "0x1")), "nothing of sessions makes it somebody's");
        assert!(!known.knows(&tunnel(0, "0x2")), "its session may say something else now");
        known.forget_strangers();
        assert!(!known.knows(&tunnel(0, "0x1")));
    }
}

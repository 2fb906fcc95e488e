//! The routers that are being worked, for questions that only they can answer.

use crate::{app::App, ops::OpResult, store::records::RouterRecord};
use routeros_api::Connection;
use sallyport_shared::{
    ids::RouterId,
    person::AccountSource,
    router::{Entry, allow_comment},
    session::Tunnel,
    time::Timestamp,
};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

/// A tunnel as last seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SeenTunnel {
    /// The tunnel, shared with the worker that saw it.
    pub tunnel: Arc<Tunnel>,
    /// When it came up, by our clock.
    pub since: Timestamp,
}

/// An account on a router.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccountRow {
    /// Its name.
    pub username: String,
    /// Where the router keeps it.
    pub source: AccountSource,
    /// May it log in?
    pub enabled: bool,
    /// Its PPP profile, or its profiles of the User Manager, if any.
    pub profile: Option<String>,
    /// Its comment as text.
    pub comment: Option<String>,
    /// When it was last connected, as the router remembers; none: never, or the router does not say.
    pub last_seen_at: Option<Timestamp>,
}

/// A firewall rule whose comment contains `2FA`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleRow {
    /// The router's `.id`.
    pub rule_id: String,
    /// The comment as text.
    pub comment: String,
    /// The comment's bytes.
    pub comment_bytes: Vec<u8>,
    /// The chain.
    pub chain: String,
    /// The action.
    pub action: String,
    /// Is it on?
    pub enabled: bool,
    /// Its place in the table, from 0.
    pub position: usize,
}

/// What a test of a router found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TestReport {
    /// Everything that is needed is there.
    pub ok: bool,
    /// The router's name for itself.
    pub identity: Option<String>,
    /// RouterOS's version.
    pub version: Option<String>,
    /// SHA-256 of the certificate's public key, in hex.
    pub certificate_sha256: Option<String>,
    /// What is wrong.
    pub error: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
    /// By what the device is known, wherever it is reached; none: it does not tell.
    pub device: Option<String>,
    /// The rights of the API user's group.
    pub rights: Vec<String>,
    /// The rights that are needed and missing.
    pub missing_rights: Vec<String>,
}

/// The routers that this process works. Cheap to clone.
#[derive(Clone, Default)]
pub struct Fleet {
    ships: Arc<Mutex<HashMap<RouterId, Ship>>>,
}

/// The allow list as the worker saw it last.
#[derive(Debug)]
struct Doors {
    at: Timestamp,
    entries: Vec<Entry>,
    /// The places of those that let somebody through, by their comments; made when somebody asks, as most lists are read again
    /// before anybody does.
    open: OnceLock<Vec<usize>>,
}

impl Doors {
    /// Does an entry with this comment let somebody through?
    fn lets_through(&self, comment: &[u8]) -> bool {
        let comment_at = |place: &usize| self.entries.get(*place).map(|entry| entry.comment.as_slice());
        let open = self.open.get_or_init(|| {
            let is_open = |place: &usize| self.entries.get(*place).is_some_and(|entry| !entry.disabled);
            let mut open: Vec<usize> = (0..self.entries.len()).filter(is_open).collect();
            open.sort_unstable_by_key(comment_at);
            open
        });
        open.binary_search_by_key(&Some(comment), comment_at).is_ok()
    }
}

/// What the worker of one router lets others see.
#[derive(Default)]
struct Ship {
    doors: Option<Arc<Doors>>,
    tunnels: Arc<Vec<SeenTunnel>>,
    wire: Option<Connection>,
    /// Where it was reached last.
    peer: Option<IpAddr>,
    /// The doctor should look at it.
    is_patient: bool,
}

impl Fleet {
    /// The tunnels of a router as last seen; empty if it is not being worked.
    pub fn tunnels(&self, router: RouterId) -> Arc<Vec<SeenTunnel>> {
        self.with(router, |ship| ship.tunnels.clone())
    }

    /// The worker has read the router's table of tunnels. True: they are other ones than before.
    pub(crate) fn saw(&self, router: RouterId, tunnels: Vec<SeenTunnel>) -> bool {
        let now = Arc::new(tunnels);
        let before = self.with(router, |ship| std::mem::replace(&mut ship.tunnels, now.clone()));
        !before.iter().map(|seen| &seen.tunnel).eq(now.iter().map(|seen| &seen.tunnel))
    }

    /// The worker has read the router's allow list.
    pub(crate) fn saw_doors(&self, router: RouterId, at: Timestamp, entries: Vec<Entry>) {
        let doors = Arc::new(Doors { at, entries, open: OnceLock::new() });
        // The old ones are let go of after the lock.
        let _before = self.with(router, |ship| ship.doors.replace(doors));
    }

    /// Does the router let a tunnel through that was read back as open then? As the last look since showed it.
    pub fn is_open(&self, router: RouterId, tunnel: &Tunnel, opened_at: Timestamp) -> bool {
        let doors = self.with(router, |ship| ship.doors.clone());
        doors
            .is_none_or(|doors| doors.at <= opened_at || doors.lets_through(allow_comment(tunnel).as_bytes()))
    }

    /// The worker has a connection, which others may use for a question, or has none any more.
    pub(crate) fn connected(&self, router: RouterId, wire: Option<Connection>) {
        self.with(router, |ship| {
            ship.is_patient = wire.is_some();
            ship.peer = wire.as_ref().and_then(Connection::peer).or(ship.peer);
            ship.wire = wire;
        });
    }

    /// Something was changed on the router: the doctor should look at it. Whoever says so rings the doctor's bell.
    pub(crate) fn wants_doctor(&self, router: RouterId) {
        self.with(router, |ship| ship.is_patient = true);
    }

    /// The routers that want the doctor, once.
    pub(crate) fn patients(&self) -> Vec<RouterId> {
        let mut ships = self.lock();
        let asks = |(id, ship): (&RouterId, &mut Ship)| std::mem::take(&mut ship.is_patient).then_some(*id);
        ships.iter_mut().filter_map(asks).collect()
    }

    /// The worker's connection.
    pub(crate) fn wire(&self, router: RouterId) -> Option<Connection> {
        self.with(router, |ship| ship.wire.clone()).filter(|wire| wire.close_reason().is_none())
    }

    /// The address at which the router was reached last.
    pub(crate) fn peer(&self, router: RouterId) -> Option<IpAddr> {
        self.with(router, |ship| ship.peer)
    }

    /// The router is not worked any more.
    pub(crate) fn forget(&self, router: RouterId) {
        self.lock().remove(&router);
    }

    fn with<T>(&self, router: RouterId, look: impl FnOnce(&mut Ship) -> T) -> T {
        look(self.lock().entry(router).or_default())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RouterId, Ship>> {
        self.ships.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The accounts of a router, read now.
    ///
    /// # Errors
    /// `RouterUnreachable` or `RouterRefused`, in plain words.
    pub async fn accounts(&self, app: &App, router: &RouterRecord) -> OpResult<Vec<AccountRow>> {
        super::look::accounts(app, router).await
    }

    /// The firewall rules whose comment contains `2FA`, read now.
    ///
    /// # Errors
    /// `RouterUnreachable` or `RouterRefused`, in plain words.
    pub async fn rules(&self, app: &App, router: &RouterRecord) -> OpResult<Vec<RuleRow>> {
        super::look::rules(app, router).await
    }

    /// Tries a router's settings without keeping anything: connects, logs in, looks at identity, version and rights.
    pub async fn test(&self, app: &App, router: &RouterRecord, password: &str) -> TestReport {
        super::look::test(app, router, password).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_is_open_while_an_entry_of_its_tunnel_counts() {
        let entry = |number: u32, disabled| Entry {
            id: format!("*{number}"),
            address: format!("10.8.0.{number}"),
            comment: format!("sallyport:anna:0x{number}").into_bytes(),
            timeout: Some(60),
            disabled,
        };
        let entries =
            vec![entry(9, false), entry(3, true), entry(1, false), entry(5, false), entry(9, false)];
        let doors = Doors { at: Timestamp::default(), entries, open: OnceLock::new() };
        let open = |number: u32| doors.lets_through(format!("sallyport:anna:0x{number}").as_bytes());
        assert_eq!([1, 2, 3, 5, 9].map(open), [true, false, false, true, true]);
    }
}

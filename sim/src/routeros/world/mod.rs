//! Everything the router knows: its tables, tunnels, API sessions, clock and log.
//!
//! All changes of rows go through [`World::insert`], [`World::replace`] and [`World::remove`], so that listeners hear of
//! each. Nothing here waits or does I/O; `server/` moves bytes in and out.

mod bindings;
mod edits;
mod factory;
mod listeners;
mod names;
mod ppp;
mod rules;
mod scripts;
mod sessions;
mod user_manager;

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;

pub use self::ppp::{ConnectError, Tunnel};
pub(crate) use self::{
    factory::{Device, Setup},
    listeners::{Listener, Selection},
    sessions::{ApiSession, Outgoing},
};
use super::{
    clock::{Clock, Micros},
    fault::Faults,
    journal::Journal,
    table::{Moment, Row, RowId, Table},
    trap::Trap,
    version::Version,
};

/// The log keeps as many rows as a router's memory buffer does by default.
const LOG_ROWS: usize = 1_000;

/// The state of the router.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) version: Version,
    pub(crate) clock: Clock,
    pub(crate) booted: Micros,
    offset: i32,
    user_manager: bool,
    /// Routers that ask this one's User Manager do not listen when it wants a session ended.
    deaf_elsewhere: bool,
    ipv6: bool,
    pub(crate) key_time: Micros,
    tables: HashMap<&'static str, Table>,
    ppp: ppp::Ppp,
    names: names::Names,
    next_due: Micros,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) sessions: BTreeMap<u64, ApiSession>,
    pub(crate) journal: Journal,
    pub(crate) faults: Faults,
    /// How many commands the firewall did not let in over connections that are open.
    pub(crate) dropped: u64,
}

impl World {
    /// The table of a menu that the simulator itself uses.
    pub(crate) fn table(&self, path: &str) -> &Table {
        self.tables.get(path).expect("menus named in the simulator's code are declared; its tests visit each")
    }

    fn table_mut(&mut self, path: &str) -> &mut Table {
        self.tables
            .get_mut(path)
            .expect("menus named in the simulator's code are declared; its tests visit each")
    }

    /// The table of a menu that a client names: `None` if this version does not have it or a package is missing.
    pub(crate) fn find(&self, path: &str) -> Option<&Table> {
        let offered = match path.split_once('/').map_or(path, |(first, _)| first) {
            "user-manager" => self.user_manager && self.version.is_seven(),
            "ipv6" => self.ipv6,
            "tool" if path.starts_with("tool/user-manager") => self.user_manager && !self.version.is_seven(),
            _ => path != "system/device-mode" || self.version.device_mode(),
        };
        self.tables.get(path).filter(|_| offered)
    }

    pub(crate) fn paths(&self) -> Vec<&'static str> {
        let mut paths: Vec<_> =
            self.tables.keys().copied().filter(|path| self.find(path).is_some()).collect();
        paths.sort_unstable();
        paths
    }

    pub(crate) fn now(&self) -> Micros {
        self.clock.now()
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment { now: self.now(), booted: self.booted, version: self.version, offset: self.offset }
    }

    /// A row of defaults for a menu.
    pub(crate) fn blank(&self, path: &str) -> Row {
        self.table(path).blank(self.now())
    }

    /// Fills a row with values of the simulator's own.
    pub(crate) fn fill(&self, path: &str, row: &mut Row, values: &[(&str, &[u8])]) -> Result<(), Trap> {
        values
            .iter()
            .try_for_each(|(name, value)| self.table(path).put(row, name, &Bytes::copy_from_slice(value)))
    }

    /// Adds a row with values of the simulator's own, past the checks that clients' rows go through.
    pub(crate) fn make(&mut self, path: &str, values: &[(&str, &[u8])]) -> Result<RowId, Trap> {
        let mut row = self.blank(path);
        self.fill(path, &mut row, values)?;
        self.insert(path, row)
    }

    pub(crate) fn insert(&mut self, path: &str, row: Row) -> Result<RowId, Trap> {
        self.watch_due(&row, path);
        let id = self.table_mut(path).insert(row)?;
        self.announce(path, id);
        self.look_up(path, id);
        Ok(id)
    }

    fn insert_at(&mut self, path: &str, id: RowId, row: Row) -> Result<(), Trap> {
        self.table_mut(path).insert_at(id, row)?;
        self.announce(path, id);
        Ok(())
    }

    pub(crate) fn replace(&mut self, path: &str, row: Row) -> Result<(), Trap> {
        self.watch_due(&row, path);
        let id = row.id;
        self.table_mut(path).replace(row)?;
        self.announce(path, id);
        self.look_up(path, id);
        self.shut(path, id);
        Ok(())
    }

    /// Changes values of one row of the simulator's own; a row that is gone stays gone.
    pub(crate) fn amend(&mut self, path: &str, id: RowId, values: &[(&str, &[u8])]) -> Result<(), Trap> {
        let Some(mut row) = self.table(path).row(id).cloned() else { return Ok(()) };
        self.fill(path, &mut row, values)?;
        self.replace(path, row)
    }

    pub(crate) fn remove(&mut self, path: &str, id: RowId) -> Option<Row> {
        let row = self.table_mut(path).remove(id)?;
        self.announce_removal(path, &row);
        self.look_up(path, id);
        Some(row)
    }

    /// Moves a row of an ordered menu.
    pub(crate) fn move_before(&mut self, path: &str, id: RowId, destination: Option<RowId>) {
        self.table_mut(path).move_before(id, destination);
        self.announce(path, id);
    }

    /// Writes a line into the router's log.
    pub(crate) fn log(&mut self, topics: &str, message: &[u8]) {
        // A row of text values cannot be refused.
        let _ = self.make("log", &[("topics", topics.as_bytes()), ("message", message)]);
        if self.table("log").len() > LOG_ROWS {
            let oldest = self.table("log").rows().next().map(|row| row.id);
            oldest.and_then(|id| self.table_mut("log").remove(id));
        }
    }

    fn watch_due(&mut self, row: &Row, path: &str) {
        if let (Some(until), true) = (row.until, LAPSING.contains(&path)) {
            self.next_due = self.next_due.min(until);
        }
    }

    /// When the next row lapses, if any does.
    pub(crate) fn next_due(&self) -> Option<Micros> {
        (self.next_due < Micros::MAX).then_some(self.next_due)
    }

    /// Removes what has lapsed, and tells whether anything had. To be called before anybody looks.
    pub(crate) fn settle(&mut self) -> bool {
        let now = self.now();
        if now < self.next_due {
            return false;
        }
        let mut any = false;
        self.next_due = Micros::MAX;
        for path in LAPSING {
            let mut lapsed = Vec::new();
            let mut next = self.next_due;
            for row in self.table(path).rows() {
                match row.until {
                    Some(until) if until <= now => lapsed.push(row.id),
                    Some(until) => next = next.min(until),
                    None => {}
                }
            }
            self.next_due = next;
            any |= !lapsed.is_empty();
            for id in lapsed {
                self.remove(path, id);
            }
        }
        any
    }

    /// Starts the router anew: tunnels, API sessions and everything dynamic are gone, ids and session ids start over.
    pub(crate) fn reboot(&mut self) {
        self.drop_all_tunnels("reboot");
        self.close_all_sessions();
        for path in LAPSING.into_iter().chain(["ip/firewall/connection", "log"]) {
            let dynamic: Vec<_> = self
                .table(path)
                .rows()
                .filter(|row| self.table(path).is(row, "dynamic") || !LAPSING.contains(&path))
                .map(|row| row.id)
                .collect();
            for id in dynamic {
                self.remove(path, id);
            }
        }
        self.ppp = ppp::Ppp::default();
        self.booted = self.now();
        self.look_all_up();
        self.log("system,info", b"router rebooted");
    }
}

/// The menus whose rows can have a time-out.
const LAPSING: [&str; 2] = ["ip/firewall/address-list", "ipv6/firewall/address-list"];

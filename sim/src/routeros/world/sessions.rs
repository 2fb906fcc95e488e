//! The API sessions: who is logged in from where, and with which rights.

use std::net::SocketAddr;

use tokio::sync::mpsc;

use super::World;
use crate::routeros::{
    packet::Packet,
    table::RowId,
    trap::Trap,
    value::{AddressRange, LocalTime},
};

/// What goes out over a connection.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Bytes(Vec<u8>),
    /// Close after what was sent before.
    Close,
    /// Close at once with a TCP reset.
    Reset,
}

/// One connection to the API.
#[derive(Debug)]
pub(crate) struct ApiSession {
    pub(crate) peer: SocketAddr,
    pub(crate) via: &'static str,
    /// Whose rights the commands have; `None` before the login.
    pub(crate) user: Option<String>,
    /// The challenge of an old login that has begun.
    pub(crate) challenge: Option<[u8; 16]>,
    outgoing: mpsc::UnboundedSender<Outgoing>,
    rows: Vec<(&'static str, RowId)>,
}

impl ApiSession {
    pub(crate) fn send(&self, outgoing: Outgoing) {
        // The receiver is gone only when the connection is, and then nobody misses the bytes.
        let _ = self.outgoing.send(outgoing);
    }
}

impl World {
    /// Takes a new connection in. `None` if the service is disabled, does not allow the address, or is full. How a full
    /// router refuses is not documented; closing the connection is an assumption.
    pub(crate) fn open_session(
        &mut self,
        id: u64,
        peer: SocketAddr,
        via: &'static str,
        outgoing: mpsc::UnboundedSender<Outgoing>,
    ) -> Option<()> {
        let services = self.table("ip/service");
        let service = services.by_key(&[via.as_bytes()])?;
        let open = self.sessions.values().filter(|session| session.via == via).count();
        let most: usize = services.text(service, "max-sessions").parse().unwrap_or(usize::MAX);
        if services.is(service, "disabled")
            || open >= most
            || !self.lets_in(peer, via, "new")
            || !allowed(services.text(service, "address"), peer)
        {
            return None;
        }
        let session = ApiSession { peer, via, user: None, challenge: None, outgoing, rows: Vec::new() };
        self.sessions.insert(id, session);
        self.show_connection(id, via, peer);
        Some(())
    }

    /// Whether the router's own filter lets a packet to its API through.
    fn lets_in(&self, peer: SocketAddr, via: &str, state: &str) -> bool {
        let services = self.table("ip/service");
        let port = services.by_key(&[via.as_bytes()]).and_then(|row| services.text(row, "port").parse().ok());
        let mut packet = Packet::new(peer.ip(), peer.ip()).to_router();
        state.clone_into(&mut packet.state);
        packet.port = port;
        packet.source_port = Some(peer.port());
        self.judge(&packet).passes
    }

    /// Whether what a client sends over an open connection still comes in.
    pub(crate) fn hears(&self, id: u64) -> bool {
        let session = self.sessions.get(&id);
        session.is_none_or(|session| self.lets_in(session.peer, session.via, "established"))
    }

    /// A service that is switched off ends its connections (assumption).
    pub(super) fn shut(&mut self, path: &str, id: RowId) {
        let services = self.table("ip/service");
        let off = services.row(id).filter(|row| path == "ip/service" && services.is(row, "disabled"));
        let Some(name) = off.map(|row| services.text(row, "name").to_owned()) else { return };
        let those = self.sessions.values().filter(|session| session.via == name);
        those.for_each(|session| session.send(Outgoing::Close));
    }

    fn show_connection(&mut self, id: u64, via: &'static str, peer: SocketAddr) {
        if !self.version.service_connections() {
            return;
        }
        let mut row = self.blank("ip/service");
        row.keyless = true;
        let values: [(&str, &[u8]); 3] =
            [("name", via.as_bytes()), ("dynamic", b"true"), ("remote", &peer.to_string().into_bytes())];
        if self.fill("ip/service", &mut row, &values).is_ok()
            && let Ok(row) = self.insert("ip/service", row)
            && let Some(session) = self.sessions.get_mut(&id)
        {
            session.rows.push(("ip/service", row));
        }
    }

    /// Forgets a connection that is gone.
    pub(crate) fn close_session(&mut self, id: u64) {
        self.listeners.retain(|listener| listener.session != id);
        let Some(session) = self.sessions.remove(&id) else { return };
        for (path, row) in session.rows {
            self.remove(path, row);
        }
    }

    /// Breaks all connections with a reset.
    pub(crate) fn break_connections(&mut self) {
        for session in self.sessions.values() {
            session.send(Outgoing::Reset);
        }
    }

    pub(super) fn close_all_sessions(&mut self) {
        for id in self.sessions.keys().copied().collect::<Vec<_>>() {
            if let Some(session) = self.sessions.get(&id) {
                session.send(Outgoing::Close);
            }
            self.close_session(id);
        }
    }

    /// Notes that a connection belongs to a user from now on.
    pub(crate) fn logged_in(&mut self, id: u64, name: &str) {
        let users = self.table("user");
        let Some(user) = users.by_key(&[name.as_bytes()]) else { return };
        let (user, group) = (user.id, users.text(user, "group").to_owned());
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.user = Some(name.to_owned());
        let (address, via) = (session.peer.ip().to_string(), session.via);
        let row = self.make(
            "user/active",
            &[
                ("name", name.as_bytes()),
                ("address", address.as_bytes()),
                ("via", via.as_bytes()),
                ("group", group.as_bytes()),
            ],
        );
        if let (Ok(row), Some(session)) = (row, self.sessions.get_mut(&id)) {
            session.rows.push(("user/active", row));
        }
        let stamp = LocalTime::at(self.now(), self.offset).stamp(self.version);
        let _ = self.amend("user", user, &[("last-logged-in", stamp.as_bytes())]);
        self.log("system,info,account", format!("user {name} logged in from {address} via {via}").as_bytes());
    }

    /// The rights of a user now; they are looked up at each command. Whether a real router does so or keeps those of
    /// the login is not documented.
    pub(crate) fn rights(&self, name: &str) -> Vec<String> {
        let users = self.table("user");
        let Some(user) = users.by_key(&[name.as_bytes()]).filter(|user| !users.is(user, "disabled")) else {
            return Vec::new();
        };
        let groups = self.table("user/group");
        let group = groups.by_key(&[users.text(user, "group").as_bytes()]);
        group
            .map(|group| groups.text(group, "policy").split(',').map(str::to_owned).collect())
            .unwrap_or_default()
    }

    /// Checks a login by `matches`, which compares with the user's password.
    pub(crate) fn authenticate(
        &self,
        session: u64,
        name: &str,
        matches: impl FnOnce(&[u8]) -> bool,
    ) -> Result<(), Trap> {
        let users = self.table("user");
        let peer = self.sessions.get(&session).map(|session| session.peer);
        let known = users.by_key(&[name.as_bytes()]).is_some_and(|user| {
            matches(users.value(user, "password").map(|password| &password[..]).unwrap_or_default())
                && !users.is(user, "disabled")
                && peer.is_some_and(|peer| allowed(users.text(user, "address"), peer))
        });
        if !known {
            let plain = self.version.plain_login();
            let text = if plain { "invalid user name or password (6)" } else { "cannot log in" };
            return Err(Trap::plain(text));
        }
        if self.rights(name).iter().any(|right| right == "api") {
            Ok(())
        } else {
            Err(Trap::plain("std failure: not allowed (9)"))
        }
    }
}

/// Whether an `address` property (a comma-separated list, empty for all) lets a peer in.
fn allowed(addresses: &str, peer: SocketAddr) -> bool {
    addresses.is_empty()
        || addresses.split(',').filter_map(AddressRange::parse).any(|range| range.contains(peer.ip()))
}

//! The simulated router in a test's hand.

use std::{
    borrow::Cow,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use thiserror::Error;
use tokio::time::timeout;

use super::{
    builder::Builder,
    fault::Fault,
    journal::JournalEntry,
    packet::{Packet, Verdict},
    server::{Certificates, Door, Shared},
    table::{RowId, format_id},
    trap::Trap,
    world::{ConnectError, Device, Tunnel, World},
};

/// How long the `wait_…` methods wait before they give up. Only a backstop: they are woken by every change.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was waited for did not happen.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the router did not get there in {} s; its last commands: {commands:#?}", PATIENCE.as_secs())]
pub struct WaitError {
    /// The last commands that the router received.
    pub commands: Vec<String>,
}

/// A simulated router. Clones are the same router; it is switched off when the last one is dropped.
#[derive(Debug, Clone)]
pub struct RouterSim {
    shared: Arc<Shared>,
    address: SocketAddr,
    tls: Option<(SocketAddr, Arc<Certificates>)>,
    _switch: Arc<Switch>,
}

/// Ends the router's tasks when the last handle is dropped.
#[derive(Debug)]
struct Switch(Arc<Shared>);

impl Drop for Switch {
    fn drop(&mut self) {
        self.0.door.send_replace(Door::Gone);
    }
}

impl RouterSim {
    /// A router with factory settings, to be furnished and started.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// let router = sim::routeros::RouterSim::builder()
    ///     .user("sallyport", "secret", "read,write,api")
    ///     .secret("ivan")
    ///     .start()
    ///     .await
    ///     .unwrap();
    /// let tunnel = router.connect("ivan", "l2tp", "203.0.113.7").unwrap();
    /// assert_eq!(router.tunnels(), [tunnel]);
    /// # });
    /// ```
    #[must_use]
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(
        shared: Arc<Shared>,
        address: SocketAddr,
        tls: Option<(SocketAddr, Arc<Certificates>)>,
    ) -> Self {
        let switch = Arc::new(Switch(Arc::clone(&shared)));
        Self { shared, address, tls, _switch: switch }
    }

    /// Where the API listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Where `api-ssl` listens, if it does.
    #[must_use]
    pub fn tls_addr(&self) -> Option<SocketAddr> {
        self.tls.as_ref().map(|(address, _)| *address)
    }

    /// The certificate that `api-ssl` shows, in DER. It is valid for `127.0.0.1` and `localhost`.
    #[must_use]
    pub fn certificate(&self) -> Option<&[u8]> {
        self.tls.as_ref().map(|(_, certificates)| &certificates.leaf[..])
    }

    /// The certificate of the CA that signed it, in DER.
    #[must_use]
    pub fn ca_certificate(&self) -> Option<&[u8]> {
        self.tls.as_ref().map(|(_, certificates)| &certificates.ca[..])
    }

    // Tunnels.

    /// Brings a tunnel up as if its peer had given the right password. `service` is `l2tp`, `sstp`, `ovpn`, `pptp` or
    /// `pppoe`; `caller_id` the public address (or MAC) of the peer. Names are bytes, since routers keep them so.
    ///
    /// # Errors
    /// If the router would not let the account in.
    pub fn connect(
        &self,
        name: impl AsRef<[u8]>,
        service: &str,
        caller_id: &str,
    ) -> Result<Tunnel, ConnectError> {
        if *self.shared.door.borrow() == Door::Off {
            return Err(ConnectError::Off);
        }
        self.shared.with(|world| world.connect(name.as_ref(), service, caller_id))
    }

    /// Lets the peer hang up. `false` if there is no such session.
    #[must_use = "a session that is gone already may be a mistake of the test"]
    pub fn disconnect(&self, session_id: &str) -> bool {
        self.shared.with(|world| world.drop_tunnel(session_id, "hung-up"))
    }

    /// Brings a tunnel up at another router (`nas`) which asks this one's User Manager; gives the id of its row there.
    ///
    /// # Errors
    /// If the User Manager has no such user, or does not let it in.
    pub fn connect_elsewhere(
        &self,
        name: impl AsRef<[u8]>,
        nas: Ipv4Addr,
        caller_id: &str,
        address: Ipv4Addr,
    ) -> Result<String, ConnectError> {
        self.shared
            .with(|world| world.connect_elsewhere(name.as_ref(), nas, caller_id, address))
            .map(format_id)
    }

    /// The other router reports that its tunnel lasts; `last`: and for the last time.
    pub fn report_elsewhere(&self, id: &str, last: bool) {
        let hex = id.trim_start_matches('*');
        let Ok(id) = RowId::from_str_radix(hex, 16) else { return };
        self.shared.with(|world| if last { world.end_elsewhere(id) } else { world.report_elsewhere(id) });
    }

    /// The tunnels at other routers that have not ended, by the id of their rows.
    #[must_use]
    pub fn tunnels_elsewhere(&self) -> Vec<String> {
        self.shared.look(|world| State(world).tunnels_elsewhere())
    }

    /// Whether other routers ignore requests to disconnect, as those without `/radius/incoming accept=yes` do.
    pub fn deaf_elsewhere(&self, deaf: bool) {
        self.shared.with(|world| world.set_deaf_elsewhere(deaf));
    }

    /// The tunnels that are up, oldest first.
    #[must_use]
    pub fn tunnels(&self) -> Vec<Tunnel> {
        self.shared.look(|world| world.tunnels().cloned().collect())
    }

    /// Adds to the counters of a tunnel. `false` if there is no such session.
    #[must_use = "a session that is gone already may be a mistake of the test"]
    pub fn count_traffic(&self, session_id: &str, from_peer: u64, to_peer: u64) -> bool {
        self.shared.with(|world| world.count_traffic(session_id, from_peer, to_peer))
    }

    /// Adds a TCP connection from a tunnel to `/ip/firewall/connection` and returns its id.
    #[must_use]
    pub fn open_flow(&self, tunnel: &Tunnel, target: (Ipv4Addr, u16), fasttrack: bool) -> String {
        self.shared.with(|world| world.open_flow((tunnel.address, 50_000), target, fasttrack))
    }

    /// Creates this many secrets `user00001`, `user00002`, … and brings a tunnel up for each.
    ///
    /// # Errors
    /// If such a secret exists or the addresses run out.
    pub fn populate(&self, tunnels: usize) -> Result<(), PopulateError> {
        self.shared.with(|world| {
            for number in 1..=tunnels {
                let name = format!("user{number:05}");
                world.edit_add("ppp/secret", &[("name", name.as_bytes())])?;
                let caller = Ipv4Addr::from_bits(0xC633_0000 + u32::try_from(number).unwrap_or_default());
                world.connect(name.as_bytes(), "l2tp", &caller.to_string())?;
            }
            Ok(())
        })
    }

    // The machine.

    /// Lets a DNS name have these addresses from now on; entries of address lists that are this name follow it.
    pub fn name(&self, name: &str, addresses: &[Ipv4Addr]) {
        self.shared.with(|world| world.name(name, addresses));
    }

    /// Pushes the router's clock forward.
    pub fn advance(&self, by: Duration) {
        self.shared.with(|world| {
            world.clock.advance(by);
            world.settle();
        });
    }

    /// The router's time in microseconds since 1970.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.shared.look(World::now)
    }

    /// Restarts the router: API connections break; tunnels, dynamic entries and the log are gone; ids and session ids
    /// start over.
    pub fn reboot(&self) {
        self.shared.with(World::reboot);
    }

    /// Puts another board with this serial number in its place, furnished alike; API connections break.
    ///
    /// # Errors
    /// What the router says to such a serial number.
    pub fn replace_board(&self, serial: &str) -> Result<(), Trap> {
        self.shared.with(|world| {
            world.be_device(&Device::Board(serial.to_owned()))?;
            world.break_connections();
            Ok(())
        })
    }

    /// Refuses new connections with a TCP reset, as a machine on which nothing listens. Those that exist go on.
    pub async fn refuse(&self) {
        self.shut(Door::Shut).await;
    }

    async fn shut(&self, door: Door) {
        self.shared.door.send_replace(door);
        self.until_listening(|count| count == 0).await;
    }

    /// Switches the router off: like [`RouterSim::refuse`], and everything that runs is lost as in a reboot.
    pub async fn power_off(&self) {
        self.shut(Door::Off).await;
        self.reboot();
    }

    /// Takes connections again, after [`RouterSim::refuse`] or [`RouterSim::power_off`].
    pub async fn accept(&self) {
        self.shared.door.send_replace(Door::Open);
        let sockets = 1 + usize::from(self.tls.is_some());
        self.until_listening(|count| count == sockets).await;
    }

    async fn until_listening(&self, reached: impl Fn(usize) -> bool) {
        // The sender lives as long as this handle, so waiting cannot fail.
        let _ = self.shared.listening.subscribe().wait_for(|count| reached(*count)).await;
    }

    /// Breaks all API connections; clients may come back at once.
    pub fn break_connections(&self) {
        self.shared.with(World::break_connections);
    }

    /// The router no longer pushes to anybody, and keeps the connections.
    pub fn give_up_listeners(&self) {
        self.shared.with(World::give_up_listeners);
    }

    /// Makes something go wrong from now on.
    pub fn fault(&self, fault: Fault) {
        self.shared.with(|world| world.faults.push(fault));
    }

    /// Ends all faults. Commands that hang stay unanswered.
    pub fn clear_faults(&self) {
        self.shared.with(|world| world.faults.clear());
    }

    /// How many faults are still in force: those that lapse after some commands and have not met them all, and those that
    /// do not lapse.
    #[must_use]
    pub fn pending_faults(&self) -> usize {
        self.shared.look(|world| world.faults.pending())
    }

    /// What the filter does with a packet.
    #[must_use]
    pub fn would_pass(&self, packet: &Packet) -> Verdict {
        self.shared.look(|world| world.judge(packet))
    }

    // The tables, as somebody edits them by hand.

    /// Adds a row to a menu such as `ppp/secret` and returns its id.
    ///
    /// # Errors
    /// What the router says to a wrong value or a duplicate.
    pub fn add<V: AsRef<[u8]>>(&self, menu: &str, values: &[(&str, V)]) -> Result<String, Trap> {
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_ref())).collect();
        self.shared.with(|world| world.edit_add(trim(menu), &values)).map(format_id)
    }

    /// Changes a row, named by its id or its name. In a menu of settings the name does not matter.
    ///
    /// # Errors
    /// What the router says to a wrong value, a duplicate or a missing row.
    pub fn set<V: AsRef<[u8]>>(&self, menu: &str, row: &str, values: &[(&str, V)]) -> Result<(), Trap> {
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_ref())).collect();
        self.shared.with(|world| world.edit_set(trim(menu), row, &values))
    }

    /// Removes a row, named by its id or its name. A row of `/ppp/active` takes its tunnel with it.
    ///
    /// # Errors
    /// If there is no such row.
    pub fn remove(&self, menu: &str, row: &str) -> Result<(), Trap> {
        self.shared.with(|world| world.edit_remove(trim(menu), row))
    }

    /// Moves a rule in front of another one, or to the end.
    ///
    /// # Errors
    /// If there is no such row.
    pub fn move_before(&self, menu: &str, row: &str, before: Option<&str>) -> Result<(), Trap> {
        self.shared.with(|world| world.edit_move(trim(menu), row, before))
    }

    /// Gives an API user exactly these rights from the next command on.
    ///
    /// # Errors
    /// If there is no such user or right.
    pub fn set_rights(&self, user: &str, rights: &str) -> Result<(), Trap> {
        let group = self.row("user", user).and_then(|row| row.text("group").map(Cow::into_owned));
        self.set("user/group", &group.ok_or_else(Trap::no_such_item)?, &[("policy", rights)])
    }

    /// Changes the password of an API user. Connections that exist go on.
    ///
    /// # Errors
    /// If there is no such user.
    pub fn set_password(&self, user: &str, password: &str) -> Result<(), Trap> {
        self.set("user", user, &[("password", password)])
    }

    /// All rows of a menu, in the order of replies, with everything that is shown (sensitive values too). Empty if the
    /// router has no such menu.
    #[must_use]
    pub fn rows(&self, menu: &str) -> Vec<Row> {
        self.shared.look(|world| State(world).rows(menu))
    }

    /// The first row of a menu with this id or name; of a menu of settings its only row.
    #[must_use]
    pub fn row(&self, menu: &str, name: &str) -> Option<Row> {
        self.shared.look(|world| State(world).row(menu, name))
    }

    /// The addresses on a list, disabled entries left out.
    #[must_use]
    pub fn address_list(&self, list: &str) -> Vec<String> {
        self.shared.look(|world| State(world).address_list(list))
    }

    // What clients did.

    /// The commands that were received, oldest first, as far back as the journal goes.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        self.shared.look(|world| world.journal.entries().iter().cloned().collect())
    }

    /// How many commands have been received.
    #[must_use]
    pub fn commands(&self) -> u64 {
        self.shared.look(|world| world.journal.commands())
    }

    /// How many commands that ask for a change have been received, whatever became of them.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.shared.look(|world| world.journal.writes())
    }

    /// Waits for a command (received already, or still to come) and returns it.
    ///
    /// # Errors
    /// If none comes.
    pub async fn wait_for(&self, wanted: impl Fn(&JournalEntry) -> bool) -> Result<JournalEntry, WaitError> {
        self.wait(|world| world.journal.entries().iter().find(|entry| wanted(entry)).cloned()).await
    }

    /// Waits for the router to be in a certain state.
    ///
    /// # Errors
    /// If it does not get there.
    pub async fn wait_until(&self, reached: impl Fn(&State<'_>) -> bool) -> Result<(), WaitError> {
        self.wait(|world| reached(&State(world)).then_some(())).await
    }

    async fn wait<T>(&self, find: impl Fn(&World) -> Option<T>) -> Result<T, WaitError> {
        let mut changed = self.shared.changed.subscribe();
        let found = timeout(PATIENCE, async {
            loop {
                changed.borrow_and_update();
                if let Some(found) = self.shared.look(&find) {
                    return Some(found);
                }
                changed.changed().await.ok()?;
            }
        });
        match found.await {
            Ok(Some(found)) => Ok(found),
            Ok(None) | Err(_) => Err(WaitError { commands: self.last_commands() }),
        }
    }

    fn last_commands(&self) -> Vec<String> {
        self.shared.look(|world| {
            let entries = world.journal.entries();
            let last = entries.iter().skip(entries.len().saturating_sub(20));
            last.map(|entry| format!("{} {:?} → {:?}", entry.command, entry.attributes, entry.outcome))
                .collect()
        })
    }

    /// The menus that this router has.
    #[must_use]
    pub fn menus(&self) -> Vec<&'static str> {
        self.shared.look(World::paths)
    }

    /// How many API connections there are.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.look(|world| world.sessions.len())
    }
}

fn trim(menu: &str) -> &str {
    menu.trim_matches('/')
}

/// The accounts or tunnels of [`RouterSim::populate`] could not be made.
#[derive(Debug, Error)]
pub enum PopulateError {
    /// A secret was refused.
    #[error(transparent)]
    Secret(#[from] Trap),
    /// A tunnel was refused.
    #[error(transparent)]
    Tunnel(#[from] ConnectError),
}

/// A look at the router, for [`RouterSim::wait_until`].
#[derive(Debug)]
pub struct State<'a>(&'a World);

impl State<'_> {
    /// How many faults are still to be met, those without an end among them.
    #[must_use]
    pub fn pending_faults(&self) -> usize {
        self.0.faults.pending()
    }

    /// The rows of a menu.
    #[must_use]
    pub fn rows(&self, menu: &str) -> Vec<Row> {
        let Some(table) = self.0.find(trim(menu)) else { return Vec::new() };
        table.rows().map(|row| Row::new(self.0, table, row)).collect()
    }

    /// The row with this id or name.
    #[must_use]
    pub fn row(&self, menu: &str, name: &str) -> Option<Row> {
        let table = self.0.find(trim(menu))?;
        let row = match table.resolve(name.as_bytes()) {
            Some(id) => table.row(id),
            None => table.row(0),
        };
        row.map(|row| Row::new(self.0, table, row))
    }

    /// The addresses on a list, disabled entries left out.
    #[must_use]
    pub fn address_list(&self, list: &str) -> Vec<String> {
        let table = self.0.table("ip/firewall/address-list");
        let on_list =
            table.rows().filter(|row| table.text(row, "list") == list && !table.is(row, "disabled"));
        on_list.map(|row| table.text(row, "address").to_owned()).collect()
    }

    /// The tunnels that are up.
    #[must_use]
    pub fn tunnels(&self) -> Vec<Tunnel> {
        self.0.tunnels().cloned().collect()
    }

    /// The tunnels at other routers that have not ended, by the id of their rows.
    #[must_use]
    pub fn tunnels_elsewhere(&self) -> Vec<String> {
        self.0.sessions_elsewhere().into_iter().map(format_id).collect()
    }

    /// How many API connections there are.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.0.sessions.len()
    }

    /// How many commands came over open connections and were dropped by the firewall: they are in no journal.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.dropped
    }

    /// How many streams (`listen` and the like) are open.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.0.listeners.len()
    }
}

/// A row as the router shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its `.id`; `*0` in menus of settings.
    pub id: String,
    values: Vec<(&'static str, Bytes)>,
}

impl Row {
    fn new(world: &World, table: &super::table::Table, row: &super::table::Row) -> Self {
        let moment = world.moment();
        let shown = |(position, field): (usize, &super::table::Field)| {
            Some((field.name, table.shown(row, position, &moment)?)).filter(|_| !field.hidden)
        };
        Self { id: format_id(row.id), values: table.fields().iter().enumerate().filter_map(shown).collect() }
    }

    /// The bytes of a property.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| &value[..])
    }

    /// A property as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.bytes(name).map(String::from_utf8_lossy)
    }

    /// Whether a flag is `true`.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.bytes(name) == Some(b"true")
    }

    /// All properties in their order.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        self.values.iter().map(|(name, value)| (*name, &value[..]))
    }
}

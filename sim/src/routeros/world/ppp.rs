//! Tunnels: how an account gets one, what appears in which menus while it is up, and what is left afterwards.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::Ipv4Addr,
};

use bytes::Bytes;
use serde::Serialize;
use thiserror::Error;

use super::{World, user_manager::RadiusAccount};
use crate::routeros::{
    table::{RowId, format_id},
    value::{AddressRange, LocalTime},
};

/// A tunnel that is up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tunnel {
    /// `session-id` of `/ppp/active`, such as `0x81000003`.
    pub session_id: String,
    /// `.id` of the row of `/ppp/active`; it is given to another tunnel after this one is gone.
    pub id: String,
    /// The account's name; bytes that are not UTF-8 are replaced.
    pub name: String,
    /// `l2tp`, `sstp`, `ovpn`, `pptp` or `pppoe`.
    pub service: String,
    /// Where the peer dials in from.
    pub caller_id: String,
    /// The address that the peer was given; 0.0.0.0 if it has none, because it sends frames into a bridge.
    pub address: Ipv4Addr,
    /// Whether RADIUS (User Manager) let it in.
    pub radius: bool,
    /// Its interface: one of its own, such as `<l2tp-ivan>`, or one that is bound to its user.
    pub interface: String,
}

/// Why a tunnel did not come up.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConnectError {
    /// Neither a secret nor a User Manager user of this name serves this service.
    #[error("no account `{0}`")]
    NoSuchAccount(String),
    /// The account is disabled.
    #[error("account `{0}` is disabled")]
    Disabled(String),
    /// The account is bound to another caller id.
    #[error("account `{0}` may not dial in from this caller id")]
    WrongCaller(String),
    /// The account has as many tunnels as it may have.
    #[error("account `{0}` has no further session")]
    TooManySessions(String),
    /// There is no address left, or none is configured.
    #[error("no address for account `{0}`")]
    NoAddress(String),
    /// The router is off.
    #[error("the router is off")]
    Off,
}

/// What has to be taken away when a tunnel goes.
#[derive(Debug)]
struct Live {
    tunnel: Tunnel,
    profile: Vec<u8>,
    active: RowId,
    interface: RowId,
    /// The interface was there before and stays.
    is_bound: bool,
    /// The row of `/ip/address` that leads to the peer.
    route: RowId,
    /// The row that puts its interface on a list.
    member: Option<RowId>,
    entries: Vec<RowId>,
    secret: Option<RowId>,
    accounting: Option<RowId>,
}

/// The tunnels that are up, by the number of their session.
#[derive(Debug, Default)]
pub(super) struct Ppp {
    live: BTreeMap<u32, Live>,
    sessions: u32,
    free_slots: BTreeSet<u32>,
    slots: u32,
    taken: HashMap<Ipv4Addr, u32>,
    /// Where the search for a free address of a pool may begin.
    searched: HashMap<String, usize>,
}

/// Session ids of 7.x look like 0x81000068 and row ids like *80000068. That the former count up until a reboot while
/// the latter are reused as soon as they are free is an assumption from published samples.
const FIRST_SESSION: u32 = 0x8100_0000;
const FIRST_SLOT: u32 = 0x8000_0000;

/// What an account brings to its tunnel.
struct Account {
    secret: Option<RowId>,
    profile: Vec<u8>,
    /// Address or pool that the account itself names.
    remote: Option<String>,
    radius: Option<RadiusAccount>,
}

impl World {
    /// The tunnels that are up, oldest first.
    pub(crate) fn tunnels(&self) -> impl Iterator<Item = &Tunnel> {
        self.ppp.live.values().map(|live| &live.tunnel)
    }

    /// Brings a tunnel up, as if the peer had given the right password.
    pub(crate) fn connect(
        &mut self,
        name: &[u8],
        service: &str,
        caller: &str,
    ) -> Result<Tunnel, ConnectError> {
        self.settle();
        let shown = String::from_utf8_lossy(name).into_owned();
        let account = match self.account(name, service, caller) {
            Ok(account) => account,
            Err(error) => {
                self.log("ppp,error", format!("user {shown} authentication failed").as_bytes());
                return Err(error);
            }
        };
        let address = if self.is_bridged(service, &account) {
            Ipv4Addr::UNSPECIFIED
        } else {
            self.address_for(&account).ok_or_else(|| ConnectError::NoAddress(shown.clone()))?
        };
        self.ppp.sessions += 1;
        let session = FIRST_SESSION + self.ppp.sessions;
        let slot = self.ppp.free_slots.pop_first().unwrap_or_else(|| {
            self.ppp.slots += 1;
            FIRST_SLOT + self.ppp.slots
        });
        let tunnel = Tunnel {
            session_id: format!("{session:#x}"),
            id: format_id(slot),
            interface: self
                .bound_interface(service, name)
                .map_or_else(|| self.interface_name(service, &shown), |(bound, _)| bound),
            name: shown,
            service: service.to_owned(),
            caller_id: caller.to_owned(),
            address,
            radius: account.radius.is_some(),
        };
        self.bring_up(session, slot, name, account, tunnel.clone());
        Ok(tunnel)
    }

    fn account(&self, name: &[u8], service: &str, caller: &str) -> Result<Account, ConnectError> {
        let shown = || String::from_utf8_lossy(name).into_owned();
        let secrets = self.table("ppp/secret");
        let of_service = secrets.by_key(&[name]).filter(|row| {
            matches!(secrets.text(row, "service"), "any") || secrets.text(row, "service") == service
        });
        let disabled = of_service.is_some_and(|secret| secrets.is(secret, "disabled"));
        // That RADIUS is asked about an account whose secret is disabled, as about one that has none, is an assumption: the
        // worse one for whoever disables a secret alone.
        let Some(secret) = of_service.filter(|_| !disabled) else {
            let radius = match self.radius_account(name, caller) {
                Err(ConnectError::NoSuchAccount(_)) if disabled => {
                    return Err(ConnectError::Disabled(shown()));
                }
                account => account?,
            };
            let profile = radius.group.clone().unwrap_or_else(|| self.default_profile(service));
            let remote = radius.address.clone();
            return Ok(Account { secret: None, profile, remote, radius: Some(radius) });
        };
        if !matches!(secrets.text(secret, "caller-id"), "") && secrets.text(secret, "caller-id") != caller {
            return Err(ConnectError::WrongCaller(shown()));
        }
        let profile = secrets.value(secret, "profile").map(|profile| profile.to_vec()).unwrap_or_default();
        let profiles = self.table("ppp/profile");
        let only_one =
            profiles.by_key(&[&profile]).is_some_and(|row| profiles.text(row, "only-one") == "yes");
        if only_one && self.tunnels().any(|tunnel| tunnel.name == shown()) {
            return Err(ConnectError::TooManySessions(shown()));
        }
        let remote =
            Some(secrets.text(secret, "remote-address").to_owned()).filter(|remote| !remote.is_empty());
        Ok(Account { secret: Some(secret.id), profile, remote, radius: None })
    }

    /// The profile of a server, for accounts that name none.
    fn default_profile(&self, service: &str) -> Vec<u8> {
        let path = format!("interface/{service}-server/server");
        let table = self.tables.get(path.as_str());
        let profile = table.and_then(|table| table.value(table.rows().next()?, "default-profile"));
        profile.map_or_else(|| b"default".to_vec(), |profile| profile.to_vec())
    }

    /// Whether frames of the tunnel go into a bridge, past everything that looks at addresses: by an OpenVPN server of
    /// the mode `ethernet`, or by the profile's bridge where that gives out no addresses (an assumption: a peer that
    /// negotiates both has both).
    fn is_bridged(&self, service: &str, account: &Account) -> bool {
        let servers = self.table("interface/ovpn-server/server");
        let by_server = servers.rows().next().is_some_and(|row| servers.text(row, "mode") == "ethernet");
        let profiles = self.table("ppp/profile");
        let by_profile = profiles.by_key(&[&account.profile]).is_some_and(|row| {
            let bridged = !matches!(profiles.text(row, "bridge"), "" | "none");
            bridged && profiles.text(row, "remote-address").is_empty()
        });
        (service == "ovpn" && by_server) || (by_profile && account.remote.is_none())
    }

    /// The account's own address or pool comes before the profile's.
    fn address_for(&mut self, account: &Account) -> Option<Ipv4Addr> {
        let profiles = self.table("ppp/profile");
        let profile = profiles.by_key(&[&account.profile]);
        let of_profile = profile.map(|row| profiles.text(row, "remote-address").to_owned());
        let wanted = account.remote.clone().or(of_profile)?;
        wanted.parse().ok().or_else(|| self.lowest_free(&wanted))
    }

    fn lowest_free(&mut self, pool: &str) -> Option<Ipv4Addr> {
        let pools = self.table("ip/pool");
        let row = pools.by_key(&[pool.as_bytes()])?;
        let ranges: Vec<_> = pools.text(row, "ranges").split(',').filter_map(AddressRange::parse).collect();
        let from = self.ppp.searched.get(pool).copied().unwrap_or_default();
        let (index, address) = ranges
            .iter()
            .flat_map(AddressRange::addresses)
            .enumerate()
            .skip(from)
            .find(|(_, address)| !self.ppp.taken.contains_key(address))?;
        self.ppp.searched.insert(pool.to_owned(), index);
        Some(address)
    }

    fn interface_name(&self, service: &str, name: &str) -> String {
        let interfaces = self.table("interface");
        let plain = format!("<{service}-{name}>");
        if interfaces.by_key(&[plain.as_bytes()]).is_none() {
            return plain;
        }
        (1_u32..)
            .map(|number| format!("<{service}-{name}-{number}>"))
            .find(|candidate| interfaces.by_key(&[candidate.as_bytes()]).is_none())
            .unwrap_or(plain)
    }

    fn bring_up(&mut self, session: u32, slot: RowId, name: &[u8], account: Account, tunnel: Tunnel) {
        let address = tunnel.address.to_string();
        let encoding = if tunnel.service == "l2tp" { "cbc(aes) + hmac(sha1)" } else { "" };
        let radius = if tunnel.radius { "true" } else { "false" };
        let bridged = tunnel.address.is_unspecified();
        let lists = account.radius.as_ref().and_then(|radius| radius.lists.clone());
        let entries = if bridged { Vec::new() } else { self.list_address(&account.profile, lists, &address) };
        let bound = self.bound_interface(&tunnel.service, name).map(|(_, interface)| interface);
        // The names come from rows that exist once, and the slot is free: these rows cannot be refused.
        let interface = match bound {
            Some(bound) => {
                let _ = self.amend("interface", bound, &[("running", b"true")]);
                bound
            }
            None => self
                .make(
                    "interface",
                    &[
                        ("name", tunnel.interface.as_bytes()),
                        ("type", format!("{}-in", tunnel.service).as_bytes()),
                        ("dynamic", b"true"),
                    ],
                )
                .unwrap_or_default(),
        };
        let route = self
            .make(
                "ip/address",
                &[
                    ("address", b"10.255.255.1/32"),
                    ("network", address.as_bytes()),
                    ("interface", tunnel.interface.as_bytes()),
                    ("dynamic", b"true"),
                ],
            )
            .unwrap_or_default();
        let member = self.list_interface(&account.profile, &tunnel.interface);
        let accounting = account.radius.and_then(|radius| self.start_accounting(radius, &tunnel, session));
        *self.ppp.taken.entry(tunnel.address).or_default() += 1;
        self.log(
            &format!("{},ppp,info,account", tunnel.service),
            &[name, b" logged in, ", address.as_bytes(), b" from ", tunnel.caller_id.as_bytes()].concat(),
        );
        let mut row = self.blank("ppp/active");
        let filled = self.fill(
            "ppp/active",
            &mut row,
            &[
                ("name", name),
                ("service", tunnel.service.as_bytes()),
                ("caller-id", tunnel.caller_id.as_bytes()),
                ("address", if bridged { b"" } else { address.as_bytes() }),
                ("encoding", encoding.as_bytes()),
                ("session-id", tunnel.session_id.as_bytes()),
                ("radius", radius.as_bytes()),
            ],
        );
        if filled.and_then(|()| self.insert_at("ppp/active", slot, row)).is_ok() {
            let live = Live {
                tunnel,
                profile: account.profile,
                active: slot,
                interface,
                is_bound: bound.is_some(),
                route,
                member,
                entries,
                secret: account.secret,
                accounting,
            };
            self.ppp.live.insert(session, live);
        }
    }

    /// Puts an address on the lists that the profile names, or instead on those that RADIUS names (that the latter win
    /// is an assumption). An entry that is there already stays as it is.
    fn list_address(&mut self, profile: &[u8], by_radius: Option<String>, address: &str) -> Vec<RowId> {
        let profiles = self.table("ppp/profile");
        let of_profile = profiles.by_key(&[profile]).map(|row| profiles.text(row, "address-list").to_owned());
        let Some(lists) = by_radius.or(of_profile) else { return Vec::new() };
        let named = lists.split(',').map(str::trim).filter(|list| !list.is_empty());
        named
            .filter_map(|list| {
                let values: [(&str, &[u8]); 3] =
                    [("list", list.as_bytes()), ("address", address.as_bytes()), ("dynamic", b"true")];
                self.make("ip/firewall/address-list", &values).ok()
            })
            .collect()
    }

    /// Puts an interface on the list that the profile names.
    fn list_interface(&mut self, profile: &[u8], interface: &str) -> Option<RowId> {
        let profiles = self.table("ppp/profile");
        let list = profiles.text(profiles.by_key(&[profile])?, "interface-list").to_owned();
        let values: [(&str, &[u8]); 3] =
            [("list", list.as_bytes()), ("interface", interface.as_bytes()), ("dynamic", b"true")];
        if list.is_empty() { None } else { self.make("interface/list/member", &values).ok() }
    }

    /// Takes a tunnel down, for a reason as `last-disconnect-reason` has it. `false` if there is no such session.
    pub(crate) fn drop_tunnel(&mut self, session_id: &str, reason: &str) -> bool {
        let hex = session_id.strip_prefix("0x").and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let Some(live) = hex.and_then(|session| self.ppp.live.remove(&session)) else { return false };
        self.take_down(live, reason);
        true
    }

    pub(super) fn drop_tunnel_of_row(&mut self, active: RowId, reason: &str) {
        let session =
            self.ppp.live.iter().find(|(_, live)| live.active == active).map(|(&session, _)| session);
        if let Some(live) = session.and_then(|session| self.ppp.live.remove(&session)) {
            self.take_down(live, reason);
        }
    }

    /// Takes the tunnel down that a row of accounting belongs to.
    pub(super) fn drop_tunnel_of_accounting(&mut self, accounting: RowId, reason: &str) -> bool {
        let session =
            self.ppp.live.iter().find(|(_, live)| live.accounting == Some(accounting)).map(|(&id, _)| id);
        let live = session.and_then(|session| self.ppp.live.remove(&session));
        live.map(|live| self.take_down(live, reason)).is_some()
    }

    pub(super) fn drop_all_tunnels(&mut self, reason: &str) {
        while let Some((_, live)) = self.ppp.live.pop_first() {
            self.take_down(live, reason);
        }
    }

    fn take_down(&mut self, live: Live, reason: &str) {
        let Live { tunnel, profile, active, interface, is_bound, route, member, entries, secret, accounting } =
            live;
        let moment = self.moment();
        let row = self.remove("ppp/active", active);
        let traffic = if is_bound {
            let _ = self.amend("interface", interface, &[("running", b"false")]);
            self.table("interface").row(interface).cloned()
        } else {
            self.remove("interface", interface)
        };
        self.remove("ip/address", route);
        if let Some(member) = member {
            self.remove("interface/list/member", member);
        }
        self.ppp.free_slots.insert(active);
        self.run_on_down(&profile, tunnel.address);
        self.release(tunnel.address);
        for entry in entries {
            self.remove("ip/firewall/address-list", entry);
        }
        // What it had open stays in /ip/firewall/connection until somebody removes it, or it times out. That it is so is
        // an assumption, and the one under which a client has to do more.
        if let Some(secret) = secret {
            let stamp = LocalTime::at(moment.now, moment.offset).stamp(moment.version);
            // The values are texts, and the secret may be gone: nothing to do about either.
            let _ = self.amend(
                "ppp/secret",
                secret,
                &[
                    ("last-logged-out", stamp.as_bytes()),
                    ("last-caller-id", tunnel.caller_id.as_bytes()),
                    ("last-disconnect-reason", reason.as_bytes()),
                ],
            );
        }
        let counted = |name: &str| {
            traffic.as_ref().map(|row| self.table("interface").text(row, name)).unwrap_or("0").to_owned()
        };
        let (received, sent) = (counted("rx-byte"), counted("tx-byte"));
        let seconds =
            row.map_or(0, |row| moment.now.saturating_sub(row.since) / crate::routeros::clock::SECOND);
        if let Some(accounting) = accounting {
            self.stop_accounting(accounting, reason);
        }
        let line =
            format!("{} logged out, {seconds} {received} {sent} 0 0 from {}", tunnel.name, tunnel.caller_id);
        self.log(&format!("{},ppp,info,account", tunnel.service), line.as_bytes());
    }

    fn release(&mut self, address: Ipv4Addr) {
        if let Some(users) = self.ppp.taken.get_mut(&address) {
            *users -= 1;
            if *users == 0 {
                self.ppp.taken.remove(&address);
                self.ppp.searched.clear();
            }
        }
    }

    /// Adds to the counters of a tunnel: bytes from the peer and to it.
    pub(crate) fn count_traffic(&mut self, session_id: &str, from_peer: u64, to_peer: u64) -> bool {
        let live = self.ppp.live.values().find(|live| live.tunnel.session_id == session_id);
        let Some((interface, accounting)) = live.map(|live| (live.interface, live.accounting)) else {
            return false;
        };
        self.add_to("interface", interface, &[("rx-byte", from_peer), ("tx-byte", to_peer)]);
        if let Some(accounting) = accounting {
            let path = self.accounting_path();
            self.add_to(path, accounting, &[("upload", from_peer), ("download", to_peer)]);
        }
        true
    }

    fn add_to(&mut self, path: &str, id: RowId, counters: &[(&str, u64)]) {
        let table = self.table(path);
        let Some(mut row) = table.row(id).cloned() else { return };
        for (name, more) in counters {
            let old: u64 = table.text(&row, name).parse().unwrap_or_default();
            let new = Bytes::from(old.saturating_add(*more).to_string());
            // A number is a valid value of a counter.
            let _ = table.put(&mut row, name, &new);
        }
        let _ = self.replace(path, row);
    }

    /// Adds a tracked connection from an address to a place behind the router.
    pub(crate) fn open_flow(
        &mut self,
        source: (Ipv4Addr, u16),
        target: (Ipv4Addr, u16),
        fasttrack: bool,
    ) -> String {
        let ends = [("src", source), ("dst", target), ("reply-src", target), ("reply-dst", source)];
        let mut row = self.blank("ip/firewall/connection");
        let mut values = vec![("fasttrack".to_owned(), fasttrack.to_string())];
        for (end, (address, port)) in ends {
            if self.version.is_seven() {
                values.push((format!("{end}-address"), address.to_string()));
                values.push((format!("{end}-port"), port.to_string()));
            } else {
                values.push((format!("{end}-address"), format!("{address}:{port}")));
            }
        }
        let values: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        // Texts without a key cannot be refused.
        let _ = self.fill("ip/firewall/connection", &mut row, &values);
        format_id(self.insert("ip/firewall/connection", row).unwrap_or_default())
    }
}

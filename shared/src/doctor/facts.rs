//! What the doctor is told about a router. Read by the server; judged here.

use crate::{
    firewall::{Family, Interfaces, Opening, Range, Rule, Rules},
    router::{TelegramNetworks, setup::Page},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// Everything that is looked at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    /// The list of the box, as the settings name it.
    pub sandbox_list: String,
    /// The list of those who are let through.
    pub allow_list: String,
    /// The list of those who are kept out; empty: not to be told.
    pub ban_list: String,
    /// What may be reached from the box: the page of those who wait, if there is one.
    pub page: Option<Opening>,
    /// The same as the set-up writes it.
    pub page_at: Option<Page>,
    /// The policies, by name, of those who have accounts here and need that page, for a number or for a one-time code.
    pub page_for: Vec<String>,
    /// Telegram's networks, which the set-up opens to the box if somebody chose that.
    pub telegram: TelegramNetworks,
    /// The rules and lists of IPv4.
    pub rules: Rules,
    /// Those of IPv6; none: the router does not speak it.
    pub rules6: Option<Rules>,
    /// The comments of the filter rules that the set-up made and nobody took back here, by their families.
    pub made: BTreeMap<Family, BTreeSet<String>>,
    /// The accounts whose rules are bound, by the rules' ids.
    pub bound: BTreeMap<String, String>,
    /// The interfaces and their lists.
    pub interfaces: Interfaces,
    /// What accounts have in common.
    pub profiles: Vec<Profile>,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The VPN servers that are on, and the profile that each gives to accounts of RADIUS.
    pub servers: Vec<Server>,
    /// Another RADIUS server than this router's own User Manager is asked, whose accounts nobody can list.
    pub radius_elsewhere: bool,
    /// The router drops what arrives under an address to which it would not send by the same way (`rp-filter=strict`).
    pub checks_sources: bool,
    /// The tunnels that are up and not on the list of the box, and those that have no address by which they could be.
    pub strays: Vec<Stray>,
    /// The accounts whose tunnels are up and whose interfaces are not on the list that their profile names by now; one for
    /// each tunnel.
    pub unlisted: Vec<String>,
    /// The ports of both services of the API, on or off: see [`crate::router::setup::api_ports`].
    pub api_ports: Vec<u16>,
    /// From where the router sees us come; none: it does not tell who is logged in.
    pub server: Option<Vec<Range>>,
    /// The pools of addresses. A pool with a part that could not be read is left out.
    pub pools: BTreeMap<String, Vec<Range>>,
    /// RouterOS's version, as printed.
    pub version: String,
    /// The router's clock minus ours; none: it does not tell.
    pub clock_skew_seconds: Option<i64>,
    /// How we come in.
    pub api: Api,
    /// The services of the router by which it is managed.
    pub services: Vec<Service>,
    /// What else the router answers, as far as it is on.
    pub helpers: Vec<Helper>,
    /// RADIUS and the User Manager, if accounts live there.
    pub user_manager: Option<UserManager>,
    /// What the device forbids; none: it has no such mode.
    pub device_mode: Option<DeviceMode>,
}

impl Facts {
    /// Is the page known by a name, so that those who wait have to ask for it?
    pub(super) fn page_has_name(&self) -> bool {
        self.page_at.as_ref().is_some_and(Page::has_name)
    }

    /// The same with the rules that come and go with tunnels: those by which the router leads a tunnel's packets into the
    /// chains that its profile names.
    pub(super) fn with_passing_rules(&self) -> Self {
        let mut facts = self.clone();
        let rules: Vec<Rule> = self
            .profiles
            .iter()
            .flat_map(|profile| profile.filters.iter().map(move |filter| (profile, filter)))
            .map(|(profile, filter)| Rule {
                chain: PPP_CHAIN.to_owned(),
                action: "jump".to_owned(),
                jump_target: filter.clone(),
                dynamic: true,
                conditions: vec![("profile".to_owned(), profile.name.clone())],
                ..Rule::default()
            })
            .collect();
        facts.rules.filter.extend(rules.iter().cloned());
        if let Some(rules6) = &mut facts.rules6 {
            rules6.filter.extend(rules);
        }
        facts
    }
}

/// The chain from which tunnels' packets are sent into the chains of their profiles (`incoming-filter`, `outgoing-filter`).
const PPP_CHAIN: &str = "ppp";

/// A PPP profile.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// The lists that it puts tunnels' addresses into.
    pub address_lists: Vec<String>,
    /// The list that it puts tunnels' interfaces into.
    pub interface_list: Option<String>,
    /// The chains of rules that tunnels' packets are sent into, where a rule jumps to the chain `ppp`.
    pub filters: Vec<String>,
    /// The bridge that tunnels' frames may go into.
    pub bridge: Option<String>,
    /// The router's end.
    pub local_address: Option<String>,
    /// The other end: an address or a pool.
    pub remote_address: Option<String>,
    /// `use-ipv6`; empty: as the router does by itself.
    pub use_ipv6: String,
    /// It gives out IPv6 prefixes.
    pub gives_prefixes: bool,
}

/// An account that may log in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// Its profile; none: an account of RADIUS that names none, which gets the server's.
    pub profile: Option<String>,
    /// The lists that RADIUS puts its address on instead of the profile's.
    pub lists: Option<Vec<String>>,
    /// It belongs to somebody whom we know.
    pub linked: bool,
    /// Its own remote address.
    pub remote_address: Option<String>,
    /// It has an IPv6 prefix of its own, or is given one.
    pub has_prefix: bool,
    /// The networks behind its tunnel, as the router writes them: `192.168.77.0/24 10.8.0.7 1`.
    pub routes: Vec<String>,
}

/// A VPN server that is on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Server {
    /// `l2tp`, `sstp`, …
    pub service: String,
    /// Its default profile.
    pub profile: String,
    /// It takes frames, and puts whoever sends them beside its own network.
    pub ethernet: bool,
}

/// A tunnel that is up and not in the box.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stray {
    /// The account's name.
    pub name: String,
    /// Its address; none: it has none, however long it has been up.
    pub address: Option<IpAddr>,
    /// It is on the list of those who are let through.
    pub allowed: bool,
}

/// Something that the router answers besides being managed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Helper {
    /// What it is, as the command line calls it.
    pub menu: &'static str,
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// The port.
    pub port: u16,
    /// What it is to those in the box.
    pub kind: HelperKind,
}

/// What something that the router answers is to those in the box.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HelperKind {
    /// It talks to others on their behalf: a way out.
    Proxy,
    /// It looks names up, in which a little data can be carried out.
    Names,
    /// It leads nowhere else.
    Other,
}

/// How we come in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Api {
    /// The API user.
    pub username: String,
    /// From where that user may come; empty: from anywhere.
    pub user_addresses: Vec<String>,
    /// Their rights; none: not to be told.
    pub rights: Option<Vec<String>>,
    /// The connection is encrypted.
    pub tls: bool,
    /// The login is an MD5 challenge.
    pub md5_login: bool,
    /// The service by which we come; none: not to be told.
    pub service: Option<Service>,
    /// Sessions that it takes at a time.
    pub max_sessions: Option<u64>,
}

/// A service of `/ip/service` that is on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Service {
    /// `api`, `winbox`, `ssh`, …
    pub name: String,
    /// TCP.
    pub port: u16,
    /// Who may use it; empty: everybody.
    pub addresses: Vec<String>,
    /// It has a certificate.
    pub certificate: bool,
}

/// RADIUS and the User Manager.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UserManager {
    /// Sessions are accounted for.
    pub accounting: bool,
    /// And told of while they last.
    pub interim_update: bool,
    /// The router takes requests to disconnect; none: not to be told.
    pub incoming: Option<bool>,
}

/// `/system/device-mode`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DeviceMode {
    /// `home`, `advanced`, …
    pub mode: String,
    /// The device was found to have been tampered with, and refuses changes.
    pub flagged: bool,
    /// Features that it forbids, among those that are looked at.
    pub forbidden: Vec<String>,
}

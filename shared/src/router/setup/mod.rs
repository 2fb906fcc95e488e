//! The set-up of a router: from "API user and password" to "every tunnel is boxed from its first packet".
//!
//! [`plan`] compares what was read of a router ([`Seen`]) with what is [`Wanted`] and answers with ordered [`Step`]s,
//! each in words, as a script for the router's terminal, and as typed [`Change`]s. A change says what was there before;
//! [`undo`] takes it back, if nobody has changed the same since. Nothing here talks to a router.

mod access;
mod by_hand;
mod change;
mod hooks;
mod interfaces;
mod item;
mod lines;
mod lockout;
mod older;
mod profiles;
mod rules;
mod script;
mod server;
mod shut;
mod telegram;
mod undo;
mod words;

pub use access::{API_USER, NEEDED_RIGHTS, TLS_STEP};
pub use by_hand::{Part, There, by_hand};
pub use change::{Change, Command, Setting};
pub use interfaces::{LISTS_ARE_NAMED_IN, VPN_INTERFACES, list_needed_by_others, names_list};
pub use item::{Item, Menu, Raw};
pub use lockout::{Inside, Listed, Login};
pub use rules::{Edit, PAGE_LIST, edited};
pub use script::{in_quotes, script};
pub use server::{SERVER_LIST, api_ports};
pub(crate) use server::{named_ports, usual_unless_known};
pub use telegram::{TELEGRAM_LIST, TELEGRAM_PORTS, TELEGRAM_RULE};
pub use undo::{Done, Outcome, Undo, outcome, undo};
pub use words::Words;

use super::TelegramNetworks;
use interfaces::INTERFACES;
use rules::{BAN, FORWARD, INPUT, IPV6, PAGE, Wrong};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// How the router should be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// The address list of the box.
    pub sandbox: String,
    /// The address list of those who are let through.
    pub allow: String,
    /// The address list of banned callers.
    pub ban: String,
    /// Name or address by which the server reaches the router.
    pub host: String,
    /// The account that the server uses.
    pub username: String,
    /// The server comes over TLS already.
    pub tls: bool,
    /// The password of [`API_USER`] is known: it was made by an earlier, interrupted set-up.
    pub knows_api_user: bool,
    /// The page that boxed people may see, if the server has an address.
    pub page: Option<Page>,
    /// Where the router's scripts report, if the server has an address.
    pub hooks: Option<Hooks>,
    /// What boxed people reach of Telegram, if that is chosen.
    pub telegram: TelegramNetworks,
}

impl Wanted {
    /// The rules of the box by these lists, and nothing else.
    pub fn of_lists(sandbox: String, allow: String, ban: String) -> Self {
        Self {
            sandbox,
            allow,
            ban,
            host: String::new(),
            username: String::new(),
            tls: true,
            knows_api_user: false,
            page: None,
            hooks: None,
            telegram: TelegramNetworks::default(),
        }
    }
}

/// Where the page of the box is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl Page {
    /// Is the server known by a name, which has to be looked up?
    pub fn has_name(&self) -> bool {
        self.host.parse::<IpAddr>().is_err()
    }
}

/// Where the router's scripts report, tokens included.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hooks {
    /// That a tunnel is up.
    pub connect: String,
    /// That it is gone.
    pub disconnect: String,
}

/// What IPv6 is on a router.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Ipv6 {
    /// The router has none: the package is missing or off.
    #[default]
    Absent,
    /// It is switched off.
    Off,
    /// On, with these rules.
    On(Vec<Item>),
}

impl Ipv6 {
    fn is_on(&self) -> bool {
        matches!(self, Self::On(_))
    }
}

/// What was read of a router.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Seen {
    /// RouterOS's version, if it could be read.
    pub version: Option<(u16, u16, u16)>,
    /// The rights of the account that the server uses; none: they could not be told.
    pub rights: Option<BTreeSet<String>>,
    /// From which addresses the server is logged in, as the router sees them.
    pub servers: Vec<String>,
    /// Who is logged in to manage the router.
    pub logins: Vec<Login>,
    /// Who is logged in is not shown: nobody can be told to be out of harm's way.
    pub logins_unknown: bool,
    /// What is on the lists of the box, of those who are let through and of banned callers, of both families.
    pub listed: Vec<Listed>,
    /// The tunnels that are up.
    pub inside: Vec<Inside>,
    /// The lists of interfaces.
    pub interface_lists: Vec<Item>,
    /// The accounts with networks behind their tunnels, by their profiles.
    pub routed: BTreeMap<Raw, Vec<String>>,
    /// The firewall's rules, in their order.
    pub filter: Vec<Item>,
    /// IPv6, with its rules.
    pub ipv6: Ipv6,
    /// The static entries of address lists that carry our mark.
    pub address_list: Vec<Item>,
    /// The same of IPv6.
    pub address_list6: Vec<Item>,
    /// The PPP profiles.
    pub profiles: Vec<Item>,
    /// The names of those that VPN accounts or VPN servers use.
    pub used_profiles: BTreeSet<Raw>,
    /// The profiles of connections that the router makes itself, to a provider for instance, with the names of these.
    pub client_profiles: BTreeMap<Raw, Vec<String>>,
    /// Whether sessions are accounted for.
    pub aaa: Option<Item>,
    /// There is a User Manager.
    pub user_manager: bool,
    /// The scripts.
    pub scripts: Vec<Item>,
    /// The certificates.
    pub certificates: Vec<Item>,
    /// The services, without the connections that newer versions list among them.
    pub services: Vec<Item>,
    /// The groups of those who manage the router.
    pub groups: Vec<Item>,
    /// Those who manage it.
    pub users: Vec<Item>,
    /// May scripts fetch, as device-mode says? None: it says nothing.
    pub fetch_allowed: Option<bool>,
}

impl Seen {
    /// The router's own connections that have this profile too.
    fn clients_of(&self, profile: &Item) -> &[String] {
        let clients = profile.get("name").and_then(|name| self.client_profiles.get(name));
        clients.map(Vec::as_slice).unwrap_or_default()
    }

    /// The ports of the API: see [`api_ports`].
    fn api_ports(&self) -> Vec<u16> {
        let of = |item: &Item| (item.text("name").into_owned(), item.text("port").parse().ok());
        api_ports(self.services.iter().map(of))
    }

    /// Has the server's account this right? What is not known counts as had: the router says no if it must.
    fn may(&self, right: &str) -> bool {
        self.rights.as_ref().is_none_or(|rights| rights.contains(right))
    }
}

/// How a step stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// As it should be, or nothing to be done.
    Present,
    /// Not there.
    Missing,
    /// There, but not as it should be.
    Different,
}

/// A part of the set-up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What it is called in the API.
    pub key: String,
    /// A title.
    pub title: Words,
    /// What it is for.
    pub about: Words,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub notes: Vec<Words>,
    /// Why it can't be done now, and what to do about that.
    pub obstacle: Option<Words>,
    /// Only done when it is asked for by its key.
    pub optional: bool,
    /// The same for the router's terminal: what is to be done, or, when nothing is, what has been.
    pub script: String,
    /// What is to be done.
    pub changes: Vec<Change>,
}

impl Step {
    fn new(key: String, title: Words, about: Words) -> Self {
        Self {
            key,
            title,
            about,
            state: State::Present,
            notes: Vec::new(),
            obstacle: None,
            optional: false,
            script: String::new(),
            changes: Vec::new(),
        }
    }

    fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    fn noted(mut self, words: Words) -> Self {
        self.notes.push(words);
        self
    }

    /// Nothing to be done; `ideal` is what would have been.
    fn present(mut self, ideal: &[Change]) -> Self {
        self.script = as_script(ideal);
        self
    }

    fn wrong(mut self, state: State, notes: Vec<Words>, changes: Vec<Change>) -> Self {
        self.state = state;
        self.notes = notes;
        self.script = as_script(&changes);
        self.changes = changes;
        self
    }

    fn blocked(mut self, words: Words) -> Self {
        if self.state == State::Present {
            self.state = State::Missing;
        }
        self.obstacle = Some(words);
        self
    }

    /// Does it take the lists of interfaces?
    fn names_interfaces(&self) -> bool {
        [FORWARD, INPUT, IPV6, server::SERVER].contains(&self.key.as_str())
            || self.key.starts_with(profiles::KEY)
    }

    /// Not to be done while it would lock somebody out.
    fn unless(self, lockout: Option<Words>) -> Self {
        match lockout {
            Some(words) if !self.is_present() => self.blocked(words),
            _ => self,
        }
    }

    /// Is it as it should be?
    pub fn is_present(&self) -> bool {
        self.state == State::Present
    }
}

fn as_script(changes: &[Change]) -> String {
    changes.iter().map(script).collect::<Vec<_>>().join("\n")
}

/// What there is to be done on a router.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// The steps, in the order in which they are shown.
    pub steps: Vec<Step>,
    /// All changes with the step that each belongs to, in the order in which they must be made.
    pub changes: Vec<(String, Change)>,
}

impl Plan {
    /// Everything that is not left to the administrator's choice is as it should be.
    pub fn is_clean(&self) -> bool {
        self.steps.iter().all(|step| step.optional || step.is_present())
    }

    /// The steps that are carried out: those asked for, or all that nobody has to ask for; never what can't be done.
    pub fn chosen<'a>(&'a self, keys: Option<&'a [String]>) -> impl Iterator<Item = &'a Step> {
        let asked = move |step: &&Step| match keys {
            Some(keys) => keys.contains(&step.key),
            None => !step.optional,
        };
        // What names the lists of interfaces can't be made without them.
        let needed = keys.is_some() && self.steps.iter().filter(asked).any(Step::names_interfaces);
        let wanted = move |step: &&Step| asked(step) || (needed && step.key == INTERFACES);
        self.steps.iter().filter(wanted).filter(|step| !step.is_present() && step.obstacle.is_none())
    }
}

/// Compares a router with what is wanted.
pub fn plan(seen: &Seen, wanted: &Wanted) -> Plan {
    let rules = rules::ipv4(&seen.api_ports(), wanted, wanted.page.as_ref());
    let mut wrong = telegram::entries(Menu::AddressList, &seen.address_list, wanted);
    wrong.extend(server::entries(Menu::AddressList, &seen.address_list, &seen.servers));
    wrong.extend(rules::compare(Menu::Filter, &seen.filter, &rules));
    let lists = interfaces::step(seen);
    let mut changes: Vec<(String, Change)> =
        lists.changes.iter().map(|change| (INTERFACES.to_owned(), change.clone())).collect();
    let mut steps = vec![lists];
    let page_entry = page_entry(seen, wanted);
    changes.extend(page_entry.iter().cloned().map(|change| (PAGE.to_owned(), change)));
    changes.extend(by_step(&wrong));
    for (key, title, about) in [
        (FORWARD, "setup-forward", "setup-forward-about"),
        (INPUT, "setup-input", "setup-input-about"),
        (BAN, "setup-ban", "setup-ban-about"),
    ] {
        let about =
            Words::new(about).with("sandbox", wanted.sandbox.as_str()).with("allow", wanted.allow.as_str());
        let about = about.with("ban", wanted.ban.as_str());
        let step = Step::new(key.to_owned(), Words::new(title), about);
        let step = of_rules(step, &mut wrong, &rules::ideal(Menu::Filter, &rules, key));
        steps.push(step.unless(match key {
            INPUT => lockout::by_list(seen, &wanted.sandbox, Some(&wanted.allow)),
            BAN => lockout::by_list(seen, &wanted.ban, None),
            _ => None,
        }));
    }
    let present = |key: &str| steps.iter().any(|step| step.key == key && step.is_present());
    let holds = |chain: &str| match chain {
        "forward" => present(FORWARD),
        "input" => present(INPUT),
        _ => false,
    };
    let older = older::step(seen, wanted, holds);
    changes.extend(older.iter().flat_map(by_key));
    steps.extend(older);
    let (mut wrong6, rules6) = rules6(seen, wanted);
    changes.extend(by_step(&wrong6));
    steps.push(ipv6(seen, &mut wrong6, &rules6).unless(lockout::by_lists(seen, wanted)));
    wrong.extend(wrong6);
    steps.push(server::step(seen, wanted, &mut wrong, &rules, &rules6));
    let mut rest = profiles::steps(seen, wanted);
    rest.extend(profiles::accounting(seen));
    let shut = shut::step(seen, wanted);
    let hooks = hooks::typed_below(hooks::step(seen, wanted), &shut, seen);
    rest.push(shut);
    rest.push(access::tls(seen, wanted));
    rest.extend(access::services(seen));
    rest.push(page_step(wanted, page_entry, &mut wrong, &rules));
    rest.push(telegram::step(seen, wanted, &mut wrong, &rules, &rules6));
    rest.push(hooks);
    // The last one: the new account has not the rights for all the others.
    rest.push(access::api_user(seen, wanted));
    // What is made of rules is in order already.
    let plain = rest.iter().filter(|step| ![PAGE, telegram::TELEGRAM].contains(&step.key.as_str()));
    changes.extend(plain.flat_map(by_key));
    steps.extend(rest);
    Plan { steps, changes }
}

fn by_step(wrong: &[Wrong]) -> impl Iterator<Item = (String, Change)> + '_ {
    wrong.iter().flat_map(|one| one.changes.iter().map(|change| (one.step.to_owned(), change.clone())))
}

fn by_key(step: &Step) -> impl Iterator<Item = (String, Change)> + '_ {
    step.changes.iter().map(|change| (step.key.clone(), change.clone()))
}

/// A step of rules with what is wrong with them.
fn of_rules(step: Step, wrong: &mut Vec<Wrong>, ideal: &[Change]) -> Step {
    let (mine, others) = std::mem::take(wrong).into_iter().partition(|one: &Wrong| one.step == step.key);
    *wrong = others;
    let mine: Vec<Wrong> = mine;
    if mine.is_empty() {
        return step.present(ideal);
    }
    // Where nothing is there yet the title says it all.
    let all_missing = mine.iter().all(|one| one.missing) && mine.len() == ideal.len();
    let state = if mine.iter().all(|one| one.missing) { State::Missing } else { State::Different };
    let mut notes = Vec::new();
    let mut changes = Vec::new();
    for one in mine {
        if !all_missing && !notes.contains(&one.words) {
            notes.push(one.words);
        }
        changes.extend(one.changes);
    }
    step.wrong(state, notes, changes)
}

/// What is wrong with IPv6, with the rules that should be there: none where the router has no IPv6.
fn rules6(seen: &Seen, wanted: &Wanted) -> (Vec<Wrong>, Vec<rules::Rule>) {
    let Ipv6::On(items) = &seen.ipv6 else { return (Vec::new(), Vec::new()) };
    let rules = rules::ipv6(&seen.api_ports(), wanted);
    let mut wrong = telegram::entries(Menu::AddressList6, &seen.address_list6, wanted);
    wrong.extend(server::entries(Menu::AddressList6, &seen.address_list6, &seen.servers));
    wrong.extend(rules::compare(Menu::Filter6, items, &rules));
    (wrong, rules)
}

fn ipv6(seen: &Seen, wrong: &mut Vec<Wrong>, rules: &[rules::Rule]) -> Step {
    let step = Step::new(IPV6.to_owned(), Words::new("setup-ipv6"), Words::new("setup-ipv6-about"));
    match &seen.ipv6 {
        Ipv6::Absent => step.present(&[]).noted(Words::new("setup-ipv6-absent")),
        Ipv6::Off => step.present(&[]).noted(Words::new("setup-ipv6-off")),
        Ipv6::On(_) => of_rules(step, wrong, &rules::ideal(Menu::Filter6, rules, IPV6)),
    }
}

const PAGE_COMMENT: &str = "sallyport:the server, for the page of the box";

/// The server's address in its list. A name is kept there as a name: the router looks it up.
fn page_entry(seen: &Seen, wanted: &Wanted) -> Option<Change> {
    let page = wanted.page.as_ref()?;
    let known = seen.address_list.iter().find(|item| item.text("comment") == PAGE_COMMENT);
    let values = [("list", PAGE_LIST), ("address", page.host.as_str())];
    match known {
        None => Some(Change::entry(Menu::AddressList, PAGE_LIST, &page.host, PAGE_COMMENT)),
        Some(item) => {
            let settings: Vec<Setting> = values
                .iter()
                .filter(|(name, value)| item.text(name) != *value)
                .map(|(name, value)| Setting::of(item, name, value))
                .collect();
            (!settings.is_empty()).then(|| Change::set(Menu::AddressList, item, settings))
        }
    }
}

fn page_step(wanted: &Wanted, entry: Option<Change>, wrong: &mut Vec<Wrong>, rules: &[rules::Rule]) -> Step {
    let about = Words::new("setup-page-about");
    let step = Step::new(PAGE.to_owned(), Words::new("setup-page"), about).optional();
    if wanted.page.is_none() {
        return step.blocked(Words::new("setup-no-public-url"));
    }
    let mut step = of_rules(step, wrong, &rules::ideal(Menu::Filter, rules, PAGE));
    if let Some(entry) = entry {
        if step.is_present() {
            step.state = State::Different;
            step.script.clear();
        }
        step.changes.insert(0, entry);
        step.script = as_script(&step.changes);
    }
    step
}

//! The firewall's rules: what they are, and that they stand where they hold.
//!
//! One rule can name one list of source addresses, so "boxed, but not let through" takes a chain of its own: the
//! rules of the box are jumped to with what comes from (or goes to) a boxed tunnel, return what has been let through,
//! and stop the rest. What returns goes on through the administrator's own rules: letting somebody in takes the box
//! away and gives no right beyond that. Source and destination are judged apart, else a tunnel that is inside could
//! be used to reach one that is boxed.
//!
//! The jumps stand above everything in their chain that might let a packet pass (established connections and
//! FastTrack above all), switched on or not; rules that only stop or note packets may stand above them. One that drops
//! banned callers must not stand above the server's own way.
//!
//! Tunnels are known by their addresses and by their interfaces. The former holds those that were up before, the latter
//! what bears another address: networks behind a tunnel, or a forged source.

use super::{
    Page, Wanted,
    change::{Change, Setting},
    interfaces::VPN_INTERFACES,
    item::{Item, Menu, Raw, same},
    server, telegram,
    words::Words,
};
use crate::{firewall::Family, router::MARK};
use std::collections::BTreeSet;

/// The keys of the steps that are made of rules.
pub(super) const FORWARD: &str = "forward";
pub(super) const INPUT: &str = "input";
pub(super) const BAN: &str = "ban";
pub(super) const IPV6: &str = "ipv6";
pub(super) const PAGE: &str = "page";

/// What the rule that drops banned callers is called behind the mark.
const BANNED: &str = "banned callers";

/// The address list with the server that shows the page of the box.
pub const PAGE_LIST: &str = "sallyport-page";

/// A rule that should be there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Rule {
    /// The step that it belongs to.
    pub(super) step: &'static str,
    comment: String,
    chain: &'static str,
    values: Vec<(&'static str, String)>,
}

impl Rule {
    /// Does it stand in this chain?
    pub(super) fn is_of(&self, chain: &str) -> bool {
        self.chain == chain
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Does it drop banned callers?
    pub(super) fn is_ban(&self) -> bool {
        self.comment.strip_prefix(MARK) == Some(BANNED)
    }

    /// Does it name this list, or this chain?
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.iter().any(|(_, value)| value == name)
    }
}

/// What is wrong with a rule, and the changes that put it right.
pub(super) struct Wrong {
    pub(super) step: &'static str,
    pub(super) missing: bool,
    pub(super) words: Words,
    pub(super) changes: Vec<Change>,
}

impl Wrong {
    /// Something that one change puts right.
    pub(super) fn new(step: &'static str, missing: bool, words: Words, change: Change) -> Self {
        Self { step, missing, words, changes: vec![change] }
    }
}

pub(super) fn rule(
    step: &'static str,
    chain: &'static str,
    what: &str,
    values: &[(&'static str, &str)],
) -> Rule {
    Rule {
        step,
        comment: format!("{MARK}{what}"),
        chain,
        values: values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
    }
}

/// The rules for IPv4, in the order in which they are made: what is jumped to first. `api_ports`: see [`super::api_ports`].
pub(super) fn ipv4(api_ports: &[u16], wanted: &Wanted, page: Option<&Page>) -> Vec<Rule> {
    let mut rules = from_tunnels(FORWARD, Family::V4, wanted, page);
    rules.extend(to_tunnels(FORWARD, Family::V4, wanted, page));
    rules.extend(to_router(INPUT, wanted, page));
    rules.extend(jumps([FORWARD, INPUT, BAN], api_ports, wanted));
    rules
}

/// The same for IPv6. There is no page: it is reached by IPv4.
pub(super) fn ipv6(api_ports: &[u16], wanted: &Wanted) -> Vec<Rule> {
    let mut rules = from_tunnels(IPV6, Family::V6, wanted, None);
    rules.extend(to_tunnels(IPV6, Family::V6, wanted, None));
    rules.extend(to_router(IPV6, wanted, None));
    rules.extend(jumps([IPV6, IPV6, IPV6], api_ports, wanted));
    rules
}

fn from_tunnels(step: &'static str, family: Family, wanted: &Wanted, page: Option<&Page>) -> Vec<Rule> {
    const CHAIN: &str = "sallyport-out";
    let mut rules = vec![rule(
        step,
        CHAIN,
        "out: let through",
        &[("src-address-list", wanted.allow.as_str()), ("action", "return")],
    )];
    if let Some(page) = page {
        let port = page.port.to_string();
        rules.push(rule(
            PAGE,
            CHAIN,
            "out: the page of the box",
            &[
                ("dst-address-list", PAGE_LIST),
                ("protocol", "tcp"),
                ("dst-port", &port),
                ("action", "accept"),
            ],
        ));
    }
    rules.extend(telegram::outwards(CHAIN, family, wanted));
    // Refused and not ignored, so that programs on the person's computer fail at once instead of waiting.
    let refuse = [("action", "reject"), ("reject-with", "icmp-admin-prohibited")];
    rules.push(rule(step, CHAIN, "out: boxed", &refuse));
    rules
}

fn to_tunnels(step: &'static str, family: Family, wanted: &Wanted, page: Option<&Page>) -> Vec<Rule> {
    const CHAIN: &str = "sallyport-in";
    let mut rules = vec![rule(
        step,
        CHAIN,
        "in: let through",
        &[("dst-address-list", wanted.allow.as_str()), ("action", "return")],
    )];
    if let Some(page) = page {
        let port = page.port.to_string();
        rules.push(rule(
            PAGE,
            CHAIN,
            "in: the page of the box",
            &[
                ("src-address-list", PAGE_LIST),
                ("protocol", "tcp"),
                ("src-port", &port),
                ("connection-state", "established"),
                ("action", "accept"),
            ],
        ));
    }
    rules.extend(telegram::inwards(CHAIN, family, wanted));
    rules.push(rule(step, CHAIN, "in: boxed", &[("action", "drop")]));
    rules
}

/// To the router itself nothing is open, except names while the page has one: a boxed tunnel that may ask for names
/// can carry data out in them, slowly.
fn to_router(step: &'static str, wanted: &Wanted, page: Option<&Page>) -> Vec<Rule> {
    const CHAIN: &str = "sallyport-router";
    let mut rules = vec![rule(
        step,
        CHAIN,
        "router: let through",
        &[("src-address-list", wanted.allow.as_str()), ("action", "return")],
    )];
    if page.is_some_and(Page::has_name) {
        for protocol in ["udp", "tcp"] {
            let what = format!("router: names by {protocol}");
            let values = [("protocol", protocol), ("dst-port", "53"), ("action", "accept")];
            rules.push(rule(PAGE, CHAIN, &what, &values));
        }
    }
    rules.push(rule(step, CHAIN, "router: boxed", &[("action", "drop")]));
    rules
}

fn jumps([forward, input, ban]: [&'static str; 3], api_ports: &[u16], wanted: &Wanted) -> Vec<Rule> {
    let sandbox = wanted.sandbox.as_str();
    let jump_by = |step, chain, what: &str, (matcher, list), target| {
        rule(step, chain, what, &[(matcher, list), ("action", "jump"), ("jump-target", target)])
    };
    let jump = |step, chain, what: &str, list, target| jump_by(step, chain, what, (list, sandbox), target);
    // Whatever address it bears: one that is not let through goes no further.
    let by_interface = |step, chain, what: &str, matcher, target| {
        jump_by(step, chain, what, (matcher, VPN_INTERFACES), target)
    };
    vec![
        jump(forward, "forward", "from boxed tunnels", "src-address-list", "sallyport-out"),
        by_interface(forward, "forward", "from VPN interfaces", "in-interface-list", "sallyport-out"),
        jump(forward, "forward", "to boxed tunnels", "dst-address-list", "sallyport-in"),
        by_interface(forward, "forward", "to VPN interfaces", "out-interface-list", "sallyport-in"),
        server::way(api_ports),
        rule(ban, "input", BANNED, &[("src-address-list", wanted.ban.as_str()), ("action", "drop")]),
        jump(input, "input", "boxed tunnels to the router", "src-address-list", "sallyport-router"),
        by_interface(input, "input", "VPN interfaces to the router", "in-interface-list", "sallyport-router"),
    ]
}

/// Compares the rules of a table with those that should be there, in the order in which the changes are made.
pub(super) fn compare(menu: Menu, items: &[Item], rules: &[Rule]) -> Vec<Wrong> {
    let found: Vec<Option<usize>> = rules.iter().map(|rule| find(rule, items)).collect();
    let ours: BTreeSet<usize> = found.iter().flatten().copied().collect();
    let mut wrong = Vec::new();
    for (number, rule) in rules.iter().enumerate() {
        let order = Order::of(rule.chain, rules, &found, items, &ours);
        match found.get(number).copied().flatten().and_then(|at| items.get(at)) {
            None => wrong.push(missing(menu, rule, order.place_for(number, items))),
            Some(item) => {
                let settings = differences(rule, item);
                let words = Words::new("setup-found-rule").with("comment", rule.comment.as_str());
                if !settings.is_empty() {
                    wrong.push(Wrong::new(rule.step, false, words, Change::set(menu, item, settings)));
                }
                wrong.extend(order.move_of(menu, rule, item, items));
            }
        }
    }
    wrong
}

/// The row of a rule: by its comment, and of several the one that is as it should be.
fn find(rule: &Rule, items: &[Item]) -> Option<usize> {
    let comment = Raw::from(rule.comment.as_str());
    let mut alike = items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.get("comment") == Some(&comment) && !item.is("dynamic"));
    let first = alike.clone().next();
    alike.find(|(_, item)| differences(rule, item).is_empty()).or(first).map(|(at, _)| at)
}

/// What of a row is not as the rule says; a matcher too many is a difference, too.
fn differences(rule: &Rule, item: &Item) -> Vec<Setting> {
    let mut values = rule.values.clone();
    values.push(("chain", rule.chain.to_owned()));
    let mut settings: Vec<Setting> = values
        .iter()
        .map(|(name, value)| Setting::of(item, name, value))
        .filter(|setting| !same(&setting.name, setting.was.as_ref(), setting.now.as_ref()))
        .collect();
    if item.is("disabled") {
        settings.push(Setting::of(item, "disabled", "no"));
    }
    let known = |name: &str| {
        matches!(name, "comment" | "disabled") || values.iter().any(|(wanted, _)| *wanted == name)
    };
    let too_many = item.essence().into_iter().filter(|(name, _)| !known(name));
    settings.extend(too_many.map(|(name, was)| Setting { name, was: Some(was), now: None }));
    settings
}

fn missing(menu: Menu, rule: &Rule, before: Option<String>) -> Wrong {
    let mut values: Vec<(String, Raw)> = vec![("chain".to_owned(), rule.chain.into())];
    values.extend(rule.values.iter().map(|(name, value)| ((*name).to_owned(), value.as_str().into())));
    values.push(("comment".to_owned(), rule.comment.as_str().into()));
    let words = Words::new("setup-found-no-rule").with("comment", rule.comment.as_str());
    Wrong::new(rule.step, true, words, Change::Add { menu, values, before })
}

/// What became of a rule.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Edit {
    /// It is not there any more.
    Gone,
    /// It is switched off, or does something else.
    Changed,
    /// It stands elsewhere.
    Moved,
}

/// Of the rules that the set-up made (by their comments) those that are not as it makes them, with what mends them.
/// `api_ports`: see [`super::api_ports`].
pub fn edited(
    menu: Menu,
    items: &[Item],
    wanted: &Wanted,
    api_ports: &[u16],
    made: &BTreeSet<String>,
) -> Vec<(String, Edit, Change)> {
    let rules = if menu == Menu::Filter6 {
        ipv6(api_ports, wanted)
    } else {
        ipv4(api_ports, wanted, wanted.page.as_ref())
    };
    let (rules, not_made): (Vec<_>, Vec<_>) =
        rules.into_iter().partition(|rule| made.contains(&rule.comment));
    // One that somebody typed from the plan is no stranger to the others: nothing has to stand above it.
    let typed = |item: &Item| not_made.iter().any(|rule| rule.comment == item.text("comment"));
    let items: Vec<Item> = items.iter().filter(|item| !typed(item)).cloned().collect();
    compare(menu, &items, &rules)
        .into_iter()
        .flat_map(|one| one.changes.into_iter().map(move |change| (one.step, change)))
        .filter_map(|(step, change)| {
            let unknown = step == server::SERVER && api_ports.is_empty();
            if unknown { without_ports(change) } else { Some(change) }
        })
        .map(|change| {
            let edit = match &change {
                Change::Add { .. } => Edit::Gone,
                Change::Move { .. } => Edit::Moved,
                _ => Edit::Changed,
            };
            (change.known_by().text().into_owned(), edit, change)
        })
        .collect()
}

/// The ports of the server's own way are the router's. Where it does not say which they are, they are not edited.
fn without_ports(change: Change) -> Option<Change> {
    match change {
        Change::Set { menu, id, known_by, mut settings } => {
            settings.retain(|setting| setting.name != "dst-port");
            (!settings.is_empty()).then_some(Change::Set { menu, id, known_by, settings })
        }
        change => Some(change),
    }
}

/// The rules as they are made where there are none, for those who do it by hand.
pub(super) fn ideal(menu: Menu, rules: &[Rule], step: &str) -> Vec<Change> {
    let of_step = rules.iter().filter(|rule| rule.step == step);
    of_step.flat_map(|rule| missing(menu, rule, None).changes).collect()
}

/// How the rules stand in a chain.
struct Order {
    /// Our rules of the chain: the number, and where it stands.
    places: Vec<(usize, Option<usize>)>,
    /// The first rule of somebody else that must not stand above ours.
    anchor: Option<usize>,
    anchor_id: Option<String>,
    sound: bool,
}

impl Order {
    fn of(
        chain: &str,
        rules: &[Rule],
        found: &[Option<usize>],
        items: &[Item],
        ours: &BTreeSet<usize>,
    ) -> Self {
        let places: Vec<_> = rules
            .iter()
            .zip(found)
            .enumerate()
            .filter(|(_, (rule, _))| rule.chain == chain)
            .map(|(number, (_, at))| (number, *at))
            .collect();
        // The server's own way is none if somebody else's rule drops banned callers above it.
        let way = rules.iter().any(|rule| rule.chain == chain && rule.step == server::SERVER);
        let bans =
            rules.iter().find(|rule| way && rule.is_ban()).and_then(|rule| rule.value("src-address-list"));
        let decides = |item: &Item| may_pass(item) || bans.is_some_and(|list| drops(item, list));
        let foreign = items.iter().enumerate().filter(|(at, item)| !ours.contains(at) && decides(item));
        let anchor = foreign.filter(|(_, item)| item.text("chain") == chain).map(|(at, _)| at).next();
        let standing: Vec<usize> = places.iter().filter_map(|(_, at)| *at).collect();
        // A rule that was moved to another chain is brought back by its value; its place is looked at then.
        let sorted = standing.windows(2).all(|pair| matches!(pair, [one, next] if one < next));
        let above = anchor.is_none_or(|anchor| standing.iter().all(|at| *at < anchor));
        let anchor_id = anchor.and_then(|at| items.get(at)).map(|item| item.id.clone());
        Self { places, anchor, anchor_id, sound: sorted && above }
    }

    /// In front of which rule a missing one goes.
    fn place_for(&self, number: usize, items: &[Item]) -> Option<String> {
        if !self.sound {
            return self.anchor_id.clone();
        }
        let next = self.places.iter().find_map(|(other, at)| at.filter(|_| *other > number));
        next.or(self.anchor).and_then(|at| items.get(at)).map(|item| item.id.clone())
    }

    /// When the order is broken, every rule of the chain is moved, one after the other: afterwards they stand in order
    /// above the anchor, wherever they stood.
    fn move_of(&self, menu: Menu, rule: &Rule, item: &Item, items: &[Item]) -> Option<Wrong> {
        if self.sound {
            return None;
        }
        let change = Change::Move {
            menu,
            id: item.id.clone(),
            known_by: rule.comment.as_str().into(),
            before: self.anchor_id.clone(),
            was_before: None,
        };
        let change = change.renewed(items);
        let words = Words::new("setup-found-place").with("comment", rule.comment.as_str());
        Some(Wrong::new(rule.step, false, words, change))
    }
}

/// May a packet pass by this rule, or come to pass by it? What puts addresses on lists may put them on one that lets them
/// through. Rules that RouterOS made itself can't be moved past and are not asked.
fn may_pass(item: &Item) -> bool {
    let stops = ["drop", "reject", "tarpit", "log", "passthrough"];
    !item.is("dynamic") && !stops.contains(&&*item.text("action"))
}

/// Does a rule stop what comes from this list?
fn drops(item: &Item, list: &str) -> bool {
    let stops = matches!(&*item.text("action"), "drop" | "reject" | "tarpit");
    stops && !item.is("dynamic") && item.text("src-address-list") == list
}

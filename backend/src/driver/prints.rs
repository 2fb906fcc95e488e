//! What of a router's configuration the proof that the box holds stands on, and the prints by which a look finds that
//! somebody changed it: a number for each of them, another one after a change.
//!
//! Left out is what changes without anybody's hand: counters, whether a rule can work now, and the rows that the router
//! adds and takes away itself as tunnels come and go. Each print costs one command at most, however much there is.

use super::doctor;
use crate::driver::wire;
use routeros_api::{Connection, Error, Query, Row, menus::items};
use sallyport_shared::router::setup::Item;
use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

/// Of more lasting entries than this in all address lists of a family only the number is looked at.
const MOST_ENTRIES: u64 = 2_000;

/// Something that the proof stands on, and how it is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Watched {
    /// The filter of IPv4, which a look reads anyway ([`Prints::filter`]).
    Filter,
    /// Another table of rules, with everything that the router prints of them.
    Rules(&'static str),
    /// These attributes of all rows of a menu.
    Rows(&'static str, &'static [&'static str]),
    /// The same, without the rows that the router makes itself.
    Lasting(&'static str, &'static [&'static str]),
    /// How many lasting entries a menu of address lists has.
    Count(&'static str),
    /// Those entries, if they were few when they were counted last.
    Entries(&'static str),
}

/// The rules of IPv4 that packets pass before their connections are looked up.
pub(crate) const RAW: Watched = Watched::Rules("/ip/firewall/raw");
/// The rules of IPv6 that end up where the filter of IPv4 does.
pub(crate) const FILTER6: Watched = Watched::Rules("/ipv6/firewall/filter");
/// The rules of IPv6 before it.
pub(crate) const RAW6: Watched = Watched::Rules("/ipv6/firewall/raw");
/// Everything else that can open a box: who is on the lists that rules speak of, whom the profiles box and how, rules that
/// put somebody on the allow list, and whether the router takes forged sources. An address list is counted before its
/// entries are read.
pub(crate) const OTHERS: [Watched; 12] = [
    Watched::Lasting("/interface/list/member", &["list", "interface", "disabled"]),
    Watched::Count("/ip/firewall/address-list"),
    Watched::Entries("/ip/firewall/address-list"),
    Watched::Rows("/ppp/profile", doctor::PROFILE),
    Watched::Rules("/ip/firewall/mangle"),
    Watched::Rules("/ip/firewall/nat"),
    Watched::Rows("/interface/list", &["name", "include", "exclude"]),
    Watched::Rows("/ip/settings", &["rp-filter"]),
    Watched::Count("/ipv6/firewall/address-list"),
    Watched::Entries("/ipv6/firewall/address-list"),
    Watched::Rules("/ipv6/firewall/mangle"),
    Watched::Rules("/ipv6/firewall/nat"),
];

/// The prints of a connection's time.
#[derive(Default)]
pub(crate) struct Prints(HashMap<Watched, u64>);

impl Prints {
    /// Is the filter of IPv4 other than it was when it was read last? Whether one of the rules `bound` to accounts is on
    /// does not count: those are switched from here.
    pub(crate) fn filter(&mut self, rules: &[Item], bound: &HashSet<&str>) -> bool {
        self.is_other(Watched::Filter, of_filter(rules, bound))
    }

    /// Reads something, and tells whether it is other than it was when it was read last. What the router has not got, or
    /// this API user may not read, never is.
    ///
    /// # Errors
    /// When the connection is lost.
    pub(crate) async fn look_at(&mut self, wire: &Connection, what: Watched) -> Result<bool, Error> {
        let read = wire::unless_refused(self.read(wire, what).await, |_| true)?.flatten();
        Ok(read.is_some_and(|now| self.is_other(what, now)))
    }

    async fn read(&self, wire: &Connection, what: Watched) -> Result<Option<u64>, Error> {
        let lasting = || Query::eq("dynamic", "false");
        let rows = match what {
            Watched::Filter => return Ok(None),
            Watched::Count(menu) => return items::count(wire, menu, lasting()).await.map(Some),
            Watched::Entries(menu) if self.has_many(menu) => return Ok(None),
            Watched::Entries(menu) => {
                items::rows(wire, menu, &["list", "address", "disabled"], Some(lasting())).await?
            }
            Watched::Rules(menu) => items::whole(wire, menu).await?,
            Watched::Rows(menu, attributes) => items::rows(wire, menu, attributes, None).await?,
            Watched::Lasting(menu, attributes) => {
                items::rows(wire, menu, attributes, Some(lasting())).await?
            }
        };
        Ok(rows.map(|rows| of_rows(&rows)))
    }

    fn has_many(&self, menu: &'static str) -> bool {
        self.0.get(&Watched::Count(menu)).is_none_or(|count| *count > MOST_ENTRIES)
    }

    fn is_other(&mut self, what: Watched, now: u64) -> bool {
        self.0.insert(what, now).is_some_and(|before| before != now)
    }
}

/// Does an attribute change without anybody's hand?
fn changes_by_itself(name: &[u8]) -> bool {
    matches!(name, b"bytes" | b"packets" | b"invalid" | b".nextid")
}

fn of_filter(rules: &[Item], bound: &HashSet<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for item in rules.iter().filter(|item| !item.is("dynamic")) {
        item.id.hash(&mut hasher);
        let switched = |name: &str| name == "disabled" && bound.contains(item.id.as_str());
        for (name, value) in &item.values {
            if !changes_by_itself(name.as_bytes()) && !switched(name) {
                (name, value).hash(&mut hasher);
            }
        }
    }
    hasher.finish()
}

/// Rows by what they say, in their order: of a rule everything, its place and whether it is on.
fn of_rows(rows: &[Row]) -> u64 {
    let mut hasher = DefaultHasher::new();
    let is_own = |row: &&Row| matches!(row.get("dynamic"), Some(b"true" | b"yes"));
    for row in rows.iter().filter(|row| !is_own(row)) {
        let said: Vec<_> = row.attrs().filter(|(name, _)| !changes_by_itself(name)).collect();
        said.hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{records::RouterRecord, testing};
    use sallyport_shared::ids::RouterId;
    use sim::routeros::{Fault, FaultKind, RouterSim};

    const RAW4: &str = "ip/firewall/raw";
    const LISTS: [&str; 2] = ["/ip/firewall/address-list", "/ipv6/firewall/address-list"];

    async fn reached() -> (RouterSim, Connection) {
        let profile = [
            ("name", "vpn"),
            ("local-address", "10.8.0.1"),
            ("remote-address", "vpn"),
            ("address-list", "2fa-sandboxed"),
            ("interface-list", "people"),
        ];
        let sim = RouterSim::builder()
            .user("sallyport", "secret", "read,write,api")
            .row("interface/list", &[("name", "people")])
            .row("ppp/profile", &profile)
            .row("ppp/secret", &[("name", "ivan"), ("profile", "vpn")])
            .row(RAW4, &[("chain", "prerouting"), ("action", "drop"), ("src-address", "192.0.2.1")])
            .start()
            .await
            .unwrap();
        let host = sim.addr().ip().to_string();
        let router = testing::router(RouterId(uuid::Uuid::nil()), "hq-gw");
        let router = RouterRecord { host, port: sim.addr().port(), ..router };
        let wire = wire::connect(&router, "secret").await.unwrap();
        (sim, wire)
    }

    fn all() -> impl Iterator<Item = Watched> {
        [RAW, FILTER6, RAW6].into_iter().chain(OTHERS)
    }

    async fn changed(prints: &mut Prints, wire: &Connection) -> HashSet<Watched> {
        let mut changed = HashSet::new();
        for what in all() {
            if prints.look_at(wire, what).await.unwrap() {
                changed.insert(what);
            }
        }
        changed
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_done_by_hand_makes_another_print_and_what_the_router_does_makes_none() {
        let (sim, wire) = reached().await;
        let mut prints = Prints::default();
        assert!(changed(&mut prints, &wire).await.is_empty(), "there was nothing before");
        let tunnel = sim.connect("ivan", "l2tp", "203.0.113.7").unwrap();
        assert_eq!(sim.address_list("2fa-sandboxed"), [tunnel.address.to_string()]);
        assert!(sim.rows("interface/list/member").iter().any(|row| row.is("dynamic")));
        let first = sim.rows(RAW4)[0].id.clone();
        let counted = [("bytes", "4096"), ("packets", "64"), ("invalid", "true")];
        sim.set(RAW4, &first, &counted).unwrap();
        assert!(changed(&mut prints, &wire).await.is_empty(), "nobody had a hand in that");

        let rule = [("chain", "prerouting"), ("action", "passthrough")];
        let added = |menu: &str| sim.add(menu, &rule).unwrap();
        let second = added(RAW4);
        assert_eq!(changed(&mut prints, &wire).await, [RAW].into());
        sim.move_before(RAW4, &second, Some(&first)).unwrap();
        assert_eq!(changed(&mut prints, &wire).await, [RAW].into(), "its place");
        sim.set(RAW4, &second, &[("disabled", "yes")]).unwrap();
        assert_eq!(changed(&mut prints, &wire).await, [RAW].into(), "whether it is on");
        sim.remove(RAW4, &second).unwrap();
        assert_eq!(changed(&mut prints, &wire).await, [RAW].into(), "that it is gone");
        let others = all().filter(|what| *what != RAW);
        for (what, menu) in others.filter_map(|what| match what {
            Watched::Rules(menu) => Some((what, menu)),
            _ => None,
        }) {
            added(menu);
            assert_eq!(changed(&mut prints, &wire).await, [what].into());
        }
        for (menu, one, other) in
            [(LISTS[0], "192.0.2.5", "192.0.2.6"), (LISTS[1], "2001:db8::5", "2001:db8::6")]
        {
            let entry = sim.add(menu, &[("list", "office"), ("address", one)]).unwrap();
            let both = [Watched::Count(menu), Watched::Entries(menu)];
            assert_eq!(changed(&mut prints, &wire).await, both.into());
            sim.set(menu, &entry, &[("address", other)]).unwrap();
            assert_eq!(changed(&mut prints, &wire).await, [Watched::Entries(menu)].into());
        }
        let of = |menu: &str| {
            let named = |what: &Watched| matches!(what, Watched::Rows(at, _) | Watched::Lasting(at, _) if *at == menu);
            HashSet::from([all().find(named).unwrap()])
        };
        sim.add("interface/list/member", &[("list", "people"), ("interface", "ether1")]).unwrap();
        assert_eq!(changed(&mut prints, &wire).await, of("/interface/list/member"));
        sim.set("interface/list", "people", &[("include", "all")]).unwrap();
        assert_eq!(changed(&mut prints, &wire).await, of("/interface/list"));
        sim.set("ppp/profile", "vpn", &[("address-list", "")]).unwrap();
        assert_eq!(changed(&mut prints, &wire).await, of("/ppp/profile"));
        sim.set("ip/settings", "", &[("rp-filter", "strict")]).unwrap();
        assert_eq!(changed(&mut prints, &wire).await, of("/ip/settings"));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn long_lists_are_counted_and_no_more_and_a_refusal_ends_nothing() {
        let (sim, wire) = reached().await;
        let mut prints = Prints::default();
        let (count, entries) = (Watched::Count(LISTS[0]), Watched::Entries(LISTS[0]));
        changed(&mut prints, &wire).await;
        for number in 0..=MOST_ENTRIES {
            let address = format!("10.{}.{}.1", number / 256, number % 256);
            sim.add(LISTS[0], &[("list", "blocked"), ("address", &address)]).unwrap();
        }
        assert!(prints.look_at(&wire, count).await.unwrap());
        let before = sim.commands();
        assert!(!prints.look_at(&wire, entries).await.unwrap());
        assert_eq!(sim.commands(), before, "not read");
        let no = FaultKind::Trap { message: "not enough permissions (9)".to_owned() };
        sim.fault(Fault::new(no).on("/ip/firewall/raw/print").times(1));
        assert!(!prints.look_at(&wire, RAW).await.unwrap());
        sim.add(RAW4, &[("chain", "prerouting"), ("action", "accept")]).unwrap();
        assert!(prints.look_at(&wire, RAW).await.unwrap(), "what was there before is remembered");
    }
}

//! The set-up on random routers: applied it is clean, applied twice nothing happens, undone everything is as it was.

mod locales;

use locales::blanks;
use proptest::prelude::*;
use sallyport_shared::{
    language::Language,
    message::Texts,
    router::{
        TelegramNetworks,
        setup::{
            Change, Command, Done, Edit, Hooks, Inside, Ipv6, Item, Listed, Menu, Outcome, Page, Plan, Raw,
            SERVER_LIST, Seen, State, TELEGRAM_LIST, Undo, Wanted, edited, outcome, plan, script, undo,
        },
    },
};
use std::collections::BTreeSet;

/// A router that does as it is told.
#[derive(Clone, PartialEq, Debug)]
struct Model {
    seen: Seen,
    next: u32,
}

impl Model {
    fn items(&mut self, menu: Menu) -> &mut Vec<Item> {
        match menu {
            Menu::Filter => &mut self.seen.filter,
            Menu::Filter6 => match &mut self.seen.ipv6 {
                Ipv6::On(items) => items,
                other => panic!("written to IPv6, which is {other:?}"),
            },
            Menu::AddressList => &mut self.seen.address_list,
            Menu::AddressList6 => &mut self.seen.address_list6,
            Menu::InterfaceList => &mut self.seen.interface_lists,
            Menu::Profile => &mut self.seen.profiles,
            Menu::Script => &mut self.seen.scripts,
            Menu::Certificate => &mut self.seen.certificates,
            Menu::Service => &mut self.seen.services,
            Menu::Group => &mut self.seen.groups,
            Menu::User => &mut self.seen.users,
            Menu::Aaa => panic!("a single row"),
        }
    }

    fn read(&mut self, menu: Menu) -> Vec<Item> {
        if menu == Menu::Aaa { self.seen.aaa.iter().cloned().collect() } else { self.items(menu).clone() }
    }

    fn row(&mut self, menu: Menu, id: &str) -> &mut Item {
        if menu == Menu::Aaa {
            return self.seen.aaa.as_mut().expect("there is accounting");
        }
        self.items(menu).iter_mut().find(|item| item.id == id).expect("the row is there")
    }

    fn place(&mut self, menu: Menu, item: Item, before: Option<&str>) {
        let items = self.items(menu);
        let at = before.map(|id| items.iter().position(|other| other.id == id).expect("the place is there"));
        items.insert(at.unwrap_or(items.len()), item);
    }

    fn carry(&mut self, command: Command) -> Option<String> {
        match command {
            Command::Add { menu, values, before } => {
                self.next += 1;
                let id = format!("*{:X}", self.next);
                let item = Item { id: id.clone(), values: values.into_iter().collect() };
                self.place(menu, item, before.as_deref());
                return Some(id);
            }
            Command::Set { menu, id, values } => self.row(menu, &id).values.extend(values),
            Command::Unset { menu, id, names } => {
                self.row(menu, &id).values.retain(|name, _| !names.contains(name));
            }
            Command::Move { menu, id, before } => {
                let items = self.items(menu);
                let at = items.iter().position(|item| item.id == id).expect("the row is there");
                let item = items.remove(at);
                self.place(menu, item, before.as_deref());
            }
            Command::Remove { menu, id } => self.items(menu).retain(|item| item.id != id),
            Command::Sign { name, .. } => {
                let item = self.items(Menu::Certificate).iter_mut().find(|item| item.text("name") == name);
                item.expect("the certificate is there").values.insert("private-key".into(), "true".into());
            }
        }
        None
    }

    /// Makes the changes of all steps that nothing forbids, optional ones included; the first `most` of them.
    fn apply(&mut self, wanted: &mut Wanted, plan: &Plan, most: usize) -> Vec<Done> {
        let keys: Vec<String> = plan.steps.iter().map(|step| step.key.clone()).collect();
        let chosen: BTreeSet<String> = plan.chosen(Some(&keys)).map(|step| step.key.clone()).collect();
        let changes = plan.changes.iter().filter(|(key, _)| chosen.contains(key)).take(most);
        changes.map(|(_, change)| self.make(wanted, change)).collect()
    }

    fn make(&mut self, wanted: &mut Wanted, change: &Change) -> Done {
        if let Change::Switch { now, .. } = change {
            wanted.username = now.clone();
            self.seen.rights = Some(["read", "write", "api"].map(str::to_owned).into());
            return Done { change: change.clone(), id: None, after: Default::default() };
        }
        let menu = change.menu().expect("only switching has none");
        let change = &change.renewed(&self.read(menu));
        let mut id = change.id().map(str::to_owned);
        for command in change.commands() {
            id = self.carry(command).or(id);
        }
        let items = self.read(menu);
        let item = change.find(id.as_deref(), &items).expect("what was changed is found again");
        // Whoever lost the answer finds the same out by looking.
        let lost = outcome(change, &items);
        let done = Done { change: change.clone(), id: Some(item.id.clone()), after: item.essence() };
        if !matches!(change, Change::Move { .. }) {
            assert_eq!(lost, Outcome::Happened(done.clone()));
        }
        done
    }

    fn undo(&mut self, wanted: &mut Wanted, done: Vec<Done>, rights: Option<BTreeSet<String>>) {
        for done in done.into_iter().rev() {
            let items = done.change.menu().map(|menu| self.read(menu)).unwrap_or_default();
            match undo(&done, &items) {
                Undo::Nothing => {}
                Undo::Commands(commands) => {
                    for command in commands {
                        self.carry(command);
                    }
                }
                Undo::SwitchBack { was, .. } => {
                    wanted.username = was;
                    self.seen.rights = rights.clone();
                }
                Undo::Leave(words) => panic!("{}", words.say(Language::En)),
            }
        }
    }

    /// Empty and missing values mean the same.
    fn tidy(mut self) -> Self {
        let tidy = |items: &mut Vec<Item>| {
            for item in items {
                item.values.retain(|_, value| !value.is_empty());
            }
        };
        tidy(&mut self.seen.interface_lists);
        tidy(&mut self.seen.profiles);
        tidy(&mut self.seen.services);
        self.next = 0;
        self
    }
}

fn item(id: usize, values: &[(&str, &str)]) -> Item {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), Raw::from(*value)));
    Item { id: format!("*{id:X}"), values: values.collect() }
}

/// Rules as people have them, some of ours among them, whole or spoilt.
fn rule() -> impl Strategy<Value = Vec<(String, Raw)>> {
    let chain = prop::sample::select(vec!["forward", "input", "sallyport-out", "sallyport-in", "own"]);
    let action = prop::sample::select(vec![
        "accept",
        "drop",
        "fasttrack-connection",
        "jump",
        "return",
        "log",
        "passthrough",
    ]);
    let comment = prop::sample::select(vec![
        "",
        "",
        "2FA ivan",
        "sallyport:out: let through",
        "sallyport:out: boxed",
        "sallyport:from boxed tunnels",
        "sallyport:to boxed tunnels",
        "sallyport:banned callers",
        "sallyport:the server to the API",
        "sallyport:out: the page of the box",
        "sallyport:out: Telegram",
    ]);
    let matcher = prop::option::of(prop::sample::select(vec![
        ("src-address", "10.0.0.0/8"),
        ("connection-state", "established,related"),
        ("src-address-list", "2fa-allowed"),
    ]));
    (chain, action, comment, matcher, any::<bool>(), prop::bool::weighted(0.1)).prop_map(
        |(chain, action, comment, matcher, disabled, dynamic)| {
            let mut values = vec![("chain", chain), ("action", action)];
            values.extend(matcher);
            if !comment.is_empty() {
                values.push(("comment", comment));
            }
            values.push(("disabled", if disabled { "true" } else { "false" }));
            if dynamic {
                values.push(("dynamic", "true"));
            }
            values.into_iter().map(|(name, value)| (name.to_owned(), Raw::from(value))).collect()
        },
    )
}

fn rules() -> impl Strategy<Value = Vec<Item>> {
    prop::collection::vec(rule(), 0..12).prop_map(|rules| {
        let rules = rules.into_iter().enumerate();
        rules
            .map(|(id, values)| Item { id: format!("*{:X}", id + 1), values: values.into_iter().collect() })
            .collect()
    })
}

/// The server's own list as somebody may have left it: with another server's address, or the right one switched off.
fn servers() -> impl Strategy<Value = Vec<Item>> {
    let entry =
        prop::sample::select(vec![("10.0.0.9", "false"), ("10.0.0.2", "true"), ("10.0.0.2", "false")]);
    prop::option::of(entry).prop_map(|entry| {
        let values = |(address, disabled)| {
            item(0x40, &[("list", SERVER_LIST), ("address", address), ("disabled", disabled)])
        };
        entry.map(values).into_iter().collect()
    })
}

/// The list of Telegram's networks as somebody may have left it: some of them, some switched off, and others.
fn networks() -> impl Strategy<Value = Vec<Item>> {
    let address = prop::sample::subsequence(
        vec!["91.108.4.0/22", "149.154.160.0/20", "10.0.0.0/8", "2a0a:f280::/32"],
        0..4,
    );
    (address, any::<bool>(), any::<bool>()).prop_map(|(addresses, named, disabled)| {
        let entries = addresses.into_iter().enumerate();
        entries
            .map(|(id, address)| {
                let mut values = vec![("list", TELEGRAM_LIST), ("address", address)];
                values.extend(named.then_some(("comment", "by hand")));
                values.push(("disabled", if disabled && id == 0 { "true" } else { "false" }));
                item(id + 1, &values)
            })
            .collect()
    })
}

fn profiles() -> impl Strategy<Value = Vec<Item>> {
    let lists = prop::sample::select(vec!["", "staff", "2fa-sandboxed", "a,2fa-sandboxed", "2fa-allowed"]);
    let up = prop::sample::select(vec!["", ":log info up", "a-script"]);
    let interfaces = prop::sample::select(vec!["", "LAN", "dynamic", "gone", "sallyport-vpn"]);
    let down = prop::sample::select(vec![
        "",
        ":log info down",
        "a-script",
        "# sallyport: shut\n:do { old } on-error={}\n# sallyport: shut end\n:log info down",
        ":log info down\n# sallyport: begin\n:do { old } on-error={}\n# sallyport: end",
    ]);
    prop::collection::vec((lists, (up, down), any::<bool>(), interfaces), 1..4).prop_map(|profiles| {
        let profiles = profiles.into_iter().enumerate();
        profiles
            .map(|(id, (lists, (up, down), six, interfaces))| {
                let name = format!("профиль{id}");
                let six = if six { "yes" } else { "no" };
                let values = [
                    ("name", name.as_str()),
                    ("address-list", lists),
                    ("interface-list", interfaces),
                    ("on-up", up),
                    ("on-down", down),
                    ("use-ipv6", six),
                ];
                item(id + 1, &values)
            })
            .collect()
    })
}

/// Lists of interfaces: the router's own, the administrator's, and perhaps ours, whole or spoilt.
fn interface_lists() -> impl Strategy<Value = Vec<Item>> {
    let ours = prop::option::of(prop::sample::select(vec![("", ""), ("LAN", ""), ("", "LAN")]));
    (prop::sample::select(vec!["", "static"]), ours).prop_map(|(include, ours)| {
        let mut lists = vec![
            item(1, &[("name", "dynamic"), ("builtin", "true")]),
            item(2, &[("name", "LAN"), ("include", include)]),
        ];
        lists.extend(ours.map(|(include, exclude)| {
            item(3, &[("name", "sallyport-vpn"), ("include", include), ("exclude", exclude)])
        }));
        lists
    })
}

fn seen() -> impl Strategy<Value = Seen> {
    let rights =
        prop::sample::select(vec!["read,write,api", "read,write,api,policy,ftp", "read,write,api,ssh"]);
    let ipv6 = prop_oneof![Just(Ipv6::Absent), Just(Ipv6::Off), rules().prop_map(Ipv6::On)];
    let bound = prop::sample::select(vec!["", "10.0.0.2/32"]);
    let version = prop::sample::select(vec![(6, 49, 18), (7, 12, 1), (7, 13, 0), (7, 24, 5)]);
    let lists = (networks(), interface_lists(), servers());
    (rules(), ipv6, profiles(), rights, bound, any::<bool>(), version, lists).prop_map(
        |(
            filter,
            ipv6,
            profiles,
            rights,
            bound,
            user_manager,
            version,
            (mut address_list, interface_lists, servers),
        )| {
            let address_list6 = if ipv6 == Ipv6::Absent { Vec::new() } else { address_list.clone() };
            address_list.extend(servers);
            Seen {
                interface_lists,
                version: Some(version),
                rights: Some(rights.split(',').map(str::to_owned).collect()),
                servers: vec!["10.0.0.2".to_owned()],
                filter,
                address_list6,
                address_list,
                ipv6,
                used_profiles: profiles.iter().filter_map(|item| item.get("name").cloned()).collect(),
                profiles,
                aaa: Some(item(
                    0,
                    &[("use-radius", "true"), ("accounting", "false"), ("interim-update", "0s")],
                )),
                user_manager,
                scripts: vec![item(1, &[("name", "a-script"), ("source", ":log info x")])],
                services: vec![
                    item(1, &[("name", "api"), ("address", bound)]),
                    item(2, &[("name", "api-ssl"), ("certificate", "none"), ("disabled", "true")]),
                ],
                ..Seen::default()
            }
        },
    )
}

fn wanted() -> Wanted {
    Wanted {
        sandbox: "2fa-sandboxed".to_owned(),
        allow: "2fa-allowed".to_owned(),
        ban: "2fa-banned".to_owned(),
        host: "192.0.2.1".to_owned(),
        username: "admin".to_owned(),
        tls: false,
        knows_api_user: false,
        page: Some(Page { host: "vpn.example.org".to_owned(), port: 443 }),
        hooks: Some(Hooks {
            connect: "https://vpn.example.org/client/connect/?token=t".to_owned(),
            disconnect: "https://vpn.example.org/client/disconnect/?token=t".to_owned(),
        }),
        telegram: TelegramNetworks::default(),
    }
}

/// No rule of somebody else that may let a packet pass stands above ours, and ours are in force.
fn holds(items: &[Item]) -> bool {
    let stops = ["drop", "reject", "log", "passthrough"];
    ["forward", "input"].iter().all(|chain| {
        let of_chain = items.iter().filter(|item| item.text("chain") == *chain && !item.is("dynamic"));
        let jump = |item: &&Item| {
            item.text("action") == "jump" && item.text("jump-target").starts_with("sallyport-")
        };
        let above: Vec<&Item> = of_chain.take_while(|item| !jump(item)).collect();
        let own_way = |item: &Item| item.text("comment") == "sallyport:the server to the API";
        let harmless = |item: &&Item| own_way(item) || stops.contains(&&*item.text("action"));
        above.len() < items.len() && above.iter().all(harmless)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn applied_is_clean_twice_is_nothing_undone_is_as_before(seen in seen()) {
        let (mut wanted, before) = (wanted(), seen.clone());
        let mut router = Model { seen, next: 0x100 };
        let first = plan(&router.seen, &wanted);
        let done = router.apply(&mut wanted, &first, usize::MAX);
        let second = plan(&router.seen, &wanted);
        let open: Vec<_> = second
            .steps
            .iter()
            .filter(|step| !step.is_present() && step.obstacle.is_none())
            .map(|step| (&step.key, &step.changes))
            .collect();
        prop_assert!(open.is_empty(), "{open:#?}");
        prop_assert!(holds(&router.seen.filter));
        let again = router.clone();
        prop_assert!(router.apply(&mut wanted, &second, usize::MAX).is_empty());
        prop_assert_eq!(&router, &again);
        router.undo(&mut wanted, done, before.rights.clone());
        let (after, before) = (router.tidy(), Model { seen: before, next: 0 }.tidy());
        prop_assert_eq!(after, before);
    }

    #[test]
    fn broken_off_anywhere_it_can_be_gone_on_with_and_undone(seen in seen(), most in 0..60_usize) {
        let (mut wanted, before) = (wanted(), seen.clone());
        let mut router = Model { seen, next: 0x100 };
        let first = plan(&router.seen, &wanted);
        let mut done = router.apply(&mut wanted, &first, most);
        wanted.knows_api_user = true;
        let rest = plan(&router.seen, &wanted);
        done.extend(router.apply(&mut wanted, &rest, usize::MAX));
        let clean = plan(&router.seen, &wanted);
        prop_assert!(clean.steps.iter().all(|step| step.is_present() || step.obstacle.is_some()));
        router.undo(&mut wanted, done, before.rights.clone());
        prop_assert_eq!(router.tidy(), Model { seen: before, next: 0 }.tidy());
    }

    #[test]
    fn every_change_has_a_script_and_survives_the_journal(seen in seen()) {
        for (_, change) in plan(&seen, &wanted()).changes {
            prop_assert!(!script(&change).is_empty());
            let kept = serde_json::to_string(&change).unwrap();
            prop_assert_eq!(serde_json::from_str::<Change>(&kept).unwrap(), change);
        }
    }

    #[test]
    fn all_words_are_there(seen in seen()) {
        for step in plan(&seen, &wanted()).steps {
            let all = [&step.title, &step.about].into_iter().chain(&step.notes).chain(&step.obstacle);
            for words in all {
                for language in Language::ALL {
                    let text = words.say(language);
                    prop_assert!(!text.starts_with("setup-") && !text.contains("{$") && !text.contains("{ $"), "{}", text);
                }
            }
        }
    }
}

#[test]
fn both_languages_say_the_same_things() {
    let english = blanks(include_str!("../locales/setup.en.ftl"));
    assert_eq!(english, blanks(include_str!("../locales/setup.ru.ftl")));
    for key in english.keys() {
        assert!(Language::ALL.iter().all(|language| Texts::of_setup(*language).has(key)), "{key}");
    }
}

#[test]
fn a_profile_that_lets_everybody_through_is_mended() {
    let profile = item(1, &[("name", "vpn"), ("address-list", "2fa-allowed,staff"), ("use-ipv6", "no")]);
    let seen = Seen { used_profiles: [Raw::from("vpn")].into(), profiles: vec![profile], ..Seen::default() };
    let plan = plan(&seen, &wanted());
    let step = plan.steps.iter().find(|step| step.key == "profile:vpn").unwrap();
    assert!(step.script.contains("address-list=staff,2fa-sandboxed"), "{}", step.script);
    assert!(step.notes.iter().any(|words| words.say(Language::En).contains("lets them through")));
}

#[test]
fn an_older_rule_that_keeps_everybody_out_is_switched_off_once_ours_hold_the_box() {
    let drop = |id, more: &[(&str, &str)]| {
        let mut values =
            vec![("chain", "forward"), ("action", "drop"), ("src-address-list", "2fa-sandboxed")];
        values.extend(more);
        item(id, &values)
    };
    // One that asks for more is the administrator's own business, and so is one of another list.
    let others =
        [("dst-port", "25"), ("src-address-list", "others"), ("disabled", "true"), ("dynamic", "true")];
    let mut filter = vec![drop(7, &[])];
    filter.extend(others.iter().enumerate().map(|(at, other)| drop(8 + at, &[*other])));
    let mut wanted = wanted();
    let mut router = Model { seen: Seen { filter, ..Seen::default() }, next: 0x100 };
    let older = |router: &Model, wanted: &Wanted| {
        plan(&router.seen, wanted).steps.into_iter().find(|step| step.key == "older")
    };
    let first = older(&router, &wanted).unwrap();
    assert!(first.obstacle.is_some() && !first.optional, "nothing else holds the box");
    assert!(first.notes.iter().any(|words| words.say(Language::En).contains("*7 ")), "{:?}", first.notes);
    let whole = plan(&router.seen, &wanted);
    let made = router.apply(&mut wanted, &whole, usize::MAX);
    let second = older(&router, &wanted).unwrap();
    assert!(second.obstacle.is_none(), "{:?}", second.obstacle);
    assert_eq!(second.script, "/ip firewall filter set *7 disabled=yes");
    let whole = plan(&router.seen, &wanted);
    let done = router.apply(&mut wanted, &whole, usize::MAX);
    let off = |router: &Model| router.seen.filter.iter().any(|item| item.id == "*7" && item.is("disabled"));
    assert!(off(&router) && done.len() == 1 && older(&router, &wanted).is_none());
    router.undo(&mut wanted, done, None);
    assert!(!off(&router) && !made.is_empty());
}

#[test]
fn the_list_of_telegram_holds_its_networks_and_nothing_else() {
    let entries = [("91.108.4.0/22", "true"), ("10.0.0.0/8", "false")];
    let entries = entries.iter().enumerate().map(|(id, (address, disabled))| {
        item(id + 1, &[("list", TELEGRAM_LIST), ("address", address), ("disabled", disabled)])
    });
    let seen = Seen { address_list: entries.collect(), ..Seen::default() };
    let mut wanted = Wanted { telegram: TelegramNetworks::parse(["91.108.4.0/22"]).unwrap(), ..wanted() };
    let step = |seen: &Seen, wanted: &Wanted| {
        let steps = plan(seen, wanted).steps;
        steps.into_iter().find(|step| step.key == "telegram").unwrap()
    };
    let first = step(&seen, &wanted);
    assert!(first.optional, "nobody gets it without asking");
    assert!(first.notes.iter().any(|words| words.say(Language::En).starts_with("10.0.0.0/8 is on the list")));
    assert!(first.script.contains("dst-port=80,443 action=accept"), "{}", first.script);
    let mut router = Model { seen, next: 0x100 };
    let whole = plan(&router.seen, &wanted);
    router.apply(&mut wanted, &whole, usize::MAX);
    let on = |router: &Model| {
        let entries = router.seen.address_list.iter();
        let on = entries.filter(|item| item.text("list") == TELEGRAM_LIST && !item.is("disabled"));
        on.map(|item| item.text("address").into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(on(&router), ["91.108.4.0/22"]);
    // Other networks in the settings: the old ones go.
    wanted.telegram = TelegramNetworks::parse(["149.154.160.0/20", "2001:67c:4e8::/48"]).unwrap();
    assert!(!step(&router.seen, &wanted).is_present());
    let whole = plan(&router.seen, &wanted);
    router.apply(&mut wanted, &whole, usize::MAX);
    assert_eq!(on(&router), ["149.154.160.0/20"]);
    assert!(step(&router.seen, &wanted).is_present());
}

#[test]
fn the_line_that_shuts_stands_beside_what_others_wrote_and_beside_the_hooks() {
    let down = |text: &str| {
        let values = [("name", "vpn"), ("on-down", text), ("use-ipv6", "no")];
        let used_profiles = [Raw::from("vpn")].into();
        Seen { used_profiles, profiles: vec![item(1, &values)], rights: None, ..Seen::default() }
    };
    let step = |seen: &Seen, wanted: &Wanted, key: &str| {
        plan(seen, wanted).steps.into_iter().find(|step| step.key == key).unwrap()
    };
    let text = |router: &Model| router.seen.profiles[0].text("on-down").into_owned();
    let seen = down(":log info down");
    let first = step(&seen, &wanted(), "shut");
    assert!(!first.optional && first.state == State::Missing, "done unless somebody leaves it out");
    let line = ":do { /ip firewall address-list remove [find where list=\"2fa-allowed\" \
                address=$\"remote-address\" comment~\"^sallyport:\"] } on-error={}";
    assert!(
        first.script.contains(r#"list=\"2fa-allowed\" address=\$\"remote-address\""#),
        "{}",
        first.script
    );
    // Both at once, and each alone: nobody's line is lost.
    let keys = ["shut", "hooks"].map(str::to_owned);
    for chosen in [&keys[..], &keys[..1], &keys[1..]] {
        let mut wanted = wanted();
        let mut router = Model { seen: seen.clone(), next: 0x100 };
        let plan = plan(&router.seen, &wanted);
        let of_chosen = plan.changes.iter().filter(|(key, _)| chosen.contains(key));
        let done: Vec<Done> = of_chosen.map(|(_, change)| router.make(&mut wanted, change)).collect();
        let now = text(&router);
        assert!(now.lines().nth(1) == Some(line) && now.contains("\n:log info down"), "{now}");
        assert_eq!(now.contains("sallyport-disconnect"), chosen.contains(&keys[1]), "{now}");
        assert!(step(&router.seen, &wanted, "shut").is_present());
        assert_eq!(step(&router.seen, &wanted, "hooks").is_present(), chosen.contains(&keys[1]));
        // Another list: the old line goes.
        let renamed = Wanted { allow: "in side".to_owned(), ..wanted.clone() };
        assert_eq!(step(&router.seen, &renamed, "shut").state, State::Different);
        router.undo(&mut wanted, done, None);
        assert_eq!(text(&router), ":log info down");
    }
    assert!(step(&down("a-script"), &wanted(), "shut").obstacle.is_none(), "there is no such script");
    let named = Seen { scripts: vec![item(1, &[("name", "a-script")])], ..down("a-script") };
    assert!(step(&named, &wanted(), "shut").obstacle.is_some());
}

#[test]
fn a_script_of_the_hooks_without_its_rights_is_different() {
    let mut seen = Seen { version: Some((7, 24, 5)), ..Seen::default() };
    let mut wanted = wanted();
    let mut router = Model { seen: seen.clone(), next: 0x100 };
    let keys = ["hooks".to_owned()];
    let hooks = |seen: &Seen, wanted: &Wanted| {
        plan(seen, wanted).steps.into_iter().find(|step| step.key == "hooks").unwrap()
    };
    let first = plan(&router.seen, &wanted);
    for (_, change) in first.changes.iter().filter(|(key, _)| keys.contains(key)) {
        router.make(&mut wanted, change);
    }
    assert!(hooks(&router.seen, &wanted).is_present());
    for (name, value) in [("policy", "read,write"), ("dont-require-permissions", "false")] {
        seen = router.seen.clone();
        seen.scripts[0].values.insert(name.to_owned(), value.into());
        let step = hooks(&seen, &wanted);
        assert_eq!(step.state, State::Different, "{name}");
        assert!(step.notes.iter().any(|words| words.say(Language::En).contains("other rights")), "{name}");
    }
    seen.scripts[0].values.insert("dont-require-permissions".to_owned(), "true".into());
    seen.scripts[0].values.insert("policy".to_owned(), "ftp,read,test,write".into());
    assert!(hooks(&seen, &wanted).is_present(), "said in another way");
}

/// A step of a router whose server is logged in from these addresses.
fn of_servers(servers: &[&str], services: Vec<Item>, key: &str) -> sallyport_shared::router::setup::Step {
    let servers = servers.iter().map(|address| (*address).to_owned()).collect();
    let plan = plan(&Seen { servers, services, ..Seen::default() }, &wanted());
    plan.steps.into_iter().find(|step| step.key == key).unwrap()
}

#[test]
fn an_address_that_may_change_is_bound_only_when_it_is_asked_for() {
    let bind = |servers: &[&str], bound| {
        of_servers(servers, vec![item(1, &[("name", "api"), ("address", bound)])], "service:api")
    };
    for (servers, optional) in [
        (&["10.0.0.2"][..], false),
        (&["127.0.0.1"], false),
        (&["fd00::2"], false),
        (&["198.51.100.7"], true),
        (&["10.0.0.2", "198.51.100.7"], true),
        (&["2001:db8::1"], true),
    ] {
        let step = bind(servers, "");
        assert_eq!((step.optional, step.is_present()), (optional, false), "{servers:?}");
    }
    assert!(bind(&["10.0.0.2"], "192.0.2.0/24").is_present(), "somebody wanted that");
    for everybody in ["0.0.0.0/0", "::/0", "192.0.2.1/32,0.0.0.0/0"] {
        let step = bind(&["10.0.0.2"], everybody);
        assert!(!step.is_present() && step.script.contains("address=10.0.0.2/32"), "{everybody}");
    }
}

#[test]
fn tls_that_is_off_is_not_switched_on_for_everybody() {
    let service = |more: &[(&str, &str)]| {
        let mut values = vec![("name", "api-ssl"), ("certificate", "none")];
        values.extend(more);
        vec![item(2, &values)]
    };
    assert!(of_servers(&[], service(&[("disabled", "true")]), "tls").obstacle.is_some());
    assert!(of_servers(&["10.0.0.2"], service(&[("disabled", "true")]), "tls").obstacle.is_none());
    let bound = service(&[("disabled", "true"), ("address", "10.0.0.0/8")]);
    assert!(of_servers(&[], bound, "tls").obstacle.is_none());
    assert!(of_servers(&[], service(&[]), "tls").obstacle.is_none(), "it was on before");
}

#[test]
fn a_certificate_for_another_host_is_not_taken_for_ours() {
    let step = |subject: &str| {
        let certificate = |id, name: &str, subject: &str| {
            item(id, &[("name", name), ("subject-alt-name", subject), ("private-key", "true")])
        };
        let seen = Seen {
            servers: vec!["10.0.0.2".to_owned()],
            certificates: vec![certificate(1, "sallyport-ca", ""), certificate(2, "sallyport-api", subject)],
            services: vec![item(
                2,
                &[("name", "api-ssl"), ("certificate", "sallyport-api"), ("tls-version", "only-1.2")],
            )],
            ..Seen::default()
        };
        plan(&seen, &wanted()).steps.into_iter().find(|step| step.key == "tls").unwrap()
    };
    assert!(step("IP:192.0.2.1").is_present() && step("DNS:router.example,IP:192.0.2.1").is_present());
    let other = step("DNS:router.example");
    assert!(!other.is_present());
    assert!(other.script.contains("subject-alt-name=IP:192.0.2.1"), "{}", other.script);
    assert!(other.script.contains("certificate=sallyport-api-192.0.2.1"), "{}", other.script);
}

#[test]
fn the_servers_own_account_is_bound_to_what_lasts() {
    let step = |servers: &[&str], bound: &str| {
        let seen = Seen {
            rights: Some(["read", "write", "api", "policy"].map(str::to_owned).into()),
            servers: servers.iter().map(|address| (*address).to_owned()).collect(),
            services: vec![item(1, &[("name", "api"), ("address", bound)])],
            ..Seen::default()
        };
        let steps = plan(&seen, &wanted()).steps;
        let step = steps.into_iter().find(|step| step.key == "api-user").unwrap();
        let said: Vec<String> = step.notes.iter().map(|words| words.say(Language::En)).collect();
        (step.script, said.join(" "))
    };
    let (script, said) = step(&["10.0.0.2"], "");
    assert!(
        script.contains("address=10.0.0.2/32") && said.contains("from 10.0.0.2/32 alone"),
        "{script} {said}"
    );
    let (script, said) = step(&["198.51.100.7"], "");
    assert!(!script.contains("address=") && said.contains("from any address"), "{script} {said}");
    let (script, said) = step(&["198.51.100.7"], "198.51.100.0/24");
    assert!(
        script.contains("address=198.51.100.0/24") && said.contains("from 198.51.100.0/24 alone"),
        "{said}"
    );
}

#[test]
fn the_server_has_a_way_of_its_own_above_the_drop_of_banned_callers() {
    let mut ours = item(7, &[("chain", "input"), ("action", "drop"), ("src-address-list", "2fa-banned")]);
    ours.values.insert("comment".to_owned(), "sallyport:banned callers".into());
    let services = vec![
        item(1, &[("name", "api"), ("port", "8728")]),
        item(2, &[("name", "api-ssl"), ("port", "18729")]),
        item(3, &[("name", "ssh"), ("port", "22")]),
    ];
    let servers = vec!["198.51.100.9".to_owned(), "2001:db8::9".to_owned()];
    let seen = Seen { filter: vec![ours], services, servers, ipv6: Ipv6::On(Vec::new()), ..Seen::default() };
    let mut wanted = wanted();
    let step = |seen: &Seen, wanted: &Wanted| {
        plan(seen, wanted).steps.into_iter().find(|step| step.key == "server").unwrap()
    };
    let first = step(&seen, &wanted);
    assert!(!first.optional && first.obstacle.is_none(), "{first:?}");
    for line in [
        "list=sallyport-server address=198.51.100.9",
        "list=sallyport-server address=2001:db8::9",
        "src-address-list=sallyport-server protocol=tcp dst-port=8728,18729 in-interface-list=\"!sallyport-vpn\" action=accept",
        "/ipv6 firewall filter add chain=input",
    ] {
        assert!(first.script.contains(line), "{line}: {}", first.script);
    }
    let mut router = Model { seen, next: 0x100 };
    let whole = plan(&router.seen, &wanted);
    router.apply(&mut wanted, &whole, usize::MAX);
    let place = |comment: &str| router.seen.filter.iter().position(|item| item.text("comment") == comment);
    assert!(place("sallyport:the server to the API") < place("sallyport:banned callers"));
    assert!(step(&router.seen, &wanted).is_present());
    // Another server comes from elsewhere: it is added, and who stands by keeps their way.
    router.seen.servers = vec!["198.51.100.10".to_owned()];
    let second = step(&router.seen, &wanted);
    assert!(!second.is_present() && second.changes.len() == 1, "{second:?}");
    // Who is not shown is not known: said, and nothing is guessed.
    router.seen.servers.clear();
    let unknown = step(&router.seen, &wanted);
    assert!(unknown.is_present());
    let said = unknown.notes.iter().map(|words| words.say(Language::En)).collect::<String>();
    assert!(said.contains("does not show from which address"), "{said}");
}

#[test]
fn whoever_is_not_shown_may_be_locked_out() {
    let profile = item(1, &[("name", "vpn"), ("use-ipv6", "no")]);
    let mut seen = Seen {
        logins_unknown: true,
        used_profiles: [Raw::from("vpn")].into(),
        profiles: vec![profile],
        ..Seen::default()
    };
    let obstacle = |seen: &Seen, key: &str| {
        let step = plan(seen, &wanted()).steps.into_iter().find(|step| step.key == key).unwrap();
        step.obstacle.map(|words| words.say(Language::En)).unwrap_or_default()
    };
    for key in ["ban", "input", "profile:vpn"] {
        assert_eq!(obstacle(&seen, key), "", "nobody is there to be locked out: {key}");
    }
    let listed = |list: &str| Listed { list: list.to_owned(), address: "203.0.113.7".to_owned() };
    seen.listed = vec![listed("2fa-banned")];
    seen.inside = vec![Inside { profile: Some("vpn".into()), networks: vec!["10.8.0.7".to_owned()] }];
    assert!(obstacle(&seen, "ban").contains("cannot be told"));
    assert!(obstacle(&seen, "profile:vpn").contains("cannot be told"));
    assert_eq!(obstacle(&seen, "input"), "");
    seen.logins_unknown = false;
    assert_eq!(obstacle(&seen, "ban") + &obstacle(&seen, "profile:vpn"), "");
}

#[test]
fn what_was_edited_is_told_from_what_was_typed_and_from_the_routers_own_ports() {
    let services = vec![item(1, &[("name", "api"), ("port", "18728")])];
    let servers = vec!["198.51.100.9".to_owned()];
    let mut router = Model { seen: Seen { services, servers, ..Seen::default() }, next: 0x100 };
    let mut wanted = wanted();
    let whole = plan(&router.seen, &wanted);
    router.apply(&mut wanted, &whole, usize::MAX);
    let made: BTreeSet<String> =
        router.seen.filter.iter().map(|item| item.text("comment").into_owned()).collect();
    let edits = |router: &Model, made: &BTreeSet<String>| -> Vec<(String, Edit)> {
        let all = edited(Menu::Filter, &router.seen.filter, &wanted, made);
        all.into_iter().map(|(name, edit, _)| (name, edit)).collect()
    };
    assert_eq!(edits(&router, &made), [], "whatever the ports of the API are");
    // Typed from the plan, it is in nobody's way.
    const WAY: &str = "sallyport:the server to the API";
    let without: BTreeSet<String> = made.iter().filter(|comment| *comment != WAY).cloned().collect();
    assert_eq!(without.len() + 1, made.len());
    assert_eq!(edits(&router, &without), []);
    let way = router.seen.filter.iter_mut().find(|item| item.text("comment") == WAY).unwrap();
    way.values.insert("disabled".to_owned(), "yes".into());
    assert_eq!(edits(&router, &made), [(WAY.to_owned(), Edit::Changed)]);
    router.seen.filter.retain(|item| item.text("comment") != WAY);
    assert_eq!(edits(&router, &made), [(WAY.to_owned(), Edit::Gone)]);
}

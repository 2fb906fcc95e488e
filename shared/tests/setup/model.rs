//! A router in memory, and what is wanted of it.

use sallyport_shared::{
    language::Language,
    router::{
        TelegramNetworks,
        setup::{
            Change, Command, Done, Hooks, Ipv6, Item, Menu, Outcome, Page, Plan, Raw, Seen, Step, Undo,
            Wanted, outcome, plan, undo,
        },
    },
};
use std::collections::BTreeSet;

/// A router that does as it is told.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Model {
    pub(crate) seen: Seen,
    next: u32,
}

impl Model {
    /// A router that was seen so; what is added to it gets ids that it has not yet.
    pub(crate) fn new(seen: Seen) -> Self {
        Self { seen, next: 0x100 }
    }

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

    /// Makes the changes of one step, whatever the others say.
    pub(crate) fn apply_step(&mut self, wanted: &mut Wanted, key: &str) -> Vec<Done> {
        let whole = plan(&self.seen, wanted);
        let of_step = whole.changes.iter().filter(|(step, _)| step == key);
        of_step.map(|(_, change)| self.make(wanted, change)).collect()
    }

    /// Makes the changes of all steps that nothing forbids, optional ones included; the first `most` of them.
    pub(crate) fn apply(&mut self, wanted: &mut Wanted, plan: &Plan, most: usize) -> Vec<Done> {
        let keys: Vec<String> = plan.steps.iter().map(|step| step.key.clone()).collect();
        let chosen: BTreeSet<String> = plan.chosen(Some(&keys)).map(|step| step.key.clone()).collect();
        let changes = plan.changes.iter().filter(|(key, _)| chosen.contains(key)).take(most);
        changes.map(|(_, change)| self.make(wanted, change)).collect()
    }

    pub(crate) fn make(&mut self, wanted: &mut Wanted, change: &Change) -> Done {
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

    pub(crate) fn undo(&mut self, wanted: &mut Wanted, done: Vec<Done>, rights: Option<BTreeSet<String>>) {
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
    pub(crate) fn tidy(mut self) -> Self {
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

pub(crate) fn item(id: usize, values: &[(&str, &str)]) -> Item {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), Raw::from(*value)));
    Item { id: format!("*{id:X}"), values: values.collect() }
}

pub(crate) fn wanted() -> Wanted {
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

/// A step of the plan for a router.
pub(crate) fn step(seen: &Seen, wanted: &Wanted, key: &str) -> Step {
    let steps = plan(seen, wanted).steps;
    steps.into_iter().find(|step| step.key == key).expect("the plan has the step")
}

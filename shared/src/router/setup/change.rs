//! What the set-up changes: each change says what was there before, so that it can be taken back.

use super::{
    item::{Item, Menu, Raw},
    lines,
};
use serde::{Deserialize, Serialize};

/// One value of a row, before and after. None is "not set".
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Setting {
    /// The property.
    pub name: String,
    /// What it was.
    pub was: Option<Raw>,
    /// What it becomes.
    pub now: Option<Raw>,
}

impl Setting {
    /// A value that a row gets in place of the one that it has.
    pub(super) fn of(item: &Item, name: &str, now: &str) -> Self {
        Self { name: name.to_owned(), was: item.get(name).cloned(), now: Some(now.into()) }
    }
}

/// A change of a router.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// A row that was not there.
    Add {
        /// Where.
        menu: Menu,
        /// Its values.
        values: Vec<(String, Raw)>,
        /// The `.id` of the rule in front of which it goes; none: the end.
        before: Option<String>,
    },
    /// Values of a row.
    Set {
        /// Where.
        menu: Menu,
        /// The row's `.id`; empty in a menu of one row.
        id: String,
        /// What the row is known by: see [`Menu::key`].
        known_by: Raw,
        /// The values.
        settings: Vec<Setting>,
    },
    /// A rule's place.
    Move {
        /// Where.
        menu: Menu,
        /// The rule's `.id`.
        id: String,
        /// Its comment.
        known_by: Raw,
        /// The `.id` of the rule in front of which it goes; none: the end.
        before: Option<String>,
        /// The `.id` of the rule in front of which it was; none: the end.
        was_before: Option<String>,
    },
    /// A certificate's key and signature.
    Sign {
        /// The certificate's name.
        name: String,
        /// By whom; none: by itself.
        ca: Option<String>,
    },
    /// Another account of the router in Sallyport's own settings.
    Switch {
        /// The account so far.
        was: String,
        /// The account from now on.
        now: String,
    },
}

impl Change {
    /// A row that was not there, at the end of its menu.
    pub(super) fn add(menu: Menu, values: &[(&str, &str)]) -> Self {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), Raw::from(*value))).collect();
        Self::Add { menu, values, before: None }
    }

    /// An entry of an address list that was not there.
    pub(super) fn entry(menu: Menu, list: &str, address: &str, comment: &str) -> Self {
        Self::add(menu, &[("list", list), ("address", address), ("comment", comment)])
    }

    /// Values of a row that is there.
    pub(super) fn set(menu: Menu, item: &Item, settings: Vec<Setting>) -> Self {
        let known_by = item.get(menu.key()).cloned().unwrap_or_default();
        Self::Set { menu, id: item.id.clone(), known_by, settings }
    }

    /// A row that is there is switched on or off.
    pub(super) fn enable(menu: Menu, item: &Item, on: bool) -> Self {
        Self::set(menu, item, vec![Setting::of(item, "disabled", if on { "no" } else { "yes" })])
    }

    /// The menu that it touches; none for Sallyport's own settings.
    pub fn menu(&self) -> Option<Menu> {
        match self {
            Self::Add { menu, .. } | Self::Set { menu, .. } | Self::Move { menu, .. } => Some(*menu),
            Self::Sign { .. } => Some(Menu::Certificate),
            Self::Switch { .. } => None,
        }
    }

    /// What the row is known by.
    pub fn known_by(&self) -> Raw {
        match self {
            Self::Add { menu, values, .. } => {
                let key = values.iter().find(|(name, _)| name == menu.key());
                key.map(|(_, value)| value.clone()).unwrap_or_default()
            }
            Self::Set { known_by, .. } | Self::Move { known_by, .. } => known_by.clone(),
            Self::Sign { name, .. } | Self::Switch { now: name, .. } => name.as_str().into(),
        }
    }

    /// The row among those of its menu: by the id if it is known and still that row's, else by what it is known by,
    /// if that is one row alone.
    pub fn find<'a>(&self, id: Option<&str>, items: &'a [Item]) -> Option<&'a Item> {
        let menu = self.menu()?;
        if menu.is_single() {
            return items.first();
        }
        let known_by = self.known_by();
        // What RouterOS makes itself may be called as it likes.
        let ours = |item: &&Item| {
            let name = item.get(menu.key()).map(Raw::as_bytes).unwrap_or_default();
            !item.is("dynamic") && name == known_by.as_bytes()
        };
        let mut alike = items.iter().filter(ours);
        if let Some(found) = alike.clone().find(|item| id == Some(item.id.as_str())) {
            return Some(found);
        }
        // Having no name is nothing to be known by.
        alike.next().filter(|_| !known_by.is_empty()).filter(|_| alike.next().is_none())
    }

    /// The same with what was there before as it is now: since the plan was made, other changes of it were carried out. Of a
    /// script that several steps write to only the lines that this one is about are changed.
    #[must_use]
    pub fn renewed(&self, items: &[Item]) -> Self {
        let mut renewed = self.clone();
        let Some(item) = self.find(self.id(), items) else { return renewed };
        match &mut renewed {
            Self::Set { menu, settings, .. } => {
                for setting in settings {
                    let there = item.get(&setting.name).cloned();
                    if lines::is_script(*menu, &setting.name) {
                        let now =
                            lines::carried_over(setting.was.as_ref(), setting.now.as_ref(), there.as_ref());
                        setting.now = now.or_else(|| setting.now.take());
                    }
                    setting.was = there;
                }
            }
            Self::Move { was_before, .. } => {
                let next = items.iter().skip_while(|other| other.id != item.id).nth(1);
                *was_before = next.map(|next| next.id.clone());
            }
            Self::Add { .. } | Self::Sign { .. } | Self::Switch { .. } => {}
        }
        renewed
    }

    /// The `.id` that it speaks of itself.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Set { id, .. } | Self::Move { id, .. } => Some(id),
            _ => None,
        }
    }

    /// What is said to the router for it, in this order.
    pub fn commands(&self) -> Vec<Command> {
        match self {
            Self::Add { menu, values, before } => {
                vec![Command::Add { menu: *menu, values: values.clone(), before: before.clone() }]
            }
            Self::Set { menu, id, settings, .. } => {
                let wanted = settings.iter().map(|setting| (setting.name.clone(), setting.now.clone()));
                setting_commands(*menu, id, wanted)
            }
            Self::Move { menu, id, before, .. } => {
                vec![Command::Move { menu: *menu, id: id.clone(), before: before.clone() }]
            }
            Self::Sign { name, ca } => vec![Command::Sign { name: name.clone(), ca: ca.clone() }],
            Self::Switch { .. } => Vec::new(),
        }
    }
}

/// Something that is said to a router.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the fields are those of `Change`")]
pub enum Command {
    /// Adds a row.
    Add { menu: Menu, values: Vec<(String, Raw)>, before: Option<String> },
    /// Sets values.
    Set { menu: Menu, id: String, values: Vec<(String, Raw)> },
    /// Takes values away.
    Unset { menu: Menu, id: String, names: Vec<String> },
    /// Moves a rule.
    Move { menu: Menu, id: String, before: Option<String> },
    /// Signs a certificate.
    Sign { name: String, ca: Option<String> },
    /// Removes a row.
    Remove { menu: Menu, id: String },
}

/// The commands that give a row these values.
pub(super) fn setting_commands(
    menu: Menu,
    id: &str,
    wanted: impl Iterator<Item = (String, Option<Raw>)>,
) -> Vec<Command> {
    let (mut values, mut names) = (Vec::new(), Vec::new());
    for (name, value) in wanted {
        match value {
            Some(value) => values.push((name, value)),
            None if menu.unsets(&name) => names.push(name),
            None => values.push((name, Raw::default())),
        }
    }
    let mut commands = Vec::new();
    if !values.is_empty() {
        commands.push(Command::Set { menu, id: id.to_owned(), values });
    }
    if !names.is_empty() {
        commands.push(Command::Unset { menu, id: id.to_owned(), names });
    }
    commands
}

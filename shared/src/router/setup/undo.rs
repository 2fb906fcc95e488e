//! Taking back what was done, and only that: what is not as we left it is somebody's, and stays.

use super::{
    change::{Change, Command, Setting, setting_commands},
    item::{Item, Menu, Raw, same},
    lines,
    words::Words,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A change that was carried out, and how its row was read back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Done {
    /// What was changed.
    pub change: Change,
    /// The row's `.id`.
    pub id: Option<String>,
    /// The row's values afterwards: see [`Item::essence`].
    pub after: BTreeMap<String, Raw>,
}

/// What is left to be done for a change that was written down, when nobody knows whether it was carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It was, at least in part.
    Happened(Done),
    /// It was not.
    Never,
}

/// What taking a change back takes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Undo {
    /// Nothing: it is gone, or as it was.
    Nothing,
    /// These commands.
    Commands(Vec<Command>),
    /// The former account in Sallyport's settings.
    SwitchBack {
        /// The account that is used as long as nobody chose another one.
        now: String,
        /// The former one.
        was: String,
    },
    /// It must not be touched, for this reason.
    Leave(Words),
}

/// Finds out from the menu's rows whether a change happened that was only announced.
pub fn outcome(change: &Change, items: &[Item]) -> Outcome {
    let Some(item) = change.find(change.id(), items) else { return Outcome::Never };
    let happened = match change {
        Change::Add { .. } => true,
        // What is as it was before was not set; in part is enough to be taken back.
        Change::Set { settings, .. } => {
            settings.iter().any(|setting| !same(&setting.name, item.get(&setting.name), setting.was.as_ref()))
        }
        Change::Move { .. } => true,
        Change::Sign { .. } => item.is("private-key"),
        Change::Switch { .. } => false,
    };
    if !happened {
        return Outcome::Never;
    }
    Outcome::Happened(Done { change: change.clone(), id: Some(item.id.clone()), after: item.essence() })
}

/// What taking a change back takes, as the menu is now.
pub fn undo(done: &Done, items: &[Item]) -> Undo {
    if let Change::Switch { was, now } = &done.change {
        return Undo::SwitchBack { now: now.clone(), was: was.clone() };
    }
    let Some(item) = done.change.find(done.id.as_deref(), items) else { return renamed(done, items) };
    match &done.change {
        Change::Add { menu, .. } => undo_add(*menu, done, item),
        Change::Set { menu, settings, .. } => undo_set(*menu, done, settings, item),
        Change::Move { menu, was_before, .. } => undo_move(*menu, was_before.as_deref(), item, items),
        // The key goes with its certificate.
        Change::Sign { .. } | Change::Switch { .. } => Undo::Nothing,
    }
}

/// A row that is not known by its name any more is gone, or was only renamed.
fn renamed(done: &Done, items: &[Item]) -> Undo {
    let (Some(menu), Some(id)) = (done.change.menu(), &done.id) else { return Undo::Nothing };
    let Some(item) = items.iter().find(|item| item.id == *id) else { return Undo::Nothing };
    let but_the_name = |mut essence: BTreeMap<String, Raw>| {
        essence.remove(menu.key());
        essence
    };
    if but_the_name(item.essence()) == but_the_name(done.after.clone()) {
        Undo::Leave(left(menu, item, menu.key()))
    } else {
        Undo::Nothing
    }
}

fn undo_add(menu: Menu, done: &Done, item: &Item) -> Undo {
    // A later step of our own that signed, enabled or linked it is taken back first; what remains is somebody's.
    let now = item.essence();
    let names: Vec<&String> = done.after.keys().chain(now.keys()).collect();
    let edited = names
        .iter()
        .find(|name| !untold(menu, name) && !same(name, done.after.get(**name), now.get(**name)))
        .map(|name| (**name).clone());
    match edited {
        None => Undo::Commands(vec![Command::Remove { menu, id: item.id.clone() }]),
        Some(name) => Undo::Leave(left(menu, item, &name)),
    }
}

/// What the router itself writes into a row after it was made.
fn untold(menu: Menu, name: &str) -> bool {
    menu == Menu::Certificate && !matches!(name, "name" | "common-name" | "subject-alt-name")
}

fn undo_set(menu: Menu, done: &Done, settings: &[Setting], item: &Item) -> Undo {
    let mut back = Vec::new();
    for setting in settings {
        let name = &setting.name;
        let now = item.get(name);
        if same(name, now, setting.was.as_ref()) {
            continue;
        }
        let after = done.after.get(name);
        if same(name, now, after) {
            back.push((name.clone(), setting.was.clone()));
            continue;
        }
        // Of a script only the lines of this change are taken out: beside them another step of ours writes, or somebody else.
        let rest = lines::is_script(menu, name).then(|| lines::taken_back(setting.was.as_ref(), after, now));
        match rest.flatten() {
            Some(rest) if same(name, now, Some(&rest)) => {}
            Some(rest) => back.push((name.clone(), Some(rest))),
            None => return Undo::Leave(left(menu, item, name)),
        }
    }
    if back.is_empty() {
        return Undo::Nothing;
    }
    Undo::Commands(setting_commands(menu, &item.id, back.into_iter()))
}

fn undo_move(menu: Menu, was_before: Option<&str>, item: &Item, items: &[Item]) -> Undo {
    let there = was_before.is_none_or(|id| items.iter().any(|other| other.id == id));
    if !there {
        return Undo::Nothing;
    }
    let before = was_before.map(str::to_owned);
    Undo::Commands(vec![Command::Move { menu, id: item.id.clone(), before }])
}

fn left(menu: Menu, item: &Item, property: &str) -> Words {
    Words::new("setup-left")
        .with("menu", menu.path())
        .with("name", &*item.text(menu.key()))
        .with("property", property)
}

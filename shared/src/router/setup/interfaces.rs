//! The list of the tunnels' interfaces. An address is what a client says it is, the interface is not: what comes by a boxed
//! tunnel under another address is held by the interface.
//!
//! A profile can name one list. Where it names one of the administrator's already, it gets a list between: that one feeds
//! both, so that rules by the old list go on taking these tunnels.

use super::{
    Seen, State, Step, as_script,
    change::{Change, Setting},
    item::{Item, Menu, Raw},
    profiles,
    words::Words,
};

/// The key of the step.
pub(super) const INTERFACES: &str = "interfaces";

/// The list of the interfaces of all tunnels that begin in the box.
pub const VPN_INTERFACES: &str = "sallyport-vpn";
/// What the lists between begin with.
const BETWEEN: &str = "sallyport-vpn-";
const COMMENT: &str = "sallyport:interfaces of VPN tunnels";

/// The list that a profile should name, and the administrator's that it feeds besides, if it names one.
pub(super) fn of_profile(profile: &Item, seen: &Seen) -> (String, Option<String>) {
    let named = profile.text("interface-list");
    if &*named == VPN_INTERFACES || named.starts_with(BETWEEN) {
        return (named.into_owned(), None);
    }
    // On RouterOS's own lists interfaces are by themselves.
    let kept = seen
        .interface_lists
        .iter()
        .find(|item| item.text("name") == named && !item.is("builtin") && !item.is("dynamic"));
    match kept {
        Some(item) => {
            let named = item.text("name");
            (format!("{BETWEEN}{named}"), Some(named.into_owned()))
        }
        None => (VPN_INTERFACES.to_owned(), None),
    }
}

/// The tables whose rows go by lists of interfaces.
pub const LISTS_ARE_NAMED_IN: [Menu; 3] = [Menu::Filter, Menu::Filter6, Menu::Profile];

/// The list of interfaces that has to stay for as long as a row of [`LISTS_ARE_NAMED_IN`] names it, or what it names would
/// hold nothing: the one by which this change could be missed. None: the change is about no list.
pub fn list_needed_by_others(change: &Change) -> Option<Raw> {
    if change.menu() != Some(Menu::InterfaceList) {
        return None;
    }
    // What feeds other lists serves as long as the list of the tunnels does.
    let added = matches!(change, Change::Add { .. });
    Some(if added { change.known_by() } else { VPN_INTERFACES.into() })
}

/// Does a rule or profile go by this list of interfaces, or by what is not on it?
pub fn names_list(item: &Item, list: &Raw) -> bool {
    let named = |value: &Raw| value == list || value.text().strip_prefix('!') == Some(&*list.text());
    let properties = ["in-interface-list", "out-interface-list", "interface-list"];
    properties.iter().filter_map(|property| item.get(property)).any(named)
}

/// The lists, without which neither rules nor profiles can name them.
pub(super) fn step(seen: &Seen) -> Step {
    let about = Words::new("setup-interfaces-about").with("list", VPN_INTERFACES);
    let step = Step::new(INTERFACES.to_owned(), Words::new("setup-interfaces"), about);
    let find = |name: &str| seen.interface_lists.iter().find(|item| item.text("name") == name);
    let (mut changes, mut notes) = (Vec::new(), Vec::new());
    let mut between: Vec<String> = Vec::new();
    let mut fed: Vec<(String, String)> = Vec::new();
    for profile in profiles::boxable(seen) {
        let (list, kept) = of_profile(profile, seen);
        if list != VPN_INTERFACES && !between.contains(&list) {
            between.push(list.clone());
        }
        fed.extend(kept.map(|kept| (kept, list)).filter(|pair| !fed.contains(pair)));
    }
    let missing = between.iter().filter(|name| find(name).is_none());
    changes.extend(missing.map(|name| add(name, &[])));
    match find(VPN_INTERFACES) {
        None => changes.push(add(VPN_INTERFACES, &between)),
        Some(item) => changes.extend(mended(item, &between)),
    }
    for (kept, list) in &fed {
        if let Some(change) = find(kept).and_then(|item| including(item, std::slice::from_ref(list))) {
            notes.push(Words::new("setup-found-interfaces").with("list", kept.as_str()));
            changes.push(change);
        }
    }
    if changes.is_empty() {
        let mut step = step;
        step.script = as_script(&[made()]);
        return step;
    }
    let state = if find(VPN_INTERFACES).is_some() { State::Different } else { State::Missing };
    step.wrong(state, notes, changes)
}

/// The list of the tunnels' interfaces alone.
pub(super) fn made() -> Change {
    add(VPN_INTERFACES, &[])
}

fn add(name: &str, include: &[String]) -> Change {
    let include = include.join(",");
    let mut values = vec![("name", name)];
    if !include.is_empty() {
        values.push(("include", &include));
    }
    values.push(("comment", COMMENT));
    Change::add(Menu::InterfaceList, &values)
}

/// Our list with all that it has to have, and nothing taken off it.
fn mended(item: &Item, between: &[String]) -> Option<Change> {
    let mut settings: Vec<Setting> = included(item, between).into_iter().collect();
    if item.get("exclude").is_some() {
        settings.push(Setting::of(item, "exclude", ""));
    }
    (!settings.is_empty()).then(|| Change::set(Menu::InterfaceList, item, settings))
}

/// A list that includes others, and goes on including what it did.
fn including(item: &Item, others: &[String]) -> Option<Change> {
    included(item, others).map(|setting| Change::set(Menu::InterfaceList, item, vec![setting]))
}

fn included(item: &Item, others: &[String]) -> Option<Setting> {
    let mut all = item.list("include");
    let before = all.len();
    all.extend(others.iter().filter(|other| !item.list("include").contains(other)).cloned());
    (all.len() > before).then(|| Setting::of(item, "include", &all.join(",")))
}

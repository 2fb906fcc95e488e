//! PPP profiles, which box every tunnel from its first packet, and the accounting that the User Manager needs.

use super::{
    Seen, State, Step, Wanted,
    change::{Change, Setting},
    interfaces,
    item::{Item, Menu, Raw},
    lockout,
    words::Words,
};

/// What the keys of these steps begin with.
pub(super) const KEY: &str = "profile:";

/// How often a session is reported while it lasts, where nothing was set.
const INTERIM: &str = "1m";

/// One step for each profile that VPN accounts use.
pub(super) fn steps(seen: &Seen, wanted: &Wanted) -> Vec<Step> {
    used(seen).map(|item| step(item, seen, wanted)).collect()
}

/// The profiles that VPN accounts use.
fn used(seen: &Seen) -> impl Iterator<Item = &Item> {
    let used = |item: &&Item| item.get("name").is_some_and(|name| seen.used_profiles.contains(name));
    seen.profiles.iter().filter(used)
}

/// Those of them that can be boxed: not what the router's own connections have too.
pub(super) fn boxable(seen: &Seen) -> impl Iterator<Item = &Item> {
    used(seen).filter(|item| seen.clients_of(item).is_empty())
}

fn step(item: &Item, seen: &Seen, wanted: &Wanted) -> Step {
    let name = item.text("name").into_owned();
    let mut settings = Vec::new();
    let mut notes = Vec::new();
    let lists = item.list("address-list");
    if !lists.contains(&wanted.sandbox) || lists.contains(&wanted.allow) {
        if lists.contains(&wanted.allow) {
            let words = Words::new("setup-found-profile-allows").with("list", wanted.allow.as_str());
            notes.push(words);
        } else if !lists.is_empty() {
            notes.push(Words::new("setup-found-profile-lists").with("lists", lists.join(", ")));
        }
        let mut now: Vec<String> = lists.iter().filter(|list| **list != wanted.allow).cloned().collect();
        if !now.contains(&wanted.sandbox) {
            now.push(wanted.sandbox.clone());
        }
        settings.push(Setting::of(item, "address-list", &now.join(",")));
    }
    let (interfaces, kept) = interfaces::of_profile(item, seen);
    if item.text("interface-list") != interfaces {
        if let Some(kept) = kept {
            notes.push(Words::new("setup-found-profile-interfaces").with("list", kept));
        }
        settings.push(Setting::of(item, "interface-list", &interfaces));
    }
    // The router lists the IPv4 address of a tunnel alone, so what comes by IPv6 could not be told to be boxed.
    if seen.ipv6.is_on() && item.text("use-ipv6") != "no" {
        if !settings.is_empty() || item.get("remote-ipv6-prefix-pool").is_some() {
            notes.push(Words::new("setup-found-profile-ipv6"));
        }
        settings.push(Setting::of(item, "use-ipv6", "no"));
    }
    let change = |settings| Change::set(Menu::Profile, item, settings);
    let title = Words::new("setup-profile").with("profile", name.as_str());
    let about = Words::new("setup-profile-about").with("list", wanted.sandbox.as_str());
    let step = Step::new(format!("{KEY}{name}"), title, about);
    let routed = item.get("name").and_then(|name| seen.routed.get(name));
    let routed =
        routed.map(|accounts| Words::new("setup-profile-routes").with("accounts", accounts.join(", ")));
    if settings.is_empty() {
        let ideal = [("address-list", wanted.sandbox.as_str()), ("interface-list", interfaces.as_str())];
        let mut step =
            step.present(&[change(ideal.map(|(name, now)| Setting::of(item, name, now)).to_vec())]);
        step.notes.extend(routed);
        return step;
    }
    notes.extend(routed);
    let state = if lists.is_empty() { State::Missing } else { State::Different };
    let step = step.wrong(state, notes, vec![change(settings)]);
    let clients = seen.clients_of(item);
    if clients.is_empty() {
        return step.unless(lockout::by_profile(seen, item));
    }
    // It would take IPv6 away from the whole office, and put the provider's address into the box.
    let words = Words::new("setup-profile-shared").with("profile", name).with("clients", clients.join(", "));
    step.blocked(words)
}

/// The User Manager knows of no session without accounting. Only where RADIUS is asked at all.
pub(super) fn accounting(seen: &Seen) -> Option<Step> {
    let aaa = seen.aaa.as_ref().filter(|aaa| seen.user_manager && aaa.is("use-radius"))?;
    let mut settings = Vec::new();
    if !aaa.is("accounting") {
        settings.push(Setting::of(aaa, "accounting", "yes"));
    }
    let interim = aaa.text("interim-update");
    if matches!(&*interim, "" | "0" | "0s" | "00:00:00" | "none") {
        settings.push(Setting::of(aaa, "interim-update", INTERIM));
    }
    let change =
        |settings| Change::Set { menu: Menu::Aaa, id: String::new(), known_by: Raw::default(), settings };
    let step = Step::new(
        "accounting".to_owned(),
        Words::new("setup-accounting"),
        Words::new("setup-accounting-about"),
    );
    if settings.is_empty() {
        return Some(step.present(&[]));
    }
    Some(step.wrong(State::Missing, Vec::new(), vec![change(settings)]))
}

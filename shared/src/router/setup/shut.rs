//! The router takes the permission of a tunnel away when the tunnel goes, whether the server is up or not: else whoever gets
//! its address next has what is left of the entry's time.
//!
//! That is a line in `on-down` of the profiles. PPP runs it with the rights `read,write,test,reboot`, which is all that it
//! takes, so there is no script of its own and nothing to be fetched. From the manual are the variable `remote-address` and
//! these rights. Not tried on a real router: whether an account without the right `policy` may write the line (a router that
//! refuses says so, and the step is not done), and how soon after the end of a tunnel it is run. The entry's time stays the
//! last resort.

use super::{
    Seen, State, Step, Wanted,
    change::{Change, Setting},
    item::{Item, Menu},
    lines::{Parts, SHUTS, used},
    words::Words,
};
use crate::router::MARK;

/// The key of the step.
const SHUT: &str = "shut";
const PROPERTY: &str = "on-down";

/// The lines in `on-down`: they remove entries of the address that Sallyport made, and no others.
fn lines(wanted: &Wanted) -> String {
    // In quotes whatever it is: a word with a hyphen would be a subtraction here.
    let list = wanted.allow.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
    SHUTS.of(&format!(
        "/ip firewall address-list remove [find where list=\"{list}\" address=$\"remote-address\" comment~\"^{MARK}\"]"
    ))
}

/// The step.
pub(super) fn step(seen: &Seen, wanted: &Wanted) -> Step {
    let about = Words::new("setup-shut-about").with("list", wanted.allow.as_str());
    let mut step = Step::new(SHUT.to_owned(), Words::new("setup-shut"), about);
    let lines = lines(wanted);
    let (mut changes, mut notes, mut foreign) = (Vec::new(), Vec::new(), None);
    let mut different = false;
    let of_accounts = || seen.profiles.iter().filter(|item| used(seen, item));
    for profile in of_accounts() {
        let parts = match Parts::of(profile, PROPERTY, seen) {
            Ok(parts) if parts.shuts == lines => continue,
            Ok(parts) => parts,
            Err(words) => {
                foreign.get_or_insert(words);
                continue;
            }
        };
        different |= !parts.shuts.is_empty();
        if !parts.foreign.is_empty() {
            let words = Words::new("setup-found-down").with("profile", profile.text("name").into_owned());
            notes.push(words);
        }
        changes.push(change(profile, &Parts { shuts: lines.clone(), ..parts }));
    }
    if changes.is_empty() && foreign.is_none() {
        let none = |profile| {
            change(profile, &Parts { shuts: lines.clone(), foreign: String::new(), tells: String::new() })
        };
        step = step.present(&of_accounts().map(none).collect::<Vec<_>>());
    } else {
        step = step.wrong(if different { State::Different } else { State::Missing }, notes, changes);
    }
    let step = step.noted(Words::new("setup-shut-untried"));
    match foreign {
        Some(words) => step.blocked(words),
        None => step,
    }
}

fn change(profile: &Item, parts: &Parts) -> Change {
    Change::set(Menu::Profile, profile, vec![Setting::of(profile, PROPERTY, &parts.whole())])
}

//! Rules of an older set-up that stop whatever is on the list of the box, let through or not. Beside ours they keep everybody
//! out: who confirms reads that they are in, and gets nowhere. They are somebody's, so they are only switched off, and on again
//! when that is taken back; and not before our rules hold the box, or nothing would.

use super::{
    Seen, State, Step, Wanted,
    change::Change,
    item::{Item, Menu},
    words::Words,
};

/// The key of the step.
pub(super) const OLDER: &str = "older";

/// The chains in which ours hold the box, so that they can stand in for others there. What stands in a chain of the
/// administrator's own is theirs: only they know who is sent into it.
const CHAINS: [&str; 2] = ["forward", "input"];

/// The step; none where there are no such rules. `holds` tells for one of [`CHAINS`] whether ours are in their places in it.
pub(super) fn step(seen: &Seen, wanted: &Wanted, holds: impl Fn(&str) -> bool) -> Option<Step> {
    let older: Vec<&Item> = seen.filter.iter().filter(|item| is_older(item, &wanted.sandbox)).collect();
    if older.is_empty() {
        return None;
    }
    let about = Words::new("setup-older-about").with("sandbox", wanted.sandbox.as_str());
    let step = Step::new(OLDER.to_owned(), Words::new("setup-older"), about);
    let notes = older.iter().map(|item| named("setup-found-older", item)).collect();
    let changes = older.iter().map(|item| Change::enable(Menu::Filter, item, false));
    let step = step.wrong(State::Different, notes, changes.collect());
    Some(if older.iter().all(|item| holds(&item.text("chain"))) {
        step
    } else {
        step.blocked(Words::new("setup-older-waits"))
    })
}

/// Does it stop all that comes from the box, or goes into it, and ask for nothing else?
fn is_older(item: &Item, sandbox: &str) -> bool {
    let stops = matches!(&*item.text("action"), "drop" | "reject" | "tarpit");
    let lists = ["src-address-list", "dst-address-list"];
    let by_list = lists.iter().filter(|list| item.text(list) == sandbox).count() == 1;
    let said = ["chain", "action", "reject-with", "comment", "disabled"];
    let known = |name: &str| said.contains(&name) || lists.contains(&name);
    let alone =
        item.essence().keys().all(|name| known(name)) && lists.iter().any(|list| item.get(list).is_none());
    let held = CHAINS.contains(&&*item.text("chain"));
    stops && held && by_list && alone && !item.is("disabled") && !item.is("dynamic")
}

/// By its id and its comment; without a comment by what it is.
fn named(words: &'static str, item: &Item) -> Words {
    let comment = item.text("comment").into_owned();
    let id = match comment.as_str() {
        "" => format!("{} ({} {})", item.id.as_str(), item.text("chain"), item.text("action")),
        _ => item.id.as_str().to_owned(),
    };
    Words::new(words).with("id", id).with("comment", comment)
}

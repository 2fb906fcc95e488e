//! Keys: `g` then a letter goes somewhere, `/` searches, `j` and `k` walk through rows, `?` lists them. Matched by their place on the keyboard, so
//! they work in a Russian layout; off in fields; can be switched off (WCAG 2.1.4). No key alone changes anything.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use wasm_bindgen::JsCast;

use super::dialog::Dialog;
use crate::prefs::use_prefs;
use crate::t;

/// Where `g` and a key go.
fn place(code: &str) -> Option<&'static str> {
    Some(match code {
        "KeyD" => "/",
        "KeyS" => "/sessions",
        "KeyU" => "/users",
        "KeyR" => "/routers",
        "KeyP" => "/policies",
        "KeyB" => "/bans",
        "KeyT" => "/statistics",
        "KeyA" => "/audit",
        "KeyE" => "/settings",
        _ => return None,
    })
}

/// The rows of the page's tables, as they stand.
const ROWS: &str = "main table.grid tbody:not([hidden]) > tr:not(.group, [hidden])";

fn html(element: web_sys::Element) -> Option<web_sys::HtmlElement> {
    element.dyn_into().ok()
}

/// The row that has the focus.
fn row() -> Option<web_sys::Element> {
    document().active_element()?.closest("main table.grid tbody > tr").ok().flatten()
}

/// Puts the focus on the name in the next row, or the one before.
fn walk(down: bool) {
    let Ok(rows) = document().query_selector_all(ROWS) else { return };
    let rows: Vec<web_sys::Element> =
        (0..rows.length()).filter_map(|at| rows.item(at)?.dyn_into().ok()).collect();
    let now = row().and_then(|row| rows.iter().position(|other| *other == row));
    let Some(row) = rows.get(next_row(now, rows.len(), down)) else { return };
    let name = row.query_selector(".who, a, button").ok().flatten();
    if let Some(name) = name.and_then(html) {
        // Fails only for an element that is gone.
        let _ = name.focus();
    }
}

/// The row after `now`, or before it; it stays at the ends.
fn next_row(now: Option<usize>, count: usize, down: bool) -> usize {
    match (now, down) {
        (None, true) => 0,
        (None, false) => count.saturating_sub(1),
        (Some(at), true) => (at + 1).min(count.saturating_sub(1)),
        (Some(at), false) => at.saturating_sub(1),
    }
}

/// Presses something in the row that has the focus; whatever takes access away asks first.
fn press_in_row(selector: &str) {
    if let Some(found) = row().and_then(|row| row.query_selector(selector).ok().flatten()).and_then(html) {
        found.click();
    }
}

fn press(selector: &str) {
    if let Some(found) = document().query_selector(selector).ok().flatten().and_then(html) {
        found.click();
    }
}

fn in_field(event: &ev::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| {
        target.closest("input:not([type=checkbox]), select, textarea, dialog[open]").ok().flatten().is_some()
    })
}

/// Listens while the page is there; shows the list of keys.
#[component]
pub fn Keys() -> AnyView {
    let prefs = use_prefs();
    let navigate = use_navigate();
    let going = StoredValue::new(false);
    let list = RwSignal::new(false);
    let handle = window_event_listener(ev::keydown, move |event| {
        if !prefs.single_keys.get_untracked()
            || event.ctrl_key()
            || event.meta_key()
            || event.alt_key()
            || in_field(&event)
        {
            return;
        }
        let code = event.code();
        if going.get_value() {
            going.set_value(false);
            if let Some(to) = place(&code) {
                navigate(to, leptos_router::NavigateOptions::default());
            }
            return;
        }
        match (code.as_str(), event.shift_key()) {
            ("KeyG", false) => going.set_value(true),
            ("Slash", true) => list.set(true),
            ("Slash", false) => {
                let search = document().query_selector(".search input").ok().flatten();
                if let Some(search) = search.and_then(|search| search.dyn_into::<web_sys::HtmlElement>().ok())
                {
                    event.prevent_default();
                    let _ = search.focus();
                }
            }
            ("KeyJ", false) => walk(true),
            ("KeyK", false) => walk(false),
            ("KeyX", false) => press_in_row("input[type=checkbox]"),
            ("KeyE", false) => press_in_row("[data-key=e]"),
            ("Period", false) => press_in_row("button[aria-haspopup=menu]"),
            ("BracketLeft", false) => press(".pager button:first-of-type"),
            ("BracketRight", false) => press(".pager button:last-of-type"),
            _ => {}
        }
    });
    on_cleanup(move || handle.remove());
    let line = |keys: &'static str, words: String| {
        let keys = keys.split(' ').map(|key| view! { <kbd>{key}</kbd>" " }).collect_view();
        view! { <dt>{keys}</dt><dd>{words}</dd> }
    };
    view! {
        <Dialog open=list title=Signal::derive(|| t!("keys-title"))>
            <div>
                <dl class="facts keysheet">
                    {line("g d", t!("nav-dashboard"))} {line("g s", t!("nav-sessions"))} {line("g u", t!("nav-users"))}
                    {line("g r", t!("nav-routers"))} {line("g p", t!("nav-policies"))} {line("g b", t!("nav-bans"))}
                    {line("g t", t!("nav-statistics"))} {line("g a", t!("nav-audit"))} {line("g e", t!("nav-settings"))} {line("/", t!("keys-search"))}
                    {line("j k", t!("keys-rows"))} {line("Enter", t!("keys-open"))} {line("x", t!("keys-select"))}
                    {line("e", t!("keys-extend"))} {line(".", t!("keys-menu"))} {line("[ ]", t!("keys-pages"))}
                    {line("Ctrl K", t!("palette-title"))} {line("Esc", t!("keys-close"))} {line("?", t!("keys-list"))}
                </dl>
            </div>
            <footer>
                <button type="button" class="btn" on:click=move |_| list.set(false)>{t!("action-close")}</button>
            </footer>
        </Dialog>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::{next_row, place};

    #[test]
    fn rows_are_walked_from_end_to_end() {
        assert_eq!((next_row(None, 3, true), next_row(None, 3, false)), (0, 2));
        assert_eq!((next_row(Some(2), 3, true), next_row(Some(0), 3, false)), (2, 0));
        assert_eq!(next_row(None, 0, false), 0);
    }

    #[test]
    fn go_keys_are_places_on_the_keyboard() {
        assert_eq!(place("KeyS"), Some("/sessions"));
        assert_eq!(place("KeyZ"), None);
    }
}

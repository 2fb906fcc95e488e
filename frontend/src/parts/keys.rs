//! Keys: `g` then a letter goes somewhere, `/` searches, `?` lists them. Matched by their place on the keyboard, so
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
        "KeyA" => "/audit",
        "KeyE" => "/settings",
        _ => return None,
    })
}

fn in_field(event: &ev::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|target| {
        target.closest("input, select, textarea, dialog[open]").ok().flatten().is_some()
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
            _ => {}
        }
    });
    on_cleanup(move || handle.remove());
    let row = |keys: &'static str, words: String| {
        let keys = keys.split(' ').map(|key| view! { <kbd>{key}</kbd>" " }).collect_view();
        view! { <dt>{keys}</dt><dd>{words}</dd> }
    };
    view! {
        <Dialog open=list title=Signal::derive(|| t!("keys-title"))>
            <div>
                <dl class="facts keysheet">
                    {row("g d", t!("nav-dashboard"))} {row("g s", t!("nav-sessions"))} {row("g u", t!("nav-users"))}
                    {row("g r", t!("nav-routers"))} {row("g p", t!("nav-policies"))} {row("g b", t!("nav-bans"))}
                    {row("g a", t!("nav-audit"))} {row("g e", t!("nav-settings"))} {row("/", t!("keys-search"))}
                    {row("Esc", t!("keys-close"))} {row("?", t!("keys-list"))}
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
    use super::place;

    #[test]
    fn go_keys_are_places_on_the_keyboard() {
        assert_eq!(place("KeyS"), Some("/sessions"));
        assert_eq!(place("KeyZ"), None);
    }
}

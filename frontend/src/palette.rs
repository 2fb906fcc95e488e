//! Ctrl K: find a place, a person or a router, or do something, without the mouse.

use leptos::ev::{self, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

use crate::api::live::sleep;
use crate::api::ops::{Routers, Users, routers};
use crate::api::types::{Language, Router, User};
use crate::api::{Api, use_api};
use crate::later::page;
use crate::pages::users::model::variables;
use crate::parts::icon::icon;
use crate::prefs::{Prefs, use_prefs};
use crate::shell::{Change, next_theme, places, save_preferences};
use crate::t;

/// People that are offered at most.
const PEOPLE: i64 = 6;

/// A pause in typing before people are asked for, in milliseconds.
const PAUSE_MS: u32 = 150;

/// What is done when an entry is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Deed {
    /// Goes to an address.
    Go(String),
    /// Switches the language.
    Speak(Language),
    /// Switches the theme on.
    Theme,
    /// Signs out.
    SignOut,
}

/// Something that can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    icon: &'static str,
    words: String,
    /// What kind of thing it is.
    kind: String,
    deed: Deed,
}

/// Whether every word of `search` is in `words`.
fn fits(words: &str, search: &str) -> bool {
    let words = words.to_lowercase();
    search.to_lowercase().split_whitespace().all(|word| words.contains(word))
}

/// The next one of `count`, around the ends.
fn step(at: usize, count: usize, down: bool) -> usize {
    match (count, down) {
        (0, _) => 0,
        (_, true) => (at + 1) % count,
        (_, false) => (at + count - 1) % count,
    }
}

/// Opens the palette from anywhere. Cheap to copy; in the context.
#[derive(Clone, Copy)]
pub struct Palette(RwSignal<bool>);

impl Palette {
    /// A closed one.
    #[must_use]
    pub fn new() -> Self {
        Self(RwSignal::new(false))
    }
}

impl Default for Palette {
    fn default() -> Self {
        Self::new()
    }
}

/// The palette of this page.
#[must_use]
pub fn use_palette() -> Palette {
    expect_context()
}

/// The button in the sidebar.
#[must_use]
pub fn find_button() -> AnyView {
    let open = use_palette().0;
    view! {
        <button type="button" class="find" aria-haspopup="dialog" data-testid="find" on:click=move |_| open.set(true)>
            {icon("search")}
            <span class="label">{t!("palette-title")}</span>
            <span class="keys" aria-hidden="true"><kbd>"Ctrl"</kbd><kbd>"K"</kbd></span>
        </button>
    }
    .into_any()
}

/// The dialog; once a page. It listens for Ctrl K, which is no single key and therefore always on.
#[component]
pub fn PaletteHost() -> AnyView {
    let open = use_palette().0;
    let element = NodeRef::<html::Dialog>::new();
    let handle = window_event_listener(ev::keydown, move |event| {
        if event.code() == "KeyK" && (event.ctrl_key() || event.meta_key()) && !event.alt_key() {
            event.prevent_default();
            open.update(|open| *open = !*open);
        }
    });
    on_cleanup(move || handle.remove());
    Effect::new(move |_| {
        let Some(dialog) = element.get() else { return };
        match (open.get(), dialog.open()) {
            // Fails only for a dialog outside the document.
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    view! {
        <dialog
            class="dialog palette"
            node_ref=element
            aria-label=t!("palette-title")
            data-testid="palette"
            on:close=move |_| open.set(false)
        >
            {move || open.get().then(page::finder)}
        </dialog>
    }
    .into_any()
}

/// What the dialog holds: the search and what it finds.
#[component]
pub fn Finder() -> AnyView {
    let open = use_palette().0;
    let (api, prefs, navigate) = (use_api(), use_prefs(), use_navigate());
    let (search, at) = (RwSignal::new(String::new()), RwSignal::new(0_usize));
    let entries = entries(api, prefs, search);
    let input = NodeRef::<html::Input>::new();
    input.on_load(|input| drop(input.focus()));
    let go = StoredValue::new_local(move |deed: Deed| {
        open.set(false);
        match deed {
            Deed::Go(address) => navigate(&address, NavigateOptions::default()),
            Deed::Speak(language) => save_preferences(api, prefs, Change::Language(language)),
            Deed::Theme => save_preferences(api, prefs, Change::Theme(next_theme(prefs))),
            Deed::SignOut => leptos::task::spawn_local(api.sign_out()),
        }
    });
    let keys = move |event: KeyboardEvent| {
        let count = entries.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = step(*at, count, true)),
            "ArrowUp" => at.update(|at| *at = step(*at, count, false)),
            "Enter" => {
                let chosen = entries.with_untracked(|all| all.get(at.get_untracked()).cloned());
                if let Some(entry) = chosen {
                    go.with_value(|go| go(entry.deed));
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let options = move || {
        let option = |(index, entry): (usize, Entry)| {
            let deed = entry.deed.clone();
            view! {
                <li
                    role="option"
                    id=format!("found-{index}")
                    aria-selected=move || (at.get() == index).to_string()
                    on:pointermove=move |_| at.set(index)
                    on:click=move |_| go.with_value(|go| go(deed.clone()))
                >
                    {icon(entry.icon)}
                    <span>{entry.words}</span>
                    <small>{entry.kind}</small>
                </li>
            }
        };
        entries.get().into_iter().enumerate().map(option).collect_view()
    };
    view! {
        <input
            class="input"
            name="find"
            type="text"
            role="combobox"
            spellcheck="false"
            autocomplete="off"
            aria-expanded="true"
            aria-controls="found"
            aria-autocomplete="list"
            aria-label=t!("palette-title")
            aria-activedescendant=move || format!("found-{}", at.get())
            placeholder=t!("palette-hint")
            node_ref=input
            on:input=move |event| {
                search.set(event_target_value(&event));
                at.set(0);
            }
            on:keydown=keys
        />
        <ul role="listbox" id="found" aria-label=t!("palette-title")>{options}</ul>
        <p class="muted small" role="status">
            {move || if entries.with(Vec::is_empty) { t!("nothing-found") } else { t!("palette-keys") }}
        </p>
    }
    .into_any()
}

/// What fits: people and routers first, as soon as something is typed.
fn entries(api: Api, prefs: Prefs, search: RwSignal<String>) -> Memo<Vec<Entry>> {
    let fixed = StoredValue::new(fixed(api, prefs));
    let (people, routers) = (found_people(api, search), all_routers(api));
    Memo::new(move |_| {
        let wanted = search.get();
        let fixed = fixed.with_value(|all| {
            all.iter().filter(|entry| fits(&entry.words, &wanted)).cloned().collect::<Vec<_>>()
        });
        if wanted.trim().is_empty() {
            return fixed;
        }
        let routers = routers.with(|all| {
            all.iter().filter(|router| fits(&router.name, &wanted)).map(router_entry).collect::<Vec<_>>()
        });
        let people = people.with(|all| all.iter().map(person_entry).collect::<Vec<_>>());
        people.into_iter().chain(routers).chain(fixed).collect()
    })
}

/// Places and deeds.
fn fixed(api: Api, prefs: Prefs) -> Vec<Entry> {
    let role = api.role();
    let entry = |icon, words: String, kind: String, deed| Entry { icon, words, kind, deed };
    let mut all: Vec<Entry> = places(role)
        .map(|(href, icon, words)| entry(icon, words.text(), t!("palette-place"), Deed::Go(href.to_owned())))
        .collect();
    let deed = |icon, words, deed| entry(icon, words, t!("palette-deed"), deed);
    if role.operates() {
        all.push(deed("plus", t!("action-grant"), Deed::Go("/sessions?grant=1".to_owned())));
    }
    if role.administers() {
        all.push(deed("plus", t!("action-new-user"), Deed::Go("/users?new=1".to_owned())));
        all.push(deed("plus", t!("action-add-router"), Deed::Go("/routers/new".to_owned())));
        all.push(deed("plus", t!("action-new-policy"), Deed::Go("/policies/new".to_owned())));
    }
    let now = prefs.language.get_untracked();
    let other = Language::ALL.iter().copied().filter(|language| *language != now);
    all.extend(other.map(|language| deed("settings", language.label().text(), Deed::Speak(language))));
    all.push(deed("settings", t!("theme-switch"), Deed::Theme));
    all.push(deed("off", t!("action-sign-out"), Deed::SignOut));
    all
}

fn person_entry(user: &User) -> Entry {
    let accounts = user.accounts.iter().map(|account| account.username.as_str()).collect::<Vec<_>>();
    Entry {
        icon: "user",
        words: std::iter::once(user.display_name.as_str()).chain(accounts).collect::<Vec<_>>().join(" · "),
        kind: user.status.label().text(),
        deed: Deed::Go(format!("/users/{}", user.id)),
    }
}

fn router_entry(router: &Router) -> Entry {
    Entry {
        icon: "router",
        words: router.name.clone(),
        kind: router.state.label().text(),
        deed: Deed::Go(format!("/routers/{}", router.id)),
    }
}

/// People whom the server finds by what is typed; the last words win.
fn found_people(api: Api, search: RwSignal<String>) -> RwSignal<Vec<User>> {
    let found = RwSignal::new(Vec::new());
    let turn = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let wanted = search.get().trim().to_owned();
        turn.update_value(|turn| *turn += 1);
        let mine = turn.get_value();
        leptos::task::spawn_local(async move {
            sleep(PAUSE_MS).await;
            if turn.try_get_value() != Some(mine) {
                return;
            }
            let people = if wanted.is_empty() {
                Vec::new()
            } else {
                let asked = variables(None, Some(wanted), None, PEOPLE, None);
                // Not found because of a failure is not found; the rest of the palette works.
                api.call::<Users, _>(asked).await.map(|page| page.rows()).unwrap_or_default()
            };
            if turn.try_get_value() == Some(mine) {
                found.set(people);
            }
        });
    });
    found
}

fn all_routers(api: Api) -> RwSignal<Vec<Router>> {
    let all = RwSignal::new(Vec::new());
    leptos::task::spawn_local(async move {
        if let Ok(routers) = api.call::<Routers, _>(routers::Variables).await {
            // The palette may be closed by now.
            let _ = all.try_set(routers);
        }
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_counts_and_case_does_not() {
        assert!(fits("Анна Лебедева · a.lebedeva", "ЛЕБ анна"));
        assert!(!fits("Anna", "anna hq"));
        assert!(fits("Anything", " "));
    }

    #[test]
    fn the_choice_goes_around_the_ends() {
        assert_eq!((step(2, 3, true), step(0, 3, false), step(0, 0, true)), (0, 2, 0));
    }
}

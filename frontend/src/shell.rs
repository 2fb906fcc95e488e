//! The frame around every page: sidebar, rail, the bars of a phone, the menu of the own account.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::api::ops::{Due as DueQuery, SetPreferences, due, set_preferences};
use crate::api::types::{Admin, Language, Role, SessionState, UserStatus, count_of};
use crate::api::{Api, News, use_api, use_live};
use crate::i18n::Key;
use crate::palette::find_button;
use crate::parts::badge::avatar;
use crate::parts::icon::{icon, large_icon, logo};
use crate::parts::live_mark::{LiveMark, OfflineBanner};
use crate::parts::menu::{Item, menu};
use crate::parts::remote::use_remote;
use crate::prefs::{Prefs, use_prefs};
use crate::{key, t};

/// A place in the sidebar.
struct Place {
    href: &'static str,
    icon: &'static str,
    label: Key,
    /// The same in as few letters as a phone's bar has room for.
    short: Key,
    /// Whether an admin of this role has the page.
    allowed: fn(Role) -> bool,
}

const fn place(href: &'static str, icon: &'static str, label: Key, allowed: fn(Role) -> bool) -> Place {
    Place { href, icon, label, short: label, allowed }
}

fn everybody(_: Role) -> bool {
    true
}

const WORK: [Place; 4] = [
    place("/", "dash", key!("nav-dashboard"), everybody),
    place("/sessions", "sessions", key!("nav-sessions"), everybody),
    Place { short: key!("nav-users-short"), ..place("/users", "users", key!("nav-users"), everybody) },
    place("/routers", "router", key!("nav-routers"), everybody),
];
const ACCESS: [Place; 2] = [
    place("/policies", "policy", key!("nav-policies"), everybody),
    place("/bans", "ban", key!("nav-bans"), everybody),
];
const RECORDS: [Place; 2] = [
    place("/statistics", "chart", key!("nav-statistics"), everybody),
    place("/audit", "audit", key!("nav-audit"), everybody),
];
const SYSTEM: [Place; 2] = [
    place("/settings", "settings", key!("nav-settings"), Role::administers),
    place("/admins", "key", key!("nav-admins"), Role::owns),
];

/// All places that an admin of this role has: address, icon, words.
pub fn places(role: Role) -> impl Iterator<Item = (&'static str, &'static str, Key)> {
    let own = place("/account", "user", key!("nav-account"), everybody);
    WORK.iter()
        .chain(&ACCESS)
        .chain(&RECORDS)
        .chain(&SYSTEM)
        .filter(move |place| (place.allowed)(role))
        .map(|place| (place.href, place.icon, place.label))
        .chain([(own.href, own.icon, own.label)])
}

/// What waits at a place: how many, in which colour, and the words for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tallies {
    boxed: i64,
    pending: i64,
    trouble: i64,
}

/// The frame.
#[component]
pub fn Shell(
    /// The page.
    children: Children,
) -> AnyView {
    let api = use_api();
    let tallies = use_tallies(api);
    let role = Memo::new(move |_| api.admin().map_or(Role::Viewer, |admin| admin.role));
    view! {
        <a class="skip" href="#main" on:click=skip>{t!("skip")}</a>
        <div class="app">
            <header class="bar">
                <a class="brand" href="/">{logo()}<span>"Sallyport"</span></a>
                <LiveMark />
            </header>
            <aside class="side" aria-label="Sallyport">
                <a class="brand" href="/">{logo()}<span class="label">"Sallyport"</span></a>
                {find_button()}
                {move || {
                    let role = role.get();
                    [
                        (key!("nav-group-work"), &WORK[..]),
                        (key!("nav-group-access"), &ACCESS[..]),
                        (key!("nav-group-records"), &RECORDS[..]),
                        (key!("nav-group-system"), &SYSTEM[..]),
                    ]
                        .into_iter()
                        .map(|(label, places)| nav(label, places, role, tallies))
                        .collect_view()
                }}
                <AccountMenu />
            </aside>
            <main class="main" id="main" tabindex="-1">
                <OfflineBanner />
                {children()}
            </main>
            <nav class="tabs-bottom" aria-label=t!("nav-group-main")>
                {WORK.iter().map(|place| tab(place, tallies)).collect_view()}
                <More role=role />
            </nav>
        </div>
    }
    .into_any()
}

fn skip(event: leptos::ev::MouseEvent) {
    event.prevent_default();
    if let Some(heading) = document().query_selector("main h1").ok().flatten() {
        use wasm_bindgen::JsCast;
        if let Ok(heading) = heading.dyn_into::<web_sys::HtmlElement>() {
            let _ = heading.focus();
        }
    }
}

/// Read once, and again whenever something happens that could change them.
fn use_tallies(api: Api) -> Memo<Tallies> {
    let remote = use_remote(move || api.ask::<DueQuery>(due::Variables));
    use_live().on(move |news| {
        if !matches!(news, News::Audit(_)) && !remote.loading.get_untracked() {
            remote.reload();
        }
    });
    Memo::new(move |_| {
        remote.data.get().map_or_else(Tallies::default, |due| Tallies {
            boxed: count_of(&due.statistics.sessions_by_state, SessionState::Confirming.wire()),
            pending: count_of(&due.statistics.users_by_status, UserStatus::Pending.wire()),
            trouble: due.routers.iter().filter(|router| router.state.in_trouble()).count() as i64,
        })
    })
}

fn tally(href: &str, tallies: Tallies) -> Option<AnyView> {
    let (count, tone, title) = match href {
        "/sessions" => (tallies.boxed, "warn", t!("tally-boxed", count = tallies.boxed)),
        "/users" => (tallies.pending, "", t!("tally-pending", count = tallies.pending)),
        "/routers" => (tallies.trouble, "danger", t!("tally-trouble", count = tallies.trouble)),
        _ => return None,
    };
    (count > 0).then(|| {
        let words = title.clone();
        view! {
            <span class=format!("tally due {tone}") title=title>
                {count}
                <span class="sr">{words}</span>
            </span>
        }
        .into_any()
    })
}

/// The dashboard is only itself; a list is current on the pages below it too.
fn is_current(href: &str, path: &str) -> bool {
    if href == "/" { path == "/" } else { path == href || path.starts_with(&format!("{href}/")) }
}

fn nav(label: Key, places: &'static [Place], role: Role, tallies: Memo<Tallies>) -> AnyView {
    let path = use_location().pathname;
    let links = places.iter().filter(|place| (place.allowed)(role)).map(|place| {
        let href = place.href;
        let words = place.label.text();
        let title = words.clone();
        view! {
            <a href=href title=title aria-current=move || path.with(|path| is_current(href, path)).then_some("page")>
                {icon(place.icon)}
                <span class="label">{words}</span>
                {move || tally(href, tallies.get())}
            </a>
        }
    });
    let links = links.collect_view();
    if links.is_empty() {
        return ().into_any();
    }
    view! { <nav class="nav" aria-label=label.text()>{links}</nav> }.into_any()
}

fn tab(place: &'static Place, tallies: Memo<Tallies>) -> AnyView {
    let path = use_location().pathname;
    let href = place.href;
    view! {
        <a href=href aria-current=move || path.with(|path| is_current(href, path)).then_some("page")>
            {large_icon(place.icon)}
            {move || tally(href, tallies.get())}
            {place.short.text()}
        </a>
    }
    .into_any()
}

/// The places that a phone has no room for.
#[component]
fn More(role: Memo<Role>) -> AnyView {
    view! {
        <button type="button" popovertarget="more-places" aria-haspopup="menu">
            {large_icon("menu")}
            {t!("nav-more")}
        </button>
        <div class="pop menu above" id="more-places" popover="auto">
            {move || {
                let role = role.get();
                ACCESS
                    .iter()
                    .chain(&RECORDS)
                    .chain(&SYSTEM)
                    .filter(|place| (place.allowed)(role))
                    .map(more_link)
                    .collect_view()
            }}
            {more_link(&place("/account", "user", key!("nav-account"), everybody))}
        </div>
    }
    .into_any()
}

fn more_link(place: &Place) -> AnyView {
    let close = move |_| {
        use wasm_bindgen::JsCast;
        let popover = document().get_element_by_id("more-places");
        if let Some(popover) = popover.and_then(|popover| popover.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = popover.hide_popover();
        }
    };
    view! { <a href=place.href on:click=close>{icon(place.icon)}{place.label.text()}</a> }.into_any()
}

/// The menu of the own account.
#[component]
fn AccountMenu() -> AnyView {
    let (api, prefs) = (use_api(), use_prefs());
    let navigate = leptos_router::hooks::use_navigate();
    let Some(admin) = api.admin_untracked() else { return ().into_any() };
    let face = view! {
        {avatar(&admin.username, false)}
        <span>{admin.username.clone()}" "<small>{admin.role.label().text()}</small></span>
        <span class="sr">{t!("nav-account")}</span>
        {icon("updown")}
    }
    .into_any();
    let language = prefs.language.get_untracked();
    let other = if language == Language::Ru { Language::En } else { Language::Ru };
    let items = vec![
        Item::new(t!("nav-account"), {
            let navigate = navigate.clone();
            move || navigate("/account", leptos_router::NavigateOptions::default())
        }),
        Item::new(other.label().text(), move || save_preferences(api, prefs, Change::Language(other))),
        Item::new(t!("theme-switch"), move || save_preferences(api, prefs, Change::Theme(next_theme(prefs)))),
        Item::new(t!("action-sign-out"), move || leptos::task::spawn_local(api.sign_out())),
    ];
    // Named by what can be read in it, for people who speak to the page.
    menu("me", None, face, items)
}

/// Light, dark, as the system.
#[must_use]
pub fn next_theme(prefs: Prefs) -> String {
    match prefs.theme.get_untracked().as_deref() {
        None => "light",
        Some("light") => "dark",
        _ => "system",
    }
    .to_owned()
}

/// One preference, changed.
pub enum Change {
    /// Of the console.
    Language(Language),
    /// `system`, `light` or `dark`.
    Theme(String),
    /// `normal` or `compact`.
    Density(String),
    /// Whether single keys do something.
    SingleKeys(bool),
}

/// Takes a preference over at once and keeps it on the server; it is the viewer's own, so nothing waits for that.
pub fn save_preferences(api: Api, prefs: Prefs, change: Change) {
    use set_preferences::{PreferencesInput, Variables};
    let mut input =
        PreferencesInput { language: None, theme: None, density: None, time_zone: None, single_keys: None };
    let admin: Option<Admin> = api.admin_untracked();
    match change {
        Change::Language(language) => input.language = Some(language),
        Change::Theme(theme) => {
            prefs.set_theme(Some(theme.clone()).filter(|theme| theme != "system"));
            input.theme = Some(theme);
        }
        Change::Density(density) => {
            prefs.set_compact(density == "compact");
            input.density = Some(density);
        }
        Change::SingleKeys(on) => {
            prefs.single_keys.set(on);
            input.single_keys = Some(on);
        }
    }
    leptos::task::spawn_local(async move {
        // A preference that could not be kept still holds in this browser.
        if let (Ok(preferences), Some(admin)) =
            (api.call::<SetPreferences, _>(Variables { input: input.clone() }).await, admin)
        {
            api.set_admin(Admin { preferences, ..admin });
        } else if let Some(language) = input.language {
            prefs.set_language(language);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_current_on_the_pages_below_it() {
        assert!(is_current("/users", "/users/7"));
        assert!(!is_current("/", "/users"));
        assert!(!is_current("/users", "/users-old"));
    }
}

//! The root: what the whole page shares, who is at the door, and the routes behind it.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

use crate::announce::Announcer;
use crate::api::{Api, Auth, Live};
use crate::clock::Clock;
use crate::later::{fetch_ahead, page};
use crate::palette::{Palette, PaletteHost};
use crate::parts::confirm::{Confirm, ConfirmHost};
use crate::parts::keys::Keys;
use crate::parts::states::empty;
use crate::parts::toast::{ToastHost, Toasts};
use crate::prefs::Prefs;
use crate::shell::Shell;
use crate::t;

/// Everything.
#[component]
pub fn App() -> AnyView {
    let prefs = Prefs::load();
    let clock = Clock::start();
    let api = Api::new(clock);
    let live = Live::new(clock);
    provide_context(prefs);
    provide_context(clock);
    provide_context(api);
    provide_context(live);
    provide_context(Toasts::new());
    provide_context(Confirm::new());
    provide_context(Palette::new());

    leptos::task::spawn_local(api.start());
    let _ = window_event_listener(ev::online, move |_| live.try_now());
    // Preferences come with the sign-in and win over what this browser remembered.
    Effect::new(move |_| {
        if let Some(admin) = api.admin() {
            prefs.adopt(&admin.preferences);
        }
    });
    let auth = Memo::new(move |_| api.auth());
    Effect::new(move |_| {
        if auth.get() != Auth::Checking
            && let Some(shell) = document().get_element_by_id("shell")
        {
            shell.remove();
        }
        if auth.get() == Auth::SignedIn {
            leptos::task::spawn_local(live.run(api));
        }
    });
    // The language is a property of the whole page: it draws anew.
    (move || {
        prefs.language.track();
        match auth.get() {
            Auth::Checking => ().into_any(),
            Auth::SetupNeeded => page::setup(),
            Auth::SignedOut { .. } => page::sign_in(),
            Auth::SignedIn => view! { <Inside /> }.into_any(),
        }
    })
    .into_any()
}

#[component]
fn Inside() -> AnyView {
    fetch_ahead();
    view! {
        <Router>
            <Shell>
                <Routes fallback=not_found>
                    <Route path=path!("/") view=page::dashboard />
                    <Route path=path!("/start") view=page::start />
                    <Route path=path!("/sessions") view=page::sessions />
                    <Route path=path!("/users") view=page::users />
                    <Route path=path!("/users/:id") view=page::user />
                    <Route path=path!("/routers") view=page::routers />
                    <Route path=path!("/routers/new") view=page::new_router />
                    <Route path=path!("/routers/:id") view=page::router />
                    <Route path=path!("/routers/:id/edit") view=page::edit_router />
                    <Route path=path!("/policies") view=page::policies />
                    <Route path=path!("/policies/new") view=page::new_policy />
                    <Route path=path!("/policies/:id") view=page::policy />
                    <Route path=path!("/bans") view=page::bans />
                    <Route path=path!("/statistics") view=page::statistics />
                    <Route path=path!("/audit") view=page::audit />
                    <Route path=path!("/settings") view=page::settings />
                    <Route path=path!("/settings/messages") view=page::messages />
                    <Route path=path!("/admins") view=page::admins />
                    <Route path=path!("/account") view=page::account />
                </Routes>
            </Shell>
            <Keys />
            <PaletteHost />
            <Announcer />
            <ConfirmHost />
            <ToastHost />
        </Router>
    }
    .into_any()
}

fn not_found() -> AnyView {
    let home = view! { <a class="btn primary" href="/">{t!("nav-dashboard")}</a> }.into_any();
    empty("search", t!("page-not-found"), t!("page-not-found-about"), Some(home))
}

//! The root: what the whole page shares, who is at the door, and the routes behind it.

use leptos::ev;
use leptos::prelude::*;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

use crate::api::{Api, Auth, Live};
use crate::clock::Clock;
use crate::pages::{
    account, admins, audit, bans, dashboard, policies, routers, sessions, settings, setup, sign_in, users,
};
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
            Auth::SetupNeeded => view! { <setup::Setup /> }.into_any(),
            Auth::SignedOut { lapsed } => view! { <sign_in::SignIn lapsed=lapsed /> }.into_any(),
            Auth::SignedIn => view! { <Inside /> }.into_any(),
        }
    })
    .into_any()
}

#[component]
fn Inside() -> AnyView {
    view! {
        <Router>
            <Shell>
                <Routes fallback=not_found>
                    <Route path=path!("/") view=dashboard::Dashboard />
                    <Route path=path!("/sessions") view=sessions::SessionsPage />
                    <Route path=path!("/users") view=users::UsersPage />
                    <Route path=path!("/users/:id") view=users::UserPage />
                    <Route path=path!("/routers") view=routers::RoutersPage />
                    <Route path=path!("/routers/new") view=routers::NewRouter />
                    <Route path=path!("/routers/:id") view=routers::RouterPage />
                    <Route path=path!("/routers/:id/edit") view=routers::EditRouter />
                    <Route path=path!("/policies") view=policies::PoliciesPage />
                    <Route path=path!("/policies/new") view=policies::NewPolicy />
                    <Route path=path!("/policies/:id") view=policies::PolicyPage />
                    <Route path=path!("/bans") view=bans::BansPage />
                    <Route path=path!("/audit") view=audit::AuditPage />
                    <Route path=path!("/settings") view=settings::SettingsPage />
                    <Route path=path!("/admins") view=admins::AdminsPage />
                    <Route path=path!("/account") view=account::AccountPage />
                </Routes>
            </Shell>
            <Keys />
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

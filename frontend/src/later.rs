//! Pages come in files of their own, when somebody goes there: the first view fetches the frame and one page.
//!
//! Built by `cargo xtask` (feature `split`), the program is cut at the functions below; built otherwise, they are
//! called as they are. What several files need comes with the program itself.

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use leptos::prelude::*;

use crate::api::ApiError;
use crate::pages::{
    account, admins, audit, bans, dashboard, messages, policies, routers, sessions, settings, setup, sign_in,
    start, statistics, users,
};
use crate::palette;
use crate::parts::states;

/// A file of the program could not be fetched: the line is down, or the server has a newer program by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a part of the console could not be fetched")]
pub struct Missing;

#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for Missing {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

/// Makes a page.
type Make = fn() -> AnyView;

/// Functions that give pages, by the files that they come in.
macro_rules! files {
    ($($file:ident { $($name:ident => $Page:path),+ $(,)? })+) => {
        $($(
            #[cfg_attr(
                feature = "split",
                leptos::wasm_split::wasm_split($file, wasm_split_path = leptos::wasm_split, fallible)
            )]
            fn $name() -> Result<Make, Missing> {
                Ok(|| view! { <$Page /> }.into_any())
            }
        )+)+

        /// Views for the routes: each shows its page as soon as it is there.
        pub mod page {
            use super::*;
            $($(
                #[doc = concat!("The page `", stringify!($name), "`.")]
                #[must_use]
                pub fn $name() -> AnyView {
                    show(|| fetched(super::$name()))
                }
            )+)+
        }
    };
}

files! {
    // The two first views, and all the rest: every further file would make more small ones of what some of them share.
    door { sign_in => sign_in::SignIn, setup => setup::Setup }
    overview { dashboard => dashboard::Dashboard }
    // Says policies in words, by the rules' own texts, which need the whole of Fluent.
    policies { policies => policies::PoliciesPage, new_policy => policies::NewPolicy, policy => policies::PolicyPage }
    pages {
        finder => palette::Finder, messages => messages::MessagesPage, start => start::StartPage, sessions => sessions::SessionsPage,
        users => users::UsersPage, user => users::UserPage, routers => routers::RoutersPage,
        new_router => routers::NewRouter, router => routers::RouterPage, edit_router => routers::EditRouter,
        bans => bans::BansPage, statistics => statistics::StatisticsPage, audit => audit::AuditPage,
        settings => settings::SettingsPage, admins => admins::AdminsPage, account => account::AccountPage,
    }
}

/// How long after the first view the other pages are fetched ahead, so that going there takes no time.
#[cfg(feature = "split")]
const AHEAD: std::time::Duration = std::time::Duration::from_secs(2);

/// Fetches the other pages when the first view has settled.
pub fn fetch_ahead() {
    #[cfg(feature = "split")]
    set_timeout(
        || {
            leptos::task::spawn_local(async {
                // Not to be had now is no harm: whoever goes there asks again, and is told.
                let _ = sessions().await;
            });
        },
        AHEAD,
    );
}

/// Cut off, the function has become one that fetches its file first.
#[cfg(feature = "split")]
fn fetched(page: impl Future<Output = Result<Make, Missing>> + 'static) -> Fetched {
    page.boxed_local()
}

#[cfg(not(feature = "split"))]
fn fetched(page: Result<Make, Missing>) -> Fetched {
    std::future::ready(page).boxed_local()
}

type Fetched = LocalBoxFuture<'static, Result<Make, Missing>>;

/// How far a page is.
#[derive(Clone, Copy)]
enum Stage {
    Fetching,
    Here(Make),
    Missing,
}

fn show(fetch: fn() -> Fetched) -> AnyView {
    let stage = RwSignal::new(Stage::Fetching);
    let tried = StoredValue::new(false);
    let get = move || {
        stage.set(Stage::Fetching);
        leptos::task::spawn_local(async move {
            let outcome = fetch().await;
            // The viewer may have gone elsewhere by now; then nothing is made.
            let _ = stage.try_set(outcome.map_or(Stage::Missing, Stage::Here));
        });
    };
    // A newer server has other files: what is missing twice comes with a new start of the program.
    let again = move || {
        if tried.get_value() {
            drop(window().location().reload());
        } else {
            tried.set_value(true);
            get();
        }
    };
    get();
    (move || match stage.get() {
        Stage::Fetching => states::bones(6),
        Stage::Here(make) => untrack(make),
        Stage::Missing => states::failed(&ApiError::Network(Missing.to_string()), again),
    })
    .into_any()
}

//! The API of the console: GraphQL, a file a noun with its types, queries and mutations.
//!
//! Every request goes through [`Api`], which looks before anything is executed: whoever is not signed in gets
//! nothing but the way in, and what is nested too deep is not begun. Each field then has its guard, and the ops
//! behind it ask for the authority they need as a type. Errors are given their codes in one place ([`error`]).

mod accounts;
mod admins;
mod attention;
mod audit;
mod bans;
mod context;
mod doctor;
mod enums;
mod error;
mod gate;
mod guard;
mod loaders;
mod overview;
mod page;
mod policies;
mod preferences;
mod router_accounts;
mod routers;
mod rules;
mod scalars;
mod sessions;
mod settings;
mod setup;
mod sign_in;
mod subscriptions;
mod templates;
mod users;

pub use context::{FORBIDDEN, Goodbye, Line, REFRESH_COOKIE, Visit};
pub use gate::Api;

use crate::{app::App, ops::throttle::Throttle};
use async_graphql::{MergedObject, Schema};

/// How many fields a request may ask for, those within lists counted for each item that the list may have.
const MOST_COMPLEX: usize = 60_000;

/// How many directives one field may have: there are two.
const MOST_DIRECTIVES: usize = 4;

/// Everything that can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    overview::OverviewQuery,
    attention::AttentionQuery,
    sign_in::SignInQuery,
    admins::AdminQuery,
    users::UserQuery,
    sessions::SessionQuery,
    routers::RouterQuery,
    policies::PolicyQuery,
    bans::BanQuery,
    audit::AuditQuery,
    settings::SettingsQuery,
    templates::TemplatesQuery,
);

/// Everything that can be changed.
#[derive(MergedObject, Default)]
pub struct Mutation(
    sign_in::SignInMutation,
    admins::OwnMutation,
    users::UserMutation,
    accounts::AccountMutation,
    sessions::SessionMutation,
    routers::RouterMutation,
    router_accounts::RouterAccountMutation,
    setup::SetupMutation,
    doctor::DoctorMutation,
    policies::PolicyMutation,
    bans::BanMutation,
    attention::AttentionMutation,
    settings::SettingsMutation,
    templates::TemplatesMutation,
    admins::AdminMutation,
);

pub(crate) type AppSchema = Schema<Query, Mutation, subscriptions::Subscription>;

fn schema(app: Option<App>) -> AppSchema {
    let mut builder = Schema::build(Query::default(), Mutation::default(), subscriptions::Subscription)
        .limit_complexity(MOST_COMPLEX)
        .limit_directives(MOST_DIRECTIVES)
        .data(Throttle::default());
    if let Some(app) = app {
        builder = builder.data(loaders::Loaders::new(&app)).data(app);
    }
    builder.finish()
}

/// The schema in GraphQL's own language.
pub fn sdl() -> String {
    schema(None).sdl()
}

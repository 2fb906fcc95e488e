//! The console's API against a real server: over HTTP and WebSockets, on SQLite, and on PostgreSQL where
//! `TEST_POSTGRES_URL` names a server.

#[path = "api_console/accounts.rs"]
mod accounts;
#[path = "api_console/cast.rs"]
mod cast;
#[path = "api_console/contract.rs"]
mod contract;
#[path = "api_console/hooks.rs"]
mod hooks;
#[path = "api_console/limits.rs"]
mod limits;
#[path = "api_console/live.rs"]
mod live;
#[path = "api_console/loading.rs"]
mod loading;
#[path = "api_console/managed.rs"]
mod managed;
#[path = "api_console/people.rs"]
mod people;
#[path = "api_console/roles.rs"]
mod roles;
#[path = "api_console/sessions.rs"]
mod sessions;
#[path = "api_console/settings.rs"]
mod settings;
#[path = "api_console/setup.rs"]
mod setup;
#[path = "api_console/sign_in.rs"]
mod sign_in;
#[path = "api_console/what_if.rs"]
mod what_if;

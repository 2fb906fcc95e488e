//! The pages, a room a noun. `list`, `detail`, `form` are views; `model` is pure and tested natively.

pub mod account;
pub mod admins;
pub mod audit;
pub mod bans;
pub mod dashboard;
pub mod messages;
pub mod policies;
pub mod routers;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod start;
pub mod statistics;
pub mod users;

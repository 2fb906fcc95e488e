//! Routers: what they are, what is on them, what is wanted there.

pub mod account_acts;
pub mod account_dialogs;
pub mod accounts;
mod applying;
mod certificate;
pub mod detail;
pub mod doctor;
pub mod form;
mod input;
pub mod list;
pub mod model;
pub mod observing;
mod password;
pub mod setup;
pub mod tabs;

pub use detail::RouterPage;
pub use form::{EditRouter, NewRouter};
pub use list::RoutersPage;

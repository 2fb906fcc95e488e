//! People: registrations, linked accounts, bound rules.

pub mod accounts;
pub mod approve;
pub mod detail;
pub mod form;
pub mod list;
pub mod model;
pub mod sheet;

pub use detail::UserPage;
pub use list::UsersPage;

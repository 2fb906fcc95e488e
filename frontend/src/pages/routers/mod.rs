//! Routers: what they are, what is on them, what is wanted there.

mod certificate;
pub mod detail;
pub mod form;
pub mod list;
pub mod model;
pub mod setup;
pub mod tabs;

pub use detail::RouterPage;
pub use form::{EditRouter, NewRouter};
pub use list::RoutersPage;

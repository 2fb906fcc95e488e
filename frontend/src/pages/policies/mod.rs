//! Policies: how people get in, for how long, what they must answer.

pub mod form;
pub mod groups;
pub mod list;
pub mod model;
pub mod what_if;

pub use form::{NewPolicy, PolicyPage};
pub use list::PoliciesPage;

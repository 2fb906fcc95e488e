//! Sallyport, the server: the imperative shell around the rules of `sallyport_shared`.
//!
//! Everything that happens takes one path: the outside ([`bot`], [`graphql`], [`http`], [`work`]) turns what it
//! got into a call of [`ops`]; an op loads from the [`store`], asks the rules, and writes state, wishes for the
//! router, messages and audit in one transaction; after the commit the workers are woken and carry the wishes
//! out through the [`driver`], which reads back what it did. What comes back is again a call of `ops`.

pub mod app;
pub mod bot;
pub mod bus;
pub mod cli;
pub mod clock;
pub mod config;
pub mod countries;
pub mod driver;
pub mod graphql;
pub mod http;
pub mod ops;
mod picture;
pub mod store;
pub mod telemetry;
pub mod vault;
pub mod work;

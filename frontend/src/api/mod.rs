//! The only room that talks to the server.
//!
//! * [`ops`]: every operation of the console, checked at compile time against `schema.graphql`;
//! * [`types`]: what they answer, one shape a noun, whichever operation brought it;
//! * [`client`]: `POST /graphql`, the access token, its single-flight refresh;
//! * [`live`]: subscriptions over `graphql-transport-ws`, reconnecting and telling the pages to catch up;
//! * [`json`]: how answers are read;
//! * [`pages`]: lists that are wanted whole;
//! * [`error`]: what can go wrong, as a type.

pub mod client;
#[cfg(test)]
mod contract;
mod document;
pub mod error;
pub mod json;
pub mod live;
pub mod ops;
pub mod pages;
pub mod types;
pub mod wire;

pub use client::{Api, Auth, use_api};
pub use error::ApiError;
pub use live::{Live, LiveState, News, use_live};

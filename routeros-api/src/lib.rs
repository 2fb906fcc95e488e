//! A client of the RouterOS API (TCP 8728, TLS 8729).
//!
//! The crate has four layers, each usable without the ones above it:
//!
//! - [`codec`]: words and sentences, sans-IO, with memory bounds;
//! - [`proto`], [`value`], [`command`]: what the words mean. Values are *bytes*: RouterOS declares no character set;
//! - [`conn`]: one connection, many tagged commands at a time, each with a deadline; [`tls`] and [`supervisor`] beside it;
//! - [`menus`]: typed access to the menus, one small file each.
//!
//! Every error tells whether the command had been handed to the socket ([`Error::was_sent`]), because a write whose
//! outcome is unknown must be read back and never blindly repeated.
#![warn(missing_docs)]

pub mod codec;
pub mod command;
pub mod conn;
mod error;
pub mod menus;
pub mod proto;
mod redact;
pub mod supervisor;
pub mod tls;
pub mod value;

pub use command::{Class, Command, CommandError, Query};
pub use conn::{
    CloseReason, ConnectOptions, Connection, Credentials, Endpoint, Event, Listen, LoginMethod, Response,
    Security,
};
pub use error::{ConnectError, Error, LoginError, Remedy};
pub use proto::{Category, Kind, ProtocolError, Reply, Row, Trap};
pub use supervisor::{Backoff, Supervisor};
pub use tls::{Fingerprint, TlsError, TlsMode};
pub use value::{Decoded, Generation, Id, Text};

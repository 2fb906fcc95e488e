//! Typed identifiers: a session's id cannot be handed over where an account's is wanted.
//!
//! All are UUIDs (version 7, so that they sort by age), written in the usual hyphenated form. This crate
//! cannot make new ones, as it has neither clock nor randomness: the caller brings them in [`crate::session::Fresh`].

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A person who uses the VPN.
    UserId;
    /// The link between a person and a username on a router.
    AccountId;
    /// A time-limited right to be connected.
    SessionId;
    /// One tunnel of a session.
    ConnectionId;
    /// A MikroTik router.
    RouterId;
    /// A policy.
    PolicyId;
    /// Somebody who signs in to the console.
    AdminId;
}

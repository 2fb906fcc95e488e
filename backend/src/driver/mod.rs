//! What the plan wants, said to a router through `routeros-api`, and read back.
//!
//! Nothing here decides: [`carry`] makes one wish come true and proves it, [`repair`] does what a comparison of
//! tables asked for, [`look`] answers questions. Every write is preceded by a read (ids are reused) and followed
//! by one (an acknowledgement is not a proof).

pub(crate) mod accounts;
pub(crate) mod bans;
pub(crate) mod carry;
pub(crate) mod device;
pub(crate) mod doctor;
pub(crate) mod elsewhere;
mod fleet;
pub(crate) mod look;
pub(crate) mod prints;
pub(crate) mod radius;
pub(crate) mod repair;
pub(crate) mod setup;
pub(crate) mod traffic;
pub(crate) mod wire;

pub use accounts::{Place, Profile};
pub use fleet::{AccountRow, Fleet, RuleRow, SeenTunnel, TestReport};

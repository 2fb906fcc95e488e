//! What the plan wants, said to a router through `routeros-api`, and read back.

mod fleet;

pub use fleet::{AccountRow, Fleet, RuleRow, SeenTunnel, TestReport};

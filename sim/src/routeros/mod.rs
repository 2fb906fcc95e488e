//! A simulated MikroTik router: the RouterOS API with the menus that have to do with tunnels, accounts, the firewall
//! and the router itself, and everything that a real one does to its clients.
//!
//! It behaves as published measurements say that routers do: the tag follows the reply word, a `!trap` is followed by a
//! `!done`, from 7.18 an empty result is told by `!empty`, a removal reaches listeners as `.id` and `.dead` alone and
//! not at all under a query, ids of `/ppp/active` are reused, values are bytes. Where nobody has published a
//! measurement the code says *assumption*. Scripts (`on-up`, `/system/script`) are kept and never run, but for one line of
//! `on-down` that is known word for word.
//!
//! ```text
//! handle   RouterSim: tunnels, faults, hand edits, journal       control  the same over HTTP, with a page
//! server   sockets, TLS, connections ─▶ command  login, print, listen, add, … ─▶ world  tables, tunnels, sessions
//! menus    declarations ─▶ table  rows, keys ◀─ query  `?` words     value  kinds and forms of values
//! packet   the filter's verdict on a packet                      tree     the real command tree
//! ```
//!
//! It shares no code with the product's client, so that the two check one another.

mod builder;
mod clock;
mod codec;
mod command;
mod control;
mod fault;
mod handle;
mod journal;
mod menus;
mod packet;
mod query;
mod scenario;
mod server;
mod table;
mod trap;
mod tree;
mod value;
mod version;
mod world;

pub use self::{
    builder::{Builder, StartError, Tls},
    control::control,
    fault::{Fault, FaultKind},
    handle::{PopulateError, RouterSim, Row, State, WaitError},
    journal::{JournalEntry, Outcome},
    packet::{Packet, Verdict},
    scenario::{ApiUser, Dial, Scenario, ScenarioError},
    trap::Trap,
    version::{InvalidVersion, Version},
    world::{ConnectError, Tunnel},
};

//! Whole stories of routers over real sockets: the workers, the simulated routers and a simulated Telegram.

mod accounts;
#[path = "../cast/mod.rs"]
mod cast;
mod enforced;
mod faults;
mod observed;
mod rules;
mod steps;
mod stories;

//! Whole stories of routers over real sockets: the workers, the simulated routers and a simulated Telegram.

mod accounts;
mod address;
mod bans;
#[path = "../cast/mod.rs"]
mod cast;
mod counted;
mod devices;
mod edited;
mod elsewhere;
mod enforced;
mod faults;
mod held;
mod late;
mod login;
mod managed;
mod observed;
mod rules;
mod steps;
mod stories;
mod together;

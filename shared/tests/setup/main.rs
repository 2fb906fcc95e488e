//! The set-up: on random routers (applied it is clean, applied twice nothing happens, undone everything is as it was), and each
//! of its steps by itself.

mod access;
mod edited;
#[path = "../locales/mod.rs"]
mod locales;
mod lockout;
mod model;
mod older;
mod random;
mod scripts;
mod server;
mod telegram;
mod whole;

//! The simulated router, from outside: over its sockets, through its handle and through its control server.

mod control;
mod faults;
mod setup;
mod support;
mod tls;
mod tunnels;
mod wire;

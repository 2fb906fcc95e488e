//! The crate from outside, against a router that is written by hand for each story ([`fake`]), byte by byte and without
//! the crate's own codec.

mod calls;
mod codec;
mod fake;
mod hostile;
mod listen;
mod login;
mod menus;
mod supervisor;
mod tls;

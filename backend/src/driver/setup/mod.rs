//! The set-up of a router, said to it through `routeros-api`: everything that has to be known is read, single commands
//! are carried out. What has to be done is decided by `shared::router::setup`.

mod carry;
mod people;
mod read;

pub(crate) use carry::carry;
pub(crate) use read::{menu, read};

//! The Bot API as a bot meets it, spoken to over HTTP without the simulator's own types, so that the wire is what
//! is checked.

mod delivery;
mod methods;
mod people;
mod stage;
mod trouble;

//! The only place that knows SQL: what is kept, in SQLite or PostgreSQL, behind one method a question.
//!
//! [`Store`] is the database, [`Tx`] a unit of work: `begin`, ask and write, `commit`; dropped without a
//! commit it never was. One query text is type-checked against both databases: [`conn::Conn`] holds either
//! connection, and the macro `on!` writes the query out for both. Nothing here waits for anything but the
//! database, and nothing here knows the time: `now` is handed in.
//!
//! Each noun has its file, with its column types private to it; what comes out are the records of
//! [`records`] and the types of `sallyport_shared`.

mod account_changes;
mod accounts;
mod admins;
mod alerts;
mod attempts;
mod audit;
mod backup;
mod bans;
mod chats;
mod codes;
mod conn;
mod connections;
mod deliveries;
mod devices;
mod error;
mod ids;
mod listen;
mod lists;
mod open;
mod page;
mod policies;
mod recent;
pub mod records;
mod routers;
mod scenes;
mod schema;
mod sessions;
mod settings;
mod setup_changes;
mod sign_ins;
mod sql;
mod statistics;
pub mod testing;
mod text;
mod turned_away;
mod tx;
mod updates;
mod users;
mod wishes;

pub use audit::audit_hash;
pub use devices::FoundDevice;
pub use error::{Result, StoreError};
pub use listen::{CHANNEL, Listener};
pub use open::Store;
pub use records::*;
pub use tx::Tx;

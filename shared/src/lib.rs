//! The rules of Sallyport.
//!
//! A *sally port* is a gateway with two doors of which one opens at a time. The password opens the first
//! door of a VPN, the owner's tap in Telegram the second; between the two the router keeps the tunnel in
//! a box that leads nowhere. This crate says **when the second door opens and when it closes**, and
//! nothing else: it is pure. It knows no network, database, clock or randomness (it builds for a browser,
//! so it cannot), and every rule in it can be read and tested without them.
//!
//! Who is who: a [`person::Person`] owns [`person::Account`]s (names on a MikroTik router). A [`session::Session`]
//! is the time-limited right of one account to be connected; a [`session::Connection`] is one tunnel that
//! uses it. A [`policy::Policy`] says what a person must do to get in and for how long.
//!
//! Start reading at [`session::step`]: every happening (a tap, a tunnel, a due time, an administrator's
//! click) is an [`session::Event`], and `step` answers with the next state and the [`session::Effect`]s, or
//! with a [`session::Refusal`]. What the router should look like follows from the sessions:
//! [`router::plan`] compares it with what the router shows. Whether the router's own rules keep a tunnel in its box is
//! [`doctor::examine`]'s business. What people are told is a [`message::Message`],
//! and why something is as it is a [`reason::Reason`].

pub mod doctor;
pub mod firewall;
pub mod ids;
pub mod language;
pub mod message;
pub mod person;
pub mod policy;
pub mod reason;
pub mod router;
pub mod session;
pub mod text;
pub mod time;

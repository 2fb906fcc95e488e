//! The doctor on routers as they are found in the field: which rule lets the box out, and what to do about it.

mod accounts;
mod around;
mod bans;
mod bound;
mod facts;
mod guard;
#[path = "../locales/mod.rs"]
mod locales;
mod page;
mod readme;
mod rest;
mod telegram;
mod words;

//! Sallyport's console: a client-side Leptos app for administrators.
//!
//! * [`api`] is the only room that talks to the server: typed GraphQL operations, the access token, the live feed;
//! * [`parts`] are the components every page is put together from; they know no noun of the product;
//! * [`pages`] hold one folder a noun: `list`, `detail`, `form` are views, `model` is pure and tested natively;
//! * [`later`] has the pages that come in files of their own;
//! * [`i18n`] and [`time`] say things in the viewer's language and zone;
//! * [`palette`] finds and does things by Ctrl K; [`announce`] tells screen readers what happens.
//!
//! Nothing that opens or cuts is optimistic: a button is busy until the server has answered.

pub mod announce;
pub mod api;
pub mod app;
pub mod clock;
mod fluent;
pub mod i18n;
pub mod later;
pub mod pages;
pub mod palette;
pub mod parts;
pub mod prefs;
pub mod shell;
pub mod time;

/// Takes the painted shell away and puts the program in its place.
pub fn start() {
    leptos::mount::mount_to_body(app::App);
}

//! Typed access to the menus, one small file each.
//!
//! A menu is a struct for its rows that says, by [`FromRow`], which attributes it wants and how to read them, and
//! functions for its commands. Each print has a proplist, so that no secret is ever read and slow properties are spared.
//! Names and comments stay bytes ([`crate::Text`]). What may be read is read leniently: an attribute that older or newer
//! versions lack or write otherwise is `None`; only what the meaning of a row hangs on is required.

mod commands;
mod row;

pub mod certificate;
pub mod interface;
pub mod ip_address;
pub mod ip_firewall_address_list;
pub mod ip_firewall_connection;
pub mod ip_firewall_filter;
pub mod ip_service;
pub mod ipv6_settings;
pub mod items;
pub mod log;
pub mod ppp_aaa;
pub mod ppp_active;
pub mod ppp_client;
pub mod ppp_profile;
pub mod ppp_secret;
pub mod ppp_server;
pub mod system_clock;
pub mod system_device_mode;
pub mod system_identity;
pub mod system_resource;
pub mod user;
pub mod user_active;
pub mod user_group;
pub mod user_manager;
pub mod user_manager_profile;
pub mod user_manager_session;
pub mod user_manager_user;

pub use commands::{add, count, print, print_where, remove_all, set_disabled};
pub use row::{Changes, Fields, FromRow, RowEvent};

//! The menus, declared: which properties each has, of which kind, with which default and key.
//!
//! Field lists follow the manual and the exported command tree. What a menu does besides keeping rows is in `world/`.

mod extras;
mod firewall;
mod ppp;
mod system;
mod user_manager;

use bytes::Bytes;

use super::{
    clock::SECOND,
    table::{Menu, Moment, Row},
    value::{LocalTime, format_span},
};

/// All menus that the simulator serves.
pub(crate) fn all() -> impl Iterator<Item = &'static Menu> {
    [ppp::MENUS, user_manager::MENUS, firewall::MENUS, system::MENUS, extras::MENUS].into_iter().flatten()
}

/// How long the row has been there.
fn age(moment: &Moment, row: &Row) -> Option<Bytes> {
    Some(Bytes::from(format_span(moment.now.saturating_sub(row.since))))
}

/// How long a session went on, or has been going on.
fn lasted(moment: &Moment, row: &Row) -> Option<Bytes> {
    Some(Bytes::from(format_span(row.until.unwrap_or(moment.now).saturating_sub(row.since))))
}

/// How long the row still has; absent if it does not lapse.
fn remaining(moment: &Moment, row: &Row) -> Option<Bytes> {
    // Rounded up, so that a row that still exists never shows `0s` (assumption).
    Some(Bytes::from(format_span(row.until?.saturating_sub(moment.now) + SECOND - 1)))
}

/// When the row was made, as a date.
fn made(moment: &Moment, row: &Row) -> Option<Bytes> {
    Some(Bytes::from(LocalTime::at(row.since, moment.offset).stamp(moment.version)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::routeros::tree;

    #[test]
    fn every_menu_is_declared_once_and_can_be_printed() {
        let mut seen = BTreeSet::new();
        for menu in all() {
            assert!(seen.insert(menu.path), "{} is declared twice", menu.path);
            assert!(tree::arguments(menu.path, "print").is_some(), "{} has no print", menu.path);
            for name in menu.key {
                assert!(menu.fields.iter().any(|field| field.name == *name), "{}: key {name}", menu.path);
            }
        }
    }
}

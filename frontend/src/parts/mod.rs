//! The components that every page is put together from. They know no noun of the product but its states, which look
//! the same wherever they are shown.

pub mod act;
pub mod badge;
pub mod chart;
pub mod confirm;
pub mod countdown;
pub mod csv;
pub mod dialog;
pub mod field;
pub mod icon;
pub mod keys;
pub mod live_mark;
pub mod menu;
pub mod page;
pub mod pager;
pub mod query;
pub mod remote;
pub mod select;
pub mod states;
pub mod table;
pub mod timeline;
pub mod toast;

use std::sync::atomic::{AtomicUsize, Ordering};

/// An id for an element of this page: labels and dialogs point at it.
#[must_use]
pub fn unique(prefix: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

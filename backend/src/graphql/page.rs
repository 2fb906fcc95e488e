//! Relay-style paging: edges with cursors, whether there is more, and how many there are.

use crate::{
    ops::{OpError, OpResult},
    store::records::{Page, Slice},
};
use async_graphql::SimpleObject;

/// The most items of one page.
const LONGEST: i32 = 500;

/// Whether there is more.
#[derive(SimpleObject)]
#[graphql(guard = "super::guard::viewer")]
pub(super) struct PageInfo {
    /// There are more items after this page.
    has_next_page: bool,
    /// The cursor of the last item.
    end_cursor: Option<String>,
}

impl PageInfo {
    pub(super) fn of<T>(page: &Page<T>) -> Self {
        Self { has_next_page: page.has_next, end_cursor: page.end_cursor.clone() }
    }
}

/// Which part of a list is wanted; `most` counts if nothing is said.
pub(super) fn slice(first: Option<i32>, after: Option<String>, usual: usize) -> OpResult<Slice> {
    let first = match first {
        None => usual,
        Some(first) if (0..=LONGEST).contains(&first) => usize::try_from(first).unwrap_or(usual),
        Some(_) => return Err(OpError::invalid("first", format!("From 0 to {LONGEST}"))),
    };
    Ok(Slice { first, after })
}

/// How complex a list is: its items' fields, for each item that it may have.
pub(super) fn complexity(first: Option<i32>, usual: usize, child: usize) -> usize {
    let first = first.map_or(usual, |first| usize::try_from(first.clamp(0, LONGEST)).unwrap_or(usual));
    1 + first.saturating_mul(child)
}

/// The connection and edge types of a noun.
macro_rules! connection {
    ($connection:ident, $edge:ident, $node:ty, $record:ty, $make:expr) => {
        /// A part of a list.
        #[derive(async_graphql::SimpleObject)]
        #[graphql(guard = "crate::graphql::guard::viewer")]
        pub(in crate::graphql) struct $connection {
            /// The items.
            edges: Vec<$edge>,
            /// Whether there is more.
            page_info: $crate::graphql::page::PageInfo,
            /// How many there are on all pages together.
            total_count: i32,
        }

        /// An item of a list.
        #[derive(async_graphql::SimpleObject)]
        #[graphql(guard = "crate::graphql::guard::viewer")]
        pub(in crate::graphql) struct $edge {
            /// Where the list can be gone on with after this item.
            cursor: String,
            /// The item.
            node: $node,
        }

        impl From<$crate::store::records::Page<$record>> for $connection {
            fn from(page: $crate::store::records::Page<$record>) -> Self {
                let page_info = $crate::graphql::page::PageInfo::of(&page);
                let total_count = $crate::graphql::scalars::int(page.total);
                let edge = |(cursor, record): (String, $record)| $edge { cursor, node: $make(record) };
                Self { edges: page.items.into_iter().map(edge).collect(), page_info, total_count }
            }
        }
    };
}
pub(super) use connection;

//! What the server answers: one shape a noun, whichever operation brought it.
//!
//! graphql_client checks every operation against the contract and gives its variables a type; for the answers it would
//! make a type for each operation, and a row from the list could not be replaced by the same row from a subscription.
//! So the shapes are written here once, and a native test feeds each of them an answer made from the contract itself.

mod enums;
mod policy;
mod router;
mod session;
mod system;
mod user;

pub use enums::*;
pub use policy::*;
pub use router::*;
pub use session::*;
pub use system::*;
pub use user::*;

use super::json::{Read, Unreadable, field, shapes};

/// The answer of an operation with one root field, which every document aliases to `result`.
#[derive(Clone, Debug)]
pub struct Out<T> {
    /// What the root field answered.
    pub result: T,
}

impl<T: Read> Read for Out<T> {
    fn read(value: &serde_json::Value) -> Result<Self, Unreadable> {
        Ok(Self { result: field(value, "result", None)? })
    }
}

/// A page of a relay connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The rows, each with its cursor.
    pub edges: Vec<Edge<T>>,
    /// Whether there is more, and from where.
    pub page_info: PageInfo,
    /// Rows on all pages.
    pub total_count: i64,
}

impl<T: Read> Read for Page<T> {
    fn read(value: &serde_json::Value) -> Result<Self, Unreadable> {
        Ok(Self {
            edges: field(value, "edges", None)?,
            page_info: field(value, "page_info", None)?,
            total_count: field(value, "total_count", None)?,
        })
    }
}

impl<T: Clone> Page<T> {
    /// The rows alone.
    #[must_use]
    pub fn rows(&self) -> Vec<T> {
        self.edges.iter().map(|edge| edge.node.clone()).collect()
    }
}

/// A row of a [`Page`].
#[derive(Clone, Debug, PartialEq)]
pub struct Edge<T> {
    /// Where this row stands, opaque.
    pub cursor: String,
    /// The row.
    pub node: T,
}

impl<T: Read> Read for Edge<T> {
    fn read(value: &serde_json::Value) -> Result<Self, Unreadable> {
        Ok(Self { cursor: field(value, "cursor", None)?, node: field(value, "node", None)? })
    }
}

shapes! {
    /// Where a [`Page`] ends.
    #[derive(Clone, Debug, PartialEq)]
    pub struct PageInfo {
        /// Whether there are rows after this page.
        pub has_next_page: bool,
        /// What to give as `after` for the next page.
        pub end_cursor: Option<String>,
    }

    /// A thing that is only named here.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Named {
        /// Its id.
        pub id: String,
        /// Its name.
        pub name: String,
    }

    /// A person who is only named here.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Person {
        /// The user's id.
        pub id: String,
        /// The name that admins see.
        pub display_name: String,
    }

    /// Only the id of something.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct IdOnly {
        /// Its id.
        pub id: String,
    }
}

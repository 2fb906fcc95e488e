//! What the store keeps, as the rest of the server sees it: the shared domain types where there are any,
//! and plain records for the rest. Row structs with column types are private to the noun's file.

mod access;
mod console;
mod outbox;
mod people;
mod routers;

pub use access::{
    AccountScene, ConnectionRecord, DecisionRecord, LiveConnection, Loaded, SessionFilter, SessionOrder,
    SessionRecord, SessionSort, Statistics,
};
pub use console::{
    AdminRecord, AlertKind, AlertMatch, AlertRecord, AuditFilter, AuditRecord, NewAlert, NewAudit, Presented,
    Role, Rotation, SignInRecord,
};
pub use outbox::{AlertDelivery, DeliveryRecord, Obstacle, Urgency, WishRecord};
pub use people::{
    AccountRecord, InvitationRecord, OfflineCode, PolicyRecord, PolicyUse, UserFilter, UserOrder, UserRecord,
    UserSort,
};
pub use routers::{
    AccountChange, AccountVerb, BanRecord, ChangeState, DriftRecord, RouterMode, RouterRecord, RouterState,
    RouterStatus, SetupChange, SetupState, TlsMode, TurnedAway,
};

use serde::{Deserialize, Serialize};

/// Which end of a list comes first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Direction {
    /// Smallest first.
    #[default]
    Asc,
    /// Largest first.
    Desc,
}

/// Which part of a list is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slice {
    /// At most so many items.
    pub first: usize,
    /// Only what comes after the item with this cursor.
    pub after: Option<String>,
}

impl Slice {
    /// The first `first` items.
    pub fn first(first: usize) -> Self {
        Self { first, after: None }
    }
}

impl<T> Page<T> {
    /// Of a list without items.
    pub fn empty() -> Self {
        Self { items: Vec::new(), has_next: false, end_cursor: None, total: 0 }
    }
}

/// A part of a list, in its order.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items, each with the cursor by which a later call can go on after it.
    pub items: Vec<(String, T)>,
    /// There are more after the last of `items`.
    pub has_next: bool,
    /// The cursor of the last of `items`.
    pub end_cursor: Option<String>,
    /// How many there are on all pages together.
    pub total: i64,
}

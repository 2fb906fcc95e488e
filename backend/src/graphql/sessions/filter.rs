//! Which sessions are wanted, and in which order.

use crate::{
    graphql::{
        enums::{SessionSort, SessionState, SortDirection},
        scalars::{DateTime, parse_field},
    },
    ops::OpResult,
    store::records,
};
use async_graphql::{ID, InputObject};

/// Which sessions are wanted; everything that is given must hold.
#[derive(InputObject)]
pub(in crate::graphql) struct SessionFilter {
    state: Option<Vec<SessionState>>,
    /// Not over, or over.
    live: Option<bool>,
    user_id: Option<ID>,
    router_id: Option<ID>,
    /// Part of the person's name, the username, or of a caller's or tunnel's address.
    search: Option<String>,
    /// Begun at or after.
    from: Option<DateTime>,
    /// Begun before.
    to: Option<DateTime>,
}

impl SessionFilter {
    pub(super) fn parse(self) -> OpResult<records::SessionFilter> {
        Ok(records::SessionFilter {
            state: self.state.unwrap_or_default().into_iter().map(Into::into).collect(),
            live: self.live,
            user: self.user_id.map(|id| parse_field(&id, "userId")).transpose()?,
            account: None,
            router: self.router_id.map(|id| parse_field(&id, "routerId")).transpose()?,
            search: self.search.filter(|text| !text.trim().is_empty()),
            from: self.from.map(|time| time.0),
            to: self.to.map(|time| time.0),
        })
    }
}

/// An order of sessions.
#[derive(InputObject)]
pub(in crate::graphql) struct SessionOrder {
    by: SessionSort,
    #[graphql(default_with = "SortDirection::Asc")]
    direction: SortDirection,
}

impl From<SessionOrder> for records::SessionOrder {
    fn from(order: SessionOrder) -> Self {
        Self { by: order.by.into(), direction: order.direction.into() }
    }
}

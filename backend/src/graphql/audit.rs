//! The audit: who did what, to what, when, from where.

use super::{
    context::ContextExt,
    guard::viewer,
    page::{self, connection},
    scalars::DateTime,
};
use crate::{
    ops::OpResult as Result,
    store::records::{self, AuditRecord},
};
use async_graphql::{Context, ID, InputObject, Object};

/// Something that was done. Rows are chained by their hashes, so that none can be changed unnoticed.
pub(super) struct AuditEvent(pub(super) AuditRecord);

#[Object(guard = "viewer")]
impl AuditEvent {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn at(&self) -> DateTime {
        self.0.at.into()
    }

    /// Who did it.
    async fn actor(&self) -> &str {
        &self.0.event.actor
    }

    /// What was done: `user.approve`…
    async fn action(&self) -> &str {
        &self.0.event.action
    }

    /// To what: `user:ID`…
    async fn subject(&self) -> &str {
        &self.0.event.subject
    }

    /// Before and after, or the reason.
    async fn detail(&self) -> Option<&str> {
        self.0.event.detail.as_deref()
    }

    /// From where.
    async fn address(&self) -> Option<&str> {
        self.0.event.address.as_deref()
    }

    /// SHA-256 over the hash of the row before and everything in this one.
    async fn hash(&self) -> &str {
        &self.0.hash
    }
}

connection!(AuditEventConnection, AuditEventEdge, AuditEvent, AuditRecord, AuditEvent);

/// Which rows are wanted; everything that is given must hold.
#[derive(InputObject)]
struct AuditFilter {
    actor: Option<String>,
    /// Exactly this, or, ending in `.`, every one that begins so.
    action: Option<String>,
    subject: Option<String>,
    from: Option<DateTime>,
    to: Option<DateTime>,
    /// Part of any of the texts.
    search: Option<String>,
}

impl From<AuditFilter> for records::AuditFilter {
    fn from(filter: AuditFilter) -> Self {
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        Self {
            actor: given(filter.actor),
            action: given(filter.action),
            subject: given(filter.subject),
            from: filter.from.map(|time| time.0),
            to: filter.to.map(|time| time.0),
            search: given(filter.search),
        }
    }
}

#[derive(Default)]
pub(super) struct AuditQuery;

#[Object]
impl AuditQuery {
    /// The audit, the newest first.
    #[graphql(guard = "viewer", complexity = "page::complexity(first, 50, child_complexity)")]
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        filter: Option<AuditFilter>,
        #[graphql(default = 50)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<AuditEventConnection> {
        let filter = filter.map(Into::into).unwrap_or_default();
        let slice = page::slice(first, after, 50)?;
        Ok(ctx.app()?.store.read().await?.audit_page(&filter, &slice).await?.into())
    }
}

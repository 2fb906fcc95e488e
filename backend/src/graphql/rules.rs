//! Firewall rules of routers that can be bound to accounts: those whose comment contains `2FA`.

use super::{
    accounts::Account,
    guard::viewer,
    loaders::{RulesOn, load},
    scalars::int,
};
use crate::{driver::RuleRow, ops::OpResult as Result, store::records::AccountRecord};
use async_graphql::{Context, ID, Object};
use sallyport_shared::{ids::RouterId, router::BoundRule, text::readable};
use std::sync::Arc;

/// A firewall rule on a router.
pub(super) struct FirewallRule {
    router: RouterId,
    rule_id: String,
    comment: String,
    /// As the router shows it now; none: it cannot be asked, or shows no such rule.
    row: Option<RuleRow>,
    bound_to: Option<Arc<AccountRecord>>,
}

impl FirewallRule {
    /// A rule as the router shows it.
    pub(super) fn shown(router: RouterId, row: RuleRow, bound_to: Option<AccountRecord>) -> Self {
        Self {
            router,
            rule_id: row.rule_id.clone(),
            comment: row.comment.clone(),
            row: Some(row),
            bound_to: bound_to.map(Arc::new),
        }
    }

    /// The rule that is bound to an account.
    pub(super) async fn bound(
        ctx: &Context<'_>,
        router: RouterId,
        bound: &BoundRule,
        account: &Arc<AccountRecord>,
    ) -> Result<Self> {
        let rows = load(ctx, RulesOn(router)).await?.unwrap_or_default();
        let row = rows
            .iter()
            .find(|row| row.rule_id == bound.rule_id && row.comment_bytes == bound.comment)
            .cloned();
        let comment =
            row.as_ref().map_or_else(|| readable(&bound.comment).into_owned(), |row| row.comment.clone());
        Ok(Self { router, rule_id: bound.rule_id.clone(), comment, row, bound_to: Some(account.clone()) })
    }
}

#[Object(guard = "viewer")]
impl FirewallRule {
    async fn id(&self) -> ID {
        ID(format!("{}:{}", self.router, self.rule_id))
    }

    async fn router_id(&self) -> ID {
        self.router.into()
    }

    /// The router's `.id`.
    async fn rule_id(&self) -> &str {
        &self.rule_id
    }

    async fn comment(&self) -> &str {
        &self.comment
    }

    /// Empty while the router cannot be asked.
    async fn chain(&self) -> &str {
        self.row.as_ref().map_or("", |row| &row.chain)
    }

    /// Empty while the router cannot be asked.
    async fn action(&self) -> &str {
        self.row.as_ref().map_or("", |row| &row.action)
    }

    async fn enabled(&self) -> bool {
        self.row.as_ref().is_some_and(|row| row.enabled)
    }

    /// Its place in the table, from 0; -1 while the router cannot be asked.
    async fn position(&self) -> i32 {
        self.row.as_ref().map_or(-1, |row| int(row.position))
    }

    /// The account that it is bound to.
    async fn bound_to(&self) -> Option<Account> {
        self.bound_to.clone().map(Account)
    }
}

//! The comparison of a router's tables with what should be, at each look, and the repair of what nobody asked for.
//!
//! The tunnels and the address lists are read at each look, rules and accounts in turn: with three commands what
//! somebody changed by hand is found within two looks, however many tunnels there are.

use super::{Trouble, Voyage};
use crate::{
    driver::repair::{self, Lists},
    ops::{OpError, drifts, wishes::Hindrance},
    store::records::RouterMode,
};
use sallyport_shared::{
    router::{Actual, Change, Desired, ban_entry, held_twice, is_ipv6, plan},
    session::{Tunnel, Wish},
    time::{Seconds, Timestamp},
};
use std::collections::HashSet;

/// Which of the tables that hardly ever change are read at a look.
#[derive(Clone, Copy)]
struct Turn {
    rules: bool,
    accounts: bool,
}

impl Turn {
    /// Only what there is something to compare with, and one of both at a time; both at the first look.
    fn of(looks: u32, first: bool, desired: &Desired) -> Self {
        let (rules, accounts) = (!desired.rules.is_empty(), !desired.accounts.is_empty());
        let rules_first = looks.is_multiple_of(2);
        Self {
            rules: rules && (first || !accounts || rules_first),
            accounts: accounts && (first || !rules || !rules_first),
        }
    }
}

impl Voyage<'_> {
    /// Compares and repairs what nobody asked for.
    pub(super) async fn compare(
        &mut self,
        tunnels: Vec<Tunnel>,
        now: Timestamp,
        first: bool,
    ) -> Result<(), Trouble> {
        self.refresh_desired().await?;
        let turn = Turn::of(self.looks, first, &self.desired);
        self.looks = self.looks.wrapping_add(1);
        let bans = self.bans_in_force(now);
        let lists =
            repair::lists(&self.wire, self.router, bans.iter().any(|(target, _)| is_ipv6(target))).await?;
        let open = lists.allow.iter().filter(|entry| !entry.disabled).map(|entry| entry.comment.clone());
        self.app.fleet.saw_doors(self.router.id, now, open.collect());
        let (desired, actual) = self.tables(turn, tunnels, &lists, bans).await?;
        let (drifts, renewal) = plan(&desired, &actual, renew_below(self.router.allow_seconds));
        let may_write = (renewal.is_some() || !drifts.is_empty()) && self.may_write().await?;
        if let Some(renewal) = renewal.filter(|_| may_write) {
            self.mend(&renewal, &lists, &desired, &actual).await?;
        }
        for drift in drifts {
            let mended = match &drift.change {
                Some(change) if may_write => self.mend(change, &lists, &desired, &actual).await?,
                _ => false,
            };
            if mended {
                drifts::mended(self.app, self.router, &drift.what).await?;
            } else {
                self.unmended.found(self.app, self.router, &drift.what).await?;
            }
        }
        if turn.accounts || self.desired.accounts.is_empty() {
            self.unmended.looked_through(self.app, self.router).await?;
        }
        Ok(())
    }

    /// What should be and what is, as far as it is this look's turn.
    async fn tables(
        &self,
        turn: Turn,
        tunnels: Vec<Tunnel>,
        lists: &Lists,
        bans: Vec<(String, Seconds)>,
    ) -> Result<(Desired, Actual), Trouble> {
        let mut desired = Desired { allowed: self.desired.allowed.clone(), bans, ..Desired::default() };
        let mut actual = Actual {
            tunnels,
            allow: lists.allow.clone(),
            banned: lists.banned.clone(),
            given: self.given.clone(),
            ..Actual::default()
        };
        if turn.rules {
            desired.rules.clone_from(&self.desired.rules);
            actual.rules = repair::rules(&self.wire).await?;
        }
        if turn.accounts {
            desired.accounts.clone_from(&self.desired.accounts);
            actual.accounts = repair::accounts(&self.wire, self.make.edition).await?;
        }
        // What is still wished for is not yet as it should be, and that is no drift.
        for wish in self.app.store.read().await?.pending_wishes(self.router.id).await? {
            leave_out(&mut desired, &wish);
        }
        Ok((desired, actual))
    }

    /// What is to be on the ban lists.
    fn bans_in_force(&self, now: Timestamp) -> Vec<(String, Seconds)> {
        let left = |until: Option<Timestamp>| until.map_or(Seconds(u32::MAX), |until| until.since(now));
        self.bans
            .iter()
            .filter(|ban| ban.until.is_none_or(|until| until > now))
            .filter_map(|ban| Some((ban_entry(&ban.address)?, left(ban.until))))
            .collect()
    }

    /// Asked anew before a repair: that the router is only watched from now on reaches the worker a moment later.
    async fn may_write(&self) -> Result<bool, Trouble> {
        if self.router.mode != RouterMode::Enforce {
            return Ok(false);
        }
        Ok(self.app.store.read().await?.is_enforced(self.router.id).await?)
    }

    /// Does one repair; a refusal of the router is reported, the loss of the connection ends the voyage.
    async fn mend(
        &self,
        change: &Change,
        lists: &Lists,
        desired: &Desired,
        actual: &Actual,
    ) -> Result<bool, Trouble> {
        let inside: HashSet<&str> =
            desired.allowed.iter().filter_map(|allowed| allowed.tunnel.address.as_deref()).collect();
        let shared = held_twice(&actual.tunnels);
        let keeps = |address: &str| inside.contains(address) && !shared.contains(address);
        match repair::repair(&self.wire, self.router, self.make, change, &lists.ids, keeps).await {
            Ok(()) => Ok(true),
            Err(Hindrance::Refused(why)) => {
                tracing::warn!(router = %self.router.name, %why, "a repair did not work");
                Ok(false)
            }
            // What became of it shows when the router is back.
            Err(Hindrance::Unreachable(message)) => Err(OpError::RouterUnreachable { message }.into()),
        }
    }
}

/// An entry whose time left is below this is renewed: after a third of its time, so that two more looks may fail.
fn renew_below(allow: Seconds) -> u32 {
    allow.0 - allow.0 / 3 + 1
}

/// Takes what a wish is about out of the comparison.
fn leave_out(desired: &mut Desired, wish: &Wish) {
    match wish {
        Wish::Account { username, .. } => desired.accounts.retain(|(name, _)| name != username),
        Wish::Open { account, .. } | Wish::Close { account, .. } => {
            desired.rules.retain(|rule| rule.account != *account);
        }
        Wish::RuleOff { rule_id, .. } => desired.rules.retain(|rule| rule.rule_id != *rule_id),
        Wish::Ban { address, .. } | Wish::Unban { address } => {
            desired.bans.retain(|(banned, _)| banned != address);
        }
        Wish::Cut { .. } | Wish::CutElsewhere { .. } => {}
    }
}

//! The comparison of a router's tables with what should be, at each look, and the repair of what nobody asked for.
//!
//! The tunnels and the address lists are read at each look, rules and accounts in turn: with three commands (a fourth at
//! every fourth look where the router has IPv6) what somebody changed by hand is found within two looks, and a rule of IPv6,
//! to which nothing is bound, within four, however many tunnels there are.

use super::{Trouble, Voyage};
use crate::{
    driver::{repair, setup},
    ops::{OpError, doctor, drifts, wishes::Hindrance},
    store::records::RouterMode,
};
use sallyport_shared::{
    router::{Actual, Change, Desired, Rule, ban_entry, held_twice, is_ipv6, plan, setup::Menu},
    session::{Tunnel, Wish},
    time::{Seconds, Timestamp},
};
use std::{borrow::Cow, collections::HashSet, sync::Arc};

/// Which of the tables that hardly ever change are read at a look.
#[derive(Clone, Copy)]
struct Turn {
    rules: bool,
    rules6: bool,
    accounts: bool,
}

impl Turn {
    /// One of both at a time, the accounts where there is something to compare with; both at the first look. The rules of
    /// IPv6, to which nothing is bound, at every other turn of the rules.
    fn of(looks: u32, first: bool, desired: &Desired) -> Self {
        let accounts = !desired.accounts.is_empty();
        let of_rules = looks.is_multiple_of(2);
        Self {
            rules: first || !accounts || of_rules,
            rules6: first || looks.is_multiple_of(4),
            accounts: accounts && (first || !of_rules),
        }
    }
}

impl Voyage<'_> {
    /// Compares and repairs what nobody asked for.
    pub(super) async fn compare(
        &mut self,
        tunnels: Vec<Arc<Tunnel>>,
        now: Timestamp,
        first: bool,
    ) -> Result<(), Trouble> {
        self.refresh_desired().await?;
        let turn = Turn::of(self.looks, first, &self.desired);
        self.looks = self.looks.wrapping_add(1);
        self.desired.bans = self.bans_in_force(now);
        let actual = self.tables(turn, tunnels).await?;
        let put_right = self.put_right(turn, &actual).await;
        self.app.fleet.saw_doors(self.router.id, now, actual.allow);
        put_right
    }

    /// What is, as far as it is this look's turn.
    async fn tables(&mut self, turn: Turn, tunnels: Vec<Arc<Tunnel>>) -> Result<Actual, Trouble> {
        let with_ipv6 = self.desired.bans.iter().any(|(target, _)| is_ipv6(target));
        let lists = repair::lists(&self.wire, self.router, with_ipv6).await?;
        let mut actual = Actual {
            tunnels,
            allow: lists.allow,
            banned: lists.banned,
            given: self.given.clone(),
            ..Actual::default()
        };
        if turn.accounts {
            actual.accounts = Some(repair::accounts(&self.wire, self.make.edition).await?);
        }
        if turn.rules {
            actual.rules = Some(self.look_at_rules(turn.rules6).await?);
        }
        Ok(actual)
    }

    /// Repairs what is not as it should be, and tells what cannot be repaired.
    async fn put_right(&mut self, turn: Turn, actual: &Actual) -> Result<(), Trouble> {
        let pending = self.app.store.read().await?.pending_wishes(self.router.id).await?;
        let (drifts, renewal) =
            plan(&without(&self.desired, &pending), actual, renew_below(self.router.allow_seconds));
        let may_write = (renewal.is_some() || !drifts.is_empty()) && self.may_write().await?;
        if let Some(renewal) = renewal.filter(|_| may_write) {
            self.mend(&renewal, actual).await?;
        }
        for drift in drifts {
            let mended = match &drift.change {
                Some(change) if may_write => self.mend(change, actual).await?,
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

    /// Reads the filter, and has the doctor come if anything of it is not as it was: whoever edits the box by hand hears of it
    /// at once, and not with the doctor's next round.
    async fn look_at_rules(&mut self, with_ipv6: bool) -> Result<Vec<Rule>, Trouble> {
        let filter = setup::menu(&self.wire, Menu::Filter).await?.unwrap_or_default();
        let filter6 = if with_ipv6 { setup::menu(&self.wire, Menu::Filter6).await? } else { None };
        let bound: HashSet<&str> = self.desired.rules.iter().map(|rule| rule.rule_id.as_str()).collect();
        let prints = [(0, Some(&filter)), (1, filter6.as_ref())];
        let mut edited = false;
        for (which, rules) in prints {
            let Some((known, rules)) = self.prints.get_mut(which).zip(rules) else { continue };
            let now = repair::print_of(rules, &bound);
            edited |= known.replace(now).is_some_and(|before| before != now);
        }
        if edited {
            doctor::ring(self.app, self.router.id);
        }
        Ok(repair::rules(&filter))
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
    async fn mend(&self, change: &Change, actual: &Actual) -> Result<bool, Trouble> {
        let allowed = self.desired.allowed.iter();
        let inside: HashSet<&str> = allowed.filter_map(|one| one.tunnel.address.as_deref()).collect();
        let shared = held_twice(actual.tunnels.iter().map(AsRef::as_ref));
        let keeps = |address: &str| inside.contains(address) && !shared.contains(address);
        match repair::repair(&self.wire, self.router, self.make, change, keeps).await {
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

/// What should be, without what is still wished for: that is not yet as it should be, and that is no drift.
fn without<'a>(desired: &'a Desired, pending: &[Wish]) -> Cow<'a, Desired> {
    let mut desired = Cow::Borrowed(desired);
    for wish in pending {
        leave_out(desired.to_mut(), wish);
    }
    desired
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

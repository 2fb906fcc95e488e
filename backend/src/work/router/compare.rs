//! The comparison of a router's tables with what should be, at each look, and the repair of what nobody asked for.
//!
//! The tunnels and the lists of who is let through and banned are read at each look, the filter and the accounts in turn, and
//! besides what else can open the box by somebody's hand: with four commands a look (five at every fourth), however many
//! tunnels there are. Within so many looks a change is found, if the doctor's own round does not come before:
//!
//! | what | looks |
//! |---|---|
//! | tunnels, the allow list, the ban list | 1 |
//! | the filter and the raw table of IPv4, accounts | 2 |
//! | the filter and the raw table of IPv6 | 4 |
//! | interface lists, other address lists, profiles, mangle, NAT, strict sources ([`OTHERS`]) | 48 |
//!
//! Of these only the filter's bound rules, accounts and lists are put right here. For everything else a print is kept; when
//! it is another one, the doctor is called, who reads it all and tells what came of it.

use super::{Trouble, Voyage};
use crate::{
    driver::{
        prints::{FILTER6, OTHERS, RAW, RAW6, Watched},
        repair, setup,
    },
    ops::{OpError, doctor, drifts, wishes::Hindrance},
    store::records::RouterMode,
};
use sallyport_shared::{
    router::{Actual, Change, Desired, ban_entry, held_twice, is_ipv6, plan, setup::Menu},
    session::{Tunnel, Wish},
    time::{Seconds, Timestamp},
};
use std::{borrow::Cow, collections::HashSet, sync::Arc};

/// What of that which hardly ever changes is read at a look.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Turn {
    rules: bool,
    accounts: bool,
    /// What besides may have been changed by hand.
    watched: Vec<Watched>,
}

impl Turn {
    /// Rules and accounts in turn, the accounts where there is something to compare with; and what is only watched so often
    /// that a look takes one command more for it on average, and two at most. All of it at the first look, for a change is
    /// found by what was there before.
    fn of(looks: u32, first: bool, has_accounts: bool) -> Self {
        let of_rules = looks.is_multiple_of(2);
        Self {
            rules: first || !has_accounts || of_rules,
            accounts: has_accounts && (first || !of_rules),
            watched: if first { watched_first() } else { watched_at(looks) },
        }
    }
}

fn watched_first() -> Vec<Watched> {
    [RAW, FILTER6, RAW6].into_iter().chain(OTHERS).collect()
}

fn watched_at(looks: u32) -> Vec<Watched> {
    match looks % 4 {
        0 => vec![FILTER6],
        2 => vec![RAW6],
        1 => {
            let round = usize::try_from(looks / 4).unwrap_or_default();
            vec![RAW, OTHERS[round % OTHERS.len()]]
        }
        _ => vec![RAW],
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
        let turn = Turn::of(self.looks, first, !self.desired.accounts.is_empty());
        self.looks = self.looks.wrapping_add(1);
        self.desired.bans = self.bans_in_force(now);
        let actual = self.tables(&turn, tunnels).await?;
        let put_right = self.put_right(&turn, &actual).await;
        self.app.fleet.saw_doors(self.router.id, now, actual.allow);
        put_right?;
        // Last, so that nothing that is put right waits for it.
        self.watch_over(&turn, first).await
    }

    /// What is, as far as it is this look's turn.
    async fn tables(&mut self, turn: &Turn, tunnels: Vec<Arc<Tunnel>>) -> Result<Actual, Trouble> {
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
            let filter = setup::menu(&self.wire, Menu::Filter).await?.unwrap_or_default();
            let bound = self.desired.rules.iter().map(|rule| rule.rule_id.as_str()).collect();
            if self.prints.filter(&filter, &bound) {
                doctor::ring(self.app, self.router.id);
            }
            actual.rules = Some(repair::rules(&filter));
        }
        Ok(actual)
    }

    /// Has the doctor come if anything that this look watches is not as it was: whoever edits the box by hand hears of it
    /// at once, and not with the doctor's next round. After the first look as well: what was changed between the visit on
    /// arrival and the first prints is not seen by them.
    async fn watch_over(&mut self, turn: &Turn, first: bool) -> Result<(), Trouble> {
        let mut edited = first;
        for what in &turn.watched {
            edited |= self.prints.look_at(&self.wire, *what).await?;
        }
        if edited {
            doctor::ring(self.app, self.router.id);
        }
        Ok(())
    }

    /// Repairs what is not as it should be, and tells what cannot be repaired.
    async fn put_right(&mut self, turn: &Turn, actual: &Actual) -> Result<(), Trouble> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Both rounds, that of the four looks and that of everything else, come to their ends.
    const ROUND: u32 = 48;

    fn turns(has_accounts: bool) -> Vec<Turn> {
        // The first of a connection is like no other.
        (1..=2 * ROUND).map(|looks| Turn::of(looks, false, has_accounts)).collect()
    }

    /// Within how many looks something is read, whenever it was changed.
    fn within(turns: &[Turn], is_read: impl Fn(&Turn) -> bool) -> Option<usize> {
        let found = |from: usize| turns[from..].iter().position(&is_read).map(|at| at + 1);
        (0..turns.len() / 2).map(found).collect::<Option<Vec<_>>>()?.into_iter().max()
    }

    #[test]
    fn what_is_changed_by_hand_is_found_within_as_many_looks_as_said() {
        for has_accounts in [false, true] {
            let turns = turns(has_accounts);
            let watched = |what: Watched| within(&turns, |turn| turn.watched.contains(&what));
            assert_eq!(within(&turns, |turn| turn.rules), Some(if has_accounts { 2 } else { 1 }));
            assert_eq!(within(&turns, |turn| turn.accounts), has_accounts.then_some(2));
            assert_eq!(watched(RAW), Some(2));
            assert_eq!([FILTER6, RAW6].map(watched), [Some(4); 2]);
            for what in OTHERS {
                assert_eq!(watched(what), Some(48), "{what:?}");
            }
            let first = Turn::of(0, true, has_accounts);
            assert!(first.rules && first.accounts == has_accounts);
            for what in turns.iter().flat_map(|turn| &turn.watched) {
                assert!(first.watched.contains(what), "there is nothing to compare {what:?} with");
            }
        }
    }

    #[test]
    fn what_is_only_watched_takes_a_command_and_a_quarter_a_look() {
        let turns = turns(true);
        let watched: usize = turns.iter().map(|turn| turn.watched.len()).sum();
        // A quarter was there before: the filter of IPv6.
        assert_eq!(4 * watched, 5 * turns.len());
        let most = turns
            .iter()
            .map(|turn| 2 + usize::from(turn.rules) + usize::from(turn.accounts) + turn.watched.len());
        assert_eq!(most.collect::<BTreeSet<_>>(), BTreeSet::from([4, 5]));
    }
}

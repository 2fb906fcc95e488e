//! The comparison that the server makes at each look, by the product's own `plan`, and what it makes of the router.

use super::{BY_HAND, Up, World};
use crate::{
    book::{Book, Facts, Front},
    side::{CALLERS, Line, address},
};
use sallyport_shared::{
    ids::{AccountId, ConnectionId},
    policy::{AccessMode, Policy},
    router::{Actual, Allowed, BoundRule, Change, Desired, Entry, Rule, allow_comment, plan},
    session::{SessionState, Tunnel},
};
use std::sync::Arc;
use uuid::Uuid;

impl World {
    /// What the comparison at each look makes of the router: the product's own `plan` says what is to be changed.
    pub(super) fn compared_with(&self, book: &Book) -> Result<Self, String> {
        let mut next = *self;
        if self.observe {
            return Ok(next);
        }
        (next.compared, next.restarted) = (true, false);
        for caller in 0..CALLERS.len() {
            next.banned[caller] |= self.bans[caller] > self.now;
        }
        let (desired, actual) = (self.desired(book), self.actual(book));
        let (drifts, _) = plan(&desired, &actual, 0);
        for drift in drifts {
            match drift.change {
                Some(Change::Remove(entry)) => next.allow[entry.id.parse::<usize>().unwrap()] = None,
                Some(Change::Allow(allowed)) => {
                    let up = self.up().find(|up| tunnel(*up).is_same(&allowed.tunnel));
                    let up = up.ok_or("the comparison opens for a tunnel that is not there")?;
                    next.allow[usize::from(up.line.address)] = Some((up.side, up.line.serial));
                }
                Some(Change::SwitchAccount { username, enabled }) => {
                    next.enabled[usize::from(username == NAMES[1])] = enabled;
                }
                Some(Change::SwitchRule { rule_id, enabled, .. }) => {
                    next.rules[usize::from(rule_id == RULES[1])] = enabled;
                }
                other => return Err(format!("the comparison wants {other:?}")),
            }
        }
        Ok(next)
    }

    fn desired(&self, book: &Book) -> Desired {
        let policy = &book.rules.policies[usize::from(self.policy)];
        let mut desired = Desired::default();
        let mut waits = false;
        for (side, name) in NAMES.iter().enumerate().take(usize::from(book.rules.accounts)) {
            let facts = book.facts(self.sides[side]);
            waits |= facts.front != Front::Nothing;
            if book.rules.bound && !facts.switches {
                let account = AccountId(Uuid::from_u128(side as u128));
                desired.rules.push(BoundRule {
                    account,
                    rule_id: RULES[side].to_owned(),
                    comment: (*name).into(),
                });
            }
            desired.accounts.extend(should_be(policy, facts).map(|enabled| ((*name).to_owned(), enabled)));
            for up in
                self.up().filter(|up| usize::from(up.side) == side && facts.inside & 1 << up.line.serial != 0)
            {
                desired.allowed.push(Allowed {
                    connection: ConnectionId(Uuid::nil()),
                    account: AccountId(Uuid::from_u128(side as u128)),
                    tunnel: tunnel(up),
                    opened: facts.opened & 1 << up.line.serial != 0,
                });
            }
        }
        if waits {
            desired.accounts.clear();
        }
        desired
    }

    fn actual(&self, book: &Book) -> Actual {
        let entry = |(number, owner): (usize, &Option<(u8, u8)>)| {
            let (side, serial) = (*owner)?;
            let comment = match serial {
                BY_HAND => b"by hand".to_vec(),
                _ => {
                    let first = self.first[usize::from(side)];
                    let line = Line { serial, first, caller: 0, address: 0 };
                    allow_comment(&tunnel(Up { side, line })).into_bytes()
                }
            };
            let address = address(u8::try_from(number).unwrap());
            Some(Entry { id: number.to_string(), address, comment, timeout: Some(60), disabled: false })
        };
        let rule = |side: usize| Rule {
            id: RULES[side].to_owned(),
            comment: NAMES[side].into(),
            enabled: self.rules[side],
        };
        let sides = || 0..usize::from(book.rules.accounts);
        Actual {
            rules: Some(sides().filter(|_| book.rules.bound).map(rule).collect()),
            tunnels: self.up().map(|up| Arc::new(tunnel(up))).collect(),
            allow: self.allow.iter().enumerate().filter_map(entry).collect(),
            accounts: Some(sides().map(|side| (NAMES[side].to_owned(), self.enabled[side])).collect()),
            ..Actual::default()
        }
    }
}

/// The accounts' names on the router.
const NAMES: [&str; 2] = ["anna", "boris"];
/// The router's ids of the rules that are bound to them.
const RULES: [&str; 2] = ["*1", "*2"];

/// A tunnel as the router shows it to the comparison, which sees both accounts.
fn tunnel(up: Up) -> Tunnel {
    Tunnel {
        username: NAMES[usize::from(up.side)].to_owned(),
        router_session_id: format!("0x{}{}", up.side, up.line.serial.saturating_sub(up.line.first)),
        ..up.line.tunnel()
    }
}

/// Should the account be enabled? None: that is not for the product to say.
pub(super) fn should_be(policy: &Policy, facts: &Facts) -> Option<bool> {
    use SessionState::{Active, Confirming, Granted};
    if facts.suspended || facts.blocked {
        return Some(false);
    }
    let granted = matches!(facts.state, Some(Granted | Confirming | Active));
    match policy.access_mode {
        AccessMode::Always => Some(true),
        AccessMode::OnRequest if policy.disable_account_at_end => Some(granted),
        AccessMode::OnRequest => granted.then_some(true),
    }
}

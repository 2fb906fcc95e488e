//! What must hold of the world: in every state, and where nothing is left to be done.

use super::{Up, World, compare::should_be};
use crate::{
    book::Book,
    side::{CALLERS, address},
};

impl World {
    /// What must hold in every state.
    pub(crate) fn check(&self, book: &Book) -> Result<(), String> {
        let policy_keeps = book.rules.observes;
        for up in self.up() {
            let facts = book.facts(self.sides[usize::from(up.side)]);
            let bit = 1_u16 << up.line.serial;
            let is = |set: u16| set & bit != 0;
            let inside = match self.allow[usize::from(up.line.address)] {
                None => false,
                Some(owner) if owner == (up.side, up.line.serial) => true,
                // A stale entry whose address was just given out again, or one made by hand: the next look takes it away.
                Some(_) if self.compared => {
                    return Err(format!("invariant 1: {up:?} rides on an entry that is not its own"));
                }
                Some(_) => false,
            };
            if inside && !is(facts.confirmed) {
                return Err(format!("invariant 1: {up:?} is inside, and nobody confirmed it"));
            }
            let shut_later = is(facts.to_shut) || (policy_keeps && !self.compared);
            if inside && !is(facts.inside) && !shut_later {
                return Err(format!(
                    "invariant 3: {up:?} is over, is inside, and nobody is to shut the door"
                ));
            }
            if is(facts.to_go) && !is(facts.to_cut) && !policy_keeps {
                return Err(format!("invariant 3: {up:?} is over, and nobody is to cut it"));
            }
        }
        for side in (0..usize::from(book.rules.accounts)).filter(|side| self.rules[*side] && self.compared) {
            let facts = book.facts(self.sides[side]);
            // A wish of the account is under way: it looks at the rule as well.
            if facts.switches || policy_keeps {
                continue;
            }
            if facts.confirmed == 0 {
                return Err(format!("invariant 1: the rule of account {side} is on, and nobody confirmed"));
            }
            if facts.inside == 0 {
                return Err(format!(
                    "invariant 3: the rule of account {side} is on for nobody, and nobody is to switch it off"
                ));
            }
        }
        Ok(())
    }

    /// What must hold where nothing is left to be done: the router is as it was decided.
    pub(crate) fn check_at_rest(&self, book: &Book) -> Result<(), String> {
        let policy = &book.rules.policies[usize::from(self.policy)];
        for up in self.up() {
            let facts = book.facts(self.sides[usize::from(up.side)]);
            let bit = 1_u16 << up.line.serial;
            let inside = self.allow[usize::from(up.line.address)].is_some();
            if inside != (facts.inside & bit != 0) {
                let is = if inside { "inside" } else { "not inside" };
                return Err(format!("invariant 3: at rest {up:?} is {is}, against what was decided"));
            }
            if facts.live_set & bit == 0 && facts.may_stay & bit == 0 {
                return Err(format!("invariant 3: at rest {up:?} is there, of no live session"));
            }
        }
        for (number, owner) in self.allow.iter().enumerate() {
            if owner.is_some() && !self.up().any(|up| usize::from(up.line.address) == number) {
                return Err(format!(
                    "invariant 3: at rest the entry of {} is left over",
                    address(u8::try_from(number).unwrap())
                ));
            }
        }
        for side in 0..usize::from(book.rules.accounts) {
            let facts = book.facts(self.sides[side]);
            if should_be(policy, facts).is_some_and(|enabled| enabled != self.enabled[side]) {
                return Err(format!(
                    "invariant 3: at rest account {side} is not enabled or disabled as it should be"
                ));
            }
            let inside = |up: Up| usize::from(up.side) == side && facts.inside & 1 << up.line.serial != 0;
            if self.rules[side] != (book.rules.bound && self.up().any(inside)) {
                return Err(format!(
                    "invariant 3: at rest the rule of account {side} is not as it should be"
                ));
            }
            if facts.untold {
                return Err(format!("a session of account {side} is over, and its end was never told"));
            }
        }
        for (caller, address) in CALLERS.iter().enumerate() {
            if self.bans[caller] > self.now && !self.banned[caller] {
                return Err(format!(
                    "invariant 3: at rest {address} is banned, and the router does not know"
                ));
            }
        }
        Ok(())
    }
}

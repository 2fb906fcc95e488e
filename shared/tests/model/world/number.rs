//! A world in one number, without loss, so that a state is known again.

use super::{BY_HAND, World};
use crate::{side::Line, world::Rules};

/// Packs numbers into one.
struct Packer {
    word: u128,
    used: u32,
}

impl Packer {
    fn push(&mut self, value: u32, bits: u32) {
        assert!(value < 1 << bits && self.used + bits <= 128, "{value} does not fit into {bits} bits");
        self.word |= u128::from(value) << self.used;
        self.used += bits;
    }
}

impl World {
    /// The same world with the sides changed over: people and accounts have no names of their own, so whatever is true
    /// of one is true of the other.
    fn mirrored(&self) -> Self {
        let mut other = *self;
        other.sides.reverse();
        other.dialled.reverse();
        other.first.reverse();
        other.enabled.reverse();
        other.rules.reverse();
        for up in other.tunnels.iter_mut().flatten() {
            up.side = 1 - up.side;
        }
        for owner in other.allow.iter_mut().flatten().filter(|(_, serial)| *serial != BY_HAND) {
            owner.0 = 1 - owner.0;
        }
        other.tunnels.sort_unstable();
        other
    }

    /// The world in one number, exactly; of two that mirror each other the smaller one.
    pub(crate) fn canonical(self, rules: &Rules) -> (Self, u128) {
        let own = self.packed();
        if rules.accounts == 1 {
            return (self, own);
        }
        let mirrored = self.mirrored();
        let other = mirrored.packed();
        if own <= other { (self, own) } else { (mirrored, other) }
    }

    fn packed(&self) -> u128 {
        let mut packer = Packer { word: 0, used: 0 };
        for side in self.sides {
            packer.push(side, 21);
        }
        for count in self.dialled.into_iter().chain(self.first) {
            packer.push(count.into(), 3);
        }
        for up in self.tunnels {
            let number = up.map_or(0, |up| {
                // All of them came up since the router restarted last.
                let Line { serial, caller, address, .. } = up.line;
                1 | u32::from(up.side) << 1
                    | u32::from(serial) << 2
                    | u32::from(caller) << 5
                    | u32::from(address) << 6
            });
            packer.push(number, 8);
        }
        for owner in self.allow {
            packer
                .push(owner.map_or(0, |(side, serial)| 1 | u32::from(side) << 1 | u32::from(serial) << 2), 5);
        }
        for until in self.bans {
            packer.push(until.into(), 3);
        }
        packer.push(self.now.into(), 3);
        packer.push(self.turns.into(), 2);
        packer.push(self.policy.into(), 1);
        let flags = [self.compared, self.restarted, self.out, self.observe];
        for flag in self.enabled.into_iter().chain(self.rules).chain(self.banned).chain(flags) {
            packer.push(flag.into(), 1);
        }
        packer.word
    }
}

//! The small world: a router with its tunnels, two accounts, a clock, Telegram; what can happen in it next, and where
//! that leads.

mod check;
mod compare;
mod number;

use super::{
    book::{Book, Front},
    side::{Around, CALLERS, Cause, Flaw, Line, TICK},
};
use sallyport_shared::policy::Policy;

/// How many tunnels the router can have at a time, and how many addresses its pool has.
const MOST: usize = 4;
/// The owner of an entry that was made by hand: no tunnel has this serial.
const BY_HAND: u8 = 7;

/// How much can happen. Everything else (reboots, lost tunnels, kills of the server, looks, taps) happens as often as
/// it likes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// How many tunnels come up in all; at most seven.
    pub(crate) dials: u8,
    /// How many steps of time pass; at most seven.
    pub(crate) passes: u8,
    /// How often access is asked for, for each account.
    pub(crate) requests: u8,
    /// How often Telegram fails or comes back, the policy or the router's mode changes, somebody meddles; at most three.
    pub(crate) turns: u8,
}

/// What there is in a world.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// The policy in force at first, and the one that it can be changed into and back.
    pub(crate) policies: Vec<Policy>,
    pub(crate) bounds: Bounds,
    /// How many accounts: one or two.
    pub(crate) accounts: u8,
    /// The two accounts are one person's.
    pub(crate) one_person: bool,
    /// From how many places calls come.
    pub(crate) callers: u8,
    /// Administrators grant, extend, end, confirm and deny.
    pub(crate) admins: bool,
    /// People are blocked.
    pub(crate) blocks: bool,
    /// Telegram fails, for so long that it counts, and comes back.
    pub(crate) outages: bool,
    /// The router is only observed for a time.
    pub(crate) observes: bool,
    /// Somebody puts an entry on the allow list by hand.
    pub(crate) meddles: bool,
    /// An account's tunnels all get the account's own address.
    pub(crate) fixed: bool,
    /// Each account has a rule of the firewall bound to it.
    pub(crate) bound: bool,
    /// What is wrong with it; none: it is the product.
    pub(crate) flaw: Option<Flaw>,
}

/// Something that happens.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    /// To one side alone.
    Side(usize, Cause),
    /// The first wish of a side reaches the router; `killed`: the server dies before it notes that.
    Carry {
        side: usize,
        killed: bool,
    },
    Dial {
        side: usize,
        caller: u8,
    },
    HangUp {
        side: usize,
        serial: u8,
    },
    /// The server cuts a tunnel whose address another one has.
    CutDouble {
        side: usize,
        serial: u8,
    },
    /// The router's tables are compared with what should be.
    Compare,
    Pass,
    Reboot,
    Telegram {
        out: bool,
    },
    Policy(u8),
    Observe(bool),
    Meddle(u8),
    /// A bound rule is switched by hand.
    Switch(usize),
}

/// A tunnel on the router.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Up {
    side: u8,
    line: Line,
}

/// The world: everything but the sides, of which it has the numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct World {
    now: u8,
    turns: u8,
    sides: [u32; 2],
    dialled: [u8; 2],
    /// How many had come up when the router restarted last: it counts anew from there on.
    first: [u8; 2],
    tunnels: [Option<Up>; MOST],
    /// For which tunnel each address of the pool is let through: side and serial.
    allow: [Option<(u8, u8)>; MOST],
    enabled: [bool; 2],
    /// Which bound rules are on; a restart leaves them as they are.
    rules: [bool; 2],
    /// The router's ban list.
    banned: [bool; 2],
    /// Until when the server wants callers kept out; 0: it does not.
    bans: [u8; 2],
    /// Nobody has dialled in or meddled since the router's tables were compared last.
    compared: bool,
    /// The router has restarted since.
    restarted: bool,
    out: bool,
    observe: bool,
    policy: u8,
}

type Successors = Vec<(Act, World)>;

impl World {
    pub(crate) fn new(rules: &Rules) -> Self {
        let enabled = !rules.policies[0].account_follows_session();
        Self {
            now: 0,
            turns: rules.bounds.turns,
            sides: [0; 2],
            dialled: [0; 2],
            first: [0; 2],
            tunnels: [None; MOST],
            allow: [None; MOST],
            enabled: [enabled, enabled && rules.accounts > 1],
            rules: [false; 2],
            banned: [false; 2],
            bans: [0; 2],
            compared: true,
            restarted: false,
            out: false,
            observe: false,
            policy: 0,
        }
    }

    fn around(&self) -> Around {
        Around { now: self.now, out: self.out, observe: self.observe, policy: self.policy }
    }

    fn numbers(&self, side: usize) -> (u32, u32) {
        (self.sides[side], self.sides[1 - side])
    }

    fn up(&self) -> impl Iterator<Item = Up> {
        self.tunnels.into_iter().flatten()
    }

    fn has(&self, side: usize, serial: u8) -> bool {
        self.up().any(|up| usize::from(up.side) == side && up.line.serial == serial)
    }

    /// Has a tunnel that was there before the address of this one? Accounts have addresses of their own.
    fn is_double(&self, up: Up) -> bool {
        self.up().any(|other| other.line.address == up.line.address && other.line.serial < up.line.serial)
    }

    /// Have two tunnels this address?
    fn is_shared(&self, address: u8) -> bool {
        self.up().filter(|up| up.line.address == address).count() > 1
    }

    /// Everything that can happen next, and where it leads.
    pub(crate) fn successors(&self, book: &mut Book, found: &mut Successors) -> Result<(), (Act, String)> {
        found.clear();
        let accounts = usize::from(book.rules.accounts);
        for side in 0..accounts {
            let asked = |fault| (Act::Pass, fault);
            let moves = book.moves(self.numbers(side), self.around()).map_err(asked)?;
            found.extend(moves.iter().map(|(cause, outcome)| {
                (Act::Side(side, *cause), self.stepped(book, side, outcome.side, outcome.bans))
            }));
            self.seen_and_gone(book, side, found)?;
            self.carried(book, side, found)?;
            for up in self.up().filter(|up| usize::from(up.side) == side && self.is_double(*up)) {
                found.push((
                    Act::CutDouble { side, serial: up.line.serial },
                    self.without(side, up.line.serial),
                ));
            }
            self.dialled(book, side, found);
        }
        for up in self.up() {
            let act = Act::HangUp { side: up.side.into(), serial: up.line.serial };
            found.push((act, self.without(up.side.into(), up.line.serial)));
        }
        let compared = self.compared_with(book).map_err(|fault| (Act::Compare, fault))?;
        if compared != *self {
            found.push((Act::Compare, compared));
        }
        if self.now < book.rules.bounds.passes {
            found.push((Act::Pass, self.later()));
        }
        let rebooted = self.rebooted();
        if rebooted != *self && self.up().next().is_some() {
            found.push((Act::Reboot, rebooted));
        }
        if self.turns > 0 {
            self.turned(book, found)?;
        }
        Ok(())
    }

    /// A side has taken a step.
    fn stepped(&self, book: &Book, side: usize, number: u32, bans: u8) -> Self {
        let mut next = *self;
        next.sides[side] = number;
        for caller in (0..CALLERS.len()).filter(|caller| bans & 1 << caller != 0) {
            let policy = &book.rules.policies[usize::from(self.policy)];
            // Nobody looks at the list after the world's last step of time.
            let until = self.now + u8::try_from(policy.ban_seconds.0 / TICK.0).unwrap();
            next.bans[caller] = next.bans[caller].max(until.min(7));
        }
        next
    }

    /// The router says that a tunnel is there that the server does not know, or is not that it knows.
    fn seen_and_gone(
        &self,
        book: &mut Book,
        side: usize,
        found: &mut Successors,
    ) -> Result<(), (Act, String)> {
        let facts = book.facts(self.sides[side]).clone();
        let gone = facts.live.iter().filter(|(_, serial)| !self.has(side, *serial));
        let gone =
            gone.map(|(connection, _)| Cause::Gone { connection: *connection, restarted: self.restarted });
        let new = self
            .up()
            .filter(|up| usize::from(up.side) == side && facts.live_set & 1 << up.line.serial == 0)
            .filter(|up| !self.is_double(*up));
        for cause in gone.chain(new.map(|up| Cause::Seen(up.line))).collect::<Vec<_>>() {
            let act = Act::Side(side, cause);
            let outcome =
                book.step(self.numbers(side), self.around(), cause).map_err(|fault| (act, fault))?;
            if outcome.side != self.sides[side] || outcome.bans != 0 {
                found.push((act, self.stepped(book, side, outcome.side, outcome.bans)));
            }
        }
        Ok(())
    }

    /// The first wish is carried out, and noted or not.
    fn carried(&self, book: &mut Book, side: usize, found: &mut Successors) -> Result<(), (Act, String)> {
        let front = book.facts(self.sides[side]).front;
        if front == Front::Nothing {
            return Ok(());
        }
        let act = Act::Carry { side, killed: true };
        let flaw = book.rules.flaw;
        if let Front::Open(line) = front
            && self.has(side, line.serial)
            && self.is_shared(line.address)
            && flaw != Some(Flaw::OpensForTwo)
        {
            // Refused, and tried again.
            return Ok(());
        }
        let (router, gone) = self.on_router(book, side, front);
        // Invariant 4: carried out again, it changes nothing more.
        if router.on_router(book, side, front) != (router, gone) {
            return Err((act, format!("invariant 4: {front:?} carried out twice is not the same as once")));
        }
        if self.observe {
            return Err((
                act,
                format!("invariant 6: {front:?} is written to a router that is only observed"),
            ));
        }
        if router != *self {
            found.push((act, router));
        }
        let act = Act::Carry { side, killed: false };
        let noted = book.step(self.numbers(side), self.around(), Cause::Noted { gone });
        let noted = noted.map_err(|fault| (act, fault))?;
        found.push((act, router.stepped(book, side, noted.side, noted.bans)));
        Ok(())
    }

    /// What the router does with a wish; true: its tunnel is not there any more.
    fn on_router(&self, book: &Book, side: usize, front: Front) -> (Self, bool) {
        let flaw = book.rules.flaw;
        let mut next = *self;
        match front {
            Front::Nothing => {}
            Front::Account(enabled) => next.enabled[side] = enabled,
            Front::Open(line)
                if flaw == Some(Flaw::SwitchesBackAndForth)
                    && self.allow[usize::from(line.address)] == Some((u8::from(side == 1), line.serial)) =>
            {
                next.allow[usize::from(line.address)] = None;
            }
            Front::Open(line) if flaw == Some(Flaw::OpensWhoeverCame) || self.has(side, line.serial) => {
                next.allow[usize::from(line.address)] = Some((u8::from(side == 1), line.serial));
                next.rules[side] = book.rules.bound;
            }
            Front::Open(_) => return (next, true),
            Front::Close(serial) => {
                let owner = (u8::from(side == 1), serial);
                for entry in next.allow.iter_mut().filter(|entry| **entry == Some(owner)) {
                    *entry = None;
                }
                let needed = book.facts(self.sides[side]).inside & !(1 << serial) != 0;
                next.rules[side] &= needed || flaw == Some(Flaw::LeavesRulesOn);
            }
            Front::Cut(serial) => next = self.without(side, serial),
            // A ban that is over by the time the router hears of it is none.
            Front::Ban(caller) => {
                next.banned[usize::from(caller)] = self.bans[usize::from(caller)] > self.now;
            }
            Front::Unban(caller) => next.banned[usize::from(caller)] = false,
        }
        (next, false)
    }

    fn without(&self, side: usize, serial: u8) -> Self {
        let mut next = *self;
        for place in &mut next.tunnels {
            if place.is_some_and(|up| usize::from(up.side) == side && up.line.serial == serial) {
                *place = None;
            }
        }
        next.tunnels.sort_unstable();
        next
    }

    fn dialled(&self, book: &Book, side: usize, found: &mut Successors) {
        let dials: u8 = self.dialled.iter().sum();
        if dials >= book.rules.bounds.dials || !self.enabled[side] {
            return;
        }
        // The first address of the pool that is free, as routers do it: an old one is soon somebody else's.
        let own = self.up().find(|up| usize::from(up.side) == side).map(|up| up.line.address);
        let free = (0_u8..4).find(|address| !self.up().any(|up| up.line.address == *address));
        let free = own.filter(|_| book.rules.fixed).or(free);
        let place = self.tunnels.iter().position(Option::is_none);
        let (Some(address), Some(place)) = (free, place) else { return };
        for caller in (0..book.rules.callers).filter(|caller| !self.banned[usize::from(*caller)]) {
            let mut next = *self;
            let line = Line { serial: self.dialled[side], first: self.first[side], caller, address };
            next.dialled[side] += 1;
            next.tunnels[place] = Some(Up { side: u8::from(side == 1), line });
            next.tunnels.sort_unstable();
            next.compared = false;
            found.push((Act::Dial { side, caller }, next));
        }
    }

    fn later(&self) -> Self {
        let mut next = *self;
        next.now += 1;
        for caller in 0..CALLERS.len() {
            if next.bans[caller] <= next.now {
                (next.bans[caller], next.banned[caller]) = (0, false);
            }
        }
        next
    }

    fn rebooted(&self) -> Self {
        Self {
            tunnels: [None; MOST],
            first: self.dialled,
            allow: [None; MOST],
            banned: [false; 2],
            restarted: true,
            compared: false,
            ..*self
        }
    }

    /// Telegram fails or is back, somebody changes the policy or the router's mode, or meddles with the router.
    fn turned(&self, book: &mut Book, found: &mut Successors) -> Result<(), (Act, String)> {
        let turned = Self { turns: self.turns - 1, ..*self };
        let rules = book.rules.clone();
        if rules.outages {
            found.push((Act::Telegram { out: !self.out }, Self { out: !self.out, ..turned }));
        }
        if rules.policies.len() > 1 {
            let policy = 1 - self.policy;
            // A change makes live sessions due: each is looked at when the timer comes to it.
            let mut next = Self { policy, ..turned };
            for side in 0..usize::from(rules.accounts) {
                let act = Act::Policy(policy);
                let outcome =
                    book.step(next.numbers(side), next.around(), Cause::Tick).map_err(|f| (act, f))?;
                next = next.stepped(book, side, outcome.side, outcome.bans);
            }
            found.push((Act::Policy(policy), next));
        }
        if rules.observes {
            let observe = !self.observe;
            let mut next = Self { observe, compared: false, ..turned };
            let cause = if observe { Cause::Shelved } else { Cause::Resumed };
            for side in 0..usize::from(rules.accounts) {
                let act = Act::Observe(observe);
                let outcome = book.step(next.numbers(side), next.around(), cause).map_err(|f| (act, f))?;
                next = next.stepped(book, side, outcome.side, outcome.bans);
            }
            found.push((Act::Observe(observe), next));
        }
        if rules.meddles {
            for up in self.up() {
                let mut next = Self { compared: false, ..turned };
                next.allow[usize::from(up.line.address)] = Some((0, BY_HAND));
                found.push((Act::Meddle(up.line.address), next));
            }
            for side in (0..usize::from(rules.accounts)).filter(|_| rules.bound) {
                let mut next = Self { compared: false, ..turned };
                next.rules[side] = !next.rules[side];
                found.push((Act::Switch(side), next));
            }
        }
        Ok(())
    }

    /// The next thing that the server does of its own accord; none: it is at rest.
    pub(crate) fn settling(successors: &Successors) -> Option<&(Act, Self)> {
        let of_server = |act: &Act| match act {
            Act::Side(_, cause) => matches!(cause, Cause::Tick | Cause::Seen(_) | Cause::Gone { .. }),
            Act::Carry { killed, .. } => !killed,
            Act::Compare | Act::CutDouble { .. } => true,
            _ => false,
        };
        successors.iter().find(|(act, _)| of_server(act))
    }

    /// Is the router only observed? Then it is as it is.
    pub(crate) fn is_observed(&self) -> bool {
        self.observe
    }

    /// The sides, for a report.
    pub(crate) fn describe(&self, book: &Book) -> String {
        let facts = |side: usize| format!("{:?}", book.facts(self.sides[side]));
        format!("{self:?}\n{}\n{}", facts(0), facts(1))
    }
}

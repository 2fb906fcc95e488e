//! What every event leads to, worked out once: sides have numbers, and their steps are looked up. The two sides of a
//! world know nothing of each other, so a world of millions of states is made of a few thousand sides.

use super::{
    side::{Around, CALLERS, Cause, Line, Presser, Setting, Side, Tap, caller, serial},
    verify,
    world::Rules,
};
use sallyport_shared::{
    policy::Confirmation,
    session::{CloseReason, ConnectionState, SessionState, Wish},
};
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hash, Hasher},
    rc::Rc,
};

/// A quick hash for keys that nobody chooses with ill intent.
#[derive(Clone, Copy, Default)]
pub(crate) struct Quick(u64);

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        // The table takes its place from the low bits and its tag from the high ones: both have to be mixed.
        (self.0 ^ (self.0 >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    }

    fn write_u8(&mut self, word: u8) {
        self.write_u64(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(word.into());
    }

    fn write_isize(&mut self, word: isize) {
        self.write_u64(u64::from_ne_bytes((word as i64).to_ne_bytes()));
    }

    fn write_u128(&mut self, word: u128) {
        let bytes = word.to_ne_bytes();
        let (low, high) = bytes.split_at(8);
        self.write_u64(u64::from_ne_bytes(low.try_into().unwrap()));
        self.write_u64(u64::from_ne_bytes(high.try_into().unwrap()));
    }
}

/// Hashes with [`Quick`].
pub(crate) type Quickly = BuildHasherDefault<Quick>;

/// The first wish of a side, as far as the router is concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Front {
    Nothing,
    Account(bool),
    Open(Line),
    Close(u8),
    Cut(u8),
    Ban(u8),
    Unban(u8),
}

/// What the rest of the world has to know of a side. Tunnels are sets: a bit for each serial.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// The live connections: place and serial.
    pub(crate) live: Vec<(u8, u8)>,
    pub(crate) live_set: u16,
    /// Confirmed and not over.
    pub(crate) inside: u16,
    /// Confirmed, not over, and read back as let through.
    pub(crate) opened: u16,
    /// Confirmed at some time.
    pub(crate) confirmed: u16,
    /// The door is to be shut.
    pub(crate) to_shut: u16,
    /// Over by a decision, so that the tunnel has to go.
    pub(crate) to_go: u16,
    /// Over, and the policy lets the tunnel stand in the box.
    pub(crate) may_stay: u16,
    /// Is to be cut.
    pub(crate) to_cut: u16,
    /// A door is to be opened or shut, and with it what is bound to the account.
    pub(crate) switches: bool,
    pub(crate) front: Front,
    pub(crate) due: Option<u8>,
    pub(crate) state: Option<SessionState>,
    pub(crate) suspended: bool,
    pub(crate) blocked: bool,
    /// A session is over, and that has not been said.
    pub(crate) untold: bool,
}

/// At every so manyth side it is tried whether what it forgets makes a difference.
const CHECKED: usize = 64;

/// Where a step leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Outcome {
    pub(crate) side: u32,
    /// The callers (a bit each) that are kept out by it.
    pub(crate) bans: u8,
}

/// A side in what surrounds it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Place {
    side: u32,
    /// The other account of the same person; the side itself where there is none.
    other: u32,
    around: Around,
}

/// The steps that a side can take of its own accord, with where they lead.
pub(crate) type Moves = Rc<[(Cause, Outcome)]>;

/// Everything that was worked out.
pub(crate) struct Book {
    pub(crate) rules: Rules,
    /// Known callers are let in.
    trusts: bool,
    sides: Vec<(Rc<Side>, Rc<Facts>)>,
    numbers: HashMap<Rc<Side>, u32, Quickly>,
    steps: HashMap<(Place, Cause), Outcome, Quickly>,
    moves: HashMap<Place, Moves, Quickly>,
}

impl Book {
    pub(crate) fn new(rules: Rules) -> Self {
        let mut book = Self {
            trusts: rules.policies.iter().any(|policy| policy.trusted_reconnect_seconds.0 > 0),
            rules,
            sides: Vec::new(),
            numbers: HashMap::default(),
            steps: HashMap::default(),
            moves: HashMap::default(),
        };
        book.number(Side::default()).unwrap();
        book
    }

    /// How many different sides there are.
    pub(crate) fn sides(&self) -> usize {
        self.sides.len()
    }

    /// How many different steps were taken.
    pub(crate) fn steps(&self) -> usize {
        self.steps.len() + self.moves.values().map(|moves| moves.len()).sum::<usize>()
    }

    pub(crate) fn side(&self, number: u32) -> &Rc<Side> {
        &self.sides[number as usize].0
    }

    pub(crate) fn facts(&self, number: u32) -> &Rc<Facts> {
        &self.sides[number as usize].1
    }

    /// The number of a side. One that is new must be sound.
    fn number(&mut self, mut side: Side) -> Result<u32, String> {
        side.forget(self.trusts);
        if let Some(number) = self.numbers.get(&side) {
            return Ok(*number);
        }
        verify::state(&side, &self.rules.policies)?;
        let number = u32::try_from(self.sides.len()).unwrap();
        let facts = Facts::of(&side, &self.rules);
        let side = Rc::new(side);
        self.numbers.insert(side.clone(), number);
        self.sides.push((side, Rc::new(facts)));
        Ok(number)
    }

    fn place(&self, side: u32, other: u32, around: Around) -> Place {
        Place { side, other: if self.rules.one_person { other } else { side }, around }
    }

    /// Where a step of a side leads.
    pub(crate) fn step(
        &mut self,
        (side, other): (u32, u32),
        around: Around,
        cause: Cause,
    ) -> Result<Outcome, String> {
        let place = self.place(side, other, around);
        if let Some(outcome) = self.steps.get(&(place, cause)) {
            return Ok(*outcome);
        }
        let outcome = self.work_out(place, cause)?;
        self.steps.insert((place, cause), outcome);
        Ok(outcome)
    }

    fn work_out(&mut self, place: Place, cause: Cause) -> Result<Outcome, String> {
        let before = self.side(place.side).clone();
        let other = self.rules.one_person.then(|| self.side(place.other).clone());
        let policy = &self.rules.policies[usize::from(place.around.policy)];
        let flaw = self.rules.flaw;
        let setting = Setting { around: place.around, policy, other: other.as_deref(), flaw };
        let mut after = (*before).clone();
        after.play(&setting, cause);
        verify::step(&before, &after, &setting, cause)?;
        let banned = |side: &Side| {
            let ban = |(_, wish): &(_, Rc<Wish>)| match &**wish {
                Wish::Ban { address, .. } => CALLERS.iter().position(|caller| caller == address),
                _ => None,
            };
            side.outbox.iter().filter_map(ban).fold(0_u8, |set, caller| set | 1 << caller)
        };
        let bans = banned(&after) & !banned(&before);
        if self.sides.len().is_multiple_of(CHECKED) {
            self.forgets_nothing(&after, place)?;
        }
        Ok(Outcome { side: self.number(after)?, bans })
    }

    /// What a side forgets makes no difference: with it and without it every step leads to the same.
    fn forgets_nothing(&self, known: &Side, place: Place) -> Result<(), String> {
        let mut forgotten = known.clone();
        forgotten.forget(self.trusts);
        if forgotten == *known || self.numbers.contains_key(&forgotten) {
            return Ok(());
        }
        let other = self.rules.one_person.then(|| self.side(place.other).clone());
        let policy = &self.rules.policies[usize::from(place.around.policy)];
        let facts = Facts::of(known, &self.rules);
        for now in place.around.now..=self.rules.bounds.passes {
            let around = Around { now, ..place.around };
            let setting = Setting { around, policy, other: other.as_deref(), flaw: self.rules.flaw };
            let seen = known.connections().map(|c| Cause::Seen(Line::of(&c.tunnel)));
            let new = Cause::Seen(Line { serial: 7, first: 0, caller: 0, address: 3 });
            let noted = [Cause::Noted { gone: false }, Cause::Noted { gone: true }, new];
            for cause in self.causes(known, &facts, around).into_iter().chain(seen).chain(noted) {
                let play = |side: &Side| {
                    let mut next = side.clone();
                    next.play(&setting, cause);
                    next.forget(self.trusts);
                    next
                };
                if play(known) != play(&forgotten) {
                    return Err(format!("{cause:?} asks for what was forgotten of {known:#?}"));
                }
            }
        }
        Ok(())
    }

    /// The steps that a side can take whatever the router looks like, as far as they lead anywhere.
    pub(crate) fn moves(&mut self, (side, other): (u32, u32), around: Around) -> Result<Moves, String> {
        let place = self.place(side, other, around);
        if let Some(moves) = self.moves.get(&place) {
            return Ok(moves.clone());
        }
        let mut found = Vec::new();
        for cause in self.causes(self.side(side), self.facts(side), around) {
            let outcome = self.work_out(place, cause)?;
            if outcome.side != side || outcome.bans != 0 {
                found.push((cause, outcome));
            }
        }
        let moves: Moves = found.into();
        self.moves.insert(place, moves.clone());
        Ok(moves)
    }

    /// Everything that may come from people, administrators and the clock, wanted or not.
    fn causes(&self, side: &Side, facts: &Facts, around: Around) -> Vec<Cause> {
        let rules = &self.rules;
        let mut causes = vec![Cause::Finish, Cause::Extend, Cause::Unreachable];
        if facts.due.is_some_and(|due| due <= around.now) {
            causes.push(Cause::Tick);
        }
        if side.sessions.len() < usize::from(rules.bounds.requests) {
            causes.push(Cause::Ask);
            if rules.admins {
                causes.push(Cause::Grant);
            }
        }
        if rules.admins {
            causes.push(Cause::EndByAdmin);
            if side.live().is_some_and(|session| session.extensions < 1) {
                causes.push(Cause::ExtendByAdmin);
            }
        }
        if rules.policies.iter().any(|policy| policy.needs_approval) {
            causes.extend([Cause::Approve, Cause::Refuse]);
        }
        if rules.blocks {
            causes.push(Cause::Block);
        }
        let numbers = rules.policies.iter().any(|policy| policy.confirmation == Confirmation::TelegramNumber);
        // Telegram may bring any tap on any question it ever showed, late, twice, and from anybody.
        for (connection, known) in (0_u8..).zip(side.connections()) {
            let tap = |presser, answer| Cause::Tap { connection, presser, answer };
            if known.prompt.is_some() {
                for presser in [Presser::Owner, Presser::Stranger, Presser::Forger] {
                    causes.extend([tap(presser, Tap::Confirm), tap(presser, Tap::NotMe)]);
                    if numbers {
                        causes.extend([tap(presser, Tap::RightNumber), tap(presser, Tap::WrongNumber)]);
                    }
                }
            }
            if rules.admins {
                causes.extend([tap(Presser::Admin, Tap::Confirm), tap(Presser::Admin, Tap::NotMe)]);
            }
            if rules.outages {
                causes.push(Cause::Code { connection });
            }
        }
        causes
    }
}

impl Facts {
    fn of(side: &Side, rules: &Rules) -> Self {
        let set = |of: &dyn Fn(&sallyport_shared::session::Connection) -> bool| {
            side.connections().filter(|c| of(c)).fold(0_u16, |set, c| set | 1 << serial(&c.tunnel))
        };
        let wished = |of: &dyn Fn(&Wish) -> Option<u8>| {
            side.outbox.iter().filter_map(|(_, wish)| of(wish)).fold(0_u16, |set, serial| set | 1 << serial)
        };
        let by_decision =
            |why: CloseReason| !matches!(why, CloseReason::Disconnected | CloseReason::RouterRestarted);
        let at_end =
            |why| matches!(why, CloseReason::Expired | CloseReason::EndedByUser | CloseReason::EndedByAdmin);
        let may_stay = rules.policies.iter().any(|policy| !policy.cut_at_end);
        let live_set = set(&|c| c.is_live());
        let over = set(&|c| c.close_reason.is_some_and(|why| by_decision(why) && !(may_stay && at_end(why))));
        let stay = if may_stay { set(&|c| c.close_reason.is_some_and(at_end)) } else { 0 };
        let front = side.outbox.first().map_or(Front::Nothing, |(_, wish)| Front::of(wish));
        Self {
            live: (0_u8..)
                .zip(side.connections())
                .filter(|(_, c)| c.is_live())
                .map(|(place, c)| (place, serial(&c.tunnel)))
                .collect(),
            live_set,
            inside: set(&|c| c.state == ConnectionState::Confirmed),
            opened: set(&|c| c.state == ConnectionState::Confirmed && c.opened_at.is_some()),
            confirmed: set(&|c| c.confirmed_at.is_some()),
            to_shut: wished(&|wish| match wish {
                Wish::Close { tunnel, .. } => Some(serial(tunnel)),
                _ => None,
            }),
            to_go: over & !live_set,
            may_stay: stay & !live_set,
            to_cut: wished(&|wish| match wish {
                Wish::Cut { tunnel, .. } => Some(serial(tunnel)),
                _ => None,
            }),
            switches: side
                .outbox
                .iter()
                .any(|(_, wish)| matches!(**wish, Wish::Open { .. } | Wish::Close { .. })),
            front,
            due: verify::due(side),
            state: side.live().map(|session| session.state),
            suspended: side.suspended,
            blocked: side.blocked,
            untold: side.sessions.iter().any(|session| !session.state.is_live() && !session.end_told),
        }
    }
}

impl Front {
    fn of(wish: &Wish) -> Self {
        match wish {
            Wish::Account { enabled, .. } => Self::Account(*enabled),
            Wish::Open { tunnel, .. } => Self::Open(Line::of(tunnel)),
            Wish::Close { tunnel, .. } => Self::Close(serial(tunnel)),
            Wish::Cut { tunnel, .. } => Self::Cut(serial(tunnel)),
            Wish::Ban { address, .. } => Self::Ban(caller(address)),
            Wish::Unban { address } => Self::Unban(caller(address)),
            Wish::RuleOff { .. } | Wish::CutElsewhere { .. } => panic!("no session decides about {wish:?}"),
        }
    }
}

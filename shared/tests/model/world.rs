//! The small world: what can happen in it, and what must hold in each of its states.

use sallyport_shared::{
    ids::{AccountId, ConnectionId, RouterId, SessionId, UserId},
    language::Language,
    person::{Account, Person, TelegramId, UserStatus},
    policy::{LocalTime, Moment, Policy},
    session::{
        Actor, Answer, CloseReason, Connection, ConnectionState, Contact, Effect, Event, Fresh, Grounds,
        Nonce, Numbers, OpenFailure, Recent, Scene, Session, SessionState, Tunnel, Wish, due_at, step,
    },
    time::{Seconds, Timestamp},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{Hash, Hasher},
    rc::Rc,
};
use uuid::Uuid;

/// How long a step of time is.
const TICK: Seconds = Seconds(60);
/// From where the owners call.
const HOME: &str = "198.51.100.7";
/// From where somebody else calls.
const AWAY: &str = "203.0.113.66";

/// How much can happen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Bounds {
    /// How often somebody dials in.
    pub(crate) dials: u8,
    /// How often time passes.
    pub(crate) passes: u8,
    /// How often the server is killed before it notes what the router has done.
    pub(crate) crashes: u8,
    /// How often the router restarts.
    pub(crate) reboots: u8,
    /// How many people there are.
    pub(crate) people: u8,
}

/// Something that happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    Ask(usize),
    Finish(usize),
    Dial(usize, &'static str),
    HangUp(usize),
    Look,
    Carry {
        account: usize,
        crash: bool,
    },
    /// The owner of `connection` is `account`; the tap comes from `presser`.
    Tap {
        account: usize,
        connection: ConnectionId,
        presser: usize,
        answer: Answer,
    },
    Pass,
    Reboot,
}

/// One account with its owner and everything that is decided about it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Side {
    suspended: bool,
    sessions: Vec<Session>,
    outbox: Vec<(Option<SessionId>, Wish)>,
}

/// The router.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Router {
    tunnels: Vec<Tunnel>,
    /// Address → the tunnel for which it was let through.
    allow: BTreeMap<String, String>,
    enabled: [bool; 2],
    banned: BTreeSet<String>,
}

/// The world.
#[derive(Clone, Debug)]
pub(crate) struct World {
    policy: Rc<Policy>,
    now: Timestamp,
    left: Bounds,
    sides: Vec<Side>,
    router: Router,
    /// Nobody has dialled in since the router's tables were compared last.
    looked: bool,
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.now, self.left, &self.sides, &self.router, self.looked).hash(state);
    }
}

fn account(side: usize) -> AccountId {
    AccountId(Uuid::from_u128(100 + side as u128))
}

fn owner(side: usize) -> TelegramId {
    TelegramId(1_000 + i64::try_from(side).unwrap())
}

fn name(side: usize) -> String {
    ["anna", "boris"][side].to_owned()
}

impl World {
    pub(crate) fn new(policy: Policy, bounds: Bounds) -> Self {
        let enabled = !policy.account_follows_session();
        let side = Side { suspended: false, sessions: Vec::new(), outbox: Vec::new() };
        Self {
            policy: Rc::new(policy),
            now: Timestamp::from_micros(1_795_329_600_000_000),
            left: bounds,
            sides: vec![side; bounds.people.into()],
            router: Router { enabled: [enabled; 2], ..Router::default() },
            looked: true,
        }
    }

    /// Everything that can happen next.
    pub(crate) fn acts(&self) -> Vec<Act> {
        let mut acts = Vec::new();
        for side in 0..self.sides.len() {
            if self.live(side).is_none() && !self.router.enabled[side] {
                acts.push(Act::Ask(side));
            }
            if self.live(side).is_some_and(|session| session.state == SessionState::Active) {
                acts.push(Act::Finish(side));
            }
            if self.left.dials > 0 && self.router.enabled[side] {
                let callers = [HOME, AWAY].into_iter().filter(|caller| !self.router.banned.contains(*caller));
                acts.extend(callers.map(|caller| Act::Dial(side, caller)));
            }
            if !self.sides[side].outbox.is_empty() {
                acts.push(Act::Carry { account: side, crash: false });
                if self.left.crashes > 0 {
                    acts.push(Act::Carry { account: side, crash: true });
                }
            }
            // Telegram may bring any tap on any question it ever showed, late, twice, and from anybody.
            for connection in self.connections(side).filter(|connection| connection.prompt.is_some()) {
                for presser in 0..self.sides.len() {
                    for answer in [Answer::Confirm, Answer::NotMe] {
                        acts.push(Act::Tap { account: side, connection: connection.id, presser, answer });
                    }
                }
            }
        }
        acts.extend((0..self.router.tunnels.len()).map(Act::HangUp));
        if !self.looked || !self.is_known_as_it_is() {
            acts.push(Act::Look);
        }
        if self.left.passes > 0 {
            acts.push(Act::Pass);
        }
        if self.left.reboots > 0 {
            acts.push(Act::Reboot);
        }
        acts
    }

    /// Would a look at the router's tables find nothing new?
    fn is_known_as_it_is(&self) -> bool {
        let mut known: Vec<_> = (0..self.sides.len())
            .flat_map(|side| self.connections(side).filter(|c| c.is_live()))
            .map(|c| c.tunnel.router_session_id.clone())
            .collect();
        let mut there: Vec<_> = self.router.tunnels.iter().map(|t| t.router_session_id.clone()).collect();
        known.sort();
        there.sort();
        known == there && self.router.allow.values().all(|owner| there.contains(owner))
    }

    /// It happens.
    pub(crate) fn play(&mut self, act: &Act) -> Result<(), String> {
        match act {
            Act::Ask(side) => {
                let by = Actor::Person(owner(*side));
                self.happen(*side, None, &Event::Ask { by, seconds: None });
            }
            Act::Finish(side) => {
                let by = Actor::Person(owner(*side));
                self.happen(*side, None, &Event::End { by });
            }
            Act::Dial(side, caller) => self.dial(*side, caller),
            Act::HangUp(tunnel) => {
                self.router.tunnels.remove(*tunnel);
            }
            Act::Look => self.look(),
            Act::Carry { account, crash } => return self.carry(*account, *crash),
            Act::Tap { account, connection, presser, answer } => {
                return self.tap(*account, *connection, *presser, *answer);
            }
            Act::Pass => self.pass(),
            Act::Reboot => {
                self.left.reboots -= 1;
                self.router.tunnels.clear();
                self.router.allow.clear();
                self.router.banned.clear();
            }
        }
        Ok(())
    }

    fn live(&self, side: usize) -> Option<&Session> {
        self.sides[side].sessions.iter().find(|session| session.state.is_live())
    }

    fn connections(&self, side: usize) -> impl Iterator<Item = &Connection> {
        self.sides[side].sessions.iter().flat_map(|session| session.connections.iter())
    }

    /// One event; that the rules refuse is one of its outcomes. True: accepted.
    fn happen(&mut self, side: usize, about: Option<SessionId>, event: &Event) -> bool {
        let session = match about {
            Some(id) => self.sides[side].sessions.iter().find(|session| session.id == id).cloned(),
            None => self.session_for(side, event),
        };
        let person = Person {
            id: UserId(Uuid::from_u128(10 + side as u128)),
            status: UserStatus::Approved,
            telegram: Some(owner(side)),
            language: Language::En,
        };
        let of_account = Account {
            id: account(side),
            user: person.id,
            router: RouterId(Uuid::from_u128(1)),
            router_name: "hq".to_owned(),
            username: name(side),
            suspended: self.sides[side].suspended,
        };
        let contacts = self.connections(side).map(|c| Contact::of(account(side), c)).collect();
        let recent = Recent { contacts, ..Recent::default() };
        let time = LocalTime { weekday: 1, minute: 720 };
        let scene = Scene {
            person: &person,
            account: &of_account,
            policy: &self.policy,
            session: session.as_ref(),
            local: Moment { time, day_began: Timestamp::from_micros(0), hours_end: None },
            country: None,
            recent: &recent,
            telegram_out: false,
            fresh: self.fresh(side),
        };
        let Ok(step) = step(&scene, event, self.now) else { return false };
        let id = step.session.as_ref().map(|session| session.id);
        let side = &mut self.sides[side];
        if let Some(next) = step.session {
            match side.sessions.iter_mut().find(|known| known.id == next.id) {
                Some(known) => *known = next,
                None => side.sessions.push(next),
            }
        }
        side.suspended = step.suspend_account.unwrap_or(side.suspended);
        for effect in step.effects {
            if let Effect::Wish(wish) = effect {
                side.outbox.retain(|(_, other)| other.key() != wish.key());
                side.outbox.push((id, wish));
            }
        }
        true
    }

    /// Ids follow from what there is, so that two ways to the same state lead to the same state.
    fn fresh(&self, side: usize) -> Fresh {
        let connections = self.connections(side).count() as u128;
        let sessions = self.sides[side].sessions.len() as u128;
        let base = 1_000 * (side as u128 + 1);
        Fresh {
            session: SessionId(Uuid::from_u128(base + sessions)),
            connection: ConnectionId(Uuid::from_u128(base + 500 + connections)),
            nonce: Nonce(format!("{side}-{}", self.connections(side).filter(|c| c.prompt.is_some()).count())),
            numbers: Numbers::of([0, 1, 2, 0]),
        }
    }

    fn session_for(&self, side: usize, event: &Event) -> Option<Session> {
        let live = self.live(side).cloned();
        match event {
            Event::TunnelSeen { tunnel } if live.is_none() => {
                let of_tunnel =
                    |session: &&Session| session.connections.iter().any(|known| known.tunnel.is_same(tunnel));
                self.sides[side].sessions.iter().rev().find(of_tunnel).cloned()
            }
            _ => live,
        }
    }

    fn dial(&mut self, side: usize, caller: &str) {
        self.left.dials -= 1;
        self.looked = false;
        // The first address of the pool that is free, as routers do it: an old one is soon somebody else's.
        let taken =
            |address: &String| self.router.tunnels.iter().any(|t| t.address.as_ref() == Some(address));
        let address = (2..).map(|n| format!("10.8.0.{n}")).find(|address| !taken(address));
        self.router.tunnels.push(Tunnel {
            router_session_id: format!("0x{}", self.left.dials),
            username: name(side),
            service: "l2tp".to_owned(),
            caller_id: Some(caller.to_owned()),
            address,
        });
    }

    fn look(&mut self) {
        self.looked = true;
        for side in 0..self.sides.len() {
            let known: Vec<_> = self.sides[side]
                .sessions
                .iter()
                .flat_map(|s| s.live_connections().map(move |c| (s.id, c.id, c.tunnel.clone())))
                .collect();
            for (session, connection, tunnel) in &known {
                if !self.router.tunnels.iter().any(|there| there.is_same(tunnel)) {
                    let gone = Event::TunnelGone { connection: *connection, restarted: false };
                    self.happen(side, Some(*session), &gone);
                }
            }
            for tunnel in self.router.tunnels.clone() {
                let ours = tunnel.username == name(side);
                if ours && !known.iter().any(|(_, _, known)| known.is_same(&tunnel)) {
                    self.happen(side, None, &Event::TunnelSeen { tunnel });
                }
            }
        }
        // The comparison with what should be: entries that belong to no confirmed tunnel go.
        let allowed: Vec<_> = (0..self.sides.len())
            .filter_map(|side| self.live(side))
            .flat_map(Session::live_connections)
            .filter(|c| c.state == ConnectionState::Confirmed)
            .map(|c| (c.tunnel.address.clone(), c.tunnel.router_session_id.clone()))
            .collect();
        self.router
            .allow
            .retain(|address, owner| allowed.iter().any(|(a, o)| a.as_ref() == Some(address) && o == owner));
    }

    fn carry(&mut self, side: usize, crash: bool) -> Result<(), String> {
        let (session, wish) = self.sides[side].outbox[0].clone();
        let result = self.on_router(side, &wish);
        // Invariant 4: carried out again, it changes nothing more.
        let once = self.router.clone();
        self.on_router(side, &wish);
        if self.router != once {
            return Err(format!("{wish:?} carried out twice is not the same as once"));
        }
        if crash {
            self.left.crashes -= 1;
            return Ok(());
        }
        if let Some(event) = result {
            self.happen(side, session, &event);
        }
        let outbox = &mut self.sides[side].outbox;
        outbox.retain(|pending| *pending != (session, wish.clone()));
        if let Some(session) = session
            && !outbox.iter().any(|(other, _)| *other == Some(session))
        {
            self.happen(side, Some(session), &Event::Settled);
        }
        Ok(())
    }

    fn on_router(&mut self, side: usize, wish: &Wish) -> Option<Event> {
        match wish {
            Wish::Account { enabled, .. } => {
                self.router.enabled[side] = *enabled;
                enabled.then_some(Event::AccountEnabled)
            }
            Wish::Open { connection, tunnel, .. } => {
                let connection = *connection;
                if self.router.tunnels.iter().any(|there| there.is_same(tunnel)) {
                    let address = tunnel.address.clone()?;
                    self.router.allow.insert(address, tunnel.router_session_id.clone());
                    Some(Event::Opened { connection })
                } else {
                    Some(Event::OpenFailed { connection, failure: OpenFailure::TunnelGone })
                }
            }
            Wish::Close { tunnel, .. } => {
                let ours = |_: &String, owner: &mut String| *owner != tunnel.router_session_id;
                self.router.allow.retain(ours);
                None
            }
            Wish::Cut { tunnel, .. } => {
                self.router.tunnels.retain(|there| !there.is_same(tunnel));
                None
            }
            Wish::Ban { address, .. } => {
                self.router.banned.insert(address.clone());
                None
            }
            Wish::Unban { address } => {
                self.router.banned.remove(address);
                None
            }
        }
    }

    /// Invariant 2: answered at most once, by the person who was asked, in time; and it moves that tunnel alone.
    fn tap(&mut self, side: usize, id: ConnectionId, presser: usize, answer: Answer) -> Result<(), String> {
        let before = self.clone();
        let (session, connection) = before.sides[side]
            .sessions
            .iter()
            .find_map(|session| Some((session, session.connection(id)?)))
            .ok_or("the question is about nothing")?;
        let prompt = connection.prompt.clone().ok_or("nothing was asked")?;
        let by = Actor::Person(owner(presser));
        let event = Event::Answered { connection: id, nonce: Some(prompt.nonce.clone()), by, answer };
        let accepted = self.happen(side, Some(session.id), &event);
        if !accepted {
            return Ok(());
        }
        let may = presser == side
            && prompt.answered_at.is_none()
            && self.now < prompt.expires_at
            && connection.state == ConnectionState::Pending
            && session.state.is_live();
        if !may {
            return Err("an answer was taken that must not count".to_owned());
        }
        let confirmed = |world: &Self| -> Vec<_> {
            (0..world.sides.len())
                .flat_map(|side| world.connections(side).filter(|c| c.confirmed_at.is_some()))
                .map(|c| c.id)
                .collect()
        };
        let mut expected = confirmed(&before);
        if answer == Answer::Confirm {
            expected.push(id);
        }
        let mut now = confirmed(self);
        expected.sort();
        now.sort();
        if now == expected { Ok(()) } else { Err("an answer moved another tunnel".to_owned()) }
    }

    fn pass(&mut self) {
        self.left.passes -= 1;
        self.now = self.now.plus(TICK);
        for side in 0..self.sides.len() {
            // A look at a session may leave another one due at once.
            for _ in 0..4 {
                let due =
                    self.live(side).filter(|s| due_at(s).is_some_and(|at| at <= self.now)).map(|s| s.id);
                let Some(due) = due else { break };
                self.happen(side, Some(due), &Event::Tick);
            }
        }
    }

    /// What must hold in every state.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.check_doors()?;
        for side in 0..self.sides.len() {
            self.check_questions(side)?;
            let lives = self.sides[side].sessions.iter().filter(|session| session.state.is_live()).count();
            if lives > 1 {
                return Err("two live sessions of one account".to_owned());
            }
            for session in &self.sides[side].sessions {
                if session.live_connections().count() > self.policy.max_tunnels as usize {
                    return Err("too many tunnels".to_owned());
                }
                if !session.state.is_live() && session.live_connections().next().is_some() {
                    return Err("a session is over and has a tunnel".to_owned());
                }
            }
        }
        self.check_closed()
    }

    /// Invariant 1: whoever is inside was confirmed; and once that is over, the order to shut the door stands.
    fn check_doors(&self) -> Result<(), String> {
        for tunnel in &self.router.tunnels {
            let Some(owner_of_entry) = tunnel.address.as_ref().and_then(|a| self.router.allow.get(a)) else {
                continue;
            };
            if *owner_of_entry != tunnel.router_session_id {
                // A stale entry whose address was just given out again; the next look takes it away.
                if self.looked {
                    return Err(format!("{tunnel:?} rides on the entry of another tunnel"));
                }
                continue;
            }
            let known = (0..self.sides.len()).find_map(|side| {
                let mut all = self.connections(side);
                all.find(|c| c.tunnel.is_same(tunnel)).map(|c| (side, c))
            });
            let Some((side, connection)) = known.filter(|(_, c)| c.confirmed_at.is_some()) else {
                return Err(format!("{tunnel:?} is inside, but nobody confirmed it"));
            };
            let inside = connection.state == ConnectionState::Confirmed;
            let shut = |(_, wish): &(_, Wish)| matches!(wish, Wish::Close { connection: c, .. } if *c == connection.id);
            if !inside && !self.sides[side].outbox.iter().any(shut) {
                return Err(format!("{tunnel:?} is over, is inside, and nobody is to shut the door"));
            }
            if connection.grounds == Some(Grounds::Trusted)
                && connection.tunnel.caller_id.as_deref() != Some(HOME)
            {
                let vouched = self.connections(side).any(|c| {
                    c.grounds == Some(Grounds::Person) && c.tunnel.caller_id == connection.tunnel.caller_id
                });
                if !vouched {
                    return Err(format!("{tunnel:?} is trusted, and nobody vouched for its caller"));
                }
            }
        }
        Ok(())
    }

    /// Invariant 3: what was decided to go goes: the tunnel of a decision is gone, or the order to cut it stands.
    fn check_closed(&self) -> Result<(), String> {
        for side in 0..self.sides.len() {
            for connection in self.connections(side) {
                let to_go = connection.close_reason.is_some_and(|why| {
                    !matches!(why, CloseReason::Disconnected | CloseReason::RouterRestarted)
                });
                let there = self.router.tunnels.iter().any(|tunnel| tunnel.is_same(&connection.tunnel));
                let ordered = |(_, wish): &(_, Wish)| matches!(wish, Wish::Cut { tunnel, .. } if tunnel.is_same(&connection.tunnel));
                if to_go && there && !self.sides[side].outbox.iter().any(ordered) {
                    return Err(format!("{:?} is over and nobody is to cut it", connection.tunnel));
                }
            }
        }
        Ok(())
    }

    /// Invariant 5: at most so many questions in every window, and a ban resets no counter.
    fn check_questions(&self, side: usize) -> Result<(), String> {
        let asked: Vec<_> =
            self.connections(side).filter_map(|c| c.prompt.as_ref()).map(|prompt| prompt.asked_at).collect();
        for end in &asked {
            let from = end.minus(self.policy.prompt_window_seconds);
            if asked.iter().filter(|at| **at > from && *at <= end).count() > self.policy.prompt_limit as usize
            {
                return Err("too many questions in one window".to_owned());
            }
        }
        // A ban resets no counter: whoever was asked had not too many unconfirmed tunnels just before.
        for asked in self.connections(side).filter(|c| c.prompt.is_some() && c.ask_at.is_none()) {
            let from = asked.connected_at.minus(self.policy.unconfirmed_window_seconds);
            let cut_unasked = |c: &&Connection| {
                matches!(c.close_reason, Some(CloseReason::TooMany | CloseReason::RouterRestarted))
            };
            let before = self
                .connections(side)
                .filter(|c| c.connected_at > from && c.id < asked.id && c.confirmed_at.is_none())
                .filter(|c| !cut_unasked(c));
            if before.count() > self.policy.max_unconfirmed as usize {
                return Err("somebody was asked though too many tunnels were not confirmed".to_owned());
            }
        }
        Ok(())
    }
}

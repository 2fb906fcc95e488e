//! A small world for the rules: people with accounts, a router with tunnels, and what carries wishes out. It
//! has everything of the real one but the network: a database that survives crashes, an outbox, a router that
//! can be away. Tests throw events at it and look whether anybody is let through who should not be.

#![expect(dead_code, reason = "each test uses a part of it")]

use sallyport_shared::{
    ids::{AccountId, ConnectionId, PolicyId, RouterId, SessionId, UserId},
    language::Language,
    person::{Account, Person, TelegramId, UserStatus},
    policy::{LocalTime, Moment, Policy},
    session::{
        Actor, Answer, Boot, ConnectionState, Contact, Effect, Event, Fresh, Nonce, Numbers, OpenFailure,
        Recent, Refusal, Scene, Session, SessionState, Tunnel, Wish, due_at, step,
    },
    time::{Seconds, Timestamp},
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use uuid::Uuid;

/// The person who owns the account.
pub(crate) const OWNER: TelegramId = TelegramId(100);
/// Somebody else.
pub(crate) const STRANGER: TelegramId = TelegramId(666);

/// The router: its tunnels, its allow list (address → the tunnel's session id in the comment), its account.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Router {
    pub(crate) tunnels: Vec<Tunnel>,
    pub(crate) allow: BTreeMap<String, String>,
    pub(crate) banned: BTreeSet<String>,
    pub(crate) account_enabled: bool,
    pub(crate) reachable: bool,
    next: u32,
}

impl Router {
    /// A client dials in from somewhere else each time; its address may be one that was given out before.
    pub(crate) fn dial(&mut self, username: &str, address: u8) -> Option<Tunnel> {
        let caller = format!("203.0.113.{}", self.next % 200 + 1);
        self.dial_from(&caller, username, address)
    }

    /// A client dials in from this public address.
    pub(crate) fn dial_from(&mut self, caller: &str, username: &str, address: u8) -> Option<Tunnel> {
        let address = format!("10.8.0.{address}");
        let taken = self.tunnels.iter().any(|other| other.address.as_ref() == Some(&address));
        if !self.account_enabled || taken || self.banned.contains(caller) {
            return None;
        }
        self.next += 1;
        let tunnel = Tunnel {
            boot: Boot::default(),
            router_session_id: format!("0x81{:06x}", self.next),
            username: username.to_owned(),
            service: "l2tp".to_owned(),
            caller_id: Some(caller.to_owned()),
            address: Some(address),
        };
        self.tunnels.push(tunnel.clone());
        Some(tunnel)
    }

    /// Tunnels that reach the network behind the router.
    pub(crate) fn inside(&self) -> Vec<&Tunnel> {
        self.tunnels
            .iter()
            .filter(|tunnel| tunnel.address.as_ref().is_some_and(|address| self.allow.contains_key(address)))
            .collect()
    }

    /// Power off and on: tunnels and dynamic entries are gone.
    pub(crate) fn reboot(&mut self) {
        self.tunnels.clear();
        self.allow.clear();
    }
}

/// The world.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) person: Person,
    pub(crate) account: Account,
    pub(crate) policy: Policy,
    pub(crate) sessions: Vec<Session>,
    pub(crate) outbox: VecDeque<(Option<SessionId>, Wish)>,
    pub(crate) router: Router,
    pub(crate) told: Vec<Effect>,
    pub(crate) refused: Vec<Refusal>,
    pub(crate) telegram_out: bool,
    pub(crate) forgiven_at: Option<Timestamp>,
    pub(crate) weekday: u8,
    pub(crate) country: Option<&'static str>,
    pub(crate) day_began: Option<Timestamp>,
    /// When the policy's hours end, which are nine a day and the same on each; at noon they run.
    pub(crate) hours_end: Option<Timestamp>,
    /// The sessions that an administrator granted or approved.
    pub(crate) approved: Vec<SessionId>,
    serial: u128,
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

impl World {
    /// One approved person with one account, under `policy`.
    pub(crate) fn new(policy: Policy) -> Self {
        let person = Person {
            id: UserId(id(1)),
            status: UserStatus::Approved,
            telegram: Some(OWNER),
            language: Language::En,
        };
        let account = Account {
            id: AccountId(id(2)),
            user: person.id,
            router: RouterId(id(3)),
            router_name: "hq-gw".to_owned(),
            username: "ivan".to_owned(),
            suspended: false,
        };
        let enabled = !policy.account_follows_session();
        let router = Router { account_enabled: enabled, reachable: true, ..Router::default() };
        Self {
            now: Timestamp::from_micros(1_795_329_600_000_000),
            person,
            account,
            policy,
            sessions: Vec::new(),
            outbox: VecDeque::new(),
            router,
            told: Vec::new(),
            refused: Vec::new(),
            telegram_out: false,
            forgiven_at: None,
            weekday: 1,
            country: None,
            day_began: None,
            hours_end: None,
            approved: Vec::new(),
            serial: 1_000,
        }
    }

    /// The initial policy, as it is unless a test wants another.
    pub(crate) fn policy() -> Policy {
        Policy::initial(PolicyId(id(9)))
    }

    /// What happened lately, as the store would tell it.
    pub(crate) fn recent(&self) -> Recent {
        let contacts = self
            .sessions
            .iter()
            .flat_map(|session| session.connections.iter())
            .map(|connection| Contact::of(self.account.id, connection))
            .collect();
        Recent { contacts, forgiven_at: self.forgiven_at, ..Recent::default() }
    }

    /// Noon while the hours run, if there are any, and else the last minute of the day; the day began twelve hours ago.
    fn moment(&self) -> Moment {
        let mut hours_end = self.hours_end;
        while let Some(end) = hours_end.as_mut().filter(|end| **end <= self.now) {
            *end = end.plus(Seconds(24 * 3_600));
        }
        // Only hours that end some day begin on another.
        let begin = hours_end.map(|end| end.minus(Seconds(9 * 3_600)));
        let hours_begin = begin.filter(|begin| *begin > self.now && hours_end != self.hours_end);
        let minute = if hours_begin.is_some() { 1_439 } else { 720 };
        let time = LocalTime { weekday: self.weekday, minute };
        let day_began = self.day_began.unwrap_or(self.now.minus(Seconds(12 * 3_600)));
        Moment { time, day_began, hours_end: hours_end.filter(|_| hours_begin.is_none()), hours_begin }
    }

    /// The live session.
    pub(crate) fn live(&self) -> Option<&Session> {
        self.sessions.iter().find(|session| session.state.is_live())
    }

    /// The last session.
    pub(crate) fn last(&self) -> &Session {
        self.sessions.last().expect("there is a session")
    }

    pub(crate) fn as_owner() -> Actor {
        Actor::Person(OWNER)
    }

    /// One event about one session, or the live one.
    pub(crate) fn happen(&mut self, about: Option<SessionId>, event: &Event) -> Result<(), Refusal> {
        self.serial += 3;
        let fresh = Fresh {
            session: SessionId(id(self.serial)),
            connection: ConnectionId(id(self.serial + 1)),
            nonce: Nonce(format!("nonce-{}", self.serial)),
            numbers: Numbers::of(u32::try_from(self.serial).unwrap_or(0).to_be_bytes()),
        };
        let session = match about {
            Some(id) => self.sessions.iter().find(|session| session.id == id).cloned(),
            None => self.session_for(event),
        };
        let recent = self.recent();
        let scene = Scene {
            person: &self.person,
            account: &self.account,
            policy: &self.policy,
            session: session.as_ref(),
            local: self.moment(),
            country: self.country,
            banned: matches!(event, Event::TunnelSeen { tunnel }
                if tunnel.caller_id.as_ref().is_some_and(|caller| self.router.banned.contains(caller))),
            recent: &recent,
            telegram_out: self.telegram_out,
            telegram_silent: self.telegram_out,
            fresh,
        };
        let step = match step(&scene, event, self.now) {
            Ok(step) => step,
            Err(refusal) => {
                self.refused.push(refusal);
                return Err(refusal);
            }
        };
        let session = step.session.as_ref().map(|session| session.id);
        if let Some(next) = step.session {
            match self.sessions.iter_mut().find(|known| known.id == next.id) {
                Some(known) => *known = next,
                None => self.sessions.push(next),
            }
        }
        if let Some(suspended) = step.suspend_account {
            self.account.suspended = suspended;
        }
        for effect in step.effects {
            match effect {
                Effect::Wish(wish) => {
                    self.outbox.retain(|(_, other)| other.key() != wish.key());
                    self.outbox.push_back((session, wish));
                }
                other => self.told.push(other),
            }
        }
        if let Some(session) = session {
            self.settle_if_done(session);
        }
        Ok(())
    }

    /// Ended sessions whose last wish was replaced by a newer session's, or whose result was lost.
    fn settle_left_over(&mut self) {
        for session in self.sessions.iter().map(|session| session.id).collect::<Vec<_>>() {
            self.settle_if_done(session);
        }
    }

    /// An ended session for which nothing is left to do is settled at once.
    fn settle_if_done(&mut self, session: SessionId) {
        let waits = self.outbox.iter().any(|(other, _)| *other == Some(session));
        let untold = self.sessions.iter().any(|s| s.id == session && !s.state.is_live() && !s.end_told);
        if untold && !waits {
            let _ = self.happen(Some(session), &Event::Settled);
        }
    }

    fn session_for(&self, event: &Event) -> Option<Session> {
        let live = self.live().cloned();
        match event {
            Event::TunnelSeen { tunnel } if live.is_none() => self
                .sessions
                .iter()
                .rev()
                .find(|session| session.connections.iter().any(|known| known.tunnel.is_same(tunnel)))
                .cloned(),
            _ => live,
        }
    }

    /// Carries the oldest wish out, if the router can be reached. `crash`: the result is lost, the wish stays.
    pub(crate) fn carry(&mut self, crash: bool) {
        if !self.router.reachable {
            return;
        }
        let Some((session, wish)) = self.outbox.front().cloned() else { return };
        let result = self.carry_on_router(&wish);
        if crash {
            return;
        }
        if let Some(event) = result {
            // A result that the rules do not want any more is dropped, as the server does.
            let _ = self.happen(session, &event);
        }
        if self.outbox.front() == Some(&(session, wish)) {
            self.outbox.pop_front();
        }
        if let Some(session) = session {
            self.settle_if_done(session);
        }
    }

    fn carry_on_router(&mut self, wish: &Wish) -> Option<Event> {
        match wish {
            Wish::Account { enabled, .. } => {
                self.router.account_enabled = *enabled;
                enabled.then_some(Event::AccountEnabled)
            }
            Wish::Open { connection, tunnel, .. } => {
                let connection = *connection;
                if self.router.tunnels.iter().any(|now| now.is_same(tunnel)) {
                    let address = tunnel.address.clone()?;
                    self.router.allow.insert(address, tunnel.router_session_id.clone());
                    Some(Event::Opened { connection })
                } else {
                    Some(Event::OpenFailed { connection, failure: OpenFailure::TunnelGone })
                }
            }
            Wish::Close { tunnel, .. } => {
                let address = tunnel.address.clone()?;
                if self.router.allow.get(&address) == Some(&tunnel.router_session_id) {
                    self.router.allow.remove(&address);
                }
                None
            }
            Wish::Cut { tunnel, .. } => {
                self.router.tunnels.retain(|now| !now.is_same(tunnel));
                None
            }
            // No session decides that: it is about tunnels that no session knows.
            Wish::CutElsewhere { .. } => None,
            Wish::Ban { address, .. } => {
                self.router.banned.insert(address.clone());
                None
            }
            Wish::Unban { address } => {
                self.router.banned.remove(address);
                None
            }
            Wish::RuleOff { .. } => None,
        }
    }

    /// What the router's worker does at each look: tunnels that came and went, then the comparison.
    pub(crate) fn reconcile(&mut self) {
        if !self.router.reachable {
            return;
        }
        let known: Vec<_> = self
            .sessions
            .iter()
            .flat_map(|session| session.live_connections().map(move |c| (session.id, c.id, c.tunnel.clone())))
            .collect();
        for (session, connection, tunnel) in &known {
            if !self.router.tunnels.iter().any(|now| now.is_same(tunnel)) {
                let _ = self
                    .happen(Some(*session), &Event::TunnelGone { connection: *connection, restarted: false });
            }
        }
        for tunnel in self.router.tunnels.clone() {
            if !known.iter().any(|(_, _, known)| known.is_same(&tunnel)) {
                let _ = self.happen(None, &Event::TunnelSeen { tunnel });
            }
        }
        let allowed: Vec<(String, String)> = self
            .sessions
            .iter()
            .filter(|session| session.state.is_live())
            .flat_map(|session| session.live_connections())
            .filter(|connection| connection.state == ConnectionState::Confirmed)
            .filter_map(|c| Some((c.tunnel.address.clone()?, c.tunnel.router_session_id.clone())))
            .collect();
        self.router.allow.retain(|address, owner| {
            allowed.iter().any(|(allowed, session)| allowed == address && session == owner)
        });
    }

    /// Time passes, and what is due is done.
    pub(crate) fn pass(&mut self, span: Seconds) {
        self.now = self.now.plus(span);
        let due: Vec<_> = self
            .sessions
            .iter()
            .filter(|session| due_at(session).is_some_and(|at| at <= self.now))
            .map(|session| session.id)
            .collect();
        for session in due {
            let _ = self.happen(Some(session), &Event::Tick);
        }
    }

    /// Everything that is wished is carried out.
    pub(crate) fn settle(&mut self) {
        self.router.reachable = true;
        for _ in 0..200 {
            let before = self.sessions.clone();
            self.reconcile();
            if self.outbox.is_empty() && self.sessions == before {
                self.settle_left_over();
                return;
            }
            self.carry(false);
        }
        panic!("the world does not come to rest: {:?}", self.outbox);
    }

    /// The owner's answer to the question of the newest connection that has one.
    pub(crate) fn answer(&mut self, answer: Answer) -> Result<(), Refusal> {
        let found = self.sessions.iter().rev().find_map(|session| {
            let connection = session.connections.iter().rev().find(|c| c.prompt.is_some())?;
            Some((session.id, connection.id, connection.prompt.clone()?.nonce))
        });
        let Some((session, connection, nonce)) = found else { return Err(Refusal::UnknownPrompt) };
        let event = Event::Answered { connection, nonce: Some(nonce), by: Self::as_owner(), answer };
        self.happen(Some(session), &event)
    }

    /// Is everybody who is inside allowed to be?
    pub(crate) fn check_doors(&self) -> Result<(), String> {
        for tunnel in self.router.inside() {
            let address = tunnel.address.clone().unwrap_or_default();
            if self.router.allow.get(&address) != Some(&tunnel.router_session_id) {
                return Err(format!("{tunnel:?} rides on the entry of another tunnel"));
            }
            let allowed = self.sessions.iter().any(|session| {
                session
                    .connections
                    .iter()
                    .any(|connection| connection.confirmed_at.is_some() && connection.tunnel.is_same(tunnel))
            });
            if !allowed {
                return Err(format!("{tunnel:?} is inside, but nobody ever confirmed it"));
            }
        }
        Ok(())
    }

    /// At rest, with the router reachable: exactly the confirmed tunnels of live sessions are inside.
    pub(crate) fn check_at_rest(&self) -> Result<(), String> {
        self.check_doors()?;
        for tunnel in self.router.inside() {
            let live = self.sessions.iter().any(|session| {
                session.state == SessionState::Active
                    && session.live_connections().any(|connection| {
                        connection.state == ConnectionState::Confirmed && connection.tunnel.is_same(tunnel)
                    })
            });
            if !live {
                return Err(format!("{tunnel:?} is inside without a live session"));
            }
        }
        Ok(())
    }
}

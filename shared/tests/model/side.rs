//! One account and everything that is decided about it. Whatever is not decided here (the router, the clock, Telegram,
//! the other person) is handed in, so that what an event leads to can be worked out once and looked up from then on.

mod words;

use sallyport_shared::{
    ids::{AccountId, AdminId, ConnectionId, RouterId, SessionId, UserId},
    language::Language,
    person::{Account, Person, UserStatus},
    policy::{LocalTime, Moment, Policy},
    session::{
        Actor, CloseReason, Connection, Contact, Effect, EndReason, Event, Fresh, Nonce, OpenFailure, Recent,
        Scene, Session, SessionState, Wish, step,
    },
    time::Timestamp,
};
use std::rc::Rc;
use uuid::Uuid;
pub(crate) use words::{
    Around, CALLERS, Cause, Flaw, Line, Presser, TICK, Tap, address, at, caller, serial, tick_of,
};
use words::{OWNER, STRANGER, numbers};

/// The account with what is decided about it. Both sides of a world look alike: names and ids are each one's own.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Side {
    pub(crate) blocked: bool,
    pub(crate) suspended: bool,
    pub(crate) sessions: Vec<Rc<Session>>,
    /// What is wished of the router and not yet noted as done, in order.
    pub(crate) outbox: Vec<(Option<SessionId>, Rc<Wish>)>,
}

/// The same with what it refers to.
pub(crate) struct Setting<'a> {
    pub(crate) around: Around,
    pub(crate) policy: &'a Policy,
    /// The other account of the same person, if the two are one person's.
    pub(crate) other: Option<&'a Side>,
    pub(crate) flaw: Option<Flaw>,
}

impl Setting<'_> {
    fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }
}

fn admin() -> Actor {
    Actor::Admin { id: AdminId(Uuid::nil()), name: "marina".to_owned(), reason: None }
}

fn account(number: u128) -> AccountId {
    AccountId(Uuid::from_u128(100 + number))
}

impl Side {
    /// The session that is not over.
    pub(crate) fn live(&self) -> Option<&Session> {
        self.sessions.iter().map(AsRef::as_ref).find(|session| session.state.is_live())
    }

    /// Every connection that it ever had.
    pub(crate) fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.sessions.iter().flat_map(|session| session.connections.iter())
    }

    /// The connection at this place, with its session.
    pub(crate) fn connection(&self, place: u8) -> Option<(&Session, &Connection)> {
        let all = self
            .sessions
            .iter()
            .flat_map(|session| session.connections.iter().map(move |c| (session.as_ref(), c)));
        all.into_iter().nth(place.into())
    }

    /// When a session ended last so that nobody is trusted for what was confirmed before.
    pub(crate) fn distrusted_at(&self) -> Option<Timestamp> {
        use EndReason::{Banned, Denied, EndedByAdmin, UserBlocked};
        let against = |session: &&Rc<Session>| {
            matches!(session.end_reason, Some(Banned | Denied | EndedByAdmin | UserBlocked))
        };
        self.sessions.iter().filter(against).filter_map(|session| session.ended_at).max()
    }

    /// What it all counts as, for the person's other account too.
    pub(crate) fn contacts(&self, number: u128) -> impl Iterator<Item = Contact> {
        self.connections().map(move |connection| Contact::of(account(number), connection))
    }

    /// It happens. That the rules refuse is one of the outcomes.
    pub(crate) fn play(&mut self, setting: &Setting<'_>, cause: Cause) {
        let owner = || Actor::Person(OWNER);
        match cause {
            Cause::Ask => self.happen(setting, None, &Event::Ask { by: owner(), seconds: None }),
            Cause::Grant => self.happen(setting, None, &Event::Ask { by: admin(), seconds: None }),
            Cause::Approve => self.happen(setting, None, &Event::Approve { by: admin() }),
            Cause::Refuse => self.happen(setting, None, &Event::Refuse { by: admin() }),
            Cause::Finish => self.happen(setting, None, &Event::End { by: owner() }),
            Cause::EndByAdmin => self.happen(setting, None, &Event::End { by: admin() }),
            Cause::Extend => self.happen(setting, None, &Event::Extend { by: owner(), seconds: None }),
            Cause::ExtendByAdmin => self.happen(setting, None, &Event::Extend { by: admin(), seconds: None }),
            Cause::Block => {
                self.blocked = true;
                self.happen(setting, None, &Event::UserBlocked);
            }
            Cause::Tick => self.happen(setting, None, &Event::Tick),
            Cause::Seen(line) => self.seen(setting, line),
            Cause::Gone { connection, restarted } => {
                let Some((session, connection)) = self.connection(connection) else { return };
                let (session, connection) = (session.id, connection.id);
                self.happen(setting, Some(session), &Event::TunnelGone { connection, restarted });
            }
            Cause::Tap { connection, presser, answer } => self.tap(setting, connection, presser, answer),
            Cause::Code { connection } => {
                let Some((session, connection)) = self.connection(connection) else { return };
                let (session, connection) = (session.id, connection.id);
                self.happen(setting, Some(session), &Event::CodeEntered { connection });
            }
            Cause::Noted { gone } => self.noted(setting, gone),
            Cause::Unreachable => {
                if let Some((session, wish)) = self.outbox.first().cloned()
                    && let Wish::Open { connection, .. } = *wish
                {
                    let failure = OpenFailure::Unreachable;
                    self.happen(setting, session, &Event::OpenFailed { connection, failure });
                }
            }
            Cause::Shelved => {
                self.outbox.clear();
                self.settle_ended(setting);
            }
            Cause::Resumed => self.happen(setting, None, &Event::Enforced),
        }
    }

    /// What the server does with a tunnel that is new to it.
    fn seen(&mut self, setting: &Setting<'_>, line: Line) {
        let tunnel = line.tunnel();
        let cut = |(_, wish): &(_, Rc<Wish>)| matches!(&**wish, Wish::Cut { tunnel: other, .. } if *other == tunnel);
        if self.outbox.iter().any(cut) {
            return;
        }
        let of_tunnel =
            |session: &&Rc<Session>| session.connections.iter().any(|known| known.tunnel.is_same(&tunnel));
        let about = match self.live() {
            Some(_) => None,
            None => self.sessions.iter().rev().find(of_tunnel).map(|session| session.id),
        };
        self.happen(setting, about, &Event::TunnelSeen { tunnel });
    }

    fn tap(&mut self, setting: &Setting<'_>, place: u8, presser: Presser, tap: Tap) {
        let Some((session, connection)) = self.connection(place) else { return };
        let nonce = connection.prompt.as_ref().map(|prompt| prompt.nonce.clone());
        let (by, nonce) = match presser {
            Presser::Owner => (Actor::Person(OWNER), nonce),
            Presser::Stranger if setting.has(Flaw::TakesForeignAnswers) => (Actor::Person(OWNER), nonce),
            Presser::Stranger => (Actor::Person(STRANGER), nonce),
            Presser::Forger => (Actor::Person(OWNER), Some(Nonce("forged".to_owned()))),
            Presser::Admin => (admin(), None),
        };
        let (session, connection) = (session.id, connection.id);
        let event = Event::Answered { connection, nonce, by, answer: tap.answer() };
        self.happen(setting, Some(session), &event);
    }

    fn noted(&mut self, setting: &Setting<'_>, gone: bool) {
        let Some((session, wish)) = self.outbox.first().cloned() else { return };
        let event = match &*wish {
            Wish::Account { enabled: true, .. } => Some(Event::AccountEnabled),
            Wish::Open { connection, .. } if gone => {
                Some(Event::OpenFailed { connection: *connection, failure: OpenFailure::TunnelGone })
            }
            Wish::Open { connection, .. } => Some(Event::Opened { connection: *connection }),
            _ => None,
        };
        if let Some(event) = event {
            self.happen(setting, session, &event);
        }
        if setting.has(Flaw::UndoesDecisions) && matches!(*wish, Wish::Cut { .. }) {
            for session in self.sessions.iter_mut().filter(|session| !session.state.is_live()) {
                Rc::make_mut(session).state = SessionState::Granted;
            }
        }
        self.outbox.retain(|pending| *pending != (session, wish.clone()));
        self.settle_ended(setting);
    }

    /// One event of a session, or of the live one, or of a new one.
    fn happen(&mut self, setting: &Setting<'_>, about: Option<SessionId>, event: &Event) {
        let session = self.sessions.iter().find(|session| match about {
            Some(id) => session.id == id,
            None => session.state.is_live(),
        });
        let person = Person {
            id: UserId(Uuid::from_u128(10)),
            status: if self.blocked { UserStatus::Blocked } else { UserStatus::Approved },
            telegram: Some(OWNER),
            language: Language::En,
        };
        let of_account = Account {
            id: account(0),
            user: person.id,
            router: RouterId(Uuid::from_u128(1)),
            router_name: "hq".to_owned(),
            username: "anna".to_owned(),
            suspended: self.suspended,
        };
        let others = setting.other.into_iter().flat_map(|other| other.contacts(1));
        let contacts = self.contacts(0).chain(others);
        let distrusted = [Some(&*self), setting.other].into_iter().flatten().filter_map(Self::distrusted_at);
        let asked = |contact: Contact| Contact {
            asked_at: contact.asked_at.filter(|_| !setting.has(Flaw::CountsNoQuestions)),
            ..contact
        };
        let contacts: Vec<_> = contacts
            .filter(|contact| !matches!(contact.closed, Some((_, CloseReason::TooMany))))
            .map(asked)
            .collect();
        let banned = contacts.iter().filter_map(|contact| contact.closed);
        let banned = banned.filter(|(_, why)| *why == CloseReason::Banned).map(|(at, _)| at).max();
        let recent = Recent {
            contacts,
            forgiven_at: banned.filter(|_| setting.has(Flaw::ForgivesWithABan)),
            distrusted_at: distrusted.max(),
            // Whether people are told of tunnels that are cut unasked is no part of the model.
            surplus_at: None,
            turned_away: Vec::new(),
        };
        let time = LocalTime { weekday: 1, minute: 720 };
        let scene = Scene {
            person: &person,
            account: &of_account,
            policy: setting.policy,
            session: session.map(AsRef::as_ref),
            local: Moment { time, day_began: Timestamp::from_micros(0), hours_end: None, hours_begin: None },
            country: None,
            // That a banned caller gets in all the same is no part of the model.
            banned: false,
            recent: &recent,
            telegram_out: setting.around.out,
            telegram_silent: setting.around.out,
            fresh: self.fresh(),
        };
        let late = setting.has(Flaw::TakesLateAnswers) && matches!(event, Event::Answered { .. });
        let now = setting.around.now.saturating_sub(u8::from(late));
        let Ok(step) = step(&scene, event, at(now)) else { return };
        let id = step.session.as_ref().map(|session| session.id);
        if let Some(next) = step.session {
            match self.sessions.iter_mut().find(|known| known.id == next.id) {
                Some(known) if **known == next => {}
                Some(known) => *known = Rc::new(next),
                None => self.sessions.push(Rc::new(next)),
            }
        }
        self.suspended = step.suspend_account.unwrap_or(self.suspended);
        for effect in step.effects {
            if let Effect::Wish(wish) = effect {
                self.wish(setting, id, wish);
            }
        }
        if !matches!(event, Event::Settled | Event::OnlyWatched) {
            self.settle_ended(setting);
        }
    }

    /// As the outbox does it: what is only observed is kept for the record, an equal wish stays as it is, a newer one
    /// about the same thing replaces the older.
    fn wish(&mut self, setting: &Setting<'_>, session: Option<SessionId>, wish: Wish) {
        let key = wish.key();
        let same = |(_, other): &(_, Rc<Wish>)| other.key() == key;
        let pending = self.outbox.iter().find(|pending| same(pending));
        let stays = pending.is_some_and(|(_, other)| **other == wish || matches!(wish, Wish::Cut { .. }));
        if stays || (setting.around.observe && !setting.has(Flaw::WritesWhileItObserves)) {
            return;
        }
        let forgotten = match wish {
            Wish::Close { .. } => setting.has(Flaw::LeavesDoorsOpen),
            Wish::Cut { .. } => setting.has(Flaw::CutsNothing),
            Wish::Account { enabled: false, .. } => setting.has(Flaw::LeavesAccountsOn),
            _ => false,
        };
        if forgotten {
            return;
        }
        self.outbox.retain(|pending| !same(pending));
        self.outbox.push((session, Rc::new(wish)));
    }

    /// An ended session of which nothing is left to do is settled at once.
    fn settle_ended(&mut self, setting: &Setting<'_>) {
        let untold: Vec<_> = self
            .sessions
            .iter()
            .filter(|session| !session.state.is_live() && !session.end_told)
            .filter(|session| !self.outbox.iter().any(|(other, _)| *other == Some(session.id)))
            .map(|session| session.id)
            .collect();
        let over = if setting.around.observe { Event::OnlyWatched } else { Event::Settled };
        for id in untold {
            self.happen(setting, Some(id), &over);
        }
    }

    /// Ids follow from what there is, so that two ways to the same state lead to the same state.
    fn fresh(&self) -> Fresh {
        let connections = self.connections().count() as u128;
        let sessions = self.sessions.len() as u128;
        Fresh {
            session: SessionId(Uuid::from_u128(1_000 + sessions)),
            connection: ConnectionId(Uuid::from_u128(2_000 + connections)),
            nonce: Nonce(self.connections().filter(|c| c.prompt.is_some()).count().to_string()),
            numbers: numbers(),
        }
    }

    /// The side without what no rule looks at any more: when exactly something was opened, answered or over that is over.
    /// Fewer sides are different then. That no rule looks there is not taken for granted, see [`super::book`].
    pub(crate) fn forget(&mut self, trusts: bool) {
        for session in &mut self.sessions {
            let is_over = !session.state.is_live();
            if !is_over && session.connections.iter().all(Connection::is_live) {
                continue;
            }
            let mut known = (**session).clone();
            known.connections.iter_mut().filter(|c| !c.is_live()).for_each(|c| forget_times(c, trusts));
            if is_over {
                let then = at(0);
                (known.requested_at, known.connect_by) = (then, None);
                known.granted_at = known.granted_at.map(|_| then);
                known.expires_at = known.expires_at.map(|_| then);
                known.ended_at = known.ended_at.map(|ended| if trusts { ended } else { then });
                (known.own_span, known.reminded_at) = (false, None);
            }
            if known != **session {
                *session = Rc::new(known);
            }
        }
    }
}

/// Of a tunnel that is over counts when it came, and when its owner was asked; when it was confirmed or over counts only
/// for known callers, and when a ban began for telling of it once.
fn forget_times(connection: &mut Connection, trusts: bool) {
    let came = connection.connected_at;
    connection.opened_at = None;
    connection.ask_at = connection.ask_at.map(|_| came);
    if let Some(prompt) = &mut connection.prompt {
        prompt.expires_at = prompt.asked_at;
        prompt.answered_at = prompt.answered_at.map(|_| prompt.asked_at);
    }
    if !trusts {
        connection.confirmed_at = connection.confirmed_at.map(|_| came);
        if connection.close_reason != Some(CloseReason::Banned) {
            connection.closed_at = connection.closed_at.map(|_| came);
        }
    }
}

//! The state machine. One function a kind of event; what several of them do is in [`Draft`].

use super::{
    Actor, Alert, Answer, CloseReason, Connection, ConnectionState, Decision, Effect, EndReason, Event,
    OpenFailure, Outcome, Prompt, Refusal, Scene, Session, SessionState, Step, Tunnel, Wish,
};
use crate::{
    ids::ConnectionId,
    message::Message,
    person::UserStatus,
    policy::{AccessMode, Confirmation, NotAdmitted},
    time::{Seconds, Timestamp},
};

/// The longest span that anybody may grant or add: a year.
const LONGEST: Seconds = Seconds(366 * 86_400);

/// How long the router has at least to carry out a confirmation.
const GRACE: Seconds = Seconds(10);

/// What `event` leads to, at `now`.
///
/// # Errors
/// [`Refusal`]: the event does not apply (late, foreign, double …) and nothing is to be changed.
pub fn step(scene: &Scene<'_>, event: &Event, now: Timestamp) -> Result<Step, Refusal> {
    match event {
        Event::Ask { by, seconds } => ask(scene, by, *seconds, now),
        Event::TunnelSeen { tunnel } => tunnel_seen(scene, tunnel, now),
        _ => {
            let mut draft = Draft::of_live(scene, event, now)?;
            match event {
                Event::Approve { by } => draft.approve(by)?,
                Event::Refuse { by } => draft.refuse(by)?,
                Event::AccountEnabled => draft.account_enabled(),
                Event::TunnelGone { connection, restarted } => draft.tunnel_gone(*connection, *restarted),
                Event::Answered { connection, nonce, by, answer } => {
                    draft.answered(*connection, nonce.as_ref(), by, *answer)?;
                }
                Event::Opened { connection } => draft.opened(*connection),
                Event::OpenFailed { connection, failure } => draft.open_failed(*connection, *failure),
                Event::Tick => draft.tick(),
                Event::Extend { by, seconds } => draft.extend(by, *seconds)?,
                Event::End { by } => draft.end_by(by),
                Event::UserBlocked => draft.end(EndReason::UserBlocked, "The person was blocked"),
                Event::AccountRemoved => draft.end(EndReason::AccountRemoved, "The account was taken away"),
                Event::Settled => draft.settled(),
                Event::Ask { .. } | Event::TunnelSeen { .. } => {}
            }
            Ok(draft.finish())
        }
    }
}

/// When the session must be looked at again, though nothing may have happened.
pub fn due_at(session: &Session) -> Option<Timestamp> {
    let waits = session.live_connections().filter_map(|connection| connection.waits_until);
    let own = match session.state {
        SessionState::Ended => return None,
        SessionState::Requested | SessionState::Granted => [session.connect_by, session.expires_at, None],
        SessionState::Confirming => [session.expires_at, None, None],
        SessionState::Active => [session.expires_at, session.remind_at, None],
    };
    waits.chain(own.into_iter().flatten()).min()
}

/// Somebody asks for access, or an administrator grants it.
fn ask(scene: &Scene<'_>, by: &Actor, seconds: Option<Seconds>, now: Timestamp) -> Result<Step, Refusal> {
    if scene.person.status != UserStatus::Approved {
        return Err(Refusal::NotApproved);
    }
    if scene.session.is_some_and(|session| session.state.is_live()) {
        return Err(Refusal::AlreadyLive);
    }
    let by_admin = matches!(by, Actor::Admin { .. });
    if scene.account.suspended && !by_admin {
        return Err(Refusal::Suspended);
    }
    let span = checked(seconds.unwrap_or(scene.policy.session_seconds))?;
    let mut draft = Draft::of_new(scene, now);
    if scene.account.suspended {
        draft.suspend_account = Some(false);
    }
    draft.note("asked", by_whom(by));
    if scene.policy.needs_approval && !by_admin {
        draft.session.connect_by = Some(now.plus(scene.policy.connect_window_seconds));
        draft.note("waits-for-approval", format!("The policy {} needs it", scene.policy.name));
        draft.tell(Message::SessionRequested { account: draft.account_name() });
        let session = draft.session.id;
        draft.effects.push(Effect::Alert(Alert::SessionApproval { session }));
    } else {
        draft.grant(span);
    }
    Ok(draft.finish())
}

/// A tunnel of a linked account is on the router.
fn tunnel_seen(scene: &Scene<'_>, tunnel: &Tunnel, now: Timestamp) -> Result<Step, Refusal> {
    let live = scene.session.filter(|session| session.state.is_live());
    let allowed = scene.person.status == UserStatus::Approved && !scene.account.suspended;
    if scene.session.is_some_and(|session| is_left_alone(scene, session, tunnel)) {
        return Ok(Step::nothing());
    }
    let is_known_to_go = |session: &Session| {
        session.connections.iter().any(|known| is_to_go(known) && known.tunnel.is_same(tunnel))
    };
    if scene.session.is_some_and(is_known_to_go) {
        return Ok(cut_foreign(tunnel));
    }
    let mut draft = match live {
        Some(session) if session.expires_at.is_some_and(|end| end <= now) => return Ok(cut_foreign(tunnel)),
        Some(session) => Draft::of(scene, session.clone(), now),
        None if allowed && scene.policy.access_mode == AccessMode::Always => {
            let mut draft = Draft::of_new(scene, now);
            draft.note("first-tunnel", "The account may connect at any time and be asked then");
            draft.begin(scene.policy.session_seconds);
            draft.session.account_ready = true;
            draft
        }
        None => return Ok(cut_foreign(tunnel)),
    };
    if draft.session.connections.iter().any(|known| known.is_live() && known.tunnel.is_same(tunnel)) {
        return Ok(draft.finish());
    }
    if !allowed || draft.session.state == SessionState::Requested {
        return Ok(cut_foreign(tunnel));
    }
    // A foreign network, country or hour cuts the tunnel and leaves the session as it is.
    if let Err(against) = scene.policy.admits(tunnel.caller_id.as_deref(), None, scene.local) {
        let mut cut = cut_foreign(tunnel);
        let caller = tunnel.caller_id.clone();
        let account = scene.account.username.clone();
        cut.effects.push(Effect::Tell(match against {
            NotAdmitted::Hours => Message::OutsideHours { account },
            NotAdmitted::Network | NotAdmitted::Country => Message::ForeignPlace { account, caller },
        }));
        return Ok(cut);
    }
    draft.tunnel_came(tunnel);
    Ok(draft.finish())
}

/// The tunnel of an ended session that the policy does not cut: it stays in the box, and nobody is asked again.
fn is_left_alone(scene: &Scene<'_>, session: &Session, tunnel: &Tunnel) -> bool {
    use CloseReason::{EndedByAdmin, EndedByUser, Expired};
    !session.state.is_live()
        && !scene.policy.cut_at_end
        && session.connections.iter().any(|known| {
            known.tunnel.is_same(tunnel)
                && matches!(known.close_reason, Some(Expired | EndedByUser | EndedByAdmin))
        })
}

/// A connection that was closed by a decision, not because its tunnel went: its tunnel has to go.
fn is_to_go(connection: &Connection) -> bool {
    connection
        .close_reason
        .is_some_and(|reason| !matches!(reason, CloseReason::Disconnected | CloseReason::RouterRestarted))
}

/// A tunnel that no live session allows is cut; no session is touched.
fn cut_foreign(tunnel: &Tunnel) -> Step {
    let why = CloseReason::Policy;
    let effects = vec![
        Effect::Wish(Wish::Cut { tunnel: tunnel.clone(), why }),
        Effect::Alert(Alert::ForeignTunnel { tunnel: tunnel.clone(), why }),
    ];
    Step { effects, ..Step::nothing() }
}

/// A span that somebody may ask for.
fn checked(span: Seconds) -> Result<Seconds, Refusal> {
    if span.0 == 0 || span > LONGEST { Err(Refusal::BadSpan) } else { Ok(span) }
}

/// Who did it, in the words of the history.
fn by_whom(by: &Actor) -> String {
    match by {
        Actor::Person(_) => "In Telegram".to_owned(),
        Actor::Admin { name, reason: Some(reason), .. } => format!("By {name}: {reason}"),
        Actor::Admin { name, reason: None, .. } => format!("By {name}"),
    }
}

/// A step in the making.
struct Draft<'a> {
    scene: &'a Scene<'a>,
    session: Session,
    effects: Vec<Effect>,
    decisions: Vec<Decision>,
    suspend_account: Option<bool>,
    now: Timestamp,
}

impl<'a> Draft<'a> {
    fn of(scene: &'a Scene<'a>, session: Session, now: Timestamp) -> Self {
        Self { scene, session, effects: Vec::new(), decisions: Vec::new(), suspend_account: None, now }
    }

    /// For events that need a live session. Results that come back after the end are kept, as they tell what
    /// the router looks like, and *Not me* and *Confirm* get their own refusals.
    fn of_live(scene: &'a Scene<'a>, event: &Event, now: Timestamp) -> Result<Self, Refusal> {
        let session = scene.session.ok_or(Refusal::SessionOver)?;
        let reports_on_ended = matches!(
            event,
            Event::Settled | Event::TunnelGone { .. } | Event::Opened { .. } | Event::OpenFailed { .. }
        );
        if session.state.is_live() || reports_on_ended || matches!(event, Event::Answered { .. }) {
            Ok(Self::of(scene, session.clone(), now))
        } else {
            Err(Refusal::SessionOver)
        }
    }

    fn of_new(scene: &'a Scene<'a>, now: Timestamp) -> Self {
        let session = Session {
            id: scene.fresh.session,
            account: scene.account.id,
            user: scene.person.id,
            router: scene.account.router,
            state: SessionState::Requested,
            requested_at: now,
            granted_at: None,
            account_ready: false,
            connect_by: None,
            expires_at: None,
            remind_at: None,
            reminded_at: None,
            ended_at: None,
            end_reason: None,
            end_told: false,
            extensions: 0,
            connections: Vec::new(),
        };
        Self::of(scene, session, now)
    }

    fn finish(self) -> Step {
        Step {
            session: Some(self.session),
            effects: self.effects,
            decisions: self.decisions,
            suspend_account: self.suspend_account,
        }
    }

    fn note(&mut self, what: &str, why: impl Into<String>) {
        self.decisions.push(Decision { what: what.to_owned(), why: why.into() });
    }

    fn tell(&mut self, message: Message) {
        self.effects.push(Effect::Tell(message));
    }

    fn wish(&mut self, wish: Wish) {
        self.effects.push(Effect::Wish(wish));
    }

    /// The account's name as people are told it.
    fn account_name(&self) -> String {
        self.scene.account.username.clone()
    }

    fn wish_account(&mut self, enabled: bool) {
        let account = &self.scene.account;
        self.wish(Wish::Account { account: account.id, username: account.username.clone(), enabled });
    }

    /// The session is allowed: from now on its time runs.
    fn grant(&mut self, span: Seconds) {
        self.begin(span);
        self.note("granted", format!("For {} s by the policy {}", span.0, self.scene.policy.name));
        self.wish_account(true);
    }

    fn begin(&mut self, span: Seconds) {
        let session = &mut self.session;
        session.state = SessionState::Granted;
        session.granted_at = Some(self.now);
        session.connect_by = Some(self.now.plus(self.scene.policy.connect_window_seconds));
        session.expires_at = Some(self.now.plus(span));
        self.arm_reminder();
    }

    /// The reminder comes before the end by the policy's span, or half-way when the time left is shorter.
    fn arm_reminder(&mut self) {
        let before = self.scene.policy.remind_before_seconds;
        self.session.remind_at = match self.session.expires_at {
            Some(end) if before.0 > 0 => Some(end.minus(before).max(self.now.halfway_to(end))),
            _ => None,
        };
    }

    fn approve(&mut self, by: &Actor) -> Result<(), Refusal> {
        if self.session.state != SessionState::Requested {
            return Err(Refusal::NotRequested);
        }
        if self.scene.person.status != UserStatus::Approved {
            return Err(Refusal::NotApproved);
        }
        self.note("approved", by_whom(by));
        self.grant(self.scene.policy.session_seconds);
        Ok(())
    }

    fn refuse(&mut self, by: &Actor) -> Result<(), Refusal> {
        if self.session.state != SessionState::Requested {
            return Err(Refusal::NotRequested);
        }
        let reason = match by {
            Actor::Admin { reason, .. } => reason.clone(),
            Actor::Person(_) => None,
        };
        self.tell(Message::SessionRefused { account: self.account_name(), reason });
        self.session.end_told = true;
        self.end(EndReason::Refused, &by_whom(by));
        Ok(())
    }

    /// Only now, with the account read back as enabled, is the person told.
    fn account_enabled(&mut self) {
        if self.session.account_ready || self.session.granted_at.is_none() {
            return;
        }
        self.session.account_ready = true;
        self.note("account-enabled", format!("Read back from {}", self.scene.account.router_name));
        let message = Message::SessionGranted {
            account: self.account_name(),
            router: self.scene.account.router_name.clone(),
            until: self.session.expires_at,
            connect_by: self.session.connect_by,
        };
        self.tell(message);
    }

    /// A tunnel that was not known before uses the session.
    fn tunnel_came(&mut self, tunnel: &Tunnel) {
        let others = self.session.live_connections().count();
        let mut connection = Connection {
            id: self.scene.fresh.connection,
            tunnel: tunnel.clone(),
            state: ConnectionState::Pending,
            connected_at: self.now,
            prompt: None,
            waits_until: None,
            confirmed_at: None,
            opened_at: None,
            closed_at: None,
            close_reason: None,
        };
        if others >= usize::try_from(self.scene.policy.max_tunnels).unwrap_or(usize::MAX) {
            self.too_many(connection);
            return;
        }
        let id = connection.id;
        if self.scene.policy.confirmation == Confirmation::None {
            self.note("tunnel-seen", "The policy asks for no confirmation");
            connection.state = ConnectionState::Confirmed;
            connection.confirmed_at = Some(self.now);
            self.session.connections.push(connection);
            self.open(id);
        } else {
            self.note("tunnel-boxed", from_where(tunnel));
            let expires_at = self.now.plus(self.scene.policy.confirm_seconds);
            connection.waits_until = Some(expires_at);
            connection.prompt = self.scene.person.telegram.map(|asked| Prompt {
                nonce: self.scene.fresh.nonce.clone(),
                asked,
                expires_at,
                answered_at: None,
            });
            let asks = connection.prompt.is_some();
            self.session.connections.push(connection);
            if asks {
                self.effects.push(Effect::Ask { connection: id });
            }
        }
        self.derive_state();
    }

    fn too_many(&mut self, mut connection: Connection) {
        let tunnel = connection.tunnel.clone();
        let why = CloseReason::TooMany;
        connection.state = ConnectionState::Closed;
        connection.closed_at = Some(self.now);
        connection.close_reason = Some(why);
        self.session.connections.push(connection);
        self.note("too-many-tunnels", format!("The policy allows {}", self.scene.policy.max_tunnels));
        self.tell(Message::TooManyTunnels { account: self.account_name(), caller: tunnel.caller_id.clone() });
        self.wish(Wish::Cut { tunnel: tunnel.clone(), why });
        self.effects.push(Effect::Alert(Alert::ForeignTunnel { tunnel, why }));
    }

    /// The state that follows from the tunnels, for a session whose time is running.
    fn derive_state(&mut self) {
        if !matches!(
            self.session.state,
            SessionState::Granted | SessionState::Confirming | SessionState::Active
        ) {
            return;
        }
        let has = |state| self.session.connections.iter().any(|connection| connection.state == state);
        self.session.state = if has(ConnectionState::Confirmed) {
            SessionState::Active
        } else if has(ConnectionState::Pending) {
            SessionState::Confirming
        } else {
            SessionState::Granted
        };
    }

    fn open(&mut self, id: ConnectionId) {
        self.session.connect_by = None;
        if let Some(connection) = self.session.connection(id) {
            let tunnel = connection.tunnel.clone();
            self.wish(Wish::Open { connection: id, account: self.scene.account.id, tunnel });
        }
    }

    /// A connection is over: its door is shut, its question withdrawn. Does not cut.
    fn close(&mut self, id: ConnectionId, reason: CloseReason, outcome: Outcome) {
        let now = self.now;
        let Some(connection) = self.session.connections.iter_mut().find(|c| c.id == id && c.is_live()) else {
            return;
        };
        connection.state = ConnectionState::Closed;
        connection.closed_at = Some(now);
        connection.close_reason = Some(reason);
        connection.waits_until = None;
        let tunnel = connection.tunnel.clone();
        let unanswered = connection.prompt.as_mut().is_some_and(|prompt| {
            let first = prompt.answered_at.is_none();
            prompt.answered_at.get_or_insert(now);
            first
        });
        self.wish(Wish::Close { connection: id, account: self.scene.account.id, tunnel });
        if unanswered {
            self.effects.push(Effect::CloseAsk { connection: id, outcome });
        }
        self.derive_state();
    }

    fn tunnel_gone(&mut self, id: ConnectionId, restarted: bool) {
        let Some(connection) = self.session.connection(id).filter(|connection| connection.is_live()) else {
            return;
        };
        let asked = connection.state == ConnectionState::Pending && connection.prompt.is_some();
        let (reason, why) = if restarted {
            (CloseReason::RouterRestarted, "The router restarted")
        } else {
            (CloseReason::Disconnected, "The router no longer shows it")
        };
        self.note("tunnel-gone", why);
        self.close(id, reason, Outcome::Gone);
        if asked {
            self.tell(Message::TunnelGone { account: self.account_name() });
        }
    }

    fn answered(
        &mut self,
        id: ConnectionId,
        nonce: Option<&super::Nonce>,
        by: &Actor,
        answer: Answer,
    ) -> Result<(), Refusal> {
        let connection = self.session.connection(id).ok_or(Refusal::UnknownPrompt)?;
        if let Actor::Person(who) = by {
            let prompt = connection.prompt.as_ref().ok_or(Refusal::UnknownPrompt)?;
            if Some(&prompt.nonce) != nonce {
                return Err(Refusal::UnknownPrompt);
            }
            if prompt.asked != *who || self.scene.person.telegram != Some(*who) {
                return Err(Refusal::NotYours);
            }
            // Closing withdraws the question, so tell first why it was closed.
            match connection.close_reason {
                Some(CloseReason::ConfirmTimeout) => return Err(Refusal::TooLate),
                Some(CloseReason::Denied) => return Err(Refusal::AlreadyAnswered),
                Some(CloseReason::Disconnected | CloseReason::RouterRestarted)
                    if connection.confirmed_at.is_none() =>
                {
                    return Err(Refusal::ConnectionGone);
                }
                _ => {}
            }
            if prompt.answered_at.is_some() {
                return Err(Refusal::AlreadyAnswered);
            }
            if self.now >= prompt.expires_at {
                return Err(Refusal::TooLate);
            }
        }
        let over = self.session.expires_at.is_some_and(|end| end <= self.now);
        if over || !self.session.state.is_live() {
            return Err(Refusal::SessionOver);
        }
        match self.session.connection(id).map(|connection| connection.state) {
            Some(ConnectionState::Pending) => {}
            Some(ConnectionState::Confirmed) => return Err(Refusal::AlreadyAnswered),
            Some(ConnectionState::Closed) | None => return Err(Refusal::ConnectionGone),
        }
        match answer {
            Answer::Confirm => self.confirm(id, by),
            Answer::NotMe => self.not_me(id, by),
        }
        Ok(())
    }

    fn confirm(&mut self, id: ConnectionId, by: &Actor) {
        let now = self.now;
        let mut asked = false;
        if let Some(connection) = self.session.connections.iter_mut().find(|c| c.id == id) {
            connection.state = ConnectionState::Confirmed;
            connection.confirmed_at = Some(now);
            // A yes in the last second must still reach the router.
            connection.waits_until = connection.waits_until.map(|until| until.max(now.plus(GRACE)));
            if let Some(prompt) = connection.prompt.as_mut() {
                asked = true;
                prompt.answered_at = Some(now);
            }
        }
        let (what, outcome) = match by {
            Actor::Person(_) => ("confirmed", Outcome::Confirmed),
            Actor::Admin { .. } => ("confirmed-by-admin", Outcome::ConfirmedByAdmin),
        };
        self.note(what, by_whom(by));
        if asked {
            self.effects.push(Effect::CloseAsk { connection: id, outcome });
        }
        self.open(id);
        self.derive_state();
    }

    /// Somebody else has the password: cut, ban the caller, and take the account out of use.
    fn not_me(&mut self, id: ConnectionId, by: &Actor) {
        let Some(connection) = self.session.connection(id) else { return };
        let caller = connection.tunnel.caller_id.clone();
        let outcome = match by {
            Actor::Person(_) => Outcome::NotMe,
            Actor::Admin { .. } => Outcome::DeniedByAdmin,
        };
        let tunnel = connection.tunnel.clone();
        self.close(id, CloseReason::Denied, outcome);
        self.wish(Wish::Cut { tunnel, why: CloseReason::Denied });
        if let Some(address) = caller.clone().filter(|caller| caller.parse::<std::net::IpAddr>().is_ok()) {
            self.wish(Wish::Ban { address, seconds: self.scene.policy.ban_seconds });
        }
        if self.scene.policy.disable_account_on_deny {
            self.suspend_account = Some(true);
            self.wish_account(false);
        }
        self.end(EndReason::Denied, &by_whom(by));
        let session = self.session.id;
        self.effects.push(Effect::Alert(Alert::Denied { session, caller_id: caller }));
    }

    fn opened(&mut self, id: ConnectionId) {
        let now = self.now;
        let Some(connection) = self
            .session
            .connections
            .iter_mut()
            .find(|c| c.id == id && c.state == ConnectionState::Confirmed && c.opened_at.is_none())
        else {
            return;
        };
        connection.opened_at = Some(now);
        connection.waits_until = None;
        let address = connection.tunnel.address.clone();
        self.note("opened", format!("Read back from {}", self.scene.account.router_name));
        let until = self.session.expires_at;
        self.tell(Message::Opened { account: self.account_name(), address, until });
    }

    fn open_failed(&mut self, id: ConnectionId, failure: OpenFailure) {
        if self.session.connection(id).is_none_or(|c| c.state != ConnectionState::Confirmed) {
            return;
        }
        match failure {
            OpenFailure::TunnelGone => {
                self.note("not-opened", "Read again just before opening, the tunnel was gone");
                self.close(id, CloseReason::Disconnected, Outcome::Gone);
                self.tell(Message::TunnelGone { account: self.account_name() });
            }
            OpenFailure::Unreachable => {
                self.note("open-delayed", "The router does not answer; tried again while the prompt lives");
                self.tell(Message::OpenDelayed { account: self.account_name() });
            }
            OpenFailure::Refused => {
                self.note("open-refused", "The router did not accept it");
                self.tell(Message::OpenRefused { account: self.account_name() });
                let session = self.session.id;
                self.effects.push(Effect::Alert(Alert::OpenRefused { session }));
            }
        }
    }

    /// Whatever is due is done, earliest first where it matters.
    fn tick(&mut self) {
        let now = self.now;
        if self.session.state == SessionState::Requested {
            if self.session.connect_by.is_some_and(|by| by <= now) {
                self.tell(Message::RequestLapsed { account: self.account_name() });
                self.session.end_told = true;
                self.end(EndReason::Expired, "Nobody decided in time");
            }
            return;
        }
        if self.session.expires_at.is_some_and(|end| end <= now) {
            self.end(EndReason::Expired, "The time is over");
            return;
        }
        let overdue: Vec<_> = self
            .session
            .live_connections()
            .filter(|connection| connection.waits_until.is_some_and(|until| until <= now))
            .map(|connection| connection.id)
            .collect();
        for id in overdue {
            self.waited_in_vain(id);
        }
        let never = self.session.state == SessionState::Granted
            && self.session.connect_by.is_some_and(|by| by <= now);
        if never {
            self.end(EndReason::NeverConnected, "No tunnel came in time");
            return;
        }
        if self.session.state == SessionState::Active && self.session.remind_at.is_some_and(|at| at <= now) {
            self.remind();
        }
    }

    /// Nobody confirmed in time, or the router could not be made to open while the prompt lived.
    fn waited_in_vain(&mut self, id: ConnectionId) {
        let Some(tunnel) = self.session.connection(id).map(|connection| connection.tunnel.clone()) else {
            return;
        };
        let why = CloseReason::ConfirmTimeout;
        self.note("confirm-timeout", "No confirmation that could be carried out in time");
        self.close(id, why, Outcome::Expired);
        self.wish(Wish::Cut { tunnel, why });
        if self.scene.policy.access_mode == AccessMode::Always
            && self.session.live_connections().next().is_none()
        {
            self.end(EndReason::ConfirmTimeout, "No answer");
        } else {
            self.tell(Message::ConfirmTimedOut { account: self.account_name() });
        }
    }

    fn remind(&mut self) {
        self.session.remind_at = None;
        self.session.reminded_at = Some(self.now);
        let may_extend = self.session.extensions < self.scene.policy.max_extensions;
        self.note("reminded", "The end is near");
        self.tell(Message::Reminder {
            session: self.session.id,
            account: self.account_name(),
            until: self.session.expires_at,
            may_extend,
        });
    }

    fn extend(&mut self, by: &Actor, seconds: Option<Seconds>) -> Result<(), Refusal> {
        let Some(end) = self.session.expires_at else { return Err(Refusal::SessionOver) };
        if end <= self.now {
            return Err(Refusal::SessionOver);
        }
        let by_person = matches!(by, Actor::Person(_));
        if by_person && self.session.extensions >= self.scene.policy.max_extensions {
            return Err(Refusal::NoMoreExtensions);
        }
        let own = self.scene.policy.extension_seconds;
        let span = checked(if by_person { own } else { seconds.unwrap_or(own) })?;
        let new_end = end.plus(span);
        if new_end.since(self.now) > LONGEST {
            return Err(Refusal::BadSpan);
        }
        self.session.expires_at = Some(new_end);
        self.session.extensions += 1;
        self.session.reminded_at = None;
        self.arm_reminder();
        self.note("extended", by_whom(by));
        self.tell(Message::Extended { account: self.account_name(), until: Some(new_end) });
        Ok(())
    }

    fn end_by(&mut self, by: &Actor) {
        let reason = match by {
            Actor::Person(_) => EndReason::FinishedByUser,
            Actor::Admin { .. } => EndReason::EndedByAdmin,
        };
        self.end(reason, &by_whom(by));
    }

    /// The session is over. Permission goes first, the account second, tunnels last, so that a client that
    /// dials again at once finds everything shut.
    fn end(&mut self, reason: EndReason, why: &str) {
        if !self.session.state.is_live() {
            return;
        }
        let was_granted = self.session.granted_at.is_some();
        let close_reason = close_reason(reason);
        let live: Vec<_> = self.session.live_connections().map(|c| (c.id, c.tunnel.clone())).collect();
        for (id, _) in &live {
            self.close(*id, close_reason, Outcome::Ended);
        }
        let policy = self.scene.policy;
        let forced = matches!(reason, EndReason::UserBlocked | EndReason::AccountRemoved | EndReason::Denied);
        if was_granted && self.suspend_account.is_none() && (policy.account_follows_session() || forced) {
            let keep = reason == EndReason::Denied && !policy.account_follows_session();
            if !keep {
                self.wish_account(false);
            }
        }
        if policy.cut_at_end || forced || reason == EndReason::ConfirmTimeout {
            for (_, tunnel) in live {
                self.wish(Wish::Cut { tunnel, why: close_reason });
            }
        }
        self.session.state = SessionState::Ended;
        self.session.ended_at = Some(self.now);
        self.session.end_reason = Some(reason);
        self.session.remind_at = None;
        self.session.connect_by = None;
        self.note("ended", why);
    }

    /// All that the end asked for was read back: now it can be said.
    fn settled(&mut self) {
        if self.session.state.is_live() || self.session.end_told {
            return;
        }
        self.session.end_told = true;
        self.note("closed", format!("Read back from {}", self.scene.account.router_name));
        if let Some(reason) = self.session.end_reason {
            self.tell(Message::SessionEnded { account: self.account_name(), reason });
        }
    }
}

/// Why the tunnels of a session that ends for `reason` are closed.
fn close_reason(reason: EndReason) -> CloseReason {
    match reason {
        EndReason::FinishedByUser => CloseReason::EndedByUser,
        EndReason::EndedByAdmin => CloseReason::EndedByAdmin,
        EndReason::Expired | EndReason::NeverConnected => CloseReason::Expired,
        EndReason::Denied => CloseReason::Denied,
        EndReason::ConfirmTimeout => CloseReason::ConfirmTimeout,
        EndReason::Banned => CloseReason::Banned,
        EndReason::UserBlocked | EndReason::AccountRemoved | EndReason::Refused => CloseReason::Policy,
    }
}

/// From where a tunnel came, in the words of the history.
fn from_where(tunnel: &Tunnel) -> String {
    let caller = tunnel.caller_id.as_deref().unwrap_or("an unknown place");
    let address = tunnel.address.as_deref().unwrap_or("no address");
    format!("{} from {caller}, {address}", tunnel.service.to_uppercase())
}

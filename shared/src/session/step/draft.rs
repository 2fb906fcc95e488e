//! A step in the making: the session as it will be, and what has been noted, told and wished so far.

use crate::{
    message::Message,
    reason::Reason,
    session::{ConnectionState, Decision, Effect, Event, Refusal, Scene, Session, SessionState, Step, Wish},
    time::Timestamp,
};

/// A step in the making.
pub(super) struct Draft<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) session: Session,
    pub(super) effects: Vec<Effect>,
    pub(super) decisions: Vec<Decision>,
    pub(super) suspend_account: Option<bool>,
    pub(super) now: Timestamp,
}

impl<'a> Draft<'a> {
    pub(super) fn of(scene: &'a Scene<'a>, session: Session, now: Timestamp) -> Self {
        Self { scene, session, effects: Vec::new(), decisions: Vec::new(), suspend_account: None, now }
    }

    /// For events that need a live session. Results that come back after the end are kept, as they tell what
    /// the router looks like, and *Not me* and *Confirm* get their own refusals.
    pub(super) fn of_live(scene: &'a Scene<'a>, event: &Event, now: Timestamp) -> Result<Self, Refusal> {
        let session = scene.session.ok_or(Refusal::SessionOver)?;
        let reports_on_ended = matches!(
            event,
            Event::Settled
                | Event::OnlyWatched
                | Event::TunnelGone { .. }
                | Event::Opened { .. }
                | Event::OpenFailed { .. }
        );
        if session.state.is_live() || reports_on_ended || matches!(event, Event::Answered { .. }) {
            Ok(Self::of(scene, session.clone(), now))
        } else {
            Err(Refusal::SessionOver)
        }
    }

    pub(super) fn of_new(scene: &'a Scene<'a>, now: Timestamp) -> Self {
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
            own_span: false,
            review_at: None,
            opens_at: None,
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

    pub(super) fn finish(self) -> Step {
        Step {
            session: Some(self.session),
            effects: self.effects,
            decisions: self.decisions,
            suspend_account: self.suspend_account,
        }
    }

    pub(super) fn note(&mut self, what: &str, why: Reason) {
        debug_assert!(super::super::DECISIONS.contains(&what), "nobody has words for {what}");
        self.decisions.push(Decision { what: what.to_owned(), why });
    }

    pub(super) fn tell(&mut self, message: Message) {
        self.effects.push(Effect::Tell(message));
    }

    pub(super) fn wish(&mut self, wish: Wish) {
        self.effects.push(Effect::Wish(wish));
    }

    /// The account's name as people are told it.
    pub(super) fn account_name(&self) -> String {
        self.scene.account.username.clone()
    }

    pub(super) fn wish_account(&mut self, enabled: bool) {
        let account = &self.scene.account;
        self.wish(Wish::Account { account: account.id, username: account.username.clone(), enabled });
    }

    /// The state that follows from the tunnels, for a session whose time is running.
    pub(super) fn derive_state(&mut self) {
        if !matches!(
            self.session.state,
            SessionState::Granted | SessionState::Confirming | SessionState::Active
        ) {
            return;
        }
        let has = |state| self.session.connections.iter().any(|connection| connection.state == state);
        let before = self.session.state;
        self.session.state = if has(ConnectionState::Confirmed) {
            SessionState::Active
        } else if has(ConnectionState::Pending) {
            SessionState::Confirming
        } else {
            SessionState::Granted
        };
        // Whoever came and went unconfirmed did come: from then on they have the time to come again.
        if self.session.state == SessionState::Granted && before == SessionState::Confirming {
            self.allow_time_to_connect();
        }
    }
}

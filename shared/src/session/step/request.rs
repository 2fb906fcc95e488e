//! Access is asked for, granted, approved or refused.

use super::{by_whom, checked, draft::Draft};
use crate::{
    message::Message,
    person::UserStatus,
    reason::Reason,
    session::{Actor, Alert, Effect, EndReason, Refusal, Scene, SessionState, Step},
    time::{Seconds, Timestamp},
};

/// Somebody asks for access, or an administrator grants it.
pub(super) fn ask(
    scene: &Scene<'_>,
    by: &Actor,
    seconds: Option<Seconds>,
    now: Timestamp,
) -> Result<Step, Refusal> {
    if scene.person.status != UserStatus::Approved {
        return Err(Refusal::NotApproved);
    }
    match scene.session.map(|session| session.state) {
        Some(SessionState::Requested) => return Err(Refusal::AlreadyRequested),
        Some(state) if state.is_live() => return Err(Refusal::AlreadyLive),
        _ => {}
    }
    let by_admin = matches!(by, Actor::Admin { .. });
    if scene.account.suspended && !by_admin {
        return Err(Refusal::Suspended);
    }
    if !by_admin && scene.recent.is_banned(scene.policy, now) {
        return Err(Refusal::Banned);
    }
    if !by_admin && !scene.policy.is_open_at(scene.local.time) {
        return Err(Refusal::OutsideHours);
    }
    if !by_admin && scene.policy.lets_come_unasked() {
        // Nothing begins before a tunnel comes: a session would end unused, and take nothing away with it.
        let account = format!("{} ({})", scene.account.username, scene.account.router_name);
        let tell = Effect::Tell(Message::JustConnect { accounts: account });
        return Ok(Step { effects: vec![tell], ..Step::nothing() });
    }
    let span = checked(seconds.unwrap_or(scene.policy.session_seconds))?;
    let mut draft = Draft::of_new(scene, now);
    draft.session.own_span = by_admin && seconds.is_some();
    if scene.account.suspended {
        draft.suspend_account = Some(false);
    }
    draft.note("asked", by_whom(by));
    if scene.policy.needs_approval && !by_admin {
        draft.session.connect_by = Some(now.plus(scene.policy.connect_window_seconds));
        draft.note("waits-for-approval", Reason::PolicyNeedsApproval { policy: scene.policy.name.clone() });
        let decide_by = draft.session.connect_by;
        draft.tell(Message::SessionRequested { account: draft.account_name(), decide_by });
        let session = draft.session.id;
        draft.effects.push(Effect::Alert(Alert::SessionApproval { session }));
    } else {
        draft.grant(span);
    }
    Ok(draft.finish())
}

impl Draft<'_> {
    /// The session is allowed: from now on its time runs.
    pub(super) fn grant(&mut self, span: Seconds) {
        self.begin(span);
        let policy = self.scene.policy.name.clone();
        self.note("granted", Reason::Granted { seconds: span, policy });
        self.wish_account(true);
    }

    pub(super) fn begin(&mut self, span: Seconds) {
        let (connect_by, local) = (self.connect_by(), self.scene.local);
        let session = &mut self.session;
        session.state = SessionState::Granted;
        session.granted_at = Some(self.now);
        session.connect_by = Some(connect_by);
        session.expires_at = Some(self.now.plus(span));
        (session.review_at, session.opens_at) = (local.hours_end, local.hours_begin);
        self.arm_reminder();
    }

    pub(super) fn approve(&mut self, by: &Actor) -> Result<(), Refusal> {
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

    pub(super) fn refuse(&mut self, by: &Actor) -> Result<(), Refusal> {
        if self.session.state != SessionState::Requested {
            return Err(Refusal::NotRequested);
        }
        let reason = match by {
            Actor::Admin { reason, .. } => reason.clone(),
            Actor::Person(_) => None,
        };
        self.tell(Message::SessionRefused { account: self.account_name(), reason });
        self.session.end_told = true;
        self.end(EndReason::Refused, by_whom(by));
        Ok(())
    }

    /// Only now, with the account read back as enabled, is the person told.
    pub(super) fn account_enabled(&mut self) {
        if self.session.account_ready || self.session.granted_at.is_none() {
            return;
        }
        self.session.account_ready = true;
        // Before, nobody could connect.
        self.allow_time_to_connect();
        self.note("account-enabled", Reason::ReadBack { router: self.scene.account.router_name.clone() });
        let policy = self.scene.policy;
        let until = self.until().map(|until| until.at);
        // Where a tunnel is enough, nothing is taken away from those who come later.
        let connect_by = self.session.connect_by.filter(|_| !policy.lets_come_unasked());
        let message = Message::SessionGranted {
            account: self.account_name(),
            router: self.scene.account.router_name.clone(),
            until,
            connect_by: connect_by.map(|by| until.map_or(by, |until| by.min(until))),
            outside_hours: !policy.is_open_at(self.scene.local.time),
            opens_at: self.scene.local.hours_begin,
        };
        self.tell(message);
    }
}

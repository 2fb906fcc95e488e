//! The end of a session.

use super::{by_whom, draft::Draft};
use crate::{
    message::Message,
    session::{Actor, CloseReason, EndReason, Outcome, SessionState, Wish},
};

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

impl Draft<'_> {
    pub(super) fn end_by(&mut self, by: &Actor) {
        let reason = match by {
            Actor::Person(_) => EndReason::FinishedByUser,
            Actor::Admin { .. } => EndReason::EndedByAdmin,
        };
        self.end(reason, &by_whom(by));
    }

    /// The session is over. Permission goes first, the account second, tunnels last, so that a client that
    /// dials again at once finds everything shut.
    pub(super) fn end(&mut self, reason: EndReason, why: &str) {
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
        let cut = forced || matches!(reason, EndReason::ConfirmTimeout | EndReason::Banned);
        if policy.cut_at_end || cut {
            for (_, tunnel) in live {
                self.wish(Wish::Cut { tunnel, why: close_reason });
            }
        }
        self.session.state = SessionState::Ended;
        self.session.ended_at = Some(self.now);
        self.session.end_reason = Some(reason);
        self.session.remind_at = None;
        self.session.review_at = None;
        self.session.connect_by = None;
        self.note("ended", why);
    }

    /// All that the end asked for was read back: now it can be said.
    pub(super) fn settled(&mut self) {
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

//! The end of a session.

use super::{by_whom, draft::Draft};
use crate::{
    ids::ConnectionId,
    message::Message,
    reason::Reason,
    session::{
        Actor, CloseReason, Connection, ConnectionState, EndReason, Outcome, Refusal, SessionState, Tunnel,
        Wish,
    },
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
        self.end(reason, by_whom(by));
    }

    /// One tunnel is cut; whoever had it may come again, and is asked.
    pub(super) fn disconnect(&mut self, id: ConnectionId, by: &Actor) -> Result<(), Refusal> {
        if !self.session.connection(id).is_some_and(Connection::is_live) {
            return Err(Refusal::ConnectionGone);
        }
        self.note("disconnected", by_whom(by));
        self.cut(id, CloseReason::EndedByAdmin);
        Ok(())
    }

    /// The session is over. Permission goes first, the account second, tunnels last, so that a client that
    /// dials again at once finds everything shut.
    pub(super) fn end(&mut self, reason: EndReason, why: Reason) {
        self.end_and_cut(reason, why, None);
    }

    /// The same because of one tunnel, which is closed already: its caller is kept out before anything is cut.
    pub(super) fn expel(&mut self, reason: EndReason, why: Reason, culprit: Tunnel) {
        self.end_and_cut(reason, why, Some(culprit));
    }

    fn end_and_cut(&mut self, reason: EndReason, why: Reason, culprit: Option<Tunnel>) {
        if !self.session.state.is_live() {
            return;
        }
        let close_reason = close_reason(reason);
        let live: Vec<_> = self.session.live_connections().map(|c| (c.id, c.tunnel.clone())).collect();
        for (id, _) in &live {
            self.close(*id, close_reason, Outcome::Ended);
        }
        if let Some(culprit) = &culprit {
            self.ban_caller(culprit.caller_id.as_deref(), close_reason);
        }
        let policy = self.scene.policy;
        let forced = matches!(reason, EndReason::UserBlocked | EndReason::AccountRemoved);
        if self.takes_account_away(forced) {
            self.wish_account(false);
        }
        let cut =
            forced || matches!(reason, EndReason::ConfirmTimeout | EndReason::Banned | EndReason::Denied);
        let others = live.into_iter().map(|(_, tunnel)| tunnel).filter(|_| policy.cut_at_end || cut);
        for tunnel in culprit.into_iter().chain(others) {
            self.wish(Wish::Cut { tunnel, why: close_reason });
        }
        self.session.state = SessionState::Ended;
        self.session.ended_at = Some(self.now);
        self.session.end_reason = Some(reason);
        self.session.remind_at = None;
        self.session.review_at = None;
        self.session.opens_at = None;
        self.session.connect_by = None;
        self.reminder_is_over(None);
        self.note("ended", why);
    }

    /// Does the account go out of use with the session? It was given with it, somebody has lost the right to it, or
    /// somebody else knows its password.
    fn takes_account_away(&self, forced: bool) -> bool {
        self.suspend_account.unwrap_or_else(|| {
            let was_granted = self.session.granted_at.is_some();
            was_granted && (self.scene.policy.account_follows_session() || forced)
        })
    }

    /// All that the end asked for was read back: now it can be said.
    pub(super) fn settled(&mut self) {
        if self.session.state.is_live() || self.session.end_told {
            return;
        }
        self.session.end_told = true;
        self.note("closed", Reason::ReadBack { router: self.scene.account.router_name.clone() });
        if let Some(reason) = self.session.end_reason {
            let account_stays = !self.scene.policy.account_follows_session();
            self.tell(Message::SessionEnded { account: self.account_name(), reason, account_stays });
        }
    }

    /// What the end asked for was written down, and not carried out.
    pub(super) fn only_watched(&mut self) {
        if self.session.state.is_live() || self.session.end_told {
            return;
        }
        self.session.end_told = true;
        self.note("only-watched", Reason::OnlyWatched { router: self.scene.account.router_name.clone() });
    }

    /// From now on the router is written to. Who was read back as let through before it was only watched stays;
    /// every other tunnel has to come again, into a box that somebody guards. Whoever was granted access meanwhile
    /// gets it now.
    pub(super) fn enforced(&mut self) {
        let undecided: Vec<_> = self
            .session
            .live_connections()
            .filter(|c| c.state == ConnectionState::Pending || c.opened_at.is_none())
            .map(|c| c.id)
            .collect();
        for id in undecided {
            self.note("enforced-now", Reason::WatchedUntilNow);
            self.cut(id, CloseReason::Policy);
        }
        if self.session.granted_at.is_some() && !self.session.account_ready {
            self.wish_account(true);
        }
    }
}

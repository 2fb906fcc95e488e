//! A tunnel is let through, or no longer.

use super::draft::Draft;
use crate::{
    ids::ConnectionId,
    message::Message,
    reason::Reason,
    session::{Alert, CloseReason, ConnectionState, Effect, OpenFailure, Outcome, Wish},
};

impl Draft<'_> {
    pub(super) fn open(&mut self, id: ConnectionId) {
        self.session.connect_by = None;
        if let Some(connection) = self.session.connection(id) {
            let tunnel = connection.tunnel.clone();
            self.wish(Wish::Open { connection: id, account: self.scene.account.id, tunnel });
        }
    }

    pub(super) fn opened(&mut self, id: ConnectionId) {
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
        self.note("opened", Reason::ReadBack { router: self.scene.account.router_name.clone() });
        let until = self.until().map(|until| until.at);
        self.tell(Message::Opened { account: self.account_name(), address, until });
    }

    pub(super) fn open_failed(&mut self, id: ConnectionId, failure: OpenFailure) {
        if self.session.connection(id).is_none_or(|c| c.state != ConnectionState::Confirmed) {
            return;
        }
        match failure {
            OpenFailure::TunnelGone => {
                self.note("not-opened", Reason::GoneBeforeOpening);
                self.close(id, CloseReason::Disconnected, Outcome::Gone);
                self.tell(Message::TunnelGone { account: self.account_name() });
            }
            OpenFailure::Unreachable => {
                self.note("open-delayed", Reason::RouterSilent);
                self.tell(Message::OpenDelayed { account: self.account_name() });
            }
            OpenFailure::Refused => {
                self.note("open-refused", Reason::RouterRefused);
                self.tell(Message::OpenRefused { account: self.account_name() });
                let session = self.session.id;
                self.effects.push(Effect::Alert(Alert::OpenRefused { session }));
            }
        }
    }

    /// A connection is over: its door is shut, its question withdrawn. Does not cut.
    pub(super) fn close(&mut self, id: ConnectionId, reason: CloseReason, outcome: Outcome) {
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
}

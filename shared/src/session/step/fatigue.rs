//! Nobody is worn down: questions are put at most so often, and whoever keeps connecting unconfirmed is kept out.

use super::draft::Draft;
use crate::{
    ids::ConnectionId,
    message::Message,
    policy::Confirmation,
    reason::Reason,
    router::ban_target,
    session::{Alert, CloseReason, Connection, ConnectionState, Effect, EndReason, Outcome, Prompt, Wish},
    time::Timestamp,
};

impl Draft<'_> {
    /// Asks the owner about a tunnel that waits. Whoever has no Telegram cannot be asked: an administrator may
    /// still answer for them while the tunnel waits. Tells whether they are asked.
    pub(super) fn ask(&mut self, id: ConnectionId) -> bool {
        let (now, nonce) = (self.now, self.scene.fresh.nonce.clone());
        let wants_number = self.scene.policy.confirmation == Confirmation::TelegramNumber;
        let numbers = wants_number.then_some(self.scene.fresh.numbers);
        let asked = self.scene.person.telegram;
        let Some(connection) = self.session.connections.iter_mut().find(|c| c.id == id) else { return false };
        let Some((asked, expires_at)) = asked.zip(connection.waits_until) else {
            // Nobody to ask, and no use in trying again.
            connection.ask_at = None;
            return false;
        };
        connection.prompt =
            Some(Prompt { nonce, asked, asked_at: now, expires_at, answered_at: None, numbers });
        self.effects.push(Effect::Ask { connection: id });
        true
    }

    /// The person was asked too often: the tunnel waits in the box without a question, which is put if a place
    /// frees while it still waits. The person hears of it once for all that come in the meantime.
    pub(super) fn put_off(&mut self, id: ConnectionId, at: Timestamp) {
        let scene = self.scene;
        let Some(connection) = self.session.connections.iter_mut().find(|c| c.id == id) else { return };
        let first = connection.ask_at.is_none();
        connection.ask_at = Some(at);
        let caller = connection.tunnel.caller_id.clone();
        if !first {
            return;
        }
        self.note("prompt-put-off", Reason::QuestionsPut { count: scene.policy.prompt_limit });
        if !scene.recent.was_put_off(scene.policy, self.now) {
            self.tell(Message::PromptsPaused { account: self.account_name(), caller });
        }
    }

    /// Puts a question that was put off, if a place is free now; the others of the session wait for the next look.
    pub(super) fn ask_waiting(&mut self) {
        let now = self.now;
        let waiting = self
            .session
            .live_connections()
            .find(|connection| connection.is_unasked() && connection.ask_at.is_some_and(|at| at <= now));
        let Some(id) = waiting.map(|connection| connection.id) else { return };
        match self.scene.recent.next_prompt(self.scene.policy, now) {
            Some(at) => self.put_off(id, at),
            None => {
                if self.ask(id) {
                    self.note("asked-late", Reason::PlaceFree);
                }
            }
        }
    }

    /// One unconfirmed tunnel too many: the caller is kept out and the session is over. That takes nothing off the
    /// count: whoever comes back within the window is kept out again.
    pub(super) fn ban(&mut self, mut connection: Connection) {
        let policy = self.scene.policy;
        let why = CloseReason::Banned;
        let tunnel = connection.tunnel.clone();
        connection.state = ConnectionState::Closed;
        connection.closed_at = Some(self.now);
        connection.close_reason = Some(why);
        self.session.connections.push(connection);
        let caller_id = tunnel.caller_id.clone();
        self.note(
            "banned",
            Reason::Unconfirmed { count: policy.max_unconfirmed, seconds: policy.unconfirmed_window_seconds },
        );
        let told_before = self.scene.recent.was_banned(policy, self.now);
        self.expel(EndReason::Banned, Reason::TooManyUnconfirmed, tunnel);
        if told_before {
            // They know. To tell them of each further attempt would wear them down as the questions did.
            self.session.end_told = true;
        } else {
            let session = self.session.id;
            self.effects.push(Effect::Alert(Alert::Banned { session, caller_id }));
        }
    }

    /// Keeps a caller out for as long as the policy says. A caller without a network address (PPPoE shows a MAC address)
    /// cannot be kept out that way.
    pub(super) fn ban_caller(&mut self, caller: Option<&str>, why: CloseReason) {
        if let Some(address) = caller.and_then(ban_target) {
            let seconds = self.scene.policy.ban_seconds;
            self.wish(Wish::Ban { address, seconds, why });
        }
    }

    /// A connection is cut by a rule, while its session goes on.
    pub(super) fn cut(&mut self, id: ConnectionId, why: CloseReason) {
        let Some(tunnel) = self.session.connection(id).map(|connection| connection.tunnel.clone()) else {
            return;
        };
        self.close(id, why, Outcome::Ended);
        self.wish(Wish::Cut { tunnel, why });
    }
}

//! A live session under rules that have changed, or at an hour at which they say something else.
//!
//! What a changed policy does to live sessions: a shorter time ends them earlier, though not before the time of
//! a reminder has passed from now on; a longer one lengthens nothing. Tunnels from where, or at an hour at which,
//! nobody may come any more are cut, and so are those above the allowed number, the newest first. What was
//! confirmed stays confirmed, a question that was put keeps its time and its answer still counts; stricter and
//! laxer confirmation begin with the next tunnel. An administrator's own span is not touched.

use super::{draft::Draft, tunnel::not_admitted};
use crate::{
    message::Message,
    reason::Reason,
    session::{CloseReason, ConnectionState},
    time::Seconds,
};

impl Draft<'_> {
    /// Brings the session in line with the policy as it is now.
    pub(super) fn review(&mut self) {
        let told = self.end_earlier();
        self.cut_unwelcome();
        self.cut_surplus();
        if self.note_hours() && !told {
            self.tell_earlier();
        }
    }

    pub(super) fn tell_earlier(&mut self) {
        self.note("ends-earlier", Reason::LessTime { policy: self.scene.policy.name.clone() });
        let until = self.until().map(|until| until.at);
        let earlier = Message::EndsEarlier { account: self.account_name(), until };
        // A reminder that stands speaks of the later end. Nobody is told when a message is changed, so that it is said, too.
        self.rewrite_reminder(earlier.clone());
        self.session.reminded_at = None;
        self.arm_reminder();
        self.tell(earlier);
    }

    /// Ends earlier if the policy's time is shorter now; never later. True: the person is told so.
    fn end_earlier(&mut self) -> bool {
        let policy = self.scene.policy;
        let (Some(granted), Some(end)) = (self.session.granted_at, self.session.expires_at) else {
            return false;
        };
        if self.session.own_span {
            return false;
        }
        let extended = policy.extension_seconds.0.saturating_mul(self.session.extensions);
        let limit = granted.plus(Seconds(policy.session_seconds.0.saturating_add(extended)));
        let with_notice = limit.max(self.now.plus(policy.remind_before_seconds));
        if limit >= end || with_notice >= end {
            return false;
        }
        let before = self.until();
        self.session.expires_at = Some(with_notice);
        self.session.connect_by = self.session.connect_by.map(|by| by.min(with_notice));
        self.arm_reminder();
        // Where the hours end first all the same, nothing that was said changes.
        let changes = self.until() != before;
        if changes {
            self.tell_earlier();
        } else {
            self.note("ends-earlier", Reason::LessTime { policy: policy.name.clone() });
        }
        changes
    }

    /// Cuts the tunnels that would not be let in now.
    fn cut_unwelcome(&mut self) {
        let scene = self.scene;
        let unwelcome: Vec<_> = self
            .session
            .live_connections()
            .filter_map(|connection| {
                let caller = connection.tunnel.caller_id.as_deref();
                let against = scene.policy.admits(caller, connection.country.as_deref(), scene.local.time);
                against.err().map(|against| (connection.id, connection.tunnel.clone(), against))
            })
            .collect();
        for (id, tunnel, against) in unwelcome {
            self.note("not-allowed-any-more", Reason::RuledOut { policy: scene.policy.name.clone() });
            self.cut(id, CloseReason::Policy);
            self.tell(not_admitted(scene, &tunnel, against));
        }
    }

    /// Cuts tunnels above the allowed number: those that wait first, then the newest.
    fn cut_surplus(&mut self) {
        let most = usize::try_from(self.scene.policy.max_tunnels).unwrap_or(usize::MAX);
        let mut live: Vec<_> = self
            .session
            .live_connections()
            .map(|c| (c.state == ConnectionState::Pending, c.connected_at, c.id, c.tunnel.caller_id.clone()))
            .collect();
        live.sort_unstable();
        for (_, _, id, caller) in live.into_iter().skip(most) {
            self.note("too-many-tunnels", Reason::TunnelsAllowed { count: self.scene.policy.max_tunnels });
            self.cut(id, CloseReason::TooMany);
            self.tell(Message::TooManyTunnels { account: self.account_name(), caller });
        }
    }
}

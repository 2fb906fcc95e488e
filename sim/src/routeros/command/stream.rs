//! The end of what goes on: by `/cancel`, or because the router gives it up.

use super::{Answer, Command, write_trap};
use crate::routeros::{
    codec::Reply,
    trap::Trap,
    world::{Outgoing, World},
};

impl World {
    /// The router gives all its listeners up, and keeps their connections. That it says so with a trap is an assumption.
    pub(crate) fn give_up_listeners(&mut self) {
        for listener in std::mem::take(&mut self.listeners) {
            let Some(session) = self.sessions.get(&listener.session) else { continue };
            let mut reply = Reply::default();
            write_trap(&mut reply, &Trap::interrupted(), listener.tag.as_deref());
            reply.bare("!done", listener.tag.as_deref());
            session.send(Outgoing::Bytes(reply.into_bytes()));
        }
    }

    /// Ends listeners of the same connection: the one with the given tag, or all. The order on the wire, as measured:
    /// the trap of the listener, the `!done` of the cancel itself, then `!empty` if the listener had sent nothing, and
    /// the listener's own `!done`. A tag that nobody has is no error (assumption).
    pub(super) fn cancel(&mut self, session: u64, command: &Command) -> Answer {
        let wanted = command.attribute("tag");
        let mut cancelled = Vec::new();
        self.listeners.retain(|listener| {
            let meant = listener.session == session && (wanted.is_none() || listener.tag.as_ref() == wanted);
            if meant {
                cancelled.push((listener.tag.clone(), listener.produced));
            }
            !meant
        });
        let mut reply = Reply::default();
        for (tag, _) in &cancelled {
            write_trap(&mut reply, &Trap::interrupted(), tag.as_deref());
        }
        reply.bare("!done", command.tag.as_deref());
        for (tag, produced) in &cancelled {
            if !produced && self.version.announces_empty() {
                reply.bare("!empty", tag.as_deref());
            }
            reply.bare("!done", tag.as_deref());
        }
        Answer::new(reply, crate::routeros::journal::Outcome::Done)
    }
}

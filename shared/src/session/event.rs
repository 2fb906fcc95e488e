//! What can happen to a session.

use super::{Nonce, Tunnel};
use crate::{
    ids::{AdminId, ConnectionId},
    person::TelegramId,
    time::Seconds,
};

/// Who is behind an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    /// The person, in Telegram.
    Person(TelegramId),
    /// An administrator, with the reason that they gave.
    Admin {
        /// Which one.
        id: AdminId,
        /// Their username, for the history.
        name: String,
        /// Why, in their words.
        reason: Option<String>,
    },
}

/// An answer to "is it you who connected?"
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Yes, open.
    Confirm,
    /// No: somebody else has the password.
    NotMe,
    /// It is the number in this place that the captive page shows; places count from 0.
    Pick(u8),
}

/// Why the router did not open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpenFailure {
    /// The tunnel was read again and is gone, or is another one now.
    TunnelGone,
    /// The router cannot be reached; it will be tried again.
    Unreachable,
    /// The router said no, or the bound rule is not what it was.
    Refused,
}

/// In what way the router does not hold a tunnel as it should.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Exposure {
    /// It waits, and its address is not on the list of the box: it is free, whatever anybody answers.
    NotInBox,
    /// Another tunnel of the router has its address: whatever lets one through lets both.
    AddressTaken,
}

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// Access is asked for by the person, or granted by an administrator for `seconds`.
    Ask {
        /// Who asks.
        by: Actor,
        /// How long; none: as the policy says.
        seconds: Option<Seconds>,
    },
    /// An operator allows a requested session.
    Approve {
        /// Who.
        by: Actor,
    },
    /// An operator refuses a requested session.
    Refuse {
        /// Who.
        by: Actor,
    },
    /// The router was read back: the account is enabled.
    AccountEnabled,
    /// The router shows a tunnel of the account.
    TunnelSeen {
        /// The tunnel.
        tunnel: Tunnel,
    },
    /// The router no longer shows a tunnel.
    TunnelGone {
        /// Which connection it was.
        connection: ConnectionId,
        /// All tunnels went at once because the router restarted.
        restarted: bool,
    },
    /// The router shows the tunnel, and does not hold it as it should.
    Exposed {
        /// Which connection's.
        connection: ConnectionId,
        /// In what way.
        how: Exposure,
    },
    /// Somebody answered whether a tunnel is theirs.
    Answered {
        /// The connection that the answer is about.
        connection: ConnectionId,
        /// From the prompt; administrators have none.
        nonce: Option<Nonce>,
        /// Who answers.
        by: Actor,
        /// What they say.
        answer: Answer,
    },
    /// A one-time code of the owner, which was checked and used up, was typed on the tunnel's captive page.
    CodeEntered {
        /// The connection whose page it was.
        connection: ConnectionId,
    },
    /// The router was read back: it lets the tunnel through.
    Opened {
        /// Which one.
        connection: ConnectionId,
    },
    /// The router could not be made to let the tunnel through.
    OpenFailed {
        /// Which one.
        connection: ConnectionId,
        /// Why.
        failure: OpenFailure,
    },
    /// Time has passed: whatever is due is done.
    Tick,
    /// More time is asked for.
    Extend {
        /// Who asks.
        by: Actor,
        /// How much; none: as the policy says.
        seconds: Option<Seconds>,
    },
    /// The person has finished, or an administrator ends the session.
    End {
        /// Who.
        by: Actor,
    },
    /// An administrator cuts one tunnel; the session goes on.
    Disconnect {
        /// Which.
        connection: ConnectionId,
        /// Who.
        by: Actor,
    },
    /// The person was blocked.
    UserBlocked,
    /// The account was unlinked, or its owner or router deleted.
    AccountRemoved,
    /// Everything that the end of the session asked of the router was read back as done.
    Settled,
    /// The session has ended on a router that is only watched: nothing was done, and nobody is told that it was.
    OnlyWatched,
    /// The router was only watched, and is written to from now on: nothing that was decided meanwhile holds.
    Enforced,
}

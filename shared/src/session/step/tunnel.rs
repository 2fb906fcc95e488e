//! Tunnels come and go.

use super::draft::Draft;
use crate::{
    ids::ConnectionId,
    message::Message,
    person::UserStatus,
    policy::NotAdmitted,
    reason::Reason,
    session::{
        Alert, Arrival, Caller, CloseReason, Connection, ConnectionState, Effect, Exposure, Grounds, Outcome,
        Refusal, Scene, Session, SessionState, Step, Tunnel, Verdict, Wish,
    },
    time::Timestamp,
};

/// A tunnel of a linked account is on the router.
pub(super) fn seen(scene: &Scene<'_>, tunnel: &Tunnel, now: Timestamp) -> Result<Step, Refusal> {
    let live = scene.session.filter(|session| session.state.is_live());
    let allowed = scene.person.status == UserStatus::Approved && !scene.account.suspended;
    // Whoever may not be connected at all has no tunnel to keep, either.
    if allowed && scene.session.is_some_and(|session| is_left_alone(scene, session, tunnel)) {
        return Ok(Step::nothing());
    }
    let is_known_to_go = |session: &Session| {
        session.connections.iter().any(|known| is_to_go(known) && known.tunnel.is_same(tunnel))
    };
    if scene.session.is_some_and(is_known_to_go) {
        return Ok(cut_foreign(tunnel, CloseReason::Policy));
    }
    let mut draft = match live {
        Some(session) if session.expires_at.is_some_and(|end| end <= now) => {
            return Ok(cut_foreign(tunnel, CloseReason::Policy));
        }
        Some(session) => Draft::of(scene, session.clone(), now),
        None if allowed && scene.policy.lets_come_unasked() => {
            let mut draft = Draft::of_new(scene, now);
            draft.note("first-tunnel", Reason::AlwaysOn);
            draft.begin(scene.policy.session_seconds);
            draft.session.account_ready = true;
            draft
        }
        None => return Ok(cut_foreign(tunnel, CloseReason::Policy)),
    };
    if draft.session.connections.iter().any(|known| known.is_live() && known.tunnel.is_same(tunnel)) {
        return Ok(draft.finish());
    }
    if !allowed || draft.session.state == SessionState::Requested {
        return Ok(cut_foreign(tunnel, CloseReason::Policy));
    }
    let verdict = draft.verdict_on(tunnel);
    if verdict == Verdict::KeptOut {
        // Nobody is told of it and nothing is counted: that is what the ban is for.
        return Ok(cut_foreign(tunnel, CloseReason::Banned));
    }
    if let Verdict::Refuse(against) = verdict {
        // The tunnel is cut and the session stays as it is.
        let mut cut = cut_foreign(tunnel, CloseReason::Policy);
        // Once, not at each try, as with tunnels that are too many.
        if !scene.recent.was_turned_away(against, scene.policy, now) {
            cut.effects.push(Effect::Tell(not_admitted(scene, tunnel, against)));
        }
        cut.effects.push(Effect::TurnedAway {
            tunnel: tunnel.clone(),
            country: scene.country.map(str::to_owned),
            against,
        });
        return Ok(cut);
    }
    draft.tunnel_came(tunnel, verdict);
    Ok(draft.finish())
}

/// What the person is told when their tunnel may not be there.
pub(super) fn not_admitted(scene: &Scene<'_>, tunnel: &Tunnel, against: NotAdmitted) -> Message {
    let account = scene.account.username.clone();
    match against {
        NotAdmitted::Hours => Message::OutsideHours { account },
        NotAdmitted::Network | NotAdmitted::Country => {
            Message::ForeignPlace { account, caller: tunnel.caller_id.clone() }
        }
    }
}

impl Draft<'_> {
    /// What the policy makes of a tunnel that comes up now.
    fn verdict_on(&self, tunnel: &Tunnel) -> Verdict {
        let scene = self.scene;
        let arrival = Arrival {
            caller: Caller {
                account: scene.account.id,
                address: tunnel.caller_id.as_deref(),
                country: scene.country,
                now: self.now,
            },
            local: scene.local.time,
            day_began: scene.local.day_began,
            others: u32::try_from(self.session.live_connections().count()).unwrap_or(u32::MAX),
            banned: scene.banned,
            telegram_out: scene.telegram_out,
        };
        scene.policy.verdict(&arrival, scene.recent)
    }

    /// A tunnel that was not known before uses the session.
    fn tunnel_came(&mut self, tunnel: &Tunnel, verdict: Verdict) {
        let connection = Connection {
            id: self.scene.fresh.connection,
            tunnel: tunnel.clone(),
            country: self.scene.country.map(str::to_owned),
            state: ConnectionState::Pending,
            connected_at: self.now,
            unanswerable: self.scene.telegram_silent,
            prompt: None,
            ask_at: None,
            waits_until: None,
            confirmed_at: None,
            grounds: None,
            opened_at: None,
            closed_at: None,
            close_reason: None,
        };
        let id = connection.id;
        match verdict {
            Verdict::KeptOut | Verdict::Refuse(_) => return,
            Verdict::TooMany => return self.too_many(connection),
            Verdict::Ban => return self.ban(connection),
            Verdict::Open(grounds) => self.open_unasked(connection, grounds),
            Verdict::Ask => {
                self.wait_in_box(connection);
                self.ask(id);
            }
            Verdict::AskAt(at) => {
                self.wait_in_box(connection);
                self.put_off(id, at);
            }
        }
        if self.note_hours() {
            self.tell_earlier();
        }
        self.derive_state();
    }

    /// The tunnel needs no confirmation.
    fn open_unasked(&mut self, mut connection: Connection, grounds: Grounds) {
        let id = connection.id;
        connection.state = ConnectionState::Confirmed;
        connection.confirmed_at = Some(self.now);
        connection.grounds = Some(grounds);
        let (what, why) = match grounds {
            Grounds::Trusted => ("trusted-reconnect", Reason::KnownCaller),
            Grounds::Outage => ("opened-in-outage", Reason::TelegramOut),
            Grounds::Policy | Grounds::Person | Grounds::Admin | Grounds::Code => {
                ("tunnel-seen", Reason::NoConfirmationWanted)
            }
        };
        self.note(what, why);
        self.session.connections.push(connection);
        self.open(id);
    }

    /// The tunnel waits in the box, for so long as a question may be answered.
    fn wait_in_box(&mut self, mut connection: Connection) {
        self.note("tunnel-boxed", from_where(&connection.tunnel));
        connection.waits_until = Some(self.now.plus(self.scene.policy.confirm_seconds));
        self.session.connections.push(connection);
    }

    fn too_many(&mut self, mut connection: Connection) {
        let tunnel = connection.tunnel.clone();
        let why = CloseReason::TooMany;
        connection.state = ConnectionState::Closed;
        connection.closed_at = Some(self.now);
        connection.close_reason = Some(why);
        self.session.connections.push(connection);
        self.note("too-many-tunnels", Reason::TunnelsAllowed { count: self.scene.policy.max_tunnels });
        // Once, not at each try: whoever keeps dialling must not fill the chat in which the next question stands.
        if !self.scene.recent.had_surplus(self.scene.policy, self.now) {
            let account = self.account_name();
            self.tell(Message::TooManyTunnels { account, caller: tunnel.caller_id.clone() });
        }
        self.wish(Wish::Cut { tunnel: tunnel.clone(), why });
        self.effects.push(Effect::Alert(Alert::ForeignTunnel { tunnel, why }));
    }

    /// The router does not hold the tunnel as it should: it is cut, and whoever had it may come again.
    pub(super) fn exposed(&mut self, id: ConnectionId, how: Exposure) {
        let Some(connection) = self.session.connection(id).filter(|connection| connection.is_live()) else {
            return;
        };
        let why = match how {
            // It was let through in the meantime, and may be out of the box.
            Exposure::NotInBox if connection.state != ConnectionState::Pending => return,
            Exposure::NotInBox => Reason::OutOfBox,
            Exposure::AddressTaken => Reason::AddressTaken,
        };
        self.note("exposed", why);
        self.cut(id, CloseReason::Policy);
    }

    pub(super) fn tunnel_gone(&mut self, id: ConnectionId, restarted: bool) {
        let Some(connection) = self.session.connection(id).filter(|connection| connection.is_live()) else {
            return;
        };
        let asked = connection.state == ConnectionState::Pending && connection.prompt.is_some();
        let (reason, why) = if restarted {
            (CloseReason::RouterRestarted, Reason::Restarted)
        } else {
            (CloseReason::Disconnected, Reason::NotShown)
        };
        self.note("tunnel-gone", why);
        self.close(id, reason, Outcome::Gone);
        if asked {
            self.tell(Message::TunnelGone { account: self.account_name() });
        }
    }
}

/// The tunnel of an ended session that the policy does not cut: it stays in the box, and nobody is asked again.
fn is_left_alone(scene: &Scene<'_>, session: &Session, tunnel: &Tunnel) -> bool {
    !session.state.is_live()
        && !scene.policy.cut_at_end
        && session.connections.iter().any(|known| {
            known.tunnel.is_same(tunnel) && known.close_reason.is_some_and(CloseReason::may_stay)
        })
}

/// A connection that was closed by a decision, not because its tunnel went: its tunnel has to go.
fn is_to_go(connection: &Connection) -> bool {
    connection
        .close_reason
        .is_some_and(|reason| !matches!(reason, CloseReason::Disconnected | CloseReason::RouterRestarted))
}

/// A tunnel that no live session allows is cut; no session is touched.
fn cut_foreign(tunnel: &Tunnel, why: CloseReason) -> Step {
    let effects = vec![
        Effect::Wish(Wish::Cut { tunnel: tunnel.clone(), why }),
        Effect::Alert(Alert::ForeignTunnel { tunnel: tunnel.clone(), why }),
    ];
    Step { effects, ..Step::nothing() }
}

/// From where a tunnel came, in the words of the history.
fn from_where(tunnel: &Tunnel) -> Reason {
    Reason::CameFrom {
        service: tunnel.service.to_uppercase(),
        caller: tunnel.caller_id.clone(),
        address: tunnel.address.clone(),
    }
}

//! What must hold of every step that a side takes, and of every state that it reaches. Said anew here, from the
//! invariants, and not by asking the rules whether they are right.

use super::side::{Around, Cause, Presser, Setting, Side, Tap, at, tick_of};
use sallyport_shared::{
    policy::{AccessMode, Confirmation, OutageMode, Policy},
    session::{CloseReason, Connection, ConnectionState, EndReason, Grounds, Session, SessionState, Wish},
};
use std::rc::Rc;

type Verdict = Result<(), String>;

fn must(holds: bool, otherwise: impl Into<String>) -> Verdict {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}

/// What must hold of the step from `before` to `after`.
pub(crate) fn step(before: &Side, after: &Side, setting: &Setting<'_>, cause: Cause) -> Verdict {
    nothing_is_undone(before, after)?;
    if let Cause::Tap { connection, presser, answer } = cause {
        answered(before, after, setting, connection, presser, answer)?;
    }
    let confirmed: Vec<_> = newly(before, after, |connection| connection.confirmed_at.is_some());
    must(confirmed.len() <= 1, "invariant 2: one step confirmed more than one tunnel")?;
    for (session, connection) in &confirmed {
        justified(before, session, connection, setting, cause)?;
    }
    for (_, connection) in newly(before, after, |connection| connection.prompt.is_some()) {
        questions(before, after, setting, connection)?;
    }
    let came = after.connections().filter(|c| !before.connections().any(|old| old.id == c.id));
    for connection in came {
        not_worn_down(before, setting, connection)?;
        must(!before.blocked && !before.suspended, "a tunnel of an account out of use was let wait")?;
    }
    for session in after.sessions.iter().filter(|s| !before.sessions.iter().any(|old| old.id == s.id)) {
        began(before, session, setting, cause)?;
    }
    for session in &after.sessions {
        let old = before.sessions.iter().find(|old| old.id == session.id);
        if old.is_none_or(|old| old.state.is_live()) && !session.state.is_live() {
            ended(after, session, setting)?;
        }
        if let Some(old) = old.filter(|old| old.state == SessionState::Requested) {
            let granted = session.state != SessionState::Requested && session.state.is_live();
            must(!granted || cause == Cause::Approve, "allowed, and no operator approved it")?;
            must(old.connections.is_empty(), "a session that waits for approval has a tunnel")?;
        }
    }
    if cause == Cause::Tick {
        done_in_time(before, after, setting.around)?;
    }
    Ok(())
}

/// The connections of which something is true that was not true of them before.
fn newly<'a>(
    before: &Side,
    after: &'a Side,
    is: impl Fn(&Connection) -> bool,
) -> Vec<(&'a Session, &'a Connection)> {
    let was = |id| before.connections().any(|old| old.id == id && is(old));
    let all = after
        .sessions
        .iter()
        .flat_map(|session| session.connections.iter().map(move |c| (session.as_ref(), c)));
    all.filter(|(_, connection)| is(connection) && !was(connection.id)).collect()
}

/// Invariant 4: a decision stands. What is over stays over, who was asked and what was answered stays as it was.
fn nothing_is_undone(before: &Side, after: &Side) -> Verdict {
    for old in &before.sessions {
        let new = after.sessions.iter().find(|new| new.id == old.id).ok_or("a session was lost")?;
        if !old.state.is_live() {
            let same = (old.state, old.end_reason, old.ended_at) == (new.state, new.end_reason, new.ended_at);
            must(same, "invariant 4: a session that was over is not, or for another reason")?;
        }
        must(!old.end_told || new.end_told, "what was told was untold")?;
    }
    for old in before.connections() {
        let new = after.connections().find(|new| new.id == old.id).ok_or("a connection was lost")?;
        if old.state == ConnectionState::Closed {
            let same = (new.state, new.close_reason) == (old.state, old.close_reason);
            must(same, "invariant 4: a tunnel that was over is not, or for another reason")?;
        }
        must(old.confirmed_at.is_none() || new.confirmed_at == old.confirmed_at, "a yes was changed")?;
        must(
            old.state != ConnectionState::Confirmed || new.state != ConnectionState::Pending,
            "a yes was undone",
        )?;
        if let Some(asked) = &old.prompt {
            let again = new.prompt.as_ref().ok_or("a question was lost")?;
            let same = (&again.nonce, again.asked, again.asked_at, again.expires_at)
                == (&asked.nonce, asked.asked, asked.asked_at, asked.expires_at);
            must(same, "a question was changed")?;
            let once = asked.answered_at.is_none() || again.answered_at == asked.answered_at;
            must(once, "invariant 2: a question was answered twice")?;
        }
    }
    must(!before.blocked || after.blocked, "a blocked person is not any more")
}

/// Invariant 1: each yes has its ground, and the ground is one that the policy knows.
fn justified(
    before: &Side,
    session: &Session,
    connection: &Connection,
    setting: &Setting<'_>,
    cause: Cause,
) -> Verdict {
    let Around { now, out, .. } = setting.around;
    let policy = setting.policy;
    let this = |place| before.connection(place).is_some_and(|(_, old)| old.id == connection.id);
    let holds = match (cause, connection.grounds) {
        (Cause::Tap { connection: place, presser, answer }, Some(Grounds::Person)) => {
            let numbers = connection.prompt.as_ref().is_some_and(|prompt| prompt.numbers.is_some());
            let right = if numbers { Tap::RightNumber } else { Tap::Confirm };
            this(place) && presser == Presser::Owner && answer == right
        }
        (Cause::Tap { connection: place, presser, answer }, Some(Grounds::Admin)) => {
            this(place) && presser == Presser::Admin && answer == Tap::Confirm
        }
        (Cause::Code { connection: place }, Some(Grounds::Code)) => {
            this(place) && out && policy.outage == OutageMode::OfflineCode
        }
        (Cause::Seen(_), Some(Grounds::Policy)) => policy.confirmation == Confirmation::None,
        (Cause::Seen(_), Some(Grounds::Outage)) => out && policy.outage == OutageMode::Open,
        (Cause::Seen(_), Some(Grounds::Trusted)) => is_known(before, connection, setting),
        _ => false,
    };
    let in_time = session.expires_at.is_none_or(|end| end > at(now)) && session.state.is_live();
    must(holds, format!("invariant 1: {connection:?} was confirmed without a ground"))?;
    must(in_time, "invariant 1: confirmed after the session's end")
}

/// Somebody vouched for the caller, lately, and nothing has come up against it since.
fn is_known(before: &Side, connection: &Connection, setting: &Setting<'_>) -> bool {
    let span = setting.policy.trusted_reconnect_seconds;
    let from = at(setting.around.now).minus(span);
    let vouched = before
        .connections()
        .filter(|c| c.tunnel.caller_id == connection.tunnel.caller_id)
        .filter(|c| matches!(c.grounds, Some(Grounds::Person | Grounds::Admin)))
        .filter_map(|c| c.confirmed_at)
        .max();
    let against =
        [Some(before), setting.other].into_iter().flatten().flat_map(Side::connections).filter(|c| {
            matches!(
                c.close_reason,
                Some(CloseReason::Denied | CloseReason::Banned | CloseReason::EndedByAdmin)
            )
        });
    let ends = [Some(before), setting.other].into_iter().flatten().filter_map(Side::distrusted_at);
    let lost = against.filter_map(|c| c.closed_at).chain(ends).max();
    span.0 > 0 && vouched.is_some_and(|vouched| vouched > from && lost.is_none_or(|lost| lost < vouched))
}

/// Invariant 2: an answer counts once, from the person who was asked, in time, while the tunnel waits.
fn answered(
    before: &Side,
    after: &Side,
    setting: &Setting<'_>,
    place: u8,
    presser: Presser,
    answer: Tap,
) -> Verdict {
    if before == after {
        return Ok(());
    }
    let (session, connection) = before.connection(place).ok_or("an answer to no question counted")?;
    let waits = session.state.is_live() && connection.state == ConnectionState::Pending;
    must(waits, "invariant 2: an answer counted for a tunnel that does not wait")?;
    match presser {
        Presser::Stranger | Presser::Forger => {
            return Err("invariant 2: a foreign or forged answer counted".to_owned());
        }
        Presser::Owner => {
            let prompt = connection.prompt.as_ref().ok_or("an answer to no question counted")?;
            must(prompt.answered_at.is_none(), "invariant 2: a second answer counted")?;
            must(at(setting.around.now) < prompt.expires_at, "invariant 2: a late answer counted")?;
        }
        Presser::Admin => {}
    }
    let others = |side: &Side| -> Vec<_> {
        side.connections().filter(|c| c.id != connection.id).map(|c| (c.id, c.confirmed_at)).collect()
    };
    must(others(before) == others(after), "invariant 2: an answer confirmed another tunnel")?;
    if answer == Tap::NotMe {
        denied(after, connection, setting)?;
    }
    Ok(())
}

/// Invariant 3: *Not me* cuts the tunnel, keeps its caller out, and takes the account out of use if the policy says so.
fn denied(after: &Side, connection: &Connection, setting: &Setting<'_>) -> Verdict {
    let closed =
        after.connections().any(|c| c.id == connection.id && c.close_reason == Some(CloseReason::Denied));
    must(closed && after.live().is_none(), "invariant 3: *Not me* did not end it")?;
    must(
        after.suspended == setting.policy.disable_account_on_deny,
        "invariant 3: the account is not as the policy says",
    )?;
    if setting.around.observe {
        return Ok(());
    }
    let wished = |what: &dyn Fn(&Wish) -> bool| after.outbox.iter().any(|(_, wish)| what(wish.as_ref()));
    let caller = connection.tunnel.caller_id.clone().unwrap_or_default();
    let cut = wished(&|wish| matches!(wish, Wish::Cut { tunnel, .. } if *tunnel == connection.tunnel));
    let banned = wished(&|wish| matches!(wish, Wish::Ban { address, .. } if *address == caller));
    let off = wished(&|wish| matches!(wish, Wish::Account { enabled: false, .. }));
    must(cut && banned && (off || !after.suspended), "invariant 3: after *Not me* somebody may come back")
}

/// Invariant 5: at most so many questions in every window, of all accounts of the person.
fn questions(before: &Side, after: &Side, setting: &Setting<'_>, asked: &Connection) -> Verdict {
    let policy = setting.policy;
    let now = at(setting.around.now);
    let from = now.minus(policy.prompt_window_seconds);
    let all = after.connections().chain(setting.other.into_iter().flat_map(Side::connections));
    let lately = all.filter_map(|c| c.prompt.as_ref()).filter(|prompt| prompt.asked_at > from).count();
    must(lately <= policy.prompt_limit as usize, "invariant 5: too many questions in one window")?;
    must(asked.state == ConnectionState::Pending, "asked about a tunnel that does not wait")?;
    let fresh = asked.prompt.as_ref().is_none_or(|prompt| {
        !before.connections().filter_map(|c| c.prompt.as_ref()).any(|old| old.nonce == prompt.nonce)
    });
    must(fresh, "two questions carry one word")
}

/// Invariant 5: whoever had too many unconfirmed tunnels is not asked about one more; a ban resets no counter.
fn not_worn_down(before: &Side, setting: &Setting<'_>, came: &Connection) -> Verdict {
    let waits = came.state == ConnectionState::Pending;
    let from = at(setting.around.now).minus(setting.policy.unconfirmed_window_seconds);
    let unasked = [CloseReason::TooMany, CloseReason::Policy, CloseReason::RouterRestarted];
    let counted = [Some(before), setting.other]
        .into_iter()
        .flatten()
        .flat_map(Side::connections)
        .filter(|c| c.connected_at > from && c.confirmed_at.is_none() && !c.unanswerable)
        .filter(|c| c.close_reason.is_none_or(|why| !unasked.contains(&why)))
        .count();
    let tired = counted >= setting.policy.max_unconfirmed as usize;
    must(!waits || !tired, "invariant 5: asked, though too many tunnels were confirmed by nobody")?;
    let banned = came.close_reason == Some(CloseReason::Banned);
    must(!banned || tired, "banned, though not too many tunnels were unconfirmed")
}

/// A session begins with a request, or with a tunnel where the account is always on; never for whoever may not.
fn began(before: &Side, session: &Session, setting: &Setting<'_>, cause: Cause) -> Verdict {
    let by_rule = match cause {
        Cause::Ask => !before.suspended,
        Cause::Grant => true,
        Cause::Seen(_) => setting.policy.access_mode == AccessMode::Always && !before.suspended,
        _ => false,
    };
    must(by_rule && !before.blocked && before.live().is_none(), "a session began that must not")?;
    let waits = setting.policy.needs_approval && cause == Cause::Ask;
    must(
        !waits || session.state == SessionState::Requested,
        "began without the approval that the policy wants",
    )
}

/// Invariant 3: with the session's end its tunnels are over, and what the policy wants of the router is wished.
fn ended(after: &Side, session: &Session, setting: &Setting<'_>) -> Verdict {
    must(session.live_connections().next().is_none(), "invariant 3: a session is over and has a tunnel")?;
    must(session.end_reason.is_some() && session.ended_at.is_some(), "over, and nobody knows why")?;
    let off = |(_, wish): &(_, Rc<Wish>)| matches!(**wish, Wish::Account { enabled: false, .. });
    let was_granted = session.granted_at.is_some();
    let follows = setting.policy.account_follows_session() && was_granted;
    let forced = matches!(session.end_reason, Some(EndReason::UserBlocked)) && was_granted;
    let wanted = (follows || forced) && !setting.around.observe;
    must(!wanted || after.outbox.iter().any(off), "invariant 3: over, and the account stays enabled")
}

/// What is due is done.
fn done_in_time(before: &Side, after: &Side, around: Around) -> Verdict {
    let Some(session) = after.live() else { return Ok(()) };
    let now = at(around.now);
    // An end that a changed policy has just brought forward to this very moment comes with the next look.
    let was_over = before.live().is_some_and(|old| old.expires_at.is_some_and(|end| end <= now));
    must(!was_over, "a session outlives its time")?;
    let waits_too_long = |c: &Connection| c.waits_until.is_some_and(|until| until <= now);
    must(!session.live_connections().any(waits_too_long), "invariant 3: a tunnel waits beyond its time")?;
    // Nobody can come before the account is read back as enabled.
    let could_come = session.state == SessionState::Granted && session.account_ready;
    let never = could_come || session.state == SessionState::Requested;
    let late = session.connect_by.is_some_and(|by| by <= now);
    must(!never || !late, "nobody came, or nobody decided, and the session goes on")
}

/// What must hold of the side in every state, under any of the world's policies.
pub(crate) fn state(side: &Side, policies: &[Policy]) -> Verdict {
    let lives = side.sessions.iter().filter(|session| session.state.is_live()).count();
    must(lives <= 1, "two live sessions of one account")?;
    must(!side.blocked || lives == 0, "invariant 3: a blocked person has a session")?;
    let most = policies.iter().map(|policy| policy.max_tunnels).max().unwrap_or(0) as usize;
    let longest = policies.iter().map(|policy| policy.session_seconds).max().unwrap_or_default();
    for session in &side.sessions {
        must(session.live_connections().count() <= most, "too many tunnels")?;
        let extended = policies.iter().map(|p| p.extension_seconds.0).max().unwrap_or(0) * session.extensions;
        if let Some((granted, end)) = session.granted_at.zip(session.expires_at) {
            let latest = granted.plus(longest).plus(sallyport_shared::time::Seconds(extended));
            must(end <= latest, "a session is longer than the policy allows")?;
        }
        must(
            session.state != SessionState::Ended || session.live_connections().next().is_none(),
            "over, with a tunnel",
        )?;
        let has = |state| session.connections.iter().any(|connection| connection.state == state);
        let expected = match session.state {
            SessionState::Active => has(ConnectionState::Confirmed),
            SessionState::Confirming => has(ConnectionState::Pending) && !has(ConnectionState::Confirmed),
            SessionState::Granted | SessionState::Requested | SessionState::Ended => {
                !has(ConnectionState::Pending) && !has(ConnectionState::Confirmed)
            }
        };
        must(expected, "the session's state is not that of its tunnels")?;
        for connection in session.live_connections() {
            let confirmed = connection.state == ConnectionState::Confirmed;
            must(confirmed || connection.waits_until.is_some(), "a tunnel waits in the box for ever")?;
        }
    }
    Ok(())
}

/// The step of time at which the side must be looked at; none: it need not be.
pub(crate) fn due(side: &Side) -> Option<u8> {
    side.live().and_then(sallyport_shared::session::due_at).map(tick_of)
}

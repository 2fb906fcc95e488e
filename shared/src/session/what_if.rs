//! What another policy would have made of the past: the same [`verdict`](Policy::verdict) as for what happens now,
//! asked again of recorded tunnels, each after what this policy would have made of those before it.
//!
//! Tunnels that were turned away by hour or place are among them, so that it shows who would be let in as well.
//! Where the policy would have asked and nobody was asked, the owner is taken to have said yes; where somebody
//! answered, they are taken to have given the same answer. Likewise sessions: where the policy wants access to be asked
//! for or approved, it is taken to have been, and it is counted how often.

use super::{Arrival, Caller, CloseReason, Contact, Grounds, Recent, Verdict};
use crate::{
    ids::UserId,
    policy::{AccessMode, Moment, NotAdmitted, Policy},
    reason::Reason,
    time::{Seconds, Timestamp},
};
use std::collections::HashMap;

/// The most differences that are told in words.
const EXAMPLES: usize = 10;

/// A tunnel that came up, and what became of it.
#[derive(Clone, Debug)]
pub struct Happened {
    /// Whose it was.
    pub user: UserId,
    /// The account's name.
    pub username: String,
    /// The tunnel and what became of it.
    pub contact: Contact,
    /// What time it was where the policy's hours are meant.
    pub moment: Moment,
    /// Telegram was out of reach then, for so long that the policy's rule for that held.
    pub telegram_out: bool,
    /// It was turned away then, by hour or place, and never belonged to a session.
    pub turned_away: Option<NotAdmitted>,
}

/// How somebody came to a session.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Beginning {
    /// A tunnel came, and that was enough.
    Tunnel,
    /// The person asked for access, and had it at once.
    Request,
    /// The person asked for access, and an operator had to approve it.
    Approval,
    /// An administrator granted it, for which no policy asks anything.
    Grant,
}

/// A session that began, or was asked for at least.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The account's name.
    pub username: String,
    /// When it was asked for, or its first tunnel came.
    pub at: Timestamp,
    /// How.
    pub how: Beginning,
}

/// A session that ran.
#[derive(Clone, Copy, Debug)]
pub struct Ran {
    /// When it was granted.
    pub granted_at: Timestamp,
    /// When it ended, or now.
    pub until: Timestamp,
    /// How often it was extended.
    pub extensions: u32,
    /// An administrator gave it a time of its own.
    pub own_span: bool,
}

/// What the policy would have made of it all.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WhatIf {
    /// How many tunnels came up.
    pub connections: u32,
    /// How many of them their owners would have been asked about.
    pub prompted: u32,
    /// How many would have been let through without a question.
    pub opened_silently: u32,
    /// How many would have been cut at once, or their callers banned.
    pub refused: u32,
    /// How many that were turned away then would have been let in, asked about or not.
    pub let_in: u32,
    /// How many that were let in or asked about then would have been turned away.
    pub kept_out: u32,
    /// How many sessions would have ended before they did.
    pub sessions_ended_earlier: u32,
    /// How many sessions began, or were asked for.
    pub sessions: u32,
    /// How many of them began with a tunnel, and would have had to be asked for in the bot.
    pub to_be_asked_for: u32,
    /// How many of them nobody had to approve, and an operator would have had to.
    pub to_be_approved: u32,
    /// How many of them were asked for, and a tunnel would have been enough.
    pub without_asking: u32,
    /// How many of them waited for an operator's approval, and would not have.
    pub without_approval: u32,
    /// Sessions and tunnels with which it would have gone differently, the first of them.
    pub examples: Vec<Example>,
}

/// A session or a tunnel with which it would have gone differently.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Example {
    /// When it began.
    pub at: Timestamp,
    /// What would have been decided: a key as in a session's history.
    pub what: &'static str,
    /// About whom, and what was decided then.
    pub why: Reason,
}

/// What `policy` would have made of these tunnels (the oldest first), of sessions that began and of those that ran.
pub fn what_if(policy: &Policy, tunnels: &[Happened], begun: &[Begun], ran: &[Ran]) -> WhatIf {
    let mut sum = WhatIf { sessions_ended_earlier: ended_earlier(policy, ran), ..WhatIf::default() };
    for (happened, verdict) in replay(policy, tunnels) {
        sum.add_tunnel(happened, verdict);
    }
    let wanted = wanted_beginning(policy);
    for begun in begun {
        sum.add_session(begun, wanted);
    }
    sum.examples.sort_by_key(|example| example.at);
    sum.examples.truncate(EXAMPLES);
    sum
}

/// What the policy wants of whoever is to have a session.
fn wanted_beginning(policy: &Policy) -> Beginning {
    match policy.access_mode {
        _ if policy.needs_approval => Beginning::Approval,
        AccessMode::OnRequest => Beginning::Request,
        AccessMode::Always => Beginning::Tunnel,
    }
}

impl WhatIf {
    fn add_tunnel(&mut self, happened: &Happened, verdict: Verdict) {
        self.connections += 1;
        match verdict {
            Verdict::Ask | Verdict::AskAt(_) => self.prompted += 1,
            Verdict::Open(_) => self.opened_silently += 1,
            Verdict::KeptOut | Verdict::Refuse(_) | Verdict::TooMany | Verdict::Ban => self.refused += 1,
        }
        let then = decided(happened);
        match (is_turning_away(then), is_turning_away(verdict)) {
            (true, false) => self.let_in += 1,
            (false, true) => self.kept_out += 1,
            _ => {}
        }
        let (then, instead) = (name(then), name(verdict));
        if then != instead {
            let why = Reason::Then {
                account: happened.username.clone(),
                caller: happened.contact.caller.clone(),
                then: then.to_owned(),
            };
            self.examples.push(Example { at: happened.contact.at, what: instead, why });
        }
    }

    fn add_session(&mut self, begun: &Begun, wanted: Beginning) {
        use Beginning::{Approval, Grant, Tunnel};
        self.sessions += 1;
        let then = begun.how;
        if then == Grant || then == wanted {
            return;
        }
        self.to_be_asked_for += u32::from(then == Tunnel);
        self.to_be_approved += u32::from(wanted == Approval);
        self.without_asking += u32::from(wanted == Tunnel);
        self.without_approval += u32::from(then == Approval);
        let why = Reason::BeganThen { account: begun.username.clone(), then: began(then).to_owned() };
        self.examples.push(Example { at: begun.at, what: began(wanted), why });
    }
}

/// The verdict of `policy` on each of these tunnels, the oldest first.
pub fn replay<'a>(policy: &Policy, tunnels: &'a [Happened]) -> Vec<(&'a Happened, Verdict)> {
    let mut past: HashMap<UserId, Recent> = HashMap::new();
    let reach = Recent::reach(policy);
    tunnels
        .iter()
        .map(|happened| {
            let recent = past.entry(happened.user).or_default();
            let now = happened.contact.at;
            let from = now.minus(reach);
            recent.contacts.retain(|contact| contact.at >= from || is_up(contact, now));
            let account = happened.contact.account;
            let others = recent.contacts.iter().filter(|c| c.account == account && is_up(c, now)).count();
            let arrival = Arrival {
                caller: Caller {
                    account,
                    address: happened.contact.caller.as_deref(),
                    country: happened.contact.country.as_deref(),
                    now,
                },
                local: happened.moment.time,
                day_began: happened.moment.day_began,
                others: u32::try_from(others).unwrap_or(u32::MAX),
                banned: false,
                telegram_out: happened.telegram_out,
            };
            let verdict = policy.verdict(&arrival, recent);
            recent.contacts.push(instead(policy, happened, verdict));
            (happened, verdict)
        })
        .collect()
}

/// Still up at `now`, as far as is recorded.
fn is_up(contact: &Contact, now: Timestamp) -> bool {
    contact.closed.is_none_or(|(at, _)| at > now)
}

/// The tunnel as it would have gone under this verdict.
fn instead(policy: &Policy, happened: &Happened, verdict: Verdict) -> Contact {
    let then = &happened.contact;
    let at = then.at;
    let cut = |why| Contact {
        asked_at: None,
        put_off: false,
        confirmed: None,
        closed: Some((at, why)),
        ..then.clone()
    };
    let answer = match then.confirmed {
        Some((when, grounds)) if grounds.is_vouching() => Some((when, grounds)),
        Some(_) => Some((at, Grounds::Person)),
        None => None,
    };
    // Nobody was asked about one that was turned away, so its owner is taken to have said yes, and to have stayed no
    // time: it is not known how long.
    let answer = answer.or_else(|| happened.turned_away.map(|_| (at, Grounds::Person)));
    match verdict {
        Verdict::Refuse(_) => cut(CloseReason::Policy),
        Verdict::TooMany => cut(CloseReason::TooMany),
        Verdict::Ban | Verdict::KeptOut => cut(CloseReason::Banned),
        Verdict::Open(grounds) => {
            Contact { asked_at: None, put_off: false, confirmed: Some((at, grounds)), ..then.clone() }
        }
        Verdict::Ask => Contact { asked_at: Some(at), put_off: false, confirmed: answer, ..then.clone() },
        Verdict::AskAt(later) => {
            let asked = later < at.plus(policy.confirm_seconds) && is_up(then, later);
            Contact {
                asked_at: asked.then_some(later),
                put_off: true,
                confirmed: answer.filter(|_| asked).map(|(when, grounds)| (when.max(later), grounds)),
                ..then.clone()
            }
        }
    }
}

fn ended_earlier(policy: &Policy, sessions: &[Ran]) -> u32 {
    let earlier = sessions.iter().filter(|session| !session.own_span).filter(|session| {
        let extended =
            policy.extension_seconds.0.saturating_mul(session.extensions.min(policy.max_extensions));
        let span = Seconds(policy.session_seconds.0.saturating_add(extended));
        session.granted_at.plus(span) < session.until
    });
    u32::try_from(earlier.count()).unwrap_or(u32::MAX)
}

/// What was decided on a tunnel, as far as it is recorded.
fn decided(happened: &Happened) -> Verdict {
    let then = &happened.contact;
    if let Some(against) = happened.turned_away {
        return Verdict::Refuse(against);
    }
    match (then.closed, then.confirmed) {
        (Some((_, CloseReason::Banned)), None) if then.asked_at.is_none() => Verdict::Ban,
        (Some((_, CloseReason::TooMany)), None) => Verdict::TooMany,
        (_, Some((_, grounds))) if then.asked_at.is_none() && !grounds.is_vouching() => {
            Verdict::Open(grounds)
        }
        _ => Verdict::Ask,
    }
}

/// Is the tunnel cut at once?
fn is_turning_away(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::KeptOut | Verdict::Refuse(_) | Verdict::TooMany | Verdict::Ban)
}

fn began(how: Beginning) -> &'static str {
    match how {
        Beginning::Tunnel => "began-unasked",
        Beginning::Request | Beginning::Grant => "began-asked-for",
        Beginning::Approval => "began-approved",
    }
}

fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Refuse(NotAdmitted::Hours) => "refused-hours",
        Verdict::Refuse(NotAdmitted::Network) => "refused-network",
        Verdict::Refuse(NotAdmitted::Country) => "refused-country",
        Verdict::TooMany => "too-many-tunnels",
        Verdict::Ban | Verdict::KeptOut => "banned",
        Verdict::Open(Grounds::Trusted) => "trusted-reconnect",
        Verdict::Open(_) => "opened-unasked",
        Verdict::Ask | Verdict::AskAt(_) => "asked",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PolicyId;

    fn begun(how: Beginning) -> Begun {
        Begun { username: "anna".to_owned(), at: Timestamp::from_micros(0), how }
    }

    fn counted(access_mode: AccessMode, needs_approval: bool) -> (u32, u32, u32, u32) {
        use Beginning::{Approval, Grant, Request, Tunnel};
        let initial = Policy::initial(PolicyId(uuid::Uuid::nil()));
        let policy = Policy { access_mode, needs_approval, ..initial };
        // One, two, four and eight of each, so that no sum can be mistaken for another.
        let all = [(Tunnel, 1), (Request, 2), (Approval, 4), (Grant, 8)];
        let all: Vec<_> = all.into_iter().flat_map(|(how, count)| vec![begun(how); count]).collect();
        let sum = what_if(&policy, &[], &all, &[]);
        assert_eq!(sum.sessions, 15);
        (sum.to_be_asked_for, sum.to_be_approved, sum.without_asking, sum.without_approval)
    }

    #[test]
    fn it_is_counted_what_would_have_had_to_be_asked_for_and_approved() {
        assert_eq!(counted(AccessMode::Always, false), (0, 0, 6, 4));
        assert_eq!(counted(AccessMode::OnRequest, false), (1, 0, 0, 4));
        for mode in [AccessMode::OnRequest, AccessMode::Always] {
            assert_eq!(counted(mode, true), (1, 3, 0, 0), "{mode:?}: approval is for what is asked for");
        }
    }
}

//! What another policy would have made of the last days, worked out from what was recorded. Nothing is changed.

use super::{
    OpError, OpResult,
    hours::moment,
    policies::{PolicyChange, write_into},
};
use crate::{
    app::App,
    store::{
        Tx,
        records::{ConnectionRecord, DecisionRecord, TurnedAway},
    },
};
use sallyport_shared::{
    ids::UserId,
    policy::Policy,
    reason::Reason,
    session::{Beginning, Begun, CloseReason, Contact, Grounds, Happened, Ran, Session, WhatIf, what_if},
    time::{Seconds, Timestamp},
};
use std::collections::HashSet;

/// The longest look back, in days.
pub const MOST_DAYS: i64 = 90;
/// So many tunnels are looked at, and so many sessions: the newest.
const MOST: i64 = 5_000;

/// What was found, and in how much of the past.
#[derive(Clone, Debug)]
pub struct LookedBack {
    /// What the policy would have decided.
    pub sum: WhatIf,
    /// What came before this moment was not looked at.
    pub since: Timestamp,
    /// There was more in the days that were asked about: it goes back no further than `since`.
    pub truncated: bool,
}

/// What the policy would have decided in the last `days`, on one person's tunnels or on everybody's. What the
/// change does not say is as in the policy in force: the person's, or else the default one.
///
/// # Errors
/// [`OpError::Invalid`] names the field; [`OpError::NotFound`] if there is no such person.
pub async fn ask(app: &App, change: PolicyChange, user: Option<UserId>, days: i64) -> OpResult<LookedBack> {
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(OpError::invalid("days", format!("From 1 to {MOST_DAYS}")));
    }
    let now = app.clock.now();
    let mut since = now.minus(Seconds(u32::try_from(days * 86_400).unwrap_or(u32::MAX)));
    let asked_from = since;
    let mut tx = app.store.read().await?;
    let mut policy = base(&mut tx, user).await?;
    write_into(&mut policy, change)?;
    let records = tx.connections_since(since, user, MOST + 1).await?;
    let ids: HashSet<_> = records.iter().map(|record| record.session).collect();
    let sessions = tx.sessions_by_ids(&ids.into_iter().collect::<Vec<_>>()).await?;
    let turned_away = tx.turned_away_since(since, user, MOST + 1).await?;
    let of_sessions = records.iter().filter_map(|record| {
        let user = sessions.get(&record.session)?.session.user;
        Some(of_session(&policy, record, user))
    });
    let mut tunnels: Vec<Happened> =
        of_sessions.chain(turned_away.iter().map(|record| of_nobody(&policy, record))).collect();
    tunnels.sort_by_key(|happened| happened.contact.at);
    keep_newest(&mut tunnels, |happened| happened.contact.at, &mut since);
    let mut begun = begun(&mut tx, since, user).await?;
    drop(tx);
    begun.sort_by_key(|begun| begun.at);
    keep_newest(&mut begun, |begun| begun.at, &mut since);
    // Both are told of the same span.
    tunnels.retain(|happened| happened.contact.at >= since);
    let ran: Vec<Ran> = sessions
        .values()
        .filter_map(|record| {
            let session = &record.session;
            Some(Ran {
                granted_at: session.granted_at?,
                until: session.ended_at.unwrap_or(now),
                extensions: session.extensions,
                own_span: session.own_span,
            })
        })
        .filter(|ran| ran.until >= since)
        .collect();
    let sum = what_if(&policy, &tunnels, &begun, &ran);
    Ok(LookedBack { sum, since, truncated: since > asked_from })
}

/// Leaves the newest of what is sorted by its time. `since` is moved to the first that is left, if something went.
fn keep_newest<T>(all: &mut Vec<T>, at: impl Fn(&T) -> Timestamp, since: &mut Timestamp) {
    let too_many = all.len().saturating_sub(usize::try_from(MOST).unwrap_or(usize::MAX));
    if too_many > 0 {
        all.drain(..too_many);
        *since = all.first().map_or(*since, at);
    }
}

/// The sessions that began, and how.
async fn begun(tx: &mut Tx, since: Timestamp, user: Option<UserId>) -> OpResult<Vec<Begun>> {
    let records = tx.sessions_since(since, user, MOST + 1).await?;
    let ids: Vec<_> = records.iter().map(|record| record.session.id).collect();
    let called = ["first-tunnel", "asked", "waits-for-approval"];
    let decisions = tx.decisions_called(&ids, &called).await?;
    let accounts: HashSet<_> = records.iter().map(|record| record.session.account).collect();
    let accounts = tx.accounts_by_ids(&accounts.into_iter().collect::<Vec<_>>()).await?;
    let of_record = |session: &Session| {
        Some(Begun {
            username: accounts.get(&session.account)?.account.username.clone(),
            at: session.requested_at,
            how: beginning(decisions.get(&session.id)?)?,
        })
    };
    Ok(records.iter().filter_map(|record| of_record(&record.session)).collect())
}

/// How a session began, as its history says.
fn beginning(decisions: &[DecisionRecord]) -> Option<Beginning> {
    let of = |what: &str| decisions.iter().map(|known| &known.decision).find(|known| known.what == what);
    if of("first-tunnel").is_some() {
        return Some(Beginning::Tunnel);
    }
    let by_admin = matches!(of("asked")?.why, Reason::ByAdmin { .. });
    Some(match of("waits-for-approval") {
        Some(_) => Beginning::Approval,
        None if by_admin => Beginning::Grant,
        None => Beginning::Request,
    })
}

/// A tunnel that belongs to a session.
fn of_session(policy: &Policy, record: &ConnectionRecord, user: UserId) -> Happened {
    let connection = &record.connection;
    Happened {
        user,
        username: connection.tunnel.username.clone(),
        contact: Contact::of(record.account, connection),
        moment: moment(policy, connection.connected_at),
        // That is all that shows afterwards; where nobody was let in for it, it makes no difference to what was decided.
        telegram_out: matches!(connection.grounds, Some(Grounds::Outage | Grounds::Code)),
        turned_away: None,
    }
}

/// A tunnel that was turned away.
fn of_nobody(policy: &Policy, record: &TurnedAway) -> Happened {
    Happened {
        user: record.user,
        username: record.tunnel.username.clone(),
        contact: Contact {
            account: record.account,
            caller: record.tunnel.caller_id.clone(),
            country: record.country.clone(),
            at: record.at,
            asked_at: None,
            put_off: false,
            unanswerable: false,
            confirmed: None,
            closed: Some((record.at, CloseReason::Policy)),
        },
        moment: moment(policy, record.at),
        telegram_out: false,
        turned_away: Some(record.against),
    }
}

/// The policy in force, on which the change is put.
async fn base(tx: &mut Tx, user: Option<UserId>) -> OpResult<Policy> {
    let own = match user {
        Some(id) => tx.user(id).await?.ok_or(OpError::NotFound("person"))?.policy,
        None => None,
    };
    let record = match own {
        Some(id) => tx.policy(id).await?,
        None => tx.default_policy().await?,
    };
    Ok(record.ok_or(OpError::NotFound("policy"))?.policy)
}

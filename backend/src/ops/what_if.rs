//! What another policy would have made of the last days, worked out from what was recorded. Nothing is changed.

use super::{
    OpError, OpResult,
    policies::{PolicyChange, write_into},
    surroundings::moment,
};
use crate::{
    app::App,
    store::records::{ConnectionRecord, TurnedAway},
};
use sallyport_shared::{
    ids::UserId,
    policy::Policy,
    session::{CloseReason, Contact, Grounds, Happened, Ran, WhatIf, what_if},
    time::Seconds,
};
use std::collections::HashSet;

/// The longest look back, in days.
pub const MOST_DAYS: i64 = 90;
/// So many tunnels are looked at, the oldest first.
const MOST_TUNNELS: i64 = 5_000;

/// What the policy would have decided in the last `days`, on one person's tunnels or on everybody's. What the
/// change does not say is as in the policy in force: the person's, or else the default one.
///
/// # Errors
/// [`OpError::Invalid`] names the field; [`OpError::NotFound`] if there is no such person.
pub async fn ask(app: &App, change: PolicyChange, user: Option<UserId>, days: i64) -> OpResult<WhatIf> {
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(OpError::invalid("days", format!("From 1 to {MOST_DAYS}")));
    }
    let now = app.clock.now();
    let span = Seconds(u32::try_from(days * 86_400).unwrap_or(u32::MAX));
    let mut tx = app.store.read().await?;
    let mut policy = base(&mut tx, user).await?;
    write_into(&mut policy, change)?;
    let records = tx.connections_since(now.minus(span), user, MOST_TUNNELS).await?;
    let ids: HashSet<_> = records.iter().map(|record| record.session).collect();
    let sessions = tx.sessions_by_ids(&ids.into_iter().collect::<Vec<_>>()).await?;
    let turned_away = tx.turned_away_since(now.minus(span), user, MOST_TUNNELS).await?;
    drop(tx);
    let of_sessions = records.iter().filter_map(|record| {
        let user = sessions.get(&record.session)?.session.user;
        Some(of_session(&policy, record, user))
    });
    let mut tunnels: Vec<Happened> =
        of_sessions.chain(turned_away.iter().map(|record| of_nobody(&policy, record))).collect();
    tunnels.sort_by_key(|happened| happened.contact.at);
    tunnels.truncate(usize::try_from(MOST_TUNNELS).unwrap_or(usize::MAX));
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
        .collect();
    Ok(what_if(&policy, &tunnels, &ran))
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
async fn base(tx: &mut crate::store::Tx, user: Option<UserId>) -> OpResult<Policy> {
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

//! What another policy would have made of the last days, worked out from what was recorded. Nothing is changed.

use super::{
    OpError, OpResult,
    policies::{PolicyChange, write_into},
    surroundings::moment,
};
use crate::app::App;
use sallyport_shared::{
    ids::UserId,
    policy::Policy,
    session::{Contact, Happened, Ran, WhatIf, what_if},
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
    drop(tx);
    let tunnels: Vec<Happened> = records
        .iter()
        .filter_map(|record| {
            let connection = &record.connection;
            Some(Happened {
                user: sessions.get(&record.session)?.session.user,
                username: connection.tunnel.username.clone(),
                contact: Contact::of(record.account, connection),
                moment: moment(&policy, connection.connected_at),
            })
        })
        .collect();
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

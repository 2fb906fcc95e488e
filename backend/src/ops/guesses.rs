//! How many one-time codes may be typed: counted by person and by network in the database, so that neither a restart
//! nor another replica gives fresh guesses. No guess at so short a secret is free, wherever it comes from.
//!
//! A guess is counted, for good, before the code is looked at; one that was right is taken off again.

use super::{
    OpResult,
    throttle::{PER_NETWORK, PER_PAIR, WINDOW, network, too_many},
};
use crate::app::App;
use sallyport_shared::ids::UserId;
use std::net::IpAddr;

/// Counts a guess at the codes of `user` from `address`.
///
/// # Errors
/// [`super::OpError::RateLimited`] if there were too many; that one is not counted.
pub(super) async fn attempt(app: &App, user: UserId, address: IpAddr) -> OpResult<()> {
    let now = app.clock.now();
    let since = now.minus(WINDOW);
    let mut tx = app.store.begin().await?;
    let [person, place] = keys(user, address);
    for (key, most) in [(&person, PER_PAIR), (&place, PER_NETWORK)] {
        let times = tx.attempts(key, since).await?;
        if let Some(first) = times.first().filter(|_| times.len() >= most) {
            return Err(too_many(first.plus(WINDOW), now));
        }
    }
    for key in [&person, &place] {
        tx.count_attempt(key, now).await?;
    }
    tx.drop_attempts(since).await?;
    Ok(tx.commit().await?)
}

/// The code was right: what was counted for the person is forgotten, and one for the address.
pub(super) async fn succeeded(app: &App, user: UserId, address: IpAddr) -> OpResult<()> {
    let mut tx = app.store.begin().await?;
    let [person, place] = keys(user, address);
    tx.forgive_attempts(&person, true).await?;
    tx.forgive_attempts(&place, false).await?;
    Ok(tx.commit().await?)
}

fn keys(user: UserId, address: IpAddr) -> [String; 2] {
    [format!("code:person:{user}"), format!("code:address:{}", network(address))]
}

//! The journal of the changes of accounts: how each ends, and what becomes of those that broke off.
//!
//! What was to be made is looked for: it is there, closed, or it never came. What was to be removed is removed: that was
//! decided. Which password counts cannot be read; that is said, and an administrator sets it again.

use super::{LIFE, Trouble, open_to_changes};
use crate::{
    app::App,
    bus::{Change, ChangeKind},
    driver::{
        accounts::{self as driver, Fault},
        carry::Make,
        wire,
    },
    ops::{OpError, OpResult, Who, accounts::align, unit::Unit},
    store::{
        Tx,
        records::{AccountChange, AccountVerb, ChangeState, RouterRecord},
    },
};
use routeros_api::Connection;
use sallyport_shared::{
    ids::RouterId,
    person::AccountSource,
    time::{Seconds, Timestamp},
};

/// When a removal that could not be carried out is tried again.
const AGAIN: Seconds = Seconds(5);

/// How the audit names what is done.
pub(super) fn action(verb: AccountVerb) -> &'static str {
    match verb {
        AccountVerb::Create => "router-account.create",
        AccountVerb::Password => "router-account.password",
        AccountVerb::Delete => "router-account.delete",
    }
}

/// How the audit names the router as a subject.
pub(super) fn subject(router: &RouterRecord) -> String {
    format!("router:{}", router.id)
}

/// The change in the audit's words.
pub(super) fn describe(router: &RouterRecord, change: &AccountChange) -> String {
    let place = match change.source {
        AccountSource::PppSecret => "PPP secret",
        AccountSource::UserManager7 | AccountSource::UserManager6 => "User Manager",
    };
    format!("{} on {} ({place})", change.username, router.name)
}

/// Writes down what has become of a change, with the words for it. `gone`: the router knows the name no more, so that it
/// belongs to nobody.
pub(super) async fn end(
    app: &App,
    who: &Who,
    router: &RouterRecord,
    change: &AccountChange,
    state: ChangeState,
    words: Option<&str>,
    gone: bool,
) -> OpResult<()> {
    let mut unit = Unit::begin(app, who).await?;
    if !unit.tx.end_account_change(change.id, state, unit.now).await? {
        return Ok(());
    }
    if let Some(record) = unit.tx.account_by_username(router.id, &change.username).await? {
        let made =
            change.verb == AccountVerb::Create && matches!(state, ChangeState::Done | ChangeState::Found);
        if gone {
            unit.tx.unlink_account(record.account.id, unit.now).await?;
        } else if made {
            // The name was linked before there was an account: its owner's policy says whether it is to be enabled.
            unit.tx.set_account_seen(record.account.id, Some(false), Some(change.source)).await?;
            align(&mut unit, record.account.id).await?;
        }
        unit.tell(Change::User { id: record.account.user, kind: ChangeKind::Updated });
    }
    let what = match state {
        ChangeState::Done => "done",
        ChangeState::Refused => "refused",
        ChangeState::Found => "found",
        ChangeState::Never => "never",
        ChangeState::Unknown | ChangeState::Announced => "unknown",
    };
    note(&mut unit, router, change, what, words).await?;
    unit.commit().await?;
    app.fleet.wants_doctor(router.id);
    app.bus.doctor.notify_one();
    Ok(())
}

async fn note(
    unit: &mut Unit<'_>,
    router: &RouterRecord,
    change: &AccountChange,
    what: &str,
    words: Option<&str>,
) -> OpResult<()> {
    let mut detail = describe(router, change);
    if *unit.who == Who::System {
        detail = format!("{detail}, decided by {}", change.actor);
    }
    if let Some(words) = words {
        detail = format!("{detail}: {words}");
    }
    let action = format!("{}.{what}", action(change.verb));
    unit.audit(&action, &subject(router), Some(&detail)).await?;
    unit.tell(Change::Router { id: router.id });
    Ok(())
}

/// Leaves a change whose outcome is not known to the router's worker.
pub(super) async fn leave(
    app: &App,
    router: &RouterRecord,
    change: &AccountChange,
    who: &Who,
) -> OpResult<()> {
    let mut unit = Unit::begin(app, who).await?;
    unit.tx.leave_account_change(change.id, unit.now).await?;
    let words = "the router does not answer; what became of it is found out when it does";
    note(&mut unit, router, change, "left", Some(words)).await?;
    unit.commit().await?;
    // Whether there is something to be looked into is asked at the next look: let it come soon.
    app.bus.look(router.id).notify_one();
    Ok(())
}

/// When a change of the router's accounts is to be looked into; none: none stands.
///
/// # Errors
/// When the database fails.
pub(crate) async fn left_at(tx: &mut Tx, router: RouterId) -> OpResult<Option<Timestamp>> {
    let standing = tx.standing_account_changes(router).await?;
    Ok(standing.iter().map(|change| change.alive_until).min())
}

/// Finds out what became of changes that broke off, and ends them. Tells when there is something to be looked into next.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find_out(
    app: &App,
    router: &RouterRecord,
    wire: &Connection,
    make: Make,
) -> OpResult<Option<Timestamp>> {
    let standing = app.store.read().await?.standing_account_changes(router.id).await?;
    for change in &standing {
        look_into(app, router, wire, make, change).await?;
    }
    if standing.is_empty() {
        return Ok(None);
    }
    left_at(&mut app.store.read().await?, router.id).await
}

/// Finds out what became of one change, unless somebody is at work on it.
pub(super) async fn look_into(
    app: &App,
    router: &RouterRecord,
    wire: &Connection,
    make: Make,
    change: &AccountChange,
) -> OpResult<()> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    if !tx.take_over_account_change(change.id, now, now.plus(LIFE)).await? {
        return Ok(());
    }
    tx.commit().await?;
    let (state, words, gone) = match change.verb {
        AccountVerb::Password => {
            let words = "whether it counts cannot be read; set it again".to_owned();
            (ChangeState::Unknown, Some(words), false)
        }
        AccountVerb::Create => match driver::find(wire, change.source, &change.username).await {
            Ok(there) if there.is_empty() => (ChangeState::Never, Some("it was not made".to_owned()), false),
            Ok(there) => {
                let is_on = there.iter().any(|found| found.enabled);
                let words = if is_on { "it is there, and switched on" } else { "it is there, closed" };
                (ChangeState::Found, Some(words.to_owned()), false)
            }
            Err(error) => return put_off(app, change, Fault::from(error)).await,
        },
        AccountVerb::Delete => match remove(app, router, wire, make, change).await {
            Ok(gone) => (ChangeState::Done, None, gone),
            Err(fault @ Fault::Lost(_)) => return put_off(app, change, fault).await,
            Err(fault) => (ChangeState::Refused, Some(in_words(&fault)), false),
        },
    };
    end(app, &Who::System, router, change, state, words.as_deref(), gone).await
}

/// Carries a decided removal out, unless the router is not to be written to any more. Tells whether the name is gone.
async fn remove(
    app: &App,
    router: &RouterRecord,
    wire: &Connection,
    make: Make,
    change: &AccountChange,
) -> Result<bool, Fault> {
    let lost = |words: String| Fault::Lost(words);
    let mut tx = app.store.read().await.map_err(|error| lost(error.to_string()))?;
    open_to_changes(&mut tx, router.id).await.map_err(|trouble| kept_from(&trouble))?;
    let owned = tx.account_by_username(router.id, &change.username).await;
    drop(tx);
    let rule = owned.map_err(|error| lost(error.to_string()))?.and_then(|record| record.rule);
    let which = (change.source, change.username.as_str());
    driver::remove(wire, router, make, which, rule.as_ref()).await?;
    Ok(wire::find_accounts(wire, make.edition, &change.username).await?.is_empty())
}

/// What keeps from carrying a removal out: somebody's decision does for good, everything else for now.
fn kept_from(trouble: &Trouble) -> Fault {
    let words = trouble.to_string();
    match trouble {
        Trouble::NotAllowed
        | Trouble::Observed { .. }
        | Trouble::SwitchedOff { .. }
        | Trouble::Op(OpError::NotFound(_)) => Fault::Refused { words, rights: false },
        _ => Fault::Lost(words),
    }
}

async fn put_off(app: &App, change: &AccountChange, fault: Fault) -> OpResult<()> {
    tracing::warn!(router = %change.router, ?fault, "a change of an account is looked into later");
    let mut tx = app.store.begin().await?;
    tx.leave_account_change(change.id, app.clock.now().plus(AGAIN)).await?;
    Ok(tx.commit().await?)
}

fn in_words(fault: &Fault) -> String {
    match fault {
        Fault::Refused { words, .. } | Fault::Lost(words) => words.clone(),
        Fault::Exists => "it exists already".to_owned(),
        Fault::Gone => "it is gone".to_owned(),
        Fault::Unproven => "it is not so when read back".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreError;

    #[test]
    fn only_a_decision_ends_a_removal_that_was_decided() {
        let router = || "hq-gw".to_owned();
        let decided = [
            Trouble::NotAllowed,
            Trouble::Observed { router: router() },
            Trouble::SwitchedOff { router: router() },
            Trouble::Op(OpError::NotFound("router")),
        ];
        for trouble in decided {
            assert!(matches!(kept_from(&trouble), Fault::Refused { .. }), "{trouble:?}");
        }
        let passing = [
            Trouble::Op(OpError::Store(StoreError::Unavailable("database is locked".to_owned()))),
            Trouble::Op(OpError::Internal("the settings cannot be read".to_owned())),
        ];
        for trouble in passing {
            assert!(matches!(kept_from(&trouble), Fault::Lost(_)), "{trouble:?}");
        }
    }
}

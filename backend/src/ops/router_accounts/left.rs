//! The journal of the changes of accounts: how each ends, and what becomes of those that broke off.
//!
//! What was to be made is looked for: it is there, closed, or it never came. What was to be removed is removed: that was
//! decided. If that is refused, it is read what is so: an earlier attempt may have done all of it, or shut the account and no
//! more, and then it stays shut, for nobody has allowed it since. Which password counts cannot be read; that is said, and an
//! administrator sets it again.

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
        records::{AccountChange, AccountVerb, AlertKind, ChangeState, NewAlert, RouterRecord},
    },
};
use routeros_api::{Connection, Error};
use sallyport_shared::{
    ids::RouterId,
    person::AccountSource,
    reason::Reason,
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

/// What has become of a change.
pub(super) struct End {
    /// As the journal says it.
    pub(super) state: ChangeState,
    /// What there is to say of it.
    pub(super) words: Option<String>,
    /// The router knows the name no more, so that it belongs to nobody.
    pub(super) gone: bool,
    /// What whoever decided it has to be told, if they do not wait for the answer.
    pub(super) tell: Option<Reason>,
}

impl End {
    pub(super) fn done(gone: bool) -> Self {
        Self { state: ChangeState::Done, words: None, gone, tell: None }
    }

    pub(super) fn refused(why: String) -> Self {
        Self { state: ChangeState::Refused, words: Some(why), gone: false, tell: None }
    }
}

/// Writes down what has become of a change.
pub(super) async fn end(
    app: &App,
    who: &Who,
    router: &RouterRecord,
    change: &AccountChange,
    End { state, words, gone, tell }: End,
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
    unit.settle(|alert| is_about(alert, change)).await?;
    if let Some(detail) = tell.filter(|_| *who == Who::System) {
        let kind = AlertKind::CommandFailing;
        let alert = NewAlert { kind, user: None, session: None, router: Some(router.id), detail };
        if unit.tx.raise_alert(&alert, unit.now).await? {
            unit.alerts_changed();
        }
    }
    let what = match state {
        ChangeState::Done => "done",
        ChangeState::Refused => "refused",
        ChangeState::Found => "found",
        ChangeState::Never => "never",
        ChangeState::Unknown | ChangeState::Announced => "unknown",
    };
    note(&mut unit, router, change, what, words.as_deref()).await?;
    unit.commit().await?;
    app.fleet.wants_doctor(router.id);
    app.bus.doctor.notify_one();
    Ok(())
}

/// Does it say that this account could not be removed? Whatever is changed of it later was decided by who knows that.
fn is_about(alert: &NewAlert, change: &AccountChange) -> bool {
    let named = matches!(&alert.detail, Reason::NotRemoved { account, .. } if *account == change.username);
    named && alert.router == Some(change.router)
}

/// Does it say that an account of this router could not be removed?
pub(in crate::ops) fn is_not_removed(alert: &NewAlert, router: RouterId) -> bool {
    alert.router == Some(router) && matches!(alert.detail, Reason::NotRemoved { .. })
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
    let ended = match change.verb {
        AccountVerb::Password => {
            let words = Some("whether it counts cannot be read; set it again".to_owned());
            Ok(End { state: ChangeState::Unknown, words, gone: false, tell: None })
        }
        AccountVerb::Create => looked_for(wire, change).await.map_err(Fault::from),
        AccountVerb::Delete => match remove(app, router, wire, make, change).await {
            Ok(gone) => Ok(End::done(gone)),
            Err(fault @ Fault::Lost(_)) => Err(fault),
            Err(fault) => {
                not_removed(router, wire, make, change, &in_words(&fault)).await.map_err(Fault::from)
            }
        },
    };
    match ended {
        Ok(ended) => end(app, &Who::System, router, change, ended).await,
        Err(fault) => put_off(app, change, fault).await,
    }
}

/// Is what was to be made there?
async fn looked_for(wire: &Connection, change: &AccountChange) -> Result<End, Error> {
    let there = driver::find(wire, change.source, &change.username).await?;
    let (state, words) = match there.iter().map(|found| found.enabled).max() {
        None => (ChangeState::Never, "it was not made"),
        Some(true) => (ChangeState::Found, "it is there, and switched on"),
        Some(false) => (ChangeState::Found, "it is there, closed"),
    };
    Ok(End { state, words: Some(words.to_owned()), gone: false, tell: None })
}

/// What is so after a removal was refused, for this reason. Whether the account is there tells the router and not the
/// refusal: what is refused now may have been done by an attempt whose answer was lost.
pub(super) async fn not_removed(
    router: &RouterRecord,
    wire: &Connection,
    make: Make,
    change: &AccountChange,
    why: &str,
) -> Result<End, Error> {
    let named = wire::find_accounts(wire, make.edition, &change.username).await?;
    let mut there = named.iter().filter(|found| found.source == change.source).peekable();
    if there.peek().is_none() {
        let words = Some(format!("{why}; it is gone all the same"));
        return Ok(End { words, ..End::done(named.is_empty()) });
    }
    let on = there.any(|found| found.enabled);
    let what = if on { "it is still there, and switched on" } else { "it is still there, and stays closed" };
    let tell = Reason::NotRemoved {
        router: router.name.clone(),
        account: change.username.clone(),
        said: why.to_owned(),
        on,
    };
    Ok(End { tell: Some(tell), ..End::refused(format!("{why}; {what}")) })
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

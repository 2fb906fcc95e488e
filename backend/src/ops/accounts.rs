//! The links between people and usernames on routers, and the firewall rules bound to them.
//!
//! What only the router can tell (is there such a username, which rule is it) is asked before the transaction
//! begins; what is to be done on it is written down as a wish.

use super::{
    OpError, OpResult,
    authority::Manager,
    doctor,
    sessions::{Target, admin, denials_of},
    unit::Unit,
    users,
};
use crate::{
    app::App,
    bus::{Change, ChangeKind},
    driver::{AccountRow, RuleRow},
    store::{
        StoreError,
        records::{AccountRecord, AccountScene, RouterMode, RouterRecord, UserRecord},
    },
};
use sallyport_shared::{
    ids::{AccountId, RouterId, UserId},
    language::Language,
    message::Message,
    person::UserStatus,
    policy::AccessMode,
    router::BoundRule,
    session::{Event, SessionState, Wish},
};
use std::time::Duration;
use uuid::Uuid;

/// How long a router may take to say whether it knows a username; after that the typed one is taken.
const PATIENCE: Duration = Duration::from_secs(5);

/// Links a username on a router to a person. The router is asked whether it knows it; if it cannot be reached,
/// the typed name is taken, and the audit says so. `tells`: the person hears of it in Telegram; not so where accounts are
/// taken over in bulk, as their owners may never have written to the bot, which may not write first.
///
/// # Errors
/// [`OpError::Invalid`] if the router does not know it, [`OpError::Conflict`] if it belongs to somebody or the
/// person has as many as are allowed.
pub async fn link(
    app: &App,
    by: &Manager,
    user: UserId,
    router: RouterId,
    username: &str,
    tells: bool,
) -> OpResult<AccountRecord> {
    let username = parse_username(username)?;
    let router = live_router(app, router).await?;
    let found = ask_for(app, &router, &username).await?;
    let mut unit = Unit::begin(app, by.who()).await?;
    let owner = users::find(&mut unit, user).await?;
    let others = unit.tx.accounts_of_user(user).await?;
    let most = super::settings::read(&mut unit.tx).await?.max_accounts_per_user;
    if others.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
        let text =
            format!("{} has {} linked already, and {most} is the limit", owner.display_name, others.len());
        return Err(OpError::Conflict(text));
    }
    if let Some(taken) = unit.tx.account_by_username(router.id, &username).await? {
        let whose = unit.tx.user(taken.account.user).await?;
        return Err(taken_by(&username, whose.as_ref()));
    }
    let id = AccountId(app.clock.new_id());
    unit.tx.link_account(id, user, router.id, &username, unit.now).await.map_err(|error| match error {
        StoreError::Conflict { .. } => taken_by(&username, None),
        error => error.into(),
    })?;
    // Saving the person makes two links at the same moment meet, so that the limit holds.
    unit.tx.save_user(&owner).await?;
    if let Some(found) = &found {
        unit.tx.set_account_seen(id, Some(found.enabled), Some(found.source)).await?;
    }
    align(&mut unit, id).await?;
    let warning =
        if found.is_some() { "" } else { "; the router could not be asked whether it knows the name" };
    let detail = format!("{username} on {} to {}{warning}", router.name, owner.display_name);
    unit.audit("account.link", &subject(id), Some(&detail)).await?;
    // Who waits for an answer to the registration hears of that first.
    if tells && owner.status == UserStatus::Approved {
        let message = Message::AccountLinked { account: username, router: router.name.clone() };
        unit.message(&owner, message).await?;
    }
    unit.tell(Change::User { id: user, kind: ChangeKind::Updated });
    unit.tell(Change::Router { id: router.id });
    unit.commit().await?;
    reread(app, id).await
}

/// Unlinks an account; its session ends first.
///
/// # Errors
/// [`OpError::NotFound`] if it is not linked.
pub async fn unlink(app: &App, by: &Manager, id: AccountId) -> OpResult<UserRecord> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let record = linked(&mut unit, id).await?;
    let user = users::find(&mut unit, record.account.user).await?;
    unit.session(&Target::Account(id), &Event::AccountRemoved).await?;
    unit.tx.unlink_account(id, unit.now).await?;
    let detail =
        format!("{} on {} from {}", record.account.username, record.account.router_name, user.display_name);
    unit.audit("account.unlink", &subject(id), Some(&detail)).await?;
    unit.tell(Change::User { id: user.id, kind: ChangeKind::Updated });
    unit.tell(Change::Router { id: record.account.router });
    unit.commit().await?;
    Ok(user)
}

/// Binds a firewall rule to an account: on exactly while a tunnel of it is let through. The router is read, and
/// must show exactly one rule with this comment, and with this id.
///
/// # Errors
/// [`OpError::Conflict`] if it shows none or several, if the rule is bound to another account, or if the box would hold no
/// more while the rule is on.
pub async fn bind_rule(
    app: &App,
    by: &Manager,
    id: AccountId,
    rule_id: &str,
    comment: &str,
) -> OpResult<AccountRecord> {
    let record = reread(app, id).await?;
    let router = live_router(app, record.account.router).await?;
    let rules = app.fleet.rules(app, &router).await?;
    let rule = the_one(&rules, rule_id, comment, &router.name)?;
    let bound = BoundRule { account: id, rule_id: rule.rule_id.clone(), comment: rule.comment_bytes.clone() };
    let binding = doctor::examine_binding(app, &router, bound, &record.account.username).await?;
    if let Some(why) = binding.opens {
        let words = why.words(Language::En);
        let remedy = words.remedy.unwrap_or_default();
        return Err(OpError::Conflict(format!("{}. {} {remedy}", words.title, words.detail)));
    }
    let mut unit = Unit::begin(app, by.who()).await?;
    let record = linked(&mut unit, id).await?;
    if record.rule.as_ref().is_some_and(|old| old.rule_id != rule.rule_id) {
        switch_off(&mut unit, &record, &router).await?;
    }
    // It may still wait to be switched off as somebody else's.
    let off = Wish::RuleOff { rule_id: rule.rule_id.clone(), comment: rule.comment_bytes.clone() };
    unit.tx.withdraw_wish(router.id, &off.key(), unit.now).await?;
    unit.tx.bind_rule(id, &rule.rule_id, &rule.comment_bytes).await.map_err(|error| match error {
        StoreError::Conflict { .. } => {
            OpError::Conflict(format!("The rule “{comment}” is bound to another account"))
        }
        error => error.into(),
    })?;
    let mut detail = format!("“{comment}” ({rule_id}) to {}", record.account.username);
    for warning in binding.warns {
        detail.push_str(&format!(". {}", warning.words(Language::En).title));
    }
    unit.audit("account.bind-rule", &subject(id), Some(&detail)).await?;
    rules_changed(unit, &record).await?;
    reread(app, id).await
}

/// Unbinds the firewall rule of an account. The rule stays on the router, switched off: it was on for as long as somebody
/// was inside.
///
/// # Errors
/// [`OpError::NotFound`] if the account is not linked.
pub async fn unbind_rule(app: &App, by: &Manager, id: AccountId) -> OpResult<AccountRecord> {
    let mut unit = Unit::begin(app, by.who()).await?;
    let record = linked(&mut unit, id).await?;
    if let Some(router) = unit.tx.router(record.account.router).await? {
        switch_off(&mut unit, &record, &router).await?;
    }
    if unit.tx.unbind_rule(id).await? {
        unit.audit("account.unbind-rule", &subject(id), Some(&record.account.username)).await?;
    }
    rules_changed(unit, &record).await?;
    reread(app, id).await
}

/// Wishes the bound rule off, as its account no longer stands for it.
async fn switch_off(unit: &mut Unit<'_>, record: &AccountRecord, router: &RouterRecord) -> OpResult<()> {
    let Some(rule) = &record.rule else { return Ok(()) };
    let wish = Wish::RuleOff { rule_id: rule.rule_id.clone(), comment: rule.comment.clone() };
    unit.wish(router, &wish).await
}

async fn rules_changed(mut unit: Unit<'_>, record: &AccountRecord) -> OpResult<()> {
    let (app, router) = (unit.app, record.account.router);
    unit.tell(Change::User { id: record.account.user, kind: ChangeKind::Updated });
    unit.tell(Change::Router { id: router });
    unit.commit().await?;
    // Whether the rule is as it should be is seen at the next look at the router: let it come soon.
    app.bus.router(router).notify_one();
    app.bus.look(router).notify_one();
    doctor::ring(app, router);
    Ok(())
}

/// Enables or disables a username on a router. One that is linked goes out of use, or back into it: its session
/// ends, and it can be asked for again. One that nobody owns is switched only if a setting allows it.
///
/// # Errors
/// [`OpError::NotFound`] if the router does not know it, [`OpError::Conflict`] if it is not to be switched.
pub async fn set_enabled(
    app: &App,
    by: &Manager,
    router: RouterId,
    username: &str,
    enabled: bool,
) -> OpResult<AccountRow> {
    let router = live_router(app, router).await?;
    let rows = app.fleet.accounts(app, &router).await?;
    let row = rows.into_iter().find(|row| row.username == username).ok_or(OpError::NotFound("account"))?;
    let mut unit = Unit::begin(app, by.who()).await?;
    let wished = match unit.tx.account_by_username(router.id, username).await? {
        Some(record) => switch_linked(&mut unit, &record, enabled).await?,
        None => {
            if !super::settings::read(&mut unit.tx).await?.allow_account_management {
                return Err(OpError::Conflict(
                    "Nobody owns this account; accounts of the router are managed here only if the settings allow it"
                        .to_owned(),
                ));
            }
            // No link has this id: nobody hears of the result but the audit.
            let account = AccountId(Uuid::nil());
            unit.wish(&router, &Wish::Account { account, username: username.to_owned(), enabled }).await?;
            enabled
        }
    };
    let action = if enabled { "account.enable" } else { "account.disable" };
    let subject = format!("router:{}", router.id);
    unit.audit(action, &subject, Some(&format!("{username} on {}", router.name))).await?;
    unit.tell(Change::Router { id: router.id });
    unit.commit().await?;
    // Of a router that is only watched nothing else is wished than what is.
    let enabled = if router.mode == RouterMode::Observe { row.enabled } else { wished };
    Ok(AccountRow { enabled, ..row })
}

/// Takes an account that belongs to somebody out of use, or back into it. Tells how it is wished to be on the router.
async fn switch_linked(unit: &mut Unit<'_>, record: &AccountRecord, enabled: bool) -> OpResult<bool> {
    let id = record.account.id;
    unit.tx.suspend_account(id, !enabled).await?;
    if enabled {
        unit.resolve(denials_of(id)).await?;
    } else {
        let by = admin(unit.who, None)?;
        unit.session(&Target::Account(id), &Event::End { by }).await?;
    }
    let scene = unit.tx.scene(id).await?.ok_or(OpError::NotFound("account"))?;
    if enabled && rightful(&scene) == Some(false) {
        if record.account.suspended {
            // Back in use, and disabled until its owner asks for access.
            align(unit, id).await?;
            return Ok(false);
        }
        return Err(OpError::Conflict(format!(
            "{} is enabled while a session of it is live; grant one instead",
            record.account.username
        )));
    }
    let router = unit.tx.router(record.account.router).await?.ok_or(OpError::NotFound("router"))?;
    let wish = Wish::Account { account: id, username: record.account.username.clone(), enabled };
    unit.tell(Change::User { id: record.account.user, kind: ChangeKind::Updated });
    unit.wish(&router, &wish).await?;
    Ok(enabled)
}

/// Wishes that the router's account be as its owner, policy and session say.
pub(super) async fn align(unit: &mut Unit<'_>, id: AccountId) -> OpResult<()> {
    let Some(scene) = unit.tx.scene(id).await? else { return Ok(()) };
    let Some(enabled) = rightful(&scene) else { return Ok(()) };
    let Some(router) = unit.tx.router(scene.account.router).await? else { return Ok(()) };
    let wish = Wish::Account { account: id, username: scene.account.username.clone(), enabled };
    unit.wish(&router, &wish).await
}

/// Should the account be enabled on the router? None: the policy leaves it as it is.
fn rightful(scene: &AccountScene) -> Option<bool> {
    if scene.person.status != UserStatus::Approved || scene.account.suspended {
        return Some(false);
    }
    let live = scene.live.as_ref().map(|loaded| loaded.session.state);
    let granted = live.is_some_and(|state| state.is_live() && state != SessionState::Requested);
    match scene.policy.access_mode {
        AccessMode::Always => Some(true),
        AccessMode::OnRequest if scene.policy.disable_account_at_end => Some(granted),
        AccessMode::OnRequest => granted.then_some(true),
    }
}

/// How the audit names an account as a subject.
pub(super) fn subject(id: AccountId) -> String {
    format!("account:{id}")
}

/// A router that is not deleted.
async fn live_router(app: &App, id: RouterId) -> OpResult<RouterRecord> {
    let router = app.store.read().await?.router(id).await?;
    router.filter(|router| router.deleted_at.is_none()).ok_or(OpError::NotFound("router"))
}

/// An account that is linked.
async fn linked(unit: &mut Unit<'_>, id: AccountId) -> OpResult<AccountRecord> {
    let record = unit.tx.account(id).await?;
    record.filter(|record| record.removed_at.is_none()).ok_or(OpError::NotFound("account"))
}

async fn reread(app: &App, id: AccountId) -> OpResult<AccountRecord> {
    let record = app.store.read().await?.account(id).await?;
    record.filter(|record| record.removed_at.is_none()).ok_or(OpError::NotFound("account"))
}

/// What the router knows of the username; none if it cannot be asked now.
async fn ask_for(app: &App, router: &RouterRecord, username: &str) -> OpResult<Option<AccountRow>> {
    let Ok(asked) = tokio::time::timeout(PATIENCE, app.fleet.accounts(app, router)).await else {
        return Ok(None);
    };
    let rows = match asked {
        Ok(rows) => rows,
        Err(OpError::RouterUnreachable { .. } | OpError::RouterRefused { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let found = rows.into_iter().find(|row| row.username == username);
    found.map(Some).ok_or_else(|| {
        OpError::invalid("username", format!("There is no account {username} on {}", router.name))
    })
}

fn parse_username(text: &str) -> OpResult<String> {
    let fits = !text.trim().is_empty() && text.len() <= 255 && !text.chars().any(char::is_control);
    if fits {
        Ok(text.trim().to_owned())
    } else {
        Err(OpError::invalid("username", "A username on a router has from 1 to 255 bytes"))
    }
}

fn taken_by(username: &str, owner: Option<&UserRecord>) -> OpError {
    let whose = owner.map_or("somebody", |owner| owner.display_name.as_str());
    OpError::Conflict(format!("{username} belongs to {whose} already"))
}

/// The rule with this id and comment, if no other has the comment.
fn the_one<'a>(rules: &'a [RuleRow], id: &str, comment: &str, router: &str) -> OpResult<&'a RuleRow> {
    let named: Vec<_> = rules.iter().filter(|rule| rule.comment == comment).collect();
    match named.as_slice() {
        [] => Err(OpError::Conflict(format!(
            "{router} has no firewall rule whose comment is “{comment}” (it must contain 2FA)"
        ))),
        [rule] if rule.rule_id == id => Ok(rule),
        [rule] => Err(OpError::Conflict(format!(
            "The rule “{comment}” of {router} has the id {} now, not {id}; choose it again",
            rule.rule_id
        ))),
        several => Err(OpError::Conflict(format!(
            "{} firewall rules of {router} have the comment “{comment}”; give each its own",
            several.len()
        ))),
    }
}

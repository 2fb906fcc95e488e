//! Those who sign in to the console: made, changed and removed by owners. There is always one owner left who can
//! sign in.

use super::{
    OpError, OpResult,
    authority::{Owner, Viewer},
    links, passwords,
    sign_in::{new_admin, subject},
    totp,
    unit::Unit,
};
use crate::{
    app::App,
    store::{
        StoreError,
        records::{AdminRecord, Role},
    },
};
use sallyport_shared::ids::AdminId;

/// What an owner changes of an administrator; none leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct AdminChange {
    /// What they may do.
    pub role: Option<Role>,
    /// May they sign in?
    pub enabled: Option<bool>,
    /// A new password, which also takes one-time codes off: it is how a lost phone is helped.
    pub new_password: Option<String>,
}

/// Everybody who may sign in.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App, _by: &Owner) -> OpResult<Vec<AdminRecord>> {
    Ok(app.store.read().await?.admins().await?)
}

/// Makes an administrator.
///
/// # Errors
/// [`OpError::Invalid`] for the name or password, [`OpError::Conflict`] if the name is taken.
pub async fn create(app: &App, by: &Owner, name: &str, password: &str, role: Role) -> OpResult<AdminRecord> {
    let name = username(name)?;
    passwords::check(password, "password")?;
    let hash = passwords::hash(password).await?;
    let mut unit = Unit::begin(app, by.who()).await?;
    if unit.tx.admin_by_username(&name).await?.is_some() {
        return Err(taken(&name));
    }
    let admin = new_admin(app, &name, hash, role, unit.now);
    unit.tx.insert_admin(&admin).await.map_err(|error| match error {
        StoreError::Conflict { .. } => taken(&name),
        error => error.into(),
    })?;
    unit.audit("admin.create", &subject(admin.id), Some(&format!("{name}, {role:?}"))).await?;
    unit.commit().await?;
    Ok(admin)
}

/// Changes an administrator; whoever loses something is signed out.
///
/// # Errors
/// [`OpError::Conflict`] if no owner would be left.
pub async fn update(app: &App, by: &Owner, id: AdminId, change: AdminChange) -> OpResult<AdminRecord> {
    let hash = match &change.new_password {
        Some(password) => {
            passwords::check(password, "newPassword")?;
            Some(passwords::hash(password).await?)
        }
        None => None,
    };
    let mut unit = Unit::begin(app, by.who()).await?;
    let mut admin = unit.tx.admin(id).await?.ok_or(OpError::NotFound("administrator"))?;
    let before = (admin.role, admin.enabled);
    admin.role = change.role.unwrap_or(admin.role);
    admin.enabled = change.enabled.unwrap_or(admin.enabled);
    if before == (Role::Owner, true) && (admin.role, admin.enabled) != before {
        keep_an_owner(&mut unit, id).await?;
    }
    let mut done = Vec::new();
    if before != (admin.role, admin.enabled) {
        done.push(format!("{before:?} → {:?}", (admin.role, admin.enabled)));
    }
    if let Some(hash) = hash {
        admin.password_hash = hash;
        totp::clear(&mut admin);
        done.push("a new password".to_owned());
    }
    if done.is_empty() {
        return Ok(admin);
    }
    if admin.role < before.0 || !admin.enabled || change.new_password.is_some() {
        unit.tx.revoke_sign_ins_of(id, None, unit.now).await?;
    }
    if !admin.enabled || change.new_password.is_some() {
        // Whoever got in once must not stay in through a chat of theirs. (What somebody may do with a lower role is
        // looked up at each tap.)
        links::forget_link(&mut unit, &mut admin).await?;
    }
    admin.version = unit.tx.save_admin(&admin).await?;
    unit.audit("admin.update", &subject(id), Some(&format!("{}: {}", admin.username, done.join(", "))))
        .await?;
    unit.commit().await?;
    app.bus.sign_ins.notify_waiters();
    Ok(admin)
}

/// Removes an administrator.
///
/// # Errors
/// [`OpError::Conflict`] if no owner would be left, or it is the one who asks.
pub async fn delete(app: &App, by: &Owner, id: AdminId) -> OpResult<()> {
    if by.id == Some(id) {
        return Err(OpError::Conflict("You cannot remove yourself; let another owner do it".to_owned()));
    }
    let mut unit = Unit::begin(app, by.who()).await?;
    let mut admin = unit.tx.admin(id).await?.ok_or(OpError::NotFound("administrator"))?;
    if (admin.role, admin.enabled) == (Role::Owner, true) {
        keep_an_owner(&mut unit, id).await?;
    }
    unit.tx.revoke_sign_ins_of(id, None, unit.now).await?;
    links::forget_link(&mut unit, &mut admin).await?;
    unit.tx.delete_admin(id).await?;
    unit.audit("admin.delete", &subject(id), Some(&admin.username)).await?;
    unit.commit().await?;
    app.bus.sign_ins.notify_waiters();
    Ok(())
}

/// Changes one's own password; every other sign-in of the same administrator is ended, and their Telegram account is
/// to be linked anew.
///
/// # Errors
/// [`OpError::Invalid`] if the current one is wrong or the new one is not fit.
pub async fn change_password(app: &App, viewer: &Viewer, current: &str, new: &str) -> OpResult<AdminRecord> {
    let admin = app.store.read().await?.admin(viewer.id).await?.ok_or(OpError::NotFound("administrator"))?;
    if !passwords::verify(current, Some(&admin.password_hash)).await? {
        return Err(OpError::invalid("current", "This is not your password"));
    }
    passwords::check(new, "new")?;
    let hash = passwords::hash(new).await?;
    let mut unit = Unit::begin(app, viewer.who()).await?;
    let mut admin = unit.tx.admin(viewer.id).await?.ok_or(OpError::NotFound("administrator"))?;
    admin.password_hash = hash;
    links::forget_link(&mut unit, &mut admin).await?;
    admin.version = unit.tx.save_admin(&admin).await?;
    unit.tx.revoke_sign_ins_of(viewer.id, viewer.sign_in, unit.now).await?;
    unit.audit("admin.password", &subject(viewer.id), None).await?;
    unit.commit().await?;
    app.bus.sign_ins.notify_waiters();
    Ok(admin)
}

/// Sets a password from the command line, for those who have forgotten theirs.
///
/// # Errors
/// [`OpError::NotFound`] if nobody has that name.
pub async fn set_password(app: &App, by: &Owner, name: &str, password: &str) -> OpResult<AdminRecord> {
    let admin = app.store.read().await?.admin_by_username(name).await?;
    let admin = admin.ok_or(OpError::NotFound("administrator"))?;
    let change = AdminChange { new_password: Some(password.to_owned()), ..AdminChange::default() };
    update(app, by, admin.id, change).await
}

/// A name to sign in with.
pub(super) fn username(text: &str) -> OpResult<String> {
    let name = text.trim();
    let fits = (1..=64).contains(&name.chars().count())
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+'));
    if fits {
        Ok(name.to_owned())
    } else {
        let text = "A username has from 1 to 64 letters, digits and . _ - @ +";
        Err(OpError::invalid("username", text))
    }
}

fn taken(name: &str) -> OpError {
    OpError::Conflict(format!("There is an administrator {name} already"))
}

/// Refuses if `id` is the last owner who can sign in.
async fn keep_an_owner(unit: &mut Unit<'_>, id: AdminId) -> OpResult<()> {
    let admins = unit.tx.admins().await?;
    if admins.iter().any(|admin| admin.role == Role::Owner && admin.enabled && admin.id != id) {
        Ok(())
    } else {
        Err(OpError::Conflict("This is the last owner; make another one first".to_owned()))
    }
}

//! One-time links by which a Telegram account is tied to a person whom an administrator made beforehand.

use super::{OpError, OpResult, authority::Manager, settings, unit::Unit, users};
use crate::{
    app::App,
    bus::{Change, ChangeKind},
    clock::secret_word,
    store::records::{InvitationRecord, UserRecord},
};
use sallyport_shared::{ids::UserId, person::UserStatus, time::Seconds};
use uuid::Uuid;

/// How long an invitation is good.
const LIFE: Seconds = Seconds(7 * 86_400);

/// Makes an invitation; an earlier one of the same person is worth nothing from now on.
///
/// # Errors
/// [`OpError::Conflict`] if they have a Telegram account, are not approved, or the bot's name is not known yet.
pub async fn create(app: &App, by: &Manager, user: UserId) -> OpResult<UserRecord> {
    if bot_username(app).await?.is_none() {
        return Err(OpError::Conflict(
            "The bot is not running yet; test its token in the settings".to_owned(),
        ));
    }
    let mut unit = Unit::begin(app, by.who()).await?;
    let person = users::find(&mut unit, user).await?;
    if person.telegram.is_some() {
        let text = format!("{} has a Telegram account already; unlink it first", person.display_name);
        return Err(OpError::Conflict(text));
    }
    // An invitation ties a Telegram account to somebody who is let in already; it decides nothing itself.
    let name = &person.display_name;
    match person.status {
        UserStatus::Approved => {}
        UserStatus::Pending => {
            return Err(OpError::Conflict(format!("{name} waits for a decision; approve them first")));
        }
        UserStatus::Rejected => {
            return Err(OpError::Conflict(format!("{name} was turned down; approve them first")));
        }
        UserStatus::Blocked => return Err(OpError::Conflict(format!("{name} is blocked"))),
    }
    unit.tx.revoke_invitations(user, unit.now).await?;
    let (id, code) = (app.clock.new_id(), secret_word());
    let sealed = app.vault.seal(code.as_bytes(), &context(id));
    let invitation = InvitationRecord {
        id,
        user,
        code_hash: app.vault.fingerprint(&code),
        code_enc: sealed.map_err(|error| OpError::Internal(error.to_string()))?,
        created_by: Some(by.id),
        created_at: unit.now,
        expires_at: unit.now.plus(LIFE),
        used_at: None,
    };
    unit.tx.insert_invitation(&invitation).await?;
    unit.audit("user.invite", &users::subject(user), Some(&person.display_name)).await?;
    unit.tell(Change::User { id: user, kind: ChangeKind::Updated });
    unit.commit().await?;
    Ok(person)
}

/// The link of an open invitation: `https://t.me/<bot>?start=<code>`. None while the bot's name is not known.
///
/// # Errors
/// [`OpError::Internal`] if the code was sealed with another key.
pub async fn url(app: &App, invitation: &InvitationRecord) -> OpResult<Option<String>> {
    let Some(bot) = bot_username(app).await? else { return Ok(None) };
    let broken = || OpError::Internal("the code of an invitation cannot be opened".to_owned());
    let code = app.vault.open(&invitation.code_enc, &context(invitation.id)).map_err(|_| broken())?;
    let code = String::from_utf8(code).map_err(|_| broken())?;
    Ok(Some(format!("https://t.me/{bot}?start={code}")))
}

/// The bot's name: as Telegram tells it now, or told it last.
async fn bot_username(app: &App) -> OpResult<Option<String>> {
    match app.bot.health().username {
        Some(username) => Ok(Some(username)),
        None => Ok(settings::load(app).await?.bot_username),
    }
}

fn context(id: Uuid) -> String {
    format!("invitation:{id}")
}

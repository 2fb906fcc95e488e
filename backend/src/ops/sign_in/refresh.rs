//! Refresh tokens: `<sign-in>.<secret>`, exchanged for a new one each time. Each names its sign-in, so that an old
//! one is known for what it is however often its successors were exchanged.

use super::{LONGEST_LIFE, Origin, REFRESH_LIFE, SignedIn, from, named, signed_out, subject, token};
use crate::{
    app::App,
    clock::secret_word,
    ops::{
        OpResult, Who, links,
        throttle::Throttle,
        unit::{TWICE, Unit, again},
    },
    store::records::{Presented, Rotation, SignInRecord},
};
use sallyport_shared::time::{Seconds, Timestamp};
use uuid::Uuid;

/// For so long an exchanged token may come again: two tabs at once, or an answer that was lost.
const LEEWAY: Seconds = Seconds(10);

/// A refresh token.
pub(super) struct RefreshToken {
    pub(super) text: String,
    pub(super) hash: String,
    sign_in: Option<Uuid>,
}

impl RefreshToken {
    /// A new one with 256 random bits.
    pub(super) fn new(app: &App, sign_in: Uuid) -> Self {
        Self::read(app, &format!("{sign_in}.{}{}", secret_word(), secret_word()))
    }

    /// One that is shown. Those of before tokens named their sign-in are good until they are exchanged.
    pub(super) fn read(app: &App, text: &str) -> Self {
        let sign_in = text.split_once('.').and_then(|(sign_in, _)| sign_in.parse().ok());
        Self { hash: app.vault.fingerprint(text), sign_in, text: text.to_owned() }
    }

    pub(super) fn presented(&self) -> Presented<'_> {
        Presented { sign_in: self.sign_in, hash: &self.hash }
    }

    /// Is it the sign-in's token, or the one before?
    pub(super) fn belongs_to(&self, family: &SignInRecord) -> bool {
        self.is_current(family) || self.is_previous(family)
    }

    fn is_current(&self, family: &SignInRecord) -> bool {
        family.token_hash == self.hash
    }

    fn is_previous(&self, family: &SignInRecord) -> bool {
        family.previous_hash.as_deref() == Some(&self.hash)
    }
}

/// Exchanges a refresh token for a new one and an access token.
///
/// # Errors
/// [`OpError::Unauthenticated`] if it is not good (any more), [`OpError::RateLimited`] if too many came from there that
/// nobody knows.
pub async fn refresh(app: &App, throttle: &Throttle, presented: &str, origin: &Origin) -> OpResult<SignedIn> {
    let now = app.clock.now();
    let presented = RefreshToken::read(app, presented);
    // What is not good is found out without keeping anybody from writing.
    let family = app.store.read().await?.sign_in_presented(presented.presented()).await?;
    let Some(family) = family.filter(|family| family.revoked_at.is_none() && family.expires_at > now) else {
        throttle.unknown(origin.address, now)?;
        return Err(signed_out());
    };
    if presented.is_previous(&family) && family.last_used_at.plus(LEEWAY) > now {
        return access(app, &family, None, now).await;
    }
    // Another tab may exchange the same token at the same moment.
    again(TWICE, || exchange(app, &presented, &family, origin, now)).await
}

async fn exchange(
    app: &App,
    presented: &RefreshToken,
    family: &SignInRecord,
    origin: &Origin,
    now: Timestamp,
) -> OpResult<SignedIn> {
    let new = RefreshToken::new(app, family.id);
    let expires_at = now.plus(REFRESH_LIFE).min(family.created_at.plus(LONGEST_LIFE));
    let mut unit = Unit::begin(app, &Who::System).await?;
    let rotation = unit.tx.rotate_sign_in(presented.presented(), &new.hash, now, expires_at, LEEWAY).await?;
    let (sign_in, refresh_token) = match rotation {
        Rotation::Rotated(sign_in) => (sign_in, Some(new.text)),
        Rotation::Recent(sign_in) => (sign_in, None),
        Rotation::Reused(sign_in) => {
            stolen(unit, &sign_in, origin).await?;
            return Err(signed_out());
        }
        Rotation::Invalid => return Err(signed_out()),
    };
    unit.commit().await?;
    access(app, &sign_in, refresh_token, now).await
}

/// A copy of a token was used: the sign-in was ended, and whatever the thief may have tied to the account goes with it.
async fn stolen(mut unit: Unit<'_>, sign_in: &SignInRecord, origin: &Origin) -> OpResult<()> {
    let detail = format!("An old refresh token was used again from {}: the sign-in was ended", from(origin));
    unit.audit("sign-in.reused", &subject(sign_in.admin), Some(&detail)).await?;
    if let Some(mut admin) = unit.tx.admin(sign_in.admin).await?
        && links::forget_link(&mut unit, &mut admin).await?
    {
        unit.tx.save_admin(&admin).await?;
    }
    let bell = unit.app.bus.sign_ins.clone();
    unit.commit().await?;
    bell.notify_waiters();
    Ok(())
}

async fn access(
    app: &App,
    sign_in: &SignInRecord,
    refresh_token: Option<String>,
    now: Timestamp,
) -> OpResult<SignedIn> {
    let admin = app.store.read().await?.admin(sign_in.admin).await?;
    let admin = admin.filter(|admin| admin.enabled).ok_or_else(signed_out)?;
    let access = token::issue(&app.vault, admin.id, sign_in.id, now)?;
    Ok(SignedIn { access, refresh_token, sign_in: sign_in.id, admin })
}

/// Ends the sign-in of a refresh token; one that is not good is ended already.
///
/// # Errors
/// When the database fails.
pub async fn logout(app: &App, presented: &str, origin: &Origin) -> OpResult<()> {
    let presented = RefreshToken::read(app, presented);
    let mut tx = app.store.read().await?;
    let family = tx.sign_in_presented(presented.presented()).await?;
    let Some(sign_in) = family.filter(|family| presented.belongs_to(family)) else { return Ok(()) };
    let Some(admin) = tx.admin(sign_in.admin).await? else { return Ok(()) };
    drop(tx);
    let who = named(&admin, origin);
    let mut unit = Unit::begin(app, &who).await?;
    if unit.tx.revoke_sign_in(sign_in.id, unit.now).await? {
        unit.audit("sign-in.closed", &subject(admin.id), None).await?;
    }
    unit.commit().await?;
    app.bus.sign_ins.notify_waiters();
    Ok(())
}

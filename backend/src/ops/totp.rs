//! One-time codes as a second factor of administrators: RFC 6238 as every authenticator app has it (SHA-1,
//! 30 seconds, six digits), and recovery codes for the day on which the phone is lost.

use super::{OpError, OpResult, authority::Viewer, passwords, sign_in::subject, unit::Unit};
use crate::{app::App, clock::random, store::records::AdminRecord};
use hmac::{Hmac, Mac};
use sallyport_shared::{ids::AdminId, time::Timestamp};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// Seconds that a code is shown.
const STEP: i64 = 30;

/// The letters of RFC 4648's base 32.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// How many recovery codes are given out.
const RECOVERY_CODES: usize = 10;

/// What an administrator needs to set up their authenticator app. Shown once.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The seed in base 32, to be typed.
    pub secret: String,
    /// The same as an `otpauth://` URI, for a QR code.
    pub uri: String,
    /// Each signs in once in place of a code.
    pub recovery_codes: Vec<String>,
}

/// Begins the set-up: makes a seed, which counts once a code of it was shown.
///
/// # Errors
/// [`OpError::Invalid`] if the password is wrong, [`OpError::Conflict`] if codes are wanted already.
pub async fn begin(app: &App, viewer: &Viewer, password: &str) -> OpResult<Setup> {
    let mut unit = authorised(app, viewer, password).await?;
    let mut admin = own(&mut unit, viewer.id).await?;
    if admin.totp_enabled {
        return Err(OpError::Conflict("One-time codes are on; switch them off first".to_owned()));
    }
    let seed = random::<20>();
    let secret = base32(&seed);
    let recovery_codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
    admin.totp_secret_enc = Some(seal(app, admin.id, &seed)?);
    admin.totp_last_step = None;
    admin.recovery_hashes = recovery_codes.iter().map(|code| app.vault.fingerprint(&plain(code))).collect();
    unit.tx.save_admin(&admin).await?;
    unit.commit().await?;
    let uri = uri(&admin.username, &secret);
    Ok(Setup { secret, uri, recovery_codes })
}

/// Ends the set-up: from now on a code is wanted at each sign-in.
///
/// # Errors
/// [`OpError::Invalid`] if the code is not one of the seed's.
pub async fn enable(app: &App, viewer: &Viewer, code: &str) -> OpResult<AdminRecord> {
    let mut unit = Unit::begin(app, viewer.who()).await?;
    let mut admin = own(&mut unit, viewer.id).await?;
    if admin.totp_enabled || admin.totp_secret_enc.is_none() {
        return Err(OpError::Conflict("Begin the set-up of one-time codes first".to_owned()));
    }
    let now = unit.now;
    if !accept_code(app, &mut admin, code.trim(), now)? {
        let text = "This is not the code of this moment; check the time of the phone";
        return Err(OpError::invalid("code", text));
    }
    admin.totp_enabled = true;
    admin.version = unit.tx.save_admin(&admin).await?;
    unit.audit("admin.totp-on", &subject(admin.id), None).await?;
    unit.commit().await?;
    Ok(admin)
}

/// Switches one-time codes off.
///
/// # Errors
/// [`OpError::Invalid`] if the password is wrong.
pub async fn disable(app: &App, viewer: &Viewer, password: &str) -> OpResult<AdminRecord> {
    let mut unit = authorised(app, viewer, password).await?;
    let mut admin = own(&mut unit, viewer.id).await?;
    clear(&mut admin);
    admin.version = unit.tx.save_admin(&admin).await?;
    unit.audit("admin.totp-off", &subject(admin.id), None).await?;
    unit.commit().await?;
    Ok(admin)
}

/// Forgets the seed and the recovery codes.
pub(super) fn clear(admin: &mut AdminRecord) {
    admin.totp_enabled = false;
    admin.totp_secret_enc = None;
    admin.totp_last_step = None;
    admin.recovery_hashes.clear();
}

/// Is it a code of this moment, or a recovery code that is left? Either is used up; the record has to be saved.
pub(super) fn accept(app: &App, admin: &mut AdminRecord, code: &str, now: Timestamp) -> OpResult<bool> {
    if accept_code(app, admin, code, now)? {
        return Ok(true);
    }
    let hash = app.vault.fingerprint(&plain(code));
    let place = admin.recovery_hashes.iter().position(|known| known.as_bytes().ct_eq(hash.as_bytes()).into());
    if let Some(place) = place {
        admin.recovery_hashes.remove(place);
    }
    Ok(place.is_some())
}

/// A code of this moment or of the one before or after, because clocks differ; each once.
fn accept_code(app: &App, admin: &mut AdminRecord, code: &str, now: Timestamp) -> OpResult<bool> {
    let Some(sealed) = &admin.totp_secret_enc else { return Ok(false) };
    let seed = app
        .vault
        .open(sealed, &context(admin.id))
        .map_err(|error| OpError::Internal(format!("the seed of {}: {error}", admin.username)))?;
    let step = matching_step(&seed, code, admin.totp_last_step, now);
    if step.is_some() {
        admin.totp_last_step = step;
    }
    Ok(step.is_some())
}

/// The time step whose code it is: of this moment or of the one before or after, because clocks differ, and later
/// than the last one that was used.
pub(super) fn matching_step(seed: &[u8], code: &str, last: Option<i64>, now: Timestamp) -> Option<i64> {
    let this = now.seconds() / STEP;
    (this - 1..=this + 1).find(|step| {
        let right = code_of(seed, *step);
        last.is_none_or(|last| *step > last) && right.as_bytes().ct_eq(code.as_bytes()).into()
    })
}

/// The seed (in base 32) of somebody as an `otpauth://` URI, for a QR code.
pub(super) fn uri(name: &str, secret: &str) -> String {
    let name = percent_encoded(name);
    format!("otpauth://totp/Sallyport:{name}?secret={secret}&issuer=Sallyport")
}

/// The code of a time step (RFC 4226 §5.3).
fn code_of(seed: &[u8], step: i64) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac = <Hmac<Sha1> as Mac>::new_from_slice(seed).expect("HMAC takes keys of any length");
    mac.update(&step.to_be_bytes());
    let digest: [u8; 20] = mac.finalize().into_bytes().into();
    let offset = usize::from(digest[19] & 0x0f);
    let word = digest.iter().skip(offset).take(4).fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

/// A unit of work of somebody who has just shown their password again.
async fn authorised<'a>(app: &'a App, viewer: &'a Viewer, password: &str) -> OpResult<Unit<'a>> {
    let admin = app.store.read().await?.admin(viewer.id).await?.ok_or(OpError::NotFound("administrator"))?;
    if !passwords::verify(password, Some(&admin.password_hash)).await? {
        return Err(OpError::invalid("password", "This is not your password"));
    }
    Unit::begin(app, viewer.who()).await
}

async fn own(unit: &mut Unit<'_>, id: AdminId) -> OpResult<AdminRecord> {
    unit.tx.admin(id).await?.ok_or(OpError::NotFound("administrator"))
}

fn context(admin: AdminId) -> String {
    format!("admin:{admin}:totp")
}

fn seal(app: &App, admin: AdminId, seed: &[u8]) -> OpResult<Vec<u8>> {
    app.vault.seal(seed, &context(admin)).map_err(|error| OpError::Internal(error.to_string()))
}

/// Fifty random bits as two groups of five letters.
fn recovery_code() -> String {
    let letters = base32(&random::<7>());
    let (first, rest) = letters.split_at(5);
    format!("{first}-{}", rest.get(..5).unwrap_or(rest)).to_lowercase()
}

/// A recovery code as it is recognised, however it was typed.
fn plain(code: &str) -> String {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("recovery:{}", letters.to_lowercase())
}

pub(super) fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let word = (0..5).fold(0_u64, |word, n| word << 8 | u64::from(chunk.get(n).copied().unwrap_or(0)));
        let letters = (chunk.len() * 8).div_ceil(5);
        for n in 0..letters {
            let index = usize::try_from(word >> (35 - 5 * n) & 31).unwrap_or(0);
            text.push(char::from(LETTERS.get(index).copied().unwrap_or(b'A')));
        }
    }
    text
}

/// A username within a URI.
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six of the eight digits.
    #[test]
    fn codes_are_the_rfcs() {
        let seed = b"12345678901234567890";
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(code_of(seed, seconds / STEP), code);
        }
    }

    /// RFC 4648, section 10, without the padding.
    #[test]
    fn base32_is_the_rfcs() {
        assert_eq!(base32(b"f"), "MY");
        assert_eq!(base32(b"fooba"), "MZXW6YTB");
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
    }

    #[test]
    fn recovery_codes_are_known_however_they_are_typed() {
        let code = recovery_code();
        assert_eq!(code.len(), 11);
        assert_eq!(plain(&code), plain(&code.to_uppercase().replace('-', " ")));
    }
}

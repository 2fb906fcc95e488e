//! Access tokens: JWTs (HS256) that say who, by which sign-in, and until when. What they stand for is looked up
//! each time, so that a sign-in that was ended is worth nothing at once.

use crate::{
    ops::{OpError, OpResult},
    vault::Vault,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use sallyport_shared::{
    ids::AdminId,
    time::{Seconds, Timestamp},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long an access token is good.
const LIFE: Seconds = Seconds(600);

/// For whom the tokens are; those of another use with the same key are not good here.
const AUDIENCE: &str = "sallyport-console";

/// An access token.
#[derive(Clone, Debug)]
pub struct Access {
    /// The token.
    pub token: String,
    /// From then on it is worth nothing.
    pub expires_at: Timestamp,
}

/// What a good token says.
pub(super) struct Claims {
    pub(super) admin: AdminId,
    pub(super) sign_in: Uuid,
    pub(super) expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    aud: String,
    sub: AdminId,
    sid: Uuid,
    iat: i64,
    exp: i64,
}

/// Makes a token.
pub(super) fn issue(vault: &Vault, admin: AdminId, sign_in: Uuid, now: Timestamp) -> OpResult<Access> {
    let exp = now.plus(LIFE).seconds();
    let wire = Wire { aud: AUDIENCE.to_owned(), sub: admin, sid: sign_in, iat: now.seconds(), exp };
    let key = EncodingKey::from_secret(vault.signing_key());
    let token = encode(&Header::new(Algorithm::HS256), &wire, &key)
        .map_err(|error| OpError::Internal(format!("access token: {error}")))?;
    Ok(Access { token, expires_at: Timestamp::from_micros(exp * 1_000_000) })
}

/// Reads a token; none if it is not good.
pub(super) fn read(vault: &Vault, token: &str, now: Timestamp) -> Option<Claims> {
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_audience(&[AUDIENCE]);
    // The time is this program's clock's, not the library's.
    rules.validate_exp = false;
    rules.set_required_spec_claims(&["exp", "aud", "sub"]);
    let key = DecodingKey::from_secret(vault.signing_key());
    let wire = decode::<Wire>(token, &key, &rules).ok()?.claims;
    let expires_at = Timestamp::from_micros(wire.exp.checked_mul(1_000_000)?);
    (now < expires_at).then_some(Claims { admin: wire.sub, sign_in: wire.sid, expires_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_micros(1_795_329_600_000_000);

    #[test]
    fn a_token_is_good_for_ten_minutes_and_with_its_own_key_only() {
        let vault = Vault::new([1; 32]);
        let (admin, sign_in) = (AdminId(Uuid::from_u128(1)), Uuid::from_u128(2));
        let access = issue(&vault, admin, sign_in, NOON).unwrap();
        let claims = read(&vault, &access.token, NOON.plus(Seconds(599))).unwrap();
        assert_eq!((claims.admin, claims.sign_in), (admin, sign_in));
        assert!(read(&vault, &access.token, NOON.plus(Seconds(600))).is_none());
        assert!(read(&Vault::new([2; 32]), &access.token, NOON).is_none());
    }

    #[test]
    fn an_unsigned_token_is_nothing() {
        use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let claims = format!(
            r#"{{"aud":"{AUDIENCE}","sub":"{0}","sid":"{0}","iat":0,"exp":9999999999}}"#,
            Uuid::from_u128(1)
        );
        let forged = format!("{}.{}.", part(r#"{"alg":"none","typ":"JWT"}"#), part(&claims));
        assert!(read(&Vault::new([1; 32]), &forged, NOON).is_none());
    }
}

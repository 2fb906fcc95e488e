//! Passwords of administrators: argon2id, off the threads that serve, and never more than a few at once.

use super::{OpError, OpResult};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use std::sync::OnceLock;
use tokio::sync::Semaphore;

/// The least number of characters of a password that is set in the console.
const SHORTEST: usize = 8;

/// The most bytes of a password.
const LONGEST: usize = 1_024;

/// How many are hashed at once: each takes 19 MiB and a core.
static TURNS: Semaphore = Semaphore::const_new(2);

/// Is it fit to be a password?
///
/// # Errors
/// [`OpError::Invalid`] for `field`.
pub(super) fn check(password: &str, field: &'static str) -> OpResult<()> {
    if password.chars().count() < SHORTEST {
        return Err(OpError::invalid(field, format!("A password has at least {SHORTEST} characters")));
    }
    check_length(password, field)
}

fn check_length(password: &str, field: &'static str) -> OpResult<()> {
    if password.is_empty() || password.len() > LONGEST {
        return Err(OpError::invalid(field, format!("A password has from 1 to {LONGEST} bytes")));
    }
    Ok(())
}

/// What is stored of a password.
pub(super) async fn hash(password: &str) -> OpResult<String> {
    check_length(password, "password")?;
    let password = password.to_owned();
    in_turn(move || hash_now(password.as_bytes())).await?
}

/// Is it the password of `hash`? Without a hash, because nobody has that name, it takes the same time to say no.
pub(super) async fn verify(password: &str, hash: Option<&str>) -> OpResult<bool> {
    if password.len() > LONGEST {
        return Ok(false);
    }
    let known = hash.is_some();
    let hash = hash.map(str::to_owned);
    let password = password.to_owned();
    let fits = in_turn(move || {
        let hash = hash.as_deref().unwrap_or_else(|| nobodys());
        let parsed = PasswordHash::new(hash).map_err(|error| failed(&error))?;
        Ok::<_, OpError>(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
    })
    .await??;
    Ok(fits && known)
}

/// A hash that is verified in place of the one of an unknown name.
fn nobodys() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| hash_now(&crate::clock::random::<16>()).unwrap_or_default())
}

fn hash_now(password: &[u8]) -> OpResult<String> {
    let salt = crate::clock::random::<16>();
    let hash: PasswordHash =
        Argon2::default().hash_password_with_salt(password, &salt).map_err(|error| failed(&error))?;
    Ok(hash.to_string())
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> OpResult<T> {
    let _turn = TURNS.acquire().await.map_err(|error| failed(&error))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))
}

fn failed(error: &dyn std::fmt::Display) -> OpError {
    OpError::Internal(format!("argon2: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_fits() {
        let stored = hash("correct horse").await.unwrap();
        assert!(stored.starts_with("$argon2id$"));
        assert!(verify("correct horse", Some(&stored)).await.unwrap());
        assert!(!verify("correct horse ", Some(&stored)).await.unwrap());
        assert!(!verify("correct horse", None).await.unwrap());
    }

    #[test]
    fn short_and_endless_ones_are_refused() {
        assert!(check("1234567", "password").is_err());
        assert!(check("12345678", "password").is_ok());
        assert!(check(&"x".repeat(1_025), "password").is_err());
    }
}

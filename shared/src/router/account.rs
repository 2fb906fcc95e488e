//! What a new account on a router may be called, and what its password may be.
//!
//! Checked before anything is sent: RouterOS takes much that nobody can sign in with afterwards. Names are kept as bytes
//! without a character set; Sallyport writes UTF-8, which RouterOS gives back unchanged, so that every letter may be used.
//! Passwords go through hashes that see characters, and RouterOS and the clients agree only on those of ASCII.

use thiserror::Error;

/// Bytes of a name. The attribute `User-Name`, with which a router asks the User Manager, holds no more (RFC 2865, 5).
pub const LONGEST_NAME: usize = 253;

/// The fewest characters of a password: with fewer, whoever tries some each second finds it.
pub const SHORTEST_PASSWORD: usize = 8;

/// Characters of a password. The attribute `User-Password` holds no more (RFC 2865, 5.2).
pub const LONGEST_PASSWORD: usize = 128;

/// Why a name cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum NameFault {
    /// There is none.
    #[error("the name is empty")]
    Empty,
    /// It has more than [`LONGEST_NAME`] bytes.
    #[error("the name is too long")]
    TooLong,
    /// It has a line break, or another character that nobody can type.
    #[error("the name has control characters")]
    Control,
    /// It begins or ends with a blank, which clients drop and administrators overlook.
    #[error("the name begins or ends with a blank")]
    Edges,
    /// It begins with an asterisk, as the router's own ids do, which it takes in a name's place.
    #[error("the name looks like an id")]
    LikeAnId,
}

impl NameFault {
    /// The key of its words in `locales/accounts.*.ftl`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Empty => "name-empty",
            Self::TooLong => "name-too-long",
            Self::Control => "name-control",
            Self::Edges => "name-edges",
            Self::LikeAnId => "name-like-an-id",
        }
    }
}

/// Why a password cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum PasswordFault {
    /// There is none: everybody who knows the name could sign in.
    #[error("the password is empty")]
    Empty,
    /// It has fewer than [`SHORTEST_PASSWORD`] characters.
    #[error("the password is too short")]
    TooShort,
    /// It has more than [`LONGEST_PASSWORD`] characters.
    #[error("the password is too long")]
    TooLong,
    /// It has other characters than those that can be seen in ASCII, and blanks.
    #[error("the password has characters outside of ASCII")]
    Foreign,
    /// It begins or ends with a blank, which was copied by accident.
    #[error("the password begins or ends with a blank")]
    Edges,
}

impl PasswordFault {
    /// The key of its words in `locales/accounts.*.ftl`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Empty => "password-empty",
            Self::TooShort => "password-too-short",
            Self::TooLong => "password-too-long",
            Self::Foreign => "password-foreign",
            Self::Edges => "password-edges",
        }
    }
}

/// Can an account be called so?
///
/// # Errors
/// What is wrong with the name.
pub fn check_name(name: &str) -> Result<(), NameFault> {
    match name {
        _ if name.trim().is_empty() => Err(NameFault::Empty),
        _ if name.len() > LONGEST_NAME => Err(NameFault::TooLong),
        _ if name.chars().any(char::is_control) => Err(NameFault::Control),
        _ if name.trim() != name => Err(NameFault::Edges),
        _ if name.starts_with('*') => Err(NameFault::LikeAnId),
        _ => Ok(()),
    }
}

/// Can this be the password of an account? How hard it is to guess beyond its length is the administrator's decision.
///
/// # Errors
/// What is wrong with it.
pub fn check_password(password: &str) -> Result<(), PasswordFault> {
    match password {
        _ if password.trim().is_empty() => Err(PasswordFault::Empty),
        _ if password.chars().count() > LONGEST_PASSWORD => Err(PasswordFault::TooLong),
        _ if !password.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) => {
            Err(PasswordFault::Foreign)
        }
        _ if password.trim() != password => Err(PasswordFault::Edges),
        _ if password.len() < SHORTEST_PASSWORD => Err(PasswordFault::TooShort),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        LONGEST_NAME, LONGEST_PASSWORD, NameFault, PasswordFault, SHORTEST_PASSWORD, check_name,
        check_password,
    };
    use proptest::prelude::*;

    #[test]
    fn names_that_can_be_dialled_in_with_are_taken() {
        for name in ["anna", "Анна Орлова", "DOMAIN\\anna", "anna@example.org", "a=b", "a*", "\"anna\"", "?x"]
        {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        assert_eq!(check_name(&"x".repeat(LONGEST_NAME)), Ok(()));
    }

    #[test]
    fn names_that_would_get_lost_are_not() {
        let cases = [
            ("", NameFault::Empty),
            (" \t", NameFault::Empty),
            ("anna ", NameFault::Edges),
            (" anna", NameFault::Edges),
            ("an\nna", NameFault::Control),
            ("an\0na", NameFault::Control),
            ("*1A", NameFault::LikeAnId),
        ];
        for (name, fault) in cases {
            assert_eq!(check_name(name), Err(fault), "{name:?}");
        }
        // Bytes count: a Cyrillic letter has two.
        assert_eq!(check_name(&"я".repeat(LONGEST_NAME / 2 + 1)), Err(NameFault::TooLong));
    }

    #[test]
    fn passwords_are_what_every_client_can_type() {
        for password in
            ["8letters", "correct horse battery", "=.tag=12", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"]
        {
            assert_eq!(check_password(password), Ok(()), "{password}");
        }
        let cases = [
            ("", PasswordFault::Empty),
            ("  ", PasswordFault::Empty),
            ("пароль", PasswordFault::Foreign),
            ("a\nb", PasswordFault::Foreign),
            ("a\u{a0}b", PasswordFault::Foreign),
            ("secret ", PasswordFault::Edges),
            ("7letter", PasswordFault::TooShort),
        ];
        for (password, fault) in cases {
            assert_eq!(check_password(password), Err(fault), "{password:?}");
        }
        assert_eq!(check_password(&"x".repeat(LONGEST_PASSWORD + 1)), Err(PasswordFault::TooLong));
    }

    proptest! {
        #[test]
        fn what_is_taken_holds_nothing_that_ends_a_word_or_cannot_be_seen(name in any::<String>()) {
            if check_name(&name).is_ok() {
                prop_assert!(!name.is_empty() && name.len() <= LONGEST_NAME);
                prop_assert!(!name.chars().any(char::is_control));
                prop_assert_eq!(name.trim(), name.as_str());
            }
        }

        #[test]
        fn passwords_that_are_taken_are_ascii(password in any::<String>()) {
            if check_password(&password).is_ok() {
                prop_assert!(password.is_ascii());
                prop_assert!((SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&password.len()));
            }
        }
    }
}
